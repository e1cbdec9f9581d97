"""The operator's page: who sees it, what it says of failures, and what it never says."""

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
from engross.store.jobs import Failure, JobState, NewJob
from engross.visit import Visits
from engross.web import operator
from engross.web.app import create_app
from tests.web.conftest import TestClient

SECRET = "Maria Alvarez owes 1200"


@dataclass
class Place:
    """A server with a failed job."""

    app: Any
    store: Store
    job_id: str


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    file = tmp_path / "short.yml"
    file.write_text("mandatory: True\nquestion: Hello\n", encoding="utf-8")
    settings = Settings(data_folder=tmp_path / "kept")
    catalogue = Catalogue((str(file),))
    with open_store(settings) as store:
        session = store.sessions.create(str(file), digest="", language="en")
        new = NewJob(id="1" * 32, kind="action", payload={})
        store.sessions.save(session.id, 0, b"x", screen=None, screen_id="s", step=True, jobs=[new])
        job = store.jobs.take("worker")
        assert job is not None
        store.jobs.fail(job, Failure(error_type="CodeError", message=SECRET, summary="demo.yml, line 12"))
        visits = Visits(store, settings, catalogue.interviews)
        yield Place(create_app(settings, visits, store, catalogue), store, job.id)
        visits.close()


def token_of(page: str) -> str:
    found = re.search(r'name="_csrf" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def elsewhere(place: Place, host: str = "forms.example.org") -> TestClient:
    """A browser on another machine."""
    return TestClient(place.app, base_url=f"http://{host}", client=("203.0.113.7", 50000))


def test_failures_are_told_by_cause_and_without_answers(place: Place) -> None:
    """Where and which kind of error; nothing of what a visitor said."""
    page = TestClient(place.app).get("/operator").text

    assert "CodeError: demo.yml, line 12" in page
    assert SECRET not in page


def test_all_jobs_of_a_cause_can_be_tried_again(place: Place) -> None:
    """After the press they wait for a worker."""
    browser = TestClient(place.app)
    page = browser.get("/operator").text
    cause = re.search(r'name="cause" value="([^"]*)"', page)
    assert cause is not None
    browser.post("/operator/retry", data={"_csrf": token_of(page), "cause": cause[1]})
    report = place.store.jobs.report(place.job_id)

    assert report is not None
    assert JobState.WAITING is report.state


def test_nobody_else_sees_it(place: Place) -> None:
    """Not from another machine, and not from this one under another name (a proxy, or a page that binds names anew)."""
    near = TestClient(place.app, base_url="http://forms.example.org")

    assert (404, 404) == (elsewhere(place).get("/operator").status_code, near.get("/operator").status_code)


def test_the_link_of_the_log_lets_one_browser_in_once(place: Place) -> None:
    """The second browser that uses it stays outside."""
    link = f"/operator/enter/{place.app.state.site.door.token}"
    first, second = elsewhere(place), elsewhere(place)
    first.post(link, data={"_csrf": token_of(first.get(link).text)})
    late = second.post(link, data={"_csrf": token_of(second.get(link).text)})

    assert (200, 404, 404) == (first.get("/operator").status_code, late.status_code, second.get("/operator").status_code)


def test_readiness_and_metrics_say_which_converter_there_is(place: Place) -> None:
    """So that an operator sees a machine without LibreOffice before visitors do."""
    browser = TestClient(place.app)

    assert "converter" in browser.get("/readyz").json()
    assert "engross_converter_info{" in browser.get("/metrics").text


def test_a_full_disk_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a visitor finds that an answer cannot be saved."""
    monkeypatch.setattr(operator, "_disk", lambda site: (10_000_000, 10**12))

    ready = TestClient(place.app).get("/readyz")

    assert (503, "full") == (ready.status_code, ready.json()["disk"])


@pytest.mark.parametrize(
    ("setting", "program", "said"),
    [("auto", "/usr/bin/bwrap", "ok"), ("auto", None, "no sandbox: visitors' Word and PDF files are refused"), ("none", None, "NO SANDBOX: visitors' files are opened")],
)
def test_a_missing_sandbox_is_told(place: Place, monkeypatch: pytest.MonkeyPatch, setting: str, program: str | None, said: str) -> None:
    """To whoever asks; the reason only on the operator's page."""
    from engross.documents import sandbox

    monkeypatch.setattr(sandbox, "available", lambda: sandbox.Sandbox(program=program, reason="" if program else "user namespaces are off"))
    monkeypatch.setattr(place.app.state.site, "settings", place.app.state.site.settings.model_copy(update={"sandbox": setting}))
    browser = TestClient(place.app)

    ready, page = browser.get("/readyz"), browser.get("/operator")

    assert ready.json()["sandbox"].startswith(said)
    assert (200, False) == (ready.status_code, "namespaces" in ready.text)
    assert (said == "ok") != ("user namespaces are off" in page.text)
