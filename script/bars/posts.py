"""9: fuzzed posts through the real application. No 500, and nothing changes but what the screen offered."""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import corpus
import forged
import scene
from tally import Tally

from engross.engine.screen import Screen, ScreenField, from_data
from engross.errors import SessionGone
from engross.rehearsal.drive import LEADS_AWAY
from engross.rehearsal.stranger import Stranger

CANARY = "CANARYposts"
ODD = (
    "", " ", "0", "-1", "1e400", "-1e400", "NaN", "Infinity", "9" * 1000, "1" * 100_000, "0x10", "1_000", "١٢٣", "1,2,3", "--1", "True", "False", "None", "null", "[]", "{}", "2020-02-30", "0000-00-00", "9999-12-31",
    "10000-01-01", "-0001-01-01", "2020-01-01T99:99", "24:00", "12:60", "a@b", "@", "a@b.c" * 50, "+1" * 50, "00000", "é", "\u202e", "\ufeff", "\u0000", "\u001b[31m", "\ud800", "data:image/png;base64,", "data:image/png;base64,AAAA",
    "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 50).decode(), "data:text/html;base64,PGh0bWw+", "_internal", "__class__", "../../etc/passwd", "{{ 7*7 }}", "${ 7*7 }", "%n%n%n%n", "x" * 70_000,
    "(1).__class__", "1;2", "09/31/2020", "31/12/2020", "tomorrow", "now", "1/0", "0.1e-999", "1e308", "\r\n\r\n", "\t", "a\nb", "0" * 400, "[" * 5000, "{" * 5000, '{"a":' * 50 + "1" + "}" * 50,
)  # fmt: skip


SHARE = 10_000
"""So many posts are made by a process of their own, as many at once as there are processors."""


def run(amount: int) -> Tally:
    """*amount*: how many posts."""
    if amount <= SHARE:
        return _share(amount, 0)
    tally = Tally()
    firsts = range(0, amount, SHARE)
    with ProcessPoolExecutor(mp_context=get_context("spawn"), max_tasks_per_child=1) as processes:
        for part in processes.map(_share, (min(SHARE, amount - first) for first in firsts), firsts):
            tally.add(part)
    tally.note = f"the last {SHARE:,}: {part.note}"
    return tally


def _share(amount: int, first: int) -> Tally:
    """*amount* posts, of which the first has the number *first*: each number has dice of its own."""
    return scene.run(lambda: _run(amount, first))


async def _run(amount: int, first: int) -> Tally:
    tally = Tally()
    times: list[float] = []
    with scene.scene(file_limit=1024 * 1024, body_limit=4 * 1024 * 1024, think_seconds=20) as on:
        references = on.references
        turn, per_visit = first // SHARE, max(60, amount // 50)  # many posts go through whole interviews, few through the beginnings of all
        while tally.tried < amount:
            reference = references[turn % len(references)]
            turn += 1
            await _session(on, reference, tally, first, min(amount, tally.tried + per_visit), times)
    times.sort()
    if times:
        tally.note = f"p50 {times[len(times) // 2] * 1000:.0f} ms, p99 {times[int(len(times) * 0.99)] * 1000:.0f} ms"
    return tally


async def _session(on: scene.Scene, reference: str, tally: Tally, first: int, until: int, times: list[float]) -> None:
    """Post nonsense at each screen of a session, and go on with a sensible answer now and then, until that leads nowhere."""
    browser = scene.browser(on)
    store, visits = on.on.store, on.on.visits
    answer = await browser.open(reference)
    if answer.status_code >= 500:
        tally.expect(False, f"{reference}: {answer.status_code} at the start")
        return
    session_id = browser.session_id
    names = sorted(forged.variables_of(on.catalogue.get(reference)))
    stranger = Stranger()
    for turn in range(400):
        if tally.tried >= until:
            return
        try:
            session = store.sessions.load(session_id)
        except SessionGone:
            return  # the sensible answer just before was a way out
        if session.screen is None:
            return
        screen = from_data(session.screen)
        if turn % 6 == 5:
            try:
                form = stranger.answer(screen, {})
                shown = visits.submit(session_id, session.screen_id or "", form.texts, form.uploads)
            except Exception:  # noqa: BLE001 - the invented answers of this walk do not fit; another interview is next
                return
            if shown.screen_id == session.screen_id:
                return  # the last screen, or one whose answers nobody can guess; it had its posts
            continue
        # Dice of its own for each post: how many throws one needs depends on the lengths of paths, and must not move the next.
        dice = random.Random(f"{reference.rpartition('/')[2]} {first + tally.tried}")
        fields, files = _nonsense(screen, names, dice)
        before = session.data
        began = time.monotonic()
        try:
            answer = await _send(browser, session.screen_id or "", fields, files, dice)
        except Exception as error:  # noqa: BLE001 - what leaves the application is what is sought
            tally.expect(False, f"{reference}: {type(error).__name__} {error}")
            continue
        times.append(time.monotonic() - began)
        tally.expect(answer.status_code < 500, f"{reference}, {screen.block}: {answer.status_code} for {str(fields)[:200]}")
        try:
            latest = store.sessions.load(session_id)
        except SessionGone:
            if not any(option.action in LEADS_AWAY for option in screen.buttons):
                tally.fail(f"{reference}, {screen.block}: the session ended, which the screen did not offer")
            return
        if CANARY.encode() in latest.data:
            tally.fail(f"{reference}, {screen.block}: a name that was not offered was set")
        if answer.status_code >= 400 and latest.data != before:
            tally.fail(f"{reference}, {screen.block}: a refused post changed the answers")


