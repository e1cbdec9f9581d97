"""Chaos on the whole server: visitors answer twelve questions over HTTP, get two papers, and read them back.

At the end each visitor changes the first answer and reads the papers again.

A visitor holds every answer for acknowledged once the page after it has come, whatever was killed meanwhile; after an error it does
what a person does, it loads the page again. Each answer carries a serial of its own, and each paper must hold the serials of its own
session and of no other.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
from docx import Document
from harness import Findings, children, descendants, program
from lxml import html
from machines import engross
from services import free_port

from engross.settings import Settings, load_settings
from engross.store import open_store

QUESTIONS = 12
PAPERS = ("petition", "notice")
SECONDS = 120
LIMITS = {
    "lease_seconds": "5",
    "stop_seconds": "1",
    "job_attempts": "50",
    "sessions_per_hour": "100000",
    "posts_per_second": "1000",
    "posts_burst": "1000",
    "jobs_per_hour": "100000",
}
"""No limit is to be met here, and what was lost is to be found out soon."""
PATIENCE = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between tries, as a person who loads the page again and again."""
_NUMBERS = re.compile(r"\b[0-9a-f]{12,}\b|\b[A-Z]\d-[A-Z]+\b|0x[0-9a-f]+")


def write_interview(folder: Path) -> Path:
    """The interview and its templates; the file to serve."""
    (folder / "data" / "questions").mkdir(parents=True)
    (folder / "data" / "templates").mkdir()
    names = [f"serial{number:02}" for number in range(QUESTIONS)]
    for paper in PAPERS:
        document = Document()
        document.add_paragraph(f"{paper}:")
        for name in names:
            document.add_paragraph("{{ " + name + " }}")
        document.save(str(folder / "data" / "templates" / f"{paper}.docx"))
    blocks = ["metadata:\n  title: Chaos", "mandatory: True\ncode: |\n" + "".join(f"  {name}\n" for name in names) + "  all_done"]
    blocks += [f"id: {name}\nquestion: |\n  Question {name}\nfields:\n  - Answer: {name}" for name in names]
    attachments = "".join(
        f"  - name: {paper}\n    filename: {paper}\n    docx template file: {paper}.docx\n    valid formats:\n      - pdf\n" for paper in PAPERS
    )
    said = " ".join("${ " + name + " }" for name in names)
    blocks.append(f"event: all_done\nquestion: |\n  Done\nsubquestion: |\n  Kept: {said}\n\n  [change](${{ url_action('serial00') }})\nattachments:\n{attachments}")
    file = folder / "data" / "questions" / "chaos.yml"
    file.write_text("\n---\n".join(blocks) + "\n")
    return file


