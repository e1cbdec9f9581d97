"""Keeping: values that interview code puts under keys: DAStore, DARedis, DAGlobal, records, stashes.

What they keep reaches across sessions, a DAStore's as its ``base`` says. In a confidential session, and where there is no server
(a rehearsal of a single screen), it lives with the session's own answers and behaves the same within it; a DAGlobal always does.
"""

from __future__ import annotations

import builtins
import secrets
import time
from collections.abc import Callable
from typing import Any

from engross.context import Commons, current
from engross.errors import AuthorError
from engross.library.objects import DAObject, NotConfigured, has


def _kept(kind: str) -> dict[str, Any]:
    """The session's values of one kind, by key."""
    values: dict[str, Any] = current().internal.misc.setdefault("kept", {}).setdefault(kind, {})
    return values


class _Own:
    """``context.Commons`` of one session: with its answers."""

    def get(self, base: str, key: str) -> Any:
        return _kept(base).get(key)

    def has(self, base: str, key: str) -> bool:
        return key in _kept(base)

    def put(self, base: str, key: str, value: Any) -> None:
        _kept(base)[key] = value

    def delete(self, base: str, key: str) -> None:
        _kept(base).pop(key, None)

    def keys(self, base: str) -> list[str]:
        return list(_kept(base))

    def items(self, base: str) -> dict[str, Any]:
        return dict(_kept(base))

    def change(self, base: str, key: str, work: Callable[[Any], Any]) -> None:
        _kept(base)[key] = work(_kept(base).get(key))


def _shared() -> Commons:
    """Where all sessions keep what is nobody's own."""
    return current().commons or _Own()


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


def _lasting(entry: Any, empty: Any) -> Any:
    """The value of an entry ``[value, until]`` that is there and has not expired, or *empty*."""
    return empty if entry is None or (entry[1] is not None and entry[1] <= time.time()) else entry[0]


_REDIS = "redis"
"""Where all of DARedis is kept."""


class DARedis(NotConfigured):
    """What interviews do with Redis: values, counters, lists and sets under keys, which may expire. Like the client of Redis,
    it gives bytes; ``get_data`` gives objects."""

    _service = "a Redis database of one's own"
    _page = "https://docassemble.org/docs/objects.html#DARedis"

    def key(self, keyname: str) -> str:
        """*keyname* with the interview's name before it."""
        return f"{current().interview_file}:{keyname}"

    def _value(self, key: str, empty: Any = None) -> Any:
        return _lasting(_shared().get(_REDIS, str(key)), empty)

    def _put(self, key: str, value: Any, seconds: float | None = None) -> None:
        _shared().put(_REDIS, str(key), [value, None if seconds is None else time.time() + seconds])

    def _change(self, key: str, empty: Any, work: Callable[[Any], Any]) -> None:
        """Keep what *work* makes of the value under *key*, or of *empty*; when it expires stays."""

        def changed(entry: Any) -> list[Any]:
            lasts = _lasting(entry, None) is not None
            return [work(entry[0] if lasts else empty), entry[1] if lasts else None]

        _shared().change(_REDIS, str(key), changed)

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
        there = [str(key) for key in keys if self.exists(key)]
        for key in keys:
            _shared().delete(_REDIS, str(key))
        return len(there)

    def exists(self, *keys: str) -> int:
        """How many of the keys have values."""
        return sum(self._value(key) is not None for key in keys)

    def keys(self, pattern: str = "*") -> list[bytes]:
        """The keys that look like *pattern*, with ``*`` and ``?``."""
        from fnmatch import fnmatchcase

        return [key.encode() for key, entry in _shared().items(_REDIS).items() if _lasting(entry, None) is not None and fnmatchcase(key, pattern)]

    def expire(self, key: str, time: float) -> bool:
        """Let the value go after that many seconds. Whether there is one."""
        value = self._value(key)
        if value is not None:
            self._put(key, value, time)
        return value is not None

    def incr(self, key: str, amount: int = 1) -> int:
        """Count up; the new number."""
        made: list[int] = []

        def count(number: Any) -> bytes:
            made.append(int(number) + amount)
            return str(made[-1]).encode()

        self._change(key, 0, count)
        return made[-1]

    def decr(self, key: str, amount: int = 1) -> int:
        """Count down; the new number."""
        return self.incr(key, -amount)

    def rpush(self, key: str, *values: Any) -> int:
        """Add to the end of a list; its length."""
        return self._added(key, lambda found: [*found, *map(_as_bytes, values)])

    def lpush(self, key: str, *values: Any) -> int:
        """Add to the front of a list; its length."""
        return self._added(key, lambda found: [*map(_as_bytes, reversed(values)), *found])

    def _added(self, key: str, work: Callable[[list[bytes]], list[bytes]]) -> int:
        lengths: list[int] = []

        def add(found: Any) -> list[bytes]:
            made = work(found)
            lengths.append(len(made))
            return made

        self._change(key, [], add)
        return lengths[-1]

    def lrange(self, key: str, start: int, end: int) -> list[bytes]:
        """Part of a list; *end* belongs to it, -1 is the last."""
        found: list[bytes] = self._value(key, [])
        return found[start:] if end == -1 else found[start : end + 1]

    def llen(self, key: str) -> int:
        """The length of a list."""
        return len(self._value(key, []))

    def sadd(self, key: str, *values: Any) -> int:
        """Add to a set; how many are new."""
        new: list[int] = []

        def add(found: Any) -> builtins.set[bytes]:
            made: builtins.set[bytes] = found | builtins.set(map(_as_bytes, values))
            new.append(len(made) - len(found))
            return made

        self._change(key, builtins.set(), add)
        return new[-1]

    def smembers(self, key: str) -> builtins.set[bytes]:
        """A set."""
        return builtins.set(self._value(key, ()))


# ------------------------------------------------------------------------------------------------------------- records


def write_record(key: str, data: Any) -> int:
    """Keep *data* as one more record under *key*, for every interview of the server; its number."""
    made: list[int] = []

    def count(last: Any) -> int:
        made.append((last or 0) + 1)
        return made[-1]

    _shared().change("records", "last number", count)
    _shared().put(f"records {key}", str(made[-1]), data)
    return made[-1]


def read_records(key: str) -> dict[int, Any]:
    """number → data of the records under *key*."""
    return dict(sorted((int(number), data) for number, data in _shared().items(f"records {key}").items()))


def delete_record(key: str, the_id: int) -> None:
    """Forget one record."""
    _shared().delete(f"records {key}", str(the_id))


STASH_SECONDS = 90 * 24 * 3600


def stash_data(data: Any, expire: int | None = None) -> tuple[str, str]:
    """Keep *data* for *expire* seconds (90 days), for whoever has what is given back: (key, secret) to fetch it with."""
    key, secret = secrets.token_hex(12), secrets.token_hex(16)  # letters and digits: they stand in addresses, in texts of Markdown
    _shared().put("stashes", key, [secret, time.time() + (expire or STASH_SECONDS), data])
    return key, secret


def retrieve_stashed_data(key: str, secret: str, delete: bool = False, refresh: int | bool = False) -> Any:
    """What was stashed, or None. *refresh*: seconds for which it stays from now on."""
    entry = _shared().get("stashes", str(key))
    if entry is None or not secrets.compare_digest(str(entry[0]).encode(), str(secret).encode()) or entry[1] <= time.time():
        return None
    if refresh:
        until = time.time() + (refresh if not isinstance(refresh, bool) else STASH_SECONDS)
        _shared().put("stashes", str(key), [entry[0], until, entry[2]])
    if delete:
        _shared().delete("stashes", str(key))
    return entry[2]
