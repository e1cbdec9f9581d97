"""What to make, as data: the steps from filled templates to the files that people download.

A Plan is a graph of frozen nodes. Each has a **content key**: a hash of its kind, its options and the keys of its sources, down to
the bytes of the drafts. Two nodes with the same key are the same paper, so it is made once however many outputs need it, kept, and
found again. A plan can be written as JSON and made on another machine: drafts are named by the digest of their bytes, which the
caller keeps (``Bytes.key``).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engross.documents import edition


@dataclass(frozen=True, kw_only=True)
class Node:
    """One file to be made."""

    @cached_property
    def sources(self) -> tuple[Node, ...]:
        """The nodes that must be made before."""
        return tuple(
            item
            for f in dataclasses.fields(self)
            for item in _nodes(getattr(self, f.name))
        )

    @cached_property
    def key(self) -> str:
        """Content key, 64 hexadecimal digits."""
        return hashlib.sha256(json.dumps(self._shape(), sort_keys=True).encode()).hexdigest()

    def _shape(self) -> list[Any]:
        return [type(self).__name__, {f.name: _shape_of(getattr(self, f.name)) for f in dataclasses.fields(self)}]


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)


def _shape_of(value: Any) -> Any:
    if isinstance(value, Node):
        return value.key
    if isinstance(value, tuple | list):
        return [_shape_of(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _shape_of(item) for key, item in value.items()}
    return value


@dataclass(frozen=True, kw_only=True)
class Bytes(Node):
    """A file that exists: a filled DOCX, an upload, a static file. Its key is the digest of its bytes and its kind."""

    sha256: str
    mimetype: str
    foreign: bool = False
    """A visitor brought it: it passes the gate and is parsed only in a sandbox of its own."""


@dataclass(frozen=True, kw_only=True)
class PdfForm(Node):
    """A PDF form to be filled; made by ``documents.pdf``."""

    template: Bytes
    values: tuple[tuple[str, Any], ...]
    """(field name, text | bool | ``{"image": sha256}``)"""
    flatten: bool = False
    """``editable: False``"""
    options: tuple[tuple[str, Any], ...] = ()
    """``rendering font``, ``checkbox export value`` …"""
    fonts: str = field(default_factory=edition.typefaces)
    """The fonts that letters are taken from."""


@dataclass(frozen=True, kw_only=True)
class ToPdf(Node):
    """DOCX (or another text document, or a picture) → PDF."""

    source: Node
    pdfa: bool = False
    tagged: bool = False
    update_references: bool = False
    password: str | None = None
    owner_password: str | None = None
    converter: str = field(default_factory=edition.converter)
    """LibreOffice's edition, where the plan was made."""


@dataclass(frozen=True, kw_only=True)
class ToFormat(Node):
    """A text document in another format of the converter: ``docx rtf odt txt``."""

    source: Node
    format: str
    converter: str = field(default_factory=edition.converter)
    """LibreOffice's edition, where the plan was made."""


@dataclass(frozen=True, kw_only=True)
class Merged(Node):
    """PDFs one after the other."""

    parts: tuple[Node, ...]
    parity: str | None = None
    """``even`` or ``odd``: a blank page is added to each part so that its number of pages is so."""
    pdfa: bool = False
    password: str | None = None
    owner_password: str | None = None
    outline: tuple[str, ...] = ()
    """A bookmark per part."""


@dataclass(frozen=True, kw_only=True)
class MergedDocx(Node):
    """DOCX files one after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True)
class Numbered(Node):
    """A PDF with a number stamped on each page."""

    source: Node
    prefix: str = ""
    first: int = 1
    digits: int = 0
    area: str = "BOTTOM_RIGHT"
    font_size: float = 10
    horizontal_offset: float = 15
    vertical_offset: float = 15


@dataclass(frozen=True, kw_only=True)
class Flattened(Node):
    """A PDF whose form fields became page content."""

    source: Node


@dataclass(frozen=True, kw_only=True)
class Searchable(Node):
    """A PDF whose scanned pages have text; made by ``documents.recognition``."""

    source: Node
    language: str = "en"


@dataclass(frozen=True, kw_only=True)
class Pages(Node):
    """Some pages of a PDF."""

    source: Node
    first: int
    """One-based."""
    last: int | None = None


@dataclass(frozen=True, kw_only=True)
class Zip(Node):
    """Files in a ZIP archive."""

    entries: tuple[tuple[str, Node], ...]
    """(name in the archive, file)"""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What people are told of a node while it is made."""

    node: Node
    title: str
    """The paper it belongs to, in the visitor's words."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Nodes to be made and what to call them."""

    steps: tuple[Step, ...] = ()
    outputs: dict[str, Node] = field(default_factory=dict)
    """label → node"""
    names: dict[str, str] = field(default_factory=dict)
    """label → file name shown to people"""

    def nodes(self) -> tuple[Node, ...]:
        """Every node once, sources before what needs them."""
        ordered: dict[str, Node] = {}

        def visit(node: Node) -> None:
            if node.key not in ordered:
                for source in node.sources:
                    visit(source)
                ordered[node.key] = node

        for node in self.outputs.values():
            visit(node)
        return tuple(ordered.values())


