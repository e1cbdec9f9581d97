"""Chaos on the store alone: visitors are processes that save answers themselves, workers make papers of text.

A visitor writes a line to its own file after each acknowledged save, as a browser would see the next page. When it is killed, the
next one goes on with the same session, as a visitor would after an error page.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from harness import Findings, descendants

from engross.errors import Conflict
from engross.settings import Settings, load_settings
from engross.store import Store, open_store
from engross.store.jobs import Job, JobState, NewJob
from engross.store.sessions import new_id
from engross.worker import WorkerPool

STEPS = 12


def no_classes(module: str, name: str) -> Any:
    """Answers here hold none."""
    raise LookupError(f"{module}.{name}")


def settings_in(folder: Path) -> Settings:
    """Settings of this run."""
    return load_settings(data_folder=folder / "data", lease_seconds=3, poll_seconds=0.5, stop_seconds=1, job_attempts=50)


class Visits:
    """What workers do here: two papers that hold the session's serials."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store

    def work(self, job: Job, report: Any) -> Any:
        """Make both papers from the version the job was started with."""
        answers = self.store.sessions.load(job.session_id, job.version).answers(no_classes).namespace
        made = {}
        for name in ("petition", "notice"):
            report({"title": name, "state": "filling"})
            content_key = f"{name} {answers['serials']}"
            paper = self.store.files.results.find(job.session_id, content_key)
            if paper is None:
                text = json.dumps([name, job.session_id, answers["serials"]]).encode()
                paper = self.store.files.results.keep(
                    job.session_id, content_key, self.store.files.save(job.session_id, text, f"{name}.txt")
                )
            made[name] = paper.id
        return made


def be_visitor(folder: Path, name: str) -> None:
    """Answer for ever; go on where the one before me was killed."""
    log = folder / f"{name}.log"
    with open_store(settings_in(folder)) as store, os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "w", buffering=1) as acks:
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        current = lines[-1]["session"] if lines and not lines[-1].get("end") else None
        while True:
            session = store.sessions.load(current) if current else store.sessions.create("chaos:interview.yml")
            if current is None:
                acks.write(json.dumps({"session": session.id}) + "\n")
            one_visit(store, session.id, acks)
            current = None


def one_visit(store: Store, session_id: str, acks: Any) -> None:
    """From where the session stands to its papers."""
    while True:
        session = store.sessions.load(session_id)
        answers = session.answers(no_classes)
        serials = answers.namespace.setdefault("serials", [])
        if len(serials) >= STEPS:
            break
        serial = f"{session_id}/{len(serials)}"
        serials.append(serial)
        last = len(serials) == STEPS
        jobs = [NewJob(id=new_id(), kind="action", payload={})] if last else []
        if last:
            answers.namespace["job"] = jobs[0].id
        screen_id = f"{session_id[:8]}-{len(serials)}"
        try:
            store.sessions.save(session_id, session.version, answers, screen_id=screen_id, answered=screen_id, jobs=jobs)
        except Conflict:
            continue
        acks.write(json.dumps({"session": session_id, "ack": serial}) + "\n")
    job_id = answers.namespace["job"]
    report = store.jobs.wait(job_id, 30)
    done = report is not None and report.state is JobState.DONE
    acks.write(json.dumps({"session": session_id, "end": "done" if done else "late"}) + "\n")


def be_server(folder: Path) -> None:
    """The workers' parent."""
    pool = WorkerPool(settings_in(folder), 2, visits="stored:Visits")
    pool.start()
    sys.stdin.read()
    pool.stop()


class Stage:
    """See harness.Stage."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._folder = folder
        self._names = [f"visitor{number}" for number in range(options.visitors)]
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """See harness.Stage."""
        with open_store(settings_in(self._folder)):
            pass  # tables and key are there before anybody is killed; a test of its own kills at that point
        self.mend()

    def victims(self) -> dict[str, list[int]]:
        """See harness.Stage."""
        alive = {name: process.pid for name, process in self._processes.items() if process.poll() is None}
        server = alive.pop("server", None)
        return {
            "web": list(alive.values()),
            "worker": descendants(server) if server else [],  # what forks them, and themselves
            "server": [server] if server and time.monotonic() % 5 < 1 else [],
        }

    def mend(self) -> None:
        """See harness.Stage."""
        for name in ["server", *self._names]:
            process = self._processes.get(name)
            if process is None or process.poll() is not None:
                if process is not None and process.stdin is not None:
                    process.stdin.close()
                self._processes[name] = subprocess.Popen(
                    [sys.executable, str(Path(__file__)), str(self._folder), name], stdin=subprocess.PIPE
                )

    def progress(self) -> int:
        """See harness.Stage."""
        return sum(path.stat().st_size for path in self._folder.glob("visitor*.log"))

    def is_tried_enough(self) -> bool:
        """See harness.Stage."""
        return False

    def finish(self, seconds: float) -> None:
        """See harness.Stage."""
        for name in self._names:
            process = self._processes.pop(name, None)
            if process is not None:
                process.kill()
                process.wait()
                if process.stdin is not None:
                    process.stdin.close()
        if seconds:
            end = time.monotonic() + seconds
            with open_store(settings_in(self._folder)) as store:
                while time.monotonic() < end and any(store.jobs.counts().get(state) for state in ("waiting", "running")):
                    time.sleep(0.1)
        server = self._processes.pop("server", None)
        if server is not None and server.stdin is not None:
            server.stdin.close()
            server.wait(20)

    def judge(self) -> Findings:
        """See harness.Stage."""
        findings = Findings()
        with open_store(settings_in(self._folder)) as store:
            acks: dict[str, list[str]] = {}
            for path in self._folder.glob("visitor*.log"):
                for line in map(json.loads, path.read_text().splitlines()):
                    acks.setdefault(line["session"], []).extend([line["ack"]] if "ack" in line else [])
            for session_id, serials in acks.items():
                self._judge_session(store, session_id, serials, findings)
            counts = store.jobs.counts()
            findings.jobs = sum(counts.values())
            findings.jobs_stuck = findings.jobs - counts.get("done", 0)
            if findings.jobs_stuck:
                findings.details.append(f"jobs: {counts}")
        return findings

    def _judge_session(self, store: Store, session_id: str, serials: list[str], findings: Findings) -> None:
        answers = store.sessions.load(session_id).answers(no_classes).namespace
        kept = answers.get("serials", [])
        findings.answers += len(serials)
        findings.answers_lost += len(set(serials) - set(kept))
        if kept != [f"{session_id}/{number}" for number in range(len(kept))]:
            findings.answers_lost += 1
            findings.details.append(f"history not linear: {kept}")
        done = [event for event in store.events.after(session_id, 0) if event.kind == "done"]
        findings.results += len(done)
        findings.results_doubled += max(0, len(done) - 1)
        report = store.jobs.report(answers["job"]) if "job" in answers else None
        for name, file_id in (report.result or {} if report else {}).items():
            findings.papers += 1
            if json.loads(store.files.read(session_id, file_id)) != [name, session_id, kept]:
                findings.papers_mixed_up += 1


if __name__ == "__main__":
    if sys.argv[2] == "server":
        be_server(Path(sys.argv[1]))
    else:
        be_visitor(Path(sys.argv[1]), sys.argv[2])
