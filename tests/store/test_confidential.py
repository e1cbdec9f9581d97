"""Confidential sessions: the server opens them with the visitor's secret, and for work in the background for an hour."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from engross.engine.answers import Answers
from engross.errors import SessionLocked
from engross.settings import Settings
from engross.store import Store, open_store
from engross.store import database as tables
from engross.store.backup import back_up
from engross.store.jobs import Failure, NewJob
from engross.store.keys import held, hold, new_secret
from engross.store.sessions import new_id


@pytest.fixture(autouse=True)
def nothing_at_hand() -> None:
    """Each test begins as a request without a cookie."""
    hold({})


def confidential(store: Store) -> tuple[str, str]:
    """A session with an answer, and its visitor's secret, which is at hand no more."""
    secret = new_secret()
    session = store.sessions.create("a:b.yml", secret=secret)
    answers = Answers()
    answers.namespace["where"] = "the shelter"
    store.sessions.save(session.id, 0, answers)
    hold({})
    return session.id, secret


def assembly(payload: dict[str, str] | None = None) -> NewJob:
    return NewJob(id=new_id(), kind="assemble", payload=payload or {})


def lent(store: Store) -> int:
    with store.database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(tables.lent_keys)).scalar_one())


def test_it_opens_with_the_visitors_secret(store: Store) -> None:
    """As any other session."""
    session_id, secret = confidential(store)
    hold({session_id: secret})

    assert b"the shelter" in store.sessions.load(session_id).data


@pytest.mark.parametrize("brought", [{}, {"other": "x"}, {"this": "wrong"}])
def test_the_server_alone_cannot_open_it(store: Store, brought: dict[str, str]) -> None:
    """Neither without a secret nor with another one: not the answers, not a file, not an event."""
    session_id, secret = confidential(store)
    hold({session_id: secret})
    file = store.files.save(session_id, b"x", "a.txt", "text/plain")
    hold({session_id if name == "this" else name: value for name, value in brought.items()})

    for read in (lambda: store.sessions.load(session_id), lambda: store.files.read(session_id, file.id), lambda: store.events.add(session_id, "x")):
        with pytest.raises(SessionLocked):
            read()


def test_another_session_is_opened_as_ever(store: Store) -> None:
    """The secret is of one session."""
    other = store.sessions.create("a:b.yml")
    confidential(store)

    assert other.id == store.sessions.load(other.id).id


def test_it_can_be_deleted_by_its_age(store: Store) -> None:
    """Deleting needs no key."""
    session_id, _ = confidential(store)

    assert store.delete(session_id)
    assert not store.sessions.exists(session_id)


def test_a_job_borrows_the_key_and_gives_it_back(store: Store) -> None:
    """A worker, which has no cookie, can work; afterwards the server cannot open the session any more."""
    session_id, secret = confidential(store)
    hold({session_id: secret})
    store.jobs.start(session_id, assembly({"say": "x"}))
    hold({})

    job = store.jobs.take("worker")
    assert job is not None
    assert {"say": "x"} == job.payload
    assert b"the shelter" in store.sessions.load(session_id).data
    store.end_loan(session_id)
    assert 1 == lent(store)
    store.jobs.finish(job, {"made": 1})
    store.end_loan(session_id)

    assert 0 == lent(store)
    with pytest.raises(SessionLocked):
        store.sessions.load(session_id)


def test_a_message_borrows_the_key_too(store: Store) -> None:
    """E-mail leaves after the answers are saved."""
    session_id, secret = confidential(store)
    hold({session_id: secret})
    store.sessions.save(session_id, 1, Answers(), outbox=[{"kind": "email", "to": "kim@example.org"}])
    hold({})

    message = store.outbox.take()
    assert message is not None
    assert "kim@example.org" == message.payload["to"]
    store.end_loan(session_id)
    assert 1 == lent(store)
    store.outbox.sent(message)
    store.end_loan(session_id)
    assert 0 == lent(store)


