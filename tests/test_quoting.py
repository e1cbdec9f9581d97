"""Visitors' words in authors' texts print as they were typed."""

from __future__ import annotations

import html
import re

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engross.markup import to_html, to_text
from engross.quoting import escape, printed, quoted, remember

HOSTILE = [
    "<b>Bob</b> & *Co*",
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "Robert'); DROP TABLE",
    "[FILE secret.pdf]",
    "[YOUTUBE abc] x",
    "[BR]",
    "${ 1 + 1 }",
    "{{ 7 * 7 }}",
    "<% import os %>",
    "{summons}",
    ":house:",
    "# Heading",
    "1. one",
    "- dash",
    "    code",
    "_a_ `c` **d** [l](http://x)",
    "![](http://evil/x.png)",
    "javascript:alert(1)",
    "a\\*b",
    'O\'Brien "x" -- ...',
    "| a | b",
    "> quote",
    "&lt;b&gt; &amp; &#60;",
    "a  \nb",
    "*",
    "<",
    "[^1]",
    "text {: .cls }",
    "<https://evil.example>",
]


def shown(text: str, typed: list[str]) -> str:
    """HTML of an author's text with *text* in it."""
    with quoted(typed):
        return to_html(f"Dear {printed(text)} there", terms={"summons": "x"})


def folded(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "reshape",
    [
        str,
        str.upper,
        str.strip,
        lambda t: f"Ms. {t}, Esq.",
        lambda t: f"{t} and {t}",
        lambda t: " ".join(t.split()),
    ],
)
def test_what_was_typed_reads_as_it_was_typed(text: str, reshape: object) -> None:
    """Also when code joined it with other words, changed its capitals or its white space; and it makes no element."""
    typed: set[str] = set()
    remember(typed, text)
    text_shown = reshape(text)  # type: ignore[operator]
    if text in ("*", "<", "[BR]", "[^1]") and text_shown.strip() != text:
        pytest.skip("a lone mark is told from the author's own only where nothing touches it")
    made = shown(text_shown, list(typed))
    tree = lxml.html.fragment_fromstring(made, create_parent="div")

    assert (
        folded(f"Dear {text_shown} there"),
        {"div", "p"} | ({"br"} if "  \n" in text_shown else set()),
    ) == (
        folded(tree.text_content()),
        {element.tag for element in tree.iter()},
    )


@pytest.mark.parametrize("text", [t for t in HOSTILE if "<" in t and len(t) > 1])
def test_a_piece_of_what_was_typed_is_harmless(text: str) -> None:
    """Code may cut a text; its tags stay text."""
    typed: set[str] = set()
    remember(typed, text)
    tags = re.findall(r"<[^>]*>", text)
    made = [shown(tag, list(typed)) for tag in tags]

    assert [f"<p>Dear {escape(tag)} there</p>" for tag in tags] == made


def test_what_the_author_makes_stays_markup() -> None:
    """HTML and Markdown from code and library count, whatever was typed elsewhere."""
    made = shown('<a class="btn" href="/x">**Go**</a>', ["<b>Bob</b>", "*", "-", "O'Brien"])

    assert '<p>Dear <a class="btn" href="/x"><strong>Go</strong></a> there</p>' == made


def test_a_typed_label_in_a_button_of_the_library_is_text() -> None:
    """The button is markup, the words in it are not."""
    made = shown('<a class="btn" href="/x"><b>Bob</b></a>', ["<b>Bob</b>"])

    assert '<p>Dear <a class="btn" href="/x">&#60;b&#62;Bob&#60;/b&#62;</a> there</p>' == made


def test_a_typed_address_that_would_run_leads_nowhere() -> None:
    """The author's link stays, without an address."""
    with quoted(["javascript:alert(1)"]):
        made = to_html(f"[site]({printed('javascript:alert(1)')}) [ok]({printed('https://x.org')})")

    assert '<p><a >site</a> <a target="_blank" rel="noopener" href="https://x.org">ok</a></p>' == made


def test_nothing_is_quoted_for_papers_and_values() -> None:
    """DOCX, PDF and inputs get what was typed."""
    with quoted(["<b>Bob</b>"]), quoted(None):
        value = printed("<b>Bob</b>")

    assert "<b>Bob</b>" == value


def test_quoting_twice_changes_nothing_more() -> None:
    """A template inside of a text was quoted already."""
    with quoted(HOSTILE):
        once = [printed(text) for text in HOSTILE]
        twice = [printed(text) for text in once]

    assert once == twice


def test_only_what_needs_care_is_remembered() -> None:
    """Plain names stay out of it; containers are searched."""
    typed: set[str] = set()
    remember(typed, {"a": ["Ann", "<b>"], "b": 4, "c": ("x*y",)})

    assert {"<b>", "x*y"} == typed


@pytest.mark.slow
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co"]), min_size=3, max_size=60))
def test_escaped_text_reads_as_it_stands(text: str) -> None:
    """Through Markdown, marks and HTML, and back as plain text (white space folded)."""
    if not text.strip():
        return

    assert folded(f"x {html.unescape(escape(text))} y") == folded(to_text(f"x {escape(text)} y"))
