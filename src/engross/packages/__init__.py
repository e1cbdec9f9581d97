"""Interview packages that come with Engross, and the names under which interviews may import their modules.

Where the published ``docassemble.AssemblyLine`` or ``docassemble.ALToolbox`` is not installed, ``stand_in`` lets ``import
docassemble.AssemblyLine.al_general`` find ours. What is installed always comes first.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Sequence
from functools import lru_cache
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

STAND_INS = {
    "docassemble.AssemblyLine": "engross.packages.assembly_line",
    "docassemble.ALToolbox": "engross.packages.altoolbox",
}
"""Published package → ours."""


class StandIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a module of ours under the name of a published one, unless that is installed.

    Asked first: a plain finder would see our folder as the published package's and load each module a second time.
    """

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """A spec when we have the module, else None."""
        ours = _ours(fullname)
        if ours is None or _is_installed(".".join(fullname.split(".")[:2])):
            return None
        try:
            found = importlib.util.find_spec(ours)
        except ModuleNotFoundError:
            return None
        if found is None:
            return None
        spec = ModuleSpec(fullname, self, is_package=found.submodule_search_locations is not None)
        if found.submodule_search_locations is not None:
            spec.submodule_search_locations = list(found.submodule_search_locations)
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Our module itself, so that a class is one class under both names."""
        ours = _ours(spec.name)
        assert ours is not None  # noqa: S101 - find_spec looked
        module = importlib.import_module(ours)
        _OWN.setdefault(ours, {name: value for name, value in vars(module).items() if name in _IDENTITY})
        return module

    def exec_module(self, module: ModuleType) -> None:
        """It ran when it was imported under its own name. What the import system wrote over is put back."""
        ours = next(name for name, found in list(sys.modules.items()) if found is module and name in _OWN)
        vars(module).update(_OWN[ours])


_IDENTITY = ("__name__", "__spec__", "__loader__", "__package__", "__path__", "__file__")
_OWN: dict[str, dict[str, object]] = {}
"""Our module → what it is called and where it lies, as it was before it got a second name."""


def _ours(fullname: str) -> str | None:
    for published, ours in STAND_INS.items():
        if fullname == published or fullname.startswith(published + "."):
            return ours + fullname.removeprefix(published)
    return None


@lru_cache(maxsize=8)
def _is_installed(package: str) -> bool:
    """Whether the published package is there."""
    above = importlib.import_module(package.rpartition(".")[0])
    return PathFinder.find_spec(package, above.__path__) is not None


def stand_in() -> None:
    """Let imports find our modules where the published ones are missing."""
    if not any(isinstance(finder, StandIn) for finder in sys.meta_path):
        sys.meta_path.insert(0, StandIn())
