"""Background tasks as interviews use them: what starts, what starts again, what runs once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from engross.documents.office import ConversionFailed, Reason
from engross.documents.pages import text_of
from engross.engine.screen import GENERATED_REVIEW
from engross.errors import StorageUnavailable
from engross.visit import Visits
from engross.web.pages import paper_rows
from engross.worker import Worker
from tests.library.paper_doubles import PlainOffice, docx_text
from tests.seed.test_background_assembly import DOWNLOAD_SCREEN, FULL_ORDER, Seat


def with_settings(seat: Seat, **changes: Any) -> None:
    """Let visits and worker have other settings."""
    seat.settings = seat.settings.model_copy(update=changes)
    seat.store._vault.settings = seat.settings
    seat.visits = Visits(seat.store, seat.settings, office=seat.office)
    seat.worker = Worker(seat.store, seat.visits.work, name="worker")


@contextmanager
def working(seat: Seat) -> Iterator[None]:
    """A worker that does what comes, in a thread."""
    thread = threading.Thread(target=seat.worker.run)
    thread.start()
    try:
        yield
    finally:
        seat.worker.stop()
        thread.join()


def test_the_downloads_come_at_once_when_they_are_ready_in_time(seat: Seat) -> None:
    """The answer to Continue is the download page itself, though the interview has a waiting screen."""
    with_settings(seat, screen_wait_seconds=20)
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN)
    with working(seat):
        shown = seat.answer("Ann")

    assert "Download the documents" == shown.screen.question


def test_an_interview_that_never_heard_of_background_work_gets_it(seat: Seat) -> None:
    """Papers on a screen of its own are made by a job, and the screen comes at once when they are ready in time."""
    with_settings(seat, screen_wait_seconds=20)
    seat.start("  client\n  done\n", "---\nevent: done\nquestion: |\n  ${ letter.as_pdf().url_for() }\n")
    with working(seat):
        shown = seat.answer("Ann")

    assert "/files/" in (shown.screen.question or "")


OWN_TASK = """---
code: |
  my_task = background_action("make_papers")
---
event: make_papers
code: |
  background_response(letter.as_pdf())
---
event: my_waiting_screen
question: One moment
reload: 4
---
event: done
question: |
  ${ my_task.get().url_for() }
subquestion: |
  <a href="${ my_task.get().url_for() }">Letter</a> [change](${ url_action('client') }) [look](${ url_action('nothing') })
---
event: nothing
code: |
  seen = True
"""
OWN_ORDER = "  client\n  if not my_task.ready():\n    my_waiting_screen\n  done\n"


def settle(seat: Seat) -> None:
    """Work and look again until nothing is left to do."""
    for _ in range(5):
        if not seat.work():
            return
        seat.again()


def letter(seat: Seat) -> str:
    """What the letter on the screen says."""
    return text_of(seat.links()["Letter"])


def test_a_task_whose_result_is_papers_starts_afresh_after_an_edit(seat: Seat) -> None:
    """Its own ``ready()`` does it; nothing in the interview asks for it."""
    seat.start(OWN_ORDER, OWN_TASK)
    seat.answer("Ann")
    seat.work()
    seat.again()
    before = letter(seat)
    seat.shown = seat.visits.act(seat.shown.session_id, "client")
    waiting = seat.answer("Bob")

    assert "One moment" == waiting.screen.question
    assert ["action done"] == seat.work()
    seat.again()
    assert ("Dear Ann,", "Dear Bob,") == (before.splitlines()[0].strip(), letter(seat).splitlines()[0].strip())


def test_an_edit_to_the_same_answer_starts_nothing(seat: Seat) -> None:
    """The papers agree with the answers; there is nothing to wait for."""
    seat.start(OWN_ORDER, OWN_TASK)
    seat.answer("Ann")
    seat.work()
    seat.again()
    seat.shown = seat.visits.act(seat.shown.session_id, "client")

    assert "/files/" in (seat.answer("Ann").screen.question or "")
    assert [] == seat.work()


def test_doing_something_else_on_the_last_screen_starts_nothing(seat: Seat) -> None:
    """A name that came after the papers were made was not needed for them."""
    seat.start(OWN_ORDER, OWN_TASK)
    seat.answer("Ann")
    seat.work()
    seat.again()
    seat.shown = seat.visits.act(seat.shown.session_id, "nothing")

    assert "/files/" in (seat.shown.screen.question or "")
    assert [] == seat.work()


NUMBERS = """---
code: |
  my_task = background_action("count_letters")
---
event: count_letters
code: |
  background_response(len(client))
