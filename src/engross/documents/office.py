"""LibreOffice, supervised: text documents in, PDF (or another format) out.

A warm parent (``kit``) forks a child for each document, in a sandbox, with its own deadline and limits. A document that a visitor
brought gets a parent of its own that is thrown away afterwards. A warm parent reads nothing but DOCX (``profile``). Other kinds, and all
where LibreOfficeKit cannot be used, get a cold ``soffice`` each, which is told the kind; ``Office.status()`` says which way it is.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import fcntl
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import IO, Any

import structlog

from engross.documents import edition, gate, package, pdf, references, sandbox
from engross.documents.profile import profile
from engross.errors import DocumentError, OperatorError, VisitorError

log = structlog.get_logger(__name__)

FORMATS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "rtf": "application/rtf",
    "doc": "application/msword",
    "txt": "text/plain",
    "html": "text/html",
}
"""What can be made, by ending."""
_COLD_FILTERS = {"pdf": "writer_pdf_Export", "docx": "MS Word 2007 XML", "odt": "writer8", "rtf": "Rich Text Format",
                 "doc": "MS Word 97", "txt": "Text", "html": "HTML (StarWriter)"}  # fmt: skip
_INPUT_FILTERS = {".docx": "MS Word 2007 XML", ".odt": "writer8", ".rtf": "Rich Text Format", ".doc": "MS Word 97", ".txt": "Text"}
_OLDEST = (6, 0)
"""LibreOffice before this has no unipoll mode."""
_START_SECONDS = 40.0
RETRY_SECONDS = (5.0, 15.0, 60.0, 300.0)
"""How long after a failed start the warm parent is tried again; documents are converted the cold way meanwhile."""


class Reason(Enum):
    """Why a document was not converted. Each sentence can be shown to the interview's author."""

    TIMEOUT = "it took longer than it may"
    CRASH = "the converter broke down over it"
    MEMORY = "it needs more memory than it may use"
    REFUSED = "it is refused"
    NOT_LOADABLE = "the converter cannot read it"
    EMPTY = "nothing usable came out"
    CANCELLED = "it was cancelled"
    NO_SANDBOX = "files that visitors bring are not converted, because this server has no sandbox"


class ConversionFailed(DocumentError):
    """A document was not converted; ``reason`` says why."""

    def __init__(self, reason: Reason, detail: str = "", *, document: str | None = None) -> None:
        message = f"the document could not be converted: {reason.value}" + (f" ({detail})" if detail else "")
        super().__init__(message, document=document)
        self.reason = reason
        self.passing = reason in (Reason.TIMEOUT, Reason.CRASH, Reason.MEMORY, Reason.EMPTY)
        """Whether the same document may be converted at another try."""


class Busy(VisitorError):
    """Too many documents wait already."""

    passing = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the converter stands; for the health page and the first lines of ``serve``."""

    way: str
    """``kit`` (warm, a fork for each document), ``soffice`` (cold, one for each document) or ``none``."""
    version: str
    """LibreOffice's, or empty when it was not asked yet."""
    sandboxed: bool
    reason: str
    """Why it is not the best way, or empty."""
    running: int
    waiting: int
    converted: int
    failed: int
    restarts: int
    memory: int
    """Megabytes the warm parent held at its start."""
    seconds: float
    """Processor time that documents took in LibreOffice so far."""

    def __str__(self) -> str:
        shut = "in a sandbox" if self.sandboxed else "WITHOUT a sandbox"
        how = {"kit": "warm", "soffice": "cold, one start for each document", "none": "not available"}[self.way]
        return f"LibreOffice {self.version or '?'}, {how}, {shut}" + (f" ({self.reason})" if self.reason else "")


@dataclass(slots=True)
class _Job:
    number: int
    done: threading.Event = field(default_factory=threading.Event)
    answer: dict[str, Any] = field(default_factory=dict)
    page: tuple[int, int] = (0, 0)
    """(pages written so far, pages in all), once a long document has told that."""


_PREFIX = "engross-office-"
_PLACE_SECONDS = 0.01
"""How often a full machine is looked at for a free place."""
_YOUNG = 60.0
"""Seconds in which a folder is left alone, because its owner may not hold its lock yet."""


