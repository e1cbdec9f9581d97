"""18, 19, 28: walks over the table of routes. Each route has a rule here; a new one without a rule fails."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Any

import scene
from starlette.routing import Mount, Route
from tally import Tally

from engross.engine.screen import from_data
from engross.engine.submission import paths_of
from engross.web import app, cookie

INTERVIEW = "/interview"
HEADERS = (
    "content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "cross-origin-resource-policy", "permissions-policy", "cache-control", "x-frame-options",
)  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """What a route is for."""

    who: str
    """``all``: the same for everybody; ``cookie``: the visitor's own session; ``bearer``: who holds the session's id; ``token``: who holds
    a secret in the address; ``operator``: who came in by such an address; ``account``: who signed in, where the operator wants accounts;
    ``machine``."""
    changes: bool = False


RULES: dict[tuple[str, str], Rule] = {
    ("GET", "/"): Rule("all"),
    ("GET", "/interview"): Rule("cookie"),
    ("POST", "/interview"): Rule("cookie", True),
    ("POST", "/interview/back"): Rule("cookie", True),
    ("POST", "/interview/action"): Rule("cookie", True),
    ("POST", "/interview/checkin"): Rule("cookie", True),
    ("POST", "/interview/join"): Rule("cookie", True),
    ("POST", "/interview/lookup"): Rule("cookie"),
    ("POST", "/interview/restart"): Rule("cookie", True),
    ("POST", "/interview/delete"): Rule("cookie", True),
    ("POST", "/interview/language"): Rule("cookie", True),
    ("GET", "/interview/variables"): Rule("cookie"),
    ("GET", "/interview/later"): Rule("cookie"),
    ("POST", "/interview/later"): Rule("cookie", True),
    ("POST", "/interview/later/end"): Rule("cookie", True),
    ("GET", "/resume/{token}"): Rule("token"),
    ("POST", "/resume/{token}"): Rule("token", True),
    ("GET", "/operator"): Rule("operator"),
    ("POST", "/operator/retry"): Rule("operator", True),
    ("GET", "/operator/enter/{token}"): Rule("token"),
    ("POST", "/operator/enter/{token}"): Rule("token", True),
    ("GET", "/account"): Rule("account"),
    ("GET", "/account/sign-in"): Rule("account"),
    ("GET", "/account/link"): Rule("account"),
    ("GET", "/account/with/return"): Rule("account"),
    ("GET", "/account/password/{token}"): Rule("token"),
    ("POST", "/account/password/{token}"): Rule("token", True),
    ("GET", "/people"): Rule("account"),
    **{
        ("POST", f"/{path}"): Rule("account", True)
        for path in ("account/sign-in", "account/sign-out", "account/elsewhere", "account/open", "account/keep", "account/forget", "account/delete",
                     "account/link", "account/with", "people/invite", "people/change")
    },
    ("GET", "/interview/events"): Rule("cookie"),
    ("GET", "/interview/state"): Rule("cookie"),
    ("GET", "/files/{file_id}"): Rule("cookie"),
    ("GET", "/files/{file_id}/{name}"): Rule("cookie"),
    ("GET", "/packagestatic/{package}/{path:path}"): Rule("all"),
    ("GET", "/healthz"): Rule("all"),
    ("GET", "/readyz"): Rule("all"),
    ("GET", "/metrics"): Rule("machine"),
    ("GET", "/api/interviews"): Rule("all"),
    ("POST", "/api/sessions"): Rule("all", True),
    ("GET", "/api/session"): Rule("bearer"),
    ("POST", "/api/session/answer"): Rule("bearer", True),
    ("POST", "/api/session/action"): Rule("bearer", True),
    ("POST", "/api/session/back"): Rule("bearer", True),
    ("GET", "/api/session/events"): Rule("bearer"),
    ("GET", "/api/session/files/{file_id}"): Rule("bearer"),
    ("DELETE", "/api/session"): Rule("bearer", True),
    ("GET", "/api/openapi.json"): Rule("all"),
    ("GET", "/static"): Rule("all"),
}


def table() -> list[tuple[str, str]]:
    """(method, path) of every route."""
    found: list[tuple[str, str]] = []
    for route in app.routes():
        if isinstance(route, Mount):
            found.append(("GET", route.path))
        elif isinstance(route, Route):
            found += [(method, route.path) for method in sorted(route.methods or ()) if method != "HEAD"]
    return found


def address(path: str, file_id: str) -> str:
    """A path with its places filled."""
    return {"/static": "/static/engross.css", "/packagestatic/{package}/{path:path}": "/packagestatic/engross.packages.demo/none.css"}.get(
        path, path.replace("{file_id}", file_id).replace("{name}", "a.pdf").replace("{token}", "A" * 43)
    )


async def _session(on: scene.Scene, reference: str) -> tuple[scene.Browser, str]:
    browser = scene.browser(on)
    await browser.open(reference)
    return browser, browser.session_id


def state_of(on: scene.Scene, session_id: str) -> tuple[int, bytes] | None:
    """Version and answers; None when it is gone."""
    try:
        session = on.on.store.sessions.load(session_id)
    except Exception:  # noqa: BLE001 - gone, whatever the reason
        return None
    return session.version, session.data


def others(amount: int) -> Tally:
    """18: ids of others, old, deleted and guessed, on every route that takes one. *amount*: sessions."""
    return scene.run(lambda: _others(amount))


async def _others(amount: int) -> Tally:
    tally = Tally()
    for row in table():
        tally.expect(row in RULES, f"{row} has no rule in script/bars/walks.py")
    with scene.scene() as on:
        reference = on.references[0]
        held = [await _session(on, reference) for _ in range(amount)]
        files = [on.on.store.files.save(session_id, b"%PDF-1.4 SECRETFILE", "paper.pdf", "application/pdf").id for _, session_id in held]
        gone_browser, gone = await _session(on, reference)
        gone_file = on.on.store.files.save(gone, b"%PDF-1.4 SECRETFILE", "paper.pdf", "application/pdf").id
        on.on.visits.delete(gone)
        guesses = [gone_file, secrets.token_hex(16), "0" * 32, files[0][:-1] + ("0" if files[0][-1] != "0" else "1"), files[0].upper(), f"{files[0]}%00", f"../{files[0]}", f"{files[0]}/../{files[0]}x", "1", "' or 1=1 --"]
        stranger = scene.browser(on)
        for number, (browser, session_id) in enumerate(held):
            own = await browser.client.get(f"/files/{files[number]}")
            tally.expect(own.status_code == 200, f"an own file is answered with {own.status_code}")
            foreign = [file for other, file in enumerate(files) if other != number] + guesses
            if number == 0:  # a letter in upper case is the same id to nobody
                foreign = [file for file in foreign if file.lower() != files[0]] + [files[0].upper()] * (files[0].upper() != files[0])
            for file in foreign:
                for route in ("/files/{}", "/files/{}/a.pdf", "/files/{}?inline=1", "/files/{}?name=x.html"):
                    for who in (browser, stranger, gone_browser):
                        if who is browser and file == files[number]:
                            continue
                        answer = await who.client.get(route.format(file))
                        tally.expect(answer.status_code == 404 and b"SECRETFILE" not in answer.content, f"{route.format(file)}: {answer.status_code}")
                answer = await browser.client.get(f"/api/session/files/{file}", headers={"authorization": f"Bearer {session_id}"})
                tally.expect(answer.status_code in (404, 400) and b"SECRETFILE" not in answer.content, f"api file {file}: {answer.status_code}")
        far = scene.browser(on, address="192.0.2.50")
        await far.open(reference)
        ids = [gone, secrets.token_hex(16), "0" * 32, "x", "", "null", held[0][1].upper()]
        for method, path in table():
            rule = RULES.get((method, path))
            if rule is None or rule.who != "bearer":
                continue
            for guess in ids:
                answer = await stranger.client.request(method, address(path, files[0]), headers={"authorization": f"Bearer {guess}", "content-type": "application/json"}, content=b"{}" if method == "POST" else None)
                # A body that is not right may be told before the id is looked up; either way nothing of the session is told.
                tally.expect(answer.status_code in (400, 401, 404), f"{method} {path} with a foreign id: {answer.status_code}")
        for method, path in table():
            rule = RULES.get((method, path))
            if rule is None or rule.who not in ("token", "operator", "account"):
                continue
            before = [state_of(on, session_id) for _, session_id in held]
            # At the machine itself one is the operator; so the others come from elsewhere, or by another name (a proxy, a page of tricks).
            for who, headers in ((stranger, {}), (held[0][0], {}), (far, {}), (held[0][0], {"host": "evil.example"})):
                if rule.who == "operator" and who is not far and not headers:
                    continue
                answer = await who.client.request(method, address(path, files[0]), data=who.hidden if method == "POST" else None, headers=headers)
                opens = method == "GET" and rule.who == "token"  # the page that asks whether one wants in; it opens nothing
                tally.expect(answer.status_code in ((200, 403, 404, 410) if opens else (401, 403, 404, 410)), f"{method} {path} by somebody: {answer.status_code}")
                tally.expect(not any(session_id in answer.text for _, session_id in held), f"{method} {path} tells an id of a session")
            tally.expect(before == [state_of(on, session_id) for _, session_id in held], f"{method} {path} by somebody changed a session")
        for method, path in table():
            rule = RULES.get((method, path))
            if rule is None or rule.who != "cookie" or path == "/interview" or path.startswith("/files"):
                continue
            before = [state_of(on, session_id) for _, session_id in held]
            forged = scene.browser(on)
            forged.client.cookies.set("engross", "e30")
            answer = await forged.client.request(method, address(path, files[0]), data={"_csrf": "x", "_i": reference} if method == "POST" else None)
            tally.expect(answer.status_code in (403, 404, 410), f"{method} {path} by a stranger: {answer.status_code}")
            tally.expect(before == [state_of(on, session_id) for _, session_id in held], f"{method} {path} by a stranger changed a session")
    await _accounts(tally)
    return tally


async def _accounts(tally: Tally) -> None:
    """Where people can sign in: who did not, with a token of a form of his own, gets nobody's page and changes nothing."""
    with scene.scene(accounts=("local",)) as on:
        reference = on.references[0]
        browser, session_id = await _session(on, reference)
        for method, path in table():
            rule = RULES.get((method, path))
            if rule is None or rule.who != "account" or path.endswith("/sign-out"):
                continue
            before = state_of(on, session_id)
            answer = await browser.client.request(method, path, data=browser.hidden if method == "POST" else None)
            is_open = path in ("/account/sign-in", "/account/link")
            leads = answer.headers.get("location", "")
            tally.expect(answer.status_code < 500 and (is_open or answer.status_code >= 400 or "sign-in" in leads), f"{method} {path} without an account: {answer.status_code} {leads}")
            tally.expect(state_of(on, session_id) == before, f"{method} {path} without an account changed the session")


