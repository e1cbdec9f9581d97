"""Each written form of a field, a choice and a review item means what docassemble takes it for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engross.errors import BlockError
from engross.language.blocks import (
    Block,
    Choice,
    Code,
    Condition,
    Expression,
    Field,
    FieldsFromCode,
    Question,
    QuestionKind,
    ReviewItem,
    Text,
)
from engross.language.interview import Interview

One = Callable[[str], Block]
OneField = Callable[[str], Field]
Mistake = Callable[[str], BlockError]
Read = Callable[[str], Interview]


def source(value: object) -> str:
    """The words of a text or an expression."""
    assert isinstance(value, Text | Expression)
    return value.source


def choices(field: Field) -> list[tuple[str, object]]:
    """(label, value) of each listed choice."""
    assert field.choices is not None
    return [(choice.label.source, choice.value) for choice in field.choices.items]


# --------------------------------------------------------------------------------------------------- variable and label


@pytest.mark.parametrize(
    ("item", "label", "variable"),
    [
        ("Fruit: favorite_fruit", "Fruit", "favorite_fruit"),
        ("label: Fruit\nfield: favorite_fruit", "Fruit", "favorite_fruit"),
        ("field: favorite_fruit\nlabel: ${ x }", "${ x }", "favorite_fruit"),
        ("2024: the_year", "2024", "the_year"),
        ("field: total\ninput type: hidden", "hidden", "total"),
        ('"": quiet', "", "quiet"),
        ('Box: users[i].box["a"]', "Box", "users[i].box['a']"),
    ],
)
def test_a_label_leads_to_a_variable(field: OneField, item: str, label: str, variable: str) -> None:
    """Short form, and `label` with `field`."""
    found = field(item)

    assert (source(found.label), found.variable, found.no_label) == (label, variable, False)


@pytest.mark.parametrize("item", ["no label: a", "label: no label\nfield: a", "null: a", "no label: a\ndatatype: area"])
def test_no_label(field: OneField, item: str) -> None:
    """`no label` and an empty label say that there is none."""
    found = field(item)

    assert (found.label, found.no_label, found.variable) == (None, True, "a")


@pytest.mark.parametrize(
    ("item", "part"), [("note: |\n  Hello", "note"), ("html: <b>Hello</b>", "html"), ("raw html: <b>Hello</b>", "html")]
)
def test_words_between_fields(field: OneField, item: str, part: str) -> None:
    """A note has no variable."""
    found = field(item)

    assert (found.variable, "Hello" in source(getattr(found, part)), found.raw) == (None, True, "raw" in item)


def test_a_note_can_have_a_condition(field: OneField) -> None:
    """`show if` works on words as well."""
    assert field("note: Hello\nshow if: a").conditions[0].variable == "a"


def test_a_misspelt_modifier_is_an_error_with_the_nearest(mistake: Mistake) -> None:
    """A second label cannot be; docassemble refuses it too."""
    error = mistake("question: Q\nfields:\n  - Fruit: fruit\n    datatyp: integer\n")

    assert (error.where.line, error.nearest) == (4, "datatype")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "item", ["Fruit: 3 apples", "Fruit: f(x)", "Fruit: 12", "label: Fruit", "field: fruit", "datatype: integer", "Fruit: a + b"]
)
def test_a_field_without_a_variable_is_an_error(mistake: Mistake, item: str) -> None:
    """A variable is a path, not an expression."""
    text = "question: Q\nfields:\n  - " + item

    assert mistake(text).where.line == 3  # type: ignore[union-attr]


# ------------------------------------------------------------------------------------------------------------ data types


@pytest.mark.parametrize(
    ("item", "datatype", "input_type"),
    [
        ("A: b", "text", None),
        ("A: b\ndatatype: area", "text", "area"),
        ("A: b\ninput type: area", "text", "area"),
        ("A: b\ndatatype: radio\nchoices: [x]", "text", "radio"),
        ("A: b\ndatatype: dropdown\nchoices: [x]", "text", "dropdown"),
        ("A: b\ndatatype: pulldown\nchoices: [x]", "text", "dropdown"),
        ("A: b\ndatatype: combobox\ncode: c", "text", "combobox"),
        ("A: b\ndatatype: integer\ninput type: radio\nchoices: [1]", "integer", "radio"),
        ("A: b\ndatatype: hidden", "text", "hidden"),
        ("A: b\ndatatype: BirthDate", "BirthDate", None),
        ("A: b\ndefault: 5", "integer", None),
        ("A: b\ndefault: 5.5", "float", None),
        ("A: b\ndefault: True", "boolean", None),
        ("A: b\ndefault: '5'", "text", None),
        ("A: b\ndatatype: text\ndefault: 5", "text", None),
    ],
)
def test_data_and_input_types(field: OneField, item: str, datatype: str, input_type: str | None) -> None:
    """Types that only say how a text is entered become an input type; a plain default says the type when nothing else does."""
    found = field(item)

    assert (found.datatype, found.input_type) == (datatype, input_type)


@pytest.mark.parametrize(
    ("item", "required"),
    [
        ("A: b", True),
        ("A: b\nrequired: False", False),
        ("A: b\ndatatype: yesno", False),
        ("A: b\ndatatype: noyeswide", False),
        ("A: b\ndatatype: yesnoradio", True),
        ("A: b\ndatatype: yesno\nrequired: True", True),
        ("A: b\ndatatype: range\nmin: 1\nmax: 2", False),
        ("A: b\ndisable others: True", False),
        ("A: b\nrequired: True\ndisable others: True", False),
        ("A: b\ndisable others: True\nrequired: True", True),
        ("A: b\ndisabled: True", False),
    ],
)
def test_what_is_required(field: OneField, item: str, required: bool) -> None:
    """Everything but ticks, ranges and what disables others, unless it is written."""
    assert field(item).required is required


def test_required_may_be_an_expression(field: OneField) -> None:
    """Then it is decided when the screen is shown."""
    assert source(field("A: b\nrequired: c > 1").required) == "c > 1"


@pytest.mark.parametrize("item", ["A: b\ndatatype: checkboxes", "A: b\ndatatype: object", "A: b\ndatatype: radio", "A: b\ndatatype: range"])
def test_types_that_need_more_say_so(mistake: Mistake, item: str) -> None:
    """Choices, or limits."""
    text = "question: Q\nfields:\n  - " + item.replace("\n", "\n    ")

    assert "needs" in mistake(text).message


def test_parameters_of_custom_data_types_are_kept(field: OneField) -> None:
    """Only the type's own class knows them."""
    found = field("Tree: t\ndatatype: al_tree_select\nmax depth: 3\nmodes: [a, b]")

    assert (found.variable, found.extras) == ("t", {"max depth": 3, "modes": ["a", "b"]})


