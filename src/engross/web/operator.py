"""For those who run the site: is it alive, can it work, what does it do.

``/healthz`` says that the process answers, ``/readyz`` that it can save answers, with which converter papers are made and whether there is
a sandbox for visitors' files,
``/metrics`` counts, ``/operator`` shows the jobs and tries failed ones again. None of them holds an answer, a name or an id of a
session.

There is no password that somebody could forget to change. Whoever sits at the machine itself is the operator, unless the setting
``url`` says that a proxy stands before it: one that passes on neither the name nor the address makes everybody seem to sit there. From
elsewhere a link that the log says at the start lets one browser in, once. Where there are accounts, administrators are let in too.
"""

from __future__ import annotations

import hmac
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio
import sqlalchemy as sa
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    generate_latest,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from engross.store.jobs import JobReport, JobState
from engross.store.people import ADMIN
from engross.web import cookie, pages
from engross.web.interview import checked_form, kept
from engross.web.numbers import CONVERTER, DISK_FREE, JOBS, OLDEST_JOB, registry
from engross.web.pages import Way
from engross.web.site import Refused, Site, account_of, frame_of, html, is_loopback, site_of, visitor_of
from engross.worker import converters, walls

READY_SECONDS = 5
OPERATOR_SECONDS = 12 * 3600
"""How long a browser that came by the link of the log stays the operator's."""
OWN_NAMES = {"127.0.0.1", "localhost", "[::1]", "testserver"}
"""Names by which the machine itself is asked. Another name from loopback is a proxy, or a page that tries names of its own."""
MOST_JOBS = 500
LEAST_FREE_BYTES = 64 << 20
"""Room on the disk below which the server is not ready: answers are small, but a paper or an upload may need as much."""


@dataclass(slots=True, kw_only=True)
class Door:
    """Who is let in from elsewhere."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    """Of the link in the log. Empty once it was used."""
    browsers: dict[str, float] = field(default_factory=dict)
    """Browser (its short name) → until when it is the operator's."""

    def enter(self, token: str, browser: str) -> bool:
        """Let a browser in by the link, once."""
        if not self.token or not hmac.compare_digest(token.encode(), self.token.encode()):
            return False
        self.token = ""
        self.browsers[browser] = time.time() + OPERATOR_SECONDS
        return True

    def knows(self, browser: str) -> bool:
        """Whether the browser was let in and its time is not over."""
        return self.browsers.get(browser, 0) > time.time()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Failed jobs with the same cause."""

    reason: str
    """Kind of error and where, without any value."""
    kind: str
    count: int
    newest: str
    """Time of the newest."""
    name: str
    """For the form: which cause is tried again."""


async def health(request: Request) -> Response:
    """``/healthz``: the process answers. The second line says how papers are converted."""
    return PlainTextResponse(f"ok\nconverter: {converter_of(site_of(request))}\n")


async def readiness(request: Request) -> Response:
    """``/readyz``: the database answers and there is room for answers, or 503; and whether visitors' files are shut in. Why not is for
    the operator's page."""
    site = site_of(request)
    with anyio.move_on_after(READY_SECONDS):
        trouble = await site.run(_database_trouble, site)
        shut, _ = await site.run(walls, site.settings)
        is_full = _disk(site)[0] < LEAST_FREE_BYTES
        told = {"database": trouble or "ok", "disk": "full" if is_full else "ok", "converter": converter_of(site), "sandbox": shut}
        return JSONResponse(told, 503 if trouble or is_full else 200)
    return JSONResponse({"database": "did not answer in time"}, 503)


def _database_trouble(site: Site) -> str | None:
    """What is wrong with the database in a word, or None."""
    try:
        with site.store.database.read() as connection:
            connection.execute(sa.text("select 1"))
    except Exception as error:  # noqa: BLE001 - whatever it is, the site cannot work
        return type(error).__name__
    return None


async def metrics(request: Request) -> Response:
    """``/metrics`` for Prometheus; only from this machine."""
    if not is_loopback(request):
        return PlainTextResponse("Ask from the machine itself.\n", 403)
    site = site_of(request)
    CONVERTER.info({"program": converter_of(site)})
    DISK_FREE.set(_disk(site)[0])
    if hasattr(site.store, "jobs"):
        waiting = await site.run(site.store.jobs.listing, (JobState.WAITING,), limit=MOST_JOBS)
        OLDEST_JOB.set(_age(waiting))
        for name, count in (await site.run(site.store.jobs.counts)).items():
            JOBS.labels(state=str(name)).set(count)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


# ------------------------------------------------------------------------------------------------------------ the page


