"""docs/compatibility.md agrees with the code, and says working only of what an example or a probe shows."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

SCRIPT = Path(__file__).parents[2] / "script/compatibility"


def generator() -> ModuleType:
    """``script/compatibility`` as a module."""
    loader = importlib.machinery.SourceFileLoader("compatibility", str(SCRIPT))
    spec = importlib.util.spec_from_loader("compatibility", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["compatibility"] = module
    loader.exec_module(module)
    return module


def test_the_page_agrees_with_the_code() -> None:
    """It is what the generator writes, and every name it calls working is shown somewhere."""
    assert generator().faults() == []


def test_a_key_without_an_example_is_a_fault() -> None:
    """A block key that nothing shows is not called working."""
    made = generator()
    made.parse.BLOCK_KEYS = made.parse.BLOCK_KEYS | {"brand new key"}
    try:
        told = [fault for fault in made.faults() if "brand new key" in fault]
    finally:
        made.parse.BLOCK_KEYS = made.parse.BLOCK_KEYS - {"brand new key"}

    assert told == ["block keys: nothing shows that `brand new key` works"]
