"""A real ``engross serve`` with sockets and processes, and visitors that go through twelve questions of it over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from scene import HIDDEN

sys.path.append(str(Path(__file__).resolve().parents[1] / "chaoses"))

FIELD = re.compile(r'<input[^>]*type="text"[^>]*>')
ASKED = re.compile(r"Question (serial\d\d)")
QUESTIONS = 12
_TRUST = ssl.create_default_context()
"""One for all visitors, who do without it: each client would read the authorities' certificates for itself, which takes longer than a visit."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Real:
    """A running server."""

    process: subprocess.Popen[bytes]
    folder: Path
    """Its data folder."""
    output: Path
    """What it printed, on both streams."""
    address: str = ""

    @property
    def said(self) -> str:
        """All that it printed so far."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    @property
    def web(self) -> int:
        """The web process: the one child of the process that keeps it running."""
        return children(self.process.pid)[0]

    def browser(self, seconds: float = 60) -> dict[str, Any]:
        """How a client of httpx comes as a browser does, and waits so long."""
        return {"base_url": self.address, "headers": {"origin": self.address}, "timeout": seconds, "follow_redirects": True, "verify": _TRUST}

    def cpu(self) -> float:
        """Seconds of processor time that the web process has used."""
        fields = Path(f"/proc/{self.web}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> int:
        """Resident bytes of the web process."""
        return int(Path(f"/proc/{self.web}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def family(pid: int) -> list[int]:
    """*pid* and all processes below it."""
    return [pid, *(one for child in children(pid) for one in family(child))]


def children(pid: int) -> list[int]:
    """Processes whose parent is *pid*."""
    try:
        return [int(one) for task in Path(f"/proc/{pid}/task").glob("*/children") for one in task.read_text().split()]
    except OSError:  # it ended meanwhile
        return []


@contextmanager
def real(interviews: Path, **settings: Any) -> Iterator[Real]:
    """``engross serve`` over *interviews* with *settings*, until the block ends."""
    wanted = {"sessions_per_hour": 1_000_000, "posts_per_second": 1e6, "posts_burst": 1_000_000, "jobs_per_hour": 1_000_000, "workers": 0, **settings}
    environment = {**os.environ, **{f"ENGROSS_{name.upper()}": value if isinstance(value, str) else json.dumps(value) for name, value in wanted.items()}}
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as outer:
        output = Path(outer) / "output"
        with output.open("wb") as said:
            line = [sys.executable, "-m", "engross.cli", "serve", str(interviews), "--port", "0", "--data", f"{outer}/data"]
            server = Real(subprocess.Popen(line, env=environment, stdout=said, stderr=subprocess.STDOUT, cwd=outer), Path(outer) / "data", output)
            try:
                server.address = _ready(server)
                yield server
            finally:
                server.process.terminate()
                try:
                    server.process.wait(30)
                except subprocess.TimeoutExpired:
                    server.process.kill()
                    server.process.wait()


def _ready(server: Real) -> str:
    end = time.monotonic() + 90
    while time.monotonic() < end and server.process.poll() is None:
        if found := re.search(r"^ready (http\S+)/$", server.said, re.MULTILINE):
            return found.group(1)
        time.sleep(0.05)
    raise RuntimeError(f"engross serve did not start: {server.said[-1000:]}")


def twelve_questions(folder: Path) -> Path:
    """The interview of twelve questions and two papers; its file, in *folder*."""
    from served import write_interview

    return Path(write_interview(folder))


@dataclass(slots=True)
class Course:
    """What visitors met."""

    seconds: list[float] = field(default_factory=list)
    """From sending a form to the whole page after it, of those that were answered with a page."""
    refusals: list[float] = field(default_factory=list)
    """The same of those that were refused with 503."""
    statuses: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    lost: int = 0
    finished: int = 0
    impolite: int = 0
    """Refusals with 503 that do not say when to come again."""
    details: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Seconds below which *share* of the answers stay."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0

    @property
    def errors(self) -> int:
        """Answers that were neither a page nor a polite refusal."""
        return sum(count for status, count in self.statuses.items() if status not in ("200", "302", "303", "503")) + self.impolite


class Visitor:
    """One person with one browser."""

    def __init__(self, server: Real, interview: Path, course: Course, *, think: float, dice: random.Random, papers: bool = False) -> None:
        self._server, self._interview, self._course, self._think, self._dice, self._papers = server, interview, course, think, dice, papers
        self._client = httpx.AsyncClient(**server.browser())
        self._page = ""

    async def run(self, until: float) -> None:
        """Visits, one after the other, until the monotonic time *until*; the last is gone on with for a while after that."""
        async with self._client:
            while time.monotonic() < until:
                self._client.cookies.clear()
                await self._visit(until + 30)

    async def _visit(self, end: float) -> None:
        prefix = f"v{self._dice.randrange(16**8):08x}"
        said: dict[str, str] = {}
        if not await self._ask("GET", end, params={"i": str(self._interview)}):
            return
        while asked := ASKED.search(self._page):
            if time.monotonic() > end:
                return
            await asyncio.sleep(self._think * self._dice.uniform(0.5, 1.5))
            name = asked.group(1)
            if name in said:
                self._lose(f"{prefix}: {name} is asked again")
                return
            form = dict(HIDDEN.findall(self._page))
            (tag,) = FIELD.findall(self._page)
            form[re.search(r'name="([^"]+)"', tag).group(1)] = prefix + name  # type: ignore[union-attr]
            # The last answer leads to the papers, for which the page waits a little on purpose.
            if not await self._ask("POST", end, data=form, measured=len(said) < QUESTIONS - 1):
                return
            said[name] = prefix + name
            self._course.acknowledged += 1
        for _ in range(60):  # the two papers
            if "Kept:" in self._page or not self._papers or time.monotonic() > end:
                break
            await asyncio.sleep(0.5)
            await self._ask("GET", end, measured=False)
        if "Kept:" in self._page:
            self._course.finished += 1
            for name, serial in said.items():
                if serial not in self._page:
                    self._lose(f"{prefix}: {name} is not kept")

    def _lose(self, what: str) -> None:
        self._course.lost += 1
        self._course.details.append(what)

    async def _ask(self, method: str, end: float, *, measured: bool = True, **more: Any) -> bool:
        """Send until there is a page, as a person does who reads that the server is busy."""
        course = self._course
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                answer = await self._client.request(method, "/interview", **more)
            except httpx.HTTPError as error:
                course.statuses[type(error).__name__] += 1
                await asyncio.sleep(0.2)
                continue
            took = time.monotonic() - began
            course.statuses[str(answer.status_code)] += 1
            if answer.status_code == 200:
                if measured:
                    course.seconds.append(took)
                self._page = answer.text
                return True
            if answer.status_code == 503:
                course.refusals.append(took)
                course.impolite += "retry-after" not in answer.headers
            elif len(course.details) < 20:
                course.details.append(f"{method} {answer.status_code}")
            await asyncio.sleep(self._dice.uniform(0.3, 1.0))
        return False


async def crowd(server: Real, interview: Path, *, visitors: int, think: float, seconds: float, makers: int = 0, course: Course | None = None) -> Course:
    """*visitors* who think for *think* seconds about a screen, and *makers* who do not think and have papers made all the time. What they
    meet is written into *course*, where somebody may look meanwhile."""
    course, aside = course or Course(), Course()
    people = [Visitor(server, interview, course, think=think, dice=random.Random(number)) for number in range(visitors)]
    busy = [Visitor(server, interview, aside, think=0.3, dice=random.Random(-1 - number), papers=True) for number in range(makers)]
    until = time.monotonic() + seconds  # when all of them are there
    tasks = [asyncio.create_task(_later(one, until, think * number / max(visitors, 1))) for number, one in enumerate(people)]
    tasks += [asyncio.create_task(one.run(until)) for one in busy]
    await asyncio.gather(*tasks)
    course.lost += aside.lost
    course.finished += aside.finished
    course.details += aside.details
    return course


async def _later(visitor: Visitor, until: float, pause: float) -> None:
    """People do not all come in the same moment."""
    await asyncio.sleep(pause)
    await visitor.run(until)
