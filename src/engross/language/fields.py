"""Fields: what stands under ``fields``, ``choices``, ``buttons`` and ``review``, in all its written forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engross.errors import nearest
from engross.language.blocks import (
    Block,
    Choice,
    Choices,
    Condition,
    Expression,
    Field,
    FieldCondition,
    FieldsFromCode,
    ReviewItem,
    Text,
    Value,
)
from engross.language.expressions import is_mako
from engross.language.reader import Reader, as_words, is_variable, normal, plain
from engross.language.source import Listing, Mapping

Embed = Callable[[Mapping], Block]
"""Parses the block inside a choice."""

FILE_TYPES = ("file", "files", "camera", "user", "environment")
OBJECT_TYPES = ("object", "object_radio", "object_multiselect", "object_checkboxes")
CHECKBOX_TYPES = ("checkboxes", "object_checkboxes", "multiselect", "object_multiselect")
TICK_TYPES = ("yesno", "yesnowide", "noyes", "noyeswide")
STANDARD_TYPES = frozenset(
    {
        "text", "integer", "number", "currency", "float", "range", "date", "datetime", "time", "email", "password", "boolean",
        "threestate", "yesno", "yesnowide", "yesnoradio", "yesnomaybe", "noyes", "noyeswide", "noyesradio", "noyesmaybe", "raw",
        "camcorder", "microphone", "ml", "mlarea", *FILE_TYPES, *OBJECT_TYPES, *CHECKBOX_TYPES,
    }
)  # fmt: skip
"""docassemble's own data types; others come from custom data types of packages."""
BROWSER_TYPES = frozenset({"tel", "phone", "url", "color", "month", "week", "search", "ssn"})
"""Types that docassemble hands to the browser as they are; most are a text box with a keyboard of its own."""
TOOLBOX_TYPES = frozenset({"al_international_phone", "ThreePartsDate", "ThreePartsDateExtended", "BirthDate", "ALVisiblePassword"})
"""Custom data types of ALToolbox that Engross shows without that package."""
INPUT_TYPES = ("radio", "combobox", "datalist", "pulldown", "dropdown", "ajax")
"""Data types that are a text with a way to enter it."""
CHOICE_ACTIONS = (
    "continue", "restart", "refresh", "signin", "register", "exit", "logout", "exit_logout", "leave", "new_session",
)  # fmt: skip
"""What a button without a variable can do."""


# -------------------------------------------------------------------------------------------------------------- choices


def parse_manual_choices(reader: Reader, container: Mapping, key: str) -> Choices:
    """``choices`` of a field: a list of texts, pairs or mappings, or a mapping label → value."""
    data = container[key]
    if isinstance(data, Mapping):
        # docassemble sorts a mapping by its values; a list keeps its order.
        ordered = sorted(data, key=lambda label: as_words(data[label]))
        return Choices(items=tuple(_choice(reader, data, label) for label in ordered))
    if not isinstance(data, Listing):
        raise reader.error(f"`{key}` must be a list, a mapping, or `code`.", container, key)
    items: list[Choice] = []
    for n, entry in enumerate(data):
        match entry:
            case Mapping():
                items += _manual_entry(reader, entry)
            case Listing() if len(entry) >= 2:
                items.append(Choice(label=_label(reader, entry, 1), value=_constant(reader, entry, 0)))
            case Listing():
                raise reader.error("A choice written as a list needs a value and a label.", data, n)
            case _:
                items.append(Choice(label=_label(reader, data, n), value=_word_or_text(reader, data, n)))
    return Choices(items=tuple(items))


_EXTRA_KEYS = ("default", "help", "image", "group", "css class", "color", "show if")


def _manual_entry(reader: Reader, entry: Mapping) -> list[Choice]:
    if "label" in entry and ("key" in entry or "value" in entry):
        value_key = "key" if "key" in entry else "value"
        return [Choice(label=_label(reader, entry, "label"), value=_constant(reader, entry, value_key), **_extras(reader, entry))]
    labels = [key for key in entry if len(entry) == 1 or key not in _EXTRA_KEYS]
    extras = _extras(reader, entry) if len(entry) > 1 else {}
    return [_choice(reader, entry, label, **extras) for label in labels]


