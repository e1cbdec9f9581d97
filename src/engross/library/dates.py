"""Dates and times: reading, reckoning and writing them, as docassemble does with babel and dateutil."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any

import babel.dates
import dateutil.parser
from babel import UnknownLocaleError
from dateutil.relativedelta import relativedelta

from engross.context import current_or_none
from engross.library.locales import get_config, get_default_timezone, get_language
from engross.library.numbers import nice_number
from engross.library.words import capitalize, comma_and_list, ensure_definition, noun_plural, word

_UNREADABLE = (ValueError, OverflowError, TypeError, AttributeError, LookupError, UnknownLocaleError)
"""What the parsers raise for a text that is no date, or a format that is none."""


class DADateTime(datetime.datetime):
    """A moment that prints itself in the visit's language and can be moved by ``plus`` and ``minus``."""

    def format(self, format: str | None = None, language: str | None = None) -> str:
        """The date; *format* is babel's (``long``, ``MM/dd/yyyy``)."""
        return format_date(self, format=format, language=language)

    def format_date(self, format: str | None = None, language: str | None = None) -> str:
        """The date; *format* is babel's."""
        return format_date(self, format=format, language=language)

    def format_datetime(self, format: str | None = None, language: str | None = None) -> str:
        """Date and time; *format* is babel's."""
        return format_datetime(self, format=format, language=language)

    def format_time(self, format: str | None = None, language: str | None = None) -> str:
        """The time of day; *format* is babel's."""
        return format_time(self, format=format, language=language)

    def replace_time(self, the_time: Any) -> DADateTime:
        """The same day at another time."""
        return self.replace(
            hour=the_time.hour,
            minute=the_time.minute,
            second=the_time.second,
            microsecond=the_time.microsecond,
        )

    @property
    def nanosecond(self) -> int:
        """Always 0."""
        return 0

    @property
    def dow(self) -> int:
        """The day of the week: 1 is Monday, 7 Sunday."""
        return self.isocalendar()[2]

    @property
    def week(self) -> int:
        """The week of the year, as ISO 8601 counts."""
        return self.isocalendar()[1]

    def plus(self, **interval: Any) -> DADateTime:
        """Later by ``years``, ``months``, ``weeks``, ``days``, ``hours`` …"""
        return dd(dt(self) + date_interval(**interval))

    def minus(self, **interval: Any) -> DADateTime:
        """Earlier by ``years``, ``months``, ``weeks``, ``days``, ``hours`` …"""
        return dd(dt(self) - date_interval(**interval))

    def __str__(self) -> str:
        return str(format_date(self))

    def __add__(self, other: Any) -> Any:
        if isinstance(other, str):
            return str(self) + other
        return _as_own(dt(self) + other)

    def __radd__(self, other: Any) -> Any:
        if isinstance(other, str):
            return other + str(self)
        return _as_own(dt(self) + other)

    def __sub__(self, other: Any) -> Any:
        return _as_own(dt(self) - other)

    def __rsub__(self, other: Any) -> Any:
        return _as_own(other - dt(self))


def dd(obj: Any) -> DADateTime:
    """*obj*, a datetime, as a DADateTime."""
    if isinstance(obj, DADateTime):
        return obj
    return DADateTime(
        obj.year, obj.month, obj.day, obj.hour, obj.minute, obj.second, obj.microsecond, tzinfo=obj.tzinfo
    )


def dt(obj: Any) -> datetime.datetime:
    """*obj*, a DADateTime, as a plain datetime."""
    return datetime.datetime(
        obj.year, obj.month, obj.day, obj.hour, obj.minute, obj.second, obj.microsecond, obj.tzinfo
    )


def _as_own(value: Any) -> Any:
    return dd(value) if isinstance(value, datetime.datetime) else value


# ------------------------------------------------------------------------------------------------------------------ reading


def _zone(timezone: str | None) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(timezone or get_default_timezone())


def _moment(value: Any) -> datetime.datetime:
    """*value* as a datetime: a date is its midnight, a text is parsed. Raises ValueError."""
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.date):
        return datetime.datetime.combine(value, datetime.time.min)
    parsed: datetime.datetime = dateutil.parser.parse(value)
    return parsed


