"""A program that starts a session and loses the answer asks again, with the same key, and gets the same session."""

from __future__ import annotations

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

KEY = "5f0c1b1e-7f8e-4f5a-9d44-2a1b3c4d5e6f"
INTERVIEW = "mandatory: True\nquestion: Name?\nfields:\n  - Name: name\n"


@dataclass
class Program:
    """A program at a server with one interview."""

    client: TestClient
    store: Store
    interview: str

    def start(self, key: str | None, **more: Any) -> Any:
        """What a start is answered with."""
        headers = {} if key is None else {"idempotency-key": key.encode()}
        return self.client.post("/api/sessions", json={"interview": self.interview, **more}, headers=headers)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    file = tmp_path / "short.yml"
    file.write_text(INTERVIEW, encoding="utf-8")
    settings, catalogue = Settings(data_folder=tmp_path / "kept"), Catalogue((str(file),))
    with open_store(settings) as store:
        app = create_app(settings, Visits(store, settings, catalogue.interviews), store, catalogue)
        yield Program(TestClient(app), store, str(file))


def test_the_same_key_gives_the_same_session(program: Program) -> None:
    """Another key, or none, gives another."""
    sessions = [program.start(key).json()["session"] for key in (KEY, KEY, KEY[::-1], None, None)]

    assert sessions[0] == sessions[1]
    assert 4 == len(set(sessions))


def test_a_key_belongs_to_one_request(program: Program) -> None:
    """With another body it is refused, and starts nothing."""
    program.start(KEY)

    assert 422 == program.start(KEY, language="es").status_code


def test_of_two_starts_at_once_one_session_stays(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second, which began before the first was noted, gets the first's and its own is gone."""
    store = program.store
    first = program.start(KEY).json()["session"]
    really, answers = store.commons.get, iter([None])
    monkeypatch.setattr(store.commons, "get", lambda owner, key: next(answers, really(owner, key)))

    assert first == program.start(KEY).json()["session"]
    assert 1 == len(store.sessions.ages())


@pytest.mark.parametrize("key", ["short", "with a blank in it, and long", "é" * 30, "x" * 201])
def test_a_key_that_can_be_guessed_is_refused(program: Program, key: str) -> None:
    """It opens the session to whoever knows it."""
    answer = program.start(key)

    assert (400, True) == (answer.status_code, "Idempotency-Key" in answer.json()["error"])


def test_a_session_that_was_destroyed_is_not_started_again(program: Program) -> None:
    """Its key says that it is gone."""
    session = program.start(KEY).json()["session"]
    program.client.delete("/api/session", headers={"authorization": f"Bearer {session}"})

    assert 404 == program.start(KEY).status_code


def test_an_unlisted_interview_is_not_on_the_first_page(tmp_path: Path) -> None:
    """``unlisted: True`` of the metadata, where several are served; who knows its name may start it."""
    for name, more in (("one", ""), ("two", "\n  unlisted: True")):
        (tmp_path / f"{name}.yml").write_text(f"metadata:\n  title: {name}{more}\n---\nmandatory: True\nquestion: {name}\n", encoding="utf-8")
    several, alone = Catalogue([str(tmp_path)]), Catalogue([str(tmp_path / "two.yml")])

    assert [[one.title for one in catalogue.served()] for catalogue in (several, alone)] == [["one"], ["two"]]
    assert several.resolve(str(tmp_path / "two.yml"))
