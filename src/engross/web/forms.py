"""A posted form as plain texts and uploads, within limits; nothing is believed yet.

``engine.submission`` decides what of it counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePath
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from engross.quoting import NOT_ALLOWED
from engross.settings import Settings
from engross.web.site import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as the browser sent it."""

    name: str
    """Its name without any folder; the browser's word, to be shown and never to be opened."""
    mimetype: str
    """What the browser says it is."""
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What was posted."""

    texts: dict[str, list[str]]
    uploads: dict[str, list[Upload]]

    def first(self, name: str) -> str:
        """The first text of that name, or nothing."""
        return next(iter(self.texts.get(name, ())), "")


def is_writable(value: object) -> bool:
    """Whether every text in *value*, as it came in JSON, is free of what no text may hold (``quoting.NOT_ALLOWED``)."""
    if isinstance(value, dict):
        return all(is_writable(name) and is_writable(one) for name, one in value.items())
    if isinstance(value, list):
        return all(map(is_writable, value))
    return not (isinstance(value, str) and NOT_ALLOWED.search(value))


async def read_form(request: Request, settings: Settings) -> Form:
    """The form of a request. Raises Refused with 400 or 413."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _read_multipart(request, settings)
    if kind in ("application/x-www-form-urlencoded", ""):
        body = await request.body()
        try:
            pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=settings.field_count_limit)
        except ValueError as error:
            raise Refused(413, "This form has too many fields.") from error
        return _form(pairs, {}, settings)
    raise Refused(400, "We could not read what your browser sent.")


async def _read_multipart(request: Request, settings: Settings) -> Form:
    uploads: dict[str, list[Upload]] = {}
    pairs: list[tuple[str, str]] = []
    try:
        async with request.form(
            max_files=settings.field_count_limit, max_fields=settings.field_count_limit, max_part_size=settings.area_limit
        ) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    if value.filename:
                        uploads.setdefault(name, []).append(await _upload(value, settings))
                else:
                    pairs.append((name, value))
    except (MultiPartException, HTTPException) as error:  # Starlette turns the first into the second within an application
        said = (error.message if isinstance(error, MultiPartException) else error.detail).lower()
        status = 413 if "maximum" in said or "too many" in said else 400
        raise Refused(status, "We could not read what your browser sent.") from error
    if any(len(files) > settings.files_per_field for files in uploads.values()):
        raise Refused(413, f"Please send no more than {settings.files_per_field} files at once.")
    return _form(pairs, uploads, settings)


async def _upload(file: UploadFile, settings: Settings) -> Upload:
    if (file.size or 0) > settings.file_limit:
        raise Refused(413, f"The file is too large. The most is {settings.file_limit // (1024 * 1024)} MB.")
    return Upload(name=plain_name(file.filename or ""), mimetype=file.content_type or "application/octet-stream", data=await file.read())


def plain_name(name: str) -> str:
    """*name* without folders and control characters, at most 120 characters."""
    last = PurePath(name.replace("\\", "/")).name
    cleaned = re.sub(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", "", last).strip(". ")
    stem, dot, ending = cleaned.rpartition(".")
    return f"{stem[:100]}{dot}{ending[:20]}" if dot else cleaned[:120] or "file"


def _form(pairs: list[tuple[str, str]], uploads: dict[str, list[Upload]], settings: Settings) -> Form:
    texts: dict[str, list[str]] = {}
    for name, value in pairs:
        if len(value) > settings.area_limit:
            raise Refused(413, "One of your answers is too long.")
        texts.setdefault(name, []).append(value)
    return Form(texts=texts, uploads=uploads)
