"""Finding what to ask: the order of the search, and everything that bends it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from engross.engine import submission
from engross.errors import AuthorError, EndlessSearch, NoDefinition, NoEndpoint
from engross.language.blocks import Question
from tests.engine.conftest import Talk

Begin = Callable[[str], Talk]
END = "\n---\nevent: end\nquestion: The end\n"


def test_a_later_block_is_preferred(talk: Begin) -> None:
    """Of two questions for one variable the later one is asked."""
    text = "mandatory: True\ncode: |\n  a\n---\nquestion: First\nfields:\n  - A: a\n---\nquestion: Second\nfields:\n  - A: a\n"

    assert talk(text).question() == "Second"


def test_if_leaves_a_block_out(talk: Begin) -> None:
    """A block whose `if` does not hold is passed over."""
    text = (
        "mandatory: True\ncode: |\n  b = False\n  a\n---\nquestion: First\nfields:\n  - A: a\n"
        "---\nif: b\nquestion: Second\nfields:\n  - A: a\n"
    )

    assert talk(text).question() == "First"


def test_an_undefined_name_in_if_is_asked_first(talk: Begin) -> None:
    """The condition's own variable comes before the question it guards."""
    text = (
        "mandatory: True\ncode: |\n  a\n---\nif: likes\nquestion: Which?\nfields:\n  - A: a\n"
        "---\nquestion: Do you?\nyesno: likes\n"
    )

    assert talk(text).asked({"likes": True}) == ["Do you?", "Which?"]


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        (("kids[1].age", "kids[i].age", "x.age"), "kids[1].age"),
        (("kids[i].age", "x.age"), "kids[i].age"),
        (("x[i].age", "x.age"), "x[i].age"),
        (("x.age",), "x.age"),
    ],
)
def test_the_most_specific_pattern_is_asked(talk: Begin, blocks: tuple[str, ...], expected: str) -> None:
    """A literal index before an iterator, an iterator before a generic object, however the blocks are ordered."""
    parts = ["objects:\n  - kids: DAList.using(object_type=Individual, there_are_any=True, gathered=True)"]
    parts.append("mandatory: True\ncode: |\n  kids.appendObject()\n  kids.appendObject()\n  ready = True")
    for pattern in blocks:
        kind = {"x": "DAList" if "[" in pattern else "Individual"}.get(pattern[0])
        generic = f"generic object: {kind}\n" if kind else ""
        parts.append(f"{generic}question: {pattern}\nfields:\n  - Age: {pattern}")
    parts.append("mandatory: True\ncode: |\n  kids[1].age")

    assert talk("\n---\n".join(parts)).question() == expected


def test_a_generic_question_is_found_through_a_base_class(talk: Begin) -> None:
    """`generic object: DAObject` serves an Individual when nothing nearer does."""
    text = (
        "objects:\n  - client: Individual\n---\nmandatory: True\ncode: |\n  client.shoe_size\n"
        "---\ngeneric object: DAObject\nquestion: What shoe size does ${ x.object_name() } have?\nfields:\n  - Size: x.shoe_size\n"
    )

    assert talk(text).question() == "What shoe size does client have?"


@pytest.mark.parametrize(
    ("written", "classes"),
    [("True", "table table-borderless"), ("False", None), ("table ${ 'big' }", "table big")],
)
def test_tabular_gives_the_classes_of_a_reviews_table(talk: Begin, written: str, classes: str | None) -> None:
    """`tabular: True` is docassemble's table without lines; a text is the classes themselves."""
    screen = talk(f"mandatory: True\nquestion: All\ncontinue button field: seen\ntabular: {written}\nreview:\n  - note: Hello\n").next()

    assert classes == screen.parts.get("tabular")


def test_a_mandatory_question_that_was_left_by_a_button_is_not_answered(talk: Begin) -> None:
    """After Exit the last screen stands there still, instead of an interview without an end."""
    conversation = talk("mandatory: True\nid: bye\nquestion: Bye\nbuttons:\n  - Exit: exit\n  - Restart: restart\n")
    screen = conversation.next()
    block = conversation.interview.by_name[screen.block]
    assert isinstance(block, Question)
    conversation.answers.choices[conversation.solver.choice_name(block)] = 0
    conversation.put({})

    assert "exit" == conversation.next().kind


