"""A page that is being filled in tells the interview what stands in it (``check in``)."""

from __future__ import annotations

import pytest

from engross.engine.checkins import Command
from engross.errors import VisitorError
from tests.visit.conftest import Bench

FORM = """
question: About you
subquestion: "[TARGET advice]"
fields:
  - Age: person.age
    datatype: integer
  - Lives here: lives_here
    datatype: yesno
  - State: state
    choices: [MA, NY]
  - County: county
    choices: [None yet]
  - Rooms: rooms
    datatype: checkboxes
    choices: [kitchen, bath]
    required: False
check in: look
---
objects:
  - person: DAObject
---
event: look
code: |
  ACTION
---
template: too_young
target: advice
content: |
  You wrote **${ action_argument('person.age') }**.
---
mandatory: True
question: You live in ${ county }, ${ counted }
---
code: counted = 0
"""


def told(bench: Bench, action: str, changed: str = "", **fields: str) -> list[Command]:
    """What the page is to do, with these fields filled in."""
    if bench.shown is None:
        bench.start(FORM.replace("ACTION", action.replace("\n", "\n  ")))
    assert bench.shown is not None
    form = {bench.field(name).key: [text] for name, text in fields.items()}
    return bench.visits.check_in(bench.shown.session_id, bench.shown.screen_id, form, bench.field(changed).key if changed else "")


def test_the_action_is_told_what_stands_in_the_page(bench: Bench) -> None:
    """By variable: texts as they are, ticks and choices as what they mean, and which field has just changed."""
    asked = "background_response(repr([action_argument(n) for n in ('state', 'lives_here', 'rooms', '_changed', '_initial')]), 'javascript')"

    assert told(bench, asked, changed="state", state="NY")[0].value == "['NY', False, [], 'state', False]"


def test_a_template_with_a_target_answers(bench: Bench) -> None:
    """Its words, with what was typed printed as it stands; nothing is answered, no step is added, and it answers again."""
    bench.start(FORM.replace("ACTION", "if action_argument('person.age'):\n    too_young"))
    assert bench.shown is not None
    key = bench.shown.screen.fields[0].key
    answers = [bench.visits.check_in(bench.shown.session_id, bench.shown.screen_id, {key: [text]}) for text in ("3", "<b>4</b>", "")]

    assert [[(one.action, one.target, one.value.strip()) for one in each] for each in answers] == [
        [("target", "advice", "You wrote **3**.")], [("target", "advice", "You wrote **&#60;b&#62;4&#60;/b&#62;**.")], [],
    ]  # fmt: skip
    assert bench.again().screen_id == bench.shown.screen_id
    assert bench.shown.screen.question == "About you"


def test_choices_come_from_the_interview_and_count(bench: Bench) -> None:
    """What a check-in offered may be chosen; what the field had before may not any more."""
    commands = told(bench, "background_response({'county': {'choices': [['s', 'Suffolk'], 'Essex'], 'value': 's'}, 'state': 'MA', 'secret': 1}, 'fields')")
    assert bench.shown is not None
    county, state = bench.field("county").key, bench.field("state").key
    refused = bench.visits.submit(bench.shown.session_id, bench.shown.screen_id, {county: ["None yet"], state: ["MA"], bench.field("person.age").key: ["5"]})
    shown = bench.visits.submit(bench.shown.session_id, bench.shown.screen_id, {county: ["s"], state: ["MA"], bench.field("person.age").key: ["5"]})

    assert commands == [Command(action="fields", value={county: "s", state: "MA"}, choices={county: [("s", "Suffolk"), ("Essex", "Essex")]})]
    assert list(refused.errors) == [county]
    assert shown.screen.question == "You live in s, 0"


def test_what_the_action_sets_is_kept(bench: Bench) -> None:
    """Counted at each check-in; the screen stays the same one."""
    for text in ("1", "2"):
        assert told(bench, "counted += 1", state=text) == []
    assert bench.shown is not None
    form = {bench.field(name).key: [text] for name, text in (("county", "None yet"), ("state", "MA"), ("person.age", "5"))}

    assert bench.visits.submit(bench.shown.session_id, bench.shown.screen_id, form).screen.question == "You live in None yet, 2"


@pytest.mark.parametrize(
    ("given", "expected"),
    [("'Hi <b>', 'flash'", ("flash", "Hi <b>")), ("'go()', 'javascript'", ("javascript", "go()")), ("'refresh'", ("refresh", None)), ("target='advice', content='x'", ("target", "x")), ("5", None), ("", None)],
)
def test_background_response_says_what_the_page_does(bench: Bench, given: str, expected: tuple[str, str] | None) -> None:
    """A message, a script, a new look, words for a place; a bare value nothing."""
    assert [(one.action, one.value) for one in told(bench, f"background_response({given})")] == ([expected] if expected else [])


def test_a_page_that_is_not_the_current_one_is_told_nothing(bench: Bench) -> None:
    """Nor one that does not check in."""
    shown = bench.start(FORM.replace("ACTION", "pass"))
    with pytest.raises(VisitorError):
        bench.visits.check_in(shown.session_id, "other", {})
    plain = bench.visits.start(bench.write("mandatory: True\nquestion: Q\nfield: a\n", "plain.yml"))
    with pytest.raises(VisitorError):
        bench.visits.check_in(plain.session_id, plain.screen_id, {})
