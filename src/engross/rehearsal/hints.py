"""Hints: on which answers it depends that an interview turns a person away, as far as it says so.

A person reads "you cannot divorce while you are pregnant" and knows which answer it was. The walker looks at the conditions under
which the interview comes to the screen it ended on, or under which a block would have set the name that nothing defined.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from engross import names
from engross.engine.screen import Screen
from engross.errors import EngrossError, NoDefinition
from engross.language.blocks import Block, Code, Question
from engross.language.expressions import names_in
from engross.language.interview import Interview

STEPS = 2
"""How far it is looked behind names that code computes from others."""
_INDEX = re.compile(r"\[(?:\d+|[ijklmn])\]")


def plain(path: str) -> str:
    """*path* with all items of a list alike: ``users[0].age`` and ``users[i].age`` are one."""
    return _INDEX.sub("[i]", path)


def deciding(interview: Interview, screen: Screen | None, obstacle: EngrossError | None) -> set[str]:
    """The names (as ``plain``) that decided that the way ended on *screen*, or with *obstacle*."""
    if isinstance(obstacle, NoDefinition) and obstacle.variable:
        found = _conditions_of(interview, obstacle.variable)
    elif screen is not None:
        block = interview.by_name.get(screen.block)
        found = _tests_before(interview, {screen.sought or "", *(block.sets if isinstance(block, Question) else ())} - {""})
    else:
        found = set()
    for _ in range(STEPS):
        found |= {
            name
            for block in interview.blocks
            if isinstance(block, Code) and found & set(map(plain, block.sets))
            for name in _names_in(block.code.source)
        }
    return found


def _conditions_of(interview: Interview, variable: str) -> set[str]:
    """Names in the ``if`` of the blocks that may define *variable*."""
    written = {pattern.text for pattern in names.patterns(variable)}
    blocks: Iterable[Block] = (block for block in interview.blocks if written & set(block.sets))
    return {name for block in blocks for condition in block.conditions for name in _names_in(condition.source)}


def _tests_before(interview: Interview, events: set[str]) -> set[str]:
    """Names in the tests under which code asks for one of *events*."""
    found: set[str] = set()
    for block in interview.blocks:
        if isinstance(block, Code) and any(event in block.code.source for event in events):
            for node in ast.walk(ast.parse(block.code.source)):
                if isinstance(node, ast.If) and events & {name for inner in (*node.body, *node.orelse) for name in _names_in(ast.unparse(inner))}:
                    found |= set(_names_in(ast.unparse(node.test)))
    return found


def _names_in(source: str) -> Iterator[str]:
    """Every name that *source* reads, and the names of what it is part of."""
    for path in names_in(source).uses:
        parts = plain(path)
        yield parts
        yield from (parts[: place.start()] for place in re.finditer(r"[.\[]", parts))
