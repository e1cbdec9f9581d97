"""`engross check` tells an author what is probably wrong, with its place, and raises no false alarm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engross.language.check import check_file
from engross.language.modules import is_importable, star_names

Write = Callable[..., Path]
Told = Callable[[str], list[str]]

LIBRARY = frozenset({"DAObject", "DAList", "word", "defined", "send_sms", "map_of", "background_action"})


@pytest.fixture
def told(write: Write) -> Told:
    """What is said of a text, without the name of its file."""

    def told(text: str) -> list[str]:
        path = write(text)
        return [str(finding).replace(str(path), "FILE") for finding in check_file(str(path), library_names=LIBRARY)]

    return told


def test_a_sound_interview_needs_no_words(told: Told) -> None:
    """Names of blocks, loops, functions, Mako and the library are known."""
    assert told(
        """
        objects:
          - people: DAList.using(object_type=DAObject)
        ---
        code: |
          import math
          def double(y):
            return 2 * y
          total = sum(double(p.age) for p in people if math.floor(p.age) > i)
        ---
        question: ${ word("Hello") } ${ total }
        subquestion: |
          % for p in people:
          ${ p.name } ${ loop.index } ${ url_args.get("a") }
          % endfor
          % if defined("never_asked") and never_asked:
          x
          % endif
        fields:
          - Age: people[i].age
            validate: |
              lambda y: y > 0
        """
    ) == []


def test_all_mistakes_come_by_line(told: Told) -> None:
    """Errors of reading and findings of the check together."""
    assert told("question: Q\nyesnoo: a\n---\ncode: a = = 1\n---\nquestion: ${ a b }\nevent: e\n") == [
        "FILE, line 2: Unknown key `yesnoo` in a block; it is ignored. Did you mean `yesno`?",
        "FILE, line 4: This is not Python: invalid syntax.",
        "FILE, line 6: This is not Mako: invalid syntax ('a b ').",
    ]


def test_a_file_that_cannot_be_found(tmp_path: Path) -> None:
    """One finding, nothing raised."""
    (finding,) = check_file(str(tmp_path / "none.yml"))

    assert "There is no file" in str(finding)


def test_an_unknown_data_type(told: Told) -> None:
    """It behaves as text."""
    assert told("question: Q\nfields:\n  - A: b\n    datatype: currancy\n") == [
        "FILE, line 3: Unknown data type `currancy`; the field behaves as `text`. Did you mean `currency`?"
    ]


def test_a_missing_template_with_the_nearest(told: Told, write: Write) -> None:
    """Named by its place, with the file that is there."""
    write("", "data/templates/petition.docx")

    said = told("id: papers\nattachment:\n  variable name: a\n  docx template file: petiton.docx\n")

    assert said == [
        f"FILE, line 4: There is no file `petiton.docx` in `data/templates` of {write('x').parent}. Did you mean `petition.docx`?\n"
        "  in block `papers`"
    ]


@pytest.mark.parametrize("text", ["modules: [.not_here]", "imports: [not_here_at_all]", "modules: [docassemble.NotHere.module]"])
def test_a_missing_module(told: Told, text: str) -> None:
    """For `modules` and `imports`."""
    (said,) = told(text + "\n")

    assert "There is no Python module" in said


def test_files_of_style_and_translations(told: Told, write: Write) -> None:
    """What is there is not told; addresses are left alone."""
    write("", "data/static/here.css")

    said = told("features:\n  css:\n    - here.css\n    - gone.css\n    - https://example.com/a.css\n---\ntranslations: [es.xlsx]\n")

    assert [line.split(" in ")[0] for line in said] == ["FILE, line 1: There is no file `gone.css`", "FILE, line 7: There is no file `es.xlsx`"]


def test_a_translations_file_that_is_broken(told: Told, write: Write) -> None:
    """The interview runs without it; the author is told."""
    write("not a workbook", "sources/es.xlsx")

    (said,) = told("translations: [es.xlsx]\n")

    assert said.startswith("FILE, line 1: translations file `es.xlsx` cannot be read")


def test_a_name_that_nothing_defines(told: Told) -> None:
    """On its own line, with the nearest name."""
    assert told("question: |\n  Hello\n\n  ${ favorite_friut }\nyesno: favorite_fruit\n") == [
        "FILE, line 4: `favorite_friut` is used here, but no block defines it. Did you mean `favorite_fruit`?"
    ]


@pytest.mark.parametrize(
    "more",
    ["question: Q\nfields:\n  - code: hidden_fields()", "code: |\n  set_variables({'c': 1})", "modules: [.own]"],
)
def test_nothing_is_said_of_names_when_they_may_come_from_elsewhere(told: Told, write: Write, more: str) -> None:
    """Fields from code, variables set by name, modules that only running can tell."""
    write("from elsewhere import *\n", "own.py")

    assert told(f"question: ${{ mystery }}\nyesno: b\n---\n{more}\n") == []


def test_names_of_a_module_are_read_without_importing_it(tmp_path: Path) -> None:
    """Functions, classes, constants and what it imports; or what `__all__` says."""
    (tmp_path / "own.py").write_text("import os\nfrom a import b as c\nX = 1\ndef f(): pass\nclass D: pass\nraise SystemExit\n", encoding="utf-8")
    (tmp_path / "listed.py").write_text("__all__ = ['f']\ndef f(): pass\ndef g(): pass\n", encoding="utf-8")

    assert star_names(".own", package=str(tmp_path)).names == {"os", "c", "X", "f", "D"}
    assert star_names(".listed", package=str(tmp_path)).names == {"f"}
    assert (is_importable(".own", package=str(tmp_path)), is_importable("json"), is_importable("no_such")) == (True, True, False)


@pytest.mark.parametrize(
    ("text", "gateway"),
    [
        ("question: Q\nfields:\n  - A: b\n    datatype: ml\n", "machine learning"),
        ("machine learning storage: a.json\n", "machine learning"),
        ("code: |\n  a = send_sms(to=1)\n", "SMS sending"),
        ("question: ${ map_of(1) }\nevent: e\n", "Google services"),
    ],
)
def test_gateways_that_are_not_there(told: Told, text: str, gateway: str) -> None:
    """Named once a file, and the interview runs all the same."""
    assert told(text)[0].endswith(f'This uses {gateway}, which Engross has no connection to; it behaves as "not configured".')


def test_waiting_lines_that_can_go(told: Told) -> None:
    """The boilerplate of background assembly works, and is no longer needed."""
    said = told(
        """
        mandatory: True
        code: |
          a
          if not al_user_bundle.generate_downloads_with_docx_task.ready():
            al_download_waiting_screen
        ---
        question: Q
        yesno: a
        ---
        objects:
          - al_user_bundle: DAObject
        ---
        event: al_download_waiting_screen
        question: Wait
        """
    )

    assert said == [
        "FILE, line 5: These lines can go: papers are made in the background without `generate_downloads_with_docx_task` and "
        "`al_download_waiting_screen`."
    ]


def test_an_id_that_is_used_again(told: Told) -> None:
    """docassemble remembers mandatory blocks by their id."""
    assert told("id: a\ncode: b = 1\n---\nid: a\ncode: c = 1\n") == [
        "FILE, line 4: The id `a` is already used at FILE, line 1; `mandatory` blocks need their own."
    ]


def test_a_translation_may_have_the_id_of_its_question(told: Told) -> None:
    """Only one of them is asked."""
    assert told("id: a\nquestion: b?\nfield: b\n---\nlanguage: es\nid: a\nquestion: ¿b?\nfield: b\n") == []


def test_an_order_that_is_no_list(told: Told) -> None:
    """It is told, and ends nothing."""
    assert told("order: True\n") == ["FILE, line 1: `order` must be a list of ids."]


def test_an_order_of_ids_that_are_not_there(told: Told) -> None:
    """With the nearest id."""
    assert told("id: first one\ncode: b = 1\n---\norder:\n  - frist one\n") == ["FILE, line 4: No block has the id `frist one`. Did you mean `first one`?"]
