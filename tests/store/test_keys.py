"""Keys: what is kept can be read with them and not without."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import sqlalchemy as sa

from engross.engine.answers import Answers
from engross.errors import OperatorError, SessionUnreadable
from engross.settings import Settings, load_settings
from engross.store import Store, open_store
from engross.store.database import files, sessions, versions
from engross.store.keys import SessionKey


def canary_session(store: Store, text: str = "canary") -> str:
    """A session with one version."""
    session = store.sessions.create("p:i.yml")
    store.sessions.save(session.id, 0, Answers(namespace={"a": text}), screen={"s": text})
    return session.id


def test_the_first_start_makes_a_key_only_its_owner_can_read(store: Store, settings: Settings) -> None:
    """Mode 600, and the same key at the second start."""
    before = settings.key_path.read_text()

    with open_store(settings):
        pass

    assert 0o600 == settings.key_path.stat().st_mode & 0o777
    assert before == settings.key_path.read_text()


def test_a_key_file_that_others_can_read_is_refused(store: Store, settings: Settings) -> None:
    """The operator is told the command."""
    settings.key_path.chmod(0o640)

    with pytest.raises(OperatorError, match="chmod 600"):
        open_store(settings)


def test_a_lost_key_file_is_not_replaced(store: Store, settings: Settings) -> None:
    """A new key would make every session unreadable in silence."""
    canary_session(store)
    settings.key_path.unlink()

    with pytest.raises(OperatorError, match="Nothing was deleted"):
        open_store(settings)
    assert not settings.key_path.exists()


def test_a_wrong_key_is_told_and_nothing_is_deleted(store: Store, settings: Settings) -> None:
    """Another server's key file."""
    session_id = canary_session(store)
    right = settings.key_path.read_text()
    settings.key_path.write_text(f"other {base64.b64encode(bytes(32)).decode()}\n")

    with pytest.raises(OperatorError, match="need other server keys"):
        open_store(settings)

    settings.key_path.write_text(right)
    with open_store(settings) as again:
        assert "canary" == again.sessions.load(session_id).answers(_none).namespace["a"]


def test_a_key_of_the_same_name_that_does_not_fit_makes_sessions_unreadable(store: Store, settings: Settings) -> None:
    """They say so, and stay."""
    session_id = canary_session(store)
    name = settings.key_path.read_text().split()[0]
    settings.key_path.write_text(f"{name} {base64.b64encode(bytes(32)).decode()}\n")

    with open_store(settings) as again:
        with pytest.raises(SessionUnreadable, match="Nothing was deleted"):
            again.sessions.load(session_id)
        assert again.sessions.exists(session_id)


def test_the_key_can_come_from_the_environment(tmp_path: Path) -> None:
    """Then there is no key file."""
    settings = load_settings(data_folder=tmp_path, master_key=f"k1:{base64.b64encode(bytes(range(32))).decode()}")

    with open_store(settings) as store:
        session_id = canary_session(store)
    with open_store(settings) as store:
        assert "canary" == store.sessions.load(session_id).answers(_none).namespace["a"]
    assert not settings.key_path.exists()


@pytest.mark.parametrize("text", ["k1:xx", "k1:" + base64.b64encode(b"short").decode(), ""])
def test_a_key_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    """Too short, not base64, empty."""
    with pytest.raises(OperatorError, match="master_key"):
        open_store(load_settings(data_folder=tmp_path, master_key=text))


def test_rotation_wraps_every_session_anew_and_forgets_the_old_key(store: Store, settings: Settings) -> None:
    """Sessions from before and after are readable with the new key alone."""
    before = canary_session(store, "before")
    old = settings.key_path.read_text()

    assert 1 == store.rotate_keys()
    after = canary_session(store, "after")

    assert 1 == len(settings.key_path.read_text().splitlines())
    assert old != settings.key_path.read_text()
    with open_store(settings) as again:
        texts = [again.sessions.load(each).answers(_none).namespace["a"] for each in (before, after)]
    assert ["before", "after"] == texts


def test_rotation_keeps_the_old_key_while_a_session_needs_it(store: Store, settings: Settings) -> None:
    """A damaged wrap is left alone; the key it names stays."""
    session_id = canary_session(store)
    with store.database.write() as connection:
        connection.execute(sessions.update().values(wrapped_key=b"x" * 60))

    assert 0 == store.rotate_keys()

    assert 2 == len(settings.key_path.read_text().splitlines())
    assert store.sessions.exists(session_id)


@pytest.mark.parametrize("table", ["versions", "files"])
def test_rows_cannot_be_swapped_between_sessions(store: Store, table: str) -> None:
    """Bytes of one session in the row of another are not opened."""
    one, two = canary_session(store, "one"), canary_session(store, "two")
    if table == "versions":
        with store.database.write() as connection:
            content = connection.execute(sa.select(versions.c.content).where(versions.c.session_id == one)).scalar_one()
            connection.execute(versions.update().where(versions.c.session_id == two).values(content=content))
        with pytest.raises(SessionUnreadable):
            store.sessions.load(two)
    else:
        file = store.files.save(one, b"one", "a.txt")
        with store.database.write() as connection:
            connection.execute(files.update().values(session_id=two))
        with pytest.raises(SessionUnreadable):
            store.files.info(two, file.id)


def test_an_older_version_cannot_be_put_in_the_place_of_a_newer(store: Store) -> None:
    """A rollback by hand is noticed."""
    session_id = canary_session(store, "old")
    store.sessions.save(session_id, 1, Answers(namespace={"a": "new"}))
    with store.database.write() as connection:
        old = connection.execute(sa.select(versions.c.content).where(versions.c.version == 1)).scalar_one()
        connection.execute(versions.update().where(versions.c.version == 2).values(content=old))

    with pytest.raises(SessionUnreadable):
        store.sessions.load(session_id)


def test_a_flipped_bit_is_noticed(store: Store) -> None:
    """Anywhere in the row."""
    session_id = canary_session(store)
    with store.database.write() as connection:
        content = bytearray(connection.execute(sa.select(versions.c.content)).scalar_one())
        content[len(content) // 2] ^= 1
        connection.execute(versions.update().values(content=bytes(content)))

    with pytest.raises(SessionUnreadable):
        store.sessions.load(session_id)


def test_a_key_says_nothing_of_itself() -> None:
    """Neither in repr nor in a log."""
    assert "SessionKey(…)" == repr(SessionKey("s", bytes(32)))


def _none(module: str, name: str) -> object:
    raise LookupError(name)
