"""What is at hand during a visit: the seams through which the library reaches files, jobs and the engine.

``library`` never imports ``engine``, ``store`` or ``web``. It asks ``current()`` for the visit it is part of and uses the
Protocols below; ``visit`` (or a test) fills them in with ``enter(context)``. One contextvar holds it, so that threads and
nested visits do not meet.
"""

from __future__ import annotations

import enum
import hashlib
import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from engross.errors import UndefinedAttribute


class Purpose(enum.Enum):
    """Why interview code runs now."""

    SCREEN = "screen"
    """A person waits for a page: assembly is handed to a job."""
    JOB = "job"
    """A worker runs it: assembly happens here and now."""
    CHECK = "check"
    """``engross run`` or a test: assembly happens here and now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file of one session, as the file store knows it."""

    id: str
    """128-bit random id, hexadecimal; names the file in links."""
    name: str
    """The name shown to people, with its ending."""
    mimetype: str
    size: int
    """Bytes."""
    sha256: str
    """Hexadecimal digest of the bytes."""


class Files(Protocol):
    """The session's files. Every method works on this session only."""

    def save(self, data: bytes | Path, *, name: str, mimetype: str | None = None) -> StoredFile:
        """Keep *data* under a new id."""

    def keep(self, data: bytes | Path, *, name: str, mimetype: str | None = None) -> StoredFile:
        """Keep a draft's bytes so that ``documents.plan.Bytes`` finds them by digest; the same bytes are kept once."""

    def find(self, sha256: str) -> StoredFile | None:
        """The file of this session that has these bytes (``keep`` or ``save`` put it there), or None."""

    def info(self, file_id: str) -> StoredFile:
        """What is known of a file. Raises KeyError."""

    def path(self, file_id: str) -> Path:
        """A readable copy on this machine for as long as this visit lasts; its name ends as the file's name does."""

    def read(self, file_id: str) -> bytes:
        """The bytes. Raises KeyError."""

    def delete(self, file_id: str) -> None:
        """Forget the file; nothing happens when it is not there."""

    def url(self, file_id: str, *, attachment: bool = True, name: str | None = None) -> str:
        """The link under which this session's visitor gets the file. Its path ends as the file's name does, because
        interviews look at it (``url.endswith(".pdf")``). *name* takes the place of the stored name: one paper can be
        kept once and go by two names."""

    def static(self, reference: str, *, package: str | None = None, folder: str = "static") -> Path:
        """A file of an interview package: ``name.pdf`` or ``package:data/static/name.pdf``. Raises FileNotFoundError."""

    def static_url(self, reference: str, *, package: str | None = None) -> str:
        """The link to a file in a package's ``data/static``."""


class TaskState(enum.Enum):
    """Where a background task stands, in docassemble's (Celery's) words."""

    PENDING = "PENDING"
    """It waits for a worker."""
    STARTED = "STARTED"
    """A worker has it."""
    SUCCESS = "SUCCESS"
    """It ended and has a result."""
    FAILURE = "FAILURE"
    """It ended without one."""
    REVOKED = "REVOKED"
    """It was cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
    """What is known of a task now."""

    state: TaskState
    value: Any = None
    """What ``background_response`` gave."""
    error_type: str | None = None
    error_message: str | None = None
    finished_at: float | None = None
    """Seconds since the epoch."""


class Jobs(Protocol):
    """Background work of this session."""

    def start(self, action: str, arguments: Mapping[str, Any], *, notify: str | None = None) -> str:
        """Queue *action* (an event, or a name that a block defines); returns the task id. The row is written in the
        transaction that saves the answers. *notify*: ``refresh``, ``flash``, ``javascript`` or None."""

    def report(self, task_id: str) -> TaskReport:
        """How the task stands. A task that is not known is PENDING."""

    def wait(self, task_id: str, seconds: float) -> TaskReport:
        """Block until the task ends, at most *seconds*."""

    def cancel(self, task_id: str) -> None:
        """Stop the task if it has not ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFailure:
    """Why a paper could not be made."""

    reason: str
    """``password damaged large kind slow ours``: a file has a password, is damaged, is too large, is neither a picture nor a
    PDF; it took too long; our fault."""
    code: str
    """A short code to say on the telephone; the log has it too."""


