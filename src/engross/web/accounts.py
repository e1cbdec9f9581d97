"""Accounts: signing in and out, a person's saved forms, and who may do what. Only with the setting ``accounts``.

Nobody needs one to fill in a form. A sign-in is a cookie of its own that holds a random token; at each sign-in and sign-out that token
and the browser's own secret are new, so that what somebody planted before is worth nothing. Pages say the same whether there is an
account or not, and take as long.
"""

from __future__ import annotations

import datetime
import smtplib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote

import anyio.to_thread
from babel.core import UnknownLocaleError
from babel.dates import format_datetime, get_timezone
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from engross import errors
from engross.delivery import NotDelivered, send_email
from engross.settings import Settings
from engross.store import passwords
from engross.store.outbox import Message
from engross.store.people import ADMIN, LONGEST_EMAIL, Account, plain_email
from engross.store.sessions import SavedSession, new_id
from engross.store.vault import session_hash
from engross.web import cookie, identity, pages
from engross.web.forms import Form
from engross.web.interview import checked_form, kept
from engross.web.site import (
    Refused,
    Site,
    account_of,
    address_of,
    forget_sign_in,
    frame_of,
    html,
    is_loopback,
    log,
    remember_sign_in,
    sign_in_token,
    site_of,
    visitor_of,
)
from engross.web.words import say_in

LINK_SECONDS = 3600
"""How long a link to choose a new password holds."""
INVITATION_SECONDS = 7 * 86400
FIRST_SECONDS = 86400
"""How long the link of the log holds that makes the first administrator."""
AWAY_SECONDS = 600
"""How long somebody may take to sign in at the other server."""
MOST_ROLES = 20


def routes() -> list[Route]:
    """The addresses of accounts."""
    return [
        Route("/account", page, methods=["GET"]),
        Route("/account/sign-in", sign_in_page, methods=["GET"]),
        Route("/account/sign-in", sign_in, methods=["POST"]),
        Route("/account/sign-out", sign_out, methods=["POST"]),
        Route("/account/elsewhere", sign_out_elsewhere, methods=["POST"]),
        Route("/account/open", open_saved, methods=["POST"]),
        Route("/account/keep", keep_here, methods=["POST"]),
        Route("/account/forget", forget_saved, methods=["POST"]),
        Route("/account/delete", delete, methods=["POST"]),
        Route("/account/link", link_page, methods=["GET"]),
        Route("/account/link", send_link, methods=["POST"]),
        Route("/account/password/{token}", password_page, methods=["GET"]),
        Route("/account/password/{token}", choose_password, methods=["POST"]),
        Route("/account/with", go_elsewhere, methods=["POST"]),
        Route("/account/with/return", come_back, methods=["GET"]),
        Route("/people", people_page, methods=["GET"]),
        Route("/people/invite", invite, methods=["POST"]),
        Route("/people/change", change, methods=["POST"]),
    ]


def prepare(site: Site) -> None:
    """Look at the settings, and make what accounts need. Raises OperatorError."""
    if not site.settings.accounts:
        return
    if "local" in site.settings.accounts:
        passwords.nobodys_hash()
    if "oidc" in site.settings.accounts:
        site.identities = identity.Provider(site.settings)
    site.store.people.prepare()


def say_first_link(site: Site) -> None:
    """Say in the log, once at a start, the link that makes the first administrator; nothing when there is one. There is no password
    that somebody could forget to change."""
    if "local" in site.settings.accounts and not site.store.people.has_admin():
        token = site.store.people.ticket("", seconds=FIRST_SECONDS, roles=[ADMIN])
        log.info("first administrator, once", link=f"{address_of_site(site.settings)}/account/password/{token}")


def invitation(store: Any, settings: Settings, email: str, roles: Iterable[str]) -> str:
    """A link with which somebody chooses a password. Raises OperatorError."""
    if "local" not in settings.accounts:
        raise errors.OperatorError('Nobody can sign in with a password here: put "local" into the setting `accounts`.')
    plain = plain_email(email)
    if plain is None:
        raise errors.OperatorError(f"{email!r} is not an e-mail address.")
    store.people.prepare()
    token = store.people.ticket(plain, seconds=INVITATION_SECONDS, roles=roles)
    store.audit.add("account", who="operator", result="invited")
    return f"{address_of_site(settings)}/account/password/{token}"


