"""1, 2, 3, 29: processes killed, power lost, a disk that fails, code that fills the memory: what was acknowledged is there."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import real
from tally import Tally

from engross.engine.answers import Answers
from engross.settings import Settings
from engross.store import open_store
from engross.store.sessions import new_id

HERE = Path(__file__).resolve().parents[2]


# ------------------------------------------------------------------------------------------------------------------- 1


def killed(kills: int) -> Tally:
    """1: *kills* of web processes, workers and converters while visitors answer twelve screens and get two papers."""
    line = [sys.executable, str(HERE / "script" / "chaos"), "--kills", str(kills), "--visitors", "3"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60 + kills * 30, check=False)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    tally = Tally(tried=found["kills"], failed=found["bad"], details=done.stdout.splitlines()[:8] if found["bad"] else [])
    tally.expect(found["answers"] > 0 and found["kills"] == kills, f"{found}")
    tally.note = f"{found['answers']} answers, {found['papers']} papers read"
    return tally


# ------------------------------------------------------------------------------------------------------------------- 2

IMAGE_BYTES = 64 << 20


def power(cuts: int) -> Tally:
    """2: a copy of the disk as it is in some moment, looked at as a machine does that starts again. *cuts*: how many moments."""
    tally = Tally()
    if os.geteuid() != 0 or not all(map(shutil.which, ("mkfs.ext4", "mount", "umount"))):
        return Tally(skipped="needs root, a loop device and mkfs.ext4")
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as name:
        folder = Path(name)
        image, disk, copy = folder / "image", folder / "disk", folder / "copy"
        disk.mkdir()
        copy.mkdir()
        with image.open("wb") as file:
            file.truncate(IMAGE_BYTES)
        _do("mkfs.ext4", "-q", "-F", str(image))
        if subprocess.run(["mount", "-o", "loop", str(image), str(disk)], capture_output=True, check=False).returncode:
            return Tally(skipped="needs a loop device")
        settings = {"data_folder": str(disk / "data"), "key_file": str(folder / "key")}
        with open_store(Settings(**settings)):
            pass
        dice = random.Random(2)
        writer = subprocess.Popen([sys.executable, __file__, json.dumps(settings)], stdout=subprocess.PIPE)
        try:
            acknowledged: dict[str, list[str]] = {}
            seen: set[str] = set()
            for number in range(cuts):
                _cut(tally, number, writer, acknowledged, image, folder / "after", copy, settings, dice)
                seen.update(serial for serials in acknowledged.values() for serial in serials)
        finally:
            writer.send_signal(signal.SIGCONT)
            writer.kill()
            writer.communicate()
            _do("umount", str(disk))
    tally.expect(len(seen) > cuts, f"only {len(seen)} answers were acknowledged")
    tally.note = f"{len(seen):,} acknowledged answers"
    return tally


def _cut(
    tally: Tally, number: int, writer: subprocess.Popen[bytes], acknowledged: dict[str, list[str]], image: Path, after: Path, copy: Path,
    settings: dict[str, str], dice: random.Random,
) -> None:  # fmt: skip
    """Let the writer go on for a moment, stop it, copy what the disk holds, start from the copy."""
    pipe = writer.stdout
    if pipe is None:
        raise ValueError("the writer has no pipe")
    writer.send_signal(signal.SIGCONT)
    line = pipe.readline()
    end = time.monotonic() + dice.uniform(0.02, 0.15)
    while time.monotonic() < end:
        _note(line, acknowledged)
        line = pipe.readline()
    _note(line, acknowledged)
    writer.send_signal(signal.SIGSTOP)
    # What the writer said before it stopped is in the pipe; it is older than the copy.
    os.set_blocking(pipe.fileno(), False)
    while line := pipe.readline():
        _note(line, acknowledged)
    os.set_blocking(pipe.fileno(), True)
    shutil.copyfile(image, after)
    _do("mount", "-o", "loop", str(after), str(copy))
    try:
        with contextlib.closing(sqlite3.connect(copy / "data" / "engross.db")) as connection:
            (database,) = connection.execute("pragma integrity_check").fetchone()
        tally.expect(database == "ok", f"cut {number}: the database: {database}")
        with open_store(Settings(**{**settings, "data_folder": str(copy / "data")})) as store:
            for session_id, serials in acknowledged.items():
                answers = store.sessions.load(session_id).answers(_no_classes).namespace
                kept = answers.get("serials", [])
                tally.expect(kept[: len(serials)] == serials, f"cut {number}: {len(serials)} acknowledged, {len(kept)} kept")
                for file_id in answers.get("files", []):
                    tally.expect(len(store.files.read(session_id, file_id)) == 20_000, f"cut {number}: a file is not whole")
    finally:
        _do("umount", str(copy))
    # Only the newest sessions are of interest to the next cut; older ones were looked at.
    for old in list(acknowledged)[:-3]:
        del acknowledged[old]


def _note(line: bytes, acknowledged: dict[str, list[str]]) -> None:
    if line.endswith(b"\n"):
        session_id, serial = line.decode().split()
        acknowledged.setdefault(session_id, []).append(serial)


def _do(*line: str) -> None:
    subprocess.run(line, check=True, capture_output=True)


def _no_classes(module: str, name: str) -> type:
    raise LookupError(f"{module}.{name}")


def write_for_ever(settings: dict[str, str]) -> None:
    """Save answers, and a file with every fifth, in sessions of forty; say what is saved."""
    with open_store(Settings(**settings)) as store:
        while True:
            session = store.sessions.create("power:interview.yml")
            answers, version = Answers(), session.version
            answers.namespace["serials"], answers.namespace["files"] = [], []
            for number in range(40):
                serial = f"{session.id[:8]}/{number}"
                answers.namespace["serials"].append(serial)
                if number % 5 == 0:
                    answers.namespace["files"].append(store.files.save(session.id, os.urandom(20_000), "a.bin", "application/octet-stream").id)
                screen_id = new_id()
                version = store.sessions.save(session.id, version, answers, screen_id=screen_id, answered=screen_id)
                os.write(1, f"{session.id} {serial}\n".encode())


# ------------------------------------------------------------------------------------------------------------------- 3

FAULTS = (
    ("pwrite64", "error=ENOSPC"), ("pwrite64", "error=EIO"), ("fdatasync,fsync", "error=EIO"), ("fdatasync,fsync", "delay_exit=200000"),
    ("openat", "error=ENOSPC"), ("ftruncate", "error=ENOSPC"), ("pread64", "error=EIO"), ("pwrite64,pread64", "error=EINTR"),
    ("every", "short write"),
)  # fmt: skip
SHORT_STEP = 1777
"""Bytes by which the place where a write is cut moves on: no multiple of a page, a sector or a frame of the database's log."""
SHORT_BYTES = 120_000
"""Where it begins again: the log of twelve answers is about as long."""


