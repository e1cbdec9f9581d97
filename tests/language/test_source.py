"""Files are found as authors name them, and cut into blocks that know their lines."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

import pytest
import yaml as libyaml
from hypothesis import given
from hypothesis import strategies as st

from engross.errors import SourceError
from engross.language import source
from engross.language.source import (
    Listing,
    Mapping,
    SourceFile,
    cut,
    find,
    interviews_in,
    locate_data,
    parse_yaml,
    read_blocks,
    read_text,
)


def make_package(root: Path, name: str, **files: str) -> Path:
    """An unpacked docassemble package with some question files."""
    folder = root / "docassemble" / name / "data" / "questions"
    folder.mkdir(parents=True)
    for file, text in files.items():
        (folder / f"{file}.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on Python's path, for packages."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_package_file_is_named_with_or_without_its_folder(installed: Path) -> None:
    """`package:file.yml` and `package:data/questions/file.yml` are one file."""
    make_package(installed, "Sample", main="code: a = 1")

    assert find("docassemble.Sample:main.yml") == find("docassemble.Sample:data/questions/main.yml")
    assert find("docassemble.Sample:main.yml").name == "docassemble.Sample:data/questions/main.yml"


def test_finding_a_package_does_not_import_it(installed: Path) -> None:
    """A package whose import fails is found all the same."""
    make_package(installed, "Broken", main="code: a = 1")
    (installed / "docassemble" / "Broken" / "__init__.py").write_text("raise RuntimeError", encoding="utf-8")

    assert find("docassemble.Broken:main.yml").package == "docassemble.Broken"
    assert "docassemble.Broken" not in sys.modules


def test_a_path_inside_a_package_is_named_by_the_package(tmp_path: Path) -> None:
    """An unpacked package need not be installed: its path says what it is."""
    folder = make_package(tmp_path, "Sample", main="code: a = 1")

    found = find(str(folder / "main.yml"))

    assert (found.name, found.root) == ("docassemble.Sample:data/questions/main.yml", tmp_path)


def test_siblings_of_an_unpacked_package_are_found(tmp_path: Path) -> None:
    """An include of another package finds it beside the unpacked one."""
    folder = make_package(tmp_path, "Sample", main="code: a = 1")
    make_package(tmp_path, "Other", library="code: b = 1")

    found = find("docassemble.Other:library.yml", near=find(str(folder / "main.yml")))

    assert found.package == "docassemble.Other"


def test_a_file_outside_of_packages_is_named_by_its_path(tmp_path: Path) -> None:
    """Its package is its folder."""
    (tmp_path / "main.yml").write_text("code: a = 1", encoding="utf-8")

    found = find(str(tmp_path / "main.yml"))

    assert (found.name, found.package) == (str(tmp_path / "main.yml"), str(tmp_path))


def test_a_bare_name_is_relative_to_the_including_file(tmp_path: Path) -> None:
    """`include: part.yml` means the file beside."""
    folder = make_package(tmp_path, "Sample", main="", part="")

    assert find("part.yml", near=find(str(folder / "main.yml"))).path == folder / "part.yml"


def test_a_substitute_serves_when_the_published_package_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`docassemble.AssemblyLine:x.yml` is looked for in the package that stands in for it."""
    folder = make_package(tmp_path, "StandIn", assembly_line="code: a = 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(source.SUBSTITUTES, "docassemble.NotThere", ("docassemble.StandIn",))

    assert find("docassemble.NotThere:assembly_line.yml").path == folder / "assembly_line.yml"


def test_a_missing_package_is_named(installed: Path) -> None:
    """The author reads which package is not installed."""
    with pytest.raises(SourceError, match=r"the package `docassemble\.Nowhere` is not installed"):
        find("docassemble.Nowhere:main.yml")


def test_a_missing_file_comes_with_the_nearest_name(installed: Path) -> None:
    """A typing mistake in a file name is told."""
    make_package(installed, "Sample", interview="code: a = 1")

    with pytest.raises(SourceError) as caught:
        find("docassemble.Sample:interveiw.yml")

    assert caught.value.nearest == "interview.yml"


def test_a_reference_cannot_leave_its_package(installed: Path) -> None:
    """`..` in the name of a package's file finds nothing."""
    make_package(installed, "Sample", main="code: a = 1")
    (installed / "secret.yml").write_text("code: a = 1", encoding="utf-8")

    with pytest.raises(SourceError):
        find("docassemble.Sample:data/questions/../../../../secret.yml")

    assert locate_data("../../../secret.yml", package="docassemble.Sample") is None


def test_data_files_are_found_by_their_bare_name(installed: Path) -> None:
    """A template lies in `data/templates` of the block's package."""
    folder = make_package(installed, "Sample", main="").parent / "templates"
    folder.mkdir()
    (folder / "letter.docx").write_bytes(b"x")

    assert locate_data("letter.docx", package="docassemble.Sample") == folder / "letter.docx"
    assert locate_data("docassemble.Sample:data/templates/letter.docx", package="docassemble.Other") == folder / "letter.docx"
    assert locate_data("letter.docx", package="docassemble.Sample", folder="static") is None


def test_data_files_of_a_plain_folder_may_lie_beside_the_interview(tmp_path: Path) -> None:
    """Someone who starts with a folder of files needs no package."""
    (tmp_path / "letter.docx").write_bytes(b"x")

    assert locate_data("letter.docx", package=str(tmp_path)) == tmp_path / "letter.docx"


def test_the_interviews_of_an_unpacked_package_are_listed(tmp_path: Path) -> None:
    """A folder that holds `docassemble/NAME` shows its question files."""
    make_package(tmp_path, "Sample", first="", second="")

    assert [file.path.name for file in interviews_in(tmp_path)] == ["first.yml", "second.yml"]


def test_blocks_know_their_line_and_values_theirs(tmp_path: Path) -> None:
    """Every key, value and item of a list can be pointed at; a block of text begins below its bar."""
    text = "# comment\n---\n---\n# another\nquestion: |\n  Hello\nfields:\n  - A: b\n  - C: d\n--- \ncode: |\n  x = 1\n"
    file = SourceFile(name="f", path=tmp_path, package="")

    question, code = read_blocks(file, text)

    assert (question.line, question.data.lines["question"], question.data["fields"].lines) == (5, 6, [8, 9])
    assert (code.line, code.data.key_lines["code"], code.data.lines["code"]) == (11, 11, 12)


def test_yes_and_no_are_words_and_true_is_true() -> None:
    """YAML 1.2 as docassemble reads it."""
    assert parse_yaml("{a: Yes, b: no, c: True, d: off, e: 010, f: '1', g: 1.5, h: ~, i: 12:30}") == {
        "a": "Yes", "b": "no", "c": True, "d": "off", "e": 10, "f": "1", "g": 1.5, "h": None, "i": "12:30",
    }  # fmt: skip


def test_a_text_may_begin_with_a_line_of_a_few_spaces() -> None:
    """Fewer than those before its words, as editors leave them behind."""
    assert parse_yaml("a:\n  b: |\n  \n    One\n  \n    Two\nc: >-\n \n\n  Three\n") == {"a": {"b": "\nOne\n\nTwo\n"}, "c": "\n\nThree"}


REPOSITORY = Path(__file__).parents[2]


@pytest.mark.slow
def test_both_readers_of_yaml_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """libyaml, which is fast, and ruamel.yaml, which is asked when libyaml refuses, give the same values and lines for every block here."""
    documents = [
        document
        for folder in ("src", "tests", "docs")
        for file in sorted((REPOSITORY / folder).rglob("*.yml"))
        for _, document in cut(file.read_text(encoding="utf-8"))
    ]
    assert len(documents) > 400
    fast = [_read(document) for document in documents]
    monkeypatch.setattr(libyaml, "compose", _refuse)
    assert [_read(document) for document in documents] == fast


def _refuse(*_: object) -> None:
    raise libyaml.YAMLError


def _read(document: str) -> object:
    """All that a document gives, with its lines."""
    try:
        return _with_lines(parse_yaml(document))
    except SourceError as error:
        return str(error)


def _with_lines(value: object) -> object:
    match value:
        case Mapping():
            return value.line, value.key_lines, value.lines, [(key, _with_lines(inner)) for key, inner in value.items()]
        case Listing():
            return value.line, value.lines, [_with_lines(inner) for inner in value]
        case _:
            return type(value), value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%YAML 1.1\n---\na: yes\n", True),
        ("%YAML 1.2\n---\na: yes\n", "yes"),
        ("a: one\u2028two\n", "one\u2028two"),
        ("a: 0o17\n", 15),
        ("a: 1:30\n", "1:30"),
        ("a: 017\n", 17),
        ("a: !!str 5\n", "5"),
        ("a: 2026-11-25\n", datetime.date(2026, 11, 25)),
    ],
)
def test_constants_are_those_of_yaml_1_2(text: str, expected: object) -> None:
    """Numbers, words and dates are what YAML 1.2 says, also where libyaml alone would see something else."""
    assert parse_yaml(text) == {"a": expected}


