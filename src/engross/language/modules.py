"""Modules: the Python files that an interview names, read but never imported, to tell whether they are there and what they give."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from engross.language.source import package_folders


@dataclass(frozen=True, slots=True)
class ModuleNames:
    """What ``from module import *`` gives."""

    names: frozenset[str] = frozenset()
    complete: bool = True
    """False when some of it cannot be told without running it."""


def find_module(name: str, *, package: str = "", root: Path | None = None) -> Path | None:
    """The file of a module, ``.name`` being relative to *package*. None when it is not there, or is not a Python file."""
    if name.startswith("."):
        name = f"{package}{name}" if "/" not in package else name
    if name.startswith("."):
        bases, parts = package_folders(package, root), name.strip(".").split(".")
    else:
        *above, last = name.split(".")
        if not above:
            return _top_level(name)
        bases, parts = package_folders(".".join(above), root), [last]
    for base in bases:
        path = base.joinpath(*parts)
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None


def _top_level(name: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec is not None and spec.origin and spec.origin.endswith(".py") else None


def is_importable(name: str, *, package: str = "", root: Path | None = None) -> bool:
    """Whether ``import name`` would find something: a file, a package folder, or a module of Python itself."""
    if find_module(name, package=package, root=root) is not None:
        return True
    absolute = f"{package}{name}" if name.startswith(".") and "/" not in package else name
    if absolute.split(".")[0] in sys.stdlib_module_names or absolute in sys.modules:
        return True
    if package_folders(absolute, root):
        return True
    if "." in absolute:
        return False
    try:
        return importlib.util.find_spec(absolute) is not None
    except (ImportError, ValueError):
        return False


def star_names(name: str, *, package: str = "", root: Path | None = None) -> ModuleNames:
    """What ``from name import *`` gives."""
    path = find_module(name, package=package, root=root)
    if path is None:
        return ModuleNames(complete=False)
    own = name if not name.startswith(".") else f"{package}{name}"
    return _names_of(path, path.stat().st_mtime, own, root, frozenset())


@lru_cache(maxsize=256)
def _names_of(path: Path, changed: float, name: str, root: Path | None, seen: frozenset[Path]) -> ModuleNames:
    if path in seen:
        return ModuleNames()
    tree = _parse(path)
    if tree is None:
        return ModuleNames(complete=False)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    listed: set[str] | None = None
    complete = True
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                other = "." * node.level + (node.module or "")
                if node.level:
                    above = package.split(".")[: len(package.split(".")) - node.level + 1]
                    other = ".".join((*above, node.module or "")).rstrip(".")
                inner = find_module(other, package=package, root=root)
                if inner is None:
                    complete = False
                    continue
                names = _names_of(inner, inner.stat().st_mtime, other, root, seen | {path})
                found |= names.names
                complete = complete and names.complete
            case ast.ImportFrom(names=aliases) | ast.Import(names=aliases):
                found |= {(alias.asname or alias.name).split(".")[0] for alias in aliases}
            case ast.FunctionDef(name=defined) | ast.AsyncFunctionDef(name=defined) | ast.ClassDef(name=defined):
                found.add(defined)
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=items) | ast.Tuple(elts=items)):
                listed = {item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)}
            case ast.Name(id=defined, ctx=ast.Store()):
                found.add(defined)
    return ModuleNames(frozenset(listed if listed is not None else found), complete or listed is not None)


@lru_cache(maxsize=256)
def _parse(path: Path) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.simplefilter("ignore", DeprecationWarning)  # what Python 3.11 calls it
            return ast.parse(path.read_text(encoding="utf-8-sig"))
    except (OSError, SyntaxError, UnicodeDecodeError, ValueError):
        return None


_DATA_TYPE = re.compile(r"class \w+\([\w.]+\):(?:(?!\nclass ).)*?\n[ \t]+name\s*=\s*[\"']([^\"']+)[\"']", re.DOTALL)


def data_types_in(folders: tuple[Path, ...]) -> frozenset[str]:
    """The names of the custom data types that the Python files of some folders bring."""
    found: set[str] = set()
    for folder in folders:
        for path in sorted(folder.glob("*.py")):
            text = path.read_text(encoding="utf-8-sig", errors="replace")
            if "CustomDataType" in text:
                found.update(_DATA_TYPE.findall(text))
    return frozenset(found)
