"""Attachment blocks: answers into templates, through the engine and the real assembly (without LibreOffice)."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from engross.documents.pages import text_of
from engross.errors import AuthorError, DocumentError
from tests.library.paper_doubles import Desk, docx_template, docx_text, form_template


def desk(tmp_path: Path, yaml: str) -> Desk:
    """An interview with ``letter.docx`` and ``form.pdf`` beside it."""
    docx_template(tmp_path / "data/templates/letter.docx", "Dear {{ name }},", "you owe {{ amount }}.")
    form_template(tmp_path / "data/templates/form.pdf", ("name", "amount"), ("agree", "refuse"))
    return Desk(tmp_path, yaml)


END = """
---
mandatory: True
code: |
  need_letter
  last_screen
---
event: last_screen
question: Done
"""


def fields(data: bytes) -> dict[str, str]:
    """name → value of a form's fields."""
    import io

    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {str(item.T): str(item.get("/V", "")) for item in pdf.Root.AcroForm.Fields}


@pytest.mark.parametrize(("filename", "name"), [("hearing", "hearing.ics"), ("hearing.txt", "hearing.txt")])
def test_a_file_that_is_raw_is_made_as_it_is_written(tmp_path: Path, filename: str, name: str) -> None:
    """Its answers are in it, it has its template's ending if its name has none, nothing is taken for Markdown, and no PDF is made of it."""
    (tmp_path / "data/templates").mkdir(parents=True)
    (tmp_path / "data/templates/hearing.ics").write_text("BEGIN:VEVENT\nSUMMARY:*Hearing* of ${ name }\nEND:VEVENT\n")
    at = desk(
        tmp_path,
        f"""
code: |
  need_letter = hearing.raw
---
code: |
  name = "Ann_A_Ash & Bob"
---
attachment:
  name: The hearing
  filename: {filename}
  variable name: hearing
  content file: hearing.ics
  raw: True
"""
        + END,
    )
    at.screen()

    assert name == at.evaluate("hearing.raw.filename")
    assert "BEGIN:VEVENT\nSUMMARY:*Hearing* of Ann_A_Ash & Bob\nEND:VEVENT" == at.evaluate("hearing.raw.slurp()").rstrip()
    assert 0 == at.press.office.conversions


@pytest.mark.parametrize(("form", "option"), [("md", "valid formats: md"), ("raw", "raw: True"), ("docx", "valid formats: docx")])
def test_what_is_redacted_is_in_no_file_made_of_text(tmp_path: Path, form: str, option: str) -> None:
    """Black blocks stand there; the words themselves are not even hidden in the file."""
    (tmp_path / "data/templates").mkdir(parents=True)
    (tmp_path / "data/templates/account.txt").write_text("Account ${ redact(account) } of Ann.")
    at = desk(
        tmp_path,
        f"""
code: |
  need_letter = letter.{form}
---
code: |
  account = "4711 Elm"
---
attachment:
  name: Letter
  filename: letter.txt
  variable name: letter
  {option}
  content file: account.txt
"""
        + END,
    )
    at.screen()
    data = at.evaluate(f"letter.{form}.slurp(auto_decode=False)")
    text = docx_text(data) if form == "docx" else data.decode()

    assert "Account ████\u200b███ of Ann." in text
    assert "4711" not in text
    assert "REDACTION" not in text


def test_a_docx_is_filled_and_read_back(tmp_path: Path) -> None:
    """The variable becomes a collection of a DOCX that exists and a PDF that is made when needed."""
    at = desk(
        tmp_path,
        """
code: |
  need_letter = letter.docx
---
code: |
  name = "Ann & Bob {{ x }}"
  amount = 3.5
---
attachment:
  name: A letter
  filename: my letter
  variable name: letter
  docx template file: letter.docx
"""
        + END,
    )
    at.screen()

    assert "Dear Ann & Bob {{ x }},\nyou owe 3.5." == docx_text(at.evaluate("letter.docx.slurp()"))
    assert 0 == at.press.office.conversions
    assert ("my letter.docx", "my letter.pdf") == (at.evaluate("letter.docx.filename"), at.evaluate("letter.pdf.filename"))
    assert "Dear Ann & Bob" in text_of(at.evaluate("letter.pdf.slurp()"))
    assert 1 == at.press.office.conversions


def test_a_name_the_template_needs_is_asked_for(tmp_path: Path) -> None:
    """An undefined name in a DOCX template brings up its question."""
    at = desk(
        tmp_path,
        """
code: |
  need_letter = letter.docx
---
code: amount = 1
---
question: Who are you?
fields:
  - Name: name
---
attachment:
  variable name: letter
  docx template file: letter.docx
"""
        + END,
    )

    assert "Who are you?" == at.screen().question


