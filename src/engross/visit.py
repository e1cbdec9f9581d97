"""Visit: one visit to one session. Load, enter the context, think, save.

The only writer of sessions and the only one that enters ``context``. Everything here is synchronous; ``web`` calls it in threads,
``worker`` in its own process. What code may reach of the outside world during a visit (files, jobs, papers) are the small classes
``SessionFiles``, ``SessionJobs`` and ``SessionPapers``, bound to one session.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from engross import names
from engross.context import (
    AssemblyPending,
    Context,
    Person,
    Purpose,
    StoredFile,
    TaskReport,
    TaskState,
    enter,
    outside,
)
from engross.documents import plan as plans
from engross.documents.assemble import Progress, assemble
from engross.engine import acceptance, evaluation, patience, submission
from engross.engine.answers import Answers
from engross.engine.screen import Response, Screen, from_data, to_data
from engross.engine.solver import Solver
from engross.engine.submission import Rejected, Upload
from engross.errors import (
    Conflict,
    DocumentError,
    OperatorError,
    SessionGone,
    StorageUnavailable,
    Undefined,
    UndefinedName,
    VisitorError,
)
from engross.language.interview import Interview, Interviews
from engross.language.source import locate_data
from engross.library import word_files
from engross.library.words import word
from engross.settings import Settings
from engross.store import Store, codec
from engross.store.jobs import Job, JobReport, JobState, NewJob
from engross.store.sessions import Session, new_id

Json = Any
Form = Mapping[str, Sequence[str]]
Uploads = Mapping[str, Sequence[Upload]]
T = TypeVar("T")
TRIES = 6
"""How often a save is tried again when the session went on meanwhile."""
TRACES_KEPT = 200
PAGE_ACTIONS = frozenset({"restart", "exit", "leave", "logout", "exit_logout", "new_session", "refresh", "signin", "register"})
"""What a page may ask for besides actions of the interview."""
_LINKED_ACTION = re.compile(r"[?&;]action=([A-Za-z0-9_%=+/-]+)")
_STATES = {
    JobState.WAITING: TaskState.PENDING,
    JobState.RUNNING: TaskState.STARTED,
    JobState.DONE: TaskState.SUCCESS,
    JobState.FAILED: TaskState.FAILURE,
    JobState.DEAD: TaskState.FAILURE,
    JobState.CANCELLED: TaskState.REVOKED,
    JobState.NEEDS_ANSWER: TaskState.PENDING,
    JobState.JOINED: TaskState.PENDING,
}


# --------------------------------------------------------------------------------------------------------- what is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperState:
    """How far one paper is."""

    name: str
    """Its title, in the visitor's words."""
    state: str
    """``waiting working done failed``"""
    pages: int | None = None
    file_id: str | None = None
    words: str | None = None
    """What is being done now, or why it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Papers that are being made."""

    job_ids: tuple[str, ...]
    papers: tuple[PaperState, ...] = ()
    position: int | None = None
    """How many jobs come before, 0 when it is being worked on."""
    seconds_low: float | None = None
    """An estimate of the time left."""
    seconds_high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a visitor is shown."""

    session_id: str
    version: int
    screen_id: str
    screen: Screen
    errors: Mapping[str, str] = field(default_factory=dict)
    """key of the field → what to correct; "" is the whole screen"""
    typed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What was posted, to be shown again beside ``errors``."""
    notice: str | None = None
    waiting: Waiting | None = None


class Report(Protocol):
    """What work tells of its progress (``worker.Report``)."""

    lost: threading.Event

    def __call__(self, data: Json) -> None: ...


# -------------------------------------------------------------------------------------------- the session's own things


