"""PDF: fill forms, read fields, join, number, cut, flatten.

Values get appearances of our own (``appearance``), because qpdf's know neither lines nor letters beyond Latin-1, and because a
paper must look the same in every reader, on paper, and after flattening. Everything is bytes in, bytes out, and the same bytes
for the same input.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from engross.documents import acroform, appearance, archive, fonts, letters, pictures
from engross.documents.acroform import COMBO, RICH, Kind, Number, Terminal, Widget
from engross.documents.appearance import Box, Metrics
from engross.documents.recent import Recent
from engross.errors import DocumentError, nearest

T = TypeVar("T")
MIMETYPE = "application/pdf"
_YES = frozenset(("yes", "true", "on", "x", "checked", "1"))


@dataclass(frozen=True, kw_only=True)
class Field:
    """A form field, as a template describes it."""

    name: str
    """The whole name, ``part.of.name``."""
    kind: Kind
    value: str = ""
    """What stands in it."""
    page: int = 1
    """One-based page of its first box."""
    rectangle: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """Left, bottom, right, top of its first box, in points."""
    options: tuple[str, ...] = ()
    """Export values of buttons; options of choices."""
    max_length: int = 0
    """Letters it takes, or 0."""
    multiline: bool = False
    read_only: bool = False
    font: str = ""
    """Name of its font."""
    box: Box = field(default_factory=lambda: Box(width=0, height=0))
    metrics: Metrics = field(default_factory=Metrics, repr=False, compare=False)

    def fits(self, text: str) -> bool:
        """Whether *text* can be read in full in the field."""
        return (not self.max_length or len(text) <= self.max_length) and appearance.fits(text, self.box, self.metrics)

    def overflow(self, text: str, *, ending: str = "") -> tuple[str, str]:
        """*text* as (what the field shows, what belongs in an addendum); joined they are *text*."""
        return appearance.split(text, self.fits, ending=ending)


@dataclass(frozen=True, kw_only=True)
class Boxes:
    """Every field of a form that one name fills, and what stands around the text in them."""

    template: str
    """Digest of the form."""
    name: str
    fields: tuple[Field, ...]
    before: str = ""
    after: str = ""

    def fits(self, text: str) -> bool:
        """Whether *text* can be read in full in each of them."""
        whole = self.before + text + self.after
        return all(field.fits(whole) for field in self.fields)

    def overflow(self, text: str, *, ending: str = "", keep_words: bool = True) -> tuple[str, str]:
        """*text* as (what all of them show, what belongs in an addendum); joined they are *text*. *ending* comes after the first."""
        return appearance.split(text, self.fits, ending=ending, keep_words=keep_words)


def boxes(template: bytes, name: str) -> Boxes | None:
    """The text fields that *name* fills, or None when there is none. Raises DocumentError."""
    known = {field.name: field for field in fields(template)}
    found = tuple(field for field in _targets(known, name) if field.kind is Kind.TEXT)
    return Boxes(template=hashlib.sha256(template).hexdigest(), name=name, fields=found) if found else None


def fits(field: Field, text: str) -> bool:
    """Whether *text* can be read in full in *field*."""
    return field.fits(text)


def overflow(field: Field, text: str, *, ending: str = "") -> tuple[str, str]:
    """*text* as (what *field* shows, what belongs in an addendum)."""
    return field.overflow(text, ending=ending)


@contextmanager
def _opened(data: bytes | Path, *, password: str = "", document: str | None = None) -> Iterator[Pdf]:
    """The PDF, closed afterwards. Raises DocumentError with the reason."""
    name = document or (data.name if isinstance(data, Path) else "the PDF file")
    try:
        source = data if isinstance(data, Path) else io.BytesIO(data)
        pdf = Pdf.open(source, password=password or "", suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise DocumentError("it is protected by a password", document=name) from error
    except (pikepdf.PdfError, OSError, ValueError) as error:
        raise DocumentError(f"it is not a PDF file that can be read: {_reason(error)}", document=name) from error
    try:
        yield pdf
    except pikepdf.PdfError as error:
        raise DocumentError(f"the PDF file is damaged: {_reason(error)}", document=name) from error
    finally:
        pdf.close()


def _reason(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error)).split(": ", 1)[-1]


def _saved(pdf: Pdf, *, password: str | None = None, owner_password: str | None = None, compact: bool = False) -> bytes:
    """The PDF's bytes; the same for the same content unless a password is set. *compact*: small objects are packed (PDF 1.5)."""
    out = io.BytesIO()
    if password or owner_password:
        allowed = pikepdf.Permissions(extract=False, modify_annotation=False, modify_assembly=False, modify_form=False,
                                      modify_other=False)  # fmt: skip
        lock = pikepdf.Encryption(owner=owner_password or password or "", user=password or "", allow=allowed)
        pdf.save(out, encryption=lock)
    else:
        packing = pikepdf.ObjectStreamMode.generate if compact else pikepdf.ObjectStreamMode.preserve
        pdf.save(out, deterministic_id=True, encryption=False, object_stream_mode=packing)
    return out.getvalue()


# --- Reading -----------------------------------------------------------------------------------------------------------------------


def page_count(data: bytes | Path) -> int:
    """How many pages. Raises DocumentError."""
    with _opened(data) as pdf:
        return len(pdf.pages)


def is_encrypted(data: bytes | Path) -> bool:
    """Whether a password is needed to open it."""
    try:
        with _opened(data):
            return False
    except DocumentError as error:
        if isinstance(error.__cause__, pikepdf.PasswordError):
            return True
        raise