def test_code_that_alone_might_define_a_name_is_told(talk: Begin) -> None:
    """The author hears which blocks were tried in vain, and the name itself is no suggestion."""
    with pytest.raises(NoDefinition) as told:
        talk("mandatory: True\ncode: |\n  fee\n---\ncode: |\n  if False:\n    fee = 1\n").question()

    assert re.search(r"no block defines `fee`; what may define it did not: \S+, line 5\.", str(told.value))
    assert "Did you mean" not in str(told.value)


def test_a_question_finds_the_visitor_in_the_section_before(talk: Begin) -> None:
    """What a question says is evaluated before its `section` is entered; what comes after it is inside."""
    text = (
        "sections:\n  - s1: First\n  - s2: Second\n---\nmandatory: True\ncode: |\n  nav.set_section('s1')\n---\n"
        "mandatory: True\ncode: |\n  a\n  end\n---\n"
        "section: s2\nquestion: ${ nav.get_section() } ${ current_context().current_section }\nfields:\n  - A: a\n---\n"
        "event: end\nquestion: ${ nav.get_section(display=True) }\n"
    )

    assert talk(text).asked({"a": 1}) == ["s1 s2", "Second"]


def test_code_that_does_not_define_its_name_gives_way(talk: Begin) -> None:
    """The old value comes back and the next candidate is tried."""
    text = (
        "mandatory: True\ncode: |\n  a\n---\nquestion: Asked\nfields:\n  - A: a\n---\ncode: |\n  if False:\n    a = 1\n"
    )

    assert talk(text).question() == "Asked"


def test_a_mandatory_block_runs_once(talk: Begin) -> None:
    """What is done is remembered by the block's name; `initial` code runs on every page."""
    text = (
        "initial: True\ncode: |\n  pages = (pages if defined('pages') else 0) + 1\n"
        "---\nmandatory: True\ncode: |\n  runs = (runs if defined('runs') else 0) + 1\n"
        "---\nmandatory: True\nquestion: First\nfields:\n  - A: a\n---\nmandatory: True\nquestion: Last\n"
    )
    conversation = talk(text)
    conversation.asked({"a": "x"})

    assert (conversation.value("runs"), conversation.value("pages")) == (1, 2)


def test_need_is_asked_before(talk: Begin) -> None:
    """`need` names what must be known before the block, in its order."""
    text = (
        "mandatory: True\nneed:\n  - b\n  - c\nquestion: Last\n---\nquestion: B\nfields:\n  - B: b\n---\nquestion: C\nfields:\n  - C: c\n"
    )

    assert talk(text).asked({"b": 1}, {"c": 1}) == ["B", "C", "Last"]


def test_a_choice_can_run_code(talk: Begin) -> None:
    """A choice with an embedded block runs it; the question is not asked again."""
    text = (
        "mandatory: True\ncode: |\n  colour\n  end\n---\nquestion: Which?\nchoices:\n"
        "  - Red:\n      code: |\n        colour = 'red'\n  - Other:\n      question: Name it\n      fields:\n        - Colour: colour\n" + END
    )
    one, other = talk(text), talk(text)
    one.question()
    one.choose(0)
    other.question()
    other.choose(1)

    assert (one.question(), one.value("colour"), other.question()) == ("The end", "red", "Name it")


def test_force_ask_asks_again(talk: Begin) -> None:
    """An action may ask for something known; afterwards the interview goes on where it was."""
    text = (
        "mandatory: True\ncode: |\n  a\n  end\n---\nquestion: A?\nfields:\n  - A: a\n---\nevent: change\ncode: |\n  force_ask('a')\n" + END
    )
    conversation = talk(text)
    conversation.asked({"a": 1})
    asked = conversation.next("change").question
    conversation.put({"a": 2})

    assert (asked, conversation.question(), conversation.value("a")) == ("A?", "The end", 2)


def test_an_unknown_action_changes_nothing(talk: Begin) -> None:
    """What no block defines is forgiven when an action asks for it."""
    conversation = talk("mandatory: True\nquestion: Here\n")

    assert conversation.next("no_such_event").question == "Here"


