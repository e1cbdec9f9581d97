"""Translations of an interview's own texts: the XLSX and XLIFF files that a ``translations`` block names.

docassemble's tools write them, one line a text: ``orig_lang``, ``tr_lang``, ``orig_text``, ``tr_text``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from engross.errors import SourceError

COLUMNS = ("orig_lang", "tr_lang", "orig_text", "tr_text")
_XLIFF_1 = "{urn:oasis:names:tc:xliff:document:1.2}"
_XLIFF_2 = "{urn:oasis:names:tc:xliff:document:2.0}"

Table = dict[str, dict[str, str]]
"""text → language → translation"""


class Translated(NamedTuple):
    """One text and its translation."""

    source_language: str
    language: str
    text: str
    translation: str


def read(path: Path) -> Iterator[Translated]:
    """The translations in a file. Raises SourceError for a file that is none."""
    try:
        match path.suffix.lower():
            case ".xlsx":
                yield from _from_xlsx(path)
            case ".xlf" | ".xliff":
                yield from _from_xliff(path)
            case _:
                raise SourceError(f"`{path.name}` is not a translations file (.xlsx, .xlf or .xliff)")
    except SourceError:
        raise
    except Exception as error:  # every reader has errors of its own for a broken file
        raise SourceError(f"translations file `{path.name}` cannot be read: {error}") from error


def add(table: Table, translated: Iterator[Translated]) -> None:
    """Put *translated* into *table*. A text is found with and without the white space around it."""
    for entry in translated:
        for text in {entry.text, entry.text.strip()}:
            table.setdefault(text, {})[entry.language] = entry.translation


def _from_xlsx(path: Path) -> Iterator[Translated]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        heading = [str(cell) for cell in next(rows, ())]
        missing = [name for name in COLUMNS if name not in heading]
        if missing:
            raise SourceError(f"translations file `{path.name}`: column {missing[0]} is missing")
        places = [heading.index(name) for name in COLUMNS]
        for row in rows:
            cells = [row[place] if place < len(row) else None for place in places]
            if isinstance(cells[2], str) and isinstance(cells[3], str) and cells[3]:
                yield Translated(str(cells[0]), str(cells[1]), cells[2], cells[3])
    finally:
        book.close()


def _from_xliff(path: Path) -> Iterator[Translated]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.parse(path, parser).getroot()
    if root.tag.startswith(_XLIFF_2):
        languages = root.get("srcLang", "en"), root.get("trgLang", "en")
        yield from _units(root, _XLIFF_2, "segment", languages)
        return
    for file in root.iter(f"{_XLIFF_1}file"):
        languages = file.get("source-language", "en"), file.get("target-language", "en")
        yield from _units(file, _XLIFF_1, "trans-unit", languages)


def _units(root: Any, space: str, unit: str, languages: tuple[str, str]) -> Iterator[Translated]:
    for element in root.iter(f"{space}{unit}"):
        text, translation = (
            "".join("".join(part.itertext()) for part in element.iter(f"{space}{name}")) for name in ("source", "target")
        )
        if text and translation:
            yield Translated(*languages, text, translation)
