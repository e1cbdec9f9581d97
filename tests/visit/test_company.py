"""Several people in one session, whose ``multi_user`` is true: they share the answers, and each is asked what is theirs to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from engross.context import Person, Presence, arrive
from engross.visit import Shown

from .conftest import Bench

TWO_SIGN = """
metadata:
  title: Two sign
---
mandatory: True
code: |
  multi_user = MULTI
---
mandatory: True
code: |
  lawyer
  invited
  client
---
code: |
  address = interview_url()
  invited = True
  force_ask('waiting')
---
event: waiting
question: Wait for your client
subquestion: ${ address }
---
question: Who is the lawyer?
fields:
  - Name: lawyer
---
question: Who is the client?
subquestion: |
  Signed in: ${ user_info().email if user_logged_in() else 'nobody' }
fields:
  - Name: client
---
mandatory: True
question: Signed by ${ lawyer } and ${ client }
"""


@pytest.fixture(autouse=True)
def nobody_after() -> Iterator[None]:
    """Whoever comes in a test is gone after it."""
    yield
    arrive(Presence())


def comes(bench: Bench, browser: str, *, guest: bool = False, sign_in: str = "") -> Shown:
    """Somebody opens the session of the conversation."""
    assert bench.shown is not None
    arrive(Presence(browser=browser, guest_in=frozenset({bench.shown.session_id} if guest else ()), sign_in=sign_in))
    return bench.again()


def invited(bench: Bench, person: Person | None = None, multi_user: bool = True) -> str:
    """The lawyer has answered and waits; the address for the client."""
    arrive(Presence(browser="lawyer"))
    bench.shown = bench.visits.start(bench.write(TWO_SIGN.replace("MULTI", str(multi_user)), f"two-{multi_user}.yml"), person=person)
    return str(bench.answer(lawyer="Ann").screen.subquestion)


def test_what_one_is_asked_out_of_turn_waits_for_that_one_alone(bench: Bench) -> None:
    """The lawyer waits, the client is asked what comes next, the lawyer still waits."""
    invited(bench)
    theirs = comes(bench, "client", guest=True).screen.question
    ours = comes(bench, "lawyer").screen.question

    assert ("Who is the client?", "Wait for your client") == (theirs, ours)


def test_who_goes_on_by_a_private_link_goes_on_where_they_were(bench: Bench) -> None:
    """Another browser without an invitation is the same person at another phone."""
    invited(bench)

    assert "Wait for your client" == comes(bench, "lawyer's phone").screen.question


def test_each_answers_the_screen_that_was_shown_to_them(bench: Bench) -> None:
    """Although another looked at the session after it was shown."""
    invited(bench)
    theirs = comes(bench, "client", guest=True)
    comes(bench, "lawyer")
    arrive(Presence(browser="client", guest_in=frozenset({theirs.session_id})))
    bench.shown = theirs
    after = bench.answer(client="Cy")

    assert ("Signed by Ann and Cy", None) == (after.screen.question, after.notice)


def test_a_guest_is_not_the_one_whose_session_it_is(bench: Bench) -> None:
    """Code sees who is signed in in their own browser; the owner's other sessions are out of their reach."""
    bench.store.people.prepare()
    ann = bench.store.people.with_password("ann@example.org", "hash").person
    invited(bench, ann)
    theirs = comes(bench, "client", guest=True)

    assert "Signed in: nobody" == str(theirs.screen.subquestion).strip()


def test_an_address_is_an_invitation_only_for_several(bench: Bench) -> None:
    """Without ``multi_user`` it leads to the form, and nobody into the session."""
    assert "session=" in invited(bench) and "session=" not in invited(bench, multi_user=False)


def test_an_invitation_leads_to_its_session_while_that_takes_guests(bench: Bench) -> None:
    """Not when it was changed, when it ended, for another form, or when ``multi_user`` is false."""
    address = invited(bench)
    assert bench.shown is not None
    session = bench.shown.session_id
    token = address.split("session=")[1]
    read: Callable[[str], object] = bench.store.invitations.read
    invitation = bench.store.invitations.read(token)
    assert invitation is not None
    interview = bench.store.sessions.load(session).interview
    alone = invited_alone(bench)
    closed = bench.store.invitations.make(alone, needs_multi_user=True)

    assert session not in address
    assert session == bench.visits.open_to_guests(invitation, interview)
    assert None is bench.visits.open_to_guests(invitation, "docassemble.other:form.yml")
    assert None is bench.visits.open_to_guests(bench.store.invitations.read(closed), bench.store.sessions.load(alone).interview)  # type: ignore[arg-type]
    assert [None] * 3 == [read(token[:-2] + "AA"), read("x"), read(bench.store.invitations.make(session, needs_multi_user=True, hours=-2))]


def invited_alone(bench: Bench) -> str:
    """A session that takes no guests."""
    invited(bench, multi_user=False)
    assert bench.shown is not None
    return bench.shown.session_id


def test_the_same_invitation_has_the_same_address(bench: Bench) -> None:
    """So that a page does not change with each look at it."""
    make = bench.store.invitations.make

    assert make("0" * 32, needs_multi_user=True) == make("0" * 32, needs_multi_user=True) != make("1" * 32, needs_multi_user=True)
