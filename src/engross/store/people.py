"""People: who may sign in, and who is signed in where.

What is known of a person (e-mail address, names, roles, password) is encrypted under a key of its own, which a server key wraps as
it wraps a session's key; a person is found by a keyed fingerprint. So a stolen database tells neither who has an account nor which
account a session belongs to. Passwords are Argon2id hashes, by ``store.passwords``, inside of that.

A sign-in is a random token, of which only a hash is kept; so it can be ended from here at any time. A ticket is a link that lets
somebody choose a password, once.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engross.context import Person
from engross.store import database as tables
from engross.store.keys import SessionKey
from engross.store.vault import Vault, open_json, seal_json

ADMIN = "admin"
"""The role that may see the operator's page and invite others."""
USER = "user"
"""The role that everybody with an account has."""
KEY_NAME = "people key"
TRIES = 10
"""Wrong passwords for one name, after which nothing is looked at until they are TRIES_SECONDS old."""
TRIES_SECONDS = 15 * 60
LONGEST_EMAIL = 254


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person with an account."""

    id: int
    email: str = ""
    """As the person typed it; found in any case of its letters."""
    first_name: str = ""
    last_name: str = ""
    roles: frozenset[str] = frozenset({USER})
    password: str | None = field(default=None, repr=False)
    """An Argon2id hash; None for who signs in elsewhere."""
    issuer: str | None = None
    """The server that the person signs in at (OpenID Connect)."""
    active: bool = True
    """Whether the person may sign in."""
    created: float = 0.0
    """Seconds since the epoch."""
    seen: float | None = None
    """When the person signed in last; seconds since the epoch."""

    @property
    def person(self) -> Person:
        """As interview code sees it."""
        return Person(
            id=self.id, email=self.email or None, first_name=self.first_name, last_name=self.last_name, roles=self.roles, logged_in=True
        )

    @property
    def name(self) -> str:
        """What to call the account on a page."""
        return self.email or " ".join(filter(None, (self.first_name, self.last_name))) or f"#{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a link to choose a password is for."""

    email: str
    """Empty: whoever uses it says his own."""
    roles: frozenset[str]
    """Roles that the account gets in addition."""


