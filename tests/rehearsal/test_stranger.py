"""The stranger who goes through interviews with invented answers looks for a way to the papers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engross.language.interview import Interviews
from engross.rehearsal.drive import Rehearsal, stage
from engross.rehearsal.stranger import find_papers


def gone_through(tmp_path: Path, source: str, name: str = "interview.yml", *, tries: int = 24) -> Rehearsal:
    """How far a stranger comes in the interview *source*."""
    (tmp_path / name).write_text(source)
    with stage(tmp_path / "data", Interviews()) as on:
        return find_papers(on, str(tmp_path / name), tries=tries)


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
    course = gone_through(tmp_path, LATE)

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
    course = gone_through(tmp_path, MISTAKEN, "mistaken.yml")

    assert "mistaken.yml, line 6: `court.room` cannot be set: AttributeError: 'dict' object has no attribute 'room'" in str(course.obstacle)


ALL_NO = """
question: Any of these?
fields:
  - First: first
    datatype: yesnoradio
  - Second: second
    datatype: yesnoradio
  - Third: third
    datatype: yesnoradio
---
event: away
question: Not for you
buttons:
  - Sign in: signin
  - Register: register
---
mandatory: True
code: |
  if first or second or third:
    away
---
mandatory: True
question: Done
attachment:
  name: Letter
  content: None of them
  valid formats: md
"""


def test_several_answers_that_turn_people_away_are_tried_otherwise_together(tmp_path: Path) -> None:
    """Each by itself does not help: three times no is the way."""
    course = gone_through(tmp_path, ALL_NO)

    assert course.obstacle is None
    assert 1 == len(course.papers)


BROKEN_PAPER = """
modules:
  - engross.library.bundles
---
objects:
  - letter: ALDocument.using(title="The letter", filename="letter", enabled=True)
  - bundle: ALDocumentBundle.using(title="Papers", filename="papers", elements=[letter], enabled=True)
---
attachment:
  name: Letter
  variable name: letter[i]
  content: ${ nobody_defines_this }
  valid formats: pdf
---
mandatory: True
question: Done
subquestion: ${ bundle.download_list_html() }
buttons:
  - Sign in: signin
"""

BROKEN_TASK = """
mandatory: True
code: |
  task = background_action("work")
---
event: work
code: |
  background_response(1 / 0)
---
mandatory: True
code: |
  if not task.ready():
    waits
---
event: waits
question: One moment
reload: True
---
mandatory: True
question: ${ "Failed" if task.failed() else "Done" }
"""


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (BROKEN_PAPER, r"a paper could not be filled: .*interview\.yml, line 10: no block defines `nobody_defines_this`"),
        (BROKEN_TASK, r"(?s)a background task failed: .*interview\.yml, line \d+.*ZeroDivisionError"),
    ],
    ids=["paper", "task"],
)
def test_a_way_that_ends_without_papers_names_what_failed(tmp_path: Path, source: str, words: str) -> None:
    """The paper or the task, the reason, file and line; not only the title of the last screen."""
    course = gone_through(tmp_path, source, tries=1)

    assert re.search(words, str(course.obstacle)), str(course.obstacle)


COUNTIES = """
objects:
  - place: Address
---
question: Where do you live?
fields:
  - Street: place.address
  - City: place.city
  - State: place.state
---
code: |
  clerks = {"Barbour": "8 North Main Street", "Berkeley": "510 South Street"}
---
mandatory: True
code: |
  place.geocode()
---
mandatory: True
question: Done
attachment:
  name: Letter
  content: |
    To the clerk, ${ clerks[place.county.split(" ")[0]] }
  valid formats: md
"""


def test_the_county_of_a_made_up_address_is_one_that_the_interview_knows(tmp_path: Path) -> None:
    """As that of a person in the place that the interview is for, whom a map service would have found there."""
    (tmp_path / "interview.yml").write_text(COUNTIES)
    with stage(tmp_path / "data", Interviews()) as on:
        course = find_papers(on, str(tmp_path / "interview.yml"))
        assert course.obstacle is None, str(course.obstacle)
        assert b"8 North Main Street" in on.store.files.read(course.session_id, course.papers[0].file.id)


TWO_PEOPLE = """
mandatory: True
code: |
  multi_user = True
  lawyer
  invited
  if challenge.format() != born.format():
    not_you
  signed
---
code: |
  send_email(to=lawyer, template=please_sign)
  invited = True
  prevent_going_back()
  force_ask('waiting')
---
question: Who are you, and when was your client born?
fields:
  - E-mail: lawyer
    datatype: email
  - Date of birth: born
    datatype: date
---
event: waiting
question: We wrote to your client
---
question: Please enter your birthday
fields:
  - no label: challenge
    datatype: date
---
event: not_you
question: That is somebody else's form
---
template: please_sign
subject: Please sign
content: |
  ${ interview_url() }
---
event: signed
question: Signed
attachment:
  name: Release
  content: Born ${ born }
  valid formats: md
