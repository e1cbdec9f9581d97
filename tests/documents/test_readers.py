"""What we fill looks the same in other programs: PDFium (Chromium), poppler (Linux desktops), pdf.js (Firefox); and qpdf finds no fault."""

# ruff: noqa: S603, S607 - programs of the test machine, and paths of our own
from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from engross.documents import pages, pdf
from tests import looks

from .conftest import Form, plain_pdf, png

VALUES = {
    "name": "Ann & Bob", "beyond": "Łódź Привет", "story": "many words " * 20, "agree": True, "side": "right", "pick": "two", "comb": "26SP42",
    "mark": {"image": png(90, 30, "navy")},
}  # fmt: skip
LOOKS = Path(__file__).parent / "looks"
TOLERANCE = 24
"""Most that the darkness of a cell of twelve points may differ, of 255: other programs smooth letters otherwise."""
FOLDER = Path(__file__).parent.parent.parent / ".cache" / "pdfjs"


def blank() -> bytes:
    form = Form()
    form.text("name").text("beyond", width=300).text("story", height=80, Ff=1 << 12).checkbox("agree", "Ja")
    form.radio("side", "left", "right").choice("pick", "one", "two").signature("mark").text("comb", MaxLen=8, Ff=1 << 24)
    out = io.BytesIO()
    form.pdf.save(out)
    return out.getvalue()


def filled(*, flatten: bool = False) -> bytes:
    return pdf.fill(blank(), VALUES, flatten=flatten)


def cells(picture: bytes) -> Image.Image:
    """The page as grey cells of twelve points."""
    with Image.open(io.BytesIO(picture)) as image:
        return image.convert("L").resize((612, 792)).resize((51, 66), Image.Resampling.BOX)


def farthest(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of two cells."""
    return int(ImageChops.difference(one, other).getextrema()[1])


def by_pdfium(data: bytes) -> Image.Image:
    return cells(pages.page_picture(data, 1, dots_per_inch=72))


def by_poppler(data: bytes, folder: Path) -> Image.Image:
    (folder / "page.pdf").write_bytes(data)
    command = ["pdftoppm", "-r", "72", "-png", "-singlefile", folder / "page.pdf", folder / "page"]
    subprocess.run(command, check=True)
    return cells((folder / "page.png").read_bytes())


def test_page_pictures_show_what_stands_in_fields() -> None:
    """A form drawn with its values is darker than the blank one."""
    assert sum(by_pdfium(filled()).histogram()[:250]) > sum(by_pdfium(blank()).histogram()[:250])


@pytest.mark.parametrize("flatten", [False, True], ids=["editable", "flattened"])
def test_a_filled_form_looks_as_it_did(flatten: bool) -> None:
    """Lines, a comb, marks, a choice and a signature stand where the stored picture has them."""
    looks.check(filled(flatten=flatten), 1, LOOKS / f"form-{'flattened' if flatten else 'editable'}.png")


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="needs poppler-utils")
@pytest.mark.parametrize("flatten", [False, True], ids=["editable", "flattened"])
def test_poppler_draws_what_pdfium_draws(flatten: bool, tmp_path: Path) -> None:
    """Letters, marks and pictures stand in the same places."""
    data = filled(flatten=flatten)

    assert farthest(by_pdfium(data), by_poppler(data, tmp_path)) <= TOLERANCE


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler-utils")
@pytest.mark.parametrize("flatten", [False, True], ids=["editable", "flattened"])
def test_poppler_and_pdfium_read_the_same_words(flatten: bool, tmp_path: Path) -> None:
    """What stands in the fields can be searched and copied in both: pdf.js is asked for the values below."""
    (tmp_path / "form.pdf").write_bytes(filled(flatten=flatten))
    said = subprocess.run(["pdftotext", "-layout", tmp_path / "form.pdf", "-"], check=True, capture_output=True, text=True).stdout
    seen = {"poppler": said, "pdfium": pages.text_of(pdf.flatten(filled(flatten=flatten)))}

    for reader, text in seen.items():
        assert [] == [words for words in ("Ann & Bob", "Łódź Привет", "many words many", "two") if words not in text], reader


@pytest.mark.conformance
def test_pdfjs_draws_what_pdfium_draws_and_reads_the_values(tmp_path: Path) -> None:
    """pdf.js comes from npm when the test runs."""
    if not (FOLDER / "node_modules" / "pdfjs-dist").exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "package.json").write_text('{"private": true}')
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "pdfjs-dist@4.10.38", "@napi-rs/canvas@0.1"], cwd=FOLDER, check=True)
    source, target = tmp_path / "form.pdf", tmp_path / "form.png"
    source.write_bytes(filled())
    command = ["node", Path(__file__).with_name("draw.mjs"), source, target]
    told = subprocess.run(command, cwd=FOLDER, check=True, capture_output=True, text=True).stdout
    values = json.loads(told)

    assert ("Ann & Bob", "Łódź Привет", "Ja", "right") == tuple(values[name] for name in ("name", "beyond", "agree", "side"))
    assert ["two"] == values["pick"]
    assert farthest(by_pdfium(filled()), cells(target.read_bytes())) <= TOLERANCE


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="needs qpdf")
def test_qpdf_finds_no_fault(tmp_path: Path) -> None:
    """In nothing that we make of a form, a page or a picture."""
    made = {
        "filled": filled(),
        "flattened": filled(flatten=True),
        "archived": pdf.fill(blank(), VALUES, pdfa=True),
        "joined": pdf.merge([filled(), plain_pdf(2), filled(flatten=True)], parity="even", titles=["a", "b", "c"]),
        "numbered": pdf.number_pages(filled(), prefix="A-"),
        "cut": pdf.extract_pages(pdf.merge([filled(), plain_pdf(3)]), 1, 2),
        "cleaned": pdf.cleaned(filled()),
        "overlaid": pdf.overlay(filled(), plain_pdf(1)),
    }
    faults = {}
    for name, data in made.items():
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(data)
        done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
        if done.returncode:
            faults[name] = done.stdout + done.stderr

    assert {} == faults
