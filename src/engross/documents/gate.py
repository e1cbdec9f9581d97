"""A cheap look at a file that a visitor brought, before any heavy program opens it.

It reads structure only and stops at the first limit, so that a bomb costs milliseconds. For a template of the interview's author
the same findings are warnings.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

ENTRIES = 2_000
ENTRY_BYTES = 40 << 20
TOTAL_BYTES = 80 << 20
RATIO = 200
"""Unpacked to packed, above ``RATIO_FROM`` bytes."""
RATIO_FROM = 16 << 20
DEPTH = 120
TABLES_DEEP = 12
PARAGRAPHS = 30_000
"""Paragraphs, and cells, of one document."""
BREAKS = 2_000
PICTURE_DOTS = 60_000_000
PDF_PAGES = 2_000
TEXT_BYTES = 10 << 20

_FIELDS = re.compile(r"\b(INCLUDEPICTURE|INCLUDETEXT|INCLUDE|DDEAUTO|DDE|LINK|IMPORT|DATABASE|RD)\b")
_FORBIDDEN = {"altChunk": "it holds a file of another kind", "subDoc": "it holds another document", "object": "it holds an embedded program or file",
              "control": "it holds a control", "OLEObject": "it holds an embedded program or file"}  # fmt: skip


class _Refused(Exception):
    """What is wrong, as a sentence without a full stop."""


def check(data: bytes, ending: str) -> tuple[str, ...]:
    """Why a file must not be opened; nothing when it may. *ending* with its dot says what it claims to be."""
    try:
        _check(data, ending.lower())
    except _Refused as refusal:
        return (str(refusal),)
    return ()


def _check(data: bytes, ending: str) -> None:
    if not data:
        raise _Refused("the file is empty")
    match ending:
        case ".docx":
            _docx(data)
        case ".pdf":
            _pdf(data)
        case ".png" | ".jpg" | ".jpeg" | ".tif" | ".tiff" | ".gif" | ".webp" | ".bmp" | ".heic" | ".heif":
            _picture(data)
        case ".txt" | ".md" | ".csv":
            if len(data) > TEXT_BYTES or b"\0" in data[:4096]:
                raise _Refused("it is not a text file")
        case ".rtf":
            if not data.startswith(b"{\\rtf") or len(data) > TEXT_BYTES:
                raise _Refused("it is not an RTF file")
            if re.search(rb"\\(object|objdata|objupdate|field\s*\{\s*\\\*\\fldinst[^}]*(INCLUDE|DDE|LINK))", data):
                raise _Refused("it holds an embedded program, file or link")
        case _:
            raise _Refused(f"files of the kind `{ending}` are not taken")


def warnings(data: bytes, ending: str = ".docx") -> tuple[str, ...]:
    """What an author should mend in a template: the findings of the gate, as hints."""
    return tuple(f"{finding[0].upper()}{finding[1:]}." for finding in check(data, ending))


def _docx(data: bytes) -> None:
    if not data.startswith(b"PK\x03\x04"):
        raise _Refused("it is not a DOCX file")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = _entries(archive)
            names = {info.filename for info in infos}
            if "[Content_Types].xml" not in names or "word/document.xml" not in names:
                raise _Refused("it is not a DOCX file")
            counts = _Counts()
            for info in infos:
                _entry(archive, info, counts)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error, ValueError, OSError) as error:
        raise _Refused("the file is damaged") from error


def _entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The directory, checked before anything is unpacked."""
    infos = archive.infolist()
    if len(infos) > ENTRIES:
        raise _Refused("it holds too many parts")
    seen: set[str] = set()
    total = 0
    for info in infos:
        name = info.filename
        if name.startswith("/") or "\\" in name or ".." in name.split("/") or ":" in name or "\0" in name:
            raise _Refused("it holds a part with a forbidden name")
        if name.casefold() in seen:
            raise _Refused("it holds two parts of one name")
        seen.add(name.casefold())
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _Refused("it is locked or packed in a way that is not used")
        total += info.file_size
        if info.file_size > ENTRY_BYTES or total > TOTAL_BYTES:
            raise _Refused("it is too large when unpacked")
        if info.file_size > RATIO_FROM and info.file_size > RATIO * max(info.compress_size, 1):
            raise _Refused("it is a bomb: far too large when unpacked")
        if "vbaproject" in name.lower() or "activex" in name.lower() or "/embeddings/" in name.lower():
            raise _Refused("it holds macros or an embedded program")
    return infos


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, counts: _Counts) -> None:
    name = info.filename.lower()
    if name.endswith((".xml", ".rels")):
        _xml(_unpacked(archive, info), counts, relations=name.endswith(".rels"))
    elif name.endswith(".svg"):
        data = _unpacked(archive, info).lower()
        if re.search(rb"<script|<foreignobject|<!doctype|<!entity|(href|src)\s*=\s*[\"'](?!#|data:image/)|url\(\s*[\"']?(?!#)|@import", data):
            raise _Refused("it holds a drawing that reaches outside of the file")
    elif name.startswith("word/media/") or name.endswith((".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff")):
        with archive.open(info) as file:
            dots = _dots(file.read(65536))
        if dots is not None and dots > PICTURE_DOTS:
            raise _Refused("it holds a picture with too many dots")


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as file:
        data = file.read(ENTRY_BYTES + 1)
    if len(data) > ENTRY_BYTES:
        raise _Refused("it is too large when unpacked")
    return data


