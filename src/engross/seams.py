"""Seams: the files, tasks and papers that interview code may reach during a visit, over the store, for one session.

They fill in the Protocols of ``context``. Apart from ``visit``, which tells the story of a visit, because each of these has rules of
its own: a task is bound to the answers it was made from, a paper is found by its content key, a failure belongs to one paper.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, MutableMapping, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from engross import names
from engross.context import AssemblyPending, PaperFailure, Purpose, StoredFile, TaskReport, TaskState
from engross.documents import plan as plans
from engross.documents.assemble import AssemblyFailed, Progress
from engross.documents.pages import count_of
from engross.documents.pdf import MIMETYPE as PDF_MIMETYPE
from engross.engine.answers import TRANSIENT, Answers
from engross.errors import DocumentError, StorageUnavailable, UndefinedName
from engross.language.interview import Interview
from engross.language.source import locate_data
from engross.library.files import DAFileCollection, ending_and_mimetype, ending_of, safe_name
from engross.store import Store, codec
from engross.store.jobs import JobReport, JobState, NewJob
from engross.store.sessions import new_id

Json = Any
PAPER_ACTIONS = ("create_downloads", "create_downloads_with_docx", "generate_preview_event")
"""Last parts of the names of the built-in tasks that make papers."""
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


# ---------------------------------------------------------------------------------------------------------------- files


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
        return f"{self._root}/packagestatic/{names.public_package(owner if colon else package or self._interview.package)}/{name}"


# ---------------------------------------------------------------------------------------------------------------- tasks


class SessionJobs:
    """``context.Jobs``: tasks are queued when the answers are saved.

    A task whose result is papers is bound to the answers it was made from: when they have changed since, asking for it on a screen
    starts it afresh, and papers whose content key is the same are found again. Any other task runs once.
    """

    def __init__(
        self, store: Store, session_id: str, answers: Answers, resolve: codec.Resolve, purpose: Purpose = Purpose.SCREEN
    ) -> None:
        self._store = store
        self._session_id = session_id
        self._answers = answers
        self._resolve = resolve
        self._purpose = purpose
        self._reports: dict[str, JobReport | None] = {}
        """Reports of jobs that had ended, so that a screen that asks often looks once."""
        self.new: list[NewJob] = []

    def start(self, action: str, arguments: Mapping[str, Any], *, notify: str | None = None) -> str:
        job = self._job(new_id(), action, packed(dict(arguments), self._resolve), notify)
        same = next((one for one in self.new if (one.payload, one.notify) == (job.payload, notify)), None)
        if same is not None:
            return same.id  # the code that started it was run again from its beginning
        self.new.append(job)
        return job.id

    @staticmethod
    def _job(job_id: str, action: str, arguments: str, notify: str | None, subject: str | None = None) -> NewJob:
        payload = {"action": action, "arguments": arguments}
        return NewJob(id=job_id, kind="action", payload=payload, notify=notify, subject=subject)

    def current_id(self, task_id: str) -> str:
        """The job that does the task now: a later one when it was started again."""
        again = self._answers.misc.get("tasks again", {})
        seen = set()
        while task_id in again and task_id not in seen:
            seen.add(task_id)
            task_id = again[task_id]
        return task_id

    def report(self, task_id: str) -> TaskReport:
        return self._told(task_id, self._look)

    def wait(self, task_id: str, seconds: float) -> TaskReport:
        return self._told(task_id, lambda job_id: self._store.jobs.wait(job_id, seconds))

    def cancel(self, task_id: str) -> None:
        job_id = self.current_id(task_id)
        self.new[:] = [job for job in self.new if job.id != job_id]
        self._reports.pop(job_id, None)
        self._store.jobs.cancel(job_id)

    def _look(self, job_id: str) -> JobReport | None:
        if job_id not in self._reports:
            report = self._store.jobs.report(job_id)
            if report is None or report.state.is_open:
                return report
            self._reports[job_id] = report
        return self._reports[job_id]

    def _told(self, task_id: str, look: Callable[[str], JobReport | None]) -> TaskReport:
        job_id = self.current_id(task_id)
        if any(job.id == job_id for job in self.new):
            return TaskReport(state=TaskState.PENDING)
        report = look(job_id)
        if report is None:
            return TaskReport(state=TaskState.PENDING)
        if self._purpose is Purpose.SCREEN and self._goes_on(task_id, job_id, report):
            return TaskReport(state=TaskState.PENDING)
        value = None
        if report.state is JobState.DONE and isinstance(report.result, dict) and "value" in report.result:
            self._learn_failures(job_id, report.result.get("failures") or {})
            value = unpacked(report.result["value"], self._resolve)
        return TaskReport(
            state=_STATES[report.state],
            value=value,
            error_type=report.error_type,
            error_message=report.error_message,
            finished_at=report.finished,
        )

    def _learn_failures(self, job_id: str, failures: Mapping[str, Json]) -> None:
        """Note, the first time a result is looked at, which papers it lacks, so that no screen tries them again by itself."""
        note = self._answers.misc.get("task payloads", {}).get(job_id)
        if failures and note is not None and not note.get("looked at"):
            note["looked at"] = True
            self._answers.misc.setdefault("paper failures", {}).update(failures)

    def _goes_on(self, task_id: str, job_id: str, report: JobReport) -> bool:
        """Whether the task starts again: because its question was answered, because its papers are of other answers, or because
        the queue that was full has room. Raises UndefinedName for what only the visitor can give."""
        if report.state is JobState.NEEDS_ANSWER:
            if report.path is not None and not names.is_defined(self._answers.namespace, report.path):
                raise UndefinedName(report.path)
            return self._start_again(task_id, job_id, report)
        if report.error_type == "QueueFull":
            if self._store.jobs.is_full(self._session_id):
                raise StorageUnavailable("Many papers are being made just now. Your answers are saved; please try again in a minute.")
            return self._start_again(task_id, job_id, report)
        return self._is_stale(job_id, report) and self._start_again(task_id, job_id, report)

    def _is_stale(self, job_id: str, report: JobReport) -> bool:
        """Whether the task makes papers, and the visitor changed the answers since it started.

        Two signs must agree: the visitor did something since, and the answers are others. So code that changes a variable on each
        load of a page starts nothing, and neither does a screen that only was passed.
        """
        note = self._answers.misc.get("task payloads", {}).get(job_id)
        if note is None or report.error_type == "Cancelled" or not self._makes_papers(note, report):
            return False
        changes = self._answers.misc.get("changes", 0)
        if self._is_unapplied(note, report):
            return True
        if note.get("changes") == changes:
            return False
        if not differ(note["made_from"], digests_of(self._answers, self._resolve)):
            note["changes"] = changes
            return False
        return True

    @staticmethod
    def _makes_papers(note: Mapping[str, Any], report: JobReport) -> bool:
        if report.state is JobState.DONE:
            return isinstance(report.result, dict) and bool(report.result.get("papers"))
        return str(note["action"]).rpartition(".")[2] in PAPER_ACTIONS

    @staticmethod
    def _is_unapplied(note: Mapping[str, Any], report: JobReport) -> bool:
        """Whether what the task said to the answers is not in these: Undo went back behind it."""
        result = report.result if isinstance(report.result, dict) else {}
        return bool(result.get("applied")) and not note.get("applied")

    def _start_again(self, task_id: str, job_id: str, report: JobReport) -> bool:
        note = self._answers.misc.get("task payloads", {}).get(job_id)
        if note is None:
            return False
        new = self._job(new_id(), note["action"], note["arguments"], report.notify, subject=f"task {task_id}")
        self._answers.misc.setdefault("tasks again", {})[job_id] = new.id
        self.new.append(new)
        return True

    def remember(self) -> None:
        """Note what the new tasks are and of which answers, so that they can be started again."""
        actions = [job for job in self.new if job.kind == "action"]
        if not actions:
            return
        made_from = digests_of(self._answers, self._resolve)
        for job in actions:
            note = dict(job.payload) | {"changes": self._answers.misc.get("changes", 0), "made_from": made_from}
            self._answers.misc.setdefault("task payloads", {})[job.id] = note


class PapersOfAnswers:
    """The documents that variables hold, each bound to the answers that it looked at while it was filled.

    docassemble keeps such a document whatever the visitor changes, unless its block says ``depends on``. Here it is taken away when
    one of these answers has changed, as ``depends on`` would do it, and made again where it is wanted. As with tasks two signs must
    agree, see ``SessionJobs``.
    """

    def __init__(self, answers: Answers, resolve: codec.Resolve) -> None:
        self._answers = answers
        self._resolve = resolve

    def settle(self) -> None:
        """Note what the answers are that new documents looked at, and which others still agree. Call it before the answers are saved."""
        changed = set(self.stale())
        for path, note in self._notes().items():
            if "made_from" in note and path not in changed:
                note["changes"] = self._answers.misc.get("changes", 0)
        new = [note for note in self._notes().values() if "made_from" not in note]
        if not new:
            return
        now = digests_of(self._answers, self._resolve, {name for note in new for name in note["names"]})
        for note in new:
            note["made_from"] = {name: now[name] for name in note["names"] if name in now}
            note["changes"] = self._answers.misc.get("changes", 0)

    def stale(self) -> list[str]:
        """Paths of the documents that say something else than the answers do now."""
        changes = self._answers.misc.get("changes", 0)
        known = {path: note for path, note in self._notes().items() if note.get("changes", changes) != changes}
        if not known:
            return []
        now = digests_of(self._answers, self._resolve, {name for note in known.values() for name in note["names"]})
        return [path for path, note in known.items() if differ(note["made_from"], now)]

    def discard_stale(self) -> bool:
        """Take them away; whether there was one."""
        found = self.stale()
        for path in found:
            del self._notes()[path]
            with suppress(KeyError, IndexError, AttributeError, TypeError, NameError, UndefinedName):
                if isinstance(names.get(self._answers.namespace, path), DAFileCollection):
                    names.delete(self._answers.namespace, path)
        return bool(found)

    def _notes(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self._answers.misc.get("papers of answers", {})
        return found


def digests_of(answers: Answers, resolve: codec.Resolve, only: Set[str] | None = None) -> dict[str, str]:
    """name → a text that is the same for the same value, whatever visit looks at it; of all names, or of *only* some."""
    wanted = {name: value for name, value in answers.namespace.items() if name not in TRANSIENT and (only is None or name in only)}
    kept = codec.encode_value(wanted, resolve)
    settled = codec.decode_value(kept, resolve)  # attributes stand in another order after they were kept
    return {name: hashlib.sha256(codec.encode_value(value, resolve)).hexdigest()[:12] for name, value in settled.items()}


def differ(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether a name that was there *before* has another value *now*, or none. A name that came later was not needed for what was
    made before; where a template only looks whether it is there (``skip undefined``), the download list looks again by itself."""
    return any(now.get(name) != digest for name, digest in before.items())