def test_skip_undefined_prints_nothing_for_what_is_missing(tmp_path: Path) -> None:
    """With ``skip undefined`` the paper is made without the answer, in DOCX and in PDF."""
    at = desk(
        tmp_path,
        """
code: |
  amount = 1
  need_letter = (letter.docx, form.pdf)
---
question: Who are you?
fields:
  - Name: name
---
attachments:
  - variable name: letter
    skip undefined: True
    docx template file: letter.docx
  - variable name: form
    skip undefined: True
    pdf template file: form.pdf
    fields:
      - name: ${ name }
      - amount: ${ amount }
"""
        + END,
    )
    at.screen()

    assert "Dear ,\nyou owe 1." == docx_text(at.evaluate("letter.docx.slurp()"))
    assert ("", "1") == tuple(fields(at.evaluate("form.pdf.slurp()"))[key] for key in ("name", "amount"))


def test_a_form_is_filled_from_text_code_and_truth(tmp_path: Path) -> None:
    """Values print as docassemble prints them: truth ticks a box, ``decimal places`` rounds values of code, marks become breaks."""
    at = desk(
        tmp_path,
        """
code: |
  need_letter = form.pdf
---
code: |
  wants = True
  owed = 12.3456
---
attachment:
  variable name: form
  pdf template file: form.pdf
  decimal places: 2
  fields:
    name: One[BR]Two
    agree: ${ wants }
    refuse: ${ not wants }
  field code:
    amount: owed
"""
        + END,
    )
    at.screen()

    assert {"name": "One\nTwo", "amount": "12.35", "agree": "/On", "refuse": "/Off"} == {
        name: value.replace("\r", "\n") for name, value in fields(at.evaluate("form.pdf.slurp()")).items()
    }


def test_a_flat_form_has_no_fields(tmp_path: Path) -> None:
    """``editable: False`` turns fields into print."""
    at = desk(
        tmp_path,
        """
code: |
  need_letter = form.pdf
---
attachment:
  variable name: form
  pdf template file: form.pdf
  editable: False
  fields:
    - name: Ann
"""
        + END,
    )
    at.screen()
    data = at.evaluate("form.pdf.slurp()")

    assert "Ann" in text_of(data)
    assert not at.evaluate("form.pdf.uses_acroform()")


def test_a_missing_template_is_named_with_file_line_and_the_nearest(tmp_path: Path) -> None:
    """The author reads which template, where it is asked for, and which one was probably meant."""
    at = desk(
        tmp_path,
        """
code: |
  need_letter = letter.docx
---
attachment:
  variable name: letter
  docx template file: leter.docx
"""
        + END,
    )
    with pytest.raises(DocumentError) as error:
        at.screen()

    assert "interview.yml, line 6" in str(error.value)
    assert "`leter.docx`" in str(error.value)
    assert "Did you mean `letter.docx`?" in str(error.value)


def test_a_mistake_in_a_template_names_the_paragraph(tmp_path: Path) -> None:
    """A Jinja error says in which words of the template it is."""
    docx_template(tmp_path / "data/templates/bad.docx", "All well.", "The sum is {{ 1 / 0 }} dollars")
    at = desk(
        tmp_path,
        """
code: |
  need_letter = letter.docx
---
attachment:
  variable name: letter
  docx template file: bad.docx
"""
        + END,
    )
    with pytest.raises(AuthorError) as error:
        at.screen()

    assert "The sum is {{ 1 / 0 }} dollars" in str(error.value)


def test_an_unknown_field_is_a_note_for_the_author(tmp_path: Path) -> None:
    """A field that the form does not have is passed over, as in docassemble, and the author is told the nearest."""
    at = desk(
        tmp_path,
        """
code: |
  need_letter = form.pdf
---
attachment:
  variable name: form
  pdf template file: form.pdf
  fields:
    - nane: Ann
"""
        + END,
    )
    at.screen()

    assert any("has no field `nane`. Did you mean `name`?" in note for note in at.context.screen["notices"])


