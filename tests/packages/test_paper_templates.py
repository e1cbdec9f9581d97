"""Every DOCX and PDF template of published packages: read, listed, filled with made-up values, and converted.

The packages come from PyPI when the test runs; none of their files is kept here. What fails is listed by its reason.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import docx as python_docx
import pytest

from engross.documents import docx, gate, office, pdf
from engross.documents.acroform import Kind
from engross.documents.pages import text_of
from engross.errors import EngrossError
from engross.rehearsal.fetching import fetch
from tests.packages.made_up import WORDS, MadeUpNames

PACKAGES = (
    "docassemble-AssemblyLine", "docassemble-ALAffidavitOfIndigency", "docassemble-GithubFeedbackForm", "docassemble-gbls",
    "docassemble-ilao", "docassemble-income", "docassemble-LAWVCommon", "docassemble-LAWVExpungementEvaluator",
    "docassemble-LAWVFamilyLaw", "docassemble-LAWVNameChange", "docassemble-LAWVRetainer", "docassemble-LAWVWillsClinic",
    "docassemble-demo", "docassemble-MassAccess", "docassemble-MassAppealsCourt", "docassemble-MAVirtualCourt", "docassemble-NDA", "docassemble-VRF",
)  # fmt: skip
FEWEST = 70
"""Templates these packages have between them; fewer means that the test looks in the wrong place."""


@lru_cache(maxsize=1)
def templates() -> tuple[Path, ...]:
    """Each template once."""
    found: dict[bytes, Path] = {}
    for package in PACKAGES:
        for folder in fetch(package):
            for path in sorted(folder.glob("docassemble/*/data/templates/*")):
                if path.suffix.lower() in (".docx", ".pdf"):
                    found.setdefault(path.read_bytes(), path)
    return tuple(sorted(found.values()))


def of_kind(ending: str) -> Iterator[Path]:
    return (path for path in templates() if path.suffix.lower() == ending)


def filters_of(path: Path) -> dict[str, Any]:
    """Filters that the template's package registers, which here hand their value on."""
    names = {
        name
        for module in path.parents[2].glob("*.py")
        for name in re.findall(r'register_jinja_filter\(\s*["\'](\w+)["\']', module.read_text(encoding="utf-8", errors="replace"))
    }
    return {name: lambda value, *_, **__: value for name in names}


def filled(path: Path) -> bytes:
    return docx.fill(path, MadeUpNames(), filters=filters_of(path), find=lambda name: path.parent / str(name), redact=False)


class Failures(defaultdict[str, list[str]]):
    """reason → templates"""

    def __init__(self) -> None:
        super().__init__(list)

    def note(self, path: Path, reason: object) -> None:
        self[str(reason)].append(f"{path.parents[2].name}/{path.name}")


@pytest.mark.conformance
def test_every_docx_template_is_listed_and_filled() -> None:
    """Its names are listed, it is filled, Word's own reader opens the result, no tag is left, and the gate lets it pass."""
    failures = Failures()
    count = 0
    for path in of_kind(".docx"):
        count += 1
        try:
            docx.template_variables(path)
            made = filled(path)
        except EngrossError as error:
            failures.note(path, error)
            continue
        shown = "\n".join(paragraph.text for paragraph in python_docx.Document(io.BytesIO(made)).paragraphs)
        if re.search(r"\{[{%]|[%}]\}", shown):
            failures.note(path, "a tag is left")
        for refusal in gate.check(made, ".docx"):
            failures.note(path, refusal)

    assert {} == failures
    assert count >= 35


@pytest.mark.conformance
def test_every_pdf_form_is_listed_and_filled() -> None:
    """Each text field comes back with its value, editable and flattened, and the file is whole."""
    failures = Failures()
    count = 0
    for path in of_kind(".pdf"):
        count += 1
        try:
            known = [field for field in pdf.fields(path) if field.kind not in (Kind.SIGNATURE, Kind.BUTTON)]
            values = {f.name: True if f.kind is Kind.CHECKBOX else f.options[0] if f.options else WORDS for f in known}
            made = pdf.fill(path, values, warn=lambda message: None)
            assert pdf.page_count(pdf.fill(path, values, flatten=True, warn=lambda message: None))
        except EngrossError as error:
            failures.note(path, error)
            continue
        again = {field.name: field.value for field in pdf.fields(made)}
        lost = [f.name for f in known if f.kind is Kind.TEXT and again.get(f.name) != WORDS]
        if lost:
            failures.note(path, f"text is lost in {lost[:3]}")

    assert {} == failures
    assert count + len(list(of_kind(".docx"))) >= FEWEST


@pytest.mark.conformance
@pytest.mark.office
def test_every_filled_docx_becomes_a_pdf() -> None:
    """LibreOffice makes at least a page of each, in which no tag is left."""
    failures = Failures()
    with office.Office() as pool:
        for path in of_kind(".docx"):
            try:
                made = pool.convert(filled(path), document=path.name)
            except EngrossError as error:
                failures.note(path, error)
                continue
            if pdf.page_count(made) < 1 or "{{" in text_of(made) or "{%" in text_of(made):
                failures.note(path, "a tag is left")

    assert {} == failures
