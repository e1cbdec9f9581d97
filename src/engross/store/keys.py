"""Keys: what the server must know to read what it keeps.

Each session has a random key of 256 bits. It is kept beside the session, wrapped (encrypted) by a server key that is not in the
database: in a file that only its owner may read, or in the environment. Whoever has only the disk or a backup of the database reads
nothing; whoever deletes a session's wrapped key has deleted the session from every backup too.

A *confidential* session's key is wrapped twice, inside by a secret that only the visitor's browser holds: without its cookie (or its
private link) the server itself cannot read the session. For work in the background the key is lent: wrapped by the server key alone,
for an hour at most.

Everything is AES-256-GCM with a random nonce of 96 bits and *associated data* that says what the bytes are (session, version, kind
of row), so that rows cannot be swapped between sessions or rolled back unnoticed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engross.errors import OperatorError, SessionLocked, SessionUnreadable
from engross.settings import Settings

KEY_BYTES = 32
NONCE_BYTES = 12
_HALVED_BYTES = NONCE_BYTES + KEY_BYTES + 16
"""Length of a session key that is wrapped by the visitor's secret as well."""
_LOCKED = "These answers can only be opened in the browser where they were begun, or by their private link."
_held: ContextVar[Mapping[str, str]] = ContextVar("secrets that the visitor brought")


def new_secret() -> str:
    """The visitor's half of a confidential session's key: 256 random bits, 43 letters."""
    return secrets.token_urlsafe(KEY_BYTES)


def hold(held: Mapping[str, str]) -> None:
    """Have the visitor's secrets at hand, session id → secret, in this context and the threads that it starts. They are kept nowhere."""
    _held.set(dict(held))


def held() -> Mapping[str, str]:
    """The secrets that are at hand here."""
    return _held.get({})


class SessionKey:
    """The key of one session, unwrapped. Lives in memory only."""

    __slots__ = ("_cipher", "_key", "confidential", "session_id")

    def __init__(self, session_id: str, key: bytes, *, confidential: bool = False) -> None:
        """*confidential*: whether the server opens it only with the visitor's secret."""
        self.session_id = session_id
        self.confidential = confidential
        self._key = key
        self._cipher = AESGCM(key)

    def __repr__(self) -> str:
        return "SessionKey(…)"

    def seal(self, data: bytes, what: str) -> bytes:
        """*data* encrypted; *what* says what it is (``answers:12``) and must be said again to open it."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, self._associated(what))

    def open(self, sealed: bytes, what: str) -> bytes:
        """What ``seal`` was given. Raises SessionUnreadable when the bytes were changed, moved or belong to another session."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._associated(what))
        except (InvalidTag, ValueError) as error:
            raise SessionUnreadable("Something kept for this session was changed or moved, and is not used.") from error

    def digest(self, text: str) -> str:
        """A fingerprint of *text* that says nothing to who does not have the key; 64 hexadecimal digits."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def file_cipher(self, file_id: str) -> AESGCM:
        """The cipher for the pieces of one file, with a key of its own."""
        derived = HKDF(SHA256(), KEY_BYTES, None, f"engross file {self.session_id} {file_id}".encode()).derive(self._key)
        return AESGCM(derived)

    def _associated(self, what: str) -> bytes:
        return f"engross 1|{self.session_id}|{what}".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """A session's key as the database holds it."""

    master_id: str
    """Id of the server key that wraps it."""
    sealed: bytes


