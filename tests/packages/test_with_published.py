"""What needs the published AssemblyLine in the process: ``inside_published.py``, run by a pytest of its own that has it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engross.rehearsal.fetching import fetch

INSIDE = Path(__file__).with_name("inside_published.py")


@pytest.mark.packages
def test_what_the_published_package_does_here() -> None:
    """Every test in there passes."""
    folders = os.pathsep.join(map(str, fetch("docassemble-AssemblyLine")))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", INSIDE]
    done = subprocess.run(  # noqa: S603 - a command of this file
        command, env={**os.environ, "PYTHONPATH": folders}, capture_output=True, text=True, timeout=600, check=False
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