async def _send(browser: scene.Browser, screen_id: str, fields: list[tuple[str, str]], files: list[Any], dice: random.Random) -> Any:
    from urllib.parse import quote_plus

    pairs = [(name, value) for name, value in browser.hidden.items() if name != "_screen"] + [("_screen", screen_id), *fields]
    if files:
        data: dict[str, Any] = {}
        for name, value in pairs:
            data.setdefault(name, []).append(value.encode("utf-8", "replace").decode())
        return await browser.client.post("/interview", data=data, files=files)
    content = "&".join(f"{quote_plus(name.encode('utf-8', 'surrogatepass'))}={quote_plus(value.encode('utf-8', 'surrogatepass'))}" for name, value in pairs)
    if dice.random() < 0.02:
        content = _broken(content, dice)
    return await browser.client.post("/interview", content=content.encode("latin-1", "replace"), headers={"content-type": "application/x-www-form-urlencoded"})


def _broken(content: str, dice: random.Random) -> str:
    place = dice.randrange(len(content))
    return dice.choice((content[:place], content[:place] + "%" + content[place:], content[:place] + "&=&=&" + content[place:], content.replace("=", "%00=", 1), content + "&%ff%fe=%c3"))


def _nonsense(screen: Screen, names: list[str], dice: random.Random) -> tuple[list[tuple[str, str]], list[Any]]:
    fields: list[tuple[str, str]] = []
    files: list[Any] = []
    for entry in screen.fields:
        if dice.random() < 0.15 or not entry.key:
            continue
        for _ in range(dice.choice((1, 1, 1, 2, 5))):
            fields.append((entry.key + dice.choice(("", "", "", "", ".year", ".typed", "[]")), _value(entry, dice)))
        if entry.datatype in ("file", "files", "camera") and dice.random() < 0.7:
            files.append((entry.key, (dice.choice(("a.pdf", "a.docx", "../../x.png", "x\x00.jpg", "é" * 300, "a.html", ".", "")), dice.choice(_FILES)(dice), dice.choice(("application/pdf", "image/png", "text/html", "")))))
    for _ in range(dice.randrange(6)):
        name = dice.choice((*names, *forged.ALWAYS)) if names else dice.choice(forged.ALWAYS)
        spelling = dice.choice(forged.spellings(name))
        if spelling not in {entry.key for entry in screen.fields} and not any(spelling == f"{entry.key}.{part}" for entry in screen.fields for part in ("year", "month", "day", "typed")):
            fields.append((spelling, CANARY))
    for meta in ("_removed", "_choice", "_varnames", "_action", "_want", "_screen", "_i"):
        if dice.random() < 0.03:
            fields.append((meta, dice.choice(("0", "1", "99999999999999999999", "-1", "x", base64.b64encode(json.dumps({"action": "x"}).encode()).decode(), ""))))
    dice.shuffle(fields)
    return fields, files


def _value(entry: ScreenField, dice: random.Random) -> str:
    if entry.options and dice.random() < 0.4:
        return dice.choice([option.key for option in entry.options])
    draw = dice.random()
    if draw < 0.5:
        return dice.choice(ODD)
    if draw < 0.8:
        return dice.choice(corpus.STRINGS)
    return "".join(chr(dice.choice((dice.randrange(32, 127), dice.randrange(1, 0xD7FF), dice.randrange(0x10000, 0x10FFFF)))) for _ in range(dice.randrange(30)))


_FILES: tuple[Callable[[random.Random], bytes], ...] = (
    lambda dice: b"", lambda dice: dice.randbytes(200), lambda dice: b"%PDF-1.7 " + dice.randbytes(50), lambda dice: b"PK\x03\x04" + dice.randbytes(100),
    lambda dice: b"\x89PNG\r\n\x1a\n" + dice.randbytes(60), lambda dice: b"<html><script>x()</script>", lambda dice: b"x" * 1_100_000,
)  # fmt: skip
