"""Worker: take a job, make a ``visits.work()``, report, finish.

A worker is a process of its own. ``serve`` starts some (``WorkerPool``) and replaces those that die; ``engross worker`` starts more.
Each does one job at a time. While it works, a second thread keeps the job's lease and learns when the job is not wanted any more.
Workers also deliver the outbox and, every hour, forget what is old.

``worker.log`` in the data folder has one line for each thing that happened to a job, with the session's hash and no answers.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol, TextIO

import structlog

from engross import broker, nursery
from engross.delivery import deliver_next
from engross.errors import (
    AuthorError,
    CodeError,
    EngrossError,
    JobLost,
    OperatorError,
    SessionGone,
    SessionUnreadable,
    StorageUnavailable,
    Undefined,
    raised,
)
from engross.process import end_if_stuck, give_memory_back, keep_answers_out_of_output, limit_memory, lossy
from engross.settings import Settings
from engross.store import Store, open_store
from engross.store.events import topic
from engross.store.jobs import Failure, Job, JobState, NewJob, tries_for
from engross.store.signals import JOBS, OUTBOX
from engross.store.vault import Json, session_hash

VISITS = "engross.worker:open_visits"
"""What makes the object that works, as ``module:name``; called with (store, settings)."""
HOST = socket.gethostname()[:32].replace(":", "")
"""First part of a worker's name; the second is the number of its process or of its pool's."""
HOUSEKEEPING_SECONDS = 3600
HOUSE_BELL_SECONDS = 10
"""How often the outbox is looked at when nobody rings."""
BEHIND_THE_WEB = 5
"""How much a worker of ``serve``, and its converter, stand back where there are fewer cores than work: a page is not to wait for a paper."""
STUCK_SECONDS = 10
"""How long a job that is not wanted any more may go on before its worker ends itself, and the conversion with it."""
STUCK_STATUS = 70
"""Exit status of a worker that ended itself because of a job that would not end."""
RESTART_SECONDS = (0.0, 0.0, 0.2, 0.5, 1.0, 5.0)
"""Pause before a dead worker is replaced, growing when workers die soon after their start."""
SOON_SECONDS = 5.0


class Worker:
    """One worker: jobs come from the store, *work* does them."""

    def __init__(self, store: Store, work: Work, *, name: str | None = None, log: Any = None) -> None:
        self.name = name or f"{HOST}:{os.getpid()}:{secrets.token_hex(3)}"
        self._store = store
        self._work = work
        self._stopping = threading.Event()
        self._bell: threading.Event | None = None
        self._log = log if log is not None else structlog.get_logger()
        self.current: Job | None = None
        """The job it has now."""

    def stop(self) -> None:
        """Take no further job."""
        self._stopping.set()
        if self._bell is not None:
            self._bell.set()

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Do jobs until ``stop``. *ready* is called once it listens."""
        with self._store.signals.listening(JOBS) as self._bell:
            ready()
            while not self._stopping.is_set():
                if not self.do_next():
                    self._bell.wait(self._store.settings.poll_seconds)
                    self._bell.clear()

    def do_next(self) -> bool:
        """Do the job whose turn it is; whether there was one."""
        try:
            job = self._store.jobs.take(self.name)
        except StorageUnavailable:
            self._log.warning("no_storage", worker=self.name)
            self._stopping.wait(1)
            return False
        if job is None:
            return False
        self.do(job)
        return True

    def do(self, job: Job) -> JobState | None:
        """Work on one job and note how it ended; None when it was not this worker's to end."""
        log = self._log.bind(job=job.id, session=session_hash(job.session_id), kind=job.kind, attempt=job.attempt)
        log.info("started", waited_ms=round(job.waited_seconds * 1000))
        began = time.monotonic()
        self.current = job
        report = Report(self._store, job)
        try:
            with _kept_alive(self._store, report):
                state, facts = self._outcome(job, report)
        except JobLost:
            log.info("lost", seconds=round(time.monotonic() - began, 3))
            return None
        except StorageUnavailable:
            # Its lease will run out; another attempt follows.
            log.warning("not_kept", reason="no_storage", seconds=round(time.monotonic() - began, 3))
            return None
        finally:
            self.current = None
            with contextlib.suppress(StorageUnavailable):  # then the loan ends by its time
                self._store.end_loan(job.session_id)
        log.info(state.value, seconds=round(time.monotonic() - began, 3), **facts)
        return state

    def _outcome(self, job: Job, report: Report) -> tuple[JobState, dict[str, Any]]:
        """Do the work and keep its result or the reason why there is none; the state, and facts for the log."""
        jobs = self._store.jobs
        try:
            result = self._work(job, report)
        except (JobLost, SessionGone) as error:
            raise JobLost("The job is not wanted any more.") from error
        except Undefined as error:
            jobs.ask(job, error.path)
            return JobState.NEEDS_ANSWER, {"path": error.path}
        except Exception as error:  # noqa: BLE001 - interview code may raise anything; it ends this job, not the worker
            facts = facts_of(error)
            return jobs.fail(job, failure_of(error, facts), tries=tries_for(error, self._store.settings)), facts
        remark = report.remark
        jobs.finish(job, result, outbox=report.outbox, jobs=report.jobs, notice=_notice(job, result), remark=remark)
        return JobState.DONE, {} if remark is None else {"failed": remark.summary}


