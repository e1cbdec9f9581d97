"""The one cookie: which browser this is and which sessions it holds.

Signed data in the browser in place of a table on the server, so that any web process can read it. A session's id is 128 random
bits and says nothing; the signature only keeps the list whole. There is no state here that a server would have to share.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

MOST_SESSIONS = 8
"""Interviews one browser keeps open; the oldest is forgotten first. A browser takes cookies up to 4 kB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A browser, as its cookie tells."""

    browser: str
    """Random name of this browser, made by us."""
    sessions: Mapping[str, str] = field(default_factory=dict)
    """interview → session id, the one used last at the end"""
    person: int | None = None
    """Account, when somebody is signed in."""
    language: str | None = None

    def with_session(self, interview: str, session_id: str) -> Visitor:
        """This visitor, in a session of *interview*."""
        others = [(name, held) for name, held in self.sessions.items() if name != interview]
        return replace(self, sessions=dict([*others, (interview, session_id)][-MOST_SESSIONS:]))

    def without_session(self, interview: str) -> Visitor:
        """This visitor, out of the session of *interview*."""
        return replace(self, sessions={name: held for name, held in self.sessions.items() if name != interview})


def new_visitor() -> Visitor:
    """A browser that comes for the first time."""
    return Visitor(browser=secrets.token_urlsafe(32))


class Seal:
    """Signs and reads cookies, and makes the tokens that forms carry."""

    def __init__(self, key: bytes, *, secure: bool) -> None:
        self._cookie_key = hmac.digest(key, b"engross cookie", "sha256")
        self._form_key = hmac.digest(key, b"engross form", "sha256")
        self.secure = secure
        """Whether the site is reached by HTTPS: then the browser itself guards the cookie's name (``__Host-``)."""
        self.name = "__Host-engross" if secure else "engross"

    def write(self, visitor: Visitor) -> str:
        """The cookie's value."""
        content = {"b": visitor.browser, "s": dict(visitor.sessions), "p": visitor.person, "l": visitor.language}
        body = _encode(json.dumps(content, separators=(",", ":")).encode())
        return f"{body}.{_encode(hmac.digest(self._cookie_key, body.encode(), 'sha256'))}"

    def read(self, value: str | None) -> Visitor | None:
        """The visitor of a cookie, or None if it is missing or not ours."""
        body, _, signature = (value or "").partition(".")
        if not body or not value or not value.isascii():
            return None
        if not hmac.compare_digest(signature, _encode(hmac.digest(self._cookie_key, body.encode(), "sha256"))):
            return None
        content = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return Visitor(browser=content["b"], sessions=content["s"], person=content["p"], language=content.get("l"))

    def token(self, visitor: Visitor) -> str:
        """What each form of this visitor carries, so that no other site can send one."""
        return _encode(hmac.digest(self._form_key, visitor.browser.encode(), "sha256"))

    def is_token(self, visitor: Visitor, token: str) -> bool:
        """Whether a form came from a page that we made for this visitor."""
        return token.isascii() and hmac.compare_digest(token, self.token(visitor))

    def code(self, text: str) -> str:
        """A short name for *text* that does not tell it: for logs and limits."""
        return hashlib.blake2s(text.encode(), key=self._form_key[:32], digest_size=8).hexdigest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