@dataclass
class Visitor:
    """One person, who goes through the interview again and again."""

    number: int
    bases: list[str]
    """Addresses of web servers; a visitor changes over to another whenever one does not answer."""
    stopping: threading.Event
    acknowledged: int = 0
    lost: int = 0
    papers: int = 0
    mixed_up: int = 0
    finished: int = 0
    begun: int = 0
    stalled: int = 0
    stuck_since: float | None = None
    """When the visitor got on last, while he is on his way."""
    errors: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)
    misses: int = 0
    """Requests in a row that got nothing."""

    def _miss(self, what: str) -> None:
        """A request got nothing, or a page that says "come again": wait a little longer each time."""
        self.errors[what] += 1
        time.sleep(PATIENCE[min(self.misses, len(PATIENCE) - 1)])
        self.misses += 1

    def run(self) -> None:
        """Visits until told to stop; a visit that was begun is brought to its end."""
        while not self.stopping.is_set():
            with httpx.Client(base_url=self.bases[0], follow_redirects=True, timeout=10, headers={"origin": self.bases[0]}) as browser:
                self._visit(browser)

    def _change_over(self, browser: httpx.Client) -> None:
        """As a load balancer would: the next request goes to another web server."""
        self.bases.append(self.bases.pop(0))
        browser.base_url = self.bases[0]
        browser.headers["origin"] = self.bases[0]

    def _visit(self, browser: httpx.Client) -> None:
        prefix = f"v{self.number}n{self.finished}x{os.urandom(3).hex()}"
        said: dict[str, str] = {}
        changing = changed = False
        self.begun += 1
        text = "nothing"
        self.stuck_since = time.monotonic()
        while time.monotonic() - self.stuck_since < SECONDS:
            page = self._load(browser)
            if page is None:
                continue
            text = page.text_content()
            form = page.find(".//form[@id='daform']")
            name = _asked(page)
            if name is not None and form is not None:
                if name in said and not (changing and name == "serial00"):
                    self.lost += 1
                    self.details.append(f"{prefix}: {name} was acknowledged and is asked again")
                serial = f"{prefix}{name}" if not changing else f"{prefix}e{name}"
                self._answer(browser, form, name, serial)
                said[name] = serial
                changed, changing = changed or changing, False
                self.acknowledged += 1
                self.stuck_since = time.monotonic()
            elif "Kept:" in text:
                self._check_end(browser, page, said, prefix)
                if changed:
                    self.finished += 1
                    self.stuck_since = None
                    return
                changing = True
                self._change(browser, page)
            else:
                time.sleep(0.2)  # papers are being made
        self.stuck_since = None
        self.stalled += 1
        self.details.append(f"{prefix}: not at its end after {SECONDS} s; answered {len(said)}; sees {' '.join(text.split())[:300]!r}")

    def _change(self, browser: httpx.Client, page: Any) -> None:
        """Follow the link that asks for the first answer again; whether it was followed shows on the page that comes next."""
        link = next(one.get("href") for one in page.iter("a") if one.text_content().strip() == "change")
        try:
            browser.get(link, headers={"sec-fetch-site": "same-origin"})
        except httpx.HTTPError as error:
            self.errors[type(error).__name__] += 1

    def _load(self, browser: httpx.Client) -> Any:
        try:
            answer = browser.get("/interview" if browser.cookies else "/")
        except httpx.HTTPError as error:
            self._change_over(browser)
            self._miss(type(error).__name__)
            return None
        if answer.status_code != 200:
            self._miss(str(answer.status_code))
            return None
        self.misses = 0
        return html.fromstring(answer.text)

    def _answer(self, browser: httpx.Client, form: Any, name: str, serial: str) -> None:
        """Post until there is an answer: the same form with the same screen id, as a browser that tries again."""
        data = {one.get("name"): one.get("value") or "" for one in form.iter("input") if one.get("name") and one.get("type") == "hidden"}
        field_name = next(one.get("name") for one in form.iter("input", "textarea") if one.get("type") in ("text", None) and one.get("name"))
        data[field_name] = serial
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            try:
                answer = browser.post("/interview", data=data)
            except httpx.HTTPError as error:
                self._change_over(browser)
                self._miss(type(error).__name__)
                continue
            if answer.status_code == 200:
                self.misses = 0
                return
            self._miss(str(answer.status_code))

    def _check_end(self, browser: httpx.Client, page: Any, said: dict[str, str], prefix: str) -> None:
        text = page.text_content()
        for name, serial in said.items():
            if serial not in text:
                self.lost += 1
                self.details.append(f"{prefix}: {name} is not kept")
        links = sorted({link.get("href") for link in page.iter("a") if "/files/" in (link.get("href") or "")})
        for link in links:
            data = self._download(browser, link)
            if data is None or not data.startswith(b"%PDF-"):
                continue
            self.papers += 1
            words = re.findall(r"v\d+n\d+x[0-9a-f]{6}e?serial\d\d", _pdf_text(data))
            if sorted(words) != sorted(said.values()):
                self.mixed_up += 1
                self.details.append(f"{prefix}: a paper holds {words[:3]}… ({len(words)})")
        if len(links) < len(PAPERS):
            self.mixed_up += 1
            self.details.append(f"{prefix}: only {len(links)} links on the last page")

    def _download(self, browser: httpx.Client, link: str) -> bytes | None:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            try:
                answer = browser.get(link)
            except httpx.HTTPError as error:
                self._change_over(browser)
                self._miss(type(error).__name__)
                continue
            if answer.status_code == 200:
                self.misses = 0
                return answer.content
            self._miss(str(answer.status_code))
        self.lost += 1
        self.details.append(f"{link} cannot be had")
        return None


def _asked(page: Any) -> str | None:
    found = re.search(r"Question (serial\d\d)", page.text_content())
    return found.group(1) if found else None


def _pdf_text(data: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(data))
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


