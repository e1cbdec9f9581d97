"""Visit: one visit to one session. Load, enter the context, think, save.

The only writer of sessions and the only one that enters ``context``. Everything here is synchronous; ``web`` calls it in threads,
``worker`` in its own process. What code may reach of the outside world during a visit (files, jobs, papers) are the small classes
``SessionFiles``, ``SessionJobs`` and ``SessionPapers``, bound to one session.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from engross import names, quoting
from engross.commons import SessionCommons
from engross.company import is_shared, take_place
from engross.context import (
    AssemblyPending,
    Context,
    Person,
    Purpose,
    StoredFile,
    enter,
    outside,
    presence,
)
from engross.documents import edition
from engross.documents import plan as plans
from engross.documents.assemble import AssemblyFailed, Progress, assemble
from engross.engine import acceptance, checkins, evaluation, lookups, overview, patience, submission
from engross.engine import uploads as uploaded
from engross.engine.answers import Answers
from engross.engine.progress import advance as advance_progress
from engross.engine.screen import (
    Option,
    Response,
    Screen,
    ScreenField,
    actions_in,
    from_data,
    moves_in,
    to_data,
)
from engross.engine.solver import Solver
from engross.engine.submission import Rejected, Upload
from engross.engine.variables import lines_of
from engross.errors import (
    AuthorError,
    Conflict,
    EngrossError,
    FormUpdated,
    NotPermitted,
    OperatorError,
    SessionGone,
    StorageUnavailable,
    Undefined,
    UndefinedName,
    VisitorError,
    raised,
)
from engross.language.interview import Interview, Interviews
from engross.language.source import locate_data
from engross.library import interchange, word_files
from engross.library.actions import LINKS, canonical, mark_of
from engross.library.files import planned_files
from engross.library.words import word
from engross.seams import (
    Bench,
    PapersOfAnswers,
    Rows,
    SessionFiles,
    SessionJobs,
    SessionPapers,
    code_of,
    differ,
    digests_of,
    failures_of,
    packed,
    unpacked,
)
from engross.settings import Settings
from engross.shelf import SessionShelf
from engross.store import Store, codec
from engross.store.invitations import Invitation
from engross.store.jobs import Failure, Job, JobReport, JobState, NewJob, tries_for
from engross.store.sessions import Session, new_id

log = logging.getLogger(__name__)
Json = Any
Form = Mapping[str, Sequence[str]]
Uploads = Mapping[str, Sequence[Upload]]
T = TypeVar("T")
TRIES = 6
"""How often a save is tried again when the session went on meanwhile."""
TRACES_KEPT = 200
PAGE_ACTIONS = frozenset({"make_papers_again", "restart", "exit", "leave", "logout", "exit_logout", "new_session", "refresh", "signin", "register", "interviews", "profile"})
"""What a page may ask for besides actions of the interview."""


# --------------------------------------------------------------------------------------------------------- what is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperState:
    """How far one paper is."""

    name: str
    """Its title, in the visitor's words."""
    state: str
    """``waiting working done failed``"""
    page: int | None = None
    """How many of its pages are written, while it is converted and that is known."""
    pages: int | None = None
    """How many pages it has, or will have, once that is known."""
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
    listens: bool = False
    """Whether the open page is to be told something when a task ends (``ui_notification``)."""


class Report(Protocol):
    """What work tells of its progress (``worker.Report``)."""

    lost: threading.Event
    outbox: list[dict[str, Any]]
    """Messages that leave when the result is kept."""
    jobs: list[NewJob]
    """Tasks that start when the result is kept."""
    remark: Failure | None
    """What is missing in the result."""

    def __call__(self, data: Json) -> None: ...
    def check(self) -> None:
        """Raise JobLost when the job is not wanted any more."""


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
    shelf: SessionShelf
    resolve: codec.Resolve
    papers: PapersOfAnswers
    order: tuple[str, ...] = ()
    """Names of the answers, in the order in which they were kept."""
    extra_jobs: list[NewJob] = field(default_factory=list)
    dropped: bool = False
    """The session was made during this visit and could not be saved."""


