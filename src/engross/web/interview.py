"""The interview itself: show a screen, take its answers, go back, act, leave.

Each endpoint finds the visitor's session, has ``visit`` do the work in a thread, and answers with the page of what it shows. A
post is answered with the next page itself, not with a redirect: one pass over the interview in place of two, and messages that
code put on the screen are not lost. The script sets the address to the interview's, so a reload asks again instead of sending again.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from engross import errors
from engross.catalogue import same_interview
from engross.engine.screen import to_data
from engross.store.keys import hold, new_secret
from engross.store.people import Account
from engross.store.vault import session_hash
from engross.web import cookie, pages
from engross.web.cookie import Visitor
from engross.web.files import send_file
from engross.web.forms import Form, is_writable, read_form
from engross.web.guard import is_same_origin, may_change
from engross.web.look import error_help, look_of, wants_whole_window
from engross.web.marks import FilesOfScreen
from engross.web.numbers import SCREENS, SECONDS
from engross.web.pages import Insight, Way
from engross.web.site import (
    Refused,
    Site,
    account_of,
    address_of,
    be_there,
    causes_of,
    frame_of,
    has_cookie,
    html,
    is_loopback,
    log,
    refuse,
    remember,
    site_of,
    slow_down,
    trouble_page,
    visitor_of,
)
from engross.web.words import is_language, say_in

OWN_ARGUMENTS = {"i", "action", "session", "reset", "new_session", "cache", "json", "from_list", "lang", "js_target"}
"""Arguments of the address that are ours or docassemble's; all others are the interview's (``url_args``)."""

OWN_FIELDS = {"_csrf", "csrf_token", "_i", "_screen", "_want", "ajax", "_varnames", "_question_name", "_action", "_changed"}
"""Fields of a form that are ours."""


async def first_page(request: Request) -> Response:
    """``/``: the only interview, or the list of them."""
    site = site_of(request)
    served = await site.run(site.interviews.served)
    if len(served) == 1:
        frame = frame_of(request)
        return RedirectResponse(f"{frame.root}/interview?i={quote(served[0].reference)}", 303)
    return kept(request, html(pages.listing_page(frame_of(request), served)))


async def show(request: Request) -> Response:
    """GET ``/interview``: start or go on."""
    site = site_of(request)
    if request.method == "HEAD" or "prefetch" in request.headers.get("sec-purpose", ""):
        return Response(status_code=204)  # nobody looks yet, so nothing starts
    reference = await _reference(request, request.query_params.get("i"))
    if request.headers.get("sec-fetch-dest") in ("iframe", "frame", "embed", "object"):
        on_telephone = "mobi" in request.headers.get("user-agent", "").lower()
        if wants_whole_window(await _interview(site, reference), on_telephone=on_telephone):
            return html(_way_out_of_frame(request))
    visitor = visitor_of(request)
    session_id = visitor.sessions.get(reference)
    if (saved := await _own_saved(request, reference)) is not None:
        visitor, session_id = visitor.with_session(reference, saved), saved
        request.state.visitor = visitor
    elif await site.run(_invited_to, site, request.query_params.get("session", ""), reference) not in (None, session_id):
        return kept(request, _invitation_page(request, reference))
    elif session_id and _wants_fresh(request):
        if _is_led_from_elsewhere(request):
            return kept(request, _choice_page(request, reference))
        visitor, session_id = visitor.without_session(reference), None
    if session_id is None:
        return await _start(request, reference, visitor)
    if action := request.query_params.get("action"):
        return await _act_by_link(request, reference, session_id, action)
    return await _answer(request, reference, site.visits.show, session_id)


async def _own_saved(request: Request, reference: str) -> str | None:
    """The session that the address names (``interview_url(session=…)``), if it is one of this form that who is signed in has saved."""
    wanted = request.query_params.get("session", "")
    account = await account_of(request) if wanted else None
    if account is None:
        return None
    site = site_of(request)
    saved = await site.run(site.store.sessions.of_person, account.id)
    return next((one.id for one in saved if one.id == wanted and same_interview(one.interview, reference)), None)


def _invited_to(site: Site, token: str, reference: str) -> str | None:
    """The session of this form that an invitation (``interview_url()``) leads to, if it takes guests; None when it leads nowhere."""
    invitation = site.store.invitations.read(token) if token else None
    return site.visits.open_to_guests(invitation, reference) if invitation is not None else None


def _invitation_page(request: Request, reference: str) -> Response:
    """Asks before it opens anything: programs that look at links in messages must not come in."""
    frame = frame_of(request)
    say = say_in(frame.language)
    named = [("_csrf", frame.token), ("_i", reference), ("_session", request.query_params["session"])]
    action = request.query_params.get("action")
    page = pages.message_page(
        frame,
        heading=say("Go on with this form?"),
        paragraphs=[say("Somebody asked you to answer a part of this form. After you press Continue, this browser is in that form.")],
        ways=[
            Way(
                label=say("Continue"),
                url=f"{frame.root}/interview/join",
                post=True,
                color="primary",
                hidden=(*named, *([("_action", action)] if action else ())),
            )
        ],
    )
    return html(page)


async def join(request: Request) -> Response:
    """POST ``/interview/join``: this browser becomes a guest of the session that an invitation leads to."""
    site = site_of(request)
    form = await checked_form(request)
    slow_down(request, f"join {address_of(request)}", at_place=False)
    reference = await _reference(request, form.first("_i"))
    session_id = await site.run(_invited_to, site, form.first("_session"), reference)
    if session_id is None:
        await site.run(site.store.audit.add, "refused", place=address_of(request), result="invitation")
        raise Refused(404, "This link does not work any more. Please ask for a new one.")
    await site.run(site.store.audit.add, "resume", session_id=session_id, who="guest", place=address_of(request))
    request.state.visitor = visitor_of(request).with_session(reference, session_id, as_guest=True)
    be_there(request, request.state.visitor)
    if action := form.first("_action"):
        return await _answer(request, reference, site.visits.act, session_id, *decode_action(action, site.settings.json_depth))
    return kept(request, RedirectResponse(f"{frame_of(request).root}/interview?i={quote(reference)}", 303))


async def submit(request: Request) -> Response:
    """POST ``/interview``: take the answers of a screen."""
    site = site_of(request)
    form = await checked_form(request)
    reference, session_id = session_of(request, form)
    if form.first("ajax") == "1" or not form.first("_screen"):
        return await _answer(request, reference, site.visits.show, session_id)
    texts = {name: values for name, values in form.texts.items() if name not in OWN_FIELDS}
    if form.first("_want") == "json":
        return await _take_by_script(request, reference, session_id, form, texts)
    return await _answer(request, reference, site.visits.submit, session_id, form.first("_screen"), texts, form.uploads)


async def _take_by_script(request: Request, reference: str, session_id: str, form: Form, texts: Mapping[str, list[str]]) -> Response:
    """An answer that our script sends, because it shows the progress of uploads: where to go, or what is wrong."""
    site = site_of(request)
    try:
        shown = await site.run(site.visits.submit, session_id, form.first("_screen"), texts, form.uploads)
    except errors.VisitorError as error:
        return JSONResponse({"message": str(error)}, 400)
    except Exception as error:  # noqa: BLE001 - the page that is asked for next tells it, calmly
        log.error("answer failed", interview=reference, **causes_of(error))
        shown = None
    if shown is not None and shown.errors:
        return JSONResponse({"errors": dict(shown.errors)}, 422)
    return JSONResponse({"go": f"{frame_of(request).root}/interview?i={quote(reference)}"})


async def back(request: Request) -> Response:
    """POST ``/interview/back``: the step before."""
    form = await checked_form(request)
    reference, session_id = session_of(request, form)
    return await _answer(request, reference, site_of(request).visits.back, session_id, form.first("_screen"))


async def act(request: Request) -> Response:
    """POST ``/interview/action``: what a button or an interview's script asks for."""
    form = await checked_form(request)
    reference, session_id = session_of(request, form)
    action, arguments = decode_action(form.first("_action"), site_of(request).settings.json_depth)
    if form.first("_want") == "json":
        return await _answer_script(request, reference, session_id, action, arguments)
    return await _answer(request, reference, site_of(request).visits.act, session_id, action, arguments)


