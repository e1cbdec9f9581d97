"""The whole way of a visitor through ``engross serve``: real server, workers, LibreOffice and Chromium.

From the first question to the downloads, at the size of a phone and of a desktop; every link is opened, the answers are read back
from the papers; then an answer is changed at the end and the new papers say so.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docx
import pikepdf
import pytest

from engross.documents.pages import text_of
from tests.browser.patience import wait_until
from tests.library.paper_doubles import docx_template, form_template
from tests.seed.test_background_assembly import DOWNLOAD_SCREEN, ORDER, PAPERS, WAITING_SCREEN

pytestmark = [pytest.mark.browser, pytest.mark.office]
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
PATIENCE = 180_000
"""Milliseconds: LibreOffice may start cold on a busy machine."""


@dataclass
class Server:
    """A running ``engross serve``."""

    process: subprocess.Popen[str]
    address: str = ""
    said: list[str] = field(default_factory=list)
    """What it wrote, line by line: printed at the end, so that a failed test shows it."""
    reader: threading.Thread | None = None


def serve(folder: Path, *interviews: str) -> Server:
    """Start the command and wait until it says that it is ready."""
    command = [sys.executable, "-m", "engross.cli", "serve", *interviews, "--port", "0", "--workers", "1", "--data", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603 - our own command line, no shell
    assert process.stdout is not None
    server = Server(process)
    for line in process.stdout:
        server.said.append(line)
        if line.startswith("ready "):
            server.address = line.split()[1].rstrip("/")
            server.reader = threading.Thread(target=server.said.extend, args=(process.stdout,), daemon=True)
            server.reader.start()
            return server
    raise AssertionError("engross serve ended: " + "".join(server.said))


def stop(server: Server) -> None:
    server.process.terminate()
    server.process.wait(30)
    assert server.reader is not None
    assert server.process.stdout is not None
    server.reader.join(30)
    server.process.stdout.close()
    print("".join(server.said))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo, as somebody gets it who types ``engross serve``."""
    server = serve(tmp_path_factory.mktemp("demo"))
    yield server
    stop(server)


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The interview of the page "Assembling documents in the background", with its own waiting screen."""
    folder = tmp_path_factory.mktemp("seed")
    docx_template(folder / "data/templates/letter.docx", "Dear {{ client }},", "we write to you.")
    form_template(folder / "data/templates/form.pdf")
    questions = folder / "data" / "questions"
    questions.mkdir(parents=True)
    order = f"---\nmandatory: True\ncode: |\n  client{ORDER}  download_screen\n"
    (questions / "letters.yml").write_text(f"metadata:\n  title: Letters\n{PAPERS}{order}{WAITING_SCREEN}{DOWNLOAD_SCREEN}", encoding="utf-8")
    server = serve(tmp_path_factory.mktemp("seed-data"), str(folder))
    yield server
    stop(server)


@pytest.fixture(params=SIZES)
def visitor(request: pytest.FixtureRequest, chromium: Any) -> Iterator[Any]:
    """A page of that size in a fresh browser; at the end no script of ours has failed."""
    width, height = SIZES[request.param]
    context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", has_touch=request.param == "phone")
    context.set_default_timeout(30_000)
    page = context.new_page()
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    yield page
    context.close()
    assert [] == trouble


# ------------------------------------------------------------------------------------------------------------- the walk


def goes_on(page: Any, button: str = "Continue") -> None:
    """Press a button and wait for the page that answers."""
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()
    wait_until(page)


def is_asked(page: Any, question: str) -> None:
    """The page asks that, and nothing on it scrolls sideways."""
    assert question == page.locator("h1").inner_text()
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def answers_the_demo(page: Any) -> None:
    """From the first question of the demo to its last."""
    is_asked(page, "Answer your eviction case")
    goes_on(page, "Start")
    is_asked(page, "What is your name?")
    goes_on(page)
    assert "There is a problem" == page.locator("#engross-problem h2").inner_text()
    page.get_by_label("First name", exact=True).fill("Maria")
    page.get_by_label("Last name", exact=True).fill("Álvarez-O’Neil")
    goes_on(page)
    is_asked(page, "Where do you live?")
    page.get_by_label("Street address", exact=True).fill("12 Elm Street")
    page.get_by_label("City", exact=True).fill("Boston")
    page.get_by_label("State", exact=True).select_option(label="Massachusetts")
    page.get_by_label("Zip code", exact=True).fill("02118")
    goes_on(page)
    is_asked(page, "How can the court reach you?")
    page.get_by_label("Phone number", exact=True).fill("617-555-0123")
    goes_on(page)
    is_asked(page, "Who started the case?")
    page.get_by_label("Name of your landlord", exact=True).fill("Elm Street LLC")
    goes_on(page)
    is_asked(page, "What is your case number?")
    page.get_by_label("Case number", exact=True).fill("26H79SP001234")
    goes_on(page)
    is_asked(page, "When did you get the notice to leave?")
    page.get_by_label("Date you got the notice", exact=True).fill("2026-02-27")
    goes_on(page)
    is_asked(page, "Do you owe rent?")
    page.get_by_label("I owe some of the rent my landlord asks for", exact=True).check()
    goes_on(page)
    is_asked(page, "What should the judge know?")
    page.get_by_label("Something in my home was broken or not safe", exact=True).check()
    goes_on(page)
    is_asked(page, "Do you want to list what was broken or not safe?")
    goes_on(page, "Yes")
    is_asked(page, "Tell us about the first problem")
    page.get_by_label("What is wrong?", exact=True).fill("No heat in the bedroom")
    page.get_by_label("When did it start?", exact=True).fill("2026-01-05")
    page.get_by_label("Yes", exact=True).check()
    goes_on(page)
    is_asked(page, "Is there another problem?")
    goes_on(page, "No")
    is_asked(page, "Do you have photos to show?")
    goes_on(page, "No")
    is_asked(page, "Do you want to talk with a mediator?")
    goes_on(page, "Yes")
    is_asked(page, "How will you give your landlord a copy?")
    page.get_by_label("By mail", exact=True).check()
    goes_on(page)
    is_asked(page, "Check your answers")
    goes_on(page, "My answers are right")
    is_asked(page, "Sign your name")
    draws(page)
    goes_on(page)


def draws(page: Any) -> None:
    """A line with the mouse or the finger on the place to sign."""
    box = page.locator("#dasigcanvas").bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 70, steps=6)
    page.mouse.move(box["x"] + 220, box["y"] + 30, steps=6)
    page.mouse.up()


def papers_are_ready(page: Any, heading: str) -> None:
    """The download page is there: at once, or after the waiting page went on by itself."""
    page.get_by_role("heading", name=heading, level=1).wait_for(timeout=PATIENCE)
    wait_until(page)


def opened_links(page: Any) -> dict[str, bytes]:
    """What each link to a file gives, by the words of the link; links that open in the browser are opened there too."""
    found: dict[str, bytes] = {}
    for link in page.locator("main a[href*='/files/']").all():
        answer = page.context.request.get(link.evaluate("one => one.href"))
        assert answer.ok
        found[re.sub(r"\s+", " ", link.inner_text()).strip() + " " + (link.get_attribute("aria-label") or "")] = answer.body()
    return found


def the_one(links: dict[str, bytes], *words: str) -> bytes:
    """The file of the first link that has all these words."""
    return next(data for name, data in links.items() if all(word.lower() in name.lower() for word in words))


def words_of_docx(data: bytes) -> str:
    """All text of a DOCX, tables too."""
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def form_of(data: bytes) -> dict[str, str]:
    """name → value of the fields of a PDF form."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {str(one.T): str(one.get("/V", "")) for one in pdf.Root.AcroForm.Fields}