class Work(Protocol):
    """What a worker does with a job: ``Visits.work``."""

    def __call__(self, job: Job, report: Report, /) -> Json:
        """The job's result as JSON-able data. Raises Undefined when only the visitor can give a value, JobLost (from
        *report*) when the job is not wanted any more, and what went wrong otherwise."""


class Report:
    """What work tells of its progress, and how it learns that nobody wants it any more."""

    def __init__(self, store: Store, job: Job) -> None:
        self._store = store
        self.job = job
        self.lost = threading.Event()
        """Set when the job was cancelled or given to another worker: stop, also in the middle of a conversion."""
        self.outbox: list[dict[str, Any]] = []
        """Messages that leave when the result is kept, once."""
        self.jobs: list[NewJob] = []
        """Tasks that start when the result is kept, once."""
        self.remark: Failure | None = None
        """What is missing in the result: papers that could not be made."""
        self._telling = threading.local()

    def __call__(self, data: Json) -> None:
        """Tell the session's pages. Raises JobLost."""
        self.check()
        self._telling.now = True
        try:
            self._store.jobs.report_progress(self.job, data)
        finally:
            self._telling.now = False

    @property
    def is_telling(self) -> bool:
        """Whether this thread is just telling the session's pages."""
        return getattr(self._telling, "now", False)

    def check(self) -> None:
        """Raise JobLost when the job is not wanted any more; call it between steps."""
        if self.lost.is_set():
            raise JobLost("The job is not wanted any more.")


def failure_of(error: BaseException, facts: Mapping[str, Any]) -> Failure:
    """What the job's row keeps of *error*."""
    summary = " ".join(f"{name}={value}" for name, value in facts.items() if name != "error")
    return Failure(
        error_type=type(raised(error)).__name__, message=str(error), summary=summary, failures=getattr(error, "failures", None)
    )


def _notice(job: Job, result: Json) -> Json:
    """What ``background_action``'s ``ui_notification`` makes the open page do with the result, or None."""
    if job.notify is None or not isinstance(result, dict):
        return None
    return {"notify": job.notify, "said": result.get("said")}


def facts_of(error: BaseException) -> dict[str, Any]:
    """What the log may say of an error: never the text of an error of the interview's own code, which may hold an answer."""
    facts: dict[str, Any] = {"error": type(error).__name__}
    if isinstance(error, AuthorError):
        facts |= {"where": str(error.where or ""), "block": error.block or "", "variable": error.variable or ""}
        for name in ("document", "part"):
            if value := getattr(error, name, None):
                facts[name] = value
    if isinstance(errors := getattr(error, "errors", None), dict):
        facts["papers"] = ", ".join(sorted(_reason(each) for each in errors.values()))  # titles of papers may hold a name
    elif isinstance(error, OperatorError | SessionUnreadable) or (
        isinstance(error, AuthorError) and not isinstance(error, CodeError) and _is_ours(error.__cause__)
    ):
        facts["message"] = getattr(error, "message", str(error))
    if (cause := raised(error)) is not error:
        facts["cause"] = type(cause).__name__
    return {name: value for name, value in facts.items() if value}


def _reason(error: BaseException) -> str:
    """An error in a word or two, without a value."""
    name = getattr(getattr(error, "reason", None), "name", "")
    return f"{type(error).__name__} {name}".strip()


def _is_ours(cause: BaseException | None) -> bool:
    """Whether an error's text was written here alone, not by code that may have put an answer into it."""
    return cause is None or isinstance(cause, EngrossError)


