"""Answer sets from the menu of our own Assembly Line package, and answers as JSON; the published one: ``inside_published.py``."""

from __future__ import annotations

import json
import re

import pytest

from engross.context import Person
from engross.engine.screen import to_data
from engross.packages import StandIn
from engross.rehearsal.samples import SampleFile
from engross.visit import offered_actions
from tests.packages.inside_published import (
    FORM,
    acknowledge,
    ann,
    begun,
    bench,
    finished,
    follow,
    saved_loaded_and_deleted,
)
from tests.visit.conftest import Bench

__all__ = ["ann", "bench"]
pytestmark = pytest.mark.skipif(
    StandIn().find_spec("docassemble.AssemblyLine.sessions") is None, reason="the published package is installed, so it is used"
)
EXPORTS = FORM.replace("pays ${ rent }", "pays ${ rent }\n  ${ al_export_answers_link }")


def test_an_answer_set_is_saved_loaded_and_deleted(bench: Bench, ann: Person) -> None:
    """By who is signed in; another session of the same person goes on with its answers."""
    saved, listed, loaded, ended, emptied = saved_loaded_and_deleted(bench, ann)

    assert "Your answers are saved" == saved
    assert "<i>" not in listed and "A form" in listed
    assert "This form now has these answers" == loaded
    assert "Ann &#38; &#60;b&#62;Bo&#60;/b&#62; Lee pays 900" == ended
    assert "You have no saved answers yet" in emptied


def test_nothing_is_saved_for_who_is_not_signed_in(bench: Bench, ann: Person) -> None:
    """The screens say what to do; the form's own answers stay."""
    begun(bench, None)
    offered = follow(bench, "al_sessions_snapshot_label")
    saved = bench.post({bench.field("al_sessions_snapshot_label").key: ["My set"]})

    assert "please [sign in]" in str(offered.screen.subquestion)
    assert "Your answers were not saved for other forms" == saved.screen.question
    assert [] == bench.store.sessions.of_person(ann.id or 0)


def test_answers_leave_and_come_back_as_json(bench: Bench, ann: Person) -> None:
    """The file names people by the published classes, so that docassemble's servers read it, too."""
    bench.shown = bench.visits.start(bench.write(EXPORTS, "exports.yml"))
    bench.post({bench.field("users[0].name.first").key: ["Ann & <b>Bo</b>"], bench.field("users[0].name.last").key: ["Lee"]})
    (file_id,) = re.findall(r"/files/([0-9a-f]{32})", finished(bench))
    data = bench.store.files.read(bench.shown.session_id, file_id)
    bench.shown = bench.visits.start(bench.write(FORM))
    follow(bench, "al_sessions_json_file")
    loaded = bench.post({}, **{bench.field("al_sessions_json_file").key: [SampleFile("set.json", "application/json", data)]})
    acknowledge(bench)

    assert "docassemble.AssemblyLine.al_general.ALPeopleList" == json.loads(data)["users"]["_class"]
    assert "This form now has these answers" == loaded.screen.question
    assert bench.shown is not None
    assert "Ann &#38; &#60;b&#62;Bo&#60;/b&#62; Lee pays 900" == str(bench.shown.screen.subquestion).strip()


def test_what_is_no_json_is_told(bench: Bench, ann: Person) -> None:
    """Beside the field; nothing changes."""
    bench.shown = bench.visits.start(bench.write(FORM))
    follow(bench, "al_sessions_json_file")
    shown = bench.post({}, **{bench.field("al_sessions_json_file").key: [SampleFile("set.json", "application/json", b"{broken")]})

    assert ["This is not JSON."] == list(shown.errors.values())


def test_the_menu_offers_nothing_by_itself(bench: Bench) -> None:
    """Answer sets are there only where the operator's configuration says so."""
    bench.shown = bench.visits.start(bench.write(FORM))

    assert [] == [one for one in offered_actions(to_data(bench.shown.screen)) if "al_" in one]
