"""Papers through whole visits: failures, names, and letters that carry what was shown. A converter of the tests stands for LibreOffice."""

from __future__ import annotations

import email
import email.policy
import re
from pathlib import Path
from typing import Any

import pytest

from engross.delivery import deliver_next
from engross.documents.office import ConversionFailed, Reason
from engross.visit import Visits
from engross.worker import Worker
from tests.library.paper_doubles import PlainOffice, docx_template, docx_text

from .conftest import Bench

INTERVIEW = """
modules:
  - engross.library.bundles
---
objects:
  - letter: ALDocument.using(title="Lettre à la cour", filename="Lettre à la cour – été", enabled=True, has_addendum=False)
  - order: ALDocument.using(title="The order", filename="order", enabled=True, has_addendum=False)
  - notice: ALDocument.using(title="The notice", filename="notice", enabled=True, has_addendum=False)
  - papers: ALDocumentBundle.using(elements=[letter, order, notice], title="All", filename="all", enabled=True)
  - words: DATemplate.using(subject="Your papers", content="Here they are.")
---
attachment:
  variable name: letter[i]
  docx template file: letter.docx
---
attachment:
  variable name: order[i]
  docx template file: order.docx
---
attachment:
  variable name: notice[i]
  docx template file: notice.docx
---
mandatory: True
question: Done
subquestion: |
  ${ papers.download_list_html(include_full_pdf=True) }
"""


class Stubborn(PlainOffice):
    """Cannot convert what is about the word in ``broken``."""

    broken = "unreadable"

    def convert(self, source: bytes, **options: Any) -> bytes:
        if self.broken in docx_text(source):
            raise ConversionFailed(Reason.NOT_LOADABLE, document=options.get("document"))
        return super().convert(source, **options)


@pytest.fixture
def office(bench: Bench) -> Stubborn:
    """The converter; templates lie beside the interview."""
    made = Stubborn()
    bench.visits = Visits(bench.store, bench.store.settings, office=made)
    folder = bench.folder.parent / "templates" if bench.folder.name == "questions" else bench.folder / "data" / "templates"
    for name, text in (("letter", "Dear court"), ("order", "An unreadable order"), ("notice", "A notice to {{ nobody_defines_this }}")):
        docx_template(folder / f"{name}.docx", text)
    return made


def work(bench: Bench) -> None:
    """Do every job that waits."""
    worker = Worker(bench.store, bench.visits.work, name="test")
    while (job := bench.store.jobs.take("test")) is not None:
        worker.do(job)


def shown_after_work(bench: Bench, text: str) -> str:
    shown = bench.start(text)
    for _ in range(4):
        if shown.waiting is None:
            break
        work(bench)
        shown = bench.again()
    assert shown.waiting is None
    return str(shown.screen.subquestion)


def test_two_papers_fail_and_one_is_there(bench: Bench, office: Stubborn) -> None:
    """One cannot be converted and one cannot be filled; the third is offered, the ZIP says what it lacks, and the page does not fail."""
    html = shown_after_work(bench, INTERVIEW)

    assert 2 == html.count("This paper could not be made.")
    assert "(without The order, The notice)" in html
    assert "a paper is missing: The order, The notice" in html
    assert ["al_view", "al_download"] == re.findall(r"btn-darevisit (al_view|al_download)", html)
    assert "nobody_defines_this" not in html and "Error" not in html


def test_a_letter_carries_the_very_bytes_that_were_shown(bench: Bench, office: Stubborn) -> None:
    """Under their own names, with accents, never ``file.pdf``."""
    office.broken = "nothing is"
    docx_template(next(bench.folder.rglob("notice.docx")), "A notice")
    sending = '\n---\nmandatory: True\ncode: |\n  papers.send_email(to="ann@example.org", template=words)\n'
    text = INTERVIEW.replace("\n---\nmandatory: True\nquestion", sending + "---\nmandatory: True\nquestion")
    html = shown_after_work(bench, text)
    assert deliver_next(bench.store)
    (path,) = (bench.store.settings.data_folder / "outbox").glob("*.eml")
    letter = email.message_from_bytes(Path(path).read_bytes(), policy=email.policy.default)
    sent = {part.get_filename(): part.get_payload(decode=True) for part in letter.iter_attachments()}
    assert bench.shown is not None
    ids = set(re.findall(r"/files/([0-9a-f-]+)", html))
    offered = {bench.store.files.read(bench.shown.session_id, file_id) for file_id in ids}

    assert ["Lettre à la cour – été.pdf", "order.pdf", "notice.pdf"] == list(sent)
    assert set(sent.values()) <= offered
    assert 3 == office.conversions
    names = {bench.store.files.info(bench.shown.session_id, file_id).name for file_id in ids}
    assert not names & {"file.pdf", "paper", "paper.pdf"}
