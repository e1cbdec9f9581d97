"""What packages see of the visit through docassemble's ``this_thread``."""

from __future__ import annotations

from pathlib import Path

import pytest

from engross.language.interview import Interviews
from engross.rehearsal.drive import stage
from engross.rehearsal.stranger import find_papers

LOADER = """
from docassemble.base.functions import this_thread
from docassemble.base.util import DAObject, path_and_mimetype

class Loader(DAObject):
    def init(self, *pargs, **kwargs):
        super().init(*pargs, **kwargs)
        self.package = this_thread.current_question.package

    def words(self):
        with open(path_and_mimetype(self.package + ":data/sources/courts.txt")[0]) as file:
            return file.read()
"""
LIBRARY = """
modules:
  - .loader
---
objects:
  - courts: Loader
"""
INTERVIEW = """
include: docassemble.CourtLists:lists.yml
---
mandatory: True
question: ${ courts.words() }
"""


def test_a_librarys_objects_find_files_beside_the_block_that_makes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`current_question.package` is the package of the block that runs, whichever interview includes it."""
    package = tmp_path / "docassemble" / "CourtLists"
    for folder, name, text in (
        ("", "__init__.py", ""),
        ("", "loader.py", LOADER),
        ("data/questions", "lists.yml", LIBRARY),
        ("data/sources", "courts.txt", "District Court"),
    ):
        (package / folder).mkdir(parents=True, exist_ok=True)
        (package / folder / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "interview.yml").write_text(INTERVIEW)
    with stage(tmp_path / "data", Interviews()) as on:
        course = find_papers(on, str(tmp_path / "interview.yml"), tries=1)

    assert course.last is not None
    assert course.last.question == "District Court", course.obstacle