def test_anchors_and_merges_work() -> None:
    """What the mapping itself says wins over what is merged into it."""
    assert parse_yaml("base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  y: 3") == {"base": {"x": 1, "y": 2}, "more": {"x": 1, "y": 3}}


def test_a_key_that_is_there_twice_is_an_error_with_both_lines() -> None:
    """docassemble refuses it as well."""
    with pytest.raises(SourceError) as caught:
        parse_yaml("question: A\nfields: []\nquestion: B", "f.yml")

    assert str(caught.value) == "f.yml, line 3: The key `question` is there twice (first on line 1)."


def test_text_that_is_not_yaml_is_an_error_with_its_line(tmp_path: Path) -> None:
    """The line is that of the file, not of the block."""
    file = SourceFile(name="f.yml", path=tmp_path, package="")

    with pytest.raises(SourceError) as caught:
        list(read_blocks(file, "code: a = 1\n---\nquestion: A\nsubquestion: b: c\n"))

    assert (caught.value.where.file, caught.value.where.line) == ("f.yml", 4)  # type: ignore[union-attr]


def test_a_list_at_the_top_is_no_block(tmp_path: Path) -> None:
    """A block is a mapping."""
    with pytest.raises(SourceError, match="A block must be a mapping"):
        list(read_blocks(SourceFile(name="f.yml", path=tmp_path, package=""), "- a\n- b\n"))


