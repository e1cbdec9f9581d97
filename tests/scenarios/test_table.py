"""docs/scenarios.md names tests that are there, for every scenario."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8"), re.MULTILINE)
LINES = "tests/security/test_bar.py"
"""Its tests are the lines of ``script/bar``, and are named by them."""
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def names_in(file: str) -> set[str]:
    """The tests of a file: functions, and state machines of hypothesis."""
    path = ROOT / file
    body = ast.parse(path.read_text(encoding="utf-8")).body if path.exists() else []
    found = {node.name for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}
    return found | {target.id for node in body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name) and target.id.startswith("Test")}


def wrong_in(held: str, lines: set[str]) -> list[str]:
    """What a row of the page names that is not there; *lines*: of ``script/bar``."""
    missing = [f"{file}::{name}" for file, name in NAMED.findall(held) if file != LINES and name not in names_in(file)]
    quoted = re.findall(r'line "([^"]+)"', held)
    missing += [line for line in quoted if not any(one.startswith(line) for one in lines)]
    return missing + [LINES] * (LINES in held and not quoted)


def lines_of_the_bar() -> set[str]:
    """As ``script/bars/table.py`` writes them."""
    return set(re.findall(r'Bar\(number="[^"]+", name="([^"]+)"', (ROOT / "script" / "bars" / "table.py").read_text(encoding="utf-8")))


def test_every_scenario_has_a_test_or_a_reason() -> None:
    """Thirty-four of them, in order."""
    assert list(range(1, 35)) == [int(number) for number, _, _ in ROWS]
    assert all(NAMED.search(held) or held.startswith("not yet: ") for _, _, held in ROWS)


def test_the_tests_that_are_named_are_there() -> None:
    """File and function, or the line of the bar; a file alone says nothing."""
    lines = lines_of_the_bar()

    assert {} == {number: wrong for number, _, held in ROWS if (wrong := wrong_in(held, lines))}


@pytest.mark.parametrize(
    "held", ["`tests/web/test_files.py::test_nobody_wrote`", "`tests/nowhere.py::test_x`", "`tests/web/test_files.py`", '`tests/security/test_bar.py` (line "no such line")', "`tests/security/test_bar.py`"]
)
def test_a_name_that_is_not_there_is_found(held: str) -> None:
    """So that this check can fail."""
    assert [] != wrong_in(held, lines_of_the_bar())
