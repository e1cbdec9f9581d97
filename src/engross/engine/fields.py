"""Fields: one entry under ``fields`` as it appears on the screen: label, choices, default, conditions."""

from __future__ import annotations

import base64
import datetime
import decimal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engross import names
from engross.context import current
from engross.engine import choices
from engross.engine.choices import Selection
from engross.engine.screen import Json, Option, ScreenField, ShowIf
from engross.errors import Undefined
from engross.language import blocks
from engross.language.blocks import Condition, Field, FieldCondition
from engross.library import datatypes
from engross.library.dates import as_datetime
from engross.library.words import word

if TYPE_CHECKING:
    from engross.engine.solver import Goal, Solver

BOOLEAN = {
    "yesno": 1, "yesnowide": 1, "yesnoradio": 1, "noyes": -1, "noyeswide": -1, "noyesradio": -1,
}  # fmt: skip
THREESTATE = {"yesnomaybe": 1, "noyesmaybe": -1}
INPUTS = {"radio", "combobox", "datalist", "dropdown", "ajax", "area", "hidden"}
OBJECTS = {"object", "object_radio"}
OBJECT_SETS = {"object_checkboxes", "object_multiselect"}
KEY_SETS = {"checkboxes", "multiselect"}
MANY = OBJECT_SETS | KEY_SETS
FILES = {"file", "files", "camera", "user", "environment", "camcorder", "microphone"}
NEVER_REQUIRED = {"yesno", "yesnowide", "noyes", "noyeswide", "range"}


