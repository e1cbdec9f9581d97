"""What holds for all tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from engross.documents import sandbox

settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("new", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
# The same examples at each run, so that a change is judged by the change. `HYPOTHESIS_PROFILE=new script/test …` looks for new ones.


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Pass over what needs a sandbox where there is none, and say why."""
    if item.get_closest_marker("sandbox") and not sandbox.available().closed:
        pytest.skip(f"no sandbox: {sandbox.available().reason}")
