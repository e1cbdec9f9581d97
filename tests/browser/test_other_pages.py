"""Pages that are no question, in a real browser over a real server: private links, the operator's page, errors, the list."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from engross.catalogue import Catalogue
from engross.settings import Settings
from engross.store import open_store
from engross.visit import Visits
from engross.web.app import create_app
from engross.web.pages import STATIC
from tests.browser.patience import wait_until
from tests.browser.test_gallery import AXE, RUN_AXE

pytestmark = pytest.mark.browser
SHORT = """
metadata:
  title: Short
  quick exit: "{away}"
---
mandatory: True
code: |
  name, mark, done
---
question: Name?
fields:
  - Name: name
---
question: Sign
signature: mark
---
event: done
question: Done ${{ name }}
"""
THEMED = """
metadata:
  title: Themed
---
features:
  bootstrap theme: theme.css
  css: own.css
  javascript: own.js
---
mandatory: True
code: |
  ready
---
question: Hello
subquestion: |
  [FILE dot.svg]
continue button field: ready
"""
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle cx="4" cy="4" r="4"/></svg>'
BOOTSTRAP = (STATIC / "vendor" / "bootstrap" / "bootstrap.min.css").read_text(encoding="utf-8")
THEME = BOOTSTRAP + ":root { --bs-primary: #7b1fa2; --bs-primary-rgb: 123, 31, 162; --bs-body-bg: #fffbe6; --bs-body-color: #222; }"
BROKEN = """
metadata:
  title: Broken
---
mandatory: True
question: |
  ${ 1 / 0 }
"""


@dataclass
class Place:
    """A running server and the references of its interviews."""

    address: str
    short: str
    broken: str
    themed: str

    def interview(self, reference: str) -> str:
        return f"{self.address}/interview?i={reference}"


def free_address() -> str:
    """An address of this machine at a port that is free."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@contextmanager
def served(app: Any, address: str = "") -> Iterator[str]:
    """The application at an address, for as long as the block runs."""
    at = address or free_address()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=int(at.rsplit(":", 1)[1]), log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        threading.Event().wait(0.02)
    yield at
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("pages")
    address = free_address()
    short, broken, themed = folder / "short.yml", folder / "broken.yml", folder / "themed.yml"
    themed.write_text(THEMED, encoding="utf-8")
    (folder / "static").mkdir()
    for name, text in (("theme.css", THEME), ("own.css", "h1 { letter-spacing: 3px }"), ("own.js", "window.ownScript = 1"), ("dot.svg", DOT)):
        (folder / "static" / name).write_text(text, encoding="utf-8")
    short.write_text(SHORT.format(away=f"{address}/healthz"), encoding="utf-8")
    broken.write_text(BROKEN, encoding="utf-8")
    settings = Settings(data_folder=folder / "kept")
    catalogue = Catalogue((str(short), str(broken), str(themed)))
    with open_store(settings) as store:
        visits = Visits(store, settings, catalogue.interviews)
        app = create_app(settings, visits, store, catalogue)
        with served(app, address):
            yield Place(address, str(short), str(broken), str(themed))
        visits.close()


def faults(page: Any) -> list[str]:
    """axe's violations in light and dark, and widths at which the page scrolls sideways."""
    found = []
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"scrolls sideways at {width}")
    page.evaluate(AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme} {one}" for one in page.evaluate(RUN_AXE)]
    return found


def test_private_link_from_one_browser_to_another(place: Place, page: Any, chromium: Any) -> None:
    """Made with a PIN, opened elsewhere with it; every page on the way is accessible."""
    found = []
    page.goto(place.interview(place.short))
    page.get_by_label("Name", exact=True).fill("Ann")
    page.locator(".engross-continue").click()
    page.get_by_role("link", name="Save and finish later").click()
    found += faults(page)
    page.get_by_label("PIN").fill("2468")
    page.get_by_role("button", name="Make a private link").click()
    link = page.get_by_label("Private link", exact=True).input_value()
    found += faults(page)
    other = chromium.new_context(viewport={"width": 390, "height": 844}).new_page()
    other.goto(link)
    found += faults(other)
    other.get_by_label("PIN").fill("2468")
    other.get_by_role("button", name="Continue").click()
    heading = other.locator("h1").inner_text()
    other.context.close()

    assert ("Sign", []) == (heading, found)


