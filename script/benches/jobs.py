"""Background work: how long it waits, and how long people wait for it.

* enqueue → start, and → its result being seen, with idle workers: embedded, and on PostgreSQL, RabbitMQ and an S3-compatible store
* Continue → download page over HTTP, for one DOCX and one PDF form in the interview of the background-assembly page, warm
* last paper done → seen in the browser by server-sent events
* two workers against one on sets of papers that were queued before they began, with nobody else at work; and, to compare, two processes
  against one that only compute
* the web's answer time while workers have a full queue, and while other visitors keep them busy, against an idle server

    script/bench jobs [--quick]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "script"), str(ROOT / "script" / "chaoses")]

import httpx  # noqa: E402
import yardstick  # noqa: E402
from harness import descendants  # noqa: E402
from lxml import html  # noqa: E402
from services import Services, free_port  # noqa: E402
from tests.library.paper_doubles import docx_template, form_template  # noqa: E402
from tests.seed.test_background_assembly import DOWNLOAD_SCREEN, FULL_ORDER, PAPERS  # noqa: E402

from engross import broker  # noqa: E402
from engross.engine.answers import Answers  # noqa: E402
from engross.settings import Settings, load_settings  # noqa: E402
from engross.store import Store, open_store  # noqa: E402
from engross.store import database as tables  # noqa: E402
from engross.store.database import Database  # noqa: E402
from engross.store.jobs import JobReport, JobState, NewJob  # noqa: E402
from engross.store.sessions import new_id  # noqa: E402
from engross.store.signals import JOBS  # noqa: E402
from engross.visit import Visits  # noqa: E402
from engross.worker import WorkerPool  # noqa: E402

OPEN = {"sessions_per_hour": 100_000, "posts_per_second": 1000.0, "posts_burst": 1000, "jobs_per_hour": 100_000}


def percentiles(seconds: list[float]) -> tuple[float, float]:
    """(p50, p99) in milliseconds"""
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2] * 1000, ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000


def enqueue_to_start(count: int, *, cluster: bool = False) -> dict[str, float]:
    """From the save that queues a job to its start, and to its result being seen."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="engross-bench-")))
        folder.chmod(0o711)  # PostgreSQL does not run as root
        more = stack.enter_context(Services(folder / "services")).settings() if cluster else {}
        settings = load_settings(data_folder=folder / "data", poll_seconds=30, **more)
        store = stack.enter_context(open_store(settings))
        dispatcher = broker.attach(store)
        if dispatcher is not None:
            stack.callback(dispatcher.close)
        stack.enter_context(pool_of(settings, 2, "tests.worker.rehearsed:Visits"))
        starts, sights = [], []
        for number in range(count):
            session = store.sessions.create("bench:interview.yml")
            job = NewJob(id=new_id(), kind="action", payload={"echo": number})
            began = time.perf_counter()
            store.sessions.save(session.id, 0, Answers(namespace={"number": number}), jobs=[job])
            report = store.jobs.wait(job.id, 30)
            sights.append(time.perf_counter() - began)
            assert report is not None  # noqa: S101 - for the type checker; it holds here
            assert report.started is not None  # noqa: S101 - for the type checker; it holds here
            starts.append(report.started - report.created)
    (start_50, start_99), (seen_50, seen_99) = percentiles(starts), percentiles(sights)
    found = {"start_p50_ms": start_50, "start_p99_ms": start_99, "seen_p50_ms": seen_50, "seen_p99_ms": seen_99}
    return {f"cluster_{name}": value for name, value in found.items()} if cluster else found


@contextlib.contextmanager
def pool_of(settings: Settings, count: int, visits: str = "engross.worker:open_visits") -> Iterator[WorkerPool]:
    """Workers that listen."""
    pool = WorkerPool(settings, count, visits=visits)
    pool.start()
    try:
        if not pool.wait_ready(120):
            raise SystemExit("the workers did not start")
        yield pool
    finally:
        pool.stop()


def write_interview(folder: Path) -> Path:
    """The interview of the background-assembly page with one DOCX and one PDF form."""
    docx_template(folder / "data/templates/letter.docx", "Dear {{ client }},", "we write to you.")
    form_template(folder / "data/templates/form.pdf")
    file = folder / "data" / "questions" / "bench.yml"
    file.parent.mkdir(parents=True)
    file.write_text(f"metadata:\n  title: Bench\n---\n{PAPERS}---\nmandatory: True\ncode: |\n{FULL_ORDER}{DOWNLOAD_SCREEN}")
    return file


