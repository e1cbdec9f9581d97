"""Backup, deletion, retention and migrations: what is kept, and what is really gone."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engross.engine.answers import Answers
from engross.errors import OperatorError, SessionGone, StorageUnavailable
from engross.settings import Settings, load_settings
from engross.store import Store, open_store
from engross.store import database as database_module
from engross.store.backup import back_up, restore
from engross.store.database import Database, metadata, migrate
from engross.store.jobs import NewJob


def none(module: str, name: str) -> Any:
    """No class is known."""
    raise LookupError(name)


def filled(store: Store, number: int) -> tuple[str, str]:
    """A session with an answer and a file; their ids."""
    session_id = store.sessions.create("p:i.yml").id
    store.sessions.save(session_id, 0, Answers(namespace={"number": f"canary {number}"}))
    return session_id, store.files.save(session_id, f"canary file {number}".encode(), "a.txt").id


def restored(store: Store, backup: Path, folder: Path, request: pytest.FixtureRequest) -> Store:
    """Another server with the backup and the key file."""
    url = None if store.database.is_sqlite else request.getfixturevalue("fresh_address")
    settings = load_settings(data_folder=folder, database_url=url)
    folder.mkdir()
    shutil.copy(store.settings.key_path, settings.key_path)
    restore(settings, backup)
    return open_store(settings)


def test_a_restored_backup_has_every_session_and_file(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Also with a server running meanwhile: what a row names is there."""
    made = [filled(store, number) for number in range(10)]
    busy = threading.Thread(target=lambda: [store.delete(filled(store, 99)[0]) for _ in range(15)])
    busy.start()
    backup = back_up(store, tmp_path / "backup")
    busy.join()

    with restored(store, tmp_path / "backup", tmp_path / "other", request) as other:
        answers = [other.sessions.load(session_id).answers(none).namespace["number"] for session_id, _ in made]
        files = [other.files.read(session_id, file_id) for session_id, file_id in made]
        with other.database.read() as connection:
            everything = connection.execute(sa.select(database_module.files.c.session_id, database_module.files.c.id)).all()
        if other.database.is_sqlite:
            assert all(other.files.read(row.session_id, row.id) for row in everything)

    assert [f"canary {number}" for number in range(10)] == answers
    assert [f"canary file {number}".encode() for number in range(10)] == files
    assert backup.sessions >= 10


def test_a_backup_alone_says_nothing(store: Store, tmp_path: Path) -> None:
    """No key in it, no canary, and nobody else may enter."""
    filled(store, 1)
    back_up(store, tmp_path / "backup")

    raw = b"".join(path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())

    assert b"canary" not in raw
    assert store.settings.key_path.read_bytes().split()[1] not in raw
    assert 0o700 == (tmp_path / "backup").stat().st_mode & 0o777


def test_a_backup_goes_only_where_nothing_is(store: Store, settings: Settings, tmp_path: Path) -> None:
    """Neither taking nor restoring overwrites."""
    filled(store, 1)
    back_up(store, tmp_path / "backup")

    with pytest.raises(OperatorError, match="there already"):
        back_up(store, tmp_path / "backup")
    with pytest.raises(OperatorError, match="empty"):
        restore(settings, tmp_path / "backup")
    with pytest.raises(OperatorError, match="not a complete backup"):
        restore(load_settings(data_folder=tmp_path / "x"), tmp_path)


def test_a_deleted_session_leaves_no_trace(store: Store) -> None:
    """Rows, files, job rows; the trail says only that something was deleted."""
    session_id, _ = filled(store, 1)
    store.jobs.start(session_id, NewJob(id="j", kind="action", payload="canary"))
    store.events.add(session_id, "notice", "canary")

    store.delete(session_id, place="127.0.0.1")

    with store.database.read() as connection:
        left = {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
            if table.name not in ("audit", "facts")
        }
    assert set(left.values()) == {0}
    assert [] == [path for path in (store.settings.data_folder / "files").rglob("*") if path.is_file()]
    row = store.audit.newest()[0]
    assert ("delete", "visitor", "127.0.0.1", "ok") == (row.what, row.who, row.place, row.result)
    assert row.session_hash not in session_id


