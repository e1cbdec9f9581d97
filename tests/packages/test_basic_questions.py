"""docassemble's own ``basic-questions.yml``, which old interviews include, in words of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from engross.language.interview import Interviews, load
from engross.rehearsal.drive import stage
from engross.rehearsal.stranger import find_papers

INTERVIEW = """
include:
  - {reference}
---
mandatory: True
question: |
  ${{ client }} against ${{ case.defendant }}
subquestion: |
  ${{ client.address }} ${{ client.birthdate }} ${{ client.email }} ${{ agrees_to_use }} ${{ case.court }} ${{ case.case_id }}
attachments:
  - name: Complaint
    content: ${{ client }} sues ${{ case.defendant }}
    valid formats: md
"""


@pytest.mark.parametrize("reference", ["basic-questions.yml", "docassemble.base:data/questions/basic-questions.yml"])
def test_they_are_found_by_both_names(reference: str, tmp_path: Path) -> None:
    """And nothing in them is unknown."""
    (tmp_path / "interview.yml").write_text(INTERVIEW.format(reference=reference))
    interview = load(str(tmp_path / "interview.yml"))

    assert {"client", "case", "agrees_to_use"} <= set(interview.index)
    assert [] == [str(notice) for notice in interview.notices]


def test_a_file_beside_the_interview_comes_first(tmp_path: Path) -> None:
    """Packages bring files of that name."""
    (tmp_path / "interview.yml").write_text("include: basic-questions.yml\n---\nmandatory: True\nquestion: Hello\n")
    (tmp_path / "basic-questions.yml").write_text("code: |\n  ours = True\n")

    assert "client" not in load(str(tmp_path / "interview.yml")).index


@pytest.mark.slow
def test_a_stranger_comes_through(tmp_path: Path) -> None:
    """Names, address, birthday, court and the other side are asked for, and a paper is made of them."""
    (tmp_path / "interview.yml").write_text(INTERVIEW.format(reference="basic-questions.yml"))
    with stage(tmp_path / "data", Interviews()) as on:
        course = find_papers(on, str(tmp_path / "interview.yml"))
        assert course.obstacle is None
        said = on.store.files.read(course.session_id, course.papers[0].file.id).decode()

    assert "sues" in said and "Alex" in said
