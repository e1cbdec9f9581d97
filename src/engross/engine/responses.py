"""Responses: screens that no block describes: a message, a file or text in place of a page, a command such as "exit"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engross.context import current
from engross.engine.screen import Option, Response, Screen
from engross.flow import BackgroundResponse, BackgroundResponseAction, Command, Respond, ShowMessage, Turn
from engross.library.words import word

if TYPE_CHECKING:
    from engross.engine.solver import Solver


def screen_for(turn: Turn, solver: Solver, sought: str | None) -> Screen:
    """The screen that *turn* asks for."""
    match turn:
        case Command():
            redirect = Response(redirect=turn.url) if turn.url else None
            return Screen(kind=turn.kind, sought=sought, response=redirect)
        case Respond():
            return _response(turn, solver, sought)
        case ShowMessage():
            return _message(turn, sought)
        case BackgroundResponse():
            current().responses.append({"value": turn.value})
            return Screen(kind="backgroundresponse", sought=sought)
        case BackgroundResponseAction():
            current().responses.append({"action": turn.action, "arguments": turn.arguments})
            return Screen(kind="backgroundresponseaction", sought=sought)
    raise turn


def _message(turn: ShowMessage, sought: str | None) -> Screen:
    buttons: list[Option] = []

    def add(label: str, action: str, url: str | None = None) -> None:
        buttons.append(Option(key=str(len(buttons)), label=label, action=action, url=url))

    if turn.buttons:
        for entry in turn.buttons:
            for label, action in entry.items():
                add(str(label), str(action))
    elif not turn.dead_end:
        if turn.show_exit is not False and not (turn.show_leave is True and turn.show_exit is None):
            add(word("Exit"), "exit", turn.url)
        if turn.show_leave:
            add(word("Leave"), "leave", turn.url)
        if turn.show_restart is not False:
            add(word("Restart"), "restart")
    return Screen(
        kind="multiple_choice" if buttons else "deadend",
        question=str(turn.question),
        subquestion=turn.subquestion,
        sought=sought,
        variety="buttons" if buttons else None,
        buttons=tuple(buttons),
        reload_seconds=reload_seconds(turn.reload),
    )


def reload_seconds(value: Any) -> int | None:
    """Seconds until the page asks again: 10 for True, at least 4, None when it does not."""
    if value is None or str(value).strip().lower() in ("false", "null", "none", ""):
        return None
    if str(value).strip().lower() == "true":
        return 10
    digits = "".join(character for character in str(value) if character.isdigit())
    return max(4, int(digits)) if digits else 10


def _response(turn: Respond, solver: Solver, sought: str | None) -> Screen:
    status = turn.status or 200
    plain = turn.content_type or "text/plain; charset=utf-8"
    match turn.kind:
        case "redirect":
            return Screen(kind="redirect", sought=sought, response=Response(redirect=str(turn.value), status=302))
        case "binary":
            content = turn.value if isinstance(turn.value, bytes) else str(turn.value).encode()
            kind = turn.content_type or "application/octet-stream"
            return Screen(kind="response", sought=sought, response=Response(content=content, content_type=kind, status=status))
        case "file":
            return Screen(kind="sendfile", sought=sought, response=file_response(turn.value, turn.content_type, status))
        case "json":
            response = Response(json=turn.value, content_type="application/json", status=status)
            return Screen(kind="response", sought=sought, response=response)
        case "all_variables":
            from engross.library.interchange import serializable_dict

            data = serializable_dict(solver.answers.namespace, include_internal=bool(turn.value))
            response = Response(json=data, content_type="application/json", status=status)
            return Screen(kind="response", sought=sought, response=response)
        case "null":
            return Screen(kind="response", sought=sought, response=Response(text="", content_type=plain, status=204))
    return Screen(kind="response", sought=sought, response=Response(text=str(turn.value), content_type=plain, status=status))


def file_response(value: Any, content_type: str | None, status: int = 200) -> Response:
    """A file in place of a page: a DAFile or a path."""
    number = getattr(value, "number", None)
    if number is not None:
        return Response(file_id=str(number), content_type=content_type or "", status=status)
    path = Path(value.path() if hasattr(value, "path") else str(value))
    return Response(content=path.read_bytes(), content_type=content_type or "application/octet-stream", status=status)