def _choice(reader: Reader, entry: Mapping, label: Any, **extras: Any) -> Choice:
    return Choice(
        label=reader.make_text(as_words(label), reader.where_key(entry, label)), value=_constant(reader, entry, label), **extras
    )


def _label(reader: Reader, container: Mapping | Listing, key: Any) -> Text:
    return reader.text(container, key) or reader.make_text("None", reader.where(container, key))


def _constant(reader: Reader, container: Mapping | Listing, key: Any) -> Any:
    """What is set when this is chosen: a constant, a text with Mako, or, for custom data types, lists and mappings of constants."""
    value = container[key]
    if isinstance(value, Mapping | Listing):
        return plain(value)
    if isinstance(value, str) and is_mako(value):
        return reader.make_text(value, reader.where(container, key))
    return value if isinstance(value, bool | int | float | str | None) else as_words(value)


def _word_or_text(reader: Reader, container: Listing, key: int) -> Value:
    value = _constant(reader, container, key)
    return value if isinstance(value, str | Text) else as_words(value)


def _extras(reader: Reader, entry: Mapping) -> dict[str, Any]:
    """What a choice may have beside its label and value."""
    return {
        "help": reader.text(entry, "help"),
        "default": _default_mark(reader, entry),
        "image": reader.word(entry, "image"),
        "group": reader.word(entry, "group"),
        "css_class": reader.word(entry, "css class"),
        "color": reader.word(entry, "color"),
        "show_if": reader.expression(entry, "show if"),
    }


def _default_mark(reader: Reader, entry: Mapping) -> bool:
    value = entry.get("default", False)
    return value is True or (isinstance(value, str) and value.strip().lower() in ("true", "yes", "1"))


def parse_block_choices(reader: Reader, container: Mapping, key: str, *, sets_field: bool, embed: Embed) -> Choices:
    """``choices``, ``buttons``, ``dropdown`` or ``combobox`` of a question.

    With a ``field`` the values are what it is set to; without one they are actions, embedded blocks, or the labels themselves.
    """
    data = container[key]
    if isinstance(data, Mapping):
        entries = [_single(data, label) for label in data]
    elif isinstance(data, Listing):
        entries = [entry if isinstance(entry, Mapping) else _own_label(reader, data, n) for n, entry in enumerate(data)]
    else:
        raise reader.error(f"`{key}` must be a list.", container, key)
    items = tuple(_block_choice(reader, entry, sets_field, embed) for entry in entries)
    if len(items) == 1 and items[0].code is not None:
        return Choices(code=items[0].code)
    return Choices(items=items)


def _single(data: Mapping, key: Any) -> Mapping:
    entry = Mapping(data.key_lines[key])
    entry[key], entry.key_lines[key], entry.lines[key] = data[key], data.key_lines[key], data.lines[key]
    return entry


def _own_label(reader: Reader, data: Listing, n: int) -> Mapping:
    if isinstance(data[n], Listing):
        raise reader.error("A choice of a question must be a text or a mapping.", data, n)
    entry = Mapping(data.lines[n])
    label = as_words(data[n])
    entry[label], entry.key_lines[label], entry.lines[label] = data[n], data.lines[n], data.lines[n]
    return entry


def _block_choice(reader: Reader, entry: Mapping, sets_field: bool, embed: Embed) -> Choice:
    several = len(entry) > 1
    extras = _extras(reader, entry) if several else {}
    labelled = "label" in entry and "value" in entry
    keys = [
        key for key in entry
        if not (several and (key in _EXTRA_KEYS or key == "label")) and not (key == "url" and several and not sets_field)
    ]  # fmt: skip
    if labelled:
        keys = ["value"]
    if not keys:
        raise reader.error("A choice needs a label.", entry)
    key = keys[0]
    label = _label(reader, entry, "label") if labelled else reader.make_text(as_words(key), reader.where_key(entry, key))
    value = entry[key]
    if sets_field:
        if key == "code" and not labelled:
            return Choice(label=label, code=reader.require_expression(entry, key), **extras)
        return Choice(label=label, value=_constant(reader, entry, key), **extras)
    match value:
        case Mapping():
            return Choice(label=label, block=embed(value), **extras)
        case str() if value in CHOICE_ACTIONS:
            reader.reading.question_number += 1  # docassemble counts these buttons as questions
            return Choice(label=label, action=value, url=reader.value(entry, "url") if several else None, **extras)
        case bool():
            return Choice(label=label, value=value, **extras)
        case str():
            # Without a variable the choice stands for itself; what is written behind the label has no meaning.
            return Choice(label=label, value=label if not label.plain else label.source, **extras)
    raise reader.error(f"The choice `{key}` must be a text, a block, or an action such as `restart`.", entry, key)


