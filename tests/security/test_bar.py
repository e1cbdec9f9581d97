"""The bar of reliability and security in its short form; ``script/bar`` prints it as a table and has the long form."""

from __future__ import annotations

import pytest
import table
from tally import Bar


def lines() -> list[object]:
    """A parameter for each line of the table."""
    return [pytest.param(bar, id=bar.name.replace(" ", "-"), marks=[pytest.mark.bar, *([pytest.mark.office] if bar.office else [])]) for bar in table.BARS]


@pytest.mark.parametrize("bar", lines())
def test_the_line_has_no_failures(bar: Bar) -> None:
    """Something was tried and nothing failed."""
    tally = bar.run(bar.short)

    assert (True, []) == (tally.tried > 0, tally.details)
    assert 0 == tally.failed
