"""The stranger who goes through interviews with invented answers looks for a way to the papers."""

from __future__ import annotations

from pathlib import Path

from engross.language.interview import Interviews
from engross.rehearsal.drive import stage
from engross.rehearsal.stranger import find_papers

LATE = """
question: When was the judgment?
fields:
  - Date: judgment_date
    datatype: date
---
question: Do you want to appeal?
yesno: appeals
---
mandatory: True
code: |
  appeals
  if judgment_date < today().minus(days=20):
    too_late
---
event: too_late
question: It is too late
---
mandatory: True
question: Done
attachment:
  name: Appeal
  content: Against the judgment of ${ judgment_date }
  valid formats: md
"""


def test_a_day_that_turns_people_away_is_tried_otherwise(tmp_path: Path) -> None:
    """After the other choices: nobody knows which days an interview is for."""
    (tmp_path / "late.yml").write_text(LATE)
    with stage(tmp_path / "data", Interviews()) as on:
        course = find_papers(on, str(tmp_path / "late.yml"))

    assert course.obstacle is None
    assert 1 == len(course.papers)


PUZZLES = """
question: Which court?
fields:
  - Court: court
    choices:
      - Housing Court
      - Other
  - Name it: court
    js show if: |
      val("court") === "Other"
---
question: Which problem?
fields:
  - Code: problem
---
question: Do you agree?
fields:
  - The terms: terms
    datatype: checkboxes
    none of the above: False
    minlength: 1
    default: agreed
    choices:
      - I agree: agreed
---
code: |
  number = int(problem[0:2])
---
code: |
  on_phone = device().is_mobile
---
mandatory: True
code: |
  court
  number
  on_phone
  terms
---
mandatory: True
question: Done
attachment:
  name: Notice
  content: ${ court }, ${ number }, ${ on_phone }
  valid formats: md
"""


def test_a_stranger_gets_through_what_a_person_with_a_browser_would(tmp_path: Path) -> None:
    """A box that is ticked already stays ticked; of two fields for one variable, the one that a script shows stays hidden; what is
    read as a number is typed as one; the browser is known."""
    (tmp_path / "puzzles.yml").write_text(PUZZLES)
    with stage(tmp_path / "data", Interviews()) as on:
        course = find_papers(on, str(tmp_path / "puzzles.yml"))
        papers = [on.store.files.read(course.session_id, paper.file.id).decode() for paper in course.papers]

    assert course.obstacle is None
    assert ["Housing Court, 12, False"] == [paper.strip() for paper in papers]


MISTAKEN = """
mandatory: True
code: |
  court = {'department': None}
---
mandatory: True
question: Which room?
fields:
  - Room: court.room
"""


def test_what_an_author_cannot_set_is_told_with_its_place(tmp_path: Path) -> None:
    """A field for an attribute of what is no object: the author's mistake, not an error of the server."""
    (tmp_path / "mistaken.yml").write_text(MISTAKEN)
    with stage(tmp_path / "data", Interviews()) as on:
        course = find_papers(on, str(tmp_path / "mistaken.yml"))

    assert "mistaken.yml, line 6: `court.room` cannot be set: AttributeError: 'dict' object has no attribute 'room'" in str(course.obstacle)
