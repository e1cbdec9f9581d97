"""The one cookie: which browser this is and which sessions it holds.

No server key signs it and no table stands behind it: all that it holds are secrets of its own. A session's id is 128 random bits
that nobody can guess, and forms carry a token that is made from the browser's own 256 random bits. So any web process can read
it, and changing the server's keys sends nobody away. ``HttpOnly`` keeps scripts from it, ``__Host-`` keeps other sites from
planting one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engross.web.words import is_language

MOST_SESSIONS = 8
"""Interviews one browser keeps open; the oldest is forgotten first. A browser takes cookies up to 4 kB."""
_SESSION = re.compile(r"([0-9a-f]{32})(?:\.([A-Za-z0-9_-]{43}))?(~)?")
"""A session's id, for a confidential one the visitor's half of its key, and the mark of a guest."""
_BROWSER = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A browser, as its cookie tells."""

    browser: str
    """Random secret of this browser, made by us."""
    sessions: Mapping[str, str] = field(default_factory=dict)
    """interview → session id, the one used last at the end"""
    language: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """session id → the visitor's half of its key, for confidential sessions"""
    guest_in: frozenset[str] = frozenset()
    """The sessions that this browser came to by an invitation."""

    def with_session(self, interview: str, session_id: str, secret: str | None = None, *, as_guest: bool = False) -> Visitor:
        """This visitor, in a session of *interview*; *secret* is the visitor's half of its key, if it has one that is not known yet."""
        others = [(name, held) for name, held in self.sessions.items() if name != interview]
        known = self.secrets if secret is None else {**self.secrets, session_id: secret}
        return replace(self, sessions=dict([*others, (interview, session_id)][-MOST_SESSIONS:]), secrets=known, guest_in=self.guest_in | {session_id} if as_guest else self.guest_in)

    def without_session(self, interview: str) -> Visitor:
        """This visitor, out of the session of *interview*."""
        return replace(self, sessions={name: held for name, held in self.sessions.items() if name != interview})


def new_visitor() -> Visitor:
    """A browser that comes for the first time."""
    return Visitor(browser=secrets.token_urlsafe(32))


def cookie_name(*, secure: bool) -> str:
    """The cookie's name. With HTTPS the browser itself guards it by its ``__Host-``."""
    return "__Host-engross" if secure else "engross"


def write(visitor: Visitor) -> str:
    """The cookie's value."""
    sessions = {
        name: (f"{one}.{visitor.secrets[one]}" if one in visitor.secrets else one) + "~" * (one in visitor.guest_in)
        for name, one in visitor.sessions.items()
    }
    content = {"b": visitor.browser, "s": sessions, "l": visitor.language}
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def read(value: str | None) -> Visitor | None:
    """The visitor of a cookie, or None if it is missing or not one of ours."""
    try:
        content = json.loads(base64.urlsafe_b64decode((value or "") + "=" * (-len(value or "") % 4)))
        browser, sessions, language = content["b"], content["s"], content.get("l")
        if not (_BROWSER.fullmatch(browser) and isinstance(sessions, dict) and len(sessions) <= MOST_SESSIONS):
            return None
        found = {str(name): match for name, one in sessions.items() if (match := _SESSION.fullmatch(one))}
        held = {name: match[1] for name, match in found.items()}
        secrets_held = {match[1]: match[2] for match in found.values() if match[2]}
        guest_in = frozenset(match[1] for match in found.values() if match[3])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    known = language if isinstance(language, str) and is_language(language) else None
    return Visitor(browser=browser, sessions=held, language=known, secrets=secrets_held, guest_in=guest_in)


def token_for(visitor: Visitor) -> str:
    """What each form of this visitor carries, so that no other site can send one."""
    return hmac.digest(visitor.browser.encode(), b"engross form", "sha256").hex()


def is_token(visitor: Visitor, token: str) -> bool:
    """Whether a form came from a page that we made for this visitor."""
    return token.isascii() and hmac.compare_digest(token, token_for(visitor))


def name_of(visitor: Visitor) -> str:
    """A short name for a browser that does not tell its secret: for limits and logs."""
    return hashlib.sha256(b"engross name" + visitor.browser.encode()).hexdigest()[:16]
