"""A screen that is shown again is the same screen, and its papers are the same papers."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf

from engross.visit import Visits
from engross.worker import Worker
from tests.library.paper_doubles import PlainOffice, form_template

from .conftest import Bench

OVERFLOW = """
modules:
  - engross.library.bundles
---
objects:
  - story_form: ALDocument.using(title="Statement", filename="statement", enabled=True, has_addendum=True)
  - papers: ALDocumentBundle.using(elements=[story_form], filename="papers", title="Papers", enabled=True)
---
code: |
  story_form.overflow_fields["story"].overflow_trigger = 120
  story_form.overflow_fields["story"].label = "What happened"
  story_form.overflow_fields.gathered = True
---
attachment:
  name: Statement
  filename: statement
  variable name: story_form[i]
  pdf template file: form.pdf
  skip undefined: True
  fields:
    - name: ${ story_form.safe_value("story") }
---
question: Tell us
fields:
  - What happened?: story
---
mandatory: True
code: |
  story
  last_screen
---
event: last_screen
question: Done
subquestion: |
  ${ papers.download_list_html(include_zip=False) }
"""
EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_text_that_may_be_too_long_is_on_the_first_paper(bench: Bench) -> None:
    """What the code says of its length is known before it is cut, though the form skips what is undefined."""
    form_template(bench.folder / "data" / "templates" / "form.pdf")
    bench.visits = Visits(bench.store, bench.store.settings, office=PlainOffice())
    file = bench.folder / "data" / "questions" / "statement.yml"
    file.parent.mkdir(parents=True)
    file.write_text(OVERFLOW, encoding="utf-8")
    bench.shown = bench.visits.start(str(file))
    bench.answer(story="He fell")
    worker = Worker(bench.store, bench.visits.work, name="test")
    while (job := bench.store.jobs.take("test")) is not None:
        worker.do(job)

    first, second = bench.again(), bench.again()

    file_id = first.screen.subquestion.split("/files/")[1].split("?")[0]
    with pikepdf.open(io.BytesIO(bench.store.files.read(first.session_id, file_id))) as paper:
        assert ["He fell"] == [str(field.V) for field in paper.Root.AcroForm.Fields]
    assert (first.version, first.screen_id, first.screen) == (second.version, second.screen_id, second.screen)


def test_a_screen_that_makes_objects_is_the_same_when_it_is_shown_again(bench: Bench) -> None:
    """Nothing is written, and a tab with the first one can still send it. What is sought first is another name then."""
    first = bench.visits.start(str(EXAMPLES / "exhibits.yml"))

    second = bench.visits.show(first.session_id)

    assert (first.version, first.screen_id) == (second.version, second.screen_id)


def test_values_that_are_computed_again_on_each_page_write_nothing_when_they_are_the_same(bench: Bench) -> None:
    """``reconsider`` takes a name away and puts it back, which is no change."""
    first = bench.start(
        "mandatory: True\nquestion: Hello ${ greeting } ${ name }\nfields:\n  - Age: age\n---\ncode: |\n  name = 'Ann'\n---\n"
        "reconsider: True\ncode: |\n  greeting = ['Good', 'evening']\n"
    )

    second = bench.again()

    assert (first.version, first.screen_id) == (second.version, second.screen_id)
