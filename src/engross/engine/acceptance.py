"""Acceptance: what happens to the answers when a screen has been answered, before the next one is sought."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from engross import names
from engross.engine import actions, dependencies, fields
from engross.engine.screen import Screen

if TYPE_CHECKING:
    from engross.engine.solver import Solver


def make_collections(screen: Screen, solver: Solver) -> None:
    """Make the dictionary or list that each group of boxes of *screen* fills, unless it is there."""
    for entry in screen.fields:
        if entry.active and entry.path is not None and entry.datatype in fields.MANY and entry.group is None:
            make_collection(entry.path, entry.datatype, solver)


def make_collection(path: str, datatype: str, solver: Solver) -> Any:
    """The gathered DADict (keys) or DAList (objects) at *path*."""
    made = fields.empty_value(datatype, path, solver)
    if fields._value_at(path, solver.answers.namespace) is not made:
        names.put(solver.answers.namespace, path, made)
    return made


def after_answer(screen: Screen, solver: Solver, paths: Iterable[str], before: dict[str, Any]) -> None:
    """The screen is answered and its *paths* are set: mark its block, finish its action, spread what changed."""
    listed = list(paths)
    block = solver.interview.by_name.get(screen.block)
    if block is not None and not any(entry.key == "_choice" for entry in screen.fields):
        solver.mark_answered(block)
    dependencies.spread(solver.interview, solver.answers, listed, before)
    finish_events(screen, solver, listed)


def finish_events(screen: Screen, solver: Solver, paths: list[str]) -> None:
    """Take what the screen was asked for, and what was set, off the stack of actions."""
    done = {path for path in (screen.sought, *paths) if path}
    events = solver.answers.events
    while events and events[0]["action"] in done:
        events.pop(0)
    for path in done:
        actions.finish(path)