def test_a_loan_ends_after_an_hour(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the job never ran; it fails by itself, and other sessions' jobs are taken."""
    session_id, secret = confidential(store)
    hold({session_id: secret})
    store.jobs.start(session_id, assembly())
    hold({})
    other = store.sessions.create("a:b.yml")
    store.jobs.start(other.id, assembly())
    now = time.time()
    monkeypatch.setattr("engross.store.vault.time.time", lambda: now + 3601)

    job = store.jobs.take("worker")

    assert job is not None
    assert other.id == job.session_id
    with pytest.raises(SessionLocked):
        store.sessions.load(session_id)


def test_a_lost_job_of_a_locked_session_keeps_nobody_waiting(store: Store) -> None:
    """Its worker died on the last try and its loan is over; the next job is taken all the same."""
    session_id, secret = confidential(store)
    hold({session_id: secret})
    store.jobs.start(session_id, assembly())
    hold({})
    for _ in range(store.settings.job_attempts):
        job = store.jobs.take("worker")
        assert job is not None
        with store.database.write() as connection:
            connection.execute(tables.jobs.update().values(lease_until=0.0))
    with store.database.write() as connection:
        connection.execute(tables.lent_keys.delete())
    other = store.sessions.create("a:b.yml")
    store.jobs.start(other.id, assembly())

    following = store.jobs.take("worker")

    assert following is not None
    assert other.id == following.session_id


def test_a_failed_job_keeps_no_loan(store: Store) -> None:
    """Whatever became of it."""
    session_id, secret = confidential(store)
    hold({session_id: secret})
    store.jobs.start(session_id, assembly())
    hold({})
    job = store.jobs.take("worker")
    assert job is not None
    store.jobs.fail(job, Failure(error_type="X", message="x"), tries=1)

    store.end_loan(session_id)

    assert 0 == lent(store)


def test_a_loan_leaves_no_trace(tmp_path_factory: pytest.TempPathFactory) -> None:
    """When it has ended the lent key is in no file any more; a backup that is taken meanwhile does not hold it."""
    folder = tmp_path_factory.mktemp("data")
    with open_store(Settings(data_folder=folder)) as store:
        session_id, secret = confidential(store)
        hold({session_id: secret})
        store.jobs.start(session_id, assembly())
        hold({})
        with store.database.read() as connection:
            sealed = connection.execute(sa.select(tables.lent_keys.c.sealed)).scalar_one()
        back_up(store, folder.with_name(f"{folder.name}-copy"))
        job = store.jobs.take("worker")
        assert job is not None
        store.jobs.finish(job, {})
        store.end_loan(session_id)

        for place in (folder, folder.with_name(f"{folder.name}-copy")):
            assert [] == [path.name for path in place.rglob("*") if path.is_file() and sealed in path.read_bytes()]


def test_new_server_keys_leave_the_visitors_half_as_it_is(tmp_path_factory: pytest.TempPathFactory) -> None:
    """``engross keys rotate``, with a job under way."""
    with open_store(Settings(data_folder=tmp_path_factory.mktemp("data"))) as store:
        session_id, secret = confidential(store)
        hold({session_id: secret})
        store.jobs.start(session_id, assembly())
        hold({})

        assert 1 == store.rotate_keys()

        assert b"the shelter" in store.sessions.load(session_id).data  # by the loan
        with store.database.write() as connection:
            connection.execute(tables.lent_keys.delete())
        with pytest.raises(SessionLocked):
            store.sessions.load(session_id)
        hold({session_id: secret})
        assert b"the shelter" in store.sessions.load(session_id).data


def test_a_private_link_brings_the_secret(store: Store) -> None:
    """The database holds it only as the link opens it."""
    session_id, secret = confidential(store)
    hold({session_id: secret})
    token = store.links.make(session_id, seconds=60)
    hold({})

    assert secret == store.links.secret(token)
    assert None is store.links.secret("x" * 32)
    with store.database.read() as connection:
        assert secret.encode() not in connection.execute(sa.select(tables.links.c.half)).scalar_one()


def test_secrets_are_at_hand_in_one_context_only(store: Store) -> None:
    """A thread of another request has none."""
    import threading

    hold({"a": "b"})
    seen: list[object] = []
    thread = threading.Thread(target=lambda: seen.append(dict(held())))
    thread.start()
    thread.join()

    assert seen in ([{}], [{"a": "b"}])  # Python 3.14's threads take their starter's context
