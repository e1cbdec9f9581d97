"""One stage for the small interviews and the documentation's examples."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engross.language.interview import Interviews
from engross.rehearsal.drive import Stage, stage


@pytest.fixture(scope="session")
def on_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A server without its web part, for as long as the tests run."""
    with stage(tmp_path_factory.mktemp("probes"), Interviews()) as on:
        yield on