def faults(points: int) -> Tally:
    """3: the disk is full, fails, or is slow, from the k-th call on, three times in a row. *points*: how many k and kinds."""
    tally = Tally()
    if shutil.which("strace") is None:
        return Tally(skipped="needs strace")
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as name:
        interview = real.twelve_questions(Path(name) / "interview")
        with real.real(interview, screen_wait_seconds=0) as server:
            for number in range(points):
                calls, fault = FAULTS[number % len(FAULTS)]
                _point(tally, server, interview, calls, fault, 1 + number // len(FAULTS) * max(1, 150 * len(FAULTS) // max(points, 150)))
            tally.note = f"the web process is {server.web}, as at the start" if "is started again" not in server.said else ""
            tally.expect("is started again" not in server.said, "the server had to be started again")
    return tally


def _point(tally: Tally, server: real.Real, interview: Path, calls: str, fault: str, first: int) -> None:
    """One visitor, who answers while the fault is there, presses the button again when told so, and finds all of it afterwards."""
    what = f"{calls} {fault} from {first} on"
    with httpx.Client(**server.browser()) as browser:
        page = browser.get("/interview", params={"i": str(interview)}).text
        said: dict[str, str] = {}
        with _cut_short(server, first) if fault == "short write" else _injected(server.web, calls, fault, first):
            for _ in range(4):
                page = _answer(tally, browser, page, said, what)
        page = browser.get("/interview").text
        asked = real.ASKED.search(page)
        tally.expect(asked is not None and asked.group(1) not in said, f"{what}: {asked and asked.group(1)} was acknowledged and is asked again")
        while real.ASKED.search(page) and len(said) < 20:
            before = len(said)
            page = _answer(tally, browser, page, said, f"after {what}")
            if len(said) == before:
                tally.fail(f"after {what}: an answer is not taken")
                break
        # Without a worker no paper is made; the page that waits is reached all the same.
        tally.expect(len(said) == real.QUESTIONS, f"{what}: {len(said)} answers were taken")


@contextlib.contextmanager
def _injected(pid: int, calls: str, fault: str, first: int) -> Iterator[None]:
    """strace makes *calls* of the process fail, from the *first* on, three times."""
    line = ["strace", "-f", "-qq", "-o", "/dev/null", "-p", str(pid), "-e", f"trace={calls}", "-e", f"inject={calls}:{fault}:when={first}..{first + 2}"]
    tracer = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end and not _is_traced(pid):
            time.sleep(0.005)
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(20)


@contextlib.contextmanager
def _cut_short(server: real.Real, first: int) -> Iterator[None]:
    """No file of the server may grow beyond some byte: the write that comes there is made in part, and the next one fails, as on a
    disk that fills in mid-write. The database's log begins anew before it, so that it is what is cut."""
    with contextlib.closing(sqlite3.connect(server.folder / "engross.db", timeout=10)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    pid = server.web
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1 + first * SHORT_STEP % SHORT_BYTES, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def _answer(tally: Tally, browser: httpx.Client, page: str, said: dict[str, str], what: str) -> str:
    """Send the form of *page*; the page that came, or the same again after an error."""
    asked = real.ASKED.search(page)
    field = real.FIELD.search(page)
    if asked is None or field is None:
        return str(browser.get("/interview").text)
    form = dict(real.HIDDEN.findall(page))
    (key,) = re.findall(r' name="([^"]+)"', field.group(0))
    serial = f"{asked.group(1)}x{random.randrange(16**6):06x}"
    answer = browser.post("/interview", data={**form, key: serial})
    tally.tried += 1
    if answer.status_code != 200:
        tally.expect(answer.status_code in (500, 503) and "saved" in answer.text, f"{what}: {answer.status_code}")
        return page
    after = real.ASKED.search(answer.text)
    if after is not None and after.group(1) == asked.group(1):
        tally.fail(f"{what}: 200, and the same question again")
    said[asked.group(1)] = serial
    return str(answer.text)


def _is_traced(pid: int) -> bool:
    return all("TracerPid:\t0" not in task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/status"))


# ------------------------------------------------------------------------------------------------------------------ 29

GREEDY = {
    "ten gigabytes at once": "x = 'x' * 10**10",
    "a list that grows": "x = []\n  while True:\n    x.append('x' * 10**6)",
    "a list of two gigabytes": "x = [0] * (2 * 10**9)",
    "one step without an end": "x = 10 ** 10 ** 8",
    "the end of the process": "import os\n  os._exit(3)",
    "a fault of the memory": "import ctypes\n  ctypes.string_at(0)",
}  # fmt: skip


PATIENCE_SECONDS = 120.0
"""How long is waited for what must come; on a quiet machine it comes within seconds."""
GIVEN_BACK = 500 << 20
"""Bytes that the process may hold some seconds after it."""


def greedy(amount: int) -> Tally:
    """29: code of an author that takes memory, time or the process itself; other visitors are served, at once or after a moment."""
    del amount
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as name:
        folder = Path(name)
        good = folder / "good.yml"
        good.write_text("mandatory: True\nquestion: First\nfields:\n  - Line: line\n---\nmandatory: True\nquestion: Second after ${ line }\nfields:\n  - More: more\n", encoding="utf-8")
        for number, code in enumerate(GREEDY.values()):
            (folder / f"bad{number}.yml").write_text(f"mandatory: True\nquestion: Go\nfields:\n  - Line: line\n---\nmandatory: True\ncode: |\n  line\n  {code}\n", encoding="utf-8")
        with real.real(folder, memory_limit=700 << 20, stuck_seconds=8, think_seconds=8) as server:
            for number, what in enumerate(GREEDY):
                _greedy(tally, server, good, folder / f"bad{number}.yml", what)
            tally.note = f"started again {server.said.count('is started again')} times"
    return tally


def _greedy(tally: Tally, server: real.Real, good: Path, bad: Path, what: str) -> None:
    with _browser(server) as other, _browser(server) as victim:
        page = _form(other.get("/interview", params={"i": str(good)}).text)
        second = other.post("/interview", data={**page, _field(page): "Kim"})
        tally.expect("Second after Kim" in second.text, f"{what}: nobody is served before it")
        form = _form(victim.get("/interview", params={"i": str(bad)}).text)
        try:
            answer = victim.post("/interview", data={**form, _field(form): "Lee"})
            tally.expect(answer.status_code in (500, 503) and "Your answers are saved" in answer.text, f"{what}: {answer.status_code}")
            tally.expect(not [word for word in ("Traceback", "MemoryError", "memory_limit", "line 8") if word in answer.text], f"{what}: the page tells of the inside")
        except httpx.HTTPError:
            tally.expect(what in ("one step without an end", "the end of the process", "a fault of the memory"), f"{what}: the connection broke")
        end = time.monotonic() + PATIENCE_SECONDS
        said: Any = None
        while time.monotonic() < end:
            try:
                said = other.get("/interview", params={"i": str(good)})
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        tally.expect(said is not None and "Second after Kim" in said.text, f"{what}: another visitor's answers are not served after it")
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and server.memory() > GIVEN_BACK:
            time.sleep(0.2)
        tally.expect(server.memory() < GIVEN_BACK, f"{what}: the process still holds {server.memory() >> 20} MB")


def _browser(server: real.Real) -> httpx.Client:
    return httpx.Client(**server.browser(PATIENCE_SECONDS))


def _form(page: str) -> dict[str, str]:
    form = dict(real.HIDDEN.findall(page))
    (tag,) = real.FIELD.findall(page)
    (key,) = re.findall(r' name="([^"]+)"', tag)
    return {**form, key: ""}


def _field(form: dict[str, str]) -> str:
    return next(name for name in form if not name.startswith("_"))


if __name__ == "__main__":
    write_for_ever(json.loads(sys.argv[1]))
