"""Numbers in words, ordinals, outline labels and money, as docassemble writes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Context
from typing import Any

from engross.library.locales import (
    conventions,
    get_config,
    get_language,
    get_locale,
    group_digits,
    surroundings,
)
from engross.library.words import capitalize, ensure_definition, language_function, noun_plural

_REGIONAL = (
    ("en", "en_GB"),
    ("en", "en_IN"),
    ("es", "es_CO"),
    ("es", "es_VE"),
    ("fr", "fr_CH"),
    ("fr", "fr_BE"),
    ("fr", "fr_DZ"),
    ("pt", "pt_BR"),
)
"""Languages that count differently in some countries, as num2words names them."""

_nice_numbers: dict[str, dict[str, str]] = {}
_ordinal_numbers: dict[str, dict[str, str]] = {}
_ordinal_functions: dict[str, Callable[..., str]] = {}


def update_nice_numbers(lang: str, defs: Mapping[Any, str]) -> None:
    """Say these numbers so in *lang* (``*`` for every language)."""
    _nice_numbers.setdefault(lang, {}).update({str(number): text for number, text in defs.items()})


def update_ordinal_numbers(lang: str, defs: Mapping[Any, str]) -> None:
    """Say these ordinals so in *lang* (``*`` for every language)."""
    _ordinal_numbers.setdefault(lang, {}).update({str(number): text for number, text in defs.items()})


def update_ordinal_function(lang: str, func: Callable[..., str]) -> None:
    """Let *func* make the ordinals of *lang*."""
    _ordinal_functions[lang] = func


def number_to_word(
    number: Any,
    language: str | None = None,
    capitalize: bool = False,
    function: str | None = None,
    raise_on_error: bool = False,
    **_: Any,
) -> str:
    """*number* in words: cardinal, ``function="ordinal"`` (first) or ``"ordinal_num"`` (1st)."""
    language = language or get_language()
    for plain, regional in _REGIONAL:
        if language == plain and surroundings().locale.startswith(regional):
            language = regional
            break
    form = function if function in ("ordinal", "ordinal_num") else "cardinal"
    number = _as_number(number)
    import num2words  # here: it brings sixty languages and a tenth of a second

    try:
        text = str(num2words.num2words(number, lang=language, to=form))
    except NotImplementedError:
        if raise_on_error:
            raise
        text = str(number)
    return _capital(text, capitalize)


def _as_number(number: Any) -> Any:
    """*number* as an int when it is a whole one, else as a float; as it is when it is none."""
    try:
        return int(number) if float(number) == int(number) else float(number)
    except (TypeError, ValueError, OverflowError):
        return number


def _capital(text: str, wanted: bool) -> str:
    return str(capitalize(text)) if wanted else text


def _nice_number(
    the_number: Any,
    capitalize: bool = False,
    language: str | None = None,
    use_word: bool | None = None,
    **more: Any,
) -> str:
    """The number as a word up to ten, else as a numeral with grouped digits."""
    ensure_definition(the_number)
    language = language or get_language()
    if isinstance(the_number, float):
        the_number = float(Context(prec=8).create_decimal_from_float(the_number))
    whole = float(the_number) == int(float(the_number))
    if whole:
        the_number = int(float(the_number))
    own = _nice_numbers.get(language) or _nice_numbers.get("*") or _nice_numbers.get("en") or {}
    if str(the_number) in own:
        return _capital(own[str(the_number)], capitalize)
    if use_word or (whole and 0 <= the_number < 11 and use_word is not False):
        try:
            return number_to_word(the_number, language=language, capitalize=capitalize, **more)
        except (OverflowError, ValueError):  # beyond what num2words can say: the numeral will do
            pass
    return group_digits(the_number, 0) if whole else group_digits(float(the_number), 2).rstrip("0")


def _ordinal_en(number: Any, use_word: bool | None = None, **more: Any) -> str:
    """Words up to ``tenth``, then ``11th``, unless *use_word* says otherwise."""
    try:
        number = int(number)
    except (TypeError, ValueError):
        number = 0
    in_words = number < 11 if use_word is None else use_word
    more["function"] = "ordinal" if in_words else "ordinal_num"
    return number_to_word(number, **more)


update_ordinal_function("en", _ordinal_en)
update_ordinal_function("*", _ordinal_en)


def _ordinal_number(the_number: Any, **more: Any) -> str:
    """``first`` for 1."""
    language = get_language()
    if more.get("use_word", True):
        for table in (_ordinal_numbers.get(language, {}), _ordinal_numbers.get("*", {})):
            if str(the_number) in table:
                return table[str(the_number)]
    function = _ordinal_functions.get(language) or _ordinal_functions["*"]
    return function(the_number, **more)


def _ordinal(the_number: Any, **more: Any) -> str:
    """``first`` for 0."""
    text = ordinal_number(int(float(the_number)) + 1, **more)
    return _capital(text, bool(more.get("capitalize")))


nice_number = language_function("nice_number", _nice_number)
ordinal_number = language_function("ordinal_number", _ordinal_number)
ordinal = language_function("ordinal", _ordinal)


def _quantity_noun(
    the_number: Any,
    noun: Any,
    as_integer: bool = True,
    capitalize: bool = False,
    language: str | None = None,
    **_: Any,
) -> str:
    """``two apples``"""
    ensure_definition(the_number, noun)
    if as_integer:
        the_number = round(the_number)
    number = nice_number(the_number, language=language)
    return _capital(f"{number} {noun_plural(noun, the_number, language=language)}", capitalize)


quantity_noun = language_function("quantity_noun", _quantity_noun)


def _currency_symbol(**_: Any) -> str:
    """The sign of the locale's money."""
    return str(conventions()["currency_symbol"])


