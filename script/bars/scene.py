"""A whole server without its sockets: a real store in a folder, visits, a worker, and the web application to send requests to."""

from __future__ import annotations

import asyncio
import base64
import re
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from engross.catalogue import Catalogue
from engross.engine.screen import Screen
from engross.errors import EngrossError
from engross.rehearsal.drive import SAME_SCREEN_LIMIT, Stage, is_last, only_ways_out, stage
from engross.rehearsal.form import Form
from engross.rehearsal.stranger import Stranger
from engross.visit import Shown
from engross.web.app import create_app

HERE = Path(__file__).resolve().parent.parent.parent
EXAMPLES = HERE / "examples"
DEMO = "engross.packages.demo"
HIDDEN = re.compile(r'<input type="hidden" name="(_csrf|_i|_screen)" value="([^"]*)">')
T = TypeVar("T")


@dataclass(slots=True)
class Scene:
    """A server."""

    on: Stage
    catalogue: Catalogue
    app: Any

    @property
    def references(self) -> list[str]:
        """The interviews that people can start."""
        return [str(one.reference) for one in self.catalogue.served()]

    def data(self, session_id: str) -> bytes:
        """The session's answers as they are encoded, opened."""
        return self.on.store.sessions.load(session_id).data

    def namespace(self, session_id: str) -> dict[str, Any]:
        """The session's answers."""
        visits = self.on.visits
        session = self.on.store.sessions.load(session_id)
        return session.answers(visits._resolver(session)).namespace


@contextmanager
def scene(*references: str, **settings: Any) -> Iterator[Scene]:
    """A server of *references*; without any, of the examples and the demo."""
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as folder:
        catalogue = Catalogue(references or (str(EXAMPLES), DEMO))
        wanted = {"screen_wait_seconds": 60.0, "debug": False, "posts_per_second": 1e6, "posts_burst": 1_000_000, "sessions_per_hour": 1_000_000, **settings}
        with stage(Path(folder) / "data", catalogue.interviews, **wanted) as on:
            yield Scene(on, catalogue, create_app(on.settings, on.visits, on.store, catalogue))


def walk(on: Scene, reference: str, look: Callable[[Shown], None], *, answer: Callable[[Screen, Form], None] = lambda screen, form: None, limit: int = 60) -> str:
    """Go through an interview with invented answers, and *look* at each screen before it is answered. Says why it ended."""
    stranger = Stranger()
    seen: dict[tuple[str, str | None], int] = {}
    try:
        shown = on.on.visits.start(reference)
        for _ in range(limit):
            look(shown)
            screen = shown.screen
            place = (screen.block, screen.sought)
            seen[place] = seen.get(place, 0) + 1
            if is_last(screen) or only_ways_out(screen) or seen[place] > SAME_SCREEN_LIMIT:
                return "end"
            refused: Mapping[str, str] = {}
            for attempt in range(12):
                form = stranger.answer(screen, refused)
                if attempt < 2:
                    answer(screen, form)
                after = on.on.visits.submit(shown.session_id, shown.screen_id, form.texts, form.uploads)
                if not after.errors:
                    break
                refused = after.errors if attempt else {}
            shown = settled(on, after)
    except EngrossError as error:
        return f"{type(error).__name__}: {error}"
    return "limit"


def settled(on: Scene, shown: Shown) -> Shown:
    """The screen after its background work."""
    for _ in range(20):
        if shown.waiting is None and shown.screen.reload_seconds is None:
            return shown
        for job in on.on.store.jobs.open_for(shown.session_id):
            on.on.store.jobs.wait(job, 30)
        shown = on.on.visits.show(shown.session_id)
    return shown


@dataclass(slots=True)
class Browser:
    """A client of the application, with its cookies and the hidden fields of its page."""

    client: httpx.AsyncClient
    hidden: dict[str, str] = field(default_factory=dict)
    page: str = ""

    async def open(self, reference: str, **more: str) -> httpx.Response:
        """GET the interview."""
        answer = await self.client.get("/interview", params={"i": reference, **more}, follow_redirects=True)
        self._learn(answer)
        return answer

    async def post(self, fields: Mapping[str, Any], *, files: Any = None, address: str = "/interview", headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send a form with the page's hidden fields."""
        answer = await self.client.post(address, data={**self.hidden, **fields}, files=files, headers=dict(headers or {}))
        self._learn(answer)
        return answer

    def _learn(self, answer: httpx.Response) -> None:
        if "text/html" in answer.headers.get("content-type", ""):
            self.page = answer.text
            if found := dict(HIDDEN.findall(answer.text)):
                self.hidden = found

    @property
    def session_id(self) -> str:
        """The newest session of this browser."""
        import json

        value = self.client.cookies.get("engross") or ""
        held = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
        return str(list(held["s"].values())[-1])


def browser(on: Scene, address: str = "127.0.0.1") -> Browser:
    """A new browser at *address*."""
    transport = httpx.ASGITransport(app=on.app, client=(address, 1), raise_app_exceptions=False)
    return Browser(httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers={"host": "127.0.0.1:8000"}, timeout=120))


def run(work: Callable[[], Awaitable[T]]) -> T:
    """An async function to its end."""

    async def whole() -> T:
        return await work()

    return asyncio.run(whole())
