"""Templates and tables, with sources as plain functions of the answers."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook

from engross.errors import Undefined, Where
from engross.language.blocks import Expression, Table, Text
from engross.library import templates
from engross.library.collections import DADict, DAList
from engross.library.objects import DAObject
from engross.library.templates import DALazyTableTemplate, DALazyTemplate, DATemplate
from tests.library.conversation import visit

HERE = Where("x.yml", 1)


def cell(name: str) -> Callable[[dict[str, Any]], Any]:
    """An expression ``row_item.name``."""
    return lambda answers: getattr(answers["row_item"], name)


def table(**about: Any) -> DALazyTableTemplate:
    """A table of people."""
    made = DALazyTableTemplate("people_table")
    about = {"columns": (("Name", cell("name")), ("Age", cell("age")))} | about
    block = Table(
        where=HERE,
        name="t",
        number=0,
        variable="people_table",
        rows=about.pop("rows", lambda answers: answers["people"]),
        **about,
    )
    made.table = block
    return made


def people() -> DAList:
    """Two people, gathered."""
    group = DAList("people", object_type=DAObject)
    for name, age in (("Fred", 40), ("Ann", 30)):
        group.appendObject(None, name=name, age=age)
    group.gathered = True
    return group


def lines(text: str) -> list[str]:
    """Rows of a Markdown table, without the rule under the heading."""
    return [line for line in text.strip().splitlines() if not set(line) <= set("|-")]


def test_a_template_is_made_anew_each_time() -> None:
    """With the answers of that moment, and the x and i it was found with."""
    letter = DALazyTemplate("letter")
    letter.source_content = lambda answers: f"Dear {answers['x']}, {answers.get('mood', '?')}\n"
    letter.source_subject = None
    letter.tempvars = {"x": "Ann"}
    with visit() as context:
        first = str(letter)
        context.namespace["mood"] = "hello"
        second = letter.show(x="Fred")

        assert ("Dear Ann, ?", "Dear Fred, hello", "", False) == (
            first,
            second,
            letter.subject,
            "x" in context.namespace,
        )


def test_a_template_that_was_loaded_asks_to_be_made_again() -> None:
    """What the engine put on it is not kept with the answers."""
    with visit(), pytest.raises(Undefined) as missing:
        str(DALazyTemplate("letter"))

    assert "letter" == missing.value.path
    assert {"source_content", "tempvars"} <= set(DALazyTemplate._not_kept)


def test_a_template_as_html() -> None:
    """Markdown becomes HTML."""
    letter = DATemplate("letter", subject="*Hello*", content="World")

    assert "<p><em>Hello</em></p>" == letter.subject_as_html()
    assert "World" == letter.content_as_html(trim=True)


def test_a_table_shows_a_row_for_each_item() -> None:
    """As Markdown."""
    with visit() as context:
        context.namespace["people"] = people()

        assert ["|Name|Age|", "|Fred|40|", "|Ann|30|"] == lines(str(table()))


def test_a_table_gathers_its_list_first() -> None:
    """Unless it shows what is there."""
    with visit() as context:
        group = context.namespace["people"] = people()
        del group.gathered
        with pytest.raises(Undefined) as missing:
            str(table())
        context.internal.stop_gathering()
        group.elements[1].delattr("name")
        group.complete_attribute = "name"

        assert "people.there_is_another" == missing.value.path
        assert ["|Name|Age|", "|Fred|40|"] == lines(str(table(require_gathered=False)))


def test_a_table_can_be_sorted_and_filtered() -> None:
    """``sort key``, ``sort reverse``, ``filter``."""
    with visit() as context:
        context.namespace["people"] = people()
        by_age = table(sort_key=lambda _: lambda item: item.age)
        old = table(filter=lambda answers: answers["row_item"].age > 35)

        assert ["|Ann|30|", "|Fred|40|"] == lines(str(by_age))[1:]
        assert ["|Fred|40|"] == lines(str(old))[1:]


def test_a_table_of_a_dictionary_is_sorted_by_key() -> None:
    """row_index is the key."""
    with visit() as context:
        context.namespace["pets"] = DADict("pets", elements={"dog": "Fido", "cat": "Tom"})
        pets = table(
            rows=lambda answers: answers["pets"],
            columns=(("Kind", lambda a: a["row_index"]), ("Name", lambda a: a["row_item"])),
        )

        assert ["|cat|Tom|", "|dog|Fido|"] == lines(str(pets))[1:]


def test_an_editable_table_has_a_column_of_buttons() -> None:
    """Which ``editable=False`` leaves out."""
    with visit() as context:
        context.namespace["people"] = people()
        shown = table(edit=("name",), delete_buttons=True)

        assert "|Name|Age|Actions|" == lines(str(shown))[0]
        assert 4 == str(shown).count("btn-darevisit")
        assert "|Name|Age|" == lines(shown.show(editable=False))[0]


def test_what_parts_columns_is_taken_out_of_cells() -> None:
    """Lines and bars would break the table."""
    with visit() as context:
        context.namespace["people"] = [DAObject("p", name="a|b\nc", age=1)]

        assert ["|a b c|1|"] == lines(str(table()))[1:]


def test_an_empty_table_shows_what_the_author_says() -> None:
    """Its heading, nothing, or a text."""
    with visit() as context:
        context.namespace["people"] = DAList("people", elements=[])

        assert (["|Name|Age|"], "", "None.") == (
            lines(str(table())),
            str(table(show_if_empty=False)).strip(),
            str(table(show_if_empty="None.")).strip(),
        )


def test_show_incomplete_notes_what_is_missing() -> None:
    """In the cell."""
    with visit() as context:
        group = context.namespace["people"] = people()
        group.elements[1].delattr("age")

        assert ["|Ann|n/a|"] == lines(str(table(show_incomplete=True)))[2:]


def test_wide_tables_share_a_page() -> None:
    """The longest word of a column stays whole as long as there is room."""
    widths = templates._widths(["a", "b"], [["word " * 30, "short"]])

    assert sum(widths) < templates.TABLE_WIDTH
    assert 5 == widths[1]


def test_a_table_can_be_exported() -> None:
    """Values stay values in a spreadsheet."""
    with visit() as context:
        context.namespace["people"] = people()
        header, rows = table(edit=True).header_and_contents()
    sheet = load_workbook(io.BytesIO(templates._as_xlsx(header, rows, "People", True))).active

    assert (["Name", "Age"], [["Fred", 40], ["Ann", 30]]) == (header, rows)
    assert [("Name", "Age"), ("Fred", 40), ("Ann", 30)] == list(sheet.values)  # type: ignore[union-attr]
    assert b"Name,Age\nFred,40\nAnn,30\n" == templates._as_csv(header, rows, None, True)


def test_the_engine_s_own_sources_fit() -> None:
    """A Table may hold Text and Expression."""
    block = Table(
        where=HERE,
        name="t",
        number=0,
        variable="v",
        rows=Expression("people", HERE),
        columns=((Text("Name", HERE), Expression("row_item.name", HERE)),),
    )

    assert templates._has_buttons(block) is False
