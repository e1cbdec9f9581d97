"""Where things are kept: sessions, files, jobs, events, messages. ``open_store(settings)`` is the one entry."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import sqlalchemy as sa

from engross.errors import OperatorError, StorageUnavailable
from engross.settings import Settings
from engross.store import database as tables
from engross.store.audit import Audit
from engross.store.blobs import Blobs, BucketBlobs, FolderBlobs
from engross.store.commons import KEY_NAME as COMMONS_KEY_NAME
from engross.store.commons import Commons
from engross.store.database import Database
from engross.store.events import Events
from engross.store.files import Files
from engross.store.invitations import Invitations
from engross.store.jobs import OPEN, Jobs
from engross.store.keys import KeyRing, WrappedKey, add_key, drop_old_keys, load_keys
from engross.store.links import Links
from engross.store.outbox import Outbox
from engross.store.people import KEY_NAME, People
from engross.store.sessions import Sessions
from engross.store.signals import DatabaseSignals, LocalSignals, Signals
from engross.store.vault import Vault

__all__ = ["Store", "open_store"]

CLOCK_JUMP_SECONDS = 3600.0
"""When the clock on the wall moved by this much against the machine's own, nothing is deleted for its age."""


class Store:
    """Everything that is kept, by subject. Safe to use from several threads; each process opens its own."""

    def __init__(self, vault: Vault, blobs: Blobs) -> None:
        self._vault = vault
        self._blobs = blobs
        self._last_expiry: tuple[float, float] | None = None
        self.settings = vault.settings
        self.signals: Signals = vault.signals
        self.events = Events(vault)
        self.outbox = Outbox(vault)
        self.jobs = Jobs(vault, self.events, self.outbox)
        self.sessions = Sessions(vault, self.jobs, self.outbox)
        self.files = Files(vault, blobs, vault.settings.data_folder / "tmp")
        self.links = Links(vault)
        self.invitations = Invitations(vault)
        self.audit = Audit(vault)
        self.people = People(vault)
        self.commons = Commons(vault)

    @property
    def database(self) -> Database:
        """For health checks and backups."""
        return self._vault.database

    @property
    def blobs(self) -> Blobs:
        """For backups."""
        return self._blobs

    def delete(self, session_id: str, *, who: str = "visitor", place: str = "") -> bool:
        """Destroy a session: its key, its rows, its files. Whether there was one. A running job of it cannot keep its result."""
        files = self.files.ids(session_id)
        there = self.sessions.delete_rows(session_id)
        self.files.delete_blobs(files)
        if there:
            self.audit.add("delete", session_id=session_id, who=who, place=place)
            self._forget()
            self.signals.publish(f"session:{session_id}")
        return there

    def _forget(self) -> None:
        """Empty the database's log, where the deleted key and rows still are. When somebody reads just now, ``expire`` does it."""
        with contextlib.suppress(StorageUnavailable):
            self.database.checkpoint(seconds=0.2)

    def expire(self) -> int:
        """Delete the sessions without activity for the setting ``retention_days``, or for the days that ``retention`` gives their
        interview; how many.

        Call it every hour or so. The first call only notes the time; when the clock on the wall moved by more than an hour against
        the machine's own since the last call, nothing is deleted: a wrong clock must not delete.
        """
        with self.database.write() as connection:
            connection.execute(tables.lent_keys.delete().where(tables.lent_keys.c.until < time.time()))
        now, steady, before = time.time(), time.monotonic(), self._last_expiry
        self._last_expiry = (now, steady)
        if before is None or abs((now - before[0]) - (steady - before[1])) > CLOCK_JUMP_SECONDS:
            return 0
        done = 0
        for session_id, interview, touched in self.sessions.ages():
            if touched < now - self.settings.days_kept(interview) * 24 * 3600:
                done += self.delete(session_id, who="server")
        self.commons.expire(now - self.settings.retention_days * 24 * 3600)
        self._forget()
        return done

    def end_loan(self, session_id: str) -> None:
        """Forget the lent key of a confidential session when no job and no message of it waits or runs."""
        jobs, outbox, lent = tables.jobs, tables.outbox, tables.lent_keys
        with self.database.read() as connection:
            if connection.execute(sa.select(lent.c.until).where(lent.c.session_id == session_id)).first() is None:
                return
        open_jobs = sa.exists().where(jobs.c.session_id == session_id, jobs.c.state.in_(OPEN))
        waiting = sa.exists().where(outbox.c.session_id == session_id, outbox.c.state == "waiting")
        with self.database.write() as connection:
            ended = connection.execute(lent.delete().where(lent.c.session_id == session_id, ~open_jobs, ~waiting)).rowcount
        if ended:
            self._forget()

    def sweep(self) -> None:
        """At start: give on the jobs and remove the files that a crash left."""
        self.jobs.sweep()
        self.files.sweep()

    def rotate_keys(self) -> int:
        """Make a new server key, wrap every session's key by it and forget the old server keys; how many sessions.

        Sessions that the old keys do not open keep theirs, and then the old server keys stay too. Other processes of the server
        must be started again afterwards.
        """
        self._vault.ring = add_key(self.settings)
        done, left = self._rewrap()
        self._lend_anew()
        self.people.rewrap()
        self.commons.rewrap()
        if not left:
            drop_old_keys(self.settings)
            self._vault.ring = load_keys(self.settings, create=False)
        self.audit.add("key", who="operator", result="rotated" if not left else "partly")
        return done

    def _lend_anew(self) -> None:
        """Wrap the lent keys by the current server key."""
        table = tables.lent_keys
        with self.database.write() as connection:
            for row in connection.execute(sa.select(table)).all():
                lent = self._vault.ring.lend_anew(row.session_id, WrappedKey(master_id=row.master_id, sealed=row.sealed))
                connection.execute(table.update().where(table.c.session_id == row.session_id).values(master_id=lent.master_id, sealed=lent.sealed))

    def _rewrap(self) -> tuple[int, int]:
        """(how many session keys are wrapped anew, how many could not be)"""
        from engross.errors import SessionUnreadable

        table, ring = tables.sessions, self._vault.ring
        done = left = 0
        with self.database.read() as connection:
            rows = connection.execute(sa.select(table.c.id).where(table.c.master_id != ring.current_id)).scalars().all()
        for session_id in rows:
            with self.database.write() as connection:
                row = connection.execute(
                    sa.select(table.c.master_id, table.c.wrapped_key).where(table.c.id == session_id)
                ).one_or_none()
                if row is None:
                    continue
                try:
                    wrapped = ring.rewrap(session_id, WrappedKey(master_id=row.master_id, sealed=row.wrapped_key))
                except SessionUnreadable:
                    left += 1
                    continue
                connection.execute(
                    table.update()
                    .where(table.c.id == session_id)
                    .values(master_id=wrapped.master_id, wrapped_key=wrapped.sealed)
                )
                done += 1
        return done, left

    def close(self) -> None:
        """Give connections and sockets back."""
        self.signals.close()
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def open_store(settings: Settings) -> Store:
    """The store of *settings*, made when there is none yet. Raises OperatorError, StorageUnavailable."""
    _make_private(settings.data_folder)
    database = Database(settings.database)
    try:
        database.prepare()
        ring = load_keys(settings, create=not _needs_a_key(database))
        _check_keys(database, ring)
        blobs = _open_blobs(settings)
        signals = _open_signals(settings, database)
    except BaseException:
        database.close()
        raise
    return Store(Vault(settings=settings, database=database, ring=ring, signals=signals), blobs)


