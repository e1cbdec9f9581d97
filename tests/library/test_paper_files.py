"""DAFile and its kin: kept and planned files, joining, zipping, names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engross.context import AssemblyPending
from engross.documents import plan
from engross.errors import DocumentError, OperatorError
from engross.library import files
from engross.library.files import DAFile, DAFileCollection, DAFileList, DAStaticFile
from tests.library.paper_doubles import at_hand


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Any]:
    with at_hand(tmp_path) as hand:
        yield hand


def upload(visit: Any, name: str, data: bytes = b"%PDF-1.7") -> DAFile:
    """A file that a visitor brought."""
    return DAFile.kept(visit.files.save(data, name=name), name="upload", generated=False)


def test_written_text_is_read_back(visit: Any) -> None:
    """What an interview writes into a new file is what it reads from it."""
    note = DAFile("note")
    note.initialize(filename="note.txt")
    note.write("Grüße\n")

    assert ("Grüße\n", ["Grüße\n"], 8) == (note.slurp(), note.readlines(), note.size_in_bytes())


def test_bytes_written_to_the_path_are_kept(visit: Any) -> None:
    """Code may write to ``path()`` and call ``commit()``, as docassemble's documentation shows."""
    note = DAFile("note")
    note.initialize(filename="data.csv")
    Path(note.path()).write_text("a,b\n")
    note.commit()

    assert "a,b\n" == note.slurp()


def test_where_the_copy_is_stays_out_of_the_answers(visit: Any) -> None:
    """``file_info`` names this visit's copy, and a look at the file leaves the answers as they were."""
    pdf = upload(visit, "letter.pdf")
    before = dict(vars(pdf))

    assert b"%PDF-1.7" == Path(pdf.file_info["fullpath"]).read_bytes()
    assert before == vars(pdf)


def test_a_changed_copy_is_kept_without_commit(visit: Any) -> None:
    """Published code changes the file at ``path()`` and goes on; the change is in the next link."""
    pdf = upload(visit, "letter.pdf")
    before = pdf.number
    Path(pdf.path()).write_bytes(b"%PDF-1.7 and a blank page")

    assert pdf.url_for() != f"/files/{before}/letter.pdf"
    assert b"%PDF-1.7 and a blank page" == pdf.slurp()


def test_joining_costs_nothing_until_it_is_looked_at(visit: Any) -> None:
    """pdf_concatenate makes a plan; the first use of its bytes makes the file."""
    joined = files.pdf_concatenate(upload(visit, "a.pdf"), [upload(visit, "b.docx", b"docx")], filename="both.pdf")

    assert 0 == visit.mill.count
    assert "/files/" in joined.url_for()
    assert 2 == visit.mill.count  # b.docx to PDF, and the two joined


def test_files_that_are_needed_together_are_made_together(visit: Any) -> None:
    """make() asks for all files at once, and what they share is made once."""
    letter = files.pdf_concatenate(upload(visit, "letter.docx", b"docx"), filename="letter.pdf")
    whole = files.pdf_concatenate(letter, upload(visit, "b.pdf"), filename="whole.pdf")
    archive = files.zip_file(letter, whole, filename="all.zip")
    files.make([letter, whole, archive])

    assert (1, 3) == (len(visit.mill.requests), visit.mill.count)


def test_on_a_screen_assembly_is_left_to_a_job(visit: Any) -> None:
    """A link to a paper that does not exist yet raises AssemblyPending, which no ``except Exception`` swallows."""
    visit.mill.waits = True
    joined = files.pdf_concatenate(upload(visit, "a.docx", b"docx"))
    with pytest.raises(AssemblyPending) as pending:
        joined.url_for()

    assert not isinstance(pending.value, Exception)
    assert joined.is_planned


def test_a_plan_survives_being_data(visit: Any) -> None:
    """What lies in the answers gives the same node, so the same content key."""
    joined = files.pdf_concatenate(upload(visit, "a.pdf"), upload(visit, "b.pdf"), filename="both.pdf")
    data = plan.to_data(joined.node())

    assert joined.node().key == plan.node_from_data(data).key


def test_uploads_are_foreign(visit: Any) -> None:
    """A visitor's file is marked, so that it is parsed only where it can do no harm."""
    node = upload(visit, "a.pdf").node()

    assert isinstance(node, plan.Bytes)
    assert node.foreign


def test_same_names_in_an_archive_are_told_apart(visit: Any) -> None:
    """No file of an archive replaces another."""
    archive = files.zip_file(upload(visit, "a.pdf"), upload(visit, "a.pdf", b"other"), {"more": [upload(visit, "a.pdf")]})
    node = archive.node()

    assert isinstance(node, plan.Zip)
    assert ["a_1.pdf", "a_2.pdf", "more/a.pdf"] == [name for name, _ in node.entries]