def fields(template: bytes | Path, *, password: str = "") -> tuple[Field, ...]:
    """The form's fields in the order of pages, from top to bottom and left to right. Raises DocumentError."""
    data = template.read_bytes() if isinstance(template, Path) else template
    key = (hashlib.sha256(data).digest(), password)
    known = _described_forms.get(key)
    if known is not None:
        return known
    with _opened(data, password=password, document=template.name if isinstance(template, Path) else None) as pdf:
        form = acroform.read(pdf, key)
        pages, fonts_here = acroform.pages_of(pdf), dict[str, _FieldFont]()
        found = [_described(pdf, one, pages, fonts_here) for one in form.values()]
    described = tuple(sorted(found, key=lambda f: (f.page, -f.rectangle[3], f.rectangle[0])))
    _described_forms.keep(key, described)
    return described


_described_forms: Recent[tuple[bytes, str], tuple[Field, ...]] = Recent(acroform.REMEMBERED)
"""Digest and password → fields, of the forms that were looked at last."""


def descriptions(template: Path) -> tuple[str, dict[str, str]]:
    """What the form says for people who cannot see it: (its title, field → its alternate name, ISO 32000-1 table 220, ``TU``); "" and
    nothing where it says none. Raises DocumentError."""
    data = template.read_bytes()
    with _opened(data, document=template.name) as pdf:
        form = acroform.read(pdf, (hashlib.sha256(data).digest(), ""))
        said = {one.name: str(pdf.get_object(one.number).get("/TU", "")).strip() for one in form.values()}
        return str(pdf.docinfo.get("/Title", "")).strip(), {name: text for name, text in said.items() if text}


def list_fields(template: bytes | Path) -> list[tuple[str, str, int, list[float], str, str | None]]:
    """Fields as docassemble lists them: (name, default, page, rectangle, type, export value)."""
    types = {Kind.TEXT: "/Tx", Kind.CHOICE: "/Ch", Kind.SIGNATURE: "/Sig"}
    return [
        (
            f.name,
            f.value or {Kind.SIGNATURE: "${ user.signature }", Kind.CHECKBOX: "No", Kind.RADIO: "No"}.get(f.kind, "something"),
            f.page,
            list(f.rectangle),
            types.get(f.kind, "/Btn"),
            f.options[0] if f.kind in (Kind.CHECKBOX, Kind.RADIO) and f.options else None,
        )
        for f in fields(template)
    ]


def _described(pdf: Pdf, one: Terminal, pages: Mapping[Number, int], fonts_here: dict[str, _FieldFont]) -> Field:
    widget = one.widgets[0]
    font = fonts_here.get(widget.look.font) or fonts_here.setdefault(widget.look.font, _FieldFont.of(pdf, widget.look.font))
    options = one.states if one.kind in (Kind.CHECKBOX, Kind.RADIO) else [export for export, _ in one.options]
    return Field(
        name=one.name,
        kind=one.kind,
        value=one.value,
        page=pages.get(widget.number, 0) + 1,
        rectangle=widget.rectangle,
        options=tuple(dict.fromkeys(options)),
        max_length=one.max_length,
        multiline=one.multiline,
        read_only=one.read_only,
        font=font.base,
        box=widget.box,
        metrics=font.metrics,
    )


# --- Filling -----------------------------------------------------------------------------------------------------------------------


def fill(
    template: bytes | Path,
    values: Mapping[str, Any],
    *,
    flatten: bool = False,
    images: Callable[[str], bytes] | None = None,
    rendering_font: Path | None = None,
    checkbox_value: str | None = None,
    template_password: str = "",
    password: str | None = None,
    owner_password: str | None = None,
    pdfa: bool = False,
    strict: bool = False,
    warn: Callable[[str], None] | None = None,
    name: str | None = None,
) -> bytes:
    """The form filled with *values*, field name → text, bool, number, None or ``{"image": bytes | Path | sha256}``.

    A name without a field of its own fills the fields ``name__0``, ``name__1`` …, or those whose last part it is. *flatten*: fields become page content. *images*
    gives the bytes of pictures named by digest. *rendering_font*: a TrueType file for values that the form's fonts cannot show.
    *checkbox_value*: the on-state of check boxes that do not say theirs. A name that no field has is told to *warn*, with the nearest
    field, or is a DocumentError when *strict*: docassemble passes over such names, and interviews that run there must run here.

    Raises DocumentError.
    """
    document = name or (template.name if isinstance(template, Path) else "the PDF form")
    tell = warn or (lambda _: None)
    blank = template.read_bytes() if isinstance(template, Path) else template
    with _opened(blank, password=template_password, document=document) as pdf:
        form = acroform.read(pdf, (hashlib.sha256(blank).digest(), template_password))
        if not form and values:
            raise DocumentError("the PDF file has no form fields", document=document)
        _without_xfa(pdf, document, tell)
        filling = _Filling(pdf, document, rendering_font, checkbox_value, tell, embed=pdfa)
        for wanted, value in values.items():
            targets = _targets(form, wanted)
            if not targets:
                close = nearest(wanted, form)
                hint = f" Did you mean `{close}`?" if close else ""
                if strict:
                    raise DocumentError(f"the form has no field `{wanted}`", document=document, part=wanted, nearest=close)
                tell(f"{document}: the form has no field `{wanted}`.{hint}")
            for target in targets:
                filling.put(target, _image_value(value, images))
        filling.finish()
        if pdfa and isinstance(pdf.Root.get("/AcroForm"), Dictionary) and "/DR" in pdf.Root.AcroForm:
            del pdf.Root.AcroForm["/DR"]  # flattening would hand its fonts, which are not embedded, to every field
        if flatten or pdfa:
            _flatten(pdf)
        if pdfa:
            archive.mark(pdf)
        return _saved(pdf, password=password, owner_password=owner_password)


def _targets(form: Mapping[str, T], wanted: str) -> list[T]:
    if wanted in form:
        return [form[wanted]]
    numbered = [one for name, one in form.items() if name.startswith(f"{wanted}__") and name[len(wanted) + 2 :].isdigit()]
    # docassemble's own filler goes by the last part of a field's name.
    return numbered or [one for name, one in form.items() if name.rpartition(".")[2] == wanted]