# --------------------------------------------------------------------------------------------------------------- choices


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("A: b\nchoices:\n  - Red\n  - Blue", [("Red", "Red"), ("Blue", "Blue")]),
        ("A: b\nchoices:\n  - Red wine: red\n  - Blue: 2", [("Red wine", "red"), ("Blue", 2)]),
        ("A: b\nchoices:\n  - Yes\n  - No", [("Yes", "Yes"), ("No", "No")]),
        ("A: b\nchoices:\n  - 1\n  - True", [("1", "1"), ("True", "True")]),
        ("A: b\nchoices:\n  - Red: True\n  - Blue: False", [("Red", True), ("Blue", False)]),
        ("A: b\nchoices:\n  Zebra: a\n  Ape: z", [("Zebra", "a"), ("Ape", "z")]),
        ("A: b\nchoices:\n  - [red, Red wine]", [("Red wine", "red")]),
        ("A: b\nchoices:\n  - label: Red\n    value: red", [("Red", "red")]),
        ("A: b\nchoices:\n  - label: Red\n    key: red", [("Red", "red")]),
        ("A: b\nchoices:\n  - Red: red\n    help: H", [("Red", "red")]),
    ],
)
def test_forms_of_choices(field: OneField, item: str, expected: list[tuple[str, object]]) -> None:
    """Texts, pairs, mappings, and mappings with more; a mapping instead of a list is sorted by its values."""
    assert choices(field(item)) == expected


def test_what_a_choice_can_have(field: OneField) -> None:
    """Help, a default, an image, a group, a colour and a condition."""
    found = field("A: b\nchoices:\n  - Red: red\n    help: H\n    default: True\n    image: wine\n    group: G\n    color: danger\n    show if: c")

    assert found.choices is not None
    (choice,) = found.choices.items
    assert (source(choice.help), choice.default, choice.image, choice.group, choice.color, source(choice.show_if)) == (
        "H", True, "wine", "G", "danger", "c",
    )  # fmt: skip


@pytest.mark.parametrize("item", ["A: b\ncode: |\n  [1, 2]", "A: b\nchoices:\n  code: |\n    [1, 2]"])
def test_choices_from_code(field: OneField, item: str) -> None:
    """`code`, or `choices: {code}`."""
    found = field(item)

    assert found.choices is not None
    assert source(found.choices.code) == "[1, 2]"


