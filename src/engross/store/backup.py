"""Backup: a consistent copy of the database and the files, taken while the server runs, and its way back.

The copy holds only what is encrypted already: rows and blobs. The server's keys are *not* in it; keep the key file somewhere else.
Whoever has both reads everything, whoever has one reads nothing.

First the database is copied at one moment; then the blobs that its rows name. A session that is deleted in between is taken out of
the copy, so that every file a row names is there.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from engross import __version__
from engross.errors import OperatorError
from engross.settings import Settings
from engross.store import Store
from engross.store import database as tables
from engross.store.blobs import FolderBlobs, copy_blob
from engross.store.database import Database

DESCRIPTION = "backup.json"
DUMP_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup holds."""

    folder: Path
    sessions: int
    files: int
    left_out: int
    """Sessions that were deleted while it was taken."""
    seconds: float


def back_up(store: Store, folder: Path) -> Backup:
    """Copy everything into *folder*, which must not exist yet; it appears when it is complete. Raises OperatorError."""
    if folder.exists():
        raise OperatorError(f"{folder} is there already; a backup goes into a new folder.")
    if not isinstance(store.blobs, FolderBlobs):
        raise OperatorError("Files are in an S3-compatible store (setting `files_url`): use its own versions and copies for a backup.")
    began = time.monotonic()
    partial = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    partial.mkdir(mode=0o700, parents=True)
    try:
        _copy_database(store.database, partial)
        done = _copy_files(store, store.blobs, partial)
        description = {"engross": __version__, "revision": tables.NEWEST, "taken": time.time(), **done}
        _write_flushed(partial / DESCRIPTION, json.dumps(description).encode())
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    store.audit.add("backup", who="operator")
    return Backup(folder=folder, seconds=time.monotonic() - began, **done)


def restore(settings: Settings, folder: Path) -> Backup:
    """Put a backup into the data folder (and database) of *settings*, which must be empty. The key file must be put there by
    hand. Raises OperatorError."""
    description = _described(folder)
    began = time.monotonic()
    target = settings.data_folder / "files"
    database = Database(settings.database)
    try:
        if database.is_sqlite:
            _restore_sqlite(database, folder)
        else:
            _restore_postgresql(database, folder)
    finally:
        database.close()
    if target.exists() and any(target.iterdir()):
        raise OperatorError(f"The folder {target} is not empty; a backup goes back into an empty data folder (setting `data_folder`).")
    shutil.copytree(folder / "files", target, dirs_exist_ok=True)
    target.chmod(0o700)
    return Backup(
        folder=folder,
        sessions=description["sessions"],
        files=description["files"],
        left_out=description["left_out"],
        seconds=time.monotonic() - began,
    )


def _described(folder: Path) -> dict[str, int]:
    try:
        description: dict[str, int] = json.loads((folder / DESCRIPTION).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise OperatorError(f"{folder} is not a complete backup: {DESCRIPTION} cannot be read.") from error
    return description


def _copy_database(database: Database, folder: Path) -> None:
    if database.is_sqlite:
        with contextlib.closing(sqlite3.connect(str(database.url.database), timeout=30)) as connection:
            connection.execute("VACUUM INTO ?", (str(folder / "engross.db"),))
        (folder / "engross.db").chmod(0o600)
        return
    # Lent keys are for an hour and the server that runs: in a copy, which lives for longer, they would open confidential sessions.
    _run_postgresql("pg_dump", database, "--format=custom", "--exclude-table-data=lent_keys", f"--file={folder / 'engross.dump'}")


def _copy_files(store: Store, blobs: FolderBlobs, folder: Path) -> dict[str, int]:
    """Copy the blobs that the copied rows name; take sessions out whose blobs are gone. Counts for the description."""
    (folder / "files").mkdir(mode=0o700)
    if not store.database.is_sqlite:
        return _copy_newest_files(store, blobs, folder)
    with contextlib.closing(sqlite3.connect(folder / "engross.db")) as copy:
        copy.execute("PRAGMA secure_delete=ON")  # what is left out is not in the file's empty places either
        copy.execute("DELETE FROM lent_keys")  # for an hour, and not for as long as a copy is kept
        rows = copy.execute("SELECT id, session_id FROM files").fetchall()
        missing = {session_id for file_id, session_id in rows if not copy_blob(blobs, file_id, folder / "files")}
        # A file may be deleted alone; only if its session is gone too, the session goes.
        gone = {session_id for session_id in missing if not store.sessions.exists(session_id)}
        for file_id, session_id in rows:
            if session_id in missing and not blobs.path(file_id).exists():
                copy.execute("DELETE FROM files WHERE id = ?", (file_id,))
        for session_id in gone:
            copy.execute("DELETE FROM sessions WHERE id = ?", (session_id,))
            for table in ("versions", "answered", "files", "results", "jobs", "events", "outbox", "links"):
                copy.execute(f"DELETE FROM {table} WHERE session_id = ?", (session_id,))  # noqa: S608 - our own table names
        copy.commit()
        counted = copy.execute("SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM files)").fetchone()
    return {"sessions": counted[0], "files": counted[1], "left_out": len(gone)}


def _copy_newest_files(store: Store, blobs: FolderBlobs, folder: Path) -> dict[str, int]:
    """PostgreSQL: the dump cannot be looked into, so that all blobs there are now are copied; rows of sessions deleted since
    the dump have no blobs and no key that matters."""
    copied = sum(copy_blob(blobs, name, folder / "files") for name in blobs.names(older_than=-3600))
    with store.database.read() as connection:
        sessions = connection.execute(sa.select(sa.func.count()).select_from(tables.sessions)).scalar_one()
    return {"sessions": sessions, "files": copied, "left_out": 0}


def _restore_sqlite(database: Database, folder: Path) -> None:
    path = Path(str(database.url.database))
    if path.exists():
        raise OperatorError(f"The database {path} is there already; a backup goes back into an empty data folder (setting `data_folder`).")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    shutil.copyfile(folder / "engross.db", partial)
    partial.chmod(0o600)
    partial.rename(path)


def _restore_postgresql(database: Database, folder: Path) -> None:
    if database.revision() is not None:
        raise OperatorError("The database (setting `database_url`) is not empty; a backup goes back into an empty one.")
    _run_postgresql("pg_restore", database, "--no-owner", f"--dbname={_plain_url(database)}", str(folder / "engross.dump"), named=True)


def _run_postgresql(program: str, database: Database, *arguments: str, named: bool = False) -> None:
    """One of PostgreSQL's own programs; the password goes through the environment, where other users do not see it."""
    found = shutil.which(program)
    if found is None:
        raise OperatorError(f"The program {program} is not installed; it comes with PostgreSQL's client.")
    target = () if named else (f"--dbname={_plain_url(database)}",)
    environment = {**os.environ, "PGPASSWORD": database.url.password or ""}
    done = subprocess.run([found, *target, *arguments], env=environment, capture_output=True, timeout=DUMP_SECONDS, check=False)  # noqa: S603 - pg_dump and pg_restore, arguments of our own, no shell
    if done.returncode:
        raise OperatorError(f"{program} failed: {done.stderr.decode('utf-8', 'replace').strip()[:500]}")


def _plain_url(database: Database) -> str:
    return database.url.set(drivername="postgresql", password=None).render_as_string()


def _write_flushed(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