---
event: my_waiting_screen
question: One moment
reload: 4
---
event: done
question: |
  ${ my_task.get() } letters
"""


def test_a_task_whose_result_is_not_papers_runs_once(seat: Seat) -> None:
    """It may have called a service or sent a message."""
    seat.start(OWN_ORDER, NUMBERS)
    seat.answer("Ann")
    seat.work()
    seat.again()
    seat.shown = seat.visits.act(seat.shown.session_id, "client")

    assert "3 letters" == seat.answer("Barbara").screen.question
    assert [] == seat.work()


def test_a_paper_task_that_also_sends_mail_runs_once(seat: Seat) -> None:
    """Started again it would send again."""
    mail = "  send_email(to='a@example.com', subject='s', body='b')\n  background_response(letter.as_pdf())"
    seat.start(OWN_ORDER, OWN_TASK.replace("  background_response(letter.as_pdf())", mail))
    seat.answer("Ann")
    seat.work()
    seat.again()
    seat.shown = seat.visits.act(seat.shown.session_id, "client")
    seat.answer("Bob")

    assert [] == seat.work()
    assert {"waiting": 1} == seat.store.outbox.counts()


def test_a_newer_set_of_papers_takes_the_place_of_one_that_is_being_made(seat: Seat) -> None:
    """The job of the older answers is cancelled as soon as the newer starts."""
    seat.start(OWN_ORDER, OWN_TASK)
    seat.answer("Ann")
    seat.work()
    seat.again()
    seat.shown = seat.visits.act(seat.shown.session_id, "client")
    seat.answer("Bob")
    older = seat.store.jobs.open_for(seat.shown.session_id)
    seat.shown = seat.visits.back(seat.shown.session_id, seat.shown.screen_id)
    seat.answer("Cy")
    states = [report.state.value for job_id in older if (report := seat.store.jobs.report(job_id))]
    seat.work()
    seat.again()

    assert ["cancelled"] == states
    assert "Dear Cy," in letter(seat)


ERROR_TASK = """---
code: |
  my_task = background_action("break_it")
---
code: |
  told = 0
---
event: break_it
code: |
  background_error_action("note_it", by="me")
  1 / 0
---
event: note_it
code: |
  told = told + 1
  teller = action_argument("by") + ": " + action_argument("error_type") + ", " + action_argument("error_message")
  background_response()
---
event: my_waiting_screen
question: One moment
reload: 4
---
event: done
question: |
  ${ my_task.failed() } ${ told } ${ teller } ${ my_task.result().error_type }
"""


def test_the_action_for_errors_runs_once_on_the_newest_answers(seat: Seat) -> None:
    """With what was raised, as Python names it; and the task says that it failed, and is ready all the same."""
    seat.start("  client\n  told\n  if not my_task.ready():\n    my_waiting_screen\n  done\n", ERROR_TASK)
    seat.answer("Ann")
    seat.work()

    assert "True 1 me: ZeroDivisionError, division by zero ZeroDivisionError" == seat.again().screen.question


CHAIN = """---
code: |
  my_task = background_action("first")
---
event: first
code: |
  background_action("second", word=client)
  background_response("begun")
---
event: second
code: |
  background_response_action("keep", word=action_argument("word") + "!")
---
event: keep
code: |
  kept = action_argument("word")
  background_response()
---
event: my_waiting_screen
question: One moment
reload: 4
---
event: done
question: |
  ${ my_task.get() } ${ showifdef('kept') }
"""


def test_a_task_may_start_a_task(seat: Seat) -> None:
    """The second one starts when the first one's result is kept."""
    seat.start(OWN_ORDER, CHAIN)
    seat.answer("Ann")

    assert ["action done", "action done"] == seat.work()
    assert "begun Ann!" == seat.again().screen.question


def test_a_full_queue_refuses_the_work_and_keeps_the_answer(seat: Seat) -> None:
    """The page says so; once there is room the task starts."""
    with_settings(seat, queue_limit=1)
    seat.start(OWN_ORDER, OWN_TASK)
    other = seat.visits.start(str(seat.folder / "data/questions/interview.yml"))
    seat.visits.submit(other.session_id, other.screen_id, {seat.shown.screen.fields[0].key: ["Zoe"]})
    seat.answer("Ann")
    with pytest.raises(StorageUnavailable):
        seat.again()
    seat.work()
    with pytest.raises(StorageUnavailable):
        with_settings(seat, queue_limit=1)
        seat.store.jobs.is_full = lambda _: True  # type: ignore[method-assign]
        seat.again()
    del seat.store.jobs.is_full
    seat.again()

    assert ["action done"] == seat.work()
    seat.again()
    assert "Dear Ann," in letter(seat)


