"""Invented answers: what a patient stranger would type into a field, given its type, choices and limits.

A field has several candidates, the most ordinary first; when a screen refuses one, the next is tried. Nothing here knows any
particular interview.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from engross.engine.screen import ScreenField
from engross.rehearsal.samples import sample_file

WORDS = ("Alex", "Maria Alvarez", "text", "12345", "Elm Street 12", "02118", "617-555-0123", "AB123456", "1", "2020-01-15")
NAMED_LIKE = (
    (re.compile(r"e-?mail", re.I), ("alex@example.com",)),
    (re.compile(r"zip|postal", re.I), ("02118", "02118-1234")),
    (re.compile(r"phone|mobile|fax|tel\b", re.I), ("617-555-0123", "(617) 555-0123")),
    (re.compile(r"ssn|social.security", re.I), ("123-45-6789", "123456789")),
    (re.compile(r"docket|case.?number", re.I), ("26H79SP001234", "12345")),
    (re.compile(r"\.state$", re.I), ("MA", "IL", "Massachusetts")),
    (re.compile(r"year", re.I), ("2020",)),
    (re.compile(r"first$", re.I), ("Alex",)),
    (re.compile(r"last$", re.I), ("Alvarez",)),
)
"""What the variable's name suggests, tried before other words."""
TRUE_FALSE = {
    "yesno": (True, False),
    "yesnowide": (True, False),
    "yesnoradio": (True, False),
    "noyes": (True, False),
    "noyeswide": (True, False),
    "noyesradio": (True, False),
    "yesnomaybe": (True, False, None),
    "noyesmaybe": (True, False, None),
}
FILES = {"file", "files", "camera", "user", "environment", "camcorder", "microphone"}


def candidates(field: ScreenField, question: str = "") -> Iterator[Any]:
    """Values for *field* of a screen that asks *question*, the likeliest to be accepted first. Choices are given by their ``Option.key``."""
    if field.options:
        yield from _choices(field)
    elif field.datatype in TRUE_FALSE or field.datatype in {"boolean", "threestate"}:
        yield from TRUE_FALSE.get(field.datatype, (True, False))
    elif field.datatype in FILES:
        yield from _files(field)
    elif field.datatype == "signature":
        yield sample_file("signature.png")
    else:
        yield from _typed(field, question)


def _choices(field: ScreenField) -> Iterator[Any]:
    keys = [option.key for option in field.options if option.value not in ("", None) or option.variable] or [
        option.key for option in field.options
    ]
    if "checkboxes" in field.datatype or field.datatype == "multiselect" or field.datatype == "object_multiselect":
        yield [keys[0]] if keys else []
        yield from ([key] for key in keys[1:4])
        yield []
        yield from [keys] if len(keys) > 1 else []
    else:
        yield from keys


def _files(field: ScreenField) -> Iterator[Any]:
    accept = field.accept or ""
    names = ["photo.jpg", "letter.pdf", "letter.docx"]
    if "pdf" in accept and "image" not in accept and "jp" not in accept:
        names = ["letter.pdf", "photo.jpg", "letter.docx"]
    elif "word" in accept or "docx" in accept:
        names = ["letter.docx", "letter.pdf", "photo.jpg"]
    yield from map(sample_file, names)


def _typed(field: ScreenField, question: str) -> Iterator[str]:
    kind = field.datatype.lower()
    if "date" in kind and "time" in kind:
        yield from ("2020-01-15T09:30", "2030-01-15T09:30")
    elif "date" in kind:
        yield from _dates(field, born=any("birth" in said.lower() for said in (kind, field.path or "", _asked(field, question))))
        if kind != "date":  # a type of the interview's own, which may want the parts in its own order
            yield from ("01/15/1990", "15/01/1990", "15.01.1990")
    elif kind == "time":
        yield "09:30"
    elif kind in {"integer", "number", "currency", "range", "float"}:
        yield from _numbers(field)
    elif kind == "email":
        yield "alex@example.com"
    elif "phone" in kind or kind == "tel":
        yield from ("617-555-0123", "+1 617-555-0123")
    elif kind == "ssn":
        yield "123-45-6789"
    elif kind == "url":
        yield "https://example.com/"
    else:
        yield from _words(field)


def _asked(field: ScreenField, question: str) -> str:
    """The words beside the field, or those of its screen."""
    return question if field.label in (None, "", "no label") else str(field.label)


def _dates(field: ScreenField, *, born: bool) -> Iterator[str]:
    today = datetime.date.today()
    low, high = _day(field.min), _day(field.max)
    if born:
        yield "1990-01-15"
    if low and low > today:
        yield (low + datetime.timedelta(days=1)).isoformat()
    for day in (datetime.date(2020, 1, 15), today, today + datetime.timedelta(days=30), today - datetime.timedelta(days=30)):
        if (low is None or day >= low) and (high is None or day <= high):
            yield day.isoformat()
    for edge in (low, high):
        if edge:
            yield edge.isoformat()
    yield "2015-01-15"


def _day(limit: Any) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(str(limit)[:10])
    except ValueError:
        return None


def _numbers(field: ScreenField) -> Iterator[str]:
    low, high = _decimal(field.min), _decimal(field.max)
    for number in (Decimal(1), Decimal(2), Decimal(0), Decimal(100), Decimal(1000)):
        if (low is None or number >= low) and (high is None or number <= high):
            yield str(number)
    for edge in (low, high):
        if edge is not None:
            yield str(edge)


def _decimal(limit: Any) -> Decimal | None:
    try:
        return Decimal(str(limit)) if limit is not None else None
    except InvalidOperation:
        return None


def _words(field: ScreenField) -> Iterator[str]:
    suggested = [word for pattern, words in NAMED_LIKE if pattern.search(field.variable or "") for word in words]
    for word in (*suggested, *WORDS):
        if field.minlength and len(word) < field.minlength:
            word = word.ljust(field.minlength, "x")
        yield word[: field.maxlength] if field.maxlength else word
