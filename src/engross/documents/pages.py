"""What is seen on the pages of a PDF: pictures and text, through PDFium.

Apart from ``pdf`` because that one changes documents and this one only looks. PDFium is not made for threads, so one lock guards it.
"""

from __future__ import annotations

import io
import threading
from contextlib import suppress
from typing import Any

from engross.errors import DocumentError

_guard = threading.Lock()


def page_picture(data: bytes, number: int, *, dots_per_inch: int = 150) -> bytes:
    """Page *number* (one-based) as a PNG. Raises DocumentError."""
    with _guard:
        document = _opened(data)
        try:
            if not 1 <= number <= len(document):
                raise DocumentError(f"the PDF has no page {number}")
            document.init_forms()  # without this, what stands in form fields is not drawn
            picture = document[number - 1].render(scale=dots_per_inch / 72).to_pil()
        finally:
            document.close()
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return out.getvalue()


def text_of(data: bytes) -> str:
    """The text of all pages, a form feed between two. Raises DocumentError."""
    with _guard:
        document = _opened(data)
        try:
            return "\f".join(page.get_textpage().get_text_bounded() for page in document)
        finally:
            document.close()


def count_of(data: bytes) -> int | None:
    """How many pages a PDF has; None when that cannot be told (a password, no PDF)."""
    with _guard, suppress(DocumentError):
        document = _opened(data)
        try:
            return len(document)
        finally:
            document.close()
    return None


def _opened(data: bytes) -> Any:
    """PDFium's document. PDFium is read when it is first used."""
    import pypdfium2  # type: ignore[import-untyped]

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise DocumentError(f"the PDF cannot be read: {error}") from error
