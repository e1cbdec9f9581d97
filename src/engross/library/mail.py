"""E-mail: letters are put into the visit's outbox and leave after the answers are saved.

An outbox entry is plain data: ``{"kind": "email", "to": ["a@example.org"], "cc": [], "bcc": [], "sender": …, "reply_to": …,
"subject": …, "body": …, "html": …, "attachments": [{"file": file id, "name": …, "mimetype": …}]}``. Attachments are files that
are kept already, so the letter carries the very bytes that were shown.
"""

from __future__ import annotations

import html as html_module
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from engross import quoting
from engross.context import current, send
from engross.errors import DocumentError
from engross.library.asking import mark_task_as_performed
from engross.library.collections import DADict, DAList, DASet
from engross.library.files import DAFile, DAFileCollection, DAStaticFile, ending_and_mimetype, make

_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")


def send_email(
    to: Any = None,
    sender: Any = None,
    reply_to: Any = None,
    cc: Any = None,
    bcc: Any = None,
    body: str | None = None,
    html: str | None = None,
    subject: str = "",
    template: Any = None,
    task: str | None = None,
    task_persistent: Any = False,
    attachments: Any = None,
    mailgun_variables: Any = None,
    dry_run: bool = False,
    config: str | None = None,
) -> bool:
    """Send a letter. People stand for their ``email``; a *template* gives subject and words.

    Returns whether there is somebody to send it to and the letter was accepted. *task* is marked as performed then.
    """
    typed = frozenset(getattr(current().internal, "typed", ()) or ())
    html = quoting.quoting(typed).quote(html) if html else html
    if template is not None:
        with quoting.quoted(typed):  # visitors' words print as typed in letters too
            subject = subject or re.sub(r"\s+", " ", _plain(str(template.subject))).strip()
            html = html or (template.content_as_html() if hasattr(template, "content_as_html") else html)
            body = body or _plain(str(template.content))
    if body is None and html is None:
        body = ""
    recipients, copies, hidden_copies = _addresses(to), _addresses(cc), _addresses(bcc)  # after the words, as docassemble asks for them
    if not (recipients or copies or hidden_copies):
        return False
    parts = list(_attached(attachments if attachments is not None else []))
    if dry_run:
        return True
    send(
        {
            "kind": "email",
            "to": recipients,
            "cc": copies,
            "bcc": hidden_copies,
            "sender": next(iter(_addresses(sender)), None),
            "reply_to": next(iter(_addresses(reply_to)), None),
            "subject": _one_line(subject),
            "body": body if body is not None else _plain(html or ""),
            "html": html,
            "attachments": parts,
        }
    )
    if task is not None:
        mark_task_as_performed(task, persistent=task_persistent)
    return True


def _one_line(text: Any) -> str:
    """A header's value: one line, so that nothing can be smuggled into the letter's head."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", str(text)).strip()


def _plain(text: str) -> str:
    return html_module.unescape(re.sub(r"<[^>]+>", "", text))


def _addresses(value: Any) -> list[str]:
    """*value* as addresses: text, people with an ``email``, or lists of them."""
    return list(dict.fromkeys(_each_address(value)))


def _each_address(value: Any) -> Iterator[str]:
    if value is None or value == "":
        return
    if isinstance(value, str):
        yield from (_one_line(match) for match in _ADDRESS.findall(value))
    elif isinstance(value, DAList | DASet | list | tuple | set):
        for item in getattr(value, "elements", value):
            yield from _each_address(item)
    elif hasattr(type(value), "email_address"):  # what is not known of a person is asked
        yield from _each_address(value.email_address(include_name=False))
    elif hasattr(value, "email"):
        yield from _each_address(str(value.email))
    else:
        yield from _each_address(str(value))


def _attached(value: Any) -> Iterator[dict[str, Any]]:
    files = list(_each_file(value))
    make(file for file in files if isinstance(file, DAFile))
    for file in files:
        if isinstance(file, DAFile):
            yield {"file": file.number, "name": str(file.filename), "mimetype": file.mimetype}
        else:
            path = Path(file.path())
            stored = current().files.keep(path.read_bytes(), name=path.name, mimetype=ending_and_mimetype(path.name)[1])
            yield {"file": stored.id, "name": path.name, "mimetype": stored.mimetype}


def _each_file(value: Any) -> Iterator[Any]:
    if isinstance(value, DAFile | DAStaticFile):
        yield value
    elif isinstance(value, DAFileCollection):
        yield from value.files()
    elif isinstance(value, str):
        yield DAStaticFile(filename=value)
    elif isinstance(value, dict | DADict):
        for item in value.values():
            yield from _each_file(item)
    elif isinstance(value, Iterable):
        for item in value:
            yield from _each_file(item)
    elif value is not None:
        raise DocumentError(f"`{value!r}` cannot be attached to an e-mail")