def packed(value: Any, resolve: codec.Resolve) -> str:
    """*value* as text for a job's payload or result."""
    return codec.encode_value(value, resolve).decode("ascii")


def unpacked(text: str, resolve: codec.Resolve) -> Any:
    """What ``packed`` was given."""
    return codec.decode_value(text.encode("ascii"), resolve)


# --------------------------------------------------------------------------------------------------------------- papers


class SessionPapers:
    """``context.Papers``: on a screen what is not there yet raises AssemblyPending; in a job it is made here and now."""

    def __init__(
        self,
        store: Store,
        session_id: str,
        make: Callable[[plans.Plan], None] | None,
        failures: MutableMapping[str, Json],
        *,
        is_last_try: bool = True,
    ) -> None:
        """*failures*: content key → why that paper could not be made; what is found out here is added. *is_last_try*: whether
        papers that another try may make are given up."""
        self._store = store
        self._session_id = session_id
        self._make = make
        self._failures = failures
        self._is_last_try = is_last_try
        self.made: set[str] = set()
        """Ids of the files that were handed out."""

    def make(self, plan: Any, wanted: Mapping[str, Any], *, partial: bool = False) -> dict[str, StoredFile]:
        found = self._found(wanted)
        missing = {label: node for label, node in wanted.items() if label not in found}
        hopeful = {label: node for label, node in missing.items() if node.key not in self._failures}
        if hopeful:
            if self._make is None:
                raise AssemblyPending(plan, hopeful)
            try:
                self._make(replace(plan, outputs=hopeful))
            except AssemblyFailed as error:
                if not partial or (error.passing and not self._is_last_try):
                    raise
                self._failures.update(failures_of(error, plan))
            found |= self._found(hopeful)
        if not partial and len(found) < len(wanted):
            failed = next(self._failures.get(node.key) for label, node in wanted.items() if label not in found)
            raise DocumentError((failed or {}).get("message") or "The papers could not be made.", document=(failed or {}).get("title"))
        return found

    def failure(self, key: str) -> PaperFailure | None:
        known = self._failures.get(key)
        return None if known is None else PaperFailure(reason=known["reason"], code=known["code"])

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
        self.made |= {stored.id for stored in found.values()}
        return found