async def look_up(request: Request) -> Response:
    """POST ``/interview/lookup``: the choices of a field for what is typed so far (``input type: ajax``), for our script."""
    form = await checked_form(request)
    reference, session_id = session_of(request, form)
    site = site_of(request)
    if not is_writable(form.first("_text")):
        raise Refused(400, "We could not read what your browser sent.")
    try:
        found = await site.run(site.visits.look_up, session_id, form.first("_screen"), form.first("_field"), form.first("_text"))
    except errors.VisitorError as error:
        return JSONResponse({"message": str(error)}, 409)
    except Exception as error:  # noqa: BLE001 - whatever an interview's code raises is told by a code
        log.error("lookup failed", interview=reference, **causes_of(error))
        return JSONResponse({"error": "failed"}, 500)
    return JSONResponse({"choices": [option.label for option in found]}, headers={"cache-control": "no-store"})


async def check_in(request: Request) -> Response:
    """POST ``/interview/checkin``: what stands in a page that is being filled in; what it is to do, for our script."""
    form = await checked_form(request)
    reference, session_id = session_of(request, form)
    site = site_of(request)
    texts = {name: values for name, values in form.texts.items() if name not in OWN_FIELDS}
    if not is_writable(texts):
        raise Refused(400, "We could not read what your browser sent.")
    try:
        commands = await site.run(site.visits.check_in, session_id, form.first("_screen"), texts, form.first("_changed"))
        interview = await _interview(site, reference)
    except errors.VisitorError as error:
        return JSONResponse({"message": str(error)}, 409)
    except Exception as error:  # noqa: BLE001 - whatever an interview's code raises is told by a code
        log.error("check-in failed", interview=reference, **causes_of(error))
        return JSONResponse({"error": "failed"}, 500)
    lookup = FilesOfScreen(
        store=site.store, interviews=site.interviews, interview=interview, session_id=session_id, root=frame_of(request).root
    )
    return JSONResponse({"commands": [pages.command_data(command, lookup) for command in commands]}, headers={"cache-control": "no-store"})


