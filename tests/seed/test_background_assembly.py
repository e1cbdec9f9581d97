"""The page "Assembling documents in the background", sentence by sentence, with its own snippets.

The snippets stand here character by character. Visits, store and jobs are the real ones; only LibreOffice is not
(``PlainOffice``), so that this runs anywhere.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pikepdf
import pytest

from engross.documents.pages import text_of
from engross.language.interview import load
from engross.settings import Settings
from engross.store import Store, open_store
from engross.visit import Shown, Visits
from engross.worker import Worker
from tests.library.paper_doubles import PlainOffice, docx_template, docx_text, form_template

ORDER = """
  if not al_user_bundle.generate_downloads_with_docx_task.ready():
    al_download_waiting_screen
"""

DOWNLOAD_SCREEN = """---
id: download
event: download_screen
question: |
  Download the documents
subquestion: |
  Your documents are ready for download.

  If you need to make any changes, click the "Undo" button and click the button to edit
  the answer you want to change.

  ${ al_user_bundle.download_list_html(use_previously_cached_files=True, include_full_pdf=True) }
"""

TASK = """---
generic object: ALDocumentBundle
event: x.create_downloads_with_docx
code: |
  download_response = x.get_cacheable_documents(key="final", pdf=True, docx=True, include_full_pdf=True)
  background_response_action(x.attr_name('save_downloads'), download_response=download_response)
"""

WAITING_SCREEN = """---
id: waiting screen
question: |
  Please wait while we make your documents
subquestion: |
  This can take a few minutes.
  <div class="spinner-border text-primary d-flex justify-content-center" role="status">
      <span class="sr-only">Making documents...</span>
  </div>
event: al_download_waiting_screen
reload: True
"""

PAPERS = """---
include:
  - docassemble.AssemblyLine:assembly_line.yml
---
objects:
  - petition: ALDocument.using(title="Petition", filename="petition", enabled=True)
  - letter: ALDocument.using(title="Letter", filename="letter", enabled=True)
  - extra: ALDocument.using(title="Extra", filename="extra", enabled=False)
  - al_user_bundle: ALDocumentBundle.using(elements=[petition, letter, extra], title="All papers", filename="all_papers", enabled=True)
---
attachment:
  name: Petition
  filename: petition
  variable name: petition[i]
  pdf template file: form.pdf
  fields:
    - name: ${ client }
---
attachment:
  name: Letter
  filename: letter
  variable name: letter[i]
  docx template file: letter.docx
---
question: Who are you?
fields:
  - Name: client
"""


class Seat:
    """A visitor in front of an interview, and a worker in the room behind."""

    def __init__(self, folder: Path) -> None:
        docx_template(folder / "data/templates/letter.docx", "Dear {{ client }},", "we write to you.")
        form_template(folder / "data/templates/form.pdf")
        self.folder = folder
        self.settings = Settings(data_folder=folder / "kept", screen_wait_seconds=0)
        self.store: Store = open_store(self.settings)
        self.office = PlainOffice()
        self.visits = Visits(self.store, self.settings, office=self.office)
        self.worker = Worker(self.store, self.visits.work, name="worker")
        self.shown: Shown

    def close(self) -> None:
        self.visits.close()
        self.store.close()

    def start(self, order: str, *more: str) -> Shown:
        """Begin an interview with this order block."""
        questions = self.folder / "data" / "questions"
        questions.mkdir(parents=True, exist_ok=True)
        yaml = f"{PAPERS}---\nmandatory: True\ncode: |\n{order}{''.join(more)}"
        (questions / "interview.yml").write_text(yaml, encoding="utf-8")
        self.shown = self.visits.start(str(questions / "interview.yml"))
        return self.shown

    def answer(self, value: str) -> Shown:
        """Answer the one field of the screen."""
        field = next(field for field in self.shown.screen.fields if field.path)
        self.shown = self.visits.submit(self.shown.session_id, self.shown.screen_id, {field.key: [value]})
        return self.shown

    def again(self) -> Shown:
        """What the page's own timer loads."""
        self.shown = self.visits.show(self.shown.session_id)
        return self.shown

    def work(self) -> list[str]:
        """Do all jobs that wait; how each ended."""
        ended = []
        while (job := self.store.jobs.take("worker")) is not None:
            state = self.worker.do(job)
            report = self.store.jobs.report(job.id)
            trouble = report.error_message if report and report.error_message else ""
            ended.append(f"{job.kind} {state.value if state else None} {trouble}".strip())
        return ended

    def links(self) -> dict[str, bytes]:
        """words of each link to a file on the screen → the file's bytes"""
        found = re.findall(r'<a href="([^"]*/files/[^"]*)"[^>]*>(.*?)</a>', self.shown.screen.subquestion or "", re.DOTALL)
        links = {}
        for address, words in found:
            file_id = urlsplit(unescape(address)).path.split("/files/")[1].split("/")[0]
            text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", words)).strip()
            links[text] = self.store.files.read(self.shown.session_id, file_id)
        return links

    def names(self) -> list[str]:
        """The file names that the links save under."""
        addresses = re.findall(r'href="([^"]*/files/[^"]*)"', self.shown.screen.subquestion or "")
        return [parse_qs(urlsplit(unescape(address)).query).get("name", [""])[0] for address in addresses]


