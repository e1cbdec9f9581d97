"""The JSON API."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from engross.engine.screen import Response, Screen, to_data
from engross.web import api
from tests.web.conftest import Server
from tests.web.fakes import INTERVIEW
from tests.web.gallery import GALLERY


def begin(server: Server) -> tuple[dict[str, str], dict[str, object]]:
    """(headers, first answer) of a new session."""
    told = server.client.post("/api/sessions", json={"interview": INTERVIEW}).json()
    return {"authorization": f"Bearer {told['session']}"}, told


def test_a_session_goes_from_its_first_screen_to_its_end(server: Server) -> None:
    """Start, answer by the field's key, and delete."""

    headers, first = begin(server)
    second = server.client.post("/api/session/answer", json={"screen_id": first["screen_id"], "fields": {"bmFtZQ": "Maria"}}, headers=headers).json()
    gone = server.client.delete("/api/session", headers=headers).status_code

    assert ("What is your name?", "Thank you", 204, 404) == (
        first["screen"]["question"],  # type: ignore[index]
        second["screen"]["question"],
        gone,
        server.client.get("/api/session", headers=headers).status_code,
    )


def test_the_cookie_does_not_open_the_api(server: Server) -> None:
    """Only the bearer token counts, so no other site can use a visitor's browser."""

    server.open()

    assert 401 == server.client.get("/api/session").status_code


def test_files_arrive_as_base64(server: Server) -> None:
    """With the name and kind that the program says."""

    headers, first = begin(server)
    files = {"bmFtZQ": [{"name": "a.txt", "type": "text/plain", "base64": base64.b64encode(b"hello").decode()}]}
    server.client.post("/api/session/answer", json={"screen_id": first["screen_id"], "files": files}, headers=headers)
    upload = server.visits.posts[-1][2]["bmFtZQ"][0]

    assert ("a.txt", b"hello") == (upload.name, upload.data)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"screen_id": 5}', b'{"screen_id": "s0", "fields": []}', b'{"screen_id": "s0", "files": {"a": [1]}}', b"[" * 5000, b'{"a":' * 30 + b"1" + b"}" * 30]
)
def test_nonsense_is_refused(server: Server, body: bytes) -> None:
    """400 with a sentence, and nothing is done."""

    headers, _ = begin(server)

    answer = server.client.post("/api/session/answer", content=body, headers=headers | {"content-type": "application/json"})

    assert (400, True, []) == (answer.status_code, "error" in answer.json(), server.visits.posts)


def test_every_address_is_described(server: Server) -> None:
    """OpenAPI lists what the table of routes has."""

    described = server.client.get("/api/openapi.json").json()["paths"]

    assert {(method.lower(), path) for method, path, _, _ in api.TABLE} == {(method, path) for path, methods in described.items() for method in methods}


def test_every_part_of_a_screen_is_described(server: Server) -> None:
    """What the screens of the gallery consist of is in OpenAPI by name and kind, review lines and their answers too."""
    schemas = server.client.get("/api/openapi.json").json()["components"]["schemas"]
    met: set[str] = set()

    def check(data: Any, kind: str) -> None:
        met.add(kind)
        known = schemas[kind]["properties"]
        assert data.keys() <= known.keys()
        assert set(schemas[kind].get("required", ())) <= data.keys()
        for name, value in data.items():
            for part in value if isinstance(value, list) else [value]:
                named = re.search(r"#/components/schemas/(\w+)", str(known[name]))
                if named:
                    check(part, named[1])

    for shown in GALLERY.values():
        check(to_data(shown.screen), "Screen")
    check(to_data(Screen(kind="response", response=Response(content=b"x"))), "Screen")
    assert {"ScreenField", "Option", "Button", "ReviewLine", "GivenAnswer", "ShownPaper", "Response"} <= met
    assert "__bytes__" in str(schemas["Response"])


def test_only_hosts_that_the_operator_named_are_told(server: Server) -> None:
    """Without the setting no address is taken, so nobody can have the server ask others."""

    answer = server.client.post("/api/sessions", json={"interview": INTERVIEW, "webhook": "http://127.0.0.1:1/x"})

    assert (400, True) == (answer.status_code, "webhook_hosts" in answer.json()["error"])