def without(node: Node, digests: Set[str]) -> Node | None:
    """*node* made without the visitor's files of these *digests*; itself where it has none, None where nothing would be left.

    Only whole files are taken out of what is joined or packed. A picture inside a form or a filled text stays.
    """
    match node:
        case Bytes():
            return None if node.foreign and node.sha256 in digests else node
        case Merged():
            left = [(part, n) for n, item in enumerate(node.parts) if (part := without(item, digests)) is not None]
            outline = tuple(node.outline[n] for _, n in left) if node.outline else ()
            return _remade(node, parts=tuple(part for part, _ in left), outline=outline) if left else None
        case MergedDocx():
            parts = tuple(part for item in node.parts if (part := without(item, digests)) is not None)
            return _remade(node, parts=parts) if parts else None
        case Zip():
            entries = tuple((name, part) for name, item in node.entries if (part := without(item, digests)) is not None)
            return _remade(node, entries=entries) if entries else None
        case ToPdf() | ToFormat() | Numbered() | Flattened() | Searchable() | Pages():
            source = without(node.source, digests)
            return _remade(node, source=source) if source is not None else None
    return node


def _remade(node: Node, **changes: Any) -> Node:
    """*node* with these *changes*; the very same when they change nothing."""
    made = dataclasses.replace(node, **changes)
    return node if made == node else made


def to_data(value: Node | Plan) -> dict[str, Any]:
    """*value* as JSON-able data: every node once, by its content key."""
    table: dict[str, Any] = {}
    if isinstance(value, Node):
        return {"root": _enter(value, table), "nodes": table}
    return {
        "steps": [[_enter(step.node, table), step.title] for step in value.steps],
        "outputs": {label: _enter(node, table) for label, node in value.outputs.items()},
        "names": dict(value.names),
        "nodes": table,
    }


def node_from_data(data: dict[str, Any]) -> Node:
    """The node that ``to_data`` was given."""
    return _leave(data["root"], data["nodes"], {})


def plan_from_data(data: dict[str, Any]) -> Plan:
    """The plan that ``to_data`` was given."""
    made: dict[str, Node] = {}
    return Plan(
        steps=tuple(Step(node=_leave(key, data["nodes"], made), title=title) for key, title in data["steps"]),
        outputs={label: _leave(key, data["nodes"], made) for label, key in data["outputs"].items()},
        names=dict(data["names"]),
    )


def _enter(node: Node, table: dict[str, Any]) -> str:
    """Put *node* and its sources into *table*; returns its key."""
    if node.key not in table:
        fields = {f.name: _plain(getattr(node, f.name), table) for f in dataclasses.fields(node)}
        table[node.key] = [type(node).__name__, fields]
    return node.key


def _plain(value: Any, table: dict[str, Any]) -> Any:
    if isinstance(value, Node):
        return {"node": _enter(value, table)}
    if isinstance(value, tuple | list):
        return [_plain(item, table) for item in value]
    if isinstance(value, dict):
        return {"dict": {str(key): _plain(item, table) for key, item in value.items()}}
    return value


def _leave(key: str, table: dict[str, Any], made: dict[str, Node]) -> Node:
    """The node of *key*; each is made once. Only the kinds of this module can be named."""
    if key not in made:
        kind, fields = table[key]
        made[key] = KINDS[kind](**{name: _rich(value, table, made) for name, value in fields.items()})
    return made[key]


def _rich(value: Any, table: dict[str, Any], made: dict[str, Node]) -> Any:
    if isinstance(value, list):
        return tuple(_rich(item, table, made) for item in value)
    if isinstance(value, dict):
        if "node" in value:
            return _leave(value["node"], table, made)
        return {name: _rich(item, table, made) for name, item in value["dict"].items()}
    return value


KINDS: dict[str, type[Node]] = {
    kind.__name__: kind
    for kind in (Bytes, PdfForm, ToPdf, ToFormat, Merged, MergedDocx, Numbered, Flattened, Searchable, Pages, Zip)
}
"""Node kinds by name, for reading a plan back."""