def test_commands_of_a_review_run_in_order(talk: Begin) -> None:
    """`undefine` and `recompute` work through the list; what must be computed again is."""
    text = (
        "mandatory: True\ncode: |\n  total\n  end\n---\nquestion: N?\nfields:\n  - N: number\n    datatype: integer\n"
        "---\ncode: |\n  total = number * 2\n" + END
    )
    conversation = talk(text)
    conversation.asked({"number": 2})
    asked = conversation.next("_da_force_ask", variables=["number", {"recompute": ["total"]}]).question
    conversation.put({"number": 5})

    assert (asked, conversation.question(), conversation.value("total")) == ("N?", "The end", 10)


def test_what_depends_on_a_changed_answer_goes(talk: Begin) -> None:
    """A new value takes away what depends on it; the same value does not."""
    text = (
        "mandatory: True\ncode: |\n  number\n  kind\n  end\n---\nquestion: N?\nfields:\n  - N: number\n"
        "---\ndepends on: number\nquestion: Kind?\nfields:\n  - Kind: kind\n" + END
    )
    conversation = talk(text)
    conversation.asked({"number": 1}, {"kind": "small"})
    conversation.next("number")
    conversation.put({"number": 1})
    same = conversation.question()
    conversation.next("number")
    conversation.put({"number": 2})
    changed = conversation.next()

    assert (same, changed.question, changed.fields[0].default) == ("The end", "Kind?", "small")


def test_reconsider_computes_again_on_each_page(talk: Begin) -> None:
    """`reconsider: True` makes a code block follow what it is computed from."""
    text = (
        "mandatory: True\ncode: |\n  number\n  m\n---\nreconsider: True\ncode: |\n  double = number * 2\n"
        "---\nquestion: N?\nfields:\n  - N: number\n---\nquestion: M with ${ double }?\nfields:\n  - M: m\n"
    )
    conversation = talk(text)
    conversation.asked({"number": 1})
    conversation.answers.namespace["number"] = 4

    assert conversation.question() == "M with 8?"


def test_a_list_is_gathered(talk: Begin) -> None:
    """Are there any, each item, is there another: in that order."""
    text = (
        "objects:\n  - fruit: DAList\n---\nmandatory: True\nquestion: ${ comma_and_list(fruit) }\n"
        "---\nquestion: Any?\nyesno: fruit.there_are_any\n---\nquestion: The ${ ordinal(i) }?\nfields:\n  - Fruit: fruit[i]\n"
        "---\nquestion: Another?\nyesno: fruit.there_is_another\n"
    )
    asked = talk(text).asked(
        {"fruit.there_are_any": True},
        {"fruit[0]": "fig"},
        {"fruit.there_is_another": True},
        {"fruit[1]": "pear"},
        {"fruit.there_is_another": False},
    )

    assert asked == ["Any?", "The first?", "Another?", "The second?", "Another?", "fig and pear"]


def test_a_name_that_nothing_defines(talk: Begin) -> None:
    """The author is told the name, the nearest one, and how the search came there."""
    text = "mandatory: True\ncode: |\n  names\n---\nquestion: Name?\nfields:\n  - Name: name\n"

    with pytest.raises(NoDefinition) as caught:
        talk(text).next()

    assert (caught.value.variable, caught.value.nearest, len(caught.value.chain)) == ("names", "name", 1)


@pytest.mark.parametrize(
    "text",
    [
        "mandatory: True\ncode: |\n  a\n---\ncode: |\n  a = b\n---\ncode: |\n  b = a\n",
        "mandatory: True\ncode: |\n  a\n---\ncode: |\n  a = a + 1\n",
        "mandatory: True\ncode: |\n  a\n  undefine('a')\n  a\n---\ncode: |\n  a = 1\n",
    ],
)
def test_endless_searches_end(talk: Begin, text: str) -> None:
    """A name that needs itself, or that never stays, is an error and not an endless page."""
    with pytest.raises((EndlessSearch, NoDefinition)):
        talk(text).next()


def test_no_last_screen_is_said(talk: Begin) -> None:
    """When all mandatory blocks ran and none shows a screen, the author is told."""
    with pytest.raises(NoEndpoint):
        talk("mandatory: True\ncode: |\n  a = 1\n").next()


def test_an_error_names_the_block(talk: Begin) -> None:
    """File, line and block of the code that failed."""
    with pytest.raises(AuthorError) as caught:
        talk("mandatory: True\nid: sums\ncode: |\n  a = 1\n  b = a / 0\n").next()

    assert (caught.value.where and caught.value.where.line, caught.value.block) == (5, "`sums`")