async def restart(request: Request) -> Response:
    """POST ``/interview/restart``: the same interview from its beginning, without the answers."""
    form = await checked_form(request)
    reference, session_id = session_of(request, form)
    site = site_of(request)
    await site.run(site.visits.delete, session_id)
    return await _start(request, reference, visitor_of(request).without_session(reference))


async def delete(request: Request) -> Response:
    """POST ``/interview/delete``: destroy the answers and papers now."""
    form = await checked_form(request)
    reference, session_id = session_of(request, form)
    site = site_of(request)
    await site.run(site.visits.delete, session_id)
    return _goodbye(request, reference, deleted=True)


async def variables(request: Request) -> Response:
    """GET ``/interview/variables``: the visitor's own answers, for the interview's own scripts (``get_interview_variables``)."""
    if not is_same_origin(request):
        raise Refused(403, "This came from another site, so we did nothing.")
    site = site_of(request)
    reference, session_id = session_of(request)
    try:
        told = await site.run(site.visits.variables, session_id)
    except errors.SessionGone as error:
        raise Refused(410, "We could not find your answers in this browser.") from error
    return JSONResponse({"success": True, "i": reference, "encrypted": True, **told})


async def choose_language(request: Request) -> Response:
    """POST ``/interview/language``: the pages, and the interview if it can, in another language."""
    from dataclasses import replace

    form = await checked_form(request)
    reference, session_id = session_of(request, form)
    language = form.first("_language")
    site = site_of(request)
    look = look_of(await _interview(site, reference), reference)
    if language not in look.languages:
        raise Refused(400, "We do not have that language.")
    request.state.visitor = replace(visitor_of(request), language=language)
    if hasattr(site.visits, "set_language"):
        await site.run(site.visits.set_language, session_id, language)
    return await _answer(request, reference, site.visits.show, session_id)


# ------------------------------------------------------------------------------------------------------------ answering


async def _answer(request: Request, reference: str, work: Callable[..., Any], session_id: str, *arguments: Any) -> Response:
    """What *work* shows, as a page; every way in which it can fail has its own page."""
    site = site_of(request)
    try:
        heard = await site.run(site.store.events.newest, session_id)
        with SECONDS.time():
            try:
                shown = await site.run(work, session_id, *arguments)
            except errors.Conflict:
                shown = await site.run(site.visits.show, session_id)
        return await _page_or_response(request, reference, shown, heard)
    except Refused:
        raise
    except errors.SessionGone:
        return _gone(request, reference)
    except errors.FormUpdated as error:
        return refuse(request, 409, str(error), ways=_ways_to_start(request, reference))
    except errors.SessionLocked as error:
        return refuse(request, 403, str(error), ways=_ways_to_start(request, reference))
    except errors.NotPermitted as error:
        return await _not_permitted(request, reference, error)
    except errors.VisitorError as error:
        return refuse(request, 400, str(error), ways=_ways_on(request, reference))
    except Exception as error:  # noqa: BLE001 - whatever an interview's code raises becomes a calm page
        return await _trouble(request, error, reference)


