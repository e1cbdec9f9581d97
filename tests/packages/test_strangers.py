"""Interviews that others wrote and published run unchanged, from the first question to papers that say what was answered.

They are fetched from PyPI by name; the answers are invented from the screens, as `script/corpus` does it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest

from engross.rehearsal.kinds import fits, kind_of
from tests.documents.conftest import texts_of

STRANGERS = {
    "docassemble.helloworld:hello.yml": "Alex",
    "docassemble.NDA:NDA.yml": "Alex",
    "docassemble.VRF:VRF.yml": "",
    "docassemble.ALAffidavitOfIndigency:affidavit.yml": "Alvarez",
    "docassemble.hmctshelper:witnessStatement.yml": "Alex",
    "docassemble.LAWVWillsClinic:will_clinic.yml": "Alvarez",
    "docassemble.LAWVNameChange:name_change.yml": "Alvarez",
    "docassemble.LAWVRetainer:retainer.yml": "Alvarez",
    "docassemble.LAWVExpungementEvaluator:expungement_evaluation.yml": "",
    "docassemble.EJCRC:LLT_complaint.yml": "Alex",
    "docassemble.EJCRC:alternate_service.yml": "Alex",
    "docassemble.EJCRC:petition_open.yml": "Alex",
    "docassemble.EJCRC:civil_complaint.yml": "Alex",
}
"""Interview → a word of an answer that must stand in its papers; empty where the answers only choose what is printed."""


def go_through(reference: str, folder: Path) -> tuple[str, dict[str, bytes]]:
    """What `script/corpus` says of an interview, and its papers by name."""
    done = subprocess.run(  # noqa: S603 - a command of this file
        [sys.executable, "-m", "engross.rehearsal.corpus", "--jobs", "1", "--seconds", "280", "--papers", str(folder), reference],
        capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    return done.stdout, {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def words_of(data: bytes) -> str:
    """All that a paper says, in one line."""
    kind = kind_of(data)
    if kind == "docx":
        return " ".join(texts_of(data))
    if kind != "pdf":
        return ""
    pdf = pypdfium2.PdfDocument(data)
    pdf.init_forms()
    assert len(pdf) > 0
    return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in pdf)


def field_values(data: bytes) -> str:
    """What stands in the fields of a PDF form."""
    from engross.documents.pdf import fields

    return " ".join(field.value for field in fields(data)) if kind_of(data) == "pdf" else ""


@pytest.mark.packages
@pytest.mark.parametrize("reference", STRANGERS)
def test_an_interview_of_others_reaches_its_papers(reference: str, tmp_path: Path) -> None:
    """Each is of the kind that its name says, and what was answered stands in one of them."""
    said, papers = go_through(reference, tmp_path)

    assert "1 of 1 interviews reached their downloads" in said
    assert [] == [name for name, data in papers.items() if not fits(name, data)]
    assert STRANGERS[reference] in " ".join(words_of(data) + field_values(data) for data in papers.values())


@pytest.mark.packages
def test_an_interview_with_a_mistake_of_its_own_says_which(tmp_path: Path) -> None:
    """`test_preferred_formats.yml` names an argument that AssemblyLine does not have: file, line and the argument."""
    said, _ = go_through("docassemble.AssemblyLine:test_preferred_formats.yml", tmp_path)

    assert re.search(r"test_preferred_formats\.yml, line \d+: TypeError.*'zip_valid_formats'", said), said