class SessionFiles:
    """``context.Files`` over the store, for one session."""

    def __init__(self, store: Store, session_id: str, interview: Interview, folder: Path, root: str = "") -> None:
        self._store = store
        self._session_id = session_id
        self._interview = interview
        self._folder = folder
        self._root = root

    def save(self, data: bytes | Path, *, name: str, mimetype: str | None = None) -> StoredFile:
        return self._store.files.save(self._session_id, data, name, mimetype)

    def keep(self, data: bytes | Path, *, name: str, mimetype: str | None = None) -> StoredFile:
        import hashlib

        content = data.read_bytes() if isinstance(data, Path) else data
        digest = hashlib.sha256(content).hexdigest()
        return self._store.files.save(self._session_id, content, name, mimetype, once=f"draft:{digest}")

    def find(self, sha256: str) -> StoredFile | None:
        return self._store.files.by_digest(self._session_id, sha256)

    def info(self, file_id: str) -> StoredFile:
        return self._store.files.info(self._session_id, str(file_id))

    def path(self, file_id: str) -> Path:
        return self._store.files.open_copy(self._session_id, str(file_id), self._folder)

    def read(self, file_id: str) -> bytes:
        return self._store.files.read(self._session_id, str(file_id))

    def delete(self, file_id: str) -> None:
        self._store.files.delete(self._session_id, str(file_id))

    def url(self, file_id: str, *, attachment: bool = True, name: str | None = None) -> str:
        from urllib.parse import quote

        query = [] if attachment else ["inline=1"]
        if name:
            query.append(f"name={quote(name)}")
        return f"{self._root}/files/{file_id}" + ("?" + "&".join(query) if query else "")

    def static(self, reference: str, *, package: str | None = None, folder: str = "static") -> Path:
        found = locate_data(reference, package=package or self._interview.package, folder=folder)
        if found is None:
            raise FileNotFoundError(reference)
        return found

    def static_url(self, reference: str, *, package: str | None = None) -> str:
        owner, colon, name = reference.rpartition(":")
        name = name.removeprefix("data/static/")
        return f"{self._root}/packagestatic/{owner if colon else package or self._interview.package}/{name}"


class SessionJobs:
    """``context.Jobs``: tasks are queued when the answers are saved."""

    def __init__(self, store: Store, answers: Answers, resolve: codec.Resolve) -> None:
        self._store = store
        self._answers = answers
        self._resolve = resolve
        self.new: list[NewJob] = []

    def start(self, action: str, arguments: Mapping[str, Any], *, notify: str | None = None) -> str:
        job_id = new_id()
        self.new.append(self._job(job_id, action, _packed(dict(arguments), self._resolve), notify))
        return job_id

    @staticmethod
    def _job(job_id: str, action: str, arguments: str, notify: str | None) -> NewJob:
        payload = {"action": action, "arguments": arguments}
        return NewJob(id=job_id, kind="action", payload=payload, notify=notify)

    def current_id(self, task_id: str) -> str:
        """The job that does the task now: a later one when the first had to ask for something."""
        again = self._answers.misc.get("tasks again", {})
        while task_id in again:
            task_id = again[task_id]
        return task_id

    def report(self, task_id: str) -> TaskReport:
        job_id = self.current_id(task_id)
        if any(job.id == job_id for job in self.new):
            return TaskReport(state=TaskState.PENDING)
        return self._told(task_id, self._store.jobs.report(job_id))

    def wait(self, task_id: str, seconds: float) -> TaskReport:
        job_id = self.current_id(task_id)
        if any(job.id == job_id for job in self.new):
            return TaskReport(state=TaskState.PENDING)
        return self._told(task_id, self._store.jobs.wait(job_id, seconds))

    def cancel(self, task_id: str) -> None:
        job_id = self.current_id(task_id)
        self.new[:] = [job for job in self.new if job.id != job_id]
        self._store.jobs.cancel(job_id)

    def _told(self, task_id: str, report: JobReport | None) -> TaskReport:
        if report is None:
            return TaskReport(state=TaskState.PENDING)
        if report.state is JobState.NEEDS_ANSWER:
            self._ask_and_start_again(task_id, report)
        value = None
        if report.state is JobState.DONE and isinstance(report.result, dict) and "value" in report.result:
            value = _unpacked(report.result["value"], self._resolve)
        return TaskReport(
            state=_STATES[report.state],
            value=value,
            error_type=report.error_type,
            error_message=report.error_message,
            finished_at=report.finished,
        )

    def _ask_and_start_again(self, task_id: str, report: JobReport) -> None:
        """The task could not go on without an answer: ask for it; once it is there, start the task again."""
        if report.path is not None and not names.is_defined(self._answers.namespace, report.path):
            raise UndefinedName(report.path)
        payload = self._answers.misc.get("task payloads", {}).get(report.id)
        if payload is None:
            return
        job_id = new_id()
        self._answers.misc.setdefault("tasks again", {})[report.id] = job_id
        self.new.append(self._job(job_id, payload["action"], payload["arguments"], report.notify))

    def remember(self) -> None:
        """Note what the new tasks are, so that they can be started again."""
        for job in self.new:
            if job.kind == "action":
                self._answers.misc.setdefault("task payloads", {})[job.id] = dict(job.payload)


