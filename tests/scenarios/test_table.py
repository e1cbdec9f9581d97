"""docs/scenarios.md names tests that are there, for every scenario."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_scenario_has_a_test_or_a_reason() -> None:
    """Thirty-four of them, in order."""
    assert list(range(1, 35)) == [int(number) for number, _, _ in ROWS]
    assert all("`tests/" in held or held.startswith("not yet: ") for _, _, held in ROWS)


def test_the_tests_that_are_named_are_there() -> None:
    """File and function."""
    named = [name for _, _, held in ROWS for name in re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", held)]
    missing = []
    for name in named:
        file, _, function = name.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8") if (ROOT / file).exists() else ""
        if not text or (function and f"def {function}(" not in text):
            missing.append(name)

    assert [] == missing