def test_choices_that_are_objects(field: OneField) -> None:
    """Each is an expression; so are the defaults and what is left out."""
    found = field("A: b\ndatatype: object_radio\nchoices:\n  - users\n  - others[0]\ndefault: users[1]\nexclude: users[0]")

    assert found.choices is not None
    assert [source(e) for e in found.choices.objects] == ["users", "others[0]"]
    assert [source(e) for e in found.choices.exclude] == ["users[0]"]
    assert [source(e) for e in found.default] == ["users[1]"]  # type: ignore[union-attr]


def test_checkboxes_set_their_items_too(one: One) -> None:
    """Each box is a variable of its own, and so is `gathered`."""
    block = one("question: Q\nfields:\n  - A: b\n    datatype: checkboxes\n    choices:\n      - Red: red\n      - ${ x }: y\n")

    assert block.sets == ("b", "b.gathered", "b['red']", "b['y']")


# -------------------------------------------------------------------------------------------------------------- modifiers


@pytest.mark.parametrize(
    ("item", "kind", "variable", "value", "code", "script"),
    [
        ("show if: c", Condition.SHOW, "c", None, None, None),
        ("hide if: c", Condition.HIDE, "c", None, None, None),
        ("enable if:\n  variable: c\n  is: Red", Condition.ENABLE, "c", "Red", None, None),
        ("disable if:\n  variable: c\n  is: False", Condition.DISABLE, "c", False, None, None),
        ("show if:\n  variable: c\n  is: 3", Condition.SHOW, "c", 3, None, None),
        ("show if:\n  code: d > 1", Condition.SHOW, None, None, "d > 1", None),
        ("js hide if: val('c')", Condition.HIDE, None, None, None, "val('c')"),
    ],
)
def test_conditions(
    field: OneField, item: str, kind: Condition, variable: str | None, value: object, code: str | None, script: str | None
) -> None:
    """The `show if` family: a variable, a variable and its value, code, JavaScript."""
    (found,) = field("A: b\n" + item).conditions

    assert (found.kind, found.variable, found.value) == (kind, variable, value)
    assert (found.code.source if found.code else None, found.script.source if found.script else None) == (code, script)


def test_the_browser_and_the_server_can_both_have_a_condition(field: OneField) -> None:
    """Code decides before the screen is shown, the variable on it."""
    found = field("A: b\nshow if:\n  variable: c\n  is: Red\n  code: d\nhide if: e")

    assert [(c.kind.value, c.variable, c.code is not None) for c in found.conditions] == [
        ("show if", "c", False), ("show if", None, True), ("hide if", "e", False),
    ]  # fmt: skip


@pytest.mark.parametrize("item", ["show if: [a]", "show if:\n  variable: a", "show if: a\njs show if: val('a')", "js show if: True"])
def test_conditions_that_say_nothing_are_errors(mistake: Mistake, item: str) -> None:
    """docassemble refuses them as well."""
    assert mistake("question: Q\nfields:\n  - A: b\n    " + item.replace("\n", "\n    ")).where is not None


@pytest.mark.parametrize(
    ("item", "attribute", "expected"),
    [
        ("min: 3", "min", 3),
        ("max: '3'", "max", "3"),
        ("maxlength: 10", "maxlength", 10),
        ("min: 2024-01-01\ndatatype: date", "min", "2024-01-01"),
        ("step: 0.5", "step", 0.5),
        ("default: Hello", "default", "Hello"),
        ("default: [a, b]", "default", ("a", "b")),
        ("default: {a: True}", "default", {"a": True}),
        ("disable others: [c, d]", "disable_others", ("c", "d")),
        ("uncheck others: True\ndatatype: yesno", "uncheck_others", True),
        ("none of the above: False\ndatatype: checkboxes\nchoices: [x]", "none_of_the_above", False),
        ("label above field: True", "label_above_field", True),
        ("rows: 4\ninput type: area", "rows", 4),
        ("grid: 6", "grid", 6),
        ("grid: {width: 6, end: True}", "grid", {"width": 6, "end": True}),
        ("address autocomplete: True", "address_autocomplete", True),
        ("address autocomplete: {types: [a]}", "address_autocomplete", {"types": ["a"]}),
        ("image upload type: jpeg\ndatatype: file", "image_upload_type", "jpeg"),
        ("shuffle: True", "shuffle", True),
        ("private: False\ndatatype: file", "permissions", {"private": False}),
        ("allow users: [a, b]\ndatatype: file", "permissions", {"allow users": ("a", "b")}),
    ],
)
def test_modifiers_with_constants(field: OneField, item: str, attribute: str, expected: object) -> None:
    """What is written is what is kept."""
    assert getattr(field("A: b\n" + item), attribute) == expected


