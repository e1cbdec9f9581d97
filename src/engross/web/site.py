"""What all endpoints share: the site, and one request at it.

Endpoints are small async functions; everything below them is synchronous and runs in a thread through ``Site.run``.
"""

from __future__ import annotations

import functools
import secrets
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import anyio
import anyio.to_thread
import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from engross import errors
from engross.catalogue import Served
from engross.context import Presence, arrive
from engross.settings import Settings
from engross.store.keys import hold
from engross.store.people import Account
from engross.web import cookie
from engross.web.cookie import Visitor
from engross.web.guard import Taps
from engross.web.look import Look
from engross.web.numbers import FAILURES
from engross.web.pages import Frame, Trouble, Way, message_page
from engross.web.words import say_in

log = structlog.get_logger("engross.web")
T = TypeVar("T")


AT_ONE_PLACE = 20
"""How many times as much as one browser an address may send: a courthouse or a library is one address for many people."""
MOST_WAITING = 60
"""Requests that may wait for a thread. Of a hundred that are let in, each is answered within about a second; further ones are told at once."""
BUSY_SECONDS = 5


class Interviews(Protocol):
    """The interviews of this server."""

    def served(self) -> Sequence[Served]:
        """Those on the first page."""

    def resolve(self, reference: str) -> str:
        """The full name of an interview that is served, from any way to write it. Raises SourceError."""

    def get(self, reference: str) -> Any:
        """The loaded ``Interview``. Raises SourceError when it is not served or cannot be read."""

    def mistake(self, reference: str) -> errors.AuthorError | None:
        """Why the newest text of an interview is not in use, or None when it is."""

    def static(self, package: str, path: str) -> Path | None:
        """A file of an interview package's ``data/static``, or None."""


