"""AssemblyLine's own test interviews over HTTP: every link on every screen. For a process that has the published package;
``test_with_published.py`` starts that process."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from engross.catalogue import Catalogue
from engross.engine.screen import Screen
from engross.rehearsal.drive import Rehearsal, Stage, stage
from engross.rehearsal.kinds import fits
from engross.rehearsal.stranger import find_papers
from engross.web import cookie
from engross.web.app import create_app
from tests.web.conftest import TestClient

ORIGIN = "http://127.0.0.1:8000"
OWN = {
    "test_aldocument.yml": 2,
    "test_aldocument_background_assembly.yml": 2,
    "test_al_table_document.yml": 1,
    "test_alexhibit.yml": 1,
    "test_alexhibit_maxsize.yml": 1,
    "test_aladdendum.yml": 1,
    "test_bundle_parity.yml": 2,
    "test_signature.yml": 1,
    "test_if_final.yml": 1,
}
"""AssemblyLine's own test interviews → how many papers they offer at least."""
WITHOUT_PAPERS = ("test_question_library.yml", "test_alcourts.yml", "test_catchall.yml", "test_familiar_disambiguation.yml", "test_preferred_name.yml")
"""Those that end on a screen without any."""
NAMES = (*OWN, *WITHOUT_PAPERS)


class Links(HTMLParser):
    """What a page leads to or loads from its own server."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, None] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            address = urlsplit(value or "")
            is_ours = not address.scheme or f"{address.scheme}://{address.netloc}" == ORIGIN
            if name in ("href", "src") and is_ours and not (address.netloc and not address.scheme) and (address.path or address.query):
                self.found[value or ""] = None


class Looker:
    """A browser that opens every link of every screen, beside the one who answers."""

    def __init__(self, on: Stage, catalogue: Catalogue, interview: str) -> None:
        self.client = TestClient(create_app(on.settings, on.visits, on.store, catalogue), base_url=ORIGIN, headers={"host": "127.0.0.1:8000"})
        self.on, self.interview = on, interview
        self.wrong: list[str] = []
        self.files: dict[str, str] = {}
        """Link → the name under which its file comes."""
        self._seen: set[tuple[str, str]] = set()

    def look(self, screen: Screen) -> None:
        """Open the page that stands for *screen*, and what it leads to."""
        newest = max(self.on.store.sessions.ages(), key=lambda one: one[2])[0]
        visitor = cookie.new_visitor().with_session(self.interview, newest)
        self.client.cookies.set(cookie.cookie_name(secure=False), cookie.write(visitor))
        page = self.client.get("/interview", params={"i": self.interview})
        self._check(page.status_code == 200, f"the page of `{screen.block}`: {page.status_code}")
        for link in Links(page.text).found:
            key = (newest if "/files/" in link or "/interview" in link else "", link)
            if key not in self._seen:
                self._seen.add(key)
                self._open(screen, link)

    def _open(self, screen: Screen, link: str) -> None:
        got = self.client.get(link, follow_redirects=True)
        self._check(got.status_code == 200, f"`{link[:90]}` on `{screen.block}`: {got.status_code}")
        if "/files/" in urlsplit(link).path:
            said = re.search(r"filename\*=UTF-8''([^;]+)", got.headers.get("content-disposition", ""))
            named = unquote(said[1]) if said else urlsplit(link).path
            self._check(bool(got.content) and fits(named, got.content), f"`{named}` on `{screen.block}` is something else")
            self.files[link] = named

    def _check(self, holds: bool, what: str) -> None:
        if not holds:
            self.wrong.append(what)


def looked_through(folder: Path, name: str) -> tuple[Rehearsal, Looker]:
    """Gone through to its end, with every link opened on the way."""
    catalogue = Catalogue(["docassemble.AssemblyLine"])
    interview = catalogue.resolve(f"docassemble.AssemblyLine:data/questions/{name}")
    with stage(folder, catalogue.interviews) as on:
        looker = Looker(on, catalogue, interview)
        with looker.client:
            course = find_papers(on, interview, tries=6, seconds=200, tell=looker.look)
        return course, looker


@pytest.mark.filterwarnings("default::DeprecationWarning")
@pytest.mark.parametrize("name", NAMES)
def test_every_link_on_every_screen_answers(tmp_path: Path, name: str) -> None:
    """With 200, and a file is of the kind that its name says; the papers of the last screen are among them."""
    course, looker = looked_through(tmp_path, name)

    assert [] == looker.wrong, looker.wrong
    assert course.last is not None and len(looker.files) >= OWN.get(name, 0), looker.files
    assert course.obstacle is None or (name in WITHOUT_PAPERS and "it ends without papers" in str(course.obstacle))
