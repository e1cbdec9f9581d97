"""What a field offers before anybody has typed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from .conftest import Talk


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
