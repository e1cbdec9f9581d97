"""What a visitor brings, looked at once when it arrives: what it is by its content, whether it may be kept, and in which form.

After this a file is what its name says. Pictures are encoded afresh (which drops the place and the time they were taken), PDF files lose
what acts by itself; both are done in the sandbox (``foreign``). Kinds of which no paper can be made are taken only where the
interview names them, are never opened here, and leave the server as downloads.
"""

from __future__ import annotations

import mimetypes
import re
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from engross.documents import foreign, gate
from engross.errors import DocumentError

_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "pdf": ("application/pdf", (".pdf",)),
    "docx": (_OFFICE, (".docx",)),
    "jpeg": ("image/jpeg", (".jpg", ".jpeg", ".jfif")),
    "png": ("image/png", (".png",)),
    "gif": ("image/gif", (".gif",)),
    "tiff": ("image/tiff", (".tif", ".tiff")),
    "bmp": ("image/bmp", (".bmp",)),
    "webp": ("image/webp", (".webp",)),
    "heic": ("image/heic", (".heic", ".heif", ".avif")),
    "rtf": ("application/rtf", (".rtf",)),
    "text": ("text/plain", (".txt", ".csv", ".tsv", ".md", ".json", ".yml", ".yaml", ".log")),
}
"""What papers can be made of: kind → (media type, endings, the usual one first)."""
_PICTURES = {"jpeg", "png", "gif", "tiff", "bmp", "webp", "heic"}
_KEPT_AS = {"jpeg": "jpeg", "heic": "jpeg", "webp": "jpeg", "png": "png", "gif": "png", "bmp": "png", "tiff": "tiff"}
"""Kind of picture → the kind it is encoded as."""
_ACTIVE = re.compile(rb"\s*(\xef\xbb\xbf)?\s*<(!doctype|html|svg|script|head|body|\?xml|!--|xsl|math|iframe)", re.IGNORECASE)
_ACTIVE_TYPES = re.compile(r"html|svg|xml|javascript|ecmascript|x-shockwave|x-httpd|x-sh|x-python|msdownload", re.IGNORECASE)
_SOUND = (b"ID3", b"\xff\xfb", b"\xff\xf3", b"OggS", b"\x1aE\xdf\xa3", b"fLaC", b"FORM", b"\x00\x00\x01\xba")
ANY_TYPE = "application/octet-stream"
SIGNATURE_SIDE = 6000
"""Most pixels a drawn signature may be wide or high."""


class Unwelcome(Exception):
    """The file is not taken; the message is the reason, for the visitor, without a full stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file as it is kept."""

    name: str
    mimetype: str
    data: bytes = field(repr=False)


def receive(name: str, data: bytes, *, accept: str | None = None) -> Received:
    """Look at one file. *accept* is what the field takes, as browsers write it (``image/*, .pdf``). Raises Unwelcome."""
    if not data:
        raise Unwelcome("the file is empty")
    kind = _kind(data, name)
    if kind is None:
        return _closed(name, data, accept)
    _check_accept(name, kind, accept)
    ending = KINDS[kind][1][0]
    refusals = gate.check(data, ending)
    if refusals:
        raise Unwelcome(refusals[0])
    try:
        if kind == "pdf":
            data = foreign.cleaned_pdf(data)
        elif kind in _PICTURES:
            data = foreign.fresh_picture(data)
            kind = _KEPT_AS[kind]
    except DocumentError as error:
        raise Unwelcome(error.message.removeprefix("the file cannot be used: ")) from error
    mimetype, endings = KINDS[kind]
    return Received(name=_fitting(name, endings), mimetype=mimetype, data=data)