def test_versions_of_a_paper_share_a_block(tmp_path: Path) -> None:
    """``my_doc[i]`` fills the version that is asked for; i is its key."""
    docx_template(tmp_path / "data/templates/signed.docx", "{% if i == 'final' %}Signed{% else %}Unsigned{% endif %}")
    at = desk(
        tmp_path,
        """
objects:
  - my_doc: ALDocument.using(title="Mine", filename="mine", enabled=True)
  - al_user_bundle: ALDocumentBundle.using(elements=[my_doc], title="All", filename="all", enabled=True)
---
include:
  - docassemble.AssemblyLine:al_document.yml
---
code: |
  need_letter = (my_doc.as_pdf(), my_doc.as_pdf(key="preview"))
---
attachment:
  variable name: my_doc[i]
  docx template file: signed.docx
"""
        + END,
    )
    at.screen()

    assert "Signed" in text_of(at.evaluate("my_doc.as_pdf().slurp()"))
    assert "Unsigned" in text_of(at.evaluate("my_doc.as_pdf(key='preview').slurp()"))


def test_text_becomes_pdf_and_rtf(tmp_path: Path) -> None:
    """``content`` is Markdown; its paper comes in the formats asked for."""
    at = desk(
        tmp_path,
        """
code: |
  need_letter = letter.pdf
---
attachment:
  name: Note
  variable name: letter
  valid formats:
    - pdf
    - docx
  content: |
    # A heading

    Some **bold** words, *${ 1 + 1 }*.
"""
        + END,
    )
    at.screen()

    assert "Some bold words, 2." in docx_text(at.evaluate("letter.docx.slurp()"))
    assert "A heading" in text_of(at.evaluate("letter.pdf.slurp()"))
    assert at.evaluate("letter.content").startswith("# A heading")


def test_the_same_answers_make_the_same_paper(tmp_path: Path) -> None:
    """Filling a template again costs no conversion when nothing changed."""
    yaml = (
        """
code: |
  need_letter = letter.pdf.slurp()
---
code: |
  name = "Ann"
  amount = 1
---
attachment:
  variable name: letter
  docx template file: letter.docx
"""
        + END
    )
    at = desk(tmp_path, yaml)
    at.screen()
    at.answers.namespace.pop("letter")
    at.answers.namespace.pop("need_letter")
    at.answers.answered.clear()
    at.screen()

    assert 1 == at.press.office.conversions


def test_an_address_block_stands_in_lines(tmp_path: Path) -> None:
    """``block()`` of an address gives one line under the other, with nothing of Word's own markup to be seen."""
    docx_template(tmp_path / "data/templates/block.docx", "{{ home.block() }}", "{{ typed }}")
    at = desk(
        tmp_path,
        """
objects:
  - home: Address
---
code: |
  home.address = "1 <Main> St"
  home.city = "Boston"
  home.state = "MA"
  home.zip = "02114"
  typed = "<w:br/> & </w:t>"
  need_letter = letter.docx
---
attachment:
  variable name: letter
  docx template file: block.docx
"""
        + END,
    )
    at.screen()

    assert "1 <Main> St\nBoston, MA 02114\n<w:br/> & </w:t>" == docx_text(at.evaluate("letter.docx.slurp()"))


BUNDLE = """
modules:
  - engross.library.bundles
---
objects:
  - good: ALDocument.using(title="The letter", filename="letter", enabled=True, has_addendum=False)
  - bad: ALDocument.using(title="The order", filename="order", enabled=True, has_addendum=False)
  - papers: ALDocumentBundle.using(elements=[good, bad], title="All", filename="all", enabled=True)
---
code: |
  name = "Ann"
  amount = 3
---
attachment:
  variable name: good[i]
  docx template file: letter.docx
---
attachment:
  variable name: bad[i]
  docx template file: order.docx
---
mandatory: True
question: Done
subquestion: |
  ${ papers.download_list_html(include_full_pdf=True) }
"""


@pytest.mark.parametrize(
    "words", ["Dear {{ nobody_defines_this }}", "Dear {{ 1 / 0 }}", "{% if name %}"], ids=["unknown name", "mistake", "broken tag"]
)
def test_a_template_that_cannot_be_filled_does_not_keep_the_others_from_being_made(tmp_path: Path, words: str) -> None:
    """The list offers the other paper, says in plain words that this one failed, and tells the author why with file and line."""
    docx_template(tmp_path / "data/templates/order.docx", words)
    at = desk(tmp_path, BUNDLE)
    shown = at.screen().subquestion

    assert "This paper could not be made." in shown
    assert "View" in shown and "The letter" in shown
    assert 'nobody_defines_this' not in shown and 'ZeroDivision' not in shown
    assert any("interview.yml, line" in notice or "order.docx" in notice for notice in at.context.screen["notices"])


