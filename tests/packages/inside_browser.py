"""ALToolbox's own data types in a real Chromium, with the published package's scripts. For a process that has the published package;
``test_with_published.py`` starts that process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engross.catalogue import Catalogue
from engross.rehearsal.drive import stage
from engross.web.app import create_app
from tests.browser.conftest import chromium, page, running

__all__ = ["chromium", "page"]

EXPECTED = ("cdn.jsdelivr.net", "ERR_NAME_NOT_RESOLVED", "ERR_INTERNET_DISCONNECTED", "422", "phoneValidInput")
"""What ALToolbox loads from elsewhere, and misses here (its check of telephones; the server checks them itself), and an answer that is
refused."""
INTERVIEW = """
include:
  - docassemble.ALToolbox:ThreePartsDate.yml
  - docassemble.ALToolbox:phone-number-validation.yml
---
mandatory: True
code: |
  born, telephone, done
---
question: Dates
fields:
  - Date of birth: born
    datatype: BirthDate
  - Passport: passport
    datatype: ThreePartsDate
    required: False
---
question: Telephone
fields:
  - Telephone: telephone
    datatype: al_international_phone
---
event: done
question: Done
subquestion: |
  ${ born.format('yyyy-MM-dd') } ${ telephone }
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The interview on a server of its own."""
    file = tmp_path / "dates.yml"
    file.write_text(INTERVIEW, encoding="utf-8")
    catalogue = Catalogue([str(file)])
    with stage(tmp_path / "data", catalogue.interviews) as on, running(create_app(on.settings, on.visits, on.store, catalogue)) as at:
        yield f"{at}/interview?i={file}"


@pytest.fixture
def said(page: Any) -> list[str]:
    """What the browser complains of."""
    found: list[str] = []

    def hear(complaint: str) -> None:
        if not any(expected in complaint for expected in EXPECTED):
            found.append(complaint)

    page.on("console", lambda message: hear(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: hear(str(error)))
    return found


def date(page: Any, label: str, *parts: str) -> None:
    """Type month, day and year of the date with that label."""
    group = page.get_by_role("group", name=label)
    for name, part in zip(("Month", "Day", "Year"), parts, strict=True):
        entry = group.get_by_label(name)
        entry.select_option(part) if entry.evaluate("one => one.tagName") == "SELECT" else entry.fill(part)


@pytest.mark.filterwarnings("default::DeprecationWarning")
def test_dates_in_three_parts_and_telephones_work(page: Any, address: str, said: list[str]) -> None:
    """A date in the future is refused beside its field in the package's words, a right one goes on, and scripts meet no error."""
    page.goto(address)
    date(page, "Date of birth", "2", "3", "2990")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Answer with a date of birth (02/03/2990 is in the future)").first.wait_for()
    date(page, "Date of birth", "2", "3", "1990")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Telephone").wait_for()
    page.get_by_role("textbox", name="Telephone").fill("(617) 555-0123")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Done").wait_for()

    assert "1990-02-03" in page.inner_text("main")
    assert "617" in page.inner_text("main")
    assert [] == said
