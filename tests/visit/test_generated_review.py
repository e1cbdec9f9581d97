"""The review of the answers where the interview's author wrote none."""

from __future__ import annotations

import base64
import io

from PIL import Image

from engross.engine.screen import GENERATED_REVIEW, ReviewLine
from engross.web.forms import Upload
from tests.visit.conftest import Bench

INTERVIEW = """
objects:
  - pets: DAList.using(object_type=DAObject, complete_attribute="name")
---
sections:
  - about: About you
  - house: Your home
---
mandatory: True
code: |
  town
  pets.gather()
  computed
  last_screen
---
section: about
question: Who are you?
fields:
  - Name: name
  - Password: secret
    datatype: password
  - Born: born
    datatype: date
  - Colors: colors
    datatype: checkboxes
    choices:
      - Deep red: r
      - Blue: b
  - Nickname: nick
    required: False
  - no label: trace
    datatype: hidden
    default: never shown
---
section: house
question: In which town do you live?
fields:
  - no label: town
    choices:
      - "[b]Lynn[/b]": lynn
      - Boston: bos
---
code: |
  computed = name + " of the court"
---
question: Do you have pets?
yesno: pets.there_are_any
---
question: Is there another pet?
yesno: pets.there_is_another
---
question: What is the pet called?
fields:
  - Pet: pets[i].name
---
event: last_screen
question: Done
subquestion: |
  ${ name } in ${ town }: ${ ", ".join(pet.name for pet in pets) }
"""


def start(bench: Bench, text: str = INTERVIEW) -> None:
    bench.start(text.replace("  town\n  pets", "  name\n  town\n  pets", 1))
    bench.post(
        {bench.field("name").key: ["<b>Ann</b>"], bench.field("secret").key: ["hunter2"], bench.field("born").key: ["1990-04-05"], bench.field("nick").key: [""], bench.field("trace").key: ["never shown"]}
        | {box_of(bench, "r"): ["True"]}
    )
    bench.answer(town="lynn")
    bench.answer(pets__there_are_any="True")
    bench.post({bench.field("pets[0].name").key: ["Rex"]})
    bench.answer(pets__there_is_another="True")
    bench.post({bench.field("pets[1].name").key: ["Tom"]})
    bench.answer(pets__there_is_another="False")


def box_of(bench: Bench, key: str) -> str:
    from engross.engine.screen import box_name

    field = bench.field("colors")
    return box_name(field, next(option for option in field.options if option.key == key))


def review(bench: Bench) -> tuple[ReviewLine, ...]:
    assert bench.shown is not None
    bench.shown = bench.visits.act(bench.shown.session_id, GENERATED_REVIEW)
    return bench.shown.screen.review


def press(bench: Bench, action: str | None, arguments: dict[str, object] | None = None) -> None:
    assert bench.shown is not None
    assert action is not None
    bench.shown = bench.visits.act(bench.shown.session_id, action, arguments or {})


def test_every_answer_is_listed_as_it_was_asked(bench: Bench) -> None:
    """Label and answer, in the order and sections of the questions; no password, no hidden field, nothing that code computed."""
    start(bench)
    lines = review(bench)
    said = [(line.heading, line.label, [(given.label, given.text) for given in line.answers]) for line in lines]

    assert [
        ("About you", "Who are you?", [("Name", "<b>Ann</b>"), ("Password", "••••••••"), ("Born", "April 5, 1990"), ("Colors", "Deep red"), ("Nickname", "Not answered")]),
        ("Your home", "In which town do you live?", [(None, "[b]Lynn[/b]")]),
        (None, "Do you have pets?", [(None, "Yes")]),
        (None, "What is the pet called?", [("Pet", "Rex")]),
        (None, "What is the pet called?", [("Pet", "Tom")]),
    ] == said


def test_change_leads_to_the_question_and_back_to_the_review(bench: Bench) -> None:
    """The question has the old answer in it; after it the review shows the new one, and Continue leads to where the visitor was."""
    start(bench)
    press(bench, review(bench)[1].action)
    assert bench.shown is not None
    asked = bench.field("town").default
    bench.answer(town="bos")
    after = bench.shown
    bench.post({})

    assert "lynn" == asked
    assert "Boston" == after.screen.review[1].answers[0].text
    assert "<b>Ann</b> in bos: Rex, Tom" in plain(bench)


def plain(bench: Bench) -> str:
    import html

    assert bench.shown is not None
    return html.unescape(bench.shown.screen.subquestion or "")


def test_items_of_a_list_are_removed_and_added(bench: Bench) -> None:
    """Each item can be removed and others added; the review comes back, with the items that there are."""
    start(bench)
    (gone,) = [button for line in review(bench) for button in line.buttons if button.arguments.get("item") == "pets[0]"]
    press(bench, gone.action, dict(gone.arguments))
    assert bench.shown is not None
    left = [line.answers[0].text for line in bench.shown.screen.review if line.label == "What is the pet called?"]
    (more,) = [button for line in bench.shown.screen.review for button in line.buttons if button.action == "_da_list_add"]
    press(bench, more.action, dict(more.arguments))
    bench.post({bench.field("pets[1].name").key: ["Kim"]})
    again = [line.answers[0].text for line in bench.shown.screen.review if line.label == "What is the pet called?"]

    assert (["Tom"], ["Tom", "Kim"]) == (left, again)


def test_there_is_no_review_before_anything_was_answered(bench: Bench) -> None:
    """The first page offers none; the next one does."""
    bench.start(INTERVIEW)
    before = bench.shown
    bench.answer(town="lynn")

    assert (None, GENERATED_REVIEW) == (before.screen.review_action if before else "", bench.shown.screen.review_action if bench.shown else "")


def test_an_author_may_do_without(bench: Bench) -> None:
    """``generated review: False`` under ``features`` takes it away."""
    start(bench, "features:\n  generated review: False\n---" + INTERVIEW)

    assert bench.shown is not None
    assert bench.shown.screen.review_action is None


def test_the_authors_review_goes_before(bench: Bench) -> None:
    """Where the author wrote one, the way to change answers leads there."""
    start(bench, INTERVIEW + "---\nevent: mine\nquestion: Mine\nreview:\n  - Edit: name\n    button: ${ name }\n")

    assert bench.shown is not None
    assert "mine" == bench.shown.screen.review_action


def test_uploads_are_named_and_signatures_shown(bench: Bench) -> None:
    """A photograph by its name and as a picture, a signature as a picture alone; without it, that there is none."""
    drawn = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(drawn, "PNG")
    png = drawn.getvalue()
    bench.start(
        "mandatory: True\ncode: |\n  photo\n  signed\n  last\n---\nquestion: Your photo\nfields:\n  - Photo: photo\n    datatype: file\n---\n"
        "question: Sign\nsignature: signed\n---\nevent: last\nquestion: Done\n"
    )
    bench.post({}, **{bench.field("photo").key: [Upload(name="[FILE x] heat.png", mimetype="image/png", data=png)]})
    bench.post({bench.field("signed").key: ["data:image/png;base64," + base64.b64encode(png).decode()]})
    (photo,), (signature,) = (line.answers for line in review(bench))

    assert ("[FILE x] heat.png", 1, "", 1) == (photo.text, len(photo.pictures), signature.text, len(signature.pictures))
