"""Numbers, ordinals, labels and money as docassemble writes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engross.library import locales, numbers
from engross.library.numbers import currency
from engross.library.this_thread import empty_globals, global_context


@pytest.fixture(autouse=True)
def no_trace() -> Iterator[None]:
    """What a test sets is forgotten afterwards."""
    with global_context(empty_globals()):
        yield


@pytest.mark.parametrize(
    ("expected", "value", "options"),
    [
        ("$45.20", 45.2, {}),
        ("$45", 45.2, {"decimals": False}),
        ("$45", 45.9, {"decimals": False}),
        ("$1,234,567.89", 1234567.891, {}),
        ("-$3.00", -3, {}),
        ("€45.20", 45.2, {"symbol": "€"}),
        ("45.20€", 45.2, {"symbol": "€", "symbol_precedes": False}),
        ("$2.67", 2.675, {}),
        ("$12.00", "12", {}),
        ("", "twelve", {}),
        ("", None, {}),
        ("", "nan", {}),
    ],
)
def test_currency(expected: str, value: Any, options: dict[str, Any]) -> None:
    """Cents are rounded as C does, cut off without decimals; what is no number is nothing."""

    assert expected == currency(value, **options)


def test_currency_of_another_locale() -> None:
    """After `update_locale` money is that country's, written its way."""
    locales.set_language("fr")
    locales.set_locale("FR.utf8")
    before = currency(1234.5)
    locales.update_locale()

    assert ("$1,234.50", "1\u202f234,50 €") == (before, currency(1234.5))


def test_a_convention_of_the_locale_can_be_replaced() -> None:
    """`set_locale(currency_symbol=…)` counts until the page is done."""
    locales.set_locale(currency_symbol="£")

    assert ("£5.00", "£") == (currency(5), numbers.get_currency_symbol())


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("four", numbers.nice_number(4)),
        ("Four", numbers.nice_number(4, capitalize=True)),
        ("ten", numbers.nice_number(10)),
        ("11", numbers.nice_number(11)),
        ("1,500", numbers.nice_number(1500)),
        ("1.5", numbers.nice_number(1.5)),
        ("six", numbers.nice_number("6")),
        ("6", numbers.nice_number(6, use_word=False)),
        ("twelve", numbers.nice_number(12, use_word=True)),
        ("eighth", numbers.ordinal_number(8)),
        ("8th", numbers.ordinal_number(8, use_word=False)),
        ("23rd", numbers.ordinal_number(23)),
        ("first", numbers.ordinal(0)),
        ("Tenth", numbers.ordinal(9, capitalize=True)),
        ("two apples", numbers.quantity_noun(2, "apple")),
        ("one apple", numbers.quantity_noun(1, "apple")),
        ("two apples", numbers.quantity_noun(2.2, "apple")),
        ("2.2 apples", numbers.quantity_noun(2.2, "apple", as_integer=False)),
    ],
)
def test_numbers_in_words(expected: str, said: str) -> None:
    """Words up to ten, numerals beyond, unless asked otherwise."""

    assert expected == said


def test_numbers_in_the_visitors_language() -> None:
    """Cardinals and ordinals follow the language."""
    locales.set_language("es")

    assert ("cuatro", "segundo") == (numbers.nice_number(4), numbers.ordinal(1))


@pytest.mark.parametrize(
    ("level", "labels"),
    [
        (0, ["I.", "II.", "IV."]),
        (1, ["A.", "B.", "D."]),
        (2, ["1.", "2.", "4."]),
        (3, ["a)", "b)", "d)"]),
        (4, ["(1)", "(2)", "(4)"]),
        (5, ["(a)", "(b)", "(d)"]),
        (6, ["i)", "ii)", "iv)"]),
    ],
)
def test_outline_labels(level: int, labels: list[str]) -> None:
    """The seven levels of an outline."""

    assert labels == [numbers.item_label(n, level) for n in (0, 1, 3)]


@given(st.integers(0, 100_000))
def test_letters_count_in_base_26(number: int) -> None:
    """Every index has its own label, and the label says the index."""
    label = numbers.alpha(number)
    value = 0
    for letter in label:
        value = value * 26 + ord(letter) - ord("A") + 1

    assert number == value - 1


def test_roman_numerals_end() -> None:
    """There is none beyond 3999."""
    with pytest.raises(ValueError, match="between 1 and 3999"):
        numbers.roman(3999)