@contextlib.contextmanager
def served(folder: Path, file: Path, **more: Any) -> Iterator[tuple[str, Settings]]:
    """The server with two workers: (address, its settings)."""
    port = free_port()
    settings = load_settings(data_folder=folder / "data", interviews=(str(file),), port=port, **OPEN, **more)
    environment = os.environ | {"BENCH_SETTINGS": json.dumps(settings.as_arguments())}
    process = subprocess.Popen([sys.executable, __file__, "--serve"], env=environment, stdout=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        end = time.monotonic() + 120
        while time.monotonic() < end:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{address}/healthz", timeout=2).status_code < 500:
                    break
            time.sleep(0.1)
        yield address, settings
    finally:
        process.terminate()
        process.wait(30)


class Visitor:
    """One browser without script."""

    def __init__(self, address: str) -> None:
        self.browser = httpx.Client(base_url=address, follow_redirects=True, timeout=60, headers={"origin": address})

    def answer(self, page: str, text: str) -> str:
        """Fill in the one field of *page* and press Continue; the page that comes back."""
        form = html.fromstring(page).find(".//form[@id='daform']")
        data = {one.get("name"): one.get("value") or "" for one in form.iter("input") if one.get("name") and one.get("type") == "hidden"}
        data[next(one.get("name") for one in form.iter("input") if one.get("type") == "text")] = text
        return self.browser.post("/interview", data=data).text

    def await_ready(self) -> float:
        """Listen until the page is told that its papers are ready; when, in seconds since the epoch."""
        with self.browser.stream("GET", "/interview/events") as stream:
            for line in stream.iter_lines():
                if line.strip() == "event: ready":
                    return time.time()
        raise SystemExit("the stream of events ended without `ready`")


def continue_to_downloads(address: str, count: int) -> list[float]:
    """Seconds from Continue to the download page; the first runs warm up."""
    took = []
    for number in range(count + 3):
        visitor = Visitor(address)
        page = visitor.browser.get("/").text
        began = time.perf_counter()
        page = visitor.answer(page, f"Ann {number}")
        while "Download the documents" not in page:
            visitor.await_ready()
            page = visitor.browser.get("/interview").text
        took.append(time.perf_counter() - began)
        if not re.search(r'href="[^"]*/files/', page):
            raise SystemExit("the download page offers nothing")
    return took[3:]


def done_to_seen(address: str, settings: Settings, count: int) -> list[float]:
    """Seconds from the end of the job, as its row has it, to the event in the browser."""
    took = []
    with open_store(settings) as store:
        for number in range(count):
            visitor = Visitor(address)
            page = visitor.answer(visitor.browser.get("/").text, f"Bob {number}")
            if "Download the documents" in page:
                continue
            seen = visitor.await_ready()
            finished = max(report.finished or 0 for report in store.jobs.listing(limit=1))
            took.append(max(0.0, seen - finished))
    return took


def seconds_of(pids: list[int]) -> float:
    """Processor time that these processes, what they started and what of that has ended took so far."""
    ticks = 0
    for pid in {each for one in pids for each in (one, *descendants(one))}:
        with contextlib.suppress(OSError):
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def hold(store: Store, *, until: float | None) -> None:
    """Let no job that waits be taken before *until*, a moment of the database's clock."""
    with Database(store.settings.database).write() as connection:
        connection.execute(tables.jobs.update().where(tables.jobs.c.state == JobState.WAITING.value).values(not_before=until))
    store.signals.publish(JOBS)


def workers_against(folder: Path, file: Path, count: int) -> tuple[float, float, float]:
    """(how much faster two workers do *count* sets of papers than one, how many cores one worker keeps busy: it converts and fills side
    by side, so with two cores two workers can be no more than 2 / that times as fast; how many two keep busy)"""
    took = {}
    cores = {}
    for workers in (1, 2):
        settings = load_settings(data_folder=folder / f"workers{workers}", interviews=(str(file),), screen_wait_seconds=0, **OPEN)
        with open_store(settings) as store:
            visits = Visits(store, settings)

            def queue(number: int, visits: Visits = visits) -> str:
                shown = visits.start(str(file))
                shown = visits.submit(shown.session_id, shown.screen_id, {shown.screen.fields[0].key: [f"Cy {number}"]})
                assert shown.waiting is not None  # noqa: S101 - for the type checker; it holds here
                return shown.waiting.job_ids[0]

            jobs = [queue(number) for number in range(count)]  # beforehand: to queue takes a core, which only the second worker would miss
            hold(store, until=time.monotonic() + 3000)
            with pool_of(settings, workers) as pool:
                for job_id in [queue(-number) for number in range(4 * workers)]:  # each worker's converter is warm after that
                    store.jobs.wait(job_id, 120)
                began, before = time.perf_counter(), seconds_of(pool.pids)
                hold(store, until=None)
                for job_id in reversed(jobs):
                    store.jobs.wait(job_id, 120)
                cores[workers] = (seconds_of(pool.pids) - before) / (time.perf_counter() - began)
                reports = [store.jobs.report(job_id) for job_id in jobs]
                first = min(report.started or 0 for report in reports if report)
                last = max(report.finished or 0 for report in reports if report)
                took[workers] = last - first
            visits.close()
    return took[1] / took[2], cores[1], cores[2]


def answer_times(address: str, count: int) -> list[float]:
    """Seconds for a page."""
    visitor = Visitor(address)
    visitor.browser.get("/")
    took = []
    for _ in range(count):
        began = time.perf_counter()
        visitor.browser.get("/interview")
        took.append(time.perf_counter() - began)
    return took


def answer_times_beside_queue(address: str, settings: Settings, file: Path, count: int) -> list[float]:
    """The same while workers have more to do than they can; nobody else asks for a page."""
    waiting: list[str] = []
    with open_store(settings) as store:
        visits = Visits(store, settings.model_copy(update={"screen_wait_seconds": 0}))
        took: list[float] = []
        while len(took) < count:
            for _ in range(20):
                shown = visits.start(str(file))
                shown = visits.submit(shown.session_id, shown.screen_id, {shown.screen.fields[0].key: ["Eve " + new_id()]})
                assert shown.waiting is not None  # noqa: S101 - for the type checker; it holds here
                waiting.append(shown.waiting.job_ids[0])
            while len(took) < count and sum(is_open(store.jobs.report(job_id)) for job_id in waiting[-4:]) > 2:
                took += answer_times(address, 20)
        for job_id in waiting:
            store.jobs.wait(job_id, 120)
        visits.close()
    return took


def is_open(report: JobReport | None) -> bool:
    """Whether a job is still to be done."""
    return report is not None and report.state.is_open


def busy_answer_times(address: str, count: int) -> list[float]:
    """The same while two other visitors start an interview and have papers made, one after the other: the web process works for them, too."""
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            visitor = Visitor(address)
            visitor.answer(visitor.browser.get("/").text, "Dee " + new_id())

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        return answer_times(address, count)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def main() -> None:
    """Measure; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rounds")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    few = options.quick
    found = enqueue_to_start(60 if few else 300) | enqueue_to_start(60 if few else 300, cluster=True)
    with tempfile.TemporaryDirectory(prefix="engross-bench-") as name:
        folder = Path(name)
        file = write_interview(folder / "interview")
        with served(folder / "one", file) as (address, settings):
            took = continue_to_downloads(address, 5 if few else 20)
            found |= {"continue_to_downloads_p50_s": statistics.median(took), "continue_to_downloads_max_s": max(took)}
            idle = percentiles(answer_times(address, 60 if few else 300))
            busy = percentiles(answer_times_beside_queue(address, settings, file, 60 if few else 300))
            shared = percentiles(busy_answer_times(address, 60 if few else 300))
            for name, (middle, tail) in {"idle": idle, "busy": busy, "beside_visitors": shared}.items():
                found |= {f"page_{name}_p50_ms": middle, f"page_{name}_p99_ms": tail}
        with served(folder / "two", file, screen_wait_seconds=0) as (address, settings):
            seen = done_to_seen(address, settings, 5 if few else 20)
            found |= {"done_to_seen_p50_ms": percentiles(seen)[0], "done_to_seen_max_ms": max(seen) * 1000}
        found["two_workers_times"], found["one_worker_cores"], found["two_workers_cores"] = workers_against(folder, file, 8 if few else 30)
    found["two_processes_times"] = yardstick.two_processes()
    found["load"] = os.getloadavg()[0]
    for name, value in found.items():
        print(f"{name}: {value:.2f}")
    print(json.dumps({"bench": "jobs"} | {name: round(value, 3) for name, value in found.items()}))


def serve() -> None:
    """The server, as `engross serve` runs it, with this run's settings."""
    from engross.catalogue import Catalogue
    from engross.cli import _serve

    settings = Settings(**json.loads(os.environ["BENCH_SETTINGS"]))
    _serve(settings, Catalogue(settings.interviews))


if __name__ == "__main__":
    main()