"""


def test_who_is_sent_the_address_goes_on_as_the_second_person(tmp_path: Path) -> None:
    """The first waits; the second, in another browser, is asked what is theirs, and their birthday is what the first said it is."""
    course = gone_through(tmp_path, TWO_PEOPLE)

    assert course.obstacle is None
    assert 1 == len(course.papers)
    assert ["We wrote to your client", "Please enter your birthday", "Signed"] == [screen.question for screen in course.screens][-3:]


COUNTS_ON_TWO = """
objects:
  - spouses: DAList.using(object_type=Individual, there_are_any=True)
---
question: A name?
fields:
  - Name: spouses[i].name.first
---
question: Another?
yesno: spouses.there_is_another
---
question: What did they agree on?
fields:
  - All that holds: terms
    datatype: checkboxes
    choices:
      - House: house
      - Car: car
      - Dog: dog
      - Money: money
      - Boat: boat
      - Other: other
    none of the above: False
  - What else: what_else
    show if: terms['other']
---
mandatory: True
code: |
  spouses.gather()
  agreed = [spouses[0].name.first, spouses[1].name.first, what_else]
---
mandatory: True
question: Done
attachment:
  name: Agreement
  content: ${ comma_and_list(agreed) }
  valid formats: md
"""


def test_a_list_is_as_long_as_the_interview_counts_on(tmp_path: Path) -> None:
    """And the last of many boxes is ticked where only it leads on."""
    course = gone_through(tmp_path, COUNTS_ON_TWO)

    assert course.obstacle is None
    assert 1 == len(course.papers)


CIRCLE = """
question: What was found?
fields:
  - Found: found
    datatype: checkboxes
    choices:
      - Papers: papers
      - Keys: keys
      - Other: other
    none of the above: False
  - What else: what_else
    show if: found['other']
---
question: Is that all?
fields:
  - There is more to tell: there_is_more
    datatype: yesnoradio
---
mandatory: True
code: |
  what_else
  while there_is_more:
    del there_is_more
---
mandatory: True
question: Done
attachment:
  name: List
  content: ${ what_else }
  valid formats: md
"""


def test_a_question_that_comes_again_and_again_is_answered_otherwise(tmp_path: Path) -> None:
    """On the same way: who meets a question for the third time says something else."""
    course = gone_through(tmp_path, CIRCLE, tries=1)

    assert course.obstacle is None
    assert len(course.papers) == 1


GOODBYE = """
mandatory: True
code: |
  if agrees:
    command("exit_logout")
---
question: Shall we begin?
yesno: agrees
---
mandatory: True
question: Done
attachment:
  name: Letter
  content: Goodbye
  valid formats: md
"""


def test_who_is_sent_away_and_signed_out_posts_nothing_more(tmp_path: Path) -> None:
    """The session is over; with another answer it leads on."""
    course = gone_through(tmp_path, GOODBYE, tries=1)

    assert "it ends without papers" in str(course.obstacle)
    assert gone_through(tmp_path, GOODBYE, tries=2).papers


BESIDE_THE_POINT = """
question: Who are you?
fields:
  - Role: role
    choices: [Child, Parent]
    input type: radio
---
question: Where do you live?
fields:
  - State: state
    choices: [AK, AL, AR, AZ, CA, CO, CT, DE]
  - After your name: suffix
    choices: [Jr, Sr, II, III]
    required: False
---
mandatory: True
code: |
  role, state
  if role == "Child":
    1 / 0
---
mandatory: True
question: Done
attachment:
  name: Letter
  content: From a parent
  valid formats: md
"""


def test_what_seldom_matters_is_tried_otherwise_last(tmp_path: Path) -> None:
    """One of many places, or what may stay empty, is seldom why an interview goes no further."""
    course = gone_through(tmp_path, BESIDE_THE_POINT, tries=2)

    assert course.obstacle is None
    assert len(course.papers) == 1


TURNED_AWAY = """
question: About you
fields:
  - Resident: resident
    datatype: yesnoradio
  - Prisoner: prisoner
    datatype: yesnoradio
  - Children: children
    datatype: yesnoradio
---
question: About the house
fields:
  - House: has_house
    datatype: yesnoradio
  - Garden: has_garden
    datatype: yesnoradio
  - Lake: has_lake
    datatype: yesnoradio
---
code: |
  is_excluded = prisoner
---
if: not children
code: |
  custody = "no"
---
mandatory: True
code: |
  if is_excluded:
    away
  has_lake
  custody
---
event: away
question: Not for you
---
mandatory: True
question: Done
attachment:
  name: Letter
  content: ${ resident } ${ has_house } ${ custody }
  valid formats: md
"""


def test_the_answer_that_turned_people_away_is_changed_first(tmp_path: Path) -> None:
    """What the last screen depended on, behind what code computes too, and the condition of a block that defined nothing."""
    course = gone_through(tmp_path, TURNED_AWAY, tries=3)

    assert course.obstacle is None
    assert len(course.papers) == 1