# ------------------------------------------------------------------------------------------------------------ signing in


async def sign_in_page(request: Request) -> Response:
    """GET ``/account/sign-in``: the ways to sign in."""
    site = _open_site(request)
    if await account_of(request) is not None:
        return RedirectResponse(await _way_on(request, request.query_params.get("i", "")), 303)
    return kept(request, html(_sign_in_html(request, site, reference=request.query_params.get("i", ""))))


async def sign_in(request: Request) -> Response:
    """POST ``/account/sign-in``: with an e-mail address and a password. Tries are counted for each address, known or not."""
    form = await checked_form(request)
    site = _open_site(request, "local")
    email, password, reference = form.first("email")[: 2 * LONGEST_EMAIL], form.first("password"), form.first("_i")
    _slow_down(request, site)
    if wait := await site.run(site.store.people.try_now, email):
        await _note(request, "refused", result="too many tries")
        raise Refused(429, "There were too many tries. Please wait 15 minutes.", retry_after=int(wait) + 1)
    account: Account | None = await site.run(site.store.people.by_email, email)
    known = account.password if account is not None and account.active else None
    is_right = await _in_turn(site, passwords.is_right, password, known)
    if account is None or not is_right:
        await _note(request, "refused", result="password")
        return kept(request, html(_sign_in_html(request, site, reference=reference, email=email, wrong=True), 422))
    await site.run(site.store.people.forget_tries, email)
    if known and passwords.is_old(known):
        await site.run(site.store.people.with_password, email, await _in_turn(site, passwords.make_hash, password))
    return await _enter(request, account, reference)


async def sign_out(request: Request) -> Response:
    """POST ``/account/sign-out``: this browser forgets the person and the person's forms; the answers stay in the account."""
    await checked_form(request)
    site = _open_site(request)
    account = await account_of(request)
    await site.run(site.store.people.sign_out, sign_in_token(request))
    if account is not None:
        await _leave_sessions(request, account)
    request.state.visitor = replace(visitor_of(request), browser=cookie.new_visitor().browser)
    frame = frame_of(request)
    say = say_in(frame.language)
    page = pages.message_page(
        frame,
        heading=say("You are signed out"),
        paragraphs=[say("Your saved forms are in your account. You can close this page.")],
        ways=[pages.Way(label=say("Sign in again"), url=f"{frame.root}/account/sign-in")],
    )
    response = html(page)
    forget_sign_in(request, response)
    return kept(request, response)


async def sign_out_elsewhere(request: Request) -> Response:
    """POST ``/account/elsewhere``: every other browser is signed out."""
    await checked_form(request)
    site = _open_site(request)
    account = await _signed_in(request)
    await site.run(site.store.people.sign_out_elsewhere, account.id, sign_in_token(request))
    return _back(request)


async def _enter(request: Request, account: Account, reference: str) -> Response:
    """Sign a browser in: with a new token and a new secret of its own, and without the forms of whoever was signed in before."""
    site = site_of(request)
    before = await account_of(request)
    if before is not None:
        await site.run(site.store.people.sign_out, sign_in_token(request))
        if before.id != account.id:
            await _leave_sessions(request, before)
    seconds = site.settings.sign_in_hours * 3600
    token = await site.run(site.store.people.sign_in, account.id, seconds=seconds)
    request.state.visitor = replace(visitor_of(request), browser=cookie.new_visitor().browser)
    await _note(request, "sign-in", who=str(account.id))
    response = RedirectResponse(await _way_on(request, reference), 303)
    remember_sign_in(request, response, token, round(seconds))
    return kept(request, response)


async def _leave_sessions(request: Request, account: Account) -> None:
    """This browser does not hold the person's forms any more."""
    site = site_of(request)
    visitor = visitor_of(request)
    owners = await site.run(site.store.sessions.owners, list(visitor.sessions.values()))
    left = {name: one for name, one in visitor.sessions.items() if owners.get(one) != account.id}
    request.state.visitor = replace(visitor, sessions=left)


async def _way_on(request: Request, reference: str) -> str:
    """The form that somebody wanted before signing in, or the list of saved ones. Only a form that is served: no other address."""
    site = site_of(request)
    root = frame_of(request).root
    if reference:
        try:
            return f"{root}/interview?i={quote(await site.run(site.interviews.resolve, reference))}"
        except errors.SourceError:
            pass
    return f"{root}/account"


