"""Recognition: scanned pages become pages whose text can be searched and copied (``engross[ocr]``).

OCRmyPDF and Tesseract do it, in the sandbox, because the scans are visitors'. Where they are not installed nothing is recognised, and
the pages are used as they are; ``reason()`` says what is missing.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from engross.documents import foreign, gate
from engross.errors import DocumentError

SECONDS = 300.0
_MEMORY = 3 << 30
_LANGUAGES = {"en": "eng", "es": "spa", "fr": "fra", "pt": "por", "de": "deu", "it": "ita", "nl": "nld", "pl": "pol", "ru": "rus",
              "uk": "ukr", "ar": "ara", "he": "heb", "vi": "vie", "zh": "chi_sim", "ko": "kor", "ja": "jpn", "ht": "hat", "so": "som"}  # fmt: skip
_RUN = (
    "import sys; sys.path[:0] = {paths!r}; from ocrmypdf.__main__ import run; "
    "sys.exit(run(['--skip-text', '--output-type', 'pdf', '--jobs', '1', '-l', {language!r}, '--rotate-pages', 'in.pdf', 'out.pdf']))"
)


@lru_cache(maxsize=1)
def reason() -> str:
    """Why nothing is recognised on this machine, or an empty text."""
    if importlib.util.find_spec("ocrmypdf") is None:
        return "text recognition needs the extra `engross[ocr]`"
    if shutil.which("tesseract") is None:
        return "text recognition needs the program `tesseract` (Debian: tesseract-ocr)"
    return ""


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Tesseract's languages on this machine."""
    done = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S607 - found by PATH, arguments of our own
    return frozenset(line.strip() for line in done.stdout.splitlines() if re.fullmatch(r"[a-z_A-Z]+", line.strip()))


def language_of(language: str | None) -> str:
    """Tesseract's name for *language* (``en``, ``spa`` …) if it is installed, else English."""
    wanted = _LANGUAGES.get((language or "en").partition("-")[0].lower(), language or "eng")
    return wanted if wanted in _known() else "eng"


def searchable(data: bytes, *, language: str | None = None, document: str | None = None) -> bytes:
    """The PDF with its scanned pages recognised; pages that have text stay as they are. Raises DocumentError."""
    if reason():
        return data
    refusals = gate.check(data, ".pdf")
    if refusals:
        raise DocumentError(f"the file cannot be used: {refusals[0]}", document=document)
    shut, (python, *_), read = foreign.program()
    paths = [path for _, path in read if path.endswith("site-packages")]
    with tempfile.TemporaryDirectory(prefix="engross-foreign-") as name:
        outer = Path(name)
        outer.chmod(0o711)
        folder = outer / "job"
        folder.mkdir()
        (folder / "in.pdf").write_bytes(data)
        inside = "/job" if shut.closed else str(folder)
        code = f"import os; os.chdir({inside!r}); " + _RUN.format(paths=paths, language=language_of(language))
        try:
            done = shut.run([python, "-I", "-c", code], folder=folder, read=read, seconds=SECONDS, memory=_MEMORY)
        except subprocess.TimeoutExpired as error:
            raise DocumentError("the text of its pages takes too long to recognise", document=document) from error
        made = foreign.taken(folder / "out.pdf")
    if done.returncode or not made.startswith(b"%PDF-"):
        raise DocumentError("the text of its pages cannot be recognised", document=document)
    return made