class Refused(Exception):
    """The visitor's request is answered with this message, and nothing is done."""

    def __init__(self, status: int, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after = retry_after


@dataclass(slots=True, kw_only=True)
class Site:
    """The server as endpoints see it."""

    settings: Settings
    visits: Any
    store: Any
    interviews: Interviews
    secure: bool
    """Whether people reach the site by HTTPS."""
    posts: Taps
    """Posts, by browser and by session."""
    places: Taps
    """Posts, by address."""
    starts: Taps
    threads: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(40))
    watchers: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(400))
    """Requests that wait for news of a session, without a thread."""
    stopping: anyio.Event | None = None
    door: Any = None
    """``operator.Door``: who may see the operator's page from elsewhere."""
    identities: Any = None
    """``identity.Provider``: the other server that people sign in at, if there is one."""
    sign_ins: Taps = field(default_factory=lambda: Taps(rate=0.1, size=30))
    """Tries to sign in, by address."""
    letters: Taps = field(default_factory=lambda: Taps(rate=3 / 3600, size=3))
    """Links that are sent, by e-mail address."""
    slow_threads: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(2))
    """For hashing passwords (64 MB each) and for asking another server."""

    async def run(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """A synchronous function in a thread. Raises Refused with 503 when so many wait for one that this would take too long."""
        if self.threads.statistics().tasks_waiting >= MOST_WAITING:
            raise Refused(503, "Too many people are here at once. Your earlier answers are saved. Please try again in a moment.", retry_after=BUSY_SECONDS)
        return await anyio.to_thread.run_sync(functools.partial(function, *arguments, **named), limiter=self.threads)


def site_of(request: Request) -> Site:
    """The site that a request came to."""
    site: Site = request.app.state.site
    return site


def visitor_of(request: Request) -> Visitor:
    """Who asks; a new visitor when there is no cookie of ours. The secrets of confidential sessions are at hand from then on, for this
    request alone."""
    known: Visitor | None = getattr(request.state, "visitor", None)
    if known is None:
        site = site_of(request)
        given = request.cookies.get(cookie.cookie_name(secure=site.secure))
        known = cookie.read(given) or cookie.new_visitor()
        request.state.visitor = known
        hold(known.secrets)
        be_there(request, known)
    return known


def be_there(request: Request, visitor: Visitor) -> None:
    """Say who this is, for this request alone."""
    arrive(Presence(browser=cookie.name_of(visitor), guest_in=visitor.guest_in, sign_in=sign_in_token(request)))


def has_cookie(request: Request) -> bool:
    """Whether the browser has been here before: without a cookie of ours no form can hold the right token."""
    return cookie.read(request.cookies.get(cookie.cookie_name(secure=site_of(request).secure))) is not None


def remember(request: Request, response: Response, visitor: Visitor) -> None:
    """Give the browser its cookie.

    Where other sites may show interviews in a frame (``frame_ancestors``), it is one that browsers keep for a frame: ``SameSite=None``
    and ``Partitioned``, which means apart for each site that the frame stands in (CHIPS). The token of each form and the check of its
    origin guard as before.
    """
    site = site_of(request)
    in_frames = site.secure and bool(site.settings.frame_ancestors)
    request.state.visitor = visitor
    response.set_cookie(
        cookie.cookie_name(secure=site.secure),
        cookie.write(visitor),
        max_age=site.settings.idle_minutes * 60 or int(site.settings.retention_days * 86400),
        secure=site.secure,
        httponly=True,
        samesite="none" if in_frames else "lax",
        path="/",
    )
    if in_frames:  # Starlette knows this word from Python 3.14 on only
        name, value = response.raw_headers[-1]
        response.raw_headers[-1] = (name, value + b"; Partitioned")


def _sign_in_cookie(site: Site) -> str:
    return f"{cookie.cookie_name(secure=site.secure)}-person"


def sign_in_token(request: Request) -> str:
    """What this browser holds of a sign-in; empty without one."""
    return request.cookies.get(_sign_in_cookie(site_of(request)), "")[:100]


def remember_sign_in(request: Request, response: Response, token: str, seconds: int) -> None:
    """Give the browser the token of a sign-in."""
    site = site_of(request)
    response.set_cookie(_sign_in_cookie(site), token, max_age=seconds, secure=site.secure, httponly=True, samesite="lax", path="/")


def forget_sign_in(request: Request, response: Response) -> None:
    """Take it from the browser."""
    site = site_of(request)
    response.delete_cookie(_sign_in_cookie(site), path="/", secure=site.secure, httponly=True, samesite="lax")


async def account_of(request: Request) -> Account | None:
    """Who is signed in; None without accounts."""
    site = site_of(request)
    token = sign_in_token(request)
    if not token or not site.settings.accounts:
        return None
    found: Account | None = await site.run(site.store.people.signed_in, token)
    return found


def address_of(request: Request) -> str:
    """The client's address, IPv6 by its /64: what one household or courthouse has."""
    host = request.client.host if request.client else "unknown"
    return ":".join(host.split(":")[:4]) if ":" in host else host


def slow_down(request: Request, who: str, *, at_place: bool = True) -> None:
    """Count a post of *who* (a browser, a session) and, with *at_place*, of the address that it comes from. Raises Refused with 429 when
    there were too many. A program can take a new browser for each post, so each of them counts."""
    site = site_of(request)
    if not is_loopback(request) and (wait := site.posts.take(who) or (at_place and site.places.take(address_of(request)))):
        raise Refused(429, "You sent a lot at once. Please wait a moment and try again.", retry_after=int(wait) + 1)


def is_loopback(request: Request) -> bool:
    """Whether the client is on this machine: the author at his desk, or a test."""
    host = request.client.host if request.client else ""
    return host.startswith("127.") or host in ("::1", "testclient")


def frame_of(request: Request, *, language: str | None = None) -> Frame:
    """What stands around a page for this request."""
    site = site_of(request)
    visitor = visitor_of(request)
    return Frame(
        nonce=request.state.nonce,
        token=cookie.token_for(visitor),
        root=site.settings.root_path.rstrip("/"),
        language=language or visitor.language or site.settings.language,
        brand="Engross",
        go_on=site.settings.go_on,
        debug=site.settings.debug,
        keep_days=site.settings.retention_days,
        has_accounts=bool(site.settings.accounts),
        country=site.settings.country,
    )


def html(page: str, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """A page as a response."""
    return HTMLResponse(page, status_code=status, headers=dict(headers or {}))


def refuse(request: Request, status: int, message: str, *, ways: Sequence[Way] = (), retry_after: int | None = None) -> Response:
    """A calm page that says why nothing was done."""
    frame = frame_of(request)
    say = say_in(frame.language)
    headings = {
        404: "We could not find that page",
        410: "This form is not open any more",
        429: "Please wait a moment",
        503: "We are busy right now",
    }
    offered = ways or (Way(label=say("Go back to the form"), url=f"{frame.root}/", color="primary"),)
    page = message_page(
        frame,
        heading=say(headings.get(status, "We could not do that")),
        paragraphs=[say(message)],
        ways=offered,
    )
    return html(page, status, {"retry-after": str(retry_after)} if retry_after else None)


WORDS = (
    "MAPLE", "RIVER", "STONE", "CEDAR", "LEMON", "TIGER", "CLOUD", "BRICK", "PIANO", "OCEAN", "ROBIN",
    "APPLE", "CANDLE", "MEADOW", "ANCHOR", "BASKET", "CARROT", "DOLPHIN", "EAGLE", "FALCON", "GARDEN",
    "HARBOR", "ISLAND", "JACKET", "KETTLE", "LADDER", "MARBLE", "NEEDLE", "ORANGE", "PEPPER", "QUARTZ",
    "RABBIT", "SADDLE", "TURTLE", "VELVET", "WALNUT", "YELLOW", "ZEBRA",
)  # fmt: skip


CAUSES_TOLD = 4
_OUR_FOLDER = str(Path(__file__).parents[1])


def new_code() -> str:
    """A short code that can be said on the telephone, like ``K7-MAPLE``."""
    return f"{secrets.choice('ABCDEFGHJKLMNPRSTUVWXYZ')}{secrets.choice('23456789')}-{secrets.choice(WORDS)}"


def trouble_page(
    request: Request, error: Exception, *, interview: str | None, look: Look | None = None, papers: Sequence[tuple[str, str]] = (), said: str = ""
) -> Response:
    """*papers*: (name, address) of those that were made before; *said*: Markdown of the interview's author. The page for an error that is not the visitor's: calm for him, and with the cause for an author who debugs."""
    site = site_of(request)
    frame = frame_of(request)
    say = say_in(frame.language)
    code = new_code()
    FAILURES.inc()
    told = {"exception": "".join(traceback.format_exception(error))} if site.settings.debug else {}
    # Not `exc_info`: that would print the variables of every frame, which takes long and shows answers.
    log.error("page failed", code=code, interview=interview, **causes_of(error), **told)
    here = f"{frame.root}/interview" + (f"?i={interview}" if interview else "")
    hidden = (("_csrf", frame.token), ("_i", interview or ""), ("_screen", ""))
    ways = [
        Way(label=say("Try again"), url=here, color="primary", id="da-retry"),
        Way(label=say("Go back one question"), url=f"{frame.root}/interview/back", post=True, hidden=hidden),
    ]
    page = message_page(
        frame,
        heading=say("Sorry, this page has a problem"),
        paragraphs=[say("This is not your fault. Your answers are saved.")],
        ways=ways if interview else ways[:1],
        code=code,
        papers=papers,
        strong=True,
        trouble=_trouble(error) if site.settings.debug else None,
        brand=look.title if look else None,
        help=said,
    )
    status = 503 if isinstance(error, errors.StorageUnavailable) else 500
    return html(page, status, {"retry-after": "10"} if status == 503 else None)


def causes_of(error: BaseException) -> dict[str, str]:
    """What the operator's log says of an error: its kind (and those behind it), where it was raised and where our own code was then;
    never what a visitor typed."""
    kinds: list[str] = []
    behind: BaseException | None = error
    while behind is not None and len(kinds) < CAUSES_TOLD:
        kinds.append(type(behind).__name__)
        behind = behind.__cause__ or (None if behind.__suppress_context__ else behind.__context__)
    told = {"kind": " < ".join(kinds)}
    if isinstance(error, errors.AuthorError):
        return told | {"cause": f"{error.where or 'unknown place'} in {error.block or 'unknown block'}"}
    frames = traceback.extract_tb(error.__traceback__)
    if frames:
        told["cause"] = f"{frames[-1].filename}:{frames[-1].lineno}"
    ours = next((frame for frame in reversed(frames) if _OUR_FOLDER in frame.filename), None)
    if ours is not None and ours is not frames[-1]:
        told["ours"] = f"{ours.filename}:{ours.lineno}"
    return told


def _trouble(error: Exception) -> Trouble:
    rows: list[tuple[str, str]] = []
    chain: tuple[str, ...] = ()
    message = str(error)
    if isinstance(error, errors.AuthorError):
        message = error.message + (f" Did you mean `{error.nearest}`?" if error.nearest else "")
        chain = error.chain
        for name, value in (("Where", error.where), ("Block", error.block), ("Looked for", error.variable), ("Nearest name", error.nearest)):
            if value:
                rows.append((name, str(value)))
        if isinstance(error, errors.DocumentError):
            rows += [(name, str(value)) for name, value in (("Document", error.document), ("Part", error.part)) if value]
    rows.append(("Kind of error", type(error).__name__))
    return Trouble(message=message, rows=tuple(rows), chain=chain, traceback="".join(traceback.format_exception(error)))