def _image_value(value: Any, images: Callable[[str], bytes] | None) -> Any:
    if isinstance(value, Mapping):
        found = value.get("image")
        if isinstance(found, str):
            return {"image": images(found)} if images else ""
        if isinstance(found, Path):
            return {"image": found.read_bytes()}
    return value


def _without_xfa(pdf: Pdf, document: str, tell: Callable[[str], None]) -> None:
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, Dictionary):
        if "/XFA" in form:
            del form["/XFA"]
            tell(f"{document}: the form has an XFA part, which was left out; its other fields are filled.")
        form.NeedAppearances = False
        # A filled form is not what was signed or what usage rights were given for.
        if "/SigFlags" in form:
            del form["/SigFlags"]
    if "/Perms" in pdf.Root:
        del pdf.Root["/Perms"]


@dataclass(eq=False)
class _FieldFont:
    """A font that a field names: how to write a text in it, and how wide its letters are."""

    base: str
    resource: Any
    encode: Mapping[str, int]
    metrics: Metrics

    @classmethod
    def of(cls, pdf: Pdf, name: str) -> _FieldFont:
        """The font *name* of the form's resources, or Helvetica."""
        form = pdf.Root.get("/AcroForm")
        listed = form.get("/DR", Dictionary()).get("/Font", Dictionary()) if isinstance(form, Dictionary) else Dictionary()
        font = listed.get(name) if isinstance(listed, Dictionary) else None
        if not isinstance(font, Dictionary) or font.get("/Subtype") not in (Name.Type1, Name.TrueType, Name.MMType1):
            return cls._standard(name)
        base = str(font.get("/BaseFont", name))[1:]
        encode = letters.of(font.get("/Encoding"))
        face = fonts.standard_face(base)
        widths = _listed_widths(font, encode)
        descriptor = font.get("/FontDescriptor", Dictionary())
        embedded = any(k in descriptor for k in ("/FontFile", "/FontFile2", "/FontFile3"))
        if embedded and re.match(r"[A-Z]{6}\+", base):
            encode = {c: n for c, n in encode.items() if widths.get(c)}  # a subset has only the letters it needed
        return cls(base, font, encode, Metrics(face=face, widths=widths))

    @classmethod
    def _standard(cls, name: str) -> _FieldFont:
        lower = name.lower()
        base = "Times-Roman" if "tim" in lower or "tiro" in lower else "Courier" if "cour" in lower else "Helvetica"
        resource = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/" + base), Encoding=Name.WinAnsiEncoding)
        return cls(base, resource, letters.win_ansi(), Metrics(face=fonts.standard_face(base)))


def _listed_widths(font: Any, encode: Mapping[str, int]) -> dict[str, float]:
    widths: Any = font.get("/Widths")
    if not isinstance(widths, Array):
        return {}
    first = int(font.get("/FirstChar", 0))
    listed = [float(w) if not isinstance(w, Dictionary) else 0.0 for w in widths]
    return {c: listed[b - first] for c, b in encode.items() if 0 <= b - first < len(listed) and listed[b - first] > 0}


@dataclass(eq=False)
class _Text:
    """A text to be drawn in a widget when all values are known."""

    one: Terminal
    widget: Widget
    text: str
    font: _FieldFont
    face: fonts.Face | None
    """The font to embed, for a text that the field's font cannot show."""


