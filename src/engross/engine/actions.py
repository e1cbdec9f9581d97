"""Actions: what a page, a link or code asked to be done besides answering: events, ``force_ask``, and the built-in ``_da_…``.

The stack ``Answers.events`` holds what is still to be done. ``process`` runs at the start of each pass, or where the interview
says ``process_action()``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engross import names
from engross.context import current
from engross.errors import CodeError, UndefinedName
from engross.flow import AskFor, Command, StartAgain
from engross.library.uploaded import leave_out

if TYPE_CHECKING:
    from engross.engine.solver import Solver

COMMANDS = {"undefine", "invalidate", "recompute", "set", "follow up"}


def prepare(solver: Solver) -> None:
    """Find the objects that a list or dictionary action is about. Raises Undefined when one of them is not there yet."""
    context = current()
    if context.action is None:
        return
    if context.action.startswith(("_da_list_", "_da_dict_")):
        for key in ("list", "dict"):
            value = context.action_arguments.get(key)
            if isinstance(value, str) and names.is_path(value):
                context.screen.setdefault("action objects", {})[key] = solver.look(value)


def finish(path: str) -> None:
    """The action *path* is done."""
    context = current()
    context.screen.setdefault("finished actions", set()).add(path)
    if context.action == path:
        context.action = None


def process(solver: Solver) -> None:
    """Do the action that was asked for, or the next on the stack. Raises a Turn or Undefined while there is something to do."""
    context = current()
    if context.action is None:
        _go_on(solver)
        return
    action = context.action
    context.action = None
    arguments = context.action_arguments
    if action == "_da_priority_action" and "_action" in arguments:
        solver.answers.events.clear()
        action = arguments["_action"]
        arguments = context.action_arguments = dict(arguments.get("_arguments") or {})
    built_in = _BUILT_IN.get(action)
    if built_in is not None:
        built_in(solver, action, arguments)
        return
    solver.answers.forgiven = {action}
    raise AskFor([action])


def _go_on(solver: Solver) -> None:
    """Nothing was asked for now: what is still to be gathered, then the stack."""
    answers = solver.answers
    _gather(solver)
    if answers.events:
        event = answers.events[0]
        context = current()
        context.action = event["action"]
        context.action_arguments = dict(event.get("arguments") or {})
        answers.put_back(event.get("context") or {})
        if event["action"].startswith("_da_"):
            raise StartAgain
        answers.forgiven = {event["action"]}
        context.action = None
        raise AskFor([event["action"]])
    answers.forgiven = set()


def _gather(solver: Solver) -> None:
    answers = solver.answers
    for entry in list(answers.gathering):
        if names.is_defined(answers.namespace, entry["var"]):
            answers.gathering.remove(entry)
        else:
            answers.put_back(entry.get("context") or {})
            raise UndefinedName(entry["var"])


def push(wish: AskFor, solver: Solver) -> str | None:
    """Put what *wish* asks for on the stack. Returns the name to seek now; None when a built-in action comes first."""
    answers = solver.answers
    wanted = [item for action in wish.actions for item in _as_events(action, answers.context())]
    if not wanted:
        return None
    first = wanted[0]
    if not wish.gathering:
        waiting = {event["action"] for event in answers.events}
        answers.events[:0] = [event for event in wanted if event["action"] not in waiting]
    context = current()
    if first["action"].startswith("_da_"):
        context.action, context.action_arguments = first["action"], dict(first["arguments"])
        return None
    if not wish.gathering:
        answers.forgiven = {first["action"]}
    if not isinstance(wish.actions[0], str) and "arguments" in wish.actions[0]:
        context.action_arguments = dict(first["arguments"])
    return str(first["action"])


def _as_events(action: str | Mapping[str, Any], context: dict[str, Any]) -> list[dict[str, Any]]:
    """*action* as it stands on the stack."""

    def event(name: str, **arguments: Any) -> dict[str, Any]:
        return {"action": name, "arguments": arguments, "context": context}

    if isinstance(action, str):
        return [event(action)]
    if "action" in action:
        return [{"action": action["action"], "arguments": dict(action.get("arguments") or {}), "context": context}]
    events = []
    for key, value in action.items():
        listed = value if isinstance(value, list) else [value]
        match key:
            case "set":
                pairs = [[str(name).strip(), given] for entry in listed for name, given in dict(entry).items()]
                events.append(event("_da_set", variables=pairs))
            case "follow up":
                events += [event(str(name).strip()) for name in listed]
            case "invalidate":
                events.append(event("_da_invalidate", variables=_names(listed)))
            case "undefine":
                events.append(event("_da_undefine", variables=_names(listed)))
            case "recompute":
                events.append(event("_da_undefine", variables=_names(listed)))
                events.append(event("_da_compute", variables=_names(listed)))
            case _:
                raise CodeError(f"`{key}` is not something an action can do")
    return events


def _names(values: list[Any]) -> list[str]:
    found = [str(value).strip() for value in values]
    for name in found:
        if not names.is_path(name):
            raise CodeError(f"`{name}` is not a variable name")
    return found


# ------------------------------------------------------------------------------------------------- built-in actions

BuiltIn = Callable[["Solver", str, dict[str, Any]], None]


def _done(solver: Solver, action: str, key: str, value: Any) -> None:
    """Take *action* off the stack if it is the next and is about the same thing."""
    events = solver.answers.events
    if events and events[0]["action"] == action and events[0].get("arguments", {}).get(key) == value:
        events.pop(0)


def _force_ask(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    solver.answers.forgiven = {name for name in arguments["variables"] if isinstance(name, str)}
    raise AskFor(arguments["variables"])


def _remember(solver: Solver, variables: list[str]) -> None:
    answers = solver.answers
    waiting = {entry["var"] for entry in answers.gathering}
    for name in variables:
        if name not in waiting:
            answers.gathering.append({"var": name, "context": answers.context()})


def _compute(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    variables = _names(arguments["variables"])
    _remember(solver, variables)
    _done(solver, action, "variables", arguments["variables"])
    raise UndefinedName(variables[0])


def _define(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    _remember(solver, _names(arguments["variables"]))
    _done(solver, action, "variables", arguments["variables"])
    raise StartAgain


def _set(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    for name, value in arguments["variables"]:
        names.put(solver.answers.namespace, name, value)
    _done(solver, action, "variables", arguments["variables"])
    raise StartAgain


def _undefine(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    for name in _names(arguments["variables"]):
        if action == "_da_invalidate" and names.is_defined(solver.answers.namespace, name):
            solver.answers.dirty[name] = names.get(solver.answers.namespace, name)
        solver.undefine(name)
    _done(solver, action, "variables", arguments["variables"])
    raise StartAgain


def _group(key: str) -> Any:
    return current().screen.get("action objects", {}).get(key)


def _remove(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    kind = "list" if "list" in action else "dict"
    group = _group(kind)
    if group is None:
        return
    key = _key_of(arguments.get("item"), solver)
    if kind == "list":
        place = key if isinstance(key, int) else _position(group, key)
        if place is not None and -len(group.elements) <= place < len(group.elements):
            group.pop(place)
    elif key in group.elements:
        group.pop(key)
    if not group.elements and hasattr(group, "there_are_any"):
        group.there_are_any = False
    if getattr(group, "there_is_another", False):
        del group.there_is_another
    if hasattr(group, "_necessary_length"):
        del group._necessary_length
    if getattr(group, "ask_number", False) and int(getattr(group, "target_number", 0) or 0) > 0:
        group.target_number = int(group.target_number) - 1
    raise AskFor([{"action": f"_da_{kind}_ensure_complete", "arguments": {"group": group.instanceName}}])


def _move(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    """A row of a table one place up (``by`` -1) or down (1)."""
    group = _group("list")
    if group is None:
        return
    place = int(arguments["item"])
    other = place + int(arguments["by"])
    if min(place, other) >= 0 and max(place, other) < len(group.elements):
        group._reorder((place, other), (other, place))
    _done(solver, action, "list", group.instanceName)
    raise StartAgain


def _key_of(item: Any, solver: Solver) -> Any:
    """What an action calls the item: a position, a key, or the path of the item itself; written as Python writes it."""
    if not isinstance(item, str):
        return item
    try:
        return names.key_value(item, solver.answers.namespace)
    except (KeyError, IndexError, AttributeError, TypeError, NameError, names.BadPath):
        return item


def _position(group: Any, item: Any) -> int | None:
    for n, element in enumerate(group.elements):
        if element is item or (isinstance(item, str) and getattr(element, "instanceName", None) == item):
            return n
    return group.elements.index(item) if item in group.elements else None


def _edit(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    items = arguments["items"]
    first = items[0] if items else None
    if isinstance(first, dict) and isinstance(first.get("follow up"), list):
        solver.answers.forgiven = set(first["follow up"])
    raise AskFor(items)


def _ensure_complete(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    name = _names([arguments["group"]])[0]
    solver.look(name).gathered_and_complete()
    _done(solver, action, "group", arguments["group"])
    raise StartAgain


def _complete(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    kind = "list" if "list" in action else "dict"
    group = _group(kind)
    if group is None:
        return
    group.gathered_and_complete()
    _done(solver, action, kind, group.instanceName)
    raise StartAgain


def _follow_with(solver: Solver, action: str, arguments: dict[str, Any], place: int) -> None:
    event = {"action": action, "arguments": arguments}
    solver.answers.events.insert(place, event)
    if place == 0:
        current().action, current().action_arguments = action, dict(arguments)


def _list_add(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    group = _group("list")
    if group is None:
        return
    complete = arguments.get("complete", True)
    needs_item = False
    if getattr(group, "gathered", False):
        group.was_gathered = True
        group.reset_gathered()
        if not group.auto_gather:
            if group.ask_object_type:
                group.append(None)
            elif group.object_type is None:
                needs_item = True
            else:
                group.appendObject()
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
    _done(solver, action, "list", group.instanceName)
    if needs_item:
        _follow_with(solver, group.item_name(len(group.elements)), {}, 0)
    if complete:
        _follow_with(solver, "_da_list_complete", {"list": group.instanceName}, 1 if needs_item else 0)
    raise StartAgain


def _dict_add(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    group = _group("dict")
    if group is None:
        return
    if getattr(group, "gathered", False):
        if not group.auto_gather:
            if hasattr(group, "new_item_name") and group.new_item_name in group.elements:
                del group.new_item_name
            else:
                group[group.new_item_name]
        group.reset_gathered()
        if group.auto_gather:
            if group.ask_number:
                group.target_number = len(group.elements) + 1
            else:
                group.there_is_another = False
                group.there_is_one_other = True
    if group.auto_gather and not group.ask_number:
        group.there_are_any = True
    _done(solver, action, "dict", group.instanceName)
    _follow_with(solver, "_da_dict_complete", {"dict": group.instanceName}, 0)
    raise StartAgain


def _leave(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    raise Command("interview_exit")


def _leave_out(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    leave_out(solver.answers.misc, str(arguments["file"]))
    _done(solver, action, "file", arguments["file"])
    raise StartAgain


def _need(solver: Solver, action: str, arguments: dict[str, Any]) -> None:
    for key in ("variable", "variables"):
        value = arguments.pop(key, None)
        if value is not None:
            _remember(solver, _names(value if isinstance(value, list) else [value]))
    _gather(solver)
    solver.answers.forgiven = set()


_BUILT_IN: dict[str, BuiltIn] = {
    "_da_force_ask": _force_ask,
    "_da_compute": _compute,
    "_da_define": _define,
    "_da_set": _set,
    "_da_undefine": _undefine,
    "_da_invalidate": _undefine,
    "_da_list_remove": _remove,
    "_da_dict_remove": _remove,
    "_da_list_move": _move,
    "_da_list_edit": _edit,
    "_da_dict_edit": _edit,
    "_da_list_ensure_complete": _ensure_complete,
    "_da_dict_ensure_complete": _ensure_complete,
    "_da_list_complete": _complete,
    "_da_dict_complete": _complete,
    "_da_list_add": _list_add,
    "_da_dict_add": _dict_add,
    "_da_exit": _leave,
    "_da_leave_out": _leave_out,
    "need": _need,
}


