"""Answers are data in letters, tables and archives; each of these was wrong once."""

from __future__ import annotations

import io
import zipfile

import openpyxl

from engross.documents import package
from engross.library import templates
from tests.visit.conftest import Bench
from tests.visit.conftest import bench as bench

LETTER = """
mandatory: True
code: |
  line
  send_email(to='a@example.org', template=letter)
  send_email(to='a@example.org', subject='x', html=f'<p>{line}</p>')
  bye
---
question: What?
fields:
  - Line: line
---
template: letter
subject: ${ line }
content: |
  You wrote ${ line }
---
event: bye
question: Bye
"""


def test_html_typed_by_a_visitor_is_text_in_a_letter(bench: Bench) -> None:
    """In the subject as it was typed, in the HTML as character references."""
    bench.start(LETTER)
    bench.answer(line="<img src=x onerror=alert(1)>")

    letters = [bench.store.outbox.take(), bench.store.outbox.take()]

    payloads = [letter.payload for letter in letters if letter is not None]
    assert 2 == len(payloads)
    assert "<img src=x onerror=alert(1)>" == payloads[0]["subject"]
    assert ["<img" in str(payload["html"]) for payload in payloads] == [False, False]


def test_a_cell_is_never_a_formula() -> None:
    """Not in XLSX and not in CSV; numbers stay numbers."""
    rows = [["=1+1"], ["-5"], ["+1 617 555"], ["@x"], [-5]]

    book = openpyxl.load_workbook(io.BytesIO(templates._as_xlsx(["A"], [list(row) for row in rows], None, False)))
    lines = templates._as_csv(["A"], rows, None, False).decode().splitlines()[1:]

    assert "s" == book.active["A2"].data_type  # type: ignore[union-attr,index]
    assert ["'=1+1", "-5", "+1 617 555", "'@x", "-5"] == lines


def test_a_name_in_an_archive_begins_in_its_folder() -> None:
    """Also when letters are taken out of it."""
    data = package.archive([("</x.pdf", b""), ("~/y.pdf", b""), ("../<>/z.pdf", b"")])

    assert ["x.pdf", "y.pdf", "z.pdf"] == zipfile.ZipFile(io.BytesIO(data)).namelist()


def test_an_encoded_word_in_a_subject_is_not_decoded(bench: Bench) -> None:
    """The reader sees what was typed, but for a space."""
    from email import message_from_bytes, policy

    from engross.delivery import deliver_next

    bench.start(LETTER)
    bench.answer(line="=?utf-8?q?Court?=")
    while deliver_next(bench.store):
        pass

    letters = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in (bench.folder.parent / "data" / "outbox").glob("*.eml")]

    assert "= ?utf-8?q?Court?=" in [str(letter["Subject"]) for letter in letters]