class Papers(Protocol):
    """Where plans become files (``documents.plan``)."""

    def make(self, plan: Any, wanted: Mapping[str, Any], *, partial: bool = False) -> dict[str, StoredFile]:
        """The stored file for each of *wanted*, label → ``plan.Node``. On a screen, papers not made yet raise
        ``AssemblyPending``; in a job they are made here. With *partial* those that cannot be made are left out, and ``failure``
        says why; without it DocumentError is raised."""

    def failure(self, key: str) -> PaperFailure | None:
        """Why the node with this content key could not be made, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSession:
    """One of a person's sessions, as interview code may know it."""

    id: str
    interview: str
    """``package:data/questions/name.yml``"""
    created: float
    """Seconds since the epoch."""
    touched: float
    """When it was last saved; seconds since the epoch."""
    steps: int = 1
    notes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """label → what was noted of it, beside its answers: ``title description progress`` …"""
    titles: Mapping[str, Any] = field(default_factory=dict)
    """``title``, ``subtitle`` …, where the session has its own."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Of its interview."""


class Shelf(Protocol):
    """The other sessions of who is signed in, and those that this session has made itself. No method reaches any other: what names
    one may have come from a browser. Changes are there at once."""

    def all(self) -> list[OtherSession]:
        """Every one that can be read, the one used last first."""

    def create(self, interview: str, *, url_arguments: Mapping[str, str] | None = None) -> str:
        """A new session without answers; it belongs to who is signed in. Gives its id. Raises AuthorError."""

    def variables(self, session_id: str) -> dict[str, Any]:
        """A copy of its answers. Raises KeyError when it is none of these."""

    def put(self, session_id: str, variables: Mapping[str, Any], titles: Mapping[str, Any] | None = None) -> None:
        """Set variables, path → value, and titles of its screens. Raises KeyError."""

    def note(self, session_id: str, label: str, said: Mapping[str, Any], *, replace: bool = False) -> None:
        """Add to what is noted of it under *label*, or put it in its place. Raises KeyError."""

    def delete(self, session_id: str) -> bool:
        """Delete it with all its files; whether it was one of these and there."""

    def act(self, session_id: str, action: str, arguments: Mapping[str, Any], *, persistent: bool = False, step: bool = True) -> None:
        """Run an action in it. What the action asks is not left for the visitor to answer unless *persistent*; without *step* Undo
        goes over it. Raises KeyError, and what the interview's code raises."""

    def back(self, session_id: str) -> None:
        """Undo its last step; nothing happens at its first. Raises KeyError."""

    def screen(self, session_id: str) -> dict[str, Any]:
        """The screen that it shows now (``engine.screen.to_data``); no step is added. Raises KeyError."""

    def invite(self, session_id: str, *, hours: float | None = None) -> str | None:
        """What an address says of a session so that it leads others into it, for as many *hours* or for as long as there is one: of
        this session while its ``multi_user`` is true, and of those that it has made. None for all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Who is there, as the browser tells it: more than one person may be in a session whose ``multi_user`` is true."""

    browser: str = ""
    """A name for the browser that does not tell its secret."""
    guest_in: frozenset[str] = frozenset()
    """The sessions that it came to by an invitation (``Shelf.invite``)."""
    sign_in: str = field(default="", repr=False)
    """The token of a sign-in, or nothing."""


_presence: ContextVar[Presence | None] = ContextVar("who is there", default=None)


def arrive(presence: Presence) -> None:
    """Say who is there, in this context and the threads that it starts."""
    _presence.set(presence)


def presence() -> Presence | None:
    """Who is there; None in workers and wherever no browser asks."""
    return _presence.get()


class Commons(Protocol):
    """What interview code keeps for more than one session. *base* says for whom: ``user`` (who is signed in), ``interview`` (all sessions
    of it), ``global`` (all of the server), or a name that interviews agree on. Changes are there at once."""

    def get(self, base: str, key: str) -> Any:
        """A copy of what is kept, or None."""

    def has(self, base: str, key: str) -> bool:
        """Whether something is kept."""

    def put(self, base: str, key: str, value: Any) -> None:
        """Keep *value*. Raises EngrossError when it cannot be kept."""

    def delete(self, base: str, key: str) -> None:
        """Forget a value; nothing happens when there is none."""

    def keys(self, base: str) -> list[str]:
        """The keys that have values."""

    def items(self, base: str) -> dict[str, Any]:
        """key → a copy of what is kept."""

    def change(self, base: str, key: str, work: Callable[[Any], Any]) -> None:
        """Keep what *work* makes of what is kept (None for nothing): of several that change it at once, each sees what the one before
        made. *work* takes no time and reaches for nothing else."""


class AssemblyPending(BaseException):
    """Papers are needed that do not exist yet; a job must make them. Not an Exception, so that an author's
    ``try … except`` does not swallow it. ``visit`` turns it into a job."""

    def __init__(self, plan: Any, wanted: Mapping[str, Any]) -> None:
        super().__init__("papers are being made")
        self.plan = plan
        self.wanted = dict(wanted)


