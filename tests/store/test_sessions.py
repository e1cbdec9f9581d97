"""Sessions: a linear history of versions."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from engross.engine.answers import Answers
from engross.errors import Conflict, SessionGone
from engross.settings import Settings, load_settings
from engross.store import Store, open_store
from engross.store.database import versions
from engross.store.jobs import NewJob
from engross.store.sessions import new_id


def none(module: str, name: str) -> Any:
    """No class is known."""
    raise LookupError(name)


def namespace(store: Store, session_id: str) -> dict[str, Any]:
    """The newest answers."""
    return store.sessions.load(session_id).answers(none).namespace


def put(store: Store, session_id: str, version: int, value: Any, **more: Any) -> int:
    """Save one answer."""
    return store.sessions.save(session_id, version, Answers(namespace={"a": value}), **more)


def test_a_new_session_has_no_answers(store: Store) -> None:
    """Version 0, with what it was created with."""
    created = store.sessions.create("p:i.yml", digest="d", language="es", url_arguments={"x": "1"}, device={"mobile": True}, person_id=7)

    session = store.sessions.load(created.id)

    assert created == session
    assert Answers() == session.answers(none)
    assert (0, "es", {"x": "1"}, {"mobile": True}, 7, False) == (
        session.version,
        session.language,
        session.url_arguments,
        session.device,
        session.person_id,
        session.can_go_back,
    )


def test_saved_answers_and_screen_come_back(store: Store) -> None:
    """With the next version's number."""
    session = store.sessions.create("p:i.yml")

    version = put(store, session.id, 0, 1, screen={"question": "Q"}, screen_id="s1")

    loaded = store.sessions.load(session.id)
    assert (1, 1, {"question": "Q"}, "s1", {"a": 1}) == (
        version,
        loaded.version,
        loaded.screen,
        loaded.screen_id,
        loaded.answers(none).namespace,
    )


def test_the_second_of_two_saves_of_one_version_is_a_conflict(store: Store) -> None:
    """Nothing of it is kept; it is told the newest version."""
    session = store.sessions.create("p:i.yml")
    put(store, session.id, 0, "first")

    with pytest.raises(Conflict) as error:
        put(store, session.id, 0, "second", answered="s", jobs=[NewJob(id="j", kind="action", payload=None)])

    assert 1 == error.value.version
    assert {"a": "first"} == namespace(store, session.id)
    assert (None, None) == (store.sessions.was_answered(session.id, "s"), store.jobs.report("j"))


