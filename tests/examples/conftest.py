"""One stage for all examples: a store, visits, and a worker in a thread."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engross.language.interview import Interviews
from engross.rehearsal.drive import Stage, stage


@pytest.fixture(scope="session")
def on_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A server without its web part, for as long as the tests run."""
    folder: Path = tmp_path_factory.mktemp("examples")
    with stage(folder, Interviews()) as on:
        yield on
