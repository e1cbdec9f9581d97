"""One visit to one session: start, answer, go back, act, delete."""

from __future__ import annotations

import threading

import pytest

from engross.errors import CodeError, SessionGone, VisitorError
from engross.visit import Shown
from tests.visit.conftest import Bench

FRUIT = """
mandatory: True
code: |
  name
  fruit
  last_screen
---
question: What is your name?
fields:
  - Name: name
---
question: Which fruit, ${ name }?
fields:
  - Fruit: fruit
    choices:
      - Apple: apple
      - Pear: pear
---
event: last_screen
question: ${ name } eats ${ fruit }.
buttons:
  - Exit: exit
  - Restart: restart
"""


def test_answers_lead_to_the_last_screen(bench: Bench) -> None:
    """Each answer brings the next question, until nothing is missing."""
    first = bench.start(FRUIT)
    bench.answer(name="Ann")
    last = bench.answer(fruit="pear")

    assert (first.screen.question, last.screen.question) == ("What is your name?", "Ann eats pear.")


def test_back_shows_what_was_answered(bench: Bench) -> None:
    """After Back the question has the answer that was given as its default."""
    bench.start(FRUIT)
    bench.answer(name="Ann")

    assert bench.back().screen.fields[0].default == "Ann"


def test_back_takes_the_answer_away(bench: Bench) -> None:
    """Another answer after Back takes the place of the first."""
    bench.start(FRUIT)
    bench.answer(name="Ann")
    bench.back()

    assert bench.answer(name="Ben").screen.question == "Which fruit, Ben?"


def test_the_same_post_twice_counts_once(bench: Bench) -> None:
    """A second post of a screen that was answered shows where the session is."""
    first = bench.start(FRUIT)
    form = {first.screen.fields[0].key: ["Ann"]}
    second = bench.post(form)
    again = bench.visits.submit(first.session_id, first.screen_id, form)

    assert (again.screen_id, again.version) == (second.screen_id, second.version)


BLOCKS = 60
MANY_BLOCKS = (
    "mandatory: True\nquestion: Who?\nfields:\n  - Name: name\n---\n"
    + "".join(f"mandatory: True\ncode: |\n  step{number} = {number}\n---\n" for number in range(BLOCKS))
    + "mandatory: True\nquestion: Bye ${ name }\n"
)


def test_several_clicks_at_once_are_one_version(bench: Bench) -> None:
    """Each copy shows the same next screen without a word, and the session went on by one; also after many blocks, whose names are
    kept in a set."""
    first = bench.start(MANY_BLOCKS)
    form = {first.screen.fields[0].key: ["Ann"]}
    barrier = threading.Barrier(6)
    found: list[Shown] = []

    def click() -> None:
        barrier.wait()
        found.append(bench.visits.submit(first.session_id, first.screen_id, form))

    clicks = [threading.Thread(target=click) for _ in range(barrier.parties)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()

    assert {(one.version, one.screen.question, one.notice) for one in found} == {(first.version + 1, "Bye Ann", None)}
    assert len({one.screen_id for one in found}) == 1
    assert bench.store.sessions.load(first.session_id).version == first.version + 1


def test_a_required_field_left_blank_is_asked_again(bench: Bench) -> None:
    """Nothing is saved; the field's key tells what to do."""
    first = bench.start(FRUIT)
    shown = bench.answer(name="  ")

    assert (shown.errors, shown.version) == ({first.screen.fields[0].key: "You need to fill this in."}, first.version)


def test_a_field_that_was_not_offered_is_not_set(bench: Bench) -> None:
    """Only the fields of the kept screen count, whatever a form says."""
    first = bench.start(FRUIT)
    from engross.engine.fields import key_for

    bench.post({first.screen.fields[0].key: ["Ann"], key_for("fruit"): ["pear"], key_for("__builtins__"): ["x"]})

    assert bench.shown is not None
    assert bench.shown.screen.question == "Which fruit, Ann?"


def test_loading_the_page_again_changes_nothing(bench: Bench) -> None:
    """The same screen keeps its id and its version."""
    first = bench.start(FRUIT)
    again = bench.again()

    assert (again.screen_id, again.version) == (first.screen_id, first.version)


def test_a_deleted_session_is_gone(bench: Bench) -> None:
    """After deletion nothing of the session can be shown."""
    first = bench.start(FRUIT)
    bench.visits.delete(first.session_id)

    with pytest.raises(SessionGone):
        bench.visits.show(first.session_id)


def test_an_exit_button_ends_the_visit(bench: Bench) -> None:
    """A button that sets nothing shows the screen of its action."""
    bench.start(FRUIT)
    bench.answer(name="Ann")
    last = bench.answer(fruit=bench.field("fruit").options[0].key)

    assert bench.visits.act(last.session_id, "exit", {}).screen.kind == "exit"


EVENTS = """
mandatory: True
question: Colour is ${ colour }.
subquestion: |
  [red](${ url_action('paint', colour='red') })
---
code: |
  colour = 'blue'
---
event: paint
code: |
  colour = action_argument('colour')
"""


def test_an_action_changes_an_answer(bench: Bench) -> None:
    """`url_action` runs the event with its arguments, and the screen shows the result."""
    first = bench.start(EVENTS)
    painted = bench.visits.act(first.session_id, "paint", {"colour": "red"})

    assert (first.screen.question, painted.screen.question) == ("Colour is blue.", "Colour is red.")


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("_da_set", {"variables": [["colour", "black"]]}),
        ("_da_undefine", {"variables": ["colour"]}),
        ("__import__('os').system('true')", {}),
    ],
)
def test_a_built_in_action_that_was_not_offered_is_refused(bench: Bench, action: str, arguments: dict[str, object]) -> None:
    """A page may ask only for what the shown screen has a link for."""
    first = bench.start(EVENTS)

    with pytest.raises(VisitorError):
        bench.visits.act(first.session_id, action, arguments)


