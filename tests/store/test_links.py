"""Private links back to a session."""

from __future__ import annotations

import time

import pytest

from engross.store import Store


def session_of(store: Store) -> str:
    return store.sessions.create("demo:demo.yml", digest="", language="en").id


def test_a_link_leads_to_its_session_until_a_new_one_is_made(store: Store) -> None:
    """Making a new link ends the one before."""
    session_id = session_of(store)
    first = store.links.make(session_id, seconds=60)
    opened = store.links.open(first)
    second = store.links.make(session_id, seconds=60)

    assert (session_id, None, session_id) == (opened, store.links.open(first), store.links.open(second))


def test_a_link_can_be_ended_and_ends_with_its_session(store: Store) -> None:
    """After that it leads nowhere."""
    one, other = session_of(store), session_of(store)
    ended, deleted = store.links.make(one, seconds=60), store.links.make(other, seconds=60)
    store.links.end(one)
    store.delete(other)

    assert (None, None) == (store.links.open(ended), store.links.open(deleted))


def test_a_link_ends_by_itself(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time nothing can be found by it."""
    token = store.links.make(session_of(store), seconds=60)
    later = time.time() + 61
    monkeypatch.setattr("engross.store.links.time.time", lambda: later)

    assert (None, None) == (store.links.find(token), store.links.open(token))


def test_five_wrong_pins_end_a_link(store: Store) -> None:
    """The right PIN opens it; after five wrong ones not even that."""
    session_id = session_of(store)
    token = store.links.make(session_id, seconds=60, pin="2468")
    before = store.links.open(token, "2468")
    wrong = {store.links.open(token, f"{n:04d}") for n in range(5)}

    assert (session_id, {None}, None) == (before, wrong, store.links.open(token, "2468"))


def test_the_link_is_not_kept(store: Store) -> None:
    """Neither the token nor the PIN stands in the table."""
    from engross.store import database as tables

    token = store.links.make(session_of(store), seconds=60, pin="2468")
    with store.database.read() as connection:
        row = connection.execute(tables.links.select()).one()

    assert token not in str(row)
    assert b"2468" not in bytes(row.pin_hash)
