"""What needs the published AssemblyLine in the process: ``inside_published.py``, ``inside_served.py`` and ``inside_browser.py``, run by a pytest of its own that has it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engross.rehearsal.fetching import fetch

INSIDE = ("inside_published.py", "inside_served.py", "inside_browser.py")


@pytest.mark.packages
@pytest.mark.parametrize("name", INSIDE)
def test_what_the_published_package_does_here(name: str) -> None:
    """Every test in there passes."""
    folders = os.pathsep.join(map(str, fetch("docassemble-AssemblyLine")))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", Path(__file__).with_name(name)]
    done = subprocess.run(  # noqa: S603 - a command of this file
        command, env={**os.environ, "PYTHONPATH": folders}, capture_output=True, text=True, timeout=1800, check=False
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
