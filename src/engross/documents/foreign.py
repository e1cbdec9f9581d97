"""Files that visitors bring, made safe to use: pictures become PDF pages, PDF files lose what acts by itself.

The work is done by this module run as a program inside the sandbox, because a parser of pictures or PDF that is led astray by a file
must not be led astray in the process that holds other people's answers.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from engross.documents import gate, pdf, pictures, sandbox
from engross.errors import DocumentError

_SECONDS = 35.0
_MEMORY = 2 << 30
_LETTER = (612.0, 792.0)
"""Points."""
_TEXT_MARK = "text:"
_STARTS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "picture": (b"%PDF-",),
    "fresh": (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*"),
    "page": (b"\x89PNG",),
    "text": (_TEXT_MARK.encode(),),
    "codes": (_TEXT_MARK.encode(),),
}
"""Task → how what it makes begins."""
_MARGIN = 36.0


def cleaned_pdf(data: bytes, *, document: str | None = None) -> bytes:
    """A visitor's PDF without scripts, actions and attachments. Raises DocumentError with the reason."""
    return _made("pdf", data, ".pdf", document)


def picture_pdf(data: bytes, *, document: str | None = None, trusted: bool = False) -> bytes:
    """A picture as PDF, a page for each of its frames, upright, without the place it was taken. Raises DocumentError.

    *trusted*: the interview's own picture, which needs no sandbox.
    """
    if trusted:
        return pages_of_picture(data, document=document)
    return _made("picture", data, ".png", document)


def fresh_picture(data: bytes, *, document: str | None = None) -> bytes:
    """A visitor's picture encoded afresh: PNG or JPEG, and TIFF with all its frames as TIFF; upright, with nothing but its dots.
    Raises DocumentError."""
    return _made("fresh", data, ".png", document)


def page_picture(data: bytes, number: int, *, document: str | None = None) -> bytes:
    """As ``pages.page_picture``, for a PDF that a visitor brought. Raises DocumentError."""
    return _made(f"page:{number}", data, ".pdf", document)


def text_of(data: bytes, *, document: str | None = None) -> str:
    """As ``pages.text_of``, for a PDF that a visitor brought. Raises DocumentError."""
    return _made("text", data, ".pdf", document).decode("utf-8", "replace").removeprefix(_TEXT_MARK)


def codes_in(data: bytes, *, first: int = 1, last: int = 0, document: str | None = None) -> list[str]:
    """What the QR codes (and other bar codes) of a visitor's PDF or picture say, page by page, from page *first* to *last* (to the end
    with 0). Raises DocumentError."""
    made = _made(f"codes:{first}-{last}", data, ".pdf" if data.startswith(_STARTS["pdf"][0]) else ".png", document)
    return list(json.loads(made.decode("utf-8", "replace").removeprefix(_TEXT_MARK)))


def _made(task: str, data: bytes, ending: str, document: str | None) -> bytes:
    refusals = gate.check(data, ending)
    if refusals:
        raise DocumentError(f"the file cannot be used: {refusals[0]}", document=document)
    shut, command, read = program()
    with tempfile.TemporaryDirectory(prefix="engross-foreign-") as name:
        outer = Path(name)
        outer.chmod(0o711)
        folder = outer / "job"
        folder.mkdir()
        (folder / "in").write_bytes(data)
        try:
            result = shut.run([*command, task], folder=folder, read=read, seconds=_SECONDS, memory=_MEMORY)
        except subprocess.TimeoutExpired as error:
            raise DocumentError("the file cannot be used: it takes too long to read", document=document) from error
        made = taken(folder / "out")
    if result.returncode == 0 and made:
        if not made.startswith(_STARTS[task.partition(":")[0]]):
            raise DocumentError("the file cannot be used: nothing usable came out", document=document)
        return made
    told = result.stderr.decode(errors="replace").strip().splitlines()
    sentence = told[-1].removeprefix("REFUSED ") if told and told[-1].startswith("REFUSED ") else "it cannot be read"
    raise DocumentError(f"the file cannot be used: {sentence}", document=document)


