"""What this machine can do at best, measured in the same run as what is compared with it."""

from __future__ import annotations

import statistics
import subprocess
import sys

COMPUTING = """
import sys, time
print("ready", flush=True)
sys.stdin.readline()
began = time.perf_counter()
number = 0
for step in range(6_000_000):
    number = (number * 31 + step) % 1_000_003
print(time.perf_counter() - began, flush=True)
"""
TURNS = 3


def two_processes() -> float:
    """How many times faster two processes that only compute do their work side by side than one after the other: 2 on two free cores,
    less where two cores are one core's two threads, or somebody else is at work."""
    return statistics.median(2 * _slowest(1) / _slowest(2) for _ in range(TURNS))


def _slowest(count: int) -> float:
    """Seconds of the slowest of *count* processes that begin together."""
    line = [sys.executable, "-c", COMPUTING]
    running = [subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    for process in running:
        assert process.stdout is not None  # noqa: S101 - for the type checker
        process.stdout.readline()
    for process in running:
        assert process.stdin is not None  # noqa: S101 - for the type checker
        process.stdin.write("\n")
        process.stdin.flush()
    return max(float(process.communicate()[0]) for process in running)