@pytest.mark.parametrize(
    ("item", "attribute", "words"),
    [
        ("hint: Type here", "hint", "Type here"),
        ("help: Why", "help", "Why"),
        ("under text: Below", "under_text", "Below"),
        ("min: ${ today() }", "min", "${ today() }"),
        ("default: ${ c }", "default", "${ c }"),
        ("default: {code: c}", "default", "c"),
        ("validate: |\n  lambda y: True", "validate", "lambda y: True"),
        ("none of the above: Nothing\ndatatype: checkboxes\nchoices: [x]", "none_of_the_above", "Nothing"),
        ("object labeler: 'lambda y: y.name'\ndatatype: object\nchoices: users", "object_labeler", "lambda y: y.name"),
        ("accept: |\n  '.pdf'\ndatatype: file", "accept", "'.pdf'"),
        ("maximum image size: c\ndatatype: file", "maximum_image_size", "c"),
        ("css class: big", "css_class", "big"),
        ("currency symbol: €\ndatatype: currency", "currency_symbol", "€"),
        ("label above field: c", "label_above_field", "c"),
    ],
)
def test_modifiers_with_texts_and_code(field: OneField, item: str, attribute: str, words: str) -> None:
    """Texts may hold Mako; code is an expression."""
    assert source(getattr(field("A: b\n" + item), attribute)).strip() == words


def test_validation_messages(field: OneField) -> None:
    """Kind of mistake → what to say."""
    found = field("A: b\nminlength: 3\nvalidation messages:\n  minlength: Too short\n  required: Please")

    assert {kind: text.source for kind, text in found.validation_messages.items()} == {"minlength": "Too short", "required": "Please"}


def test_a_modifier_that_does_nothing_here_is_told(read: Read) -> None:
    """`accept` belongs to files."""
    (notice,) = read("question: Q\nfields:\n  - A: b\n    accept: |\n      '.pdf'\n").notices

    assert str(notice).endswith("line 4: `accept` has no effect on a field of type `text`.")


def test_fields_from_code(one: One) -> None:
    """One item among others, or the whole list."""
    mixed = one("question: Q\nfields:\n  - A: b\n  - code: x.name_fields()\n")
    whole = one("question: Q\nfields:\n  code: x.name_fields()\n")
    alone = one("question: Q\nfields:\n  - code: x.name_fields()\n")

    assert isinstance(mixed, Question)
    assert isinstance(whole, Question)
    assert isinstance(alone, Question)
    assert isinstance(mixed.fields[1], FieldsFromCode)
    assert mixed.fields_code is None
    assert source(whole.fields_code) == source(alone.fields_code) == "x.name_fields()"


# ----------------------------------------------------------------------------------------- multiple choices of a question


def question(block: Block) -> Question:
    """The block, known to be a question."""
    assert isinstance(block, Question)
    return block


def items(block: Block) -> tuple[Choice, ...]:
    """The choices of a question."""
    found = question(block).choices
    assert found is not None
    return found.items


@pytest.mark.parametrize(("key", "style"), [("choices", "radio"), ("buttons", "buttons"), ("dropdown", "dropdown"), ("combobox", "combobox")])
def test_a_field_with_choices(one: One, key: str, style: str) -> None:
    """Four ways to show them."""
    block = question(one(f"question: Q\nfield: a\n{key}:\n  - Red: red\n  - Blue\n"))

    assert (block.kind, block.variable, block.choice_style) == (QuestionKind.MULTIPLE_CHOICE, "a", style)
    assert [(c.label.source, c.value) for c in items(block)] == [("Red", "red"), ("Blue", "Blue")]


@pytest.mark.parametrize(
    ("lines", "datatype"),
    [
        ("- Sure: True\n  - Never: False", "boolean"),
        ("- Sure: True\n  - Never: False\n  - Unsure: null", "threestate"),
        ("- Sure: True\n  - Perhaps: maybe", None),
    ],
)
def test_values_say_the_type_of_a_choice(one: One, lines: str, datatype: str | None) -> None:
    """All true or false; or with None among them."""
    assert question(one(f"question: Q\nfield: a\nchoices:\n  {lines}\n")).field_datatype == datatype


def test_choices_of_a_question_from_code(one: One) -> None:
    """Alone, or a list among others."""
    alone = question(one("question: Q\nfield: a\nchoices:\n  - code: b\n"))
    mixed = question(one("question: Q\nfield: a\nbuttons:\n  - Red: red\n  - code: b\n"))

    assert alone.choices is not None
    assert source(alone.choices.code) == "b"
    assert [choice.code is not None for choice in items(mixed)] == [False, True]


