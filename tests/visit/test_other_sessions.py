"""A person's other sessions: made, filled, read, listed and deleted by interview code, and nobody else's are within its reach."""

from __future__ import annotations

import hashlib
import json

import pytest

from engross.context import Person
from engross.errors import EngrossError
from engross.rehearsal.samples import SampleFile
from engross.visit import Shown

from .conftest import Bench

KEEPER = """
metadata:
  title: A saved set
---
mandatory: True
question: Kept
subquestion: ${ guest }
"""
ASKS = """
metadata:
  title: The form
---
question: Who?
fields:
  - Name: guest
---
mandatory: True
code: |
  guest
  result = {code}
---
mandatory: True
question: Done
subquestion: |
  ${{ result }}
"""


@pytest.fixture
def ann(bench: Bench) -> Person:
    """Somebody with an account."""
    bench.store.people.prepare()
    return bench.store.people.with_password("ann@example.org", "hash").person


@pytest.fixture
def bob(bench: Bench) -> Person:
    """Somebody else."""
    bench.store.people.prepare()
    return bench.store.people.with_password("bob@example.org", "hash").person


def gone_through(bench: Bench, code: str, person: Person | None = None, guest: str = "Cy") -> Shown:
    """The last screen of a session whose code block gives *code*; ``KEEPER`` in it is the file of the other interview."""
    keeper = bench.write(KEEPER, "keeper.yml")
    text = ASKS.format(code=code.replace("KEEPER", repr(keeper)))
    bench.shown = bench.visits.start(bench.write(text, f"form-{hashlib.sha256(code.encode()).hexdigest()[:12]}.yml"), person=person)
    return bench.answer(guest=guest)


def told(shown: Shown) -> str:
    return str(shown.screen.subquestion).strip()


def saved(bench: Bench, person: Person | None = None, guest: str = "Cy") -> str:
    """The id of a new session of KEEPER with the guest's name."""
    code = "(lambda made: (set_session_variables(KEEPER, made, {'guest': guest, \"_internal['subtitle']\": 'Set of ' + guest}), made)[1])(create_session(KEEPER))"
    return told(gone_through(bench, code, person, guest))


def test_answers_are_kept_in_another_session_and_read_again(bench: Bench, ann: Person) -> None:
    """In a session that belongs to the same person, which shows them when it is opened."""
    other = saved(bench, ann)

    assert "Cy" == told(gone_through(bench, f"get_session_variables(KEEPER, '{other}')['guest']", ann))
    assert "Cy" == bench.visits.show(other).screen.subquestion
    assert {ann.id} == set(bench.store.sessions.owners([other]).values())


def test_a_persons_sessions_are_listed_and_deleted(bench: Bench, ann: Person) -> None:
    """With the titles they were given; the session that deletes all stays."""
    other = saved(bench, ann)
    listed = told(gone_through(bench, f"[row['subtitle'] for row in interview_list(filename=KEEPER)[0] if row['session'] == '{other}']", ann))
    count = told(gone_through(bench, "interview_list(action='delete_all', query=DA.Sessions.filename == KEEPER)", ann))

    assert "['Set of Cy']" == listed.replace("&#39;", "'").replace("&#91;", "[").replace("&#93;", "]")
    assert "1" == count
    assert not bench.store.sessions.exists(other)


@pytest.mark.parametrize("use", ["get_session_variables(KEEPER, 'ID')", "set_session_variables(KEEPER, 'ID', {'guest': 'Eve'})"])
@pytest.mark.parametrize("signed_in", [True, False])
def test_nobody_reaches_anothers_session(bench: Bench, ann: Person, bob: Person, use: str, signed_in: bool) -> None:
    """Knowing its id does not help; the answers stay as they were."""
    other = saved(bench, ann)
    with pytest.raises(EngrossError, match="no such session"):
        gone_through(bench, use.replace("ID", other), bob if signed_in else None, guest="Eve")

    assert "Cy" == bench.visits.show(other).screen.subquestion


def test_nobody_deletes_anothers_session(bench: Bench, ann: Person, bob: Person) -> None:
    """Nothing is deleted, and the count says so."""
    other = saved(bench, ann)

    assert "0" == told(gone_through(bench, f"interview_list(action='delete', session='{other}')", bob))
    assert bench.store.sessions.exists(other)


def test_without_signing_in_there_is_no_list(bench: Bench) -> None:
    """But what a session made itself, it may read."""
    code = "(lambda made: (set_session_variables(KEEPER, made, {'guest': 'Di'}), get_session_variables(KEEPER, made)['guest'], interview_list()))(create_session(KEEPER))"

    assert "(None, 'Di', None)" == told(gone_through(bench, code)).replace("&#39;", "'")


def test_what_was_typed_prints_as_it_stands_elsewhere(bench: Bench, ann: Person) -> None:
    """In the session it was copied to, and in the one that reads it or lists its title."""
    other = saved(bench, ann, guest="<b>Cy</b>")
    read = told(gone_through(bench, f"get_session_variables(KEEPER, '{other}')['guest']", ann))
    listed = told(gone_through(bench, "interview_list(filename=KEEPER)[0][0]['subtitle']", ann))

    assert not any("<b>" in text for text in (read, listed, str(bench.visits.show(other).screen.subquestion)))


IMPORTS = """
question: Your file?
fields:
  - File: upload
    datatype: file
---
mandatory: True
code: |
  set_variables(json.loads(upload.slurp()), process_objects=True)
---
mandatory: True
question: Done
subquestion: |
  ${ friends[0] } and ${ note }
"""


def imported(bench: Bench, data: object) -> Shown:
    """The screen after uploading *data* as JSON."""
    bench.start(IMPORTS)
    return bench.post({}, **{bench.field("upload").key: [SampleFile("set.json", "application/json", json.dumps(data).encode())]})


