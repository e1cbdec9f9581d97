"""Text recognition for scanned exhibits (``engross[ocr]``)."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw, ImageFont

from engross.documents import assemble, fonts, foreign, pdf, plan, recognition
from engross.documents.pages import text_of

from .conftest import Store, plain_pdf


def scan(text: str) -> bytes:
    """A PDF that is only a picture of words."""
    known = fonts.face("DejaVu Sans")
    assert known is not None
    image = Image.new("RGB", (1200, 400), "white")
    ImageDraw.Draw(image).text((60, 150), text, fill="black", font=ImageFont.truetype(str(known.path), 60))
    out = io.BytesIO()
    image.save(out, "PNG")
    return foreign.pages_of_picture(out.getvalue())


@pytest.mark.office
@pytest.mark.skipif(bool(recognition.reason()), reason="the extra for text recognition is not installed")
def test_a_scanned_page_can_be_searched(store: Store) -> None:
    """As a step of a plan, in the sandbox; a page that has text keeps it."""
    upload = plan.Bytes(sha256=store.put(pdf.merge([scan("Rent receipt for March"), plain_pdf(text="typed words")])), mimetype=pdf.MIMETYPE, foreign=True)
    node = plan.Searchable(source=upload)
    made = assemble.assemble(plan.Plan(outputs={"x": node}), store)
    text = text_of(store.read(made[node.key].kept.sha256))

    assert "Rent receipt for March" in text
    assert "typed words" in text


def test_without_the_extra_pages_stay_as_they_are(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason can be told."""
    monkeypatch.setattr(recognition, "reason", lambda: "text recognition needs the extra `engross[ocr]`")
    data = plain_pdf(text="typed words")

    assert data == recognition.searchable(data)


def test_what_cannot_be_recognised_is_used_as_it_is(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A paper without searchable text is better than none."""

    def fail(data: bytes, **_: object) -> bytes:
        from engross.errors import DocumentError

        raise DocumentError("the text of its pages cannot be recognised")

    monkeypatch.setattr(recognition, "searchable", fail)
    node = plan.Searchable(source=plan.Bytes(sha256=store.put(plain_pdf(2)), mimetype=pdf.MIMETYPE))
    made = assemble.assemble(plan.Plan(outputs={"x": node}), store)

    assert 2 == pdf.page_count(store.read(made[node.key].kept.sha256))