class Refusing(PlainOffice):
    """Fails over every text that holds a word."""

    def __init__(self, word: str, reason: Reason) -> None:
        super().__init__()
        self.word = word
        self.reason = reason

    def convert(self, source: bytes, **options: Any) -> bytes:  # type: ignore[override]
        if self.word in docx_text(source):
            self.conversions += 1
            raise ConversionFailed(self.reason)
        return super().convert(source, **options)


@pytest.mark.parametrize("boilerplate", [True, False])
def test_one_paper_that_fails_leaves_the_others_on_offer(seat: Seat, boilerplate: bool) -> None:
    """The petition can be had; the letter's row says in plain words what went wrong, with a code; trying again is one press."""
    seat.office = Refusing("Ann", Reason.NOT_LOADABLE)
    with_settings(seat)
    if boilerplate:
        seat.start(FULL_ORDER, DOWNLOAD_SCREEN)
    else:
        seat.start("  client\n  download_screen\n", DOWNLOAD_SCREEN.replace("use_previously_cached_files=True, ", ""))
    seat.answer("Ann")
    settle(seat)
    tries = seat.office.conversions
    text = seat.shown.screen.subquestion or ""

    assert "Download the documents" == seat.shown.screen.question
    assert "View Petition" in seat.links()
    assert "View Letter" not in seat.links()
    assert "This paper could not be made." in text
    assert 1 == tries
    seat.again()
    assert [] == seat.work()

    seat.office.word = "nobody at all"
    seat.shown = seat.visits.act(seat.shown.session_id, "make_papers_again")
    settle(seat)
    assert "View Letter" in seat.links()


def test_a_change_of_the_answers_tries_a_failed_paper_again(seat: Seat) -> None:
    """Other answers make another paper."""
    seat.office = Refusing("Ann", Reason.NOT_LOADABLE)
    with_settings(seat)
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN + "\n  [change](${ url_action('client') })\n")
    seat.answer("Ann")
    seat.work()
    seat.again()
    seat.shown = seat.visits.act(seat.shown.session_id, "client")
    seat.answer("Bob")
    seat.work()
    seat.again()

    assert "Dear Bob," in text_of(seat.links()["View Letter"])


def test_the_waiting_page_has_a_row_for_each_paper(seat: Seat) -> None:
    """With its state, and a link as soon as it is ready."""
    rows: list[list[tuple[str, str, bool]]] = []
    seat.start("  client\n  download_screen\n", DOWNLOAD_SCREEN.replace("use_previously_cached_files=True, ", ""))
    seat.answer("Ann")
    job = seat.store.jobs.take("worker")
    assert job is not None
    report = seat.store.jobs.report_progress

    def noted(mine: Any, data: Any) -> None:
        report(mine, data)
        waiting = seat.visits.waiting(seat.shown.session_id)
        assert waiting is not None
        rows.append([(paper.name, paper.state, paper.file_id is not None) for paper in waiting.papers])

    seat.store.jobs.report_progress = noted  # type: ignore[method-assign]
    seat.worker.do(job)

    assert {"waiting", "working", "done"} >= {state for row in rows for _, state, _ in row}
    assert ("Letter", "done", True) in rows[-1]
    assert ("Petition", "done", True) in rows[-1]


