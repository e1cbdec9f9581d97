"""Save and finish later: private links, over real visits and a real store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engross.catalogue import Catalogue
from engross.settings import Settings
from engross.store import Store, open_store
from engross.visit import Visits
from engross.web.app import create_app
from tests.web.conftest import TestClient

INTERVIEW = """
metadata:
  title: Short
  quick exit: True
---
mandatory: True
code: |
  name, town, done
---
question: Name?
fields:
  - Name: name
---
question: Town?
fields:
  - Town: town
---
event: done
question: Done ${ name }
"""


@dataclass
class Place:
    """A server, and browsers at it."""

    app: Any
    store: Store
    reference: str

    def browser(self) -> TestClient:
        return TestClient(self.app)

    @property
    def interview(self) -> str:
        return f"/interview?i={self.reference}"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    file = tmp_path / "short.yml"
    file.write_text(INTERVIEW, encoding="utf-8")
    settings = Settings(data_folder=tmp_path / "kept")
    catalogue = Catalogue((str(file),))
    with open_store(settings) as store:
        visits = Visits(store, settings, catalogue.interviews)
        yield Place(create_app(settings, visits, store, catalogue), store, str(file))
        visits.close()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def begun(place: Place) -> TestClient:
    """A browser in which the first question is answered."""
    browser = place.browser()
    page = browser.get(place.interview).text
    browser.post("/interview", data={"_csrf": hidden(page, "_csrf"), "_i": place.reference, "_screen": hidden(page, "_screen"), "bmFtZQ": "Ann"})
    return browser


def link_of(place: Place, browser: TestClient, **more: str) -> str:
    """A private link, made in that browser."""
    page = browser.get(f"/interview/later?i={place.reference}").text
    made = browser.post("/interview/later", data={"_csrf": hidden(page, "_csrf"), "_i": place.reference, **more}).text
    found = re.search(r'value="http://testserver(/resume/[^"]+)"', made)
    assert found is not None
    return found[1]


def opened(browser: TestClient, link: str, **more: str) -> Any:
    """Open a link and press Continue."""
    page = browser.get(link).text
    return browser.post(link, data={"_csrf": hidden(page, "_csrf"), **more})


def test_a_link_goes_on_in_another_browser(place: Place) -> None:
    """The second question is there, with the first answered."""
    link = link_of(place, begun(place))
    other = place.browser()

    assert "Town?" in opened(other, link).text
    assert "Town?" in other.get(place.interview).text


def test_looking_at_a_link_opens_nothing(place: Place) -> None:
    """A program that follows links in messages gets a page without an answer in it and is in no session."""
    link = link_of(place, begun(place))
    other = place.browser()
    page = other.get(link).text

    assert "Go on with your form?" in page
    assert "Ann" not in page
    assert "Name?" in other.get(place.interview).text


def test_a_new_link_ends_the_one_before(place: Place) -> None:
    """The old one is told to work no more, with 404."""
    browser = begun(place)
    first = link_of(place, browser)
    link_of(place, browser)

    assert 404 == place.browser().get(first).status_code


def test_a_link_can_be_ended(place: Place) -> None:
    """With one press on the page that made it."""
    browser = begun(place)
    link = link_of(place, browser)
    page = browser.get(f"/interview/later?i={place.reference}").text
    browser.post("/interview/later/end", data={"_csrf": hidden(page, "_csrf"), "_i": place.reference})

    assert 404 == place.browser().get(link).status_code


def test_a_pin_is_asked(place: Place) -> None:
    """A wrong one opens nothing, the right one does."""
    link = link_of(place, begun(place), pin="2468")
    other = place.browser()
    wrong = opened(other, link, pin="1357")

    assert (403, True) == (wrong.status_code, "That PIN is not right." in wrong.text)
    assert "Town?" in opened(other, link, pin="2468").text


def test_another_site_cannot_make_or_open_a_link(place: Place) -> None:
    """Without the form's token nothing is done."""
    browser = begun(place)
    link = link_of(place, browser)
    other = place.browser()
    other.get(link)

    assert 403 == browser.post("/interview/later", data={"_i": place.reference}).status_code
    assert 403 == other.post(link, data={"_csrf": "0"}).status_code


def test_scripts_of_the_page_can_read_its_own_answers(place: Place) -> None:
    """``get_interview_variables``: only pages of ours, never the session's id."""
    browser = begun(place)
    asked = f"/interview/variables?i={place.reference}"
    ours = browser.get(asked, headers={"sec-fetch-site": "same-origin"})
    theirs = browser.get(asked, headers={"sec-fetch-site": "cross-site"})

    assert (True, "Ann", 403) == (ours.json()["success"], ours.json()["variables"]["name"], theirs.status_code)
    assert not {"uid", "session"} & set(ours.json())


def test_interviews_can_ask_for_a_quick_exit(place: Place) -> None:
    """``quick exit`` in the metadata puts a link to leave at once on every page."""
    assert 'id="engross-exit"' in place.browser().get(place.interview).text