def test_of_many_saves_at_once_exactly_one_is_kept(store: Store) -> None:
    """Eight threads, released together, twenty times."""
    session = store.sessions.create("p:i.yml")
    kept: list[int] = []
    for version in range(20):
        barrier = threading.Barrier(8)
        won: list[int] = []

        def attempt(me: int, at: int = version, gate: threading.Barrier = barrier, winners: list[int] = won) -> None:
            gate.wait()
            try:
                put(store, session.id, at, me)
            except Conflict:
                return
            winners.append(me)

        threads = [threading.Thread(target=attempt, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 1 == len(won)
        assert {"a": won[0]} == namespace(store, session.id)
        kept += won

    assert 20 == len(kept)


def test_a_screen_is_remembered_as_answered(store: Store) -> None:
    """The second copy of a post is recognised."""
    session = store.sessions.create("p:i.yml")

    put(store, session.id, 0, 1, answered="s1")

    assert (1, None) == (store.sessions.was_answered(session.id, "s1"), store.sessions.was_answered(session.id, "s2"))


def test_undo_brings_back_the_very_same_answers_as_a_new_version(store: Store) -> None:
    """The history only grows."""
    session = store.sessions.create("p:i.yml")
    put(store, session.id, 0, "one", screen={"q": 1}, screen_id="s1")
    put(store, session.id, 1, "two", screen={"q": 2}, screen_id="s2")
    one = store.sessions.load(session.id, 1)

    back = store.sessions.back(session.id, 2)

    assert (3, one.data, {"q": 1}) == (back.version, back.data, back.screen)
    assert back.screen_id not in ("s1", "s2", None)
    assert not back.can_go_back


def test_undo_at_the_first_step_changes_nothing(store: Store) -> None:
    """There is nothing below."""
    session = store.sessions.create("p:i.yml")
    put(store, session.id, 0, "one")

    assert 1 == store.sessions.back(session.id, 1).version


def test_undo_from_an_old_page_is_a_conflict(store: Store) -> None:
    """Also at the first step."""
    session = store.sessions.create("p:i.yml")
    put(store, session.id, 0, "one")
    put(store, session.id, 1, "two")

    for version in (1, 0):
        with pytest.raises(Conflict):
            store.sessions.back(session.id, version)


def test_a_save_without_a_step_is_not_a_step_back(store: Store) -> None:
    """What a job writes does not cost the visitor an Undo."""
    session = store.sessions.create("p:i.yml")
    put(store, session.id, 0, "one")
    put(store, session.id, 1, "two")
    put(store, session.id, 2, "two and result", step=False)

    assert 1 == store.sessions.steps(session.id)
    assert {"a": "one"} == store.sessions.back(session.id, 3).answers(none).namespace


def test_jobs_start_only_with_the_answers(store: Store) -> None:
    """The job works on the version that was saved with it."""
    session = store.sessions.create("p:i.yml")

    version = put(store, session.id, 0, 1, jobs=[NewJob(id="j", kind="action", payload={"x": 1})])

    job = store.jobs.take("w")
    assert job is not None
    assert ("j", {"x": 1}, version) == (job.id, job.payload, job.version)


def test_the_history_is_kept_small(tmp_path: Any) -> None:
    """Versions nothing leads to go; Undo reaches as far as the setting; a job's version stays while it is open."""
    with open_store(load_settings(data_folder=tmp_path, undo_steps=10)) as store:
        session = store.sessions.create("p:i.yml")
        version = put(store, session.id, 0, 0, jobs=[NewJob(id="j", kind="action", payload=None)])
        for number in range(100):
            version = put(store, session.id, version, number, step=number % 3 == 0)

        with store.database.read() as connection:
            rows = connection.execute(sa.select(sa.func.count()).select_from(versions)).scalar_one()

        assert rows < 25
        assert 10 <= store.sessions.steps(session.id) <= 18
        assert {"a": 0} == store.sessions.load(session.id, 1).answers(none).namespace


def test_a_deleted_session_is_gone(store: Store) -> None:
    """For every way to reach it."""
    session = store.sessions.create("p:i.yml")
    put(store, session.id, 0, 1)

    assert store.delete(session.id)

    assert not store.delete(session.id)
    for attempt in (
        lambda: store.sessions.load(session.id),
        lambda: put(store, session.id, 1, 2),
        lambda: store.sessions.back(session.id, 1),
        lambda: store.events.after(session.id, 0),
        lambda: store.files.save(session.id, b"", "a"),
    ):
        with pytest.raises(SessionGone):
            attempt()


class History(RuleBasedStateMachine):
    """Random walks against a list of lists: a stack of steps, and versions that only count up."""

    store: Store
    made = Bundle("made")

    def __init__(self) -> None:
        super().__init__()
        self.stacks: dict[str, list[int]] = {}
        self.versions: dict[str, int] = {}

    @rule(target=made)
    def create(self) -> str:
        """A new session."""
        session = self.store.sessions.create("p:i.yml")
        self.stacks[session.id], self.versions[session.id] = [], 0
        return session.id

    @rule(session=made, value=st.integers(), step=st.booleans())
    def save(self, session: str, value: int, step: bool) -> None:
        """With or without a step."""
        self.versions[session] = put(self.store, session, self.versions[session], value, step=step)
        if not step and self.stacks[session]:
            self.stacks[session].pop()
        self.stacks[session].append(value)

    @rule(session=made)
    def back(self, session: str) -> None:
        """Undo."""
        before = self.versions[session]
        self.versions[session] = self.store.sessions.back(session, before).version
        if len(self.stacks[session]) > 1:
            self.stacks[session].pop()
            assert self.versions[session] == before + 1

    @rule(session=made, value=st.integers(), behind=st.integers(1, 3))
    def save_late(self, session: str, value: int, behind: int) -> None:
        """From an old page."""
        with pytest.raises(Conflict):
            put(self.store, session, self.versions[session] - behind, value)

    @invariant()
    def agrees(self) -> None:
        """Newest answers, number of steps and version are the model's."""
        for session, stack in self.stacks.items():
            loaded = self.store.sessions.load(session)
            assert loaded.version == self.versions[session]
            assert loaded.answers(none).namespace.get("a") == (stack[-1] if stack else None)
            assert self.store.sessions.steps(session) == max(0, len(stack) - 1)


@pytest.mark.slow
def test_every_walk_through_a_history_agrees_with_the_model(store: Store) -> None:
    """Saves, late saves and Undo in any order."""
    History.store = store
    run_state_machine_as_test(
        History,
        settings=hypothesis_settings(max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)),
    )


def test_two_processes_see_the_same(store: Store, settings: Settings) -> None:
    """A second store on the same folder."""
    session = store.sessions.create("p:i.yml")
    with open_store(settings) as other:
        put(other, session.id, 0, 5)

    assert {"a": 5} == namespace(store, session.id)


def test_ids_are_random() -> None:
    """128 bits."""
    assert 32 == len(new_id())
    assert new_id() != new_id()
