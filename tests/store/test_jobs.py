"""Jobs: never lost, never doubled, never stuck."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from engross.engine.answers import Answers
from engross.errors import JobLost
from engross.settings import load_settings
from engross.store import Store, open_store
from engross.store.database import jobs as job_table
from engross.store.jobs import Failure, Job, JobState, NewJob
from engross.store.sessions import new_id


def session(store: Store) -> str:
    """A new session."""
    return store.sessions.create("p:i.yml").id


def start(store: Store, session_id: str, **more: Any) -> str:
    """Queue a job; its id."""
    job = NewJob(id=new_id(), kind="action", payload=more.pop("payload", {"n": 1}), **more)
    store.jobs.start(session_id, job)
    return job.id


def take(store: Store, worker: str = "w") -> Job:
    """The next job; there is one."""
    job = store.jobs.take(worker)
    assert job is not None
    return job


def failure(error_type: str, message: str) -> Failure:
    """Why a job ended."""
    return Failure(error_type=error_type, message=message)


def state(store: Store, job_id: str) -> JobState:
    """The state a report says."""
    report = store.jobs.report(job_id)
    assert report is not None
    return report.state


def make_due(store: Store) -> None:
    """Let every pause and lease be over, as time would."""
    with store.database.write() as connection:
        now = store.database.moment(connection)
        connection.execute(job_table.update().where(job_table.c.not_before.is_not(None)).values(not_before=now - 1))
        connection.execute(job_table.update().where(job_table.c.lease_until.is_not(None)).values(lease_until=now - 1))


def test_a_job_is_taken_once_finished_and_reported(store: Store) -> None:
    """From row to result."""
    mine = session(store)
    job_id = start(store, mine, payload={"x": "y"}, notify="refresh")
    assert 0 == store.jobs.position(job_id)

    job = take(store)
    assert store.jobs.take("other") is None
    assert JobState.RUNNING is state(store, job_id)
    store.jobs.report_progress(job, {"done": 1})
    store.jobs.finish(job, {"papers": 2})

    report = store.jobs.report(job_id)
    assert report is not None
    assert ({"x": "y"}, 1, "refresh") == (job.payload, job.attempt, job.notify)
    assert (JobState.DONE, {"papers": 2}, {"done": 1}) == (report.state, report.result, report.progress)
    assert [("progress", {"job": job_id, "done": 1}), ("done", {"job": job_id})] == [
        (event.kind, event.data) for event in store.events.after(mine, 0)
    ]


def test_of_two_attempts_only_the_newest_can_finish(store: Store) -> None:
    """The late finisher's result is not kept."""
    job_id = start(store, session(store))
    slow = take(store, "slow")
    make_due(store)
    quick = take(store, "quick")

    with pytest.raises(JobLost):
        store.jobs.heartbeat(slow)
    with pytest.raises(JobLost):
        store.jobs.finish(slow, "slow", outbox=[{"kind": "email"}])
    store.jobs.finish(quick, "quick")
    with pytest.raises(JobLost):
        store.jobs.finish(quick, "again")

    report = store.jobs.report(job_id)
    assert report is not None
    assert (2, "quick", {}) == (report.attempt, report.result, store.outbox.counts())


def test_a_heartbeat_keeps_the_lease(store: Store) -> None:
    """A job that is worked on is not given away."""
    start(store, session(store))
    job = take(store)
    make_due(store)

    store.jobs.heartbeat(job)

    assert store.jobs.take("other") is None


def test_a_job_that_kills_its_workers_is_dead_after_three_attempts(store: Store) -> None:
    """With a reason, and the queue moves on."""
    job_id = start(store, session(store))
    for _ in range(3):
        take(store)
        make_due(store)
    other = start(store, session(store))

    assert other == take(store).id
    report = store.jobs.report(job_id)
    assert report is not None
    assert (JobState.DEAD, "WorkerDied", 3) == (report.state, report.error_type, report.attempt)


