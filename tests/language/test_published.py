"""What others published loads without an unexpected error. Skipped where the packages are not at hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engross.errors import AuthorError
from engross.language.blocks import Field, Question
from engross.language.check import check_file
from engross.language.interview import load
from engross.language.source import interviews_in, package_folders
from engross.library.namespace import NAMES

NOT_INTERVIEWS = {"example-list.yml", "pgcodecache.yml", "documentation.yml", "docstring.yml", "title_documentation.yml"}
"""YAML of docassemble's own tools that lies among the interviews."""
NOT_INSTALLED = "is not installed"
"""The one mistake that is ours: an example includes a package that is not here."""


def question_files(package: str, below: str = "data/questions") -> Iterator[Path]:
    """The YAML files of a package that is installed or on the path; none when it is not."""
    for folder in package_folders(package):
        for path in sorted((folder / below).rglob("*.yml")):
            if path.name not in NOT_INTERVIEWS:
                yield path


@pytest.mark.conformance
@pytest.mark.parametrize("package", ["docassemble.AssemblyLine", "docassemble.ALToolbox", "docassemble.base"])
def test_every_file_of_a_published_package_loads(package: str) -> None:
    """No block is refused, and every block has a place, a name and its text."""
    files = list(question_files(package))
    if not files:
        pytest.skip(f"{package} is not here")
    refused: list[str] = []
    unplaced: list[str] = []

    for path in files:
        errors: list[AuthorError] = []
        interview = load(str(path), errors=errors)
        refused += [str(error) for error in errors if NOT_INSTALLED not in error.message]
        unplaced += [block.label for block in interview.blocks if not (block.name and block.source and block.where.line > 0)]

    assert (refused, unplaced) == ([], [])


@pytest.mark.slow
def test_our_own_packages_load() -> None:
    """Without a notice: they are what authors copy from."""
    told: list[str] = []

    for folder in package_folders("engross.packages"):
        for package in sorted({path.parent for path in folder.glob("*/data/questions/*.yml")}):
            for file in interviews_in(package):
                told += [str(notice) for notice in load(str(file.path)).notices]

    assert told == []


@pytest.mark.parametrize("file", ["engross.packages.assembly_line:assembly_line.yml", "engross.packages.demo:eviction_answer.yml"])
def test_our_own_packages_are_sound(file: str) -> None:
    """`engross check` finds nothing in them."""
    assert [str(finding) for finding in check_file(file, library_names=frozenset(NAMES))] == []


def test_the_largest_interview_at_hand_loads_whole() -> None:
    """AssemblyLine's test interview: its includes, screens and fields are all there. Prints its time to load."""
    if not any(path.name == "test_aldocument.yml" for path in question_files("docassemble.AssemblyLine")):
        pytest.skip("docassemble.AssemblyLine is not here")
    started = time.process_time()
    interview = load("docassemble.AssemblyLine:test_aldocument.yml")
    print(f"{len(interview.blocks)} blocks in {time.process_time() - started:.2f} s CPU")

    questions = [block for block in interview.blocks if isinstance(block, Question)]
    fields = [field for question in questions for field in question.fields if isinstance(field, Field)]

    assert (len(interview.blocks) > 350, len(questions) > 110, len(fields) > 150) == (True, True, True)
    assert interview.blocks_for("x.create_downloads_with_docx", "ALDocumentBundle")
    assert interview.blocks_for("al_download_waiting_screen")