def tokens(amount: int) -> Tally:
    """19: every route by GET, HEAD and POST, without a token, with a wrong one, from another origin; headers on every response."""
    del amount
    return scene.run(_tokens)


async def _tokens() -> Tally:
    tally = Tally()
    with scene.scene(accounts=("local",)) as on:
        reference = next(one for one in on.references if "eviction" in one)
        browser, session_id = await _session(on, reference)
        token = browser.hidden["_csrf"]
        stranger_token = cookie.token_for(cookie.new_visitor())
        ways: list[tuple[str, dict[str, str], dict[str, str]]] = [
            ("no token", {"_csrf": ""}, {}),
            ("a stranger's token", {"_csrf": stranger_token}, {}),
            ("half a token", {"_csrf": token[:32]}, {}),
            ("another origin", {}, {"origin": "https://evil.example"}),
            ("a null origin", {}, {"origin": "null"}),
            ("an origin that looks alike", {}, {"origin": "http://127.0.0.1:8000.evil.example"}),
            ("another site", {}, {"sec-fetch-site": "cross-site"}),
            ("the same site", {}, {"sec-fetch-site": "same-site"}),
        ]
        for method, path in table():
            rule = RULES.get((method, path), Rule("all"))
            if path == "/interview/events":
                continue  # a stream; its headers are looked at in tests/web
            where = address(path, "0" * 32)
            for verb in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "POST"):
                if (verb == "DELETE" and path == "/api/session") or verb == "POST":
                    continue
                before = state_of(on, session_id)
                answer = await browser.client.request(verb, where, headers={"sec-fetch-site": "same-origin"})
                tally.expect(answer.status_code < 500, f"{verb} {where}: {answer.status_code}")
                tally.expect(state_of(on, session_id) == before or (verb == "GET" and path == "/interview"), f"{verb} {where} changed the session")
                missing = [name for name in HEADERS if name not in answer.headers]
                tally.expect(not missing, f"{verb} {where}: no {missing}")
                allowed = answer.headers.get("access-control-allow-origin")
                tally.expect(allowed is None, f"{verb} {where} is open to other origins")
            if method == "POST" and rule.who in ("cookie", "token", "operator", "account"):
                for name, fields, headers in ways:
                    before = state_of(on, session_id)
                    answer = await browser.client.post(where, data={**browser.hidden, **fields}, headers=headers)
                    tally.expect(answer.status_code == 403, f"{where} with {name}: {answer.status_code}")
                    tally.expect(state_of(on, session_id) == before, f"{where} with {name} changed the session")
        for target in ("https://evil.example", "//evil.example", "javascript:alert(1)", "/\\evil.example"):
            for name in ("next", "url", "redirect", "return", "js_target", "from", "i"):
                answer = await browser.client.get("/interview", params={"i": reference, name: target} if name != "i" else {"i": target})
                place = answer.headers.get("location", "")
                tally.expect("evil" not in place and "javascript:" not in place, f"{name}={target} leads to {place}")
        cookies = [value for name, value in (await scene.browser(on).open(reference)).headers.multi_items() if name == "set-cookie"]
        tally.expect(bool(cookies) and all("httponly" in one.lower() and "samesite=lax" in one.lower() and "path=/" in one.lower() for one in cookies), f"cookie: {cookies}")
        pages = [(await scene.browser(on).open(one)).text for one in on.references]
        for one, page in zip(on.references, pages, strict=True):
            import re

            outside = re.findall(r'(?:src|href|action)="((?:https?:)?//[^"]+)"', page)
            loaded = [link for link in outside if re.search(rf'<(script|link|img|iframe)[^>]+"{re.escape(link)}"', page)]
            tally.expect(not loaded, f"{one} loads {loaded[:2]} from elsewhere")
    with scene.scene(url="https://forms.example.org") as on:
        answer = await scene.browser(on).client.get("/")
        tally.expect("max-age=31536000" in answer.headers.get("strict-transport-security", ""), "no HSTS behind HTTPS")
        answer = await scene.browser(on).open(on.references[0])
        tally.expect("__Host-engross" in answer.headers.get("set-cookie", "") and "secure" in answer.headers.get("set-cookie", "").lower(), "the cookie is not __Host- and Secure behind HTTPS")
    return tally


