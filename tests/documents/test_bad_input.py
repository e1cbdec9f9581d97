"""Files that papers cannot be made of: each is named with its reason, and the papers beside it are made."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pikepdf
import pytest

from engross.documents import assemble, docx, office, pdf, plan
from engross.errors import DocumentError

from .conftest import Store, docx_of, plain_pdf


def with_password() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(plain_pdf(text="secret"))) as opened:
        opened.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    return out.getvalue()


def huge_picture() -> bytes:
    """The beginning of a PNG of 40,000 × 40,000 dots."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes(5001 * 400))
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def cut_short() -> bytes:
    """A DOCX whose end is missing."""
    return docx_of("words " * 2000)[:-400]


def other_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<not xml")
        archive.writestr("[Content_Types].xml", "<Types/>")
    return out.getvalue()


BAD: list[tuple[str, str, Callable[[], bytes], str]] = [
    ("an empty PDF", pdf.MIMETYPE, lambda: b"", "cannot be used|empty"),
    ("a PDF with a password", pdf.MIMETYPE, with_password, "password"),
    ("half a PDF", pdf.MIMETYPE, lambda: b"%PDF-1.7 and nothing more", "cannot be"),
    ("an empty picture", "image/png", lambda: b"", "cannot be used|empty"),
    ("a picture of 40,000 × 40,000", "image/png", huge_picture, "40000 × 40000|cannot be used"),
    ("words called a picture", "image/jpeg", lambda: b"hello" * 99, "not a picture"),
    ("a kind that nobody knows", "application/x-unknown", lambda: b"?", "cannot become PDF"),
]


@pytest.mark.parametrize(("title", "mimetype", "data", "reason"), BAD, ids=[row[0] for row in BAD])
def test_a_bad_upload_is_named_and_the_others_are_made(
    store: Store, title: str, mimetype: str, data: Callable[[], bytes], reason: str
) -> None:
    """The failure is of one paper; its message says which and why, in a sentence without code."""
    good = plan.ToPdf(source=plan.Bytes(sha256=store.put(docx.normal(docx_of("good"))), mimetype=docx.MIMETYPE))
    bad = plan.ToPdf(source=plan.Bytes(sha256=store.put(data()), mimetype=mimetype, foreign=True))
    wanted = plan.Plan(
        steps=(plan.Step(node=good, title="Good paper"), plan.Step(node=bad, title=title)), outputs={"good": good, "bad": bad}
    )
    with pytest.raises(assemble.AssemblyFailed, match=reason) as caught:
        assemble.assemble(wanted, store)

    assert {good.key} == set(caught.value.made)
    assert title in str(caught.value)
    assert "Error" not in str(caught.value) and "Traceback" not in str(caught.value)


@pytest.mark.office
@pytest.mark.parametrize("data", [b"", b"PK", cut_short(), other_zip()], ids=["empty", "two letters", "cut short", "no document"])
def test_a_bad_docx_is_named_and_the_others_are_made(store: Store, data: bytes) -> None:
    """With the real converter."""
    with office.Office() as pool:
        store.office = pool  # type: ignore[assignment]
        good = plan.ToPdf(source=plan.Bytes(sha256=store.put(docx.normal(docx_of("good"))), mimetype=docx.MIMETYPE))
        bad = plan.ToPdf(source=plan.Bytes(sha256=store.put(data), mimetype=docx.MIMETYPE, foreign=True))
        wanted = plan.Plan(
            steps=(plan.Step(node=good, title="Good paper"), plan.Step(node=bad, title="My letter")), outputs={"good": good, "bad": bad}
        )
        with pytest.raises(assemble.AssemblyFailed, match="My letter: ") as caught:
            assemble.assemble(wanted, store)

    assert {good.key} == set(caught.value.made)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", cut_short(), other_zip()], ids=["empty", "start", "cut short", "no document"])
def test_a_broken_docx_template_is_named(data: bytes) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(DocumentError, match=r"order\.docx"):
        docx.fill(data, {}, name="order.docx")


@pytest.mark.parametrize("data", [b"", b"%PDF-", with_password(), plain_pdf()], ids=["empty", "start", "password", "no form"])
def test_a_broken_form_is_named(data: bytes) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(DocumentError, match=r"order\.pdf"):
        pdf.fill(data, {"name": "Ann"}, name="order.pdf")


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_thousand_pages_are_only_long(store: Store) -> None:
    """A visitor's PDF of a thousand pages is cleaned, numbered and joined."""
    with pikepdf.new() as long:
        for _ in range(1000):
            long.add_blank_page()
        out = io.BytesIO()
        long.save(out)
    upload = plan.Bytes(sha256=store.put(out.getvalue()), mimetype=pdf.MIMETYPE, foreign=True)
    whole = plan.Merged(parts=(plan.Numbered(source=plan.ToPdf(source=upload)), upload))
    made = assemble.assemble(plan.Plan(outputs={"whole": whole}), store)

    assert 2000 == pdf.page_count(store.read(made[whole.key].kept.sha256))
