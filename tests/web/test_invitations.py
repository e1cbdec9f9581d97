"""Invitations: the address of an interview that several people answer lets another browser in, after a button was pressed."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import lxml.html
import pytest

from engross.markup import to_html
from tests.web.conftest import TestClient
from tests.web.test_later import Place, begun, hidden, place

__all__ = ["place"]

INTERVIEW = """
metadata:
  title: Short
---
mandatory: True
code: |
  multi_user = MULTI
  name, town, done
---
question: Name?
fields:
  - Name: name
---
question: Town?
subquestion: |
  ${ interview_url() } or ${ interview_url_action('called') }
fields:
  - Town: town
---
event: called
question: You were called
---
event: done
question: Done ${ name }
"""


def address_in(place: Place, browser: TestClient, number: int = 0) -> str:
    """An address that the second page shows."""
    page = browser.get(place.interview).text
    return re.findall(r"(/interview\?i=[^\s<]+)", page.replace("&amp;", "&").replace("&#38;", "&").replace("&#61;", "=").replace("&#63;", "?"))[number]


@pytest.fixture
def shared(place: Place) -> Place:
    """The interview of a private link, for several."""
    Path(place.reference).write_text(INTERVIEW.replace("MULTI", "True"), encoding="utf-8")
    return place


def test_another_browser_is_let_in_after_a_button(shared: Place) -> None:
    """Looking at the address opens nothing; then it goes on with the same answers."""
    address = address_in(shared, begun(shared))
    other = shared.browser()
    asked = other.get(address).text
    before = other.get("/interview/variables", params={"i": shared.reference}).status_code
    joined = other.post("/interview/join", data={name: hidden(asked, name) for name in ("_csrf", "_i", "_session")})

    assert "Go on with this form?" in asked and "Town?" not in asked
    assert (403, 200) == (before, joined.status_code)
    ended = other.post("/interview", data={**{name: hidden(joined.text, name) for name in ("_csrf", "_i", "_screen")}, "dG93bg": "Bern"})

    assert "Town?" in joined.text and "Done Ann" in ended.text


@pytest.mark.slow
def test_every_invitation_comes_through_markdown(place: Place) -> None:
    """However its letters fall: a thousand tokens in a text and in links of a text are read from the page as what was made."""
    numbers = [f"{number:032x}" for number in range(0, 2**128, 2**118)]
    tokens = {number: place.store.invitations.make(number, needs_multi_user=bool(int(number[0], 16) % 2), hours=24) for number in numbers}
    text = "\n\n".join(f"Call /interview?i=a&session={token} or [her](/interview?i=a&session={token})" for token in tokens.values())
    page = lxml.html.fromstring(f"<div>{to_html(text)}</div>")
    linked = [parse_qs(urlsplit(link.get("href")).query)["session"][0] for link in page.iter("a")]
    written = re.findall(r"session=(\S+) or", page.text_content())
    read = [place.store.invitations.read(token) for token in linked]

    assert len(numbers) == 1024
    assert list(tokens.values()) == linked == written
    assert numbers == [invitation.session_id for invitation in read if invitation is not None]


def test_an_invitation_to_an_action_does_it_once_let_in(shared: Place) -> None:
    """``interview_url_action`` leads another browser to what it asks for."""
    address = address_in(shared, begun(shared), 1)
    other = shared.browser()
    asked = other.get(address).text
    joined = other.post("/interview/join", data={name: hidden(asked, name) for name in ("_csrf", "_i", "_session", "_action")})

    assert "You were called" in joined.text


def test_who_is_in_already_is_not_asked(shared: Place) -> None:
    """The browser that began it only goes on."""
    browser = begun(shared)

    assert "Town?" in browser.get(address_in(shared, browser)).text


@pytest.mark.parametrize("token", ["x", "a" * 86, "0" * 32])
def test_an_invitation_that_nobody_made_leads_nowhere(shared: Place, token: str) -> None:
    """The address begins a form of one's own; the button gets a calm page."""
    begun(shared)
    other = shared.browser()
    page = other.get(shared.interview, params={"i": shared.reference, "session": token}).text
    refused = other.post("/interview/join", data={"_csrf": hidden(page, "_csrf"), "_i": shared.reference, "_session": token})

    assert "Name?" in page
    assert 404 == refused.status_code and "does not work any more" in refused.text