def limits(amount: int) -> Tally:
    """28: too much, too long, too slow: the right status, quickly, before anything is done."""
    del amount
    return scene.run(_limits)


async def _limits() -> Tally:
    tally = Tally()
    with scene.scene() as on:
        reference = next(one for one in on.references if "eviction" in one)
        browser, session_id = await _session(on, reference)
        form = {"content-type": "application/x-www-form-urlencoded"}
        many = "&".join(f"f{n}=1" for n in range(10_000)).encode()
        boundary = {"content-type": "multipart/form-data; boundary=x"}
        part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        cases: list[tuple[int | tuple[int, ...], str, dict[str, Any]]] = [
            (413, "100 MB by its length", {"content": b"x", "headers": {**form, "content-length": str(10**8)}}),
            (413, "33 MB", {"content": b"a=" + b"x" * (33 << 20), "headers": form}),
            (413, "10,000 fields", {"content": many, "headers": form}),
            (413, "10,000 parts", {"content": part * 10_000 + b"--x--\r\n", "headers": boundary}),
            (413, "one field of 2 MB", {"content": b"a=" + b"x" * (2 << 20), "headers": form}),
            (413, "one part of 2 MB", {"content": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"x" * (2 << 20) + b"\r\n--x--\r\n", "headers": boundary}),
            (413, "a file of 26 MB", {"data": browser.hidden, "files": {"f": ("a.pdf", b"x" * (26 << 20))}}),
            (413, "21 files in one field", {"data": browser.hidden, "files": [("f", (f"{n}.txt", b"x")) for n in range(21)]}),
            (414, "an address of 9,000 letters", {"params": {"x": "y" * 9000}}),
            (431, "1 MB of header", {"headers": {"x-long": "y" * (1 << 20)}}),
            (431, "1 MB of cookie", {"headers": {"cookie": "engross=" + "y" * (1 << 20)}}),
            (431, "1,000 headers", {"headers": {f"x-{n}": "y" * 10 for n in range(1000)}}),
            (400, "a length that is no number", {"content": b"", "headers": {**form, "content-length": "x"}}),
            (400, "JSON", {"content": b"{}", "headers": {"content-type": "application/json"}}),
            (400, "XML", {"content": b"<a/>", "headers": {"content-type": "text/xml"}}),
            (400, "parts without a boundary", {"content": b"nonsense", "headers": {"content-type": "multipart/form-data"}}),
            (400, "parts with a wrong boundary", {"content": b"nonsense", "headers": boundary}),
            ((400, 403), "parts cut off", {"content": part + b'--x\r\nContent-Disp', "headers": boundary}),
            ((400, 403, 413), "a part with 10,000 headers", {"content": b"--x\r\n" + b"A: b\r\n" * 10_000 + b"\r\n1\r\n--x--\r\n", "headers": boundary}),
        ]
        for status, name, change in cases:
            before = state_of(on, session_id)
            began = time.process_time()
            answer = await browser.client.post("/interview", **change)
            took = time.process_time() - began
            wanted = status if isinstance(status, tuple) else (status,)
            tally.expect(answer.status_code in wanted, f"{name}: {answer.status_code}, not {status}")
            tally.expect(took < 2.0, f"{name}: {took:.2f} s of the processor")
            tally.expect(state_of(on, session_id) == before, f"{name} changed the session")

        bearer = {"authorization": f"Bearer {session_id}", "content-type": "application/json"}
        for status, name, content in (
            (400, "deep JSON", b'{"screen_id":' + b"[" * 500 + b"]" * 500 + b"}"), (400, "very deep JSON", b"[" * 100_000), (400, "no object", b"[]"), (400, "cut JSON", b'{"a":'), (413, "33 MB of JSON", b'"' + b"x" * (33 << 20) + b'"'),
        ):  # fmt: skip
            answer = await browser.client.post("/api/session/answer", content=content, headers=bearer)
            tally.expect(answer.status_code == status, f"api, {name}: {answer.status_code}, not {status}")
    with scene.scene(request_seconds=0.3) as on:
        browser = scene.browser(on)
        await browser.open(on.references[0])

        async def slow() -> Any:
            for _ in range(12):
                yield b"a"
                await asyncio.sleep(0.1)

        answer = await browser.client.post("/interview", content=slow(), headers=form)
        tally.expect(answer.status_code == 408, f"a slow body: {answer.status_code}, not 408")
    # So few a second that a slow machine does not earn new ones meanwhile.
    with scene.scene(posts_per_second=0.01, posts_burst=20, sessions_per_hour=30) as on:
        browser = scene.browser(on, address="192.0.2.7")
        await browser.open(on.references[0])
        answers = [await browser.post({"_screen": ""}) for _ in range(40)]
        tally.expect(any(answer.status_code == 429 and "retry-after" in answer.headers for answer in answers), "40 posts at once are not slowed down")
        starts = [await scene.browser(on, address="192.0.2.8").open(on.references[0]) for _ in range(32)]
        tally.expect(any(answer.status_code == 429 for answer in starts), "32 sessions from one address are not slowed down")
        session_id = on.on.visits.start(on.references[0]).session_id
        api = scene.browser(on, address="192.0.2.9")
        codes = [(await api.client.post("/api/session/back", json={"screen_id": "x"}, headers={"authorization": f"Bearer {session_id}"})).status_code for _ in range(40)]
        tally.expect(429 in codes, "40 posts at once to the API are not slowed down")
    return tally


def offered(on: scene.Scene, session_id: str) -> set[str]:
    """Paths that the session's screen offers."""
    screen = on.on.store.sessions.load(session_id).screen
    return {path for path in paths_of(from_data(screen)) if path} if screen else set()
