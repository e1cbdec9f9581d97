"""Templates and tables: words that are made anew each time they are read, with the answers of that moment.

The engine puts the sources of the words (``Text``, ``Expression``; from the interview's own YAML) on the object when it runs the
block. They are not kept with the answers: after a session was loaded, reading a template says that it is undefined, and the
engine runs its block again.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from engross import markup
from engross.context import current
from engross.errors import AuthorError, UndefinedName
from engross.library import words
from engross.library.collections import DADict, DAList, DAOrderedDict, Group, is_being_gathered
from engross.library.objects import DAEmpty, DAObject, medium

TABLE_WIDTH = 65
"""Characters over which the columns of a table share their width."""
_ROW_NAMES = ("row_item", "row_index")


class DATemplate(DAObject):
    """Words with a subject, made by code."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.content = kwargs.get("content", "")
        self.subject = kwargs.get("subject", "")
        self.decorations = [name for name in kwargs.get("decorations", ()) if name]

    def show(self, **kwargs: Any) -> str:
        """The content."""
        return str(self)

    def show_as_markdown(self, **kwargs: Any) -> str:
        """The content."""
        return str(self.content)

    def subject_as_html(self, **kwargs: Any) -> str:
        """The subject as HTML."""
        return _as_html(self.subject, kwargs)

    def content_as_html(self, **kwargs: Any) -> str:
        """The content as HTML."""
        return _as_html(self.content, kwargs)

    def __str__(self) -> str:
        return str(self.content)


def _as_html(text: Any, options: Mapping[str, Any]) -> str:
    return markup.to_html(str(text), trim=bool(options.get("trim")))


@contextmanager
def _with(values: Mapping[str, Any]) -> Iterator[None]:
    """*values* among the answers while it lasts, and what was there before afterwards."""
    namespace = current().namespace
    missing = object()
    before = {name: namespace.get(name, missing) for name in values}
    namespace.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is missing:
                namespace.pop(name, None)
            else:
                namespace[name] = value


class DALazyTemplate(DAObject):
    """A ``template`` block's words."""

    _not_kept: ClassVar[tuple[str, ...]] = (
        "source_content",
        "source_subject",
        "source_decorations",
        "source_css_class",
        "tempvars",
    )
    """Attributes that the engine puts here each time; the codec leaves them out."""

    def _plain_attributes(self) -> dict[str, Any]:
        return {"instanceName": self.instanceName}

    def _source(self, name: str) -> Any:
        if name not in self.__dict__:
            raise UndefinedName(self.instanceName)
        return self.__dict__[name]

    def _made(self, source: str, values: Mapping[str, Any] | None = None) -> str:
        text = self._source(source)
        if text is None:
            return ""
        local = {**self.__dict__.get("tempvars", {}), **(values or {})}
        with _with(local):
            return current().interviewing.render(text, local).rstrip()

    @property
    def subject(self) -> str:
        """The subject."""
        return self._made("source_subject")

    @property
    def content(self) -> str:
        """The content."""
        return self._made("source_content")

    @property
    def decorations(self) -> list[str]:
        """Names of decorations."""
        interviewing = current().interviewing
        return [interviewing.render(text).rstrip() for text in self._source("source_decorations")]

    def show(self, **kwargs: Any) -> str:
        """The content, with other values for some names."""
        return self._made("source_content", kwargs)

    def show_as_markdown(self, **kwargs: Any) -> str:
        """The content, with other values for some names."""
        return self._made("source_content", kwargs)

    def subject_as_html(self, **kwargs: Any) -> str:
        """The subject as HTML."""
        return _as_html(self.subject, kwargs)

    def content_as_html(self, **kwargs: Any) -> str:
        """The content as HTML."""
        return _as_html(self.content, kwargs)

    def __str__(self) -> str:
        return self.content