# ------------------------------------------------------------------------------------------------------------ the tests


def test_a_visitor_of_the_demo_gets_papers_and_then_corrected_papers(demo: Server, visitor: Any) -> None:
    """All answers are in the papers; a case number that is changed at the end is in the new ones."""
    page = visitor
    page.goto(demo.address)
    answers_the_demo(page)
    papers_are_ready(page, "Your papers are ready")
    links = opened_links(page)
    whole = text_of(the_one(links, "everything"))
    for answer in ("Maria Álvarez-O’Neil", "12 Elm Street", "617-555-0123", "Elm Street LLC", "26H79SP001234", "No heat in the bedroom"):
        assert answer in whole
    assert {"answer.pdf", "information_sheet.pdf"} <= set(zipfile.ZipFile(io.BytesIO(the_one(links, "zip"))).namelist())

    with page.expect_navigation():
        page.get_by_role("link", name="Change my answers").first.click()
    wait_until(page)
    is_asked(page, "Check your answers")
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("Change: Case number|Case number")).click()
    wait_until(page)
    assert "26H79SP001234" == page.get_by_label("Case number", exact=True).input_value()
    page.get_by_label("Case number", exact=True).fill("26H79SP009999")
    goes_on(page)
    is_asked(page, "Check your answers")
    goes_on(page, "My answers are right")
    papers_are_ready(page, "Your papers are ready")
    links = opened_links(page)
    whole = text_of(the_one(links, "everything"))
    assert "26H79SP009999" in whole
    assert "26H79SP001234" not in whole


