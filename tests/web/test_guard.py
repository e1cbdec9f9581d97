"""What every request passes and every response carries, over the whole table of routes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Mount, Route

from engross.engine.screen import Screen
from engross.settings import Settings
from engross.web import cookie
from engross.web.app import create_app, routes
from engross.web.guard import Taps
from tests.web.conftest import Server, TestClient
from tests.web.fakes import INTERVIEW, FakeStore, FakeVisits, Shelf

HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "cache-control", "x-frame-options")
PATHS = {
    "/files/{file_id}": "/files/" + "0" * 32,
    "/files/{file_id}/{name}": "/files/" + "0" * 32 + "/a.pdf",
    "/packagestatic/{package}/{path:path}": "/packagestatic/demo/none.css",
    "/api/session/files/{file_id}": "/api/session/files/" + "0" * 32,
    "/static": "/static/engross.css",
    "/account/password/{token}": "/account/password/" + "a" * 43,
    "/interview/events": "/interview/state",
}
"""Routes with a place to fill; the stream is walked in a test of its own."""


def walk() -> list[tuple[str, str]]:
    """(method, address) of every route."""
    found = []
    for route in routes():
        if isinstance(route, Mount):
            found.append(("GET", PATHS[route.path]))
        elif isinstance(route, Route):
            address = PATHS.get(route.path, route.path)
            found += [(method, address) for method in sorted(route.methods or ()) if method != "HEAD"]
    return found


@pytest.mark.parametrize(("method", "address"), walk())
def test_every_response_has_the_headers(server: Server, method: str, address: str) -> None:
    """Errors too."""

    server.open()

    headers = server.client.request(method, address).headers

    assert [] == [name for name in HEADERS if name not in headers]
    assert "unsafe-eval" not in headers["content-security-policy"]


@pytest.mark.parametrize("address", [address for method, address in walk() if method == "POST" and not address.startswith("/api/")])
@pytest.mark.parametrize("way", ["no token", "wrong token", "other origin", "other site"])
def test_no_post_changes_anything_without_token_and_origin(server: Server, address: str, way: str) -> None:
    """403 on every route, whatever else is right."""

    fields = server.fields()
    headers = {}
    match way:
        case "no token":
            del fields["_csrf"]
        case "wrong token":
            fields["_csrf"] = cookie.token_for(cookie.new_visitor())
        case "other origin":
            headers["origin"] = "https://evil.example"
        case "other site":
            headers["sec-fetch-site"] = "cross-site"

    answer = server.client.post(address, data=fields, headers=headers)

    assert (403, [], [], 1) == (answer.status_code, server.visits.posts, server.visits.actions, len(server.visits.sessions))


def test_scripts_run_only_with_the_nonce_of_their_response(server: Server) -> None:
    """Each response has its own, and each script element carries it."""

    import re

    first, second = (server.client.get("/interview", params={"i": INTERVIEW}) for _ in range(2))
    nonces = [re.search(r"'nonce-([^']+)'", answer.headers["content-security-policy"])[1] for answer in (first, second)]  # type: ignore[index]

    assert nonces[0] != nonces[1]
    assert all(f'nonce="{nonces[1]}"' in tag for tag in re.findall(r"<script[^>]*>", second.text))


@pytest.mark.parametrize(
    ("status", "change"),
    [
        (413, {"content": b"x" * 10, "headers": {"content-length": str(10**9)}}),
        (413, {"data": {f"f{n}": "1" for n in range(1001)}}),
        (414, {"params": {"x": "y" * 9000}}),
        (431, {"headers": {"x-long": "y" * 20_000}}),
        (400, {"content": b"{}", "headers": {"content-type": "application/json"}}),
        (400, {"content": b"nonsense", "headers": {"content-type": "multipart/form-data"}}),
        (400, {"content": b"nonsense", "headers": {"content-type": "multipart/form-data; boundary=x"}}),
    ],
)
def test_what_is_too_much_is_refused(server: Server, status: int, change: dict[str, object]) -> None:
    """Limits come before anything is done."""

    server.open()

    answer = server.client.post("/interview", **change)

    assert (status, []) == (answer.status_code, server.visits.posts)


def test_a_body_without_a_length_is_stopped_on_its_way(server: Server) -> None:
    """A chunked body cannot get past the limit either."""

    server.open()

    def pieces() -> object:
        for _ in range(40):
            yield b"x" * 1024 * 1024

    answer = server.client.post("/interview", content=pieces(), headers={"content-type": "application/x-www-form-urlencoded"})

    assert 413 == answer.status_code


def test_tokens_come_back_with_time() -> None:
    """Three at once, then one a second."""

    now = 0.0
    taps = Taps(rate=1.0, size=3, clock=lambda: now)
    at_once = [taps.take("a") == 0 for _ in range(4)]
    now = 1.0

    assert ([True, True, True, False], True, False, True) == (at_once, taps.take("a") == 0, taps.take("a") == 0, taps.take("b") == 0)


@pytest.mark.parametrize("value", ["", "x", "e30", "bnVsbA", "W10", "é", "eyJiIjogIngifQ", "=" * 50, "A" * 4000])
def test_a_cookie_that_is_not_ours_is_nobody(value: str) -> None:
    """Whatever a browser sends, it is either ours or as if there were none."""

    assert cookie.read(value) is None


def test_a_cookie_comes_back_as_it_was_written() -> None:
    """Sessions and language are kept, the oldest session goes first."""

    visitor = cookie.new_visitor()
    for n in range(cookie.MOST_SESSIONS + 1):
        visitor = visitor.with_session(f"i{n}", f"{n:032x}")

    assert visitor == cookie.read(cookie.write(visitor))
    assert "i0" not in visitor.sessions


def test_the_token_is_the_browsers_own() -> None:
    """Another browser's token is refused."""

    one, other = cookie.new_visitor(), cookie.new_visitor()

    assert (True, False) == (cookie.is_token(one, cookie.token_for(one)), cookie.is_token(one, cookie.token_for(other)))


