"""Choices: what can be chosen in a field or a question, as Options.

Code may give choices in many shapes (docassemble's ``process_selections``): values, [value, label] pairs, one-item
dictionaries, dictionaries with ``label`` and ``value``, dictionaries of labels.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engross.errors import CodeError
from engross.language.blocks import Choice, Choices, Expression, Field
from engross.quoting import printed

if TYPE_CHECKING:
    from engross.engine.solver import Solver

_SIDE = ("default", "help", "image", "label", "group", "css class", "color", "show if")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """One thing that can be chosen, before it becomes an Option."""

    value: Any
    label: str
    default: bool = False
    help: str | None = None
    image: str | None = None
    group: str | None = None
    css_class: str | None = None
    color: str | None = None
    url: str | None = None
    action: str | None = None
    number: int = -1
    """Position among the choices as written, for choices with embedded blocks."""


def listed(choices: Choices, solver: Solver) -> list[Selection]:
    """What *choices* offers now; what is excluded or not shown is left out."""
    excluded = _flat([solver.evaluate(expression) for expression in choices.exclude])
    found: list[Selection] = []
    for number, choice in enumerate(choices.items):
        if choice.code is not None:
            found += _quoted(from_code(solver.evaluate(choice.code), excluded))
            continue
        if choice.show_if is not None and not solver.evaluate(choice.show_if):
            continue
        selection = _written(choice, number, solver)
        if not any(_equal(selection.value, other) for other in excluded):
            found.append(selection)
    if choices.code is not None:
        found += _quoted(from_code(solver.evaluate(choices.code), excluded))
    return found


def _quoted(selections: list[Selection]) -> list[Selection]:
    """Choices that code made, with visitors' words in their labels as they were typed."""
    return [
        replace(one, label=printed(one.label), help=None if one.help is None else printed(one.help)) for one in selections
    ]


def _written(choice: Choice, number: int, solver: Solver) -> Selection:
    value = solver.value(choice.value, strip=False)
    return Selection(
        value=value,
        label=solver.render(choice.label),
        default=bool(choice.default),
        help=solver.render(choice.help) if choice.help else None,
        image=_image(choice.image, solver),
        group=choice.group,
        css_class=_text(choice.css_class, solver),
        color=_text(choice.color, solver),
        url=_text(choice.url, solver),
        action=choice.action,
        number=number,
    )


def _text(value: Any, solver: Solver) -> str | None:
    made = solver.value(value)
    return None if made is None else str(made)


def _image(value: Any, solver: Solver) -> str | None:
    made = solver.value(value) if value is not None else None
    if made is None:
        return None
    if hasattr(made, "url_for"):
        return str(made.url_for())
    return str(made)


def _equal(one: Any, other: Any) -> bool:
    return (bool(one == other) and type(one) is type(other)) or one is other


def _flat(values: Any) -> list[Any]:
    values = getattr(values, "elements", values)
    if isinstance(values, dict | list | tuple | set | frozenset):
        return [item for value in values for item in _flat(value)]
    return [values]


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict) or isinstance(getattr(value, "elements", None), dict)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple) or isinstance(getattr(value, "elements", None), list)


def from_code(data: Any, excluded: list[Any] | None = None) -> list[Selection]:
    """What code gave as choices. Raises CodeError when it is nothing that can be chosen from."""
    excluded = excluded or []
    if _is_dict(data):
        return _from_dict(data, excluded)
    if isinstance(data, str) or not isinstance(data, Iterable):
        raise CodeError(f"choices must be a list or a dictionary, not {type(data).__name__}")
    found: list[Selection] = []
    for entry in data:
        if _is_dict(entry):
            found += _from_entry(entry, excluded)
        elif _is_list(entry):
            values = list(entry)
            if values and values[0] not in excluded:
                found.append(
                    Selection(
                        value=values[0],
                        label=str(values[1] if len(values) > 1 else values[0]),
                        default=bool(values[2]) if len(values) > 2 else False,
                        help=str(values[3]) if len(values) > 3 and values[3] is not None else None,
                    )
                )
        elif isinstance(entry, str | bool | int | float):
            if entry not in excluded:
                found.append(Selection(value=entry, label=str(entry)))
        elif hasattr(entry, "instanceName"):
            if entry not in excluded:
                found.append(Selection(value=str(entry), label=str(entry)))
        elif entry is not None and entry not in excluded:
            found.append(Selection(value=str(entry), label=str(entry)))
    return found


