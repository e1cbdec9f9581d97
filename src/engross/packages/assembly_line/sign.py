"""Signatures that are typed: a name as a picture."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from engross.library.files import DAFile, safe_name

__all__ = ["create_signature", "typed_signature_picture"]


def create_signature(
    name: str, output_file: str, signature_prefix: str = "/s/", font_name: str | None = None, font_size: int = 48
) -> None:
    """Write the picture of a typed signature to *output_file*."""
    Path(output_file).write_bytes(_picture(name, signature_prefix, font_name, font_size))


def typed_signature_picture(variable: str, name: Any, signature_prefix: str = "/s/") -> DAFile:
    """The picture of a typed signature as the file *variable*; a screen reader says the name."""
    made = DAFile(variable)
    made.initialize(filename=safe_name("signature.png"))
    made.write(_picture(str(name), signature_prefix, None, 48), binary=True)
    made.set_alt_text(str(name))
    return made


def _picture(name: str, prefix: str, font_name: str | None, size: int) -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    text = f"{prefix} {name}".strip()
    font: Any
    try:
        font = ImageFont.truetype(font_name or "DejaVuSans-Oblique.ttf", size)
    except OSError:
        font = ImageFont.load_default(size)
    left, top, right, bottom = ImageDraw.Draw(Image.new("RGB", (1, 1))).textbbox((0, 0), text, font=font)
    margin = 20
    picture = Image.new("RGB", (int(right - left) + 2 * margin, int(bottom - top) + 2 * margin), "white")
    ImageDraw.Draw(picture).text((margin - left, margin - top), text, font=font, fill="black")
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return out.getvalue()
