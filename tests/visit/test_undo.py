"""Undo: whatever a visitor answers and takes back, the answers are those that were there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engross.library.interchange import serializable_dict
from engross.settings import Settings
from engross.store import open_store
from engross.visit import Shown, Visits
from tests.visit.conftest import Bench

INTERVIEW = """
objects:
  - people: DAList.using(object_type=Individual)
---
mandatory: True
code: |
  people.gather()
  if wants_more:
    color, total
  basket
  the_end
---
question: Is there a person?
yesno: people.there_are_any
---
question: Is there another?
yesno: people.there_is_another
---
question: What is the name of the ${ ordinal(i) } person?
fields:
  - Name: people[i].name.first
  - Age: people[i].age
    datatype: integer
    required: False
---
question: Do you want more?
yesno: wants_more
---
question: Which color?
field: color
choices:
  - red
  - blue
---
depends on: color
code: |
  total = len(people) * (2 if color == "red" else 3)
---
question: What is in the basket?
fields:
  - Basket: basket
    datatype: checkboxes
    choices:
      - apple
      - pear
---
event: the_end
question: The end
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A store and visits for all walks; each walk has a session of its own."""
    folder: Path = tmp_path_factory.mktemp("undo")
    chosen = Settings(data_folder=folder / "data", screen_wait_seconds=0)
    store = open_store(chosen)
    visits = Visits(store, chosen)
    yield Bench(visits, store, folder)
    visits.close()
    store.close()


def state(bench: Bench, shown: Shown) -> tuple[Any, ...]:
    """What the visitor has said and sees."""
    session = bench.store.sessions.load(shown.session_id)
    answers = session.answers(bench.visits._resolver(session))
    screen = (shown.screen.question, shown.screen.block, [entry.path for entry in shown.screen.fields])
    return serializable_dict(answers.namespace), sorted(answers.answered), dict(answers.choices), screen


def form_for(shown: Shown, number: int) -> dict[str, list[str]]:
    """A form that fits the screen; *number* chooses among the answers."""
    form: dict[str, list[str]] = {}
    for entry in shown.screen.fields:
        if entry.datatype == "checkboxes":
            form[entry.key] = [option.key for n, option in enumerate(entry.options) if number >> n & 1]
        elif entry.options:
            form[entry.key] = [entry.options[number % len(entry.options)].key]
        else:
            form[entry.key] = [str(number) if entry.datatype == "integer" else f"word {number}"]
    return form


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(walk=st.lists(st.one_of(st.integers(0, 3), st.just("back")), min_size=5, max_size=14))
def test_undo_leads_to_the_very_same_answers(shared: Bench, walk: list[int | str]) -> None:
    """After any walk with Undo, answers, blocks that ran and screen are those from before each step that was taken back."""
    shared.start(INTERVIEW)
    assert shared.shown is not None
    before = [state(shared, shared.shown)]
    for step in walk:
        if step == "back":
            shared.back()
            before = before[:-1] or before
        elif shared.shown.screen.fields:
            version = shared.shown.version
            shared.post(form_for(shared.shown, int(step)))
            if not shared.shown.errors and shared.shown.version != version:
                before.append(state(shared, shared.shown))

        assert state(shared, shared.shown) == before[-1]
