"""Gathering against recorded behaviour: 150 conversations in which docassemble 1.10.7's own classes were driven with random
settings and answers. Each says which names were asked for, in order, and what was answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engross.library.collections import DADict, DAList, DAOrderedDict, DASet
from engross.library.finance import Income
from engross.library.objects import DAObject
from engross.library.people import Thing
from tests.library.conversation import asked, visit

RECORDED = json.loads((Path(__file__).parent / "gathering_orders.json").read_text())
KINDS = {kind.__name__: kind for kind in (DADict, DAList, DAObject, DAOrderedDict, DASet, Income, Thing)}


def pop(group: Any) -> None:
    """Take one item out, if there is one."""
    if isinstance(group, DASet | DAList) and group.elements:
        group.pop()
    elif group.elements:
        group.pop(next(iter(group.elements)))


def add(group: Any) -> None:
    """What a click on "Add another" does before the group is completed again."""
    if hasattr(group, "gathered") and group.gathered:
        group.was_gathered = True
        group.reset_gathered()
    else:
        group.was_gathered = False
    if group.auto_gather:
        if group.ask_number:
            if hasattr(group, "target_number"):
                group.target_number = int(group.target_number) + 1
        elif group.was_gathered:
            group.there_is_another = False
            if group.elements:
                group.there_is_one_other = True
        else:
            group.there_is_another = True
        if not group.ask_number:
            group.there_are_any = True
    group.gathered_and_complete()


def one_other(group: Any) -> None:
    """Open the group for one more item."""
    group.there_is_one_other = True
    group.reset_gathered()


def append(group: Any) -> None:
    """Add an object, to a list of objects."""
    if isinstance(group, DAList) and group.object_type is not None:
        group.appendObject()


STEPS: dict[str, Callable[[Any], Any]] = {
    "gather": lambda group: group.gather(),
    "gather_min": lambda group: group.gather(minimum=1),
    "gather_num": lambda group: group.gather(number=2),
    "str": str,
    "len": len,
    "iter": lambda group: [str(item) for item in group],
    "number": lambda group: group.number(),
    "contains": lambda group: "q" in group,
    "complete": lambda group: len(group.complete_elements().elements),
    "gac": lambda group: group.gathered_and_complete(),
    "reset": lambda group: group.reset_gathered(),
    "reset_incomplete": lambda group: group.reset_gathered(mark_incomplete=True),
    "pop": pop,
    "add": add,
    "idx": lambda group: group[0] if isinstance(group, DAList) else None,
    "one_other": one_other,
    "number_gathered": lambda group: group.number_gathered(if_started=True),
    "append": append,
}


def made(kind: str, options: dict[str, Any]) -> Any:
    """The group with its settings; a class name with ``+`` means one with ``.using``."""
    chosen = dict(options)
    if "object_type" in chosen:
        name = chosen["object_type"]
        item = KINDS[name.rstrip("+")]
        chosen["object_type"] = item.using(color="red") if name.endswith("+") else item
    return KINDS[kind]("g", **chosen)


@pytest.mark.parametrize("recorded", RECORDED, ids=[f"{n}-{r['kind']}" for n, r in enumerate(RECORDED)])
def test_the_same_names_are_asked_for_in_the_same_order(recorded: dict[str, Any]) -> None:
    """With the same settings, steps and answers."""
    answers = [KINDS["Thing"] if answer == "Thing" else answer for _, answer in recorded["asked"]]
    group = made(recorded["kind"], recorded["options"])
    paths: list[str] = []
    with visit() as context:
        context.namespace["g"] = group
        for step in recorded["steps"]:
            paths += asked(context, lambda step=step: STEPS[step](group), answers[len(paths) :])[0]  # type: ignore[misc]

    assert [path for path, _ in recorded["asked"]] == paths
