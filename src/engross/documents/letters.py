"""Letters: which byte of a PDF's simple font stands for which character."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pikepdf import Dictionary, Name


@lru_cache(maxsize=1)
def win_ansi() -> Mapping[str, int]:
    """As ``of``, for the encoding of most forms."""
    return of(Name.WinAnsiEncoding)


def of(encoding: Any) -> dict[str, int]:
    """character → byte, as a font's ``/Encoding`` says."""
    from fontTools import agl

    kind = str(encoding.get("/BaseEncoding", "")) if isinstance(encoding, Dictionary) else str(encoding or "")
    codec = {"/WinAnsiEncoding": "cp1252", "/MacRomanEncoding": "mac_roman"}.get(kind)
    table: dict[str, int] = {}
    for byte in range(32, 256):
        try:
            character = bytes((byte,)).decode(codec or ("cp1252" if isinstance(encoding, Dictionary) else "latin-1"))
        except UnicodeDecodeError:
            continue
        # Without a named encoding only ASCII is sure to be where we think.
        if codec or byte < 127:
            table[character] = byte
    if isinstance(encoding, Dictionary):
        byte = 0
        differences: Any = encoding.get("/Differences", ())
        for item in differences:
            if isinstance(item, int):
                byte = item
            elif isinstance(item, Name):
                character = agl.toUnicode(str(item)[1:])
                table = {c: b for c, b in table.items() if b != byte}
                if len(character) == 1:
                    table[character] = byte
                byte += 1
    return table