def test_what_may_pass_is_tried_again_after_a_pause(store: Store) -> None:
    """And is dead when it does not pass."""
    job_id = start(store, session(store))

    assert JobState.WAITING is store.jobs.fail(take(store), failure("Timeout", "slow"), tries=9)
    assert store.jobs.take("w") is None
    for expected in (JobState.WAITING, JobState.DEAD):
        make_due(store)
        assert expected is store.jobs.fail(take(store), failure("Timeout", "slow"), tries=9)

    report = store.jobs.report(job_id)
    assert report is not None
    assert ("Timeout", "slow") == (report.error_type, report.error_message)


def test_an_authors_error_is_not_tried_again(store: Store) -> None:
    """It would fail the same way."""
    job_id = start(store, session(store))

    store.jobs.fail(take(store), failure("CodeError", "name 'x'"))

    assert JobState.FAILED is state(store, job_id)
    assert store.jobs.take("w") is None


def test_a_failed_job_can_be_retried_by_hand(store: Store) -> None:
    """With all its attempts; a job that is done cannot."""
    job_id = start(store, session(store))
    store.jobs.fail(take(store), failure("CodeError", "x"))

    assert store.jobs.retry(job_id)
    job = take(store)
    store.jobs.finish(job, None)

    assert 1 == job.attempt
    assert not store.jobs.retry(job_id)


def test_a_job_that_needs_an_answer_names_it(store: Store) -> None:
    """The visitor is asked; the job has ended."""
    job_id = start(store, session(store))

    store.jobs.ask(take(store), "users[0].name.first")

    report = store.jobs.report(job_id)
    assert report is not None
    assert (JobState.NEEDS_ANSWER, "users[0].name.first") == (report.state, report.path)


def test_a_cancelled_job_cannot_finish(store: Store) -> None:
    """Whether it waits or runs."""
    running, waiting = start(store, session(store)), start(store, session(store))
    job = take(store)

    assert store.jobs.cancel(running)
    assert store.jobs.cancel(waiting)

    assert not store.jobs.cancel(running)
    assert store.jobs.take("w") is None
    with pytest.raises(JobLost):
        store.jobs.finish(job, 1)
    with pytest.raises(JobLost):
        store.jobs.report_progress(job, 1)


def test_a_job_of_a_deleted_session_is_lost(store: Store) -> None:
    """Its output is never kept."""
    mine = session(store)
    job_id = start(store, mine)
    job = take(store)
    store.delete(mine)

    with pytest.raises(JobLost):
        store.jobs.finish(job, "secret")
    assert store.jobs.report(job_id) is None


def test_a_stopping_worker_gives_its_job_back_uncounted(store: Store) -> None:
    """A deploy is not a failure."""
    start(store, session(store))
    store.jobs.release(take(store))

    assert 1 == take(store).attempt


def test_a_dead_workers_jobs_go_on_at_once(store: Store) -> None:
    """Nobody waits for the lease when the supervisor saw it die."""
    start(store, session(store))
    take(store, "dead")

    store.jobs.release_worker("dead")

    assert ("alive", 2) == ((job := take(store, "alive")).worker, job.attempt)


def test_a_lease_from_before_the_machine_started_is_over(store: Store) -> None:
    """The monotonic clock began anew: the lease is far ahead of it."""
    start(store, session(store))
    take(store)
    with store.database.write() as connection:
        ahead = store.database.moment(connection) + 1_000_000
        connection.execute(job_table.update().values(lease_until=ahead))

    assert 2 == take(store).attempt


def test_a_clock_jump_does_not_start_a_running_job_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases do not use the clock on the wall."""
    start(store, session(store))
    take(store)
    wall = time.time
    monkeypatch.setattr(time, "time", lambda: wall() + 86_400)

    assert store.jobs.take("other") is None


def test_a_newer_job_for_the_same_subject_cancels_the_older(store: Store) -> None:
    """Running or waiting; another session's is left alone."""
    mine, other = session(store), session(store)
    first = start(store, mine, subject="bundle", identity="1")
    theirs = start(store, other, subject="bundle", identity="1")
    running = take(store)
    second = start(store, mine, subject="bundle", identity="2")

    with pytest.raises(JobLost):
        store.jobs.finish(running, 1)
    assert [JobState.CANCELLED, JobState.WAITING, JobState.WAITING] == [state(store, each) for each in (first, second, theirs)]


