"""26: visitors come and go for a long time, one post in twenty brings a hostile file; memory, open files and threads stay flat."""

from __future__ import annotations

import gc
import os
import random
import tempfile
import threading
import time
from pathlib import Path

import brought
import scene
from tally import Tally

from engross.errors import EngrossError
from engross.rehearsal.stranger import Stranger

GROWTH_BYTES = 64 << 20
"""Most that the process may have grown after its warm-up, per hour; the caches of interviews and texts fill in the warm-up."""


class Hostile:
    """A file as a browser sends it."""

    mimetype = "application/pdf"

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_files() -> int:
    """How many this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


def run(seconds: int) -> Tally:
    """*seconds*: how long, a third of it as warm-up."""
    tally = Tally()
    dice = random.Random(20261124)
    hostile = [(f"x{number}.pdf", make()) for number, make in enumerate(list(brought.PDFS.values())[:12])]
    with scene.scene(think_seconds=20) as on:
        references = on.references
        end, warm = time.monotonic() + seconds, time.monotonic() + seconds / 3
        marks: tuple[int, int, int] | None = None
        times: list[float] = []
        before = brought.leftovers()
        while time.monotonic() < end:
            _visit(on, dice.choice(references), dice, hostile, tally, times)
            if marks is None and time.monotonic() > warm:
                gc.collect()
                marks = (resident(), open_files(), threading.active_count())
        gc.collect()
        if marks is None:
            marks = (resident(), open_files(), threading.active_count())
        grown = resident() - marks[0]
        allowed = GROWTH_BYTES if seconds < 3600 else GROWTH_BYTES * seconds // 3600
        tally.expect(grown < allowed, f"memory grew by {grown >> 20} MB")
        tally.expect(open_files() <= marks[1] + 20, f"open files: {marks[1]}, then {open_files()}")
        tally.expect(threading.active_count() <= marks[2] + 5, f"threads: {marks[2]}, then {threading.active_count()}")
        tally.expect(brought.leftovers() <= before, "folders of the sandbox are left")
        visits = on.on.settings.data_folder / "tmp"
        tally.expect(not visits.is_dir() or not list(visits.iterdir()), "plain copies of files are left")
        times.sort()
        tally.note = f"grew {grown / (1 << 20):.1f} MB, p99 {times[int(len(times) * 0.99)] * 1000:.0f} ms" if times else ""
    tally.expect(not list(Path(tempfile.gettempdir()).glob("q7q*")), "code of a file ran")
    return tally


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
                upload = Hostile(*dice.choice(hostile))
                on.on.visits.submit(session_id, shown.screen_id, {}, {entry.key: [upload] for entry in files})
                shown = on.on.visits.show(session_id)
            form = stranger.answer(shown.screen, {})
            began = time.monotonic()
            after = on.on.visits.submit(session_id, shown.screen_id, form.texts, form.uploads)
            times.append(time.monotonic() - began)
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
