"""A field of a screen as an input of a page: which kind, what it holds, which attributes.

Decides; ``templates/inputs.html`` writes. Data types that docassemble does not know either (``ssn``, ``phone``) are text boxes.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from engross.engine.screen import Json, Option, ScreenField, ShowIf, box_name, encoded
from engross.web.countries import country_of, country_options

Say = Callable[[str], str]
"""Our own words in the page's language."""
Write = Callable[[str | None], Markup]
"""An author's text as HTML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One radio button, checkbox or line of a list."""

    id: str
    name: str
    value: str
    label: Markup
    key: str = ""
    """The option's key, where the box has a name of its own."""
    text: str
    """The label without mark-up, for ``<option>``."""
    help: Markup | None = None
    image: Markup = field(default_factory=Markup)
    group: str | None = None
    css_class: str | None = None
    color: str | None = None
    selected: bool = False
    role: str | None = None
    """``none all other``: what a box does to its neighbours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What the template needs to write one field."""

    kind: str
    """Name of the macro: ``text area select combobox radios checkboxes checkbox files signature range hidden words parts``"""
    id: str
    name: str
    label: Markup | None
    has_label: bool
    optional: bool
    help: Markup | None
    under: Markup | None
    words: Markup | None
    """For ``words``: a note or HTML."""
    value: str = ""
    type: str = "text"
    type_class: str = ""
    """Class of the input that a data type of the interview's modules wants."""
    choices: tuple[Choice, ...] = ()
    groups: tuple[tuple[str | None, tuple[Choice, ...]], ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
    described_by: str = ""
    css_class: str = ""
    prefix: str | None = None
    floating: bool = False
    columns: str = ""
    """Bootstrap column class, when the author laid out a grid."""
    item_columns: str = ""
    conditions: tuple[Mapping[str, str], ...] = ()
    """Attributes of the boxes around the field that the browser shows and hides."""
    group: int | None = None
    required: bool = True
    held: str | None = None
    """Name of the file that was given before."""
    multiple: bool = False
    inline: bool = False
    field: ScreenField | None = None
    countries: Markup | None = None
    """For ``phone``: the options of the list beside it."""


BOOLEANS = {
    "yesno": ("checkbox", "True"),
    "yesnowide": ("checkbox", "True"),
    "noyes": ("checkbox", "False"),
    "noyeswide": ("checkbox", "False"),
}
RADIO_ANSWERS = {
    "yesnoradio": (("True", "Yes"), ("False", "No")),
    "noyesradio": (("False", "Yes"), ("True", "No")),
    "yesnomaybe": (("True", "Yes"), ("False", "No"), ("None", "I don’t know")),
    "noyesmaybe": (("False", "Yes"), ("True", "No"), ("None", "I don’t know")),
}
TYPES = {
    "date": "date",
    "time": "time",
    "datetime": "datetime-local",
    "email": "email",
    "tel": "tel",
    "phone": "tel",
    "password": "password",
    "color": "color",
    "month": "month",
    "week": "week",
    "search": "search",
    "url": "url",
    "al_international_phone": "tel",
    "ALVisiblePassword": "password",
}
AUTOCOMPLETE = {
    ".name.first": "given-name",
    ".name.middle": "additional-name",
    ".name.last": "family-name",
    ".address.zip": "postal-code",
    ".address.city": "address-level2",
    ".address.state": "address-level1",
    ".email": "email",
}
"""For the first person of an interview, whom it asks for himself: WCAG 1.3.5."""
FILES = {"file", "files", "camera", "user", "environment", "microphone", "camcorder"}
MANY = {"checkboxes", "object_checkboxes", "multiselect", "object_multiselect"}


key_of = encoded
"""The name of the form field that sets a path."""


def inputs_for(
    fields: Iterable[ScreenField],
    *,
    errors: Mapping[str, str],
    typed: Mapping[str, Sequence[str]],
    say: Say,
    block: Write,
    inline: Write,
    picture: Write,
    plain: Callable[[str | None], str],
    autofill: bool = True,
    language: str = "en",
    country: str = "US",
) -> list[Input]:
    """The inputs of a screen. *typed* goes before what the field holds, when a form comes back with a mistake. *autofill*: whether the
    browser may offer what was typed elsewhere; *country*: that telephone numbers are of, where they do not say."""
    maker = _Maker(
        errors=errors,
        typed=typed,
        say=say,
        block=block,
        inline=inline,
        picture=picture,
        plain=plain,
        autofill=autofill,
        language=language,
        country=country,
    )
    return [maker.make(one) for one in fields if one.active]


def in_rows(inputs: Sequence[Input]) -> list[list[Input]]:
    """Neighbours that the author laid out in a grid together, every other input alone."""
    rows: list[list[Input]] = []
    for one in inputs:
        if one.columns and rows and rows[-1][0].columns and rows[-1][0].group == one.group:
            rows[-1].append(one)
        else:
            rows.append([one])
    return rows


def kind_of(one: ScreenField) -> str:
    """Which macro writes the field."""
    datatype, style = one.datatype, one.input_type
    match datatype, style:
        case ("note" | "html" | "raw html" | "script" | "css", _):
            return "words"
        case _ if style == "hidden" or datatype == "hidden":
            return "hidden"
        case _ if datatype in FILES:
            return "files"
        case ("signature", _):
            return "signature"
        case (("multiselect" | "object_multiselect"), _):
            return "multiselect"
        case _ if datatype in MANY:
            return "checkboxes"
        case _ if _answers(one):
            return "radios"
        case _ if style in BOOLEANS or datatype in BOOLEANS or datatype == "boolean":
            return "checkbox"
        case ("range", _):
            return "range"
        case (_, "area") | ("area", _):
            return "area"
        case ("al_international_phone", _) if custom_of(one) is None:
            return "phone"
        case ("ThreePartsDate" | "BirthDate" | "ThreePartsDateExtended", _):
            return "parts"
        case _:
            return _kind_of_choice(one)


def _kind_of_choice(one: ScreenField) -> str:
    if one.input_type == "ajax":
        return "lookup"
    if not one.options:
        return "text"
    if one.input_type == "combobox" or one.datatype == "combobox":
        return "combobox"
    if one.input_type == "datalist":
        return "datalist"
    if one.input_type == "radio" or one.datatype in ("radio", "object_radio"):
        return "radios"
    return "select"


def _answers(one: ScreenField) -> tuple[tuple[str, str], ...] | None:
    """(what is sent, our word) of a question of yes and no with buttons, or None for other fields."""
    return RADIO_ANSWERS.get(one.input_type or "") or RADIO_ANSWERS.get(one.datatype)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    errors: Mapping[str, str]
    typed: Mapping[str, Sequence[str]]
    say: Say
    block: Write
    inline: Write
    picture: Write
    """The picture of a choice, by its name or address."""
    plain: Callable[[str | None], str]
    autofill: bool = True
    language: str = "en"
    country: str = "US"

    def make(self, one: ScreenField) -> Input:
        kind = kind_of(one)
        has_label = bool(one.label) and one.label != "no label"
        choices = self._choices(one, kind)
        error = self.errors.get(one.key)
        return Input(
            kind=kind,
            id=one.key,
            name=one.key,
            label=self.inline(one.label) if has_label else None,
            has_label=has_label,
            optional=self._is_marked_optional(one, kind),
            help=self.block(one.help) if one.help else None,
            under=self.block(one.under_text) if one.under_text else None,
            words=self.block(one.note) if one.note is not None else Markup(one.html or "") if kind == "words" else None,  # noqa: S704 - authors' HTML
            value=self._value(one),
            type=_type_of(one),
            type_class=str(custom.get("class") or "") if (custom := custom_of(one)) else "",
            choices=choices,
            groups=_grouped(choices),
            attributes=self._attributes(one, kind),
            error=error,
            described_by=" ".join(
                f"{one.key}-{part}"
                for part, there in (("help", one.help), ("under", one.under_text), ("error", error))
                if there
            ),
            css_class=one.css_class or "",
            prefix=(one.currency_symbol or "$") if one.datatype == "currency" else None,
            floating=bool(one.floating_label) and has_label and kind in ("text", "area", "select"),
            columns=_columns(one.grid),
            item_columns=_columns(one.item_grid),
            conditions=tuple(_condition(each, one) for each in one.show_if),
            group=one.group,
            required=one.required,
            held=_file_name(one.default),
            multiple=one.datatype == "files",
            inline=one.inline,
            field=one,
            countries=self._countries(one) if kind == "phone" else None,
        )

    def _countries(self, one: ScreenField) -> Markup:
        typed = next(iter(self.typed.get(f"{one.key}.country", ())), "")
        return country_options(self.language, typed or country_of(str(one.default or ""), self.country))

    def _is_marked_optional(self, one: ScreenField, kind: str) -> bool:
        if one.required or kind in ("words", "hidden", "checkbox", "checkboxes", "multiselect", "range"):
            return False
        return "optional" not in (one.label or "").lower() and "opcional" not in (one.label or "").lower()

    def _value(self, one: ScreenField) -> str:
        if one.key in self.typed:
            return next(iter(self.typed[one.key]), "")
        value = one.default
        if isinstance(value, bool) or value is None or isinstance(value, list | dict):
            return "" if not isinstance(value, bool) else str(value)
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return _for_browser(one.datatype, str(value))

    def _choices(self, one: ScreenField, kind: str) -> tuple[Choice, ...]:
        typed = self._ticked(one)
        if not one.options and (answers := _answers(one)):
            held = typed[0] if typed else str(one.default) if isinstance(one.default, bool) else None
            return tuple(
                Choice(
                    id=f"{one.key}_{n}", name=one.key, value=value, label=Markup(self.say(word)), text=self.say(word), selected=held == value  # noqa: S704 - our words
                )
                for n, (value, word) in enumerate(answers)
            )
        if kind == "checkbox" and not one.options:
            value = BOOLEANS.get(one.input_type or one.datatype, ("", "True"))[1]
            ticked = bool(typed) if typed is not None else one.default is not None and str(one.default) == value
            label = self.inline(one.label) if one.label and one.label != "no label" else Markup(self.say("Yes"))  # noqa: S704 - our own word
            return (Choice(id=one.key, name=one.key, value=value, label=label, text="", selected=ticked),)
        choices = [self._choice(one, option, n, typed) for n, option in enumerate(one.options)]
        if kind in ("checkboxes", "multiselect"):
            if one.all_of_the_above and one.all_key:
                choices.append(self._extra(one, one.all_key, one.all_of_the_above, "all", typed))
            if one.none_of_the_above and one.none_key:
                choices.append(self._extra(one, one.none_key, one.none_of_the_above, "none", typed))
        elif one.none_of_the_above and one.none_key:
            choices.append(self._extra(one, one.none_key, one.none_of_the_above, "other", typed))
        return tuple(choices)

    def _ticked(self, one: ScreenField) -> Sequence[str] | None:
        """The keys that a form came back with; one without any had nothing ticked. None when no form came."""
        if not self.typed:
            return None
        boxes = [option.key for option in one.options if box_name(one, option) in self.typed] if one.datatype in MANY else []
        if one.none_key is not None and box_name(one, None) in self.typed:
            boxes.append(one.none_key)
        return [*self.typed.get(one.key, ()), *boxes]

    def _choice(self, one: ScreenField, option: Option, n: int, typed: Sequence[str] | None) -> Choice:
        selected = option.key in typed if typed is not None else option.selected or _is_default(one.default, option)
        is_box = kind_of(one) == "checkboxes"
        return Choice(
            id=f"{one.key}_{n}",
            name=box_name(one, option) if is_box else one.key,
            value="True" if is_box else option.key,
            key=option.key,
            label=self.inline(option.label),
            text=self.plain(option.label),
            help=self.block(option.help) if option.help else None,
            image=self.picture(option.image),
            group=option.group,
            css_class=option.css_class,
            color=option.color,
            selected=selected,
        )

    def _extra(self, one: ScreenField, key: str, label: str, role: str, typed: Sequence[str] | None) -> Choice:
        is_box = role == "none" and kind_of(one) == "checkboxes"
        return Choice(
            id=f"{one.key}_{role}",
            name=box_name(one, None) if is_box else one.key,
            value="True" if is_box else key,
            key=key,
            label=self.inline(label),
            text=self.plain(label),
            selected=bool(typed and key in typed),
            role=role,
        )

    def _attributes(self, one: ScreenField, kind: str) -> dict[str, str]:
        found: dict[str, Json] = {}
        if kind == "lookup":
            found["data-trigger"] = one.extras.get("trigger at")
        if kind in ("text", "area", "range", "datalist", "phone"):
            found["minlength"], found["maxlength"] = one.minlength, one.maxlength
            found["placeholder"] = one.hint
        if kind in ("text", "range"):
            found["min"], found["max"], found["step"] = one.min, one.max, one.step
        if one.datatype in ("integer", "number", "currency", "float") and kind == "text":
            found["inputmode"] = "numeric" if one.datatype == "integer" else "decimal"
            found["autocomplete"] = "off"
        if kind == "area":
            found["rows"] = one.rows or 4
        if kind == "multiselect":
            found["size"] = one.rows or max(4, min(10, len(one.options)))
        if kind in ("text", "phone") and one.path:
            for ending, purpose in AUTOCOMPLETE.items():
                if one.path.startswith(("users[0]", "user.")) and one.path.endswith(ending):
                    found["autocomplete"] = purpose
        if not self.autofill and kind in ("text", "area", "phone"):
            found["autocomplete"] = "off"
        if kind == "files":
            found["accept"] = one.accept or {"camera": "image/*", "user": "image/*", "environment": "image/*", "microphone": "audio/*", "camcorder": "video/*"}.get(one.datatype)
            found["capture"] = {"camera": "environment", "user": "user", "environment": "environment", "microphone": "user"}.get(one.datatype)
            found["data-max-size"] = one.maximum_image_size
            found["data-image-type"] = one.image_upload_type
        if kind == "text" and (custom := custom_of(one)):
            found["data-custom"] = custom["name"]
            found |= {f"data-{name}": given for name in custom.get("parameters") or () if (given := one.extras.get(name)) is not None}
            if rule := custom.get("rule"):
                found[f"data-rule-{rule}"] = "true"
                found[f"data-msg-{rule}"] = one.validation_messages.get(rule) or custom.get("message")
        if one.extras.get("disabled") is True and kind not in ("words", "hidden", "signature"):
            found["disabled"] = found["data-fixed"] = "disabled"
        if one.required and kind not in ("words", "hidden", "checkboxes", "files", "checkbox"):
            found["aria-required"] = "true" if kind not in ("radios", "signature", "parts", "range") else None
        return {name: str(value) for name, value in found.items() if value is not None}


def custom_of(one: ScreenField) -> dict[str, Json] | None:
    """What a data type of the interview's modules says of its input, or None."""
    said = one.extras.get("custom")
    return said if isinstance(said, dict) else None


HTML_TYPES = {"tel", "email", "url", "number", "date", "time", "datetime-local", "month", "week", "color", "search", "password", "hidden"}


def _type_of(one: ScreenField) -> str:
    """The ``type`` of the input: a data type of the interview's modules chooses among HTML's."""
    custom = custom_of(one)
    if custom is not None and custom.get("type") in HTML_TYPES:
        return str(custom["type"])
    return TYPES.get(one.input_type or "", TYPES.get(one.datatype, "text"))


def _grouped(choices: Sequence[Choice]) -> tuple[tuple[str | None, tuple[Choice, ...]], ...]:
    """Choices under their group headings, in the order in which the groups first appear."""
    groups: dict[str | None, list[Choice]] = {}
    for choice in choices:
        groups.setdefault(choice.group, []).append(choice)
    return tuple((name, tuple(held)) for name, held in groups.items())


def _is_default(default: Json, option: Option) -> bool:
    match default:
        case None:
            return False
        case dict():
            return bool(default.get(str(option.value)) or default.get(option.key))
        case list():
            return option.value in default
        case _:
            return bool(option.value == default or str(option.value) == str(default))


def _for_browser(datatype: str, value: str) -> str:
    """A kept value in the form that native date and time inputs take."""
    if datatype == "date":
        return value[:10]
    if datatype == "datetime":
        return value[:16].replace(" ", "T")
    if datatype == "time":
        return value[:5]
    return value


def date_parts(value: str) -> tuple[str, str, str]:
    """(year, month, day) of a date written with the year first or last; empty texts for anything else."""
    for pattern in (r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})", r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})"):
        if found := re.match(pattern, value):
            return found["y"], found["m"], found["d"]
    return "", "", ""