def failures_of(error: AssemblyFailed, plan: plans.Plan) -> dict[str, Json]:
    """content key → what is kept of a failure: ``reason`` (a word of ``context.PaperFailure``), ``code``, ``title``, ``message``."""
    titles = {step.node.key: step.title for step in plan.steps}
    return {
        key: {"reason": reason_of(cause), "code": code_of(key), "title": titles.get(key, ""), "message": str(cause)}
        for key, cause in error.errors.items()
    }


def code_of(key: str) -> str:
    """A short code for a failure, to say on the telephone; the log has it too."""
    return f"{key[:3]}-{key[3:6]}".upper()


def reason_of(error: BaseException) -> str:
    """Why a paper failed, as a word that the visitor's sentence is chosen by (``context.PaperFailure``)."""
    name = getattr(getattr(error, "reason", None), "name", "")
    if name in ("TIMEOUT", "MEMORY", "NOT_LOADABLE", "REFUSED"):
        return {"TIMEOUT": "slow", "MEMORY": "large", "NOT_LOADABLE": "damaged", "REFUSED": "damaged"}[name]
    said = str(error).lower()
    for word, reason in (("password", "password"), ("encrypted", "password"), ("too long", "slow"), ("too large", "large"),
                         ("too many", "large"), ("not a picture", "kind"), ("kind", "kind"), ("cannot be used", "damaged"),
                         ("cannot be read", "damaged")):  # fmt: skip
        if word in said:
            return reason
    return "ours"


