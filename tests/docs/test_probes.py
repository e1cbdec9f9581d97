"""What the page of compatibility calls working works: small interviews, gone through as a visitor would."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from engross.catalogue import Catalogue
from engross.engine.screen import to_data
from engross.rehearsal.answers_file import AnswersFile
from engross.rehearsal.drive import Stage, rehearse

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROBES: list[dict[str, Any]] = list(YAML(typ="safe", pure=True).load_all((HERE / "probes.yml").read_text(encoding="utf-8")))


def written(probe: dict[str, Any], folder: Path) -> Path:
    """The probe's interview and its files, in *folder*."""
    for name, text in probe.get("files", {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for name, source in probe.get("copies", {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, folder / name)
    shutil.copy(ROOT / "examples/uploads/signature.png", folder / "picture.png")
    path = folder / "probe.yml"
    path.write_text(probe["interview"], encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "probe",
    [pytest.param(probe, marks=pytest.mark.office if probe.get("office") else ()) for probe in PROBES],
    ids=lambda probe: probe["shows"][0],
)
def test_a_small_interview_shows_what_it_should(probe: dict[str, Any], on_stage: Stage, tmp_path: Path) -> None:
    """Every text it is to show stands in the data of a screen or among the names of its papers."""
    path = written(probe, tmp_path)
    catalogue = Catalogue([str(path)])
    answerer = AnswersFile(probe.get("answers", {}), tmp_path)
    course = rehearse(on_stage, next(iter(catalogue.files)), answerer, seconds=60, limit=30)
    data = json.dumps([to_data(screen) for screen in course.screens], ensure_ascii=False) + str([paper.name for paper in course.papers])
    shown = json.dumps([screen.question for screen in course.screens]) + data
    missing = [text for text in probe["shows"] if text not in shown and json.dumps(text)[1:-1] not in shown]

    assert (missing, course.obstacle if "ends" not in probe else None) == ([], None), shown[:1500]