EDIT = """
mandatory: True
code: |
  fruit
  review_all
---
question: Fruit?
fields:
  - Fruit: fruit
---
event: review_all
question: Review
review:
  - Edit fruit: fruit
    button: You said ${ fruit }.
"""


def test_a_review_line_asks_again(bench: Bench) -> None:
    """Edit shows the question with the answer in it; the new answer leads back to the review."""
    bench.start(EDIT)
    review = bench.answer(fruit="apple")
    line = review.screen.review[0]
    bench.shown = bench.visits.act(review.session_id, line.action or "", dict(line.arguments))
    default = bench.shown.screen.fields[0].default
    after = bench.answer(fruit="pear")

    assert (default, after.screen.review[0].button) == ("apple", "You said pear.")


TASK = """
mandatory: True
code: |
  if task.ready():
    done
  waiting
---
code: |
  task = background_action('add', a=2)
---
event: add
code: |
  background_response(action_argument('a') + number)
---
question: A number?
fields:
  - Number: number
    datatype: integer
---
event: waiting
question: Please wait
reload: True
---
event: done
question: It is ${ task.get() }.
"""


class Silent:
    """A report that nobody reads."""

    def __init__(self) -> None:
        import threading

        self.lost = threading.Event()
        self.outbox: list[dict[str, object]] = []
        self.jobs: list[object] = []
        self.remark: object = None

    def __call__(self, data: object) -> None:
        return None


def work_off(bench: Bench) -> None:
    """Do every job that waits, as a worker does."""
    from engross.errors import Undefined

    while (job := bench.store.jobs.take("tester")) is not None:
        try:
            result = bench.visits.work(job, Silent())  # type: ignore[arg-type]
        except Undefined as missing:
            bench.store.jobs.ask(job, missing.path)
        else:
            bench.store.jobs.finish(job, result)


def test_a_task_that_needs_an_answer_asks_and_goes_on(bench: Bench) -> None:
    """The task ends as needing an answer; the next page asks it; then the task runs again and its value is there."""
    first = bench.start(TASK)
    work_off(bench)
    asked = bench.again()
    bench.answer(number="40")
    work_off(bench)
    done = bench.again()

    assert (first.screen.question, asked.screen.question, done.screen.question) == ("Please wait", "A number?", "It is 42.")


RESPONSE_ACTION = """
mandatory: True
code: |
  task
  count
  last
---
code: |
  task = background_action('work')
---
code: |
  count = 0
---
event: work
code: |
  background_response_action('store_it', value=5)
---
event: store_it
code: |
  count = count + action_argument('value')
---
event: last
question: Count ${ count }
"""


def test_a_response_action_changes_the_newest_answers_without_a_step(bench: Bench) -> None:
    """The action runs once on the newest answers; Back does not stop at it."""
    first = bench.start(RESPONSE_ACTION)
    work_off(bench)
    after = bench.again()

    assert (first.screen.question, after.screen.question, bench.store.sessions.steps(after.session_id)) == ("Count 0", "Count 5", 0)


