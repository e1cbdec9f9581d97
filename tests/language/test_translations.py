"""Translation files: of an interview's own texts, and of `word()`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from engross.errors import OperatorError, SourceError
from engross.language import translations
from engross.language.interview import load
from engross.library import locales, word_files
from engross.library.this_thread import empty_globals, global_context
from engross.library.words import word

XLIFF_1 = """<?xml version="1.0"?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2"><file source-language="en" target-language="es"><body>
<trans-unit id="1"><source>Hello <mrk mtype="x">${ name }</mrk>!</source><target>¡Hola <mrk mtype="x">${ name }</mrk>!</target></trans-unit>
<trans-unit id="2"><source>Untranslated</source><target/></trans-unit>
</body></file></xliff>"""
XLIFF_2 = """<?xml version="1.0"?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="fr"><file id="f"><unit id="1">
<segment><source>Hello</source><target>Bonjour</target></segment></unit></file></xliff>"""
HEADING = ("interview", "question_id", "index_num", "hash", "orig_lang", "tr_lang", "orig_text", "tr_text")


@pytest.fixture(autouse=True)
def no_trace() -> Iterator[None]:
    """What a test sets is forgotten afterwards."""
    with global_context(empty_globals()):
        yield


def workbook(path: Path, *rows: tuple[object, ...], heading: tuple[str, ...] = HEADING) -> Path:
    """An XLSX file as docassemble's tools write it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (heading, *rows):
        sheet.append(row)
    book.save(path)
    return path


def table(path: Path) -> translations.Table:
    made: translations.Table = {}
    translations.add(made, translations.read(path))
    return made


def test_a_workbook(tmp_path: Path) -> None:
    """A text is found with and without the white space around it; rows without a translation say nothing."""
    path = workbook(
        tmp_path / "es.xlsx",
        ("i", "q", 0, "h", "en", "es", "Hello\n", "Hola\n"),
        ("i", "q", 1, "h", "en", "es", "Bye", None),
    )

    assert {"Hello\n": {"es": "Hola\n"}, "Hello": {"es": "Hola\n"}} == table(path)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (XLIFF_1, {"Hello ${ name }!": {"es": "¡Hola ${ name }!"}}),
        (XLIFF_2, {"Hello": {"fr": "Bonjour"}}),
    ],
)
def test_xliff(tmp_path: Path, source: str, expected: translations.Table) -> None:
    """Both versions, with marks around what is not translated."""
    path = tmp_path / "t.xlf"
    path.write_text(source, encoding="utf-8")

    assert expected == table(path)


def test_a_workbook_without_a_column(tmp_path: Path) -> None:
    """Which one is missing."""
    path = workbook(tmp_path / "es.xlsx", heading=HEADING[:-1])
    with pytest.raises(SourceError, match="column tr_text is missing"):
        table(path)


def test_a_file_that_is_broken(tmp_path: Path) -> None:
    """Its name, whatever its reader found."""
    path = tmp_path / "es.xlsx"
    path.write_bytes(b"not a workbook")
    with pytest.raises(SourceError, match=r"`es\.xlsx` cannot be read"):
        table(path)


def test_an_interview_brings_its_files(tmp_path: Path) -> None:
    """Named in a `translations` block, beside the interview's other data."""
    (tmp_path / "sources").mkdir()
    workbook(tmp_path / "sources" / "es.xlsx", ("i", "q", 0, "h", "en", "es", "Your name?", "¿Su nombre?"))
    (tmp_path / "i.yml").write_text(
        "translations:\n  - es.xlsx\n---\nmandatory: True\nquestion: Your name?\n", encoding="utf-8"
    )

    assert {"Your name?": {"es": "¿Su nombre?"}} == load(str(tmp_path / "i.yml")).translation_table


def test_words_of_a_server(tmp_path: Path) -> None:
    """YAML, XLSX and XLIFF all teach `word()`."""
    (tmp_path / "words.yml").write_text("es:\n  Colour one: Uno\n  Nothing:\n", encoding="utf-8")
    workbook(
        tmp_path / "w.xlsx",
        ("en", "es", "Colour two", "Dos"),
        heading=("orig_lang", "tr_lang", "orig_text", "tr_text"),
    )
    (tmp_path / "w.xlf").write_text(
        XLIFF_2.replace('trgLang="fr"', 'trgLang="es"').replace("Hello", "Colour three"), encoding="utf-8"
    )
    for name in ("words.yml", "w.xlsx", "w.xlf"):
        word_files.load(tmp_path / name)
    locales.set_language("es")

    assert ["Uno", "Dos", "Bonjour", "Nothing"] == [word(f"Colour {n}") for n in ("one", "two", "three")] + [
        word("Nothing")
    ]


def test_words_that_are_none(tmp_path: Path) -> None:
    """The operator reads which file."""
    path = tmp_path / "words.yml"
    path.write_text("- es\n", encoding="utf-8")
    with pytest.raises(OperatorError, match="setting `words`"):
        word_files.load(path)
