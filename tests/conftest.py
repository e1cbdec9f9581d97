"""What holds for all tests."""

from __future__ import annotations

import pytest

from engross.documents import sandbox


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Pass over what needs a sandbox where there is none, and say why."""
    if item.get_closest_marker("sandbox") and not sandbox.available().closed:
        pytest.skip(f"no sandbox: {sandbox.available().reason}")
