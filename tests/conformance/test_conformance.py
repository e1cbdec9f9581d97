"""Recorded conversations of docassemble agree with ours; the number that does only rises."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRACES = Path(os.environ.get("ENGROSS_TRACES") or ROOT.parent / "shared" / "traces" / "docassemble-examples.jsonl")
FLOOR = int((Path(__file__).parent / "floor.txt").read_text(encoding="utf-8").split()[0])
"""How many agreed when this was written down last; only raise it."""


@pytest.mark.conformance
@pytest.mark.skipif(not TRACES.is_file(), reason=f"no traces at {TRACES}; set ENGROSS_TRACES")
def test_as_many_traces_agree_as_before() -> None:
    """`script/conformance` finds at least as many as the floor says."""
    command = [sys.executable, str(ROOT / "script" / "conformance"), str(TRACES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    found = re.search(r"(\d+) of \d+ traces agree\s*\Z", done.stdout)

    assert found is not None, done.stderr
    assert int(found.group(1)) >= FLOOR, done.stdout
