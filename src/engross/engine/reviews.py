"""Reviews: the lines of a review screen, without those whose variables nobody knows yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engross import names
from engross.context import AssemblyPending
from engross.engine import fields
from engross.engine.screen import ReviewLine
from engross.errors import EngrossError, Undefined
from engross.flow import Turn
from engross.language.blocks import Question, ReviewItem

if TYPE_CHECKING:
    from engross.engine.solver import Goal, Solver


def lines(block: Question, solver: Solver, goal: Goal) -> tuple[ReviewLine, ...]:
    """Each item that can be shown now. With ``skip undefined: False`` what is missing is asked for instead."""
    skip = bool(solver.value(block.skip_undefined))
    made = []
    for item in block.review:
        try:
            line = _line(item, solver, goal)
        except AssemblyPending:
            raise
        except (Undefined, Turn, EngrossError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
            if not skip:
                raise
            continue
        if line is not None:
            made.append(line)
    return tuple(made)


def _line(item: ReviewItem, solver: Solver, goal: Goal) -> ReviewLine | None:
    for condition in item.show_if:
        if not solver.evaluate(condition):
            return None
    for target in item.targets:
        if isinstance(target, str):
            solver.evaluate(target)
    action, arguments = action_of(item, solver, goal)

    def words(text: Any) -> str | None:
        return solver.render(text).strip() or None if text is not None else None

    return ReviewLine(
        label=solver.render(item.label) if item.label is not None else None,
        button=words(item.button),
        help=words(item.help),
        note=words(item.note),
        html=words(item.html),
        action=action,
        arguments=arguments,
        css_class=words(item.css_class),
        color=item.color,
    )


def action_of(item: ReviewItem, solver: Solver, goal: Goal) -> tuple[str | None, dict[str, Any]]:
    """(action, arguments) behind the Edit link."""
    if not item.targets:
        return None, {}
    if item.action is not None:
        return item.action, {}
    targets = [bound(target, solver, goal) for target in item.targets]
    if len(targets) == 1 and isinstance(targets[0], str):
        return targets[0], {}
    return "_da_force_ask", {"variables": targets}


def bound(target: Any, solver: Solver, goal: Goal) -> Any:
    """*target* with ``x`` and ``i`` as they are now."""
    namespace = solver.answers.namespace
    match target:
        case str():
            return goal.bind(target, namespace) if names.is_path(target) else target
        case {"action": action, **rest}:
            arguments = rest.get("arguments") or {}
            return {"action": bound(action, solver, goal), "arguments": fields.plain(arguments)}
        case {"set": pairs}:
            return {"set": [{bound(name, solver, goal): value for name, value in pair.items()} for pair in pairs]}
        case dict():
            return {
                key: [bound(name, solver, goal) for name in (value if isinstance(value, list) else [value])]
                for key, value in target.items()
            }
    return target