def form_values(data: bytes) -> dict[str, str]:
    """name → value of a form's fields"""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {str(field.T): str(field.get("/V", "")) for field in pdf.Root.AcroForm.Fields}


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Seat]:
    made = Seat(tmp_path)
    yield made
    made.close()


FULL_ORDER = f"  client{ORDER}  download_screen\n"


def test_the_order_block_leads_over_the_waiting_screen_to_the_downloads(seat: Seat) -> None:
    """The visitor answers, waits, and finds every paper as PDF, the DOCX as DOCX, one full PDF and a ZIP."""
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN)
    waiting = seat.answer("Ann")

    assert ("al_download_waiting_screen",) == waiting.screen.events
    assert 10 == waiting.screen.reload_seconds
    assert ["action done"] == seat.work()
    assert "Download the documents" == seat.again().screen.question
    links = seat.links()
    assert "Dear Ann," in text_of(links["View Letter"])
    assert {"name": "Ann"} == form_values(links["View Petition"])
    assert "Dear Ann,\nwe write to you." == docx_text(links["Download Word Letter"])
    whole = next(data for words, data in links.items() if words.startswith("Download everything"))
    assert "Dear Ann," in text_of(whole)
    assert 2 == text_of(whole).count("\f") + 1
    archive = zipfile.ZipFile(io.BytesIO(next(data for words, data in links.items() if words.endswith("zip"))))
    assert {"petition.pdf", "letter.docx", "letter.pdf"} == set(archive.namelist())


def test_each_paper_is_converted_once(seat: Seat) -> None:
    """The single paper, the full PDF and the ZIP share one conversion."""
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN)
    seat.answer("Ann")
    seat.work()
    seat.again()

    assert 1 == seat.office.conversions


def test_the_page_says_no_assembly_happens_in_the_request(seat: Seat) -> None:
    """Until a worker took the task, nothing is converted and the visitor waits."""
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN)
    seat.answer("Ann")
    seat.again()

    assert ("al_download_waiting_screen",) == seat.shown.screen.events
    assert 0 == seat.office.conversions


def test_an_overridden_task_is_used(seat: Seat) -> None:
    """The page's own copy of the task, in the interview, does what the built-in one does."""
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN, TASK)
    seat.answer("Ann")

    assert ["action done"] == seat.work()
    assert "Download Word Letter" in {*(seat.again() and seat.links())}


def test_an_overridden_waiting_screen_is_shown(seat: Seat) -> None:
    """The page's own waiting screen takes the place of the built-in one, spinner and all."""
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN, WAITING_SCREEN)
    waiting = seat.answer("Ann")

    assert "Please wait while we make your documents" == waiting.screen.question
    assert "spinner-border" in (waiting.screen.subquestion or "")
    assert 10 == waiting.screen.reload_seconds


