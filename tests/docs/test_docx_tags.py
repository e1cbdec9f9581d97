"""The tags of Word templates that docs/compatibility.md calls working."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from docx import Document

from engross.documents import docx


def filled(tmp_path: Path, *paragraphs: str, row: tuple[str, ...] = (), **values: object) -> str:
    """The words of a template with these paragraphs, and one table row, filled with *values*."""
    paper = Document()
    for text in paragraphs:
        paper.add_paragraph(text)
    if row:
        table = paper.add_table(rows=1, cols=len(row))
        for cell, text in zip(table.rows[0].cells, row, strict=True):
            cell.text = text
    path = tmp_path / "template.docx"
    paper.save(path)
    made = Document(io.BytesIO(docx.fill(path, values)))
    cells = [cell.text for table in made.tables for one in table.rows for cell in one.cells]
    return "|".join([paragraph.text for paragraph in made.paragraphs] + cells)


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        (("{{ value }}",), "A & <b>"),
        (("{% if yes %}in{% else %}out{% endif %}",), "in"),
        (("{% for n in numbers %}{{ n }};{% endfor %}",), "1;2;"),
        (("{%p if not yes %}", "gone", "{%p endif %}", "stays"), "stays"),
        (("{{ 'x' }}{# a note #}",), "x"),
        (("{{ value | upper }}",), "A & <B>"),
        (("{{ numbers | join(', ') }}",), "1, 2"),
        (("{% set total = numbers | sum %}{{ total }}",), "3"),
    ],
)
def test_tags_in_paragraphs(paragraphs: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    """What a template says becomes the words of the paper; answers print as they were typed."""
    assert filled(tmp_path, *paragraphs, value="A & <b>", yes=True, numbers=[1, 2]) == expected


def test_cells_come_from_a_loop(tmp_path: Path) -> None:
    """`{%tc … %}` repeats a cell."""
    row = ("{%tc for n in numbers %}", "{{ n }}", "{%tc endfor %}")

    assert filled(tmp_path, row=row, numbers=[1, 2]) == "1|2"
