"""What the published AssemblyLine does here, for a process that has it. ``test_with_published.py`` starts that process."""

from __future__ import annotations

import inspect
import re

import pytest

from engross.visit import Visits
from tests.library.paper_doubles import docx_template
from tests.visit.conftest import Bench, bench
from tests.visit.test_papers import INTERVIEW, Stubborn, shown_after_work

__all__ = ["bench"]

PUBLISHED = INTERVIEW.replace("modules:\n  - engross.library.bundles", "include:\n  - docassemble.AssemblyLine:assembly_line.yml", 1)
IN_BACKGROUND = PUBLISHED.replace(
    "mandatory: True\nquestion: Done",
    "mandatory: True\ncode: |\n  if not papers.generate_downloads_task.ready():\n    al_download_waiting_screen\n"
    "---\nmandatory: True\nquestion: Done",
).replace("download_list_html(", "download_list_html(use_previously_cached_files=True, ")
BUTTON = re.compile(r"\b(al_view|al_download|al_zip|al_full_pdf) al_button")


@pytest.fixture
def office(bench: Bench) -> Stubborn:
    """As in ``tests.visit.test_papers``: one paper cannot be converted, one cannot be filled."""
    made = Stubborn()
    bench.visits = Visits(bench.store, bench.store.settings, office=made)
    folder = bench.folder / "data" / "templates"
    for name, text in (("letter", "Dear court"), ("order", "An unreadable order"), ("notice", "A notice to {{ nobody_defines_this }}")):
        docx_template(folder / f"{name}.docx", text)
    return made


def test_it_is_the_published_package() -> None:
    """Its classes are not ours."""
    from docassemble.AssemblyLine.al_document import ALDocumentBundle

    assert "assembly_line" not in inspect.getfile(ALDocumentBundle)


@pytest.mark.parametrize("text", [PUBLISHED, IN_BACKGROUND], ids=["on the screen", "in the background"])
def test_a_bad_paper_leaves_the_others_on_offer(bench: Bench, office: Stubborn, text: str) -> None:
    """One cannot be converted and one cannot be filled; the third and a ZIP of it are offered."""
    html = shown_after_work(bench, text)

    assert 2 == html.count("This paper could not be made.")
    assert "(without The order, The notice)" in html and "a paper is missing: The order, The notice" in html
    assert ["al_view", "al_download", "al_zip"] == BUTTON.findall(html)
    assert "nobody_defines_this" not in html and "Error" not in html
