"""What both forms of chaos share: the killing, the counting, the last line."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(slots=True)
class Findings:
    """What a run found. Everything but the totals should be 0."""

    answers: int = 0
    """Answers that were acknowledged."""
    answers_lost: int = 0
    results: int = 0
    """Jobs that ended with a result."""
    results_doubled: int = 0
    jobs: int = 0
    jobs_stuck: int = 0
    papers: int = 0
    """Papers that were read back."""
    papers_mixed_up: int = 0
    visits: int = 0
    """Visits that were begun."""
    visits_stalled: int = 0
    """Visits that did not come to their end in time, though nothing of them was lost."""
    pages_failed: int = 0
    """Pages with status 500: not "come again" (503), but a fault; ``details`` has the causes from the server's log."""
    details: list[str] = field(default_factory=list)


class Stage(Protocol):
    """A server and its visitors."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        """Prepare; start nothing."""

    def start(self) -> None:
        """Start everything."""

    def victims(self) -> dict[str, list[int]]:
        """Kind → numbers of processes that this run started and that may be killed now."""

    def mend(self) -> None:
        """Start again what was killed and does not start again by itself."""

    def progress(self) -> int:
        """A number that grows while visitors get on."""

    def is_tried_enough(self) -> bool:
        """Whether somebody has waited so long that nothing is killed until he gets on: else on a slow machine no paper is ever made."""

    def finish(self, seconds: float) -> None:
        """Let visitors come to an end, at most for *seconds*, and stop everything."""

    def judge(self) -> Findings:
        """Compare what was acknowledged with what is kept."""


def children(pid: int) -> list[int]:
    """Processes whose parent is *pid*."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:
            continue
        fields = text.rpartition(")")[2].split()
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def descendants(pid: int) -> list[int]:
    """Processes below *pid*, all levels."""
    below = children(pid)
    return below + [each for child in below for each in descendants(child)]


def program(pid: int) -> str:
    """The command line of a process, for telling kinds apart."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


PACE_SECONDS = 1.0
"""Mean time between two kills; nobody waits until the last is got over."""
STUCK_SECONDS = 60.0
"""Nothing is killed any more, and after this time still somebody does not get on: that is a fault, not a slow machine."""


class Recoveries:
    """How long it takes until somebody gets on again after each kill."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._killed: list[float] = []
        self._guard = threading.Lock()
        self._over = threading.Event()
        self.seconds: list[float] = []
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """Something was killed now."""
        with self._guard:
            self._killed.append(time.monotonic())

    def end(self) -> None:
        """Watch no longer."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        before = self._stage.progress()
        while not self._over.wait(0.02):
            now = self._stage.progress()
            if now == before:
                continue
            before = now
            with self._guard:
                killed, self._killed = self._killed, []
            self.seconds += [time.monotonic() - moment for moment in killed]


def run(kind: type[Stage], options: argparse.Namespace) -> int:
    """The whole run; the exit status."""
    seed = options.seed if options.seed is not None else random.randrange(2**32)
    chance = random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="engross-chaos-"))
    stage = kind(folder, options)
    killed: dict[str, int] = {}
    pauses: list[float] = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    starting = time.monotonic()
    stage.start()
    began = time.monotonic()
    recoveries = Recoveries(stage)
    try:
        while sum(killed.values()) < options.kills and not (options.seconds and time.monotonic() - began > options.seconds):
            time.sleep(chance.uniform(0.02, 2 * options.pace))
            stage.mend()
            if stage.is_tried_enough():
                pauses.append(_pause(stage))
            victims = stage.victims()
            name = chance.choice(sorted(victims)) if victims else ""
            try:
                os.kill(chance.choice(victims[name]), signal.SIGKILL)
            except (KeyError, IndexError, ProcessLookupError):
                continue  # none of that kind is up just now: to take another would hit a server that starts again and again
            killed[name] = killed.get(name, 0) + 1
            recoveries.begin()
        took = time.monotonic() - began
        stage.finish(120)
        findings = stage.judge()
    finally:
        recoveries.end()
        stage.finish(0)
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return _tell(findings, killed, sorted(recoveries.seconds), pauses, f"seed {seed}; {began - starting:.0f} s to start, {took:.0f} s of killing, {time.monotonic() - starting:.0f} s in all")


def _pause(stage: Stage) -> float:
    """Kill nothing until everybody gets on; for how long, in seconds."""
    since = time.monotonic()
    while stage.is_tried_enough() and time.monotonic() - since < STUCK_SECONDS:
        time.sleep(0.1)
        stage.mend()
    return time.monotonic() - since


def _tell(findings: Findings, killed: dict[str, int], recoveries: list[float], pauses: list[float], facts: str) -> int:
    """Print what was found; the exit status."""
    for line in findings.details[:20]:
        print(line)
    middle, longest = (statistics.median(recoveries), recoveries[-1]) if recoveries else (0.0, 0.0)
    print(
        f"{facts}; killed {', '.join(f'{count} {name}' for name, count in sorted(killed.items()))}; "
        f"somebody got on again after {middle:.2f} s (median), {longest:.2f} s (longest)"
    )
    stuck = sum(pause >= STUCK_SECONDS for pause in pauses)
    print(f"killing paused {len(pauses)} times, {sum(pauses):.0f} s in all, for a visitor who had waited for 15 s; {stuck} of them did not get on in {STUCK_SECONDS:.0f} s of peace")
    print(
        f"answers lost {findings.answers_lost} of {findings.answers}, results doubled {findings.results_doubled} of {findings.results}, "
        f"jobs stuck {findings.jobs_stuck} of {findings.jobs}, papers mixed up {findings.papers_mixed_up} of {findings.papers}, "
        f"visits that did not come to their end {findings.visits_stalled} of {findings.visits}, pages failed {findings.pages_failed}"
    )
    bad = findings.answers_lost + findings.results_doubled + findings.jobs_stuck + findings.papers_mixed_up + findings.visits_stalled
    bad += findings.pages_failed + stuck
    told = {"kills": sum(killed.values()), "bad": bad, "pauses": len(pauses), "paused_seconds": round(sum(pauses)), "stuck": stuck}
    print(json.dumps(told | {"answers": findings.answers, "papers": findings.papers}))
    return int(bad > 0 or findings.answers == 0)
