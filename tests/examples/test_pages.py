"""Every screen of every example and probe as a page: each question and label is on it, every input has a name and a label."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lxml.html
import pytest

from engross.catalogue import Catalogue
from engross.engine.screen import Screen
from engross.rehearsal.answers_file import AnswersFile
from engross.rehearsal.drive import Stage, rehearse
from engross.web.look import Look
from engross.web.pages import Frame, screen_page
from tests.docs.test_probes import PROBES, written
from tests.examples.test_examples import EXAMPLES, NAMES, OFFICE
from tests.web.gallery import shown

FRAME = Frame(nonce="n", token="t")


def faults_of(screen: Screen, reference: str) -> list[str]:
    """What is wrong with the page of *screen*."""
    html = screen_page(shown(screen), FRAME, Look(title="Form"), interview=reference)
    page = lxml.html.document_fromstring(html)
    words = " ".join(page.text_content().split())
    labels = {element.get("for") for element in page.iter("label")}
    faults = [f"{field.label!r} is not on the page" for field in screen.fields if field.active and _plain(field.label) not in words]
    if not page.xpath("//h1"):
        faults.append("no heading")
    for element in page.xpath("//main//input[not(@type='hidden')] | //main//select | //main//textarea"):
        named = element.get("aria-label") or element.get("aria-labelledby") or element.get("id") in labels or element.xpath("ancestor::label")
        if not named:
            faults.append(f"no label: {lxml.html.tostring(element)[:200]!r}")
    if page.xpath("//@id") != sorted(set(page.xpath("//@id")), key=page.xpath("//@id").index):
        faults.append("an id stands twice")
    return faults


def _plain(label: str | None) -> str:
    """A label of plain words, or nothing."""
    return label.strip() if label and label.replace(" ", "").isalnum() and label != "no label" else ""


def gone_through(on: Stage, path: Path, answers: AnswersFile) -> list[str]:
    """Faults of all screens."""
    reference = next(iter(Catalogue([str(path)]).files))
    course = rehearse(on, reference, answers, seconds=60, limit=40)
    return [
        f"{screen.question.strip()}: {fault}"
        for screen in course.screens
        if screen.kind not in ("response", "redirect", "sendfile", "leave", "exit")
        for fault in faults_of(screen, reference)
    ]


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.office if name in OFFICE else ()) for name in NAMES])
def test_the_screens_of_an_example_are_pages(name: str, on_stage: Stage) -> None:
    """Each with a heading, its labels, and a label for every input."""
    answers = EXAMPLES / f"{name}.answers.yml"
    answerer = AnswersFile.read(answers) if answers.exists() else AnswersFile({}, EXAMPLES)

    assert gone_through(on_stage, EXAMPLES / f"{name}.yml", answerer) == []


@pytest.mark.parametrize(
    "probe",
    [pytest.param(probe, marks=pytest.mark.office if probe.get("office") else ()) for probe in PROBES],
    ids=lambda probe: probe["shows"][0],
)
def test_the_screens_of_a_probe_are_pages(probe: dict[str, Any], on_stage: Stage, tmp_path: Path) -> None:
    """As those of the examples."""
    assert gone_through(on_stage, written(probe, tmp_path), AnswersFile(probe.get("answers", {}), tmp_path)) == []
