"""Choices that the interview's code finds while somebody types (``input type: ajax``)."""

from __future__ import annotations

import pytest

from engross.errors import BlockError, VisitorError
from tests.visit.conftest import Bench

FRUIT = """
mandatory: True
question: You chose ${ fruit }
---
question: Which fruit?
fields:
  - Fruit: fruit
    input type: ajax
    action: find_fruit
    trigger at: 2
---
event: find_fruit
code: |
  asked = action_argument('wordstart').lower()
  json_response([[code, name] for code, name in (('a1', 'Apple'), ('a2', 'Apricot'), ('b1', 'Blue berry')) if name.lower().startswith(asked)])
"""


def test_choices_are_found_for_what_is_typed(bench: Bench) -> None:
    """The action gets the letters, and its pairs of value and label are the choices; no step is added."""
    shown = bench.start(FRUIT)

    found = bench.visits.look_up(shown.session_id, shown.screen_id, bench.field("fruit").key, "ap")

    assert [(option.value, option.label) for option in found] == [("a1", "Apple"), ("a2", "Apricot")]
    assert bench.visits.show(shown.session_id).version == shown.version


def test_the_value_of_the_chosen_label_is_kept(bench: Bench) -> None:
    """The label is posted; the answer is the value that the action gives with it."""
    bench.start(FRUIT)

    assert bench.answer(fruit="Apricot").screen.question == "You chose a2"


def test_what_was_never_offered_is_refused(bench: Bench) -> None:
    """A text that the action does not give is not an answer, whatever the form says was typed before."""
    bench.start(FRUIT)
    key = bench.field("fruit").key

    refused = [bench.post({key: [text], f"{key}.sought": [sought]}).errors for text, sought in (("Cherry", "ap"), ("<b>Apple", ""), ("", ""), ("None", ""))]

    assert refused == [{key: "You need to select one."}] * 4
    assert [option.label for option in bench.field("fruit").options] == []


@pytest.mark.parametrize("typed", ["ap\x00", "\x1bap", "ap\ud800"])
def test_what_cannot_be_written_is_not_looked_up(bench: Bench, typed: str) -> None:
    """The action is not asked with it, as the choice or beside it."""
    bench.start(FRUIT.replace("  asked =", "  1 / int(action_argument('wordstart').isprintable() and action_argument('wordstart').isascii())\n  asked ="))
    key = bench.field("fruit").key

    assert [key] == list(bench.post({key: [typed]}).errors)
    assert "You chose a1" == bench.post({key: ["Apple"], f"{key}.sought": [typed]}).screen.question


def test_a_choice_is_found_again_by_what_was_typed(bench: Bench) -> None:
    """An action that knows codes only finds the choice again by the code."""
    bench.start(FRUIT.replace("name.lower().startswith(asked)", "code == asked"))
    key = bench.field("fruit").key

    assert bench.post({key: ["Apple"], f"{key}.sought": ["a1"]}).screen.question == "You chose a1"


def test_an_earlier_answer_may_stay(bench: Bench) -> None:
    """What the field already holds is accepted again without being found by the action."""
    bench.start(FRUIT.replace("action: find_fruit", "action: find_fruit\n    default: quince"))

    assert bench.answer(fruit="quince").screen.question == "You chose quince"


def test_only_fields_of_the_shown_screen_are_looked_up(bench: Bench) -> None:
    """Another field, or another screen, is no way to run an action."""
    shown = bench.start(FRUIT)

    for screen_id, key in ((shown.screen_id, "bmFtZQ"), ("other", bench.field("fruit").key)):
        with pytest.raises(VisitorError):
            bench.visits.look_up(shown.session_id, screen_id, key, "ap")


@pytest.mark.parametrize("wrong", ["trigger at: 1", "choices: [a]", "trigger at: two"])
def test_an_author_is_told_what_such_a_field_cannot_have(bench: Bench, wrong: str) -> None:
    """Choices beside the action, and a trigger that is no number from 2, are errors with their line."""
    with pytest.raises(BlockError, match=r"ajax|trigger at"):
        bench.start(FRUIT.replace("trigger at: 2", wrong))