class DALazyTableTemplate(DALazyTemplate):
    """A ``table`` block's rows."""

    _not_kept: ClassVar[tuple[str, ...]] = ("table", "tempvars")

    def show(self, **kwargs: Any) -> str:
        """The table as Markdown; with ``editable=False`` without the column of buttons."""
        if medium() == "docx":
            return words.word("ERROR: you cannot insert a table into a .docx document")
        return self._as_markdown(editable=kwargs.get("editable", True))

    @property
    def subject(self) -> str:
        """Nothing: a table has no subject."""
        return ""

    @property
    def content(self) -> str:
        """The table as Markdown."""
        return self._as_markdown()

    def _block(self) -> Any:
        return self._source("table")

    @contextmanager
    def _at_hand(self) -> Iterator[None]:
        with _with(self.__dict__.get("tempvars", {})):
            yield

    def _as_markdown(self, *, editable: bool = True) -> str:
        block = self._block()
        with self._at_hand():
            header = [_table_safe(title) for title in _headings(block, with_buttons=editable)]
            rows = [[_table_safe(cell) for cell in row] for row in _cells(block, with_buttons=editable)]
            if not rows and block.show_if_empty is not True and block.show_if_empty is not None:
                if block.show_if_empty is False:
                    return "\n\n"
                return current().interviewing.render(block.show_if_empty) + "\n\n"
        return _markdown_table(header, rows, _indentation(block))

    def header_and_contents(self) -> tuple[list[Any], list[list[Any]]]:
        """Headings, and the rows as values, without the column of buttons."""
        block = self._block()
        with self._at_hand():
            header = [_export_safe(title) for title in _headings(block, with_buttons=False)]
            rows = [[_export_safe(cell) for cell in row] for row in _cells(block, with_buttons=False)]
        return header, rows

    def export(
        self,
        filename: str | None = None,
        file_format: str | None = None,
        title: str | None = None,
        freeze_panes: bool = True,
        output_to: Any = None,
    ) -> Any:
        """The table as a file: ``xlsx``, ``csv`` or ``json``."""
        from engross.library.files import DAFile

        ending = file_format or (filename.rpartition(".")[2] if filename and "." in filename else "xlsx")
        if ending not in ("xlsx", "csv", "json"):
            raise AuthorError(f"A table can be exported as xlsx, csv or json, not `{ending}`.")
        header, rows = self.header_and_contents()
        data = {"xlsx": _as_xlsx, "csv": _as_csv, "json": _as_json}[ending](header, rows, title, freeze_panes)
        file = output_to
        if file is None:
            file = DAFile()
            file.set_random_instance_name()
        elif isinstance(file, Group):
            file = file.elements[0]
        file.initialize(filename=filename or f"{title or 'table'}.{ending}")
        file.write(data, binary=True)
        return file


# ---------------------------------------------------------------------------------------------------- rows and columns


def _headings(block: Any, *, with_buttons: bool) -> list[str]:
    render = current().interviewing.render
    titles = [render(title) or "&nbsp;" for title, _ in block.columns]
    if with_buttons and _has_buttons(block):
        if block.edit_header is None:
            titles.append(words.word("Actions"))
        else:
            titles.append(render(block.edit_header) or "&nbsp;")
    return titles


def _has_buttons(block: Any) -> bool:
    return bool(block.edit is not False or block.delete_buttons or block.allow_reordering)


def _cells(block: Any, *, with_buttons: bool) -> list[list[Any]]:
    """The values of all cells, row by row."""
    return [_row(block, item, index, with_buttons) for index, item in _rows(block)]


def _row(block: Any, item: Any, index: Any, with_buttons: bool) -> list[Any]:
    evaluate = current().interviewing.evaluate
    cells: list[Any] = []
    with _with(dict(zip(_ROW_NAMES, (item, index), strict=True))):
        for _, cell in block.columns:
            cells.append(_cell(block, lambda cell=cell: evaluate(cell)))
        if with_buttons and _has_buttons(block):
            cells.append(_cell(block, lambda: _buttons(block, item, index)))
    return cells


def _cell(block: Any, make: Any) -> Any:
    """A cell's value; with ``show incomplete`` a note where it cannot be made yet."""
    if not block.show_incomplete:
        return make()
    try:
        return make()
    except Exception:  # noqa: BLE001 - docassemble shows the note whatever the reason, an undefined name or an error
        label = block.not_available_label
    return words.word(current().interviewing.render(label) if label is not None else "n/a")


def _buttons(block: Any, item: Any, index: Any) -> str:
    """The Edit, Delete and move buttons of a row."""
    group = current().interviewing.evaluate(block.rows)
    options: dict[str, Any] = {
        "reorder": block.allow_reordering,
        "ensure_complete": not (block.show_incomplete is True or block.require_gathered is False),
        "confirm": bool(block.confirm),
    }
    if block.read_only is not None:
        options["read_only_attribute"] = block.read_only
    attributes: tuple[Any, ...] = ()
    if block.edit is False:
        options["edit"] = False
        options["delete"] = bool(block.delete_buttons)
    else:
        if block.delete_buttons is False:
            options["delete"] = False
        if isinstance(block.edit, tuple | list):
            attributes = tuple(block.edit)
    return str(group.item_actions(item, index, *attributes, **options))