# --------------------------------------------------------------------------------------------------------------- fields

_COMMON_KEYS = (
    "datatype", "input type", "validation messages", "validate", "rows", "maximum image size", "image upload type", "accept",
    "file css class", "allow privileges", "allow users", "persistent", "private", "object labeler", "help generator",
    "image generator", "required", "disabled", "js show if", "js hide if", "js disable if", "js enable if", "show if", "hide if",
    "disable if", "enable if", "under text", "default", "hint", "help", "disable others", "uncheck others", "check others", "code",
    "address autocomplete", "label above field", "grid", "item grid", "floating label", "action", "trigger at", "exclude", "choices",
    "note", "html", "raw html", "field metadata", "min", "max", "minlength", "maxlength", "step", "scale", "inline", "inline width",
    "currency symbol", "css class", "shuffle", "group", "all of the above", "none of the above", "field", "label", "using",
    "keep for training",
)  # fmt: skip
FIELD_KEYS = frozenset(_COMMON_KEYS)
"""Every modifier of a field; any other key is a label."""


def parse_fields(reader: Reader, container: Mapping, key: str = "fields") -> tuple[tuple[Field | FieldsFromCode, ...], Expression | None]:
    """The fields, and the expression when ``fields`` is only ``{code: …}``."""
    data = container[key]
    if isinstance(data, Mapping):
        if list(data) == ["code"]:
            return (), reader.require_expression(data, "code")
        items = Listing(data.line)
        items.append(data)
        items.lines.append(data.line)
        data = items
    if not isinstance(data, Listing):
        raise reader.error("`fields` must be a list.", container, key)
    fields: list[Field | FieldsFromCode] = []
    for n, item in enumerate(data):
        if not isinstance(item, Mapping):
            raise reader.error("Each field must be a mapping, such as `- Fruit: favorite_fruit`.", data, n)
        if list(item) == ["code"]:
            fields.append(FieldsFromCode(reader.require_expression(item, "code")))
        else:
            fields.append(parse_field(reader, item))
    if len(fields) == 1 and isinstance(fields[0], FieldsFromCode):
        return (), fields[0].code
    return tuple(fields), None


def parse_field(reader: Reader, item: Mapping) -> Field:
    """One field of a list of fields."""
    datatype, input_type = _types(reader, item)
    variable, label, no_label = _variable_and_label(reader, item, datatype)
    _check_modifiers(reader, item, datatype)
    known: dict[str, Any] = {}
    for key in item:
        read = _FIELD_READERS.get(key)
        if read is not None:
            known.update(read(reader, item, key))
    extras = _custom_parameters(reader, item, datatype, variable)
    for key in ("disabled", "field metadata", "file css class", "group", "action", "trigger at", "using", "keep for training"):
        if key in item:
            extras[key] = plain(item[key]) if isinstance(item[key], Mapping | Listing) else reader.value(item, key)
    if not isinstance(item.get("default"), str | Mapping | Listing | None) and not item.keys() & {"datatype", "code", "choices"}:
        datatype = {bool: "boolean", int: "integer", float: "float"}.get(type(item["default"]), datatype)
    if datatype in OBJECT_TYPES and isinstance(item.get("default"), str | Listing):
        known["default"] = reader.expressions(item, "default")
    field = Field(
        where=reader.where(item),
        variable=variable,
        label=label,
        no_label=no_label,
        datatype=datatype,
        input_type=input_type,
        choices=_field_choices(reader, item, datatype),
        required=_required(reader, item, datatype),
        conditions=_conditions(reader, item),
        permissions=_permissions(reader, item),
        extras=extras,
        **known,
    )
    _claim_field(reader, field)
    return field


