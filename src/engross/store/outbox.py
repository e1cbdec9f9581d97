"""Outbox: what leaves the server (e-mail, web requests) as rows, written with the answers or the result that cause it.

A message leaves only after that transaction is kept, at least once, with its id as the idempotency key: a crash between sending and
noting it may send a second copy, which carries the same id. ``engross.delivery`` sends.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engross.errors import SessionGone, SessionUnreadable
from engross.store import database as tables
from engross.store.keys import SessionKey
from engross.store.signals import OUTBOX
from engross.store.vault import Vault, open_json, seal_json

ATTEMPTS = 8
"""How often sending is tried, with 1, 2, 4 … minutes between."""
SENDING_SECONDS = 120
"""Longest time one message may take to send before another worker tries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something that is to leave."""

    id: str
    """Idempotency key."""
    session_id: str
    kind: str
    """``email`` or ``webhook``"""
    payload: dict[str, Any] = field(repr=False)
    """What library code put into ``context.outbox``."""
    attempt: int


class Outbox:
    """All messages."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def insert(self, connection: sa.Connection, key: SessionKey, messages: Sequence[Mapping[str, Any]], cause: str) -> None:
        """Keep *messages* in a transaction that is open. *cause* (a version or a job) and their order make their ids.

        Each is a table with ``kind`` and what that kind needs.
        """
        if messages:
            self._vault.lend(connection, key)
        for number, message in enumerate(messages):
            message_id = f"{cause}:{number}"
            connection.execute(
                tables.outbox.insert().values(
                    id=message_id,
                    session_id=key.session_id,
                    kind=str(message.get("kind", "email")),
                    state="waiting",
                    attempt=0,
                    created=time.time(),
                    payload=seal_json(key, dict(message), f"outbox:{message_id}"),
                )
            )

    def wake(self) -> None:
        """Tell the senders that there may be something to do."""
        self._vault.signals.publish(OUTBOX)

    def take(self) -> Message | None:
        """The next message to send, leased to the caller, or None."""
        table, database = tables.outbox, self._vault.database
        with database.write() as connection:
            now = database.moment(connection)
            free = sa.or_(
                table.c.lease_until.is_(None), table.c.lease_until <= now, table.c.lease_until > now + 24 * 3600
            )
            message_id = connection.execute(
                sa.select(table.c.id)
                .where(table.c.state == "waiting", free)
                .order_by(table.c.created)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).scalar_one_or_none()
            if message_id is None:
                return None
            row = connection.execute(
                table.update()
                .where(table.c.id == message_id)
                .values(attempt=table.c.attempt + 1, lease_until=now + SENDING_SECONDS)
                .returning(table)
            ).one()
            try:
                key = self._vault.key(connection, row.session_id)
                payload = open_json(key, row.payload, f"outbox:{row.id}")
            except (SessionGone, SessionUnreadable):
                connection.execute(table.update().where(table.c.id == row.id).values(state="unreadable"))
                return None
        return Message(id=row.id, session_id=row.session_id, kind=row.kind, payload=payload, attempt=row.attempt)

    def sent(self, message: Message) -> None:
        """The message left: forget what it said."""
        table = tables.outbox
        with self._vault.database.write() as connection:
            connection.execute(
                table.update().where(table.c.id == message.id).values(state="sent", lease_until=None, payload=b"")
            )

    def failed(self, message: Message, *, retry: bool) -> None:
        """The message did not leave; with *retry* it is tried later, if it may be."""
        table, database = tables.outbox, self._vault.database
        with database.write() as connection:
            again = retry and message.attempt < ATTEMPTS
            connection.execute(
                table.update()
                .where(table.c.id == message.id)
                .values(
                    state="waiting" if again else "failed",
                    lease_until=database.moment(connection) + 60 * 2 ** (message.attempt - 1) if again else None,
                )
            )

    def counts(self) -> dict[str, int]:
        """How many messages are in each state."""
        table = tables.outbox
        with self._vault.database.read() as connection:
            rows = connection.execute(sa.select(table.c.state, sa.func.count()).group_by(table.c.state)).all()
        return {row[0]: row[1] for row in rows}
