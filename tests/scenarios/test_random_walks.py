"""Random walks over HTTP: answer, back, double submit, two tabs, edit after assembly, jobs done in between.

Whatever the order: the history is linear, each acknowledged answer counts once, and the papers are those of the same answers given
without disturbance.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from lxml import html

from engross.catalogue import Catalogue
from engross.documents.pages import text_of
from engross.settings import Settings
from engross.store import open_store
from engross.visit import Visits
from engross.web.app import create_app
from engross.worker import Worker
from tests.library.paper_doubles import PlainOffice, docx_template
from tests.web.conftest import TestClient

NAMES = ("one", "two", "three")
YAML = """
mandatory: True
code: |
  one
  two
  three
  done
---
attachment:
  name: Letter
  filename: letter
  variable name: letter
  docx template file: letter.docx
  valid formats: [pdf]
---
event: done
question: |
  Kept: ${ one } ${ two } ${ three }
subquestion: |
  <a href="${ letter.pdf.url_for() }">Letter</a>

  [change](${ url_action('one') }) [attach](${ url_action('photo') })

  Photo: ${ photo[0].filename if defined('photo') else 'none' }
---
question: Question photo
fields:
  - Photo: photo
    datatype: file
""" + "".join(f"---\nquestion: Question {name}\nfields:\n  - Answer: {name}\n" for name in NAMES)
WORDS = strategies.text(alphabet="abcdefgh", min_size=1, max_size=6)


class Walk(RuleBasedStateMachine):
    """One visitor with two tabs, a worker in the room behind, and what should be true."""

    @initialize()
    def begin(self) -> None:
        """Open the interview."""
        self.folder = Path(tempfile.mkdtemp(prefix="engross-walk-"))
        docx_template(self.folder / "data/templates/letter.docx", "{{ one }} {{ two }} {{ three }}")
        file = self.folder / "data/questions/walk.yml"
        file.parent.mkdir(parents=True)
        file.write_text(YAML)
        chosen = Settings(
            data_folder=self.folder / "kept", screen_wait_seconds=0, posts_per_second=1000, posts_burst=1000, sessions_per_hour=100000,
            jobs_per_hour=100000,
        )  # fmt: skip
        self.store = open_store(chosen)
        self.office = PlainOffice()
        catalogue = Catalogue((str(file),))
        self.visits = Visits(self.store, chosen, catalogue.interviews, office=self.office)
        self.worker = Worker(self.store, self.visits.work, name="w")
        self.client = self.browser(create_app(chosen, self.visits, self.store, catalogue))
        self.stack: list[tuple[dict[str, str], str | None]] = [({}, "one")]
        self.old_tab: dict[str, str] | None = None
        self.version = 0
        self.read(self.client.get(f"/interview?i={file}"))
        self.interview = str(file)

    def teardown(self) -> None:
        """Give everything back."""
        if hasattr(self, "store"):
            self.client.__exit__()
            self.visits.close()
            self.store.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def browser(app: Any) -> TestClient:
        """A browser with one event loop for all its requests, not one for each."""
        return TestClient(app, raise_server_exceptions=False).__enter__()

    walked = 0
    """Steps of all walks of this process."""
    did: ClassVar[Counter[str]] = Counter()
    """How often each rule was gone by in all walks of this process."""

    def read(self, answer: Any) -> None:
        """Take the page of *answer* as the one in front."""
        assert answer.status_code == 200, answer.text[:2000]
        self.page = html.fromstring(answer.text)

    def form(self, text: str) -> dict[str, str]:
        """The page's form with *text* in its field."""
        found = {one.get("name"): one.get("value") or "" for one in self.page.xpath("//form[@id='daform']//input[@name]")}
        name = self.page.xpath("//form[@id='daform']//input[@type='text'][@name]/@name")
        return {key: value for key, value in found.items() if key in ("_csrf", "_i", "_screen")} | {name[0]: text}

    @property
    def writes(self) -> bool:
        """Whether a text is asked for."""
        return self.asking in NAMES

    @property
    def asking(self) -> str | None:
        """The question in front, in the model."""
        return self.stack[-1][1]

    def answered(self, text: str) -> None:
        """The model takes an answer."""
        answers, asked = self.stack[-1]
        assert asked is not None
        now = answers | {asked: text}
        self.stack.append((now, next((name for name in NAMES if name not in now), None)))

    @precondition(lambda self: self.writes)
    @rule(text=WORDS)
    def answer(self, text: str) -> None:
        """Continue."""
        self.did["answer"] += 1
        form = self.form(text)
        self.read(self.client.post("/interview", data=form))
        self.old_tab = form
        self.answered(text)

    @precondition(lambda self: self.writes)
    @rule(text=WORDS)
    def answer_twice(self, text: str) -> None:
        """A double click: both get the same next screen."""
        self.did["answer twice"] += 1
        form = self.form(text)
        pages = [self.client.post("/interview", data=form) for _ in range(2)]
        self.read(pages[1])
        self.old_tab = form
        self.answered(text)

    @precondition(lambda self: self.old_tab is not None)
    @rule(text=WORDS)
    def answer_in_an_old_tab(self, text: str) -> None:
        """A screen that was answered before, with something else: nothing changes."""
        assert self.old_tab is not None
        self.did["old tab"] += 1
        changed = {key: value if key.startswith("_") else text for key, value in self.old_tab.items()}
        self.client.post("/interview", data=changed)
        self.reload()

    @precondition(lambda self: len(self.stack) > 1)
    @rule()
    def back(self) -> None:
        """Back, with the form's own button."""
        self.did["back"] += 1
        hidden = {
            one.get("name"): one.get("value") or "" for one in self.page.xpath("//input[@type='hidden'][@name]")
        }
        form = {key: value for key, value in hidden.items() if key in ("_csrf", "_i", "_screen")}
        self.read(self.client.post("/interview/back", data=form))
        self.stack.pop()
        self.old_tab = None

    @precondition(lambda self: self.asking is None)
    @rule()
    def edit_at_the_end(self) -> None:
        """Follow the link that asks for the first answer again, once the papers are there."""
        self.did["edit"] += 1
        self.settle()
        link = self.page.xpath("//a[normalize-space()='change']/@href")
        assert link, self.page.text_content()
        self.read(self.client.get(link[0], headers={"sec-fetch-site": "same-origin"}))
        self.stack.append((self.stack[-1][0], "one"))

    @precondition(lambda self: self.asking in (None, "photo"))
    @rule(name=WORDS, twice=strategies.booleans())
    def upload(self, name: str, twice: bool) -> None:
        """Follow the link that asks for a file and send one, and again when the answer was lost: it is kept once."""
        self.did["upload"] += 1
        if self.asking is None:
            self.settle()
            self.read(self.client.get(self.page.xpath("//a[normalize-space()='attach']/@href")[0], headers={"sec-fetch-site": "same-origin"}))
            self.stack.append((self.stack[-1][0], "photo"))
        key = self.page.xpath("//form[@id='daform']//input[@type='file']/@name")[0]
        before = set(self.store.files.ids(self.session_id))
        form = self.hidden()
        for _ in range(1 + twice):
            answer = self.client.post("/interview", data=form, files={key: (f"{name}.txt", name.encode(), "text/plain")})
        self.read(answer)
        new = [self.store.files.info(self.session_id, one).name for one in set(self.store.files.ids(self.session_id)) - before]
        assert [f"{name}.txt"] == [one for one in new if one.endswith(".txt")], new
        self.old_tab = None
        self.stack.append((self.stack[-1][0] | {"photo": f"{name}.txt"}, None))

    @rule()
    def come_back_by_the_private_link(self) -> None:
        """In another browser, by the button of the link's page; the walk goes on there."""
        self.did["private link"] += 1
        form = self.hidden()
        page = html.fromstring(self.client.post("/interview/later", data=form).text)
        link = next(found for found in re.findall(r"/resume/[A-Za-z0-9_-]{20,}", html.tostring(page).decode()))
        other = self.browser(self.client.app)
        entrance = html.fromstring(other.get(link).text)
        token = entrance.xpath("//input[@name='_csrf']/@value")[0]
        other.post(link, data={"_csrf": token})
        self.client.__exit__()
        self.client = other
        self.old_tab = None
        self.reload()

    @rule()
    def delete_everything_and_begin_again(self) -> None:
        """The session is gone, and a new one asks the first question."""
        self.did["delete"] += 1
        gone = self.session_id
        self.client.post("/interview/delete", data=self.hidden())
        assert gone not in [row[0] for row in self.store.sessions.ages()]
        self.stack, self.old_tab, self.version = [({}, "one")], None, 0
        self.reload()

    def hidden(self) -> dict[str, str]:
        """The page's own fields, of whichever form."""
        found = {one.get("name"): one.get("value") or "" for one in self.page.xpath("//input[@type='hidden'][@name]")}
        return {key: value for key, value in found.items() if key in ("_csrf", "_i", "_screen")}

    @rule()
    def reload(self) -> None:
        """Load the page again."""
        self.did["reload"] += 1
        self.read(self.client.get(f"/interview?i={self.interview}"))

    @precondition(lambda self: self.asking is None)
    @rule()
    def work(self) -> None:
        """A worker does what waits."""
        self.did["work"] += 1
        while (job := self.store.jobs.take("w")) is not None:
            self.worker.do(job)

    def settle(self) -> None:
        """Work and load again, until the page waits for nothing."""
        for _ in range(4):
            self.work()
            self.reload()

    @invariant()
    def the_page_is_where_the_answers_lead(self) -> None:
        """The question in front is the one that the model asks; history only grows."""
        Walk.walked += 1
        if not hasattr(self, "page"):
            return
        text = " ".join(self.page.text_content().split())
        if self.asking is not None:
            assert f"Question {self.asking}" in text, text[:300]
        else:
            assert "Kept:" in text or "making your papers" in text, text[:300]
        version = self.store.sessions.load(self.session_id).version
        assert version >= self.version
        self.version = version

    @property
    def session_id(self) -> str:
        """The one session of this store."""
        return self.store.sessions.ages()[0][0]

    @precondition(lambda self: self.asking is None)
    @rule()
    def look_at_the_paper(self) -> None:
        """It says the newest answers, all of them, and every job that is done has one result."""
        self.did["paper"] += 1
        self.settle()
        answers = self.stack[-1][0]
        said = " ".join(answers[name] for name in NAMES)
        assert f"Kept: {said}" in " ".join(self.page.text_content().split())
        assert f"Photo: {answers.get('photo', 'none')}" in " ".join(self.page.text_content().split())
        link = self.page.xpath("//a[normalize-space()='Letter']/@href")
        assert said in " ".join(text_of(self.client.get(link[0]).content).split())
        done = [event.data["job"] for event in self.store.events.after(self.session_id, 0, limit=500) if event.kind == "done"]
        assert len(done) == len(set(done))


TestWalk = Walk.TestCase
TestWalk.pytestmark = [pytest.mark.bar]
# A walk that fails is told as it is. Making it smaller walks thousands of times, which looks like a standstill.
TestWalk.settings = settings(
    max_examples=12, stateful_step_count=30, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
