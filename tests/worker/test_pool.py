"""Worker processes, and what happens when they are killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engross import broker
from engross.settings import Settings, load_settings
from engross.store import Store, open_store
from engross.store.jobs import JobReport, JobState
from engross.worker import BEHIND_THE_WEB, WorkerPool

pytestmark = pytest.mark.slow

Start = Callable[..., str]
Ended = Callable[[str], JobReport]


@pytest.fixture(scope="module", params=["embedded", pytest.param("cluster", marks=pytest.mark.database)])
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of this file: nothing here waits for a poll. On the cluster PostgreSQL, RabbitMQ and a bucket do the work."""
    more = {} if request.param == "embedded" else request.getfixturevalue("services").settings()
    return load_settings(data_folder=tmp_path_factory.mktemp("pool") / "data", poll_seconds=30, stop_seconds=0.3, **more)


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[Store]:
    """An open store."""
    with open_store(settings) as opened:
        dispatcher = broker.attach(opened)
        yield opened
        if dispatcher is not None:
            dispatcher.close()


@pytest.fixture(scope="module")
def pool(store: Store) -> Iterator[WorkerPool]:
    """Two worker processes that listen; the tests of this file share them."""
    workers = WorkerPool(store.settings, 2, visits="tests.worker.rehearsed:Visits")
    workers.start()
    try:
        assert workers.wait_ready(60)
        yield workers
    finally:
        workers.stop()


def started(store: Store, job_id: str) -> int:
    """The process that works on the job, once it said so."""
    job = store.jobs.report(job_id)
    assert job is not None
    for event in store.events.wait(job.session_id, 0, 20):
        if "started" in (event.data or {}):
            return int(event.data["started"])
    raise AssertionError("the job did not start")


def test_pool_does_jobs_in_other_processes(pool: WorkerPool, start: Start, ended: Ended) -> None:
    """Results come back, and what waits is told by a signal, not by a poll."""
    reports = [ended(job_id) for job_id in [start({"echo": n}) for n in range(6)]]

    assert list(range(6)) == [report.result["value"] for report in reports]
    assert {report.result["pid"] for report in reports} <= set(pool.pids)
    assert os.getpid() not in pool.pids



def test_workers_stand_back_behind_the_web(pool: WorkerPool) -> None:
    """Where cores are scarce, pages come before papers."""
    mine = os.getpriority(os.PRIO_PROCESS, 0)

    assert all(os.getpriority(os.PRIO_PROCESS, pid) == min(19, mine + BEHIND_THE_WEB) for pid in pool.pids)


def test_a_killed_worker_is_replaced_and_its_job_done_once(
    store: Store, pool: WorkerPool, start: Start, ended: Ended, tmp_path: Path
) -> None:
    """Its lease is not waited for."""
    job_id = start({"until": str(tmp_path / "go")})
    victim = started(store, job_id)
    began = time.monotonic()

    os.kill(victim, signal.SIGKILL)
    (tmp_path / "go").touch()

    report = ended(job_id)
    assert (JobState.DONE, {"attempt": 2}) == (report.state, report.result)
    assert time.monotonic() - began < store.settings.lease_seconds / 2
    assert pool.wait_ready(60)
    assert victim not in pool.pids



def test_a_job_that_kills_workers_is_dead_and_others_go_on(pool: WorkerPool, start: Start, ended: Ended) -> None:
    """Three attempts, then a reason."""
    poison, good = start({"die": 9}), start({"echo": "good"})

    assert "good" == ended(good).result["value"]
    report = ended(poison)
    assert (JobState.DEAD, "WorkerDied", 3) == (report.state, report.error_type, report.attempt)



def test_a_cancelled_job_ends_between_steps(store: Store, pool: WorkerPool, start: Start, ended: Ended) -> None:
    """The worker is free for the next one."""
    jobs = [start({"until": "/nowhere/at/all"}) for _ in range(2)]
    for job_id in jobs:
        started(store, job_id)

    for job_id in jobs:
        store.jobs.cancel(job_id)

    assert "free" == ended(start({"echo": "free"})).result["value"]