class Interviewing(Protocol):
    """What library code may ask of the interview and the solver during a visit."""

    def render(self, template: Any, values: Mapping[str, Any] | None = None) -> str:
        """A ``language.blocks.Text`` with the current answers (and *values* on top)."""

    def evaluate(self, source: str) -> Any:
        """Python source **from the interview's own text** with the current answers. Never for a visitor's text."""

    def define(self, path: str) -> None:
        """Make sure the path has a value by raising ``Undefined`` until the solver found one."""

    def process_action(self) -> None:
        """Do the action that was asked for, or the next on the stack; where the interview calls ``process_action()``."""

    def metadata(self) -> dict[str, Any]:
        """The interview's ``metadata``, later blocks over earlier ones."""

    def block(self, path: str) -> Any:
        """The block that would be asked for *path*, or None."""

    def attachment(self, block: Any) -> Any:
        """Drafts of an attachment block (``engine.attachments``)."""

    def find_class(self, module: str, name: str) -> Any:
        """A class of the interview's own modules and what they may name, or None."""

    def review_event(self) -> str | None:
        """The event of the interview's last review screen, or None: where a visitor changes answers at the end."""


@dataclass(slots=True, kw_only=True)
class Person:
    """Who uses the session."""

    id: int | None = None
    email: str | None = None
    first_name: str = ""
    last_name: str = ""
    roles: frozenset[str] = frozenset({"user"})
    logged_in: bool = False
    timezone: str | None = None


@dataclass(slots=True, kw_only=True)
class Moment:
    """What is true only while interview code runs. Never kept; a new visit starts with a new one."""

    probing: bool = False
    """Whether ``defined`` or ``showifdef`` is looking: lists must not grow by being looked at. What the solver remembers
    while it solves (seeking, gathering mode, reconsidered, forgiven) is on ``internal``."""
    missing: UndefinedAttribute | None = None
    """The attribute that was found undefined last. When that happens inside a property, Python hides it and asks
    ``__getattr__`` instead, which raises it again."""
    info: dict[str, Any] = field(default_factory=dict)
    """``set_info``: ``user``, ``role``."""
    block: Any = None
    """The block that runs now."""
    attachment: dict[str, Any] | None = None
    """``name filename description …`` of the paper that is being filled, for ``current_context().attachment``."""
    form_field: Any = None
    """The boxes of the PDF form's field that is being filled (``documents.pdf.Boxes``), or None."""
    form_field_shown: str | None = None
    """What of a text was said to fit into it, without the words that stand for the rest."""
    form_texts: list[tuple[str, Callable[[], None]]] | None = None
    """While code gives all fields of a form at once: what each text showed, and how it learns the box in ``form_field``."""
    form_field_taken: bool = False
    """Whether a text learned its box since the filling began, so that what was told of its length before may have changed."""
    names_used: set[str] | None = None
    """While a paper is filled: the plain variables that it looked at, so that it can be made again when one of them changes."""
    on_error: tuple[str, dict[str, Any]] | None = None
    """``background_error_action``: (action, arguments) when the job fails."""
    checking_in: bool = False
    """Whether a page that is being filled in asks (``check in``); a template with a ``target`` is the answer then."""
    no_way_back: bool = False
    """``prevent_going_back``"""
    save: str = "new"
    """``set_save_status``: ``new``, ``overwrite`` or ``ignore``."""