class SessionPapers:
    """``context.Papers``: on a screen what is not there yet raises AssemblyPending; in a job it is made here and now."""

    def __init__(self, store: Store, session_id: str, make: Callable[[Any], None] | None) -> None:
        self._store = store
        self._session_id = session_id
        self._make = make

    def make(self, plan: Any, wanted: Mapping[str, Any]) -> dict[str, StoredFile]:
        found = self._found(wanted)
        if len(found) == len(wanted):
            return found
        if self._make is None:
            raise AssemblyPending(plan, wanted)
        self._make(replace(plan, outputs=dict(wanted)))
        return self._found(wanted)

    def _found(self, wanted: Mapping[str, Any]) -> dict[str, StoredFile]:
        results = self._store.files.results
        found: dict[str, StoredFile] = {}
        for label, node in wanted.items():
            if isinstance(node, plans.Bytes):
                stored = self._store.files.by_digest(self._session_id, node.sha256)
            else:
                stored = results.find(self._session_id, node.key)
            if stored is not None:
                found[label] = stored
        return found


class _Bench:
    """``assemble.Tools`` for one session."""

    def __init__(self, store: Store, session_id: str, office: Any, titles: Mapping[str, str]) -> None:
        self._store = store
        self._session_id = session_id
        self.office = office
        self._titles = titles

    def find(self, key: str) -> StoredFile | None:
        return self._store.files.results.find(self._session_id, key)

    def keep(self, key: str, data: bytes, mimetype: str) -> StoredFile:
        name = self._titles.get(key) or "paper"
        stored = self._store.files.save(self._session_id, data, name, mimetype)
        return self._store.files.results.keep(self._session_id, key, stored)

    def read(self, sha256: str) -> bytes:
        stored = self._store.files.by_digest(self._session_id, sha256)
        if stored is None:
            raise KeyError(sha256)
        return self._store.files.read(self._session_id, stored.id)


class _Rows:
    """How far each paper of a plan is, in the order of the plan."""

    def __init__(self, plan: plans.Plan, bench: _Bench) -> None:
        self._left: dict[str, int] = {}
        """title → steps that are not done"""
        self._words: dict[str, str] = {}
        self._states: dict[str, str] = {}
        for step in plan.steps:
            if step.title:
                known = not isinstance(step.node, plans.Bytes) and bench.find(step.node.key) is not None
                self._left[step.title] = self._left.get(step.title, 0) + (not known)
        self._states = {title: "waiting" if left else "done" for title, left in self._left.items()}

    def note(self, progress: Progress) -> None:
        """A step begins or ends."""
        title = progress.title
        if title not in self._left:
            return
        if progress.finished:
            self._left[title] -= 1
        self._states[title] = "done" if self._left[title] <= 0 else "working"
        self._words[title] = progress.action

    def data(self) -> Json:
        """A row per paper."""
        return [
            {"name": title, "state": state, "words": self._words.get(title) if state == "working" else None}
            for title, state in self._states.items()
        ]


def _packed(value: Any, resolve: codec.Resolve) -> str:
    return codec.encode_value(value, resolve).decode("ascii")


def _unpacked(text: str, resolve: codec.Resolve) -> Any:
    return codec.decode_value(text.encode("ascii"), resolve)


# ---------------------------------------------------------------------------------------------------------------- visits


@dataclass(slots=True)
class _Room:
    """One session, opened for one visit."""

    session: Session
    interview: Interview
    answers: Answers
    solver: Solver
    context: Context
    jobs: SessionJobs
    resolve: codec.Resolve
    extra_jobs: list[NewJob] = field(default_factory=list)
    dropped: bool = False
    """The session was made during this visit and could not be saved."""


def _learn_words(settings: Settings) -> None:
    """Read the translations for ``word()`` that ``words`` of the ``config`` table names. Raises OperatorError."""
    named = settings.config.get("words") or []
    for reference in [named] if isinstance(named, str) else named:
        path = Path(reference) if Path(reference).is_file() else locate_data(reference, package="", folder="sources")
        if path is None:
            raise OperatorError(f"setting `words`: there is no file `{reference}`.")
        word_files.load(path)


