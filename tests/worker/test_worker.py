"""Workers: take a job, do it, note how it ended."""

from __future__ import annotations

import email
import os
import queue
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engross.delivery import deliver_next
from engross.documents.assemble import AssemblyFailed
from engross.documents.office import ConversionFailed, Reason
from engross.errors import AuthorError
from engross.settings import Settings
from engross.store import Store
from engross.store.events import topic
from engross.store.jobs import Job, JobReport, JobState, NewJob
from engross.store.sessions import new_id
from engross.store.vault import session_hash
from engross.worker import HOST, Report, Worker, WorkerPool, _kept_alive, log_path, release_lost, tries_for

Start = Callable[..., str]
Ended = Callable[[str], JobReport]


def take(store: Store) -> Job:
    """The next job."""
    job = store.jobs.take("w")
    assert job is not None
    return job


def started(store: Store, job_id: str) -> int:
    """The process that works on the job, once it said so."""
    job = store.jobs.report(job_id)
    assert job is not None
    for event in store.events.wait(job.session_id, 0, 20):
        if "started" in (event.data or {}):
            return int(event.data["started"])
    raise AssertionError("the job did not start")


@pytest.mark.parametrize(
    ("payload", "state", "error"),
    [
        ({"echo": 1}, JobState.DONE, None),
        ({"ask": "users[0].name"}, JobState.NEEDS_ANSWER, "NeedsAnswer"),
        ({"author": "no template"}, JobState.FAILED, "AuthorError"),
        ({"code": "x"}, JobState.FAILED, "CodeError"),
        ({"crash": 1}, JobState.WAITING, "OSError"),
        ({"what": 1}, JobState.FAILED, "ValueError"),
    ],
)
def test_every_end_of_work_becomes_a_state(
    store: Store, worker: Worker, start: Start, payload: Any, state: JobState, error: str | None
) -> None:
    """Results, questions, authors' errors, and what may pass."""
    job_id = start(payload)

    assert state is worker.do(take(store))

    report = store.jobs.report(job_id)
    assert report is not None
    assert (state, error) == (report.state, report.error_type)


def test_the_log_names_the_place_and_the_variable_and_no_answer(store: Store, worker: Worker, start: Start) -> None:
    """One line each, with the session's hash."""
    session_id = store.sessions.create("p:i.yml").id
    for payload in ({"author": "The template has no field `x`."}, {"code": "canary-answer"}, {"echo": "canary-answer"}):
        start(payload, session_id)
        worker.do(take(store))

    lines = log_path(store.settings).read_text().splitlines()

    assert 6 == len(lines)
    assert all(f"session={session_hash(session_id)}" in line for line in lines)
    assert "users[0].name" in lines[1]
    assert "i.yml, line 7" in lines[1]
    assert "The template has no field" in lines[1]
    assert "canary" not in "".join(lines)
    assert session_id not in "".join(lines)
    assert 0o600 == log_path(store.settings).stat().st_mode & 0o777


def test_a_message_of_a_job_becomes_one_letter(store: Store, worker: Worker, start: Start) -> None:
    """In the folder of letters; a second look finds nothing to send."""
    start({"mail": "Anna <anna@example.org>"})
    worker.do(take(store))

    assert [True, False] == [deliver_next(store), deliver_next(store)]

    (path,) = (store.settings.data_folder / "outbox").glob("*.eml")
    letter = email.message_from_bytes(path.read_bytes())
    assert ("Anna <anna@example.org>", "Papers") == (letter["To"], letter["Subject"])
    assert {"sent": 1} == store.outbox.counts()


@pytest.mark.parametrize("message", [{"kind": "email", "to": ["a@b.c\nBcc: x@y.z"]}, {"kind": "fax"}, {"kind": "webhook", "url": "file:///etc/passwd"}])
def test_a_message_that_cannot_leave_fails_once(store: Store, worker: Worker, start: Start, message: Any) -> None:
    """A header that would add another, an unknown way, an address that is none."""
    start({"echo": 1})
    store.jobs.finish(take(store), None, outbox=[message])

    assert deliver_next(store)

    assert {"failed": 1} == store.outbox.counts()





