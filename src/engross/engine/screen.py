"""Screen: what to show, as plain data. HTML, JSON, tests and the check of a post all use this one type.

All texts are evaluated (Mako done), none is HTML yet: they are docassemble's Markdown, made into HTML by ``markup`` at the edge.
``to_data`` and ``from_data`` turn a Screen into JSON-able data and back, because the screen that was shown is kept with the
session and a post may set what it offered, nothing else.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import re
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from engross.language.interview import GENERATED_REVIEW as GENERATED_REVIEW  # pages, too, know it

Json = Any
"""None, bool, int, float, str, and lists and str-keyed dictionaries of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A choice that is offered."""

    key: str
    """What the browser sends: the value as text, as docassemble sends it; of objects, their names as base64. A post may send
    only keys that the kept screen has."""
    label: str
    value: Json = None
    """What is set. For objects the path of the object (``object_path`` on the field is true)."""
    variable: str | None = None
    """For checkboxes: the path of the item this box sets."""
    help: str | None = None
    image: str | None = None
    group: str | None = None
    css_class: str | None = None
    color: str | None = None
    selected: bool = False
    url: str | None = None
    action: str | None = None
    """For buttons that set nothing: ``restart exit leave …``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowIf:
    """A condition the browser watches; the server checks it again when the form arrives."""

    kind: str
    """``show hide enable disable``"""
    variable: str | None = None
    """Path of another field of this screen."""
    key: str | None = None
    """That field's ``key``."""
    value: Json = None
    """What it must be; True for "true"."""
    script: str | None = None
    """``js show if``"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenField:
    """An input, or words between inputs (``note``, ``html``)."""

    key: str
    """Name of the form field: URL-safe base64 of ``path`` without padding, or ``_field_n`` when it sets nothing."""
    variable: str | None = None
    """As the author wrote it: ``users[i].name.first``."""
    path: str | None = None
    """What it sets: ``users[0].name.first``."""
    label: str | None = None
    datatype: str = "text"
    input_type: str | None = None
    required: bool = True
    active: bool = True
    """False when ``show if: code`` leaves it out."""
    default: Json = None
    options: tuple[Option, ...] = ()
    object_path: bool = False
    """Option values are paths of objects."""
    none_of_the_above: str | None = None
    """Its label, when offered."""
    all_of_the_above: str | None = None
    none_key: str | None = None
    all_key: str | None = None
    disable_others: bool | tuple[str, ...] = False
    uncheck_others: bool | tuple[str, ...] = False
    check_others: bool | tuple[str, ...] = False
    hint: str | None = None
    help: str | None = None
    note: str | None = None
    html: str | None = None
    under_text: str | None = None
    show_if: tuple[ShowIf, ...] = ()
    min: Json = None
    max: Json = None
    minlength: int | None = None
    maxlength: int | None = None
    step: Json = None
    validation_messages: dict[str, str] = field(default_factory=dict)
    rows: int | None = None
    accept: str | None = None
    maximum_image_size: int | None = None
    image_upload_type: str | None = None
    address_autocomplete: Json = None
    label_above_field: bool | None = None
    floating_label: bool | None = None
    grid: Json = None
    item_grid: Json = None
    css_class: str | None = None
    currency_symbol: str | None = None
    inline: bool = False
    group: int | None = None
    """List collect: the item of the list this field belongs to, from 0."""
    extras: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button or link that asks for something else than "continue"."""

    label: str
    url: str | None = None
    action: str | None = None
    arguments: dict[str, Json] = field(default_factory=dict)
    color: str = "primary"
    icon: str | None = None
    css_class: str | None = None
    placement: str | None = None
    new_window: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """An answer on the review that is generated for an interview without one."""

    label: str | None = None
    """The field's label as it was asked; None when the question says it all."""
    text: str = ""
    """The answer as plain text, a line for each thing that was chosen or uploaded. Passwords are dots."""
    pictures: tuple[str, ...] = ()
    """Ids of files to be shown: a signature, photographs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLine:
    """One line of a review screen."""

    label: str | None = None
    heading: str | None = None
    """Generated reviews: title of the section that begins here."""
    answers: tuple[GivenAnswer, ...] = ()
    """Generated reviews: what was answered to the question ``label``."""
    buttons: tuple[Button, ...] = ()
    """Generated reviews: add or remove an item of a list."""
    button: str | None = None
    help: str | None = None
    note: str | None = None
    html: str | None = None
    action: str | None = None
    """Name of the action behind the Edit link, with ``arguments``; None for words only."""
    arguments: dict[str, Json] = field(default_factory=dict)
    css_class: str | None = None
    color: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPaper:
    """An attachment offered on the screen: the file ids by format, None while it is being made."""

    name: str
    filename: str
    description: str = ""
    content: str | None = None
    """Markdown of a text attachment, as its variable holds it."""
    formats: dict[str, str | None] = field(default_factory=dict)
    """``pdf docx rtf html …`` → file id"""
    variable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpText:
    """Help on the screen's Help tab."""

    content: str
    label: str | None = None
    heading: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NavSection:
    """A section in the navigation."""

    key: str
    title: str
    state: str
    """``done current todo``"""
    action: str | None = None
    children: tuple[NavSection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer that takes the place of a page: ``response()``, a redirect, a file."""

    content: bytes | None = None
    text: str | None = None
    json: Json = None
    file_id: str | None = None
    redirect: str | None = None
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One screen."""

    kind: str
    """``QuestionKind`` value: ``fields settrue yesno noyes yesnomaybe multiple_choice signature review deadend response``,
    or docassemble's end kinds ``exit leave restart signin register new_session logout refresh redirect``."""
    question: str = ""
    subquestion: str | None = None
    block: str = ""
    """The block's name."""
    block_id: str | None = None
    sought: str | None = None
    """The path that was looked for when this question came up."""
    fields: tuple[ScreenField, ...] = ()
    variety: str | None = None
    """``radio buttons dropdown combobox`` for multiple choices."""
    buttons: tuple[Option, ...] = ()
    """Buttons that set nothing."""
    action_buttons: tuple[Button, ...] = ()
    review: tuple[ReviewLine, ...] = ()
    review_action: str | None = None
    """The action that leads to the review of the answers, when there is one and this is not it."""
    papers: tuple[ShownPaper, ...] = ()
    attachment_options: dict[str, Json] = field(default_factory=dict)
    help: tuple[HelpText, ...] = ()
    terms: dict[str, str] = field(default_factory=dict)
    auto_terms: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    """``under right pre post css script title subtitle logo footer exit link …``, evaluated; the screen's own over the defaults."""
    css_class: str | None = None
    decorations: tuple[str, ...] = ()
    audio: tuple[str, ...] = ()
    video: tuple[str, ...] = ()
    continue_label: str | None = None
    continue_color: str | None = None
    hide_continue: bool = False
    disable_continue: bool = False
    back_allowed: bool = True
    back_label: str | None = None
    corner_back_label: str | None = None
    progress: float | None = None
    """Percent."""
    sections: tuple[NavSection, ...] = ()
    reload_seconds: int | None = None
    list_collect: dict[str, Json] | None = None
    """``list`` (path), ``groups``, ``allow_append``, ``allow_delete``, ``add_label``, ``label``"""
    language: str = "en"
    messages: tuple[tuple[str, str], ...] = ()
    """(text, priority ``success info warning danger primary secondary``), from ``log()`` and ``flash``"""
    scripts: tuple[str, ...] = ()
    menu: tuple[Json, ...] = ()
    response: Response | None = None
    check_in: str | None = None
    """The action that the page tells what stands in it while somebody fills it in."""
    events: tuple[str, ...] = ()
    """The events this screen answers, if any: a waiting or download screen is known by them."""
    where: str = ""
    """File and line of its block, for the author's panel."""


NOTHING = "None"
"""The key of "None of the above"."""


def encoded(text: str) -> str:
    """URL-safe base64 without padding: how docassemble writes names of variables into pages."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


_LINKED_ACTION = re.compile(r"[?&;]action=([A-Za-z0-9_%=+/-]+)")


def actions_in(text: str) -> Iterator[tuple[str, Json]]:
    """(action, arguments) of each link in *text* that runs one: base64 of JSON, padded or not. A damaged link is passed over."""
    for found in _LINKED_ACTION.findall(text):
        bare = unquote(found).replace("-", "+").replace("_", "/").rstrip("=")
        try:
            told = json.loads(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict) and isinstance(told.get("action"), str):
            yield told["action"], told.get("arguments") or {}


def ways_on(screen: Screen) -> set[str | None]:
    """The actions that links in the question's text and parts, and its action buttons, lead to."""
    written = " ".join([screen.question, screen.subquestion or "", *map(str, screen.parts.values())])
    return {*(action for action, _ in actions_in(written)), *(button.action for button in screen.action_buttons)}


MOVE = "_da_list_move"
"""The action that moves a row of a table."""
_ROW = re.compile(r'data-tablename="([A-Za-z0-9+/]+)" data-tableitem="(\d{1,6})"')


def moves_in(text: str) -> Iterator[tuple[str, str, Json]]:
    """(name of the table as it is encoded, action, arguments) of each way in which a row of a table in *text* can be moved: up but for
    the first, down but for the last."""
    rows = _ROW.findall(text)
    last: dict[str, int] = {}
    for table, item in rows:
        last[table] = max(last.get(table, 0), int(item))
    for table, item in dict.fromkeys(rows):
        try:
            name = base64.b64decode(table + "=" * (-len(table) % 4), validate=True).decode()
        except ValueError:
            continue
        for by in (-1, 1):
            if 0 <= int(item) + by <= last[table]:
                yield table, MOVE, {"list": name, "item": int(item), "by": by}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOfTypes:
    """What the data types of an interview's modules bring for the browser (docassemble's ``CustomDataType``)."""

    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()


def code_of_types(fields: Iterable[ScreenField]) -> CodeOfTypes:
    """The code of the data types of *fields*, each once. It comes from the classes, never from a kept screen."""
    from engross.library import datatypes

    known = [datatypes.find(name) for name in dict.fromkeys(entry.datatype for entry in fields)]
    return CodeOfTypes(
        scripts=tuple(dict.fromkeys(kind.javascript for kind in known if kind is not None and kind.javascript)),
        styles=tuple(dict.fromkeys(kind.css for kind in known if kind is not None and kind.css)),
    )


def box_name(entry: ScreenField, option: Option | None) -> str:
    """The name of one checkbox of a group, as docassemble writes it: base64 of ``fruit[B'…']`` with the key inside as base64,
    ``R`` for the repr of a key that is no text, ``O`` for an object. Without an option: the box for none of them.

    Tools that drive interviews read the variable of a box from it (ALKiln's story tables).
    """
    if option is None:
        return encoded(f"{entry.path}[B'{encoded(NOTHING)}']")
    if option.variable is None:
        return encoded(f"{entry.path}[O'{encoded(str(option.value))}']")
    inner = option.variable[len(entry.path or "") + 1 : -1]
    if inner.startswith(("'", '"')):
        return encoded(f"{entry.path}[B'{encoded(option.key)}']")
    return encoded(f"{entry.path}[R'{encoded(inner)}']")


def to_data(value: Any) -> Json:
    """A Screen or one of its parts as JSON-able data. Bytes become Latin-1 text under ``{"__bytes__": …}``."""
    kind = type(value)
    if kind is str or kind is bool or kind is int or value is None:
        return value
    if dataclasses.is_dataclass(kind):
        return {
            name: to_data(item)
            for name, default in _defaults(kind)
            if (item := getattr(value, name)) is not default and item != default and not _is_empty(item)
        }
    if isinstance(value, bytes):
        return {"__bytes__": value.decode("latin-1")}
    if isinstance(value, dict):
        return {str(key): to_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_data(item) for item in value]
    return value


@functools.cache
def _defaults(kind: type) -> tuple[tuple[str, Any], ...]:
    """(name, default) of each field of a dataclass."""
    return tuple((field.name, field.default) for field in dataclasses.fields(kind))


def _is_empty(value: Any) -> bool:
    return isinstance(value, tuple | dict) and not value


def from_data(data: Json) -> Screen:
    """The Screen that ``to_data`` was given."""
    return typing.cast("Screen", _restore(Screen, data))


def _restore(kind: Any, data: Json) -> Any:
    if not isinstance(data, dict | list):
        return data
    return _restorer(kind)(data)


@functools.cache
def _restorer(kind: Any) -> Callable[[Any], Any]:
    """What makes a value of the type *kind* from a list or a dictionary of data; the type is looked at once."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return lambda data: kind(**{name: _restore(hints[name], value) for name, value in data.items()})
    arguments = typing.get_args(kind)
    part = next((option for option in arguments if dataclasses.is_dataclass(option)), None)
    row = kind if typing.get_origin(kind) is tuple else next((option for option in arguments if typing.get_origin(option) is tuple), None)
    items = typing.get_args(row)

    def restore(data: Any) -> Any:
        if isinstance(data, dict):
            if data.keys() == {"__bytes__"}:
                return data["__bytes__"].encode("latin-1")
            return data if part is None else _restore(part, data)
        if row is None:
            return data
        if len(items) == 2 and items[1] is Ellipsis:
            return tuple([_restore(items[0], item) for item in data])
        return tuple([_restore(one, item) for one, item in zip(items, data, strict=True)])

    return restore
