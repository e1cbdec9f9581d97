"""Passwords: an Argon2id hash of one, and whether one is right.

Apart from ``store.people`` because it needs the extra ``engross[accounts]``. The library's parameters are those that RFC 9106 gives
for little memory: 64 MiB, three passes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from engross.errors import OperatorError

SHORTEST = 12
LONGEST = 200
"""Letters. A longer text costs the server time and the visitor nothing."""


@lru_cache(maxsize=1)
def _hasher() -> Any:
    try:
        from argon2 import PasswordHasher
    except ImportError as error:
        raise OperatorError("Accounts (setting `accounts`) need the extra: pip install 'engross[accounts]'.") from error
    return PasswordHasher()


def make_hash(password: str) -> str:
    """What is kept of a password. Takes about 50 ms and 64 MB, as long as a right or wrong password takes."""
    kept: str = _hasher().hash(password)
    return kept


@lru_cache(maxsize=1)
def nobodys_hash() -> str:
    """A hash that no password fits, to be compared with where there is no account: it takes as long as with one."""
    import secrets

    return make_hash(secrets.token_urlsafe(32))


def is_right(password: str, kept: str | None) -> bool:
    """Whether *kept* was made from *password*. Without *kept* it takes as long, and is not."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        right: bool = _hasher().verify(kept or nobodys_hash(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None


def is_old(kept: str) -> bool:
    """Whether *kept* was made with weaker parameters than are used today, and should be made again."""
    old: bool = _hasher().check_needs_rehash(kept)
    return old


def trouble_with(password: str, email: str) -> str | None:
    """Why *password* cannot be used, in a sentence for the visitor, or None. Length counts, not kinds of letters (NIST SP 800-63B)."""
    if len(password) < SHORTEST:
        return "Use 12 or more letters or numbers. Four words are good."
    if len(password) > LONGEST:
        return "That is too long. Use at most 200 letters."
    if len(set(password.lower())) < 5 or password.lower().strip() in (email.lower(), email.lower().partition("@")[0]):
        return "That is too easy to guess. Four words are good."
    return None
