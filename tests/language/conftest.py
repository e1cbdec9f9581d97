"""Interviews written in the test itself, in a folder of its own."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from engross.errors import BlockError
from engross.language.blocks import Block, Field, Question
from engross.language.interview import Interview, load

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of YAML and return its path."""

    def write(text: str, name: str = "interview.yml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


@pytest.fixture
def read(write: Write) -> Callable[[str], Interview]:
    """The interview that a text describes."""
    return lambda text: load(str(write(text)))


@pytest.fixture
def one(read: Callable[[str], Interview]) -> Callable[[str], Block]:
    """The only block of a text."""

    def one(text: str) -> Block:
        (block,) = read(text).blocks
        return block

    return one


@pytest.fixture
def field(one: Callable[[str], Block]) -> Callable[[str], Field]:
    """The only field of a question, written as one item of `fields`."""

    def field(item: str) -> Field:
        lines = textwrap.dedent(item).strip("\n").split("\n")
        text = "question: Q\nfields:\n" + "\n".join(("  - " if n == 0 else "    ") + line for n, line in enumerate(lines))
        block = one(text)
        assert isinstance(block, Question)
        (found,) = block.fields
        assert isinstance(found, Field)
        return found

    return field


@pytest.fixture
def mistake(read: Callable[[str], Interview]) -> Callable[[str], BlockError]:
    """The error that a text leads to."""

    def mistake(text: str) -> BlockError:
        with pytest.raises(BlockError) as caught:
            read(text)
        return caught.value

    return mistake
