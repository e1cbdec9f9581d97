"""Absent: what packages import of docassemble's server, of its deeper insides and of the services it talks to, and Engross has not.

A package should not fail to load because one of its functions talks to Flask or Celery. So these names can be imported, given
attributes, called and used as decorators or base classes while modules are loaded; nothing happens then. An interview that really
uses one is told what is missing.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, NoReturn

from engross.context import current_or_none
from engross.library.faults import DAError

PAGE = "docs/compatibility.md"
INSIDES = ("docassemble.webapp.", "docassemble.base.")
"""Any module below these can be imported."""
SERVICES = frozenset(
    (
        "anthropic", "apiclient", "azure", "boto3", "botocore", "celery", "flask", "flask_cors", "flask_login", "flask_mail",
        "flask_sqlalchemy", "flask_user", "flask_wtf", "googleapiclient", "google", "gspread", "httplib2", "oauth2client", "openai",
        "psycopg2", "redis", "testcontainers", "twilio",
    )
)  # fmt: skip
"""Clients of services that are at hand in docassemble's own environment; for its packages only, and only where they are not installed."""


class Absent:
    """A thing that is not here."""

    def __init__(self, name: str) -> None:
        vars(self)["_name"] = name

    def _refuse(self) -> NoReturn:
        raise DAError(f"`{self._name}` is not part of Engross; see {PAGE}.")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self._name}.{name}")

    def __call__(self, *given: Any, **named: Any) -> Any:
        if current_or_none() is not None:
            self._refuse()
        if len(given) == 1 and not named and callable(given[0]) and not isinstance(given[0], Absent):
            return given[0]  # it decorates
        return Absent(f"{self._name}()")

    def __setattr__(self, name: str, value: Any) -> None:
        """Nobody will ask for it."""

    def __setitem__(self, key: Any, value: Any) -> None:
        """Nobody will ask for it."""

    def __getitem__(self, key: Any) -> Any:
        return Absent(f"{self._name}[{key!r}]")

    def __or__(self, other: Any) -> Any:
        return self

    __ror__ = __or__

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<absent: {self._name}>"

    def __enter__(self) -> Any:
        return self if current_or_none() is None else self._refuse()

    def __exit__(self, *_: object) -> None:
        return

    def __iter__(self) -> Iterator[Any]:
        if current_or_none() is not None:
            self._refuse()
        return iter(())

    def __str__(self) -> str:
        return self._refuse() if current_or_none() is not None else repr(self)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules that are nowhere else. Asked last."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith(INSIDES) and not (fullname.split(".")[0] in SERVICES and _asked_by_a_package()):
            return None
        spec = importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        spec.submodule_search_locations = []
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Its names are absent, too."""
        name = module.__name__
        module.__dict__["__getattr__"] = lambda attribute: _attribute(name, attribute)
        module.__dict__["__all__"] = ()


def _attribute(module: str, name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    if module.startswith(INSIDES):
        from engross.library.namespace import find  # here: that file asks this one

        try:
            return find(name)
        except KeyError:
            pass
    return Absent(f"{module}.{name}")


def _asked_by_a_package() -> bool:
    """Whether the import that is going on stands in an interview package."""
    frame = sys._getframe(2)
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if not name.startswith(("importlib", "engross.library.absent")):
            return name.startswith("docassemble.")
        if frame.f_back is None:
            break
        frame = frame.f_back
    return False


def hasten() -> None:
    """Let PyYAML read with its part in C, where it has one.

    AssemblyLine reads its list of languages anew for every screen; in pure Python that takes longer than all the rest.
    """
    yaml = sys.modules.get("yaml")
    if yaml is not None and getattr(yaml, "__with_libyaml__", False):
        yaml.SafeLoader = yaml.CSafeLoader  # type: ignore[attr-defined]


def admit() -> None:
    """From here on these modules can be imported."""
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.append(Finder())