def permits(interview: Interview, person: Person) -> bool:
    """Whether *interview* may be used by *person*: by everybody when it requires no privileges, or when one of them is ``anonymous``."""
    required = interview.metadata.get("required privileges") or ()
    wanted = {required} if isinstance(required, str) else set(map(str, required))
    return not wanted or "anonymous" in wanted or (person.logged_in and bool(wanted & person.roles))


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
        self,
        store: Store,
        settings: Settings,
        interviews: Interviews | None = None,
        *,
        office: Any = None,
        everybody_may: bool = False,
    ) -> None:
        """*everybody_may*: whether ``required privileges`` of interviews are passed over, for rehearsals."""
        self._store = store
        self._settings = settings
        _learn_words(settings)
        edition.choose(settings.office_program)
        outside().config = settings.config  # modules read it while they are imported
        self._interviews = interviews or Interviews()
        self._office = office
        self._everybody_may = everybody_may
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
        secret: str | None = None,
    ) -> Shown:
        """A new session and its first screen. *secret* is the visitor's half of its key when the interview is confidential.
        Raises AuthorError, NotPermitted."""
        loaded = self._interviews.get(interview)
        self._check_privileges(loaded, person or Person())
        session = self._store.sessions.create(
            interview,
            digest=loaded.digest,
            language=language or loaded.default_language or self._settings.language,
            url_arguments=url_arguments,
            device=device,
            person_id=person.id if person else None,
            secret=secret,
        )
        deadline = self._deadline()
        try:
            with self._opened(session) as room:
                room.answers.namespace["url_args"] = dict(url_arguments or {})
                room.answers.starttime = _now()
                shown = self._think(room, step=True, deadline=deadline)
        except BaseException:
            if self._store.sessions.load(session.id).version == 0:
                self._store.delete(session.id, who="server")
            raise
        return self._after_waiting(shown, deadline)

    def show(self, session_id: str) -> Shown:
        """The screen of the session now: thought through again, for work may have ended meanwhile. No step is added."""

        return self._show(session_id, self._deadline())

    def _show(self, session_id: str, deadline: float) -> Shown:
        def look(room: _Room) -> Shown:
            return self._think(room, step=False, deadline=deadline)

        return self._retried(session_id, look)

    def _deadline(self) -> float:
        """Until when a page that is asked for now may wait for papers."""
        return time.monotonic() + self._settings.screen_wait_seconds

    def _after_waiting(self, shown: Shown, deadline: float) -> Shown:
        """*shown*, or, where it is a waiting screen and its work ends in time, what comes after it."""
        while shown.waiting is not None and shown.screen.reload_seconds is not None and (left := deadline - time.monotonic()) > 0:
            if not self._store.jobs.wait_any(shown.session_id, shown.waiting.job_ids, left):
                break
            after = self._show(shown.session_id, deadline)
            messages = (*shown.screen.messages, *after.screen.messages)
            shown = replace(after, screen=replace(after.screen, messages=messages), notice=shown.notice or after.notice)
        return shown

    def submit(self, session_id: str, screen_id: str, form: Form, uploads: Uploads | None = None) -> Shown:
        """Take the answers to the screen *screen_id* and show what comes next; or the same screen with what is wrong."""
        given = uploads or {}
        deadline = self._deadline()

        def take(room: _Room) -> Shown:
            return self._take(room, screen_id, form, given, deadline)

        return self._after_waiting(self._retried(session_id, take), deadline)

    def act(self, session_id: str, action: str, arguments: Mapping[str, Any] | None = None) -> Shown:
        """Do what a link or button of the page asks for. Raises VisitorError for what the page did not offer."""
        given = dict(arguments or {})
        deadline = self._deadline()

        def do(room: _Room) -> Shown:
            if action in PAGE_ACTIONS:
                return self._page_action(room, action)
            _check_action(action, given, room.session, room.answers.misc.get(LINKS, ()))
            room.context.action, room.context.action_arguments = action, given
            _note_change(room)
            shown = self._think(room, step=True, deadline=deadline)
            if shown.screen.response is None and room.papers.stale():  # the action changed what the screen's papers were made from
                changed.append(shown)
            return shown

        changed: list[Shown] = []
        shown = self._retried(session_id, do)
        if changed:
            shown = self._show(session_id, deadline)
        return self._after_waiting(shown, deadline)

    def look_up(self, session_id: str, screen_id: str, key: str, text: str) -> tuple[Option, ...]:
        """The choices that the field *key* of the shown screen offers for *text* (``input type: ajax``). Nothing is kept of it.
        Raises VisitorError when the screen has no such field."""
        session = self._store.sessions.load(session_id)
        screen = from_data(session.screen) if session.screen is not None and session.screen_id == screen_id else None
        entry = next((entry for entry in screen.fields if entry.key == key and lookups.is_looked_up(entry)), None) if screen else None
        if entry is None:
            raise VisitorError("This page has changed. Please look at it again.")
        return self._looked_up(session, entry, text[: lookups.LONGEST])

    def check_in(self, session_id: str, screen_id: str, form: Form, changed: str = "") -> list[checkins.Command]:
        """What the page of a screen that is being filled in is to do (``check in``). *changed*: key of the field that has just been
        changed. No answer is set by it, no step is added; what the action itself sets is kept when it ends. Raises VisitorError when the
        page is not the current one."""

        def tell(room: _Room) -> list[checkins.Command]:
            session = room.session
            screen = from_data(session.screen) if session.screen is not None and session.screen_id == screen_id else None
            if screen is None or screen.check_in is None:
                raise VisitorError("This page has changed. Please look at it again.")
            told = checkins.arguments_of(screen, form, changed)
            quoting.remember(room.answers.typed, told)
            room.context.action, room.context.action_arguments = screen.check_in, told
            room.context.moment.checking_in = True
            after = screen
            with self._thinking(room), suppress(AssemblyPending):
                after = room.solver.solve()
            commands, now = checkins.commands_in(room.context.responses, screen, frozenset(room.answers.typed))
            if room.context.responses or screen.check_in in room.context.screen.get("finished actions", ()) or after.sought is None:
                self._save(room, screen=to_data(now), screen_id=screen_id, step=False, is_same=now == screen)
            return commands

        return self._retried(session_id, tell)

    def _looked_up(self, session: Session, entry: ScreenField, text: str) -> tuple[Option, ...]:
        with self._opened(session) as room:
            room.context.action = str(entry.extras["action"])
            room.context.action_arguments = {"wordstart": text}
            with self._thinking(room):
                screen = room.solver.solve()
            return lookups.options_in(screen.response)

    def _with_lookups(self, session: Session, screen: Screen, form: Form) -> Screen:
        """*screen* with the choices that its fields have for what was posted."""
        for entry, sought in lookups.to_be_looked_up(screen, form):
            for text in sought:
                screen = lookups.with_options(screen, entry.key, found := self._looked_up(session, entry, text))
                if lookups.chosen(replace(entry, options=found), form[entry.key][0]) is not None:
                    break
        return screen

    def back(self, session_id: str, screen_id: str) -> Shown:
        """One step back, with what was answered since as the defaults of its screen."""
        newest = self._store.sessions.load(session_id)
        if newest.screen_id != screen_id and screen_id:
            return self.show(session_id)
        if not newest.can_go_back or _forbids_back(newest):
            return self.show(session_id)
        after = newest.answers(self._resolver(newest))
        self._store.sessions.back(session_id, newest.version)

        deadline = self._deadline()

        def look(room: _Room) -> Shown:
            room.solver.before = after.namespace
            return self._think(room, step=False, deadline=deadline)

        return self._after_waiting(self._retried(session_id, look), deadline)

    def restart(self, session_id: str) -> Shown:
        """The same interview from its beginning, without the answers."""
        session = self._store.sessions.load(session_id)
        self.delete(session_id)
        return self.start(
            session.interview,
            url_arguments=session.url_arguments,
            device=session.device,
            language=session.language,
            person=self._owner(session),
        )

    def delete(self, session_id: str) -> bool:
        """Destroy the session: its answers, its key, its files. Whether there was one."""
        self._traces.pop(session_id, None)
        quoting.forget_patterns()
        return self._store.delete(session_id)

    def open_to_guests(self, invitation: Invitation, interview: str) -> str | None:
        """The session of *interview* that *invitation* leads to, if it is there and takes guests (still); else None."""
        try:
            session = self._store.sessions.load(invitation.session_id)
            answers = self._answers(session, self._resolver(session))
        except EngrossError:
            return None
        if not names.same_interview(session.interview, interview) or (invitation.needs_multi_user and not is_shared(answers)):
            return None
        return session.id

    def set_language(self, session_id: str, language: str) -> None:
        """Go on in another language."""

        def change(room: _Room) -> Shown:
            room.answers.language = room.context.language = language
            return self._think(room, step=False)

        self._retried(session_id, change)

    def waiting(self, session_id: str) -> Waiting | None:
        """What is being made for the session now, or None."""
        return self._waiting_for(self._store.jobs.open_for(session_id))

    def variables(self, session_id: str) -> dict[str, Json]:
        """The session's own answers as JSON-able data, and how many steps were taken: for scripts of its page."""
        session = self._store.sessions.load(session_id)
        with self._opened(session) as room, enter(room.context):
            return {"variables": interchange.serializable_dict(room.answers.namespace), "steps": room.answers.steps}

    def subtitle(self, session_id: str) -> str:
        """What the interview says of this session beside its title (``set_parts(subtitle=…)``, ``subtitle`` of the metadata); "" for
        nothing, and where the answers cannot be read."""
        try:
            session = self._store.sessions.load(session_id)
            said = self._answers(session, self._resolver(session)).parts.get("subtitle")
            said = said or self._interviews.get(session.interview).metadata.get("subtitle")
        except EngrossError:
            return ""
        return str(said) if isinstance(said, str) else ""

    def explain(self, session_id: str) -> dict[str, Any]:
        """Why the screen that was shown last is asked, and the variables: for the author's panel."""
        known = dict(self._traces.get(session_id, {}))
        session = self._store.sessions.load(session_id)
        answers = session.answers(self._resolver(session))
        known["variables"] = lines_of(answers.namespace)
        return known

    def notices(self, session_id: str) -> list[str]:
        """Which papers of the screen that was thought of last could not be filled and why: for the author, with ``debug`` on."""
        return list(self._traces.get(session_id, {}).get("notices", ()))

    # --------------------------------------------------------------------------------------------------- for workers

    def work(self, job: Job, report: Report) -> Json:
        """Do *job*. Raises Undefined when only the visitor can give a value; what else goes wrong passes through."""
        result = self._assemble(job, report) if job.kind == "assemble" else self._act_in_background(job, report)
        self._tell_program(job, report)
        return result

    def _tell_program(self, job: Job, report: Report) -> None:
        """Have the program that began the session told that work has ended, where it asked for that (``web.api``)."""
        url = self._store.sessions.load(job.session_id).device.get("webhook")
        if url:
            report.outbox.append({"kind": "webhook", "url": url, "json": {"event": "ready", "job": job.id, "kind": job.kind}})

    def _assemble(self, job: Job, report: Report) -> Json:
        wanted = plans.plan_from_data(job.payload["plan"])
        try:
            self._make(job.session_id, wanted, report)
        except AssemblyFailed as error:
            error.failures = failures_of(error, wanted)  # type: ignore[attr-defined]
            raise
        return {"made": [node.key for node in wanted.outputs.values()]}

    def _make(self, session_id: str, wanted: plans.Plan, report: Report | None) -> None:
        """Make the outputs of *wanted* that are not there yet. Raises AssemblyFailed."""
        titles = {step.node.key: step.title for step in wanted.steps}
        files = {node.key: wanted.names.get(label, "") for label, node in wanted.outputs.items()}
        bench = Bench(self._store, session_id, self.office, {**titles, **{k: v for k, v in files.items() if v}})

        rows = Rows(wanted, bench)
        guard = threading.Lock()
        told: Json = None

        def tell(progress: Progress) -> None:
            nonlocal told
            with guard:
                rows.note(progress)
                if report is None:
                    return
                report.check()
                if (papers := rows.data()) == told:
                    return  # each report is a transaction that others wait for: only what a page would show
                told = papers
                report(
                    {
                        "papers": papers,
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
                    parallel=self._settings.office_pool,  # None is one for each core
                    places=self._settings.data_folder / "converter",
                    program=self._settings.office_program,
                    seconds=self._settings.office_seconds,
                    queue=self._settings.office_queue,
                    recycle=self._settings.office_recycle,
                    unsafe=self._settings.sandbox == "none",
                )
            return self._office

    def _act_in_background(self, job: Job, report: Report) -> Json:
        session = self._store.sessions.load(job.session_id, job.version)
        is_last_try = job.attempt >= self._settings.job_attempts
        with self._opened(session, Purpose.JOB, report, is_last_try=is_last_try) as room:
            room.context.action = str(job.payload["action"])
            room.context.action_arguments = unpacked(job.payload["arguments"], room.resolve)
            before = set(room.answers.misc["paper failures"])
            room.papers.discard_stale()
            try:
                with enter(room.context):
                    screen = room.solver.solve()
            except Undefined:
                raise
            except Exception as error:
                if job.attempt >= tries_for(error, self._settings):
                    self._tell_of_error(room, job, error)
                raise
            report.outbox.extend(room.context.outbox)
            report.jobs.extend(room.jobs.new)
            failures = {key: why for key, why in room.answers.misc["paper failures"].items() if key not in before}
            report.remark = _remark(failures, room.context.screen.get("notices", ()))
        said = room.context.responses[-1] if room.context.responses else None
        if said is None:
            if screen.sought and job.payload["action"] not in room.context.screen.get("finished actions", ()):
                raise UndefinedName(screen.sought)  # the action could not end without asking this
            return {}
        result: dict[str, Json] = {"failures": failures} if failures else {}
        given = said["value"] if "value" in said else said["arguments"]
        if not report.outbox and _holds_papers(given, room.context.papers):
            result["papers"] = True
        if "value" in said:
            if job.notify is not None:
                result["said"] = None if said["value"] is None else str(said["value"])
            return result | {"value": packed(said["value"], room.resolve)}
        if said.get("action"):
            self._act_on_newest(job, f"job:{job.id[:60]}", said["action"], packed(said["arguments"], room.resolve), failures)
            result["applied"] = True
        return result

    def _tell_of_error(self, room: _Room, job: Job, error: Exception) -> None:
        """``background_error_action``: once, when the last try failed."""
        wanted = room.context.moment.on_error
        if wanted is not None:
            action, arguments = wanted
            what = raised(error)
            given = {"error_type": type(what).__name__, "error_message": str(what), **arguments}
            self._act_on_newest(job, f"error:{job.id[:58]}", action, packed(given, room.resolve), {})

    def _act_on_newest(self, job: Job, mark: str, action: str, arguments: str, failures: Mapping[str, Json]) -> None:
        """Run *action* on the newest answers, once and without a step; again when the session went on meanwhile.

        Once also when the worker is killed after the save and the job is tried again: the save leaves *mark*. Raises JobLost when
        the job was cancelled or given to another worker.
        """

        def do(room: _Room) -> None:
            if self._store.sessions.was_answered(job.session_id, mark) is not None:
                return
            room.answers.misc["paper failures"].update(failures)
            note = room.answers.misc.get("task payloads", {}).get(job.id)
            is_same = note is not None and not differ(note["made_from"], digests_of(room.answers, room.resolve))
            room.context.action = action
            room.context.action_arguments = unpacked(arguments, room.resolve)
            with enter(room.context), suppress(AssemblyPending):
                room.solver.solve()
            if note is not None:
                note["applied"] = True
            if note is not None and is_same:
                note["made_from"] = digests_of(room.answers, room.resolve)  # what the task itself changed makes nothing stale
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
    def _opened(
        self, session: Session, purpose: Purpose = Purpose.SCREEN, report: Report | None = None, *, is_last_try: bool = True
    ) -> Iterator[_Room]:
        interview = self._interviews.get(session.interview)
        resolve = self._resolver(session)
        answers = self._answers(session, resolve)
        session = take_place(session, answers)
        person = self._person(session, answers)
        session = replace(session, person_id=person.id)
        self._check_privileges(interview, person)
        order = tuple(answers.namespace)
        solver = Solver(interview, answers)
        jobs = SessionJobs(self._store, session.id, answers, resolve, purpose)
        shelf = SessionShelf(self._store, self._interviews, self._resolver, _Elsewhere(self), session=session, answers=answers)
        make = None
        if purpose is not Purpose.SCREEN or not self._settings.automatic_assembly:

            def make(wanted: Any) -> None:
                self._make(session.id, wanted, report)

        with self._store.files.temporary_folder() as folder:
            context = Context(
                namespace=answers.namespace,
                internal=answers,
                interviewing=solver,
                files=SessionFiles(self._store, session.id, interview, folder, self._settings.root_path),
                jobs=jobs,
                papers=SessionPapers(
                    self._store, session.id, make, answers.misc.setdefault("paper failures", {}), is_last_try=is_last_try
                ),
                shelf=shelf,
                commons=None if interview.metadata.get("confidential") == "strict" else SessionCommons(self._store, resolve, session=session, answers=answers),
                purpose=purpose,
                interview_file=interview.file,
                package=interview.package,
                session_id=session.id,
                language=answers.language or session.language or interview.default_language or self._settings.language,
                locale=self._settings.locale,
                timezone=self._settings.timezone,
                country=self._settings.country,
                currency=self._settings.currency,
                person=person,
                url=f"{self._settings.url or f'http://{self._settings.host}:{self._settings.port}'}{self._settings.root_path}/interview",
                url_arguments=session.url_arguments,
                device=session.device,
                config=self._settings.config,
            )
            try:
                yield _Room(session, interview, answers, solver, context, jobs, shelf, resolve, PapersOfAnswers(answers, resolve), order)
            except Conflict:
                shelf.take_back()
                raise
            finally:
                quoting.forget()

    def _person(self, session: Session, answers: Answers) -> Person:
        """Who is there, as interview code sees the person: whose session it is, and where several people answer, who is signed in."""
        there = presence()
        if session.person_id is None or there is None or not is_shared(answers):
            return self._owner(session)
        account = self._store.people.signed_in(there.sign_in) if there.sign_in else None
        return account.person if account is not None and account.active else Person()

    def _owner(self, session: Session) -> Person:
        """Whose session it is, as interview code sees the person; nobody when the account was closed or deleted."""
        account = self._store.people.get(session.person_id) if session.person_id is not None else None
        return account.person if account is not None and account.active else Person()

    def _check_privileges(self, interview: Interview, person: Person) -> None:
        """Raises NotPermitted when ``required privileges`` of the interview's ``metadata`` asks for what *person* has not."""
        if not self._everybody_may and not permits(interview, person):
            raise NotPermitted("This form is only for people who were given access to it.")

    def _answers(self, session: Session, resolve: codec.Resolve) -> Answers:
        """The answers of *session*. Raises FormUpdated when the interview has lost a class of theirs."""
        try:
            return session.answers(resolve)
        except codec.UnknownClass as error:
            log.error("answers do not fit the interview: no class `%s` in `%s`", error.name, error.module)
            raise FormUpdated("This form was updated, and what you answered before does not fit it any more. Nothing was deleted.") from error

    def _resolver(self, session: Session) -> codec.Resolve:
        interview = self._interviews.get(session.interview)
        return lambda module, name: evaluation.find_class(interview, module, name)

    @contextmanager
    def _thinking(self, room: _Room) -> Iterator[None]:
        """Enter the visit's context, with an end to what code may think. Raises CodeError when it thinks for too long."""
        cpu, wall = self._settings.think_seconds, self._settings.think_seconds + self._settings.request_seconds
        limits = patience.limited(cpu, wall, room.interview.file, memory_bytes=self._settings.memory_limit)
        with limits, enter(room.context):
            yield

    def _think(self, room: _Room, *, step: bool, answered: str | None = None, deadline: float | None = None) -> Shown:
        """Solve, wait a little for papers (until *deadline*), save, and show."""
        if deadline is None:
            deadline = self._deadline()
        if step and room.session.version:
            room.answers.steps += 1
        room.papers.discard_stale()
        while True:
            try:
                with self._thinking(room):
                    screen = room.solver.solve()
                self._remember_trace(room)
                break
            except AssemblyPending as pending:
                job_id = self._start_assembly(room, pending)
                if job_id is None:
                    continue
                placeholder = self._placeholder(room)
                shown = self._save_and_show(room, placeholder, step=step, answered=answered)
                left = deadline - time.monotonic()
                report = self._store.jobs.wait(job_id, left) if left > 0 else self._store.jobs.report(job_id)
                if report is None or report.state.is_open:
                    return replace(shown, waiting=self._waiting_for([job_id]))
                self._forget_assembly(room, report)
                step, answered = False, None
        is_updated = _is_updated(room)
        shown = self._save_and_show(room, screen, step=step, answered=answered)
        if is_updated:
            with enter(room.context):
                shown = replace(shown, notice=word("This form was updated since you were here last. Your answers are kept; please look them over."))
        if screen.reload_seconds is not None:
            shown = replace(shown, waiting=self.waiting(room.session.id))
        if "task payloads" in room.answers.misc and self._store.jobs.has_notices(room.session.id):
            shown = replace(shown, listens=True)
        return shown

    def _save_and_show(self, room: _Room, screen: Screen, *, step: bool, answered: str | None = None) -> Shown:
        data = to_data(screen)
        kept = room.session.screen
        # What was sought first may differ: objects that the first look made are there at the second.
        is_same = not step and room.session.screen_id is not None and kept is not None and {**kept, "sought": None} == {**data, "sought": None}
        if is_same:
            data = kept
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
        room.papers.settle()
        jobs = [*room.jobs.new, *room.extra_jobs]
        outbox = list(room.context.outbox)
        room.answers.modtime = room.answers.modtime if is_same else _now()
        if is_same:
            _restore_order(room)
        data = codec.encode(room.answers, room.resolve)
        if is_same and not jobs and not outbox and data == room.session.data and not _is_updated(room):
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
        room.session = replace(
            room.session, version=version, screen=screen, screen_id=screen_id, data=data, digest=room.interview.digest
        )
        return version

    def _take(self, room: _Room, screen_id: str, form: Form, uploads: Uploads, deadline: float) -> Shown:
        session = room.session
        if session.screen_id != screen_id or session.screen is None:
            return replace(self._think(room, step=False), notice=self._stale_notice(room, screen_id, form))
        screen = from_data(session.screen)
        if screen.kind == "deadend" and not screen.fields and not screen.buttons:
            return self._think(room, step=False)  # nothing on it can be answered
        screen = self._with_lookups(session, screen, form)
        limits = submission.Limits(text=self._settings.text_limit, area=self._settings.area_limit)

        def known(path: str) -> Any:
            try:
                return names.get(room.answers.namespace, path)
            except (KeyError, IndexError, AttributeError, TypeError, NameError, ValueError):
                return None

        with self._thinking(room):
            read = submission.check(screen, form, uploads, known, limits)
            if not isinstance(read, Rejected) and read.action is not None:
                return self._page_action(room, read.action.action or "exit", read.action.url)
        if not isinstance(read, Rejected) and uploaded.has_files(read):  # takes a second, and none of it is the interview's code
            with enter(room.context):
                read = uploaded.received(read, screen, left=self._settings.session_limit - self._store.files.uploaded_bytes(session.id))
        if isinstance(read, Rejected):
            return self._wrong(room, screen, read.errors, form)
        with self._thinking(room):
            errors = acceptance.apply(read, screen, room.solver, self._file_saver(room, screen_id))
        if errors:
            return self._wrong(room, screen, errors, form)
        advance_progress(room.interview, room.answers)
        room.answers.misc["last form"] = _fingerprint(screen_id, form)
        _note_change(room)
        return self._think(room, step=True, answered=screen_id, deadline=deadline)

    def _stale_notice(self, room: _Room, screen_id: str, form: Form) -> str | None:
        """What the visitor is told who answered a screen that is not the current one. Nothing when it is the same answer again: a
        second click, or a browser that did not get the response."""
        with enter(room.context):
            if room.session.screen_id is None or room.answers.misc.get("last form") == _fingerprint(screen_id, form):
                return None
            if self._store.sessions.was_answered(room.session.id, screen_id) is None:
                return word("This page had changed. Please check it and send it again.")
            return word("That page was already answered, perhaps in another window. What you just sent was not saved; here is where you are now.")

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
        if action in ("refresh", "make_papers_again"):
            if action == "make_papers_again":
                room.answers.misc["paper failures"].clear()
            return self._think(room, step=False)
        response = Response(redirect=url) if url else None
        screen = Screen(kind=action, response=response, language=room.context.language)
        return Shown(
            session_id=room.session.id, version=room.session.version, screen_id=room.session.screen_id or "", screen=screen
        )

    # ---------------------------------------------------------------------------------------------------- papers

    def _start_assembly(self, room: _Room, pending: AssemblyPending) -> str | None:
        """The job that makes what is pending: the one that is at it already, or a new one. None when one ended meanwhile: then
        the screen is thought through again, with what it made or could not make."""
        wanted = replace(pending.plan, outputs=dict(pending.wanted))
        keys = {node.key for node in wanted.outputs.values()}
        jobs = room.answers.misc.setdefault("assembly", {})
        for job_id in set(jobs.values()):
            report = self._store.jobs.report(job_id)
            if report is not None and not report.state.is_open:
                self._forget_assembly(room, report)
                return None
        for identity, job_id in jobs.items():
            if keys <= set(identity.split("|")):
                return str(job_id)
        identity = "|".join(sorted(keys))
        job_id = new_id()
        jobs[identity] = job_id
        payload = {"plan": plans.to_data(wanted), "titles": [step.title for step in wanted.steps]}
        room.extra_jobs.append(NewJob(id=job_id, kind="assemble", payload=payload, priority=1, subject="assembly", identity=identity))
        return job_id

    def _forget_assembly(self, room: _Room, report: JobReport) -> None:
        """The job ended. What it could not make is noted with its reason; the screen offers the rest.

        Raises StorageUnavailable when the queue was full.
        """
        jobs = room.answers.misc.get("assembly", {})
        wanted = [identity for identity, job_id in jobs.items() if job_id == report.id]
        for identity in wanted:
            del jobs[identity]
        if report.error_type in ("Superseded", "Cancelled"):
            return  # the answers have changed since, or somebody stopped it: what is still wanted is made by a new job
        if report.state not in (JobState.FAILED, JobState.DEAD):
            return
        if report.error_type == "QueueFull":
            self._save(room, screen=room.session.screen, screen_id=room.session.screen_id, step=False)
            raise StorageUnavailable("Many papers are being made just now. Your answers are saved; please try again in a minute.")
        failures = room.answers.misc.setdefault("paper failures", {})
        failures.update(report.failures or {})
        for key in {key for identity in wanted for key in identity.split("|")} - set(report.failures or ()):
            if self._store.files.results.find(room.session.id, key) is None:
                reason = "slow" if report.error_type == "Timeout" else "ours"
                message = report.error_message or "The papers could not be made."
                failures[key] = {"reason": reason, "code": code_of(key), "title": "", "message": message}

    def _placeholder(self, room: _Room) -> Screen:
        with enter(room.context):
            return Screen(
                kind="deadend",
                question=word("We are making your papers"),
                reload_seconds=4,
                review_action=overview.way(room.solver),
                language=room.context.language,
                back_allowed=room.answers.steps > 1,
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
                papers += [PaperState(**row) for row in rows]
                continue
            title = str(progress.get("title") or "")
            if title:
                words = f"{progress.get('action', '')} {progress.get('number', '')}/{progress.get('total', '')}".strip()
                papers.append(PaperState(name=title, state="done" if progress.get("finished") else state, words=words))
        positions = [place for report in reports if (place := self._store.jobs.position(report.id)) is not None]
        position = min(positions) if positions else None
        usual = self._store.jobs.usual_seconds(reports[0].session_id, reports[0].kind)
        low, high = _estimate(reports, position or 0, usual)
        return Waiting(
            job_ids=tuple(job_ids), papers=tuple(papers), position=position, seconds_low=low, seconds_high=high
        )

    def _remember_trace(self, room: _Room) -> None:
        if not self._settings.debug:
            return
        notices = list(room.context.screen.get("notices", ()))
        self._traces[room.session.id] = {"why": room.solver.trace.lines(), "notices": notices}
        while len(self._traces) > TRACES_KEPT:
            self._traces.popitem(last=False)

    def close(self) -> None:
        """Give the converter back."""
        with self._office_guard:
            if self._office is not None and hasattr(self._office, "close"):
                self._office.close()
            self._office = None


class _Elsewhere:
    """``shelf.Elsewhere`` over the visits of this process."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    def act(self, session_id: str, action: str, arguments: Mapping[str, Any], *, persistent: bool, step: bool) -> None:
        if action.startswith("_da_") or not names.is_path(action):
            raise AuthorError(f"`{action}` is no action of an interview.")

        def do(room: _Room) -> None:
            before = [dict(event) for event in room.answers.events]
            room.context.action, room.context.action_arguments = action, dict(arguments)
            _note_change(room)
            if step:
                room.answers.steps += 1
            screen = None
            with suppress(AssemblyPending), self._visits._thinking(room):
                screen = room.solver.solve()
            kept = room.session
            if not persistent:
                room.answers.events[:] = before
            shown = persistent and screen is not None
            self._visits._save(room, screen=to_data(screen) if shown else kept.screen, screen_id=new_id() if shown else kept.screen_id, step=step)

        self._visits._retried(session_id, do)

    def back(self, session_id: str) -> None:
        newest = self._visits._store.sessions.load(session_id)
        if newest.can_go_back:
            self._visits._store.sessions.back(session_id, newest.version)

    def screen(self, session_id: str) -> dict[str, Any]:
        data: dict[str, Any] = to_data(self._visits._show(session_id, time.monotonic()).screen)
        return data


def _estimate(reports: Sequence[JobReport], position: int, usual: tuple[float, float] | None) -> tuple[float, float]:
    """Seconds left (half of them, nine of ten are done by then): as this interview's last jobs took, or, while there is no
    history, about a second for each step; and as much for each job that comes before."""
    left = 0
    for report in reports:
        progress = report.progress if isinstance(report.progress, dict) else {}
        left += max(1, int(progress.get("total") or 4) - int(progress.get("number") or 0))
    low, high = usual or (0.5 * left, 2.0 * left)
    return low * (1 + position), high * (1 + position)


def _remark(failures: Mapping[str, Json], notices: Sequence[str]) -> Failure | None:
    """What is said of a job that is done but lacks papers: *failures* of assembly, *notices* of templates that were not filled."""
    if not failures and not notices:
        return None
    told = dict.fromkeys([*notices, *(f"{why['title']}: {why['message']}" for why in failures.values())])
    reasons = sorted({f"{why['reason']} {why['code']}" for why in failures.values()} | ({"not filled"} if notices else set()))
    return Failure(error_type="PapersFailed", message="\n".join(told), summary=", ".join(reasons), failures=dict(failures) or None)


def _holds_papers(value: Any, papers: Any) -> bool:
    """Whether *value* holds a file that assembly made during this visit (or could not make)."""
    found = list(planned_files(value))
    return any(str(file.__dict__.get("number")) in papers.made or file.__dict__.get("failure") for file in found)


def _now() -> Any:
    from engross.library.dates import current_datetime

    return current_datetime()


def _note_change(room: _Room) -> None:
    """The visitor did something: what was made from the answers before may not agree with them any more."""
    room.answers.misc["changes"] = room.answers.misc.get("changes", 0) + 1


def _fingerprint(screen_id: str, form: Form) -> str:
    """The same for the same answer to the same screen."""
    content = json.dumps([screen_id, sorted((name, list(values)) for name, values in form.items())])
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def _restore_order(room: _Room) -> None:
    """Put the names of the answers in the order in which they were kept. Code that computes a value again on each page
    (``reconsider``) takes its name away first; that alone is no change."""
    namespace = room.answers.namespace
    new = [name for name in namespace if name not in room.order]
    for name in (*room.order, *new):
        if name in namespace:
            namespace[name] = namespace.pop(name)


def _is_updated(room: _Room) -> bool:
    """Whether the interview is another revision than the one that the session was saved by last."""
    return bool(room.session.version and room.session.digest) and room.session.digest != room.interview.digest


def _forbids_back(session: Session) -> bool:
    screen = session.screen
    return isinstance(screen, dict) and screen.get("back_allowed") is False


# --------------------------------------------------------------------------------------------------- what a page may ask


def _check_action(action: str, arguments: Mapping[str, Any], session: Session, made: Container[str]) -> None:
    """Raises VisitorError for an action that no page of ours can have asked for: no name at all, or a built-in one (which sets,
    undefines, removes) that the shown screen did not offer with these very arguments. *made*: see ``offered_actions``."""
    if action.startswith("_da_"):
        if canonical(action, arguments) not in set(offered_actions(session.screen, made)):
            raise VisitorError("This page has changed. Please look at it again.")
    elif not names.is_path(action):
        raise VisitorError("This link cannot be used.")


HOLDS_ANSWERS = {"default", "hint", "value", "answers", "papers"}
"""Parts of a screen's data that hold what a visitor typed as it was typed: no place for links."""


def offered_actions(screen: Json, made: Container[str] | None = None) -> Iterator[str]:
    """Every action that the shown screen has a link or button for, with its arguments, in a form to be compared. *made*: marks of the
    links that code made for the session (``actions.mark_of``); given, a link in a text counts only if it is one of them, for a visitor
    can type a link, too."""
    if isinstance(screen, dict):
        action = screen.get("action")
        if isinstance(action, str):
            yield canonical(action, screen.get("arguments") or {})
        for name, value in screen.items():
            if name not in HOLDS_ANSWERS:
                yield from offered_actions(value, made)
    elif isinstance(screen, list):
        for value in screen:
            yield from offered_actions(value, made)
    elif isinstance(screen, str):
        moves = ((action, arguments) for _, action, arguments in moves_in(screen)) if "datableup" in screen else ()
        for action, arguments in (*actions_in(screen), *moves):
            if made is None or mark_of(action, arguments) in made:
                yield canonical(action, arguments)