class _Counts:
    """What was met so far in all parts."""

    def __init__(self) -> None:
        self.paragraphs = self.cells = self.breaks = 0


def _xml(data: bytes, counts: _Counts, *, relations: bool) -> None:
    """Walk one XML part. Raises _Refused at the first thing that must not be."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = tables = 0
    instruction: list[str] | None = None

    def doctype(*_: object) -> None:
        raise _Refused("it holds a document type definition")

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, tables, instruction
        depth += 1
        if depth > DEPTH:
            raise _Refused("its parts lie too deep in one another")
        local = tag.rpartition(" ")[2]
        if relations:
            if local == "Relationship":
                _relation(attributes)
            return
        if local in _FORBIDDEN:
            raise _Refused(_FORBIDDEN[local])
        match local:
            case "p":
                counts.paragraphs += 1
            case "tc":
                counts.cells += 1
            case "br" | "lastRenderedPageBreak" if local == "br":
                counts.breaks += 1
            case "tbl":
                tables += 1
                if tables > TABLES_DEEP:
                    raise _Refused("its tables lie too deep in one another")
            case "instrText":
                instruction = []
            case "fldSimple":
                _field(next((v for k, v in attributes.items() if k.endswith("instr")), ""))
        if counts.paragraphs > PARAGRAPHS or counts.cells > PARAGRAPHS or counts.breaks > BREAKS:
            raise _Refused("it is too long")

    def end(tag: str) -> None:
        nonlocal depth, tables, instruction
        depth -= 1
        local = tag.rpartition(" ")[2]
        if local == "tbl":
            tables -= 1
        elif local == "instrText" and instruction is not None:
            _field("".join(instruction))
            instruction = None

    def text(characters: str) -> None:
        if instruction is not None:
            instruction.append(characters)

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise _Refused("the file is damaged") from error


def _relation(attributes: dict[str, str]) -> None:
    if attributes.get("TargetMode", "").lower() != "external":
        target = attributes.get("Target", "")
        if re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE) or target.startswith(("//", "\\\\")):
            raise _Refused("it reaches outside of the file")
        return
    kind = attributes.get("Type", "").rpartition("/")[2]
    if kind != "hyperlink" or not re.match(r"(https?|mailto|tel):", attributes.get("Target", ""), re.IGNORECASE):
        # A link without an address, or to a place in the file, does nothing.
        if kind == "hyperlink" and re.match(r"(#|$|[\w %./-]*$)", attributes.get("Target", "")) and "//" not in attributes["Target"]:
            return
        raise _Refused("it reaches outside of the file")


def _field(instruction: str) -> None:
    if _FIELDS.match(instruction.strip().upper()):
        raise _Refused("it holds a field that reaches outside of the file")


def _pdf(data: bytes) -> None:
    if b"%PDF-" not in data[:1024]:
        raise _Refused("it is not a PDF file")
    if b"startxref" not in data[-2048:] and b"%%EOF" not in data[-2048:] and b"trailer" not in data:
        raise _Refused("the file is damaged or cut off")


def _picture(data: bytes) -> None:
    if not any(data.startswith(magic) for magic in _MAGIC) and data[4:12] not in _HEIF:
        raise _Refused("it is not a picture of a known kind")
    dots = _dots(data[: 1 << 20])
    if dots is not None and dots > PICTURE_DOTS:
        raise _Refused("the picture has more dots than can be used")


_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"BM", b"RIFF")
_HEIF = tuple(b"ftyp" + brand for brand in (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim", b"heis", b"avif"))


def _dots(head: bytes) -> int | None:
    """Width times height of a picture from its first bytes; None when they do not say."""
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        width, height = struct.unpack(">II", head[16:24])
        return int(width) * int(height)
    if head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
        width, height = struct.unpack("<HH", head[6:10])
        return int(width) * int(height)
    if head.startswith(b"BM") and len(head) >= 26:
        width, height = struct.unpack("<ii", head[18:26])
        return abs(int(width) * int(height))
    if head.startswith(b"\xff\xd8"):
        return next(_jpeg_sizes(head), None)
    return None


def _jpeg_sizes(head: bytes) -> Iterator[int]:
    place = 2
    while place + 9 < len(head) and head[place] == 0xFF:
        marker = head[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[place + 5 : place + 9])
            yield int(width) * int(height)
        place += 2 + struct.unpack(">H", head[place + 2 : place + 4])[0]
