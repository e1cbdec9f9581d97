"""Computed fields: the dictionaries that code gives for ``fields: code`` (``x.name_fields()``), read like fields written in YAML.

What code gives may hold what a visitor typed, so its words are shown as they are: Mako in them is not run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engross.errors import BlockError, Where
from engross.language.blocks import Field, FieldsFromCode, Text
from engross.language.fields import parse_fields
from engross.language.reader import Reader, Reading
from engross.language.source import Listing, Mapping, SourceFile


class _ComputedReader(Reader):
    """Reads values that come from code."""

    def make_text(self, words: str, where: Where) -> Text:
        return Text(words, where, plain=True)


def fields_from_data(data: Any, *, where: Where, package: str = "") -> tuple[Field | FieldsFromCode, ...]:
    """The fields that *data* describes: a dictionary, or a list of them. *where* is the code that gave it. Raises BlockError."""
    listed = data if isinstance(data, list | tuple) else [data]
    if not all(isinstance(_plain(entry), dict) for entry in listed):
        raise BlockError("the code of `fields` must give a list of dictionaries", where=where)
    reader = _ComputedReader(SourceFile(name=where.file, path=Path(where.file), package=package), where.line, Reading())
    container = Mapping(where.line)
    container["fields"] = _as_source(listed, where.line)
    container.lines["fields"] = container.key_lines["fields"] = where.line
    fields, _ = parse_fields(reader, container)
    return fields


def _plain(value: Any) -> Any:
    return getattr(value, "elements", value)


def _as_source(value: Any, line: int) -> Any:
    """*value* as if it had been written at *line*."""
    value = _plain(value)
    match value:
        case dict():
            made = Mapping(line)
            for key, item in value.items():
                made[key], made.lines[key], made.key_lines[key] = _as_source(item, line), line, line
            return made
        case list() | tuple() | set() | frozenset():
            listing = Listing(line)
            for item in value:
                listing.append(_as_source(item, line))
                listing.lines.append(line)
            return listing
        case None | bool() | int() | float() | str():
            return value
    return str(value)
