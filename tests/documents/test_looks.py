"""That the comparison with stored pictures finds what a reader would, and nothing else."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pikepdf
import pytest
from pikepdf import Dictionary, Name

from engross.documents import docx, office
from tests import looks

from .conftest import docx_of

LOOKS = Path(__file__).parent / "looks"
LINES = [f"{n}. On the {n}th of March the heating in the kitchen did not work, and nobody came to look at it." for n in range(1, 9)]


def letter(*, lines: list[str] = LINES, top: float = 700, font: Name = Name.Helvetica, size: float = 11, boxes: bool = True) -> bytes:
    """A page of *lines* with a frame below; *top* is the first line's height in points."""
    pdf = pikepdf.Pdf.new()
    page = pdf.add_blank_page(page_size=(612, 792))
    page.obj.Resources = Dictionary(Font=Dictionary(F=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=font)))
    drawn = "".join(f"BT /F {size} Tf 72 {top - 16 * n} Td ({line}) Tj ET\n" for n, line in enumerate(lines))
    page.contents_add(pdf.make_stream((drawn + ("72 300 12 12 re s" if boxes else "")).encode()))
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


KNOWN = looks.cells(letter())


@pytest.mark.parametrize("other", [letter(), letter(top=701.5), letter(top=698.5), letter(size=11.04)], ids=["the same", "higher", "lower", "wider"])
def test_another_version_of_a_converter_is_no_fault(other: bytes) -> None:
    """Lines a point or so beside their places."""
    assert looks.misfits(KNOWN, looks.cells(other)) <= looks.STRANGE


FAULTS = {
    "a line is missing": letter(lines=[*LINES[:3], "", *LINES[4:]]),
    "a word is missing": letter(lines=[line.replace("kitchen", "") for line in LINES]),
    "the last line is missing": letter(lines=LINES[:-1]),
    "a line more": letter(lines=[*LINES, "A line."]),
    "all lines moved": letter(top=690),
    "a line moved": letter(lines=[*LINES[:4], "", *LINES[4:]]),
    "serif letters": letter(font=Name("/Times-Roman")),
    "larger letters": letter(size=12),
    "a box is missing": letter(boxes=False),
}


@pytest.mark.parametrize("other", FAULTS.values(), ids=FAULTS.keys())
def test_what_a_reader_would_see_is_found(other: bytes) -> None:
    """Each makes more cells strange than may be."""
    assert looks.misfits(KNOWN, looks.cells(other)) > looks.STRANGE


def _with_footnote(template: bytes, words: str) -> bytes:
    """*template* with a footnote on its last paragraph."""
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    note = f'<w:footnotes xmlns:w="{w}"><w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t xml:space="preserve"> {words}</w:t></w:r></w:p></w:footnote></w:footnotes>'
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    relation = '<Relationship Id="rIdNote" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes" Target="footnotes.xml"/>'
    mark = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="2"/></w:r></w:p><w:tbl>'
    with zipfile.ZipFile(io.BytesIO(template)) as archive:
        parts = {name: archive.read(name).decode("latin-1") for name in archive.namelist()}
    parts["word/footnotes.xml"] = note
    for part, end, added in (
        ("[Content_Types].xml", "</Types>", f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>'),
        ("word/_rels/document.xml.rels", "</Relationships>", relation + "</Relationships>"),
        ("word/document.xml", "</w:p><w:tbl>", mark),
    ):
        assert end in parts[part]
        parts[part] = parts[part].replace(end, added, 1)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data.encode("latin-1"))
    return out.getvalue()


@pytest.mark.office
def test_a_docx_with_header_table_of_people_and_footnote_looks_as_it_did() -> None:
    """Filled, converted, and compared with the stored picture."""
    rows = [["Name", "Town"], ["{%tr for p in people %}", ""], ["{{ p.name }}", "{{ p.town }}"], ["{%tr endfor %}", ""]]
    template = docx_of("Petition of {{ people[0].name }}", "The people named below ask for time.", table=rows, header="Case {{ number }}")
    people = [SimpleNamespace(name=name, town=town) for name, town in (("Ann Ash & Sons", "Springfield"), ("Łucja Birch", "Mitte"), ("Cleo <Cedar>", "Salem"))]
    made = docx.fill(_with_footnote(template, "As of {{ number }}."), {"people": people, "number": "26SP0042"})
    with office.Office(idle=0) as pool:
        paper = pool.convert(made, document="petition")

    looks.check(paper, 1, LOOKS / "petition.png")
