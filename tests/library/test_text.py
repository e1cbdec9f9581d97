"""How texts are dressed, and values for the check boxes of forms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engross.library import locales, text
from engross.library.this_thread import empty_globals, global_context


@pytest.fixture(autouse=True)
def no_trace() -> Iterator[None]:
    """What a test sets is forgotten afterwards."""
    with global_context(empty_globals()):
        yield


@pytest.mark.parametrize(
    ("expected", "made"),
    [
        ("I agree.", text.fix_punctuation("I agree")),
        ("Do I?", text.fix_punctuation("Do I?  ")),
        ("because;", text.fix_punctuation("because", mark=";")),
        ("because", text.fix_punctuation("because ", mark="")),
        ("one two three", text.single_paragraph("one\n\ntwo\r\nthree")),
        ("one\n\ntwo", text.single_to_double_newlines("one\ntwo")),
        ("> one\n> two", text.quote_paragraphs("one\ntwo\n")),
        ("    one\n    two", text.indent("one\ntwo")),
        ("  one", text.indent("one", by=2)),
        ("**bold**", text.bold("b*ol*d")),
        ("**no**", text.bold("", default="no")),
        ("_x_", text.italic("x")),
        ("", text.italic(None)),
        ("n/a", text.plain(" ", default="n/a")),
        ("Yes", text.yesno(True)),
        ("No", text.yesno(True, invert=True)),
        ("", text.yesno(None)),
        ("Yes", text.noyes(False)),
        ("", text.noyes("")),
        ("My_file.pdf", text.space_to_underscore("My file.pdf")),
        ("etc_passwd", text.space_to_underscore("../../etc/passwd")),
    ],
)
def test_texts(expected: str, made: str) -> None:
    """docassemble's small functions and their edges."""

    assert expected == made


def test_split_cuts_between_words() -> None:
    """The lines of a form: so many characters each, the last takes the rest."""
    story = "the quick brown fox jumps over the lazy dog"

    assert (["the quick", "brown fox", "jumps over the lazy dog"], "brown fox", "") == (
        text.split(story, [10, 10], "all"),
        text.split(story, [10, 10], 1),
        text.split(story, [10, 10], 9),
    )


@given(st.text("ab \n", max_size=60), st.lists(st.integers(1, 20), max_size=4))
def test_split_loses_no_word(story: str, breaks: list[int]) -> None:
    """Whatever the breaks, the letters come back in order."""
    parts = text.split(story, breaks, "all")

    assert "".join(story.split()) == "".join("".join(parts).split())


def test_redaction_hides_and_keeps_the_layout() -> None:
    """By medium: blocks in DOCX, marks elsewhere; nothing when the draft may be read."""
    elsewhere = text.redact("Ann Lee[BR]x")
    locales.surroundings().medium = "docx"
    docx = text.redact("Ann Lee")
    locales.surroundings().screen["redact"] = False

    assert (
        "[REDACTION_WORD Ann][REDACTION_SPACE][REDACTION_WORD Lee][BR][REDACTION_WORD x]",
        "███\u200b███",
        "Ann Lee",
    ) == (
        elsewhere,
        docx,
        text.redact("Ann Lee"),
    )