def test_identical_work_is_joined(store: Store) -> None:
    """Two ids, one run, one result."""
    mine = session(store)
    first, second = (start(store, mine, subject="bundle", identity="same") for _ in range(2))

    job = take(store)
    assert JobState.RUNNING is state(store, second)
    store.jobs.finish(job, "papers")

    assert store.jobs.take("w") is None
    assert ["papers", "papers"] == [report.result for each in (first, second) if (report := store.jobs.report(each))]


def test_identical_work_after_the_end_is_new_work(store: Store) -> None:
    """A finished job is not joined: whoever wants it again has a reason."""
    mine = session(store)
    start(store, mine, identity="same")
    store.jobs.finish(take(store), 1)

    again = start(store, mine, identity="same")

    assert again == take(store).id


def test_one_job_of_a_session_runs_at_a_time(store: Store) -> None:
    """The next starts when it ended."""
    mine = session(store)
    start(store, mine)
    second = start(store, mine)
    job = take(store)

    assert store.jobs.take("w") is None
    store.jobs.finish(job, None)
    assert second == take(store).id


def test_sessions_take_turns(store: Store) -> None:
    """Ten jobs of one session do not stand before the first of another."""
    greedy, modest = session(store), session(store)
    for _ in range(10):
        start(store, greedy)
    start(store, modest)
    order = []
    for _ in range(3):
        job = take(store)
        order.append(job.session_id)
        store.jobs.finish(job, None)

    assert [greedy, modest, greedy] == order


def test_a_higher_priority_goes_first(store: Store) -> None:
    """What a person waits for, before what nobody does."""
    start(store, session(store))
    urgent = start(store, session(store), priority=5)

    assert urgent == take(store).id


def test_the_queue_is_bounded_and_the_answers_are_saved_all_the_same(tmp_path: Path) -> None:
    """Beyond the setting, a job is refused with a reason and can be retried."""
    with open_store(load_settings(data_folder=tmp_path, queue_limit=3)) as store:
        for _ in range(3):
            start(store, session(store))
        mine = session(store)

        store.sessions.save(mine, 0, Answers(namespace={"a": 1}), jobs=[NewJob(id="late", kind="action", payload=None)])

        report = store.jobs.report("late")
        assert report is not None
        assert (JobState.FAILED, "QueueFull", 1) == (report.state, report.error_type, store.sessions.load(mine).version)
        store.jobs.finish(take(store), None)
        assert store.jobs.retry("late")
        assert 2 == store.jobs.position("late")


def test_one_session_cannot_fill_the_queue(tmp_path: Path) -> None:
    """Beyond its share, its jobs are refused; others are not."""
    with open_store(load_settings(data_folder=tmp_path, jobs_per_session=2)) as store:
        mine = session(store)
        states = [state(store, start(store, mine)) for _ in range(3)]

        assert [JobState.WAITING, JobState.WAITING, JobState.FAILED] == states
        assert JobState.WAITING is state(store, start(store, session(store)))