class _Filling:
    """One filling: puts values into fields, then draws all texts, so that an embedded font is cut once."""

    def __init__(
        self, pdf: Pdf, document: str, rendering_font: Path | None, checkbox_value: str | None,
        tell: Callable[[str], None], *, embed: bool = False,
    ) -> None:  # fmt: skip
        self.pdf = pdf
        self.document = document
        self.preferred = fonts.Face(rendering_font) if rendering_font else None
        self.checkbox_value = checkbox_value
        self.tell = tell
        self.embed = embed
        self.texts: list[_Text] = []
        self.fonts: dict[str, _FieldFont] = {}
        self.pages: dict[tuple[int, int], int] | None = None
        self.resources: dict[tuple[str, Path | None], Any] = {}

    def _object(self, number: Number) -> Any:
        return self.pdf.get_object(number)

    def put(self, one: Terminal, value: Any) -> None:
        """*value* into the field."""
        if isinstance(value, Mapping) and isinstance(value.get("image"), bytes):
            self._picture(one, value["image"])
            return
        text = _text_of(value)
        match one.kind:
            case Kind.TEXT:
                self._text(one, text)
            case Kind.CHECKBOX:
                self._checkbox(one, value, text)
            case Kind.RADIO:
                self._radio(one, value, text)
            case Kind.CHOICE:
                self._choice(one, value, text)
            case Kind.SIGNATURE:
                if text:
                    self._typed_signature(one, text)
            case Kind.BUTTON:
                pass

    def _text(self, one: Terminal, text: str) -> None:
        node = self._object(one.number)
        node.V = String(text)
        for key in one.outdated:
            if key in node:
                del node[key]
        if one.flags & RICH:
            node.Ff = one.flags & ~RICH
        if one.max_length and len(text) > one.max_length:
            self.tell(f"{self.document}: `{one.name}` takes {one.max_length} letters, its value has {len(text)}.")
        for widget in one.widgets:
            self._later(one, widget, text)

    def _later(self, one: Terminal, widget: Widget, text: str) -> None:
        named = widget.look.font
        if named not in self.fonts:
            self.fonts[named] = _FieldFont.of(self.pdf, named)
        font = self.fonts[named]
        face = None
        drawn = text.replace("\r", "").replace("\n", "").replace("\t", " ")
        if drawn and (self.embed or not font.encode.keys() >= set(drawn)):
            face = fonts.covering(drawn, self.preferred or font.metrics.face)
            if not face.has(drawn):
                # Which ones is not said: it would be part of an answer, and this goes to the log.
                self.tell(f"{self.document}: no font of this server has all letters of the value of `{one.name}`.")
        self.texts.append(_Text(one, widget, text, font, face))

    def _typed_signature(self, one: Terminal, text: str) -> None:
        """A text in a signature field: it becomes page content like a picture would."""
        for widget in one.widgets:
            self._later(one, widget, text)

    def _checkbox(self, one: Terminal, value: Any, text: str) -> None:
        states = one.states
        on = states[0] if states else self.checkbox_value or "Yes"
        checked = value is True or text == on or text.lower() in _YES
        if text.lower() in ("no", "off", "false", "") and text != on:
            checked = False
        self._switch(one, on if checked else None)

    def _radio(self, one: Terminal, value: Any, text: str) -> None:
        states = one.states
        chosen = text if text in states else None
        if chosen is None:
            for export, shown in one.options:
                if text and text in (export, shown):
                    index = [e for e, _ in one.options].index(export)
                    chosen = str(index) if str(index) in states else states[index] if index < len(states) else None
        if chosen is None and text:
            lower = {s.lower(): s for s in states}
            synonym = {"yes": ("true", "yes", "on", "1"), "no": ("false", "no", "0")}.get(text.lower(), (text.lower(),))
            chosen = next((lower[s] for s in synonym if s in lower), None)
        self._switch(one, chosen)

    def _switch(self, one: Terminal, on: str | None) -> None:
        self._object(one.number).V = _name(on) if on is not None else Name.Off
        for widget in one.widgets:
            state, states, annotation = widget.on, widget.states, self._object(widget.number)
            if state is None and on is not None and one.kind is Kind.CHECKBOX:
                annotation.AP = Dictionary(N=_check(self.pdf, widget, on))
                state, states = on, ("/" + on, "/Off")
            annotation.AS = _state_name(states, on) if on is not None and state == on else _off_name(states)

    def _choice(self, one: Terminal, value: Any, text: str) -> None:
        chosen = [str(v) for v in value] if isinstance(value, list | tuple | set) else [text] if text else []
        node, options = self._object(one.number), one.options
        exports = {shown: export for export, shown in options} | {export: export for export, _ in options}
        shown_as = dict(options)
        for extra in (c for c in chosen if c not in exports):
            node.Opt = Array([*_listed_options(node), String(extra)])
        values = [exports.get(c, c) for c in chosen]
        node.V = String(values[0]) if len(values) == 1 else Array([String(v) for v in values]) if values else String("")
        if "/I" in node:
            del node["/I"]
        for widget in one.widgets:
            self._later(one, widget, "\n".join(shown_as.get(v, v) for v in values))

    def _picture(self, one: Terminal, data: bytes) -> None:
        """The picture becomes page content where the field was; the field has done its work and goes."""
        image = _trimmed(pictures.opened(data, document=self.document))
        drawing = _image_stream(self.pdf, image)
        for widget in one.widgets:
            page = self._page(widget)
            if page is None:
                continue
            left, bottom, right, top = widget.rectangle
            scale = min((right - left) / image.width, (top - bottom) / image.height)
            width, height = image.width * scale, image.height * scale
            x, y = left + (right - left - width) / 2, bottom + (top - bottom - height) / 2
            resource = page.add_resource(drawing, Name.XObject, prefix="EngrossPicture")
            page.contents_add(
                self.pdf.make_stream(f"q {width:.3f} 0 0 {height:.3f} {x:.3f} {y:.3f} cm {resource} Do Q".encode()), prepend=False
            )
            _detach(page, widget)
        _forget(self.pdf, self._object(one.number))

    def _page(self, widget: Widget) -> Any:
        if self.pages is None:
            self.pages = acroform.pages_of(self.pdf)
            for page in self.pdf.pages:
                page.contents_coalesce()
        number = self.pages.get(widget.number)
        if number is None:
            return None
        page = self.pdf.pages[number]
        marker = "/EngrossWrapped"
        if marker not in page.obj:
            # What the page leaves behind (a scale, a clip) must not move the picture.
            page.contents_add(self.pdf.make_stream(b"q"), prepend=True)
            page.contents_add(self.pdf.make_stream(b"Q"), prepend=False)
            page.obj[marker] = True
        return page

    def finish(self) -> None:
        """Draw the texts."""
        embedded: dict[Path, set[str]] = {}
        for text in self.texts:
            if text.face is not None:
                embedded.setdefault(text.face.path, set()).update(text.text)
        ready = {path: _embedded_font(self.pdf, fonts.Face(path), characters) for path, characters in embedded.items()}
        for text in self.texts:
            self._draw(text, ready)
        for number, page in enumerate(self.pdf.pages if self.pages is not None else ()):
            if "/EngrossWrapped" in page.obj:
                del self.pdf.pages[number].obj["/EngrossWrapped"]

    def _draw(self, text: _Text, ready: Mapping[Path, Any]) -> None:
        widget, box = text.widget, text.widget.box
        if text.one.kind is Kind.CHOICE and not text.one.flags & COMBO:
            box = Box(width=box.width, height=box.height, size=box.size, align=box.align, multiline=True)
        metrics = appearance.measured(text.face) if text.face else text.font.metrics
        layout = appearance.lay_out(text.text, box, metrics)
        resource = ready[text.face.path] if text.face else text.font.resource
        name = "/EngrossFont" if text.face else widget.look.font
        parts = [widget.decoration, "/Tx BMC\nq\n"]
        if layout.lines:
            parts.append(f"1 1 {max(box.width - 2, 1):.2f} {max(box.height - 2, 1):.2f} re W n\n")
            parts.append(f"BT\n{name} {layout.size:.3f} Tf\n{widget.look.color}\n")
            x = y = 0.0
            for line in layout.lines:
                parts.append(f"{line.x - x:.3f} {line.y - y:.3f} Td {_shown(text, line.text)} Tj\n")
                x, y = line.x, line.y
            parts.append("ET\n")
        parts.append("Q\nEMC")
        key = (name, text.face.path if text.face else None)
        if key not in self.resources:
            self.resources[key] = self.pdf.make_indirect(Dictionary(Font=Dictionary({name: resource})))
        stream = self.pdf.make_stream("".join(parts).encode("latin-1"), _drawing(widget.rotation, box))
        stream.Resources = self.resources[key]
        self._object(widget.number).AP = Dictionary(N=stream)


