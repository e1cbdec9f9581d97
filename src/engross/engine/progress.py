"""Progress: how far the bar above the question is.

Apart from the questions because a visit moves it too: where an interview has a bar, each answer moves it a little, and a question's
``progress`` moves it to where it says.
"""

from __future__ import annotations

import math

from engross.engine.answers import Answers
from engross.language.blocks import Question
from engross.language.interview import Interview

STEP = 0.05
"""What of the way that is left an answer goes; ``progress bar multiplier`` of the interview's ``features`` changes it."""
HIDDEN = -1
"""``progress:`` without a number."""


def say(percent: float, interview: Interview, answers: Answers) -> None:
    """A question says how far the interview is. The bar goes back only where ``progress can go backwards``."""
    if percent == HIDDEN:
        answers.progress = None
    elif answers.progress is None or percent > answers.progress or interview.features.get("progress can go backwards") is True:
        answers.progress = percent


def advance(interview: Interview, answers: Answers) -> None:
    """A question was answered: go a part of the way to the end or, by the method ``stepped``, to what a later question says."""
    if not interview.features.get("progress bar") or answers.progress is None:
        return
    answers.progress = round(answers.progress + (_goal(interview, answers.progress) - answers.progress) * _step(interview), 2)


def shown(interview: Interview, answers: Answers) -> float | None:
    """Percent, or None where there is no bar."""
    return answers.progress if interview.features.get("progress bar") else None


def _goal(interview: Interview, now: float) -> float:
    if interview.features.get("progress bar method") != "stepped":
        return 100
    said = (block.progress for block in interview.blocks if isinstance(block, Question))
    return min((point for point in said if isinstance(point, int) and point > now), default=100)


def _step(interview: Interview) -> float:
    try:
        step = float(interview.features.get("progress bar multiplier") or STEP)
    except (TypeError, ValueError):
        return STEP
    return step if math.isfinite(step) and 0 < step < 1 else STEP