@pytest.mark.parametrize("address", ["/packagestatic/demo/../../secret", "/packagestatic/demo/%2e%2e/%2e%2e/etc/passwd", "/static/../app.py", "/static/%2e%2e/app.py"])
def test_nothing_outside_of_the_static_folders_is_sent(server: Server, address: str) -> None:
    """Whatever the path."""

    assert 404 == server.client.get(address).status_code


def test_when_too_many_wait_one_is_told_at_once(server: Server) -> None:
    """503 with a time to come again, before anything is begun; answers from before are safe."""
    site = server.client.app.state.site  # type: ignore[attr-defined]
    server.open()

    class Full:
        def statistics(self) -> object:
            return type("Statistics", (), {"tasks_waiting": 60})

    before, site.threads = site.threads, Full()
    answer = server.client.get("/interview", params={"i": INTERVIEW})
    site.threads = before

    assert (503, "5") == (answer.status_code, answer.headers["retry-after"])
    assert "Your earlier answers are saved" in answer.text
    assert 200 == server.client.get("/interview", params={"i": INTERVIEW}).status_code


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, {"HttpOnly", "Path=/", "SameSite=lax"}),
        ({"url": "https://forms.example.org"}, {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}),
        ({"url": "https://forms.example.org", "frame_ancestors": ["https://legalaid.example"]}, {"HttpOnly", "Path=/", "SameSite=none", "Secure", "Partitioned"}),
    ],
)
def test_the_cookie_reaches_a_frame_only_where_frames_are_allowed(tmp_path: Path, settings: dict[str, Any], wanted: set[str]) -> None:
    """In a page of another site a browser keeps only a partitioned one; everywhere else it is ``Lax``."""
    visits = FakeVisits(Screen(kind="deadend", question="Thank you", block="ID end"))
    app = create_app(Settings(data_folder=tmp_path, **settings), visits, FakeStore(), Shelf())
    answer = TestClient(app, base_url=settings.get("url", "http://127.0.0.1:8000")).get("/interview", params={"i": INTERVIEW})
    said = set(answer.headers["set-cookie"].split("; ")[1:])

    assert wanted == {one for one in said if not one.lower().startswith("max-age")}
