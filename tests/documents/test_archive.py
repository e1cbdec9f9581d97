"""Papers for archives (PDF/A-2b), looked at by a program that others wrote.

veraPDF is not to be had from PyPI, npm or Debian (searched in November 2026: what bears its name there only calls a veraPDF that must
be there already). Debian has PDFBox Preflight, which knows PDF/A-1b. What it says of a paper must be what PDF/A-2 allows and
PDF/A-1 did not, and nothing else.
"""

# ruff: noqa: S603 - a program of the test machine, and paths of our own
from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Dictionary, Name

from engross.documents import docx, foreign, office, pdf
from engross.documents.pages import text_of

from .conftest import docx_of, ink, plain_pdf, png
from .test_readers import VALUES, blank

NEEDED = ("preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "commons-io", "javax.activation", "jaxb-api")
JARS = [Path("/usr/share/java", f"{name}.jar") for name in NEEDED]
ALLOWED_SINCE_2 = {
    "1.0": "object streams and cross-reference streams",
    "1.4": "cross-reference streams in the trailer",
    "2.1.6": "colour profiles of version 4",
    "2.2.1": "transparency",
    "2.2.2": "transparency",
    "3.1.11": "no list of the letters (CIDSet) with a font that was cut down",
    "7.11.2": "the paper says part 2",
}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None or not all(jar.exists() for jar in JARS), reason="needs java and libpdfbox2-java"),
]


def faults(data: bytes, folder: Path) -> list[str]:
    """What Preflight says against a paper, without what PDF/A-2 allows."""
    path = folder / "paper.pdf"
    path.write_bytes(data)
    command = ["java", "-cp", ":".join(map(str, JARS)), "org.apache.pdfbox.preflight.Validator_A1b", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert "paper.pdf is " in done.stdout, done.stdout + done.stderr
    said = re.findall(r"^(\d[\d.]*) : (.*)$", done.stdout, re.MULTILINE)
    return [f"{code} {words}" for code, words in said if code not in ALLOWED_SINCE_2]


def filled() -> bytes:
    return pdf.fill(blank(), VALUES, pdfa=True)


def test_a_filled_form_is_fit_for_archives(tmp_path: Path) -> None:
    """With text in two alphabets, marks, choices and a picture in it."""
    assert [] == faults(filled(), tmp_path)


def test_joined_and_numbered_papers_are_fit_for_archives(tmp_path: Path) -> None:
    """A form and a photograph, with numbers on the pages."""
    parts = [pdf.fill(blank(), VALUES), foreign.pages_of_picture(png(90, 60, "navy"))]

    assert [] == faults(pdf.merge([pdf.number_pages(pdf.merge(parts), prefix="A-")], pdfa=True, titles=["All"]), tmp_path)


def test_a_court_form_gets_the_fonts_it_only_names(tmp_path: Path) -> None:
    """Its own words are set in Helvetica, which it does not bring; they stay where they were and can be searched."""
    made = pdf.to_pdfa(plain_pdf(text="In the matter of"))

    assert ("Helvetica",) == pdf.fonts_missing(plain_pdf(text="In the matter of"))
    assert () == pdf.fonts_missing(made)
    assert [] == faults(made, tmp_path)
    assert "In the matter of" in text_of(made)


def ticked(font: str = "ZapfDingbats", signs: bytes = b"4nl") -> bytes:
    """A page on which a form's maker ticked a box with a font of signs that every reader has."""
    made = pikepdf.Pdf.new()
    page = made.add_blank_page(page_size=(612, 792))
    page.obj.Resources = Dictionary(Font=Dictionary(Sign=made.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/" + font)))))
    page.contents_add(made.make_stream(b"BT /Sign 24 Tf 72 700 Td <%02x> Tj 60 0 Td <%02x> Tj 60 0 Td <%02x> Tj ET" % tuple(signs)))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize(("font", "signs"), [("ZapfDingbats", b"4nl"), ("Symbol", b"a\xb7\xae")])
def test_ticks_of_a_form_that_brings_no_font_of_signs_are_fit_for_archives(font: str, signs: bytes, tmp_path: Path) -> None:
    """The same signs are embedded, and look as before."""
    before = ticked(font, signs)
    made = pdf.to_pdfa(before)

    assert (font,) == pdf.fonts_missing(before)
    assert () == pdf.fonts_missing(made)
    assert [] == faults(made, tmp_path)
    for left in (60, 120, 180):
        box = (left, 690, left + 50, 730)
        assert 0.5 < ink(made, box) / ink(before, box) < 1.6


def test_a_paper_that_is_none_is_found_out(tmp_path: Path) -> None:
    """The same form, not made for archives, has faults: so the check can fail."""
    assert faults(pdf.fill(blank(), VALUES), tmp_path)


@pytest.mark.office
def test_a_converted_document_is_fit_for_archives(tmp_path: Path) -> None:
    """By itself, and joined with a form."""
    with office.Office() as pool:
        made = pool.convert(docx.normal(docx_of("To the court")), pdfa=True)

    assert [] == faults(made, tmp_path)
    assert [] == faults(pdf.merge([made, filled()], pdfa=True), tmp_path)
