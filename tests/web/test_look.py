"""How an interview's ``features`` and ``metadata`` change its pages."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from engross.engine.screen import Screen
from engross.web.look import error_help, look_of, wants_whole_window
from engross.web.pages import Frame, screen_page
from tests.web.conftest import Server
from tests.web.fakes import INTERVIEW
from tests.web.gallery import GALLERY, field, shown

FRAME = Frame(nonce="n0nce", token="t")


def interview(**said: Any) -> Any:
    return SimpleNamespace(features=said, metadata=said.pop("metadata", {}), package="docassemble.Demo")


def page(screen: Screen | None = None, /, **said: Any) -> str:
    """A page of an interview with these ``features`` (and ``metadata``)."""
    one = shown(screen) if screen is not None else GALLERY["question"]
    return screen_page(one, FRAME, look_of(interview(**said), INTERVIEW), interview=INTERVIEW)


def body_classes(html: str) -> list[str]:
    return re.search(r'<body class="([^"]*)"', html)[1].split()  # type: ignore[index]


@pytest.mark.parametrize(
    ("feature", "value", "name"),
    [("inverse navbar", False, "engross-light-header"), ("centered", False, "engross-left"), ("wide side by side", True, "engross-wide"), ("hide navbar", True, "engross-no-header")],
)
def test_a_feature_changes_the_page_by_a_class(feature: str, value: bool, name: str) -> None:
    """Said it is there; unsaid it is not."""
    assert [name in body_classes(page()), name in body_classes(page(**{feature: value}))] == [False, True]


def test_the_menu_can_be_left_to_the_interview() -> None:
    """``hide standard menu`` keeps what the interview adds, ``hide corner interface`` nothing; answers can still be deleted."""
    own = replace(GALLERY["question"].screen, menu=({"url": "/about", "label": "About us"},))
    usual, hidden, gone = page(own), page(own, **{"hide standard menu": True}), page(own, **{"hide corner interface": True})
    told = [["About us" in html, "Start again" in html, "/interview/delete" in html] for html in (usual, hidden, gone)]

    assert told == [[True, True, True], [True, False, True], [False, False, True]]
    assert "engross-menu" not in page(**{"hide standard menu": True})


def test_ways_back_and_help_stand_where_the_interview_wants_them() -> None:
    """The corner's way back goes, one among the buttons comes, and a button leads to the help of the page."""
    usual = page(GALLERY["heavy"].screen)
    other = page(GALLERY["heavy"].screen, **{"navigation back button": False, "question back button": True, "question help button": True})

    assert ['id="dabackbutton"' in usual, 'formaction="/interview/back"' in usual, 'href="#dahelp">' in usual.split("<footer")[0]] == [True, False, False]
    assert ['id="dabackbutton"' in other, 'formaction="/interview/back"' in other, 'href="#dahelp">' in other.split("<footer")[0]] == [False, True, True]


def test_labels_may_stand_in_their_fields() -> None:
    """``floating labels`` for all fields, unless a field says otherwise."""
    screen = Screen(kind="fields", question="Q", block="b", fields=(field("a", "A"), field("b", "B", floating_label=False)))

    assert [page(screen).count("form-floating"), page(screen, **{"floating labels": True}).count("form-floating")] == [0, 1]


def test_the_browser_can_be_kept_from_offering_what_was_typed_elsewhere() -> None:
    """``suppress autofill`` for the form and each of its boxes, names of visitors too."""
    screen = Screen(kind="fields", question="Q", block="b", fields=(field("users[0].name.first", "First name"), field("b", "B", input_type="area")))

    assert 'autocomplete="given-name"' in page(screen)
    assert 'autocomplete="given-name"' not in page(screen, **{"suppress autofill": True})
    assert page(screen, **{"suppress autofill": True}).count('autocomplete="off"') == 3


def test_terms_open_as_the_interview_says() -> None:
    """``popover trigger``; a word that means nothing is the usual one."""
    assert ['"popover": "hover"' in page(**{"popover trigger": said}) for said in ("hover", "<b>")] == [True, False]


def test_check_ins_come_as_often_as_the_interview_says() -> None:
    """``checkin interval``: six seconds, never more than one a second, none with 0; only where a screen checks in."""
    checking = Screen(kind="fields", question="Q", block="b", fields=(field("a", "A"),), check_in="look")
    told = [re.search(r'"check_in": (\d+)', page(screen, **said))[1] for screen, said in ((checking, {}), (checking, {"checkin interval": 10}), (checking, {"checkin interval": 0}), (None, {}))]  # type: ignore[index]

    assert told == ["6000", "1000", "0", "0"]


def test_a_small_screen_has_the_short_title() -> None:
    """In place of the title, not of a logo."""
    titles = {"title": "Petition for an order", "short title": "Petition <1>"}

    assert re.search(r'<span class="d-md-none"><svg.*?</svg> <span>Petition &lt;1&gt;</span></span>', page(metadata=titles), re.DOTALL)
    assert "d-md-none" not in page(metadata=titles | {"logo": "<b>L</b>"})


def test_pages_that_link_here_are_told_what_this_is() -> None:
    """``social``: names of the page's own, and those of other sites with their prefix; pictures by their address."""
    html = page(metadata={"social": {"description": 'An "order"', "image": "card.png", "og": {"title": "Order"}, "twitter": {"image": "https://x.org/a.png"}}})

    assert re.findall(r'<meta ((?:name="(?:desc|image|twitter)|property)[^>]*)>', html) == [
        'name="description" content="An &#34;order&#34;"', 'name="image" content="/packagestatic/docassemble.Demo/card.png"',
        'property="og:title" content="Order"', 'name="twitter:image" content="https://x.org/a.png"',
    ]  # fmt: skip


def test_an_author_has_words_for_an_error() -> None:
    """``error help``, by language where there are several."""
    several = {"error help": {"en": "Call us.", "es": "Llame."}}

    assert [error_help(interview(metadata=said), "es") for said in ({}, {"error help": "Call **us**."}, several)] == ["", "Call **us**.", "Llame."]


def test_the_error_page_shows_them(server: Server) -> None:
    """As Markdown, beside the code that helpers ask for."""
    server.open()
    site = server.client.app.state.site  # type: ignore[attr-defined]
    site.interviews.get = lambda reference: interview(metadata={"error help": "Call **us**."})
    server.visits.failure = ValueError("x")

    assert "Call <strong>us</strong>." in server.client.get("/interview", params={"i": INTERVIEW}).text


def test_an_interview_may_leave_the_frame_it_is_in(server: Server) -> None:
    """``go full screen``: in a frame there is only a way to the whole window, and no session begins; ``mobile`` means telephones."""
    site = server.client.app.state.site  # type: ignore[attr-defined]
    site.interviews.get = lambda reference: interview(**{"go full screen": True})
    framed = server.client.get("/interview", params={"i": INTERVIEW}, headers={"sec-fetch-dest": "iframe"}).text
    begun = list(server.visits.sessions)
    whole = server.client.get("/interview", params={"i": INTERVIEW}, headers={"sec-fetch-dest": "document"}).text

    assert ['target="_top"' in framed, begun, "What is your name?" in whole] == [True, [], True]
    assert [wants_whole_window(interview(**{"go full screen": "mobile"}), on_telephone=is_one) for is_one in (False, True)] == [False, True]