_ONLY_FOR: dict[str, tuple[str, ...]] = {
    "maximum image size": FILE_TYPES, "image upload type": FILE_TYPES, "accept": FILE_TYPES, "file css class": FILE_TYPES,
    "allow privileges": FILE_TYPES, "allow users": FILE_TYPES, "persistent": FILE_TYPES, "private": FILE_TYPES,
    "uncheck others": TICK_TYPES, "check others": TICK_TYPES, "object labeler": OBJECT_TYPES,
    "all of the above": ("checkboxes", "object_checkboxes"),
    "none of the above": ("checkboxes", "object_checkboxes", "object_radio"), "using": ("ml",), "keep for training": ("ml",),
}  # fmt: skip
"""Modifiers that mean something for some data types only."""


def _has_parameters(datatype: str) -> bool:
    """Whether it is (or may be) a custom data type, so that any key may be a parameter of it."""
    return datatype not in STANDARD_TYPES and datatype not in BROWSER_TYPES


def _check_modifiers(reader: Reader, item: Mapping, datatype: str) -> None:
    if _has_parameters(datatype):
        return
    for key, types in _ONLY_FOR.items():
        if key in item and datatype not in types:
            reader.notice(f"`{key}` has no effect on a field of type `{datatype}`.", reader.where_key(item, key))


def _types(reader: Reader, item: Mapping) -> tuple[str, str | None]:
    datatype = reader.word(item, "datatype") or "text"
    input_type = reader.word(item, "input type")
    if datatype in INPUT_TYPES:
        datatype, input_type = "text", datatype
    elif datatype == "mlarea":
        datatype, input_type = "ml", "area"
    elif datatype in ("area", "hidden"):
        datatype, input_type = "text", datatype
    if input_type == "pulldown":
        input_type = "dropdown"
    has_choices = "choices" in item or "code" in item
    if (datatype in OBJECT_TYPES or datatype in CHECKBOX_TYPES) and not has_choices:
        raise reader.error(f"A field of type `{datatype}` needs `choices` or `code`.", item)
    if input_type in ("radio", "combobox", "datalist", "dropdown") and not has_choices:
        raise reader.error(f"A field entered by `{input_type}` needs `choices` or `code`.", item)
    if input_type == "ajax" and "action" not in item:
        raise reader.error("A field of type `ajax` needs an `action`.", item)
    if input_type == "ajax" and has_choices:
        raise reader.error("The choices of a field of type `ajax` come from its `action`; take away `choices` or `code`.", item)
    if input_type == "ajax" and not isinstance(item["action"], str):
        raise reader.error("The `action` of a field of type `ajax` is the name of an event.", item, "action")
    if input_type == "ajax" and (not isinstance(trigger := item.get("trigger at", 4), int) or trigger < 2):
        raise reader.error("`trigger at` is how many letters are typed before something is looked up: a whole number from 2.", item, "trigger at")
    if datatype == "range" and not {"min", "max"} <= item.keys():
        raise reader.error("A field of type `range` needs `min` and `max`.", item)
    return datatype, input_type


