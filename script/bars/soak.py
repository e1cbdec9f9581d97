"""26: visitors come and go for a long time, one post in twenty brings a hostile file; memory, open files and processes stay flat."""

from __future__ import annotations

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