class Stage:
    """See harness.Stage."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._folder = folder
        file = write_interview(folder / "interview")
        port = free_port()
        self._given = {"data_folder": str(folder / "data"), "interviews": [str(file)], "port": str(port), **LIMITS}
        self._settings: Settings = load_settings(
            **{**self._given, "data_folder": folder / "data", "interviews": (str(file),), "port": port}
        )
        self._bases = [f"http://127.0.0.1:{port}"]
        self._server: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._visitors = [Visitor(number, list(self._bases), self._stopping) for number in range(options.visitors)]
        self._threads = [threading.Thread(target=visitor.run, daemon=True) for visitor in self._visitors]

    def start(self) -> None:
        """See harness.Stage."""
        self.mend()
        self._await_page()
        for thread in self._threads:
            thread.start()

    def _await_page(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if httpx.get(f"{self._bases[0]}/healthz", timeout=2).status_code < 500:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise SystemExit("the server does not answer")

    def victims(self) -> dict[str, list[int]]:
        """See harness.Stage."""
        if self._server is None or self._server.poll() is not None:
            return {}
        webs = children(self._server.pid)  # its parent only waits, and starts it again
        nurseries = [pid for web in webs for pid in children(web) if "engross.worker" in program(pid)]
        workers = [pid for nursery in nurseries for pid in children(nursery)]
        offices = [pid for worker in workers for pid in descendants(worker)]
        return {"web": webs, "worker": [*nurseries, *workers], "converter": offices}

    def mend(self) -> None:
        """See harness.Stage."""
        if self._server is not None and self._server.poll() is None:
            return
        self._server = engross(["serve", "--workers", "2"], self._given, self._folder, self._folder / "server.log")

    def _logs(self) -> list[Path]:
        return [self._folder / "server.log"]

    def _causes(self) -> list[str]:
        """What the servers' logs say of pages that failed, the most frequent first: each has a cause."""
        lines = [line for log in self._logs() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
        failed = Counter(_NUMBERS.sub("#", line.partition("page failed")[2])[:400] for line in lines if "page failed" in line)
        return [f"{count} pages failed:{cause}" for cause, count in failed.most_common(5)]

    def progress(self) -> int:
        """See harness.Stage."""
        return sum(visitor.acknowledged + visitor.papers for visitor in self._visitors)

    def is_tried_enough(self) -> bool:
        """See harness.Stage."""
        return any(visitor.stuck_since is not None and time.monotonic() - visitor.stuck_since > 15 for visitor in self._visitors)

    def finish(self, seconds: float) -> None:
        """See harness.Stage."""
        self._stopping.set()
        if seconds:
            end = time.monotonic() + seconds
            for thread in self._threads:
                thread.join(max(0.0, end - time.monotonic()))
            with open_store(self._settings) as store:
                while time.monotonic() < end and any(store.jobs.counts().get(state) for state in ("waiting", "running")):
                    time.sleep(0.1)
        self._stop()

    def _stop(self) -> None:
        if self._server is not None and self._server.poll() is None:
            self._server.terminate()
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()

    def judge(self) -> Findings:
        """See harness.Stage."""
        findings = Findings(
            answers=sum(visitor.acknowledged for visitor in self._visitors),
            answers_lost=sum(visitor.lost for visitor in self._visitors),
            papers=sum(visitor.papers for visitor in self._visitors),
            papers_mixed_up=sum(visitor.mixed_up for visitor in self._visitors),
            visits=sum(visitor.begun for visitor in self._visitors),
            visits_stalled=sum(visitor.stalled for visitor in self._visitors),
            pages_failed=sum(visitor.errors["500"] for visitor in self._visitors),
            details=[line for visitor in self._visitors for line in visitor.details],
        )
        with open_store(self._settings) as store:
            counts = store.jobs.counts()
            findings.jobs = sum(counts.values())
            for report in store.jobs.listing(limit=100_000):
                if report.state.value in ("waiting", "running", "dead", "failed"):
                    told = f"{report.kind} {report.state.value} attempt {report.attempt} {report.error_type} {report.error_message}"
                    findings.details.append(told)
            findings.jobs_stuck = counts.get("waiting", 0) + counts.get("running", 0) + counts.get("dead", 0)
            done: dict[str, int] = {}
            for report in store.jobs.listing(limit=100_000):
                for event in store.events.after(report.session_id, 0) if report.state.value == "done" else ():
                    if event.kind == "done" and event.data["job"] == report.id:
                        done[report.id] = done.get(report.id, 0) + 1
            findings.results = len(done)
            findings.results_doubled = sum(count - 1 for count in done.values())
        finished = sum(visitor.finished for visitor in self._visitors)
        errors = sum((visitor.errors for visitor in self._visitors), Counter())
        findings.details.extend(self._causes())
        findings.details.append(f"{finished} interviews finished; repeated requests {dict(errors)}; jobs {counts}")
        return findings

