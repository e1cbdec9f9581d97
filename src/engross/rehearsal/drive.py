"""Drive: go through an interview from its first screen to its last, posting what an answerer says.

The screens, the checks of what is posted and the background jobs are the real ones; only the browser is missing. Papers are what
the last screen that offers any has: its links to files and its attachments.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

import structlog

from engross.context import Presence, StoredFile, arrive
from engross.engine.screen import Screen
from engross.errors import EngrossError
from engross.language.interview import Interviews
from engross.library import people
from engross.rehearsal.form import Form, choices_without_variable
from engross.rehearsal.kinds import fits, kind_of
from engross.settings import Settings
from engross.store import Store, open_store
from engross.visit import Shown, Visits
from engross.worker import Worker

FILE_LINK = re.compile(r"/files/([0-9a-f]{32})(?:\?[^\s\"'<>)]*?name=([^&\s\"'<>)]+))?")
FILE_MARK = re.compile(r"\[FILE ([0-9a-f]{32})\b")
LEADS_AWAY = {"exit", "exit_logout", "leave", "restart", "logout", "signin", "register", "new_session", "url"}
"""Actions of buttons that end the visit."""
LAST_KINDS = {"deadend", "exit", "exit_logout", "leave", "restart", "logout", "signin", "register", "new_session", "redirect", "response", "sendfile"}
MADE_UP_PLACE = people.Place(42.36, -71.06, "Suffolk County")
"""Where every address is, as nobody is there to look one up."""
DEVICE = {"user_agent": "Mozilla/5.0 (X11; Linux x86_64) rehearsal", "ip": "127.0.0.1", "accept_language": "en"}
"""What is known of the visitor's browser: it is on a desk, not in a pocket."""
SAME_LINKS = 4
"""How often the links of one and the same screen are followed."""
SAME_SCREEN_LIMIT = 40
"""How often one block may ask for the same name before the rehearsal calls it endless."""