def test_answers_come_back_from_json(bench: Bench) -> None:
    """Objects are objects again; texts print as they stand, whoever wrote the file; what code could not set is left out."""
    friend = {"_class": "docassemble.base.util.Individual", "instanceName": "friends[0]", "_private": 1, "name": {"_class": "docassemble.base.util.IndividualName", "instanceName": "friends[0].name", "first": "<i>Di</i>", "uses_parts": True}}
    shown = imported(bench, {"friends": {"_class": "docassemble.base.util.DAList", "instanceName": "friends", "elements": [friend], "gathered": True, "auto_gather": False}, "note": "<script>alert(1)</script>"})
    session = bench.store.sessions.load(shown.session_id)
    kept = session.answers(bench.visits._resolver(session)).namespace["friends"][0]

    assert "&#60;i&#62;Di&#60;/i&#62; and &#60;script&#62;alert&#40;1&#41;&#60;/script&#62;" == str(shown.screen.subquestion).strip()
    assert "_private" not in vars(kept)


@pytest.mark.parametrize("name", ["os.system", "subprocess.Popen", "engross.store.Store", "builtins.dict", "docassemble.base.util.Nothing"])
def test_json_makes_objects_of_interviews_only(bench: Bench, name: str) -> None:
    """No other class is made, whatever a file names."""
    with pytest.raises(EngrossError, match=r"may hold objects|is not a class of interview objects"):
        imported(bench, {"friends": {"_class": name, "instanceName": "friends"}, "note": "x"})


# --------------------------------------------------------------------------------------- acting in another session

COUNTER = """
metadata:
  title: A count
---
mandatory: True
code: |
  count = 1
---
event: add_to_count
code: |
  count += action_argument('by')
---
question: Why?
subquestion: |
  There are ${ count }.
fields:
  - Because: why
    default: no reason
    required: False
---
question: How is it?
fields:
  - Colour: colour
    choices:
      - red
      - blue
---
mandatory: True
code: |
  colour
---
mandatory: True
question: Counted ${ count }
"""


def with_counter(bench: Bench, use: str, person: Person | None = None) -> str:
    """What ``use`` gives, of a session of COUNTER that is called ``made``."""
    counter = bench.write(COUNTER, "counter.yml")
    code = f"(lambda made: ({use.replace('COUNTER', repr(counter))}))(create_session({counter!r}))"
    return told(gone_through(bench, code, person)).replace("&#39;", "'").replace("&#91;", "[").replace("&#93;", "]").replace("&#40;", "(").replace("&#41;", ")")


def test_an_action_changes_another_session_at_once(bench: Bench) -> None:
    """What it changed is read right after it."""
    use = "run_action_in_session(COUNTER, made, 'add_to_count', arguments={'by': 2}), get_session_variables(COUNTER, made)['count']"

    assert "(True, 3)" == with_counter(bench, use)


def test_what_an_action_asks_waits_for_nobody(bench: Bench) -> None:
    """Unless it is persistent: then it is what the other session asks next."""
    asked = "get_question_data(COUNTER, made)['questionText']"
    quiet = with_counter(bench, f"run_action_in_session(COUNTER, made, 'why'), {asked}")
    kept = with_counter(bench, f"run_action_in_session(COUNTER, made, 'why', persistent=True), {asked}")

    assert ("(True, 'How is it?')", "(True, 'Why?')") == (quiet, kept)


def test_another_session_tells_what_it_asks(bench: Bench) -> None:
    """By docassemble's keys: fields with their variables, labels, types and choices."""
    field = "get_question_data(COUNTER, made)['fields'][0]"
    use = f"[{field}[key] for key in ('variable_name', 'label', 'required')], [choice['value'] for choice in {field}['choices']]"

    assert "(['colour', 'Colour', True], ['red', 'blue'])" == with_counter(bench, use)


@pytest.mark.parametrize(("overwrite", "left"), [(False, 1), (True, 5)])
def test_another_session_goes_back(bench: Bench, overwrite: bool, left: int) -> None:
    """Before its last step; an action that overwrites is none."""
    use = (
        f"get_question_data(COUNTER, made)['questionText'], run_action_in_session(COUNTER, made, 'add_to_count', arguments={{'by': 4}}, overwrite={overwrite}), "
        "go_back_in_session(COUNTER, made, return_question=True)['questionText'], get_session_variables(COUNTER, made).get('count')"
    )

    assert f"('How is it?', True, 'How is it?', {left})" == with_counter(bench, use)


@pytest.mark.parametrize("use", ["run_action_in_session(KEEPER, 'ID', 'guest')", "go_back_in_session(KEEPER, 'ID')", "get_question_data(KEEPER, 'ID')"])
def test_nobody_acts_in_anothers_session(bench: Bench, ann: Person, bob: Person, use: str) -> None:
    """Knowing its id does not help."""
    other = saved(bench, ann)
    with pytest.raises(EngrossError, match="no such session"):
        gone_through(bench, use.replace("ID", other), bob)

    assert "Cy" == bench.visits.show(other).screen.subquestion


def test_a_session_is_not_another_one_to_itself(bench: Bench) -> None:
    """The author is told so, for it would save over itself."""
    with pytest.raises(EngrossError, match="is for other sessions"):
        gone_through(bench, "run_action_in_session(KEEPER, current_context().session, 'guest')")


@pytest.mark.parametrize("action", ["_da_define", "import os"])
def test_only_an_interviews_own_actions_run_elsewhere(bench: Bench, action: str) -> None:
    """Not the engine's own, and nothing that is no name."""
    with pytest.raises(EngrossError, match="is no action"):
        with_counter(bench, f"run_action_in_session(COUNTER, made, {action!r})")
