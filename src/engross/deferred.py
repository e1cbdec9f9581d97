"""pandas, which packages import at their top and seldom use: it is loaded when something of it is used.

Published AssemblyLine names ``pd.DataFrame`` in annotations and reads lists of courts with pandas only where an interview has such a
list. Loading it takes 0.4 s and 40 MB, more than all of AssemblyLine. ``importlib.util.LazyLoader`` does not help: an annotation is a
use to it.
"""

from __future__ import annotations

import importlib
import importlib.abc
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Union

NAME = "pandas"
ANNOTATIONS = ("DataFrame", "Series")
"""Classes that stand in annotations: naming them is no use of pandas yet."""
_LOCK = threading.RLock()


class Named:
    """A class of pandas by its name. Calling it, deriving from it, asking for instances of it loads pandas."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _class(self) -> Any:
        return getattr(_loaded(), self._name)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._class()(*arguments, **named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and not _is_loaded():
            raise AttributeError(name)  # `typing` looks at what stands in an annotation
        return getattr(self._class(), name)

    def __instancecheck__(self, value: object) -> bool:
        # Without pandas nobody can have made one.
        return _is_loaded() and isinstance(value, self._class())

    def __subclasscheck__(self, kind: type) -> bool:
        return _is_loaded() and issubclass(kind, self._class())

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        return (self._class(),)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Named):
            return self._name == other._name
        return _is_loaded() and other is self._class()

    def __hash__(self) -> int:
        return hash(self._name)

    def __or__(self, other: Any) -> Any:
        return Union[self, other]  # noqa: UP007 - of a value, not of a type

    def __ror__(self, other: Any) -> Any:
        return Union[other, self]  # noqa: UP007

    def __repr__(self) -> str:
        return f"<class '{NAME}.{self._name}'>"


class Folders:
    """Where the modules inside lie. Looking there is a use."""

    def __iter__(self) -> Iterator[str]:
        return iter(_loaded().__path__)


class Waiting(ModuleType):
    """The module until it is used; after that it answers for the real one to those who have it."""

    def __getattr__(self, name: str) -> Any:
        if _is_loaded():
            return getattr(_loaded(), name)
        if name in ANNOTATIONS:
            return Named(name)
        if name.startswith("__"):
            raise AttributeError(name)  # the import system looks at the module; that is no use of it
        return getattr(_loaded(), name)

    def __setattr__(self, name: str, value: object) -> None:
        if _is_loaded():
            setattr(_loaded(), name, value)
        else:
            super().__setattr__(name, value)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds pandas, where it is installed, and does not load it."""

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """A spec for pandas itself; what is in it is found as usual."""
        if fullname != NAME or (found := PathFinder.find_spec(NAME)) is None:
            return None
        spec = ModuleSpec(NAME, self, origin=found.origin, is_package=True)
        spec.submodule_search_locations = Folders()  # type: ignore[assignment]  # importlib only walks through it
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Waiting(NAME)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: that is the point."""


def _is_loaded() -> bool:
    module = sys.modules.get(NAME)
    return module is not None and not isinstance(module, Waiting)


def _loaded() -> ModuleType:
    """The real pandas, loaded at the first call."""
    with _LOCK:
        if not _is_loaded():
            waiting = sys.modules.pop(NAME)
            finders, sys.meta_path[:] = list(sys.meta_path), [one for one in sys.meta_path if not isinstance(one, Finder)]
            try:
                importlib.import_module(NAME)
            except BaseException:
                sys.modules[NAME] = waiting
                raise
            finally:
                sys.meta_path[:] = finders
    return sys.modules[NAME]


def defer() -> None:
    """From here on ``import pandas`` waits until pandas is used. Does nothing where it is loaded already."""
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())
