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


@pytest.fixture
def signed_by_two(tmp_path: Path) -> Path:
    """A form whose name begins with a number, with a title, words for people who cannot see it, and a second person who signs."""
    import pikepdf

    made = Form().text("users1_name").text("users2_name").signature("users2_petition_signature").text("Text4").text("users2_former_name").text("other_requests")
    path = tmp_path / "2638.pdf"
    path.write_bytes(made.bytes())
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.docinfo["/Title"] = "Agreement of two people"
        for one in pdf.Root.AcroForm.Fields:
            if str(one.T) == "Text4":
                one.TU = pikepdf.String("Enter here the name of the court: ")
        pdf.save(path)
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


def test_a_draft_says_what_the_form_says_of_itself(signed_by_two: Path, tmp_path: Path) -> None:
    """Its title, its fields' words for people who cannot see them, and whose a field is."""
    text = draft_package(tmp_path / "agreement", pdf=signed_by_two).read_text()

    assert "title: Agreement of two people" in text
    assert "  - The name of the court: text4" in text
    assert "User 2’s former name" in text and re.search(r"other_requests\n +required: False", text)


def test_a_date_is_written_with_numbers_where_its_month_does_not_fit(tmp_path: Path) -> None:
    """And one letter of a middle name where the form has room for one."""
    path = tmp_path / "narrow.pdf"
    path.write_bytes(Form().text("hearing_date", width=200).text("filing_date", MaxLen=10).text("users1_name_middle", MaxLen=1).bytes())
    text = draft_package(tmp_path / "narrow", pdf=path).read_text()

    assert '"hearing_date": ${ hearing_date }' in text
    assert "filing_date.format('M/d/yyyy')" in text and "users[0].name.middle_initial(with_period=False)" in text


def test_each_signs_for_themselves(signed_by_two: Path, tmp_path: Path) -> None:
    """The second person's signature is asked of the second person; also when the form's name is a number."""
    file = draft_package(tmp_path / "agreement", pdf=signed_by_two)
    course, papers = go_through(tmp_path / "agreement", tmp_path)

    assert "signature: users[1].signature" in file.read_text()
    assert course.obstacle is None
    assert "form_2638.pdf" in papers


def test_the_review_of_a_draft_shows_what_was_answered(form: Path, tmp_path: Path) -> None:
    """And not only which question it was."""
    draft_package(tmp_path / "answer", pdf=form)
    course, _ = go_through(tmp_path / "answer", tmp_path)
    review = next(screen for screen in course.screens if screen.question.strip() == "Check your answers")
    words = " ".join(str(line.button) + str(line.label) for line in review.review)

    assert "Alvarez" in words and "Has lawyer: Yes" in words and "$1" in words


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
