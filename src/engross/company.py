"""Company: several people in one session, as docassemble has them when ``multi_user`` is true.

They share the answers. What each is asked out of turn (``force_ask``, an action of a link) waits for that one alone, and each has a
screen of their own, whose answers are taken when they come. Everybody but the guests, who came by an invitation, is one and the same:
who goes on with a private link on another phone goes on where they were.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engross.context import presence
from engross.engine.answers import Answers
from engross.store.sessions import Session

PLACES = "places"
"""Where a session keeps (in ``Answers.misc``) where the people are who are not there now: ``{"now": who, "others": {who: place}}``."""
MOST = 20
"""People whose places are kept; who was away longest begins anew."""


def is_shared(answers: Answers) -> bool:
    """Whether the interview lets several people into the session."""
    return answers.namespace.get("multi_user") is True


def who_is_there(session_id: str) -> str:
    """The guest who is there; empty for everybody else."""
    at_hand = presence()
    return at_hand.browser if at_hand is not None and session_id in at_hand.guest_in else ""


def take_place(session: Session, answers: Answers) -> Session:
    """Put what waits for the one who is there in the place of what waits for the one who was there last. Gives *session* as that one
    saw it; when it is the same one, nothing changes."""
    places: dict[str, Any] = answers.misc.get(PLACES) or {"now": "", "others": {}}
    who = who_is_there(session.id)
    if presence() is None or not is_shared(answers) or who == places["now"]:
        return session
    others = places["others"]
    others[places["now"]] = {"events": list(answers.events), "screen": session.screen, "screen_id": session.screen_id}
    mine = others.pop(who, {"events": [], "screen": None, "screen_id": None})
    while len(others) > MOST:
        del others[next(iter(others))]
    answers.events[:] = mine["events"]
    answers.misc[PLACES] = {"now": who, "others": others}
    return replace(session, screen=mine["screen"], screen_id=mine["screen_id"])