def test_a_deleted_session_is_gone_from_the_raw_database(store: Store) -> None:
    """After a checkpoint neither its id nor its wrapped key is in the database file or its log."""
    if not store.database.is_sqlite:
        pytest.skip("PostgreSQL overwrites at its own time")
    session_id, _ = filled(store, 1)
    with store.database.read() as connection:
        wrapped = connection.execute(sa.select(database_module.sessions.c.wrapped_key)).scalar_one()

    store.delete(session_id)
    store.database.checkpoint()

    raw = b"".join(path.read_bytes() for path in store.settings.data_folder.glob("engross.db*"))
    assert session_id.encode() not in raw
    assert wrapped not in raw


def test_the_trail_takes_no_free_text(store: Store) -> None:
    """An action that is not on the list could be an answer."""
    with pytest.raises(ValueError, match="not an action"):
        store.audit.add("canary")


def test_sessions_without_activity_expire(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the setting, at the second look; those in use stay."""
    old, young = filled(store, 1)[0], filled(store, 2)[0]
    with store.database.write() as connection:
        long_ago = time.time() - 61 * 86_400
        connection.execute(database_module.sessions.update().where(database_module.sessions.c.id == old).values(touched=long_ago))

    assert [0, 1] == [store.expire(), store.expire()]

    assert [False, True] == [store.sessions.exists(each) for each in (old, young)]


@pytest.mark.parametrize("days", [1, 400, -1])
def test_a_clock_that_jumped_deletes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """However far."""
    session_id, _ = filled(store, 1)
    store.expire()
    wall = time.time
    monkeypatch.setattr(time, "time", lambda: wall() + days * 86_400)

    assert 0 == store.expire()
    assert store.sessions.exists(session_id)


def test_a_locked_database_is_told_plainly(store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time it may take, and the next save works."""
    if not store.database.is_sqlite:
        pytest.skip("only SQLite locks as a whole")
    session_id, _ = filled(store, 1)
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.1)
    with open_store(settings) as blocked, store.database.write(), pytest.raises(StorageUnavailable):
        blocked.sessions.save(session_id, 1, Answers())

    with open_store(settings) as free:
        assert 2 == free.sessions.save(session_id, 1, Answers())


def test_migrations_make_the_same_tables_as_a_new_database(tmp_path: Path) -> None:
    """Both ways lead to one form."""
    new, old = (Database(f"sqlite:///{tmp_path / name}.db") for name in ("new", "old"))
    new.prepare()
    with old.write() as connection:
        migrate(connection)

    assert schema(new) == schema(old)
    assert new.revision() == old.revision() == database_module.NEWEST
    for each in (new, old):
        each.close()


def schema(database: Database) -> set[str]:
    """Every table and index as SQL."""
    with database.read() as connection:
        return {" ".join(row[0].split()).replace("( ", "(").replace(" )", ")") for row in connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))}


def test_a_database_of_a_newer_engross_is_refused(store: Store, settings: Settings) -> None:
    """It says what to do."""
    with store.database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(OperatorError, match="newer Engross"):
        open_store(settings)


def test_a_strange_database_address_is_told(tmp_path: Path) -> None:
    """With the setting's name."""
    for url in ("mysql://x/y", "nonsense"):
        with pytest.raises(OperatorError, match="database_url"):
            open_store(load_settings(data_folder=tmp_path, database_url=url))


def test_an_old_versions_session_is_gone_not_broken(store: Store) -> None:
    """Asking for a version that is not kept."""
    session_id, _ = filled(store, 1)

    with pytest.raises(SessionGone, match="Version 7"):
        store.sessions.load(session_id, 7)


def test_an_interview_can_be_kept_for_a_shorter_time(settings: Settings) -> None:
    """By its name as people write it, or by a pattern; the shortest counts."""
    chosen = settings.model_copy(update={"retention": {"docassemble.Shelter:*": 7, "docassemble.Shelter:short.yml": 1}})
    names = ("docassemble.Shelter:data/questions/short.yml", "docassemble.Shelter:data/questions/other.yml", "docassemble.Else:data/questions/short.yml")

    assert [1, 7, 60] == [chosen.days_kept(name) for name in names]


def test_the_log_is_emptied_when_a_session_is_deleted(store: Store) -> None:
    """Its wrapped key is nowhere in the raw files, without anybody asking for it."""
    if not store.database.is_sqlite:
        pytest.skip("PostgreSQL overwrites at its own time")
    session_id, _ = filled(store, 1)

    store.delete(session_id)

    assert session_id.encode() not in b"".join(path.read_bytes() for path in store.settings.data_folder.glob("engross.db*"))