def plain_email(text: str) -> str | None:
    """An e-mail address as it is compared, or None when it is none."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    name, at, host = plain.rpartition("@")
    usable = plain.isprintable() and not any(letter in ' ,;:<>()[]"\\' for letter in plain)
    return plain if at and name and host.strip(".") and "@" not in name and usable and len(plain) <= LONGEST_EMAIL else None


class People:
    """All accounts, sign-ins and tickets."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._database = vault.database
        self._kept_key: SessionKey | None = None

    # ---- accounts

    def by_email(self, email: str) -> Account | None:
        """The account with a password for an e-mail address, or None."""
        return self._found(_local(email))

    def by_identity(self, issuer: str, subject: str) -> Account | None:
        """The account of somebody who signs in elsewhere, or None."""
        return self._found(_elsewhere(issuer, subject))

    def get(self, person_id: int) -> Account | None:
        """The account with a number, or None."""
        table = tables.people
        with self._database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == person_id)).one_or_none()
            return None if row is None else self._account(self._key(connection), row)

    def all(self) -> list[Account]:
        """Every account, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(tables.people).order_by(tables.people.c.id)).all()
            return [self._account(self._key(connection), row) for row in rows]

    def has_admin(self) -> bool:
        """Whether somebody may invite others."""
        return any(ADMIN in account.roles and account.active for account in self.all())

    def with_password(self, email: str, password: str, *, roles: Iterable[str] = ()) -> Account:
        """The account of an e-mail address, made when there is none, with this password hash and *roles* besides its own.

        Every sign-in that it had ends.
        """
        plain = plain_email(email)
        if plain is None:
            raise ValueError("not an e-mail address")
        changes = {"email": email.strip(), "password": password}
        return self._made_or_changed(_local(plain), changes, roles, end_sign_ins=True)

    def with_identity(
        self, issuer: str, subject: str, *, email: str, first_name: str, last_name: str, roles: Iterable[str] | None
    ) -> Account:
        """The account of who signed in elsewhere, made when there is none, as that server describes the person now.

        *roles* replace those it had; None leaves them.
        """
        changes: dict[str, Any] = {"email": email, "first_name": first_name, "last_name": last_name, "issuer": issuer}
        if roles is not None:
            changes["roles"] = sorted({USER, *roles})
        return self._made_or_changed(_elsewhere(issuer, subject), changes, (), end_sign_ins=False)

    def change(self, person_id: int, *, roles: Iterable[str] | None = None, active: bool | None = None) -> Account | None:
        """Give an account other roles, or close or open it; a closed one is signed out everywhere. The account, or None."""
        table = tables.people
        with self._database.write() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == person_id)).one_or_none()
            if row is None:
                return None
            key = self._key(connection)
            content = self._content(key, row)
            if roles is not None:
                content["roles"] = sorted({USER, *roles})
            values: dict[str, Any] = {"content": seal_json(key, content, f"person:{person_id}")}
            if active is not None:
                values["active"] = int(active)
            if active is False:
                connection.execute(tables.signins.delete().where(tables.signins.c.person_id == person_id))
            connection.execute(table.update().where(table.c.id == person_id).values(values))
        return self.get(person_id)

    def delete(self, person_id: int) -> bool:
        """Forget an account, its sign-ins and what interviews kept for it; whether there was one. Its sessions are deleted by the caller."""
        with self._database.write() as connection:
            connection.execute(tables.signins.delete().where(tables.signins.c.person_id == person_id))
            connection.execute(tables.commons.delete().where(tables.commons.c.person_id == person_id))
            return connection.execute(tables.people.delete().where(tables.people.c.id == person_id)).rowcount > 0

    # ---- sign-ins

    def sign_in(self, person_id: int, *, seconds: float) -> str:
        """A new sign-in's token, for the browser alone."""
        token, now = secrets.token_urlsafe(32), time.time()
        with self._database.write() as connection:
            connection.execute(tables.signins.delete().where(tables.signins.c.until < now))
            connection.execute(
                tables.signins.insert().values(token_hash=_hash(token), person_id=person_id, created=now, until=now + seconds)
            )
            connection.execute(tables.people.update().where(tables.people.c.id == person_id).values(seen=now))
        return token

    def signed_in(self, token: str) -> Account | None:
        """Who signed in with that token, while it holds and the account is open; else None."""
        table = tables.signins
        with self._database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.token_hash == _hash(token))).one_or_none()
        if row is None or row.until < time.time():
            return None
        account = self.get(row.person_id)
        return account if account is not None and account.active else None

    def sign_out(self, token: str) -> None:
        """That sign-in ends."""
        with self._database.write() as connection:
            connection.execute(tables.signins.delete().where(tables.signins.c.token_hash == _hash(token)))

    def sign_out_elsewhere(self, person_id: int, token: str) -> int:
        """Every sign-in of the person ends, but for that of *token*; how many did."""
        table = tables.signins
        with self._database.write() as connection:
            return connection.execute(table.delete().where(table.c.person_id == person_id, table.c.token_hash != _hash(token))).rowcount

    # ---- tickets

    def ticket(self, email: str, *, seconds: float, roles: Iterable[str] = ()) -> str:
        """A new ticket's token. Those made before for the same address end; so do those that are over."""
        token, now = secrets.token_urlsafe(32), time.time()
        with self._database.write() as connection:
            key = self._key(connection)
            handle = key.digest(f"ticket {plain_email(email) or ''}")
            table = tables.tickets
            connection.execute(table.delete().where(sa.or_(table.c.handle == handle, table.c.until < now)))
            content = {"email": email.strip(), "roles": sorted(roles)}
            connection.execute(
                table.insert().values(
                    token_hash=_hash(token), handle=handle, until=now + seconds, content=seal_json(key, content, f"ticket:{_hash(token)}")
                )
            )
        return token

    def ticket_of(self, token: str) -> Ticket | None:
        """What a ticket is for, or None when there is none (any more). Looking does not use it."""
        with self._database.read() as connection:
            return self._ticket(connection, token)

    def take_ticket(self, token: str) -> Ticket | None:
        """The same, and the ticket is used."""
        with self._database.write() as connection:
            found = self._ticket(connection, token)
            connection.execute(tables.tickets.delete().where(tables.tickets.c.token_hash == _hash(token)))
            return found

    # ---- wrong passwords

    def try_now(self, email: str) -> float:
        """0 if a password for this address may be looked at now, which is counted at once; else the seconds until one may be.

        It is the same for addresses without an account. In one transaction, so that many at once are all counted.
        """
        table, now = tables.tries, time.time()
        with self._database.write() as connection:
            connection.execute(table.delete().where(sa.or_(table.c.since < now - TRIES_SECONDS, table.c.since > now)))
            handle = self._tries_handle(connection, email)
            row = connection.execute(sa.select(table).where(table.c.handle == handle)).one_or_none()
            if row is None:
                connection.execute(table.insert().values(handle=handle, number=1, since=now))
            elif row.number >= TRIES:
                return float(row.since + TRIES_SECONDS - now)
            else:
                connection.execute(table.update().where(table.c.handle == handle).values(number=table.c.number + 1))
            return 0.0

    def forget_tries(self, email: str) -> None:
        """The password was right."""
        with self._database.write() as connection:
            connection.execute(tables.tries.delete().where(tables.tries.c.handle == self._tries_handle(connection, email)))

    # ---- the key

    def prepare(self) -> None:
        """Make the key of all accounts when there is none yet."""
        with self._database.write() as connection:
            self._vault.named_key(connection, KEY_NAME, make=True)

    def rewrap(self) -> None:
        """Wrap the key by the server's current one, after a change of that. Raises SessionUnreadable."""
        self._vault.rewrap_named_key(KEY_NAME)

    # ---- parts

    def _key(self, connection: sa.Connection) -> SessionKey:
        if self._kept_key is None:
            self._kept_key = self._vault.named_key(connection, KEY_NAME)
            if self._kept_key is None:
                raise LookupError("no accounts were prepared")
        return self._kept_key

    def _found(self, handle: str) -> Account | None:
        table = tables.people
        with self._database.read() as connection:
            key = self._key(connection)
            row = connection.execute(sa.select(table).where(table.c.handle == key.digest(handle))).one_or_none()
            return None if row is None else self._account(key, row)

    def _made_or_changed(self, handle: str, changes: Mapping[str, Any], roles: Iterable[str], *, end_sign_ins: bool) -> Account:
        table = tables.people
        with self._database.write() as connection:
            key = self._key(connection)
            row = connection.execute(sa.select(table).where(table.c.handle == key.digest(handle))).one_or_none()
            if row is None:
                values = {"handle": key.digest(handle), "active": 1, "created": time.time(), "content": b""}
                person_id = int(connection.execute(table.insert().values(values).returning(table.c.id)).scalar_one())
                content: dict[str, Any] = {"roles": [USER]}
            else:
                person_id, content = int(row.id), self._content(key, row)
            content.update(changes)
            content["roles"] = sorted({USER, *content["roles"], *roles})
            sealed = seal_json(key, content, f"person:{person_id}")
            connection.execute(table.update().where(table.c.id == person_id).values(content=sealed))
            if end_sign_ins:
                connection.execute(tables.signins.delete().where(tables.signins.c.person_id == person_id))
            kept = connection.execute(sa.select(table).where(table.c.id == person_id)).one()
            return self._account(key, kept)

    def _content(self, key: SessionKey, row: Any) -> dict[str, Any]:
        content: dict[str, Any] = open_json(key, row.content, f"person:{row.id}")
        return content

    def _account(self, key: SessionKey, row: Any) -> Account:
        content = self._content(key, row)
        roles = frozenset(map(str, content.pop("roles", ())))
        return Account(id=int(row.id), active=bool(row.active), created=row.created, seen=row.seen, roles=roles, **content)

    def _ticket(self, connection: sa.Connection, token: str) -> Ticket | None:
        table = tables.tickets
        row = connection.execute(sa.select(table).where(table.c.token_hash == _hash(token))).one_or_none()
        if row is None or row.until < time.time():
            return None
        content = open_json(self._key(connection), row.content, f"ticket:{row.token_hash}")
        return Ticket(email=content["email"], roles=frozenset(content["roles"]))

    def _tries_handle(self, connection: sa.Connection, email: str) -> str:
        return self._key(connection).digest(f"tries {plain_email(email) or email[:LONGEST_EMAIL]}")


def _local(email: str) -> str:
    return f"local {plain_email(email) or ''}"


def _elsewhere(issuer: str, subject: str) -> str:
    return "oidc " + json.dumps([issuer, subject])


def _hash(token: str) -> str:
    return hashlib.sha256(f"engross account {token}".encode()).hexdigest()