def _variable_and_label(reader: Reader, item: Mapping, datatype: str) -> tuple[str | None, Text | None, bool]:
    labels = [key for key in item if key not in FIELD_KEYS]
    if "field" in item:
        variable = reader.variable(item, "field")
        hidden = item.get("input type") == "hidden" or item.get("datatype") == "hidden"
        if "label" not in item and not hidden:
            labels_for_field = [key for key in labels if key is None or key == "no label"]
            if not labels_for_field:
                raise reader.error("A field written with `field` also needs a `label`.", item)
        label = reader.text(item, "label")
        if label is None and item.get("input type") == "hidden":
            label = reader.make_text("hidden", reader.where(item, "field"))
        no_label = label is None or label.source == "no label"
        if not _has_parameters(datatype):
            for key in labels:
                _unknown_modifier(reader, item, key)
        return variable, None if no_label else label, no_label
    if "label" in item and not labels:
        raise reader.error("A field written with `label` also needs a `field`.", item)
    if _has_parameters(datatype) and len(labels) > 1:
        labels = _not_parameters(item, labels)
    if not labels:
        if item.keys() & {"note", "html", "raw html"}:
            return None, None, False
        raise reader.error("A field needs a label and a variable, such as `Fruit: favorite_fruit`, or must be a `note`.", item)
    if len(labels) > 1:
        wrong = max(labels, key=lambda key: (nearest(str(key), FIELD_KEYS) is not None, labels.index(key)))
        raise reader.error(
            f"A field has one label; `{wrong}` is neither a modifier nor can it be a second label.",
            item, wrong, near=nearest(str(wrong), FIELD_KEYS),
        )  # fmt: skip
    key = labels[0]
    if not isinstance(item[key], str):
        raise reader.error(
            f"`{key}` is no modifier of a field, so it is taken as a label, and must be followed by a variable name.",
            item, key, near=nearest(str(key), FIELD_KEYS),
        )  # fmt: skip
    variable = reader.variable(item, key)
    if key is None or key == "no label":
        return variable, None, True
    return variable, reader.make_text(as_words(key), reader.where_key(item, key)), False


def _not_parameters(item: Mapping, labels: list[Any]) -> list[Any]:
    """For a custom data type any key may be a parameter of it: the label is the first whose value is a variable."""

    candidates = [key for key in labels if isinstance(item[key], str) and is_variable(item[key])]
    return candidates[:1] or labels


def _custom_parameters(reader: Reader, item: Mapping, datatype: str, variable: str | None) -> dict[str, Any]:
    """Parameters that only the data type's own class understands."""
    if not _has_parameters(datatype):
        return {}
    found: dict[str, Any] = {}
    label_taken = "field" in item
    for key in item:
        if key in FIELD_KEYS or key is None:
            continue
        if not label_taken and isinstance(item[key], str) and item[key].strip().replace('"', "'") == (variable or ""):
            label_taken = True
            continue
        found[str(key)] = plain(item[key]) if isinstance(item[key], Mapping | Listing) else reader.value(item, key)
    return found


def _unknown_modifier(reader: Reader, item: Mapping, key: Any) -> None:
    reader.notice(
        f"Unknown modifier `{key}` of a field; it is ignored.", reader.where_key(item, key), near=nearest(str(key), FIELD_KEYS)
    )


def _required(reader: Reader, item: Mapping, datatype: str) -> bool | Expression:
    """Written, or by the data type; ``disable others`` takes it back unless ``required`` stands below it."""
    keys = list(item)
    disables = item.get("disable others", False) is not False
    if "required" in item and not (disables and keys.index("required") < keys.index("disable others")):
        return reader.flag(item, "required", default=True)
    if disables or item.get("disabled") is True:
        return False
    return datatype not in TICK_TYPES and datatype != "range"


def _field_choices(reader: Reader, item: Mapping, datatype: str) -> Choices | None:
    exclude = reader.expressions(item, "exclude")
    data = item.get("choices")
    if datatype in OBJECT_TYPES:
        if "choices" not in item:
            raise reader.error(f"A field of type `{datatype}` needs `choices`.", item)
        if isinstance(data, Mapping) and list(data) == ["code"]:
            return Choices(objects=(reader.require_expression(data, "code"),), exclude=exclude)
        return Choices(objects=reader.expressions(item, "choices"), exclude=exclude)
    if isinstance(data, Mapping) and list(data) == ["code"]:
        return Choices(code=reader.require_expression(data, "code"), exclude=exclude)
    if "code" in item:
        return Choices(code=reader.require_expression(item, "code"), exclude=exclude)
    if data is not None:
        listed = parse_manual_choices(reader, item, "choices")
        return Choices(items=listed.items, exclude=exclude)
    return None


_CONDITIONS = {kind.value: kind for kind in Condition}


