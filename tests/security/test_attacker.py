"""What somebody may try who reads our source: links typed as answers, many browsers from one place, words that cannot be written."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
import httpx
import pytest
import scene

from engross.errors import VisitorError
from engross.web import cookie
from tests.visit.conftest import Bench
from tests.visit.conftest import bench as bench

TWICE = """
mandatory: True
code: |
  may_read_all = False
---
mandatory: True
question: First
fields:
  - Line: line
---
mandatory: True
question: Second
subquestion: |
  %s
fields:
  - Again: again
    default: ${ line }
---
mandatory: True
question: Third ${ may_read_all }
"""
ONE = """
mandatory: True
question: Which form?
fields:
  - Line: line
    input type: area
  - File: paper
    datatype: file
    required: False
---
event: later
code: |
  said = action_argument('word')
---
mandatory: True
code: |
  response(url=line)
"""
SETS = {"action": "_da_set", "arguments": {"variables": [["may_read_all", True]]}}
UNWRITABLE = ["x\ud800", "x\x00", "x\x1b[31m"]


def linked(action: dict[str, object]) -> str:
    """An address as ``url_action`` writes it."""
    return "/interview?action=" + base64.b64encode(json.dumps(action).encode()).decode()


@contextmanager
def served(folder: Path, text: str = ONE, **settings: Any) -> Iterator[scene.Scene]:
    """A server of one interview."""
    path = folder / "one.yml"
    path.write_text(text, encoding="utf-8")
    with scene.scene(str(path), **settings) as on:
        yield on


def api(on: scene.Scene, session_id: str = "0" * 32, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """A program at the JSON API."""
    client = scene.browser(on, address).client
    client.headers["authorization"] = f"Bearer {session_id}"
    return client


def in_json(client: httpx.AsyncClient, path: str, content: object) -> Any:
    """A post of *content* as JSON, which may hold what cannot be written as UTF-8."""
    return client.post(path, content=json.dumps(content), headers={"content-type": "application/json"})


@pytest.mark.parametrize("shown", ["", "You wrote ${ line }", "It begins with ${ line[1:] }", "${ line.replace(' ', '') }"])
def test_a_link_that_a_visitor_typed_is_no_link_of_the_page(bench: Bench, shown: str) -> None:
    """Wherever the page shows it, as a default, in its text, or cut in pieces: nothing is set by it."""
    bench.start(TWICE % shown)
    second = bench.answer(line="my " + linked(SETS))
    with pytest.raises(VisitorError):
        bench.visits.act(second.session_id, SETS["action"], SETS["arguments"])  # type: ignore[arg-type]

    assert "Third False" == bench.answer(again="x").screen.question


def test_a_link_in_an_answer_that_is_shown_again_is_none(bench: Bench) -> None:
    """Back shows what was typed as the field's default."""
    bench.start(TWICE % "")
    bench.answer(line=linked(SETS))
    bench.back()

    with pytest.raises(VisitorError):
        bench.visits.act(bench.shown.session_id, SETS["action"], SETS["arguments"])  # type: ignore[union-attr, arg-type]


@pytest.mark.parametrize("text", UNWRITABLE)
def test_what_cannot_be_written_stays_out_of_the_api(tmp_path: Path, text: str) -> None:
    """Of arguments, names and ids it is refused as a whole; of an answer it is told at its field; nothing of it is an error of ours."""

    async def ask(on: scene.Scene) -> list[int]:
        reference = on.references[0]
        client = api(on)
        told = [(await in_json(client, "/api/sessions", {"interview": reference, "url_arguments": {"a": text}})).status_code]
        told.append((await in_json(client, "/api/sessions", {"interview": reference, "language": text})).status_code)
        begun = (await in_json(client, "/api/sessions", {"interview": reference})).json()
        client.headers["authorization"] = f"Bearer {begun['session']}"
        key = begun["screen"]["fields"][0]["key"]
        for path, content in (
            ("answer", {"screen_id": text, "fields": {}}),
            ("answer", {"screen_id": begun["screen_id"], "fields": {text: "x"}}),
            ("action", {"action": "later", "arguments": {"word": [text]}}),
            ("action", {"action": "later", "arguments": {text: 1}}),
            ("back", {"screen_id": text}),
            ("answer", {"screen_id": begun["screen_id"], "fields": {key: text}}),
        ):
            told.append((await in_json(client, f"/api/session/{path}", content)).status_code)
        return told

    with served(tmp_path) as on:
        assert [*[400] * 7, 422] == scene.run(lambda: ask(on))