def _kind(data: bytes, name: str) -> str | None:
    """What the content is, or None for what no paper can be made of."""
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return "docx" if b"word/document.xml" in data or name.lower().endswith(".docx") else None
    for start, kind in (
        (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"), (b"II*\0", "tiff"), (b"MM\0*", "tiff"), (b"BM", "bmp"),
        (b"{\\rtf", "rtf"),
    ):  # fmt: skip
        if data.startswith(start):
            return kind
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim", b"heis", b"avif"):
        return "heic"
    if PurePosixPath(name.lower()).suffix in KINDS["text"][1] and not _ACTIVE.match(data) and _is_text(data):
        return "text"
    return None


def _is_text(data: bytes) -> bool:
    if b"\0" in data[:4096]:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return not re.search(rb"[\x01-\x08\x0e-\x1f]", data[:4096])
    return True


def _closed(name: str, data: bytes, accept: str | None) -> Received:
    """A file that is only kept. Raises Unwelcome unless the field asks for its kind, or it is a recording."""
    ending = PurePosixPath(name.lower()).suffix
    claimed = next((kind for kind, (_, endings) in KINDS.items() if ending in endings), None)
    if claimed is not None:
        raise Unwelcome(f"it is not what its name says, a file of the kind {ending[1:].upper()}, or it is damaged")
    guessed = mimetypes.guess_type(name)[0] or ANY_TYPE
    is_recording = guessed.startswith(("audio/", "video/")) and (data.startswith(_SOUND) or data[4:8] == b"ftyp" or data.startswith(b"RIFF"))
    named = _accepts(accept, guessed, (ending,)) if accept and ending else is_recording
    if not named:
        raise Unwelcome("files of this kind are not taken here")
    is_active = bool(_ACTIVE.match(data)) or bool(_ACTIVE_TYPES.search(guessed))
    return Received(name=name, mimetype=ANY_TYPE if is_active else guessed, data=data)


def _check_accept(name: str, kind: str, accept: str | None) -> None:
    mimetype, endings = KINDS[kind]
    own = PurePosixPath(name.lower()).suffix
    if accept and _tokens(accept) and not _accepts(accept, mimetype, (*endings, *([own] if kind == "text" else ()))):
        raise Unwelcome("files of this kind are not taken here")


def _tokens(accept: str) -> list[str]:
    found = (token.strip().strip("'\"").lower() for token in re.split(r"[,;\s]+", accept))
    return [token for token in found if token.startswith(".") or "/" in token]


def _accepts(accept: str | None, mimetype: str, endings: tuple[str, ...]) -> bool:
    """Whether ``accept`` names one of the endings, the media type, or its family. Authors write ``image/jpg`` for ``image/jpeg``."""
    for token in _tokens(accept or ""):
        token = token.replace("image/jpg", "image/jpeg")
        if token in endings or token in ("*/*", mimetype) or (token.endswith("/*") and mimetype.startswith(token[:-1])):
            return True
        if mimetype == _OFFICE and token == "application/msword":  # noqa: S105 - no password: what authors write for Word
            return True
    return False


def _fitting(name: str, endings: tuple[str, ...]) -> str:
    """*name* with an ending that says what the file is."""
    path = PurePosixPath(name)
    if path.suffix.lower() in endings:
        return name
    return f"{path.stem if path.suffix else name}{endings[0]}"


def plain_png(data: bytes) -> bytes:
    """A drawn signature: a PNG of the simple form that canvases make, with nothing in it but its dots. Raises Unwelcome.

    It is checked here and not in the sandbox because it is small, comes often, and its form can be checked in full: no decoder
    meets anything but the filter bytes and dots of a size that was counted.
    """
    chunks = list(_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:
        raise Unwelcome("it is not a picture that can be used")
    width, height, depth, colour, packing, filters, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 0)
    if not (0 < width <= SIGNATURE_SIDE and 0 < height <= SIGNATURE_SIDE and channels and depth in (1, 2, 4, 8, 16)) or packing or filters or interlaced:
        raise Unwelcome("it is not a picture that can be used")
    size = height * (1 + (width * channels * depth + 7) // 8)
    unpacker = zlib.decompressobj()
    try:
        dots = unpacker.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"), size + 1)
    except zlib.error as error:
        raise Unwelcome("it is not a picture that can be used") from error
    if len(dots) != size:
        raise Unwelcome("it is not a picture that can be used")
    kept = [(kind, body) for kind, body in chunks if kind in (b"IHDR", b"PLTE", b"tRNS") and len(body) <= 1024]
    made = [*kept, (b"IDAT", zlib.compress(dots, 6)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in made
    )


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found: list[tuple[bytes, bytes]] = []
    place = 8
    while place + 12 <= len(data) and len(found) < 10_000:
        length = struct.unpack(">I", data[place : place + 4])[0]
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        if len(body) != length:
            break
        found.append((kind, body))
        place += 12 + length
        if kind == b"IEND":
            break
    return found
