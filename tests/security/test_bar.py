"""The bar of reliability and security in its short form; ``script/bar`` prints it as a table and has the long form."""

from __future__ import annotations

import pytest
import table
from tally import Bar


def marks_of(bar: Bar) -> list[pytest.MarkDecorator]:
    """What a line needs."""
    wanted = {"office": bar.office, "browser": bar.browser, "chaos": bar.slow}
    return [pytest.mark.bar, *(getattr(pytest.mark, name) for name, is_wanted in wanted.items() if is_wanted)]


def lines() -> list[object]:
    """A parameter for each line of the table."""
    return [pytest.param(bar, id=bar.name.replace(" ", "-"), marks=marks_of(bar)) for bar in table.BARS]


@pytest.mark.parametrize("bar", lines())
def test_the_line_has_no_failures(bar: Bar) -> None:
    """Something was tried and nothing failed."""
    tally = bar.run(bar.short)
    if tally.skipped:
        pytest.skip(tally.skipped)

    assert (True, []) == (tally.tried > 0, tally.details)
    assert 0 == tally.failed
