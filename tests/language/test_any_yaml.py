"""Whatever an author writes, the answer is a block or a message for the author, never a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engross.errors import AuthorError
from engross.language.attachments import ATTACHMENT_KEYS
from engross.language.check import check_file
from engross.language.fields import FIELD_KEYS, REVIEW_KEYS
from engross.language.interview import load
from engross.language.parse import BLOCK_KEYS

_KEYS = sorted(BLOCK_KEYS | FIELD_KEYS | set(REVIEW_KEYS) | ATTACHMENT_KEYS)
_WORDS = st.sampled_from(
    ["a", "a.b", "x[i].c", "a = 1", "f(x)", "${ a }", "% if a:", "no label", "", " ", "True", "restart", "checkboxes", "object", "radio",
     "yesno", "range", ".mod", "a: b", "lambda y: y", "{", "exit", "objects", "*", "é"]
)  # fmt: skip
_CONSTANTS = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(allow_nan=False, allow_infinity=False, width=16), _WORDS)
_INNER = st.one_of(st.sampled_from(_KEYS), _WORDS, st.sampled_from(["code", "variable", "is", "label", "value", "cell", "header", "images", "pre", "phrases", "definition"]))
_VALUES = st.recursive(
    _CONSTANTS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_INNER, inner, max_size=3)), max_leaves=6
)
_BLOCKS = st.dictionaries(st.sampled_from(sorted(BLOCK_KEYS)), _VALUES, min_size=1, max_size=5)
_FIELDS = st.dictionaries(st.one_of(st.sampled_from(sorted(FIELD_KEYS)), _WORDS), _VALUES, min_size=1, max_size=4)
_REVIEWS = st.dictionaries(st.one_of(st.sampled_from(REVIEW_KEYS), _WORDS), _VALUES, min_size=1, max_size=4)
_PAPERS = st.dictionaries(st.sampled_from(sorted(ATTACHMENT_KEYS)), _VALUES, min_size=1, max_size=4)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file, written anew for each example."""
    return tmp_path_factory.mktemp("any") / "interview.yml"


@pytest.mark.slow
@given(
    st.one_of(
        _BLOCKS,
        _FIELDS.map(lambda field: {"question": "Q", "fields": [field]}),
        _REVIEWS.map(lambda item: {"question": "Q", "event": "e", "review": [item]}),
        _PAPERS.map(lambda paper: {"question": "Q", "attachment": paper}),
        _VALUES.map(lambda choices: {"question": "Q", "field": "a", "choices": choices}),
        _VALUES.map(lambda buttons: {"question": "Q", "buttons": buttons}),
    )
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_block_loads_or_is_refused_with_its_place(file: Path, block: dict[str, Any]) -> None:
    """JSON is YAML: random blocks of known keys and odd values."""
    file.write_text(json.dumps(block, indent=1), encoding="utf-8")

    try:
        loaded = load(str(file))
    except AuthorError as error:
        assert error.where is not None
    else:
        assert len(loaded.blocks) == 1
    check_file(str(file), library_names=frozenset())


@given(st.text(alphabet="ab:-|>#{}[]'\"&*!%@`\n \t.0,?", max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_loads_or_is_refused(file: Path, text: str) -> None:
    """Random YAML-like text."""
    file.write_text(text, encoding="utf-8")

    try:
        loaded = load(str(file))
    except AuthorError as error:
        assert error.where is not None
    else:
        assert loaded.blocks is not None
