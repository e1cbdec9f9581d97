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
        """Whether somebody has waited so long that nothing is killed until he gets on: else a slow machine looks like a stall."""

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


def run(kind: type[Stage], options: argparse.Namespace) -> int:
    """The whole run; the exit status."""
    seed = options.seed if options.seed is not None else random.randrange(2**32)
    chance = random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="engross-chaos-"))
    stage = kind(folder, options)
    began = time.monotonic()
    killed: dict[str, int] = {}
    recoveries: list[float] = []
    pauses, paused = 0, 0.0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    stage.start()
    try:
        while sum(killed.values()) < options.kills and not (options.seconds and time.monotonic() - began > options.seconds):
            time.sleep(chance.uniform(0.02, 0.5))
            if stage.is_tried_enough():
                since = time.monotonic()
                while stage.is_tried_enough():
                    time.sleep(0.1)
                    stage.mend()
                pauses, paused = pauses + 1, paused + time.monotonic() - since
            candidates = {name: pids for name, pids in stage.victims().items() if pids}
            if not candidates:
                stage.mend()
                continue
            name = chance.choice(sorted(candidates))
            try:
                os.kill(chance.choice(candidates[name]), signal.SIGKILL)
            except ProcessLookupError:
                continue
            killed[name] = killed.get(name, 0) + 1
            stage.mend()
            recoveries.append(_recovery(stage))
        stage.finish(120)
        findings = stage.judge()
    finally:
        stage.finish(0)
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    for line in findings.details[:20]:
        print(line)
    recoveries.sort()
    print(
        f"seed {seed}; killed {', '.join(f'{count} {name}' for name, count in sorted(killed.items()))} in "
        f"{time.monotonic() - began:.0f} s; visitors got on again after {statistics.median(recoveries):.2f} s (median), "
        f"{recoveries[-1]:.2f} s (longest)"
    )
    print(f"killing paused {pauses} times, {paused:.0f} s in all, because a visitor had waited for more than 15 s")
    print(
        f"answers lost {findings.answers_lost} of {findings.answers}, results doubled {findings.results_doubled} of {findings.results}, "
        f"jobs stuck {findings.jobs_stuck} of {findings.jobs}, papers mixed up {findings.papers_mixed_up} of {findings.papers}, "
        f"visits that did not come to their end {findings.visits_stalled} of {findings.visits}"
    )
    bad = findings.answers_lost + findings.results_doubled + findings.jobs_stuck + findings.papers_mixed_up + findings.visits_stalled
    print(json.dumps({"kills": sum(killed.values()), "bad": bad, "pauses": pauses, "paused_seconds": round(paused), "answers": findings.answers, "papers": findings.papers}))
    return int(bad > 0 or findings.answers == 0)


def _recovery(stage: Stage) -> float:
    """Seconds until a visitor gets on after a kill, at most 30."""
    before, began = stage.progress(), time.monotonic()
    while stage.progress() == before and time.monotonic() - began < 30:
        time.sleep(0.02)
        stage.mend()  # the first look may have come before the process was quite dead
    return time.monotonic() - began
