"""Pictures for papers: turned the right way, without the place they were taken, in a format every reader knows."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from engross.errors import DocumentError

LARGEST_PIXELS = 60_000_000
"""A picture with more is refused: it would take a gigabyte to open."""
_EMU = 914_400
"""English Metric Units in an inch."""
_UNITS = {"in": 1.0, "inch": 1.0, "inches": 1.0, "cm": 1 / 2.54, "mm": 1 / 25.4, "pt": 1 / 72, "pts": 1 / 72, "point": 1 / 72,
          "points": 1 / 72, "px": 1 / 72, "em": 1 / 6, "twp": 1 / 1440, "twip": 1 / 1440, "twips": 1 / 1440}  # fmt: skip
_TEXT_WIDTH = 6.5
"""Inches of text on a letter page with usual margins; what ``100%`` means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as it goes into a paper."""

    data: bytes
    ending: str
    """``png``, ``jpeg`` or ``gif``"""
    width: int
    """Pixels."""
    height: int


def length(text: str | float | None, *, default: float = 2.0) -> int:
    """A width as docassemble writes it, in English Metric Units. What cannot be read is *default* inches."""
    if text is None:
        return round(default * _EMU)
    if isinstance(text, int | float):
        return max(1, round(text / 72 * _EMU))
    if str(text).strip() == "full":
        return round(_TEXT_WIDTH * _EMU)
    found = re.match(r"\s*([0-9.]+)\s*([A-Za-z%]*)", str(text))
    try:
        amount = float(found.group(1)) if found else 0.0
    except ValueError:
        amount = 0.0
    if found is None or amount <= 0:
        return round(default * _EMU)
    unit = found.group(2).lower()
    inches = _TEXT_WIDTH * amount / 100 if unit == "%" else amount * _UNITS.get(unit, 1 / 72)
    return max(1, round(min(inches, 22) * _EMU))


def opened(data: bytes, *, document: str | None = None) -> Image.Image:
    """The picture, turned as its EXIF says. Raises DocumentError that names *document* and the reason."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(data))
            if image.width * image.height > LARGEST_PIXELS:
                raise DocumentError(
                    f"the picture has {image.width} × {image.height} dots, more than can be used", document=document
                )
            image.load()
            return ImageOps.exif_transpose(image) or image
        except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise DocumentError(f"this is not a picture that can be used: {error}", document=document) from error
        except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
            raise DocumentError(f"the picture is damaged: {error}", document=document) from error


def for_document(data: bytes, *, document: str | None = None) -> Picture:
    """*data* as PNG, JPEG or GIF; a plain PNG or an upright JPEG keeps its dots as they are."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and b"eXIf" not in data[:65536]:
        image = opened(data, document=document)
        return Picture(data=data, ending="png", width=image.width, height=image.height)
    image = opened(data, document=document)
    return clean(image, lossless=not data.startswith(b"\xff\xd8"))


def clean(image: Image.Image, *, lossless: bool) -> Picture:
    """*image* encoded afresh, without anything but its dots."""
    image = image.copy()
    # Pillow writes comments and the like again that it read; only what says how the dots look may stay.
    image.info = {key: value for key, value in image.info.items() if key in ("transparency", "icc_profile")}
    out = io.BytesIO()
    if lossless or image.mode in ("RGBA", "LA", "P"):
        kept = image if image.mode in ("1", "L", "LA", "RGB", "RGBA", "P") else image.convert("RGB")
        kept.save(out, "PNG")
        return Picture(data=out.getvalue(), ending="png", width=image.width, height=image.height)
    kept = image if image.mode in ("L", "RGB") else image.convert("RGB")
    kept.save(out, "JPEG", quality=90)
    return Picture(data=out.getvalue(), ending="jpeg", width=image.width, height=image.height)
