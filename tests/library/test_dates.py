"""Dates: read, reckoned and written as docassemble does."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engross.library import dates, locales
from engross.library.dates import DADateTime, as_datetime, date_difference, format_date
from engross.library.this_thread import empty_globals, global_context

FIFTH = "2024-01-05"


@pytest.fixture(autouse=True)
def no_trace() -> Iterator[None]:
    """What a test sets is forgotten afterwards."""
    with global_context(empty_globals()):
        yield


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ("January 5, 2024", format_date(FIFTH)),
        ("1/5/24", format_date(FIFTH, format="short")),
        ("01/05/2024", format_date(FIFTH, format="MM/dd/yyyy")),
        ("5 de enero de 2024", format_date(FIFTH, language="es")),
        ("January 5, 2024", format_date(datetime.date(2024, 1, 5))),
        ("Bad date", format_date("the fifth")),
        ("3:30\u202fPM", dates.format_time("15:30")),
        ("3:30\u202fPM", dates.format_time(datetime.time(15, 30))),
        ("January 5, 2024", str(as_datetime(FIFTH))),
        ("on January 5, 2024.", "on " + as_datetime(FIFTH) + "."),
        ("Friday, January 5, 2024", as_datetime(FIFTH).format("full")),
    ],
)
def test_written_dates(expected: str, written: str) -> None:
    """Long form by default; babel's patterns; a text for what is no date."""

    assert expected == written


@pytest.mark.parametrize(
    ("expected", "part"),
    [
        (2024, dates.year_of(FIFTH)),
        (1, dates.month_of(FIFTH)),
        ("January", dates.month_of(FIFTH, as_word=True)),
        (5, dates.day_of(FIFTH)),
        (5, dates.dow_of(FIFTH)),
        ("Friday", dates.dow_of(FIFTH, as_word=True)),
        ("Bad date", dates.year_of("nothing")),
        (5, as_datetime(FIFTH).dow),
        (1, as_datetime(FIFTH).week),
    ],
)
def test_parts_of_a_date(expected: Any, part: Any) -> None:
    """Numbers, or names when asked."""

    assert expected == part


def test_a_month_later_ends_with_the_month() -> None:
    """January 31 plus a month is the last of February."""
    later = as_datetime("2024-01-31").plus(months=1)

    assert (DADateTime, "February 29, 2024") == (type(later), str(later))


def test_a_text_without_zone_is_meant_in_the_visits() -> None:
    """And one with a zone is moved there."""
    naive = as_datetime("2024-07-01 12:00")
    moved = as_datetime("2024-07-01T12:00:00+00:00")

    assert ("-0400", 12, 8) == (naive.strftime("%z"), naive.hour, moved.hour)


def test_today_is_midnight() -> None:
    """In the time zone asked for."""
    day = dates.today("Asia/Tokyo")

    assert (0, 0, 0, "JST") == (day.hour, day.minute, day.second, day.tzname())


def test_arithmetic_with_plain_objects() -> None:
    """The difference of two moments is a timedelta; a moment plus one is a DADateTime."""
    one, other = as_datetime("2024-01-05"), as_datetime("2024-01-01")

    assert (datetime.timedelta(days=4), DADateTime) == (one - other, type(other + datetime.timedelta(days=4)))


@pytest.mark.parametrize(
    ("expected", "start", "end", "options"),
    [
        ("three years, two months, and four days", "2020-01-01", "2023-03-05", {}),
        ("three years", "2020-01-01", "2023-03-05", {"specificity": "year"}),
        ("3 years and 2 months", "2020-01-01", "2023-03-05", {"specificity": "month", "nice": False}),
        ("one day", "2020-01-01", "2020-01-02 05:00", {}),
        ("Five hours", "2020-01-01", "2020-01-01 05:00", {"capitalize": True}),
        ("one hour and ten minutes", "2020-01-01", "2020-01-01 01:10", {}),
        ("zero seconds", "2020-01-01", "2020-01-01", {}),
        ("zero months", "2020-01-01", "2020-01-01", {"specificity": "month"}),
    ],
)
def test_differences_in_words(expected: str, start: str, end: str, options: dict[str, Any]) -> None:
    """Dates without hours unless there is nothing else to tell."""

    assert expected == date_difference(start, end).describe(**options)


@given(st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1)), st.integers(0, 40_000))
def test_a_difference_counts_what_was_added(start: datetime.datetime, days: int) -> None:
    """In UTC, so many days later are so many days."""
    later = start + datetime.timedelta(days=days)

    assert (days, days / 7) == (
        round(date_difference(start, later, timezone="UTC").days, 6),
        pytest.approx(date_difference(start, later, timezone="UTC").weeks),
    )


def test_the_visits_language_writes_the_date() -> None:
    """Without being asked."""
    locales.set_language("fr")

    assert "5 janvier 2024" == format_date(FIFTH)
