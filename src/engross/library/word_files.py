"""Translations for ``word()`` that a server brings: docassemble's ``words`` files.

YAML: language → phrase → translation. XLSX and XLIFF: as for an interview's own texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from engross.errors import OperatorError
from engross.library.words import update_word_collection


@lru_cache(maxsize=256)
def load(path: Path) -> None:
    """Add the translations in a file to those of ``word()``; once per file. Raises OperatorError."""
    try:
        match path.suffix.lower():
            case ".yml" | ".yaml":
                _load_yaml(path)
            case ".xlsx":
                _load_xlsx(path)
            case ".xlf" | ".xliff":
                _load_xliff(path)
            case _:
                raise OperatorError(f"setting `words`: `{path}` is not a YAML, XLSX or XLIFF file.")
    except (OSError, ValueError, KeyError, YAMLError, etree.XMLSyntaxError) as error:
        raise OperatorError(f"setting `words`: `{path}` cannot be read: {error}") from error


def _load_yaml(path: Path) -> None:
    tables: Any = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ValueError("it must be a dictionary of languages, each a dictionary of phrases")
    for language, table in tables.items():
        update_word_collection(str(language), table)


def _load_xlsx(path: Path) -> None:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        rows: Iterable[tuple[Any, ...]] = book.worksheets[0].iter_rows(values_only=True)
        heading, *lines = rows
        places = [list(heading).index(name) for name in ("tr_lang", "orig_text", "tr_text")]
        for line in lines:
            language, phrase, translation = (line[place] for place in places)
            if phrase and translation:
                update_word_collection(str(language), {str(phrase): str(translation)})
    finally:
        book.close()


def _load_xliff(path: Path) -> None:
    root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    space = root.tag.rsplit("}", 1)[0] + "}"
    old = space.endswith("1.2}")
    for file in root.iter(f"{space}file"):
        language = file.get("target-language", "en") if old else root.get("trgLang", "en")
        for unit in file.iter(f"{space}{'trans-unit' if old else 'segment'}"):
            phrase, translation = ("".join(unit.find(f"{space}{name}").itertext()) for name in ("source", "target"))
            update_word_collection(str(language), {phrase: translation})