def _shown(text: _Text, line: str) -> str:
    """*line* as a string of the content stream, in the letters of the font that draws it."""
    if text.face is not None:
        return _glyphs(text.face, line)
    return _literal(bytes(text.font.encode[c] for c in line if c in text.font.encode))


def _glyphs(face: fonts.Face, text: str) -> str:
    """*text* as a string of the content stream, for a font that ``_embedded_font`` made of *face*."""
    return "<" + "".join(f"{face.glyph_id(c):04x}" for c in text) + ">"


def _text_of(value: Any) -> str:
    if value is None:
        return ""
    if value is True:
        return "Yes"
    if value is False:
        return "No"
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", "", str(value))


def _name(text: str) -> Name:
    return Name("/" + text)


def _state_name(states: Sequence[str], on: str) -> Name:
    return next((Name(key) for key in states if acroform.decoded(key[1:]) == on), _name(on))


def _off_name(states: Sequence[str]) -> Name:
    return next((Name(key) for key in states if key.lower() == "/off"), Name.Off)


def _listed_options(node: Any) -> list[Any]:
    """The options of a field, its own or those of the fields above it."""
    listed = _inherited(node, "/Opt")
    return list(listed) if isinstance(listed, Array) else []


def _literal(data: bytes) -> str:
    return "(" + re.sub(rb"([\\()])", rb"\\\1", data).decode("latin-1").replace("\r", "\\r").replace("\n", "\\n") + ")"


def _drawing(degrees: int, box: Box) -> Any:
    """The dictionary of an appearance stream. Parsed in one go: setting its keys one by one took most of the time of a filling."""
    matrices: dict[int, tuple[float, ...]] = {
        90: (0, 1, -1, 0, box.height, 0), 180: (-1, 0, 0, -1, box.width, box.height), 270: (0, -1, 1, 0, 0, box.width)
    }  # fmt: skip
    matrix = " ".join(f"{number:.3f}".rstrip("0").rstrip(".") for number in matrices.get(degrees, (1, 0, 0, 1, 0, 0)))
    return Object.parse(
        f"<< /Type /XObject /Subtype /Form /BBox [0 0 {box.width:.3f} {box.height:.3f}] /Matrix [{matrix}] >>".encode()
    )


def _check(pdf: Pdf, widget: Widget, on: str) -> Any:
    """Appearances for a check box that has none: name of the state → stream."""
    left, bottom, right, top = widget.rectangle
    width, height = right - left, top - bottom
    cross = (
        f"q 0 G {max(min(width, height) / 9, 0.8):.2f} w 1 J {width * 0.2:.2f} {height * 0.2:.2f} m {width * 0.8:.2f} {height * 0.8:.2f} l "
        f"{width * 0.2:.2f} {height * 0.8:.2f} m {width * 0.8:.2f} {height * 0.2:.2f} l S Q"
    )
    looks = Dictionary()
    for key, content in (("/" + on, widget.decoration + cross), ("/Off", widget.decoration)):
        stream = pdf.make_stream(content.encode("latin-1"))
        stream.Type, stream.Subtype, stream.BBox = Name.XObject, Name.Form, Array([0, 0, round(width, 3), round(height, 3)])
        looks[key] = stream
    return looks


def _trimmed(image: Any) -> Any:
    """The picture without its empty margins, as docassemble trims signatures."""
    from PIL import Image, ImageChops

    if image.mode in ("RGBA", "LA") or "transparency" in image.info:
        image = image.convert("RGBA")
        box = image.getchannel("A").point(lambda alpha: 255 if alpha > 8 else 0).getbbox()
    else:
        image = image.convert("RGB")
        plain = Image.new("RGB", image.size, image.getpixel((0, 0)))
        box = ImageChops.difference(image, plain).getbbox()
    if box is None or box[2] - box[0] < 10 or box[3] - box[1] < 10:
        return image
    return image.crop(box)


def _image_stream(pdf: Pdf, image: Any) -> Any:
    stream = pdf.make_stream(image.convert("RGB").tobytes())
    stream.Type, stream.Subtype = Name.XObject, Name.Image
    stream.Width, stream.Height, stream.BitsPerComponent, stream.ColorSpace = image.width, image.height, 8, Name.DeviceRGB
    if image.mode == "RGBA":
        mask = pdf.make_stream(image.getchannel("A").tobytes())
        mask.Type, mask.Subtype = Name.XObject, Name.Image
        mask.Width, mask.Height, mask.BitsPerComponent, mask.ColorSpace = image.width, image.height, 8, Name.DeviceGray
        stream.SMask = mask
    return stream


def _detach(page: Any, widget: Widget) -> None:
    annotations = page.obj.get("/Annots")
    if isinstance(annotations, Array):
        kept = [a for a in annotations if not (isinstance(a, Dictionary) and a.objgen == widget.number)]
        page.obj.Annots = Array(kept)


def _forget(pdf: Pdf, node: Any) -> None:
    """Take the field out of the form's tree."""
    parent = node.get("/Parent")
    holder, key = (parent, "/Kids") if isinstance(parent, Dictionary) else (pdf.Root.get("/AcroForm"), "/Fields")
    if isinstance(holder, Dictionary) and isinstance(holder.get(key), Array):
        holder[key] = Array([kid for kid in holder[key] if not (isinstance(kid, Dictionary) and kid.objgen == node.objgen)])