def _open_blobs(settings: Settings) -> Blobs:
    if settings.files_url:
        return BucketBlobs(settings.files_url, settings.files_options)
    return FolderBlobs(settings.data_folder / "files")


def _open_signals(settings: Settings, database: Database) -> Signals:
    if database.is_sqlite:
        return LocalSignals(settings.data_folder)
    return DatabaseSignals(database.url.set(drivername="postgresql").render_as_string(hide_password=False))


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(f"The data folder {folder} (setting `data_folder`) cannot be made: {error.strerror}.") from error
    if folder.stat().st_mode & 0o007:
        folder.chmod(folder.stat().st_mode & 0o770)


def _needs_a_key(database: Database) -> bool:
    """Whether something is kept that needs a server key."""
    with database.read() as connection:
        if connection.execute(sa.select(tables.facts.c.name).where(tables.facts.c.name.in_((KEY_NAME, COMMONS_KEY_NAME)))).first() is not None:
            return True
        return connection.execute(sa.select(tables.sessions.c.id).limit(1)).first() is not None


def _check_keys(database: Database, ring: KeyRing) -> None:
    """Say at once when no key fits: every session would be unreadable. Nothing is deleted."""
    table = tables.sessions
    with database.read() as connection:
        found = connection.execute(sa.select(table.c.master_id, sa.func.count()).group_by(table.c.master_id)).all()
    if found and not any(master_id in ring.ids for master_id, _ in found):
        needed = ", ".join(f"{master_id} ({number} sessions)" for master_id, number in found)
        raise OperatorError(
            f"The sessions in the database need other server keys: {needed}; at hand is {', '.join(ring.ids)}. Put the right key "
            f"file back (settings `key_file`, `master_key`). Nothing was deleted."
        )
