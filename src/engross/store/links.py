"""Links: a private address that leads back to a session, for who wants to go on later or on another phone.

A session has at most one. Making a new one ends the one before; it can be ended at any time and ends by itself. What is kept is a
hash, so nobody can read a link out of the database. A PIN is optional; after five wrong ones the link is ended.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass

import sqlalchemy as sa

from engross.store import database as tables
from engross.store.keys import held, open_for_link, seal_for_link
from engross.store.vault import Vault

MOST_FAILURES = 5
"""Wrong PINs after which a link ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What is known of a link, without the link."""

    session_id: str
    created: float
    """Seconds since 1970."""
    until: float
    has_pin: bool


class Links:
    """The links of all sessions."""

    def __init__(self, vault: Vault) -> None:
        self._database = vault.database

    def make(self, session_id: str, *, seconds: float, pin: str = "") -> str:
        """A new link's token; the session's link before it ends. The visitor's secret of a confidential session, if it is at hand, goes
        with the link."""
        token, salt, now = secrets.token_urlsafe(24), secrets.token_bytes(16), time.time()
        secret = held().get(session_id)
        with self._database.write() as connection:
            connection.execute(tables.links.delete().where(tables.links.c.session_id == session_id))
            connection.execute(
                tables.links.insert().values(
                    token_hash=_hash(token),
                    session_id=session_id,
                    created=now,
                    until=now + seconds,
                    pin_salt=salt if pin else None,
                    pin_hash=_pin_hash(pin, salt) if pin else None,
                    failures=0,
                    half=seal_for_link(token, session_id, secret) if secret is not None else None,
                )
            )
        return token

    def of(self, session_id: str) -> Link | None:
        """The session's link, or None."""
        return self._find(tables.links.c.session_id == session_id)

    def find(self, token: str) -> Link | None:
        """The link of a token, or None when there is none (any more)."""
        return self._find(tables.links.c.token_hash == _hash(token))

    def open(self, token: str, pin: str = "") -> str | None:
        """The session a link leads to, or None: no such link, or a wrong PIN, which is counted."""
        with self._database.write() as connection:
            row = connection.execute(sa.select(tables.links).where(tables.links.c.token_hash == _hash(token))).one_or_none()
            if row is None or row.until < time.time():
                return None
            if row.pin_hash is None or hmac.compare_digest(row.pin_hash, _pin_hash(pin, row.pin_salt)):
                return str(row.session_id)
            mine = tables.links.c.token_hash == row.token_hash
            if row.failures + 1 >= MOST_FAILURES:
                connection.execute(tables.links.delete().where(mine))
            else:
                connection.execute(tables.links.update().where(mine).values(failures=row.failures + 1))
            return None

    def secret(self, token: str) -> str | None:
        """The visitor's secret that goes with a link, once ``open`` has let it through; None when its session needs none."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(tables.links.c.session_id, tables.links.c.half).where(tables.links.c.token_hash == _hash(token))).one_or_none()
        return open_for_link(token, row.session_id, row.half) if row is not None and row.half is not None else None

    def end(self, session_id: str) -> None:
        """The session's link leads nowhere from now on."""
        with self._database.write() as connection:
            connection.execute(tables.links.delete().where(tables.links.c.session_id == session_id))

    def _find(self, condition: sa.ColumnElement[bool]) -> Link | None:
        with self._database.read() as connection:
            row = connection.execute(sa.select(tables.links).where(condition)).one_or_none()
        if row is None or row.until < time.time():
            return None
        return Link(session_id=row.session_id, created=row.created, until=row.until, has_pin=row.pin_hash is not None)


def _hash(token: str) -> str:
    return hashlib.sha256(f"engross link {token}".encode()).hexdigest()


def _pin_hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1, maxmem=64 * 1024 * 1024)