def _embedded_font(pdf: Pdf, face: fonts.Face, characters: set[str]) -> Any:
    """A Type 0 font with the glyphs of *characters*, and their meaning for copying and searching."""
    used = sorted(c for c in characters if c.isprintable())
    outline = fonts.subset(face.path, face.number, frozenset(used))
    file = pdf.make_stream(outline)
    name = Name("/" + _tag(used) + "+" + re.sub(r"[^A-Za-z0-9-]", "", face.name))
    outlines = "/FontFile2" if face.path.suffix.lower() != ".otf" else "/FontFile3"
    if outlines == "/FontFile3":
        file.Subtype = Name.OpenType
    else:
        file.Length1 = len(outline)
    descriptor = archive.describe(face, name, flags=4)
    descriptor[outlines] = file
    glyphs = {face.glyph_id(c): c for c in used}
    widths = Array([item for glyph, c in sorted(glyphs.items()) for item in (glyph, Array([round(face.width(c), 2)]))])
    descendant = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2 if outlines == "/FontFile2" else Name.CIDFontType0, BaseFont=name,
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor), W=widths, DW=1000,
    )  # fmt: skip
    if outlines == "/FontFile2":
        descendant.CIDToGIDMap = Name.Identity
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font, Subtype=Name.Type0, BaseFont=name, Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]), ToUnicode=pdf.make_stream(_to_unicode(glyphs)),
        )
    )


def _tag(characters: Sequence[str]) -> str:
    """Six letters that stand for a subset."""
    digest = hashlib.sha256("".join(characters).encode()).digest()
    return "".join(chr(65 + byte % 26) for byte in digest[:6])


def _to_unicode(glyphs: Mapping[int, str]) -> bytes:
    lines = [f"<{glyph:04x}> <{character.encode('utf-16-be').hex()}>" for glyph, character in sorted(glyphs.items())]
    blocks = [lines[n : n + 100] for n in range(0, len(lines), 100)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) "
        "/Supplement 0 >> def /CMapName /Adobe-Identity-UCS def /CMapType 2 def 1 begincodespacerange <0000> <ffff> "
        f"endcodespacerange\n{body}\nendcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode()


# --- Whole papers ------------------------------------------------------------------------------------------------------------------


def flatten(data: bytes | Path) -> bytes:
    """The paper with its fields as page content. Raises DocumentError."""
    with _opened(data) as pdf:
        _flatten(pdf)
        return _saved(pdf)


def _flatten(pdf: Pdf) -> None:
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, Dictionary):
        if bool(form.get("/NeedAppearances", False)):
            pdf.generate_appearance_streams()
        form.NeedAppearances = False
        pdf.flatten_annotations("all")
        if "/AcroForm" in pdf.Root:
            del pdf.Root["/AcroForm"]
    else:
        pdf.flatten_annotations("all")
    for page in pdf.pages:
        left = page.obj.get("/Annots")
        if isinstance(left, Array):
            kept = [a for a in left if not (isinstance(a, Dictionary) and a.get("/Subtype") == Name.Widget)]
            if kept:
                page.obj.Annots = Array(kept)
            else:
                del page.obj["/Annots"]


def merge(
    parts: Sequence[bytes | Path],
    *,
    parity: str | None = None,
    titles: Sequence[str] = (),
    pdfa: bool = False,
    password: str | None = None,
    owner_password: str | None = None,
) -> bytes:
    """PDFs one after the other, with their form fields (renamed where two have one name) and outlines.

    *parity*: ``even`` or ``odd``, a blank page ends each part whose number of pages is not so. *titles*: a bookmark for each part.
    Raises DocumentError that says which part cannot be used.
    """
    joining = Joining(len(parts))
    for number, part in enumerate(parts):
        joining.take(number, part)
    return joining.finish(parity=parity, titles=titles, pdfa=pdfa, password=password, owner_password=owner_password)


class Joining:
    """A joined PDF while its parts come in, in any order. One thread at a time.

    Copying forms takes most of the time, and forms are ready before the first page is converted: so they are taken meanwhile.
    """

    def __init__(self, count: int) -> None:
        """*count*: how many parts there will be. Raises DocumentError when there are none."""
        if not count:
            raise DocumentError("there is nothing to join")
        self._count = count
        self._out = Pdf.new()
        self._taken: list[tuple[int, int]] = []
        """(part, pages), in the order in which the parts came"""

    @property
    def taken(self) -> frozenset[int]:
        """The parts that are here, from 0."""
        return frozenset(number for number, _ in self._taken)

    def take(self, number: int, part: bytes | Path) -> None:
        """Copy the part's pages, form fields and outline. *number*: its place, from 0. Raises DocumentError."""
        with _opened(part, document=f"part {number + 1} of {self._count}") as pdf:
            before = len(self._out.pages)
            _share_fonts(pdf, _form_fonts(self._out), number)
            self._out.add_pages_from(pdf)
            self._taken.append((number, len(self._out.pages) - before))
        form = self._out.Root.get("/AcroForm")
        if isinstance(form, Dictionary) and "/NeedAppearances" in form:
            del form["/NeedAppearances"]

    def finish(
        self, *, parity: str | None = None, titles: Sequence[str] = (), pdfa: bool = False, password: str | None = None,
        owner_password: str | None = None,
    ) -> bytes:  # fmt: skip
        """The PDF, as ``merge`` describes it."""
        with self._out as out:
            self._sort()
            starts: list[int] = []
            at = 0
            for _, count in self._taken:
                starts.append(at)
                at += count
                if parity in ("even", "odd") and count and (count % 2 == 0) != (parity == "even"):
                    size = out.pages[at - 1].mediabox
                    out.add_blank_page(page_size=(float(size[2]) - float(size[0]), float(size[3]) - float(size[1])))
                    _move_page(out, len(out.pages) - 1, at)
                    at += 1
            if titles:
                _bookmark(out, titles, starts)
            if pdfa:
                _flatten(out)
                archive.mark(out)
            return _saved(out, password=password, owner_password=owner_password, compact=True)

    def _sort(self) -> None:
        """The parts, which stand in the order in which they came, in the order of their numbers."""
        if self._taken == (wanted := sorted(self._taken)):
            return
        at = 0
        for one in wanted:
            place = self._taken.index(one)
            start = sum(count for _, count in self._taken[:place])
            for offset in range(one[1] if start != at else 0):
                _move_page(self._out, start + offset, at + offset)
            self._taken.insert(wanted.index(one), self._taken.pop(place))
            at += one[1]
        with self._out.open_outline() as outline:
            outline.root.sort(key=lambda item: _outline_page(self._out, item))


