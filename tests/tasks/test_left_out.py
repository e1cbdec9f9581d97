"""Papers that are made without an uploaded file that cannot be read."""

from __future__ import annotations

import base64
import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from engross.documents.office import Reason
from engross.documents.pages import text_of
from engross.errors import VisitorError
from engross.library.exhibits import ALExhibit, ALExhibitList
from engross.library.files import DOCX, DAFile, DAFileList
from engross.library.uploaded import LEFT_OUT
from engross.web.forms import Upload
from tests.library.paper_doubles import at_hand, docx_template
from tests.seed.test_background_assembly import Seat
from tests.tasks.test_tasks import Refusing, settle, with_settings

EXHIBITS = """---
objects:
  - exhibits: ALExhibitDocument.using(title="Exhibits", filename="exhibits", enabled=True, include_table_of_contents=False, include_exhibit_cover_pages=False)
  - packet: ALDocumentBundle.using(elements=[petition, exhibits], title="Packet", filename="packet", enabled=True)
---
code: |
  exhibits.exhibits.ask_number = True
  exhibits.exhibits.target_number = number
  exhibits.exhibits.gather()
  has_exhibits = True
---
question: Exhibit ${ i }
fields:
  - Title: exhibits.exhibits[i].title
  - File: exhibits.exhibits[i].pages
    datatype: files
---
event: download_packet
question: Download
subquestion: |
  ${ packet.download_list_html(include_full_pdf=True) }
"""


def upload(seat: Seat, name: str, text: str) -> None:
    """Answer the screen of an exhibit with a DOCX that says *text*."""
    title, file = (field for field in seat.shown.screen.fields if field.path)
    data = docx_template(seat.folder / "uploads" / name, text).read_bytes()
    uploads = {file.key: [Upload(name=name, mimetype=DOCX, data=data)]}
    seat.shown = seat.visits.submit(seat.shown.session_id, seat.shown.screen_id, {title.key: [name]}, uploads)


def buttons(seat: Seat, css_class: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """words → (action, arguments) of the buttons of a class in the list of papers"""
    found = re.findall(rf'<a class="[^"]*{css_class}" href="([^"]*)">(.*?)</a>', seat.shown.screen.subquestion or "")
    told = {unescape(words): parse_qs(urlsplit(unescape(address)).query)["action"][0] for address, words in found}
    read = {words: json.loads(base64.urlsafe_b64decode(action + "=" * (-len(action) % 4))) for words, action in told.items()}
    return {words: (action["action"], action["arguments"]) for words, action in read.items()}


def hand_in(seat: Seat, *texts: str) -> None:
    """Upload a file for each of *texts*, as exhibits, and wait for the papers. The converter cannot read one that says *secret*."""
    seat.office = Refusing("secret", Reason.NOT_LOADABLE)
    with_settings(seat)
    seat.start(f"  client\n  number = {len(texts)}\n  has_exhibits\n  download_packet\n", EXHIBITS)
    seat.answer("Ann")
    for number, text in enumerate(texts):
        upload(seat, f"file{number}.docx", text)
    settle(seat)


@pytest.mark.slow
def test_papers_are_made_without_a_file_that_cannot_be_read(seat: Seat) -> None:
    """The exhibits hold the other file, the list says which one is missing, only what changed is made, and Undo takes it back."""
    hand_in(seat, "secret", "A receipt")
    assert "View Exhibits" not in seat.links()
    assert {"Make my papers without it: file0.docx", "Make my papers without it: file1.docx"} == set(buttons(seat, "al_leave_out"))
    petition, tries = seat.links()["View Petition"], seat.office.conversions

    seat.shown = seat.visits.act(seat.shown.session_id, *buttons(seat, "al_leave_out")["Make my papers without it: file0.docx"])
    settle(seat)
    assert "A receipt" in text_of(seat.links()["View Exhibits"])
    assert 3 == unescape(seat.shown.screen.subquestion or "").count("(without file0.docx)")
    assert petition == seat.links()["View Petition"]
    assert seat.office.conversions <= tries + 1

    seat.shown = seat.visits.back(seat.shown.session_id, seat.shown.screen_id)
    settle(seat)
    assert "View Exhibits" not in seat.links()
    assert 2 == len(buttons(seat, "al_leave_out"))


@pytest.mark.slow
def test_a_file_that_was_left_out_can_be_given_again(seat: Seat) -> None:
    """Replacing it, even with the very same bytes, counts as another file: the papers are made with it."""
    hand_in(seat, "secret", "A receipt")
    seat.shown = seat.visits.act(seat.shown.session_id, *buttons(seat, "al_leave_out")["Make my papers without it: file1.docx"])
    settle(seat)
    assert "View Exhibits" not in seat.links()
    assert {} == buttons(seat, "al_leave_out")

    seat.shown = seat.visits.act(seat.shown.session_id, *buttons(seat, "al_replace")["Replace file0.docx"])
    upload(seat, "file0.docx", "A lease")
    settle(seat)
    assert "A receipt" not in text_of(seat.links()["View Exhibits"])

    seat.shown = seat.visits.act(seat.shown.session_id, *buttons(seat, "al_replace")["Replace file1.docx"])
    upload(seat, "file1.docx", "A receipt")
    settle(seat)
    made = text_of(seat.links()["View Exhibits"])
    assert "A lease" in made and "A receipt" in made
    assert "without" not in (seat.shown.screen.subquestion or "")


def test_the_only_file_of_a_paper_cannot_be_left_out(seat: Seat) -> None:
    """Nothing would remain of the paper; the file can be replaced."""
    hand_in(seat, "secret")
    assert ["Replace file0.docx"] == list(buttons(seat, "al_replace"))
    assert {} == buttons(seat, "al_leave_out")


@pytest.mark.slow
def test_only_files_that_the_screen_offered_can_be_left_out(seat: Seat) -> None:
    """A made-up number is refused, and so is a right one once the screen does not offer it any more."""
    hand_in(seat, "secret", "A receipt")
    action, arguments = buttons(seat, "al_leave_out")["Make my papers without it: file0.docx"]
    for forged in ({"file": "0" * 32}, {**arguments, "more": 1}, {}, {"file": [arguments["file"]]}):
        with pytest.raises(VisitorError):
            seat.visits.act(seat.shown.session_id, action, forged)

    seat.shown = seat.visits.act(seat.shown.session_id, action, arguments)
    settle(seat)
    with pytest.raises(VisitorError):
        seat.visits.act(seat.shown.session_id, action, arguments)


def test_pages_of_a_file_that_was_left_out_do_not_count(tmp_path: Path) -> None:
    """The exhibits after it begin on earlier pages."""
    with at_hand(tmp_path) as visit:
        pages = [DAFile.kept(visit.files.save(name.encode(), name=name), generated=False) for name in ("a.png", "b.png", "c.png")]
        exhibits = ALExhibitList("exhibits", elements=[ALExhibit("first"), ALExhibit("second")], include_table_of_contents=False)
        exhibits[0].pages, exhibits[1].pages = DAFileList("first.pages", elements=pages[:2]), DAFileList("second.pages", elements=pages[2:])
        starts = []
        for left_out in ([], [pages[1].number]):
            visit.context.internal.misc = {LEFT_OUT: left_out}
            exhibits._update_page_numbers()
            starts.append([exhibit.start_page for exhibit in exhibits.elements])

    assert [[1, 4], [1, 3]] == starts
