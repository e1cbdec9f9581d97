"""What a field offers before anybody has typed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from .conftest import Talk


def test_a_default_date_of_the_interview_bounds_every_date(talk: Callable[[str], Talk]) -> None:
    """``features`` say the bounds of dates that have none of their own, and of nothing but dates."""
    screen = talk(
        """
features:
  default date min: January 1, 2020
  default date max: 2029-12-31
---
mandatory: True
question: When?
fields:
  - Day: day
    datatype: date
    max: 2022-05-05
  - Until: until
    datatype: date
  - Number: number
    datatype: integer
"""
    ).next()

    assert [("2020-01-01", "2022-05-05"), ("2020-01-01", "2029-12-31"), (None, None)] == [(one.min, one.max) for one in screen.fields]


@pytest.mark.parametrize(
    ("datatype", "default", "expected"),
    [
        ("date", "${ today() }", r"\d{4}-\d\d-\d\d"),
        ("date", "January 5, 2026", "2026-01-05"),
        ("date", "2026-01-05", "2026-01-05"),
        ("date", "some day", "some day"),
        ("datetime", "January 5, 2026 3:00 pm", "2026-01-05T15:00"),
    ],
)
def test_a_default_date_fills_the_native_input(
    talk: Callable[[str], Talk], datatype: str, default: str, expected: str
) -> None:
    """A date written for people is offered in the form that date inputs take; what is no date stays as it is."""
    screen = talk(
        f"""
mandatory: True
question: When?
fields:
  - Day: day
    datatype: {datatype}
    default: {default}
"""
    ).next()

    assert re.fullmatch(expected, str(screen.fields[0].default))


@pytest.mark.parametrize(
    ("datatype", "limits", "offered"),
    [
        ("checkboxes", "maxlength: 2", True),
        ("checkboxes", "minlength: 0", True),
        ("checkboxes", "minlength: 1", False),
        ("checkboxes", "minlength: 1\n    none of the above: Not one", False),
        ("multiselect", "minlength: 1", True),
        ("multiselect", "minlength: 2\n    maxlength: 2", False),
    ],
)
def test_none_of_the_above_is_not_offered_where_some_must_be_chosen(
    talk: Callable[[str], Talk], datatype: str, limits: str, offered: bool
) -> None:
    """A visitor who must take one or more is not led to a choice that the program would refuse."""
    screen = talk(
        f"""
mandatory: True
question: Which?
fields:
  - Fruit: fruit
    datatype: {datatype}
    choices: [Apple, Plum, Quince]
    {limits}
"""
    ).next()

    assert [(one.none_of_the_above is not None, one.none_key is not None) for one in screen.fields] == [(offered, offered)]