@pytest.mark.parametrize(("written", "seconds"), [("4", 4), ("1", 4), ("True", 10), ("25", 25)])
def test_reload_can_be_as_low_as_four_seconds(seat: Seat, written: str, seconds: int) -> None:
    """``reload: 4`` is taken; less than four is four."""
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN, WAITING_SCREEN.replace("reload: True", f"reload: {written}"))

    assert seconds == seat.answer("Ann").screen.reload_seconds


def test_an_event_and_a_screen_of_ones_own_name(seat: Seat) -> None:
    """A task, an event and a waiting screen under the author's own names work like the built-in ones."""
    seat.start(
        "  client\n  if not my_task.ready():\n    my_waiting_screen\n  download_screen\n",
        DOWNLOAD_SCREEN,
        """---
code: |
  my_task = background_action("make_my_papers")
---
event: make_my_papers
code: |
  background_response_action("keep_my_papers", made=al_user_bundle.get_cacheable_documents(key="final", include_full_pdf=True))
---
event: keep_my_papers
code: |
  al_user_bundle._downloadable_files = action_argument("made")
  background_response()
---
event: my_waiting_screen
question: One moment
reload: 4
""",
    )

    assert "One moment" == seat.answer("Ann").screen.question
    assert ["action done"] == seat.work()
    assert "Download the documents" == seat.again().screen.question
    assert "View Letter" in seat.links()


def test_the_task_without_docx_makes_pdf_full_pdf_and_zip(seat: Seat) -> None:
    """``generate_downloads_task`` makes no DOCX, neither on the page nor in the ZIP."""
    seat.start(FULL_ORDER.replace("generate_downloads_with_docx_task", "generate_downloads_task"), DOWNLOAD_SCREEN)
    seat.answer("Ann")

    assert ["action done"] == seat.work()
    seat.again()
    assert not any(name.endswith(".docx") for name in seat.names())
    assert {"all_papers.pdf", "all_papers.zip", "petition.pdf", "letter.pdf"} == set(seat.names())
    archive = next(data for words, data in seat.links().items() if words.endswith("zip"))
    assert {"petition.pdf", "letter.pdf"} == set(zipfile.ZipFile(io.BytesIO(archive)).namelist())


def test_the_task_can_start_earlier(seat: Seat) -> None:
    """Started before a screen of instructions, the papers are there when the visitor arrives."""
    seat.start(
        "  client\n  al_user_bundle.generate_downloads_with_docx_task\n  instructions" + ORDER + "  download_screen\n",
        DOWNLOAD_SCREEN,
        """---
question: Bring this to court
continue button field: instructions
""",
    )

    assert "Bring this to court" == seat.answer("Ann").screen.question
    assert ["action done"] == seat.work()
    seat.shown = seat.visits.submit(seat.shown.session_id, seat.shown.screen_id, {})
    assert "Download the documents" == seat.shown.screen.question
    assert 1 == seat.office.conversions


def test_a_missing_answer_is_asked_instead_of_a_failure_in_a_log(seat: Seat) -> None:
    """Without extra care from the author: the task asks what it needs, and goes on when it is answered."""
    seat.start(FULL_ORDER.replace("  client\n", "  started = True\n"), DOWNLOAD_SCREEN)

    assert ("al_download_waiting_screen",) == seat.shown.screen.events
    seat.work()
    assert "Who are you?" == seat.again().screen.question
    seat.answer("Ann")
    seat.work()
    assert "Download the documents" == seat.again().screen.question
    assert "Dear Ann," in text_of(seat.links()["View Letter"])


def test_an_answer_changed_at_the_end_makes_a_new_paper(seat: Seat) -> None:
    """After Undo and another answer, the downloads speak of the new answer; a paper that did not change is not made again."""
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN)
    seat.answer("Ann")
    seat.work()
    seat.again()
    for _ in range(5):
        if seat.shown.screen.question == "Who are you?":
            break
        seat.shown = seat.visits.back(seat.shown.session_id, seat.shown.screen_id)
    seat.answer("Bob")
    seat.work()
    seat.again()
    seat.work()
    seat.again()

    assert "Download the documents" == seat.shown.screen.question
    assert "Dear Bob," in text_of(seat.links()["View Letter"])


