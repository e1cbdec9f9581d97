"""A visitor in front of an interview with two papers, and a worker in the room behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.seed.test_background_assembly import Seat


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Seat]:
    """See ``Seat``: the store, visits and jobs are the real ones, the converter is not."""
    made = Seat(tmp_path)
    yield made
    made.close()
