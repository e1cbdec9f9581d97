"""23, 24, 5: many visitors at once, far too many at once, and a database that is locked again and again."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import random
import sqlite3
import tempfile
import threading
import time
from pathlib import Path

import real
import scene
from tally import Tally

from engross.errors import Conflict, StorageUnavailable

P50, P95, P99 = 0.060, 0.250, 0.800
"""Seconds; judged in the long form alone, for another job on the machine moves them."""
LONG_VISITORS = 200
FAR_TOO_MANY = 1000
"""From so many on it is the long form, and time is judged."""


def many(visitors: int) -> Tally:
    """23: *visitors* at once who answer twelve screens while two others have papers made without a pause."""
    tally = Tally()
    is_long = visitors >= LONG_VISITORS
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as folder:
        interview = real.twelve_questions(Path(folder) / "interview")
        with real.real(interview, workers=1) as server:
            before, mine = server.cpu(), time.process_time()
            course = asyncio.run(real.crowd(server, interview, visitors=visitors, think=5.0 if is_long else 1.0, seconds=120 if is_long else 12, makers=2))
            used, mine = server.cpu() - before, time.process_time() - mine
    requests = sum(course.statuses.values())
    tally.tried = requests
    _nothing_lost(tally, course)
    tally.expect(course.statuses["503"] == 0, f"{course.statuses['503']} were refused")
    tally.expect(course.acknowledged > visitors, f"only {course.acknowledged} screens were answered")
    p50, p95, p99 = (course.percentile(share) for share in (0.5, 0.95, 0.99))
    if is_long:
        tally.expect(p50 <= P50 and p95 <= P95 and p99 <= P99, f"p50 {p50:.3f}, p95 {p95:.3f}, p99 {p99:.3f} s")
    tally.note = f"p50 {p50 * 1000:.0f}, p95 {p95 * 1000:.0f}, p99 {p99 * 1000:.0f} ms; server {used / max(requests, 1) * 1000:.1f} ms CPU a request, client {mine:.0f} s"
    return tally


def far_too_many(visitors: int) -> Tally:
    """24: *visitors* who do not think: some are told to come again, quickly; nothing is lost; afterwards all is as before."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as folder:
        interview = real.twelve_questions(Path(folder) / "interview")
        with real.real(interview, workers=0) as server:
            course = asyncio.run(real.crowd(server, interview, visitors=visitors, think=0.0, seconds=8 if visitors < FAR_TOO_MANY else 60))
            if not course.refusals:  # visitors that this machine starts one after the other are not far too many
                course = asyncio.run(real.crowd(server, interview, visitors=visitors, think=0.0, seconds=60))
            began = time.monotonic()
            after = asyncio.run(real.crowd(server, interview, visitors=5, think=0.2, seconds=3))
            tally.tried = sum(course.statuses.values()) + sum(after.statuses.values())
            _nothing_lost(tally, course)
            _nothing_lost(tally, after)
            tally.expect(after.statuses["503"] == 0 and after.acknowledged > 0, f"after it {dict(after.statuses)}")
            tally.expect(after.percentile(0.95) < 10, "it does not recover")
            recovered = time.monotonic() - began
    slow = [one for one in course.refusals if one >= 1]
    tally.expect(course.refusals != [], "nobody was told to come again, so nothing was tried")
    if visitors >= FAR_TOO_MANY and os.getloadavg()[0] < 8:
        # Sending waits in the client, too, which shares the machine: the median is what the server does.
        tally.expect(sorted(course.refusals)[len(course.refusals) // 2] < 1 if course.refusals else True, f"half of the refusals took longer than a second ({len(slow)} of {len(course.refusals)})")
    tally.note = f"{len(course.refusals)} refused, {len(slow)} of them later than 1 s; p99 {course.percentile(0.99):.1f} s; after it {recovered:.0f} s"
    return tally


def _nothing_lost(tally: Tally, course: real.Course) -> None:
    tally.tried += course.acknowledged
    for _ in range(course.lost):
        tally.fail("an acknowledged answer is lost")
    tally.details += course.details[:5]
    for status, count in course.statuses.items():
        if status not in ("200", "303", "503"):
            tally.expect(False, f"{count} times {status}")
    for _ in range(course.impolite):
        tally.fail("a refusal does not say when to come again")


QUESTIONS = """
mandatory: True
code: |
  serials = []
---
mandatory: True
code: |
  while len(serials) < 1000000:
    serials.append(serial)
    undefine('serial')
---
question: Next
fields:
  - Serial: serial
"""
LOCKS = 4
LONGEST = 12.0
"""Seconds of the longest lock: longer than the server waits for the database."""


def locked(steps: int) -> Tally:
    """5: *steps* answers of four visitors while somebody locks the whole database again and again."""
    tally = Tally()
    end = time.monotonic() + (600 if steps >= 5000 else 60)
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as folder:
        path = Path(folder) / "locked.yml"
        path.write_text(QUESTIONS, encoding="utf-8")
        with scene.scene(str(path)) as on:
            stopping = threading.Event()
            locks: list[float] = []
            blocker = threading.Thread(target=_lock, args=(on.on.settings.data_folder / "engross.db", stopping, locks, steps >= 5000))
            blocker.start()
            acknowledged: dict[str, list[str]] = {}
            told: list[str] = []
            count = itertools.count()
            guard = threading.Lock()

            def visit() -> None:
                shown = _tried(lambda: on.on.visits.start(on.references[0]), told, end)
                kept: list[str] = []
                acknowledged[shown.session_id] = kept
                while time.monotonic() < end:
                    with guard:
                        number = next(count)
                    if number >= steps and len(locks) >= LOCKS:
                        return
                    serial = f"serial{number}"
                    form = {shown.screen.fields[0].key: [serial]}
                    before = shown
                    shown = _tried(lambda before=before, form=form: on.on.visits.submit(before.session_id, before.screen_id, form, {}), told, end)
                    kept.append(serial)

            threads = [threading.Thread(target=visit) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            stopping.set()
            blocker.join()
            for session_id, serials in acknowledged.items():
                kept = on.namespace(session_id)["serials"]
                tally.tried += len(serials)
                # A save whose answer was an error may have been made all the same; then the same screen, sent again, counts once.
                if kept != serials:
                    tally.fail(f"acknowledged {len(serials)}, kept {len(kept)}; first difference {next((pair for pair in zip(serials, kept, strict=False) if pair[0] != pair[1]), None)}")
            strange = [one for one in told if one != "StorageUnavailable"]
            tally.expect(not strange, f"visitors were told {set(strange)}")
            tally.expect(len(locks) >= LOCKS and bool(told), f"{len(locks)} locks, told {len(told)} times: the long one was not met")
    tally.note = f"{len(locks)} locks, the longest {max(locks, default=0):.0f} s; {len(told)} times told that it is not saved"
    return tally


def _tried(do: object, told: list[str], end: float) -> scene.Shown:
    """What a person does: press the button again."""
    while True:
        try:
            return do()  # type: ignore[operator,no-any-return]
        except (StorageUnavailable, Conflict) as error:
            told.append(type(error).__name__)
            if time.monotonic() > end + 60:
                raise


def _lock(database: Path, stopping: threading.Event, locks: list[float], is_long: bool) -> None:
    """Hold the whole database for a while, again and again; the third time for longer than anybody waits."""
    dice = random.Random(5)
    while not stopping.wait(dice.uniform(0.2, 1.0) if not is_long else dice.uniform(5, 40)):
        held = LONGEST if len(locks) == 2 else dice.uniform(0.1, 1.0 if not is_long else 30)
        with contextlib.closing(sqlite3.connect(database, timeout=20)) as connection:
            try:
                connection.execute("begin exclusive")
            except sqlite3.OperationalError:
                continue
            stopping.wait(held)
            locks.append(held)
            connection.rollback()