class Visits:
    """All visits of one process. Safe to use from several threads."""

    def __init__(
        self, store: Store, settings: Settings, interviews: Interviews | None = None, *, office: Any = None
    ) -> None:
        self._store = store
        self._settings = settings
        _learn_words(settings)
        outside().config = settings.config  # modules read it while they are imported
        self._interviews = interviews or Interviews()
        self._office = office
        self._office_guard = threading.Lock()
        self._traces: OrderedDict[str, dict[str, Any]] = OrderedDict()

    # ------------------------------------------------------------------------------------------------ for visitors

    def start(
        self,
        interview: str,
        *,
        url_arguments: Mapping[str, str] | None = None,
        device: Mapping[str, Any] | None = None,
        language: str | None = None,
        person: Person | None = None,
    ) -> Shown:
        """A new session and its first screen. Raises AuthorError."""
        loaded = self._interviews.get(interview)
        session = self._store.sessions.create(
            interview,
            digest=loaded.digest,
            language=language or loaded.default_language or self._settings.language,
            url_arguments=url_arguments,
            device=device,
            person_id=person.id if person else None,
        )
        try:
            with self._opened(session) as room:
                room.answers.namespace["url_args"] = dict(url_arguments or {})
                room.answers.starttime = _now()
                return self._think(room, step=True)
        except BaseException:
            if self._store.sessions.load(session.id).version == 0:
                self._store.delete(session.id, who="server")
            raise

    def show(self, session_id: str) -> Shown:
        """The screen of the session now: thought through again, for work may have ended meanwhile. No step is added."""

        def look(room: _Room) -> Shown:
            return self._think(room, step=False)

        return self._retried(session_id, look)

    def submit(self, session_id: str, screen_id: str, form: Form, uploads: Uploads | None = None) -> Shown:
        """Take the answers to the screen *screen_id* and show what comes next; or the same screen with what is wrong."""
        given = uploads or {}

        def take(room: _Room) -> Shown:
            return self._take(room, screen_id, form, given)

        return self._retried(session_id, take)

    def act(self, session_id: str, action: str, arguments: Mapping[str, Any] | None = None) -> Shown:
        """Do what a link or button of the page asks for. Raises VisitorError for what the page did not offer."""
        given = dict(arguments or {})

        def do(room: _Room) -> Shown:
            if action in PAGE_ACTIONS:
                return self._page_action(room, action)
            _check_action(action, given, room.session)
            room.context.action, room.context.action_arguments = action, given
            return self._think(room, step=True)

        return self._retried(session_id, do)

    def back(self, session_id: str, screen_id: str) -> Shown:
        """One step back, with what was answered since as the defaults of its screen."""
        newest = self._store.sessions.load(session_id)
        if newest.screen_id != screen_id and screen_id:
            return self.show(session_id)
        if not newest.can_go_back or _forbids_back(newest):
            return self.show(session_id)
        after = newest.answers(self._resolver(newest))
        self._store.sessions.back(session_id, newest.version)

        def look(room: _Room) -> Shown:
            room.solver.before = after.namespace
            return self._think(room, step=False)

        return self._retried(session_id, look)

    def restart(self, session_id: str) -> Shown:
        """The same interview from its beginning, without the answers."""
        session = self._store.sessions.load(session_id)
        self.delete(session_id)
        return self.start(
            session.interview,
            url_arguments=session.url_arguments,
            device=session.device,
            language=session.language,
            person=Person(id=session.person_id) if session.person_id is not None else None,
        )

    def delete(self, session_id: str) -> None:
        """Destroy the session: its answers, its key, its files."""
        self._traces.pop(session_id, None)
        self._store.delete(session_id)

    def set_language(self, session_id: str, language: str) -> None:
        """Go on in another language."""

        def change(room: _Room) -> Shown:
            room.answers.language = room.context.language = language
            return self._think(room, step=False)

        self._retried(session_id, change)

    def waiting(self, session_id: str) -> Waiting | None:
        """What is being made for the session now, or None."""
        return self._waiting_for(self._store.jobs.open_for(session_id))

    def explain(self, session_id: str) -> dict[str, Any]:
        """Why the screen that was shown last is asked, and the variables: for the author's panel."""
        known = dict(self._traces.get(session_id, {}))
        session = self._store.sessions.load(session_id)
        answers = session.answers(self._resolver(session))
        known["variables"] = [
            (name, _described(value)) for name, value in sorted(answers.namespace.items()) if not name.startswith("_")
        ]
        return known

    # --------------------------------------------------------------------------------------------------- for workers

    def work(self, job: Job, report: Report) -> Json:
        """Do *job*. Raises Undefined when only the visitor can give a value; what else goes wrong passes through."""
        if job.kind == "assemble":
            return self._assemble(job, report)
        return self._act_in_background(job, report)

    def _assemble(self, job: Job, report: Report) -> Json:
        wanted = plans.plan_from_data(job.payload["plan"])
        self._make(job.session_id, wanted, report)
        return {"made": [node.key for node in wanted.outputs.values()]}

    def _make(self, session_id: str, wanted: plans.Plan, report: Report | None) -> None:
        """Make the outputs of *wanted* that are not there yet. Raises AssemblyFailed."""
        titles = {step.node.key: step.title for step in wanted.steps}
        files = {node.key: wanted.names.get(label, "") for label, node in wanted.outputs.items()}
        bench = _Bench(self._store, session_id, self.office, {**titles, **{k: v for k, v in files.items() if v}})

        rows = _Rows(wanted, bench)

        def tell(progress: Progress) -> None:
            rows.note(progress)
            if report is not None:
                report(
                    {
                        "papers": rows.data(),
                        "number": progress.number,
                        "total": progress.total,
                        "action": progress.action,
                        "title": progress.title,
                        "finished": progress.finished,
                    }
                )

        assemble(wanted, bench, tell, cancelled=report.lost if report is not None else None)

    @property
    def office(self) -> Any:
        """The converter of this process, started when it is needed first."""
        with self._office_guard:
            if self._office is None:
                from engross.documents.office import Office

                self._office = Office(
                    parallel=self._settings.office_pool,
                    program=self._settings.office_program,
                    seconds=self._settings.office_seconds,
                    queue=self._settings.office_queue,
                    recycle=self._settings.office_recycle,
                    unsafe=self._settings.sandbox == "none",
                )
            return self._office

    def _act_in_background(self, job: Job, report: Report) -> Json:
        session = self._store.sessions.load(job.session_id, job.version)
        with self._opened(session, Purpose.JOB, report) as room:
            room.context.action = str(job.payload["action"])
            room.context.action_arguments = _unpacked(job.payload["arguments"], room.resolve)
            try:
                with enter(room.context):
                    screen = room.solver.solve()
            except Undefined:
                raise
            except Exception as error:
                self._tell_of_error(room, job, error)
                raise
            outbox = list(room.context.outbox)
        if hasattr(report, "outbox"):
            report.outbox.extend(outbox)
        said = room.context.responses[-1] if room.context.responses else None
        if said is None:
            if screen.sought and job.payload["action"] not in room.context.screen.get("finished actions", ()):
                raise UndefinedName(screen.sought)  # the action could not end without asking this
            return {}
        if "value" in said:
            return {"value": _packed(said["value"], room.resolve)}
        if said.get("action"):
            self._act_on_newest(job, said["action"], _packed(said["arguments"], room.resolve))
        return {}

    def _tell_of_error(self, room: _Room, job: Job, error: Exception) -> None:
        """``background_error_action``"""
        wanted = room.context.moment.on_error
        if wanted is not None:
            action, arguments = wanted
            given = {"error_type": type(error).__name__, "error_message": str(error), **arguments}
            self._act_on_newest(job, action, _packed(given, room.resolve))

    def _act_on_newest(self, job: Job, action: str, arguments: str) -> None:
        """Run *action* on the newest answers, once and without a step; again when the session went on meanwhile.

        Once also when the worker is killed after the save and the job is tried again: the save leaves a mark. Raises JobLost when
        the job was cancelled or given to another worker.
        """
        mark = f"job:{job.id[:60]}"

        def do(room: _Room) -> None:
            if self._store.sessions.was_answered(job.session_id, mark) is not None:
                return
            room.context.action = action
            room.context.action_arguments = _unpacked(arguments, room.resolve)
            with enter(room.context), suppress(AssemblyPending):
                room.solver.solve()
            self._save(room, screen=room.session.screen, screen_id=room.session.screen_id, step=False, answered=mark, job=job)

        self._retried(job.session_id, do, Purpose.JOB)

    # ------------------------------------------------------------------------------------------------------ the story

    def _retried(self, session_id: str, work: Callable[[_Room], T], purpose: Purpose = Purpose.SCREEN) -> T:
        """Open the newest version and *work*; when somebody else saved meanwhile, open that and work again."""
        for attempt in range(TRIES):
            session = self._store.sessions.load(session_id)
            try:
                with self._opened(session, purpose) as room:
                    return work(room)
            except Conflict:
                if attempt == TRIES - 1:
                    raise
                time.sleep(0.01 * (attempt + 1) * secrets.randbelow(5))
        raise SessionGone("This session is not there any more.")

    @contextmanager
    def _opened(self, session: Session, purpose: Purpose = Purpose.SCREEN, report: Report | None = None) -> Iterator[_Room]:
        interview = self._interviews.get(session.interview)
        resolve = self._resolver(session)
        answers = session.answers(resolve)
        solver = Solver(interview, answers)
        jobs = SessionJobs(self._store, answers, resolve)
        make = None
        if purpose is not Purpose.SCREEN:

            def make(wanted: Any) -> None:
                self._make(session.id, wanted, report)

        with self._store.files.temporary_folder() as folder:
            context = Context(
                namespace=answers.namespace,
                internal=answers,
                interviewing=solver,
                files=SessionFiles(self._store, session.id, interview, folder, self._settings.root_path),
                jobs=jobs,
                papers=SessionPapers(self._store, session.id, make),
                purpose=purpose,
                interview_file=interview.file,
                package=interview.package,
                session_id=session.id,
                language=answers.language or session.language or interview.default_language or self._settings.language,
                locale=self._settings.locale,
                timezone=self._settings.timezone,
                country=self._settings.country,
                currency=self._settings.currency,
                person=Person(id=session.person_id, logged_in=session.person_id is not None),
                url=f"{self._settings.url or f'http://{self._settings.host}:{self._settings.port}'}{self._settings.root_path}/interview",
                url_arguments=session.url_arguments,
                device=session.device,
                config=self._settings.config,
            )
            yield _Room(session, interview, answers, solver, context, jobs, resolve)

    def _resolver(self, session: Session) -> codec.Resolve:
        interview = self._interviews.get(session.interview)
        return lambda module, name: evaluation.find_class(interview, module, name)

    @contextmanager
    def _thinking(self, room: _Room) -> Iterator[None]:
        """Enter the visit's context, with an end to what code may think. Raises CodeError when it thinks for too long."""
        cpu, wall = self._settings.think_seconds, self._settings.think_seconds + self._settings.request_seconds
        with patience.limited(cpu, wall, room.interview.file), enter(room.context):
            yield

    def _think(self, room: _Room, *, step: bool, answered: str | None = None) -> Shown:
        """Solve, wait a little for papers, save, and show."""
        deadline = time.monotonic() + self._settings.screen_wait_seconds
        if step and room.session.version:
            room.answers.steps += 1
        while True:
            try:
                with self._thinking(room):
                    screen = room.solver.solve()
                self._remember_trace(room)
                break
            except AssemblyPending as pending:
                job_id = self._start_assembly(room, pending)
                placeholder = self._placeholder(room)
                shown = self._save_and_show(room, placeholder, step=step, answered=answered)
                left = deadline - time.monotonic()
                report = self._store.jobs.wait(job_id, left) if left > 0 else self._store.jobs.report(job_id)
                if report is None or report.state.is_open:
                    return replace(shown, waiting=self._waiting_for([job_id]))
                self._forget_assembly(room, report)
                step, answered = False, None
        shown = self._save_and_show(room, screen, step=step, answered=answered)
        if screen.reload_seconds is not None:
            shown = replace(shown, waiting=self.waiting(room.session.id))
        return shown

    def _save_and_show(self, room: _Room, screen: Screen, *, step: bool, answered: str | None = None) -> Shown:
        data = to_data(screen)
        is_same = not step and room.session.screen == data and room.session.screen_id is not None
        screen_id = room.session.screen_id if is_same and room.session.screen_id else new_id()
        version = self._save(room, screen=data, screen_id=screen_id, step=step, answered=answered, is_same=is_same)
        return Shown(session_id=room.session.id, version=version, screen_id=screen_id, screen=screen)

    def _save(
        self,
        room: _Room,
        *,
        screen: Json,
        screen_id: str | None,
        step: bool,
        answered: str | None = None,
        is_same: bool = False,
        job: Job | None = None,
    ) -> int:
        """Write the answers; not at all when nothing has changed."""
        room.jobs.remember()
        jobs = [*room.jobs.new, *room.extra_jobs]
        outbox = list(room.context.outbox)
        room.answers.modtime = room.answers.modtime if is_same else _now()
        data = codec.encode(room.answers, room.resolve)
        if is_same and not jobs and not outbox and data == room.session.data:
            return room.session.version
        if room.context.moment.save == "ignore" and not jobs:
            return room.session.version
        step = step and room.context.moment.save != "overwrite"
        version = self._store.sessions.save(
            room.session.id,
            room.session.version,
            data,
            screen=screen,
            screen_id=screen_id,
            step=step,
            answered=answered,
            jobs=jobs,
            outbox=outbox,
            digest=room.interview.digest,
            job=job,
        )
        room.jobs.new.clear()
        room.extra_jobs.clear()
        room.context.outbox.clear()
        room.session = replace(room.session, version=version, screen=screen, screen_id=screen_id, data=data)
        return version

    def _take(self, room: _Room, screen_id: str, form: Form, uploads: Uploads) -> Shown:
        session = room.session
        if session.screen_id != screen_id or session.screen is None:
            if session.screen_id is not None and self._store.sessions.was_answered(session.id, screen_id) is None:
                shown = self._think(room, step=False)
                return replace(shown, notice=word("This page had changed. Please check it and send it again."))
            return self._think(room, step=False)
        screen = from_data(session.screen)

        def known(path: str) -> Any:
            try:
                return names.get(room.answers.namespace, path)
            except (KeyError, IndexError, AttributeError, TypeError, NameError, ValueError):
                return None

        with self._thinking(room):
            read = submission.check(screen, form, uploads, known)
            if isinstance(read, Rejected):
                return self._wrong(room, screen, read.errors, form)
            if read.action is not None:
                return self._page_action(room, read.action.action or "exit", read.action.url)
            errors = acceptance.apply(read, screen, room.solver, self._file_saver(room, screen_id))
        if errors:
            return self._wrong(room, screen, errors, form)
        _advance_progress(room)
        return self._think(room, step=True, answered=screen_id)

    def _wrong(self, room: _Room, screen: Screen, errors: Mapping[str, str], form: Form) -> Shown:
        return Shown(
            session_id=room.session.id,
            version=room.session.version,
            screen_id=room.session.screen_id or "",
            screen=screen,
            errors=dict(errors),
            typed={key: list(values) for key, values in form.items()},
        )

    def _file_saver(self, room: _Room, screen_id: str) -> acceptance.SaveFile:
        import hashlib

        def save(key: str, position: int, upload: Upload) -> StoredFile:
            digest = hashlib.sha256(upload.data).hexdigest()
            once = f"{screen_id}:{key}:{position}:{digest}"
            return self._store.files.save(
                room.session.id, upload.data, upload.name, upload.mimetype or None, once=once, uploaded=True
            )

        return save

    def _page_action(self, room: _Room, action: str, url: str | None = None) -> Shown:
        """Exit, leave, restart …: a screen that says so; the page's owner does it."""
        kept = from_data(room.session.screen) if room.session.screen else None
        if url is None and kept is not None:
            offered = [*kept.buttons, *(option for entry in kept.fields for option in entry.options)]
            url = next((option.url for option in offered if option.action == action), None)
        if action == "refresh":
            return self._think(room, step=False)
        response = Response(redirect=url) if url else None
        screen = Screen(kind=action, response=response, language=room.context.language)
        return Shown(
            session_id=room.session.id, version=room.session.version, screen_id=room.session.screen_id or "", screen=screen
        )

    # ---------------------------------------------------------------------------------------------------- papers

    def _start_assembly(self, room: _Room, pending: AssemblyPending) -> str:
        """The job that makes what is pending: the one that is at it already, or a new one."""
        wanted = replace(pending.plan, outputs=dict(pending.wanted))
        identity = "|".join(sorted(node.key for node in wanted.outputs.values()))
        jobs = room.answers.misc.setdefault("assembly", {})
        job_id = jobs.get(identity)
        if job_id is not None:
            report = self._store.jobs.report(job_id)
            if report is not None and report.state.is_open:
                return str(job_id)
            if report is not None:
                self._forget_assembly(room, report)
        job_id = new_id()
        jobs[identity] = job_id
        payload = {"plan": plans.to_data(wanted), "titles": [step.title for step in wanted.steps]}
        room.extra_jobs.append(NewJob(id=job_id, kind="assemble", payload=payload, priority=1, subject="assembly", identity=identity))
        return job_id

    def _forget_assembly(self, room: _Room, report: JobReport) -> None:
        """The job ended. Raises DocumentError when it could not make the papers; a later visit may try again."""
        jobs = room.answers.misc.get("assembly", {})
        for identity in [identity for identity, job_id in jobs.items() if job_id == report.id]:
            del jobs[identity]
        if report.error_type == "Superseded":
            return  # the answers have changed since; the papers of the new ones are being made
        if report.state in (JobState.FAILED, JobState.DEAD, JobState.CANCELLED):
            self._save(room, screen=room.session.screen, screen_id=room.session.screen_id, step=False)
            if report.error_type == "QueueFull":
                raise StorageUnavailable("Many papers are being made just now. Your answers are saved; please try again in a minute.")
            raise DocumentError(report.error_message or "The papers could not be made.")

    def _placeholder(self, room: _Room) -> Screen:
        with enter(room.context):
            return Screen(
                kind="deadend",
                question=word("Please wait while we make your documents"),
                reload_seconds=4,
                language=room.context.language,
                back_allowed=False,
            )

    def _waiting_for(self, job_ids: Sequence[str]) -> Waiting | None:
        reports = [report for job_id in job_ids if (report := self._store.jobs.report(job_id)) is not None]
        if not reports:
            return None
        papers: list[PaperState] = []
        for report in reports:
            progress = report.progress if isinstance(report.progress, dict) else {}
            state = "working" if report.state is JobState.RUNNING else "waiting"
            rows = progress.get("papers")
            if isinstance(rows, list) and rows:
                papers += [PaperState(name=row["name"], state=row["state"], words=row["words"]) for row in rows]
                continue
            title = str(progress.get("title") or "")
            if title:
                words = f"{progress.get('action', '')} {progress.get('number', '')}/{progress.get('total', '')}".strip()
                papers.append(PaperState(name=title, state="done" if progress.get("finished") else state, words=words))
        positions = [place for report in reports if (place := self._store.jobs.position(report.id)) is not None]
        position = min(positions) if positions else None
        low, high = _estimate(reports, position or 0)
        return Waiting(
            job_ids=tuple(job_ids), papers=tuple(papers), position=position, seconds_low=low, seconds_high=high
        )

    def _remember_trace(self, room: _Room) -> None:
        if not self._settings.debug:
            return
        self._traces[room.session.id] = {"why": room.solver.trace.lines()}
        while len(self._traces) > TRACES_KEPT:
            self._traces.popitem(last=False)

    def close(self) -> None:
        """Give the converter back."""
        with self._office_guard:
            if self._office is not None and hasattr(self._office, "close"):
                self._office.close()
            self._office = None