def taken(path: Path) -> bytes:
    """The bytes of a plain file that the sandbox left; nothing for anything else."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return file.read(300 << 20)
    except OSError:
        return b""


@lru_cache(maxsize=1)
def program() -> tuple[sandbox.Sandbox, list[str], list[tuple[Path, str]]]:
    """The sandbox, the command line of this module in it, and what it must be able to read."""
    shut = sandbox.available()
    package = Path(__file__).resolve().parents[2]
    roots = {Path(sys.base_prefix), Path(sys.prefix), package, *(Path(p) for p in sys.path if p.endswith("site-packages"))}
    paths = sorted({str(root) for root in roots if root.exists()})
    if shut.user is not None and not all(_open_to_all(Path(path)) for path in paths):
        # Where Python itself lives in somebody's home, the walls are the same but the user is not changed.
        shut = sandbox.Sandbox(program=shut.program, user=None, reason=shut.reason)
    read = [(Path(path), path) for path in paths if not path.startswith("/usr/")]
    python = f"import sys; sys.path[:0] = {[p for p in (str(package), *sys.path) if p]!r}; from engross.documents.foreign import main; main()"
    return shut, [os.path.realpath(sys.executable), "-I", "-c", python], read


def _open_to_all(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents))


def pages_of_picture(data: bytes, *, document: str | None = None) -> bytes:
    """A PDF with a page for each frame of a picture, as large as fits on a letter page."""
    import img2pdf

    _learn_heic()
    frames = [_frame(picture) for picture in _frames(data, document)]
    layout = img2pdf.get_layout_fun(
        pagesize=_LETTER, border=(_MARGIN, _MARGIN), fit=img2pdf.FitMode.shrink, auto_orient=True
    )
    try:
        made = img2pdf.convert(frames, layout_fun=layout, nodate=True, engine=img2pdf.Engine.pikepdf)
    except (img2pdf.ImageOpenError, img2pdf.AlphaChannelError, ValueError) as error:
        raise DocumentError(f"the picture cannot be used: {error}", document=document) from error
    return pdf.settled(made)


def _frames(data: bytes, document: str | None) -> list[pictures.Picture]:
    """Each frame, cleaned; all but TIFF have one that counts."""
    from PIL import Image, ImageOps, ImageSequence

    first = pictures.opened(data, document=document)
    lossless = not data.startswith((b"\xff\xd8", b"RIFF")) and data[4:8] != b"ftyp"
    if not data.startswith((b"II*\0", b"MM\0*")):
        return [pictures.clean(first, lossless=lossless)]
    with Image.open(io.BytesIO(data)) as image:
        found = [pictures.clean(ImageOps.exif_transpose(frame.copy()) or frame, lossless=True) for frame in ImageSequence.Iterator(image)]
    return found[:500]


def _frame(picture: pictures.Picture) -> bytes:
    """A frame that img2pdf takes: without transparency, which PDF pages on paper do not have."""
    from PIL import Image

    with Image.open(io.BytesIO(picture.data)) as image:
        if image.mode not in ("RGBA", "LA", "P"):
            return picture.data
        seen = image.convert("RGBA")
        paper = Image.new("RGB", seen.size, "white")
        paper.paste(seen, mask=seen.getchannel("A"))
    return pictures.clean(paper, lossless=True).data


def _learn_heic() -> None:
    try:
        import pi_heif
    except ImportError:
        return  # without it a HEIC picture is refused with the reason "not a picture that can be used"
    pi_heif.register_heif_opener()


def _fresh(data: bytes) -> bytes:
    """Each frame of a TIFF, the picture itself for all others."""
    from PIL import Image

    _learn_heic()
    frames = _frames(data, None)
    if not data.startswith((b"II*\0", b"MM\0*")):
        return frames[0].data
    first, *rest = [Image.open(io.BytesIO(frame.data)) for frame in frames]
    out = io.BytesIO()
    first.save(out, "TIFF", save_all=True, append_images=rest, compression="tiff_deflate")
    return out.getvalue()


def _checked_pdf(data: bytes) -> bytes:
    made = pdf.cleaned(data)
    count = pdf.page_count(made)
    if not 1 <= count <= gate.PDF_PAGES:
        raise DocumentError("it has no pages" if not count else f"it has more than {gate.PDF_PAGES} pages")
    return made


def _seen(task: str, data: bytes, number: str) -> bytes:
    from engross.documents import pages

    if task == "page":
        return pages.page_picture(data, int(number))
    return (_TEXT_MARK + pages.text_of(data)).encode("utf-8", "replace")


def _codes(data: bytes, wanted: str) -> bytes:
    from PIL import Image

    from engross.documents import pages

    try:
        import zxingcpp
    except ImportError as error:
        raise DocumentError("reading codes needs the package zxing-cpp") from error
    _learn_heic()
    if data.startswith(b"%PDF-"):
        first, _, last = wanted.partition("-")
        numbers = range(int(first), (int(last) or pdf.page_count(data)) + 1)
        seen = (pages.page_picture(data, number, dots_per_inch=200) for number in numbers)
    else:
        seen = (frame.data for frame in _frames(data, None))
    found: list[str] = []
    for picture in seen:
        with Image.open(io.BytesIO(picture)) as image:
            found += [code.text for code in zxingcpp.read_barcodes(image.convert("L"))]
    return (_TEXT_MARK + json.dumps(found)).encode()


_TASKS: dict[str, Callable[[bytes, str], bytes]] = {
    "pdf": lambda data, _: _checked_pdf(data),
    "picture": lambda data, _: pages_of_picture(data),
    "fresh": lambda data, _: _fresh(data),
    "page": lambda data, number: _seen("page", data, number),
    "text": lambda data, _: _seen("text", data, ""),
    "codes": _codes,
}


def main() -> None:
    """Inside the sandbox: ``in`` → ``out`` in the working folder."""
    sandbox.limit_memory(_MEMORY)
    data = Path("in").read_bytes()
    try:
        made = _TASKS[sys.argv[1].partition(":")[0]](data, sys.argv[1].partition(":")[2])
    except DocumentError as error:
        sys.stderr.write(f"REFUSED {error.message}\n")
        sys.exit(2)
    Path("out").write_bytes(made)