def _conditions(reader: Reader, item: Mapping) -> tuple[FieldCondition, ...]:
    found: list[FieldCondition] = []
    scripted = [key for key in _CONDITIONS if f"js {key}" in item]
    for word, kind in _CONDITIONS.items():
        key = f"js {word}"
        if key in item:
            if not isinstance(item[key], str):
                raise reader.error(f"`{key}` must be JavaScript.", item, key)
            script = reader.make_text(item[key].strip(), reader.where(item, key))
            found.append(FieldCondition(kind=kind, script=script))
        if word not in item:
            continue
        data = item[word]
        if not (isinstance(data, Mapping) and list(data) == ["code"]) and scripted:
            raise reader.error(f"`{word}` and `js {scripted[0]}` cannot stand on the same field.", item, word)
        match data:
            case Mapping() if {"variable", "is"} <= data.keys() or "code" in data:
                if {"variable", "is"} <= data.keys():
                    found.append(FieldCondition(kind=kind, variable=reader.variable(data, "variable"), value=_match(reader, data)))
                if "code" in data:
                    found.append(FieldCondition(kind=kind, code=reader.require_expression(data, "code")))
                reader.check_keys(data, ("variable", "is", "code"), f"`{word}`")
            case str() if data.strip():
                found.append(FieldCondition(kind=kind, variable=reader.variable(item, word)))
            case _:
                raise reader.error(f"`{word}` must be a variable, `variable` with `is`, or `code`.", item, word)
    return tuple(found)


def _match(reader: Reader, data: Mapping) -> Value:
    value = reader.value(data, "is")
    if isinstance(value, str):
        return value.strip()
    return "None" if value is None else value


def _permissions(reader: Reader, item: Mapping) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in ("private", "persistent"):
        if key in item:
            found[key] = reader.flag(item, key)
    for key in ("allow users", "allow privileges"):
        data = item.get(key)
        if isinstance(data, Mapping) and list(data) == ["code"]:
            found[key] = reader.require_expression(data, "code")
        elif key in item:
            found[key] = reader.words(item, key)
    return found


def _claim_field(reader: Reader, field: Field) -> None:
    if field.variable is None:
        return
    reader.claim(field.variable)
    if field.datatype in CHECKBOX_TYPES:
        reader.claim(f"{field.variable}.gathered")
        if field.datatype in ("checkboxes", "multiselect") and field.choices is not None:
            for choice in field.choices.items:
                if not isinstance(choice.value, Text | Expression):
                    reader.claim(f"{field.variable}[{choice.value!r}]")
    elif field.datatype == "ml":
        reader.claim(field.variable.removesuffix(".text") if field.variable.endswith(".text") else f"{field.variable}.text")


def _one(name: str, read: Callable[[Reader, Mapping, str], Any]) -> Callable[[Reader, Mapping, str], dict[str, Any]]:
    return lambda reader, item, key: {name: read(reader, item, key)}


def _plain_value(reader: Reader, item: Mapping, key: str) -> Any:
    return reader.value(item, key)


def _default(reader: Reader, item: Mapping, key: str) -> Any:
    data = item[key]
    match data:
        case Mapping() if list(data) == ["code"]:
            return reader.require_expression(data, "code")
        case Mapping():
            return plain(data)
        case Listing():
            return tuple(reader.value(data, n) for n in range(len(data)))
    return reader.value(item, key)


def _others(reader: Reader, item: Mapping, key: str) -> bool | tuple[str, ...]:
    data = item[key]
    if isinstance(data, bool):
        return data
    if isinstance(data, Listing):
        return reader.variables(item, key)
    raise reader.error(f"`{key}` must be True, False or a list of variables.", item, key)


def _label_or_flag(reader: Reader, item: Mapping, key: str) -> bool | Text:
    data = item[key]
    return data if isinstance(data, bool) else reader.make_text("no label" if data is None else as_words(data), reader.where(item, key))


def _image_type(reader: Reader, item: Mapping, key: str) -> Value:
    word = reader.word(item, key) or ""
    return word.lower() if word.lower() in ("jpeg", "jpg", "bmp", "png") else reader.require_expression(item, key)


def _address(reader: Reader, item: Mapping, key: str) -> Any:
    data = item[key]
    return plain(data) if isinstance(data, Mapping) else reader.flag(item, key)


