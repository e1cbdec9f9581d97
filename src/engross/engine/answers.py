"""Answers: all that one session knows. The only mutable heart of the house.

``namespace`` holds the visitor's answers and the interview's own objects, nothing of Python or the library (see
``evaluation``). The rest is the engine's memory: which blocks ran, what was chosen, what is still to be asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

SPECIAL = ("x", "i", "j", "k", "l", "m", "n")
"""Names that mean something only while a block runs; never kept."""
TRANSIENT = frozenset({*SPECIAL, "__builtins__", "_internal", "nav", "session_local", "device_local", "user_local"})
"""Names of the namespace that are made anew for each visit."""
NOT_KEPT = {"kept": False}
"""Marks a field of Answers that only matters while solving (``store.codec`` leaves it out)."""


@dataclass(slots=True, kw_only=True)
class Answers:
    """What a session knows, kept as one snapshot per step."""

    namespace: dict[str, Any] = field(default_factory=dict)
    """name → value: answers and objects. ``url_args`` is an ordinary member."""
    answered: set[str] = field(default_factory=set)
    """Names of the mandatory blocks that are done."""
    choices: dict[str, int] = field(default_factory=dict)
    """Question name (with ``|WITH|…`` for its x and i) → the choice taken, for questions with embedded blocks."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """Stack of actions still to be done, the next one first: ``{action, arguments, context, breadcrumb}``."""
    gathering: list[dict[str, Any]] = field(default_factory=list)
    """``force_gather``: ``{var, context}``, sought on every pass until defined."""
    dirty: dict[str, Any] = field(default_factory=dict)
    """path → the value it had before it was invalidated; offered as the default."""
    typed: set[str] = field(default_factory=set)
    """Texts that the visitor typed and that contain something special; they print as they stand (``quoting``)."""
    progress: float | None = 0
    """Percent."""
    section: str | None = None
    """Key of the section the visitor is in."""
    past_sections: set[str] = field(default_factory=set)
    sections: Any = None
    """What ``nav.set_sections`` put in place of the interview's ``sections``."""
    parts: dict[str, Any] = field(default_factory=dict)
    """``set_parts``: name of the screen part → text."""
    steps: int = 1
    """Steps taken, the first screen included."""
    steps_offset: int = 0
    """``prevent_going_back``: steps before this one are out of reach."""
    language: str | None = None
    """``set_language``, kept when the interview keeps it."""
    tasks: dict[str, Any] = field(default_factory=dict)
    """``mark_task_as_performed``: task → how often; and names of background tasks."""
    docvar: dict[str, Any] = field(default_factory=dict)
    misc: dict[str, Any] = field(default_factory=dict)
    """Small things that library code keeps between screens."""
    starttime: Any = None
    modtime: Any = None
    accesstime: dict[str, Any] = field(default_factory=dict)
    local: dict[str, Any] = field(default_factory=dict)
    """``session_local``, ``device_local``, ``user_local`` objects by name."""

    # ---- while solving; never kept
    seeking: list[str] = field(default_factory=list, metadata={"kept": False})
    """Names being sought now, the innermost last."""
    gathering_mode: dict[str, str | None] = field(default_factory=dict, metadata={"kept": False})
    """Instance name of a list that is being gathered → the name that was sought when that began."""
    reconsidered: set[str] = field(default_factory=set, metadata={"kept": False})
    """Names already computed again during this page."""
    forgiven: set[str] = field(default_factory=set, metadata={"kept": False})
    """Names that an action asked for: if no block defines them, nothing happens."""

    @property
    def seeking_now(self) -> str | None:
        """The name sought now, the innermost."""
        return self.seeking[-1] if self.seeking else None

    def context(self) -> dict[str, Any]:
        """``x``, ``i`` … as they are now, to put back later."""
        return {name: self.namespace[name] for name in SPECIAL if name in self.namespace}

    def put_back(self, context: dict[str, Any]) -> None:
        """Set ``x``, ``i`` … to what ``context`` gave."""
        self.namespace.update(context)

    @contextmanager
    def kept_context(self) -> Iterator[None]:
        """``x``, ``i`` … are the same after the block as before it."""
        before = self.context()
        try:
            yield
        finally:
            for name in SPECIAL:
                self.namespace.pop(name, None)
            self.namespace.update(before)

    def begin_gathering(self, instance_name: str) -> None:
        """Note that a list is being gathered, because of the name sought now."""
        self.gathering_mode.setdefault(instance_name, self.seeking_now)

    def end_gathering(self, instance_name: str) -> None:
        """The list is gathered."""
        self.gathering_mode.pop(instance_name, None)

    def stop_gathering(self, sought: str | None = None) -> None:
        """Forget which lists are being gathered: all, or those that began because of *sought*."""
        if sought is None:
            self.gathering_mode.clear()
            return
        for name in [name for name, because in self.gathering_mode.items() if because == sought]:
            del self.gathering_mode[name]

    def event_done(self, action: str) -> None:
        """Take *action* off the top of the stack, if it is there."""
        if self.events and self.events[0].get("action") == action:
            self.events.pop(0)

    def memory(self) -> dict[str, Any]:
        """docassemble's ``_internal``, for interviews that look into it."""
        return {
            "answered": self.answered,
            "answers": self.choices,
            "dirty": self.dirty,
            "progress": self.progress,
            "gather": self.gathering,
            "event_stack": {"session": self.events},
            "steps": self.steps,
            "steps_offset": self.steps_offset,
            "tasks": self.tasks,
            "docvar": self.docvar,
            "misc": self.misc,
            "starttime": self.starttime,
            "modtime": self.modtime,
            "accesstime": self.accesstime,
        }
