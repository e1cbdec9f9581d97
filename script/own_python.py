"""The project's Python for the scripts that are written in Python: whichever Python starts one, the one in ``.venv`` goes on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
PYTHON = HERE / ".venv" / "bin" / "python"


def go_on(script: str) -> None:
    """Start *script* again with the project's Python, unless it runs there or there is none."""
    if Path(sys.argv[0]).resolve() == Path(script).resolve() and PYTHON.exists() and Path(sys.prefix).resolve() != PYTHON.parent.parent.resolve():
        os.execv(str(PYTHON), [str(PYTHON), script, *sys.argv[1:]])  # noqa: S606 - the same script, in the venv
