"""Events: numbered rows about a session's papers and jobs, so that a page that lost its connection picks up where it was."""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa

from engross.errors import SessionGone
from engross.store import database as tables
from engross.store.vault import Json, Vault, open_json, seal_json

KEPT_EVENTS = 500
"""Older events of a session are forgotten; a page that missed that many looks at the whole state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened."""

    number: int
    """Counts up within the session, from 1."""
    kind: str
    """``progress done failed needs_answer cancelled notice``"""
    data: Json
    made: float
    """Seconds since the epoch."""


def topic(session_id: str) -> str:
    """The signal that is rung for each event of a session."""
    return f"session:{session_id}"


class Events:
    """All events."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add(self, session_id: str, kind: str, data: Json = None) -> int:
        """Write an event and wake who follows the session; its number. Raises SessionGone."""
        with self._vault.database.write() as connection:
            number = self.insert(connection, session_id, kind, data)
        self._vault.signals.publish(topic(session_id))
        return number

    def insert(self, connection: sa.Connection, session_id: str, kind: str, data: Json) -> int:
        """Write an event in a transaction that is open. Publish ``topic(session_id)`` after it."""
        number = connection.execute(
            tables.sessions.update()
            .where(tables.sessions.c.id == session_id)
            .values(event_number=tables.sessions.c.event_number + 1)
            .returning(tables.sessions.c.event_number)
        ).scalar_one_or_none()
        if number is None:
            raise SessionGone("This session is not there any more.")
        key = self._vault.key(connection, session_id)
        connection.execute(
            tables.events.insert().values(
                session_id=session_id,
                number=number,
                kind=kind,
                made=time.time(),
                data=seal_json(key, data, f"event:{number}"),
            )
        )
        if number % 100 == 0:
            table = tables.events
            connection.execute(
                table.delete().where(table.c.session_id == session_id, table.c.number <= number - KEPT_EVENTS)
            )
        return int(number)

    def after(self, session_id: str, number: int, *, limit: int = 200) -> list[Event]:
        """The events after *number*, in order. Raises SessionGone when there is no such session."""
        table = tables.events
        with self._vault.database.read() as connection:
            key = self._vault.key(connection, session_id)
            rows = connection.execute(
                sa.select(table.c.number, table.c.kind, table.c.made, table.c.data)
                .where(table.c.session_id == session_id, table.c.number > number)
                .order_by(table.c.number)
                .limit(limit)
            ).all()
        return [
            Event(number=row.number, kind=row.kind, made=row.made, data=open_json(key, row.data, f"event:{row.number}"))
            for row in rows
        ]

    def newest(self, session_id: str) -> int:
        """The number of the last event, 0 when there is none yet. Raises SessionGone."""
        with self._vault.database.read() as connection:
            number = connection.execute(
                sa.select(tables.sessions.c.event_number).where(tables.sessions.c.id == session_id)
            ).scalar_one_or_none()
        if number is None:
            raise SessionGone("This session is not there any more.")
        return int(number)

    def wait(self, session_id: str, number: int, seconds: float) -> list[Event]:
        """The events after *number*; when there is none yet, as soon as there is one, or an empty list after *seconds*."""
        end = time.monotonic() + seconds
        with self._vault.signals.listening(topic(session_id)) as bell:
            while True:
                found = self.after(session_id, number)
                left = end - time.monotonic()
                if found or left <= 0:
                    return found
                bell.wait(min(left, self._vault.settings.poll_seconds))
                bell.clear()
