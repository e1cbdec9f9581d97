"""Fill a DOCX template with answers.

Templates are written for docxtpl, the way docassemble reads them: Jinja between the words, ``{%p %}``, ``{%tr %}``, ``{%tc %}``,
``{{r }}`` and ``{{p }}`` for whole paragraphs, rows, cells and runs. docxtpl puts the tags in order; all else is done here, because

* an answer must print as it was typed: everything is escaped, there is one render pass, a line break becomes a break;
* a template is read, put in order and compiled once for each version, then filled in a few milliseconds: only the parts that hold
  Jinja are written again;
* a name without a value must reach the solver as ``errors.Undefined`` with its whole path.

An object says how it looks in a paper by a method ``__docx__()`` that returns an ``Image``, ``Markdown``, ``Included`` or plain
text. Where only text can be returned (``__str__``), ``current().place(...)`` gives a short text that stands for the thing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import warnings
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

import jinja2
import jinja2.meta
import structlog
from jinja2.runtime import Context as JinjaContext
from jinja2.utils import missing
from lxml import etree
from markupsafe import Markup

from engross.documents import fonts, gate, package, pictures, richtext
from engross.documents.filters import BUILT_IN, LIBRARY_FILTERS, from_library
from engross.documents.recent import Recent
from engross.errors import (
    DocumentError,
    EngrossError,
    Undefined,
    UndefinedAttribute,
    UndefinedItem,
    UndefinedName,
)

log = structlog.get_logger(__name__)
MIMETYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_REL = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_FILLED_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\d*\.xml|docProps/core\.xml")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TEXT = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>")
_BREAK_IN_XML = '</w:t><w:br/><w:t xml:space="preserve">'
"""How docassemble's and AssemblyLine's ``address.block()`` write a line break in a DOCX; here a break is ``\\n`` and all else text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture in a line of text."""

    data: bytes | Path
    """PNG, JPEG, GIF, TIFF, BMP or WebP."""
    width: str | float | None = None
    """``2in``, ``5cm``, ``72pt``, ``40mm``, ``100%``; a plain number is points; None is two inches."""
    alt: str = ""
    """What a screen reader says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Markdown:
    """Text to be set as Markdown: as runs inside a paragraph, as paragraphs where a whole paragraph is replaced."""

    text: str

    def __str__(self) -> str:
        rendering = _current.get()
        return rendering.place(self) if rendering else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Included:
    """Another DOCX file, filled, that stands in the place of a paragraph."""

    data: bytes
    inline: bool = False
    """Only the runs of its first paragraph, inside the line of text."""
    change_numbering: bool = True

    def __str__(self) -> str:
        rendering = _current.get()
        return rendering.place(self) if rendering else ""


@dataclass(slots=True, kw_only=True)
class Rendering:
    """One filling of one template, as long as it lasts."""

    document: str
    values: Mapping[str, Any]
    skip_undefined: bool
    filters: Mapping[str, Callable[..., Any]]
    find: Callable[[Any], bytes | Path] | None
    """Bytes or path of the template that ``include_docx_template`` names."""
    template: _Template
    part: str = "word/document.xml"
    depth: int = 0
    redact: bool = True
    token: str = field(default_factory=lambda: secrets.token_hex(6))
    pieces: list[Any] = field(default_factory=list)
    added: dict[str, bytes] = field(default_factory=dict)
    """New media files, name in the package → bytes."""
    relations: dict[str, list[tuple[str, str, str, bool]]] = field(default_factory=dict)
    """part → (id, type, target, external)"""
    picture_ids: int = 0

    def place(self, piece: Any) -> str:
        """A text that stands for *piece* until the part is finished; it survives being joined and escaped."""
        self.pieces.append(piece)
        return f"\ue000{self.token}{len(self.pieces) - 1}\ue001"

    def relate(self, kind: str, target: str, *, external: bool = False) -> str:
        """The id of a relation from the part that is being made."""
        known = self.relations.setdefault(self.part, [])
        for identity, old_kind, old_target, _ in known:
            if (old_kind, old_target) == (kind, target):
                return identity
        known.append((f"rIdEngross{len(known) + 1}", kind, target, external))
        return known[-1][0]


_current: ContextVar[Rendering | None] = ContextVar("engross_docx_rendering", default=None)


def current() -> Rendering | None:
    """The filling that interview code is called from just now, or None outside of a DOCX template."""
    return _current.get()


def fill(
    template: bytes | Path,
    values: Mapping[str, Any],
    *,
    skip_undefined: bool = False,
    filters: Mapping[str, Callable[..., Any]] | None = None,
    find: Callable[[Any], bytes | Path] | None = None,
    name: str | None = None,
    redact: bool = True,
) -> bytes:
    """The template filled with *values*, as the bytes of a DOCX file: the same bytes for the same values.

    *values* is read name by name, so that only what the template uses is looked up. *skip_undefined*: what has no value prints as
    nothing. *filters* are added to docassemble's; those that the library has (``currency`` …) are found in *values*. *find* gives
    the file for ``include_docx_template``. *name* is what errors call the template.

    Raises ``Undefined`` for a name without value, ``DocumentError`` when the template or an expression in it is at fault, and
    whatever ``EngrossError`` the interview's own code raises.
    """
    document = name or (template.name if isinstance(template, Path) else "the DOCX template")
    ready = _ready(template, document)
    outer = _current.get()
    rendering = Rendering(
        document=document,
        values=values,
        skip_undefined=skip_undefined,
        filters=filters or {},
        find=find,
        template=ready,
        depth=outer.depth + 1 if outer else 0,
        redact=redact,
    )
    if rendering.depth > 10:
        raise DocumentError("templates include one another without end", document=document)
    with _entered(rendering):
        changed = ready.render(rendering)
    data = package.write(_changed_entries(ready, rendering, changed))
    inserted = {n: piece for n, piece in enumerate(rendering.pieces) if isinstance(piece, Included)}
    return _compose(data, rendering, inserted) if inserted else data