def test_a_template_that_cannot_be_filled_is_an_error_outside_of_a_list(tmp_path: Path) -> None:
    """Whoever asks for the paper by itself gets the error that names it."""
    docx_template(tmp_path / "data/templates/order.docx", "{% if name %}")
    at = desk(tmp_path, BUNDLE.replace("papers.download_list_html(include_full_pdf=True)", "bad['final'].pdf"))

    with pytest.raises(DocumentError, match=r"order\.docx"):
        at.screen()


ADDENDUM = """
modules:
  - engross.library.bundles
---
objects:
  - paper: ALDocument.using(title="Claim", filename="claim", enabled=True, has_addendum=True)
---
code: |
  paper.overflow_fields["story"].overflow_trigger = 20
  paper.overflow_fields.gathered = True
---
generic object: ALDocument
code: |
  x.overflow_fields["story"].overflow_trigger = 20
---
attachment:
  variable name: paper[i]
  pdf template file: form.pdf
  fields:
    - agree: ${ paper.has_overflow() }
    - name: |
        ${ paper.safe_value("story", overflow_message=" (more)") }
    - amount: See ${ paper.safe_value("story", overflow_message=" (more)") } below
---
attachment:
  variable name: paper.addendum
  docx template file: addendum.docx
---
mandatory: True
code: |
  paper.overflow_fields["story"].overflow_trigger
  made = paper.as_pdf(refresh=False)
  last_screen
---
event: last_screen
question: Done
"""


BY_CODE = ADDENDUM[: ADDENDUM.index("  fields:\n")] + """  code: |
    {
      "agree": paper.has_overflow(),
      "name": paper.safe_value("story", overflow_message=" (more)"),
      "amount": "See " + paper.safe_value("story", overflow_message=" (more)") + " below",
    }
""" + ADDENDUM[ADDENDUM.index("---\nattachment:\n  variable name: paper.addendum") :]
"""The same, filled by one expression that gives all fields."""


def addendum_desk(tmp_path: Path, story: str, interview: str = ADDENDUM) -> Desk:
    """A form whose box is 328 points wide, ten points high letters, and an addendum for what it does not hold."""
    docx_template(tmp_path / "data/templates/addendum.docx", "{%p for field in paper.overflow() %}", "{{ field.overflow_value() }}", "{%p endfor %}")
    at = desk(tmp_path, interview)
    at.answers.namespace["story"] = story
    at.screen()
    return at


@pytest.mark.parametrize("interview", [ADDENDUM, BY_CODE], ids=["fields", "code"])
def test_text_that_fits_its_box_is_not_sent_to_the_addendum(tmp_path: Path, interview: str) -> None:
    """Narrow letters: sixty of them fit where the trigger says twenty."""
    at = addendum_desk(tmp_path, "little ill " * 5 + "filly", interview)

    assert ("little ill " * 5 + "filly", "/Off") == (fields(at.evaluate("paper['final'].pdf.slurp()"))["name"], fields(at.evaluate("paper['final'].pdf.slurp()"))["agree"])
    assert not at.evaluate("paper.has_overflow()")
    assert 1 == at.evaluate("made.num_pages()")


@pytest.mark.parametrize("interview", [ADDENDUM, BY_CODE], ids=["fields", "code"])
def test_text_that_does_not_fit_its_box_goes_on_in_the_addendum(tmp_path: Path, interview: str) -> None:
    """Nothing is lost: what the form shows and what the addendum has add up to the whole, also where words stand around it."""
    story = " ".join(f"WIDE{n}" for n in range(60))
    at = addendum_desk(tmp_path, story, interview)
    filled = fields(at.evaluate("paper['final'].pdf.slurp()"))
    shown = filled["amount"].removeprefix("See ").removesuffix(" (more) below")

    assert filled["amount"].startswith("See WIDE0 WIDE1") and filled["amount"].endswith(" (more) below")
    assert story == shown + " " + at.evaluate('paper.overflow_fields["story"].overflow_value()')
    assert "/On" == filled["agree"]
    assert 2 == at.evaluate("made.num_pages()")
    assert "WIDE7 WIDE8 WIDE9" in text_of(at.evaluate("made.slurp()"))


def test_where_no_box_is_known_characters_count(tmp_path: Path) -> None:
    """As AssemblyLine does: twenty characters, cut after a word."""
    at = desk(tmp_path, ADDENDUM.replace("made = paper.as_pdf(refresh=False)", "pass"))
    at.answers.namespace["story"] = "little ill little ill little ill"
    at.screen()

    assert "little ill little" == at.evaluate('paper.overflow_fields["story"].safe_value()')
    assert "ill little ill" == at.evaluate('paper.overflow_fields["story"].overflow_value()')