async def _let_in(request: Request) -> None:
    """Raises Refused with 404 for everybody but the operator: others need not know that there is such a page."""
    site = site_of(request)
    account = await account_of(request)
    if account is not None and ADMIN in account.roles:
        return
    at_the_machine = not site.settings.url and is_loopback(request) and request.url.hostname in {name.strip("[]") for name in OWN_NAMES}
    if not at_the_machine and not site.door.knows(cookie.name_of(visitor_of(request))):
        raise Refused(404, "This page is not here.")


async def page(request: Request) -> Response:
    """GET ``/operator``."""
    await _let_in(request)
    site = site_of(request)
    counts = await site.run(site.store.jobs.counts)
    failed = await site.run(site.store.jobs.listing, (JobState.FAILED, JobState.DEAD), limit=MOST_JOBS)
    going = await site.run(site.store.jobs.listing, (JobState.WAITING, JobState.RUNNING), limit=MOST_JOBS)
    free, total = _disk(site)
    trouble: str | None = await site.run(_database_trouble, site)
    shut, reason = await site.run(walls, site.settings)
    facts = [
        ("Database", trouble or "answers"),
        ("Converter", converter_of(site)),
        ("Sandbox", f"{shut} ({reason})" if reason else shut),
        ("Worker processes", str(site.settings.workers)),
        ("Disk", f"{free / 1e9:.1f} GB of {total / 1e9:.1f} GB free"),
        ("Oldest job that waits", f"{_age([one for one in going if one.state is JobState.WAITING]):.0f} seconds"),
        *((f"Jobs: {name}", str(count)) for name, count in sorted(counts.items())),
    ]
    return kept(request, html(pages.operator_page(frame_of(request), facts=facts, causes=_causes(failed), going=[_row(one) for one in going[:50]])))


async def try_again(request: Request) -> Response:
    """POST ``/operator/retry``: all jobs that failed from one cause start once more."""
    form = await checked_form(request)
    await _let_in(request)
    site = site_of(request)
    wanted = form.first("cause")
    failed = await site.run(site.store.jobs.listing, (JobState.FAILED, JobState.DEAD), limit=MOST_JOBS)
    for one in failed:
        if _cause_name(one) == wanted:
            await site.run(site.store.jobs.retry, one.id)
    return RedirectResponse(f"{frame_of(request).root}/operator", 303)


async def entrance(request: Request) -> Response:
    """GET ``/operator/enter/<token>``: asks first, for the link counts once."""
    frame = frame_of(request)
    way = Way(label="Continue", url=f"{frame.root}/operator/enter/{request.path_params['token']}", post=True, color="primary", hidden=(("_csrf", frame.token),))
    page = pages.message_page(frame, heading="For the operator of this site", paragraphs=["This link works once, for the browser that uses it."], ways=[way])
    return kept(request, html(page))


async def enter(request: Request) -> Response:
    """POST ``/operator/enter/<token>``."""
    await checked_form(request)
    site = site_of(request)
    if not site.door.enter(str(request.path_params["token"]), cookie.name_of(visitor_of(request))):
        raise Refused(404, "This page is not here.")
    return kept(request, RedirectResponse(f"{frame_of(request).root}/operator", 303))


def converter_of(site: Site) -> str:
    """How the workers of this machine convert, or, before the first of them has started LibreOffice, its program."""
    known = converters(site.settings)
    if known:
        return "; ".join(known)
    return shutil.which(site.settings.office_program) or f"not found: {site.settings.office_program}"


def _disk(site: Site) -> tuple[int, int]:
    """(free, all) bytes where answers are kept."""
    folder = site.settings.data_folder
    usage = shutil.disk_usage(folder if folder.exists() else folder.anchor)
    return usage.free, usage.total


def _age(waiting: Sequence[JobReport]) -> float:
    """Seconds since the oldest of these jobs was made; 0 without any."""
    return max((time.time() - one.created for one in waiting), default=0.0)


def _reason(report: JobReport) -> str:
    return ": ".join(part for part in (report.error_type, report.summary) if part) or "unknown"


def _cause_name(report: JobReport) -> str:
    return f"{report.kind} {_reason(report)}"


def _causes(failed: Sequence[JobReport]) -> list[Cause]:
    """The failed jobs by cause, the most frequent first."""
    groups: dict[str, list[JobReport]] = {}
    for one in failed:
        groups.setdefault(_cause_name(one), []).append(one)
    made = [
        Cause(name=name, reason=_reason(group[0]), kind=group[0].kind, count=len(group), newest=_clock(max(one.finished or one.created for one in group)))
        for name, group in groups.items()
    ]
    return sorted(made, key=lambda cause: -cause.count)


def _row(report: JobReport) -> dict[str, Any]:
    return {"kind": report.kind, "state": report.state.value, "tries": report.attempt, "created": _clock(report.created)}


def _clock(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
