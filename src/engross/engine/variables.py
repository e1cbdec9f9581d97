"""Variables: the answers as an author reads them, a line for each path. For the panel of ``engross serve --debug``.

What one object is in two places is written out once; the second place says where. Nothing that runs interview code is called: an
attribute that is a property is not looked at.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Any

from engross.library.collections import DADict, DAList
from engross.library.objects import DAObject

LINES = 1500
"""Lines of one list."""
LETTERS = 300
"""Letters of a value."""
_HIDDEN = frozenset({"instanceName", "has_nonrandom_instance_name", "attrList", "elements", "nav", "x", *"ijklmn"})
_NO_ANSWER = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)


def lines_of(namespace: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(path, value in Python's notation) of every variable, at most LINES of them. An object is named by its class, and what it
    consists of follows."""
    found: list[tuple[str, str]] = []
    seen: dict[int, str] = {}
    for name, value in sorted(namespace.items()):
        if name.startswith("_") or name in _HIDDEN or isinstance(value, _NO_ANSWER):
            continue
        for line in _lines(name, value, seen):
            if len(found) == LINES:
                return [*found, ("…", "more than can be shown here")]
            found.append(line)
    return found


def _lines(path: str, value: Any, seen: dict[int, str]) -> Iterator[tuple[str, str]]:
    parts = list(_parts(path, value))
    if not parts and not isinstance(value, DAObject):
        yield path, _shortened(value)
        return
    if id(value) in seen:
        yield path, f"the same as {seen[id(value)]}"
        return
    seen[id(value)] = path
    yield path, type(value).__name__
    for part, inner in parts:
        yield from _lines(part, inner, seen)


def _parts(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What *value* consists of, by path."""
    if isinstance(value, DAObject):
        for name, inner in sorted(vars(value).items()):
            if name not in _HIDDEN and not name.startswith("_"):
                yield f"{path}.{name}", inner
        value = vars(value).get("elements") if isinstance(value, DAList | DADict) else None
    if isinstance(value, dict):
        yield from ((f"{path}[{key!r}]", inner) for key, inner in value.items())
    elif isinstance(value, list | tuple):
        yield from ((f"{path}[{number}]", inner) for number, inner in enumerate(value))


def _shortened(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - an author's __repr__ may do anything
        text = f"({type(error).__name__})"
    return text if len(text) <= LETTERS else text[:LETTERS] + "…"