def _grid(reader: Reader, item: Mapping, key: str) -> Any:
    data = item[key]
    if isinstance(data, str | int):
        return reader.code_value(item, key)
    if not isinstance(data, Mapping) or "width" not in data:
        raise reader.error(f"`{key}` must be a width, or a mapping with `width`.", item, key)
    reader.check_keys(data, ("width", "label width", "offset", "start", "end", "breakpoint"), f"`{key}`")
    return {k: reader.value(data, k) if k == "breakpoint" else reader.code_value(data, k) for k in data}


def _inline(reader: Reader, item: Mapping, key: str) -> bool:
    return bool(item[key])


def _messages(reader: Reader, item: Mapping, key: str) -> dict[str, Text]:
    return parse_validation_messages(reader, item, key)


def _expression(reader: Reader, item: Mapping, key: str) -> Expression | None:
    return reader.expression(item, key)


def _text(reader: Reader, item: Mapping, key: str) -> Text | None:
    return reader.text(item, key)


def _raw_html(reader: Reader, item: Mapping, key: str) -> dict[str, Any]:
    return {"html": reader.text(item, key), "raw": True}


def _code_value(reader: Reader, item: Mapping, key: str) -> Value:
    return reader.code_value(item, key)


def _flag(reader: Reader, item: Mapping, key: str) -> bool | Expression:
    return reader.flag(item, key)


def _truth(reader: Reader, item: Mapping, key: str) -> bool:
    return bool(item[key])


_FIELD_READERS: dict[str, Callable[[Reader, Mapping, str], dict[str, Any]]] = {
    "default": _one("default", _default),
    "hint": _one("hint", _text),
    "help": _one("help", _text),
    "note": _one("note", _text),
    "html": _one("html", _text),
    "raw html": _raw_html,
    "under text": _one("under_text", _text),
    "min": _one("min", _plain_value),
    "max": _one("max", _plain_value),
    "minlength": _one("minlength", _plain_value),
    "maxlength": _one("maxlength", _plain_value),
    "step": _one("step", _plain_value),
    "scale": _one("scale", _plain_value),
    "inline width": _one("inline_width", _plain_value),
    "inline": _one("inline", _inline),
    "validate": _one("validate", _expression),
    "validation messages": _one("validation_messages", _messages),
    "none of the above": _one("none_of_the_above", _label_or_flag),
    "all of the above": _one("all_of_the_above", _label_or_flag),
    "disable others": _one("disable_others", _others),
    "uncheck others": _one("uncheck_others", _others),
    "check others": _one("check_others", _others),
    "shuffle": _one("shuffle", _truth),
    "object labeler": _one("object_labeler", _expression),
    "help generator": _one("help_generator", _expression),
    "image generator": _one("image_generator", _expression),
    "rows": _one("rows", _code_value),
    "accept": _one("accept", _expression),
    "maximum image size": _one("maximum_image_size", _code_value),
    "image upload type": _one("image_upload_type", _image_type),
    "address autocomplete": _one("address_autocomplete", _address),
    "label above field": _one("label_above_field", _flag),
    "floating label": _one("floating_label", _flag),
    "grid": _one("grid", _grid),
    "item grid": _one("item_grid", _grid),
    "css class": _one("css_class", _text),
    "currency symbol": _one("currency_symbol", _text),
}


def parse_validation_messages(reader: Reader, container: Mapping, key: str) -> dict[str, Text]:
    """``validation messages``: kind of mistake → what to say."""
    data = container.get(key)
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise reader.error(f"`{key}` must be a mapping.", container, key)
    return {str(kind): reader.require_text(data, kind) for kind in data}


# --------------------------------------------------------------------------------------------------------------- review

REVIEW_KEYS = (
    "label", "field", "fields", "button", "help", "note", "html", "raw html", "show if", "css class", "color", "action",
)  # fmt: skip
COMMANDS = ("recompute", "undefine", "invalidate", "set", "follow up")


