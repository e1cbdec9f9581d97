"""Server-sent events: how the papers are getting on, to the open page.

Events are numbered rows of the session, so a browser that lost its connection says the last number and picks up there. Each
connection waits for the session's signal without a thread of its own. What is told: ``state`` (a row per paper),
``changed`` when one of several jobs has ended, ``ready`` when all have; then the page asks for itself again.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engross.errors import SessionGone
from engross.store.events import topic
from engross.web.interview import session_of
from engross.web.pages import paper_rows, waiting_data
from engross.web.site import BUSY_SECONDS, Refused, Site, frame_of, site_of
from engross.web.words import say_in

HEARTBEAT_SECONDS = 15
LOOK_SECONDS = 10.0
"""Signals can be lost, so we also look from time to time."""
ENDINGS = {"done", "failed", "dead", "needs_answer", "cancelled", "notice"}


async def stream(request: Request) -> Response:
    """GET ``/interview/events``."""
    site = site_of(request)
    _, session_id = session_of(request)
    if site.watchers.available_tokens < 1:  # the page asks for itself from time to time then
        raise Refused(503, "Too many people are here at once.", retry_after=BUSY_SECONDS)
    after = _number(request.headers.get("last-event-id")) or _number(request.query_params.get("after"))
    return EventSourceResponse(
        _told(request, site, session_id, after),
        ping=HEARTBEAT_SECONDS,
        headers={"x-accel-buffering": "no", "cache-control": "no-store"},
    )


def _number(given: str | None) -> int:
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 12 else 0


async def _told(request: Request, site: Site, session_id: str, after: int) -> AsyncIterator[ServerSentEvent]:
    """The session's events from number *after* on. A page that has heard of more than there is lived through the loss of power, which may
    take back how far a job was: it is told as soon as nothing is being made."""
    try:
        with followed(site, session_id) as bell:
            number = min(after, await site.run(site.store.events.newest, session_id))
            yield await _state_event(request, site, session_id, number)
            if number < after and await _is_ready(site, session_id):
                yield ServerSentEvent(event="ready", data="{}", id=str(number))
                return
            while not (site.stopping and site.stopping.is_set()):
                found = await site.run(site.store.events.after, session_id, number)
                if found:
                    number = found[-1].number
                    for event in found:
                        if event.kind == "notice":
                            yield ServerSentEvent(event="notice", data=json.dumps(event.data), id=str(event.number))
                    yield await _state_event(request, site, session_id, number)
                    if any(event.kind in ENDINGS for event in found):
                        if await _is_ready(site, session_id):
                            yield ServerSentEvent(event="ready", data="{}", id=str(number))
                            return
                        yield ServerSentEvent(event="changed", data="{}", id=str(number))
                    continue
                await bell.wait(LOOK_SECONDS)
    except SessionGone:
        yield ServerSentEvent(event="ready", data="{}")
    except Refused:
        return  # somebody else was faster; the browser tries again


@contextmanager
def followed(site: Site, session_id: str) -> Iterator[Bell]:
    """What rings when something happens in the session. Whoever waits for it holds no thread; so many may wait as ``watchers`` says.
    Raises Refused with 503."""
    me = object()
    try:
        site.watchers.acquire_on_behalf_of_nowait(me)
    except anyio.WouldBlock as error:
        raise Refused(503, "Too many people are here at once.", retry_after=BUSY_SECONDS) from error
    bell = Bell()
    end = site.store.signals.subscribe(topic(session_id), bell.ring) if hasattr(site.store, "signals") else lambda: None
    try:
        yield bell
    finally:
        end()
        site.watchers.release_on_behalf_of(me)


class Bell:
    """An event that another thread may ring for this loop."""

    def __init__(self) -> None:
        import asyncio

        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake the loop; from any thread."""
        self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, seconds: float) -> None:
        """Until the next ring, at most *seconds*."""
        with anyio.move_on_after(seconds):
            await self._event.wait()
        self._event.clear()


async def _is_ready(site: Site, session_id: str) -> bool:
    """Whether nothing of the session is being made any more, so that its page has something new to show."""
    return not await site.run(site.store.jobs.open_for, session_id)


async def _state_event(request: Request, site: Site, session_id: str, number: int) -> ServerSentEvent:
    return ServerSentEvent(event="state", data=json.dumps(await _state(request, site, session_id)), id=str(number))


async def _state(request: Request, site: Site, session_id: str) -> dict[str, Any]:
    """How the papers stand, as data and as rows for the page."""
    look = getattr(site.visits, "waiting", None)
    waiting = await site.run(look, session_id) if look is not None else None
    if waiting is None:
        return {}
    frame = frame_of(request)
    say = say_in(frame.language)
    return {**waiting_data(waiting, say, frame.root), "rows": str(paper_rows(waiting, say, frame.root))}


async def state(request: Request) -> Response:
    """GET ``/interview/state``: the same for a page that polls."""
    site = site_of(request)
    _, session_id = session_of(request)
    try:
        after = _number(request.query_params.get("after"))
        news = await site.run(site.store.events.after, session_id, after)
        forgotten = not news and after > await site.run(site.store.events.newest, session_id)
        ready = (forgotten or any(event.kind in ENDINGS for event in news)) and await _is_ready(site, session_id)
        return JSONResponse({"ready": ready, **await _state(request, site, session_id)})
    except SessionGone:
        return JSONResponse({"ready": True})
