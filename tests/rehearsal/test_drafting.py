"""`engross new` drafts interviews that run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engross.catalogue import Catalogue
from engross.documents import pdf as pdfs
from engross.drafting import draft_package
from engross.errors import OperatorError
from engross.language.check import check
from engross.language.interview import load
from engross.library.namespace import NAMES
from engross.rehearsal.drive import Rehearsal, stage
from engross.rehearsal.stranger import find_papers
from tests.documents.conftest import Form, plain_pdf


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """A court form with names by Assembly Line's conventions, and some by nobody's."""
    made = (
        Form()
        .text("users1_name")
        .text("users1_address_on_one_line")
        .text("users1_phone_number")
        .text("other_parties1_name_full")
        .text("hearing_date")
        .text("monthly_rent_amount")
        .text("Reason for the request (1)", height=80)
        .checkbox("has_lawyer_yes")
        .checkbox("has_lawyer_no")
        .radio("topmostSubform[0].Page1[0].Case Type[0]", "Civil", "Family")
        .choice("county", "Suffolk", "Essex")
        .text("class")
        .signature("users1_signature")
        .text("signature_date")
    )
    path = tmp_path / "Answer to a complaint.pdf"
    path.write_bytes(made.bytes())
    return path


def go_through(folder: Path, tmp_path: Path) -> tuple[Rehearsal, dict[str, bytes]]:
    """Invented answers from the first screen to the downloads; the papers by name."""
    catalogue = Catalogue([str(folder)])
    (served,) = catalogue.served()
    with stage(tmp_path / "data", catalogue.interviews) as on:
        course = find_papers(on, served.reference, tries=3, seconds=120)
        papers = {paper.name: on.store.files.read(course.session_id, paper.file.id) for paper in course.papers}
    return course, papers


def test_fields_become_questions_by_their_names_and_kinds(form: Path, tmp_path: Path) -> None:
    """Each field of the form is asked for as what it is."""
    text = draft_package(tmp_path / "answer", pdf=form).read_text()

    assert "users[0].name_fields()" in text
    assert "users[0].address_fields()" in text
    assert re.search(r"Hearing date: hearing_date\n +datatype: date", text)
    assert re.search(r"monthly_rent_amount\n +datatype: currency", text)
    assert re.search(r"reason_for_the_request_1\n +input type: area", text)
    assert 1 == len(re.findall(r"has_lawyer\n +datatype: yesnoradio", text))
    assert re.search(r"case_type\n +input type: radio\n +choices:\n +- Civil: Civil", text)
    assert "class_answer" in text


def test_a_draft_has_no_errors(form: Path, tmp_path: Path) -> None:
    """`engross check` finds nothing."""
    file = draft_package(tmp_path / "answer", pdf=form)
    catalogue = Catalogue([str(tmp_path / "answer")])
    (served,) = catalogue.served()

    assert file.exists()
    assert [] == [str(notice) for notice in check(load(served.reference), library_names=NAMES)]


def test_a_draft_from_a_pdf_reaches_its_downloads(form: Path, tmp_path: Path) -> None:
    """The form comes back filled in."""
    draft_package(tmp_path / "answer", title="Answer", pdf=form)
    course, papers = go_through(tmp_path / "answer", tmp_path)

    assert course.obstacle is None
    filled = {field.name: field.value for name, data in papers.items() if name.endswith(".pdf") for field in pdfs.fields(data)}
    assert filled["users1_name"].startswith("Alex")
    assert filled["monthly_rent_amount"].startswith("$")
    assert ("Yes", "Off") == (filled["has_lawyer_yes"], filled["has_lawyer_no"])


@pytest.mark.office
def test_a_draft_from_scratch_reaches_its_downloads(tmp_path: Path) -> None:
    """With a letter in Word."""
    draft_package(tmp_path / "letter", title="A letter")
    course, papers = go_through(tmp_path / "letter", tmp_path)

    assert course.obstacle is None
    assert any(name.endswith(".pdf") and data.startswith(b"%PDF") for name, data in papers.items())


def test_a_pdf_without_fields_is_refused(tmp_path: Path) -> None:
    """With a sentence that says what to do."""
    path = tmp_path / "plain.pdf"
    path.write_bytes(plain_pdf())
    with pytest.raises(OperatorError, match="has no form fields"):
        draft_package(tmp_path / "plain", pdf=path)