async def _not_permitted(request: Request, reference: str, error: errors.NotPermitted) -> Response:
    """The form is for some people only: who is not signed in may do so; everybody else is told."""
    site = site_of(request)
    frame = frame_of(request)
    if site.settings.accounts and await account_of(request) is None:
        return kept(request, RedirectResponse(f"{frame.root}/account/sign-in?i={quote(reference)}", 303))
    if not site.settings.accounts:
        log.warning("interview requires privileges, but nobody can sign in: see the setting `accounts`", interview=reference)
    return refuse(request, 403, str(error))


async def _trouble(request: Request, error: Exception, reference: str) -> Response:
    """The page for an error that is not the visitor's, with the papers that he has already."""
    site = site_of(request)
    frame = frame_of(request)
    session_id = visitor_of(request).sessions.get(reference)
    papers: list[tuple[str, str]] = []
    if session_id is not None:
        with suppress(errors.EngrossError):
            made = await site.run(site.store.files.results.named, session_id)
            papers = [(file.name, f"{frame.root}/files/{file.id}") for file in made]
    said = error_help(await _interview(site, reference), frame.language)
    return trouble_page(request, error, interview=reference, papers=papers, said=said)


async def _page_or_response(request: Request, reference: str, shown: Any, heard: int = 0) -> Response:
    """*heard*: the number of the session's last event before the screen was made; the open page hears those that follow."""
    site = site_of(request)
    screen = shown.screen
    session_id = shown.session_id or visitor_of(request).sessions.get(reference, "")
    visitor = visitor_of(request).with_session(reference, session_id)
    request.state.visitor = visitor
    if screen.kind in ("restart", "new_session"):
        if screen.kind == "restart":
            await site.run(site.visits.delete, session_id)
        return await _start(request, reference, visitor.without_session(reference))
    if screen.kind in ("exit", "exit_logout"):
        await site.run(site.visits.delete, session_id)
        request.state.visitor = visitor.without_session(reference)
    if screen.response is not None:
        return kept(request, await _send_response(request, session_id, screen.response))
    if screen.kind in ("signin", "register", "interviews", "profile"):
        return _account(request, reference, screen.kind)
    if screen.kind in ("exit", "exit_logout", "leave", "logout"):
        return _goodbye(request, reference, deleted=screen.kind.startswith("exit"))
    return kept(request, await _page(request, reference, shown, heard))


async def _page(request: Request, reference: str, shown: Any, heard: int) -> Response:
    site = site_of(request)
    interview = await _interview(site, reference)
    frame = frame_of(request, language=shown.screen.language)
    look = look_of(interview, reference, frame.root)
    lookup = FilesOfScreen(
        store=site.store, interviews=site.interviews, interview=interview, session_id=shown.session_id, root=frame.root
    )
    insight = await site.run(_insight, site, shown, reference, interview) if site.settings.debug else None
    SCREENS.inc()
    page = await site.run(pages.screen_page, shown, frame, look, interview=reference, insight=insight, lookup=lookup, heard=heard)
    return html(page, 422 if shown.errors else 200)


def _insight(site: Site, shown: Any, reference: str, interview: Any) -> Insight:
    """What the author's panel shows, as far as the visits can tell."""
    explain = getattr(site.visits, "explain", None)
    told: Mapping[str, Any] = explain(shown.session_id) if explain is not None else {}
    mistake = site.interviews.mistake(reference)
    return Insight(
        why=tuple(map(str, told.get("why", ()))),
        variables=tuple((str(name), str(value)) for name, value in told.get("variables", ())),
        mistake=str(mistake) if mistake is not None else None,
        warnings=tuple(map(str, getattr(interview, "notices", ()))),
    )


async def _send_response(request: Request, session_id: str, told: Any) -> Response:
    """What ``response()`` and its kin send in place of a page."""
    if told.redirect:
        return _away(request, told.redirect)
    if told.file_id:
        return await send_file(request, session_id, told.file_id)
    if told.json is not None:
        return JSONResponse(told.json, told.status)
    kind = told.content_type.split(";")[0].strip().lower()
    content = told.content if told.content is not None else (told.text or "")
    headers = {"content-security-policy": "sandbox; default-src 'none'"} if kind in ("text/html", "image/svg+xml", "text/xml", "application/xhtml+xml") else {}
    return Response(content, told.status, headers=headers, media_type=told.content_type)