def test_what_cannot_be_written_stays_out_of_addresses(tmp_path: Path) -> None:
    """Neither as an argument of the interview nor in a link that acts."""

    async def ask(on: scene.Scene) -> list[int]:
        browser = scene.browser(on)
        told = [(await browser.open(on.references[0], x=text)).status_code for text in ("\x00", "a\x1b")]
        await browser.open(on.references[0])
        for text in UNWRITABLE:
            action = base64.b64encode(json.dumps({"action": "later", "arguments": {"word": text}}).encode()).decode()
            told.append((await browser.post({"_action": action}, address="/interview/action")).status_code)
        return told

    with served(tmp_path) as on:
        assert [400] * 5 == scene.run(lambda: ask(on))


@pytest.mark.parametrize("address", ["/interview/lookup", "/interview/checkin"])
def test_what_cannot_be_written_is_told_to_no_code(tmp_path: Path, address: str) -> None:
    """While somebody fills in a page, code of the interview sees what is typed: as clean as what is sent."""

    async def ask(on: scene.Scene) -> list[int]:
        browser = scene.browser(on)
        await browser.open(on.references[0])
        return [(await browser.post({"_text": text, "line": text}, address=address)).status_code for text in ("x\x00", "plain")]

    with served(tmp_path) as on:
        assert [400, 409] == scene.run(lambda: ask(on))


def test_a_language_is_a_language(tmp_path: Path) -> None:
    """Any other word in its place is passed over, in addresses, in the API and in the cookie."""
    odd = ["x" * 3000, "../../etc/passwd", "\x7f", "e s"]

    async def ask(on: scene.Scene) -> set[int]:
        told = {(await scene.browser(on).open(on.references[0], lang=word)).status_code for word in odd}
        told |= {(await in_json(api(on), "/api/sessions", {"interview": on.references[0], "language": word})).status_code for word in odd[:2]}
        return told

    assert all(cookie.read(cookie.write(cookie.Visitor(browser="b" * 43, language=word))).language is None for word in odd)  # type: ignore[union-attr]
    with served(tmp_path) as on:
        assert {200, 201} == scene.run(lambda: ask(on))


def test_a_file_of_the_api_has_a_plain_name(tmp_path: Path) -> None:
    """As one that a page sends: no folder, nothing that turns letters round."""

    async def send(on: scene.Scene) -> str:
        client = api(on)
        begun = (await in_json(client, "/api/sessions", {"interview": on.references[0]})).json()
        client.headers["authorization"] = f"Bearer {begun['session']}"
        line, paper = (entry["key"] for entry in begun["screen"]["fields"])
        file = {"name": "../../\u202etxt.exe.txt", "type": "text/plain", "base64": base64.b64encode(b"hello").decode()}
        await in_json(client, "/api/session/answer", {"screen_id": begun["screen_id"], "fields": {line: "/x"}, "files": {paper: [file]}})
        return str(on.namespace(begun["session"])["paper"][0].filename)

    with served(tmp_path) as on:
        assert "txt.exe.txt" == scene.run(lambda: send(on))


@pytest.mark.parametrize("typed", ["https://example.org/\nSet-Cookie: x=y", "https://example.org/\t", "java\nscript:x()", "//example.org/\x85"])
def test_an_address_for_a_header_is_one_line(tmp_path: Path, typed: str) -> None:
    """Where an author leads to what a visitor typed, it is refused with a page."""

    async def send(on: scene.Scene) -> httpx.Response:
        browser = scene.browser(on)
        page = (await browser.open(on.references[0])).text
        return await browser.post({page.split('<textarea')[1].split(' name="')[1].split('"')[0]: typed})

    with served(tmp_path) as on:
        answer = scene.run(lambda: send(on))

    assert (400, False) == (answer.status_code, "refresh" in answer.headers)