def _form_fonts(pdf: Pdf) -> Any:
    """The fonts that texts in the form's fields are typed with: name → font."""
    form = pdf.Root.get("/AcroForm")
    resources = form.get("/DR") if isinstance(form, Dictionary) else None
    listed = resources.get("/Font") if isinstance(resources, Dictionary) else None
    return listed if isinstance(listed, Dictionary) else Dictionary()


def _share_fonts(pdf: Pdf, known: Any, number: int) -> None:
    """Leave the form's fonts that are *known* under their names already to the forms it is joined with; give new names to others that
    are called the same.

    qpdf gives new names, too, but to the third form one that the second has already (qpdf 12.2): a text typed into one form's field
    would then be drawn in another's font.
    """
    fonts_here = _form_fonts(pdf)
    common = fonts_here.keys() & known.keys()
    alike = {name for name in common if fonts_here[name] == known[name]}
    for name in alike:
        del fonts_here[name]
    renamed = {str(name): f"{name}_of_{number + 1}" for name in common - alike}
    if not renamed:
        return
    fields = acroform.read(pdf).values()
    for holder in _drawn_by_form_fonts(pdf, fields):
        holder.Resources = Dictionary({**dict(holder.get("/Resources", Dictionary()).items()), "/Font": Dictionary(dict(fonts_here.items()))})
    for old, new in renamed.items():
        fonts_here[new] = fonts_here[old]
        del fonts_here[old]
    for item in (pdf.Root.AcroForm, *_may_say_a_look(pdf, fields)):
        if isinstance(item.get("/DA"), String):
            item.DA = String(re.sub(r"/[^\s/<>\[\](){}%]+", lambda found: renamed.get(found[0], found[0]), str(item.DA)))


def _may_say_a_look(pdf: Pdf, fields: Iterable[Terminal]) -> Iterator[Any]:
    """All that may say a default appearance (``/DA``): the fields, what is above and below them; each once."""
    known: set[tuple[int, int]] = set()
    for one in fields:
        for number in (one.number, *(widget.number for widget in one.widgets)):
            item: Any = pdf.get_object(number)
            while isinstance(item, Dictionary) and item.objgen not in known:
                known.add(item.objgen)
                yield item
                item = item.get("/Parent")


def _drawn_by_form_fonts(pdf: Pdf, fields: Iterable[Terminal]) -> Iterator[Any]:
    """Appearances that bring no fonts of their own and so rely on those of the form."""
    for one in fields:
        for widget in one.widgets:
            normal = pdf.get_object(widget.number).get("/AP", Dictionary()).get("/N")
            for stream in normal.values() if isinstance(normal, Dictionary) else [normal]:
                if isinstance(stream, Stream) and "/Font" not in stream.get("/Resources", Dictionary()):
                    yield stream


def _move_page(pdf: Pdf, source: int, target: int) -> None:
    """Take a page out and put it before the one at *target*."""
    if source != target:
        page = pdf.pages[source]
        del pdf.pages[source]
        pdf.pages.insert(target, page)


def _bookmark(out: Pdf, titles: Sequence[str], starts: Sequence[int]) -> None:
    with out.open_outline() as outline:
        inner = list(outline.root)
        outline.root.clear()
        for number, (title, start) in enumerate(zip(titles, starts, strict=False)):
            if start >= len(out.pages):
                continue
            item = pikepdf.OutlineItem(title, start)
            outline.root.append(item)
            end = starts[number + 1] if number + 1 < len(starts) else len(out.pages)
            item.children.extend(i for i in inner if start <= _outline_page(out, i) < end)
            item.is_closed = True


def _outline_page(out: Pdf, item: Any) -> int:
    target = item.destination
    if isinstance(target, Array) and len(target):
        target = target[0]
    if isinstance(target, int):
        return target
    if isinstance(target, Dictionary):
        return next((n for n, page in enumerate(out.pages) if page.obj.objgen == target.objgen), -1)
    return -1


def extract_pages(data: bytes | Path, first: int, last: int | None = None) -> bytes:
    """The pages *first* to *last*, one-based, both included. Raises DocumentError when there is no such page."""
    with _opened(data) as pdf:
        end = len(pdf.pages) if last is None else min(last, len(pdf.pages))
        if not 1 <= first <= end:
            raise DocumentError(f"there are no pages {first} to {end if last is None else last}: it has {len(pdf.pages)}")
        out = Pdf.new()
        with out:
            out.add_pages_from(pdf, pages=range(first - 1, end))
            return _saved(out)


def number_pages(
    data: bytes | Path,
    *,
    prefix: str = "",
    first: int = 1,
    digits: int = 0,
    area: str = "BOTTOM_RIGHT",
    font_size: float = 10,
    horizontal_offset: float = 15,
    vertical_offset: float = 15,
) -> bytes:
    """A number on each page (Bates), *digits* wide, that far in points from the edges that *area* names. Raises DocumentError."""
    with _opened(data) as pdf:
        texts = [f"{prefix}{number:0{digits}d}" if digits else f"{prefix}{number}" for number in range(first, first + len(pdf.pages))]
        face = fonts.covering("".join(texts), fonts.standard_face("Helvetica"))
        font = _embedded_font(pdf, face, set("".join(texts)))
        for page, text in zip(pdf.pages, texts, strict=True):
            _stamp(pdf, page, text, font, face, area.upper(), font_size, horizontal_offset, vertical_offset)
        return _saved(pdf)