_IN_ADDRESSES = ":/%#?=@[]!$&'()*+,;~"
"""What stays as it is in an address that stands in a header."""


def _away(request: Request, address: str) -> Response:
    """Lead to another address. By a page and not by a redirect where a form was sent: the policy ``form-action 'self'`` holds for
    redirects too."""
    frame = frame_of(request)
    parts = urlsplit(address)
    if parts.scheme not in ("", "http", "https", "mailto", "tel") or not address.isprintable():
        raise Refused(400, "This link cannot be opened.")
    address = quote(address, safe=_IN_ADDRESSES)
    if request.method == "GET" or not parts.netloc:
        return RedirectResponse(address, 303)
    say = say_in(frame.language)
    page = pages.message_page(
        frame,
        heading=say("One moment"),
        paragraphs=[say("You are going to another page now.")],
        ways=[Way(label=say("Continue"), url=address, color="primary")],
    )
    return html(page, 200, {"refresh": f"0; url={address}"})


async def _start(request: Request, reference: str, visitor: Visitor) -> Response:
    """A new session."""
    site = site_of(request)
    if not is_loopback(request) and (wait := site.starts.take(address_of(request))):
        raise Refused(429, "Too many forms were started from here. Please try again later.", retry_after=int(wait) + 1)
    request.state.visitor = visitor
    arguments = {name: value for name, value in request.query_params.items() if name not in OWN_ARGUMENTS}
    if not is_writable(arguments):
        raise Refused(400, "This link is damaged.")
    language = request.query_params.get("lang")
    device = {"user_agent": request.headers.get("user-agent", "")[:300], "ip": address_of(request)}
    account = await account_of(request)
    if (unique := await _unique_session(site, reference, account)) is not None:
        request.state.visitor = visitor.with_session(reference, unique)
        return await _answer(request, reference, site.visits.show, unique)
    try:
        secret = new_secret() if is_confidential(await site.run(site.interviews.get, reference)) else None
        shown = await site.run(
            site.visits.start,
            reference,
            secret=secret,
            url_arguments=arguments,
            device=device,
            language=language if is_language(language) else visitor.language,
            person=account.person if account is not None else None,
        )
        if secret is not None:
            request.state.visitor = visitor.with_session(reference, shown.session_id, secret)
            hold(request.state.visitor.secrets)
        return await _page_or_response(request, reference, shown)
    except Refused:
        raise
    except errors.NotPermitted as error:
        return await _not_permitted(request, reference, error)
    except Exception as error:  # noqa: BLE001 - whatever an interview's code raises becomes a calm page
        return await _trouble(request, error, reference)


async def _unique_session(site: Site, reference: str, account: Account | None) -> str | None:
    """The session that who is signed in has of an interview whose ``metadata`` say that ``sessions are unique``: for everybody, or for
    people with one of the roles it lists."""
    interview = await _interview(site, reference)
    said = getattr(interview, "metadata", {}).get("sessions are unique")
    listed = {said} if isinstance(said, str) else set(map(str, said)) if isinstance(said, list) else set()
    if account is None or is_confidential(interview) or not (said is True or listed & set(account.roles)):
        return None
    saved = await site.run(site.store.sessions.of_person, account.id)
    return next((one.id for one in saved if same_interview(one.interview, reference)), None)


async def _act_by_link(request: Request, reference: str, session_id: str, action: str) -> Response:
    """docassemble's ``url_action`` links. Only a page of ours may follow them at once; from anywhere else the visitor is asked
    (docs/decisions/action-links.md)."""
    site = site_of(request)
    name, arguments = decode_action(action, site.settings.json_depth)
    if is_same_origin(request):
        return await _answer(request, reference, site.visits.act, session_id, name, arguments)
    frame = frame_of(request)
    say = say_in(frame.language)
    hidden = (("_csrf", frame.token), ("_i", reference), ("_action", action))
    page = pages.message_page(
        frame,
        heading=say("Go on with your form?"),
        paragraphs=[say("You opened a link that does something in your form.")],
        ways=[
            Way(label=say("Continue"), url=f"{frame.root}/interview/action", post=True, color="primary", hidden=hidden),
            Way(label=say("Only open my form"), url=f"{frame.root}/interview?i={quote(reference)}"),
        ],
    )
    return kept(request, html(page))