def _sign_in_html(request: Request, site: Site, *, reference: str, email: str = "", wrong: bool = False) -> str:
    ways = site.settings.accounts
    return pages.account_page(
        frame_of(request),
        "sign_in.html",
        title="Sign in",
        reference=reference,
        email=email,
        wrong=wrong,
        is_local="local" in ways,
        other=site.settings.oidc_name if "oidc" in ways else None,
        sends_links="local" in ways and site.settings.mail != "none",
        is_open=site.settings.accounts_open,
    )


# ------------------------------------------------------------------------------------------------------- at another server


async def go_elsewhere(request: Request) -> Response:
    """POST ``/account/with``: to the other server. By a page, because ``form-action 'self'`` holds for redirects too."""
    form = await checked_form(request)
    site = _open_site(request, "oidc")
    _slow_down(request, site)
    secret = identity.new_secret()
    try:
        address = await _in_turn(site, site.identities.address, secret, _return_address(site))
    except identity.NotIdentified as error:
        return _not_identified(request, error)
    frame = frame_of(request)
    say = say_in(frame.language)
    page = pages.message_page(
        frame,
        heading=say("One moment"),
        paragraphs=[say("You are going to another page now.")],
        ways=[pages.Way(label=say("Continue"), url=address, color="primary")],
    )
    response = html(page, 200, {"refresh": f"0; url={address}"})
    value = f"{secret}.{quote(form.first('_i'), safe='')}"
    response.set_cookie(
        _away_cookie(site), value, max_age=AWAY_SECONDS, secure=site.secure, httponly=True, samesite="lax", path="/"
    )
    return kept(request, response)


async def come_back(request: Request) -> Response:
    """GET ``/account/with/return``: from the other server, with a code or a refusal. Only in the browser that went there."""
    site = _open_site(request, "oidc")
    _slow_down(request, site)
    secret, _, wanted = request.cookies.get(_away_cookie(site), "").partition(".")
    given = request.query_params
    try:
        if not identity.is_state(secret, given.get("state", "")):
            raise identity.NotIdentified("the answer belongs to no sign-in of this browser")
        if not given.get("code"):
            raise identity.NotIdentified("the other server refused")
        who = await _in_turn(site, site.identities.identity, secret, given["code"], _return_address(site))
    except identity.NotIdentified as error:
        await _note(request, "refused", result="oidc")
        return _not_identified(request, error)
    account = await site.run(
        site.store.people.with_identity,
        who.issuer,
        who.subject,
        email=who.email,
        first_name=who.first_name,
        last_name=who.last_name,
        roles=who.roles,
    )
    if not account.active:
        await _note(request, "refused", who=str(account.id), result="closed")
        return _not_identified(request, identity.NotIdentified("the account is closed"))
    response = await _enter(request, account, unquote(wanted))
    response.delete_cookie(_away_cookie(site), path="/", secure=site.secure, httponly=True, samesite="lax")
    return response


def _not_identified(request: Request, error: identity.NotIdentified) -> Response:
    log.warning("sign-in elsewhere failed", cause=str(error))
    frame = frame_of(request)
    say = say_in(frame.language)
    page = pages.message_page(
        frame,
        heading=say("You are not signed in"),
        paragraphs=[say("The other page did not tell us who you are. You can try again.")],
        ways=[pages.Way(label=say("Sign in"), url=f"{frame.root}/account/sign-in", color="primary")],
    )
    return kept(request, html(page, 403))


def _return_address(site: Site) -> str:
    return f"{address_of_site(site.settings)}/account/with/return"


def _away_cookie(site: Site) -> str:
    return f"{cookie.cookie_name(secure=site.secure)}-away"


# ------------------------------------------------------------------------------------------------------------- passwords


async def link_page(request: Request) -> Response:
    """GET ``/account/link``: a forgotten password, or a new account where anybody may make one."""
    site = _open_site(request, "local")
    return kept(request, html(_link_html(request, site, sent=False)))


async def send_link(request: Request) -> Response:
    """POST ``/account/link``: a link goes to the address. The page says the same, and at once, whether there is an account or not."""
    form = await checked_form(request)
    site = _open_site(request, "local")
    _slow_down(request, site)
    email = plain_email(form.first("email"))
    told = BackgroundTask(site.run, _send_link, site, email, visitor_of(request).language or site.settings.language) if email else None
    if email and site.letters.take(email):
        told = None  # enough letters for this hour
    response = html(_link_html(request, site, sent=True))
    response.background = told
    return kept(request, response)


