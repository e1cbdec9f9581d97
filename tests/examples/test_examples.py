"""Each file in ``examples/`` is documentation and test at once: gone through with the answers beside it, its papers read back.

What an example is expected to end with stands in ``ENDS`` (words of its last screen) and ``PAPERS`` (pages, words and fields of what
it makes). An example without a line here fails.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from docx import Document
from openpyxl import load_workbook

from engross.catalogue import Catalogue
from engross.language.check import check_file
from engross.library.namespace import NAMES as LIBRARY
from engross.rehearsal.answers_file import AnswersFile
from engross.rehearsal.drive import Rehearsal, Stage, rehearse
from tests import looks

EXAMPLES = Path(__file__).parents[2] / "examples"
PARTS = {"included-questions"}
"""Files that are no interviews of their own."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What is in one paper."""

    pages: int | None = None
    """Of a PDF."""
    words: tuple[str, ...] = ()
    """Each must be somewhere in the text."""
    not_words: tuple[str, ...] = ()
    """None of these may be."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Of a PDF that can still be filled in: name → value."""
    password: str | None = None
    """Without it the PDF does not open."""


ENDS: dict[str, tuple[str, ...]] = {
    "background-action": ("Springfield has 11 letters",),
    "bundles": ("Next steps", "For the court", "everything"),
    "check-in": ("Your case goes to Choose a state first",),
    "choice-fields": ("blue, l, plum, door and heat, kitchen", "Massachusetts, letter, nothing"),
    "data-types-of-your-own": ("Your car is ABC123",),
    "date-fields": ("moved in on April 1, 2019, a Monday", "9:30 AM", "6:15 PM", "2027-01-13", "born in 1990"),
    "dictionaries": ("Bakery: $310.00",),
    "docx-inside-docx": ("Your letter",),
    "docx-tags": ("Your letter",),
    "email": ("The letter is on its way",),
    "email-papers": ("Sent",),
    "events-and-actions": ("The number is 0", "Add five"),
    "exhibits": ("Exhibits",),
    "field-options": ("Case 26SP0042", "the tenant, 12 pages", "Notes: none"),
    "fields-from-code": ("Kitchen: 12", "Bath: 6"),
    "generated-review": ("Ann Ash", "Tom"),
    "generic-objects": ("Ann Ash", "Tall Houses Inc.", "0102"),
    "help-and-terms": ("Thank you",),
    "include-and-order": ("Good day Ann, from Springfield",),
    "joining-papers": ("In one PDF there are 3 pages",),
    "kinds-of-papers": ("Your rights", "Your lease", "What it cost"),
    "languages": ("Gracias, Inés", "a, b, y c", "1 de marzo de 2026"),
    "list-collect": ("$500.00 in all", "Bank: $500.00"),
    "lists-by-number": ("Front: Ann and Ben", "Back: Cleo"),
    "lists-of-objects": ("Ash, Ann (my aunt)", "Birch, Ben"),
    "lists-one-by-one": ("You have two: Ida and Jon.", "two children"),
    "looked-up-choices": ("Your court is in Brookline", "Its number is 046."),
    "number-fields": ("three rooms, 54.5", "$1,200.50", "€900.00", "7.0 of 10", "$14,406.00"),
    "object-fields": ("Ann Ash speaks for Ann Ash and Cleo Cedar", "Ben Birch saw it", "2 guests"),
    "overflow": ("Statement", "2 pages"),
    "paper-options": ("Your papers",),
    "pdf-form": ("Your statement",),
    "people-and-addresses": ("Ash, Ann", "36 years", "She", "12 Elm Street, Unit 3, Springfield, MA 01103", "Ann Ash's case is an old case"),
    "question-kinds": ("Lease True, cash False, heat None, apartments, floor 3, July, My aunt", "repairs"),
    "require-and-stop": ("",),
    "review-and-tables": ("Ann owns 2 tools",),
    "screen-looks": ("The end",),
    "sections-and-progress": ("Section Money, 60 percent.",),
    "show-if": ("Pets: Rex. Way: train, Orange Line.", "guardian: not needed"),
    "templates-and-data": ("Welcome", "**2** courts", "Springfield", "42 and 4", "Clerk Ash and Clerk Birch"),
    "text-fields": ("Thank you, Bo", "7 words", "clinic"),
    "text-papers": ("Your note",),
    "translated": ("Gracias, Inés",),
    "uploads": ("kitchen.jpg is a picture", "2 papers, the first, lease.pdf, with 2 pages"),
    "what-depends-on-what": ("The fee is $55.00", "many", "the number changed"),
    "words-numbers-dates": ("salt, oil, and bread", "eight, third, third, IV, B", "$1,234.50, $99", "(617) 555-0100", "the end."),
    "yes-no-fields": ("Yes, Yes, No, None, Yes",),
}  # fmt: skip

