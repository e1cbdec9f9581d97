"""Audit: who did what when, and never what was answered."""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa

from engross.store import database as tables
from engross.store.vault import Vault, session_hash

ACTIONS = frozenset(
    {"create", "resume", "view", "download", "export", "delete", "expire", "refused", "key", "settings", "backup", "restore", "sign-in", "account"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One line of the trail."""

    made: float
    """Seconds since the epoch."""
    who: str
    """``visitor``, ``operator``, ``server`` or a person's number."""
    what: str
    """One of ACTIONS."""
    session_hash: str
    """Twelve digits, from which the session's id cannot be told; empty when no session is meant."""
    place: str
    """Address it came from."""
    result: str


def note(connection: sa.Connection, what: str, *, session_id: str = "", who: str = "visitor", place: str = "", result: str = "ok") -> None:
    """Add a row in a transaction that is open. *what* must be one of ACTIONS: free text could hold an answer."""
    if what not in ACTIONS:
        raise ValueError(f"`{what}` is not an action of the audit trail")
    connection.execute(
        tables.audit.insert().values(
            made=time.time(),
            who=who[:64],
            what=what,
            session_hash=session_hash(session_id) if session_id else "",
            place=place[:64],
            result=result[:32],
        )
    )


class Audit:
    """The trail. Rows are only ever added."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add(self, what: str, *, session_id: str = "", who: str = "visitor", place: str = "", result: str = "ok") -> None:
        """Add a row in a transaction of its own. Raises as ``note``."""
        with self._vault.database.write() as connection:
            note(connection, what, session_id=session_id, who=who, place=place, result=result)

    def newest(self, limit: int = 100) -> list[AuditRow]:
        """The last rows, the newest first."""
        table = tables.audit
        with self._vault.database.read() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.number.desc()).limit(limit)).all()
        return [
            AuditRow(made=row.made, who=row.who, what=row.what, session_hash=row.session_hash, place=row.place, result=row.result)
            for row in rows
        ]
