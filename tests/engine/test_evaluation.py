"""Running an interview's code: undefined names become Undefined, errors name file and line."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

from engross.engine import evaluation
from engross.engine.evaluation import evaluate, execute, render
from engross.errors import CodeError, Undefined, Where
from engross.language.blocks import Expression, Text

PLACE = Where("court.petition:data/questions/main.yml", 10)


def scope(**values: Any) -> dict[str, Any]:
    """Answers, with Python's builtins behind them."""
    return {"__builtins__": {**vars(builtins), **evaluation.MAKO_NAMES}, **values}


@pytest.mark.parametrize(
    "source",
    [
        "missing",
        "[n for n in missing]",
        "[missing for n in (1,)]",
        "(lambda: missing)()",
        "len(missing) + 1",
        "f'{missing}'",
    ],
)
def test_a_missing_name_in_an_expression(source: str) -> None:
    """Whatever construct the name stands in, Undefined says which."""
    with pytest.raises(Undefined) as caught:
        evaluate(Expression(source, PLACE), scope())

    assert caught.value.path == "missing"


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n  return missing\nf()",
        "def f():\n  missing = missing + 1\nf()",
        "def f():\n  def g():\n    return missing\n  r = g()\n  missing = 1\nf()",
        "missing += 1",
        "class A:\n  b = missing",
    ],
)
def test_a_missing_name_in_statements(source: str) -> None:
    """Also where Python says it in another way: unbound locals, free variables."""
    with pytest.raises(Undefined) as caught:
        execute(Expression(source, PLACE, statements=True), scope())

    assert caught.value.path == "missing"


@pytest.mark.parametrize("words", ["${ missing }", "% if missing:\nx\n% endif", "% for n in missing:\n${ n }\n% endfor", "<% y = missing %>"])
def test_a_missing_name_in_a_text(words: str) -> None:
    """Mako's ways of saying it count too."""
    with pytest.raises(Undefined) as caught:
        render(Text(words, PLACE), scope())

    assert caught.value.path == "missing"


def test_a_branch_that_is_not_taken_asks_for_nothing() -> None:
    """Only names that are used are looked up (unlike plain Mako)."""
    assert render(Text("% if known:\nyes\n% else:\n${ missing }\n% endif\n", PLACE), scope(known=True)) == "yes\n"


def test_the_first_name_in_the_text_is_asked_first() -> None:
    """Names are looked up in the order in which the text uses them."""
    with pytest.raises(Undefined) as caught:
        render(Text("${ zebra } and ${ ant }", PLACE), scope())

    assert caught.value.path == "zebra"


def test_definitions_in_a_text() -> None:
    """`<%def>` sees the answers, and the text can call it."""
    words = '<%def name="greet(who)">Dear ${ who }, ${ city }</%def>${ greet("Ann") }'

    assert render(Text(words, PLACE), scope(city="Bonn")) == "Dear Ann, Bonn"


def test_an_error_names_file_and_line() -> None:
    """The line is counted from the top of the YAML file."""
    with pytest.raises(CodeError) as caught:
        execute(Expression("a = 1\nb = a / 0", PLACE, statements=True), scope())

    assert str(caught.value) == "court.petition:data/questions/main.yml, line 11: ZeroDivisionError: division by zero"


def test_an_error_in_a_text_names_its_line() -> None:
    """Lines of Mako are counted too."""
    with pytest.raises(CodeError) as caught:
        render(Text("one\ntwo ${ 1 / 0 }", PLACE), scope())

    assert caught.value.where == Where(PLACE.file, 11)


def test_an_attribute_that_is_nearly_right() -> None:
    """The author is told the name that was probably meant."""
    with pytest.raises(CodeError) as caught:
        evaluate(Expression("'x'.uper()", PLACE), scope())

    assert caught.value.nearest == "upper"


def test_answers_hold_nothing_of_the_library() -> None:
    """What code assigns is all that is left in the answers."""
    answers = scope()
    execute(Expression("import math\nroot = math.sqrt(16)", PLACE, statements=True), answers)

    assert {name for name in answers if not name.startswith("__")} == {"math", "root"}


def test_headings_are_no_comments() -> None:
    """Lines that begin with number signs are headings of Markdown, as docassemble's Mako reads them; in Python they are comments."""
    text = Text("## Money\n#### ${ name }\n<%\n  ## a comment\n  total = 1\n%>\n##${ total }\n", PLACE)

    assert render(text, scope(name="Debts")) == "## Money\n#### Debts\n\n##1\n"