def _send_link(site: Site, email: str, language: str) -> None:
    account = site.store.people.by_email(email)
    if (account is None and not site.settings.accounts_open) or (account is not None and not account.active):
        return
    token = site.store.people.ticket(email, seconds=LINK_SECONDS)
    _send_letter(site, email, language, f"{address_of_site(site.settings)}/account/password/{token}")


def _send_letter(site: Site, email: str, language: str, link: str) -> bool:
    """An e-mail with a link; whether it left."""
    say = say_in(language)
    body = "\n\n".join((say("Choose your password with this link:"), link, say("If you did not ask for this, you need not do anything.")))
    payload = {"to": [email], "subject": say("Your link to choose a password"), "body": body}
    message = Message(id=f"account-{new_id()}", session_id="", kind="email", payload=payload, attempt=1)
    try:
        send_email(site.store, message)
    except (NotDelivered, OSError, smtplib.SMTPException) as error:
        log.error("letter with a link was not sent", kind=type(error).__name__)
        return False
    return site.settings.mail != "none"


def _link_html(request: Request, site: Site, *, sent: bool) -> str:
    is_open = site.settings.accounts_open
    return pages.account_page(frame_of(request), "account_link.html", title="Get a link", sent=sent, is_open=is_open)


async def password_page(request: Request) -> Response:
    """GET ``/account/password/<token>``: choose one. Looking uses nothing up."""
    site = _open_site(request, "local")
    ticket = await site.run(site.store.people.ticket_of, request.path_params["token"])
    if ticket is None:
        raise Refused(404, "This link does not work any more. Please ask for a new one.")
    return kept(request, html(_password_html(request, email=ticket.email, asks_email=not ticket.email)))


async def choose_password(request: Request) -> Response:
    """POST ``/account/password/<token>``: the link is used, the password kept, and every other sign-in of the account ends."""
    form = await checked_form(request)
    site = _open_site(request, "local")
    _slow_down(request, site)
    token = request.path_params["token"]
    ticket = await site.run(site.store.people.ticket_of, token)
    if ticket is None:
        raise Refused(404, "This link does not work any more. Please ask for a new one.")
    email = ticket.email or form.first("email")
    password = form.first("password")
    wrong = passwords.trouble_with(password, email) if plain_email(email) else "Please type an e-mail address, such as ann@example.org."
    if wrong:
        page = _password_html(request, email=email, asks_email=not ticket.email, wrong=wrong)
        return kept(request, html(page, 422))
    hashed = await _in_turn(site, passwords.make_hash, password)
    if await site.run(site.store.people.take_ticket, token) is None:  # somebody else was faster
        raise Refused(404, "This link does not work any more. Please ask for a new one.")
    account = await site.run(site.store.people.with_password, email, hashed, roles=ticket.roles)
    await site.run(site.store.people.forget_tries, email)
    await _note(request, "account", who=str(account.id), result="password")
    if not account.active:
        raise Refused(403, "This account is closed.")
    return await _enter(request, account, "")


def _password_html(request: Request, *, email: str, asks_email: bool, wrong: str = "") -> str:
    frame = frame_of(request)
    return pages.account_page(
        frame,
        "account_password.html",
        title="Choose a password",
        email=email,
        asks_email=asks_email,
        wrong=say_in(frame.language)(wrong) if wrong else "",
        token_path=request.path_params["token"],
    )


# ----------------------------------------------------------------------------------------------------------- saved forms


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedForm:
    """A form of the person, as the page tells it."""

    handle: str
    """Names it on this page; not the session's id, which is its key."""
    title: str
    subtitle: str
    """What tells it from the others, in the interview's words (``set_parts``); empty where it says nothing."""
    started: str
    touched: str


