"""Variable paths: ``users[0].name.first`` as steps, the patterns that may define it, and its value in the answers.

A path is what an author writes on the left of an assignment: a name, then ``.attribute`` and ``[literal]`` steps. Paths come
from the interview's own text, never from a browser, and are walked step by step; nothing here evaluates code.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

ITERATORS = ("i", "j", "k", "l", "m", "n")
"""Names that stand for indexes in a pattern, in order of appearance."""
GENERIC = "x"
"""The name that stands for an object in a ``generic object`` pattern."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """``.name``"""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"


@dataclass(frozen=True, slots=True)
class Item:
    """``[key]``, where *key* is Python source: a literal, or an iterator such as ``i``."""

    key: str

    def __str__(self) -> str:
        return f"[{self.key}]"


Step = Attribute | Item


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed variable path."""

    root: str
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        return self.root + "".join(map(str, self.steps))

    @property
    def parent(self) -> Path:
        """The path without its last step; only for paths that have steps."""
        return Path(self.root, self.steps[:-1])


class BadPath(ValueError):
    """The text is not a variable path."""


@lru_cache(maxsize=65536)
def parse(text: str) -> Path:
    """*text* as a Path. Raises BadPath when it is anything but a name with attributes and subscripts."""
    try:
        node: ast.expr = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadPath(f"`{text}` is not a variable name") from error
    steps: list[Step] = []
    while True:
        match node:
            case ast.Attribute(value=inner, attr=name):
                steps.append(Attribute(name))
                node = inner
            case ast.Subscript(value=inner, slice=key):
                steps.append(Item(ast.unparse(key)))
                node = inner
            case ast.Name(id=root):
                return Path(root, tuple(reversed(steps)))
            case _:
                raise BadPath(f"`{text}` is not a variable name")


def is_path(text: str) -> bool:
    """Whether *text* can be written on the left of an assignment."""
    try:
        parse(text)
    except BadPath:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way in which a block may have written a name it defines."""

    text: str
    """As written in a block: ``users[i].name.first`` or ``x.name.first``."""
    iterators: tuple[tuple[str, str], ...] = ()
    """Values for ``i``, ``j`` …, each as Python source of a literal."""
    generic: str | None = None
    """The path that ``x`` stands for, or None for a pattern without ``x``."""


@lru_cache(maxsize=16384)
def patterns(text: str) -> tuple[Pattern, ...]:
    """All patterns that may define the path *text*, the most specific first.

    Source of the order: docassemble's ``askfor``. Patterns without ``x`` come before those with it, then the ones with more
    dots, then more brackets, then fewer iterators; among equals, the one that generalises the earlier index.
    """
    path = parse(text)
    found = [(0, variant) for variant in _indexed(path)]
    for cut in range(len(path.steps), -1, -1):
        head = Path(path.root, path.steps[:cut])
        tail = Path(GENERIC, path.steps[cut:])
        if cut == len(path.steps):
            continue  # `x` alone defines nothing
        found += [(1, Pattern(v.text, v.iterators, str(head))) for v in _indexed(tail)]
    ordered = sorted(
        enumerate(found),
        key=lambda entry: (
            entry[1][0],
            -entry[1][1].text.count("."),
            -entry[1][1].text.count("["),
            len(entry[1][1].iterators),
            entry[0],
        ),
    )
    return tuple(pattern for _, (_, pattern) in ordered)


def _indexed(path: Path) -> Iterator[Pattern]:
    """*path* with every choice of subscripts replaced by iterators."""
    places = [n for n, step in enumerate(path.steps) if isinstance(step, Item)]
    # A bit per subscript; the earlier index is the higher bit, so that it is generalised first among equals.
    for mask in sorted(range(1 << len(places)), key=lambda m: (m.bit_count(), -m)):
        chosen = [place for bit, place in enumerate(places) if mask >> (len(places) - 1 - bit) & 1]
        if len(chosen) > len(ITERATORS):
            continue
        steps = list(path.steps)
        values = []
        for iterator, place in zip(ITERATORS, chosen, strict=False):
            step = steps[place]
            assert isinstance(step, Item)  # noqa: S101 - `places` holds only subscripts
            values.append((iterator, step.key))
            steps[place] = Item(iterator)
        yield Pattern(str(Path(path.root, tuple(steps))), tuple(values))


def key_value(key: str, namespace: Mapping[str, Any]) -> Any:
    """The value of a subscript: a literal, or a name or path that the namespace holds. Raises KeyError, BadPath."""
    try:
        return ast.literal_eval(key)
    except (ValueError, SyntaxError):
        return get(namespace, key)


def get(namespace: Mapping[str, Any], text: str) -> Any:
    """The value at a path. Raises KeyError for the root, and what the objects raise for a missing step."""
    path = parse(text)
    value = namespace[path.root]
    for step in path.steps:
        value = getattr(value, step.name) if isinstance(step, Attribute) else value[key_value(step.key, namespace)]
    return value


def is_defined(namespace: Mapping[str, Any], text: str) -> bool:
    """Whether the path has a value now. Never searches for one."""
    try:
        get(namespace, text)
    except (KeyError, IndexError, AttributeError, TypeError, NameError):
        return False
    return True


def put(namespace: MutableMapping[str, Any], text: str, value: Any) -> None:
    """Set the path to *value*. Raises as `get` does for the steps before the last."""
    path = parse(text)
    if not path.steps:
        namespace[path.root] = value
        return
    owner = get(namespace, str(path.parent))
    match path.steps[-1]:
        case Attribute(name):
            setattr(owner, name, value)
        case Item(key):
            owner[key_value(key, namespace)] = value


def delete(namespace: MutableMapping[str, Any], text: str) -> None:
    """Remove the path's value if it has one."""
    path = parse(text)
    try:
        if not path.steps:
            del namespace[path.root]
            return
        owner = get(namespace, str(path.parent))
        match path.steps[-1]:
            case Attribute(name):
                delattr(owner, name)
            case Item(key):
                del owner[key_value(key, namespace)]
    except (KeyError, IndexError, AttributeError, NameError):
        return


def substitute(text: str, namespace: Mapping[str, Any]) -> str:
    """*text*, a path that may use ``x`` and ``i`` …, as the path it stands for now.

    ``x.name.first`` becomes ``users[0].name.first`` when ``x`` is the object of that name; ``kids[i]`` becomes ``kids[0]``.
    """
    path = parse(text)
    root = path.root
    if root == GENERIC and GENERIC in namespace:
        root = getattr(namespace[GENERIC], "instanceName", root)
    steps = tuple(
        Item(repr(namespace[step.key]))
        if isinstance(step, Item) and step.key in ITERATORS and step.key in namespace
        else step
        for step in path.steps
    )
    return root + "".join(map(str, steps))


def short_reference(reference: str) -> str:
    """``package:name.yml``, also when the folder of a package's interviews is named, as docassemble lets authors do."""
    return reference.replace(":data/questions/", ":")


def same_interview(one: str, other: str) -> bool:
    """Whether two references, ``package:name.yml`` or ``package:data/questions/name.yml``, name one interview."""
    return short_reference(one) == short_reference(other)


def public_package(package: str) -> str:
    """How addresses name a package: by its name, or by a mark where the interview lies in a folder of its own, for nobody need know
    where on the machine."""
    if "/" not in package and "\\" not in package:
        return package
    return "~" + hashlib.sha256(package.encode()).hexdigest()[:16]