class Bench:
    """``assemble.Tools`` for one session."""

    def __init__(self, store: Store, session_id: str, office: Any, titles: Mapping[str, str]) -> None:
        self._store = store
        self._session_id = session_id
        self.office = office
        self._titles = titles

    def find(self, key: str) -> StoredFile | None:
        return self._store.files.results.find(self._session_id, key)

    def keep(self, key: str, data: bytes, mimetype: str) -> StoredFile:
        # A step that is no paper of its own is called after the paper it is for.
        name = self._titles.get(key) or next(iter(self._titles.values()), "Document")
        ending = ending_of(mimetype)
        if ending and ending_and_mimetype(name)[1] != mimetype:
            name = f"{name}.{ending}"
        return self._store.files.save(self._session_id, data, safe_name(name), mimetype, result=key)

    def pages(self, file: StoredFile) -> int | None:
        """How many pages a paper has that is a PDF."""
        return count_of(self._store.files.read(self._session_id, file.id)) if file.mimetype == PDF_MIMETYPE else None

    def read(self, sha256: str) -> bytes:
        stored = self._store.files.by_digest(self._session_id, sha256)
        if stored is None:
            raise KeyError(sha256)
        return self._store.files.read(self._session_id, stored.id)


@dataclass(slots=True)
class _Row:
    """How far one paper is."""

    state: str = "waiting"
    """``waiting working done failed``"""
    left: int = 0
    """Steps that are not done."""
    words: str | None = None
    file_id: str | None = None
    page: int | None = None
    """How many pages are written, while it is converted."""
    pages: int | None = None


class Rows:
    """How far each paper of a plan is, in the order of the plan."""

    def __init__(self, plan: plans.Plan, bench: Bench) -> None:
        self._bench = bench
        self._rows: dict[str, _Row] = {}
        self._outputs = {node.key for node in plan.outputs.values()}
        self._last: dict[str, str] = {}
        """title → key of its output"""
        for step in plan.steps:
            if not step.title or isinstance(step.node, plans.Bytes):
                continue
            row = self._rows.setdefault(step.title, _Row())
            row.left += bench.find(step.node.key) is None
            if step.node.key in self._outputs:
                self._last.setdefault(step.title, step.node.key)
        for title, row in self._rows.items():
            if row.left == 0:
                self._finish(title, row)

    def note(self, progress: Progress) -> None:
        """A step begins or ends."""
        row = self._rows.get(progress.title)
        if row is None or row.state == "failed":
            return
        if progress.failed:
            row.state, row.words, row.page, row.pages = "failed", None, None, None
            return
        if progress.finished:
            row.left -= 1
        if row.left <= 0:
            self._finish(progress.title, row)
        else:
            row.state, row.words = "working", progress.action
            row.page, row.pages = progress.page or None, progress.pages or None

    def _finish(self, title: str, row: _Row) -> None:
        row.state, row.words, row.page = "done", None, None
        key = self._last.get(title)
        kept = self._bench.find(key) if key is not None else None
        if kept is not None and row.file_id != kept.id:
            row.file_id, row.pages = kept.id, self._bench.pages(kept)

    def data(self) -> Json:
        """A row per paper."""
        return [
            {
                "name": title, "state": row.state, "words": row.words, "file_id": row.file_id, "page": row.page, "pages": row.pages,
            }
            for title, row in self._rows.items()
        ]