async def page(request: Request) -> Response:
    """GET ``/account``: the person's saved forms, and those of this browser that belong to nobody."""
    site = _open_site(request)
    account = await account_of(request)
    if account is None:
        return RedirectResponse(f"{frame_of(request).root}/account/sign-in", 303)
    frame = frame_of(request)
    saved = await site.run(site.store.sessions.of_person, account.id)
    held = visitor_of(request).sessions
    owners = await site.run(site.store.sessions.owners, list(held.values()))
    loose = [(name, await _title(site, name)) for name, one in held.items() if one in owners and owners[one] is None]
    served = await site.run(site.interviews.served)
    content = pages.account_page(
        frame,
        "account.html",
        title="My forms",
        account=account,
        saved=[await _saved_form(site, one, frame.language) for one in saved],
        loose=loose,
        served=served,
        is_admin=ADMIN in account.roles,
    )
    return kept(request, html(content))


async def open_saved(request: Request) -> Response:
    """POST ``/account/open``: go on with a saved form in this browser."""
    form = await checked_form(request)
    _open_site(request)
    account = await _signed_in(request)
    chosen = await _chosen(request, form, account)
    await _note(request, "resume", session_id=chosen.id, who=str(account.id))
    request.state.visitor = visitor_of(request).with_session(chosen.interview, chosen.id)
    return kept(request, RedirectResponse(f"{frame_of(request).root}/interview?i={quote(chosen.interview)}", 303))


async def keep_here(request: Request) -> Response:
    """POST ``/account/keep``: a form that this browser holds and that belongs to nobody goes into the account."""
    form = await checked_form(request)
    site = _open_site(request)
    account = await _signed_in(request)
    session_id = visitor_of(request).sessions.get(form.first("_i"))
    if session_id is not None and await site.run(site.store.sessions.give, session_id, account.id):
        await _note(request, "account", session_id=session_id, who=str(account.id), result="kept")
    return _back(request)


async def forget_saved(request: Request) -> Response:
    """POST ``/account/forget``: a saved form is destroyed."""
    form = await checked_form(request)
    site = _open_site(request)
    chosen = await _chosen(request, form, await _signed_in(request))
    await site.run(site.visits.delete, chosen.id)
    if visitor_of(request).sessions.get(chosen.interview) == chosen.id:
        request.state.visitor = visitor_of(request).without_session(chosen.interview)
    return _back(request)


async def delete(request: Request) -> Response:
    """POST ``/account/delete``: the account and all its forms are destroyed."""
    await checked_form(request)
    site = _open_site(request)
    account = await _signed_in(request)
    await _leave_sessions(request, account)
    for one in await site.run(site.store.sessions.of_person, account.id):
        await site.run(site.visits.delete, one.id)
    await site.run(site.store.people.delete, account.id)
    await _note(request, "account", who=str(account.id), result="deleted")
    frame = frame_of(request)
    say = say_in(frame.language)
    gone = pages.message_page(frame, heading=say("Goodbye"), paragraphs=[say("Your account and all its forms are deleted."), say("You can close this page.")])
    response = html(gone)
    forget_sign_in(request, response)
    return kept(request, response)


async def _chosen(request: Request, form: Form, account: Account) -> SavedSession:
    """The saved form that is meant, of this person's own only. Raises Refused."""
    site = site_of(request)
    wanted = form.first("handle")
    saved: list[SavedSession] = await site.run(site.store.sessions.of_person, account.id)
    for one in saved:
        if session_hash(one.id) == wanted:
            return one
    raise Refused(404, "We could not find that form. It may have been deleted.")


async def _saved_form(site: Site, one: SavedSession, language: str) -> SavedForm:
    return SavedForm(
        handle=session_hash(one.id),
        title=await _title(site, one.interview),
        subtitle=await site.run(site.visits.subtitle, one.id),
        started=_moment(site, one.created, language),
        touched=_moment(site, one.touched, language),
    )


async def _title(site: Site, reference: str) -> str:
    try:
        metadata = (await site.run(site.interviews.get, reference)).metadata
    except errors.AuthorError:
        metadata = {}
    return str(metadata.get("title") or reference.rpartition("/")[2].removesuffix(".yml").replace("_", " ").capitalize())


