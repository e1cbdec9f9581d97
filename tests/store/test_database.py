"""The database itself: what several stores and processes at once may not take from one another."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

from engross.settings import load_settings
from engross.store import open_store

COMES_AND_GOES = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('select count(*) from sessions').fetchall(); c.close()"


def test_a_second_store_of_a_process_keeps_the_locks_of_the_first(tmp_path: Path) -> None:
    """A process that comes and goes is not the last one then, and leaves the log in which others write."""
    settings = load_settings(data_folder=tmp_path / "data")
    database = tmp_path / "data" / "engross.db"
    with open_store(settings) as first:
        first.sessions.create("p:i.yml")
        with open_store(settings):
            subprocess.run([sys.executable, "-c", COMES_AND_GOES, str(database)], check=True)  # noqa: S603 - code of this file
            kept = first.sessions.create("p:i.yml").id

            with sqlite3.connect(database) as another:
                found = another.execute("select count(*) from sessions where id = ?", (kept,)).fetchone()
            another.close()
            assert (True, 1) == ((database.parent / "engross.db-wal").exists(), found[0])


def test_only_what_may_be_lost_with_the_power_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    """A durable transaction is flushed also on a connection that has just had one which is not."""
    with open_store(load_settings(data_folder=tmp_path / "data")) as store:
        flushed = []
        for durable in (True, False, True, False, False, True):
            with store.database.write(durable=durable) as connection:
                flushed.append((durable, connection.exec_driver_sql("PRAGMA synchronous").scalar_one()))

    full, normal = 2, 1
    assert [(durable, full if durable else normal) for durable, _ in flushed] == flushed


def test_nobody_else_may_read_the_database(tmp_path: Path) -> None:
    """Not even while it is made."""
    with open_store(load_settings(data_folder=tmp_path / "data")):
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").glob("engross.db*")}

    assert {0o600} == modes
