"""Countries, states, languages and telephone numbers."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Any

import phonenumbers
import pycountry

from engross.library.locales import get_country
from engross.library.words import ensure_definition, word


def country_name(country_code: str) -> str:
    """The name of a country by its two letters. Raises KeyError for a code that nobody has."""
    ensure_definition(country_code)
    country = pycountry.countries.get(alpha_2=country_code)
    if country is None:
        raise KeyError(country_code)
    return word(country.name)


def countries_list() -> list[dict[str, str]]:
    """All countries as choices, ``{"US": "United States"}``, by name."""
    named = sorted(
        ((country.alpha_2, word(country.name)) for country in pycountry.countries), key=lambda pair: pair[1]
    )
    return [{code: name} for code, name in named]


def iso_country(country: str, part: str = "alpha_2") -> str:
    """The code (or another *part*) of the country that *country* most probably means. Raises ValueError."""
    try:
        guess = pycountry.countries.search_fuzzy(country)[0]
    except LookupError as error:
        raise ValueError(f"Invalid country: {country}") from error
    if part not in ("alpha_2", "alpha_3", "name", "numeric", "official_name"):
        raise ValueError(f"iso_country: unknown part {part}")
    return str(getattr(guess, part))


@lru_cache(maxsize=512)
def _parts(country_code: str) -> tuple[Any, ...]:
    """ISO 3166-2: the parts of a country, none for a code that nobody has."""
    return tuple(pycountry.subdivisions.get(country_code=country_code) or ())  # type: ignore[no-untyped-call]


@lru_cache(maxsize=512)
def _subdivisions(country_code: str) -> tuple[tuple[str, str, str], ...]:
    """Code, name and kind of each part of the country that is not part of a larger one; sorted by name."""
    parts = _parts(country_code)
    found = [(part.code.split("-", 1)[1], part.name, part.type) for part in parts if part.parent_code is None]
    return tuple(sorted(found, key=lambda part: part[1]))


def states_list(country_code: str | None = None, abbreviate: bool = False) -> dict[str, str]:
    """Code → name of each state or province (of the visit's country by default), by name."""
    ensure_definition(country_code)
    parts = _subdivisions(country_code or get_country() or "US")
    named = {
        code: code if abbreviate else word(name) for code, name, _ in parts if re.fullmatch("[A-Z0-9]+", code)
    }
    return dict(sorted(named.items(), key=lambda item: item[1]))


def state_name(state_code: str, country_code: str | None = None) -> str:
    """The name of a state by its code; the code when there is no such state."""
    ensure_definition(state_code, country_code)
    code = f"{country_code or get_country() or 'US'}-{state_code}"
    part = next((part for part in _parts(code.split("-")[0]) if part.code == code), None)
    return word(part.name) if part else state_code


def subdivision_type(country_code: str) -> str | None:
    """What most parts of a country are called: ``State``, ``Province``; None for a country without parts."""
    ensure_definition(country_code)
    kinds = Counter(kind for kind in _kinds(country_code)).most_common(2)
    if not kinds:
        return None
    if len(kinds) > 1 and kinds[1][1] > 0.5 * kinds[0][1]:
        return word(f"{kinds[0][0]}/{kinds[1][0]}")
    return word(kinds[0][0])


@lru_cache(maxsize=512)
def _kinds(country_code: str) -> tuple[str, ...]:
    parts = _parts(country_code)
    return tuple(part.type for part in parts if part.parent_code is None)


def language_name(language_code: str) -> str:
    """The name of a language by its two or three letters; the code when there is no such language."""
    ensure_definition(language_code)
    field = "alpha_2" if len(language_code) == 2 else "alpha_3"
    language = pycountry.languages.get(**{field: language_code})
    return word(language.name if language else language_code)


# ---------------------------------------------------------------------------------------------------------------- telephones


def _parsed(number: Any, country: str | None) -> phonenumbers.PhoneNumber | None:
    """*number*, perhaps behind ``whatsapp:``, as a number of *country*; None when it cannot be one."""
    if isinstance(number, str):
        number = number.removeprefix("whatsapp:")
    try:
        return phonenumbers.parse(number, country or get_country() or "US")
    except (phonenumbers.NumberParseException, TypeError):
        return None


def phone_number_in_e164(number: Any, country: str | None = None) -> str | None:
    """``+12025550123``, or None for what is no telephone number."""
    ensure_definition(number, country)
    parsed = _parsed(number, country)
    if parsed is None:
        return None
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return f"whatsapp:{written}" if str(number).startswith("whatsapp:") else written


def phone_number_is_valid(number: Any, country: str | None = None) -> bool:
    """Whether such a number can exist in *country* (the visit's by default)."""
    ensure_definition(number, country)
    parsed = _parsed(number, country)
    return (
        parsed is not None
        and phonenumbers.is_possible_number(parsed)
        and phonenumbers.is_valid_number(parsed)
    )


def phone_number_formatted(number: Any, country: str | None = None) -> str | None:
    """``(202) 555-0123``, or None for what is no telephone number."""
    ensure_definition(number, country)
    if type(number).__name__ == "DAEmpty":
        return str(number)
    parsed = _parsed(number, country)
    return (
        None
        if parsed is None
        else phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    )


def phone_number_part(number: Any, part: int, country: str | None = None) -> str:
    """The group of digits at the zero-based place *part* of the formatted number; an empty text when there is none."""
    ensure_definition(number, part, country)
    groups = re.findall(r"[0-9]+", phone_number_formatted(number, country) or "")
    return groups[part] if part < len(groups) else ""
