"""An interview on the published AssemblyLine: reading it cold, a screen, the first page of a process, a server's start and memory.

What is read is AssemblyLine's own `test_aldocument.yml`; what is visited is the demo, with the published package under it. Figures
are medians; CPU times are of the process or the thread itself, so that they hold on a busy machine too.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from engross.rehearsal.fetching import fetch

PACKAGE = "docassemble.AssemblyLine"
INTERVIEW = f"{PACKAGE}:data/questions/test_aldocument.yml"
VISITED = "engross.packages.demo:data/questions/eviction_answer.yml"
RUNS = 5
LIMITS = {
    "parse_cold_cpu_s": 1.0,
    "screen_cpu_ms_median": 15.0,
    "first_page_s": 0.3,
    "server_ready_s": 2.0,
    "server_memory_mb": 200.0,
}
PARSE = f"""
import time
from engross.language.interview import load
began = time.process_time()
load({INTERVIEW!r})
print(time.process_time() - began, time.process_time())
"""
SCREENS = f"""
import json, os, statistics, tempfile, time
from pathlib import Path
from engross.language.interview import Interviews
from engross.rehearsal.drive import only_ways_out, is_last, stage
from engross.rehearsal.stranger import Stranger
with tempfile.TemporaryDirectory() as folder, stage(Path(folder), Interviews()) as on:
    cpu, walls, first = [], [], []
    for turn in range(4):
        stranger = Stranger()
        began = time.perf_counter()
        shown = on.visits.start({VISITED!r})
        first.append(time.perf_counter() - began)
        while not is_last(shown.screen) and not only_ways_out(shown.screen) and shown.waiting is None:
            form = stranger.answer(shown.screen, shown.errors)
            began, wall = time.thread_time(), time.perf_counter()
            shown = on.visits.submit(shown.session_id, shown.screen_id, form.texts, form.uploads)
            if turn:
                cpu.append(time.thread_time() - began)
                walls.append(time.perf_counter() - wall)
    print(json.dumps([len(cpu), statistics.median(cpu) * 1000, sorted(cpu)[int(len(cpu) * 0.95)] * 1000, statistics.median(walls) * 1000]), flush=True)
    os._exit(0)
"""


def main() -> None:
    """The last line is one JSON object."""
    folders = [str(folder) for folder in fetch(PACKAGE)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), *folders]))}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    subprocess.run([sys.executable, "-c", PARSE], env=environment, check=True, capture_output=True)  # bytecode is written
    cold = [_numbers(PARSE, environment) for _ in range(RUNS)]
    count, middle, high, wall = json.loads(_printed(SCREENS, environment))
    served = [_serve(environment) for _ in range(3)]
    found = {
        "parse_cold_cpu_s": statistics.median(parsed for parsed, _ in cold),
        "parse_with_imports_cpu_s": statistics.median(whole for _, whole in cold),
        "screens": count,
        "screen_cpu_ms_median": middle,
        "screen_cpu_ms_p95": high,
        "screen_ms_median": wall,
        "server_ready_s": statistics.median(each["ready"] for each in served),
        "server_ready_cpu_s": statistics.median(each["ready_cpu"] for each in served),
        "first_page_cpu_s": statistics.median(each["page_cpu"] for each in served),
        "first_page_s": statistics.median(each["page"] for each in served),
        "server_memory_mb": max(each["memory"] for each in served),
    }
    for name, value in found.items():
        limit = LIMITS.get(name)
        print(f"{name}: {value:.3f}" + (f" (at most {limit:g}{'' if value <= limit else ', MISSED'})" if limit else ""))
    print(json.dumps({"bench": "assembly-line"} | {name: round(value, 3) for name, value in found.items()}))


def _printed(code: str, environment: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


def _numbers(code: str, environment: dict[str, str]) -> list[float]:
    return [float(word) for word in _printed(code, environment).split()]


def _serve(environment: dict[str, str]) -> dict[str, float]:
    """Start a server: seconds until it answers, seconds of its first page, megabytes of the processes that serve."""
    with tempfile.TemporaryDirectory(prefix="engross-bench-") as folder:
        command = [sys.executable, "-m", "engross.cli", "serve", VISITED, "--port", "0", "--data", folder, "--workers", "1"]
        log = Path(folder, "log")
        began = time.perf_counter()
        with log.open("wb") as out:
            process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            address = _address(log, process)
            ready, serving = time.perf_counter() - began, _serving(process.pid)
            ready_cpu = sum(map(_cpu, serving))
            began = time.perf_counter()
            with urllib.request.urlopen(f"{address}/interview?i={VISITED}") as page:  # noqa: S310 - our own server
                page.read()
            seconds = time.perf_counter() - began
            page_cpu = sum(map(_cpu, serving)) - ready_cpu
            return {
                "ready": ready, "page": seconds, "memory": sum(map(_memory, serving)), "ready_cpu": ready_cpu, "page_cpu": page_cpu
            }  # fmt: skip
        finally:
            process.terminate()
            process.wait(30)


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the server says it is, once it answers."""
    while process.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text(errors="replace"))
        if found:
            try:
                with urllib.request.urlopen(f"{found[0]}/healthz") as answer:  # noqa: S310 - our own server
                    answer.read()
                return found[0]
            except OSError:
                pass
        time.sleep(0.01)
    raise SystemExit(f"the server ended: {log.read_text(errors='replace')}")


def _serving(pid: int) -> list[int]:
    """The process that keeps the server running, and the server, its only child. Their memory that both share counts half each."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def _cpu(pid: int) -> float:
    """Seconds of processor that the process has used; what it takes when nothing else runs."""
    values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    """Megabytes of memory, what is shared with others in parts."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"Pss:\s+(\d+)", rollup)[1]) / 1024


if __name__ == "__main__":
    main()