@dataclass(slots=True, kw_only=True)
class Context:
    """All that one visit has at hand. ``Any`` stands where a type would point up the house."""

    namespace: MutableMapping[str, Any]
    """The answers, name → value. Library and standard names are not in it (see ``engine.evaluation``)."""
    internal: Any
    """``engine.answers.Answers``: blocks that ran, events, sections, progress."""
    interviewing: Interviewing
    files: Files
    jobs: Jobs
    papers: Papers
    shelf: Shelf = field(default_factory=lambda: _nobody)
    commons: Commons | None = None
    """None where nothing leaves the session: a confidential one, or a test."""
    purpose: Purpose = Purpose.SCREEN
    interview_file: str = ""
    """``package:data/questions/name.yml``"""
    package: str = ""
    """The package that ``static`` references without a package mean."""
    session_id: str = ""
    language: str = "en"
    locale: str = "en_US"
    timezone: str = "America/New_York"
    country: str = "US"
    currency: str = "USD"
    medium: str | None = None
    """What text is being written for: None for a screen, ``docx``, ``pdf`` or ``pandoc`` for a paper."""
    person: Person = field(default_factory=Person)
    url: str = "http://127.0.0.1:8000/interview"
    """Absolute address of the interview page, without query."""
    url_arguments: dict[str, str] = field(default_factory=dict)
    action: str | None = None
    """The action (event) this visit was asked to run, if any."""
    action_arguments: dict[str, Any] = field(default_factory=dict)
    device: dict[str, Any] = field(default_factory=dict)
    """What is known of the browser: ``user_agent``, ``mobile``, ``ip``."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """What ``get_config`` may read: the ``config`` table of ``engross.toml``."""
    screen: dict[str, Any] = field(default_factory=dict)
    """Small things that code says while a screen is made: log messages, menu items, parts set by ``set_parts``."""
    outbox: list[dict[str, Any]] = field(default_factory=list)
    """Effects that leave after the answers are saved: e-mail, webhooks."""
    responses: list[dict[str, Any]] = field(default_factory=list)
    """In a job: what ``background_response`` and ``background_response_action`` said."""
    moment: Moment = field(default_factory=Moment)


_current: ContextVar[Context | None] = ContextVar("engross_context", default=None)


class _Nobody:
    """Stands for the interview, its files and its jobs where no interview runs: a sentence for whoever asks."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise RuntimeError("this can only be used while an interview runs")


class _PackageFiles(_Nobody):
    """Files where no interview runs: those that packages bring."""

    def static(self, reference: str, *, package: str | None = None, folder: str = "static") -> Path:
        """As ``Files.static``. Raises FileNotFoundError."""
        owner, colon, name = reference.rpartition(":")
        try:
            spec = importlib.util.find_spec(owner if colon else package or "")
        except (ImportError, ValueError):
            spec = None
        for base in (spec.submodule_search_locations if spec is not None else None) or ():
            path = Path(base, name) if colon and "/" in name else Path(base, "data", folder, name)
            if ".." not in path.parts and path.is_file():
                return path
        raise FileNotFoundError(reference)

    def static_url(self, reference: str, *, package: str | None = None) -> str:
        """As ``Files.static_url``, without the server's address."""
        owner, colon, name = reference.rpartition(":")
        return f"/packagestatic/{owner if colon else package}/{name.removeprefix('data/static/')}"


def outside() -> Context:
    """What is at hand where no interview runs: while a module is imported, and in tests of packages. Language, place and the
    server's ``config``; one for the process."""
    return _outside_context


def current() -> Context:
    """The visit this code runs in; outside of one, ``outside()``, whose files, jobs and interview raise RuntimeError."""
    return _current.get() or _outside_context


def current_or_none() -> Context | None:
    """The visit this code runs in, or None at import time and in plain unit tests."""
    return _current.get()


@contextmanager
def enter(context: Context) -> Iterator[Context]:
    """Make *context* current for a block of code."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


@contextmanager
def step_outside() -> Iterator[None]:
    """No visit is current for a block of code, such as the import of a module that all visits share."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


_nobody: Any = _Nobody()
_files: Any = _PackageFiles()
_outside_context = Context(
    namespace={}, internal=_nobody, interviewing=_nobody, files=_files, jobs=_nobody, papers=_nobody
)


def send(message: dict[str, Any]) -> None:
    """Let *message* leave when the answers are saved. Code that is run again from its beginning, because something it needs was
    missing, sends once: what an unfinished run has sent is not sent by the next."""
    context = current()
    unfinished, mark = _unfinished(context), _mark(message)
    sent_marks(context).append(mark)
    if mark in unfinished:
        unfinished.remove(mark)
    else:
        context.outbox.append(message)


def sent_marks(context: Context) -> list[str]:
    """A mark for each message that code of this visit sent, in order."""
    marks: list[str] = context.screen.setdefault("sent", [])
    return marks


def note_unfinished(context: Context, start: int) -> None:
    """The code that sent the messages from number *start* on did not come to its end, and will run again."""
    marks = sent_marks(context)
    _unfinished(context).extend(marks[start:])
    del marks[start:]


def _unfinished(context: Context) -> list[str]:
    misc = getattr(context.internal, "misc", None) if context is not _outside_context else None
    return misc.setdefault("unfinished messages", []) if isinstance(misc, dict) else []


def _mark(message: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(message, sort_keys=True, default=str).encode()).hexdigest()[:24]


def moment() -> Moment:
    """The current visit's Moment; outside of one, in plain unit tests and at import time, one for the process."""
    return current().moment