@pytest.mark.slow
def test_a_stopped_pool_gives_its_jobs_back(store: Store, start: Start, tmp_path: Path) -> None:
    """After the grace; the next pool does them, at their first attempt."""
    pool = WorkerPool(store.settings, 1, visits="tests.worker.rehearsed:Visits")
    pool.start()
    job_id = start({"until": str(tmp_path / "go")})
    started(store, job_id)
    pids = pool.pids

    pool.stop()

    report = store.jobs.report(job_id)
    assert report is not None
    assert (JobState.WAITING, 0, []) == (report.state, report.attempt, [pid for pid in pids if Path(f"/proc/{pid}").exists()])



@pytest.mark.slow
def test_workers_end_when_their_parent_is_killed(store: Store, tmp_path: Path) -> None:
    """However it ends: the pipe tells them."""
    code = (
        "import sys, time; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\n"
        "from engross.settings import load_settings\nfrom engross.worker import WorkerPool\n"
        "pool = WorkerPool(load_settings(data_folder=Path(sys.argv[1]), stop_seconds=0.1), 1, visits='tests.worker.rehearsed:Visits')\n"
        "pool.start(); assert pool.wait_ready(20); print(pool.pids[0], flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code, str(store.settings.data_folder), str(Path(__file__).parent)], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        descriptor = os.pidfd_open(pid)
        parent.kill()

    import select

    assert select.select([descriptor], [], [], 10)[0] == [descriptor]
    os.close(descriptor)


def test_a_start_gives_on_what_a_dead_server_left(store: Store, start: Start, ended: Ended) -> None:
    """The lease of a worker whose process is gone is not waited for; that of a living one, or of another machine, is."""
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    names = [f"{HOST}:{dead.pid}:0-a", f"{HOST}:{os.getpid()}:0-b", f"elsewhere:{dead.pid}:0-c"]
    jobs = [start({"echo": n}) for n in range(3)]
    for name in names:
        assert store.jobs.take(name) is not None

    release_lost(store)

    reports = [store.jobs.report(job_id) for job_id in jobs]
    assert [JobState.WAITING, JobState.RUNNING, JobState.RUNNING] == [report.state for report in reports if report]


def test_a_document_that_reaches_a_limit_is_not_tried_a_third_time(settings: Settings) -> None:
    """Each try of such a document costs as much as it may; what a killed converter left is tried as often as the setting says."""
    bomb, slow = ConversionFailed(Reason.MEMORY), ConversionFailed(Reason.TIMEOUT)
    several = AssemblyFailed({"a": bomb, "b": ConversionFailed(Reason.CRASH)}, {}, {})

    assert (2, 2, 2, 3, 1) == tuple(
        tries_for(error, settings) for error in (bomb, slow, several, ConversionFailed(Reason.CRASH), AuthorError("no"))
    )


def test_the_operators_list_says_why_without_an_answer(store: Store, worker: Worker, start: Callable[..., str]) -> None:
    """The author's message, which may hold an answer, is kept encrypted beside it."""
    job_id = start({"code": "canary"})
    job = store.jobs.take("w")
    assert job is not None
    worker.do(job)

    report = store.jobs.report(job_id)
    assert report is not None
    assert "canary" in (report.error_message or "")
    assert "where=i.yml, line 9" == report.summary


def test_what_a_job_tells_itself_does_not_make_it_look_whether_it_is_wanted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """To tell has shown that; what others tell makes it look."""
    session_id = store.sessions.create("p:i.yml").id
    store.jobs.start(session_id, NewJob(id=new_id(), kind="action", payload={}))
    job = store.jobs.take("w")
    assert job is not None
    looks = queue.Queue[bool]()
    is_held = store.jobs.is_held

    def noted(job: Job) -> bool:
        held = is_held(job)
        looks.put(held)
        return held

    monkeypatch.setattr(store.jobs, "is_held", noted)
    report = Report(store, job)

    with _kept_alive(store, report):
        for number in range(5):
            report({"number": number})
        store.signals.publish(topic(session_id))

        assert looks.get(timeout=5)
        assert looks.empty()


def test_a_newer_job_for_the_same_thing_wakes_the_worker_that_has_the_older(store: Store) -> None:
    """So that it ends the conversion at once, not at its next heartbeat."""
    session_id = store.sessions.create("p:i.yml").id
    jobs = [NewJob(id=new_id(), kind="action", payload={}, subject="papers") for _ in range(2)]
    store.jobs.start(session_id, jobs[0])
    job = store.jobs.take("w")
    assert job is not None
    report = Report(store, job)

    with _kept_alive(store, report):
        store.jobs.start(session_id, jobs[1])

        assert report.lost.wait(5)
