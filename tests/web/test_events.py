"""What an open page hears of its papers."""

from __future__ import annotations

import re

from tests.web.conftest import Server
from tests.web.fakes import INTERVIEW


def heard(server: Server, **headers: str) -> list[tuple[str, str]]:
    """(id, event) of the stream until it ends."""
    answer = server.client.get("/interview/events", params={"i": INTERVIEW, "after": 0}, headers=headers)
    assert ("no", "text/event-stream") == (answer.headers["x-accel-buffering"], answer.headers["content-type"].split(";")[0])
    return re.findall(r"id: (\d+)\r?\nevent: (\w+)", answer.text)


def test_a_finished_job_is_told_to_a_page_that_comes_late(server: Server) -> None:
    """Events are rows with numbers, so nothing is missed between the page and its stream."""

    server.open()
    server.store.tell("progress")
    server.store.tell("done")

    assert [("0", "state"), ("2", "state"), ("2", "ready")] == heard(server)


def test_a_lost_connection_picks_up_where_it_was(server: Server) -> None:
    """``Last-Event-ID`` says what the browser knows."""

    server.open()
    for _ in range(3):
        server.store.tell("progress")
    server.store.tell("done")

    assert [("3", "state"), ("4", "state"), ("4", "ready")] == heard(server, **{"last-event-id": "3"})


def test_polling_tells_the_same(server: Server) -> None:
    """Ready only after an ending that the page has not seen."""

    server.open()
    before = server.client.get("/interview/state", params={"i": INTERVIEW, "after": 0}).json()["ready"]
    server.store.tell("done")
    after = [server.client.get("/interview/state", params={"i": INTERVIEW, "after": n}).json()["ready"] for n in (0, 1)]

    assert (False, [True, False]) == (before, after)


def test_a_page_that_lived_through_the_loss_of_power_is_told(server: Server) -> None:
    """It has heard of events that the disk has forgotten; as nothing is being made any more, it may go on."""

    server.open()
    server.store.tell("done")
    polled = server.client.get("/interview/state", params={"i": INTERVIEW, "after": 7}).json()["ready"]

    assert (True, [("1", "state"), ("1", "ready")]) == (polled, heard(server, **{"last-event-id": "7"}))


def test_somebody_elses_papers_are_not_told(server: Server) -> None:
    """Without a session there is no stream."""

    assert 410 == server.client.get("/interview/events", params={"i": INTERVIEW}).status_code
