"""What a visitor typed prints as it was typed on every later screen."""

from __future__ import annotations

import lxml.html
import pytest

from engross.engine.screen import to_data
from engross.markup import from_html, to_html, to_text
from tests.visit.conftest import Bench

INTERVIEW = """
objects:
  - people: DAList.using(object_type=Individual, there_are_any=True, there_is_another=False)
---
mandatory: True
code: |
  people.gather()
  story
  favourite
  last_screen
---
question: Who?
fields:
  - First: people[i].name.first
  - Last: people[i].name.last
---
question: Tell, ${ people[0] }.
fields:
  - Story: story
    input type: area
---
question: Whom do you like, ${ people[0].name.full().upper() }?
fields:
  - Favourite: favourite
    datatype: object_radio
    choices: people
  - Note: nickname
    required: False
    hint: Not ${ people[0].name.first }
    default: ${ people[0].name.first }
---
template: letter
subject: For ${ favourite }
content: |
  Dear **${ people[0].name.first }**, you wrote: ${ story }
---
event: last_screen
question: |
  Bye ${ capitalize(favourite.name.full()) }
subquestion: |
  ${ letter }

  * ${ comma_and_list(people) }
  * ${ action_button_html(url_action('last_screen'), label=people[0].name.first) }

  ${ single_paragraph(story) }
"""

WORDS = [
    "<script>alert(1)</script>",
    "<b>Bob</b>",
    "*Bob*",
    "[FILE secret.pdf]",
    "${ 6*7 }",
    "{{ 6*7 }}",
    "<%doc>x</%doc>",
    "_a_ & `b`",
    "[l](javascript:alert(1))",
    'x" onmouseover="alert(1)',
]


@pytest.mark.parametrize("words", WORDS)
def test_on_every_screen(bench: Bench, words: str) -> None:
    """In questions, templates, lists, choices and buttons: the same letters, no new elements; defaults and hints untouched."""
    first = bench.start(INTERVIEW).screen
    second = bench.post(
        {entry.key: [words if entry.path == "people[0].name.first" else "Lee"] for entry in first.fields}
    ).screen
    third = bench.answer(story=f"line one\n\n{words} end").screen
    note = bench.field("nickname")
    last = bench.answer(favourite=bench.field("favourite").options[0].key, nickname="x").screen
    shown = lxml.html.fragment_fromstring(to_html(last.subquestion or ""), create_parent="div")
    full = " ".join(f"{words} Lee".split())

    assert (
        f"Tell, {full}.",
        f"Whom do you like, {full.upper()}?",
        full,
        words,
        f"Not {words}",
        True,
        True,
        {"div", "p", "strong", "ul", "li", "a"},
    ) == (
        to_text(second.question),
        to_text(third.question),
        to_text(third.fields[0].options[0].label),
        note.default,
        note.hint,
        f"Dear {words}, you wrote: line one" in from_html(to_html(last.subquestion or "")),
        f"{words} end" in shown.text_content(),
        {element.tag for element in shown.iter() if isinstance(element.tag, str)},
    )


def test_the_link_that_began_the_session(bench: Bench) -> None:
    """What came in the address was typed by somebody too."""
    path = bench.write("mandatory: True\nquestion: Hello ${ url_args['name'] }\n")
    shown = bench.visits.start(path, url_arguments={"name": "<img src=x onerror=alert(1)>"})

    assert "Hello <img src=x onerror=alert(1)>" == to_text(shown.screen.question)
    assert "<img" not in str(to_data(shown.screen))
