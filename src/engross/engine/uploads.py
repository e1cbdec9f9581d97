"""Uploads: the files of an accepted form, looked at before they are kept; what is wrong with them, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engross.documents import reception
from engross.engine.screen import Screen
from engross.engine.submission import Accepted, Drawn, Rejected, Upload, Uploaded
from engross.library.words import word

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """An upload as it is kept."""

    name: str
    mimetype: str
    data: bytes = field(repr=False)


def received(accepted: Accepted, screen: Screen, *, left: int) -> Accepted | Rejected:
    """*accepted* with its files as they are kept. *left*: how many bytes the session may still upload."""
    entries = {entry.path: entry for entry in screen.fields}
    values: dict[str, Any] = dict(accepted.values)
    errors: dict[str, str] = {}
    for path, value in accepted.values.items():
        entry = entries.get(path)
        key = entry.key if entry is not None else ""
        try:
            match value:
                case Uploaded():
                    left -= sum(len(upload.data) for upload in value.uploads)
                    if left < 0:
                        raise reception.Unwelcome(word("there is no more room for files in this form"))
                    values[path] = Uploaded(tuple(_fresh(upload, entry.accept if entry is not None else None) for upload in value.uploads))
                case Drawn():
                    values[path] = Drawn(reception.plain_png(value.png))
        except reception.Unwelcome as refusal:
            errors[key] = _sentence(str(refusal), value)
    return Rejected(errors=errors) if errors else replace(accepted, values=values)


def _fresh(upload: Upload, accept: str | None) -> Upload:
    try:
        made = reception.receive(upload.name, upload.data, accept=accept)
    except reception.Unwelcome as refusal:
        raise reception.Unwelcome(f"“{upload.name}”: {word(str(refusal))}") from refusal
    return Fresh(name=made.name, mimetype=made.mimetype, data=made.data)


def _sentence(reason: str, value: object) -> str:
    if isinstance(value, Drawn):
        return word("Your signature did not arrive. Please sign again.")
    advice = word("You can send a PDF, a Word document (DOCX), or a picture such as JPEG or PNG.")
    return f"{word('This file cannot be used.')} {reason[:1].upper()}{reason[1:]}. {advice}"


def has_files(accepted: Accepted) -> bool:
    """Whether anything came with the form that must be looked at."""
    values: Mapping[str, Any] = accepted.values
    return any(isinstance(value, Uploaded | Drawn) for value in values.values())
