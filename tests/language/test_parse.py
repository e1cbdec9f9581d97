"""One block of YAML becomes one Block; what docassemble refuses is an error with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engross.errors import BlockError
from engross.language.blocks import (
    Attachment,
    AttachmentBlock,
    Block,
    Code,
    Data,
    Expression,
    Objects,
    ObjectsFromFile,
    Question,
    QuestionKind,
    Require,
    Settings,
    Table,
    Template,
    Text,
)
from engross.language.interview import Interview

One = Callable[[str], Block]
Mistake = Callable[[str], BlockError]
Read = Callable[[str], Interview]


def source(value: object) -> str:
    """The words of a text or an expression."""
    assert isinstance(value, Text | Expression)
    return value.source


# ---------------------------------------------------------------------------------------------------------------- kinds


@pytest.mark.parametrize(
    ("text", "kind", "variable"),
    [
        ("question: Q\nyesno: a", QuestionKind.YESNO, "a"),
        ("question: Q\nnoyes: a", QuestionKind.NOYES, "a"),
        ("question: Q\nyesnomaybe: a", QuestionKind.YESNOMAYBE, "a"),
        ("question: Q\nnoyesmaybe: a", QuestionKind.NOYESMAYBE, "a"),
        ("question: Q\nfields:\n  - A: b", QuestionKind.FIELDS, None),
        ("question: Q\nfields:\n  - A: b\ncontinue button field: c", QuestionKind.FIELDS, "c"),
        ("question: Q\ncontinue button field: a", QuestionKind.SETTRUE, "a"),
        ("question: Q\nfield: a", QuestionKind.SETTRUE, "a"),
        ("question: Q\nsignature: a", QuestionKind.SIGNATURE, "a"),
        ("question: Q\nfield: a\nchoices: [x]", QuestionKind.MULTIPLE_CHOICE, "a"),
        ("question: Q\nbuttons:\n  - Exit: exit", QuestionKind.MULTIPLE_CHOICE, None),
        ("question: Q\nevent: e\nreview:\n  - Edit: a", QuestionKind.REVIEW, None),
        ("question: Q\nreview:\n  - Edit: a\ncontinue button field: c", QuestionKind.REVIEW, "c"),
        ("question: Q", QuestionKind.DEADEND, None),
        ("question: Q\nevent: e", QuestionKind.DEADEND, None),
        ("event: e\nresponse: hello", QuestionKind.RESPONSE, None),
        ("event: e\nredirect url: https://example.com", QuestionKind.RESPONSE, None),
        ("Question: Q\nYesno: a", QuestionKind.YESNO, "a"),
    ],
)
def test_kinds_of_questions(one: One, text: str, kind: QuestionKind, variable: str | None) -> None:
    """How it is answered, and what that sets; keys may be in any case."""
    block = one(text)

    assert isinstance(block, Question)
    assert (block.kind, block.variable) == (kind, variable)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("code: a = 1", Code),
        ("objects:\n  - a: DAObject", Objects),
        ("objects from file:\n  - a: a.yml", ObjectsFromFile),
        ("variable name: a\ndata: [1]", Data),
        ("variable name: a\ndata from code: [b]", Data),
        ("template: a\ncontent: b", Template),
        ("table: a\nrows: b\ncolumns:\n  - C: row_item", Table),
        ("attachment:\n  variable name: a\n  content: b", AttachmentBlock),
        ("attachment code: a.b", AttachmentBlock),
        ("require: [a]\norelse:\n  question: No", Require),
        ("metadata: {title: T}", Settings),
        ("comment: only words", Settings),
        ("modules: [.a]", Settings),
    ],
)
def test_kinds_of_blocks(one: One, text: str, kind: type[Block]) -> None:
    """A class per kind."""
    assert type(one(text)) is kind


def test_a_block_of_no_kind_is_an_error(mistake: Mistake) -> None:
    """With the kind it was probably meant to be."""
    error = mistake("id: a block\nqestion: Hello\n")

    assert (error.nearest, error.block, error.where.line) == ("question", "`a block`", 2)  # type: ignore[union-attr]


def test_an_unknown_key_is_told_with_the_nearest(read: Read) -> None:
    """docassemble ignores it, so it is only a notice."""
    (notice,) = read("question: Q\nyesno: a\nvaildation code: |\n  pass\n").notices

    assert str(notice).endswith(
        "line 3: Unknown key `vaildation code` in a block; it is ignored. Did you mean `validation code`?"
    )


@pytest.mark.parametrize(
    "text",
    [
        "question: Q\nyesno: a\nfields:\n  - A: b",
        "yesno: a",
        "question: Q\ncode: a = 1",
        "question: Q\nevent: e\nfields:\n  - A: b",
        "code: a = 1\nmandatory: True\ninitial: True",
        "question: Q\ninitial: True",
        "question: Q\nyesno: a\nlist collect: True",
        "metadata: {title: T}\nquestion: Q",
        "table: a\nrows: b",
        "question: Q\nyesno: f(x)",
        "code:\n  - a",
        "objects:\n  - - a: b",
        "question: Q\nyesno: a\nif: {a: b}",
        "require: [a]",
        "order: a",
        "sections: a",
        "metadata: a",
        "on change:\n  a: b = 1\ncode: c = 1",
        "attachment:\n  content: a",
        "question: Q\nyesno: a\nrequired: False",
        "need:\n  - before: a\nquestion: Q",
        "translations: [words.docx]",
    ],
)
def test_what_docassemble_refuses_is_an_error_with_its_place(mistake: Mistake, text: str) -> None:
    """File and line."""
    error = mistake(text)

    assert error.where is not None
    assert error.where.file.endswith("interview.yml")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("code: |\n  a = 1\n  b = = 2\n", 3),
        ("question: Q\nyesno: a\nif: a +\n", 3),
        ("question: Q\nyesno: a\nif: |\n  a = 1\n", 4),
        ("question: Q\nfields:\n  - A: b\n    show if:\n      code: |\n        c ==\n", 6),
    ],
)
def test_python_that_is_wrong_is_an_error_on_its_line(mistake: Mistake, text: str, line: int) -> None:
    """The line in the file, not in the code."""
    assert mistake(text).where.line == line  # type: ignore[union-attr]


# --------------------------------------------------------------------------------------------------------------- header


def test_what_every_block_can_have(one: One) -> None:
    """The common header."""
    block = one(
        """
        id: the block
        mandatory: a > 1
        if:
          - b
          - c
        generic object: Individual
        need:
          - d
          - pre: e
            post: f
        depends on: [g, "h['i']"]
        undefine: j
        reconsider: [k, l]
        language: es
        supersedes: other
        role: [helper]
        section: first
        comment: Words
        question: Q
        yesno: x.agrees
        """
    )

    assert (block.id, block.name, source(block.mandatory), block.generic) == ("the block", "ID the block", "a > 1", "Individual")
    assert [source(e) for e in (*block.conditions, *block.need, *block.need_post)] == ["b", "c", "d", "e", "f"]
    assert (block.depends_on, block.undefine, block.reconsider.variables) == (("g", "h['i']"), ("j",), ("k", "l"))
    assert (block.language, block.supersedes, block.role, block.section, block.comment) == (
        "es", ("other",), ("helper",), "first", "Words",
    )  # fmt: skip


@pytest.mark.parametrize(("written", "mandatory"), [("True", True), ("False", False), ("", False)])
def test_mandatory_is_true_or_not(one: One, written: str, mandatory: bool) -> None:
    """Or an expression, see above."""
    assert one(f"mandatory: {written}\nquestion: Q\n").mandatory is mandatory


def test_code_beside_a_default_role_is_initial(read: Read) -> None:
    """It runs on every pass."""
    interview = read("default role: client\ncode: |\n  role = 'client'\n")

    assert (interview.blocks[0].initial, interview.default_role) == (True, ("client",))


# ------------------------------------------------------------------------------------------------------- what a block sets


@pytest.mark.parametrize(
    ("text", "sets", "other"),
    [
        ("code: |\n  a = 1\n  b.c = 2", ("a", "b.c"), ()),
        ("question: Q\nfields:\n  - A: b\n  - C: d[i].e\ncontinue button field: f", ("f", "b", "d[i].e"), ()),
        ("question: Q\nyesno: a\ncontinue button field: b", ("b", "a"), ()),
        ("question: Q\nyesno: a\nsets: [b, c]", ("b", "c", "a"), ()),
        ("question: Q\nyesno: a\nonly sets: b", ("b",), ("a",)),
        ("only sets: [a]\ncode: |\n  a = 1\n  b = 2", ("a",), ("b",)),
        ("scan for variables: False\ncode: a = 1", (), ("a",)),
        ("event: e\ncode: a = 1", ("e",), ("a",)),
        ("event: [e, f]\nquestion: Q", ("e", "f"), ()),
        ("question: Q\nyesno: a\nvalidation code: |\n  b = 1", ("a", "b"), ()),
        ("question: Q\nyesno: x.box[\"a\"]", ("x.box['a']",), ()),
        ("template: a.b\ncontent: c", ("a.b",), ()),
        ("table: a.t\nrows: a\ncolumns:\n  - C: row_item", ("a.t",), ()),
        ("attachments:\n  - variable name: a\n    content: c\n  - variable name: b\n    content: c", ("a", "b"), ()),
        ("question: Q\nattachment:\n  variable name: a\n  content: c", ("a",), ()),
        ("objects:\n  a: DAList\n  b: DAObject", ("a", "b"), ()),
        ("variable name: a\ndata: {b: c}", ("a",), ()),
        ("question: Q\nfields:\n  - A: b\n    code: |\n      [q for q in r]", ("b",), ()),
    ],
)
def test_what_a_block_is_asked_for(one: One, text: str, sets: tuple[str, ...], other: tuple[str, ...]) -> None:
    """From its fields, code, `sets`, `event`; `only sets` narrows it down."""
    block = one(text)

    assert (block.sets, block.other_sets) == (sets, other)


# ------------------------------------------------------------------------------------------------------- parts of screens


def test_the_parts_of_a_screen(one: One) -> None:
    """Texts are kept with their place; constants as they are."""
    block = one(
        """
        question: Hello ${ name }
        subquestion: |
          Below
        under: U
        right: R
        pre: P
        post: O
        help:
          label: Why
          content: Because
        decoration: wine
        css class: big
        script: <script></script>
        terms:
          Tort: A wrong
        audio: a.mp3
        video: [v.mp4, w.mp4]
        progress: 50
        continue button label: Go
        back button: False
        back button label: Return
        prevent going back: True
        hide continue button: a
        reload: 4
        breadcrumb: Crumb
        action buttons:
          - label: Add
            action: ${ x.add }
            arguments: {n: 1}
            color: success
            new window: True
            show if: b
        yesno: c
        """
    )

    assert isinstance(block, Question)
    assert (block.question.where.line, block.subquestion.where.line) == (2, 4)  # type: ignore[union-attr]
    assert (block.question.plain, block.under.plain) == (False, True)  # type: ignore[union-attr]
    assert [source(t) for t in (block.under, block.right, block.pre, block.post, block.css_class, block.breadcrumb)] == [*"URPO", "big", "Crumb"]
    assert (source(block.help.content), source(block.help.label)) == ("Because", "Why")  # type: ignore[union-attr]
    assert ([source(d) for d in block.decorations], {k: t.source for k, t in block.terms.items()}) == (["wine"], {"tort": "A wrong"})
    assert ([source(t) for t in block.audio], [source(t) for t in block.video]) == (["a.mp3"], ["v.mp4", "w.mp4"])
    assert (block.progress, block.back_button, block.prevent_going_back, block.reload, source(block.hide_continue_button)) == (
        50, False, True, 4, "a",
    )  # fmt: skip
    (button,) = block.action_buttons
    assert (source(button.label), source(button.action), button.arguments, button.color, button.new_window, source(button.show_if)) == (
        "Add", "${ x.add }", {"n": 1}, "success", True, "b",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "enabled", "final", "label"),
    [
        ("True", True, None, None),
        ("False", False, None, None),
        ("{label: Fruit, is final: True, enable: False}", False, True, "Fruit"),
    ],
)
def test_list_collect(one: One, written: str, enabled: bool, final: bool | None, label: str | None) -> None:
    """True, or a mapping."""
    block = one(f"question: Q\nfields:\n  - A: b[i].c\nlist collect: {written}\n")

    assert isinstance(block, Question)
    collect = block.list_collect
    assert collect is not None
    assert (collect.enabled, collect.is_final, collect.label.source if collect.label else None) == (enabled, final, label)


def test_action_buttons_from_code(one: One) -> None:
    """An expression for the whole list."""
    block = one("question: Q\nevent: e\naction buttons:\n  code: a.buttons()\n")

    assert isinstance(block, Question)
    assert source(block.action_buttons[0].code) == "a.buttons()"


def test_terms_in_all_forms(one: One) -> None:
    """A list of mappings, and phrases that share a definition."""
    block = one("question: Q\nterms:\n  - Big  Term: A\n  - phrases: [B, c d]\n    definition: E\n")

    assert isinstance(block, Question)
    assert {term: text.source for term, text in block.terms.items()} == {"big term": "A", "b": "E", "c d": "E"}


def test_mako_definitions_are_put_in_front(read: Read) -> None:
    """`usedefs` brings what `def` and `mako` wrote above; lines of the text stay right."""
    interview = read(
        """
        def: greeting
        mako: |
          <%def name="greet(who)">Hi ${ who }</%def>
        ---
        usedefs: greeting
        question: ${ greet(name) }
        """
    )

    block = interview.blocks[1]
    assert isinstance(block, Question)
    assert block.question.source.startswith('<%def name="greet(who)">')
    assert block.question.source.endswith("${ greet(name) }")
    assert block.question.where.line + block.question.source.count("\n") == 7


def test_an_attachment_uses_definitions_of_its_own(read: Read) -> None:
    """Its texts have them in front; those of other attachments do not."""
    interview = read(
        """
        def: greeting
        mako: |
          <%def name="greet(who)">Hi ${ who }</%def>
        ---
        question: Q
        attachments:
          - usedefs: greeting
            content: ${ greet(name) }
          - content: ${ name }
        """
    )

    first, second = interview.blocks[1].attachments  # type: ignore[attr-defined]
    assert (first.content.source.startswith('<%def name="greet(who)">'), second.content.source) == (True, "${ name }")


def test_a_definition_that_is_not_there_is_an_error(mistake: Mistake) -> None:
    """With the nearest name."""
    assert mistake("def: greeting\nmako: a\n---\nusedefs: greting\nquestion: Q\n").nearest == "greeting"


# ------------------------------------------------------------------------------------------------- objects, data, tables


def test_objects_as_list_or_mapping(one: One) -> None:
    """In the order in which they are written."""
    block = one("objects:\n  - a: DAList.using(there_are_any=True)\n    b: DAObject\n  - c: Individual\n")

    assert isinstance(block, Objects)
    assert [(d.variable, d.value.source) for d in block.declarations] == [
        ("a", "DAList.using(there_are_any=True)"), ("b", "DAObject"), ("c", "Individual"),
    ]  # fmt: skip


def test_an_object_that_is_no_python_harms_only_what_needs_it(read: Callable[[str], Interview]) -> None:
    """The interview loads, as in docassemble; its author is told."""
    interview = read("objects:\n  - a: DAList.using(), gathered=True)\n  - b: DAObject\n")
    (block,) = interview.blocks

    assert isinstance(block, Objects)
    assert ["DAList.using(), gathered=True)", "DAObject"] == [d.value.source for d in block.declarations]
    assert any("Whatever needs `a` will fail." in notice.message for notice in interview.notices)


def test_data_keeps_constants_and_makes_texts(one: One) -> None:
    """Leaves are texts, which may hold Mako, or constants."""
    block = one("variable name: a\ndata:\n  - b: Hello\n    c: 3\n  - [True, null]\n")

    assert isinstance(block, Data)
    assert (source(block.value[0]["b"]), block.value[0]["c"], block.value[1], block.from_code) == ("Hello", 3, [True, None], False)


def test_data_from_code_makes_expressions(one: One) -> None:
    """Leaves are Python; names of classes stay names when objects are made."""
    block = one("variable name: a\nuse objects: objects\ndata from code:\n  object: DAList\n  module: docassemble.base.util\n  items:\n    - b + 1\n")

    assert isinstance(block, Data)
    assert (block.value["object"], block.value["module"], source(block.value["items"][0]), block.use_objects) == (
        "DAList", "docassemble.base.util", "b + 1", "objects",
    )  # fmt: skip


def test_a_table(one: One) -> None:
    """Columns in both forms; what may be done with a row."""
    block = one(
        """
        table: users.table
        rows: users
        columns:
          - Name: |
              row_item.name
          - header: Age
            cell: row_item.age
        edit:
          - name.first
          - age
        delete buttons: False
        confirm: True
        allow reordering: True
        show if empty: Nobody
        not available label: none
        read only: locked
        sort key: |
          lambda y: y.age
        """
    )

    assert isinstance(block, Table)
    assert [(h.source, c.source) for h, c in block.columns] == [("Name", "row_item.name"), ("Age", "row_item.age")]
    assert (block.edit, block.delete_buttons, block.confirm, block.allow_reordering, block.read_only) == (
        ("name.first", "age"), False, True, True, "locked",
    )  # fmt: skip
    assert (source(block.show_if_empty), source(block.not_available_label), source(block.sort_key)) == ("Nobody", "none", "lambda y: y.age")


@pytest.mark.parametrize(("written", "expected"), [("True", True), ("False", False), (None, True)])
def test_a_table_without_rows(one: One, written: str | None, expected: bool) -> None:
    """Shown empty unless it says otherwise."""
    block = one("table: t\nrows: a\ncolumns:\n  - A: row_item\n" + (f"show if empty: {written}\n" if written else ""))

    assert isinstance(block, Table)
    assert block.show_if_empty is expected


def test_templates(write: Callable[..., Path], read: Read) -> None:
    """Subject and content, from the YAML or from a file, or a file that code names."""
    write("Words of a file\n", "data/templates/words.md")
    interview = read("template: a\nsubject: S\ncontent: C\n---\ntemplate: b\ncontent file: words.md\n---\ntemplate: c\ncontent file:\n  code: d\n")

    first, second, third = interview.blocks
    assert isinstance(first, Template)
    assert isinstance(second, Template)
    assert isinstance(third, Template)
    assert (source(first.subject), first.content.source) == ("S", "C")
    assert second.content.source == "Words of a file\n"
    assert source(third.content_file) == "d"


def test_a_content_file_is_watched(write: Callable[..., Path], read: Read) -> None:
    """An edit of it is an edit of the interview."""
    path = write("Words", "templates/words.md")

    assert str(path) in read("template: b\ncontent file: words.md\n").files


# ----------------------------------------------------------------------------------------------------------- attachments


def attachment(block: Block) -> Attachment:
    """The only paper of a block."""
    assert isinstance(block, AttachmentBlock | Question)
    (found,) = block.attachments
    return found


def test_an_attachment_with_a_docx_template(one: One) -> None:
    """As most real interviews write it."""
    found = attachment(
        one(
            """
            attachment:
              name: Petition
              filename: petition
              variable name: petition[i]
              docx template file: petition.docx
              skip undefined: True
              tagged pdf: True
              update references: a
              valid formats: pdf
            """
        )
    )

    assert (source(found.name), source(found.filename), found.variable, source(found.docx_template)) == (
        "Petition", "petition", "petition[i]", "petition.docx",
    )  # fmt: skip
    assert (found.skip_undefined, found.tagged_pdf, source(found.update_references), found.valid_formats, found.fields_given) == (
        True, True, "a", ("pdf",), False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        "fields:\n    - first: ${ a }\n    - second: True\n      third:\n        - x\n",
        "fields:\n    first: ${ a }\n    second: True\n    third: [x]\n",
    ],
)
def test_an_attachment_with_a_pdf_form(one: One, fields: str) -> None:
    """Fields as a list or a mapping; values are texts at all depths."""
    found = attachment(one(f"attachment:\n  variable name: p\n  pdf template file: form.pdf\n  editable: False\n  {fields}"))

    assert [(name, value.source if isinstance(value, Text) else [v.source for v in value]) for name, value in found.fields] == [
        ("first", "${ a }"), ("second", "True"), ("third", ["x"]),
    ]  # fmt: skip
    assert (found.editable, found.valid_formats, found.fields_given) == (False, ("pdf",), True)


def test_values_of_an_attachment_from_code(one: One) -> None:
    """`code`, `field code`, `field variables`."""
    found = attachment(
        one(
            """
            attachment:
              variable name: p
              pdf template file:
                code: a.path()
              code: b.values()
              field code:
                - c: d + 1
              field variables: [e]
              raw field variables: [f]
            """
        )
    )

    assert (source(found.pdf_template), source(found.fields_code)) == ("a.path()", "b.values()")
    assert ([(n, e.source) for n, e in found.field_code], found.field_variables, found.raw_field_variables) == (
        [("c", "d + 1")], ("e",), ("f",),
    )  # fmt: skip


def test_several_docx_templates_are_one_paper(one: One) -> None:
    """Files, and expressions for files."""
    found = attachment(one("attachment:\n  variable name: p\n  docx template file:\n    - a.docx\n    - code: b\n"))

    assert isinstance(found.docx_template, tuple)
    assert [source(part) for part in found.docx_template] == ["a.docx", "b"]


def test_an_attachment_of_words(one: One) -> None:
    """With a mapping, or as nothing but text."""
    mapping = attachment(one("question: Q\nattachment:\n  name: N\n  content: |\n    Hello ${ a }\n  metadata:\n    SingleSpacing: True\n"))
    text = attachment(one("question: Q\nattachment: Hello\n"))

    assert (source(mapping.content), mapping.metadata) == ("Hello ${ a }\n", {"SingleSpacing": True})
    assert (source(text.content), source(text.name)) == ("Hello", "Document")


@pytest.mark.parametrize(
    "lines",
    ["name: N", "fields:\n    a: b\n  content: c", "docx template file: a.docx\n  pdf template file: a.pdf", "variable name: null\n  content: c"],
)
def test_attachments_that_cannot_be_made_are_errors(mistake: Mistake, lines: str) -> None:
    """Nothing to make it from, or two templates."""
    assert mistake(f"question: Q\nattachment:\n  {lines}\n").where is not None


def test_an_unknown_key_of_an_attachment_is_told(read: Read) -> None:
    """With the nearest."""
    (notice,) = read("attachment:\n  variable name: p\n  docx template file: a.docx\n  file name: b\n").notices

    assert notice.nearest == "filename"
