"""Save and finish later: a private link back to the answers, and the page that such a link opens.

No account is needed. The link can be ended, a new one ends the one before, and a PIN may guard it. The same link, for twenty
minutes and as a QR code, lets somebody go on (or sign) on another phone. Looking at a link's page opens nothing: programs that
look at links in messages must not come in.
"""

from __future__ import annotations

import re
import time
from urllib.parse import quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engross import errors
from engross.store.keys import hold
from engross.web import pages
from engross.web.interview import checked_form, kept, session_of
from engross.web.pages import Way
from engross.web.site import Refused, address_of, frame_of, html, is_loopback, site_of, visitor_of
from engross.web.words import say_in

PHONE_SECONDS = 20 * 60
"""How long a link for another phone holds."""
LONGEST_PIN = 12
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")


async def page(request: Request) -> Response:
    """GET ``/interview/later``: what a link is, and the buttons to make or end one."""
    reference, session_id = session_of(request)
    return await _page(request, reference, session_id, address=None, for_phone=request.query_params.get("for") == "phone")


async def make(request: Request) -> Response:
    """POST ``/interview/later``: a new link; the one before leads nowhere any more."""
    form = await checked_form(request)
    reference, session_id = session_of(request, form)
    site = site_of(request)
    for_phone = form.first("for") == "phone"
    seconds = PHONE_SECONDS if for_phone else site.settings.retention_days * 86400
    pin = form.first("pin").strip()[:LONGEST_PIN]
    try:
        await site.run(site.store.sessions.load, session_id)
    except errors.SessionGone as error:
        raise Refused(410, "We could not find your answers in this browser.") from error
    token = await site.run(site.store.links.make, session_id, seconds=seconds, pin=pin)
    here = site.settings.url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    address = f"{here.rstrip('/')}{frame_of(request).root}/resume/{token}"
    return await _page(request, reference, session_id, address=address, for_phone=for_phone)


async def end(request: Request) -> Response:
    """POST ``/interview/later/end``: the link leads nowhere any more."""
    form = await checked_form(request)
    reference, session_id = session_of(request, form)
    site = site_of(request)
    await site.run(site.store.links.end, session_id)
    return await _page(request, reference, session_id, address=None, for_phone=False)


def _qr_code(address: str) -> Markup:
    """*address* as a picture that a telephone reads. The tables of the codes are read when the first is drawn."""
    import segno

    return Markup(segno.make(address, error="m").svg_inline(scale=5, omitsize=True, title="QR"))  # noqa: S704 - segno's SVG


async def _page(request: Request, reference: str, session_id: str, *, address: str | None, for_phone: bool) -> Response:
    site = site_of(request)
    frame = frame_of(request)
    link = await site.run(site.store.links.of, session_id)
    code = _qr_code(address) if address else None
    return kept(
        request,
        html(
            pages.later_page(
                frame,
                interview=reference,
                address=address,
                code=code,
                for_phone=for_phone,
                made=time.strftime("%Y-%m-%d %H:%M", time.localtime(link.created)) if link else None,
                until=time.strftime("%Y-%m-%d", time.localtime(link.until)) if link else None,
                has_pin=bool(link and link.has_pin),
            )
        ),
    )


async def resume_page(request: Request) -> Response:
    """GET ``/resume/<token>``: asks before it opens anything."""
    return await _asked(request, _token(request), wrong=False)


async def resume(request: Request) -> Response:
    """POST ``/resume/<token>``: this browser goes on with the answers that the link leads to."""
    site = site_of(request)
    if not is_loopback(request) and (wait := site.posts.take(f"resume {address_of(request)}")):
        raise Refused(429, "You sent a lot at once. Please wait a moment and try again.", retry_after=int(wait) + 1)
    form = await checked_form(request)
    token = _token(request)
    session_id = await site.run(site.store.links.open, token, form.first("pin").strip()[:LONGEST_PIN])
    if session_id is None:
        await site.run(site.store.audit.add, "refused", place=address_of(request), result="link")
        return await _asked(request, token, wrong=True)
    await site.run(site.store.audit.add, "resume", session_id=session_id, place=address_of(request))
    secret = await site.run(site.store.links.secret, token)
    if secret is not None:
        hold({**visitor_of(request).secrets, session_id: secret})
    session = await site.run(site.store.sessions.load, session_id)
    request.state.visitor = visitor_of(request).with_session(session.interview, session_id, secret)
    return kept(request, RedirectResponse(f"{frame_of(request).root}/interview?i={quote(session.interview)}", 303))


def _token(request: Request) -> str:
    token = str(request.path_params["token"])
    if not _TOKEN.fullmatch(token):
        raise Refused(404, "This link does not work any more. Open the form where you began it, and make a new one.")
    return token


async def _asked(request: Request, token: str, *, wrong: bool) -> Response:
    site = site_of(request)
    frame = frame_of(request)
    say = say_in(frame.language)
    link = await site.run(site.store.links.find, token)
    if link is None:
        raise Refused(404, "This link does not work any more. Open the form where you began it, and make a new one.")
    page = pages.message_page(
        frame,
        heading=say("Go on with your form?"),
        paragraphs=[
            say("Your answers are here. They can be seen in this browser after you press Continue."),
            *([say("That PIN is not right.")] if wrong else ()),
        ],
        ways=[
            Way(
                label=say("Continue"),
                url=f"{frame.root}/resume/{token}",
                post=True,
                color="primary",
                hidden=(("_csrf", frame.token),),
                asks=("pin", say("PIN")) if link.has_pin else None,
            )
        ],
    )
    return kept(request, html(page, 403 if wrong else 200))