class KeyRing:
    """The server's keys, newest first. New session keys are wrapped by the first; the others still open what they wrapped."""

    def __init__(self, keys: dict[str, bytes], origin: str) -> None:
        self._keys = keys
        self._origin = origin

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)})"

    @property
    def current_id(self) -> str:
        """Id of the key that wraps new session keys."""
        return next(iter(self._keys))

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all keys, newest first."""
        return tuple(self._keys)

    def new_session_key(self, session_id: str, secret: str | None = None) -> tuple[SessionKey, WrappedKey]:
        """A fresh key for a session and its wrapped form; with *secret* that is needed, too, to open it."""
        key = secrets.token_bytes(KEY_BYTES)
        inner = key if secret is None else _sealed(_half(session_id, secret), key, session_id.encode())
        return SessionKey(session_id, key, confidential=secret is not None), self._wrap(session_id, inner)

    def unwrap(self, session_id: str, wrapped: WrappedKey) -> SessionKey:
        """The session's key. Raises SessionUnreadable when the server key is not at hand or is a wrong one, SessionLocked when the
        session is confidential and the visitor's secret is not among ``held``."""
        inner = self._unwrapped(session_id, wrapped)
        if len(inner) != _HALVED_BYTES:
            return SessionKey(session_id, inner)
        secret = held().get(session_id)
        if secret is None:
            raise SessionLocked(_LOCKED)
        try:
            key = _opened(_half(session_id, secret), inner, session_id.encode())
        except InvalidTag as error:
            raise SessionLocked(_LOCKED) from error
        return SessionKey(session_id, key, confidential=True)

    def lend(self, key: SessionKey) -> WrappedKey:
        """A confidential session's key, wrapped by the server key alone."""
        return self._wrap(_lent(key.session_id), key._key)

    def borrow(self, session_id: str, lent: WrappedKey) -> SessionKey:
        """What ``lend`` wrapped. Raises SessionUnreadable."""
        return SessionKey(session_id, self._unwrapped(_lent(session_id), lent), confidential=True)

    def lend_anew(self, session_id: str, lent: WrappedKey) -> WrappedKey:
        """What ``lend`` wrapped, wrapped by the current server key."""
        return self.rewrap(_lent(session_id), lent)

    def rewrap(self, session_id: str, wrapped: WrappedKey) -> WrappedKey:
        """The same session key wrapped by the current server key; the visitor's secret stays as it is."""
        return self._wrap(session_id, self._unwrapped(session_id, wrapped))

    def seal_text(self, text: str, purpose: str) -> str:
        """*text* sealed by the current server key, for addresses: letters and digits only, which Markdown leaves as they are. The
        same text gives the same (AES-SIV, RFC 5297)."""
        sealed = _for_purpose(self._keys[self.current_id], purpose).encrypt(text.encode(), None)
        return base64.b32encode(sealed).decode().rstrip("=")

    def open_text(self, sealed: str, purpose: str) -> str | None:
        """What ``seal_text`` was given, or None when none of the server's keys opens it."""
        try:
            data = base64.b32decode(sealed + "=" * (-len(sealed) % 8))
        except ValueError:
            return None
        for master in self._keys.values():
            with suppress(InvalidTag, ValueError):
                return _for_purpose(master, purpose).decrypt(data, None).decode()
        return None

    def _unwrapped(self, session_id: str, wrapped: WrappedKey) -> bytes:
        master = self._keys.get(wrapped.master_id)
        if master is None:
            raise SessionUnreadable(
                f"This session needs the server key {wrapped.master_id}, which is not in {self._origin}. Nothing was deleted."
            )
        try:
            return _opened(master, wrapped.sealed, _wrap_data(session_id, wrapped.master_id))
        except (InvalidTag, ValueError) as error:
            raise SessionUnreadable(
                f"The server key {wrapped.master_id} in {self._origin} does not open this session. Nothing was deleted."
            ) from error

    def _wrap(self, session_id: str, key: bytes) -> WrappedKey:
        sealed = _sealed(self._keys[self.current_id], key, _wrap_data(session_id, self.current_id))
        return WrappedKey(master_id=self.current_id, sealed=sealed)


def _half(session_id: str, secret: str) -> bytes:
    """The key that a visitor's secret is for one session."""
    return HKDF(SHA256(), KEY_BYTES, None, f"engross visitor's half 1 {session_id}".encode()).derive(secret.encode())


