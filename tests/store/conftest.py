"""A store in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engross.settings import Settings, load_settings
from engross.store import Store, open_store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a data folder of this test alone."""
    return load_settings(data_folder=tmp_path / "data", poll_seconds=0.2)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """An open store on SQLite."""
    with open_store(settings) as opened:
        yield opened
