"""Turns: the ways in which code of an interview ends a pass on purpose and tells the engine what to do instead.

``library`` raises them, ``engine.solver`` answers them. They are no mistakes, so they are apart from ``errors``.

    Turn
    ├── AskFor               ``force_ask``, ``force_gather``: seek these, even if they are defined
    ├── StartAgain           something changed underneath; begin a new pass
    ├── ShowMessage          ``message()``: a screen made on the spot
    ├── Respond              ``response()``, ``json_response()``, ``all_variables`` …: an answer in place of a page
    ├── Command              ``command('exit')`` …: leave, restart, sign in
    ├── BackgroundResponse   ``background_response(value)``: the value of this task
    └── BackgroundResponseAction   ``background_response_action(name, …)``: run that action on the newest answers
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class Turn(Exception):
    """The root; only the engine catches it."""


class AskFor(Turn, NameError):
    """Seek the first of *actions*, then the others, even if they are defined.

    *actions*: names, ``{"action": name, "arguments": {…}}``, or the commands ``{"undefine"|"invalidate"|"recompute"|"set"|"follow up": …}``.
    *gathering*: the names were put on ``Answers.gathering``; only seek the first, and leave the stack of actions alone.
    """

    def __init__(self, actions: Sequence[str | Mapping[str, Any]], *, gathering: bool = False) -> None:
        super().__init__(f"asks for {actions!r}")
        self.actions = list(actions)
        self.gathering = gathering


class StartAgain(Turn):
    """Begin a new pass with what is now in the answers."""


class ShowMessage(Turn):
    """``message()``: show a screen that no block describes."""

    def __init__(
        self,
        question: str = "Question not specified",
        subquestion: str | None = None,
        url: str | None = None,
        *,
        show_leave: bool | None = None,
        show_exit: bool | None = None,
        show_restart: bool | None = None,
        reload: Any = None,
        buttons: list[dict[str, Any]] | None = None,
        dead_end: bool | None = None,
    ) -> None:
        super().__init__(question)
        self.question = question
        self.subquestion = subquestion
        self.url = url
        self.show_leave = show_leave
        self.show_exit = show_exit
        self.show_restart = show_restart
        self.reload = reload
        self.buttons = buttons
        self.dead_end = dead_end


class Respond(Turn):
    """An answer that takes the place of a page. *kind*: ``text binary file redirect json all_variables null``; *value*: text,
    bytes, a path or file object, an address, JSON data, whether to include internal values, or None."""

    def __init__(
        self, kind: str, value: Any = None, *, content_type: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.value = value
        self.content_type = content_type
        self.status = status


class Command(Turn):
    """``command()``: *kind* is ``restart new_session exit interview_exit logout exit_logout leave signin register refresh``."""

    def __init__(self, kind: str = "exit", *, url: str | None = None, sleep: float | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.url = url
        self.sleep = sleep


class BackgroundResponse(Turn):
    """``background_response(value)``"""

    def __init__(self, value: Any = None) -> None:
        super().__init__("background response")
        self.value = value


class BackgroundResponseAction(Turn):
    """``background_response_action(action, **arguments)``"""

    def __init__(self, action: str | None, arguments: Mapping[str, Any]) -> None:
        super().__init__(f"background response action {action}")
        self.action = action
        self.arguments = dict(arguments)
