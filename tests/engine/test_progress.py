"""The bar above the question."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engross.engine.answers import Answers
from engross.engine.progress import advance
from tests.engine.conftest import Talk

Begin = Callable[[str], Talk]
THREE = """
question: One
field: one
progress: 60
---
question: Two
field: two
progress: 30
---
question: Three
field: three
progress:
---
mandatory: True
code: |
  one
  two
  three
  end
---
event: end
question: End
"""


def bars(talk: Talk) -> list[float | None]:
    """What the bar says at each screen."""
    found = []
    for name in ("one", "two", "three"):
        found.append(talk.next().progress)
        talk.set(**{name: True})
    return [*found, talk.next().progress]


def features(**said: object) -> str:
    return "features:\n" + "".join(f"  {key.replace('_', ' ')}: {value}\n" for key, value in said.items()) + "---\n"


def test_the_bar_does_not_go_back(talk: Begin) -> None:
    """A question that says less than was said leaves it; one without a number takes the bar away."""
    assert bars(talk(features(progress_bar=True) + THREE)) == [60, 60, None, None]


def test_the_bar_goes_back_where_the_interview_lets_it(talk: Begin) -> None:
    """With `progress can go backwards`."""
    assert bars(talk(features(progress_bar=True, progress_can_go_backwards=True) + THREE)) == [60, 30, None, None]


def test_there_is_no_bar_unless_the_interview_wants_one(talk: Begin) -> None:
    """Whatever the questions say."""
    assert bars(talk(THREE)) == [None] * 4


@pytest.mark.parametrize(
    ("said", "before", "after"),
    [
        ({}, 0, 5),
        ({"progress_bar_multiplier": 0.5}, 40, 70),
        ({"progress_bar_multiplier": 0.5, "progress_bar_method": "stepped"}, 10, 20),
        ({"progress_bar_multiplier": 0.5, "progress_bar_method": "stepped"}, 30, 45),
        ({"progress_bar_multiplier": 0.5, "progress_bar_method": "stepped"}, 60, 80),
        ({"progress_bar_multiplier": 7}, 0, 5),
        ({}, None, None),
    ],
)
def test_an_answer_moves_the_bar_a_part_of_the_way(talk: Begin, said: dict[str, object], before: float, after: float) -> None:
    """To the end, or by the method `stepped` to the next number that a question says; a bar that is hidden stays so."""
    answers = Answers(progress=before)

    advance(talk(features(progress_bar=True, **said) + THREE).interview, answers)

    assert answers.progress == after
