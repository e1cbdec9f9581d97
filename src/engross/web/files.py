"""Downloads: a session's own files to its own visitor, and the static files of packages.

A file's id is random and counts only together with a session that this browser holds; any other id is 404, whether it exists or
not. Nothing that a visitor gave is ever sent as a page: uploads leave as downloads.
"""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from engross.web.site import Refused, address_of, site_of, visitor_of

SENT_AS = {
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/zip",
    "application/rtf",
    "image/png",
    "image/jpeg",
    "text/plain",
}
SHOWN_INLINE = {"application/pdf", "image/png", "image/jpeg"}
"""Only these may open in the browser's own viewer."""
PIECE = 256 * 1024


async def download(request: Request) -> Response:
    """GET ``/files/<id>`` or ``/files/<id>/<name>``: one paper can be kept once and go by two names."""
    file_id = request.path_params["file_id"]
    visitor = visitor_of(request)
    for session_id in reversed(list(visitor.sessions.values())):
        try:
            return await send_file(request, session_id, file_id, name=request.path_params.get("name") or request.query_params.get("name"))
        except Refused:
            continue
    site = site_of(request)
    if not site.posts.take(f"refused {address_of(request)}"):  # so that nobody can fill the trail
        await site.run(site.store.audit.add, "refused", place=address_of(request), result="file")
    raise Refused(404, "This file is not here, or it belongs to somebody else.")


async def send_file(request: Request, session_id: str, file_id: str, *, name: str | None = None) -> Response:
    """A file of *session_id*. Raises Refused with 404 when it is not one of its own."""
    site = site_of(request)
    if not re.fullmatch(r"[0-9a-fA-F-]{8,64}", file_id):
        raise Refused(404, "This file is not here, or it belongs to somebody else.")
    try:
        info = await site.run(site.store.files.info, session_id, file_id)
        data = await site.run(site.store.files.read, session_id, file_id)
    except (KeyError, LookupError) as error:
        raise Refused(404, "This file is not here, or it belongs to somebody else.") from error
    inline = "inline" in request.query_params and info.mimetype in SHOWN_INLINE
    if not inline:
        await site.run(site.store.audit.add, "download", session_id=session_id, place=address_of(request))
    return StreamingResponse(_pieces(data), headers=download_headers(info, inline=inline, name=name) | {"content-length": str(len(data))})


def download_headers(info: Any, *, inline: bool = False, name: str | None = None) -> dict[str, str]:
    """Headers for a ``StoredFile``, under another *name* if one is given."""
    shown = name or info.name
    sent_as = info.mimetype if info.mimetype in SENT_AS else "application/octet-stream"
    way = "inline" if inline and sent_as in SHOWN_INLINE else "attachment"
    return {
        "content-type": f"{sent_as}; charset=utf-8" if sent_as == "text/plain" else sent_as,
        "content-disposition": f'{way}; filename="{ascii_name(shown)}"; filename*=UTF-8\'\'{quote(clean_name(shown), safe="")}',
        # Chrome does not open a PDF in a sandboxed page; a PDF cannot be anything else under nosniff.
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; img-src 'self'; frame-ancestors 'none'"
        if way == "inline"
        else "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "cross-origin-resource-policy": "same-origin",
    }


def clean_name(name: str) -> str:
    """*name* without what could leave a header or a folder."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\\/\u202a-\u202e\u2066-\u2069]", "_", name)[:150] or "file"


def ascii_name(name: str) -> str:
    """*name* for browsers that do not read ``filename*``."""
    plain = unicodedata.normalize("NFKD", clean_name(name)).encode("ascii", "ignore").decode()
    return re.sub(r"[\"%;]", "_", plain) or "file"


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


async def package_static(request: Request) -> Response:
    """GET ``/packagestatic/<package>/<file>``: authors' files, the same for everybody."""
    site = site_of(request)
    file: Path | None = await site.run(site.interviews.static, request.path_params["package"], request.path_params["path"])
    if file is None:
        raise Refused(404, "We could not find that file.")
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    headers = {"cache-control": "public, max-age=300", "cross-origin-resource-policy": "same-origin"}
    if kind == "image/svg+xml":
        headers["content-security-policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return FileResponse(file, media_type=kind, headers=headers)
