"""Visits that do what a job's payload says, for worker processes in tests."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from engross.errors import AuthorError, CodeError, Undefined, Where
from engross.settings import Settings
from engross.store import Store
from engross.store.jobs import Job


class Visits:
    """What ``engross.visit.Visits`` is to a worker."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings

    def work(self, job: Job, report: Any) -> Any:
        """Do what the payload says."""
        match job.payload:
            case {"echo": value}:
                report({"pid": os.getpid()})
                return {"value": value, "pid": os.getpid()}
            case {"die": times}:
                if job.attempt <= times:
                    os.kill(os.getpid(), signal.SIGKILL)
                return {"attempt": job.attempt}
            case {"until": path}:
                report({"started": os.getpid()})
                while not Path(path).exists():
                    report.check()
                    report.lost.wait(0.02)
                return {"attempt": job.attempt}
            case {"deaf": seconds}:
                report({"started": os.getpid()})
                time.sleep(seconds)
                return None
            case {"ask": path}:
                raise Undefined(path)
            case {"mail": address}:
                report.outbox.append({"kind": "email", "to": [address], "subject": "Papers", "body": "Hello"})
                return None
            case {"author": message}:
                raise AuthorError(message, where=Where("i.yml", 7), variable="users[0].name")
            case {"code": answer}:
                raise CodeError(f"cannot use {answer}", where=Where("i.yml", 9))
            case {"crash": _}:
                raise OSError("the converter died")
            case {"serial": serial}:
                data = f"paper {serial} of {job.session_id}".encode()
                report({"title": "paper", "state": "filling"})
                found = self.store.files.results.find(job.session_id, str(serial))
                if found is None:
                    found = self.store.files.save(job.session_id, data, "p.txt")
                    found = self.store.files.results.keep(job.session_id, str(serial), found)
                return {"file": found.id, "serial": serial}
        raise ValueError(job.payload)
