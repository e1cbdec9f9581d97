"""What the published AssemblyLine does here, for a process that has it. ``test_with_published.py`` starts that process."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import pytest

from engross.context import Person
from engross.engine.screen import to_data
from engross.rehearsal.samples import SampleFile
from engross.settings import Settings
from engross.visit import Shown, Visits, offered_actions
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


# ----------------------------------------------------------------------------------------------- what the menu offers

FORM = """
include:
  - docassemble.AssemblyLine:assembly_line.yml
---
metadata:
  title: A form
---
objects:
  - users: ALPeopleList.using(there_are_any=True, ask_number=True, target_number=1)
---
question: Your name?
fields:
  - First: users[0].name.first
  - Last: users[0].name.last
---
question: Your rent?
fields:
  - Rent: rent
---
mandatory: True
code: |
  users[0].name.first
  rent
---
mandatory: True
question: Done
subquestion: |
  ${ users[0] } pays ${ rent }
"""
ANSWER_SETS = {"assembly line": {"enable answer sets": True, "enable answer set imports": True}}


PARITY = """
include:
  - docassemble.AssemblyLine:assembly_line.yml
---
objects:
  - the_doc: ALDocument.using(title="The document", filename="the_document", enabled=True, has_addendum=False)
  - twice: ALDocumentBundle.using(title="Twice", filename="twice", elements=[the_doc, the_doc], enabled=True)
---
attachment:
  variable name: the_doc[i]
  content: |
    Test content
---
mandatory: True
question: Done
subquestion: |
  ${ twice.as_pdf(ensure_parity="odd").num_pages() } and ${ twice.as_pdf(ensure_parity="odd", refresh=False).num_pages() } pages
"""


def test_the_blank_page_that_makes_a_joined_paper_odd_is_in_it(bench: Bench, office: Stubborn) -> None:
    """AssemblyLine adds it to the file of a paper that is made in the background: two pages become three, each time it is asked for."""
    assert "3 and 3 pages" == shown_after_work(bench, PARITY)


@pytest.fixture
def ann(bench: Bench) -> Person:
    """Somebody with an account, where the operator offers answer sets."""
    settings = Settings(data_folder=bench.store.settings.data_folder, screen_wait_seconds=0, config=ANSWER_SETS)
    bench.visits = Visits(bench.store, settings)
    bench.store.people.prepare()
    return bench.store.people.with_password("ann@example.org", "hash").person


def begun(bench: Bench, person: Person | None) -> Shown:
    """A session with a name that needs care."""
    bench.shown = bench.visits.start(bench.write(FORM), person=person)
    return bench.post({bench.field("users[0].name.first").key: ["Ann & <b>Bo</b>"], bench.field("users[0].name.last").key: ["Lee"]})


def follow(bench: Bench, part: str) -> Shown:
    """The first link or menu item of the screen in whose action *part* stands."""
    assert bench.shown is not None
    offered = map(json.loads, offered_actions(to_data(bench.shown.screen)))
    action, arguments = next(one for one in offered if part in json.dumps(one))
    bench.shown = bench.visits.act(bench.shown.session_id, action, arguments)
    return bench.shown


def acknowledge(bench: Bench) -> Shown:
    """Press the only button."""
    assert bench.shown is not None
    return bench.post({entry.key: ["True"] for entry in bench.shown.screen.fields})


def finished(bench: Bench) -> str:
    """The last screen's words, after the rent."""
    bench.post({bench.field("rent").key: ["900"]})
    assert bench.shown is not None
    return str(bench.shown.screen.subquestion).strip()


def saved_loaded_and_deleted(bench: Bench, ann: Person) -> tuple[str, str, str, str, str]:
    """What is read while an answer set is saved in one session, listed and loaded in another of the same person, which goes to its
    end, and deleted: (question, list, question, last screen, list)."""
    begun(bench, ann)
    follow(bench, "al_sessions_snapshot_label")
    saved = bench.post({bench.field("al_sessions_snapshot_label").key: ["My <i>set</i>"]})
    bench.shown = bench.visits.start(bench.write(FORM), person=ann)
    listed = str(follow(bench, "al_load_saved_session").screen.subquestion)
    loaded = follow(bench, "al_sessions_fast_forward_session")
    acknowledge(bench)
    ended = finished(bench)
    follow(bench, "al_load_saved_session")
    follow(bench, "al_sessions_delete_session")
    emptied = str(follow(bench, "al_load_saved_session").screen.subquestion)
    return str(saved.screen.question), listed, str(loaded.screen.question), ended, emptied


def test_an_answer_set_is_saved_loaded_and_deleted(bench: Bench, ann: Person) -> None:
    """From the menu; another session of the same person goes on with its answers."""
    saved, listed, loaded, ended, emptied = saved_loaded_and_deleted(bench, ann)

    assert "Your answer set was successfully saved" in saved
    assert "<i>" not in listed and "&#60;i&#62;set" in listed
    assert "Your answer set was loaded" in loaded
    assert "Ann &#38; &#60;b&#62;Bo&#60;/b&#62; Lee pays 900" == ended
    assert "You haven't created any answer sets yet" in emptied


def test_answer_sets_need_somebody_who_is_signed_in(bench: Bench, ann: Person) -> None:
    """AssemblyLine says so, and the way to sign in leads to a page of ours."""
    begun(bench, None)
    shown = follow(bench, "al_load_saved_session")

    assert "You need to be signed in to load an answer set" in str(shown.screen.subquestion)
    assert "signin" in follow(bench, '"signin"').screen.kind


def test_answers_leave_and_come_back_as_json(bench: Bench, ann: Person) -> None:
    """What "Share" exports, "Import answer set" takes, without signing in; names are AssemblyLine's people again."""
    begun(bench, None)
    notes = " ".join(str(entry.note or entry.html) for entry in follow(bench, "al_share_form_screen").screen.fields)
    (file_id,) = re.findall(r"/files/([0-9a-f]{32})", notes)
    assert bench.shown is not None
    data = bench.store.files.read(bench.shown.session_id, file_id)
    people: Any = json.loads(data)["users"]
    bench.shown = bench.visits.start(bench.write(FORM))
    follow(bench, "al_sessions_json_file")
    loaded = bench.post({}, **{bench.field("al_sessions_json_file").key: [SampleFile("set.json", "application/json", data)]})
    acknowledge(bench)

    assert ("docassemble.AssemblyLine.al_general.ALPeopleList", "Ann & <b>Bo</b>") == (people["_class"], people["elements"][0]["name"]["first"])
    assert "Your answer set was loaded" in str(loaded.screen.question)
    assert "Ann &#38; &#60;b&#62;Bo&#60;/b&#62; Lee pays 900" == finished(bench)