def key_for(path: str) -> str:
    """The name of the form field for *path*."""
    return base64.urlsafe_b64encode(path.encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field takes (docassemble's ``datatype``) and how it looks (``inputtype``)."""

    datatype: str
    input_type: str | None = None
    sign: int = 0
    """1 for yes/no, -1 for no/yes, 0 for anything else."""


def kind_of(entry: Field) -> Kind:
    """The Kind of *entry*: ``yesnoradio`` is a boolean with that input, ``area`` a text with that input."""
    name, input_type = entry.datatype, entry.input_type
    if name in BOOLEAN:
        return Kind("boolean", name, BOOLEAN[name])
    if name in THREESTATE:
        return Kind("threestate", name, THREESTATE[name])
    if name == "boolean" and input_type in BOOLEAN:
        return Kind("boolean", input_type, BOOLEAN[input_type])
    if name == "threestate" and input_type in THREESTATE:
        return Kind("threestate", input_type, THREESTATE[input_type])
    if name == "mlarea":
        return Kind("ml", "area")
    if name == "pulldown":
        return Kind("text", "dropdown")
    if name in INPUTS:
        return Kind("text", name)
    return Kind(name, "dropdown" if input_type == "pulldown" else input_type)


@dataclass(slots=True)
class Asking:
    """One question while its fields are being made."""

    block: blocks.Question
    solver: Solver
    goal: Goal
    group: int | None = None
    """List collect: the item these fields are for."""
    iterator: str | None = None
    """List collect: the index that counts the items."""
    defaults: bool = True
    """False for list items beyond those there are: nothing is looked up for them."""
    emptied: list[tuple[str, Callable[[], Any]]] = field(default_factory=list)
    """Fields with nothing to choose, and the value that each then gets."""
    can_be_asked: bool = False
    """Whether any field has something to answer."""
    number: int = 0

    def bind(self, text: str) -> str:
        """*text*, a variable as written, as the path it means now."""
        if self.group is not None and self.iterator is not None:
            text = text.replace(f"[{self.iterator}]", f"[{self.group}]")
        return self.goal.bind(text, self.solver.answers.namespace)

    def next_number(self) -> int:
        """A number for a field that sets nothing."""
        self.number += 1
        return self.number - 1


def field_entries(asking: Asking) -> list[Field]:
    """All fields of the question, those that code gives included."""
    from engross.language.computed import fields_from_data

    block, solver = asking.block, asking.solver
    entries: list[Field] = []
    listed: list[Any] = list(block.fields)
    if block.fields_code is not None:
        listed.append(blocks.FieldsFromCode(block.fields_code))
    for entry in listed:
        if isinstance(entry, Field):
            entries.append(entry)
            continue
        data = solver.evaluate(entry.code)
        data = getattr(data, "elements", data)
        if not isinstance(data, list):
            data = [data]
        for made in fields_from_data(data, where=entry.code.where, package=block.package):
            if isinstance(made, Field):
                entries.append(made)
    return entries


def make(entries: list[Field], asking: Asking) -> list[ScreenField]:
    """The screen's fields. First everything that can be chosen, so that a question with nothing to choose is noticed; then
    the rest."""
    offered = {id(entry): _offer(entry, asking) for entry in entries}
    return [_make_field(entry, offered[id(entry)], asking) for entry in entries]


# ------------------------------------------------------------------------------------------------------------- choices


def _offer(entry: Field, asking: Asking) -> list[Selection]:
    """What can be chosen in *entry*; empty for fields without choices."""
    kind = kind_of(entry)
    if kind.input_type in ("combobox", "datalist"):
        asking.can_be_asked = True
    if entry.choices is None:
        asking.can_be_asked = True
        return []
    if kind.datatype in OBJECTS | OBJECT_SETS:
        chosen = None
        if kind.datatype in OBJECT_SETS and asking.defaults and entry.variable:
            chosen = _present(asking.bind(entry.variable), asking)
        found = choices.objects(entry, asking.solver, chosen=chosen)
    else:
        found = choices.listed(entry.choices, asking.solver)
    if found:
        asking.can_be_asked = True
    elif entry.variable and asking.defaults and kind.input_type not in ("combobox", "datalist"):
        path = asking.bind(entry.variable)
        asking.emptied.append((path, lambda: empty_value(kind.datatype, path, asking.solver)))
    return found


def empty_value(datatype: str, path: str, solver: Solver) -> Any:
    """What a field with nothing to choose sets: an empty, gathered collection, or None."""
    from engross.library.namespace import find

    if datatype not in MANY:
        return None
    present = _value_at(path, solver.answers.namespace)
    made = present if hasattr(present, "elements") else find("DADict" if datatype in KEY_SETS else "DAList")(path, auto_gather=False)
    made.gathered = True
    return made


def _value_at(path: str, namespace: Mapping[str, Any]) -> Any:
    moment = current().moment
    before, moment.probing = moment.probing, True
    try:
        return names.get(namespace, path)
    except (KeyError, IndexError, AttributeError, TypeError, NameError, ValueError, Undefined):
        return None
    finally:
        moment.probing = before


def _present(path: str, asking: Asking) -> Any:
    return _value_at(path, asking.solver.answers.namespace)


# -------------------------------------------------------------------------------------------------------------- fields


def _make_field(entry: Field, offered: list[Selection], asking: Asking) -> ScreenField:
    kind = kind_of(entry)
    solver = asking.solver
    path = asking.bind(entry.variable) if entry.variable else None
    if entry.variable is None:
        datatype = "note" if entry.note is not None else ("raw html" if entry.raw else "html")
        kind = Kind(datatype)
    made = ScreenField(
        key=key_for(path) if path else f"_field_{asking.next_number()}",
        variable=entry.variable,
        path=path,
        datatype=kind.datatype,
        input_type=kind.input_type,
        active=_is_active(entry, asking),
        group=asking.group,
        object_path=kind.datatype in OBJECTS | OBJECT_SETS,
    )
    if not made.active:
        return made
    default = _default(entry, path, asking) if path else None
    options = _options(offered, kind, path, default, entry)
    value = solver.value
    required = entry.required if isinstance(entry.required, bool) else bool(value(entry.required))
    if kind.input_type in NEVER_REQUIRED and entry.required is True:
        required = False
    if kind.datatype == "range" and entry.required is True:
        required = False
    if entry.disable_others:
        required = False
    made = replace(
        made,
        label="no label" if entry.no_label else (solver.render(entry.label) if entry.label else None),
        required=required,
        default=as_json(default, kind.datatype),
        options=options,
        none_of_the_above=_of_the_above(entry.none_of_the_above, kind, word("None of the above"), solver),
        all_of_the_above=_of_the_above(entry.all_of_the_above, kind, word("All of the above"), solver, default=False),
        hint=_plain_words(entry.hint, solver),
        help=_words(entry.help, solver),
        note=_words(entry.note, solver),
        html=_words(entry.html, solver),
        under_text=_words(entry.under_text, solver),
        show_if=_conditions(entry, asking),
        min=_plain(value(_or_default(entry.min, kind, "default date min", solver))),
        max=_plain(value(_or_default(entry.max, kind, "default date max", solver))),
        minlength=_whole(value(entry.minlength)),
        maxlength=_whole(value(entry.maxlength)),
        step=_plain(value(entry.step)),
        validation_messages={key: solver.render(text) for key, text in entry.validation_messages.items()},
        rows=_whole(value(entry.rows)),
        accept=_optional(value(entry.accept)),
        maximum_image_size=_whole(value(_or_default(entry.maximum_image_size, kind, "maximum image size", solver))),
        image_upload_type=_optional(value(_or_default(entry.image_upload_type, kind, "image upload type", solver))),
        address_autocomplete=_plain(value(entry.address_autocomplete)),
        label_above_field=_truth(value(entry.label_above_field)),
        floating_label=_truth(value(entry.floating_label)),
        grid=_plain(value(entry.grid)),
        item_grid=_plain(value(entry.item_grid)),
        css_class=_plain_words(entry.css_class, solver),
        currency_symbol=_plain_words(entry.currency_symbol, solver),
        inline=bool(entry.inline),
        disable_others=_others(entry.disable_others, asking),
        uncheck_others=_others(entry.uncheck_others, asking),
        check_others=_others(entry.check_others, asking),
        extras={key: _plain(value(given)) for key, given in entry.extras.items()} | _extras(entry, kind),
    )
    if kind.datatype in MANY and _some_must_be_chosen(made, kind):
        made = replace(made, none_of_the_above=None)
    if made.none_of_the_above is not None:
        made = replace(made, none_key=f"_none_{made.key}")
    if made.all_of_the_above is not None:
        made = replace(made, all_key=f"_all_{made.key}")
    _try_validator(entry, kind, solver)
    return made


USUAL_TRIGGER = 4
"""Letters to be typed before choices are looked up, where ``trigger at`` says nothing."""


def _extras(entry: Field, kind: Kind) -> dict[str, Json]:
    extras: dict[str, Json] = {}
    if kind.input_type == "ajax":
        extras["trigger at"] = entry.extras.get("trigger at", USUAL_TRIGGER)
    if kind.sign:
        extras["sign"] = kind.sign
    if entry.shuffle:
        extras["shuffle"] = True
    custom = datatypes.find(entry.datatype)
    if custom is not None:
        said = {"class": custom.input_class, "type": custom.input_type, "rule": custom.jq_rule, "message": custom.jq_message}
        names_of_parameters = (*custom.parameters, *custom.code_parameters, *custom.mako_parameters)
        extras["custom"] = {"name": custom.name, "parameters": list(names_of_parameters)} | {key: said[key] for key in said if said[key]}
    if entry.validate is not None:
        extras["validate"] = True
    return extras


def _try_validator(entry: Field, kind: Kind, solver: Solver) -> None:
    """Call the ``validate`` function once, so that what it needs is asked before the screen and not after."""
    if entry.validate is None:
        return
    function = solver.evaluate(entry.validate)
    samples: dict[str, Any] = {
        "number": 0, "integer": 0, "currency": 0, "range": 0, "date": "01/01/1970", "time": "12:00 AM",
        "datetime": "01/01/1970 12:00 AM", "boolean": True, "threestate": True, "text": "", "password": "", "email": "",
    }  # fmt: skip
    if kind.datatype not in samples:
        return
    from engross.engine.evaluation import is_visible_error

    try:
        function(samples[kind.datatype])
    except Undefined:
        raise
    except Exception as error:  # noqa: BLE001 - a sample is not an answer: only what is undefined matters here
        if not is_visible_error(error):
            return


def _is_active(entry: Field, asking: Asking) -> bool:
    """Whether the server shows the field: the conditions it decides itself."""
    for condition in entry.conditions:
        if condition.code is None:
            continue
        holds = bool(asking.solver.evaluate(condition.code))
        if condition.kind is Condition.SHOW and not holds:
            return False
        if condition.kind is Condition.HIDE and holds:
            return False
    return True


def _conditions(entry: Field, asking: Asking) -> tuple[ShowIf, ...]:
    return tuple(
        _condition(condition, asking)
        for condition in entry.conditions
        if condition.code is None and (condition.variable is not None or condition.script is not None)
    )


def _condition(condition: FieldCondition, asking: Asking) -> ShowIf:
    kind = condition.kind.value.split()[0]
    if condition.script is not None:
        return ShowIf(kind=kind, script=asking.solver.plain(condition.script).strip())
    assert condition.variable is not None  # noqa: S101 - `_conditions` looked
    path = asking.bind(condition.variable)
    wanted = asking.solver.value(condition.value)
    return ShowIf(kind=kind, variable=path, key=key_for(path), value=True if wanted is None else _plain(wanted))


def _options(
    offered: list[Selection], kind: Kind, path: str | None, default: Any, entry: Field
) -> tuple[Option, ...]:
    if not offered and kind.sign:
        return ()
    return tuple(
        Option(
            key=key,
            label=selection.label,
            value=True if kind.datatype in KEY_SETS else _plain(selection.value),
            variable=f"{path}[{selection.value!r}]" if kind.datatype in KEY_SETS and path else None,
            help=selection.help,
            image=selection.image,
            group=selection.group,
            css_class=selection.css_class,
            color=selection.color,
            selected=selection.default or _is_chosen(selection.value, default, kind),
        )
        for key, selection in zip(option_keys([one.value for one in offered], kind.datatype), offered, strict=True)
    )


def option_keys(values: Sequence[Any], datatype: str) -> list[str]:
    """What the browser sends for each of *values*: the value as text; of objects the base64 of their names. Where two would be
    the same, or one empty, the position is added."""
    found: list[str] = []
    for n, value in enumerate(values):
        key = key_for(str(value)) if datatype in OBJECTS | OBJECT_SETS else str(value)
        found.append(key if key and key not in found else f"{key}~{n}")
    return found


def _is_chosen(value: Any, default: Any, kind: Kind) -> bool:
    if default is None:
        return False
    if kind.datatype in OBJECTS:
        return bool(getattr(default, "instanceName", None) == value)
    elements = getattr(default, "elements", default)
    if kind.datatype in OBJECT_SETS:
        return any(getattr(item, "instanceName", None) == value for item in elements or ())
    if isinstance(elements, dict):
        return bool(elements.get(value, elements.get(str(value), False)))
    if isinstance(elements, list | set | tuple):
        return bool(value in elements or str(value) in elements)
    return str(elements) == str(value)


def _of_the_above(
    given: Any, kind: Kind, usual: str, solver: Solver, *, default: bool = True
) -> str | None:
    """The label of "None of the above" where it is offered: by default for collections of boxes, never elsewhere."""
    if given is None:
        given = default and kind.datatype in MANY
    if given is False:
        return None
    if kind.datatype not in MANY and kind.datatype != "object_radio":
        return None
    return usual if given is True else str(solver.value(given))


def _some_must_be_chosen(made: ScreenField, kind: Kind) -> bool:
    """Whether the numbers set on the choices leave no room for choosing none: "None of the above" is then not offered."""
    exactly = made.minlength == made.maxlength
    return bool(made.minlength and made.minlength > 0 and (exactly or kind.datatype.endswith("checkboxes")))


def _default(entry: Field, path: str | None, asking: Asking) -> Any:
    """The value shown at first: the one before going back, the present one, the one that was invalidated, the author's."""
    assert path is not None  # noqa: S101 - the caller looked
    solver = asking.solver
    if asking.defaults:
        if solver.before is not None:
            value = _value_at(path, solver.before)
            if value is not None:
                return value
        value = _value_at(path, solver.answers.namespace)
        if value is not None:
            return value
        if path in solver.answers.dirty:
            return solver.answers.dirty[path]
    if kind_of(entry).datatype in OBJECTS | OBJECT_SETS:
        return None
    return solver.value(entry.default)


def as_json(value: Any, datatype: str = "text") -> Json:
    """A default as the page needs it: text, number or truth; ISO dates; the chosen keys of a collection."""
    custom = datatypes.find(datatype)
    match value:
        case None:
            return None
        case bool() | int() | float():
            return value
        case _ if custom is not None and not hasattr(value, "elements"):
            return str(custom.type.call_default_for(value))
        case str():
            return _moment_text(value, datatype) if datatype in ("date", "datetime") else value
        case decimal.Decimal():
            return float(value)
        case datetime.datetime():
            return value.date().isoformat() if datatype == "date" else value.strftime("%Y-%m-%dT%H:%M")
        case datetime.date():
            return value.isoformat()
        case datetime.time():
            return value.strftime("%H:%M")
        case dict():
            return [str(key) for key, chosen in value.items() if chosen]
        case list() | set() | tuple():
            return [getattr(item, "instanceName", None) or _plain(item) for item in value]
    elements = getattr(value, "elements", None)
    if datatype in FILES:
        return None
    if isinstance(elements, dict):
        return [str(key) for key, chosen in elements.items() if chosen]
    if isinstance(elements, list | set):
        return [getattr(item, "instanceName", str(item)) for item in elements]
    if datatype in OBJECTS and hasattr(value, "instanceName"):
        return str(value.instanceName)
    if hasattr(value, "instanceName"):
        return None
    return str(value)


def _moment_text(text: str, datatype: str) -> str:
    """A date as people write it (``${ today() }`` gives "November 24, 2026") as native inputs take it; other text as it is."""
    try:
        moment = as_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return text
    return str(moment.strftime("%Y-%m-%d" if datatype == "date" else "%Y-%m-%dT%H:%M"))


def _plain(value: Any) -> Json:
    """*value* as JSON: constants and containers of them as they are, anything else as text."""
    value = getattr(value, "elements", value)
    match value:
        case None | bool() | int() | float() | str():
            return value
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple() | set():
            return [_plain(item) for item in value]
        case datetime.date() | datetime.time():
            return value.isoformat()
    return str(value)


plain = _plain


_DEFAULTS_FOR = {
    "default date min": {"date"}, "default date max": {"date"},
    "maximum image size": FILES, "image upload type": FILES,
}  # fmt: skip
"""Key of ``features`` → the data types of the fields for which it speaks."""


def _or_default(given: Any, kind: Kind, feature: str, solver: Solver) -> Any:
    """What the field says, or else what the interview's ``features`` say for all fields of its kind."""
    if given is not None or kind.datatype not in _DEFAULTS_FOR[feature]:
        return given
    said = solver.interview.features.get(feature)
    return _moment_text(str(said), "date") if said is not None and "date" in feature else said


def _words(text: Any, solver: Solver) -> str | None:
    """Rendered and stripped; None for nothing."""
    if text is None:
        return None
    words = solver.render(text).strip()
    return words or None


def _plain_words(text: Any, solver: Solver) -> str | None:
    """Like ``_words``, for what is no Markdown."""
    return None if text is None else solver.plain(text).strip() or None


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)


def _whole(value: Any) -> int | None:
    try:
        return int(float(value))
    except (TypeError, ValueError):
        return None


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _others(given: bool | tuple[str, ...], asking: Asking) -> bool | tuple[str, ...]:
    if isinstance(given, bool):
        return given
    return tuple(asking.bind(path) for path in given)


def bound_owner_paths(variables: list[str]) -> list[str]:
    """What must exist before *variables* can be set: the part before the last dot, and before the last bracket."""
    found: list[str] = []
    for variable in variables:
        steps = names.parse(variable)
        for kind in (names.Attribute, names.Item):
            places = [n for n, step in enumerate(steps.steps) if isinstance(step, kind)]
            if places:
                owner = str(names.Path(steps.root, steps.steps[: places[-1]]))
                if owner not in found:
                    found.append(owner)
    return found