COLLECT = """
objects:
  - fruit: DAList.using(object_type=Thing, there_are_any=True)
---
mandatory: True
question: |
  ${ comma_and_list(fruit) }
---
question: Fruit?
list collect: True
fields:
  - Name: fruit[i].name.text
  - Colour: fruit[i].colour
    required: False
"""


def test_several_items_on_one_screen(bench: Bench) -> None:
    """Filled items become the list; spare ones left blank do not."""
    first = bench.start(COLLECT)
    last = bench.answer(**{"fruit[0]__name__text": "fig", "fruit[1]__name__text": "pear"})

    assert (first.screen.fields[0].group, last.screen.question) == (0, "fig and pear")


CHECKED = """
mandatory: True
question: ${ age }, ${ email }
---
question: Age?
fields:
  - Age: age
    datatype: integer
    validate: |
      lambda y: True if y > 17 else validation_error("Grown-ups only.")
  - E-mail: email
validation code: |
  if email == str(age):
    validation_error("These are the same.", field="email")
"""


def test_the_checks_of_an_interview(bench: Bench) -> None:
    """`validate` speaks at its field, `validation code` at the field it names; nothing is kept until both are content."""
    bench.start(CHECKED)
    young = bench.answer(age="12", email="x")
    same = bench.answer(age="20", email="20")
    good = bench.answer(age="20", email="x")

    assert (list(young.errors.values()), list(same.errors.items()), good.screen.question) == (
        ["Grown-ups only."],
        [(bench_key("email"), "These are the same.")],
        "20, x",
    )


def bench_key(path: str) -> str:
    """The key of the field for *path*."""
    from engross.engine.fields import key_for

    return key_for(path)


UPLOAD = """
mandatory: True
question: ${ proof[0].filename } ${ proof[0].size_in_bytes() } ${ sign.mimetype }
---
question: Sign
signature: sign
---
question: Proof?
fields:
  - File: proof
    datatype: file
"""


def test_files_and_signatures_are_kept(bench: Bench) -> None:
    """An upload and a signature become files of the session."""
    from tests.engine.test_submission import Sent

    bench.start(UPLOAD)
    bench.post({}, **{bench_key("proof"): [Sent("lease.txt", "text/plain", b"twelve bytes")]})
    last = bench.post({f"{bench_key('sign')}.typed": ["Ann"]})

    assert last.screen.question == "lease.txt 12 image/png"


def test_an_error_in_the_next_screen_loses_nothing(bench: Bench) -> None:
    """When what comes next fails, the session stays at the screen that was answered."""
    from engross.errors import CodeError

    first = bench.start("mandatory: True\ncode: |\n  a\n  1 / 0\n---\nquestion: A?\nfields:\n  - A: a\n")
    with pytest.raises(CodeError):
        bench.answer(a="x")

    assert bench.visits.show(first.session_id).screen.question == "A?"


LOCALS = """
mandatory: True
code: |
  session_local.count = session_local.count + 1 if hasattr(session_local, 'count') else 1
  a
  end
---
question: A?
fields:
  - A: a
---
event: end
question: Seen ${ session_local.count }, ${ url_args.get('from', 'nowhere') }
"""


def test_local_values_and_url_arguments_are_kept(bench: Bench) -> None:
    """`session_local` and `url_args` live as long as the session."""
    shown = bench.visits.start(bench.write(LOCALS), url_arguments={"from": "court"})
    bench.shown = shown

    assert bench.answer(a="x").screen.question == "Seen 2, court"


def test_a_random_walk_with_undo_returns_to_the_same_answers(bench: Bench) -> None:
    """Forward and back again as often as one likes: the answers are those of the same place."""
    import random

    text = "mandatory: True\ncode: |\n" + "".join(f"  v{n}\n" for n in range(8)) + "  end\n"
    text += "".join(f"---\nquestion: V{n}?\nfields:\n  - V: v{n}\n" for n in range(8)) + "---\nevent: end\nquestion: End\n"
    shown = bench.start(text)
    dice = random.Random(7)
    kept: dict[int, dict[str, object]] = {}
    place = 0

    def answers() -> dict[str, object]:
        session = bench.store.sessions.load(shown.session_id)
        found = session.answers(bench.visits._resolver(session)).namespace
        return {name: value for name, value in found.items() if name.startswith("v")}

    for _ in range(40):
        if place < 8 and (place == 0 or dice.random() < 0.55):
            bench.answer(**{f"v{place}": f"value {place}"})
            place += 1
        else:
            bench.back()
            place -= 1
        assert kept.setdefault(place, answers()) == answers()