def test_the_waiting_page_says_which_page_is_converted(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    """As rows of the page, and as data; not any more once the paper is ready."""
    seen: list[tuple[Any, str]] = []
    seat.start("  client\n  download_screen\n", DOWNLOAD_SCREEN.replace("use_previously_cached_files=True, ", ""))
    seat.answer("Ann")
    job = seat.store.jobs.take("worker")
    assert job is not None
    office = type(seat.visits.office)
    convert = office.convert

    def look() -> None:
        waiting = seat.visits.waiting(seat.shown.session_id)
        letter = next(paper for paper in waiting.papers if paper.name == "Letter")
        seen.append(((letter.state, letter.page, letter.pages), str(paper_rows(waiting, str, ""))))

    def long(self: Any, source: bytes, *, on_page: Any, **options: Any) -> bytes:
        for page in (0, 40):
            on_page(page, 231)
            look()
        return convert(self, source, **options)

    monkeypatch.setattr(office, "convert", long)
    seat.worker.do(job)

    assert [("working", None, 231), ("working", 40, 231)] == [row for row, _ in seen][:2]
    assert "Making the PDF: 231 pages" in seen[0][1]
    assert "Making the PDF: page 40 of 231" in seen[1][1]


def test_the_time_is_said_from_this_interviews_history(seat: Seat) -> None:
    """After three jobs, half of them and nine of ten; before, a guess by steps."""
    seat.start(OWN_ORDER, OWN_TASK)
    assert seat.store.jobs.usual_seconds(seat.shown.session_id, "action") is None
    for name in ("Ann", "Bob", "Cy"):
        seat.shown = seat.visits.start(str(seat.folder / "data/questions/interview.yml"))
        seat.answer(name)
        seat.work()
    low, high = seat.store.jobs.usual_seconds(seat.shown.session_id, "action") or (0, 0)

    assert 0 < low <= high


MAIL = """---
event: done
question: |
  Sent ${ sent }
---
code: |
  send_email(to="court@example.com", subject="Hello", body="Word")
  note
  sent = True
---
question: Note?
fields:
  - Note: note
"""


def test_code_that_sends_and_then_asks_sends_once(seat: Seat) -> None:
    """The code runs from its beginning again once the answer is there; the letter left with the question."""
    seat.start("  client\n  done\n", MAIL)
    asked = seat.answer("Ann").screen.question
    seat.answer("Thanks")

    assert ("Note?", "Sent True", {"waiting": 1}) == (asked, seat.shown.screen.question, seat.store.outbox.counts())


NOTIFY = """---
code: |
  my_task = background_action("greet", "flash")
---
event: greet
code: |
  background_response("Hello " + client)
---
event: done
question: |
  Go on ${ my_task.id and '' }
"""


def test_what_a_task_has_to_say_reaches_the_open_page(seat: Seat) -> None:
    """The page listens as long as such a task is open; the event says what to do and with which words."""
    seat.start("  client\n  done\n", NOTIFY)
    listens = seat.answer("Ann").listens
    seat.work()

    assert listens
    assert not seat.again().listens
    assert [{"notify": "flash", "said": "Hello Ann"}] == [
        {"notify": event.data["notify"], "said": event.data["said"]}
        for event in seat.store.events.after(seat.shown.session_id, 0)
        if event.kind == "notice"
    ]


def test_the_button_to_try_again_is_there_only_when_something_failed(seat: Seat) -> None:
    """It leads to the engine's own action."""
    seat.office = Refusing("Ann", Reason.NOT_LOADABLE)
    with_settings(seat)
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN)
    seat.answer("Ann")
    settle(seat)
    failed = seat.shown.screen.subquestion or ""
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN)
    seat.answer("Bob")
    settle(seat)

    assert "al_try_again" in failed
    assert "al_try_again" not in (seat.shown.screen.subquestion or "")


def test_a_setting_turns_automatic_assembly_off(seat: Seat) -> None:
    """Then the page that needs papers makes them itself, as docassemble does."""
    with_settings(seat, automatic_assembly=False)
    seat.start("  client\n  done\n", "---\nevent: done\nquestion: |\n  ${ letter.as_pdf().url_for() }\n")

    assert "/files/" in (seat.answer("Ann").screen.question or "")
    assert [] == seat.work()


def test_the_way_to_the_review_stands_once_where_the_author_wrote_one(seat: Seat) -> None:
    """The list of papers has none then, so that a visitor does not wonder which to take."""
    with_settings(seat)
    link = '\n  <a href="${ url_action("check_your_answers") }">Edit answers</a>\n'
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN + link)
    seat.answer("Ann")
    settle(seat)

    text = seat.shown.screen.subquestion or ""
    assert ("Edit answers" in text, "al_change_answers" in text, "View Letter" in seat.links()) == (True, False, True)


def test_a_change_on_the_generated_review_makes_the_papers_again(seat: Seat) -> None:
    """The list of papers leads to it where the author wrote none; the paper of the new answer is there after Continue."""
    with_settings(seat)
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN)
    seat.answer("Ann")
    settle(seat)
    assert "Dear Ann," in text_of(seat.links()["View Letter"])
    assert "Change my answers" in (seat.shown.screen.subquestion or "")

    seat.shown = seat.visits.act(seat.shown.session_id, GENERATED_REVIEW)
    (line,) = seat.shown.screen.review
    assert line.action is not None
    seat.shown = seat.visits.act(seat.shown.session_id, line.action, dict(line.arguments))
    seat.answer("Bob")
    assert ["Bob"] == [given.text for given in seat.shown.screen.review[0].answers]
    seat.shown = seat.visits.submit(seat.shown.session_id, seat.shown.screen_id, {})
    settle(seat)
    assert "Dear Bob," in text_of(seat.links()["View Letter"])