@given(st.lists(st.sampled_from(["a.pdf", "a_1.pdf", "a_2.pdf", "b"]), max_size=8))
def test_archive_names_are_distinct(names: list[str]) -> None:
    """Whatever the names, as many different ones come out."""
    distinct = files._distinct(names)

    assert len(names) == len(set(distinct))


@given(st.text(max_size=400))
def test_file_names_are_safe(name: str) -> None:
    """No name leads out of its folder, holds control characters, or is too long for a file system."""
    safe = files.safe_name(name)

    assert "/" not in safe and "\\" not in safe and ".." != safe
    assert not any(ord(letter) < 32 for letter in safe)
    assert len(safe.encode()) <= 255


def test_unicode_stays_in_file_names(visit: Any) -> None:
    """Names in other scripts are kept."""
    assert "Petición №5.pdf" == files.safe_name("C:\\papers\\Petición  №5.pdf")


def test_a_joined_file_is_never_called_file_pdf(visit: Any) -> None:
    """Without a name given, a joined file is called after its first part."""
    assert "letter.pdf" == files.pdf_concatenate(upload(visit, "letter.docx", b"d"), upload(visit, "b.pdf")).filename


def test_a_collection_gives_the_format_that_is_needed(visit: Any) -> None:
    """Joining PDFs takes a collection's PDF, joining DOCX files its DOCX."""
    both = DAFileCollection("both")
    both.pdf = upload(visit, "p.pdf")
    both.docx = upload(visit, "d.docx", b"docx")

    assert both.pdf.node() == files.pdf_concatenate(both).node()
    assert both.docx.node() == files.docx_concatenate(both).node()


def test_joining_docx_refuses_other_files(visit: Any) -> None:
    """A PDF among the DOCX files is named."""
    with pytest.raises(DocumentError, match=r"p\.pdf"):
        files.docx_concatenate(upload(visit, "p.pdf"))


def test_pages_and_numbers_are_planned(visit: Any) -> None:
    """extract_pages and bates_number extend the plan."""
    some = upload(visit, "a.pdf").extract_pages(2, 3)
    some.bates_number(prefix="EX-", start=4, digits=3)
    node = some.node()

    assert isinstance(node, plan.Numbered)
    assert ("EX-", 4, 3) == (node.prefix, node.first, node.digits)
    assert isinstance(node.source, plan.Pages)


def test_passwords_in_each_form(visit: Any) -> None:
    """A password is a text, a list of owner and user password, or a dictionary."""
    joined = files.pdf_concatenate(upload(visit, "a.pdf"), password={"owner": "o", "user": "u"})
    node = joined.node()

    assert isinstance(node, plan.Merged)
    assert ("o", "u") == (node.owner_password, node.password)


def test_downloading_is_refused_without_the_operators_word(visit: Any) -> None:
    """from_url names the setting that would allow it."""
    with pytest.raises(OperatorError, match="allow downloads from"):
        DAFile("got").from_url("https://example.org/a.pdf")


def test_a_list_of_files_shows_them_all(visit: Any) -> None:
    """The text of a DAFileList holds the mark of each file."""
    several = DAFileList("several", elements=[upload(visit, "a.png", b"1"), upload(visit, "b.png", b"2")])

    assert [f"[FILE {item.number}, None, None]" for item in several.elements] == str(several).replace("] [", "]\n[").split("\n")


def test_a_static_file_that_is_missing_is_named(visit: Any) -> None:
    """The error says which file of which package."""
    with pytest.raises(DocumentError, match=r"no-such\.pdf"):
        DAStaticFile(filename="no-such.pdf").path()


def test_a_task_hands_over_files_that_exist(visit: Any) -> None:
    """make_all finds planned files in nested answers."""
    joined = files.pdf_concatenate(upload(visit, "a.docx", b"docx"))
    files.make_all([{"title": "x", "pdf": joined}, None])

    assert not joined.is_planned


def test_a_link_names_the_kind_of_file_it_leads_to(visit: Any) -> None:
    """Whatever name a link is given, a PDF is saved as a PDF and a JPEG as ``.jpg`` or ``.jpeg``."""
    assert upload(visit, "letter.pdf").url_for(display_filename="letter.docx").endswith("letter.pdf")
    assert upload(visit, "photo.jpg", b"jpeg").url_for(display_filename="photo.jpeg").endswith("photo.jpeg")


def test_a_copy_that_went_with_its_visit_is_no_change(visit: Any) -> None:
    """The local copy lasts as long as its visit; a later visit makes its own and reads the kept bytes."""
    pdf = upload(visit, "letter.pdf")
    number = pdf.number
    Path(pdf.path()).unlink()

    assert b"%PDF-1.7" == pdf.slurp()
    assert number == pdf.number
