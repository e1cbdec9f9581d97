"""Delivery: sends what the outbox holds, as e-mail or as a web request.

Apart from ``store.outbox``, which keeps messages, because this one talks to other servers. A message is a table:

* ``kind: email``: ``to cc bcc`` (lists), ``subject``, ``body`` (text), ``html``, ``sender``, ``reply_to``, ``attachments``
  (``{file_id, name}`` of the same session)
* ``kind: webhook``: ``url``, ``method``, ``headers``, ``json`` or ``data`` (text)

With the setting ``mail = "folder"`` each e-mail becomes an ``.eml`` file in the data folder's ``outbox``.
"""

from __future__ import annotations

import email.utils
import json
import mimetypes
import smtplib
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from engross.errors import EngrossError, SessionGone
from engross.settings import Settings
from engross.store import Store
from engross.store.outbox import Message

SECONDS = 30


class NotDelivered(EngrossError):
    """A message did not leave. ``passing`` says whether trying later may help."""

    def __init__(self, message: str, *, passing: bool) -> None:
        super().__init__(message)
        self.passing = passing


def deliver(store: Store, message: Message) -> None:
    """Send one message. Raises NotDelivered."""
    try:
        match message.kind:
            case "email":
                send_email(store, message)
            case "webhook":
                send_request(message)
            case _:
                raise NotDelivered(f"There is no way to send a `{message.kind}`.", passing=False)
    except (KeyError, SessionGone) as error:
        raise NotDelivered("What the message refers to was deleted.", passing=False) from error


def deliver_next(store: Store) -> bool:
    """Send the next message of the outbox and note what became of it; whether there was one."""
    message = store.outbox.take()
    if message is None:
        return False
    try:
        deliver(store, message)
    except NotDelivered as error:
        store.outbox.failed(message, retry=error.passing)
    else:
        store.outbox.sent(message)
    store.end_loan(message.session_id)
    return True


def send_email(store: Store, message: Message) -> None:
    """An e-mail by the way the setting ``mail`` names."""
    settings = store.settings
    letter = written(store, message)
    match settings.mail:
        case "folder":
            folder = settings.data_folder / "outbox"
            folder.mkdir(mode=0o700, exist_ok=True)
            path = folder / f"{message.id.replace(':', '-')}.eml"
            partial = path.with_suffix(".part")
            partial.write_bytes(bytes(letter))
            partial.replace(path)
        case "smtp":
            _send_by_smtp(settings, letter)


def written(store: Store, message: Message) -> EmailMessage:
    """The e-mail as it leaves. Control characters in a header field are refused by ``email`` itself."""
    payload = message.payload
    letter = EmailMessage()
    try:
        letter["From"] = payload.get("sender") or store.settings.mail_from
        for header, name in (("To", "to"), ("Cc", "cc"), ("Bcc", "bcc")):
            if people := _people(payload.get(name)):
                letter[header] = people
        if payload.get("reply_to"):
            letter["Reply-To"] = _people(payload["reply_to"])
        # `=?` begins an encoded word, which readers would decode to something that was not typed.
        letter["Subject"] = " ".join(str(payload.get("subject") or "").split()).replace("=?", "= ?")
        if not any(letter[header] for header in ("To", "Cc", "Bcc")):
            raise NotDelivered("An e-mail has no recipient.", passing=False)
    except (ValueError, IndexError) as error:
        raise NotDelivered("An address or the subject of an e-mail cannot be used.", passing=False) from error
    letter["Date"] = email.utils.localtime()
    letter["Message-ID"] = f"<{message.id.replace(':', '.')}@engross>"  # a second copy carries the same id
    letter.set_content(str(payload.get("body") or ""))
    if payload.get("html"):
        letter.add_alternative(str(payload["html"]), subtype="html")
    for attachment in payload.get("attachments") or ():
        info = store.files.info(message.session_id, attachment["file"])
        name = str(attachment.get("name") or info.name)
        kind, _, subkind = (info.mimetype or mimetypes.guess_type(name)[0] or "application/octet-stream").partition("/")
        letter.add_attachment(
            store.files.read(message.session_id, info.id), maintype=kind, subtype=subkind, filename=name
        )
    return letter


def _people(value: Any) -> list[Address]:
    """Addresses as ``Name <a@b>`` text, or a list of such."""
    texts: Iterable[Any] = [value] if isinstance(value, str) else value or ()
    people = []
    for text in map(str, texts):
        for name, address in email.utils.getaddresses([text]):
            if not address or not text.isprintable():
                raise ValueError("not an address")
            people.append(Address(display_name=name, addr_spec=address))
    return people


def _send_by_smtp(settings: Settings, letter: EmailMessage) -> None:
    secure = ssl.create_default_context()
    try:
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=SECONDS, context=secure)
        else:
            server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=SECONDS)
        with server:
            if settings.smtp_security == "starttls":
                server.starttls(context=secure)
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value() if settings.smtp_password else "")
            server.send_message(letter)
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(f"The mail server refused a message ({error.smtp_code}).", passing=error.smtp_code < 500) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise NotDelivered("The mail server refused all recipients of a message.", passing=False) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotDelivered(f"The mail server at {settings.smtp_host} does not answer.", passing=True) from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A request goes to the address that was allowed and to no other that it answers with."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_straight = urllib.request.build_opener(_NoRedirect)


def send_request(message: Message) -> None:
    """A web request to an address the interview's author wrote. The header ``Idempotency-Key`` is the same for a second copy."""
    payload = message.payload
    url = str(payload["url"])
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise NotDelivered("A web request needs an http or https address.", passing=False)
    headers = {str(name): str(value) for name, value in (payload.get("headers") or {}).items()}
    headers["Idempotency-Key"] = message.id
    body: bytes | None = None
    if "json" in payload:
        body = json.dumps(payload["json"]).encode()
        headers.setdefault("Content-Type", "application/json")
    elif payload.get("data") is not None:
        body = str(payload["data"]).encode()
    request = urllib.request.Request(  # noqa: S310 - the scheme was looked at above
        url, data=body, headers=headers, method=str(payload.get("method") or "POST").upper()
    )
    try:
        with _straight.open(request, timeout=SECONDS):
            return
    except urllib.error.HTTPError as error:
        passing = error.code >= 500 or error.code in (408, 425, 429)
        raise NotDelivered(f"A web request was answered with {error.code}.", passing=passing) from error
    except (urllib.error.URLError, OSError) as error:
        raise NotDelivered("The server of a web request does not answer.", passing=True) from error