def test_signing_on_another_phone(place: Place, page: Any, chromium: Any) -> None:
    """The signature page offers a QR code; what was signed there is there when one goes on here."""
    page.goto(place.interview(place.short))
    page.get_by_label("Name", exact=True).fill("Ann")
    page.locator(".engross-continue").click()
    page.get_by_role("link", name="Sign on another phone instead").click()
    page.get_by_role("button", name="Show a picture to scan").click()
    link = page.get_by_label("Private link", exact=True).input_value()
    found = faults(page)
    codes = page.locator(".engross-qr svg").count()
    phone = chromium.new_context(viewport={"width": 390, "height": 844}).new_page()
    phone.goto(link)
    phone.get_by_role("button", name="Continue").click()
    phone.get_by_role("button", name="Type my name instead").click()
    phone.get_by_label("Type your full name").fill("Ann")
    phone.locator(".dasigsave").click()
    phone.get_by_role("heading", name="Done Ann").wait_for()
    phone.context.close()
    page.get_by_role("link", name="Go on here").click()

    assert ("Done Ann", 1, []) == (page.locator("h1").inner_text(), codes, found)


def test_leaving_at_once(place: Place, page: Any) -> None:
    """Three times Escape leads away, and Back does not lead back to the form."""
    page.goto(place.address)
    page.goto(place.interview(place.short))
    wait_until(page)
    for _ in range(3):
        page.keyboard.press("Escape")
    page.wait_for_url("**/healthz")
    page.go_back()

    assert place.address + "/" == page.url


@pytest.mark.parametrize("which", ["/", "/operator", "error", "/nothing"])
def test_page_has_no_axe_violation_and_nothing_scrolls_sideways(place: Place, page: Any, which: str) -> None:
    """The list of forms, the operator's page, the page for errors and the one for addresses that lead nowhere."""
    page.goto(place.interview(place.broken) if which == "error" else place.address + which)

    assert [] == faults(page)


def test_an_interview_brings_its_own_look(place: Place, page: Any) -> None:
    """Theme, style and script from the folder ``static`` beside it count, also in the dark; pictures are found."""
    page.emulate_media(color_scheme="dark")
    page.goto(place.interview(place.themed))
    look = page.evaluate(
        "[getComputedStyle(document.querySelector('.engross-continue')).backgroundColor, getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('h1')).letterSpacing, document.querySelector('main img').naturalWidth, window.ownScript]"
    )

    assert ["rgb(123, 31, 162)", "rgb(255, 251, 230)", "3px", 9, 1] == look
    assert place.themed.rsplit("/", 1)[0] not in page.content().replace(place.themed, "")


def test_pages_of_accounts_are_accessible(tmp_path: Path, page: Any) -> None:
    """Signing in, a wrong password, a link, one's forms and people: no axe violation, nothing scrolls sideways."""
    from tests.web import test_accounts as accounts

    found: list[str] = []
    for there in accounts.made(tmp_path, accounts=("local",), accounts_open=True):
        there.person("ann@example.org", "admin")
        there.person("ben@example.org", "advocate")
        with served(there.app) as address:
            for where in ("account/sign-in", "account/link"):
                page.goto(f"{address}/{where}")
                found += faults(page)
            page.goto(f"{address}/interview?i={there.open_form}")
            page.goto(f"{address}/account/sign-in")
            for password in ("wrong words here", accounts.PASSWORD):
                page.get_by_label("E-mail address").fill("ann@example.org")
                page.get_by_label("Password").fill(password)
                with page.expect_navigation():
                    page.get_by_role("button", name="Sign in", exact=True).click()
                found += faults(page)
            page.goto(f"{address}/people")
            found += faults(page)

    assert [] == found


def test_rows_are_moved_by_the_keyboard(tmp_path: Path, page: Any) -> None:
    """A row goes up and down by its buttons; the focus stays with the row, so that it can be moved on; at an end it is on the other button."""
    from tests.visit.test_reorder import TABLE

    (tmp_path / "table.yml").write_text(TABLE, encoding="utf-8")
    settings = Settings(data_folder=tmp_path / "data")
    catalogue = Catalogue([str(tmp_path / "table.yml")])
    with open_store(settings) as store, served(create_app(settings, Visits(store, settings, catalogue.interviews), store, catalogue)) as address:
        page.goto(address)
        wait_until(page)
        told = []
        page.get_by_role("button", name="Move down").first.focus()
        for _ in range(2):
            with page.expect_navigation():
                page.keyboard.press("Enter")
            wait_until(page, "document.activeElement.matches('.datableup, .databledown')")
            names = [row.split()[0] for row in page.locator("tbody tr").all_inner_texts()]
            told.append((names, page.evaluate("[document.activeElement.innerText.trim(), document.activeElement.dataset.tableitem]")))

    assert told == [(["pear", "apple", "plum"], ["Move down", "1"]), (["pear", "plum", "apple"], ["Move up", "2"])]
    assert page.evaluate("document.querySelectorAll('a[role=button]:not([href]):not([aria-disabled])').length") == 0
