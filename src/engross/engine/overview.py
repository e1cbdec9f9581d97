"""Overview: what the visitor was asked, and the review screen of an interview whose author wrote none.

Apart from ``reviews``, whose lines an author wrote. Here each answered question leaves a note (``misc["asked"]``): its words, the
variables that it set, and the labels of what was chosen. The lines are made from these notes and from the answers as they are now,
so nothing that code computed appears, and what was removed since is gone.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from engross import markup, names
from engross.context import AssemblyPending, current
from engross.engine import fields, parts
from engross.engine.screen import Button, GivenAnswer, NavSection, ReviewLine, Screen, ScreenField, ways_on
from engross.errors import EngrossError, Undefined
from engross.flow import Turn
from engross.language.interview import GENERATED_REVIEW
from engross.library.dates import format_date, format_datetime, format_time
from engross.library.numbers import currency
from engross.library.words import word

if TYPE_CHECKING:
    from engross.engine.solver import Solver

LABELS_KEPT = 12
"""A note holds the labels of all choices when there are no more; else only of those that were chosen."""
DOTS = "••••••••"
"""Stands for a password, however long it is."""
_NO_ANSWERS = {"there_is_another", "new_item_name"}
"""Attributes of lists and dictionaries that only say how gathering goes on."""
_ITEM = re.compile(r"(.+)\[(\d+)\]")


def note(screen: Screen, solver: Solver, values: Mapping[str, Any], by_path: Mapping[str, ScreenField]) -> None:
    """Remember that *screen* was answered with *values* (path → value). What was asked before keeps its place."""
    told = [_noted(path, value, by_path[path], screen) for path, value in values.items() if _is_answer(by_path[path], screen)]
    if not told:
        return
    asked = solver.answers.misc.setdefault("asked", [])
    now = {entry["path"] for entry in told}
    place = len(asked)
    for n, earlier in enumerate(asked):
        rest = [entry for entry in earlier["fields"] if entry["path"] not in now]
        if len(rest) < len(earlier["fields"]):
            place = min(place, n)
            earlier["fields"] = rest
    asked.insert(place, {"question": screen.question, "section": solver.answers.section, "fields": told})
    asked[:] = [entry for entry in asked if entry["fields"]]


def _is_answer(entry: ScreenField, screen: Screen) -> bool:
    return screen.kind != "settrue" and entry.input_type not in ("continue", "hidden") and entry.datatype not in ("hidden", "raw")


def _noted(path: str, value: Any, entry: ScreenField, screen: Screen) -> dict[str, Any]:
    chosen = {str(key) for key, is_ticked in value.ticked.items() if is_ticked} if hasattr(value, "ticked") else {str(value)}
    kept = [one for one in entry.options if len(entry.options) <= LABELS_KEPT or chosen & {one.key, str(one.value)}]
    told: dict[str, Any] = {"path": path, "label": entry.label, "datatype": entry.datatype}
    if kept and not entry.object_path:
        told["labels"] = {key: markup.to_text(one.label) for one in kept for key in dict.fromkeys((one.key, str(one.value)))}
    if (item := _ITEM.match(path)) is not None and screen.list_collect is not None and screen.list_collect.get("list") == item[1]:
        told["collected"] = True
    return told


# ------------------------------------------------------------------------------------------------------------ the lines


def way(solver: Solver) -> str | None:
    """The action that leads to the interview's review: its author's, or the generated one when there is something on it."""
    event = solver.review_event()
    return None if event == GENERATED_REVIEW and not solver.answers.misc.get("asked") else event


def one_way(screen: Screen) -> Screen:
    """*screen* without the way that a list of papers has to the review (``library.bundles``), where its author wrote one, too."""
    if "al_change_answers" not in (screen.subquestion or ""):
        return screen
    without = dataclasses.replace(screen, subquestion=_WAY_OF_PAPERS.sub("", screen.subquestion or ""))
    return without if screen.review_action in ways_on(without) else screen


_WAY_OF_PAPERS = re.compile(r'\n?<div class="al_change_answers .*?</div>', re.DOTALL)


def lines(solver: Solver) -> tuple[ReviewLine, ...]:
    """A line for each question that was answered, in the order in which they were asked."""
    titles = dict(_titles(parts.navigation(solver)))
    asked = solver.answers.misc.get("asked", ())
    lists = _Lists(asked, solver)
    made: list[ReviewLine] = []
    before = None
    for entry in asked:
        line = _line(entry, lists, solver)
        if line is None:
            continue
        heading = titles.get(entry["section"])
        made.append(ReviewLine(heading=heading if heading != before else None, **line))
        before = heading
    return tuple(made)


def _titles(sections: Iterable[NavSection]) -> Iterator[tuple[str | None, str]]:
    for one in sections:
        yield one.key, one.title
        yield from _titles(one.children)


def _line(entry: Mapping[str, Any], lists: _Lists, solver: Solver) -> dict[str, Any] | None:
    given, where = [], None
    buttons: list[Button] = []
    for told in entry["fields"]:
        path = told["path"]
        buttons += lists.buttons(path)
        if path.rpartition(".")[2] in _NO_ANSWERS:
            continue
        answer = _given(told, solver)
        if answer is not None:
            given.append(answer)
            where = where or (None if lists.adds(path) else path)
    if not given and not buttons:
        return None
    return {"label": entry["question"], "answers": tuple(given), "action": where, "buttons": tuple(buttons)}


def _given(told: Mapping[str, Any], solver: Solver) -> GivenAnswer | None:
    """The answer as it is now, or None when it is gone or cannot be shown without asking something."""
    try:
        value = names.get(solver.answers.namespace, told["path"])
        text, pictures = _words(value, told)
    except AssemblyPending:
        raise
    except (Undefined, Turn, EngrossError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, NameError):
        return None
    label = told["label"] if told["label"] != "no label" else None
    if told.get("collected") and (item := _ITEM.match(told["path"])) is not None:
        label = f"{int(item[2]) + 1}. {label or ''}".strip()
    return GivenAnswer(label=label or None, text=text, pictures=pictures)


def _words(value: Any, told: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """(plain text, ids of pictures) of an answer."""
    datatype, labels = told["datatype"], told.get("labels") or {}
    if datatype == "password":
        return (DOTS if value else word("Not answered")), ()
    if datatype in fields.FILES or datatype == "signature":
        return _files(value, datatype)
    if datatype in fields.KEY_SETS:
        chosen = [labels.get(str(key), str(key)) for key, is_chosen in value.elements.items() if is_chosen]
        return "\n".join(chosen) or word("None of these"), ()
    if datatype in fields.OBJECT_SETS:
        return "\n".join(map(str, value.elements)) or word("None of these"), ()
    if (value is None and "None" not in labels and datatype != "threestate") or (isinstance(value, str) and not value.strip()):
        return word("Not answered"), ()
    if str(value) in labels:
        return labels[str(value)], ()
    match value:
        case None:
            return word("I don't know"), ()
        case bool():
            return word("Yes") if value else word("No"), ()
        case datetime.datetime():
            return (format_date(value) if datatype != "datetime" else format_datetime(value)), ()
        case datetime.date():
            return format_date(value), ()
        case datetime.time():
            return format_time(value), ()
        case int() | float() | decimal.Decimal() if datatype == "currency":
            return currency(value), ()
        case float() if value.is_integer():
            return str(int(value)), ()
    return str(value), ()


def _files(value: Any, datatype: str) -> tuple[str, tuple[str, ...]]:
    """Names of what was uploaded; a signature is its picture."""
    held = [item for item in getattr(value, "elements", [value]) if item is not None]
    numbers = [str(item.__dict__["number"]) for item in held if "number" in getattr(item, "__dict__", {})]
    if datatype == "signature":
        return ("" if numbers else word("Not answered")), tuple(numbers)
    pictures = tuple(number for number in numbers if current().files.info(number).mimetype in ("image/png", "image/jpeg"))
    return "\n".join(str(item.filename) for item in held) or word("Not answered"), pictures


class _Lists:
    """The lists that were gathered item by item: where an item can be added, and which one can be removed."""

    def __init__(self, asked: Iterable[Mapping[str, Any]], solver: Solver) -> None:
        self.solver = solver
        paths = [told["path"] for entry in asked for told in entry["fields"]]
        told = {path.rpartition(".")[0]: path for path in paths if path.endswith(".there_is_another")}
        told |= {path.rpartition(".")[0]: path for path in paths if path.endswith(".there_are_any")}
        self.places = {place: path for path, place in told.items() if self._can_grow(path)}
        self.removable: dict[str, str] = {}
        seen = set()
        for path in paths:
            item = _ITEM.match(path)
            if item is not None and item[1] in self.places.values() and item[0] not in seen:
                seen.add(item[0])
                self.removable[path] = item[0]

    def _can_grow(self, path: str) -> bool:
        try:
            group = names.get(self.solver.answers.namespace, path)
        except (KeyError, IndexError, AttributeError, TypeError, NameError, ValueError, Undefined):
            return False
        known = getattr(group, "__dict__", {})
        return isinstance(known.get("elements"), list) and bool(known.get("gathered")) and known.get("auto_gather", True) and not known.get("ask_number")

    def adds(self, path: str) -> bool:
        """Whether *path* says only whether there are any: then items are added and removed instead."""
        return path in self.places and path.endswith(".there_are_any")

    def buttons(self, path: str) -> list[Button]:
        """Buttons beside the answer at *path*."""
        made = []
        if path in self.places:
            made.append(Button(label=word("Add another"), action="_da_list_add", arguments={"list": self.places[path]}))
        if path in self.removable and names.is_defined(self.solver.answers.namespace, self.removable[path]):
            item = self.removable[path]
            made.append(Button(label=word("Remove"), action="_da_list_remove", arguments={"list": item.rpartition("[")[0], "item": item}))
        return made