currency_symbol = language_function("currency_symbol", _currency_symbol)


def get_currency_symbol() -> str:
    """The sign set with ``set_locale``, or the locale's."""
    return str(get_locale("currency_symbol") or currency_symbol())


def _amount(value: Any) -> float | None:
    """The number of money in *value*, which may be a list of incomes or one of them; None when it is none."""
    match type(value).__name__:
        case "FinancialList" | "PeriodicFinancialList":
            value = value.total()
        case "Value" | "PeriodicValue":
            value = value.amount() if value.exists else 0
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _currency(
    the_value: Any,
    decimals: bool = True,
    symbol: str | None = None,
    symbol_precedes: bool | None = None,
    **_: Any,
) -> str:
    """``$45.20``; an empty text for what is no number. *decimals* false cuts the cents off."""
    ensure_definition(the_value, decimals, symbol)
    number = _amount(the_value)
    if number is None:
        return ""
    overrides = surroundings().screen.get("locale_overrides", {})
    sign = "n" if number < 0 else "p"
    rules = conventions()
    if symbol is None:
        symbol = overrides.get("currency_symbol")
    if symbol_precedes is None and f"{sign}_cs_precedes" in overrides:
        symbol_precedes = bool(overrides[f"{sign}_cs_precedes"])
    places = int(get_config("currency decimal places", rules["frac_digits"]))
    # The minus stands before the sign of the money only in the locale's own form, as in C's `strfmon`.
    plain = symbol is None and symbol_precedes is None and decimals
    shown = abs(number) if plain else number
    text = group_digits(shown, places) if decimals else group_digits(math.trunc(shown), 0)
    precedes = bool(get_locale(f"{sign}_cs_precedes")) if symbol_precedes is None else symbol_precedes
    gap = " " if get_locale(f"{sign}_sep_by_space") else ""
    mark = currency_symbol() if symbol is None else symbol
    money = f"{mark}{gap}{text}" if precedes else f"{text}{gap}{mark}"
    return f"-{money}" if plain and number < 0 else money


currency = language_function("currency", _currency)


def alpha(num: int, case: str | None = None) -> str:
    """The label of a zero-based index in letters: A … Z, AA …"""
    ensure_definition(num, case)
    left = num + 1
    letters = ""
    while left > 0:
        left, place = divmod(left - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters.lower() if case == "lower" else letters


_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
    (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip


def roman(num: int, case: str | None = None) -> str:
    """The label of a zero-based index in Roman numerals. Raises TypeError, and ValueError beyond 3999."""
    ensure_definition(num, case)
    left = num + 1
    if not isinstance(left, int):
        raise TypeError(f"expected integer, got {type(left)}")
    if not 0 < left < 4000:
        raise ValueError("Argument must be between 1 and 3999")
    numeral = ""
    for value, letters in _ROMAN:
        count, left = divmod(left, value)
        numeral += letters * count
    return numeral.lower() if case == "lower" else numeral


def item_label(num: int, level: Any = None, punctuation: bool = True) -> str:
    """The label of a zero-based index at a level of an outline: I. A. 1. a) (1) (a) i)"""
    ensure_definition(num, level, punctuation)
    depth = int(float(level or 0)) % 7
    label = (
        roman(num),
        alpha(num),
        str(num + 1),
        alpha(num, case="lower"),
        str(num + 1),
        alpha(num, case="lower"),
        roman(num, case="lower"),
    )[depth]
    if not punctuation:
        return label
    if depth < 3:
        return f"{label}."
    return f"{label})" if depth in (3, 6) else f"({label})"
