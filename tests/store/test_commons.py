"""What interview code keeps for more than one session: found by owner and key, encrypted, and gone with its time or its person."""

from __future__ import annotations

import time

import pytest

from engross.errors import StorageUnavailable
from engross.store import Store, open_store
from engross.store import commons as commons_module
from engross.store import database as tables


def test_a_value_is_found_by_owner_and_key(store: Store) -> None:
    """The newest one; another owner's key of the same name is another value."""
    store.commons.put("interview a", "color", "red")
    store.commons.put("interview a", "color", {"now": ["blue", 1]})
    store.commons.put("interview b", "color", "green")

    assert ({"now": ["blue", 1]}, "green", None, ["color"]) == (
        store.commons.get("interview a", "color"),
        store.commons.get("interview b", "color"),
        store.commons.get("interview a", "shape"),
        store.commons.keys("interview a"),
    )


def test_of_two_first_values_one_stays(store: Store) -> None:
    """Whoever comes second is told the first's."""
    assert [1, 1, 1] == [store.commons.put_first("a", "x", 1), store.commons.put_first("a", "x", 2), store.commons.get("a", "x")]


def test_a_deleted_value_is_gone(store: Store) -> None:
    """Deleting says whether there was one."""
    store.commons.put("a", "color", None)

    assert [store.commons.has("a", "color"), store.commons.delete("a", "color"), store.commons.delete("a", "color")] == [True, True, False]
    assert not store.commons.has("a", "color")


def test_nothing_readable_is_in_the_database(store: Store) -> None:
    """Neither whose value it is, nor the key, nor the value."""
    store.commons.put("interview secret.yml", "medical history", "broken leg")

    with store.database.read() as connection:
        row = connection.execute(tables.commons.select()).one()

    kept = " ".join(map(repr, row))
    assert [word for word in ("secret", "medical", "broken") if word in kept] == []


def test_values_outlive_a_change_of_the_server_key(store: Store) -> None:
    """Also when the store is opened anew."""
    store.commons.put("a", "color", "red")

    store.rotate_keys()

    with open_store(store.settings) as again:
        assert again.commons.get("a", "color") == "red"


def test_values_go_with_their_time(store: Store) -> None:
    """Those that nobody has written since."""
    store.commons.put("a", "color", "red")

    assert (store.commons.expire(time.time() - 60), store.commons.expire(time.time() + 60)) == (0, 1)
    assert store.commons.keys("a") == []


def test_a_persons_values_go_with_the_account(store: Store) -> None:
    """And nobody else's."""
    store.people.prepare()
    ann = store.people.with_password("ann@example.org", "hash")
    store.commons.put(f"person {ann.id}", "color", "red", person_id=ann.id)
    store.commons.put("everybody", "color", "green")

    store.people.delete(ann.id)

    assert (None, "green") == (store.commons.get(f"person {ann.id}", "color"), store.commons.get("everybody", "color"))


def test_a_value_that_is_too_large_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its key and size; what was kept stays."""
    store.commons.put("a", "color", "red")
    monkeypatch.setattr(commons_module, "LARGEST", 60)

    with pytest.raises(StorageUnavailable, match="`color`"):
        store.commons.put("a", "color", "".join(map(str, range(400))))

    assert store.commons.get("a", "color") == "red"