async def _answer_script(request: Request, reference: str, session_id: str, action: str, arguments: dict[str, Any]) -> Response:
    """An action that an interview's script called: data, not a page."""
    site = site_of(request)
    try:
        shown = await site.run(site.visits.act, session_id, action, arguments)
    except errors.SessionGone:
        return JSONResponse({"error": "gone"}, 410)
    except Exception as error:  # noqa: BLE001 - whatever an interview's code raises is told by a code
        log.error("action failed", interview=reference, **causes_of(error))
        return JSONResponse({"error": "failed"}, 500)
    if shown.screen.response is not None:
        return await _send_response(request, session_id, shown.screen.response)
    return JSONResponse({"screen_id": shown.screen_id, "screen": to_data(shown.screen)})


# --------------------------------------------------------------------------------------------------------------- finding


async def _reference(request: Request, given: str | None) -> str:
    """The interview that is meant: the one named, else the one of this browser, else the only one."""
    site = site_of(request)
    if given:
        try:
            return await site.run(site.interviews.resolve, given)
        except errors.SourceError as error:
            raise Refused(404, str(error) if site.settings.debug else "We do not have that form.") from error
    visitor = visitor_of(request)
    if visitor.sessions:
        return list(visitor.sessions)[-1]
    served = await site.run(site.interviews.served)
    if len(served) == 1:
        return str(served[0].reference)
    raise Refused(404, "Please choose a form from the list.")


async def checked_form(request: Request) -> Form:
    """The form of a post that may change something. Raises Refused."""
    site = site_of(request)
    if not may_change(request):
        raise Refused(403, "This came from another site, so we did nothing.")
    visitor = visitor_of(request)
    slow_down(request, cookie.name_of(visitor))
    if not has_cookie(request):
        raise Refused(403, "Your form was open for too long, or cookies are off. Nothing was sent.")
    form = await read_form(request, site.settings)
    token = form.first("_csrf") or form.first("csrf_token") or request.headers.get("x-csrf-token", "")
    if not cookie.is_token(visitor, token):
        raise Refused(403, "Your form was open for too long, or cookies are off. Nothing was sent.")
    if (session_id := visitor.sessions.get(_meant(request, form))) is not None:
        slow_down(request, session_hash(session_id), at_place=False)  # a program can be many browsers
    return form


def _meant(request: Request, form: Form | None) -> str:
    """The interview that a request is about: the one it names, else the one of this browser."""
    return (form.first("_i") if form else "") or request.query_params.get("i") or next(reversed(list(visitor_of(request).sessions)), "")


def session_of(request: Request, form: Form | None = None) -> tuple[str, str]:
    """(interview, session id) that the form belongs to. Raises Refused when this browser has none."""
    visitor = visitor_of(request)
    reference = _meant(request, form)
    session_id = visitor.sessions.get(reference)
    if session_id is None:
        raise Refused(410, "We could not find your answers in this browser.")
    return reference, session_id


async def _interview(site: Site, reference: str) -> Any:
    """The loaded interview, or None when it cannot be read (any more)."""
    try:
        return await site.run(site.interviews.get, reference)
    except errors.AuthorError:
        return None


def is_confidential(interview: Any) -> bool:
    """Whether its answers can be opened with the visitor's secret only."""
    return getattr(interview, "metadata", {}).get("confidential") == "strict"


def decode_action(value: str, deepest: int) -> tuple[str, dict[str, Any]]:
    """(action, arguments) of docassemble's base64 JSON. Raises Refused."""
    try:
        content = json.loads(base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4), validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise Refused(400, "This link is damaged.") from error
    if not isinstance(content, dict) or not isinstance(content.get("action"), str) or _depth(content, deepest) > deepest or not is_writable(content):
        raise Refused(400, "This link is damaged.")
    arguments = content.get("arguments") or {}
    if not isinstance(arguments, dict):
        raise Refused(400, "This link is damaged.")
    return content["action"], arguments


def _depth(value: Any, most: int) -> int:
    if most < 0:
        return 1
    match value:
        case dict():
            return 1 + max((_depth(one, most - 1) for one in value.values()), default=0)
        case list():
            return 1 + max((_depth(one, most - 1) for one in value), default=0)
        case _:
            return 0


