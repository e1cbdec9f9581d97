"""An application over fakes, and a client of it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engross.engine.screen import Screen, ScreenField
from engross.settings import Settings
from engross.web.app import create_app
from tests.web.fakes import INTERVIEW, FakeStore, FakeVisits, Shelf

with warnings.catch_warnings():
    # Starlette 1 asks for the package `httpx2` in place of `httpx`; it can go when httpx2 is what the tests install.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

NAME = ScreenField(key="bmFtZQ", variable="name", path="name", label="Your name")


@dataclass
class Server:
    """The application, what it stands on, and a browser at it."""

    visits: FakeVisits
    store: FakeStore
    client: TestClient

    def open(self) -> str:
        """The first page's HTML, with a session begun."""
        answer = self.client.get("/interview", params={"i": INTERVIEW})
        assert answer.status_code == 200
        return answer.text

    def fields(self) -> dict[str, str]:
        """The hidden fields of the current page's form."""
        return dict(re.findall(r'<input type="hidden" name="(_csrf|_i|_screen)" value="([^"]*)">', self.open()))

    @property
    def session_id(self) -> str:
        """The newest session."""
        return list(self.visits.sessions)[-1]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A site with two screens: a name to type, and an end."""
    visits = FakeVisits(
        Screen(kind="fields", question="What is your name?", fields=(NAME,), block="ID name"),
        Screen(kind="deadend", question="Thank you", block="ID end"),
    )
    store = FakeStore()
    app = create_app(Settings(data_folder=tmp_path), visits, store, Shelf())
    with TestClient(app, base_url="http://127.0.0.1:8000", headers={"host": "127.0.0.1:8000"}) as client:
        yield Server(visits, store, client)
