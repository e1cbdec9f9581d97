"""The ``docassemble`` namespace, shared by Engross and every interview package, whatever an old one does to it.

Packages are meant to share ``docassemble`` without a file of their own in it (PEP 420). Some old ones bring
``docassemble/__init__.py`` with ``pkg_resources.declare_namespace``; the first of these on the path would take the whole name, and
newer setuptools have no ``pkg_resources`` any more. So the name itself is made here: its folders are all ``docassemble`` folders on
the path, and nobody's ``__init__`` runs.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

NAME = "docassemble"


class Folders:
    """Every ``docassemble`` folder on the path now; a ``__path__`` that follows ``sys.path``."""

    def __init__(self) -> None:
        self._seen: tuple[str, ...] = ()
        self._found: list[str] = []

    def _now(self) -> list[str]:
        path = tuple(entry for entry in sys.path if isinstance(entry, str))
        if path != self._seen:
            folders = [Path(entry or ".") / NAME for entry in path]
            self._found = list(dict.fromkeys(str(folder) for folder in folders if folder.is_dir()))
            self._seen = path
        return self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def __getitem__(self, place: int) -> str:
        return self._now()[place]

    def __contains__(self, folder: object) -> bool:
        return folder in self._now()

    def append(self, folder: str) -> None:
        """Old packages add folders by hand; those on the path are found without."""


class Finder(importlib.abc.MetaPathFinder):
    """Finds ``docassemble`` itself; what is in it is found as usual, in its folders."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != NAME:
            return None
        spec = importlib.machinery.ModuleSpec(NAME, None, is_package=True)
        spec.submodule_search_locations = Folders()  # type: ignore[assignment]  # importlib only walks through it
        return spec


def share() -> None:
    """From here on ``docassemble`` is everybody's. Once is enough; a module that is there already gets all folders."""
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())
    module = sys.modules.get(NAME)
    if module is not None:
        module.__path__ = Folders()  # type: ignore[assignment]
