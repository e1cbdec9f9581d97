"""A visit, a store and a shelf of interviews of a few lines each, for tests of the pages alone."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engross.catalogue import Served
from engross.context import StoredFile
from engross.engine.checkins import Command
from engross.engine.screen import Option, Screen
from engross.errors import SessionGone, SourceError

INTERVIEW = "demo:data/questions/demo.yml"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a visit shows, as ``visit.Shown``."""

    session_id: str
    version: int
    screen_id: str
    screen: Screen
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notice: str | None = None
    waiting: Any = None


@dataclass(frozen=True, kw_only=True)
class PaperState:
    """How far one paper is."""

    name: str
    state: str
    page: int | None = None
    pages: int | None = None
    file_id: str | None = None
    words: str | None = None


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Papers that are being made."""

    job_ids: tuple[str, ...] = ("job",)
    papers: tuple[PaperState, ...] = ()
    position: int | None = None
    seconds_low: float | None = None
    seconds_high: float | None = None


class FakeVisits:
    """Shows *screens* one after the other; each valid post goes one on."""

    def __init__(self, *screens: Screen) -> None:
        self.screens = screens
        self.sessions: dict[str, int] = {}
        self.posts: list[tuple[str, dict[str, list[str]], dict[str, list[Any]]]] = []
        self.actions: list[tuple[str, dict[str, Any]]] = []
        self.told: list[tuple[dict[str, list[str]], str]] = []
        self.commands: list[Command] = []
        self.looked_up: list[tuple[str, str, str]] = []
        self.errors: dict[str, str] = {}
        self.shown: dict[str, Any] = {}
        self.failure: Exception | None = None

    def _at(self, session_id: str, **more: Any) -> Shown:
        if self.failure is not None:
            raise self.failure
        if session_id not in self.sessions:
            raise SessionGone("gone")
        place = min(self.sessions[session_id], len(self.screens) - 1)
        shown = Shown(session_id=session_id, version=place, screen_id=f"s{place}", screen=self.screens[place], **more)
        return replace(shown, **self.shown)

    def start(self, interview: str, **named: Any) -> Shown:
        self.started = named
        if interview != INTERVIEW:
            raise SourceError(f"there is no interview `{interview}`")
        session_id = secrets.token_hex(16)
        self.sessions[session_id] = 0
        return self._at(session_id)

    def show(self, session_id: str) -> Shown:
        return self._at(session_id)

    def submit(self, session_id: str, screen_id: str, form: Mapping[str, list[str]], uploads: Mapping[str, list[Any]]) -> Shown:
        self.posts.append((screen_id, dict(form), dict(uploads)))
        if self.errors:
            return self._at(session_id, errors=self.errors, typed=form)
        if screen_id == f"s{self.sessions.get(session_id)}":
            self.sessions[session_id] += 1
        return self._at(session_id)

    def act(self, session_id: str, action: str, arguments: dict[str, Any]) -> Shown:
        self.actions.append((action, arguments))
        return self._at(session_id)

    def look_up(self, session_id: str, screen_id: str, key: str, text: str) -> list[Option]:
        self.looked_up.append((screen_id, key, text))
        found = [name for name in ("Boston", "Brockton", "Brookline") if name.lower().startswith(text.lower())]
        return [Option(key=name, label=name, value=name) for name in found]

    def check_in(self, session_id: str, screen_id: str, form: Mapping[str, list[str]], changed: str) -> list[Command]:
        self.told.append((dict(form), changed))
        return list(self.commands)

    def back(self, session_id: str, screen_id: str) -> Shown:
        self.sessions[session_id] = max(0, self.sessions[session_id] - 1)
        return self._at(session_id)

    def delete(self, session_id: str) -> None:
        self.sessions.pop(session_id, None)


class FakeFiles:
    """Files by (session, id)."""

    def __init__(self) -> None:
        self.results = self
        self.kept: dict[tuple[str, str], tuple[StoredFile, bytes]] = {}

    def put(self, session_id: str, name: str, mimetype: str, data: bytes) -> str:
        file_id = secrets.token_hex(16)
        stored = StoredFile(id=file_id, name=name, mimetype=mimetype, size=len(data), sha256="")
        self.kept[session_id, file_id] = (stored, data)
        return file_id

    def info(self, session_id: str, file_id: str) -> StoredFile:
        return self.kept[session_id, file_id][0]

    def read(self, session_id: str, file_id: str) -> bytes:
        return self.kept[session_id, file_id][1]

    def named(self, session_id: str) -> list[StoredFile]:
        return [file for (owner, _), (file, _) in self.kept.items() if owner == session_id]


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to a session."""

    number: int
    kind: str
    data: Any = None


class FakeAudit:
    """The trail, in memory."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, dict[str, Any]]] = []

    def add(self, what: str, **more: Any) -> None:
        self.rows.append((what, more))


class FakeStore:
    """Files, events and jobs of one session, in memory."""

    def __init__(self) -> None:
        self.files = FakeFiles()
        self.told: list[Event] = []
        self.open_jobs: list[str] = []
        self.events = self
        self.jobs = self
        self.signals = self
        self.audit = FakeAudit()
        self.links = self
        self.ring: list[Any] = []

    def newest(self, session_id: str) -> int:
        return len(self.told)

    def after(self, session_id: str, number: int) -> list[Event]:
        return self.told[number:]

    def open_for(self, session_id: str) -> list[str]:
        return list(self.open_jobs)

    def counts(self) -> dict[str, int]:
        return {"waiting": len(self.open_jobs)}

    def subscribe(self, topic: str, ring: Any) -> Any:
        self.ring.append(ring)
        return lambda: self.ring.remove(ring)

    def listing(self, states: Any = (), *, limit: int = 100) -> list[Any]:
        """No job has failed."""
        return []

    def of(self, session_id: str) -> None:
        """No session has a private link."""

    def tell(self, kind: str) -> None:
        """Something happens."""
        self.told.append(Event(number=len(self.told) + 1, kind=kind))
        for ring in list(self.ring):
            ring()


class Shelf:
    """One interview."""

    def __init__(self, folder: Path | None = None, **look: Any) -> None:
        self.folder = folder
        self.look = look

    def served(self) -> list[Served]:
        return [Served(reference=INTERVIEW, title="Answer an eviction", description="For tenants. About 20 minutes.")]

    def resolve(self, reference: str) -> str:
        if reference != INTERVIEW:
            raise SourceError(f"there is no interview `{reference}`")
        return reference

    def get(self, reference: str) -> Any:
        if reference != INTERVIEW:
            raise SourceError(f"there is no interview `{reference}`")
        return type("Interview", (), {"features": {}, "metadata": {"title": "Answer an eviction"}, "package": "demo", "images": {}, **self.look})

    def mistake(self, reference: str) -> None:
        return None

    def static(self, package: str, path: str) -> Path | None:
        file = (self.folder or Path()) / path
        return file if self.folder and file.is_file() and file.resolve().is_relative_to(self.folder.resolve()) else None
