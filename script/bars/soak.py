"""26: visitors come and go for a long time, one post in twenty brings a hostile file; memory, open files and processes stay flat.

Twice: every interview at hand in one process, and a running server with fifty visitors over HTTP whose papers are made.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import brought
import httpx
import real
import scene
from tally import Tally

from engross.errors import EngrossError
from engross.process import give_memory_back, resident
from engross.rehearsal.stranger import Stranger
from engross.web.forms import Upload

SLOPE_BYTES = 1 << 20
"""Most that the process may grow in ten minutes, once it is warm."""
JUDGED_SECONDS = 600
"""A shorter measurement says nothing about a slope: its growth as a whole is held against ``SHORT_BYTES``."""
SHORT_BYTES = 48 << 20
"""Most that a run of seconds may grow: interviews that come up for the first time fill their caches."""
DRIFT = 1.2
"""Most by which the slowest hundredth may get slower between the first and the second half, in time of the processor."""
SAMPLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process holds at one moment."""

    seconds: float
    """Since the warm-up."""
    memory: int
    """Resident bytes."""
    files: int
    threads: int
    processes: int
    database: int
    """Bytes of the database and its log."""


def _sample(began: float, on: scene.Scene) -> Sample:
    gc.collect()
    database = sum(file.stat().st_size for file in on.on.settings.data_folder.glob("engross.db*"))
    return Sample(time.monotonic() - began, resident(), len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), len(real.children(os.getpid())), database)