def _at(moment: datetime.datetime, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    """*moment* in *zone*: moved there, or, if it names no zone, meant there."""
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def as_datetime(the_date: Any, timezone: str | None = None) -> DADateTime:
    """A date, a datetime or a text as a moment in *timezone* (the visit's by default). Raises ValueError."""
    ensure_definition(the_date, timezone)
    return dd(_at(_moment(the_date), _zone(timezone)))


def current_datetime(timezone: str | None = None) -> DADateTime:
    """This moment in *timezone* (the visit's by default)."""
    ensure_definition(timezone)
    return dd(datetime.datetime.now(_zone(timezone)))


def today(timezone: str | None = None, format: str | None = None) -> Any:
    """Midnight of this day in *timezone*; a text when a *format* is given."""
    ensure_definition(timezone, format)
    midnight = dd(datetime.datetime.now(_zone(timezone)).replace(hour=0, minute=0, second=0, microsecond=0))
    return midnight if format is None else midnight.format_date(format)


def timezone_list() -> list[str]:
    """The names of all time zones, for a field with choices."""
    return sorted(zoneinfo.available_timezones())


# ------------------------------------------------------------------------------------------------------------------ writing


def interview_default(part: str, default: str, language: str | None = None) -> str:
    """What the interview says for a *part* such as ``date format``, else *default*."""
    context = current_or_none()
    if context is None:
        return default
    said = context.screen.get("parts", {}).get(part)
    if said is None:
        said = context.interviewing.metadata().get(part)
    if isinstance(said, dict):
        said = said.get(language or context.language, said.get("*"))
    return default if said is None else str(said)


def babel_language(language: str | None = None) -> str:
    """The babel locale in which dates of *language* (the visit's by default) are written."""
    language = language or get_language()
    mapped = get_config("babel dates map", {}).get(language, language)
    return str(mapped).replace("-", "_")


def _nothing(value: Any) -> bool:
    """Whether *value* is the object that stands for an answer left out on purpose."""
    return type(value).__name__ == "DAEmpty"


def format_date(the_date: Any, format: str | None = None, language: str | None = None) -> str:
    """``January 5, 2024``; ``Bad date`` for what is none. *format* is babel's, ``long`` by default."""
    ensure_definition(the_date, format, language)
    if _nothing(the_date):
        return ""
    format = format or interview_default("date format", "long", language)
    try:
        return str(babel.dates.format_date(_day(the_date), format=format, locale=babel_language(language)))
    except _UNREADABLE:
        return word("Bad date")


def format_datetime(the_date: Any, format: str | None = None, language: str | None = None) -> str:
    """Date and time; ``Bad date`` for what is none. *format* is babel's, ``long`` by default."""
    ensure_definition(the_date, format, language)
    if _nothing(the_date):
        return ""
    format = format or interview_default("datetime format", "long", language)
    try:
        return str(
            babel.dates.format_datetime(_day(the_date), format=format, locale=babel_language(language))
        )
    except _UNREADABLE:
        return word("Bad date")


def format_time(the_time: Any, format: str | None = None, language: str | None = None) -> str:
    """The time of day; a text that begins with ``Bad date`` for what is none. *format* is babel's, ``short`` by default."""
    ensure_definition(the_time, format, language)
    if _nothing(the_time):
        return ""
    format = format or interview_default("time format", "short", language)
    try:
        time = the_time if isinstance(the_time, datetime.time) else _day(the_time)
        return str(babel.dates.format_time(time, format=format, locale=babel_language(language)))
    except _UNREADABLE as error:
        return word(f"Bad date: {error}")


def _day(value: Any) -> Any:
    """*value* if it is a date or datetime, else the moment its text names. Raises ValueError."""
    return value if isinstance(value, datetime.date) else dateutil.parser.parse(value)


def year_of(the_date: Any, language: str | None = None) -> Any:
    """The year as a number; ``Bad date`` for what is none."""
    return _part(the_date, lambda day: day.year)


def month_of(the_date: Any, as_word: bool = False, language: str | None = None) -> Any:
    """The month, 1 to 12, or its name; ``Bad date`` for what is none."""
    return _part(the_date, lambda day: _named(day, "MMMM", language) if as_word else day.month)


def day_of(the_date: Any, language: str | None = None) -> Any:
    """The day of the month; ``Bad date`` for what is none."""
    return _part(the_date, lambda day: day.day)


def dow_of(the_date: Any, as_word: bool = False, language: str | None = None) -> Any:
    """The day of the week, 1 (Monday) to 7, or its name; ``Bad date`` for what is none."""
    return _part(the_date, lambda day: _named(day, "EEEE", language) if as_word else day.isoweekday())


def _named(day: Any, format: str, language: str | None) -> str:
    return str(babel.dates.format_date(day, format=format, locale=babel_language(language)))


def _part(the_date: Any, part: Any) -> Any:
    ensure_definition(the_date)
    try:
        return part(_day(the_date))
    except _UNREADABLE:
        return word("Bad date")


# ---------------------------------------------------------------------------------------------------------------- reckoning


def date_interval(**interval: Any) -> relativedelta:
    """What can be added to a date: ``years``, ``months``, ``weeks``, ``days``, ``hours``, ``minutes``, ``seconds``."""
    ensure_definition(**interval)
    return relativedelta(**interval)


class DateTimeDelta:
    """The time between two moments: ``years weeks days hours minutes seconds`` as numbers, ``delta start end``."""

    def __init__(self, start: datetime.datetime | None = None, end: datetime.datetime | None = None) -> None:
        if start is None or end is None:
            return
        self.start = start
        self.end = end
        self.delta = end - start
        days, seconds = self.delta.days, self.delta.seconds
        self.weeks = days / 7.0 + seconds / 604800.0
        self.days = days + seconds / 86400.0
        self.hours = days * 24.0 + seconds / 3600.0
        self.minutes = days * 1440.0 + seconds / 60.0
        self.seconds = days * 86400 + seconds
        self.years = (days + seconds / 86400.0) / 365.2425

    def __str__(self) -> str:
        return self.describe()

    def describe(
        self, specificity: str | None = None, nice: bool = True, capitalize: bool = False, **_: Any
    ) -> str:
        """``two years and three days``; *specificity* is the smallest unit told, *nice* false writes numerals."""
        parts = [
            (count, noun_plural(word(unit), count, noun_is_singular=True))
            for unit, count in self._told(specificity)
        ]
        if not nice:
            return str(comma_and_list([f"{count} {noun}" for count, noun in parts]))
        text = str(comma_and_list([f"{nice_number(count)} {noun}" for count, noun in parts]))
        return _capitalized(text) if capitalize else text

    def _told(self, specificity: str | None) -> list[tuple[str, int]]:
        """The units worth telling and how many of each: dates without hours unless asked or there is nothing else."""
        between = relativedelta(self.end, self.start)
        units = ("year", "month", "day", "hour", "minute", "second")
        limit = units.index(specificity) if specificity in units else None
        counts = [abs(getattr(between, f"{unit}s")) for unit in units]
        asked_for_time = limit is not None and limit >= 3
        told: list[tuple[str, int]] = []
        for place in range(3):
            if counts[place] and (limit is None or place <= limit):
                told.append((units[place], counts[place]))
        if not told or asked_for_time:
            if counts[3] and (limit is None or limit >= 3):
                told.append(("hour", counts[3]))
            wants_minutes = counts[3] < 2 or (limit is not None and limit >= 4)
            if wants_minutes and counts[4] and (limit is None or limit >= 4):
                told.append(("minute", counts[4]))
        if (not told or limit == 5) and counts[5] and (limit is None or limit == 5):
            told.append(("second", counts[5]))
        return told or [(specificity or "second", 0)]


def _capitalized(text: str) -> str:
    return str(capitalize(text))


def date_difference(starting: Any = None, ending: Any = None, timezone: str | None = None) -> DateTimeDelta:
    """The time from *starting* to *ending*; what is left out is now. Raises ValueError for what is no date."""
    ensure_definition(starting, ending, timezone)
    zone = _zone(timezone)
    start = _moment(current_datetime() if starting is None else starting)
    end = _moment(current_datetime() if ending is None else ending)
    return DateTimeDelta(_at(start, zone), _at(end, zone))