def test_buttons_that_do_something(one: One) -> None:
    """Without a variable, words such as `restart` are actions; some have a URL."""
    block = one("question: Q\nbuttons:\n  - Again: restart\n  - Leave: exit\n    url: ${ home }\n  - Stay: True\n")

    again, leave, stay = items(block)
    assert (again.action, leave.action, source(leave.url), stay.value, question(block).variable) == (
        "restart", "exit", "${ home }", True, None,
    )  # fmt: skip


def test_with_a_variable_a_word_is_a_value(one: One) -> None:
    """`restart` as a value of a field restarts nothing."""
    (choice,) = items(one("question: Q\nfield: a\nbuttons:\n  - Again: restart\n"))

    assert (choice.action, choice.value) == (None, "restart")


def test_blocks_embedded_in_choices(one: One) -> None:
    """What they set, the question is asked for."""
    block = one(
        """
        question: Which?
        buttons:
          - Red:
              code: color = "red"
          - Other:
              question: Which other?
              fields:
                - Color: color
                - Shade: shade
        """
    )

    red, other = items(block)
    assert isinstance(red.block, Code)
    assert isinstance(other.block, Question)
    assert (block.sets, red.block.name, other.block.name, block.name) == (("color", "shade"), "Question_0", "Question_1", "Question_2")


def test_label_and_value_of_a_button(one: One) -> None:
    """The long form, with an image and a colour."""
    (choice,) = items(one("question: Q\nfield: a\nbuttons:\n  - label: Red wine\n    value: red\n    image: wine\n    color: danger\n"))

    assert (choice.label.source, choice.value, choice.image, choice.color) == ("Red wine", "red", "wine", "danger")


# ---------------------------------------------------------------------------------------------------------------- review


def review(block: Block) -> tuple[ReviewItem, ...]:
    """The items of a review."""
    return question(block).review


def test_forms_of_review_items(one: One) -> None:
    """`Label: target`, `Edit` with a button, `label` with `fields`, and words."""
    block = one(
        """
        question: Review
        event: review_screen
        review:
          - Edit: name
            button: |
              **Name** ${ name }
            show if: name
          - Address: [address, city]
            help: ${ address }
          - label: Both
            fields:
              - a
              - recompute:
                  - b
          - note: Words
          - raw html: <hr>
            css class: thin
        """
    )

    edit, address, both, note, html = review(block)
    assert (source(edit.label), edit.targets, "**Name**" in source(edit.button), [source(e) for e in edit.show_if]) == (
        "Edit", ("name",), True, ["name"],
    )  # fmt: skip
    assert (source(address.label), address.targets, source(address.help)) == ("Address", ("address", "city"), "${ address }")
    assert (source(both.label), both.targets) == ("Both", ("a", {"recompute": ["b"]}))
    assert (source(note.note), note.targets, source(html.html), html.raw, source(html.css_class)) == ("Words", (), "<hr>", True, "thin")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("recompute: [a, b.c]", {"recompute": ["a", "b.c"]}),
        ("undefine: [a]", {"undefine": ["a"]}),
        ("invalidate: [a]", {"invalidate": ["a"]}),
        ("follow up: [a]", {"follow up": ["a"]}),
        ("set:\n          - a: False", {"set": [{"a": False}]}),
        ("action: go\n        arguments: {n: 1}", {"action": "go", "arguments": {"n": 1}}),
    ],
)
def test_commands_of_a_review(one: One, target: str, expected: dict[str, object]) -> None:
    """What happens before the question is asked again."""
    (item,) = review(one(f"question: R\nevent: e\nreview:\n  - Edit:\n      - {target}\n    button: B\n"))

    assert item.targets == (expected,)


@pytest.mark.parametrize(
    ("lines", "near"),
    [
        ("- button: B", None),
        ("- Edit:\n      - recomputed: [a]\n    button: B", "recompute"),
        ("- label: L", None),
        ("- Edit: f(x)", None),
    ],
)
def test_review_items_that_lead_nowhere_are_errors(mistake: Mistake, lines: str, near: str | None) -> None:
    """With the nearest command where there is one."""
    assert mistake(f"question: R\nevent: e\nreview:\n  {lines}\n").nearest == near


def test_a_review_that_is_mandatory_needs_a_way_on(mistake: Mistake) -> None:
    """A `continue button field`."""
    assert "continue button field" in mistake("mandatory: True\nquestion: R\nreview:\n  - Edit: a\n    button: B\n").message