def _wants_fresh(request: Request) -> bool:
    return any(request.query_params.get(name, "0") not in ("", "0") for name in ("reset", "new_session"))


def _is_led_from_elsewhere(request: Request) -> bool:
    """Whether something other than our page or the visitor's own typing led here."""
    return request.headers.get("sec-fetch-site") not in ("same-origin", None)


# ----------------------------------------------------------------------------------------------------------------- pages


def kept(request: Request, response: Response) -> Response:
    """*response*, with the visitor's cookie."""
    remember(request, response, visitor_of(request))
    return response


def _ways_on(request: Request, reference: str) -> list[Way]:
    frame = frame_of(request)
    return [Way(label=say_in(frame.language)("Go back to the form"), url=f"{frame.root}/interview?i={quote(reference)}", color="primary")]


def _ways_to_start(request: Request, reference: str) -> list[Way]:
    """Into a new session; the one before stays for the browser that can open it."""
    frame = frame_of(request)
    return [Way(label=say_in(frame.language)("Start again"), url=f"{frame.root}/interview?i={quote(reference)}&new_session=1")]


def _gone(request: Request, reference: str) -> Response:
    """The session was deleted, here or by its age."""
    request.state.visitor = visitor_of(request).without_session(reference)
    frame = frame_of(request)
    say = say_in(frame.language)
    return kept(
        request,
        refuse(
            request,
            410,
            "Your answers were deleted, because you asked for it or because they were here for a long time.",
            ways=[Way(label=say("Start again"), url=f"{frame.root}/interview?i={quote(reference)}", color="primary")],
        ),
    )


def _account(request: Request, reference: str, wanted: str) -> Response:
    """Where a form leads who wants to sign in or to see saved forms. Without accounts, that nobody needs one."""
    frame = frame_of(request)
    if site_of(request).settings.accounts:
        page = f"/account/sign-in?i={quote(reference)}" if wanted in ("signin", "register") else "/account"
        return kept(request, RedirectResponse(frame.root + page, 303))
    say = say_in(frame.language)
    content = pages.message_page(
        frame,
        heading=say("You do not need an account"),
        paragraphs=[say("Your answers are saved in this browser."), say("You can close this page and come back later.")],
        ways=[Way(label=say("Go back to the form"), url=f"{frame.root}/interview?i={quote(reference)}", color="primary")],
    )
    return kept(request, html(content))


def _goodbye(request: Request, reference: str, *, deleted: bool) -> Response:
    frame = frame_of(request)
    say = say_in(frame.language)
    if deleted:
        request.state.visitor = visitor_of(request).without_session(reference)
        said = [say("Your answers and papers are deleted."), say("You can close this page.")]
        again = say("Start again")
    else:
        said = [say("Your answers are saved in this browser."), say("You can close this page and come back later.")]
        again = say("Go back to the form")
    page = pages.message_page(
        frame, heading=say("Goodbye"), paragraphs=said, ways=[Way(label=again, url=f"{frame.root}/interview?i={quote(reference)}")]
    )
    return kept(request, html(page))


def _way_out_of_frame(request: Request) -> str:
    """A page in a frame that only leads to the whole window, where the interview begins (``go full screen``)."""
    frame = frame_of(request)
    say = say_in(frame.language)
    address = f"{frame.root}/interview?{request.url.query}"
    return pages.message_page(
        frame,
        heading=say("This form opens in a window of its own"),
        paragraphs=[],
        ways=[Way(label=say("Open the form"), url=address, color="primary", whole_window=True)],
    )


def _choice_page(request: Request, reference: str) -> Response:
    """A link from elsewhere asks for a new start, but there are answers: the visitor chooses."""
    frame = frame_of(request)
    say = say_in(frame.language)
    hidden = (("_csrf", frame.token), ("_i", reference))
    page = pages.message_page(
        frame,
        heading=say("You have already started this form"),
        paragraphs=[say("You can go on where you stopped, or start again. If you start again, your answers are deleted.")],
        ways=[
            Way(label=say("Go on where I stopped"), url=f"{frame.root}/interview?i={quote(reference)}", color="primary"),
            Way(label=say("Start again"), url=f"{frame.root}/interview/restart", post=True, hidden=hidden),
        ],
    )
    return html(page)
