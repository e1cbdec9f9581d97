"""Interviews with ``confidential: strict``: the browser's cookie holds half of the key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engross.catalogue import Catalogue
from engross.errors import AuthorError, SessionLocked
from engross.language.interview import Interviews
from engross.settings import Settings
from engross.store import Store, open_store
from engross.store.keys import hold
from engross.visit import Visits
from engross.web import cookie
from engross.web.app import create_app
from engross.worker import Worker
from tests.web.conftest import TestClient

INTERVIEW = """
metadata:
  title: Shelter
  confidential: strict
---
mandatory: True
question: Where are you?
fields:
  - Place: place
  - File: paper
    datatype: file
    required: False
---
mandatory: True
code: |
  task = background_action("work_on_it")
---
mandatory: True
question: You are at ${ place }
subquestion: ${ task.ready() }
---
event: work_on_it
code: |
  background_response(place.upper())
"""


@dataclass
class Place:
    """A server with a confidential interview."""

    app: Any
    store: Store
    visits: Visits
    reference: str

    def browser(self) -> TestClient:
        return TestClient(self.app)

    def begun(self) -> tuple[TestClient, str]:
        """A browser that gave the first answer, and the page after it."""
        browser = self.browser()
        page = browser.get("/interview", params={"i": self.reference}).text
        (key,) = re.findall(r'<input[^>]*type="text"[^>]* name="([^"]+)"', page)
        return browser, browser.post("/interview", data=hidden(page) | {key: "the shelter"}).text

    @property
    def session_id(self) -> str:
        """The only session."""
        ((session_id, _, _),) = self.store.sessions.ages()
        return session_id


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(_csrf|_i|_screen)" value="([^"]*)">', page))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Served over a real store, without a worker."""
    hold({})
    file = tmp_path / "shelter.yml"
    file.write_text(INTERVIEW, encoding="utf-8")
    settings = Settings(data_folder=tmp_path / "data", screen_wait_seconds=0)
    catalogue = Catalogue([str(file)])
    with open_store(settings) as store:
        visits = Visits(store, settings, catalogue.interviews)
        yield Place(create_app(settings, visits, store, catalogue), store, visits, catalogue.served()[0].reference)


def test_its_own_browser_goes_on(place: Place) -> None:
    """Answer, reload: as any interview."""
    browser, page = place.begun()

    assert "You are at the shelter" in page
    assert "You are at the shelter" in browser.get("/interview").text


def test_the_server_alone_reads_nothing_once_the_work_is_done(place: Place) -> None:
    """While a job waits the key is lent; afterwards it is not."""
    place.begun()
    worker = Worker(place.store, place.visits.work)
    assert b"the shelter" in place.store.sessions.load(place.session_id).data
    while worker.do_next():
        pass

    with pytest.raises(SessionLocked):
        place.store.sessions.load(place.session_id)


def test_another_browser_with_the_sessions_id_is_told_kindly(place: Place) -> None:
    """As from an account on another phone; nothing is deleted, and a new start is offered."""
    place.begun()
    while Worker(place.store, place.visits.work).do_next():
        pass
    other = place.browser()
    other.cookies.set("engross", cookie.write(cookie.new_visitor().with_session(place.reference, place.session_id)))

    answer = other.get("/interview")

    assert (403, False) == (answer.status_code, "shelter" in answer.text.replace(place.reference, "").replace("shelter.yml", "").replace("Shelter", ""))
    assert "where they were begun" in answer.text
    assert "new_session=1" in answer.text
    assert place.store.sessions.exists(place.session_id)


def test_a_private_link_opens_it_on_another_phone(place: Place) -> None:
    """Both browsers can go on."""
    browser, page = place.begun()
    while Worker(place.store, place.visits.work).do_next():
        pass
    made = browser.post("/interview/later", data=hidden(page)).text
    (token,) = set(re.findall(r"/resume/([A-Za-z0-9_-]{32})", made))
    phone = place.browser()
    asked = phone.get(f"/resume/{token}").text

    opened = phone.post(f"/resume/{token}", data=hidden(asked))

    assert "You are at the shelter" in opened.text
    assert "You are at the shelter" in phone.get("/interview").text
    assert "You are at the shelter" in browser.get("/interview").text


def test_programs_are_refused(place: Place) -> None:
    """The JSON API has no cookie for the half."""
    answer = place.browser().post("/api/sessions", json={"interview": place.reference})

    assert 403 == answer.status_code
    assert "confidential" in answer.text


def test_the_cookie_holds_the_half_and_the_database_does_not(place: Place) -> None:
    """Grepped in every file of the data folder."""
    browser, _ = place.begun()
    visitor = cookie.read(browser.cookies["engross"])
    assert visitor is not None
    (secret,) = visitor.secrets.values()

    held_by = [path.name for path in place.store.settings.data_folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]

    assert [] == held_by


def test_a_cookie_keeps_what_it_held() -> None:
    """Written and read again, with and without a secret; a wrong form of it is not believed."""
    visitor = cookie.new_visitor().with_session("a", "0" * 32).with_session("b", "1" * 32, "s" * 43)

    assert visitor == cookie.read(cookie.write(visitor))
    assert {"1" * 32: "s" * 43} == visitor.with_session("b", "1" * 32).secrets
    assert {} == cookie.read(cookie.write(visitor.with_session("b", "1" * 32, "short"))).secrets  # type: ignore[union-attr]


def test_no_other_word_than_strict(tmp_path: Path) -> None:
    """A misspelt promise is told when the interview is read, with its line."""
    file = tmp_path / "a.yml"
    file.write_text("metadata:\n  title: A\n  confidential: True\n---\nmandatory: True\nquestion: A\n", encoding="utf-8")

    with pytest.raises(AuthorError, match="can only be `strict`"):
        Interviews().get(str(file))
