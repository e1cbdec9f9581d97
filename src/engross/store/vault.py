"""Vault: what every part of the store stands on. The database, the server's keys, the signals, and a session's own key."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engross.errors import SessionGone
from engross.settings import Settings
from engross.store import database as tables
from engross.store.database import Database
from engross.store.keys import KeyRing, SessionKey, WrappedKey
from engross.store.signals import Signals

Json = Any
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
        return self.ring.unwrap(session_id, WrappedKey(master_id=row.master_id, sealed=row.wrapped_key))


def session_hash(session_id: str) -> str:
    """A short name of the session for logs and the audit trail, from which the session's id cannot be told."""
    return hashlib.sha256(f"engross log {session_id}".encode()).hexdigest()[:12]


def seal_json(key: SessionKey, data: Json, what: str) -> bytes:
    """JSON-able data, compressed and encrypted."""
    return key.seal(zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 1), what)


def open_json(key: SessionKey, sealed: bytes, what: str) -> Json:
    """What ``seal_json`` was given. Raises SessionUnreadable."""
    return json.loads(zlib.decompress(key.open(sealed, what)))