def test_one_session_starts_so_many_jobs_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting ``jobs_per_hour``; an hour later there is room again, and others always have theirs."""
    with open_store(load_settings(data_folder=tmp_path, jobs_per_hour=2)) as store:
        mine = session(store)
        for _ in range(2):
            start(store, mine)
            store.jobs.finish(take(store), None)

        assert JobState.FAILED is state(store, start(store, mine))
        assert store.jobs.is_full(mine)
        assert JobState.WAITING is state(store, start(store, session(store)))
        later = time.time() + 3601
        monkeypatch.setattr(time, "time", lambda: later)
        assert JobState.WAITING is state(store, start(store, mine))


@pytest.mark.slow
def test_many_workers_take_each_job_once(store: Store) -> None:
    """Four threads, forty jobs."""
    wanted = {start(store, session(store)) for _ in range(40)}
    taken: list[str] = []

    def work(name: str) -> None:
        while (job := store.jobs.take(name)) is not None:
            store.jobs.finish(job, name)
            taken.append(job.id)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (40, wanted) == (len(taken), set(taken))


def test_who_waits_is_woken_when_the_job_ends(store: Store) -> None:
    """Long before the next look."""
    job_id = start(store, session(store))
    job = take(store)
    finisher = threading.Timer(0.05, store.jobs.finish, (job, "r"))
    finisher.start()
    began = time.monotonic()

    report = store.jobs.wait(job_id, 10)

    finisher.join()
    assert report is not None
    assert (JobState.DONE, "r") == (report.state, report.result)
    assert time.monotonic() - began < 9


def test_waiting_ends_with_the_time(store: Store) -> None:
    """The report says it still waits."""
    report = store.jobs.wait(start(store, session(store)), 0.05)

    assert report is not None
    assert JobState.WAITING is report.state


def test_events_are_numbered_within_their_session(store: Store) -> None:
    """Without gaps, also from several threads."""
    mine, other = session(store), session(store)
    threads = [threading.Thread(target=store.events.add, args=(each, "notice", n)) for n in range(10) for each in (mine, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert list(range(1, 11)) == [event.number for event in store.events.after(mine, 0)]
    assert [9, 10] == [event.number for event in store.events.after(other, 8)]
    assert 10 == store.events.newest(mine)


@pytest.mark.slow
def test_old_events_are_forgotten(store: Store) -> None:
    """A session that makes papers all day does not grow for ever."""
    mine = session(store)
    for number in range(700):
        store.events.add(mine, "notice", number)

    assert len(store.events.after(mine, 0, limit=1000)) <= 600


def test_events_wake_who_waits(store: Store) -> None:
    """Also when they come from another store."""
    mine = session(store)
    with open_store(store.settings) as other:
        timer = threading.Timer(0.05, other.events.add, (mine, "notice", "hello"))
        timer.start()
        events = store.events.wait(mine, 0, 10)
        timer.join()

    assert ["hello"] == [event.data for event in events]


def test_messages_leave_only_with_what_caused_them(store: Store) -> None:
    """A job's messages are written with its result, with the same ids at a second try."""
    mine = session(store)
    job_id = start(store, mine)
    store.jobs.finish(take(store), None, outbox=[{"kind": "email", "to": ["a@b.c"]}])

    message = store.outbox.take()

    assert message is not None
    assert (f"{job_id}:0", {"kind": "email", "to": ["a@b.c"]}) == (message.id, message.payload)
    assert store.outbox.take() is None
    store.outbox.failed(message, retry=False)
    assert {"failed": 1} == store.outbox.counts()


def test_nothing_of_a_job_can_be_read_on_the_disk(store: Store) -> None:
    """Payload, progress, result, reason and message are encrypted."""
    mine = session(store)
    start(store, mine, payload={"secret": "canary"}, subject="canary", identity="canary")
    job = take(store)
    store.jobs.report_progress(job, {"title": "canary"})
    store.jobs.finish(job, "canary", outbox=[{"kind": "email", "body": "canary"}])
    start(store, mine)
    store.jobs.fail(take(store), failure("CodeError", "canary"))

    raw = b"".join(path.read_bytes() for path in store.settings.data_folder.rglob("*") if path.is_file())
    assert b"canary" not in raw


def test_a_job_that_was_lost_cannot_change_the_answers(store: Store) -> None:
    """Checked in the transaction that saves them."""
    mine = session(store)
    start(store, mine)
    lost = take(store, "slow")
    make_due(store)
    held = take(store, "quick")

    with pytest.raises(JobLost):
        store.sessions.save(mine, 0, Answers(namespace={"a": "slow"}), step=False, job=lost)
    store.sessions.save(mine, 0, Answers(namespace={"a": "quick"}), step=False, job=held, answered=f"job:{held.id}")

    assert (1, 1) == (store.sessions.load(mine).version, store.sessions.was_answered(mine, f"job:{held.id}"))
