"""Keeping: values that interview code puts under keys: DAStore, DARedis, DAGlobal, records, stashes.

What a DAStore keeps reaches across sessions, as its ``base`` says. The others reach across sessions in docassemble; here they live with
the session's own answers, encrypted like them and deleted with them, and behave within a session as there.
"""

from __future__ import annotations

import builtins
import secrets
import time
from collections.abc import Iterable
from typing import Any

from engross.context import Commons, current
from engross.errors import AuthorError
from engross.library.objects import DAObject, NotConfigured, has


def _kept(kind: str) -> dict[str, Any]:
    """The session's values of one kind, by key."""
    values: dict[str, Any] = current().internal.misc.setdefault("kept", {}).setdefault(kind, {})
    return values


# ------------------------------------------------------------------------------------------------------------- by base


class DAStore(DAObject):
    """Values under keys for more than one session, by ``base``: ``user`` (the default: who is signed in), ``interview``, ``global``, or
    a name that interviews agree on. With ``session``, and with ``user`` where nobody is signed in, they live with the session."""

    def _base(self) -> str:
        return str(self.base) if has(self, "base") else "user"

    def _commons(self) -> Commons | None:
        """Where they are kept beyond the session, or None where they are not."""
        base, context = self._base(), current()
        if base == "session" or (base == "user" and context.person.id is None):
            return None
        return context.commons

    def _values(self) -> dict[str, Any]:
        return _kept(f"store {self._base()}")

    def get(self, key: str) -> Any:
        """The value of a key, or None. A copy where it is kept beyond the session: change it, and ``set`` it again."""
        commons = self._commons()
        return self._values().get(key) if commons is None else commons.get(self._base(), key)

    def set(self, key: str, the_value: Any) -> None:
        """Keep a value under a key."""
        commons = self._commons()
        if commons is None:
            self._values()[key] = the_value
        else:
            commons.put(self._base(), key, the_value)

    def delete(self, key: str) -> None:
        """Forget the value of a key."""
        commons = self._commons()
        if commons is None:
            self._values().pop(key, None)
        else:
            commons.delete(self._base(), key)

    def defined(self, key: str) -> bool:
        """Whether the key has a value."""
        commons = self._commons()
        return key in self._values() if commons is None else commons.has(self._base(), key)

    def keys(self) -> list[str]:
        """The keys that have values."""
        commons = self._commons()
        return list(self._values()) if commons is None else commons.keys(self._base())

    def is_encrypted(self) -> bool:
        """All that is kept is."""
        return True


class DAGlobal(DAObject):
    """An object whose attributes are there again for every object with the same ``base`` and ``key``."""

    @classmethod
    def keys(cls, base: str) -> list[str]:
        """The keys under *base* (``user``, ``interview``, ``global``)."""
        return list(_kept(f"global {base}"))

    @classmethod
    def defined(cls, base: str, key: str) -> bool:
        """Whether there is an object under *key*."""
        return key in _kept(f"global {base}")

    @classmethod
    def remove(cls, base: str, key: str) -> None:
        """Forget the object under *key*."""
        _kept(f"global {base}").pop(key, None)

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        """*base* is ``user`` and *key* a random one unless they are given."""
        super().init(*pargs, **kwargs)
        if "base" not in kwargs:
            self.base = "user"
        if "key" not in kwargs:
            self.key = secrets.token_urlsafe(24)
        known = _kept(f"global {self.base}")
        for name, value in vars(known.get(self.key, self)).copy().items():
            if name not in ("instanceName", "has_nonrandom_instance_name", "base", "key"):
                setattr(self, name, value)
        known[self.key] = self

    def delete(self) -> None:
        """Forget what was kept, and empty this object."""
        self.remove(self.base, self.key)
        for name in vars(self).keys() - {"instanceName", "has_nonrandom_instance_name", "attrList"}:
            delattr(self, name)


# --------------------------------------------------------------------------------------------------------------- redis


def _as_bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _grown(found: set[bytes], values: Iterable[Any]) -> int:
    """Add *values*; how many are new."""
    before = len(found)
    found.update(map(_as_bytes, values))
    return len(found) - before