@contextmanager
def _entered(rendering: Rendering) -> Iterator[None]:
    token = _current.set(rendering)
    try:
        yield
    finally:
        _current.reset(token)


def template_variables(template: bytes | Path, *, name: str | None = None) -> tuple[str, ...]:
    """The names a template uses and does not set itself, sorted. Raises DocumentError."""
    document = name or (template.name if isinstance(template, Path) else "the DOCX template")
    ready = _ready(template, document)
    found: set[str] = set()
    environment = _environment(False, ()).overlay()
    environment.filters = _AnyName(environment.filters)
    environment.tests = _AnyName(environment.tests)
    for part, source in ready.sources.items():
        try:
            found |= jinja2.meta.find_undeclared_variables(environment.parse(source))
        except jinja2.TemplateSyntaxError as error:
            raise DocumentError(f"{error.message} in “{_line_text(source, error.lineno)}”", document=document, part=part) from error
    return tuple(sorted(name for name in found if not name.startswith("_")))


def hints(template: bytes | Path, *, name: str | None = None) -> tuple[str, ...]:
    """What the author of a template should know: what reaches outside of the file, and fonts that this server lacks.

    Raises DocumentError when it is no DOCX file.
    """
    document = name or (template.name if isinstance(template, Path) else "the DOCX template")
    data = template.read_bytes() if isinstance(template, Path) else template
    parts = {part: package.unpack(entry) for part, entry in package.read(data, document=document).items()}
    told = [f"{document}: {finding}" for finding in gate.warnings(data)]
    for font in fonts.substitutions(fonts.docx_fonts(parts)):
        if font.substitute is None:
            told.append(f"{document}: the font “{font.font}” is not on this server; another of other widths is used, so that lines may break elsewhere.")
    return tuple(told)


class _AnyName(dict[str, Any]):
    """Filters or tests that the interview's modules may register later."""

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, str)


