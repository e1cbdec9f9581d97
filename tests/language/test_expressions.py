"""What code uses and sets is read from its syntax tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engross.language.expressions import TextSyntaxError, is_mako, names_in, names_in_text


@pytest.mark.parametrize(
    ("source", "sets"),
    [
        ("a = 1", ("a",)),
        ("a = b = 1", ("a", "b")),
        ("a, (b, c) = f()", ("a", "b", "c")),
        ("users[i].name.first = 'x'", ("users[i].name.first",)),
        ('x.box["key"].y = 1', ("x.box['key'].y",)),
        ("a += 1", ("a",)),
        ("a: int = 1", ("a",)),
        ("a: int", ()),
        ("for k, v in d.items():\n  pass", ("k", "v")),
        ("with open(f) as g:\n  pass", ("g",)),
        ("import os.path", ("os.path", "os")),
        ("from a import b as c, d", ("c", "d")),
        ("def f(x):\n  y = 1", ("f",)),
        ("class C:\n  y = 1", ("C",)),
        ("define('users[0].age', 3)", ("users[0].age",)),
        ("[q for q in w]", ()),
        ("if (n := f()) > 1:\n  pass", ("n",)),
        ("f(a)[0].b = 1", ()),
        ("a[b + 1] = 1", ()),
    ],
)
def test_what_code_sets(source: str, sets: tuple[str, ...]) -> None:
    """Targets of assignments as paths; what cannot be told is left out."""
    assert names_in(source).sets == sets


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("a.b.c + d", {"a.b.c", "d"}),
        ("users[i].name.first", {"users[i].name.first", "i"}),
        ("f(x.y)", {"f", "x.y"}),
        ("x.method(1)", {"x"}),
        ("[q.r for q in w if q.t and z]", {"w", "z"}),
        ("lambda q: q + z", {"z"}),
        ("sorted(a, key=lambda y: y.n)", {"sorted", "a"}),
    ],
)
def test_what_code_uses(source: str, uses: set[str]) -> None:
    """Paths that are read; what a comprehension or lambda binds is its own."""
    assert names_in(source).uses == uses


def test_an_expression_is_told_from_statements() -> None:
    """`a = 1` is no expression."""
    assert (names_in("a == 1").is_expression, names_in("a = 1").is_expression) == (True, False)


def test_invalid_escapes_in_code_warn_nobody() -> None:
    """Python warns of `\\d` in a string; that is not for whoever loads the interview."""
    assert names_in(r"a = '\d'").sets == ("a",)


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("Hello ${ users[0].name }", {"users"}),
        ("% if a:\nx\n% elif b:\ny\n% endif", {"a", "b"}),
        ("% for p in people:\n${ p.name } ${ loop.index }\n% endfor", {"people"}),
        ("<% q = 3 %>${ q + r }", {"r"}),
        ('<%def name="greet(who)">Hi ${ who }</%def>${ greet(a) }', {"a"}),
        ("no Mako, only {term} and $5", set()),
    ],
)
def test_what_a_text_uses(text: str, uses: set[str]) -> None:
    """Names that Mako would look up in the answers."""
    assert names_in_text(text).uses == uses


def test_a_mistake_in_mako_has_its_line() -> None:
    """The line within the text."""
    with pytest.raises(TextSyntaxError) as caught:
        names_in_text("a\nb\n% if x\nfoo\n% endif")

    assert caught.value.line == 3


@pytest.mark.parametrize(("text", "mako"), [("${ a }", True), ("% if a:", True), ("## note", True), ("100% sure, $5", False)])
def test_text_without_mako_is_plain(text: str, mako: bool) -> None:
    """The same test as docassemble's decides."""
    assert is_mako(text) is mako


_NAMES = st.from_regex(r"[a-z]{1,3}", fullmatch=True).filter(lambda name: name.isidentifier() and name not in ("if", "is", "in", "or", "as", "and", "not", "for", "def", "del", "try"))
_PATHS = st.builds(
    lambda root, steps: root + "".join(steps),
    _NAMES,
    st.lists(st.one_of(_NAMES.map(lambda n: f".{n}"), st.integers(0, 9).map(lambda n: f"[{n}]"), _NAMES.map(lambda n: f"[{n!r}]")), max_size=4),
)


@pytest.mark.slow
@given(_PATHS)
def test_every_path_that_is_assigned_is_found_as_written(path: str) -> None:
    """Law: `path = 1` sets path, and reading it uses path."""
    assert names_in(f"{path} = 1").sets == (path,)
    assert path in names_in(path).uses
