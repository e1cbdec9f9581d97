"""DAStore in a conversation: who shares what with whom."""

from __future__ import annotations

import pytest

from engross.context import Person
from engross.store.keys import hold, new_secret

from .conftest import Bench

KEEPS = """
objects:
  - kept: DAStore.using(base={base!r})
---
question: Color?
fields:
  - Color: color
---
mandatory: True
code: |
  before = kept.get("color")
  color
  kept.set("color", color)
---
mandatory: True
question: |
  Was ${{ before }}, is ${{ kept.get("color") }}
"""


def said(bench: Bench, color: str, base: str, person: Person | None = None) -> str:
    """The last screen's words in a session that keeps *color*."""
    bench.shown = bench.visits.start(bench.write(KEEPS.format(base=base)), person=person)
    return bench.answer(color=color).screen.question


@pytest.fixture
def people(bench: Bench) -> tuple[Person, Person]:
    """Ann and Bob, who have accounts."""
    bench.store.people.prepare()
    return (
        bench.store.people.with_password("ann@example.org", "hash").person,
        bench.store.people.with_password("bob@example.org", "hash").person,
    )


@pytest.mark.parametrize("base", ["interview", "global", "our name"])
def test_sessions_share_what_is_kept_for_all(bench: Bench, base: str) -> None:
    """The next session finds what the one before kept."""
    assert [said(bench, "red", base), said(bench, "blue", base)] == ["Was None, is red", "Was red, is blue"]


def test_a_signed_in_person_finds_it_in_every_session(bench: Bench, people: tuple[Person, Person]) -> None:
    """And nobody else does."""
    ann, bob = people

    assert [said(bench, "red", "user", ann), said(bench, "blue", "user", bob), said(bench, "green", "user", ann)] == [
        "Was None, is red", "Was None, is blue", "Was red, is green",
    ]


@pytest.mark.parametrize("base", ["user", "session"])
def test_without_an_account_it_stays_in_the_session(bench: Bench, base: str) -> None:
    """Two visitors who did not sign in share nothing."""
    assert [said(bench, "red", base), said(bench, "blue", base)] == ["Was None, is red", "Was None, is blue"]


def test_nothing_leaves_a_confidential_session(bench: Bench) -> None:
    """What only the visitor's secret opens is kept with the session, whatever the base."""
    file = bench.write("metadata:\n  confidential: strict\n---" + KEEPS.format(base="global"))
    heard = []
    for color in ("red", "blue"):
        secret = new_secret()
        bench.shown = bench.visits.start(file, secret=secret)
        hold({bench.shown.session_id: secret})
        heard.append(bench.answer(color=color).screen.question)

    hold({})
    assert heard == ["Was None, is red", "Was None, is blue"]


def test_what_a_visitor_typed_prints_as_it_stands_in_another_session(bench: Bench) -> None:
    """Markup in an answer is no markup there either."""
    said(bench, "<b>red</b> [x](http://x.example)", "interview")

    words = said(bench, "blue", "interview")

    assert "<b>" not in words
    assert "](http" not in words


def test_an_object_comes_back_as_a_copy(bench: Bench) -> None:
    """A person kept in one session has the same name in another."""
    text = """
objects:
  - kept: DAStore.using(base="interview")
---
mandatory: True
code: |
  if not kept.defined("friend"):
    friend = Individual("friend")
    friend.name.first = "Ann"
    kept.set("friend", friend)
  found = kept.get("friend")
---
mandatory: True
question: ${ found.name.first } of ${ kept.keys() }
"""
    file = bench.write(text)

    assert [bench.visits.start(file).screen.question for _ in range(2)] == ["Ann of ['friend']"] * 2


SHARES = """
modules: []
---
objects:
  - redis: DARedis
---
question: Color?
fields:
  - Color: color
---
mandatory: True
code: |
  color
  redis
  number = write_record("colors", {"name": color})
  counted = redis.incr(redis.key("visits"))
  redis.rpush("list", color)
  key, secret = stash_data(color) if counted == 1 else (None, None)
---
mandatory: True
question: |
  ${ number } ${ counted } ${ [one["name"] for one in read_records("colors").values()] } ${ [one.decode() for one in redis.lrange("list", 0, -1)] }
"""


def test_records_and_redis_are_for_all_sessions(bench: Bench) -> None:
    """Numbers go on, and what one session wrote another reads."""
    told = []
    for color in ("red", "blue"):
        bench.start(SHARES)
        told.append(bench.answer(color=color).screen.question)

    assert told == ["1 1 ['red'] ['red']", "2 2 ['red', 'blue'] ['red', 'blue']"]


def test_counting_at_once_loses_nothing(bench: Bench) -> None:
    """Of several that change a value at once, each sees what the one before made."""
    from concurrent.futures import ThreadPoolExecutor

    def count(_: int) -> None:
        bench.store.commons.change("all", "n", lambda kept: (kept or 0) + 1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(20)))

    assert bench.store.commons.get("all", "n") == 20
    assert bench.store.commons.items("all") == {"n": 20}


def test_a_confidential_session_shares_nothing(bench: Bench) -> None:
    """Its records are its own."""
    told = []
    for color in ("red", "blue"):
        secret = new_secret()
        shown = bench.visits.start(bench.write("metadata:\n  confidential: strict\n---" + SHARES), secret=secret)
        hold({shown.session_id: secret})
        bench.shown = shown
        told.append(bench.answer(color=color).screen.question)

    hold({})

    assert told == ["1 1 ['red'] ['red']", "1 1 ['blue'] ['blue']"]
