"""Rows of a table that a visitor moves (``allow reordering``)."""

from __future__ import annotations

import re

import pytest

from engross.engine.screen import moves_in
from engross.errors import VisitorError
from tests.visit.conftest import Bench

TABLE = """
objects:
  - fruit: DAList.using(object_type=DAObject, there_are_any=True, gathered=True, auto_gather=False)
---
mandatory: True
code: |
  for name in ("apple", "pear", "plum"):
    fruit.appendObject(name=name)
---
table: fruit.table
rows: fruit
columns:
  - Name: row_item.name
  - Number: row_item.instanceName
allow reordering: True
edit: False
---
mandatory: True
question: Fruit
subquestion: ${ fruit.table }
"""


def rows(bench: Bench) -> list[str]:
    """The names in the order in which the page has them."""
    assert bench.shown is not None
    return re.findall(r"\b(apple|pear|plum)\b", bench.shown.screen.subquestion or "")


def test_a_row_moves_up_and_down(bench: Bench) -> None:
    """By the links of the page, one place at a time; the objects are named by their new places, and no link leads out of the table."""
    bench.start(TABLE)
    assert bench.shown is not None
    offered = [given for _, _, given in moves_in(bench.shown.screen.subquestion or "")]
    bench.shown = bench.visits.act(bench.shown.session_id, "_da_list_move", {"list": "fruit", "item": 0, "by": 1})

    assert [(one["item"], one["by"]) for one in offered] == [(0, 1), (1, -1), (1, 1), (2, -1)]
    assert rows(bench) == ["pear", "apple", "plum"]
    assert "|pear|fruit[0]|" in (bench.shown.screen.subquestion or "")


def test_only_what_the_page_offers_moves(bench: Bench) -> None:
    """Another list, or a place outside, is refused."""
    bench.start(TABLE)
    assert bench.shown is not None
    for wrong in ({"list": "fruit", "item": 0, "by": -1}, {"list": "fruit", "item": 0, "by": 2}, {"list": "users", "item": 0, "by": 1}):
        with pytest.raises(VisitorError):
            bench.visits.act(bench.shown.session_id, "_da_list_move", wrong)

    assert rows(bench) == ["apple", "pear", "plum"]