def _sweep() -> None:
    """Remove folders whose process was killed: nobody holds their lock any more."""
    for folder in [*Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"), *Path(tempfile.gettempdir()).glob("engross-foreign-*")]:
        with contextlib.suppress(OSError):
            age = time.time() - folder.stat().st_mtime
            lock = folder / "lock"
            if age < _YOUNG or (not lock.exists() and age < 3600):
                continue
            if lock.exists():
                with lock.open("w") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)


class _KitDied(Exception):
    """The warm parent ended while a document was in it."""


class _StartKilled(Exception):
    """Something ended the warm parent while it started; nothing says that it could not start."""


class _Kit:
    """One warm parent."""

    def __init__(self, shut: sandbox.Sandbox, program: Path) -> None:
        self.shut = shut
        _sweep()
        self.base = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self.lock = (self.base / "lock").open("w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.jobs = self.base / "jobs"
        self.numbers = itertools.count(1)
        self.waiting: dict[int, _Job] = {}
        self.guard = threading.Lock()
        self.converted = 0
        self.seconds = 0.0
        self.dead = False
        self.used = time.monotonic()
        try:
            self.process = self._started(program)
            self.ready = self._first_answer()
        except BaseException:
            self.close()
            raise
        threading.Thread(target=self._read, name="engross-office", daemon=True).start()

    def _started(self, program: Path) -> subprocess.Popen[bytes]:
        self.base.chmod(0o711)
        source = self.base / "program"
        for folder in (source, self.jobs):
            folder.mkdir()
        shutil.copyfile(Path(__file__).with_name("kit.py"), source / "kit.py")
        (source / "warm.docx").write_bytes(_warm_document())
        (source / "profile.xcu").write_text(profile(program, docx_only=True), encoding="utf-8")
        self.shut.own(self.jobs)
        inner, outer = ("/program", "/tmp/office") if self.shut.closed else (str(source), str(self.base / "tmp"))  # noqa: S108 - a path inside the sandbox
        prepare = f"mkdir -p {outer}/profile/user && cp {inner}/profile.xcu {outer}/profile/user/registrymodifications.xcu"
        if not self.shut.closed:
            (self.base / "tmp").mkdir()
            self.shut.own(self.base / "tmp")
        python = f"exec {sandbox.python()} -I -S {inner}/kit.py {program} {outer}/profile {inner}/warm.docx"
        read = [(source, "/program")]
        if not str(program).startswith("/usr/"):
            read.append((program.parent, str(program.parent)))
        line = self.shut.command(["/bin/sh", "-c", f"{prepare} && {python}"], folder=self.jobs, read=read)
        self.errors = (self.base / "errors.log").open("wb+")
        return sandbox.start_lasting(self.shut, line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)

    def _first_answer(self) -> dict[str, Any]:
        """The parent's greeting; raises OperatorError with what it printed when there is none in time."""
        found: list[bytes] = []
        assert self.process.stdout is not None  # noqa: S101 - a pipe was asked for above
        reader = threading.Thread(target=lambda: found.append(self.process.stdout.readline()), daemon=True)  # type: ignore[union-attr]
        reader.start()
        limit = time.monotonic() + _START_SECONDS
        while reader.is_alive() and time.monotonic() < limit and self.process.poll() is None:
            reader.join(0.2)
        reader.join(0.2)  # a bubblewrap that was killed early may leave a child that holds the pipe open
        if not found or not found[0]:
            self.errors.seek(0)
            printed = self.errors.read().decode(errors="replace").strip()[-400:]
            problem = f"LibreOfficeKit did not start: {printed or 'no answer'}"
            if _signal_of(_ended(self.process, 5 if found else 0)) is not None:
                raise _StartKilled(problem)
            raise OperatorError(problem)
        greeting: dict[str, Any] = json.loads(found[0])
        numbers = re.findall(r"\d+", str(greeting.get("version")))
        if len(numbers) >= 2 and (int(numbers[0]), int(numbers[1])) < _OLDEST:
            raise OperatorError(f"LibreOffice {greeting['version']} is too old; 7.0 or newer is needed.")
        return greeting

    def _read(self) -> None:
        """In a thread: hand answers to those who wait."""
        assert self.process.stdout is not None  # noqa: S101 - a pipe was asked for above
        with contextlib.suppress(ValueError, OSError):
            for line in self.process.stdout:
                try:
                    answer = json.loads(line)
                except ValueError:
                    continue
                if "pages" in answer:
                    self._note_page(answer)
                    continue
                self.seconds += float(answer.get("cpu", 0))
                with self.guard:
                    job = self.waiting.pop(answer.get("id"), None)
                if job is not None:
                    job.answer = answer
                    job.done.set()
        with self.guard:
            self.dead = True
            left = list(self.waiting.values())
            self.waiting.clear()
        for job in left:
            job.answer = {"ok": False, "reason": "parent"}
            job.done.set()

    def _note_page(self, answer: dict[str, Any]) -> None:
        """How far a document is; what no converter of ours would say is passed over."""
        with self.guard:
            job = self.waiting.get(answer.get("id", 0))
        page, pages = answer.get("page"), answer["pages"]
        if job is not None and isinstance(page, int) and isinstance(pages, int) and 0 <= page <= pages < _MOST_PAGES:
            job.page = (page, pages)

    def convert(self, data: bytes, order: _Order, cancelled: threading.Event | None) -> bytes:
        """One document. Raises ConversionFailed, _KitDied."""
        job = _Job(next(self.numbers))
        folder = self.jobs / str(job.number)
        folder.mkdir()
        source, target = folder / f"in{order.ending}", folder / f"out.{order.to}"
        source.write_bytes(data)
        self.shut.own(folder)
        try:
            inside = f"/job/{job.number}" if self.shut.closed else str(folder)
            self._send(
                job,
                {
                    "id": job.number, "source": f"{inside}/{source.name}", "target": f"{inside}/{target.name}", "format": order.to,
                    "options": order.options, "seconds": order.seconds, "memory": order.memory, "tell": TELL_SECONDS,
                },
            )
            self._wait(job, order, cancelled)
            answer = job.answer
            if answer.get("reason") == "parent":
                raise _KitDied
            if not answer["ok"]:
                raise ConversionFailed(_REASONS[answer["reason"]], answer.get("detail", ""), document=order.document)
            self.converted += 1
            return _result(target, order)
        finally:
            self.used = time.monotonic()
            shutil.rmtree(folder, ignore_errors=True)

    def _send(self, job: _Job, order: dict[str, Any]) -> None:
        with self.guard:
            if self.dead:
                raise _KitDied
            self.waiting[job.number] = job
            try:
                assert self.process.stdin is not None  # noqa: S101 - a pipe was asked for above
                self.process.stdin.write(json.dumps(order).encode() + b"\n")
                self.process.stdin.flush()
            except (BrokenPipeError, ValueError, OSError) as error:
                self.waiting.pop(job.number, None)
                self.dead = True
                raise _KitDied from error

    def _wait(self, job: _Job, order: _Order, cancelled: threading.Event | None) -> None:
        limit = time.monotonic() + order.seconds + 10
        told = False
        page = job.page
        while not job.done.wait(0.05 if cancelled or order.on_page else max(0.05, limit - time.monotonic())):
            if cancelled and cancelled.is_set() and not told:
                told = True
                self._cancel(job)
            if order.on_page and job.page != page and not told:
                page = job.page
                try:
                    order.on_page(*page)
                except BaseException:
                    self._cancel(job)  # who asked for it does not want it any more
                    raise
            if time.monotonic() > limit:  # the parent itself hangs
                self.close()
                raise _KitDied

    def _cancel(self, job: _Job) -> None:
        with self.guard, contextlib.suppress(BrokenPipeError, ValueError, OSError):
            self.process.stdin.write(json.dumps({"cancel": job.number}).encode() + b"\n")  # type: ignore[union-attr]
            self.process.stdin.flush()  # type: ignore[union-attr]

    def close(self) -> None:
        """End the parent and everything in its sandbox."""
        self.dead = True
        process = getattr(self, "process", None)
        if process is not None:
            sandbox.stop(process)
        if hasattr(self, "errors"):
            self.errors.close()
        shutil.rmtree(self.base, ignore_errors=True)
        self.lock.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    ending: str
    to: str
    options: str
    seconds: float
    memory: int
    document: str | None
    on_page: Callable[[int, int], None] | None = None


TELL_SECONDS = 1.0
"""How often it is told how far a document is. One that takes less than that is not spoken of, and costs nothing."""
_MOST_PAGES = 1_000_000
_REASONS = {"timeout": Reason.TIMEOUT, "crash": Reason.CRASH, "memory": Reason.MEMORY, "load": Reason.NOT_LOADABLE,
            "save": Reason.EMPTY, "cancelled": Reason.CANCELLED}  # fmt: skip


class Office:
    """The pool. One for a process; any thread may use it. Starts on demand, stays warm, and ends when idle or closed."""

    def __init__(
        self,
        *,
        parallel: int | None = None,
        program: str = "soffice",
        seconds: float = 60,
        memory: int = 2 << 30,
        queue: int = 100,
        idle: float = 600,
        recycle: int = 200,
        warm: bool = True,
        unsafe: bool = False,
        places: Path | None = None,
    ) -> None:
        """*parallel*: documents at a time, one for each core by default. *seconds*, *memory* (bytes): what one may take.
        *queue*: how many may wait. *idle*: seconds without work after which the warm parent ends. *recycle*: documents after which
        it is replaced. *warm*: whether LibreOfficeKit is used. *unsafe*: convert visitors' files without a sandbox.
        *places*: a folder in which all pools of this machine share their places: together they convert *parallel* documents at a time."""
        self.parallel = parallel or os.cpu_count() or 1
        self.seconds, self.memory, self.queue, self.idle, self.recycle = seconds, memory, queue, idle, recycle
        self.warm, self.unsafe, self.program, self.places = warm, unsafe, program, places
        self._turns = threading.Condition()
        self._line: deque[object] = deque()
        self._running = 0
        self._guard = threading.RLock()
        self._kit: _Kit | None = None
        self._spare: _Kit | None = None
        self._spare_thread: threading.Thread | None = None
        self._reason = ""
        self._failed_starts = 0
        self._try_at = 0.0
        self._retry: threading.Thread | None = None
        self._converted = self._failed = self._restarts = 0
        self._version = ""
        self._memory = 0
        self._seconds = 0.0
        self._timer: threading.Timer | None = None
        self._closed = False
        atexit.register(self.close)

    # -- for others

    def convert(
        self,
        source: bytes | Path,
        *,
        to: str = "pdf",
        ending: str | None = None,
        foreign: bool = False,
        deadline: float | None = None,
        pdfa: bool = False,
        tagged: bool = False,
        update_references: bool = False,
        password: str | None = None,
        owner_password: str | None = None,
        cancelled: threading.Event | None = None,
        position: Callable[[int], None] | None = None,
        on_page: Callable[[int, int], None] | None = None,
        document: str | None = None,
    ) -> bytes:
        """*source* in the format *to* (``FORMATS``). *ending* says what *source* is, with its dot; ``.docx`` for bytes.

        *foreign*: a visitor brought it. *deadline* in seconds. *cancelled*, once set, ends the work at once. *position* is told how
        many documents are before this one, whenever that changes. *on_page* is told of a text that takes more than a second, at most once
        in a second: how many of its pages are written (0 when that is not known), and how many it has. *document* is its name in errors.

        Raises ConversionFailed, Busy, OperatorError.
        """
        data = source.read_bytes() if isinstance(source, Path) else source
        kind = (ending or (source.suffix if isinstance(source, Path) else ".docx")).lower()
        if to not in FORMATS:
            raise DocumentError(f"there is no format `{to}`", document=document)
        if not data:
            raise ConversionFailed(Reason.REFUSED, "the file is empty", document=document)
        if kind == ".docx" and not (data.startswith(b"PK") and b"word/document.xml" in data):
            # LibreOffice would take anything for a text and make a page of it.
            raise ConversionFailed(Reason.NOT_LOADABLE, "it is not a DOCX file", document=document)
        if foreign:
            self._admit(data, kind, document)
        if kind == ".txt":
            data = _marked_utf8(data)
        order = _Order(
            ending=kind, to=to, options=_export_options(pdfa=pdfa, tagged=tagged) if to == "pdf" else "", seconds=deadline or self.seconds,
            memory=self.memory, document=document, on_page=on_page,
        )  # fmt: skip
        self._closed = False
        try:
            with self._turn(cancelled, position, document), self._place(cancelled, document):
                if update_references and kind == ".docx" and references.has_contents(data):
                    outline = dataclasses.replace(order, to="pdf", options=_export_options(pdfa=False, tagged=False), on_page=None)
                    data = references.updated(data, lambda draft: self._twice(draft, outline, foreign, cancelled))
                made = self._twice(data, order, foreign, cancelled)
            made = _settled(made, order)  # when the next document has begun
        except ConversionFailed:
            self._failed += 1
            raise
        self._converted += 1
        if to == "pdf" and (password or owner_password):
            made = pdf.protect(made, password=password, owner_password=owner_password)
        return made

    def start(self) -> Status:
        """Warm up now rather than at the first document."""
        self._parent()
        return self.status()

    @property
    def version(self) -> str:
        """LibreOffice's version; part of content keys. Starts it when it was not asked yet."""
        if not self._version:
            self._parent()
        return self._version

    def status(self) -> Status:
        """How it stands now."""
        shut = sandbox.available()
        found = self._folder()
        kit = self._kit
        cold = "" if kit is not None and not kit.dead else self._reason  # a spare one that did not start does not matter then
        way = "none" if found is None else "soffice" if not self.warm or cold else "kit"
        reason = "LibreOffice was not found" if found is None else cold or ("" if shut.closed else shut.reason)
        return Status(
            way=way, version=self._version, sandboxed=shut.closed, reason=reason, running=self._running, waiting=len(self._line),
            converted=self._converted, failed=self._failed, restarts=self._restarts, memory=self._memory,
            seconds=self._seconds + (kit.seconds if kit else 0.0),
        )  # fmt: skip

    def close(self) -> None:
        """End everything. The pool can be used again afterwards."""
        with self._guard:
            self._closed = True
            kits = [kit for kit in (self._kit, self._spare) if kit is not None]
            self._kit = self._spare = None
            timer, self._timer = self._timer, None
            starting = [thread for thread in (self._spare_thread, self._retry) if thread is not None]
        if timer is not None:
            timer.cancel()
        for kit in kits:
            kit.close()
        for thread in starting:
            thread.join(_START_SECONDS)

    def __enter__(self) -> Office:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- inside

    def _admit(self, data: bytes, kind: str, document: str | None) -> None:
        """Whether a visitor's file may be opened at all."""
        if not sandbox.available().closed and not self.unsafe:
            raise ConversionFailed(Reason.NO_SANDBOX, document=document)
        refusals = gate.check(data, kind)
        if refusals:
            raise ConversionFailed(Reason.REFUSED, refusals[0], document=document)

    @contextlib.contextmanager
    def _turn(self, cancelled: threading.Event | None, position: Callable[[int], None] | None, document: str | None) -> Iterator[None]:
        """Wait for a place, in order of arrival."""
        ticket = object()
        told = -1
        with self._turns:
            if self._running >= self.parallel and len(self._line) >= self.queue:
                raise Busy("Very many documents are being made just now. Your answers are saved. Please try again in a few minutes.")
            self._line.append(ticket)
            try:
                while self._line[0] is not ticket or self._running >= self.parallel:
                    before = self._line.index(ticket) + self._running
                    if position is not None and before != told:
                        told = before
                        position(before)
                    self._turns.wait(0.05 if cancelled else None)
                    if cancelled is not None and cancelled.is_set():
                        raise ConversionFailed(Reason.CANCELLED, document=document)
                self._running += 1
            finally:
                self._line.remove(ticket)
                self._turns.notify_all()
        try:
            yield
        finally:
            with self._turns:
                self._running -= 1
                self._turns.notify_all()

    @contextlib.contextmanager
    def _place(self, cancelled: threading.Event | None, document: str | None) -> Iterator[None]:
        """One of the machine's places. Each is a file that is locked meanwhile, so a pool that is killed gives its places back."""
        if self.places is None:
            yield
            return
        self.places.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            files = [stack.enter_context((self.places / str(number)).open("w")) for number in range(self.parallel)]
            pause = threading.Event() if cancelled is None else cancelled
            while not any(_is_mine(file) for file in files):
                if pause.wait(_PLACE_SECONDS):
                    raise ConversionFailed(Reason.CANCELLED, document=document)
            yield

    def _twice(self, data: bytes, order: _Order, foreign: bool, cancelled: threading.Event | None) -> bytes:
        """Convert; once more when the converter died over it, for it may have been another document's fault. An interview's own
        document then gets a LibreOffice that is started for it: there are some that LibreOfficeKit breaks down over and the whole
        program does not."""
        for attempt in (1, 2):
            try:
                return self._once(data, order, foreign, cancelled) if attempt == 1 or foreign else self._cold(data, order, cancelled)
            except _KitDied:
                log.warning("office_parent_died", attempt=attempt)
                if attempt == 2:
                    raise ConversionFailed(Reason.CRASH, "the warm parent ended", document=order.document) from None
            except ConversionFailed as error:
                if error.reason is not Reason.CRASH or attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def _once(self, data: bytes, order: _Order, foreign: bool, cancelled: threading.Event | None) -> bytes:
        if order.ending != ".docx":
            return self._cold(data, order, cancelled)
        if foreign and self.warm and not self._reason:
            kit = self._take_spare()
            if kit is not None:
                try:
                    return kit.convert(data, order, cancelled)
                finally:
                    kit.close()
        kit = self._parent() if not foreign or self._reason else None
        if kit is not None and not foreign:
            return kit.convert(data, order, cancelled)
        return self._cold(data, order, cancelled)

    def _parent(self) -> _Kit | None:
        """The warm parent, started or replaced when needed; None when it cannot be had."""
        with self._guard:
            if self._kit is not None and (self._kit.dead or (self._kit.converted >= self.recycle and not self._kit.waiting)):
                self._seconds += self._kit.seconds
                self._kit.close()
                self._kit = None
                self._restarts += 1
            if self._kit is None and self.warm and not self._reason:
                self._kit = self._new_kit()
            elif self._kit is None and self.warm and time.monotonic() >= self._try_at:
                self._start_retry()
            if not self._version and self._kit is None:
                self._version = self._cold_version()
            self._watch_idleness()
            return self._kit

    def _new_kit(self) -> _Kit | None:
        folder = self._folder()
        if folder is None:
            raise OperatorError("LibreOffice was not found. Install it, or say where it is with the setting `office_program`.")
        shut = sandbox.available()
        if not shut.closed:
            log.warning("office_without_sandbox", reason=shut.reason, effect="only the interview's own templates are converted")
        try:
            try:
                kit = _Kit(shut, folder)
            except _StartKilled:
                kit = _Kit(shut, folder)
        except (OperatorError, OSError, _StartKilled) as error:
            with self._guard:
                self._reason = str(error)
                self._try_at = time.monotonic() + RETRY_SECONDS[min(self._failed_starts, len(RETRY_SECONDS) - 1)]
                self._failed_starts += 1
            log.warning("office_cold", reason=self._reason, effect="each document starts LibreOffice, which takes about a second")
            self._note()
            return None
        with self._guard:
            self._reason, self._failed_starts = "", 0
            self._version = str(kit.ready["version"])
            self._memory = int(kit.ready.get("rss", 0))
        self._note()
        return kit

    def _note(self) -> None:
        """Leave beside the places how this process converts, for ``edition.noted``."""
        if self.places is None:
            return
        self.places.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):  # it only informs
            edition.note(self.places, str(dataclasses.replace(self.status(), reason="")))  # the reason is in the log: anybody may ask

    def _start_retry(self) -> None:
        """Try in a thread whether the warm parent starts now; under a heavy load it may have missed its time."""
        if self._retry is None or not self._retry.is_alive():
            self._retry = threading.Thread(target=self._retry_start, name="engross-office-retry", daemon=True)
            self._retry.start()

    def _retry_start(self) -> None:
        kit = None if self._closed else self._new_kit()
        with self._guard:
            if kit is not None and self._kit is None and not self._closed:
                self._kit, kit = kit, None
                log.info("office_warm_again")
        if kit is not None:
            kit.close()

    def _take_spare(self) -> _Kit | None:
        """A parent nobody has used, and the next one on its way."""
        with self._guard:
            kit, self._spare = self._spare, None
        if kit is not None and kit.dead:
            kit.close()
            kit = None
        if kit is None:
            kit = self._new_kit()
        if kit is not None:
            with self._guard:
                if self._spare_thread is None or not self._spare_thread.is_alive():
                    self._spare_thread = threading.Thread(target=self._refill, name="engross-office-spare", daemon=True)
                    self._spare_thread.start()
            self._watch_idleness()
        return kit

    def _refill(self) -> None:
        """In a thread: start the next parent for a visitor's file, unless the pool was closed meanwhile."""
        kit = None if self._closed else self._new_kit()
        with self._guard:
            if kit is not None and self._spare is None and not self._closed:
                self._spare, kit = kit, None
        if kit is not None:
            kit.close()

    def _watch_idleness(self) -> None:
        with self._guard:
            if self._timer is None and self.idle:
                self._timer = threading.Timer(self.idle, self._end_idle)
                self._timer.daemon = True
                self._timer.start()

    def _end_idle(self) -> None:
        with self._guard:
            self._timer = None
            ages = [time.monotonic() - kit.used for kit in (self._kit, self._spare) if kit is not None]
            busy = self._running or (self._kit is not None and self._kit.waiting)
            if not busy and ages and min(ages) >= self.idle - 1:
                self.close()
            elif ages:
                self._watch_idleness()

    def _folder(self) -> Path | None:
        """LibreOffice's program folder."""
        found = shutil.which(self.program)
        return Path(found).resolve().parent if found else None

    def _cold_version(self) -> str:
        found = shutil.which(self.program)
        if found is None:
            raise OperatorError("LibreOffice was not found. Install it, or say where it is with the setting `office_program`.")
        told = subprocess.run([found, "--version"], capture_output=True, timeout=30, check=False)  # noqa: S603 - our own command line, no shell
        numbers = re.search(rb"\d+(?:\.\d+)+", told.stdout)
        return numbers.group().decode() if numbers else "?"

    def _cold(self, data: bytes, order: _Order, cancelled: threading.Event | None) -> bytes:
        """One document with a LibreOffice of its own."""
        folder = self._folder()
        if folder is None:
            raise OperatorError("LibreOffice was not found. Install it, or say where it is with the setting `office_program`.")
        shut = sandbox.available()
        with tempfile.TemporaryDirectory(prefix="engross-office-") as name:
            base = Path(name)
            base.chmod(0o711)
            job = base / "job"
            (job / "profile" / "user").mkdir(parents=True)
            (job / "profile" / "user" / "registrymodifications.xcu").write_text(profile(folder, docx_only=False), encoding="utf-8")
            (job / f"in{order.ending}").write_bytes(data)
            shut.own(job)
            at = "/job" if shut.closed else str(job)
            form = f"{order.to}:{_COLD_FILTERS[order.to]}" + (f":{order.options}" if order.options else "")
            command = [str(folder / "soffice"), f"-env:UserInstallation=file://{at}/profile", "--headless", "--norestore", "--nolockcheck",
                       "--convert-to", form, "--outdir", f"{at}/made"]  # fmt: skip
            if order.ending in _INPUT_FILTERS:
                command.append(f"--infilter={_INPUT_FILTERS[order.ending]}")
            command.append(f"{at}/in{order.ending}")
            limits = ["prlimit", f"--as={order.memory}", f"--cpu={int(order.seconds) + 2}", "--core=0", "--"] if shutil.which("prlimit") else []
            line = shut.command([*limits, *command], folder=job, read=self._outside(folder))
            status, printed = self._run(shut, line, order, cancelled)
            if status == 81:  # a new profile's first start
                status, printed = self._run(shut, line, order, cancelled)
            _raise_for_end(status, printed, order)
            target = job / "made" / f"in.{order.to}"
            if not target.exists():
                raise ConversionFailed(Reason.NOT_LOADABLE, document=order.document)
            return _result(target, order)

    @staticmethod
    def _outside(folder: Path) -> list[tuple[Path, str]]:
        return [] if str(folder).startswith("/usr/") else [(folder.parent, str(folder.parent))]

    def _run(self, shut: sandbox.Sandbox, line: list[str], order: _Order, cancelled: threading.Event | None) -> tuple[int, str]:
        """(exit status, what was printed)"""
        with tempfile.TemporaryFile() as errors:
            process = shut.start(line, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
            limit = time.monotonic() + order.seconds
            while True:
                try:
                    status = process.wait(0.1 if cancelled else max(0.1, limit - time.monotonic()))
                except subprocess.TimeoutExpired:
                    if cancelled is not None and cancelled.is_set():
                        sandbox.stop(process)
                        raise ConversionFailed(Reason.CANCELLED, document=order.document) from None
                    if time.monotonic() >= limit:
                        sandbox.stop(process)
                        raise ConversionFailed(Reason.TIMEOUT, f"{order.seconds:g} seconds", document=order.document) from None
                    continue
                errors.seek(0)
                return status, errors.read(10_000).decode(errors="replace")


def _ended(process: subprocess.Popen[bytes], seconds: float) -> int:
    """The exit status of a process that ends within *seconds*, or 0."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return 0


def _signal_of(status: int) -> signal.Signals | None:
    """The signal that ended a program; a shell and bubblewrap tell it as 128 and its number."""
    number = -status if status < 0 else status - 128
    return signal.Signals(number) if number in set(signal.Signals) else None


def _raise_for_end(status: int, printed: str, order: _Order) -> None:
    """Raises ConversionFailed unless a cold LibreOffice went to its end. What it cannot read it says, with status 0 or 1."""
    struck = _signal_of(status)
    if struck is signal.SIGXCPU:
        raise ConversionFailed(Reason.TIMEOUT, f"{order.seconds:g} seconds", document=order.document)
    if "bad_alloc" in printed:
        raise ConversionFailed(Reason.MEMORY, document=order.document)
    if struck is not None:
        raise ConversionFailed(Reason.CRASH, struck.name, document=order.document)
    if status and "could not be loaded" not in printed:
        raise ConversionFailed(Reason.CRASH, f"exit status {status}", document=order.document)


def _marked_utf8(data: bytes) -> bytes:
    """A text with the mark of UTF-8 at its start; without it LibreOffice guesses, and takes short texts of Windows for Chinese."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return text.encode("utf-8-sig")


def _is_mine(file: IO[str]) -> bool:
    """Lock *file* unless another process has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _result(target: Path, order: _Order) -> bytes:
    """The bytes a conversion left, if they can be a result: a plain file, not a link, whole."""
    try:
        descriptor = os.open(target, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise ConversionFailed(Reason.EMPTY, document=order.document) from error
    with os.fdopen(descriptor, "rb") as file:
        made = file.read()
    if not made:
        raise ConversionFailed(Reason.EMPTY, document=order.document)
    return made


def _settled(made: bytes, order: _Order) -> bytes:
    """*made* without what differs from time to time. Raises ConversionFailed when it is not what was wanted."""
    if order.to == "pdf":
        try:
            return pdf.settled(made)
        except DocumentError as error:
            raise ConversionFailed(Reason.EMPTY, error.message, document=order.document) from error
    if order.to == "docx":
        return package.write(package.read(made).values())
    return made


def _export_options(*, pdfa: bool, tagged: bool) -> str:
    """LibreOffice's PDF options, as docassemble sets them: JPEG quality 90, no image made smaller."""
    options: dict[str, tuple[str, str]] = {
        "Quality": ("long", "90"),
        "UseLosslessCompression": ("boolean", "false"),
        "ReduceImageResolution": ("boolean", "false"),
        "ExportBookmarks": ("boolean", "true"),
    }
    if pdfa:
        options["SelectPdfVersion"] = ("long", "2")
    if tagged or pdfa:
        options["UseTaggedPDF"] = ("boolean", "true")
    return json.dumps({name: {"type": kind, "value": value} for name, (kind, value) in options.items()}, separators=(",", ":"))


def _warm_document() -> bytes:
    """A small DOCX with what papers have, so that filters, layout and fonts are loaded before the first fork."""
    space = "http://schemas.openxmlformats.org"
    fonts = ("Times New Roman", "Arial", "Calibri", "Cambria", "Courier New")
    runs = "".join(
        f'<w:p><w:r><w:rPr><w:rFonts w:ascii="{name}" w:hAnsi="{name}"/>{look}</w:rPr><w:t>Warm • text – “{name}” ☐ ☒</w:t></w:r></w:p>'
        for name in fonts
        for look in ("", "<w:b/>", "<w:i/>")
    )
    cell = "<w:tc><w:tcPr><w:tcW w:w='3000' w:type='dxa'/></w:tcPr><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc>"
    table = f"<w:tbl><w:tblPr><w:tblW w:w='0' w:type='auto'/></w:tblPr><w:tblGrid><w:gridCol w:w='3000'/></w:tblGrid><w:tr>{cell}</w:tr></w:tbl>"
    body = f'<w:document xmlns:w="{space}/wordprocessingml/2006/main"><w:body>{runs}{table}<w:p/></w:body></w:document>'
    types = (
        f'<Types xmlns="{space}/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    relations = (
        f'<Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{space}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
    )
    files = (("[Content_Types].xml", types), ("_rels/.rels", relations), ("word/document.xml", body))
    return package.write(package.pack(name, text.encode()) for name, text in files)
