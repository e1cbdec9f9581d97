"""The language, country and locale in which a visit speaks, and how that locale writes numbers.

Apart from ``words``, which says *what* is written: this module only knows *for whom*. Everything is kept on the visit's
context; outside of one (import time, plain unit tests) on a context with the usual defaults.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_symbol as babel_currency_symbol
from babel.numbers import get_decimal_symbol, get_group_symbol, get_territory_currencies

from engross.context import Context, current


def surroundings() -> Context:
    """The current ``Context``, or the one outside of visits."""
    return current()


def get_config(key: str, none_value: Any = None) -> Any:
    """A value of the server's ``config`` table, or *none_value*."""
    return surroundings().config.get(key, none_value)


def get_language() -> str:
    """The language of the visit: an ISO-639 code such as ``en``."""
    return str(surroundings().language)


def set_language(lang: str, dialect: str | None = None, voice: str | None = None) -> None:
    """Speak *lang* from here on. The locale stays as it is until ``update_locale``."""
    here = surroundings()
    changed = lang != here.language
    here.language = lang
    for key, value in (("dialect", dialect), ("voice", voice)):
        if value or changed:
            here.screen[key] = value


def get_dialect() -> str | None:
    """The dialect given to ``set_language``, or None."""
    return surroundings().screen.get("dialect")


def get_voice() -> str | None:
    """The voice given to ``set_language``, or None."""
    return surroundings().screen.get("voice")


def get_country() -> str:
    """The country of the visit as an ISO-3166 code of two letters."""
    return str(surroundings().country)


def set_country(country: str) -> None:
    """Read telephone numbers and list states for *country* from here on."""
    surroundings().country = country


def get_default_timezone() -> str:
    """The time zone of the visit, as the IANA names it."""
    return str(surroundings().timezone)


def set_locale(*name: str, **overrides: Any) -> None:
    """Remember a locale name for ``update_locale``, or single conventions such as ``currency_symbol="€"``."""
    here = surroundings()
    if len(name) == 1:
        here.screen.setdefault("locale_in_use", here.locale)
        here.locale = name[0]
    if overrides:
        here.screen["locale_overrides"] = overrides


def get_locale(*convention: str) -> Any:
    """The locale's name; or with one argument the value of that convention, None when there is no such."""
    here = surroundings()
    if len(convention) != 1:
        return here.locale
    overrides = here.screen.get("locale_overrides", {})
    return overrides[convention[0]] if convention[0] in overrides else conventions().get(convention[0])


def update_locale() -> None:
    """Write numbers as the locale given to ``set_locale`` does, together with the current language."""
    here = surroundings()
    name = here.locale if "_" in here.locale else f"{here.language}_{here.locale}"
    here.screen["locale_in_use"] = name


def number_locale() -> Locale:
    """The babel locale in which numbers are written now."""
    here = surroundings()
    return parse_locale(here.screen.get("locale_in_use", here.locale))


@lru_cache(maxsize=256)
def parse_locale(name: str) -> Locale:
    """The babel locale for a POSIX name such as ``en_US.utf8``; US English when nobody knows it."""
    try:
        return Locale.parse(name.split(".")[0].split("@")[0].replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en", "US")


def currency_code() -> str:
    """The ISO-4217 code of the money that the visit counts in."""
    here = surroundings()
    if "locale_in_use" in here.screen:
        territory = number_locale().territory
        current = get_territory_currencies(territory) if territory else []
        if current:
            return str(current[0])
    return str(here.currency)


def conventions() -> dict[str, Any]:
    """How the locale writes numbers and money, under the names of C's ``localeconv``."""
    return _conventions(str(number_locale()), currency_code())


@lru_cache(maxsize=256)
def _conventions(locale_name: str, code: str) -> dict[str, Any]:
    locale = Locale.parse(locale_name)
    pattern = locale.currency_formats["standard"].pattern.split(";")[0]
    precedes = pattern.startswith("¤")
    spaced = "\xa0" in pattern or " " in pattern
    decimal_point = get_decimal_symbol(locale)
    group = get_group_symbol(locale)
    return {
        "decimal_point": decimal_point,
        "thousands_sep": group,
        "mon_decimal_point": decimal_point,
        "mon_thousands_sep": group,
        "currency_symbol": babel_currency_symbol(code, locale=locale),
        "int_curr_symbol": f"{code} ",
        "positive_sign": "",
        "negative_sign": "-",
        "frac_digits": 2,
        "int_frac_digits": 2,
        "p_cs_precedes": int(precedes),
        "n_cs_precedes": int(precedes),
        "p_sep_by_space": int(spaced),
        "n_sep_by_space": int(spaced),
        "p_sign_posn": 1,
        "n_sign_posn": 1,
    }


def group_digits(number: float, decimals: int) -> str:
    """*number* with *decimals* places, its digits in groups, as the locale in use writes it.

    Rounds as C's ``printf`` does (on the binary value), because docassemble does.
    """
    rules = conventions()
    text = f"{number:,.{decimals}f}"
    table = {",": rules["thousands_sep"], ".": rules["decimal_point"]}
    return "".join(table.get(character, character) for character in text)