def _file_name(default: Json) -> str | None:
    match default:
        case {"name": str(name)} | [{"name": str(name)}, *_]:
            return name
    return None


def _columns(grid: Json) -> str:
    """Bootstrap classes for docassemble's ``grid``: a width of 12, or width, offset and breakpoint."""
    if not grid:
        return ""
    given: dict[str, Any] = grid if isinstance(grid, dict) else {"width": grid}
    size = given.get("breakpoint") or "md"
    classes = [f"col-{size}-{given.get('width') or 6}"]
    if given.get("offset"):
        classes.append(f"offset-{size}-{given['offset']}")
    return " ".join(classes)


def _condition(condition: ShowIf, one: ScreenField) -> dict[str, str]:
    """Attributes as docassemble writes them, because tools that drive interviews read them."""
    sign = "1" if condition.kind in ("show", "enable") else "0"
    mode = "1" if condition.kind in ("enable", "disable") else "0"
    if condition.script is not None:
        described = json.dumps({"expression": condition.script, "sign": sign == "1", "mode": int(mode)})
        return {
            "class": "dashowif dajsshowif",
            "data-saveas": one.key,
            "data-jsshowif": base64.b64encode(described.encode()).decode(),
            "data-showif-sign": sign,
            "data-showif-mode": mode,
        }
    value = condition.value
    return {
        "class": "dashowif",
        "data-saveas": one.key,
        "data-showif-sign": sign,
        "data-showif-mode": mode,
        "data-showif-var": condition.key or "",
        "data-showif-val": "True" if value is None else str(value),
    }