@contextmanager
def _kept_alive(store: Store, report: Report) -> Iterator[None]:
    """Keep the job's lease while the block runs. When the job is lost or takes too long and the block does not end soon, the
    process ends itself: only that stops code that does not listen."""
    done, bell = threading.Event(), threading.Event()

    def ring() -> None:
        if not report.is_telling:  # what we tell ourselves has just shown that the job is held
            bell.set()

    end_subscription = store.signals.subscribe(topic(report.job.session_id), ring)
    thread = threading.Thread(target=_beat, args=(store, report, done, bell), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        bell.set()
        thread.join()
        end_subscription()


def _beat(store: Store, report: Report, done: threading.Event, bell: threading.Event) -> None:
    settings = store.settings
    end = time.monotonic() + settings.job_seconds
    next_beat = time.monotonic() + settings.lease_seconds / 3
    while not report.lost.is_set():
        bell.wait(max(0.0, min(next_beat, end) - time.monotonic()))
        bell.clear()
        if done.is_set():
            return
        try:
            if time.monotonic() >= end:
                _end_overdue(store, report)
            elif time.monotonic() >= next_beat:
                next_beat = time.monotonic() + settings.lease_seconds / 3
                store.jobs.heartbeat(report.job)
            elif not store.jobs.is_held(report.job):
                report.lost.set()
        except JobLost:
            report.lost.set()
        except StorageUnavailable:
            continue  # it comes back, or the lease runs out
    if not done.wait(STUCK_SECONDS):
        _die(STUCK_STATUS)


def _end_overdue(store: Store, report: Report) -> None:
    """The job took longer than the setting ``job_seconds``: this attempt is over."""
    report.lost.set()
    store.jobs.fail(report.job, Failure(error_type="Timeout", message="It took too long.", summary="job_seconds"), tries=2)


def _die(status: int) -> None:
    os._exit(status)


# ---- the process


@dataclass(slots=True, kw_only=True)
class _Place:
    """A worker process and since when it runs."""

    name: str
    process: nursery.Child
    started: float
    ready: threading.Event = field(default_factory=threading.Event)


class WorkerPool:
    """Workers as child processes, replaced when they die. They end when this process does, however it ends."""

    def __init__(self, settings: Settings, count: int | None = None, *, visits: str = VISITS) -> None:
        self._settings = settings
        self._count = settings.workers if count is None else count
        self._visits = visits
        self._nursery = nursery.Nursery([sys.executable, "-m", "engross.worker", visits])
        self._children: dict[int, _Place] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._store: Store | None = None
        self._dispatcher: broker.Dispatcher | None = None

    def start(self) -> None:
        """Start the workers; they take jobs as soon as they are up (``wait_ready``)."""
        if self._count:
            self._nursery.start()
        self._store = open_store(self._settings)
        self._dispatcher = broker.attach(self._store)
        release_lost(self._store)
        for place in range(self._count):
            thread = threading.Thread(target=self._keep, args=(place,), name=f"worker-{place}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def wait_ready(self, seconds: float) -> bool:
        """Whether all workers listen, at most after *seconds*."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with self._lock:
                children = list(self._children.values())
            if len(children) == self._count and all(child.ready.is_set() for child in children):
                return True
            for child in children:
                child.ready.wait(max(0.0, min(0.05, end - time.monotonic())))
            if len(children) < self._count:
                self._stopping.wait(0.02)
        return False

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that run now."""
        with self._lock:
            return [child.process.pid for child in self._children.values() if child.process.is_alive]

    def stop(self) -> None:
        """Let running jobs end, at most for the setting ``stop_seconds``, then end all workers. Their leases are given back."""
        self._stopping.set()
        with self._lock:
            children = list(self._children.values())
        for child in children:
            child.process.end_orders()
        end = time.monotonic() + self._settings.stop_seconds + 3
        for child in children:
            if not child.process.wait(max(0.0, end - time.monotonic())):
                child.process.kill()
        for thread in self._threads:
            thread.join()
        self._nursery.close()
        if self._dispatcher is not None:
            self._dispatcher.close()
            self._dispatcher = None
        if self._store is not None:
            self._store.close()
            self._store = None

    def _keep(self, place: int) -> None:
        """Keep one worker running."""
        early_deaths = 0
        while not self._stopping.is_set():
            try:
                child = self._spawn(place)
            except OSError:  # no memory or no process to be had
                self._stopping.wait(RESTART_SECONDS[-1])
                continue
            if self._stopping.is_set():
                child.process.end_orders()
            child.process.wait()
            child.process.close()
            self._clean_up(child)
            early_deaths = early_deaths + 1 if time.monotonic() - child.started < SOON_SECONDS else 0
            self._stopping.wait(RESTART_SECONDS[min(early_deaths, len(RESTART_SECONDS) - 1)])

    def _spawn(self, place: int) -> _Place:
        name = f"{HOST}:{os.getpid()}:{place}-{secrets.token_hex(3)}"
        process = self._nursery.fork()
        child = _Place(name=name, process=process, started=time.monotonic())
        with self._lock:
            self._children[place] = child
        order = {"settings": self._settings.as_arguments(), "name": name, "visits": self._visits, "path": sys.path}
        try:
            process.orders.write(json.dumps(order).encode() + b"\n")
            process.orders.flush()
        except OSError:
            return child  # it died at once; the caller sees that
        threading.Thread(target=_await_ready, args=(child, process.output), daemon=True).start()
        return child

    def _clean_up(self, child: _Place) -> None:
        """Give on what the dead worker had, without waiting for its lease."""
        if self._store is None:
            return
        for pause in (0.0, 0.5, 2.0):
            time.sleep(pause)
            try:
                self._store.jobs.release_worker(child.name)
                return
            except StorageUnavailable:
                continue  # after that the lease runs out by itself


def release_lost(store: Store) -> None:
    """Give on what workers of this machine had whose process (or whose parent's) is dead: nobody need wait for their leases."""
    for name in store.jobs.workers():
        host, _, rest = name.partition(":")
        if host == HOST and not _is_alive(rest.partition(":")[0]):
            store.jobs.release_worker(name)


def _is_alive(process_id: str) -> bool:
    try:
        os.kill(int(process_id), 0)
    except ProcessLookupError:
        return False
    except (ValueError, PermissionError):
        return True
    return True


def _await_ready(child: _Place, output: IO[bytes]) -> None:
    if output.readline() == b"ready\n":
        child.ready.set()


def open_log_file(settings: Settings) -> TextIO:
    """The file that all workers add their lines to."""
    descriptor = os.open(log_path(settings), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8", buffering=1)


class _Lines(logging.Handler):
    """Lines of our own modules, such as a template that could not be filled, in the worker's log."""

    def __init__(self, log: Any) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line: what happened, and the facts that came with it."""
        facts = {name: value for name, value in vars(record).items() if name in ("code", "where", "variable", "part", "document")}
        self._log.warning(record.getMessage(), **facts)


def make_log(file: TextIO) -> Any:
    """The log of workers: one line for each thing that happened."""
    return structlog.wrap_logger(
        structlog.PrintLogger(lossy(file)),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event", "session", "job"], bool_as_flag=False),
        ],
    )


def run_worker(settings: Settings, *, name: str | None = None, visits: str = VISITS, orders: IO[str] | None = None) -> None:
    """Be a worker until SIGTERM, or until *orders* (the pipe from the parent) ends.

    Then a running job may go on for the setting ``stop_seconds``; after that it is given back.
    """
    with open_store(settings) as store, open_log_file(settings) as file:
        log = make_log(file)
        logging.getLogger("engross").addHandler(_Lines(log))
        made = make_visits(visits, store, settings)
        worker = Worker(store, made.work, name=name, log=log)
        ending = _Ending(worker, store)
        signal.signal(signal.SIGTERM, ending.on_signal)
        signal.signal(signal.SIGINT, signal.SIG_IGN if orders is not None else ending.on_signal)
        if orders is not None:
            threading.Thread(target=ending.begin_after, args=(orders,), name="orders", daemon=True).start()
        keeper = threading.Thread(target=_keep_house, args=(store, ending, log), name="housekeeping", daemon=True)
        keeper.start()
        dispatcher = broker.attach(store)

        def say_ready() -> None:
            _say_ready(orders is not None)

        try:
            if dispatcher is None:
                worker.run(ready=say_ready)
            else:
                broker.consume(settings, worker.do_next, name=worker.name, ready=say_ready, stopping=ending.begun)
        finally:
            ending.begin()
            if dispatcher is not None:
                dispatcher.close()
            if (close := getattr(made, "close", None)) is not None:
                close()
            keeper.join(timeout=5)


def open_visits(store: Store, settings: Settings) -> Any:
    """Visits to the interviews that the server offers (setting ``interviews``), with the converter starting meanwhile."""
    from engross.catalogue import Catalogue
    from engross.visit import Visits

    catalogue = Catalogue(settings.interviews, unpack_to=settings.data_folder / "packages")
    visits = Visits(store, settings, catalogue.interviews)

    def warm_up() -> None:
        with contextlib.suppress(EngrossError):  # the first job that needs it says what is wrong
            catalogue.served()
            structlog.get_logger().info("converter", way=str(visits.office.start()))

    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    return visits


def converters(settings: Settings) -> tuple[str, ...]:
    """How the workers of this machine convert; nothing before the first of them has started LibreOffice."""
    from engross.documents import edition

    return edition.noted(settings.data_folder / "converter")


def walls(settings: Settings) -> tuple[str, str]:
    """(How visitors' files are shut in on this machine, in a sentence that starts with ``ok`` when they are; why they are not.)"""
    from engross.documents import sandbox

    shut = sandbox.available()
    if shut.closed:
        return "ok", ""
    if settings.sandbox == "none":
        return "NO SANDBOX: visitors' files are opened with this server's own rights", shut.reason
    return "no sandbox: visitors' Word and PDF files are refused", shut.reason


def make_visits(reference: str, store: Store, settings: Settings) -> Any:
    """The object whose ``work`` does jobs, from ``module:name``."""
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)(store, settings)


class _Ending:
    """How a worker process ends: no further job, some time for the running one, then it is given back."""

    def __init__(self, worker: Worker, store: Store) -> None:
        self._worker = worker
        self._store = store
        self.begun = threading.Event()
        self.bell = threading.Event()
        """Set then, and by others too."""

    def on_signal(self, _number: int, _frame: object) -> None:
        """Begin to end, from a signal handler: in a thread, for the handler may have interrupted one that holds a lock we need."""
        threading.Thread(target=self.begin, name="ending", daemon=True).start()

    def begin_after(self, orders: IO[str]) -> None:
        """Begin to end when the pipe from the parent does."""
        orders.read()
        self.begin()

    def begin(self) -> None:
        """Begin to end; nothing more happens the second time."""
        if self.begun.is_set():
            return
        self.begun.set()
        self.bell.set()
        self._worker.stop()
        threading.Thread(target=self._force, name="ending", daemon=True).start()

    def _force(self) -> None:
        time.sleep(self._store.settings.stop_seconds)
        job = self._worker.current
        if job is not None:
            try:
                self._store.jobs.release(job)
            finally:
                _die(0)


def _keep_house(store: Store, ending: _Ending, log: Any) -> None:
    """Deliver messages as they come; every hour forget what is old."""
    next_look = time.monotonic()
    store.signals.subscribe(OUTBOX, ending.bell.set)
    while not ending.begun.is_set():
        try:
            while not ending.begun.is_set() and deliver_next(store):
                pass
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + HOUSEKEEPING_SECONDS
                store.files.sweep()
                if expired := store.expire():
                    log.info("expired", sessions=expired)
        except StorageUnavailable:
            log.warning("no_storage", worker="housekeeping")
        ending.bell.wait(HOUSE_BELL_SECONDS)
        ending.bell.clear()


def _say_ready(to_parent: bool) -> None:
    """Tell the parent, then let no print of an interview reach the pipe."""
    if to_parent:
        with contextlib.suppress(BrokenPipeError):  # it died meanwhile: the other pipe tells us
            os.write(1, b"ready\n")
        os.dup2(2, 1)


def main() -> None:
    """The nursery of a WorkerPool, and in each process that it forks a worker: the first line of the input says what to do; when the
    input ends, so does the worker."""
    visits, number = sys.argv[1:]
    with contextlib.suppress(OSError):
        os.nice(BEHIND_THE_WEB)
    if not nursery.nurse(int(number), lambda: _import_for(visits)):
        return
    line = sys.stdin.readline()
    if not line:
        return  # the parent died at once
    order = json.loads(line)
    sys.path[:] = [*order["path"]] or sys.path
    settings = Settings(**order["settings"])
    limit_process(settings)
    run_worker(settings, name=order["name"], visits=order["visits"], orders=sys.stdin)


def _import_for(visits: str) -> None:
    """Import what workers need, before any is forked."""
    if visits == VISITS:
        for name in ("engross.visit", "engross.catalogue", "engross.documents.office", "engross.library.namespace"):
            importlib.import_module(name)


WORKER_THREADS = 64


def limit_process(settings: Settings) -> None:
    """Hold this process, which is a worker, to the settings ``memory_limit`` and ``stuck_seconds``; and, without ``debug``, its output
    to what is no answer."""
    give_memory_back()
    limit_memory(settings.memory_limit, threads=WORKER_THREADS)
    end_if_stuck(settings.stuck_seconds)
    if not settings.debug:
        keep_answers_out_of_output()


def log_path(settings: Settings) -> Path:
    """Where the workers write."""
    return settings.data_folder / "worker.log"


if __name__ == "__main__":
    main()
