"""A document that a variable holds belongs to the answers it was made from, also where its block has no ``depends on``."""

from __future__ import annotations

from pathlib import Path

import pytest

from engross.documents.pages import text_of
from engross.visit import Visits
from engross.worker import Worker
from tests.library.paper_doubles import PlainOffice, docx_template

from .conftest import Bench

INTERVIEW = """
mandatory: True
code: |
  name
  town
  done
---
attachment:
  name: Letter
  filename: letter
  variable name: letter
  docx template file: letter.docx
  valid formats: [pdf]
---
question: Name?
fields:
  - Name: name
---
question: Town?
fields:
  - Town: town
---
event: done
question: Kept ${ name } ${ town }
subquestion: |
  ${ letter.pdf.url_for() }
"""


@pytest.fixture
def office(bench: Bench) -> PlainOffice:
    """The converter; the template lies beside the interview."""
    made = PlainOffice()
    bench.visits = Visits(bench.store, bench.store.settings, office=made)
    template(bench, "Dear {{ name }}")
    return made


def template(bench: Bench, text: str) -> None:
    """The letter's words."""
    docx_template(bench.folder / "data" / "templates" / "letter.docx", text)


def begin(bench: Bench, text: str = INTERVIEW) -> None:
    """Go to the last screen."""
    file = bench.folder / "data" / "questions" / "letter.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    bench.shown = bench.visits.start(str(file))
    bench.answer(name="Ann")
    bench.answer(town="Boston")


def letter(bench: Bench) -> str:
    """The words of the letter that the last screen offers, once it is made."""
    worker = Worker(bench.store, bench.visits.work, name="test")
    for _ in range(3):
        while (job := bench.store.jobs.take("test")) is not None:
            worker.do(job)
        shown = bench.again()
    file_id = Path(shown.screen.subquestion.split("/files/")[1].split("?")[0].split("<")[0].strip()).name
    return " ".join(text_of(bench.store.files.read(shown.session_id, file_id)).split())


def edit(bench: Bench, **answers: str) -> None:
    """Change one answer, as a link on the last screen does."""
    assert bench.shown is not None
    bench.shown = bench.visits.act(bench.shown.session_id, next(iter(answers)))
    bench.answer(**answers)


def test_an_edit_makes_the_document_again(bench: Bench, office: PlainOffice) -> None:
    """The page and the paper say the same."""
    begin(bench)
    assert "Dear Ann" == letter(bench)

    edit(bench, name="Bea")

    assert "Dear Bea" == letter(bench)
    assert bench.shown is not None
    assert "Kept Bea Boston" in bench.shown.screen.question


def test_an_answer_that_the_document_does_not_use_leaves_it_as_it_is(bench: Bench, office: PlainOffice) -> None:
    """Nothing is filled or converted again, and the variable stays defined."""
    begin(bench)
    letter(bench)
    before = office.conversions

    edit(bench, town="Salem")

    assert "Dear Ann" == letter(bench)
    assert before == office.conversions


@pytest.mark.parametrize("text", ['Dear {{ showifdef("name") }}', "Dear {{ value('name') }}", "Dear {% if defined('name') %}{{ name }}{% endif %}"])
def test_what_a_template_looks_up_by_name_counts(bench: Bench, office: PlainOffice, text: str) -> None:
    """``showifdef``, ``value`` and ``defined`` use the answer, too."""
    template(bench, text)
    begin(bench)
    assert "Dear Ann" == letter(bench)

    edit(bench, name="Bea")

    assert "Dear Bea" == letter(bench)


def test_an_action_that_changes_an_answer_makes_the_document_again(bench: Bench, office: PlainOffice) -> None:
    """On the page that the action leads to, not only on the one after."""
    begin(bench, INTERVIEW + "---\nevent: rename\ncode: |\n  name = 'Cy'\n")
    assert "Dear Ann" == letter(bench)
    assert bench.shown is not None

    bench.shown = bench.visits.act(bench.shown.session_id, "rename")

    assert "Dear Cy" == letter(bench)


def test_going_back_brings_the_document_of_those_answers(bench: Bench, office: PlainOffice) -> None:
    """It was made before, so it is found."""
    begin(bench)
    letter(bench)
    edit(bench, name="Bea")
    letter(bench)
    before = office.conversions

    bench.back()
    bench.back()

    assert "Dear Ann" == letter(bench)
    assert before == office.conversions


def test_the_progress_of_a_job_says_how_many_pages_a_paper_has(bench: Bench, office: PlainOffice) -> None:
    """As soon as it is made."""
    begin(bench)
    job = bench.store.jobs.take("test")
    assert job is not None

    Worker(bench.store, bench.visits.work, name="test").do(job)

    report = bench.store.jobs.report(job.id)
    assert report is not None
    assert [("Letter", "done", 1)] == [(row["name"], row["state"], row["pages"]) for row in report.progress["papers"]]
