"""Pictures that visitors bring."""

from __future__ import annotations

import base64
import io

import pikepdf
import pytest
import segno
from PIL import Image

from engross.documents import foreign, pdf, pictures
from engross.errors import DocumentError

from .conftest import plain_pdf, png

pytestmark = pytest.mark.slow


def jpeg(width: int, height: int, *, orientation: int = 1, place: bool = False) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    if place:
        exif.get_ifd(0x8825)[1] = "N"
        exif[0x010F] = "CANARY-CAMERA"
    out = io.BytesIO()
    Image.new("RGB", (width, height), "blue").save(out, "JPEG", exif=exif)
    return out.getvalue()


def drawn_size(data: bytes) -> tuple[int, int]:
    with pikepdf.open(io.BytesIO(data)) as opened:
        image = next(iter(opened.pages[0].Resources.XObject.values()))
        return int(image.Width), int(image.Height)


def test_a_picture_is_turned_as_its_exif_says() -> None:
    """A photograph of a page is upright."""
    assert (100, 300) == drawn_size(foreign.pages_of_picture(jpeg(300, 100, orientation=6)))


def test_where_a_picture_was_taken_is_dropped() -> None:
    """And the camera."""
    data = jpeg(30, 10, place=True)
    assert b"CANARY-CAMERA" in data

    assert b"CANARY-CAMERA" not in foreign.pages_of_picture(data)
    assert b"CANARY-CAMERA" not in pictures.for_document(data).data


def test_each_page_of_a_fax_becomes_a_page() -> None:
    """A TIFF may have many."""
    frames = [Image.new("1", (100, 140), n % 2) for n in range(3)]
    out = io.BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:])

    assert 3 == pdf.page_count(foreign.pages_of_picture(out.getvalue()))


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "1", "CMYK", "I;16"])
def test_every_kind_of_colour_works(mode: str) -> None:
    """Transparency lies on white paper."""
    out = io.BytesIO()
    Image.new(mode, (20, 20)).save(out, "TIFF" if mode == "CMYK" else "PNG")

    assert 1 == pdf.page_count(foreign.pages_of_picture(out.getvalue()))


def test_a_large_picture_fits_on_a_letter_page() -> None:
    """Turned the way it fits better."""
    with pikepdf.open(io.BytesIO(foreign.pages_of_picture(jpeg(4000, 1000)))) as opened:
        assert [0, 0, 792, 612] == [round(float(n)) for n in opened.pages[0].mediabox]


@pytest.mark.parametrize("data", [b"", b"<svg/>", png()[:40], b"\xff\xd8\xff\xe0nothing"])
def test_a_bad_picture_is_named_with_the_reason(data: bytes) -> None:
    """At once, before it is part of a paper."""
    with pytest.raises(DocumentError) as caught:
        foreign.picture_pdf(data, document="IMG_1.png")

    assert "IMG_1.png" == caught.value.document
    assert caught.value.message.startswith("the file cannot be used: ")


@pytest.mark.sandbox
def test_a_visitors_pdf_is_cleaned_in_the_sandbox() -> None:
    """And a broken one is named."""
    assert 2 == pdf.page_count(foreign.cleaned_pdf(plain_pdf(2)))
    with pytest.raises(DocumentError, match="cannot be used"):
        foreign.cleaned_pdf(b"%PDF-1.7 nothing %%EOF", document="scan.pdf")


@pytest.mark.sandbox
def test_codes_in_pictures_and_pdf_files_are_read_in_the_sandbox() -> None:
    """All that a page shows; a picture without one has none."""
    pytest.importorskip("zxingcpp")
    out = io.BytesIO()
    segno.make("https://example.org/26H79").save(out, kind="png", scale=6)
    paper = foreign.pages_of_picture(out.getvalue())

    assert (["https://example.org/26H79"], ["https://example.org/26H79"], []) == (
        foreign.codes_in(out.getvalue()),
        foreign.codes_in(paper, last=1),
        foreign.codes_in(png()),
    )


@pytest.mark.parametrize(
    ("text", "inches"), [("2in", 2), ("5.08cm", 2), ("50.8mm", 2), ("144pt", 2), (144, 2), ("100%", 6.5), (None, 2), ("?", 2), ("0", 2), ("1.2.3in", 2)]
)
def test_widths_are_read_as_docassemble_writes_them(text: object, inches: float) -> None:
    """What cannot be read is two inches."""
    assert round(inches * 914_400) == pictures.length(text)  # type: ignore[arg-type]


HEIC = """
AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAb5tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAAB
4gABAAAAAAAAAGAAAgAAAAACQgABAAAAAAAAAGYAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAA
AAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAA
AwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAAB
AAAAIAAAAAEAAAAAAAAAAv///+AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAAzm1k
YXQAAABcKAGvWOb06r//7QK//tr8h88z/1f/43b1XxBE/6gXVpX2zv+hcwaTYjc/yv0ei/uR1i6u6hOxREADZvI4+usxBUCzTJZ4HEbwewnhaoAgeEbPDGptLJytEH30
roAAAAAGRXhpZgAATU0AKgAAAAgAAgESAAMAAAABAAEAAIglAAQAAAABAAAAJgAAAAAAAgABAAIAAAACTgAAAAACAAUAAAADAAAARAAAAAAAAAAqAAAAAQAAABQAAAAB
AAAAAAAAAAE=
"""
"""64 × 32 dots, the left half red, with a place in its EXIF data; made with libheif."""


@pytest.mark.sandbox
def test_a_telephones_picture_becomes_a_page() -> None:
    """HEIC, as iPhones write it: in its colours, without the place."""
    data = base64.b64decode(HEIC)
    made = foreign.picture_pdf(data, document="photo.heic")
    with pikepdf.open(io.BytesIO(made)) as opened:
        image = pikepdf.PdfImage(next(iter(opened.pages[0].Resources.XObject.values()))).as_pil_image().convert("RGB")

    assert (64, 32) == image.size
    assert image.getpixel((8, 8))[0] > 150 and image.getpixel((8, 8))[1] < 60
    assert min(image.getpixel((56, 8))) > 200
