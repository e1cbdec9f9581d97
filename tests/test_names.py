"""Names of answers and the patterns that may define them."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from engross import names

STEPS = st.one_of(
    st.sampled_from(["name", "address", "child", "first"]).map(lambda word: ("." + word, False)),
    st.one_of(st.integers(0, 12).map(repr), st.sampled_from(["'a'", "'b c'"])).map(lambda key: (f"[{key}]", True)),
)
PATHS = st.tuples(st.sampled_from(["users", "fruit"]), st.lists(STEPS, max_size=5))


def every_way(root: str, steps: list[tuple[str, bool]]) -> list[tuple[bool, str, tuple[int, ...]]]:
    """(generic, text, places of iterators) of all ways to write the name, in no particular order."""
    ways = []
    for cut in range(len(steps) + 1):
        if cut == len(steps) and steps:
            continue  # `x` alone
        for generic in (False, True):
            if (generic and not steps) or (not generic and cut):
                continue
            places = [n for n in range(cut, len(steps)) if steps[n][1]]
            for count in range(len(places) + 1):
                for chosen in itertools.combinations(places, count):
                    letters = iter("ijklmn")
                    parts = [f"[{next(letters)}]" if n in chosen else steps[n][0] for n in range(cut, len(steps))]
                    ways.append((generic, ("x" if generic else root) + "".join(parts), chosen))
    return ways


@given(PATHS)
def test_patterns_come_in_docassembles_order(path: tuple[str, list[tuple[str, bool]]]) -> None:
    """Without x before with it; more dots first; more brackets first; fewer iterators first; then the earlier index first."""
    root, steps = path
    found = [pattern.text for pattern in names.patterns(root + "".join(text for text, _ in steps))]
    ways = every_way(root, steps)
    expected = sorted(ways, key=lambda way: (way[0], -way[1].count("."), -way[1].count("["), len(way[2]), way[2]))

    assert found == [text for _, text, _ in expected]


@given(PATHS)
def test_a_pattern_with_its_values_is_the_name_again(path: tuple[str, list[tuple[str, bool]]]) -> None:
    """x and the iterators stand for what they say."""
    root, steps = path
    name = root + "".join(text for text, _ in steps)
    for pattern in names.patterns(name):
        text = pattern.text
        for iterator, key in pattern.iterators:
            text = text.replace(f"[{iterator}]", f"[{key}]", 1)
        if pattern.generic is not None:
            text = pattern.generic + text.removeprefix("x")

        assert text == name


def test_the_patterns_of_a_name_of_a_person() -> None:
    """As `semantics.md` lists them."""
    found = [(pattern.text, pattern.generic) for pattern in names.patterns("users[0].name.first")]

    assert found == [
        ("users[0].name.first", None),
        ("users[i].name.first", None),
        ("x[0].name.first", "users"),
        ("x[i].name.first", "users"),
        ("x.name.first", "users[0]"),
        ("x.first", "users[0].name"),
    ]