def test_a_letter_beyond_ascii_leads_on(tmp_path: Path) -> None:
    """Written as an address writes it."""

    async def send(on: scene.Scene) -> httpx.Response:
        browser = scene.browser(on)
        page = (await browser.open(on.references[0])).text
        return await browser.post({page.split('<textarea')[1].split(' name="')[1].split('"')[0]: "https://example.org/ŝ?a=1&b=%20#c"})

    with served(tmp_path) as on:
        assert f"0; url=https://example.org/{quote('ŝ')}?a=1&b=%20#c" == scene.run(lambda: send(on)).headers["refresh"]


def other_browsers(on: scene.Scene, session_id: str) -> Callable[[int], scene.Browser]:
    """One program that makes itself a new browser for each post, all from one place, all in one session."""

    def make(number: int) -> scene.Browser:
        visitor = cookie.new_visitor().with_session(on.references[0], session_id)
        made = scene.browser(on, address="192.0.2.7")
        made.client.cookies.set("engross", cookie.write(visitor))
        made.hidden = {"_csrf": cookie.token_for(visitor), "_i": on.references[0], "_screen": "x"}
        return made

    return make


def test_a_program_with_many_browsers_is_slowed_down(tmp_path: Path) -> None:
    """By its session, and by its place where it takes many sessions as well."""

    async def send(on: scene.Scene) -> tuple[list[int], list[int]]:
        held = on.on.visits.start(on.references[0]).session_id
        one = [(await other_browsers(on, held)(n).post({})).status_code for n in range(3)]
        several = []
        for n in range(42):
            session_id = on.on.store.sessions.create(on.references[0]).id
            several.append((await other_browsers(on, session_id)(n).post({}, address="/interview/later/end")).status_code)
        return one, several

    with served(tmp_path, posts_per_second=0.001, posts_burst=2, sessions_per_hour=1000) as on:
        one, several = scene.run(lambda: send(on))

    assert [200, 200, 429] == one
    assert (429, False) == (several[-1], 429 in several[:30])


def test_a_post_without_our_cookie_is_not_read(tmp_path: Path) -> None:
    """It cannot hold the right token, so nobody need look at the thirty megabytes behind it."""

    async def send(on: scene.Scene) -> tuple[int, int]:
        taken = 0

        async def pieces() -> Any:
            nonlocal taken
            for _ in range(20):
                taken += 1
                yield b"a" * 100_000

        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = await scene.browser(on).client.post("/interview", content=pieces(), headers=headers)
        return answer.status_code, taken

    with served(tmp_path) as on:
        assert (403, 0) == scene.run(lambda: send(on))


def test_who_waits_for_news_holds_no_thread(tmp_path: Path) -> None:
    """A hundred programs that wait leave the pages to others; and there is an end to how many may."""

    async def crowd(on: scene.Scene) -> tuple[int, int, int]:
        site = on.app.state.site
        site.watchers = anyio.CapacityLimiter(100)
        session_id = on.on.visits.start(on.references[0]).session_id
        client = api(on, session_id)
        waiting = [asyncio.create_task(client.get("/api/session/events", params={"after": "400", "seconds": "25"})) for _ in range(100)]
        while site.watchers.available_tokens or site.threads.borrowed_tokens:  # all have looked once, and wait
            await asyncio.sleep(0.01)
        one_more = await client.get("/api/session/events", params={"after": "400", "seconds": "25"})
        page = await scene.browser(on).open(on.references[0])
        stream = await other_browsers(on, session_id)(0).client.get("/interview/events")
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return one_more.status_code, page.status_code, stream.status_code

    with served(tmp_path) as on:
        assert (503, 200, 503) == scene.run(lambda: crowd(on))


def test_behind_a_proxy_nobody_sits_at_the_machine(tmp_path: Path) -> None:
    """One that passes on neither name nor address makes all of them look as if they did; the operator comes by the link of the log."""

    async def ask(on: scene.Scene) -> int:
        return (await scene.browser(on).client.get("/operator")).status_code

    with served(tmp_path, url="https://forms.example.org") as on:
        assert 404 == scene.run(lambda: ask(on))