def _estimate(reports: Sequence[JobReport], position: int) -> tuple[float, float]:
    """Seconds left, from what is known: about a second for each step, and for the jobs that come before."""
    left = 0
    for report in reports:
        progress = report.progress if isinstance(report.progress, dict) else {}
        left += max(1, int(progress.get("total") or 4) - int(progress.get("number") or 0))
    return 0.5 * (left + position * 4), 2.0 * (left + position * 4)


def _now() -> Any:
    from engross.library.dates import current_datetime

    return current_datetime()


def _advance_progress(room: _Room) -> None:
    """Where an interview has a progress bar but does not say how far it is, each answer moves it a little."""
    features = room.interview.features
    if not features.get("progress bar"):
        return
    try:
        multiplier = float(features.get("progress bar multiplier") or 0.05)
    except (TypeError, ValueError):
        multiplier = 0.05
    progress = float(room.answers.progress or 0)
    room.answers.progress = round(progress + (100 - progress) * multiplier, 2)


def _forbids_back(session: Session) -> bool:
    screen = session.screen
    return isinstance(screen, dict) and screen.get("back_allowed") is False


def _described(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - an author's __repr__ may do anything
        text = f"({type(error).__name__})"
    return text if len(text) <= 300 else text[:300] + "…"


# --------------------------------------------------------------------------------------------------- what a page may ask


def _check_action(action: str, arguments: Mapping[str, Any], session: Session) -> None:
    """Raises VisitorError for an action that no page of ours can have asked for: no name at all, or a built-in one (which sets,
    undefines, removes) that the shown screen did not offer with these very arguments."""
    if action.startswith("_da_"):
        if _canonical(action, arguments) not in set(offered_actions(session.screen)):
            raise VisitorError("This page has changed. Please look at it again.")
    elif not names.is_path(action):
        raise VisitorError("This link cannot be used.")


def _canonical(action: str, arguments: Mapping[str, Any]) -> str:
    return json.dumps([action, arguments], sort_keys=True, default=str)


def offered_actions(screen: Json) -> Iterator[str]:
    """Every action that the shown screen has a link or button for, with its arguments, in a form to be compared."""
    if isinstance(screen, dict):
        action = screen.get("action")
        if isinstance(action, str):
            yield _canonical(action, screen.get("arguments") or {})
        for value in screen.values():
            yield from offered_actions(value)
    elif isinstance(screen, list):
        for value in screen:
            yield from offered_actions(value)
    elif isinstance(screen, str):
        for found in _LINKED_ACTION.findall(screen):
            yield from _decoded(found)


def _decoded(text: str) -> Iterator[str]:
    """The action in a link: base64 of JSON, padded or not."""
    from urllib.parse import unquote

    bare = unquote(text).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        data = json.loads(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    except (ValueError, RecursionError):
        return
    if isinstance(data, dict) and isinstance(data.get("action"), str):
        yield _canonical(data["action"], data.get("arguments") or {})
