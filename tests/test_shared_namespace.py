"""Interview packages of all ages share the name `docassemble`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SOURCE = Path(__file__).parent.parent / "src"
OLD = "__import__('pkg_resources').declare_namespace(__name__)\n"


def run(code: str, *folders: Path) -> str:
    """What a fresh Python prints, with *folders* before all others on its path."""
    start = f"import sys; sys.path[:0] = {[str(folder) for folder in (*folders, SOURCE)]!r}\n"
    done = subprocess.run(  # noqa: S603 - code of this file
        [sys.executable, "-c", start + code], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr


def package(folder: Path, name: str, source: str, init: str | None = None) -> Path:
    """An installed package `docassemble.name`."""
    inner = folder / "docassemble" / name
    inner.mkdir(parents=True)
    (inner / "__init__.py").write_text("", encoding="utf-8")
    (inner / "code.py").write_text(source, encoding="utf-8")
    if init is not None:
        (folder / "docassemble" / "__init__.py").write_text(init, encoding="utf-8")
    return folder


def test_an_old_package_does_not_take_the_name(tmp_path: Path) -> None:
    """Its `__init__` for pkg_resources never runs; it and a new one and our names are all found."""
    old = package(tmp_path / "old", "Old", "from docassemble.base.util import word\n", OLD)
    new = package(tmp_path / "new", "New", "from docassemble.Old.code import word\n")
    code = "import engross\nfrom docassemble.New.code import word\nprint(word('hello'))"

    assert "hello\n" == run(code, old, new)


def test_a_folder_that_comes_later_is_found(tmp_path: Path) -> None:
    """Unpacked packages are put on the path while the server runs."""
    late = package(tmp_path / "late", "Late", "x = 1\n")
    code = f"import engross, docassemble.base\nsys.path.append({str(late)!r})\nimport docassemble.Late.code as c\nprint(c.x)"

    assert "1\n" == run(code)


def test_a_name_imported_before_is_mended(tmp_path: Path) -> None:
    """Even if somebody imported the old package's name first."""
    old = package(tmp_path / "old", "Old", "x = 1\n", "")
    code = "import docassemble, engross\nimport docassemble.base.util, docassemble.Old.code\nprint('both')"

    assert "both\n" == run(code, old)