def test_an_edit_on_the_last_screen_is_in_the_papers(seat: Seat) -> None:
    """A visitor may change an answer from the download screen itself; what is shown then agrees with it."""
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN + "\n  [change](${ url_action('client') })\n")
    seat.answer("Ann")
    seat.work()
    seat.again()
    seat.shown = seat.visits.act(seat.shown.session_id, "client")

    assert "Who are you?" == seat.shown.screen.question
    seat.answer("Cy")
    seat.work()
    seat.again()
    assert "Download the documents" == seat.shown.screen.question
    assert "Dear Cy," in text_of(seat.links()["View Letter"])


def test_only_enabled_documents_are_made(seat: Seat) -> None:
    """A document that is not enabled is neither filled nor offered."""
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN)
    seat.answer("Ann")
    seat.work()
    seat.again()

    assert not any("Extra" in words for words in seat.links())


def test_without_cached_files_the_page_still_works(seat: Seat) -> None:
    """``use_previously_cached_files`` is off by default: the list is then made for the page, in a job of its own."""
    seat.start("  client\n  download_screen\n", DOWNLOAD_SCREEN.replace("use_previously_cached_files=True, ", ""))
    seat.answer("Ann")

    assert ["assemble done"] == seat.work()
    assert "Download the documents" == seat.again().screen.question
    assert "Download everything" in next(iter(seat.links()))


def test_the_preview_task_makes_the_preview(seat: Seat) -> None:
    """``generate_preview_task`` leaves the preview in ``_preview_file``."""
    seat.start(
        "  client\n  if not al_user_bundle.generate_preview_task.ready():\n    al_preview_waiting_screen\n  preview_screen\n  done\n",
        """---
question: Preview
subquestion: |
  ${ al_user_bundle._preview_file.url_for() }
continue button field: preview_screen
---
event: done
question: Done
""",
    )

    assert ("al_preview_waiting_screen",) == seat.answer("Ann").screen.events
    assert ["action done"] == seat.work()
    assert "Preview" == seat.again().screen.question
    assert "all_papers_preview.pdf" in (seat.shown.screen.subquestion or "")


def test_the_standard_includes_know_the_promised_names(tmp_path: Path) -> None:
    """Every name that the page promises is defined by the standard includes."""
    source = tmp_path / "interview.yml"
    source.write_text(PAPERS.removeprefix("---\n") + "---\nmandatory: True\nquestion: Done\n")
    index = load(str(source)).index

    promised = {
        "al_download_waiting_screen",
        "x.generate_downloads_task",
        "x.create_downloads",
        "x.generate_downloads_with_docx_task",
        "x.create_downloads_with_docx",
        "x.save_downloads",
    }
    assert promised <= set(index)


def test_the_list_says_how_long_the_papers_are(seat: Seat) -> None:
    """Each paper has its pages, the whole its pages and size, and a review screen is one click away."""
    review = """---
event: review_answers
question: Your answers
review:
  - Edit: client
    button: ${ client }
"""
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN, review)
    seat.answer("Ann")
    seat.work()
    html = seat.again().screen.subquestion or ""

    assert "(1 page)" in html
    assert re.search(r"\(2 pages, \d+ kB\)", html)
    assert "Change my answers" in html
    assert "Your answers" == seat.visits.act(seat.shown.session_id, "review_answers").screen.question


def test_a_missing_template_is_told_to_the_author_and_loses_nothing(seat: Seat) -> None:
    """The task says file, line and template, and makes the other paper; mending the template and trying again is enough."""
    template = seat.folder / "data/templates/letter.docx"
    mended = template.rename(template.with_name("lettre.docx"))
    seat.start(FULL_ORDER, DOWNLOAD_SCREEN)
    seat.answer("Ann")
    ended = " ".join(seat.work())
    assert "`letter.docx`" in ended
    assert "interview.yml, line" in ended

    seat.again()
    assert "View Petition" in seat.links()
    mended.rename(template)
    seat.shown = seat.visits.act(seat.shown.session_id, "make_papers_again")
    for _ in range(3):
        seat.work()
        seat.again()

    assert "Dear Ann," in text_of(seat.links()["View Letter"])
