"""Files that a rehearsal uploads or draws, made on the spot: a photo, a letter, a signature."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

import docx
import pikepdf
from PIL import Image, ImageDraw


@dataclass(frozen=True, slots=True)
class SampleFile:
    """A file to upload."""

    name: str
    mimetype: str
    data: bytes


@lru_cache
def sample_file(name: str) -> SampleFile:
    """One of ``photo.jpg letter.pdf letter.docx signature.png``."""
    make, mimetype = _MAKERS[name]
    return SampleFile(name, mimetype, make())


def _photo() -> bytes:
    picture = Image.new("RGB", (640, 480), "#dde4ee")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((60, 200, 580, 460), fill="#8a9bb5")
    draw.polygon(((40, 200), (320, 60), (600, 200)), fill="#5b6b86")
    return _saved(picture, "JPEG")


def _signature() -> bytes:
    picture = Image.new("RGBA", (600, 200), (0, 0, 0, 0))
    ImageDraw.Draw(picture).line(
        ((40, 140), (120, 60), (160, 150), (230, 70), (290, 150), (370, 80), (420, 140), (560, 110)), fill="black", width=6
    )
    return _saved(picture, "PNG")


def _saved(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def _letter_pdf() -> bytes:
    file = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(612, 792))
        pdf.save(file)
    return file.getvalue()


def _letter_docx() -> bytes:
    letter = docx.Document()
    letter.add_paragraph("A letter.")
    file = io.BytesIO()
    letter.save(file)
    return file.getvalue()


_MAKERS = {
    "photo.jpg": (_photo, "image/jpeg"),
    "letter.pdf": (_letter_pdf, "application/pdf"),
    "letter.docx": (_letter_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "signature.png": (_signature, "image/png"),
}
