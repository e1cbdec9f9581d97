"""A store, and workers on it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engross.settings import Settings, load_settings
from engross.store import Store, open_store
from engross.store.jobs import JobReport, NewJob
from engross.store.sessions import new_id
from engross.worker import Worker, make_log, open_log_file
from tests.worker import rehearsed

sys.path.insert(0, str(Path(__file__).parents[2] / "script" / "chaoses"))

from services import Services


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """PostgreSQL, RabbitMQ and an S3-compatible server on loopback; their folder is one that other users may enter."""
    with tempfile.TemporaryDirectory(prefix="engross-services-") as folder, Services(Path(folder)) as started:
        yield started


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of this test alone; nothing here waits for a poll."""
    return load_settings(data_folder=tmp_path / "data", poll_seconds=30, stop_seconds=0.3)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """An open store."""
    with open_store(settings) as opened:
        yield opened


@pytest.fixture
def worker(store: Store) -> Iterator[Worker]:
    """A worker in this process; ``do`` works on one job."""
    with open_log_file(store.settings) as file:
        yield Worker(store, rehearsed.Visits(store, store.settings).work, name="w", log=make_log(file))


@pytest.fixture
def start(store: Store) -> Callable[..., str]:
    """Queue a job of a new session; its id."""

    def begin(payload: Any, session_id: str | None = None) -> str:
        job = NewJob(id=new_id(), kind="action", payload=payload)
        store.jobs.start(session_id or store.sessions.create("p:i.yml").id, job)
        return job.id

    return begin


@pytest.fixture
def ended(store: Store) -> Callable[[str], JobReport]:
    """The report of a job that has ended."""

    def wait(job_id: str) -> JobReport:
        report = store.jobs.wait(job_id, 20)
        assert report is not None
        assert not report.state.is_open, report
        return report

    return wait
