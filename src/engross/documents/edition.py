"""Edition: which LibreOffice and which fonts this machine makes papers with, as a short text for content keys.

A paper made before an upgrade and one made after it may break their lines differently, so they are not the same paper, and a set
must not mix them. LibreOffice is not asked, for that would mean to start it: what its package installed says it as well, and is the
same on every machine with the same package.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from functools import lru_cache
from pathlib import Path

from engross.documents import fonts

_program = "soffice"


def choose(program: str) -> None:
    """Say which program converts (setting ``office_program``); ``soffice`` until then."""
    global _program
    _program = program


def converter() -> str:
    """LibreOffice's edition and the fonts', or the fonts' alone where there is no LibreOffice."""
    return _converter(_program)


@lru_cache(maxsize=8)
def _converter(program: str) -> str:
    found = shutil.which(program)
    facts = [typefaces()]
    if found is not None:
        folder = Path(found).resolve().parent
        for name in ("versionrc", "libmergedlo.so", "libsofficeapp.so", "soffice.bin"):
            path = folder / name
            if path.exists():
                facts.append(f"{name} {path.stat().st_size} {int(path.stat().st_mtime)}")
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]


@lru_cache(maxsize=1)
def typefaces() -> str:
    """The fonts that are installed, by name and size."""
    facts = sorted(f"{name} {path.stat().st_size}" for name, path in fonts.installed().items())
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]


def note(folder: Path, way: str) -> None:
    """Leave in *folder* how this process converts; notes of processes that are gone are taken away."""
    for left in folder.glob("*.status"):
        if not _lives(left):
            left.unlink(missing_ok=True)
    (folder / f"{os.getpid()}.status").write_text(way)


def noted(folder: Path) -> tuple[str, ...]:
    """How the processes that share *folder* convert, as each left it when it last started LibreOffice; each answer once."""
    found = set()
    for left in folder.glob("*.status"):
        with contextlib.suppress(OSError):
            if _lives(left):
                found.add(left.read_text())
    return tuple(sorted(found))


def _lives(left: Path) -> bool:
    """Whether the process that left a note is there."""
    return Path("/proc", left.stem).exists()
