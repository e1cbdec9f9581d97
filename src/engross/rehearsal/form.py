"""Values as a browser would post them for a Screen: the other direction of ``engine.submission``."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engross import names
from engross.engine.screen import Option, Screen, ScreenField, actions_in
from engross.rehearsal.samples import SampleFile

SEVERAL = {"checkboxes", "multiselect", "object_checkboxes", "object_multiselect"}
TICKED = ("yesno", "noyes", "yesnowide", "noyeswide")


class Unfit(ValueError):
    """A value cannot be an answer to this field; says why."""


@dataclass(slots=True)
class Form:
    """What is posted."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    uploads: dict[str, list[SampleFile]] = field(default_factory=dict)

    def put(self, entry: ScreenField, value: Any) -> None:
        """Fill in one field with a Python value. Raises Unfit."""
        if isinstance(value, SampleFile):
            value = [value]
        if isinstance(value, list) and value and isinstance(value[0], SampleFile):
            self._put_files(entry, value)
        elif entry.datatype in SEVERAL:
            self.texts[entry.key] = _boxes(entry, value)
        elif entry.options or entry.object_path:
            self.texts[entry.key] = [_one_key(entry, value)]
        elif entry.datatype == "boolean":
            self._put_boolean(entry, value)
        elif entry.datatype == "threestate":
            self.texts[entry.key] = [str(value) if isinstance(value, bool) else "None"]
        else:
            self.texts[entry.key] = [_text(value)]

    def _put_files(self, entry: ScreenField, files: list[SampleFile]) -> None:
        if entry.datatype == "signature":
            self.texts[entry.key] = ["data:image/png;base64," + base64.b64encode(files[0].data).decode("ascii")]
        else:
            self.uploads[entry.key] = files

    def _put_boolean(self, entry: ScreenField, value: Any) -> None:
        truth = _truth(value)
        if entry.input_type not in TICKED:
            self.texts[entry.key] = [str(truth)]
        elif truth == (entry.extras.get("sign", 1) > 0):
            self.texts[entry.key] = ["True"]

    def choose(self, option: Option) -> None:
        """Take one of the choices of a question that sets no variable."""
        self.texts["_choice"] = [option.key]


def _truth(value: Any) -> bool:
    if isinstance(value, str) and value.strip().lower() in ("no", "false", "off"):
        return False
    if isinstance(value, str) and value.strip().lower() not in ("yes", "true", "on"):
        raise Unfit(f"it is answered with yes or no, not with {value!r}")
    return bool(value) if not isinstance(value, str) else True


def _text(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M")
    if isinstance(value, list | dict):
        raise Unfit(f"it takes one value, not {value!r}")
    return "" if value is None else str(value)


def option_for(options: Iterable[Option], value: Any) -> Option | None:
    """The option that *value* means: by value, by label, or by key."""
    listed = list(options)
    for fits in (
        lambda option: type(option.value) is type(value) and option.value == value,
        lambda option: str(option.value) == str(value),
        lambda option: option.label.strip() == str(value).strip(),
        lambda option: option.key == value,
    ):
        for option in listed:
            if fits(option):
                return option
    return None


def _one_key(entry: ScreenField, value: Any) -> str:
    if value is None and entry.none_key is not None:
        return entry.none_key
    option = option_for(entry.options, value)
    if option is not None:
        return option.key
    if entry.input_type in ("combobox", "datalist"):
        return _text(value)
    raise Unfit(f"{value!r} is not one of the choices: " + ", ".join(repr(option.label) for option in entry.options))


def _boxes(entry: ScreenField, value: Any) -> list[str]:
    if isinstance(value, Mapping):
        wanted: list[Any] = [key for key, ticked in value.items() if ticked]
    elif isinstance(value, list | tuple | set):
        wanted = list(value)
    else:
        wanted = [value]
    if not wanted:
        return [entry.none_key] if entry.none_key is not None else []
    keys = []
    for item in wanted:
        option = next((o for o in entry.options if o.variable is not None and str(_box_key(o)) == str(item)), None)
        option = option or option_for(entry.options, item)
        if option is None:
            raise Unfit(f"{item!r} is not one of the choices: " + ", ".join(repr(o.label) for o in entry.options))
        keys.append(option.key)
    return keys


def _box_key(option: Option) -> Any:
    step = names.parse(option.variable or "").steps[-1]
    return names.key_value(step.key, {}) if isinstance(step, names.Item) else step.name


def prefilled(entry: ScreenField) -> Any:
    """What the browser would send if the visitor left the field as it is, or None."""
    chosen = [option for option in entry.options if option.selected]
    if chosen:
        return [option.key for option in chosen] if entry.datatype in SEVERAL else chosen[0].key
    return entry.default


def linked_actions(screen: Screen) -> list[tuple[str, dict[str, Any]]]:
    """(action, arguments) behind the links and buttons of a screen, as its visitor meets them; built-in ones are left out."""
    found = [(button.action, dict(button.arguments)) for button in screen.action_buttons if button.action and not button.url]
    texts = [screen.question, screen.subquestion, screen.parts.get("under"), *(button.url for button in screen.action_buttons)]
    found += actions_in("\n".join(text for text in texts if text))
    return [each for n, each in enumerate(found) if not each[0].startswith("_da_") and "://" not in each[0] and each not in found[:n]]


def choices_without_variable(screen: Screen) -> tuple[Option, ...]:
    """The choices of a question that sets no variable: its buttons or its embedded blocks."""
    for entry in screen.fields:
        if entry.key == "_choice":
            return entry.options
    return screen.buttons if not screen.fields else ()
