"""What every request passes before an endpoint sees it, and every response before it leaves.

Limits come first, before anything is parsed; then the check that a change comes from a page of ours; last the headers. Apart
from the endpoints so that a new route cannot forget them.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request, one session and one address may ask for."""

    body_bytes: int = 32 * 1024 * 1024
    file_bytes: int = 25 * 1024 * 1024
    files: int = 20
    fields: int = 1000
    text_bytes: int = 1024 * 1024
    """Longest text in one field."""
    header_bytes: int = 16 * 1024
    address_bytes: int = 8 * 1024
    """Longest path with query."""
    seconds: float = 30.0
    """Longest time for a body to arrive, plus one second for each 100 kB of it."""
    posts_per_second: float = 5.0
    posts_at_once: int = 30
    sessions_per_hour: int = 240
    """New sessions from one address. A courthouse or a library is one address for many people."""


@dataclass(slots=True)
class Bucket:
    """Tokens that come back with time."""

    tokens: float
    at: float


@dataclass(slots=True)
class Taps:
    """Token buckets by key, the least used forgotten first; so the memory has an end."""

    rate: float
    """Tokens that come back in a second."""
    size: float
    most_keys: int = 50_000
    clock: Callable[[], float] = time.monotonic
    buckets: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)

    def take(self, key: str) -> float:
        """0 if a token was there, else the seconds until one is."""
        now = self.clock()
        bucket = self.buckets.pop(key, None) or Bucket(self.size, now)
        bucket.tokens = min(self.size, bucket.tokens + (now - bucket.at) * self.rate)
        bucket.at = now
        self.buckets[key] = bucket
        if len(self.buckets) > self.most_keys:
            self.buckets.popitem(last=False)
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0.0
        return (1 - bucket.tokens) / self.rate


class TooMuch(Exception):
    """A request went over a limit while its body was read."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


Refuse = Callable[[Request, int, str], Awaitable[ASGIApp]]
"""(request, status, sentence for the visitor) → response"""


class Guard:
    """The outermost layer: limits before, headers after."""

    def __init__(self, app: ASGIApp, *, limits: Limits, secure: bool, frame_ancestors: Iterable[str] = (), refuse: Refuse) -> None:
        self.app = app
        self.limits = limits
        self.secure = secure
        self.frame_ancestors = " ".join(frame_ancestors) or "'none'"
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce
        sent = self._with_headers(send, nonce)
        request = Request(scope, receive)
        status, message = self._excess(scope)
        if status:
            await (await self.refuse(request, status, message))(scope, receive, sent)
            return
        started = False

        async def note_start(message: Message) -> None:
            nonlocal started
            started = True
            await sent(message)

        try:
            await self.app(scope, self._measured(receive), note_start)
        except TooMuch as error:
            if not started:
                await (await self.refuse(request, error.status, error.message))(scope, receive, sent)

    def _excess(self, scope: Scope) -> tuple[int, str]:
        """(status, sentence) if the request is refused by its head alone, else (0, "")."""
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > self.limits.address_bytes:
            return 414, "The address of this page is too long."
        if sum(len(name) + len(value) for name, value in scope["headers"]) > self.limits.header_bytes:
            return 431, "Your browser sent too much at once."
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdigit():
            return 400, "We could not read what your browser sent."
        if int(length) > self.limits.body_bytes:
            return 413, f"What you sent is too large. The most is {self.limits.body_bytes // (1024 * 1024)} MB."
        return 0, ""

    def _measured(self, receive: Receive) -> Receive:
        """*receive*, stopping a body that is too large or too slow whatever its head said."""
        taken = 0
        start = time.monotonic()

        async def measured() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > self.limits.body_bytes:
                    raise TooMuch(413, f"What you sent is too large. The most is {self.limits.body_bytes // (1024 * 1024)} MB.")
                if message.get("more_body") and time.monotonic() - start > self.limits.seconds + taken / 100_000:
                    raise TooMuch(408, "The connection was too slow. Please try again.")
            return message

        return measured

    def _with_headers(self, send: Send, nonce: str) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers(nonce).items():
                    headers.setdefault(name, value)
            await send(message)

        return sent

    def _headers(self, nonce: str) -> dict[str, str]:
        headers = {
            # Interviews write `style="…"` in their HTML everywhere; a style attribute runs nothing. Scripts need the nonce.
            "content-security-policy": (
                f"default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self' 'nonce-{nonce}'; "
                "style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; "
                "connect-src 'self'; frame-src 'self' https://www.youtube-nocookie.com https://player.vimeo.com; "
                f"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {self.frame_ancestors}"
            ),
            "x-content-type-options": "nosniff",
            # Not `no-referrer`: browsers without Sec-Fetch-Site show by the Referer that a link was ours (docs/decisions/action-links.md).
            "referrer-policy": "same-origin",
            "permissions-policy": "camera=(self), microphone=(self), geolocation=(self), payment=(), usb=(), interest-cohort=()",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "cache-control": "no-store",
        }
        if self.frame_ancestors == "'none'":
            headers["x-frame-options"] = "DENY"
        if self.secure:
            headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
        return headers


def is_same_origin(request: Request) -> bool:
    """Whether the browser says that a page of ours asked for this.

    Browsers since 2020 (Safari since 2023) send Sec-Fetch-Site, which no page can forge; older ones are known by Origin or
    Referer. A request that tells nothing is not ours.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin") or request.headers.get("referer")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def may_change(request: Request) -> bool:
    """Whether a POST may change something as far as its headers tell; the token in the form is asked besides.

    A client that is no browser sends neither Origin nor Sec-Fetch-Site and cannot be led by another site.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        return False
    return origin is None or (origin == "null" and site == "same-origin") or urlsplit(origin).netloc == request.headers.get("host")