TABLE = """
objects:
  - kids: DAList.using(object_type=Thing, there_are_any=True)
---
mandatory: True
question: ${ comma_and_list(kids) }
subquestion: |
  ${ kids_table }

  ${ kids.add_action() }
---
question: Kid ${ i + 1 }
fields:
  - Name: kids[i].name.text
---
question: Another?
yesno: kids.there_is_another
---
table: kids_table
rows: kids
columns:
  - Name: row_item.name.text
edit:
  - name.text
delete buttons: True
"""


def linked(bench: Bench, action: str, number: int = 0) -> tuple[str, dict[str, object]]:
    """The *number*-th link of the shown screen for *action*, with its arguments."""
    import json

    from engross.engine.screen import to_data
    from engross.visit import offered_actions

    assert bench.shown is not None
    found = [json.loads(entry) for entry in offered_actions(to_data(bench.shown.screen))]
    name, arguments = [entry for entry in found if entry[0] == action][number]
    return name, arguments


def test_a_table_edits_adds_and_removes(bench: Bench) -> None:
    """The links of a table and the button below it do what they say, and lead back to the table."""
    bench.start(TABLE)
    bench.answer(**{"kids[0]__name__text": "Ann"})
    shown = bench.answer(kids__there_is_another="False")
    bench.shown = bench.visits.act(shown.session_id, *linked(bench, "_da_list_add"))
    added = bench.answer(**{"kids[1]__name__text": "Ben"}).screen.question
    bench.shown = bench.visits.act(shown.session_id, *linked(bench, "_da_list_edit", 0))
    edited = bench.answer(**{"kids[0]__name__text": "Zoë"}).screen.question
    bench.shown = bench.visits.act(shown.session_id, *linked(bench, "_da_list_remove", 0))

    assert (added, edited, bench.shown.screen.question) == ("Ann and Ben", "Zoë and Ben", "Ben")


def test_objects_come_from_a_file(bench: Bench) -> None:
    """`objects from file` reads a file of the interview's `data/sources`; its name may hold Mako."""
    sources = bench.folder / "data" / "sources"
    sources.mkdir(parents=True)
    (sources / "clerks.yml").write_text("object: Person\nitems:\n  - name:\n      object: Name\n      item:\n        text: Ash\n")
    shown = bench.start("mandatory: True\nquestion: ${ clerks[0] }\n---\nobjects from file:\n  - clerks: ${ 'clerks' }.yml\n")

    assert shown.screen.question == "Ash"


def test_no_way_back_past_a_screen_that_prevents_it(bench: Bench) -> None:
    """`prevent going back`: neither from that screen nor to it; further on Back works again."""
    text = "mandatory: True\ncode: |\n  a\n  b\n  c\n  end\n---\nevent: end\nquestion: End\n"
    text += "".join(
        f"---\nquestion: {name}\n{'prevent going back: True' if name == 'b' else 'comment: x'}\nfields:\n  - X: {name}\n" for name in "abc"
    )
    bench.start(text)
    allowed = []
    for name in "abc":
        allowed.append(bench.answer(**{name: "x"}).screen.back_allowed)

    assert allowed == [False, False, True]


def test_a_check_that_needs_an_unknown_answer_says_how_to_mend_it(bench: Bench) -> None:
    """The author is told the name and to ask for it before."""
    from engross.errors import CodeError

    bench.start("mandatory: True\nquestion: ${ a }\n---\nquestion: A?\nfields:\n  - A: a\nvalidation code: |\n  a == other\n")

    with pytest.raises(CodeError, match="`validation code` needs `other`"):
        bench.answer(a="x")


@pytest.mark.slow
def test_a_loop_that_does_not_end_hurts_nobody_else(bench: Bench) -> None:
    """The author is told the place; the answers stay as they were, and other visits go on."""
    settings = bench.visits._settings.model_copy(update={"think_seconds": 0.3})
    bench.visits._settings = settings
    other = bench.start("mandatory: True\nquestion: Hello\nfields:\n  - Name: name\n---\nmandatory: True\nquestion: Bye ${ name }\n")
    path = bench.write("mandatory: True\nquestion: Go?\nyesno: go\n---\nmandatory: True\ncode: |\n  while go:\n    pass\n", "endless.yml")
    shown = bench.visits.start(path)
    key = shown.screen.fields[0].key

    with pytest.raises(CodeError) as told:
        bench.visits.submit(shown.session_id, shown.screen_id, {key: ["True"]})

    assert (path, True) == (told.value.where.file if told.value.where else "", told.value.where is not None and told.value.where.line >= 7)
    assert "Go?" in bench.visits.show(shown.session_id).screen.question
    bench.shown = other
    assert "Bye Lee" in bench.answer(name="Lee").screen.question