def _lent(session_id: str) -> str:
    return f"lent {session_id}"


def seal_for_link(token: str, session_id: str, secret: str) -> bytes:
    """A visitor's secret, for who has the link's token."""
    return _sealed(_half(f"link {session_id}", token), secret.encode(), session_id.encode())


def open_for_link(token: str, session_id: str, sealed: bytes) -> str:
    """What ``seal_for_link`` was given. Raises SessionLocked."""
    try:
        return _opened(_half(f"link {session_id}", token), sealed, session_id.encode()).decode()
    except InvalidTag as error:
        raise SessionLocked("This link does not open these answers.") from error


def _sealed(key: bytes, data: bytes, what: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, what)


def _for_purpose(master: bytes, purpose: str) -> AESSIV:
    """A key of its own for one purpose of the server's."""
    return AESSIV(HKDF(SHA256(), 2 * KEY_BYTES, None, f"engross {purpose} 1".encode()).derive(master))


def _opened(key: bytes, sealed: bytes, what: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], what)


def _wrap_data(session_id: str, master_id: str) -> bytes:
    return f"engross session key 1|{master_id}|{session_id}".encode()


def load_keys(settings: Settings, *, create: bool) -> KeyRing:
    """The server's keys from the setting ``master_key`` or the key file; with *create* a first key is made when there is none.

    Raises OperatorError that names the setting or the file.
    """
    if settings.master_key is not None:
        return KeyRing(_parse(settings.master_key.get_secret_value().replace(",", "\n"), "the setting `master_key`"), "`master_key`")
    path = settings.key_path
    if not path.exists():
        if not create:
            raise OperatorError(
                f"The key file {path} is not there, but the database holds sessions that need it. Put the file back "
                f"(setting `key_file`), or set `master_key`. Nothing was deleted."
            )
        _write_first(path)
    if path.stat().st_mode & 0o077:
        raise OperatorError(
            f"The key file {path} can be read by others (mode {path.stat().st_mode & 0o777:o}). Make it your own: chmod 600 {path}"
        )
    return KeyRing(_parse(path.read_text("ascii", "replace"), f"the key file {path}"), str(path))


def add_key(settings: Settings) -> KeyRing:
    """Put a new key before the others in the key file. Sessions are wrapped anew by ``store.rotate_keys``."""
    if settings.master_key is not None:
        raise OperatorError("The keys are in the setting `master_key`: put a new one before the old one there.")
    path = settings.key_path
    _write(path, _new_line() + path.read_text("ascii"))
    return load_keys(settings, create=False)


def drop_old_keys(settings: Settings) -> None:
    """Leave only the newest key in the key file."""
    path = settings.key_path
    _write(path, path.read_text("ascii").splitlines(keepends=True)[0])


def _new_line() -> str:
    return f"{secrets.token_hex(4)} {base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode('ascii')}\n"


def _write_first(path: Path) -> None:
    """Make the key file with one key, unless another process does so at the same time."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    _create(temporary, _new_line())
    try:
        os.link(temporary, path)  # fails when it is there: the first process wins
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    _create(temporary, text)
    temporary.replace(path)


def _create(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _parse(text: str, origin: str) -> dict[str, bytes]:
    """``id base64`` (or ``id:base64``) lines as keys."""
    keys: dict[str, bytes] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        name, _, encoded = line.strip().replace(":", " ").partition(" ")
        try:
            key = base64.b64decode(encoded.strip(), validate=True)
        except binascii.Error as error:
            raise OperatorError(f"The key `{name}` in {origin} is not base64.") from error
        if len(key) != KEY_BYTES:
            raise OperatorError(f"The key `{name}` in {origin} has {len(key)} bytes; it must have {KEY_BYTES}.")
        keys[name] = key
    if not keys:
        raise OperatorError(f"There is no key in {origin}. Each line is `id base64-of-32-bytes`.")
    return keys