def _rows(block: Any) -> list[tuple[Any, Any]]:
    """(index or key, item) of the rows that are shown, in order."""
    evaluate = current().interviewing.evaluate
    source = evaluate(block.rows)
    if not isinstance(source, Iterable) or isinstance(source, str):
        raise AuthorError(
            f"The rows of table `{block.variable}` must be a list or a dictionary.", where=block.where
        )
    source = _visible(source, block)
    keyed = callable(getattr(source, "items", None))
    pairs = list(source.items()) if keyed else list(enumerate(source))
    if block.filter is not None:
        pairs = [pair for pair in pairs if _holds(block.filter, pair)]
    reverse = bool(_value(block.sort_reverse))
    if block.sort_key is not None:
        key = evaluate(block.sort_key)
        pairs.sort(key=key if keyed else lambda pair: key(pair[1]), reverse=reverse)
        return pairs
    if keyed and not isinstance(source, OrderedDict | DAOrderedDict):
        pairs.sort(key=lambda pair: pair[0])
    return pairs[::-1] if reverse else pairs


def _visible(source: Any, block: Any) -> Any:
    """The group as far as the table shows it: all of it (gathering it), or what is there or complete now."""
    if not isinstance(source, DAList | DADict):
        return source
    if not block.require_gathered:
        return source.complete_elements()
    if block.show_incomplete and source.gathering_started():
        return source.elements
    if is_being_gathered(source.instanceName):
        return source.complete_elements()
    return source


def _holds(condition: Any, pair: tuple[Any, Any]) -> bool:
    with _with({"row_index": pair[0], "row_item": pair[1]}):
        return bool(current().interviewing.evaluate(condition))


def _value(source: Any) -> Any:
    """A constant, or what an expression (or text that is one) means."""
    if source is None or isinstance(source, bool | int | float):
        return source
    text = getattr(source, "source", source)
    return current().interviewing.evaluate(source if not isinstance(text, str) else text)


# ------------------------------------------------------------------------------------------------------- as Markdown


def _table_safe(value: Any) -> str:
    """A cell's text: on one line, without the character that parts columns."""
    text = re.sub(r"[\n\r|]", " ", str(value))
    return f"  {text}  " if re.match(r"[\-:]+", text) else text


def _indentation(block: Any) -> str:
    if block.indent is True:
        return " " * 4
    return " " * (4 * block.indent) if isinstance(block.indent, int) else ""


def _markdown_table(header: list[str], rows: list[list[str]], indent: str) -> str:
    """The table in Markdown; the number of dashes under a heading gives the column's share of the width."""
    widths = _widths(header, rows)
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n" + "".join(f"{indent}|{'|'.join(line)}|\n" for line in lines) + "\n"


def _widths(header: list[str], rows: list[list[str]]) -> list[int]:
    """Characters for each column: its longest cell, less where all together are wider than a page; the longest word stays
    whole if it can."""
    columns = [[title, *(row[n] for row in rows)] for n, title in enumerate(header)]
    widths = [min(max(map(len, column)), TABLE_WIDTH) for column in columns]
    longest = [max(len(word) for cell in column for word in re.split(r"[ \n]", cell)) for column in columns]
    while sum(widths) >= TABLE_WIDTH:
        loose = [n for n, width in enumerate(widths) if width > longest[n]] or list(range(len(widths)))
        widest = max(loose, key=lambda n: widths[n])
        if widths[widest] <= 1:
            break
        widths[widest] -= 1
    return widths


# ------------------------------------------------------------------------------------------------------------- as files


def _export_safe(value: Any) -> Any:
    """A cell's value for a file: text of an object, nothing for nothing, times without a zone."""
    if isinstance(value, DAEmpty):
        return None
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    return str(value) if isinstance(value, DAObject) else value


def _as_csv(header: list[Any], rows: list[list[Any]], title: str | None, freeze_panes: bool) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[_no_formula(value) for value in row] for row in [header, *rows]])
    return text.getvalue().encode()


def _as_json(header: list[Any], rows: list[list[Any]], title: str | None, freeze_panes: bool) -> bytes:
    records = [dict(zip(map(str, header), row, strict=False)) for row in rows]
    return json.dumps(records, default=str).encode()


def _as_xlsx(header: list[Any], rows: list[list[Any]], title: str | None, freeze_panes: bool) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has a sheet
    if title:
        sheet.title = re.sub(r"[\[\]:*?/\\]", " ", title)[:31]
    for number, row in enumerate([header, *rows], 1):
        for column, value in enumerate(map(_cell_value, row), 1):
            cell = sheet.cell(number, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # a text that begins with `=` is a text
    if freeze_panes:
        sheet.freeze_panes = "A2"
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _no_formula(value: Any) -> Any:
    """A CSV says nothing of types, and spreadsheets run what looks like a formula: such a text gets an apostrophe in front."""
    if not isinstance(value, str) or not value.lstrip().startswith(("=", "+", "-", "@")):
        return value
    return value if re.fullmatch(r"\s*[-+]?[0-9][0-9.,\s()-]*", value) else f"'{value}"


def _cell_value(value: Any) -> Any:
    plain = value is None or isinstance(value, str | int | float | datetime.date | datetime.time)
    return value if plain else str(value)
