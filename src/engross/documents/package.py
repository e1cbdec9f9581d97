"""An Office Open XML package: read its entries, write them again with the same bytes every time.

``zipfile`` reads; writing is our own so that entries that did not change keep their compressed bytes, and so that times and order
are fixed: the same content is always the same file, which is what content keys rest on.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from engross.errors import DocumentError

_EPOCH = (0 << 11 | 0 << 5 | 0, (1980 - 1980) << 9 | 1 << 5 | 1)
"""DOS time and date of every entry: 1 January 1980, midnight."""
_UTF8 = 0x800
_STORED_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".zip", ".docx", ".xlsx", ".pptx", ".heic", ".webp", ".gz")
"""What is compressed already is stored as it is."""
_LARGEST = 256 << 20
"""Bytes one entry may have when it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file in a package, as it stands in the archive."""

    name: str
    packed: bytes
    method: int
    """0 stored, 8 deflated."""
    crc: int
    size: int
    """Bytes when unpacked."""


def pack(name: str, data: bytes, *, level: int = 1) -> Entry:
    """*data* as an entry; level 1 because people wait, and text still shrinks to a quarter."""
    crc = zlib.crc32(data)
    if not name.lower().endswith(_STORED_ENDINGS) and not data.startswith(b"%PDF-"):
        compressor = zlib.compressobj(level, zlib.DEFLATED, -15)
        packed = compressor.compress(data) + compressor.flush()
        if len(packed) < len(data):
            return Entry(name=name, packed=packed, method=8, crc=crc, size=len(data))
    return Entry(name=name, packed=data, method=0, crc=crc, size=len(data))


def unpack(entry: Entry) -> bytes:
    """The entry's bytes."""
    return zlib.decompress(entry.packed, -15) if entry.method == 8 else entry.packed


def read(data: bytes, *, document: str | None = None) -> dict[str, Entry]:
    """All entries of a ZIP archive, in its order; of duplicates, the first. Raises DocumentError."""
    entries: dict[str, Entry] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if info.filename in entries or info.is_dir():
                    continue
                if info.file_size > _LARGEST:
                    raise DocumentError(f"`{info.filename}` in it is too large", document=document)
                entries[info.filename] = pack(info.filename, archive.read(info))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise DocumentError(f"this is not a file that can be read: {error}", document=document) from error
    return entries


def write(entries: Iterable[Entry]) -> bytes:
    """A ZIP archive of *entries* in their order, with fixed times."""
    out: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    count = 0
    for entry in entries:
        name = entry.name.encode()
        flags = 0 if entry.name.isascii() else _UTF8
        common = struct.pack(
            "<HHHHHIIIHH", 20, flags, entry.method, _EPOCH[0], _EPOCH[1], entry.crc, len(entry.packed), entry.size, len(name), 0
        )
        local = b"PK\x03\x04" + common + name
        out += (local, entry.packed)
        directory.append(
            b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, offset) + name
        )
        offset += len(local) + len(entry.packed)
        count += 1
    index = b"".join(directory)
    if offset + len(index) >= 1 << 32 or count >= 1 << 16:
        raise DocumentError("the archive would be larger than 4 GB")
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(index), offset, 0)
    return b"".join((*out, index, end))


def archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP for people: names made unlike one another, Unicode kept, the same bytes for the same files."""
    taken: set[str] = set()
    entries = []
    for name, data in files:
        unique = _unlike(_clean(name), taken)
        taken.add(unique.casefold())
        entries.append(pack(unique, data, level=6))
    return write(entries)


def _clean(name: str) -> str:
    """*name* without anything that could leave the folder it is unpacked in."""
    letters = "".join(char for char in name.replace("\\", "/") if char == "/" or (char.isprintable() and char not in '<>:"|?*~'))
    parts = [part.strip() for part in letters.split("/")]
    kept = "/".join(part for part in parts if part not in ("", ".", ".."))
    return kept or "file"


def _unlike(name: str, taken: set[str]) -> str:
    if name.casefold() not in taken:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    number = 2
    while (candidate := f"{stem} ({number}){dot}{ending}").casefold() in taken:
        number += 1
    return candidate
