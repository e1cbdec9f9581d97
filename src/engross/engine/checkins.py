"""Check-ins: while somebody fills in a screen, the page tells what stands in it, and the interview answers (``check in``).

What is told is data for an action, never an answer: nothing is set by it. What the action answers by ``background_response`` or by a
template with a ``target`` becomes commands for the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engross import quoting
from engross.engine.fields import KEY_SETS, MANY, option_keys
from engross.engine.lookups import pairs_in, with_options
from engross.engine.screen import Json, Option, Screen, ScreenField
from engross.engine.submission import gathered

MOST_CHARACTERS = 10_000
"""Of one text that is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something for the page to do."""

    action: str
    """``flash javascript refresh target fields``"""
    value: Json = None
    """Words, a script, HTML; for ``fields`` key of the field → what to put there."""
    target: str | None = None
    choices: dict[str, list[tuple[str, str]]] | None = None
    """For ``fields``: key of the field → (what is sent, label) of its new choices."""


def arguments_of(screen: Screen, form: Mapping[str, Sequence[str]], changed: str) -> dict[str, Any]:
    """What the action is told: each field by its variable, as the author wrote it and as it is now; ``_changed``, the variable of the
    field with the key *changed*; ``_initial`` when none has changed."""
    told: dict[str, Any] = {"_initial": not changed}
    form = gathered(screen, form)
    for entry in screen.fields:
        if entry.path is None or not entry.active:
            continue
        value = _told(entry, form)
        told[entry.path] = value
        if entry.variable:
            told[entry.variable] = value
        if entry.key == changed:
            told["_changed"] = entry.variable or entry.path
    return told


def _told(entry: ScreenField, form: Mapping[str, Sequence[str]]) -> Any:
    given = [text[:MOST_CHARACTERS] for text in form.get(entry.key, ())]
    if entry.datatype in MANY:
        chosen = [option for option in entry.options if option.key in given]
        if entry.datatype in KEY_SETS:
            return [option.variable for option in chosen] if any(option.variable is None for option in chosen) else [_key_of(option) for option in chosen]
        return [str(option.value) for option in chosen]
    text = given[0] if given else ""
    if entry.options:
        return next((option.value for option in entry.options if option.key == text), text or None)
    if entry.datatype in ("boolean", "threestate"):
        if not text and entry.input_type in ("yesno", "noyes", "yesnowide", "noyeswide"):
            return entry.extras.get("sign", 1) < 0
        return {"True": True, "False": False}.get(text)
    return text


def _key_of(option: Option) -> str:
    from engross import names

    step = names.parse(option.variable or "").steps[-1]
    return str(names.key_value(step.key, {})) if isinstance(step, names.Item) else option.key


def commands_in(responses: Sequence[Mapping[str, Any]], screen: Screen, typed: frozenset[str]) -> tuple[list[Command], Screen]:
    """What the page is to do, and *screen* with the choices that its fields have from now on. *typed*: what visitors typed, which
    prints as it stands."""
    quote = quoting.quoting(typed).quote
    commands: list[Command] = []
    for told in responses:
        if "value" not in told:
            continue
        match told["value"]:
            case {"target": target, "content": content}:
                commands.append(Command(action="target", target=str(target), value=quote(str(content))))
            case [dict() as values, "fields"]:
                command, screen = _fields(values, screen)
                commands.append(command)
            case [script, "javascript"]:
                commands.append(Command(action="javascript", value=str(script)))
            case [words, "flash", *_]:
                commands.append(Command(action="flash", value=quote(str(words))))
            case "refresh" | [_, "refresh"]:
                commands.append(Command(action="refresh"))
    return commands, screen


def _fields(values: Mapping[Any, Any], screen: Screen) -> tuple[Command, Screen]:
    by_name = {name: entry for entry in screen.fields for name in (entry.variable, entry.path) if name}
    put: dict[str, Json] = {}
    choices: dict[str, list[tuple[str, str]]] = {}
    for name, said in values.items():
        entry = by_name.get(str(name))
        if entry is None:
            continue
        if isinstance(said, dict):
            if "choices" in said and entry.datatype not in MANY and not entry.object_path:
                options = tuple(_options(said["choices"], entry))
                screen = with_options(screen, entry.key, options)
                choices[entry.key] = [(option.key, option.label) for option in options]
            if "value" in said:
                put[entry.key] = said["value"]
        else:
            put[entry.key] = said
    return Command(action="fields", value=put, choices=choices), screen


def _options(said: Any, entry: ScreenField) -> Iterator[Option]:
    pairs = list(pairs_in(getattr(said, "elements", said)))
    for key, (value, label) in zip(option_keys([value for value, _ in pairs], entry.datatype), pairs, strict=True):
        yield Option(key=key, label=str(label), value=value if isinstance(value, str | int | float | bool) else str(value))