def join(parts: list[bytes]) -> bytes:
    """DOCX files one after the other, styles and numbering kept apart (docxcompose). Raises DocumentError."""
    import io

    from docx import Document
    from docxcompose.composer import Composer

    if len(parts) == 1:
        return parts[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            composer = Composer(Document(io.BytesIO(parts[0])))
            for part in parts[1:]:
                composer.append(Document(io.BytesIO(part)))
            out = io.BytesIO()
            composer.save(out)
        except (KeyError, ValueError, AttributeError, etree.XMLSyntaxError) as error:
            raise DocumentError(f"the files cannot be joined: {error}") from error
    return normal(out.getvalue())


def table(title: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> bytes:
    """A letter page with *title* and a table; the header is repeated on each page. The same bytes for the same cells."""
    import io

    from docx import Document
    from docx.oxml import OxmlElement
    from docx.shared import Inches

    made = Document()
    for section in made.sections:
        section.page_width, section.page_height = Inches(8.5), Inches(11)
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Inches(1)
    if title:
        made.add_heading(_clean(title), 1)
    grid = made.add_table(1, max(len(header), 1), style="Table Grid")
    for cell, text in zip(grid.rows[0].cells, header, strict=False):
        cell.paragraphs[0].add_run(_clean(text)).bold = True
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in rows:
        for cell, text in zip(grid.add_row().cells, row, strict=False):
            cell.text = _clean(text)
    out = io.BytesIO()
    made.save(out)
    return normal(out.getvalue())


def _clean(value: Any) -> str:
    """*value* as text that XML can hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", "" if value is None else str(value))


def normal(data: bytes) -> bytes:
    """The same package with fixed times, so that its bytes depend on its content only."""
    return package.write(package.read(data).values())


# --- A template, ready to be filled ------------------------------------------------------------------------------------------------


_templates: Recent[Any, _Template] = Recent(64)
"""The templates that a process keeps ready."""


def _ready(template: bytes | Path, document: str) -> _Template:
    """The template, read and put in order; kept for each version of its bytes."""
    if isinstance(template, Path):
        try:
            facts = template.stat()
        except OSError as error:
            raise DocumentError(f"the template cannot be read: {error.strerror}", document=document) from error
        key: Any = (str(template), facts.st_mtime_ns, facts.st_size)
    else:
        key = hashlib.sha256(template).digest()
    known = _templates.get(key)
    if known is not None:
        return known
    data = template.read_bytes() if isinstance(template, Path) else template
    made = _Template(data, document)
    if isinstance(template, Path):  # the author's own; once for each version of it
        for hint in hints(data, name=document):
            log.warning("template", hint=hint)
    _templates.keep(key, made)
    return made


class _Template:
    """A DOCX file whose parts with Jinja are in order and compiled.

    Immutable but for the caches of compiled parts, which any thread may fill.
    """

    def __init__(self, data: bytes, document: str) -> None:
        self.document = document
        self.entries = package.read(data, document=document)
        if "[Content_Types].xml" not in self.entries or "word/document.xml" not in self.entries:
            raise DocumentError("this is not a DOCX file", document=document)
        self.sources: dict[str, str] = {}
        """part → text in order for Jinja; only parts that hold Jinja"""
        self.heads: dict[str, str] = {}
        for part, entry in self.entries.items():
            if _FILLED_PARTS.fullmatch(part):
                source = _in_order(package.unpack(entry), document)
                if source is not None:
                    self.sources[part] = source
        self.loose: set[str] = set()
        """Parts with ``{{p …}}`` or ``{{r …}}``"""
        for part, source in self.sources.items():
            parted = _TAG_OR_TEXT.sub(lambda found: found.group() + (_PARTING if found["loose"] else ""), source)
            if parted != source:
                self.loose.add(part)
                self.sources[part] = parted
        self.compiled: dict[Any, jinja2.Template] = {}
        styles = package.unpack(self.entries["word/styles.xml"]) if "word/styles.xml" in self.entries else b""
        self.link_style = next((s for s in ("Hyperlink", "InternetLink") if f'w:styleId="{s}"'.encode() in styles), None)
        self.largest_picture_id = max(
            (int(n) for p in self.entries if p.startswith("word/") and p.endswith(".xml")
             for n in re.findall(rb'<wp:docPr [^>]*?\bid="(\d{1,9})"', package.unpack(self.entries[p]))),
            default=0,
        )  # fmt: skip

    def render(self, rendering: Rendering) -> dict[str, bytes]:
        """part → its bytes with the answers in it."""
        environment = _environment(rendering.skip_undefined, tuple(sorted(rendering.filters.items())))
        overlay: dict[str, Any] = {"include_docx_template": include_docx_template}
        names: Mapping[str, Any] = ChainMap(overlay, rendering.values, environment.globals)  # type: ignore[arg-type]
        rendering.picture_ids = self.largest_picture_id
        changed = {}
        for part, source in self.sources.items():
            rendering.part = part
            text = self._render_part(environment, part, source, names)
            changed[part] = _well_formed(_finished(text, rendering), rendering).encode()
        return changed

    def _render_part(self, environment: jinja2.Environment, part: str, source: str, names: Mapping[str, Any]) -> str:
        filename = f"{self.document}#{part}"
        template = self.compiled.get((environment, part))
        if template is None:
            try:
                code = environment.compile(source, filename, filename)
            except jinja2.TemplateSyntaxError as error:
                raise DocumentError(
                    f"{error.message} in “{_line_text(source, error.lineno)}”", document=self.document, part=part
                ) from error
            template = jinja2.Template.from_code(environment, code, {})
            self.compiled[environment, part] = template
        try:
            context = template.new_context(names, shared=True)  # type: ignore[arg-type]
            return "".join(template.root_render_func(context))
        except (Undefined, EngrossError):
            raise
        except Exception as error:
            raise self._explained(error, template, filename, source, part) from error

    def _explained(
        self, error: Exception, template: jinja2.Template, filename: str, source: str, part: str
    ) -> DocumentError:
        """*error* as a sentence that names the paragraph and what is written in it."""
        line = None
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == filename:
                line = template.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        kind = "" if isinstance(error, jinja2.TemplateError) else f"{type(error).__name__}: "
        place = f" in “{_line_text(source, line)}”" if line else ""
        return DocumentError(f"{kind}{error}{place}", document=self.document, part=part)


def _in_order(data: bytes, document: str) -> str | None:
    """A part as Jinja source, a line for each paragraph; None when it holds no Jinja."""
    try:
        tree = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise DocumentError(f"the template is damaged: {error}", document=document) from error
    if b"{" not in data:
        return None
    from docxtpl import DocxTemplate

    text = etree.tostring(tree, encoding="unicode")
    # docxtpl's own ordering of tags; its method uses nothing of the instance.
    text = DocxTemplate.patch_xml(None, text)
    if not any(mark in text for mark in ("{{", "{%", "{#", "{_", "}_", "%_}")):
        return None
    text = re.sub(r"\{[{%].*?[%}]\}", _plain_quotes, text, flags=re.DOTALL)
    for written, meant in (("{_{", "{{"), ("}_}", "}}"), ("{_%", "{%"), ("%_}", "%}")):
        text = text.replace(written, f"{{{{ '{meant}' }}}}")
    return re.sub(r"\s*<w:p([ >])", r"\n<w:p\1", text)


def _plain_quotes(match: re.Match[str]) -> str:
    """A tag with the quotation marks that a word processor made of plain ones set right."""
    tag = match.group()
    for typographic, plain in (("“", '"'), ("”", '"'), ("„", '"'), ("‘", "'"), ("’", "'"), ("&quot;", '"'), ("&amp;", "&")):
        tag = tag.replace(typographic, plain)
    return tag


def _line_text(source: str, line: int) -> str:
    """What a reader sees of a line of the source."""
    lines = source.split("\n")
    text = re.sub(r"<[^>]*>", "", lines[min(line, len(lines)) - 1]).strip()
    return text if len(text) <= 300 else text[:299] + "…"


# --- Jinja ------------------------------------------------------------------------------------------------------------------------


class _Missing(jinja2.Undefined):
    """A name without value. Using it raises ``errors.Undefined`` with the path, or ``DocumentError`` for a plain mistake."""

    __slots__ = ("_error",)

    def __init__(
        self, hint: str | None = None, obj: Any = missing, name: Any = None, exc: Any = None, error: Exception | None = None
    ) -> None:
        super().__init__(hint, obj, name)
        self._error = error or self._reason(hint, obj, name)

    @staticmethod
    def _reason(hint: str | None, obj: Any, name: Any) -> Exception:
        if obj is missing and isinstance(name, str):
            return UndefinedName(name)
        if isinstance(obj, _Missing):
            return obj._error
        owner = getattr(type(obj), "instanceName", None) or getattr(obj, "instanceName", None)
        if isinstance(owner, str):
            return UndefinedAttribute(f"{owner}.{name}")
        return DocumentError(hint or f"a `{type(obj).__name__}` has no `{name}`")

    def _fail(self, *_: Any, **__: Any) -> Any:
        error = self._error
        if isinstance(error, DocumentError):
            rendering = _current.get()
            error.document = error.document or (rendering.document if rendering else None)
        raise error

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._fail()

    _fail_with_undefined_error = _fail
    __getitem__ = __call__ = __str__ = __iter__ = __len__ = __bool__ = __eq__ = __ne__ = __hash__ = _fail
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _fail
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __pos__ = _fail
    __lt__ = __le__ = __gt__ = __ge__ = __int__ = __float__ = __complex__ = __contains__ = _fail


class _Silent(jinja2.ChainableUndefined):
    """A name without value that prints as nothing, however it is used (``skip undefined``)."""

    __slots__ = ()

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__()

    def _same(self, *_: Any, **__: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def _no(self, *_: Any) -> bool:
        return False

    def _nothing(self, *_: Any, **__: Any) -> str:
        return ""

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __int__(self) -> int:  # type: ignore[override]
        return 0

    def __float__(self) -> float:  # type: ignore[override]
        return 0.0

    def __complex__(self) -> complex:  # type: ignore[override]
        return 0j

    def __hash__(self) -> int:
        return 0

    __getitem__ = __call__ = _same
    __str__ = __html__ = _nothing
    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _no  # type: ignore[assignment]
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _nothing  # type: ignore[assignment]
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __pos__ = _nothing  # type: ignore[assignment]


class _LazyContext(JinjaContext):
    """Looks a name up in the answers only when the template uses it."""

    def resolve_or_missing(self, key: str) -> Any:
        if key in self.vars:
            return self.vars[key]
        try:
            return self.parent[key]
        except KeyError:
            return missing


class _Environment(jinja2.Environment):
    """Jinja with docassemble's rules for attributes and items, and errors that carry the path."""

    context_class = _LazyContext

    def getattr(self, obj: Any, attribute: str) -> Any:
        try:
            return getattr(obj, attribute)
        except Undefined as error:
            return self._missing(error)
        except AttributeError:
            return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        try:
            return obj[argument]
        except Undefined as error:
            return self._missing(error)
        except (AttributeError, TypeError, LookupError):
            owner = getattr(obj, "instanceName", None)
            if isinstance(owner, str):
                return self._missing(UndefinedItem(f"{owner}[{argument!r}]"))
            return self.undefined(obj=obj, name=argument)

    def _missing(self, error: Undefined) -> jinja2.Undefined:
        return _Missing(error=error) if self.undefined is _Missing else self.undefined()


_environments: Recent[Any, jinja2.Environment] = Recent(16)


def _environment(skip_undefined: bool, filters: tuple[tuple[str, Callable[..., Any]], ...]) -> jinja2.Environment:
    """The Jinja environment for these rules; few exist, because compiled parts belong to one."""
    key = (skip_undefined, filters)
    known = _environments.get(key)
    if known is not None:
        return known
    made = _Environment(
        undefined=_Silent if skip_undefined else _Missing, autoescape=True, finalize=_printed, cache_size=0, auto_reload=False
    )
    made.filters.update({name: from_library(name) for name in LIBRARY_FILTERS})
    made.filters.update(BUILT_IN)
    made.filters.update(markdown=_markdown, inline_markdown=_markdown)
    made.filters.update(filters)
    _environments.keep(key, made)
    return made


def _markdown(text: Any) -> Markdown | str:
    shown = str(text)
    return Markdown(text=shown) if shown else ""


def _printed(value: Any) -> Any:
    """What Jinja prints for *value*: a picture or another paper leaves a mark, all else is text."""
    kind = type(value)
    if kind is str:
        return value.replace(_BREAK_IN_XML, "\n") if _BREAK_IN_XML in value else value
    if kind in (int, Markup, float, bool) or value is None:
        return value
    rendering = _current.get()
    if rendering is None:
        return value
    while (shape := getattr(type(value), "__docx__", None)) is not None:
        value = shape(value)
    if isinstance(value, Mapping) and "image" in value and isinstance(value["image"], bytes | Path):
        value = Image(data=value["image"], width=value.get("width"), alt=str(value.get("alt") or ""))
    if isinstance(value, Image | Included | Markdown):
        return rendering.place(value)
    return value


def include_docx_template(template_file: Any, **parameters: Any) -> Any:
    """Another DOCX file in the place of this paragraph, filled with the same answers and *parameters*.

    ``_inline=True``: only the text of its first paragraph; ``_use_jinja2=False``: as it stands; ``change_numbering=False``: its
    lists go on with this document's numbers.

    A file that did not come with the interview (an upload, a paper with answers in it) stands as it is unless the author says
    ``_use_jinja2=True``: what visitors wrote is never run as a template.
    """
    rendering = _current.get()
    if rendering is None:
        return "ERROR: not in a docx file"
    is_template = isinstance(template_file, str | bytes | Path) or getattr(template_file, "comes_with_package", False)
    use_jinja = parameters.pop("_use_jinja2", is_template)
    inline = bool(parameters.pop("_inline", False))
    numbering = bool(parameters.pop("change_numbering", True))
    source = template_file if isinstance(template_file, bytes | Path) else None
    if source is None:
        if rendering.find is None:
            raise DocumentError(f"`{template_file}` cannot be included here", document=rendering.document)
        try:
            source = rendering.find(template_file)
        except FileNotFoundError as error:
            raise DocumentError(f"the template to include, `{template_file}`, was not found", document=rendering.document) from error
    if use_jinja:
        data = fill(
            source,
            ChainMap(parameters, rendering.values),  # type: ignore[arg-type]
            skip_undefined=rendering.skip_undefined,
            filters=rendering.filters,
            find=rendering.find,
            name=str(template_file) if isinstance(template_file, str) else None,
            redact=rendering.redact,
        )
    else:
        data = source.read_bytes() if isinstance(source, Path) else source
    return Included(data=data, inline=inline, change_numbering=numbering)


# --- From rendered text to a part --------------------------------------------------------------------------------------------------


def _finished(text: str, rendering: Rendering) -> str:
    """The rendered text as XML: breaks, tabs, pictures and rich text in place, nothing that XML forbids."""
    text = text.replace("\n<w:p", "<w:p")
    text = _NOT_XML.sub("", text)
    if "\ue000" in text:
        text = re.sub(f"\ue000(?!{rendering.token}\\d+\ue001)[0-9a-f]*\ue001?", "", text)
        text = _placed(text, rendering)
    if rendering.part in rendering.template.loose:
        text = _LOOSE.sub(_housed, text).replace(_PARTING, "")
    if "\n" in text or "\t" in text or "\r" in text or "\f" in text:
        text = _TEXT.sub(_broken, text)
    if "<w:tblGrid>" in text:
        text = _fixed_tables(text, rendering.template.sources[rendering.part])
    if text.count("<wp:docPr ") > 1:
        counter = iter(range(1, 1 << 30))
        text = re.sub(r'(<wp:docPr [^>]*?\bid=")\d+(")', lambda m: f"{m[1]}{next(counter)}{m[2]}", text)
    return text


def _well_formed(text: str, rendering: Rendering) -> str:
    """*text*, mended where a condition that begins in one kind of tag and ends in another left half a paragraph: Word opens only
    what is well formed. Raises DocumentError when that is not to be had."""
    if (error := _fault(text)) is None:
        return text
    log.warning("template", hint=f"{rendering.document}: a condition or loop begins and ends in different kinds of tags (`{{%p` and `{{%`) in {rendering.part}: {error}")
    mended = _mended(text)
    if _fault(mended) is not None:
        raise DocumentError(f"the filled template is damaged, because a condition or loop begins and ends in different kinds of tags (`{{%p` and `{{%`): {error}", document=rendering.document, part=rendering.part)
    return mended


def _fault(text: str) -> Exception | None:
    """Why *text* is not well-formed XML."""
    parser = expat.ParserCreate()
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        return error
    return None


_IN_PARAGRAPH = ("w:p", "w:r", "w:t", "w:hyperlink")


def _mended(text: str) -> str:
    """*text* with each paragraph, run and text begun and ended where a tag for it is missing; all words are kept."""
    out: list[str] = []
    opened: list[str] = []

    def end_within(name: str = "") -> None:
        """End what stands open within a paragraph, and the paragraph, up to an element of that *name*."""
        while opened and opened[-1] in _IN_PARAGRAPH and opened[-1] != name:
            out.append(f"</{opened.pop()}>")

    for piece in re.split(r"(<[^>]*>)", text):
        match = re.match(r"<(/?)([\w:]+)[^>]*?(/?)>", piece)
        if match is None:
            bare = bool(piece.strip()) and bool(opened) and not piece.startswith("<") and opened[-1] in ("w:body", "w:tc", "w:hdr", "w:ftr", "w:p", "w:r")
            for element in ("w:p", "w:r", "w:t") if bare else ():
                if element not in opened[-3:]:
                    out.append(f"<{element}>")
                    opened.append(element)
            out.append(piece)
            continue
        name = match[2]
        if match[1]:
            if name in _IN_PARAGRAPH and name not in opened[_container(opened) :]:
                continue
            end_within(name)
            if opened and opened[-1] == name:
                opened.pop()
                out.append(piece)
            continue
        if name in ("w:p", "w:tbl", "w:sectPr"):
            end_within()
        if not match[3]:
            opened.append(name)
        out.append(piece)
    return "".join(out)


def _container(opened: list[str]) -> int:
    """Where in the list of open elements those within a paragraph begin."""
    return next((n + 1 for n in range(len(opened) - 1, -1, -1) if opened[n] not in _IN_PARAGRAPH), 0)


_LOOSE = re.compile(
    r"(?P<before></w:(?:p|tbl|tcPr|r|pPr|hyperlink|sdt|ins|smartTag)>|<w:(?:bookmark|comment|perm|move)\w+(?:\s[^>]*)?/>|<w:(?:p|proofErr)(?:\s[^>]*)?/>|<!---->"
    r"|<w:(?:body|hdr|ftr|tc|p|sdtContent|txbxContent|footnote|endnote)(?:\s[^>]*[^/>])?>)(?P<words>[^<]*[^<\s][^<]*)(?=<)"
)
"""Words where Word allows only paragraphs, or only runs."""
_PARTING = "<!---->"
"""Stands after what ``{{p …}}`` or ``{{r …}}`` prints, so that the words of two turns of a loop are told apart."""
_TAG_OR_TEXT = re.compile(r"<w:t(?: [^>]*)?>.*?</w:t>|\{%.*?%\}|\{#.*?#\}|(?P<loose>\{\{.*?\}\})|<[^>]*>", re.DOTALL)


def _housed(match: re.Match[str]) -> str:
    """Plain words that ``{{p …}}`` or ``{{r …}}`` printed, in a paragraph or run of their own: Word refuses them bare."""
    run = f'<w:r><w:t xml:space="preserve">{match["words"]}</w:t></w:r>'
    return match["before"] + (run if _is_in_paragraph(match.string, match.start("words")) else f"<w:p>{run}</w:p>")


def _is_in_paragraph(text: str, position: int) -> bool:
    """Whether a paragraph is open at *position*; those within a text box that ended before do not count."""
    while True:
        opened = max(text.rfind("<w:p>", 0, position), text.rfind("<w:p ", 0, position))
        if opened < 0:
            return False
        opened_end = text.find(">", opened)
        closed = opened_end if text[opened_end - 1] == "/" else text.rfind("</w:p>", opened, position)
        if closed < 0:
            return "<w:txbxContent" not in text[opened:position]
        if text.find("</w:txbxContent>", closed, position) < 0:
            return False
        position = text.rfind("<w:txbxContent", 0, opened)


def _broken(match: re.Match[str]) -> str:
    """A text element whose line breaks and tabs became elements."""
    inner = match.group(1)
    if not re.search(r"[\n\r\t\f]", inner):
        return match.group()
    inner = inner.replace("\r\n", "\n").replace("\r", "\n")
    for letter, element in (("\n", "<w:br/>"), ("\t", "<w:tab/>"), ("\f", '<w:br w:type="page"/>')):
        inner = inner.replace(letter, f'</w:t>{element}<w:t xml:space="preserve">')
    return f'<w:t xml:space="preserve">{inner}</w:t>'.replace('<w:t xml:space="preserve"></w:t>', "")


def _fixed_tables(text: str, source: str) -> str:
    """*text* with table grids that match the cells, where columns come and go (``{%tc``, ``colspan``, ``{% hm %}``)."""
    # A template without loops around cells makes none; docxtpl's way parses the whole part.
    if not re.search(r"\{%-?\s*(?:for|if)\b[^%]*%\}\s*<w:tc[ >]|gridSpan w:val=\"\{\{", source):
        return text
    from docxtpl import DocxTemplate

    tree = DocxTemplate.fix_tables(None, text)
    return str(etree.tostring(tree, encoding="unicode"))


def _placed(text: str, rendering: Rendering) -> str:
    """*text* with each mark replaced by the piece it stands for, in the shape that its place allows."""
    pattern = re.compile(f"\ue000{rendering.token}(\\d+)\ue001")
    out: list[str] = []
    position = 0
    for match in pattern.finditer(text):
        out.append(text[position : match.start()])
        position = match.end()
        number = int(match.group(1))
        if number >= len(rendering.pieces):
            continue
        piece = rendering.pieces[number]
        if isinstance(piece, Included) and rendering.part != "word/document.xml":
            raise DocumentError("another template can be included in the text only, not in headers or notes", document=rendering.document)
        before = text.rfind("<", 0, match.start())
        if text.startswith(("<w:t>", "<w:t "), before):
            out.append(_in_text(piece, number, rendering, _run_properties(text, before)))
        elif _is_in_paragraph(text, match.start()):
            out.append(_as_runs(piece, number, rendering))
        else:
            out.append(_as_blocks(piece, number, rendering))
    out.append(text[position:])
    return "".join(out)


def _run_properties(text: str, position: int) -> str:
    """The ``w:rPr`` of the run that is open at *position*, or nothing."""
    start = max(text.rfind("<w:r>", 0, position), text.rfind("<w:r ", 0, position))
    found = re.compile(r"<w:r(?: [^>]*)?>\s*(<w:rPr>.*?</w:rPr>)", re.DOTALL).match(text, start, position)
    return found.group(1) if found else ""


def _in_text(piece: Any, number: int, rendering: Rendering, look: str) -> str:
    """*piece* inside an open ``w:t``."""
    if isinstance(piece, Image):
        return f'</w:t>{_drawing(piece, rendering)}<w:t xml:space="preserve">'
    if isinstance(piece, Markdown):
        runs = _markdown_runs(piece.text, rendering, look)
        return f'</w:t></w:r>{runs}<w:r>{look}<w:t xml:space="preserve">'
    return f"\ue000{rendering.token}{number}\ue001"


def _as_runs(piece: Any, number: int, rendering: Rendering) -> str:
    """*piece* between the runs of a paragraph."""
    if isinstance(piece, Image):
        return f"<w:r>{_drawing(piece, rendering)}</w:r>"
    if isinstance(piece, Markdown):
        return _markdown_runs(piece.text, rendering, "")
    return f"<w:r><w:t>\ue000{rendering.token}{number}\ue001</w:t></w:r>"


def _as_blocks(piece: Any, number: int, rendering: Rendering) -> str:
    """*piece* between paragraphs."""
    if isinstance(piece, Markdown):
        return markdown_blocks(piece.text, lambda url: _link(url, rendering), rendering.template.link_style)
    return f"<w:p>{_as_runs(piece, number, rendering)}</w:p>"


def _link(url: str, rendering: Rendering) -> str:
    return rendering.relate(f"{_R}/hyperlink", url, external=True)


def _markdown_runs(text: str, rendering: Rendering, look: str) -> str:
    """Markdown inside one paragraph: paragraphs become lines, list items lines with their marker and a tab."""
    out = []
    inner = look.removeprefix("<w:rPr>").removesuffix("</w:rPr>") if look else ""
    for n, paragraph in enumerate(richtext.paragraphs(text)):
        if n:
            out.append(f"<w:r>{look}<w:br/></w:r>")
        if paragraph.marker:
            lead = "\t" * (paragraph.level - 1) + (f"{paragraph.marker}\t" if paragraph.marker.strip() else "\t")
            out.append(run_xml(richtext.Run(text=lead), inner=inner))
        out += _linked_runs(paragraph, lambda url: _link(url, rendering), rendering.template.link_style, inner)
    return "".join(out)


def markdown_blocks(text: str, link: Callable[[str], str], link_style: str | None = None) -> str:
    """Markdown as WordprocessingML paragraphs and tables."""
    out: list[str] = []
    cells: dict[int, list[richtext.Paragraph]] = {}
    for paragraph in richtext.paragraphs(text):
        if paragraph.table is None:
            out.append(_paragraph_xml(paragraph, link, link_style))
        else:
            if paragraph.table not in cells:
                cells[paragraph.table] = []
                out.append(f"\ue002{paragraph.table}\ue002")
            cells[paragraph.table].append(paragraph)
    made = "".join(out)
    for number, paragraphs in cells.items():
        made = made.replace(f"\ue002{number}\ue002", _table_xml(paragraphs, link, link_style))
    return made


def _linked_runs(
    paragraph: richtext.Paragraph, link: Callable[[str], str], link_style: str | None, inner: str
) -> Iterator[str]:
    for run in paragraph.runs:
        if run.link:
            look = f'<w:rStyle w:val="{link_style}"/>' if link_style else '<w:color w:val="0000FF"/><w:u w:val="single"/>'
            yield f'<w:hyperlink xmlns:r="{_R}" r:id="{link(run.link)}">{run_xml(run, inner=look)}</w:hyperlink>'
        else:
            yield run_xml(run, inner=inner, heading=paragraph.heading)


def run_xml(run: richtext.Run, *, inner: str = "", heading: int = 0) -> str:
    """A ``w:r`` element. *inner*: properties of the run it stands in."""
    look = inner
    for wanted, element in (
        (run.code, '<w:rFonts w:ascii="Liberation Mono" w:hAnsi="Liberation Mono" w:cs="Liberation Mono"/>'),
        (run.bold or heading, "<w:b/>"),
        (run.italic, "<w:i/>"),
        (run.strike, "<w:strike/>"),
        (run.underline, '<w:u w:val="single"/>'),
        (run.superscript, '<w:vertAlign w:val="superscript"/>'),
        (run.subscript, '<w:vertAlign w:val="subscript"/>'),
    ):
        if wanted and element.split(" ")[0].rstrip("/>") not in look:
            look += element
    if heading:
        look += f'<w:sz w:val="{60 - (heading - 1) * 8 if heading < 4 else 28}"/>'
    text = str(Markup.escape(_NOT_XML.sub("", run.text)))
    properties = f"<w:rPr>{_sorted_properties(look)}</w:rPr>" if look else ""
    return f"<w:r>{properties}" + _broken_run(text) + "</w:r>"


_PROPERTY_ORDER = ["rStyle", "rFonts", "b", "bCs", "i", "iCs", "caps", "smallCaps", "strike", "dstrike", "outline", "shadow", "emboss", "imprint", "noProof", "snapToGrid", "vanish", "webHidden", "color", "spacing", "w", "kern", "position", "sz", "szCs", "highlight", "u", "effect", "bdr", "shd", "fitText", "vertAlign", "rtl", "cs", "em", "lang", "eastAsianLayout", "specVanish", "oMath"]


def _sorted_properties(look: str) -> str:
    """Run properties in the order that the schema wants; Word refuses others."""
    elements = re.findall(r"<w:(\w+)(?:[^>]*/>|[^>]*>.*?</w:\1>)", look)
    texts = [m.group() for m in re.finditer(r"<w:(\w+)(?:[^>]*/>|[^>]*>.*?</w:\1>)", look)]
    known = {name: n for n, name in enumerate(_PROPERTY_ORDER)}
    return "".join(text for _, text in sorted(zip(elements, texts, strict=True), key=lambda pair: known.get(pair[0], 99)))


def _broken_run(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\n", "\ue003<w:br/>\ue003").replace("\t", "\ue003<w:tab/>\ue003")
    return "".join(
        piece if piece.startswith("<w:") else f'<w:t xml:space="preserve">{piece}</w:t>'
        for piece in text.split("\ue003")
        if piece
    )


def _paragraph_xml(paragraph: richtext.Paragraph, link: Callable[[str], str], link_style: str | None) -> str:
    indent = paragraph.level * 360
    properties = ""
    if paragraph.heading:
        properties += "<w:keepNext/>"
    properties += f'<w:spacing w:after="{60 if paragraph.marker else 160}"/>'
    if indent:
        hanging = ' w:hanging="360"' if paragraph.marker else ""
        right = f' w:right="{indent}"' if paragraph.quote else ""
        properties += f'<w:ind w:left="{indent}"{right}{hanging}/>'
    if paragraph.align != "left":
        properties += f'<w:jc w:val="{paragraph.align}"/>'
    lead = run_xml(richtext.Run(text=f"{paragraph.marker.strip()}\t")) if paragraph.marker else ""
    return f"<w:p><w:pPr>{properties}</w:pPr>{lead}{''.join(_linked_runs(paragraph, link, link_style, ''))}</w:p>"


def _table_xml(cells: list[richtext.Paragraph], link: Callable[[str], str], link_style: str | None) -> str:
    columns = max(cell.column for cell in cells) + 1
    width = 9000 // columns
    border = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="808080"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    rows = []
    for row in range(max(cell.row for cell in cells) + 1):
        made = []
        for column in range(columns):
            inner = "".join(_paragraph_xml(c, link, link_style) for c in cells if (c.row, c.column) == (row, column))
            made.append(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{inner or "<w:p/>"}</w:tc>')
        rows.append(f"<w:tr>{''.join(made)}</w:tr>")
    grid = f'<w:gridCol w:w="{width}"/>' * columns
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/><w:tblBorders>{border}</w:tblBorders></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _drawing(image: Image, rendering: Rendering) -> str:
    """A ``w:drawing`` for *image*; its file and relation are added to the package."""
    data = image.data.read_bytes() if isinstance(image.data, Path) else image.data
    picture = pictures.for_document(data, document=rendering.document)
    name = f"engross-{hashlib.sha256(picture.data).hexdigest()[:16]}.{picture.ending}"
    rendering.added[f"word/media/{name}"] = picture.data
    identity = rendering.relate(f"{_R}/image", f"media/{name}")
    width = pictures.length(image.width)
    height = max(1, round(width * picture.height / picture.width))
    rendering.picture_ids += 1
    number = rendering.picture_ids
    alt = str(Markup.escape(_NOT_XML.sub("", image.alt)))
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"
    return (
        f'<w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" distT="0" distB="0" '
        f'distL="0" distR="0"><wp:extent cx="{width}" cy="{height}"/><wp:docPr id="{number}" name="Picture {number}" descr="{alt}"/>'
        f'<a:graphic xmlns:a="{a}"><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        f'<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:nvPicPr><pic:cNvPr id="{number}" '
        f'name="{name}"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip xmlns:r="{_R}" r:embed="{identity}"/><a:stretch>'
        f'<a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        f'<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>'
    )


# --- The package -------------------------------------------------------------------------------------------------------------------


def _changed_entries(template: _Template, rendering: Rendering, changed: Mapping[str, bytes]) -> Iterator[package.Entry]:
    """The template's entries with the changed parts, new relations and new media."""
    changed = dict(changed)
    for part, relations in rendering.relations.items():
        folder, _, name = part.rpartition("/")
        path = f"{folder}/_rels/{name}.rels"
        changed[path] = _with_relations(template.entries.get(path), relations)
    if rendering.added:
        endings = {name.rpartition(".")[2] for name in rendering.added}
        changed["[Content_Types].xml"] = _with_types(package.unpack(template.entries["[Content_Types].xml"]), endings)
    for name, entry in template.entries.items():
        yield package.pack(name, changed.pop(name)) if name in changed else entry
    for name in sorted(changed):
        yield package.pack(name, changed[name])
    for name in sorted(rendering.added):
        yield package.pack(name, rendering.added[name])


def _with_relations(entry: package.Entry | None, relations: list[tuple[str, str, str, bool]]) -> bytes:
    root = etree.fromstring(package.unpack(entry)) if entry else etree.Element(f"{{{_REL}}}Relationships", nsmap={None: _REL})
    for identity, kind, target, external in relations:
        element = etree.SubElement(root, f"{{{_REL}}}Relationship", Id=identity, Type=kind, Target=target)
        if external:
            element.set("TargetMode", "External")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _with_types(data: bytes, endings: set[str]) -> bytes:
    root = etree.fromstring(data)
    known = {(element.get("Extension") or "").lower() for element in root.iter(f"{{{_TYPES}}}Default")}
    for ending in sorted(endings - known):
        kind = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif"}[ending]
        root.insert(0, etree.Element(f"{{{_TYPES}}}Default", Extension=ending, ContentType=kind))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _compose(data: bytes, rendering: Rendering, inserted: Mapping[int, Included]) -> bytes:
    """*data* with the included documents in the place of their marks, with their styles, lists, pictures and notes."""
    import copy
    import io

    from docx import Document
    from docx.oxml import CT_SectPr  # type: ignore[attr-defined]
    from docxtpl.subdoc import SubdocComposer

    class Composer(SubdocComposer):  # type: ignore[misc]
        keep_numbers = False

        def add_numberings(self, doc: Any, element: Any) -> None:
            if not self.keep_numbers:
                super().add_numberings(doc, element)

        def restart_first_numbering(self, doc: Any, element: Any) -> None:
            if not self.keep_numbers:
                super().restart_first_numbering(doc, element)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        master = Document(io.BytesIO(data))
        body = master.element.body
        for number, piece in inserted.items():
            mark = f"\ue000{rendering.token}{number}\ue001"
            places = [t for t in body.iter(f"{{{_W}}}t") if mark in (t.text or "")]
            for text in places:
                part = Document(io.BytesIO(piece.data))
                composer = Composer(master)
                composer.keep_numbers = not piece.change_numbering
                composer.attach_parts(part)
                elements = [copy.deepcopy(e) for e in part.element.body if not isinstance(e, CT_SectPr)]
                _insert(text, mark, elements, inline=piece.inline)
        out = io.BytesIO()
        master.save(out)
    return normal(out.getvalue())


def _insert(text: Any, mark: str, elements: list[Any], *, inline: bool) -> None:
    """*elements* where *mark* stands in the text element *text*; the paragraph around it is cut in two where needed."""
    import copy

    run = next(text.iterancestors(f"{{{_W}}}r"))
    paragraph = next(text.iterancestors(f"{{{_W}}}p"))
    before, _, after = text.text.partition(mark)
    if inline:
        first = next((e for e in elements if e.tag == f"{{{_W}}}p"), None)
        runs = [] if first is None else [e for e in first if e.tag != f"{{{_W}}}pPr"]
        rest = copy.deepcopy(run)
        _cut(run, text, before, keep_before=True)
        for sibling in reversed([*runs, rest]):
            run.addnext(sibling)
        _cut(rest, _same_place(rest, run, text), after, keep_before=False)
        return
    later = copy.deepcopy(paragraph)
    position = list(paragraph.iter(f"{{{_W}}}t")).index(text)
    later_text = list(later.iter(f"{{{_W}}}t"))[position]
    for sibling in list(run.itersiblings()):
        paragraph.remove(sibling) if sibling.getparent() is paragraph else None
    later_run = next(later_text.iterancestors(f"{{{_W}}}r"))
    for sibling in list(later_run.itersiblings(preceding=True)):
        if sibling.tag != f"{{{_W}}}pPr":
            later.remove(sibling) if sibling.getparent() is later else None
    _cut(run, text, before, keep_before=True)
    _cut(later_run, later_text, after, keep_before=False)
    for element in reversed([*elements, later]):
        paragraph.addnext(element)
    section = paragraph.find(f"{{{_W}}}pPr/{{{_W}}}sectPr")
    cell_end = later.getparent().tag == f"{{{_W}}}tc" and later.getnext() is None and elements and elements[-1].tag != f"{{{_W}}}p"
    for half in (paragraph, later):
        if _is_bare(half) and not (half is later and (section is not None or cell_end)):
            half.getparent().remove(half)
        elif half is paragraph and section is not None:
            section.getparent().remove(section)


def _cut(run: Any, text: Any, kept: str, *, keep_before: bool) -> None:
    """Leave only what stands before or after the mark in *run*."""
    inner = list(run)
    position = inner.index(text)
    for element in inner[position + 1 :] if keep_before else inner[:position]:
        if element.tag != f"{{{_W}}}rPr":
            run.remove(element)
    text.text = kept
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _same_place(copy_of_run: Any, run: Any, text: Any) -> Any:
    return [e for e in copy_of_run if e.tag == f"{{{_W}}}t"][sum(1 for e in run if e.tag == f"{{{_W}}}t" and e is not text) and 0]


def _is_bare(paragraph: Any) -> bool:
    """Whether nothing would be seen of *paragraph* but an empty line that the template's author did not write."""
    seen = {f"{{{_W}}}{name}" for name in ("drawing", "br", "tab", "pict", "object", "fldChar", "sym", "footnoteReference")}
    return not any((e.tag == f"{{{_W}}}t" and (e.text or "").strip()) or e.tag in seen for e in paragraph.iter())