def parse_review(reader: Reader, container: Mapping) -> tuple[ReviewItem, ...]:
    """``review``: a list of items, or one."""
    data = container["review"]
    if isinstance(data, Mapping):
        return (_review_item(reader, data),)
    if not isinstance(data, Listing):
        raise reader.error("`review` must be a list.", container, "review")
    for n, item in enumerate(data):
        if not isinstance(item, Mapping):
            raise reader.error("Each item of `review` must be a mapping, such as `- Fruit: favorite_fruit`.", data, n)
    return tuple(_review_item(reader, item) for item in data)


def _review_item(reader: Reader, item: Mapping) -> ReviewItem:
    labels = [key for key in item if key not in REVIEW_KEYS]
    label: Text | None = None
    targets: tuple[Any, ...] = ()
    if labels:
        # docassemble takes the last one when there are several.
        key = labels[-1]
        label = reader.make_text("no label" if key is None else as_words(key), reader.where_key(item, key))
        targets = _targets(reader, item, key)
        for other in labels[:-1]:
            reader.notice(
                f"An item of `review` has one label; `{other}` is ignored.", reader.where_key(item, other),
                near=nearest(str(other), REVIEW_KEYS),
            )  # fmt: skip
    for key in ("field", "fields"):
        if key in item:
            if "label" not in item and not labels:
                raise reader.error(f"An item of `review` with `{key}` also needs a `label`.", item, key)
            label = reader.text(item, "label") or label
            targets = _targets(reader, item, key)
    if "label" in item and not ({"field", "fields"} & item.keys()):
        raise reader.error("An item of `review` with `label` also needs `field` or `fields`.", item, "label")
    if "button" in item and "help" in item:
        raise reader.error("An item of `review` has `button` or `help`, not both.", item, "help")
    html = reader.text(item, "html") or reader.text(item, "raw html")
    if not targets and not (item.keys() & {"note", "html", "raw html"}):
        raise reader.error("An item of `review` needs a label with a variable, or must be a `note`.", item)
    return ReviewItem(
        where=reader.where(item),
        label=label,
        targets=targets,
        button=reader.text(item, "button"),
        help=reader.text(item, "help"),
        note=reader.text(item, "note"),
        html=html,
        raw="raw html" in item,
        show_if=reader.expressions(item, "show if"),
        css_class=reader.text(item, "css class"),
        color=reader.word(item, "color"),
        action=reader.word(item, "action"),
    )


def _targets(reader: Reader, item: Mapping, key: Any) -> tuple[Any, ...]:
    data = item[key]
    if not isinstance(data, Listing):
        if isinstance(data, Mapping):
            return (_command(reader, data),)
        return (reader.variable(item, key),)
    return tuple(
        _command(reader, target) if isinstance(target, Mapping) else reader.variable(data, n) for n, target in enumerate(data)
    )


def _command(reader: Reader, target: Mapping) -> dict[str, Any]:
    if "action" in target:
        arguments = target.get("arguments", Mapping(target.line))
        if not isinstance(arguments, Mapping | None):
            raise reader.error("`arguments` must be a mapping.", target, "arguments")
        return {"action": reader.word(target, "action"), "arguments": plain(arguments) or {}}
    if not target:
        raise reader.error("A command of a review is missing.", target)
    if len(target) != 1 or next(iter(target)) not in COMMANDS:
        wrong = next(iter(target))
        raise reader.error(f"`{wrong}` is no command of a review.", target, wrong, near=nearest(str(wrong), COMMANDS))
    command = next(iter(target))
    data = target[command]
    if not isinstance(data, Listing):
        raise reader.error(f"`{command}` must be followed by a list.", target, command)
    if command == "set":
        pairs: list[dict[str, Any]] = []
        for n, pair in enumerate(data):
            if not isinstance(pair, Mapping):
                raise reader.error("`set` must be followed by a list of `variable: value`.", data, n)
            pairs += [{_settable(reader, pair, variable): plain(pair[variable])} for variable in pair]
        return {"set": pairs}
    return {command: [reader.variable(data, n) for n in range(len(data))]}


def _settable(reader: Reader, pair: Mapping, variable: Any) -> str:

    if not isinstance(variable, str) or not is_variable(variable):
        raise reader.error(f"`{variable}` cannot be a variable name.", pair, variable)
    return normal(variable)