def test_a_program_is_told_when_work_has_ended(bench: Bench) -> None:
    """A session that was begun with a webhook leaves one message for each job."""
    path = bench.write(
        "mandatory: True\ncode: |\n  task, seen\n---\ncode: |\n  task = background_action('work')\n---\nevent: work\ncode: |\n  background_response(1)\n---\nquestion: Seen?\nyesno: seen\n",
        "told.yml",
    )
    shown = bench.visits.start(path, device={"webhook": "https://example.org/x"})
    told: list[dict[str, object]] = []
    job = bench.store.jobs.take("worker")
    assert job is not None

    class Report:
        lost = threading.Event()
        outbox = told
        jobs: list[object] = []  # noqa: RUF012

        def __call__(self, data: object) -> None:
            pass

    bench.visits.work(job, Report())

    assert shown.session_id
    assert [("webhook", "https://example.org/x", "ready")] == [(one["kind"], one["url"], one["json"]["event"]) for one in told]  # type: ignore[index]


def test_nobody_chosen_leaves_the_fields_beside_to_say_who_it_is(bench: Bench) -> None:
    """With `disable others` a new person may be named in place of one already mentioned, and the object that is there takes the name."""
    bench.start(
        """
objects:
  - person: DAList.using(object_type=Individual, auto_gather=False, gathered=True)
  - doctor: Individual
---
mandatory: True
code: |
  person.appendObject()
  person[0].name.first = "Ann"
---
mandatory: True
code: |
  doctor.name.first
  last_screen
---
question: Who is your doctor?
fields:
  - Someone already mentioned: doctor
    datatype: object
    choices:
      - person
    disable others: True
  - First name: doctor.name.first
---
event: last_screen
question: ${ doctor.name.first }
"""
    )
    key = bench.field("doctor.name.first").key

    assert bench.post({key: ["Joan"]}).screen.question == "Joan"


COMPUTED = """
objects:
  - pet: DAObject
---
mandatory: True
question: It is ${ pet.kind }, ${ pet.seen }.
---
generic object: DAObject
sets: x.kind
question: Kind?
fields:
  - code: |
      [{"Kind": x.instanceName + ".kind"}]
validation code: |
  x.seen = x.kind.upper()
"""


def test_validation_code_of_computed_fields_knows_its_object(bench: Bench) -> None:
    """`x` is the object whose attribute was sought, though no field names it."""
    bench.start(COMPUTED)

    assert "It is cat, CAT." == bench.answer(**{"pet.kind": "cat"}).screen.question


ONE_ID = """
objects:
  - pet: DAObject
  - wild: DAObject
---
mandatory: True
question: It is ${ pet.kind }, ${ pet.seen }.
---
id: what kind
question: Kind?
fields:
  - Kind: pet.kind
validation code: |
  pet.seen = pet.kind.upper()
---
id: what kind
question: Kind?
fields:
  - Kind: wild.kind
validation code: |
  wild.seen = wild.kind.upper()
"""


def test_of_two_blocks_with_one_id_the_one_that_asked_checks_the_answer(bench: Bench) -> None:
    """The other one's `validation code` looks at what nobody has answered."""
    bench.start(ONE_ID)

    assert bench.answer(**{"pet.kind": "cat"}).screen.question == "It is cat, CAT."


AGREES = """
mandatory: True
code: |
  greeting
  pet.seen
---
objects:
  - pet: DAObject
---
question: Welcome
continue button field: greeting
buttons:
  - I agree: continue
  - No: exit
---
generic object: DAObject
question: Did you see it?
continue button field: x.seen
buttons:
  - I did: continue
---
mandatory: True
question: ${ repr(greeting) } ${ repr(pet.seen) }
"""


def test_a_button_that_continues_sets_the_continue_button_field(bench: Bench) -> None:
    """`I agree: continue` beside `continue button field`, of a generic question too."""
    bench.start(AGREES)
    bench.post({"_choice": ["0"]})

    assert bench.post({"_choice": ["0"]}).screen.question == "True True"
