"""The author changes the interview while sessions are open."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from engross.errors import FormUpdated
from engross.language.interview import Interviews
from engross.visit import Visits

from .conftest import Bench

FIRST = """
mandatory: True
code: |
  name
  town
  done
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
"""
SECOND = FIRST.replace("Town?", "Which town?")


@pytest.fixture(autouse=True)
def attentive(bench: Bench) -> None:
    """Visits that look at the file each time."""
    bench.visits = Visits(bench.store, bench.store.settings, Interviews(patience=0))


def change(path: Path, text: str) -> None:
    """A new revision of the file, with another date however quick the test is."""
    before = path.stat().st_mtime_ns
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_an_open_session_goes_on_in_the_new_revision_and_is_told_once(bench: Bench) -> None:
    """The answers stay; loading the page again says nothing more."""
    bench.start(FIRST)
    bench.answer(name="Ann")
    change(bench.folder / "interview.yml", SECOND)

    told, again = bench.again(), bench.again()

    assert ("Which town?", True) == (told.screen.question, "was updated" in str(told.notice))
    assert ("Which town?", None) == (again.screen.question, again.notice)
    assert "Kept Ann Salem" == bench.answer(town="Salem").screen.question


def test_a_screen_of_the_old_revision_is_still_taken(bench: Bench) -> None:
    """What it offered counts, and the next page says that the form was updated."""
    bench.start(FIRST)
    bench.answer(name="Ann")
    change(bench.folder / "interview.yml", SECOND)

    shown = bench.answer(town="Salem")

    assert ("Kept Ann Salem", True) == (shown.screen.question, "was updated" in str(shown.notice))


def test_answers_whose_class_is_gone_are_told_and_not_deleted(bench: Bench) -> None:
    """Neither the visitor nor the operator meets a riddle."""
    module = bench.folder / "updated_people.py"
    module.write_text("from docassemble.base.util import DAObject\nclass Tenant(DAObject):\n  pass\n", encoding="utf-8")
    begun = "modules:\n  - .updated_people\n---\nobjects:\n  - tenant: Tenant\n---\nmandatory: True\ncode: |\n  tenant\n  name\n---\nquestion: Name?\nfields:\n  - Name: name\n"
    shown = bench.start(begun)
    for name in [name for name in sys.modules if name.endswith("updated_people")]:
        vars(sys.modules[name]).pop("Tenant")
    change(bench.folder / "interview.yml", begun.replace("Tenant", "DAObject"))

    with pytest.raises(FormUpdated, match="updated"):
        bench.visits.show(shown.session_id)

    assert 1 == bench.store.sessions.load(shown.session_id).version