def _from_dict(data: Any, excluded: list[Any]) -> list[Selection]:
    inner = getattr(data, "elements", data)
    pairs = list(data.items())
    if not isinstance(inner, OrderedDict) and type(data).__name__ != "DAOrderedDict":
        try:
            pairs.sort(key=lambda pair: pair[1])
        except TypeError:
            pairs.sort(key=lambda pair: str(pair[1]))
    return [Selection(value=key, label=str(label)) for key, label in pairs if key not in excluded]


def _from_entry(entry: Any, excluded: list[Any]) -> list[Selection]:
    """``{value: label}``, ``{value: label, help: …}`` or ``{label: …, value: …}``"""
    items = dict(entry.items())
    if not items.get("show if", True):
        return []
    side: dict[str, Any] = {}
    if len(items) > 1:
        side = {
            "default": bool(items.get("default", False)),
            "help": _optional(items.get("help")),
            "image": _optional(_image_of(items.get("image"))),
            "group": _optional(items.get("group")),
            "css_class": _optional(items.get("css class")),
            "color": _optional(items.get("color")),
        }
    found: list[Selection] = []
    for key, value in items.items():
        if len(items) > 1 and key in _SIDE:
            continue
        if key == "value" and "label" in items:
            if value not in excluded and items["label"] is not False:
                found.append(Selection(value=value, label=str(items["label"]), **side))
            continue
        if key in excluded or value is False:
            continue
        found.append(Selection(value=key, label=str(value), **side))
    return found


def _image_of(value: Any) -> Any:
    return value.url_for() if hasattr(value, "url_for") else value


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)


def objects(field: Field, solver: Solver, *, chosen: Any = None) -> list[Selection]:
    """The objects to choose from in an object field, each by the path of its own name."""
    choices = field.choices or Choices()
    sources = [solver.evaluate(expression) for expression in choices.objects]
    if choices.code is not None:
        sources.append(solver.evaluate(choices.code))
    excluded = _flat_objects([solver.evaluate(expression) for expression in choices.exclude])
    labeler = _function(field.object_labeler, solver, "object labeler")
    helper = _function(field.help_generator, solver, "help generator")
    imager = _function(field.image_generator, solver, "image generator")
    defaults = _flat_objects([chosen, *_default_objects(field, solver)])
    found: list[Selection] = []
    seen: set[int] = set()
    for source in sources:
        for item in _members(source):
            if not hasattr(item, "instanceName") or id(item) in seen or _contains(excluded, item):
                continue
            seen.add(id(item))
            given_help = helper(item) if helper else None
            given_image = imager(item) if imager else None
            found.append(
                Selection(
                    value=item.instanceName,
                    label=printed(labeler(item) if labeler else item),
                    default=_contains(defaults, item),
                    help=_optional(given_help),
                    image=_optional(_image_of(given_image)),
                )
            )
    return found


def _default_objects(field: Field, solver: Solver) -> list[Any]:
    default = field.default
    entries: Iterable[Any] = default if isinstance(default, tuple | list) else [default]
    found = []
    for entry in entries:
        source = getattr(entry, "source", entry)
        if isinstance(source, str) and source.strip():
            found.append(solver.evaluate(entry if isinstance(entry, Expression) else source.strip()))
    return found


def _members(source: Any) -> Iterable[Any]:
    if hasattr(source, "_trigger_gather"):
        source._trigger_gather()
        return list(source.elements.values() if isinstance(source.elements, Mapping) else source.elements)
    if isinstance(source, list | tuple | set | frozenset):
        return list(source)
    if hasattr(source, "instanceName") or isinstance(source, str) or not isinstance(source, Iterable):
        return [source]
    return list(source)


def _flat_objects(values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value is None:
            continue
        elements = getattr(value, "elements", None)
        if isinstance(value, list | tuple | set | frozenset):
            found += _flat_objects(value)
        elif isinstance(elements, list | set):
            found += _flat_objects(elements)
        else:
            found.append(value)
    return found


def _contains(values: list[Any], item: Any) -> bool:
    return any(value is item or getattr(value, "instanceName", None) == item.instanceName for value in values)


def _function(expression: Expression | None, solver: Solver, key: str) -> Any:
    if expression is None:
        return None
    function = solver.evaluate(expression)
    if not callable(function):
        raise CodeError(f"`{key}` must be a function", where=expression.where)
    return function