def _moment(site: Site, seconds: float, language: str) -> str:
    """Day and time in the site's time zone and the visitor's language."""
    zone = get_timezone(site.settings.timezone)
    moment = datetime.datetime.fromtimestamp(seconds, zone)
    try:
        return format_datetime(moment, "d MMMM y, " + ("h:mm a" if language == "en" else "HH:mm"), tzinfo=zone, locale=language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return moment.strftime("%Y-%m-%d %H:%M")


# ---------------------------------------------------------------------------------------------------------------- people


async def people_page(request: Request) -> Response:
    """GET ``/people``: the accounts, for an administrator. In English, as the operator's page."""
    site = _open_site(request)
    await _admin(request)
    return kept(request, html(await _people_html(request, site)))


async def invite(request: Request) -> Response:
    """POST ``/people/invite``: a link for one address, shown once and sent by e-mail."""
    form = await checked_form(request)
    site = _open_site(request, "local")
    me = await _admin(request)
    email = plain_email(form.first("email"))
    if email is None:
        raise Refused(422, "Please type an e-mail address, such as ann@example.org.")
    token = await site.run(site.store.people.ticket, email, seconds=INVITATION_SECONDS, roles=_roles(form))
    link = f"{address_of_site(site.settings)}/account/password/{token}"
    sent = await site.run(_send_letter, site, email, site.settings.language, link)
    await _note(request, "account", who=str(me.id), result="invited")
    return kept(request, html(await _people_html(request, site, link=link, sent_to=email if sent else "")))


async def change(request: Request) -> Response:
    """POST ``/people/change``: roles of an account, or whether it is open. Not one's own, so that an administrator is left."""
    form = await checked_form(request)
    site = _open_site(request)
    me = await _admin(request)
    number = form.first("person")
    if not number.isascii() or not number.isdigit() or len(number) > 18 or int(number) == me.id:
        raise Refused(400, "You cannot change your own account here.")
    changed = await site.run(site.store.people.change, int(number), roles=_roles(form), active=form.first("open") == "1")
    if changed is None:
        raise Refused(404, "There is no such account.")
    await _note(request, "account", who=str(me.id), result=f"changed {changed.id}")
    return RedirectResponse(f"{frame_of(request).root}/people", 303)


def _roles(form: Form) -> list[str]:
    """The roles of a comma list."""
    return [one.strip()[:64] for one in form.first("roles").split(",") if one.strip()][:MOST_ROLES]


async def _people_html(request: Request, site: Site, *, link: str = "", sent_to: str = "") -> str:
    accounts = await site.run(site.store.people.all)
    me = await _admin(request)
    return pages.account_page(
        frame_of(request),
        "people.html",
        title="People",
        accounts=[(one, _moment(site, one.seen, "en") if one.seen else "never") for one in accounts],
        me=me.id,
        is_local="local" in site.settings.accounts,
        link=link,
        sent_to=sent_to,
    )


async def _admin(request: Request) -> Account:
    """The administrator who asks. Raises Refused with 404: others need not know that there is such a page."""
    account = await account_of(request)
    if account is None or ADMIN not in account.roles:
        raise Refused(404, "This page is not here.")
    return account


# ----------------------------------------------------------------------------------------------------------------- parts


def _open_site(request: Request, way: str | None = None) -> Site:
    """The site, if it has accounts, and *way* among its ways to sign in. Raises Refused with 404."""
    site = site_of(request)
    if not site.settings.accounts or (way is not None and way not in site.settings.accounts):
        raise Refused(404, "This page is not here.")
    return site


async def _signed_in(request: Request) -> Account:
    """Who is signed in. Raises Refused."""
    account = await account_of(request)
    if account is None:
        raise Refused(403, "Please sign in first.")
    return account


def _slow_down(request: Request, site: Site) -> None:
    """Raises Refused when one address tries too much, whatever it tries."""
    if not is_loopback(request) and (wait := site.sign_ins.take(address_of(request))):
        raise Refused(429, "You sent a lot at once. Please wait a moment and try again.", retry_after=int(wait) + 1)


async def _in_turn(site: Site, function: Any, *arguments: Any) -> Any:
    """What takes much memory or waits for another server: only a few at a time, so that forms go on meanwhile."""
    return await anyio.to_thread.run_sync(lambda: function(*arguments), limiter=site.slow_threads)


async def _note(request: Request, what: str, **more: Any) -> None:
    await site_of(request).run(site_of(request).store.audit.add, what, place=address_of(request), **more)


def _back(request: Request) -> Response:
    return kept(request, RedirectResponse(f"{frame_of(request).root}/account", 303))


def address_of_site(settings: Settings) -> str:
    """What links in letters begin with: as set, never as a request says, which could name a host of its sender's."""
    return f"{(settings.url or f'http://{settings.host}:{settings.port}').rstrip('/')}{settings.root_path.rstrip('/')}"
