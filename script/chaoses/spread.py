"""Chaos on a cluster: two web servers and two workers on PostgreSQL, RabbitMQ and an S3-compatible store.

Web servers, workers, converters, the broker and the database are killed. The store for files is moto's, which keeps everything in memory,
so it is not among the victims. RabbitMQ's own child processes end with it.
"""

from __future__ import annotations

import argparse
import threading
from pathlib import Path

from harness import children, descendants, program
from machines import Machines
from served import LIMITS, Visitor, write_interview
from served import Stage as ServedStage
from services import Services

from engross.settings import load_settings


class Stage(ServedStage):
    """See harness.Stage."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._folder = folder
        folder.chmod(0o755)  # PostgreSQL runs as another user
        file = write_interview(folder / "interview")
        self._services = Services(folder / "services")
        self._machines = Machines(folder, self._services.settings(), [str(file)], **LIMITS)
        self._settings = load_settings(**self._machines.settings_in(folder / "judge"))
        self._server = None  # the machines are the server
        self._bases = list(self._machines.addresses)
        self._stopping = threading.Event()
        self._visitors = [Visitor(number, list(self._bases), self._stopping) for number in range(options.visitors)]
        self._threads = [threading.Thread(target=visitor.run, daemon=True) for visitor in self._visitors]

    def start(self) -> None:
        """See harness.Stage."""
        self._services.start()
        self._machines.start()
        for thread in self._threads:
            thread.start()

    def _logs(self) -> list[Path]:
        return sorted(self._folder.glob("web*/log"))

    def victims(self) -> dict[str, list[int]]:
        """See harness.Stage."""
        machines = {name: process.pid for name, process in self._machines.processes.items() if process.poll() is None}
        workers = [pid for name, pid in machines.items() if name.startswith("worker")]
        parents = [pid for name, pid in machines.items() if name.startswith("web")]
        found = {
            "web": [child for parent in parents for child in children(parent)],
            "worker": workers,
            "converter": [pid for worker in workers for pid in descendants(worker)],
        }
        for name, kind in (("broker", "broker"), ("database", "database")):
            process = self._services.processes.get(name)
            if process is not None and process.poll() is None:
                runtimes = [pid for pid in descendants(process.pid) if "beam" in program(pid)]
                found[kind] = (runtimes or [process.pid]) if name == "broker" else [process.pid]
        return found

    def mend(self) -> None:
        """See harness.Stage."""
        self._services.mend()
        self._machines.mend()

    def finish(self, seconds: float) -> None:
        """See harness.Stage. The database goes on until the last call, for it is still to be read."""
        super().finish(seconds)
        if not seconds:
            self._machines.stop()
            self._services.stop()