class Obstacle(EngrossError):
    """The rehearsal cannot go on."""

    def __init__(
        self, message: str, *, screen: Screen | None = None, variable: str | None = None, is_wrong_paper: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.screen = screen
        self.variable = variable
        self.is_wrong_paper = is_wrong_paper
        """A link gives something else than its name says."""


class MissingAnswer(Obstacle):
    """Nobody has an answer to a question."""


class Answerer(Protocol):
    """Who answers."""

    def answer(self, screen: Screen, refused: Mapping[str, str]) -> Form:
        """The form for *screen*; *refused* says what was wrong with the last try, by field key. Raises Obstacle."""

    def follow(self, screen: Screen) -> tuple[str, dict[str, Any]] | None:
        """Which link of a screen without a form to follow: action and arguments; None to stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A file that the last screen offers."""

    name: str
    file: StoredFile


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """How a rehearsal went."""

    screens: list[Screen] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    obstacle: EngrossError | None = None
    notices: list[str] = field(default_factory=list)
    """Which papers could not be filled, and why."""
    session_id: str = ""

    @property
    def last(self) -> Screen | None:
        """The screen it ended on."""
        return self.screens[-1] if self.screens else None


@dataclass(slots=True)
class Stage:
    """A store of its own, visits, and a worker in a thread of this process."""

    store: Store
    visits: Visits
    settings: Settings
    interviews: Interviews


@contextmanager
def stage(folder: Path, interviews: Interviews, **settings: Any) -> Iterator[Stage]:
    """A server without its web part, in *folder*, for as long as the block runs. Pages wait for papers until they are there."""
    chosen = Settings(
        **{
            "data_folder": folder,
            "workers": 0,
            "screen_wait_seconds": 600.0,
            "mail": "folder",
            "debug": True,
            "jobs_per_hour": 100_000,
            **settings,
        }
    )
    with open_store(chosen) as store:
        visits = Visits(store, chosen, interviews, everybody_may=True)
        worker = Worker(store, visits.work, log=structlog.wrap_logger(_Silent()))
        thread = threading.Thread(target=worker.run, name="worker", daemon=True)
        thread.start()
        try:
            yield Stage(store, visits, chosen, interviews)
        finally:
            worker.stop()
            thread.join(timeout=10)
            visits.close()


@contextmanager
def made_up_places(place: people.Place = MADE_UP_PLACE) -> Iterator[None]:
    """Every address is found at *place* while the block runs, unless a service is configured."""
    before, people.find_place = people.find_place, people.find_place or (lambda address: place)
    try:
        yield
    finally:
        people.find_place = before


class _Silent:
    """A log that keeps nothing."""

    def msg(self, *_: Any, **__: Any) -> None:
        """Nothing."""

    info = debug = warning = error = exception = critical = log = msg


@made_up_places()
def rehearse(
    on: Stage,
    interview: str,
    answerer: Answerer,
    *,
    tell: Callable[[Screen], None] = lambda screen: None,
    limit: int = 600,
    seconds: float = 600,
    url_arguments: Mapping[str, str] | None = None,
) -> Rehearsal:
    """Go through *interview*. Never raises EngrossError: what stopped it is the ``obstacle``."""
    course = Rehearsal()
    deadline = time.monotonic() + seconds
    arrive(Presence(browser="first"))
    try:
        shown = _settled(on, on.visits.start(interview, url_arguments=url_arguments, device=DEVICE), deadline)
        course.session_id = shown.session_id
        seen: Counter[tuple[str, str | None]] = Counter()
        while True:
            course.screens.append(shown.screen)
            tell(shown.screen)
            course.notices += [said for said in on.visits.notices(course.session_id) if said not in course.notices]
            course.papers = _checked(on.store, course.session_id, shown.screen) or course.papers
            if is_last(shown.screen):
                link = None if course.papers else answerer.follow(shown.screen)
                if link is not None and course.screens.count(shown.screen) < SAME_LINKS:
                    shown = _settled(on, on.visits.act(shown.session_id, *link), deadline)
                    continue
                later = None if course.papers else _came_back(on, shown, deadline)
                if later is None or any(_same(later.screen, screen) for screen in course.screens):
                    break
                shown = later
                continue
            seen[shown.screen.block, shown.screen.sought] += 1
            if max(seen.values()) > SAME_SCREEN_LIMIT:
                raise Obstacle("the same question comes again and again", screen=shown.screen, variable=shown.screen.sought)
            if len(course.screens) >= limit or time.monotonic() > deadline:
                raise Obstacle(f"no end after {len(course.screens)} screens", screen=shown.screen)
            if course.papers and only_ways_out(shown.screen):
                break
            shown = _settled(on, _post(on, shown, answerer), deadline)
        course.papers = course.papers or list(mailed(on.store, course.session_id))
    except EngrossError as error:
        course.obstacle = error
    return course


def is_last(screen: Screen) -> bool:
    """Whether nothing on the screen leads on."""
    if screen.kind == "multiple_choice" or screen.fields:
        return False
    leads_on = any(option.action in (None, "continue") and not option.url for option in screen.buttons)
    return (screen.kind in LAST_KINDS and not leads_on) or (screen.kind == "review" and not screen.fields)


def _checked(store: Store, session_id: str, screen: Screen) -> list[Paper]:
    """The papers of a screen. Raises Obstacle for one that is not what its name says."""
    papers = list(papers_of(store, session_id, screen))
    for paper in papers:
        data = store.files.read(session_id, paper.file.id)
        if not data or not fits(paper.name, data):
            raise Obstacle(f"the link to `{paper.name}` gives a file of kind `{kind_of(data)}`", screen=screen, is_wrong_paper=True)
    return papers


def _came_back(on: Stage, shown: Shown, deadline: float) -> Shown | None:
    """What somebody sees who opens the session again, as a person does who got its address by e-mail: where several people answer, the
    second of them."""
    arrive(Presence(browser="second", guest_in=frozenset({shown.session_id})))
    try:
        return _settled(on, on.visits.show(shown.session_id), deadline)
    except EngrossError:
        return None


def _same(one: Screen, other: Screen) -> bool:
    return (one.block, one.sought, one.kind) == (other.block, other.sought, other.kind)


def mailed(store: Store, session_id: str) -> Iterator[Paper]:
    """The papers that left by e-mail."""
    seen: set[str] = set()
    while (message := store.outbox.take()) is not None:
        if message.session_id == session_id and message.kind == "email":
            for attached in message.payload.get("attachments") or ():
                if attached["file"] not in seen:
                    seen.add(attached["file"])
                    yield Paper(name=attached.get("name") or "paper", file=store.files.info(session_id, attached["file"]))
        store.outbox.sent(message)


def only_ways_out(screen: Screen) -> bool:
    """Whether all that the screen offers leads away from the interview."""
    options = choices_without_variable(screen)
    return bool(options) and all(option.action in LEADS_AWAY or option.url for option in options)


def _post(on: Stage, shown: Shown, answerer: Answerer) -> Shown:
    """Answer until the screen is accepted."""
    refused: Mapping[str, str] = {}
    while True:
        form = answerer.answer(shown.screen, refused)
        after = on.visits.submit(shown.session_id, shown.screen_id, form.texts, form.uploads)
        if not after.errors:
            return after
        refused = after.errors


def _settled(on: Stage, shown: Shown, deadline: float) -> Shown:
    """The screen after waiting for the background work that it waits for."""
    for _ in range(3):
        while open_jobs := on.store.jobs.open_for(shown.session_id):
            if shown.waiting is None and shown.screen.reload_seconds is None:
                return shown
            on.store.jobs.wait(open_jobs[0], max(0.05, min(30.0, deadline - time.monotonic())))
            shown = on.visits.show(shown.session_id)
            if time.monotonic() > deadline:
                raise Obstacle("background work takes too long", screen=shown.screen)
        if shown.screen.reload_seconds is None and shown.waiting is None:
            return shown
        shown = on.visits.show(shown.session_id)
    return shown


def papers_of(store: Store, session_id: str, screen: Screen) -> Iterator[Paper]:
    """The files that a screen offers, each once, under the name people are shown."""
    seen: set[str] = set()
    given = [screen.response.file_id] if screen.response is not None and screen.response.file_id else []
    for file_ids in (given, *(paper.formats.values() for paper in screen.papers)):
        for file_id in file_ids:
            if file_id and file_id not in seen:
                seen.add(file_id)
                stored = store.files.info(session_id, file_id)
                yield Paper(name=stored.name, file=stored)
    notes = (text for entry in screen.fields for text in (entry.note, entry.html))
    texts = (screen.question, screen.subquestion, screen.parts.get("under"), screen.parts.get("right"))
    for text in (*texts, *notes, *(option.url for option in screen.buttons), *(button.url for button in screen.action_buttons)):
        for file_id, name in (*FILE_LINK.findall(text or ""), *((found, "") for found in FILE_MARK.findall(text or ""))):
            if file_id not in seen:
                seen.add(file_id)
                stored = store.files.info(session_id, file_id)
                if not stored.mimetype.startswith("image/"):
                    yield Paper(name=unquote(name) if name else stored.name, file=stored)