def test_a_visitor_of_the_background_page_gets_papers_and_then_corrected_papers(seed: Server, visitor: Any) -> None:
    """Over the author's own waiting screen to the downloads; Undo and another name give papers with that name."""
    page = visitor
    page.goto(seed.address)
    is_asked(page, "Who are you?")
    page.get_by_label("Name", exact=True).fill("Ann <b>& Co</b>")
    goes_on(page)
    papers_are_ready(page, "Download the documents")
    links = opened_links(page)
    assert "Dear Ann <b>& Co</b>," in text_of(the_one(links, "view", "letter"))
    assert {"name": "Ann <b>& Co</b>"} == form_of(the_one(links, "view", "petition"))
    assert "Dear Ann <b>& Co</b>," in words_of_docx(the_one(links, "word", "letter"))
    assert "Dear Ann" in text_of(the_one(links, "everything"))

    while page.locator("h1").inner_text() != "Who are you?":
        with page.expect_navigation():
            page.locator(".daback").click()
        wait_until(page)
    assert "Ann <b>& Co</b>" == page.get_by_label("Name", exact=True).input_value()
    page.get_by_label("Name", exact=True).fill("Bob")
    goes_on(page)
    papers_are_ready(page, "Download the documents")
    links = opened_links(page)
    assert "Dear Bob," in text_of(the_one(links, "view", "letter"))
    assert {"name": "Bob"} == form_of(the_one(links, "view", "petition"))
    assert "Dear Bob," in words_of_docx(the_one(links, "word", "letter"))


# ------------------------------------------------------------------------------------------------------ by keyboard alone


def gets_to(page: Any, wanted: Any) -> None:
    """Press Tab until *wanted* has the focus, as somebody without a mouse does. It must be seen there."""
    handle = wanted.element_handle()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("one => document.activeElement === one", handle):
            break
        # A group of radio buttons is entered at its first or chosen one; the arrows go on from there.
        if page.evaluate("one => one.type === 'radio' && document.activeElement.name === one.name", handle):
            while not page.evaluate("one => document.activeElement === one", handle):
                page.keyboard.press("ArrowDown")
            break
    assert page.evaluate("one => document.activeElement === one", handle), f"Tab does not lead to {wanted}"
    box = page.evaluate("() => { const at = document.activeElement.getBoundingClientRect(); return [at.bottom, innerHeight - at.top]; }")
    assert min(box) > 0, f"{wanted} has the focus outside of what is seen"


def by_keys(page: Any, question: str, *steps: tuple[str, str], button: str = "Continue") -> None:
    """Answer one page without a mouse. A step is (label, what is typed there); a box or radio button is chosen by Space."""
    is_asked(page, question)
    for label, text in steps:
        gets_to(page, page.get_by_label(label, exact=True))
        page.keyboard.type(text)
    gets_to(page, page.get_by_role("button", name=button, exact=True))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    wait_until(page)


def test_the_demo_is_answered_and_downloaded_by_keyboard_alone(demo: Server, chromium: Any) -> None:
    """From the first page to the saved PDF only Tab, arrows, Space, Enter and letters are pressed; the focus is seen at each step."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce", locale="en-US")
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(demo.address)
    wait_until(page)
    by_keys(page, "Answer your eviction case", button="Start")
    by_keys(page, "What is your name?", ("First name", "Maria"), ("Last name", "Alvarez"))
    by_keys(page, "Where do you live?", ("Street address", "12 Elm Street"), ("City", "Boston"), ("State", "Massachusetts"), ("Zip code", "02118"))
    by_keys(page, "How can the court reach you?", ("Phone number", "617-555-0123"))
    by_keys(page, "Who started the case?", ("Name of your landlord", "Elm Street LLC"))
    by_keys(page, "What is your case number?", ("Case number", "26H79SP001234"))
    by_keys(page, "When did you get the notice to leave?", ("Date you got the notice", "02272026"))
    by_keys(page, "Do you owe rent?", ("I owe some of the rent my landlord asks for", " "))
    by_keys(page, "What should the judge know?", ("I need more time to move", " "))
    by_keys(page, "Do you have photos to show?", button="No")
    by_keys(page, "Do you want to talk with a mediator?", button="Yes")
    by_keys(page, "How will you give your landlord a copy?", ("By mail", " "))
    by_keys(page, "Check your answers", button="My answers are right")
    gets_to(page, page.get_by_role("button", name="Type my name instead"))
    page.keyboard.press("Enter")
    page.keyboard.type("Maria Alvarez")
    by_keys(page, "Sign your name")
    papers_are_ready(page, "Your papers are ready")
    gets_to(page, page.get_by_role("link", name=re.compile("everything|one PDF", re.IGNORECASE)).first)
    with page.expect_download() as started:
        page.keyboard.press("Enter")
    words = text_of(Path(started.value.path()).read_bytes())
    context.close()

    assert all(answer in words for answer in ("Maria Alvarez", "Elm Street LLC", "26H79SP001234"))
