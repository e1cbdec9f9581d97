"""Names in texts: asked for where they are used, in the order of the text."""

from __future__ import annotations

from typing import Any

import pytest

from engross.engine import evaluation
from engross.errors import Undefined, Where
from engross.language.blocks import Text
from engross.language.interview import Interview

HERE = Where("x.yml", 1)


def render(source: str, **answers: Any) -> str:
    """The words of a text with these answers."""
    evaluation.prepare(answers, Interview(file="x.yml", package=""))
    return evaluation.render(Text(source, HERE), answers)


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("${ b } ${ a }", "b"),
        ("% if c:\n${ a }\n% endif\n${ d }", "d"),
        ("% for y in [1]:\n${ [a for z in [1]] }\n% endfor", "a"),
        ("${ (lambda: a)() }", "a"),
        ('<%def name="f()">${ a }</%def>${ f() }', "a"),
    ],
)
def test_the_first_name_that_is_used_is_asked_for(source: str, missing: str) -> None:
    """Also inside loops, functions and comprehensions; not in a branch that is not taken."""
    with pytest.raises(Undefined) as undefined:
        render(source, c=False)

    assert missing == undefined.value.path


def test_a_name_in_a_branch_that_is_not_taken_is_not_asked_for() -> None:
    """As in docassemble: ``${ grantee }`` after an ``else`` that does not hold."""
    assert "yes" == render("% if True:\nyes\n% else:\n${ nobody }\n% endif").strip()


def test_a_text_may_set_names_of_its_own() -> None:
    """A ``<% %>`` block."""
    assert "3" == render("<% total = a + 1 %>${ total }", a=2)
