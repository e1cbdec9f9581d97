"""How long a job waits for a worker when workers are idle: from the save that queues it to its start, and to its result being seen."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tests" / "worker"))

from engross.engine.answers import Answers
from engross.settings import load_settings
from engross.store import open_store
from engross.store.jobs import NewJob
from engross.store.sessions import new_id
from engross.worker import WorkerPool

JOBS = 300


def main() -> None:
    """Queue one job after the other; the last line is JSON."""
    with tempfile.TemporaryDirectory(prefix="engross-bench-") as folder:
        settings = load_settings(data_folder=Path(folder), poll_seconds=30)
        with open_store(settings) as store:
            pool = WorkerPool(settings, 2, visits="rehearsed:Visits")
            pool.start()
            try:
                if not pool.wait_ready(60):
                    raise SystemExit("the workers did not start")
                starts, sights, saves = [], [], []
                for number in range(JOBS):
                    session = store.sessions.create("bench:interview.yml")
                    job = NewJob(id=new_id(), kind="action", payload={"echo": number})
                    began = time.perf_counter()
                    store.sessions.save(session.id, 0, Answers(namespace={"number": number}), jobs=[job])
                    saves.append(time.perf_counter() - began)
                    report = store.jobs.wait(job.id, 30)
                    sights.append(time.perf_counter() - began)
                    if report is None or report.started is None:
                        raise SystemExit("a job did not start")
                    starts.append(report.started - report.created)
            finally:
                pool.stop()
    found = {"start": _percentiles(starts), "result_seen": _percentiles(sights), "save": _percentiles(saves)}
    for name, (middle, high) in found.items():
        print(f"{name}: p50 {middle:.1f} ms, p99 {high:.1f} ms")
    print(json.dumps({"bench": "jobs", "jobs": JOBS} | {f"{name}_p50_ms": round(middle, 2) for name, (middle, _) in found.items()}))


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    """(p50, p99) in milliseconds"""
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2] * 1000, ordered[int(len(ordered) * 0.99)] * 1000


if __name__ == "__main__":
    main()
