"""Countries: the choice beside a telephone number, by name in the visitor's language and with the code that is dialled."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from babel import Locale
from babel.core import UnknownLocaleError
from markupsafe import Markup


@lru_cache(maxsize=64)
def country_options(language: str, chosen: str) -> Markup:
    """``<option>`` for each country, *chosen* (two letters) selected."""
    return Markup("").join(
        Markup('<option value="{}"{}>{} (+{})</option>').format(region, Markup(" selected") if region == chosen else "", name, code)
        for region, name, code in _countries(language)
    )


@lru_cache(maxsize=32)
def _countries(language: str) -> tuple[tuple[str, str, int], ...]:
    """(two letters, name, code), by name."""
    try:
        names = Locale.parse(language.replace("-", "_")).territories
    except (UnknownLocaleError, ValueError):
        names = Locale("en").territories
    found = [
        (region, names.get(region, region), code)
        for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
        for region in regions
        if region != "001"
    ]
    return tuple(sorted(found, key=lambda one: one[1]))


def country_of(number: str, home: str) -> str:
    """The country that a number as it is kept belongs to (``+52 …``), or *home*."""
    if not number.startswith("+"):
        return home
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or home
    except phonenumbers.NumberParseException:
        return home