def _stamp(pdf: Pdf, page: Any, text: str, font: Any, face: fonts.Face, area: str, size: float, across: float, up: float) -> None:
    left, bottom, right, top = (float(n) for n in page.cropbox)
    turn = int(page.obj.get("/Rotate", _inherited(page.obj, "/Rotate") or 0)) % 360
    width, height = (right - left, top - bottom) if turn in (0, 180) else (top - bottom, right - left)
    long = appearance.measured(face).width(text, size)
    x = across if "LEFT" in area else (width - long) / 2 if "CENTER" in area or "MIDDLE" in area else width - across - long
    y = height - up - size if "TOP" in area else up
    place = {
        0: f"1 0 0 1 {left:.2f} {bottom:.2f}", 90: f"0 1 -1 0 {right:.2f} {bottom:.2f}",
        180: f"-1 0 0 -1 {right:.2f} {top:.2f}", 270: f"0 -1 1 0 {left:.2f} {top:.2f}",
    }[turn]  # fmt: skip
    resource = page.add_resource(font, Name.Font, prefix="EngrossNumber")
    page.contents_add(pdf.make_stream(b"q"), prepend=True)
    page.contents_add(
        pdf.make_stream(f"Q q {place} cm BT 0 g {resource} {size:g} Tf {x:.2f} {y:.2f} Td {_glyphs(face, text)} Tj ET Q".encode("latin-1")),
        prepend=False,
    )


def _inherited(node: Any, key: str) -> Any:
    while isinstance(node, Dictionary):
        if key in node:
            return node[key]
        node = node.get("/Parent")
    return None


def overlay(
    main: bytes | Path, logo: bytes | Path, *, first: int | None = None, last: int | None = None, logo_page: int | None = None,
    only: str | None = None, multi: bool = False,
) -> bytes:  # fmt: skip
    """*main* with a page of *logo* over its pages *first* to *last*; with *multi* page over page. *only*: ``even`` or ``odd``."""
    with _opened(main) as pdf, _opened(logo) as stamp:
        start = max(first or 1, 1)
        end = min(last or len(pdf.pages), len(pdf.pages))
        for number in range(start, end + 1):
            if only in ("even", "odd") and (number % 2 == 0) != (only == "even"):
                continue
            wanted = number - start + 1 if multi else max(logo_page or 1, 1)
            pdf.pages[number - 1].add_overlay(stamp.pages[min(wanted, len(stamp.pages)) - 1], None)
        return _saved(pdf)


def protect(data: bytes | Path, *, password: str | None = None, owner_password: str | None = None) -> bytes:
    """The paper locked with passwords (AES-256); printing stays allowed."""
    with _opened(data) as pdf:
        return _saved(pdf, password=password, owner_password=owner_password)


def cleaned(data: bytes | Path, *, document: str | None = None) -> bytes:
    """A paper that a visitor brought, without scripts, actions, files and links to anything but web and mail addresses."""
    with _opened(data, document=document) as pdf:
        archive.take_away_scripts_and_files(pdf)
        for key in ("/Collection", "/Perms"):
            if key in pdf.Root:
                del pdf.Root[key]
        form = pdf.Root.get("/AcroForm")
        if isinstance(form, Dictionary) and "/XFA" in form:
            del form["/XFA"]
        for item in pdf.objects:
            if isinstance(item, Dictionary) and not isinstance(item, Stream):
                _disarm(item)
        for page in pdf.pages:
            for holder in (page.obj, *(a for a in page.obj.get("/Annots", ()) if isinstance(a, Dictionary))):
                _disarm(holder)
        return _saved(pdf)


def _disarm(holder: Any) -> None:
    if "/AA" in holder:
        del holder["/AA"]
    action = holder.get("/A")
    if isinstance(action, Dictionary):
        kind = action.get("/S")
        web = kind == Name.URI and re.match(r"(https?|mailto):", str(action.get("/URI", "")), re.IGNORECASE)
        if not web and kind not in (Name.GoTo, Name.Named):
            del holder["/A"]
        elif "/Next" in action:
            del action["/Next"]
    if holder.get("/Subtype") in (Name.FileAttachment, Name.RichMedia, Name.Screen, Name.Movie, Name.Sound):
        holder.F = 2  # hidden
        for key in ("/FS", "/RichMediaContent", "/Movie", "/Sound"):
            if key in holder:
                del holder[key]


def to_pdfa(data: bytes | Path) -> bytes:
    """A flat PDF that says it is PDF/A-2B; fonts that nobody here has are not embedded (``fonts_missing``)."""
    with _opened(data) as pdf:
        _flatten(pdf)
        archive.mark(pdf)
        return _saved(pdf)


def fonts_missing(data: bytes | Path) -> tuple[str, ...]:
    """Fonts that a paper uses and does not hold, sorted: what keeps it from being PDF/A."""
    with _opened(data) as pdf:
        return archive.fonts_missing(pdf)


def settled(data: bytes) -> bytes:
    """A converter's PDF without the time it was made and its random id, so that the same paper is the same bytes.

    Raises DocumentError when it is none: empty, cut off, without pages.
    """
    if not data.startswith(b"%PDF-"):
        raise DocumentError("the result is not a PDF file")
    with _opened(data) as pdf:
        if not len(pdf.pages):
            raise DocumentError("the result has no pages")
        for key in ("/CreationDate", "/ModDate"):
            if key in pdf.docinfo:
                del pdf.docinfo[key]
        for key in ("/DocChecksum", "/ID"):
            if key in pdf.trailer:
                del pdf.trailer[key]
        metadata = pdf.Root.get("/Metadata")
        if isinstance(metadata, Stream):
            text = metadata.read_bytes()
            text = re.sub(rb"<(xmp:(?:CreateDate|ModifyDate|MetadataDate))>[^<]*</\1>", b"", text)
            pdf.Root.Metadata = pdf.make_stream(text, Type=Name.Metadata, Subtype=Name.XML)
        return _saved(pdf)