PAPERS: dict[str, dict[str, Expected]] = {
    "bundles": {
        "papers.pdf": Expected(pages=3, words=("Next steps", "I, Ann Ash, ask", "$850.00", "To the landlord: Ann Ash")),
        "for_the_court.pdf": Expected(pages=2, words=("Petition", "Notice"), not_words=("Next steps",)),
        "next_steps.pdf": Expected(pages=1, words=("Take the papers to the court, Ann Ash.",)),
    },
    "docx-inside-docx": {
        "letter.pdf": Expected(pages=1, words=("Dear Judge Cedar", "Ann Ash asks for more time, until December 24, 2026")),
        "letter.docx": Expected(words=("Ann Ash asks for more time",)),
    },
    "docx-tags": {
        "repairs.pdf": Expected(
            pages=1,
            words=(
                "To Tall Houses & Sons. Written on November 24, 2026.", "This is urgent.", "My name is Ann Ash.", "Window", "$120.00",
                "In all $1,020.50, for Window and Boiler.", "1. Ben saw it.", "2. Cleo saw it.", "It is cold. {{ 7 * 7 }}",
            ),
            not_words=("I have a lease", "49", "endfor"),
        ),
        "repairs.docx": Expected(words=("To Tall Houses & Sons.", "Boiler", "$900.50")),
    },
    "exhibits": {"exhibits.pdf": Expected(pages=6, words=("The lease", "Lease, page 2", "The kitchen", "Exhibit"))},
    "joining-papers": {
        "together.pdf": Expected(pages=3, words=("the first letter of Ann Ash", "Lease, page 2")),
        "letters.docx": Expected(words=("the first letter of Ann Ash", "the second letter of Ann Ash")),
    },
    "kinds-of-papers": {
        "rights.pdf": Expected(pages=1, words=("a home that is safe and warm",)),
        "lease.pdf": Expected(pages=2, words=("Lease, page 2",)),
        "costs.xlsx": Expected(words=("Repair Cost", "Window 120", "Boiler 900.5")),
    },
    "overflow": {
        "statement.pdf": Expected(pages=2, words=("This last sentence is on the addendum",), fields={"name": "Ann Ash"}),
    },
    "paper-options": {
        "for_the_archive.pdf": Expected(pages=1, words=("Ann Ash rents a home.",)),
        "behind_a_password.pdf": Expected(pages=1, words=("Ann Ash has a secret.",), password="elm street 12"),
        "blacked_out.pdf": Expected(pages=1, words=("of Ann Ash.",), not_words=("4711",)),
    },
    "pdf-form": {
        "statement.pdf": Expected(pages=1, words=("Statement", "Ann Ash", "26SP0042", "$850.00", "The heat is off.")),
    },
    "text-papers": {
        "note.pdf": Expected(pages=1, words=("Note", "Ann Ash owes nothing.", "one")),
        "note.docx": Expected(words=("Ann Ash owes nothing.",)),
    },
}  # fmt: skip
LOOKS: dict[str, dict[str, tuple[int, ...]]] = {
    "bundles": {"papers.pdf": (2,)},
    "docx-inside-docx": {"letter.pdf": (1,)},
    "docx-tags": {"repairs.pdf": (1,)},
    "exhibits": {"exhibits.pdf": (1, 2, 3, 6)},
    "overflow": {"statement.pdf": (1, 2)},
    "pdf-form": {"statement.pdf": (1,)},
    "text-papers": {"note.pdf": (1,)},
}
"""Pages that look as in ``looks/``: forms, an addendum, exhibits with table of contents, cover and Bates numbers, DOCX and Markdown."""
OFFICE = {"bundles", "docx-inside-docx", "docx-tags", "email-papers", "exhibits", "joining-papers", "overflow", "paper-options", "text-papers"}
"""Examples that need LibreOffice."""

NAMES = sorted(path.stem for path in EXAMPLES.glob("*.yml") if not path.name.endswith(".answers.yml") and path.stem not in PARTS)


def gone_through(on: Stage, name: str) -> Rehearsal:
    """The example, answered from the file beside it."""
    catalogue = Catalogue([str(EXAMPLES / f"{name}.yml")])
    answers = EXAMPLES / f"{name}.answers.yml"
    answerer = AnswersFile.read(answers) if answers.exists() else AnswersFile({}, EXAMPLES)
    course = rehearse(on, next(iter(catalogue.files)), answerer, seconds=120)
    assert course.obstacle is None, course.obstacle
    return course


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.office if name in OFFICE else ()) for name in NAMES])
def test_an_example_shows_what_it_says(name: str, on_stage: Stage) -> None:
    """With its answers it reaches its last screen, and its papers hold what they should."""
    course = gone_through(on_stage, name)
    last = course.last
    assert last is not None
    shown = unquoted(f"{last.question} {last.subquestion or ''}")
    made = {paper.name: on_stage.store.files.read(course.session_id, paper.file.id) for paper in course.papers}
    faults = [word for word in ENDS[name] if word not in shown]
    for paper, expected in PAPERS.get(name, {}).items():
        faults += differences(paper, made[paper], expected) if paper in made else [f"{paper} is not among {sorted(made)}"]

    assert faults == [], shown
    for paper, numbers in LOOKS.get(name, {}).items():
        for number in numbers:
            looks.check(made[paper], number, Path(__file__).parent / "looks" / f"{name}-{number}.png")


