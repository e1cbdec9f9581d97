"""What a job says to the answers is applied once, whatever is killed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engross.errors import JobLost
from engross.settings import load_settings
from engross.store import Store
from engross.store.jobs import Job
from engross.visit import Visits
from engross.worker import Report

INTERVIEW = """
mandatory: True
code: |
  counter = 0
---
mandatory: True
code: |
  task = background_action("work", None)
---
mandatory: True
question: Done ${ counter }
---
event: work
code: |
  background_response_action("count")
---
event: count
code: |
  counter = counter + 1
  background_response()
"""


@pytest.fixture
def visits(store: Store, tmp_path: Path) -> Visits:
    """Visits to the interview above."""
    return Visits(store, load_settings(data_folder=store.settings.data_folder))


@pytest.fixture
def begin(store: Store, visits: Visits, tmp_path: Path) -> Callable[[], tuple[str, Job]]:
    """A session with a job that a worker has."""

    def start() -> tuple[str, Job]:
        file = tmp_path / "count.yml"
        file.write_text(INTERVIEW)
        shown = visits.start(str(file))
        job = store.jobs.take("w")
        assert job is not None
        return shown.session_id, job

    return start


def counter(store: Store, session_id: str) -> Any:
    """How often it was applied."""
    return store.sessions.load(session_id).answers(lambda module, name: getattr(__import__(module, fromlist=["x"]), name)).namespace["counter"]


def test_a_worker_killed_after_the_save_does_not_save_twice(
    store: Store, visits: Visits, begin: Callable[[], tuple[str, Job]]
) -> None:
    """The second attempt finds the mark of the first."""
    session_id, first = begin()
    visits.work(first, Report(store, first))  # and now it is killed, before it says that it has finished
    store.jobs.release_worker("w")
    second = store.jobs.take("v")
    assert second is not None

    store.jobs.finish(second, visits.work(second, Report(store, second)))

    assert (first.id, 2, 1) == (second.id, second.attempt, counter(store, session_id))


def test_a_cancelled_job_changes_nothing(store: Store, visits: Visits, begin: Callable[[], tuple[str, Job]]) -> None:
    """Not even when its work has come to its end."""
    session_id, job = begin()
    store.jobs.cancel(job.id)

    with pytest.raises(JobLost):
        visits.work(job, Report(store, job))

    assert 0 == counter(store, session_id)