def slope(samples: list[Sample]) -> float:
    """Bytes in ten minutes: the median of the last third against that of the first, which one odd moment does not move."""
    third = max(1, len(samples) // 3)
    first, last = samples[:third], samples[-third:]
    seconds = median(one.seconds for one in last) - median(one.seconds for one in first)
    return (median(one.memory for one in last) - median(one.memory for one in first)) / max(seconds, 1) * 600


def run(seconds: int) -> Tally:
    """*seconds*: how long, a third of it as warm-up."""
    tally = Tally()
    dice = random.Random(20261124)
    give_memory_back()  # as ``engross serve`` does
    hostile = [(f"x{number}.pdf", make()) for number, make in enumerate(list(brought.PDFS.values())[:12])]
    with scene.scene(think_seconds=20) as on:
        references = on.references
        end, warm = time.monotonic() + seconds, time.monotonic() + seconds / 3
        samples: list[Sample] = []
        times: list[float] = []
        before = brought.leftovers()
        next_sample = warm
        while time.monotonic() < end:
            _visit(on, dice.choice(references), dice, hostile, tally, times if samples else [])
            if time.monotonic() > next_sample:
                samples.append(_sample(warm, on))
                next_sample = time.monotonic() + SAMPLE_SECONDS
        samples.append(_sample(warm, on))
        _judge(tally, samples, times, seconds * 2 / 3)
        tally.expect(brought.leftovers() <= before, "folders of the sandbox are left")
        visits = on.on.settings.data_folder / "tmp"
        tally.expect(not visits.is_dir() or not list(visits.iterdir()), "plain copies of files are left")
        left = [file for file in (on.on.settings.data_folder / "files").rglob("*") if file.is_file()]
        tally.expect(not left, f"{len(left)} files of deleted sessions are left")
    tally.expect(not list(Path(tempfile.gettempdir()).glob("q7q*")), "code of a file ran")
    return tally


def _judge(tally: Tally, samples: list[Sample], times: list[float], seconds: float) -> None:
    """Flat memory, files, threads, processes, database, and times."""
    first, last = samples[0], samples[-1]
    grown, per_ten = last.memory - first.memory, slope(samples)
    if seconds >= JUDGED_SECONDS:
        tally.expect(per_ten < SLOPE_BYTES, f"memory grows by {per_ten / (1 << 20):.2f} MB in ten minutes")
    else:
        tally.expect(grown < SHORT_BYTES, f"memory grew by {grown >> 20} MB")
    tally.expect(last.files <= first.files + 20, f"open files: {first.files}, then {last.files}")
    tally.expect(last.threads <= first.threads + 5, f"threads: {first.threads}, then {last.threads}")
    tally.expect(last.processes <= first.processes + 3, f"processes: {first.processes}, then {last.processes}")
    half = len(times) // 2
    early, late = _slowest(times[:half]), _slowest(times[half:])
    if seconds >= JUDGED_SECONDS:
        # Everybody's answers are deleted at the end of the visit, so the file stays as large as it was.
        tally.expect(last.database <= first.database * 1.2 + (4 << 20), f"the database: {first.database >> 10} kB, then {last.database >> 10} kB")
        tally.expect(late <= early * DRIFT, f"p99 in time of the processor: {early * 1000:.0f} ms, then {late * 1000:.0f} ms")
    tally.note = f"{per_ten / (1 << 20):+.2f} MB in ten minutes, grew {grown / (1 << 20):.1f} MB; {first.files} → {last.files} files; p99 {early * 1000:.0f} → {late * 1000:.0f} ms CPU"


def _slowest(times: list[float]) -> float:
    """The 99th percentile."""
    return sorted(times)[int(len(times) * 0.99)] if times else 0.0


def _visit(on: scene.Scene, reference: str, dice: random.Random, hostile: list[tuple[str, bytes]], tally: Tally, times: list[float]) -> None:
    """One visitor, from the first screen on, who deletes the answers at the end."""
    stranger = Stranger()
    session_id = ""
    try:
        shown = on.on.visits.start(reference)
        session_id = shown.session_id
        for _ in range(12):
            files = [entry for entry in shown.screen.fields if entry.datatype in ("file", "files")]
            if files or dice.random() < 0.05:
                name, data = dice.choice(hostile)
                upload = Upload(name=name, mimetype="application/pdf", data=data)
                uploads: dict[str, list[Any]] = {entry.key: [upload] for entry in files}
                on.on.visits.submit(session_id, shown.screen_id, {}, uploads)
                shown = on.on.visits.show(session_id)
            form = stranger.answer(shown.screen, {})
            began = time.thread_time()
            after = on.on.visits.submit(session_id, shown.screen_id, form.texts, form.uploads)
            times.append(time.thread_time() - began)
            tally.tried += 1
            if after.errors or after.screen_id == shown.screen_id or after.waiting is not None:
                break
            shown = after
    except EngrossError:
        pass  # an invented answer that an author's code did not expect; the visit ends
    except Exception as error:  # noqa: BLE001 - what is sought
        tally.fail(f"{reference}: {type(error).__name__}: {error}")
    if session_id:
        on.on.visits.delete(session_id)


# ------------------------------------------------------------------------------------------------------ a running server

VISITORS = 50
THINK_SECONDS = 5.0
HOSTILE_SECONDS = 2.0
"""Between two hostile files: fifty people who think for five seconds send ten forms a second, so one form in twenty."""
SHARED_PAGES = 20
"""Open files by which two samples may differ: connections come and go."""
UPLOADS = """
mandatory: True
question: Send it
fields:
  - File: paper
    datatype: file
---
mandatory: True
question: Thanks for ${ paper[0].filename }
"""


@dataclass(frozen=True, slots=True)
class Look:
    """A running server at one moment."""

    seconds: float
    """Since the beginning."""
    memory: int
    """Resident bytes of the web process."""
    files: int
    """Open in the web process."""
    processes: int
    """Below the one that was started."""
    temporary: int
    """Files of the sandbox and plain copies."""
    database: int
    """Bytes of the database and its log."""
    requests: int
    acknowledged: int
    cpu: float
    """Seconds of the processor that the web process has had."""


def served(seconds: int) -> Tally:
    """26: *seconds*, a third of it as warm-up."""
    tally = Tally()
    hostile = [make() for make in list(brought.PDFS.values())[:12]] + [make() for make in list(brought.PICTURES.values())[:6]]
    before = brought.leftovers()
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as folder:
        interview = real.twelve_questions(Path(folder) / "interview")
        uploads = interview.parent / "uploads.yml"
        uploads.write_text(UPLOADS, encoding="utf-8")
        with real.real(interview.parent, workers=1) as server:
            web = server.web
            course, looks, sent = asyncio.run(_crowd(server, interview, uploads, hostile, seconds, tally))
            tally.expect(server.web == web and "is started again" not in server.said, "the server had to be started again")
            _held(tally, looks, course, seconds)
    tally.tried += sum(course.statuses.values())
    tally.expect(course.errors == 0 and course.lost == 0, f"{dict(course.statuses)}, {course.lost} lost, {course.details[:3]}")
    tally.expect(course.finished > 0 and sent > 0, f"{course.finished} visits came to their papers, {sent} hostile files were sent")
    tally.expect(brought.leftovers() <= before, "folders of the sandbox are left")
    tally.note += f"; {course.acknowledged:,} answers, {course.finished} visits to their papers, {sent} hostile files"
    return tally


async def _crowd(server: real.Real, interview: Path, uploads: Path, hostile: list[bytes], seconds: int, tally: Tally) -> tuple[real.Course, list[Look], int]:
    course, looks, sent = real.Course(), [], 0
    until = time.monotonic() + seconds

    async def watch() -> None:
        began = time.monotonic()
        while True:
            with contextlib.suppress(OSError):  # a process that ended while it was looked at
                looks.append(_look(server, course, time.monotonic() - began))
            await asyncio.sleep(min(SAMPLE_SECONDS, seconds / 30))

    async def bring() -> None:
        nonlocal sent
        while time.monotonic() < until:
            await asyncio.sleep(HOSTILE_SECONDS)
            await _bring(server, uploads, hostile[sent % len(hostile)], tally)
            sent += 1

    watching, bringing = asyncio.create_task(watch()), asyncio.create_task(bring())
    think = THINK_SECONDS if seconds >= JUDGED_SECONDS else 0.5
    await real.crowd(server, interview, visitors=VISITORS if seconds >= JUDGED_SECONDS else 10, think=think, seconds=seconds, makers=1, course=course)
    await bringing
    watching.cancel()
    return course, looks, sent


def _look(server: real.Real, course: real.Course, seconds: float) -> Look:
    database = sum(file.stat().st_size for file in server.folder.glob("engross.db*"))
    copies = server.folder / "tmp"
    temporary = len(brought.leftovers()) + (len(list(copies.iterdir())) if copies.is_dir() else 0)
    files = len(list(Path(f"/proc/{server.web}/fd").iterdir()))
    return Look(seconds, server.memory(), files, len(real.family(server.process.pid)), temporary, database, sum(course.statuses.values()), course.acknowledged, server.cpu())


async def _bring(server: real.Real, uploads: Path, data: bytes, tally: Tally) -> None:
    """Somebody hands in a hostile file, is told so or thanked, and destroys the answers."""
    async with httpx.AsyncClient(**server.browser(120)) as client:
        page = (await client.get("/interview", params={"i": str(uploads)})).text
        form = dict(real.HIDDEN.findall(page))
        key = page.split('type="file"')[1].split(' name="')[1].split('"')[0]
        answer = await client.post("/interview", data=form, files={key: ("x.pdf", data, "application/pdf")})
        tally.expect(answer.status_code in (200, 422), f"a hostile file: {answer.status_code}")
        gone = await client.post("/interview/delete", data=dict(real.HIDDEN.findall(answer.text)) | {"_csrf": form["_csrf"], "_i": form["_i"]})
        tally.expect(gone.status_code == 200, f"deleting: {gone.status_code}")


def _held(tally: Tally, looks: list[Look], course: real.Course, seconds: int) -> None:
    """Flat memory, files, processes and work for a request, from the warm-up's end on; the database grows with the answers alone."""
    warm = [look for look in looks if look.seconds >= seconds / 3 and look.seconds <= seconds]
    tally.expect(len(warm) >= 9, f"only {len(warm)} looks")
    if len(warm) < 9:
        return
    third = len(warm) // 3
    first, last = warm[:third], warm[-third:]

    def change(what: str) -> tuple[float, float]:
        return median(getattr(look, what) for look in first), median(getattr(look, what) for look in last)

    minutes = (median(look.seconds for look in last) - median(look.seconds for look in first)) / 60
    memory, files, processes, temporary = (change(what) for what in ("memory", "files", "processes", "temporary"))
    per_ten = (memory[1] - memory[0]) / max(minutes, 0.01) * 10
    work = [(part[-1].cpu - part[0].cpu) / max(part[-1].requests - part[0].requests, 1) for part in (first, last)]
    size = [(part[-1].database - part[0].database) / max(part[-1].acknowledged - part[0].acknowledged, 1) for part in (first, last)]
    tally.expect(files[1] <= files[0] + SHARED_PAGES, f"open files: {files[0]:.0f}, then {files[1]:.0f}")
    tally.expect(processes[1] <= processes[0] + 3, f"processes: {processes[0]:.0f}, then {processes[1]:.0f}")
    tally.expect(temporary[1] <= temporary[0] + 3, f"temporary files: {temporary[0]:.0f}, then {temporary[1]:.0f}")
    if seconds * 2 / 3 >= JUDGED_SECONDS:
        tally.expect(per_ten < SLOPE_BYTES, f"memory grows by {per_ten / (1 << 20):.2f} MB in ten minutes")
        tally.expect(work[1] <= work[0] * DRIFT, f"work for a request: {work[0] * 1000:.1f} ms of the processor, then {work[1] * 1000:.1f} ms")
        tally.expect(size[1] <= size[0] * DRIFT + 4096, f"the database grows by {size[0]:.0f} bytes an answer, then by {size[1]:.0f}")
    else:
        tally.expect(memory[1] - memory[0] < SHORT_BYTES, f"memory grew by {(memory[1] - memory[0]) / (1 << 20):.0f} MB")
    tally.note = (
        f"{per_ten / (1 << 20):+.2f} MB in ten minutes at {memory[1] / (1 << 20):.0f} MB; {files[0]:.0f} → {files[1]:.0f} files, {processes[0]:.0f} → {processes[1]:.0f} processes; "
        f"{work[0] * 1000:.1f} → {work[1] * 1000:.1f} ms CPU a request; p99 {course.percentile(0.99) * 1000:.0f} ms; {size[0] / 1024:.1f} → {size[1] / 1024:.1f} kB an answer"
    )
