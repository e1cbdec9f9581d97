"""Lookups: choices that an action of the interview finds while a visitor types (``input type: ajax``).

The page shows what the action gives for the letters typed so far. What is then sent is the label that was chosen, and it counts only
when the same action, run again on the server, offers it; nothing is remembered in between, and a page without scripts works, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engross.engine.screen import Option, Response, Screen, ScreenField
from engross.quoting import NOT_ALLOWED

MOST_CHOICES = 100
"""Choices that are shown of those that are found."""
LONGEST = 200
"""Letters of what is looked up."""


def is_looked_up(entry: ScreenField) -> bool:
    """Whether the choices of the field come from an action."""
    return entry.input_type == "ajax" and isinstance(entry.extras.get("action"), str)


def options_in(response: Response | None) -> tuple[Option, ...]:
    """The choices in what the action answered: a list of texts, of pairs ``[value, label]`` or of mappings value → label, as JSON."""
    if response is None:
        return ()
    told: Any = response.json
    if told is None and response.text is not None:
        try:
            told = json.loads(response.text)
        except ValueError:
            return ()
    found: dict[str, Option] = {}
    for value, label in pairs_in(told):
        text = " ".join(str(label).split())
        if text and text not in found:
            found[text] = Option(key=text, label=text, value=str(value))
    return tuple(found.values())[:MOST_CHOICES]


def pairs_in(told: Any) -> Iterator[tuple[Any, Any]]:
    """(value, label) of each choice in a list of texts, of pairs or of mappings, or in one mapping."""
    if isinstance(told, Mapping):
        yield from told.items()
        return
    for item in told if isinstance(told, list | tuple) else ():
        match item:
            case [value, label, *_]:
                yield value, label
            case [value]:
                yield value, value
            case dict():
                yield from item.items()
            case str() | int() | float():
                yield item, item


def to_be_looked_up(screen: Screen, form: Mapping[str, Sequence[str]]) -> Iterator[tuple[ScreenField, tuple[str, ...]]]:
    """The fields whose posted text must be looked up again, each with what to look up, the likelier first: what was typed when the
    choice was offered, and the choice itself."""
    for entry in screen.fields:
        given = next(iter(form.get(entry.key, ())), "").strip()
        if entry.active and given and is_looked_up(entry) and is_new(entry, given):
            sought = next(iter(form.get(f"{entry.key}.sought", ())), "").strip()
            yield entry, tuple(dict.fromkeys(text[:LONGEST] for text in (sought, given) if text and not NOT_ALLOWED.search(text)))


def is_new(entry: ScreenField, given: str) -> bool:
    """Whether *given* is something else than what the field had before."""
    return entry.default is None or given != str(entry.default)


def chosen(entry: ScreenField, given: str) -> Option | None:
    """The choice that *given* is the label, or else the value, of."""
    text = " ".join(given.split())
    by_label = next((option for option in entry.options if option.label == text), None)
    return by_label or next((option for option in entry.options if option.value == text), None)


def with_options(screen: Screen, key: str, options: tuple[Option, ...]) -> Screen:
    """*screen* with choices for one of its fields."""
    return replace(screen, fields=tuple(replace(entry, options=options) if entry.key == key else entry for entry in screen.fields))