def test_nothing_to_choose_is_not_asked(talk: Begin) -> None:
    """A question whose only field has no choices sets None and is passed over."""
    text = (
        "mandatory: True\ncode: |\n  a\n  end\n---\nquestion: Which?\nfields:\n  - A: a\n    code: |\n      []\n" + END
    )
    conversation = talk(text)

    assert (conversation.question(), conversation.value("a")) == ("The end", None)


def test_a_hidden_field_does_not_bring_up_its_question(talk: Begin) -> None:
    """A field left out by `show if: code` cannot supply its variable; the next candidate is asked."""
    text = (
        "mandatory: True\ncode: |\n  shown = False\n  a\n---\nquestion: Other\nfields:\n  - A: a\n"
        "---\nquestion: Hidden\nfields:\n  - A: a\n    show if:\n      code: shown\n  - B: b\n"
    )

    assert talk(text).question() == "Other"


def test_the_language_of_the_visitor_comes_first(talk: Begin) -> None:
    """A question in the visitor's language is preferred to one without."""
    text = (
        "mandatory: True\ncode: |\n  a\n---\nlanguage: es\nquestion: ¿Cuál?\nfields:\n  - A: a\n---\nquestion: Which?\nfields:\n  - A: a\n"
    )
    conversation = talk(text)
    english = conversation.question()
    conversation.context.language = "es"

    assert (english, conversation.question()) == ("Which?", "¿Cuál?")


def test_a_combobox_takes_what_is_not_in_its_list(talk: Begin) -> None:
    """A question with `combobox` offers choices and takes any other text as well."""
    screen = talk("mandatory: True\ncode: owner\n---\nquestion: Who?\nfield: owner\ncombobox:\n  - The city\n").next()
    entry = screen.fields[0]
    read = submission.check(screen, {entry.key: ["My aunt"]}, {})

    assert read == submission.Accepted(values={"owner": "My aunt"})


def test_an_interview_may_bring_all_its_names_itself(talk: Begin) -> None:
    """With `suppress loading util`, docassemble's names are not there."""
    said = talk("""
metadata:
  suppress loading util: True
---
mandatory: True
question: ${ "there" if bare else "not there" }
---
code: |
  try:
    Individual
    bare = True
  except NameError:
    bare = False
""")

    assert said.question() == "not there"


@pytest.mark.parametrize(
    ("asks", "line"),
    [
        ("question: |\n  Hello\n\n  ${ nobody }", 8),
        ("question: Hello\nsubquestion: |\n  % if True:\n  One\n  ${ person.nobody }\n  % endif", 9),
        ("code: |\n  a = 1\n\n  b = nobody", 8),
        ("code: |\n  a = 1\n  b = (a,\n    person.nobody)", 8),
    ],
)
def test_a_name_that_no_block_defines_is_told_with_the_line_that_asked_for_it(talk: Callable[[str], Talk], asks: str, line: int) -> None:
    """The line in the text or code, not only that of its block."""
    with pytest.raises(NoDefinition) as error:
        talk(f"objects:\n  - person: Individual\n---\nmandatory: True\n{asks}\n").next()

    assert error.value.where is not None
    assert line == error.value.where.line


def test_a_questions_own_parts_come_before_those_of_the_interview(talk: Begin) -> None:
    """Each of them: above, below, beside, and above the buttons."""
    shown = talk(
        "default screen parts:\n  submit: Look again\n  pre: Read this\n---\nmandatory: True\nquestion: Hello\nsubmit: Look *${ 1 + 1 }* times\n"
    ).next()

    assert {"submit": "Look *2* times", "pre": "Read this"} == {name: words.strip() for name, words in shown.parts.items()}


def test_what_a_generic_block_computes_anew_is_computed_for_the_object_of_now(talk: Begin) -> None:
    """``reconsider: True`` with a generic object: at each page the value of what ``x`` was last is taken away."""
    begun = talk(
        """
generic object: DAObject
reconsider: True
code: |
  x.total = x.a + 1
---
objects:
  - one: DAObject.using(a=1)
---
mandatory: True
code: |
  before = one.total
  one.a = 5
---
mandatory: True
question: One ${ one.total }
field: seen
---
mandatory: True
question: Two ${ one.total }
"""
    )
    first = begun.question()
    begun.set(seen="x")

    assert [first, begun.question()] == ["One 2", "Two 6"]
