"""Looks: whether a page looks as its stored picture says, so far as a reader would see.

A stored picture holds grey cells of four points. A page fits when the darkness of every cell lies, within ``TOLERANCE``, between
those of the nine cells around its place in the picture, and the other way about. So a line may lie a few points beside its place and
letters may be smoothed otherwise, as between versions of LibreOffice; a field without its text, a line that moved or another font do
not fit (``tests/documents/test_looks.py``).
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter

from engross.documents import pages

CELL = 4
"""Points."""
TOLERANCE = 48
"""Of 255."""
STRANGE = 2
"""Cells that may be out of place: a point higher or lower made one strange, an empty tick box of twelve points too few makes four."""


def cells(data: bytes, page: int = 1) -> Image.Image:
    """*page* (one-based) of a PDF as grey cells."""
    with Image.open(io.BytesIO(pages.page_picture(data, page, dots_per_inch=144))) as picture:
        return picture.convert("L").resize((picture.width // (2 * CELL), picture.height // (2 * CELL)), Image.Resampling.BOX)


def misfits(one: Image.Image, other: Image.Image) -> int:
    """How many cells of either are darker or lighter than all nine around their place in the other; all, when the sizes differ."""
    if one.size != other.size:
        return one.width * one.height
    return sum(_strange(mine, theirs) for mine, theirs in ((one, other), (other, one)))


def _strange(mine: Image.Image, theirs: Image.Image) -> int:
    too_light = ImageChops.subtract(mine, theirs.filter(ImageFilter.MaxFilter(3)))
    too_dark = ImageChops.subtract(theirs.filter(ImageFilter.MinFilter(3)), mine)
    return sum(ImageChops.lighter(too_light, too_dark).histogram()[TOLERANCE + 1 :])


def check(data: bytes, page: int, stored: Path) -> None:
    """Fail unless *page* of the PDF looks as in *stored*, a PNG file; one that is not there is made, to be looked at."""
    seen = cells(data, page)
    if not stored.exists():
        stored.parent.mkdir(exist_ok=True)
        seen.save(stored, optimize=True)
        pytest.fail(f"{stored.name} was not there; it was made now, look at it")
    with Image.open(stored) as known:
        count = misfits(known.convert("L"), seen)
    assert count <= STRANGE, f"page {page} does not look as in {stored.name}: {count} cells are strange"
