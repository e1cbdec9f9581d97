"""Templates and forms for the tests of documents, made on the spot."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from typing import Any

import docx as python_docx
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from engross.documents import office


def docx_of(*paragraphs: str, table: list[list[str]] | None = None, header: str = "") -> bytes:
    """A DOCX with these paragraphs, and a table after them."""
    document = python_docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if table:
        made = document.add_table(len(table), len(table[0]))
        for y, row in enumerate(table):
            for x, text in enumerate(row):
                made.cell(y, x).text = text
    if header:
        document.sections[0].header.paragraphs[0].text = header
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def texts_of(data: bytes) -> list[str]:
    """The paragraphs' texts; line breaks are ``\\n``."""
    return [p.text for p in python_docx.Document(io.BytesIO(data)).paragraphs]


def xml_of(data: bytes, part: str = "word/document.xml") -> str:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(part).decode()


def png(width: int = 60, height: int = 20, color: str = "red", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG", **options)
    return out.getvalue()


class Form:
    """A one-page PDF form in the making; each field gets a line of its own."""

    def __init__(self) -> None:
        self.pdf = pikepdf.Pdf.new()
        self.page = self.pdf.add_blank_page(page_size=(612, 792))
        self.page.obj.Annots = Array()
        helv = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
        self.pdf.Root.AcroForm = self.pdf.make_indirect(
            Dictionary(Fields=Array(), DA=String("/Helv 0 Tf 0 g"), DR=Dictionary(Font=Dictionary(Helv=self.pdf.make_indirect(helv))))
        )
        self.top = 760.0

    def _widget(self, width: float, height: float, **extra: Any) -> Any:
        self.top -= height + 6
        return self.pdf.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=Array([40, self.top, 40 + width, self.top + height]), F=4, P=self.page.obj, **extra)
        )

    def text(self, name: str, *, width: float = 200, height: float = 18, **extra: Any) -> Form:
        widget = self._widget(width, height, FT=Name.Tx, T=String(name), **extra)
        self.page.obj.Annots.append(widget)
        self.pdf.Root.AcroForm.Fields.append(widget)
        return self

    def look(self, color: str) -> Any:
        stream = self.pdf.make_stream(f"{color} rg 0 0 12 12 re f".encode())
        stream.Type, stream.Subtype, stream.BBox = Name.XObject, Name.Form, Array([0, 0, 12, 12])
        return stream

    def checkbox(self, name: str, on: str = "Yes", *, looks: bool = True) -> Form:
        extra = {"AP": Dictionary(N=Dictionary({f"/{on}": self.look("0 0 1"), "/Off": self.look("1 1 1")}))} if looks else {}
        widget = self._widget(12, 12, FT=Name.Btn, T=String(name), AS=Name.Off, V=Name.Off, **extra)
        self.page.obj.Annots.append(widget)
        self.pdf.Root.AcroForm.Fields.append(widget)
        return self

    def radio(self, name: str, *states: str) -> Form:
        parent = self.pdf.make_indirect(Dictionary(FT=Name.Btn, Ff=1 << 15, T=String(name), V=Name.Off, Kids=Array()))
        for state in states:
            widget = self._widget(12, 12, AS=Name.Off, Parent=parent, AP=Dictionary(N=Dictionary({f"/{state}": self.look("0 0 1"), "/Off": self.look("1 1 1")})))
            parent.Kids.append(widget)
            self.page.obj.Annots.append(widget)
        self.pdf.Root.AcroForm.Fields.append(parent)
        return self

    def choice(self, name: str, *options: Any) -> Form:
        listed = Array([String(o) if isinstance(o, str) else Array([String(o[0]), String(o[1])]) for o in options])
        widget = self._widget(120, 18, FT=Name.Ch, Ff=1 << 17, T=String(name), Opt=listed)
        self.page.obj.Annots.append(widget)
        self.pdf.Root.AcroForm.Fields.append(widget)
        return self

    def signature(self, name: str) -> Form:
        widget = self._widget(200, 40, FT=Name.Sig, T=String(name))
        self.page.obj.Annots.append(widget)
        self.pdf.Root.AcroForm.Fields.append(widget)
        return self

    def nested(self, *names: str) -> Form:
        """A text field ``a.b.c``."""
        *outer, last = names
        widget = self._widget(200, 18, FT=Name.Tx, T=String(last))
        self.page.obj.Annots.append(widget)
        node = widget
        for name in reversed(outer):
            parent = self.pdf.make_indirect(Dictionary(T=String(name), Kids=Array([node])))
            node.Parent = parent
            node = parent
        self.pdf.Root.AcroForm.Fields.append(node)
        return self

    def bytes(self, **options: Any) -> bytes:
        out = io.BytesIO()
        self.pdf.save(out, **options)
        return out.getvalue()


def values_of(data: bytes) -> dict[str, str]:
    """Field name → what stands in it."""
    from engross.documents import pdf

    return {f.name: f.value for f in pdf.fields(data)}


def text_of_pdf(data: bytes, page: int = 0) -> str:
    """What PDFium reads on a page, form fields drawn."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        return str(document[page].get_textpage().get_text_range())
    finally:
        document.close()


def ink(data: bytes, box: tuple[float, float, float, float] | None = None, *, page: int = 0) -> int:
    """How many dots PDFium draws that are not white, in a box of points or on the whole page."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        document.init_forms()
        picture = document[page].render(scale=1, may_draw_forms=True).to_pil().convert("L")
    finally:
        document.close()
    if box is not None:
        left, bottom, right, top = box
        picture = picture.crop((int(left), int(picture.height - top), int(right), int(picture.height - bottom)))
    return sum(picture.histogram()[:200])


def plain_pdf(pages: int = 1, *, size: tuple[float, float] = (612, 792), text: str = "") -> bytes:
    pdf = pikepdf.Pdf.new()
    for number in range(pages):
        page = pdf.add_blank_page(page_size=size)
        page.obj.Resources = Dictionary(Font=Dictionary(F1=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)))
        page.contents_add(pdf.make_stream(f"BT /F1 12 Tf 72 700 Td ({text or 'page'} {number + 1}) Tj ET".encode()))
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


class Kept:
    """A result in the store of the tests."""

    def __init__(self, data: bytes, mimetype: str) -> None:
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.mimetype = mimetype


class FakeOffice:
    """Makes a PDF with one page from anything, and counts."""

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []

    def convert(self, source: bytes, *, to: str, ending: str, foreign: bool, **options: Any) -> bytes:
        self.orders.append({"to": to, "ending": ending, "foreign": foreign, **options})
        return plain_pdf(text=hashlib.sha256(source).hexdigest()[:8])


class Store:
    """Tools of ``assemble`` that keep everything in memory."""

    def __init__(self, converter: Any) -> None:
        self.office = converter
        self.blobs: dict[str, bytes] = {}
        self.results: dict[str, Kept] = {}

    def put(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        self.blobs[digest] = data
        return digest

    def find(self, key: str) -> Kept | None:
        return self.results.get(key)

    def keep(self, key: str, data: bytes, mimetype: str) -> Kept:
        self.put(data)
        self.results[key] = Kept(data, mimetype)
        return self.results[key]

    def read(self, sha256: str) -> bytes:
        return self.blobs[sha256]


@pytest.fixture(scope="session")
def libreoffice() -> Iterator[office.Office]:
    """The real converter, warm."""
    with office.Office(idle=0) as pool:
        yield pool


@pytest.fixture
def store() -> Store:
    return Store(FakeOffice())


Make = Callable[..., bytes]