def test_windows_line_ends_byte_order_marks_tabs_and_closing_dots_are_tolerated(tmp_path: Path) -> None:
    """Files come from many editors."""
    path = tmp_path / "f.yml"
    path.write_bytes("\ufeffcode: a = 1\r\n---\r\nfields:\r\n\t- A: b\r\n...\r\n".encode())
    file = SourceFile(name="f.yml", path=path, package="")

    first, second = read_blocks(file, read_text(file))

    assert (first.data, second.data) == ({"code": "a = 1"}, {"fields": [{"A": "b"}]})


@given(st.lists(st.text(alphabet="ab c\n#", max_size=30), max_size=6))
def test_cutting_keeps_every_line(documents: list[str]) -> None:
    """A document's line number plus its own lines is the next one's separator."""
    text = "\n---\n".join(documents)
    lines = text.split("\n")

    for line, document in cut(text):
        assert document.split("\n")[-1] in ("", lines[line - 1 + document.count("\n")])


def test_a_file_may_be_made_by_jinja(tmp_path: Path) -> None:
    """What begins with ``# use jinja`` is read after Jinja2 wrote it: conditions, loops, parts from files beside it; lines stay."""
    (tmp_path / "parts.yml").write_text("{% macro ask(name) %}question: {{ name }}?\nfield: {{ name }}{% endmacro %}", encoding="utf-8")
    path = tmp_path / "x.yml"
    text = (
        "# use jinja\n{% from 'parts.yml' import ask %}\n---\n{% if not missing %}\ncode: a = 1\n{% endif %}\n"
        "{% for name in ['b', 'c'] %}---\n{{ ask(name) }}\n{% endfor %}---\ncode: where = '{{ __filename__ }}'\n"
    )
    path.write_text(text, encoding="utf-8")
    file = find(str(path))
    blocks = list(read_blocks(file, read_text(file)))

    assert [dict(block.data) for block in blocks] == [
        {"code": "a = 1"}, {"question": "b?", "field": "b"}, {"question": "c?", "field": "c"}, {"code": f"where = '{path}'"},
    ]  # fmt: skip
    assert blocks[0].data.line == 5


@pytest.mark.parametrize(
    ("text", "told", "line"),
    [("{% if %}", "cannot read", 2), ("{{ 1 / 0 }}", "ZeroDivisionError", 1), ("{{ ''.__class__.__mro__ }}", "unsafe", 1), ("{% include '../secret.yml' %}", "could not make", 1)],
)
def test_an_author_is_told_what_jinja_cannot_make(tmp_path: Path, text: str, told: str, line: int) -> None:
    """With the file and, where Jinja2 knows it, the line; nothing outside of the folder is read, no class is reached."""
    (tmp_path / "secret.yml").write_text("code: a = 1", encoding="utf-8")
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "x.yml"
    path.write_text(f"# use jinja\n{text}\n", encoding="utf-8")

    with pytest.raises(SourceError, match=told) as raised:
        read_text(find(str(path)))
    assert raised.value.where is not None
    assert raised.value.where.line == line
