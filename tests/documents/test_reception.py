"""What visitors bring is what it says, harmless, and without the place it was made; or it is refused with a reason."""

from __future__ import annotations

import io

import pikepdf
import pytest
from PIL import Image

from engross.documents import reception
from engross.documents.reception import Unwelcome, plain_png, receive

from .conftest import docx_of, plain_pdf, png


def photo_with_place() -> bytes:
    """A JPEG that lies on its side, with a description, a position and a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "SECRET PLACE"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG", exif=exif, comment=b"SECRET PLACE")
    return out.getvalue()


@pytest.mark.sandbox
def test_a_picture_loses_where_it_was_taken() -> None:
    """EXIF and comments are gone, and it stands upright."""
    made = receive("me.jpg", photo_with_place())

    with Image.open(io.BytesIO(made.data)) as picture:
        assert ((40, 60), {}) == (picture.size, dict(picture.getexif()))
    assert b"SECRET" in photo_with_place()
    assert b"SECRET" not in made.data


@pytest.mark.sandbox
def test_a_pdf_loses_what_acts_by_itself() -> None:
    """Scripts and opening actions."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(plain_pdf())) as document:
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        document.save(out)

    made = receive("paper.pdf", out.getvalue())

    with pikepdf.open(io.BytesIO(made.data)) as document:
        assert "/OpenAction" not in document.Root


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("photo.png", photo_with_place(), ("photo.jpg", "image/jpeg")),
        ("drawing", png(), ("drawing.png", "image/png")),
        ("letter.pdf", docx_of("x"), ("letter.docx", reception.KINDS["docx"][0])),
        ("notes.csv", b"a,b", ("notes.csv", "text/plain")),
        ("voice.mp3", b"ID3\x04", ("voice.mp3", "audio/mpeg")),
    ],
)
@pytest.mark.sandbox
def test_a_file_is_what_its_content_is(name: str, data: bytes, expected: tuple[str, str]) -> None:
    """Its name and media type follow."""
    made = receive(name, data)

    assert expected == (made.name, made.mimetype)


@pytest.mark.parametrize(
    ("name", "data", "accept"),
    [
        ("page.html", b"<html><script>alert(1)</script>", None),
        ("page.txt", b" <!DOCTYPE html>", None),
        ("drawing.svg", b"<svg onload='alert(1)'/>", None),
        ("letter.docx", b"<html>", None),
        ("letter.pdf", b"nonsense", None),
        ("program.exe", b"MZ\x90", None),
        ("sheet.xlsx", b"PK\x03\x04", None),
        ("photo.jpg", b"", None),
        ("photo.jpg", png(), ".pdf, application/pdf"),
    ],
)
def test_what_is_not_taken(name: str, data: bytes, accept: str | None) -> None:
    """Each with a reason."""
    with pytest.raises(Unwelcome, match=r"\w"):
        receive(name, data, accept=accept)


def test_a_kind_that_the_interview_names_is_kept_closed() -> None:
    """Never as something a browser would run."""
    made = receive("page.html", b"<html>", accept=".html, .xlsx")
    sheet = receive("sheet.xlsx", b"PK\x03\x04", accept=".html, .xlsx")

    assert (reception.ANY_TYPE, b"PK\x03\x04") == (made.mimetype, sheet.data)


@pytest.mark.sandbox
def test_authors_write_jpg() -> None:
    """``image/jpg`` is no media type, but everywhere."""
    assert "photo.jpg" == receive("photo.jpg", photo_with_place(), accept="image/jpg, application/pdf").name


def test_a_signature_keeps_its_dots_and_nothing_else() -> None:
    """Texts in the file are gone."""
    from PIL.PngImagePlugin import PngInfo

    words = PngInfo()
    words.add_text("Comment", "SECRET")
    picture = Image.new("RGBA", (30, 10), (1, 2, 3, 4))
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=words)

    made = plain_png(out.getvalue())

    with Image.open(io.BytesIO(made)) as read:
        assert picture.tobytes() == read.convert("RGBA").tobytes()
    assert b"SECRET" not in made


def _bomb() -> bytes:
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return png()[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", 5, 5, 8, 6, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\0" * 50_000_000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", png()[:40], _bomb(), b"\x89PNG\r\n\x1a\n" + b"\xff" * 100])
def test_a_signature_that_is_none(data: bytes) -> None:
    """Cut off, empty, or far larger than it says."""
    with pytest.raises(Unwelcome):
        plain_png(data)
