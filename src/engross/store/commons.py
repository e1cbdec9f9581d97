"""Commons: values that interview code keeps under keys for more than one session (``DAStore``).

They belong to a person, to an interview or to the whole server, so no session's key can open them: they have a key of their own, which
a server key wraps as it wraps a session's. Owners and keys are kept as keyed fingerprints; a stolen database tells neither. They are
written at once, not with a session's answers, and go when nobody has written them for the setting ``retention_days``, or with the
person's account.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa

from engross.errors import StorageUnavailable
from engross.store import database as tables
from engross.store.keys import SessionKey
from engross.store.vault import Json, Vault, open_json, seal_json

KEY_NAME = "commons key"
LARGEST = 4 << 20
"""Bytes of one value, as it is kept."""


class Commons:
    """All values, by owner and key."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._database = vault.database
        self._kept_key: SessionKey | None = None

    def get(self, owner: str, key: str) -> Json:
        """What was put there, or None. Raises SessionUnreadable when the server's key is not at hand."""
        return next((content["value"] for content in self._contents(owner, key)), None)

    def has(self, owner: str, key: str) -> bool:
        """Whether there is a value."""
        return bool(self._contents(owner, key))

    def keys(self, owner: str) -> list[str]:
        """The keys of *owner* that have values, in order."""
        return sorted(content["key"] for content in self._contents(owner))

    def put(self, owner: str, key: str, value: Json, *, person_id: int | None = None) -> None:
        """Keep *value*, JSON-able; it goes with the account of *person_id*. Raises StorageUnavailable when it is too large."""
        with self._database.write() as connection:
            self._put(connection, owner, key, value, person_id, overwrites=True)

    def put_first(self, owner: str, key: str, value: Json) -> Json:
        """Keep *value* unless there is one already; what is kept then. Of several at once only one is the first."""
        with self._database.write() as connection:
            self._put(connection, owner, key, value, None, overwrites=False)
        return self.get(owner, key)

    def items(self, owner: str) -> dict[str, Json]:
        """key → value of all that *owner* keeps."""
        return {content["key"]: content["value"] for content in self._contents(owner)}

    def change(self, owner: str, key: str, work: Callable[[Json | None], Json]) -> None:
        """Keep what *work* makes of what is kept, or of None, in one transaction: nobody else changes it meanwhile."""
        with self._database.write() as connection:
            self._put(connection, owner, key, None, None, overwrites=False)
            ours = self._key(connection)
            assert ours is not None  # noqa: S101 - made
            row = connection.execute(sa.select(tables.commons).filter_by(**_place(ours, owner, key)).with_for_update()).one()
            kept = open_json(ours, row.content, f"commons:{row.owner}:{row.key}")["value"]
            self._put(connection, owner, key, work(kept), row.person_id, overwrites=True)

    def delete(self, owner: str, key: str) -> bool:
        """Forget a value; whether there was one."""
        table = tables.commons
        with self._database.write() as connection:
            ours = self._key(connection)
            if ours is None:
                return False
            return connection.execute(table.delete().filter_by(**_place(ours, owner, key))).rowcount > 0

    def expire(self, before: float) -> int:
        """Forget what nobody has written since *before*, seconds since the epoch; how many values."""
        table = tables.commons
        with self._database.write() as connection:
            return connection.execute(table.delete().where(table.c.touched < before)).rowcount

    def rewrap(self) -> None:
        """Wrap the key by the server's current one, after a change of that. Raises SessionUnreadable."""
        self._vault.rewrap_named_key(KEY_NAME)

    # ---- parts

    def _put(self, connection: sa.Connection, owner: str, key: str, value: Json, person_id: int | None, *, overwrites: bool) -> None:
        table = tables.commons
        ours = self._key(connection, make=True)
        assert ours is not None  # noqa: S101 - made
        place = _place(ours, owner, key)
        content = seal_json(ours, {"key": key, "value": value}, f"commons:{place['owner']}:{place['key']}")
        if len(content) > LARGEST:
            raise StorageUnavailable(f"The value under `{key}` is too large to be kept: {len(content)} bytes.")
        row = {"person_id": person_id, "touched": time.time(), "content": content}
        insert = self._database.insert(table).values(**place, **row)
        places = ["owner", "key"]
        connection.execute(
            insert.on_conflict_do_update(index_elements=places, set_=row) if overwrites else insert.on_conflict_do_nothing(index_elements=places)
        )

    def _contents(self, owner: str, key: str | None = None) -> list[Json]:
        table = tables.commons
        with self._database.read() as connection:
            ours = self._key(connection)
            if ours is None:
                return []
            rows = connection.execute(sa.select(table).filter_by(**_place(ours, owner, key))).all()
            return [open_json(ours, row.content, f"commons:{row.owner}:{row.key}") for row in rows]

    def _key(self, connection: sa.Connection, *, make: bool = False) -> SessionKey | None:
        if self._kept_key is None:
            self._kept_key = self._vault.named_key(connection, KEY_NAME, make=make)
        return self._kept_key


def _place(ours: SessionKey, owner: str, key: str | None) -> dict[str, str]:
    """The columns that a value is found by; without *key* all of *owner*."""
    place = {"owner": ours.digest(f"owner {owner}")}
    return place if key is None else place | {"key": ours.digest(f"key {owner} {key}")}