def unquoted(text: str) -> str:
    """Words of visitors without the marks that keep Markdown away from them, on one line."""
    import html

    return " ".join(html.unescape(text).split())


def differences(name: str, data: bytes, expected: Expected) -> list[str]:
    """What is not as expected in one paper."""
    if expected.password is not None:
        with pytest.raises(pikepdf.PasswordError):
            pikepdf.open(io.BytesIO(data))
    text = " ".join(text_of(name, data, expected.password).split())
    faults = [f"{name} lacks {word!r}: {text[:300]}" for word in expected.words if word not in text]
    faults += [f"{name} has {word!r}" for word in expected.not_words if word in text]
    if expected.pages is not None:
        with pikepdf.open(io.BytesIO(data), password=expected.password or "") as pdf:
            faults += [f"{name} has {len(pdf.pages)} pages"] if len(pdf.pages) != expected.pages else []
    if expected.fields:
        held = fields_of(data)
        faults += [f"{name}: `{key}` is {held.get(key)!r}" for key, value in expected.fields.items() if held.get(key) != value]
    return faults


def fields_of(data: bytes) -> dict[str, str]:
    """The form fields of a PDF and what they hold."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {str(field.get("/T")): str(field.get("/V", "")) for field in pdf.Root.AcroForm.Fields}


def text_of(name: str, data: bytes, password: str | None = None) -> str:
    """The words of a PDF, a DOCX or a workbook."""
    if name.endswith(".xlsx"):
        return "\n".join(" ".join(map(str, row)) for row in load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))
    if name.endswith(".pdf"):
        with pypdfium2.PdfDocument(data, password=password) as pdf:
            pdf.init_forms()
            return "\n".join(page.get_textpage().get_text_range() for page in pdf)
    paper = Document(io.BytesIO(data))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in paper.paragraphs] + cells)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_begins_with_what_it_shows(name: str) -> None:
    """The first line is a comment that says so."""
    first = (EXAMPLES / f"{name}.yml").read_text(encoding="utf-8").splitlines()[0]

    assert first.startswith("# Shows ")


def test_every_example_is_expected_to_end_with_something() -> None:
    """No example without a line in ``ENDS``."""
    assert sorted(ENDS) == NAMES


def test_actions_change_the_answers(on_stage: Stage) -> None:
    """In events-and-actions.yml the link adds five, the button one, and the last button begins anew."""
    name = next(iter(Catalogue([str(EXAMPLES / "events-and-actions.yml")]).files))
    session = on_stage.visits.start(name).session_id
    seen = [
        on_stage.visits.act(session, action, arguments).screen.question
        for action, arguments in (("add", {"by": 5}), ("add", {"by": 1}), ("start_over", {}))
    ]

    assert seen == ["The number is 5", "The number is 6", "The number is 0"]


def test_rows_of_a_table_can_be_changed_from_the_review(on_stage: Stage) -> None:
    """In review-and-tables.yml the button beside the owner asks for the owner again."""
    catalogue = Catalogue([str(EXAMPLES / "review-and-tables.yml")])
    course = rehearse(on_stage, next(iter(catalogue.files)), AnswersFile.read(EXAMPLES / "review-and-tables.answers.yml"))
    review = next(screen for screen in course.screens if screen.block_id == "check")
    edit = review.review[0]
    assert edit.action is not None
    shown = on_stage.visits.act(course.session_id, edit.action, edit.arguments)

    assert shown.screen.question == "Whose tools are they?"


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_listed(name: str) -> None:
    """The list in examples/README.md has it, with what it says of itself."""
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    said = []
    for line in (EXAMPLES / f"{name}.yml").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        said.append(line.removeprefix("#").strip())
    row = next((line for line in listed.splitlines() if line.startswith(f"| [{name}]({name}.yml)")), "")

    assert row.split("|")[2].strip().rstrip(".") in " ".join(said)


UNKNOWN = {"pdf-form": "date_nobody_asked_for", "review-and-tables": "insurance"}
"""Names that an example leaves undefined to show what happens then."""


@pytest.mark.parametrize("name", NAMES)
def test_check_finds_nothing_in_an_example(name: str) -> None:
    """`engross check` tells of the names that nobody defines on purpose, and of nothing else."""
    found = [str(finding) for finding in check_file(str(EXAMPLES / f"{name}.yml"), library_names=frozenset(LIBRARY))]
    expected = [UNKNOWN[name]] if name in UNKNOWN else []

    assert [name for finding, name in zip(found, expected, strict=True) if f"`{name}` is used here" in finding] == expected
