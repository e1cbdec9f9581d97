"""The published AssemblyLine, with Engross in docassemble's place, passes its own unit tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / ".cache" / "published"
PACKAGES = ("docassemble.AssemblyLine==4.8.0", "docassemble.ALToolbox==0.19.0")
NEEDED = ("pytest", "pandas", "holidays")
"""What the packages import besides docassemble, and what runs their tests."""


def run(*command: object) -> str:
    """What a command prints; an AssertionError with it when the command fails."""
    done = subprocess.run(  # noqa: S603 - commands of this file
        [str(part) for part in command], capture_output=True, text=True, timeout=600, check=False, cwd=FOLDER
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.packages
def test_assembly_lines_own_tests() -> None:
    """All fifty."""
    python = FOLDER / "bin" / "python"
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not python.exists():
        run(sys.executable, "-m", "venv", FOLDER)
    run(python, "-m", "pip", "install", "--quiet", "-e", f"{ROOT}[docassemble]", *NEEDED)
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", *PACKAGES)
    said = run(
        python,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-o",
        "addopts=",
        "--pyargs",
        "docassemble.AssemblyLine",
    )
    passed = re.search(r"(\d+) passed", said)

    assert passed is not None
    assert int(passed[1]) >= 50
