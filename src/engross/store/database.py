"""Database: the tables, and transactions on them.

SQLite by default, in WAL mode with ``synchronous=FULL``: a commit that was acknowledged survives the loss of power, but for those that
only tell how far a job is. PostgreSQL by a URL. All statements are SQLAlchemy Core and the same for both, but for three things that are here: how a transaction begins, what
time it is for leases, and how a table is locked while it is made.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

from engross.errors import OperatorError, StorageUnavailable

BUSY_SECONDS = 10.0
"""How long a transaction waits for a lock before the page says 503."""
NEWEST = "0005"
"""The newest migration."""
ALEMBIC_TABLE = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)
"""As alembic itself makes it."""

metadata = MetaData()

facts = Table(
    "facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Small things about the store itself."""

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("interview", Text, nullable=False),
    Column("digest", String(64), nullable=False, server_default=""),
    Column("language", String(16), nullable=False),
    Column("master_id", String(64), nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("event_number", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("touched", Float, nullable=False, index=True),
    Column("person_id", BigInteger, index=True),
    Column("details", LargeBinary, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("session_id", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("below", Integer),
    Column("screen_id", String(64)),
    Column("made", Float, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""Answers and screen of one version. ``below`` is the version that Undo goes back to."""

answered = Table(
    "answered",
    metadata,
    Column("session_id", String(32), primary_key=True),
    Column("screen_id", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
)
"""Screens whose answers were saved: a second copy of the same post changes nothing."""

files = Table(
    "files",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("session_id", String(32), nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("created", Float, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("once", String(64)),
    Column("uploaded", Integer, nullable=False),
    Column("info", LargeBinary, nullable=False),
    Index("files_digest", "session_id", "digest"),
    Index("files_once", "session_id", "once", unique=True),
)

results = Table(
    "results",
    metadata,
    Column("session_id", String(32), primary_key=True),
    Column("content_key", String(64), primary_key=True),
    Column("file_id", String(32), nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("session_id", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("notify", String(16)),
    Column("priority", Integer, nullable=False),
    Column("subject", String(64)),
    Column("identity", String(64)),
    Column("leader", String(64)),
    Column("state", String(16), nullable=False),
    Column("turn", Float, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("worker", String(64)),
    Column("lease_until", Float),
    Column("not_before", Float),
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("finished", Float),
    Column("error_type", String(64)),
    Column("payload", LargeBinary, nullable=False),
    Column("progress", LargeBinary),
    Column("outcome", LargeBinary),
    Index("jobs_state", "state", "priority", "turn"),
    Index("jobs_session", "session_id", "state"),
    Index(
        "jobs_one_running",
        "session_id",
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
    ),
)
"""``payload``, ``progress`` and ``outcome`` (result or reason) are encrypted. Times of leases are ``Database.moment``."""

events = Table(
    "events",
    metadata,
    Column("session_id", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("made", Float, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(96), primary_key=True),
    Column("session_id", String(32), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("lease_until", Float),
    Column("created", Float, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)
"""What leaves after a commit. The id is the idempotency key."""

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("made", Float, nullable=False),
    Column("who", String(64), nullable=False),
    Column("what", String(32), nullable=False),
    Column("session_hash", String(16), nullable=False),
    Column("place", String(64), nullable=False),
    Column("result", String(32), nullable=False),
)
"""Who did what when: never an answer, never a file's name."""


links = Table(
    "links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("session_id", String(32), nullable=False, unique=True),
    Column("created", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("pin_salt", LargeBinary),
    Column("pin_hash", LargeBinary),
    Column("failures", Integer, nullable=False),
    Column("half", LargeBinary),
)
"""Private links to come back to a session, at most one each. The link itself is not kept, only its hash; ``half`` is the visitor's secret
of a confidential session, which only the link opens."""

lent_keys = Table(
    "lent_keys",
    metadata,
    Column("session_id", String(32), primary_key=True),
    Column("master_id", String(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("until", Float, nullable=False),
)
"""Keys of confidential sessions for as long as there is work in the background, wrapped by the server key alone."""

people = Table(
    "people",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("handle", String(64), nullable=False, unique=True),
    Column("active", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("seen", Float),
    Column("content", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
"""Accounts. ``handle`` is a keyed fingerprint of how the person is found, ``content`` encrypted. A number is never given twice, so that
nobody inherits the sessions of a deleted account."""

signins = Table(
    "signins",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", BigInteger, nullable=False, index=True),
    Column("created", Float, nullable=False),
    Column("until", Float, nullable=False),
)
"""Who is signed in, by the hash of what the browser holds."""

tickets = Table(
    "tickets",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("handle", String(64), nullable=False, index=True),
    Column("until", Float, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""Links to choose a password, each good once."""

tries = Table(
    "tries",
    metadata,
    Column("handle", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("since", Float, nullable=False),
)
"""Passwords that were tried for a name, whether it has an account or not."""

commons = Table(
    "commons",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("person_id", BigInteger, index=True),
    Column("touched", Float, nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
)
"""What interview code keeps for more than one session. ``owner`` and ``key`` are keyed fingerprints, ``content`` is encrypted."""


class Database:
    """Connections and transactions."""

    def __init__(self, url: str) -> None:
        self.url = _checked_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = sa.create_engine(self.url, **self._options())
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)

    def _options(self) -> dict[str, Any]:
        if self.is_sqlite:
            # Each connection keeps up to 8 MB of pages (`cache_size`), so those that are warm are used first.
            connect = {"timeout": float(BUSY_SECONDS)}
            return {"connect_args": connect, "pool_size": 10, "max_overflow": 50, "pool_timeout": BUSY_SECONDS, "pool_use_lifo": True}
        return {"pool_size": 5, "max_overflow": 20, "pool_pre_ping": True, "pool_timeout": BUSY_SECONDS, "connect_args": {"connect_timeout": 5}}

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A consistent look. Raises StorageUnavailable."""
        with _told_plainly(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[sa.Connection]:
        """One short transaction: all of it is kept, or nothing. Raises StorageUnavailable.

        Not *durable*: the loss of power may take it back, and the end of PostgreSQL's server (that of a process of ours does not), and
        nobody waits for the disk. For what only tells how far something is. Whatever is durable afterwards takes it along.
        """
        options = {"engross_write": True, "engross_durable": durable}
        with _told_plainly(), self.engine.connect().execution_options(**options) as connection, connection.begin():
            if not self.is_sqlite:
                connection.execute(sa.text(f"SET LOCAL lock_timeout = '{int(BUSY_SECONDS * 1000)}ms'"))
                if not durable:
                    connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
            yield connection

    def moment(self, connection: sa.Connection) -> float:
        """Seconds on a clock that nobody sets: for leases, not for people.

        SQLite: the machine's monotonic clock, the same for all its processes. PostgreSQL: the database's own clock.
        """
        if self.is_sqlite:
            return time.monotonic()
        return float(connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

    def prepare(self) -> None:
        """Make the tables, or bring those of an older version up to date. Safe when several processes do it at once."""
        if self.is_sqlite and self.url.database not in (None, "", ":memory:"):
            folder = Path(str(self.url.database)).parent
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_file(str(self.url.database))
        if self.revision() == NEWEST:
            return
        with self.write() as connection:
            if not self.is_sqlite:
                _say_for_postgresql()
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(7306172)"))
            found = _revision(connection)
            if found is None:
                metadata.create_all(connection)
                connection.execute(sa.text(ALEMBIC_TABLE))
                connection.execute(sa.text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": NEWEST})
            elif found != NEWEST:
                migrate(connection)

    def insert(self, table: sa.Table) -> Any:
        """An insert that knows what to do on a conflict. PostgreSQL's way is read only where it is used: it takes time."""
        if self.is_sqlite:
            from sqlalchemy.dialects.sqlite import insert
        else:
            from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
        return insert(table)

    def revision(self) -> str | None:
        """The migration the database is at, or None when it is empty."""
        with self.read() as connection:
            return _revision(connection)

    def checkpoint(self, *, seconds: float = BUSY_SECONDS) -> bool:
        """SQLite: write the log into the database and empty it, so that nothing deleted stays in it. Else nothing.

        Waits at most *seconds* for those who read; whether the log is empty now.
        """
        if not self.is_sqlite:
            return True
        with _told_plainly(), self.engine.connect() as connection:
            driver = connection.connection.dbapi_connection
            assert driver is not None  # noqa: S101 - the connection is open
            cursor = driver.cursor()
            cursor.execute(f"PRAGMA busy_timeout={int(seconds * 1000)}")
            try:
                busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                cursor.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
        return not busy

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _make_file(path: str) -> None:
    """An empty file that only we may read, as SQLite would let others read it. One that is there is not even opened: to close it again
    would take away the locks of all connections that this process has to it, and a process that then thinks that it is the last
    removes the log in which others still write (sqlite.org/howtocorrupt.html, 2.2)."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def migrate(connection: sa.Connection) -> None:
    """Bring an existing database to the newest form."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    configuration = Config()
    configuration.set_main_option("script_location", "engross.store:migrations")
    configuration.attributes["connection"] = connection
    try:
        command.upgrade(configuration, "head")
    except CommandError as error:
        raise OperatorError(
            f"The database was written by a newer Engross (or is not ours): {error}. Install that version, or choose another "
            f"database (setting `database_url`)."
        ) from error


def _say_for_postgresql() -> None:
    """What an index is limited to. It is said only here because saying it reads SQLAlchemy's part for PostgreSQL."""
    index = next(index for index in jobs.indexes if index.name == "jobs_one_running")
    index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def _checked_url(text: str) -> sa.URL:
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError as error:
        raise OperatorError("The setting `database_url` is not a database address such as postgresql://user@host/name.") from error
    if url.get_backend_name() == "postgresql":
        try:
            import psycopg  # noqa: F401
        except ImportError as error:
            raise OperatorError("PostgreSQL (setting `database_url`) needs the extra: pip install 'engross[cluster]'.") from error
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite":
        return url.set(drivername="sqlite+pysqlite")
    raise OperatorError(f"The setting `database_url` names the database `{url.drivername}`; it can be sqlite or postgresql.")


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={int(BUSY_SECONDS * 1000)}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        "temp_store=MEMORY",
        "cache_size=-8000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("engross_write"):
        connection.exec_driver_sql("BEGIN")
        return
    wanted = "FULL" if options["engross_durable"] else "NORMAL"
    if connection.info.get("synchronous", "FULL") != wanted:
        connection.exec_driver_sql(f"PRAGMA synchronous={wanted}")
        connection.info["synchronous"] = wanted
    # A transaction that will write takes the lock at once: to take it later fails at once when another wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _told_plainly() -> Iterator[None]:
    """A database that is locked, full or away becomes StorageUnavailable."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError, sa.exc.InternalError) as error:
        raise StorageUnavailable(f"The database does not take it now: {error.orig if isinstance(error, sa.exc.DBAPIError) else error}") from error
