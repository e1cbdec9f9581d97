"""What the commands print, for people and for other programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_a_finding_is_one_line_however_narrow_the_terminal(tmp_path: Path) -> None:
    """So that it can be searched, and read by editors."""
    file = tmp_path / "interview.yml"
    file.write_text("question: Name\nfields:\n  - Name: tenant\n    datatyp: text\n", encoding="utf-8")
    ended = subprocess.run(  # noqa: S603 - our own command
        [str(Path(sys.executable).parent / "engross"), "check", str(file)], capture_output=True, text=True, timeout=60,
        env={"COLUMNS": "40", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip

    assert [line.endswith("Did you mean `datatype`?") for line in ended.stderr.splitlines()] == [True]
