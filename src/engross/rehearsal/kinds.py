"""Kinds: what a paper really is, by its bytes, whatever its name says."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePath

SAME = {"jpeg": "jpg", "htm": "html", "text": "txt", "md": "txt", "csv": "txt", "html": "txt", "json": "txt", "yml": "txt", "docm": "docx"}
"""Endings that cannot be told apart from another by the bytes."""
_BEGINNINGS = (
    (b"%PDF", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF8", "gif"),
    (b"II*\x00", "tif"),
    (b"<svg", "svg"),
)


def kind_of(data: bytes) -> str:
    """The ending that *data* deserves: ``pdf docx xlsx zip rtf png jpg gif tif svg txt``, or ``bin``."""
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return kind
    if data.startswith(b"PK"):
        return _archive(data)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "bin"
    return "txt"


def _archive(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            broken = archive.testzip()
    except zipfile.BadZipFile:
        return "bin"
    if broken is not None:
        return "bin"
    for folder, kind in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx")):
        if any(name.startswith(folder) for name in names):
            return kind
    return "zip"


def fits(name: str, data: bytes) -> bool:
    """Whether a file called *name* holds what its ending says; a name without an ending promises nothing."""
    ending = PurePath(name).suffix.lower().lstrip(".")
    ending = SAME.get(ending, ending)
    kind = kind_of(data)
    known = {kind for _, kind in _BEGINNINGS} | {"docx", "xlsx", "pptx", "zip", "txt"}
    return ending not in known or ending == kind
