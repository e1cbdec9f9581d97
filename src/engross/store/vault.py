"""Vault: what every part of the store stands on. The database, the server's keys, the signals, and a session's own key."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import zlib
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engross.errors import SessionGone, SessionLocked
from engross.settings import Settings
from engross.store import database as tables
from engross.store.database import Database
from engross.store.keys import KeyRing, SessionKey, WrappedKey
from engross.store.signals import Signals

Json = Any
LENT_SECONDS = 3600
"""How long a confidential session's key may be used without its visitor, from the last job or message on."""
_KEY = sa.select(tables.sessions.c.master_id, tables.sessions.c.wrapped_key).where(tables.sessions.c.id == sa.bindparam("session"))


@dataclass(slots=True, kw_only=True)
class Vault:
    """Shared by the parts of one open store."""

    settings: Settings
    database: Database
    ring: KeyRing
    signals: Signals

    def key(self, connection: sa.Connection, session_id: str) -> SessionKey:
        """The session's key. Raises SessionGone, SessionUnreadable."""
        row = connection.execute(_KEY, {"session": session_id}).one_or_none()
        if row is None:
            raise SessionGone("This session is not there any more.")
        return self.unwrapped(connection, session_id, WrappedKey(master_id=row.master_id, sealed=row.wrapped_key))

    def unwrapped(self, connection: sa.Connection, session_id: str, wrapped: WrappedKey) -> SessionKey:
        """The key of a session whose row was read: with the visitor's secret if it needs one and it is at hand, else as it was lent.
        Raises SessionUnreadable."""
        try:
            return self.ring.unwrap(session_id, wrapped)
        except SessionLocked:
            lent = connection.execute(
                sa.select(tables.lent_keys).where(tables.lent_keys.c.session_id == session_id, tables.lent_keys.c.until > time.time())
            ).one_or_none()
            if lent is None:
                raise
            return self.ring.borrow(session_id, WrappedKey(master_id=lent.master_id, sealed=lent.sealed))

    def named_key(self, connection: sa.Connection, name: str, *, make: bool = False) -> SessionKey | None:
        """A key that is no session's, or None when there is none yet; *make* it then, in a transaction that writes. Raises
        SessionUnreadable."""
        kept = _kept_key(connection, name)
        if kept is not None:
            return self.ring.unwrap(name, kept)
        if not make:
            return None
        key, wrapped = self.ring.new_session_key(name)
        connection.execute(tables.facts.insert().values(name=name, value=_written(wrapped)))
        return key

    def rewrap_named_key(self, name: str) -> None:
        """Wrap the key by the server's current one, after a change of that. Raises SessionUnreadable."""
        with self.database.write() as connection:
            kept = _kept_key(connection, name)
            if kept is not None:
                value = _written(self.ring.rewrap(name, kept))
                connection.execute(tables.facts.update().where(tables.facts.c.name == name).values(value=value))

    def lend(self, connection: sa.Connection, key: SessionKey) -> None:
        """Let work in the background open a confidential session for a while, in a transaction that is open; others need no loan."""
        if not key.confidential:
            return
        lent = self.ring.lend(key)
        connection.execute(tables.lent_keys.delete().where(tables.lent_keys.c.session_id == key.session_id))
        connection.execute(
            tables.lent_keys.insert().values(session_id=key.session_id, master_id=lent.master_id, sealed=lent.sealed, until=time.time() + LENT_SECONDS)
        )


def _kept_key(connection: sa.Connection, name: str) -> WrappedKey | None:
    value = connection.execute(sa.select(tables.facts.c.value).where(tables.facts.c.name == name)).scalar_one_or_none()
    if value is None:
        return None
    master_id, _, sealed = value.partition(" ")
    return WrappedKey(master_id=master_id, sealed=base64.b64decode(sealed))


def _written(wrapped: WrappedKey) -> str:
    return f"{wrapped.master_id} {base64.b64encode(wrapped.sealed).decode('ascii')}"


def session_hash(session_id: str) -> str:
    """A short name of the session for logs and the audit trail, from which the session's id cannot be told."""
    return hashlib.sha256(f"engross log {session_id}".encode()).hexdigest()[:12]


def seal_json(key: SessionKey, data: Json, what: str) -> bytes:
    """JSON-able data, compressed and encrypted."""
    return key.seal(zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 1), what)


def open_json(key: SessionKey, sealed: bytes, what: str) -> Json:
    """What ``seal_json`` was given. Raises SessionUnreadable."""
    return json.loads(zlib.decompress(key.open(sealed, what)))