class DARedis(NotConfigured):
    """What interviews do with Redis: values, counters, lists and sets under keys, which may expire. Like the client of Redis,
    it gives bytes; ``get_data`` gives objects."""

    _service = "a Redis database of one's own"
    _page = "https://docassemble.org/docs/objects.html#DARedis"

    def key(self, keyname: str) -> str:
        """*keyname* with the interview's name before it."""
        return f"{current().interview_file}:{keyname}"

    def _living(self) -> dict[str, Any]:
        """key → [value, time when it goes, or None]; without those that are gone."""
        values = _kept("redis")
        for key in [key for key, (_, until) in values.items() if until is not None and until <= time.time()]:
            del values[key]
        return values

    def _value(self, key: str, empty: Any = None) -> Any:
        entry = self._living().get(str(key))
        return empty if entry is None else entry[0]

    def _put(self, key: str, value: Any, seconds: float | None = None) -> None:
        self._living()[str(key)] = [value, None if seconds is None else time.time() + seconds]

    def _changed(self, key: str, empty: Any) -> Any:
        """The collection under *key*, made when there is none."""
        return self._living().setdefault(str(key), [empty, None])[0]

    def get_data(self, key: str) -> Any:
        """The object under *key*, or None."""
        return self._value(key)

    def set_data(self, key: str, data: Any, expire: int | None = None) -> None:
        """Keep an object under *key*, for *expire* seconds."""
        if expire is not None and not isinstance(expire, int):
            raise AuthorError("DARedis.set_data(): `expire` is a number of seconds, such as 60.")
        self._put(key, data, expire)

    def get(self, key: str) -> bytes | None:
        """The value of *key*, or None."""
        value = self._value(key)
        return None if value is None else _as_bytes(value)

    def set(self, key: str, value: Any, ex: float | None = None, **_: Any) -> bool:
        """Keep a value, for *ex* seconds."""
        self._put(key, _as_bytes(value), ex)
        return True

    def delete(self, *keys: str) -> int:
        """Forget keys; how many there were."""
        values = self._living()
        return sum(values.pop(str(key), None) is not None for key in keys)

    def exists(self, *keys: str) -> int:
        """How many of the keys have values."""
        return sum(str(key) in self._living() for key in keys)

    def keys(self, pattern: str = "*") -> list[bytes]:
        """The keys that look like *pattern*, with ``*`` and ``?``."""
        from fnmatch import fnmatchcase

        return [key.encode() for key in self._living() if fnmatchcase(key, pattern)]

    def expire(self, key: str, time: float) -> bool:
        """Let the value go after that many seconds. Whether there is one."""
        there = str(key) in self._living()
        if there:
            self._put(key, self._value(key), time)
        return there

    def incr(self, key: str, amount: int = 1) -> int:
        """Count up; the new number."""
        number = int(self._value(key, 0)) + amount
        self._changed(key, b"0")
        self._living()[str(key)][0] = str(number).encode()
        return number

    def decr(self, key: str, amount: int = 1) -> int:
        """Count down; the new number."""
        return self.incr(key, -amount)

    def rpush(self, key: str, *values: Any) -> int:
        """Add to the end of a list; its length."""
        found: list[bytes] = self._changed(key, [])
        found.extend(map(_as_bytes, values))
        return len(found)

    def lpush(self, key: str, *values: Any) -> int:
        """Add to the front of a list; its length."""
        found: list[bytes] = self._changed(key, [])
        found[:0] = [_as_bytes(value) for value in reversed(values)]
        return len(found)

    def lrange(self, key: str, start: int, end: int) -> list[bytes]:
        """Part of a list; *end* belongs to it, -1 is the last."""
        found: list[bytes] = self._value(key, [])
        return found[start:] if end == -1 else found[start : end + 1]

    def llen(self, key: str) -> int:
        """The length of a list."""
        return len(self._value(key, []))

    def sadd(self, key: str, *values: Any) -> int:
        """Add to a set; how many are new."""
        return _grown(self._changed(key, builtins.set()), values)

    def smembers(self, key: str) -> builtins.set[bytes]:
        """A set."""
        return builtins.set(self._value(key, ()))


# ------------------------------------------------------------------------------------------------------------- records


def write_record(key: str, data: Any) -> int:
    """Keep *data* as one more record under *key*; its number."""
    numbers = _kept("record numbers")
    numbers["last"] = numbers.get("last", 0) + 1
    _kept("records").setdefault(key, {})[numbers["last"]] = data
    return int(numbers["last"])


def read_records(key: str) -> dict[int, Any]:
    """number → data of the records under *key*."""
    return dict(_kept("records").get(key, {}))


def delete_record(key: str, the_id: int) -> None:
    """Forget one record."""
    _kept("records").get(key, {}).pop(the_id, None)


def stash_data(data: Any, expire: int | None = None) -> tuple[str, str]:
    """Keep *data* for *expire* seconds (90 days); (key, secret) to fetch it with."""
    key, secret = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
    _kept("stashes")[key] = [secret, time.time() + (expire or 90 * 24 * 3600), data]
    return key, secret


def retrieve_stashed_data(key: str, secret: str, delete: bool = False, refresh: int | bool = False) -> Any:
    """What was stashed, or None. *refresh*: seconds for which it stays from now on."""
    entry = _kept("stashes").get(key)
    if entry is None or not secrets.compare_digest(str(entry[0]), str(secret)) or entry[1] <= time.time():
        return None
    if refresh:
        entry[1] = time.time() + (refresh if not isinstance(refresh, bool) else 90 * 24 * 3600)
    if delete:
        del _kept("stashes")[key]
    return entry[2]
