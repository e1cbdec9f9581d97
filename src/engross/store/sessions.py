"""Sessions: the history of each visit's answers, as versions that are only ever added.

Version n+1 is written in one short transaction that checks that n is still the newest, together with the jobs and messages it
starts. Each version knows the one *below* it: the one that Undo goes back to. A step adds to that chain; a save without a step
takes the place of the top; Undo writes the version below once more, as a new one.
"""

from __future__ import annotations

import json
import secrets
import struct
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engross.errors import Conflict, SessionGone, SessionUnreadable
from engross.store import codec
from engross.store import database as tables
from engross.store.audit import note
from engross.store.jobs import Job, Jobs, NewJob
from engross.store.keys import SessionKey, WrappedKey, held, hold
from engross.store.outbox import Outbox
from engross.store.vault import Json, Vault, open_json, seal_json

if TYPE_CHECKING:
    from engross.engine.answers import Answers

__all__ = ["Conflict", "Session", "SessionGone", "SessionUnreadable", "Sessions", "new_id"]

TIDY_EVERY = 8
"""Versions between two looks for those that nothing leads to any more."""

# What each screen needs of the database is put into words once: to build a statement costs more than to run it.
_ONE_VERSION = (tables.versions.c.session_id == sa.bindparam("session")) & (tables.versions.c.version == sa.bindparam("number"))
_HEAD = sa.select(tables.sessions).where(tables.sessions.c.id == sa.bindparam("session"))
_ROW = sa.select(tables.versions).where(_ONE_VERSION)
_BELOW = sa.select(tables.versions.c.below).where(_ONE_VERSION)
_TAKE = tables.sessions.update().where(
    tables.sessions.c.id == sa.bindparam("session"), tables.sessions.c.version == sa.bindparam("number")
)
_ADD = tables.versions.insert()
_ANSWER = tables.answered.insert().prefix_with("OR IGNORE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session at one version."""

    id: str
    """128 random bits, hexadecimal."""
    interview: str
    """``package:data/questions/name.yml``"""
    digest: str
    """Which revision of the interview it was saved with."""
    language: str
    version: int
    """0 before anything was saved."""
    created: float
    """Seconds since the epoch."""
    touched: float
    """When it was last saved; seconds since the epoch."""
    screen: Json
    """The screen that was shown last (``engine.screen.to_data``), or None."""
    screen_id: str | None
    """Names that one showing of that screen; a post must carry it."""
    can_go_back: bool
    """Whether there is a step to undo."""
    person_id: int | None
    details: dict[str, Any] = field(repr=False)
    """What it was created with: ``url_arguments``, ``device``."""
    data: bytes = field(repr=False)
    """The encoded answers; empty before anything was saved."""

    @property
    def url_arguments(self) -> dict[str, str]:
        """The query of the address with which the session began."""
        return dict(self.details.get("url_arguments") or {})

    @property
    def device(self) -> dict[str, Any]:
        """What was known of the browser with which the session began."""
        return dict(self.details.get("device") or {})

    def answers(self, resolve: codec.Resolve) -> Answers:
        """The answers of this version, made afresh. Raises CodecError, UnknownClass."""
        from engross.engine.answers import Answers

        return codec.decode(self.data, resolve) if self.data else Answers()


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSession:
    """One of a person's sessions, as a list tells it."""

    id: str
    interview: str
    created: float
    """Seconds since the epoch."""
    touched: float
    """When it was last saved; seconds since the epoch."""


def new_id() -> str:
    """128 random bits as 32 hexadecimal digits."""
    return secrets.token_hex(16)


class Sessions:
    """All sessions. ``visit`` is the only writer."""

    def __init__(self, vault: Vault, jobs: Jobs, outbox: Outbox) -> None:
        self._vault = vault
        self._jobs = jobs
        self._outbox = outbox

    def create(
        self,
        interview: str,
        *,
        digest: str = "",
        language: str = "en",
        url_arguments: Mapping[str, str] | None = None,
        device: Mapping[str, Any] | None = None,
        person_id: int | None = None,
        secret: str | None = None,
    ) -> Session:
        """A new session at version 0, without answers. With *secret*, the visitor's half of its key, it is confidential, and the
        secret is at hand (``keys.hold``) afterwards."""
        session_id = new_id()
        key, wrapped = self._vault.ring.new_session_key(session_id, secret)
        if secret is not None:
            hold({**held(), session_id: secret})
        now = time.time()
        details = {"url_arguments": dict(url_arguments or {}), "device": dict(device or {})}
        with self._vault.database.write() as connection:
            connection.execute(
                tables.sessions.insert().values(
                    id=session_id,
                    interview=interview,
                    digest=digest,
                    language=language,
                    master_id=wrapped.master_id,
                    wrapped_key=wrapped.sealed,
                    version=0,
                    event_number=0,
                    created=now,
                    touched=now,
                    person_id=person_id,
                    details=seal_json(key, details, "details"),
                )
            )
            note(connection, "create", session_id=session_id, place=str((device or {}).get("ip") or ""))
        return Session(
            id=session_id,
            interview=interview,
            digest=digest,
            language=language,
            version=0,
            created=now,
            touched=now,
            screen=None,
            screen_id=None,
            can_go_back=False,
            person_id=person_id,
            details=details,
            data=b"",
        )

    def load(self, session_id: str, version: int | None = None) -> Session:
        """The session at its newest version, or at the *version* a job was started from.

        Raises SessionGone (also when that version is not kept any more), SessionUnreadable.
        """
        with self._vault.database.read() as connection:
            return self._load(connection, session_id, version)

    def exists(self, session_id: str) -> bool:
        """Whether there is such a session, readable or not."""
        with self._vault.database.read() as connection:
            return connection.execute(sa.select(tables.sessions.c.id).where(tables.sessions.c.id == session_id)).first() is not None

    def save(
        self,
        session_id: str,
        version: int,
        answers: Answers | bytes,
        *,
        screen: Json = None,
        screen_id: str | None = None,
        step: bool = True,
        answered: str | None = None,
        jobs: Sequence[NewJob] = (),
        outbox: Sequence[Mapping[str, Any]] = (),
        resolve: codec.Resolve | None = None,
        digest: str | None = None,
        language: str | None = None,
        job: Job | None = None,
    ) -> int:
        """Write version *version* + 1 and return its number. All or nothing, durable when it returns.

        With *step* Undo will come back to *version*; without, the new version takes its place. *answered* is the id of the
        screen that this save answers. *jobs* start, and *outbox* messages leave, only if all is saved. With *resolve* only
        objects of classes that it gives back are kept. *job* is the one whose work is saved: JobLost when it was cancelled or
        given to another worker. For an effect that must come once whatever is killed, give ``job:ID`` as *answered* and look
        with ``was_answered`` first. Raises Conflict, SessionGone, StorageUnavailable.
        """
        data = answers if isinstance(answers, bytes) else codec.encode(answers, resolve)
        with self._vault.database.write() as connection:
            key = self._vault.key(connection, session_id)
            if job is not None:
                self._jobs.check_held(connection, job)
            new = self._next_version(connection, session_id, version, digest=digest, language=language)
            below = self._below(connection, session_id, version) if not step or version == 0 else version
            self._insert(connection, key, new, below, _pack(data, screen), screen_id)
            if answered is not None:
                self._mark_answered(connection, session_id, answered, new)
            for new_job in jobs:
                self._jobs.insert(connection, key, new_job, version=new)
            self._outbox.insert(connection, key, outbox, f"{session_id}:{new}")
            if new % TIDY_EVERY == 0:
                self._tidy(connection, session_id, new)
        if jobs:
            self._jobs.wake(session_id)
        if outbox:
            self._outbox.wake()
        return new

    def back(self, session_id: str, version: int) -> Session:
        """Undo: the version below *version*, written once more as the newest, with a new screen id.

        At the first step the session stays as it is. Raises Conflict, SessionGone, SessionUnreadable.
        """
        with self._vault.database.write() as connection:
            key = self._vault.key(connection, session_id)
            below = self._below(connection, session_id, version)
            row = self._row(connection, session_id, below) if below is not None else None
            if row is None:
                session = self._load(connection, session_id, None)
                if session.version != version:
                    raise Conflict("The session went on in another window.", version=session.version)
                return session
            new = self._next_version(connection, session_id, version)
            packed = zlib.decompress(key.open(row.content, f"version:{row.version}"))
            self._insert(connection, key, new, row.below, packed, new_id() if row.screen_id else None)
            if new % TIDY_EVERY == 0:
                self._tidy(connection, session_id, new)
            return self._load(connection, session_id, new)

    def steps(self, session_id: str) -> int:
        """How many steps Undo can take from here."""
        with self._vault.database.read() as connection:
            row = self._head(connection, session_id)
            return max(0, len(self._chain(connection, session_id, row.version)) - 1)

    def was_answered(self, session_id: str, screen_id: str) -> int | None:
        """The version in which a screen's answers were saved, or None when they were not."""
        with self._vault.database.read() as connection:
            return connection.execute(
                sa.select(tables.answered.c.version).where(
                    tables.answered.c.session_id == session_id, tables.answered.c.screen_id == screen_id
                )
            ).scalar_one_or_none()

    def ages(self) -> list[tuple[str, str, float]]:
        """(id, interview, when it was last active in seconds since the epoch) of every session, the oldest first."""
        table = tables.sessions
        with self._vault.database.read() as connection:
            rows = connection.execute(sa.select(table.c.id, table.c.interview, table.c.touched).order_by(table.c.touched)).all()
        return [(row.id, row.interview, row.touched) for row in rows]

    def of_person(self, person_id: int) -> list[SavedSession]:
        """The sessions that belong to a person, the one used last first."""
        table = tables.sessions
        with self._vault.database.read() as connection:
            rows = connection.execute(
                sa.select(table.c.id, table.c.interview, table.c.created, table.c.touched)
                .where(table.c.person_id == person_id)
                .order_by(table.c.touched.desc())
            ).all()
        return [SavedSession(id=row.id, interview=row.interview, created=row.created, touched=row.touched) for row in rows]

    def owners(self, session_ids: Sequence[str]) -> dict[str, int | None]:
        """session id → whose it is, None of nobody; only sessions that are there."""
        table = tables.sessions
        with self._vault.database.read() as connection:
            rows = connection.execute(sa.select(table.c.id, table.c.person_id).where(table.c.id.in_(session_ids))).all()
        return {row.id: row.person_id for row in rows}

    def give(self, session_id: str, person_id: int) -> bool:
        """Let a session that belongs to nobody belong to a person; whether it does now because of this."""
        table = tables.sessions
        with self._vault.database.write() as connection:
            given = connection.execute(
                table.update().where(table.c.id == session_id, table.c.person_id.is_(None)).values(person_id=person_id)
            )
            return given.rowcount == 1

    def delete_rows(self, session_id: str) -> bool:
        """Destroy the key and every row of the session; whether there was one. ``Store.delete`` removes the files too."""
        with self._vault.database.write() as connection:
            for table in (tables.versions, tables.answered, tables.files, tables.results, tables.jobs, tables.events, tables.outbox, tables.links, tables.lent_keys):
                connection.execute(table.delete().where(table.c.session_id == session_id))
            gone = connection.execute(tables.sessions.delete().where(tables.sessions.c.id == session_id))
            return gone.rowcount > 0

    # ---- the parts of the story

    def _head(self, connection: sa.Connection, session_id: str) -> Any:
        row = connection.execute(_HEAD, {"session": session_id}).one_or_none()
        if row is None:
            raise SessionGone("This session is not there any more.")
        return row

    def _row(self, connection: sa.Connection, session_id: str, version: int) -> Any:
        return connection.execute(_ROW, {"session": session_id, "number": version}).one_or_none()

    def _load(self, connection: sa.Connection, session_id: str, version: int | None) -> Session:
        head = self._head(connection, session_id)
        key = self._vault.unwrapped(connection, session_id, WrappedKey(master_id=head.master_id, sealed=head.wrapped_key))
        wanted = head.version if version is None else version
        data, screen, screen_id, below = b"", None, None, None
        if wanted > 0:
            row = self._row(connection, session_id, wanted)
            if row is None:
                raise SessionGone(f"Version {wanted} of this session is not kept any more.")
            data, screen = _unpack(zlib.decompress(key.open(row.content, f"version:{wanted}")))
            screen_id, below = row.screen_id, row.below
        return Session(
            id=session_id,
            interview=head.interview,
            digest=head.digest,
            language=head.language,
            version=wanted,
            created=head.created,
            touched=head.touched,
            screen=screen,
            screen_id=screen_id,
            can_go_back=below is not None,
            person_id=head.person_id,
            details=open_json(key, head.details, "details"),
            data=data,
        )

    def _next_version(self, connection: sa.Connection, session_id: str, version: int, **changes: Any) -> int:
        """Take the number after *version*, if that is the newest one. Raises Conflict, SessionGone."""
        new = {name: value for name, value in changes.items() if value is not None}
        taken = connection.execute(
            _TAKE, {"session": session_id, "number": version, "version": version + 1, "touched": time.time(), **new}
        )
        if taken.rowcount != 1:
            raise Conflict("The session went on in another window.", version=self._head(connection, session_id).version)
        return version + 1

    def _below(self, connection: sa.Connection, session_id: str, version: int) -> int | None:
        return connection.execute(_BELOW, {"session": session_id, "number": version}).scalar_one_or_none()

    def _insert(
        self, connection: sa.Connection, key: SessionKey, version: int, below: int | None, packed: bytes, screen_id: str | None
    ) -> None:
        row = {
            "session_id": key.session_id,
            "version": version,
            "below": below,
            "screen_id": screen_id,
            "made": time.time(),
            "content": key.seal(zlib.compress(packed, 1), f"version:{version}"),
        }
        connection.execute(_ADD, row)

    def _mark_answered(self, connection: sa.Connection, session_id: str, screen_id: str, version: int) -> None:
        row = {"session_id": session_id, "screen_id": screen_id, "version": version}
        if self._vault.database.is_sqlite:
            connection.execute(_ANSWER, row)
        else:
            connection.execute(self._vault.database.insert(tables.answered).values(row).on_conflict_do_nothing())

    def _chain(self, connection: sa.Connection, session_id: str, top: int) -> list[int]:
        """The versions that Undo can reach, from the newest down."""
        below = dict(
            connection.execute(
                sa.select(tables.versions.c.version, tables.versions.c.below).where(
                    tables.versions.c.session_id == session_id
                )
            ).all()
        )
        chain: list[int] = []
        at: int | None = top
        while at is not None and at in below:
            chain.append(at)
            at = below[at]
        return chain

    def _tidy(self, connection: sa.Connection, session_id: str, newest: int) -> None:
        """Forget the versions that neither Undo nor an open job can reach, and steps beyond the setting ``undo_steps``."""
        chain = self._chain(connection, session_id, newest)[: self._vault.settings.undo_steps + 1]
        table = tables.versions
        connection.execute(
            table.delete().where(
                table.c.session_id == session_id,
                table.c.version.not_in(chain),
                table.c.version.not_in(self._jobs.open_versions(session_id)),
            )
        )
        if chain:
            connection.execute(
                table.update().where(table.c.session_id == session_id, table.c.version == chain[-1]).values(below=None)
            )


def _pack(data: bytes, screen: Json) -> bytes:
    """Answers and screen as one piece."""
    text = json.dumps(screen, separators=(",", ":")).encode()
    return struct.pack(">I", len(text)) + text + data


def _unpack(packed: bytes) -> tuple[bytes, Json]:
    (length,) = struct.unpack_from(">I", packed)
    return packed[4 + length :], json.loads(packed[4 : 4 + length])
