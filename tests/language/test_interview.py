"""An interview is its blocks in order, an index of what they define, and what it says of itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engross.errors import AuthorError, BlockError, SourceError
from engross.language.interview import Interview, Interviews, load

Read = Callable[[str], Interview]
Write = Callable[..., Path]


def ids(interview: Interview, pattern: str, generic: str = "", language: str = "*") -> list[str | None]:
    """The ids of the blocks that can define a name, best first."""
    return [block.id for block in interview.blocks_for(pattern, generic, language)]


# --------------------------------------------------------------------------------------------------- order, preference


def test_later_blocks_are_preferred(read: Read) -> None:
    """An interview overrides what it includes by saying it again below."""
    interview = read("id: first\ncode: a = 1\n---\nid: second\ncode: a = 2\n---\nid: third\ncode: a = 3\n")

    assert ids(interview, "a") == ["third", "second", "first"]


def test_supersedes_turns_two_blocks_round(read: Read) -> None:
    """The block that supersedes goes first, although it stands above."""
    interview = read("id: first\nsupersedes: second\ncode: a = 1\n---\nid: second\ncode: a = 2\n")

    assert ids(interview, "a") == ["first", "second"]


def test_order_says_who_goes_first(read: Read) -> None:
    """In a block of its own."""
    interview = read("id: first\ncode: a = 1\n---\nid: second\ncode: a = 2\n---\norder: [first, second]\n")

    assert ids(interview, "a") == ["first", "second"]


def test_a_language_comes_before_any_language(read: Read) -> None:
    """Within a language the later block is preferred."""
    interview = read("id: es1\nlanguage: es\ncode: a = 1\n---\nid: es2\nlanguage: es\ncode: a = 2\n---\nid: any\ncode: a = 3\n")

    assert (ids(interview, "a", language="es"), ids(interview, "a", language="fr")) == (["es2", "es1", "any"], ["any"])


def test_a_default_language_holds_for_the_rest_of_its_file(write: Write, read: Read) -> None:
    """Not for the files that include it, nor those it includes."""
    write("id: part\ncode: a = 1\n", "part.yml")
    interview = read("id: above\ncode: a = 1\n---\ndefault language: es\n---\nid: below\ncode: a = 1\n---\ninclude: part.yml\n")

    assert {block.id: block.language for block in interview.blocks if block.id} == {"above": "*", "below": "es", "part": "*"}


def test_generic_blocks_are_found_by_their_class(read: Read) -> None:
    """`x.name` for an Individual is not that for a Person."""
    interview = read("id: a\ngeneric object: Individual\ncode: x.name = 1\n---\nid: b\ngeneric object: Person\ncode: x.name = 1\n")

    assert (ids(interview, "x.name", "Individual"), ids(interview, "x.name", "Person")) == (["a"], ["b"])


def test_quotes_in_a_path_do_not_matter(read: Read) -> None:
    """`a["b"]` and `a['b']` are one name."""
    assert ids(read("id: one\nquestion: Q\nyesno: a[\"b\"]\n"), "a['b']") == ["one"]


@given(st.permutations(["a", "b", "c", "d"]))
def test_order_is_followed_whatever_the_order_of_the_blocks(tmp_path_factory: pytest.TempPathFactory, order: list[str]) -> None:
    """Law: an `order` that names all blocks is the order in which they are tried."""
    path = tmp_path_factory.mktemp("order") / "interview.yml"
    blocks = "\n---\n".join(f"id: {name}\ncode: v = 1" for name in "abcd")
    path.write_text(f"{blocks}\n---\norder: [{', '.join(order)}]\n", encoding="utf-8")

    assert ids(load(str(path)), "v") == order


# ----------------------------------------------------------------------------------------------------- includes, names


def test_an_include_stands_where_it_is_written_and_once(write: Write, read: Read) -> None:
    """A file that is included twice, or that includes its includer, is read once."""
    write("include: interview.yml\n---\nid: part\ncode: a = 1\n", "part.yml")
    interview = read("id: above\ncode: a = 1\n---\ninclude: [part.yml, part.yml]\n---\nid: below\ncode: a = 1\n")

    assert [block.id for block in interview.blocks if block.id] == ["above", "part", "below"]
    assert [block.number for block in interview.blocks] == list(range(len(interview.blocks)))
    assert len(interview.files) == 2


def test_any_block_may_say_something_of_the_interview(write: Write, read: Read) -> None:
    """An include beside objects, modules beside code: docassemble reads them all."""
    write("id: part\ncode: a = 1\n", "part.yml")
    interview = read("include: part.yml\nobjects:\n  - b: DAObject\nimports: json\n")

    assert (ids(interview, "a"), len(interview.blocks_for("b")), interview.imports) == (["part"], 1, ("json",))


def test_a_missing_include_is_an_error_where_it_stands(read: Read) -> None:
    """With the nearest file."""
    with pytest.raises(SourceError) as caught:
        read("metadata: {title: T}\n---\ninclude:\n  - intreview.yml\n")

    assert (caught.value.where.line, caught.value.nearest) == (4, "interview.yml")  # type: ignore[union-attr]


def test_a_library_may_include_what_is_not_installed(tmp_path: Path) -> None:
    """Its user cannot mend it: a notice, and the rest works."""
    for name, text in {"Main": "include: docassemble.Lib:lib.yml\n", "Lib": "include:\n  - docassemble.NotHere:x.yml\n---\nid: lib\ncode: a = 1\n"}.items():
        folder = tmp_path / "docassemble" / name / "data" / "questions"
        folder.mkdir(parents=True)
        (folder / f"{name.lower()}.yml").write_text(text, encoding="utf-8")

    interview = load(str(tmp_path / "docassemble" / "Main" / "data" / "questions" / "main.yml"))

    assert ids(interview, "a") == ["lib"]
    assert str(interview.notices[0]) == (
        "docassemble.Lib:data/questions/lib.yml, line 2: `docassemble.NotHere:data/questions/x.yml` cannot be found: the package "
        "`docassemble.NotHere` is not installed. It is left out."
    )


def test_blocks_are_named_as_docassemble_counts_them(read: Read) -> None:
    """What runs has one count, what only says something another; buttons that act are counted; an id is a name."""
    interview = read(
        """
        metadata: {title: T}
        ---
        modules: [json]
        ---
        question: Q
        buttons:
          - Exit: exit
          - Restart: restart
        ---
        features: {debug: True}
        ---
        id: the code
        code: a = 1
        ---
        code: b = 1
        """
    )

    assert [block.name for block in interview.blocks] == ["Block_0", "Question_0", "Question_3", "Block_1", "ID the code", "Question_5"]
    assert interview.by_name["ID the code"] is interview.by_id["the code"]


def test_all_mistakes_are_told_at_once_when_asked(write: Write) -> None:
    """A check goes on after a mistake."""
    errors: list[AuthorError] = []

    interview = load(str(write("code: a = = 1\n---\nquestion: A: B: C\n---\nid: good\ncode: a = 1\n")), errors=errors)

    assert (sorted(e.where.line for e in errors if e.where), [b.id for b in interview.blocks]) == ([1, 3], ["good"])


def test_what_depends_on_a_variable(read: Read) -> None:
    """A variable → what goes when it changes."""
    interview = read("depends on: [a, b]\ncode: c = 1\n---\ndepends on: a\nquestion: Q\nyesno: d\n")

    assert interview.invalidates == {"a": ("c", "d"), "b": ("c",)}


def test_what_is_computed_anew_each_time(read: Read) -> None:
    """`reconsider: True`, for plain and for generic blocks."""
    interview = read("reconsider: True\ncode: a = 1\n---\ngeneric object: DAList\nreconsider: True\ncode: x.total = 1\n")

    assert (interview.always_reconsider, interview.always_reconsider_generic) == (("a",), {"DAList": ("x.total",)})


# ------------------------------------------------------------------------------------------------------------ settings


def test_metadata_is_one_and_later_wins(read: Read) -> None:
    """Mappings are merged."""
    interview = read("metadata:\n  title: A\n  social: {og: 1}\n---\nmetadata:\n  title: B\n  social: {twitter: 2}\n  default language: es\n")

    assert (interview.metadata["title"], interview.metadata["social"], interview.default_language) == ("B", {"og": 1, "twitter": 2}, "es")


def test_features_and_files_of_the_package(write: Write, read: Read, tmp_path: Path) -> None:
    """Style sheets and scripts add up, with the package they belong to."""
    interview = read(
        "features:\n  progress bar: True\n  css: a.css\n---\nfeatures:\n  progress bar: False\n  css:\n    - b.css\n    - https://example.com/c.css\n"
    )

    assert interview.features["progress bar"] is False
    assert interview.features["css"] == [f"{tmp_path}:data/static/a.css", f"{tmp_path}:data/static/b.css", "https://example.com/c.css"]


def test_an_unknown_feature_is_told(read: Read) -> None:
    """With the nearest."""
    (notice,) = read("features:\n  progres bar: True\n").notices

    assert (notice.where.line, notice.nearest) == (2, "progress bar")


def test_sections(read: Read) -> None:
    """Words, keys with titles, and sections below sections."""
    interview = read("sections:\n  - Intro\n  - about: About you\n    subsections:\n      - name: Name\n  - Rest:\n      - End\nprogressive: False\n")

    assert [(s.key, s.title.source, [c.key for c in s.children]) for s in interview.sections["*"]] == [
        ("Intro", "Intro", []), ("about", "About you", ["name"]), ("Rest", "Rest", ["End"]),
    ]  # fmt: skip
    assert interview.progressive is False


def test_screen_parts_by_language(read: Read) -> None:
    """An empty one takes it back."""
    interview = read("default screen parts:\n  under: U\n  right: R\n---\nlanguage: es\ndefault screen parts:\n  under: D\n---\ndefault screen parts:\n  right: null\n")

    assert {lang: {k: t.source for k, t in parts.items()} for lang, parts in interview.screen_parts.items()} == {
        "*": {"under": "U"}, "es": {"under": "D"},
    }  # fmt: skip


def test_other_settings(read: Read, tmp_path: Path) -> None:
    """Each where `Interview` says it is."""
    interview = read(
        """
        terms: {Tort: A wrong}
        ---
        auto terms:
          - writ: An order
        ---
        images: {wine: wine.svg}
        ---
        image sets:
          free:
            attribution: Somebody
            images: {beer: beer.svg}
        ---
        interview help:
          heading: H
          content: C
        ---
        translations: [es.xlsx]
        ---
        imports: [datetime, os.path]
        ---
        modules:
          - json
          - .own
        ---
        reset: [a, b.c]
        ---
        on change:
          a.b: |
            c = 1
        ---
        default validation messages: {required: Please}
        ---
        code: process_action()
        """
    )

    assert {term: text.source for term, text in (interview.terms["*"] | interview.auto_terms["*"]).items()} == {"tort": "A wrong", "writ": "An order"}
    assert interview.images == {"wine": f"{tmp_path}:data/static/wine.svg", "beer": f"{tmp_path}:data/static/beer.svg"}
    assert (interview.help["*"].content.source, interview.translations) == ("C", (f"{tmp_path}:data/sources/es.xlsx",))
    assert (interview.imports, interview.modules) == (("datetime", "os.path"), (("json", str(tmp_path)), (".own", str(tmp_path))))
    assert (interview.reset, [(v, e.source) for v, e in interview.on_change]) == (("a", "b.c"), [("a.b", "c = 1\n")])
    assert interview.validation_messages["*"]["required"].source == "Please"
    assert interview.calls_process_action is True


def test_modules_of_a_package_are_absolute(tmp_path: Path) -> None:
    """`.own` is `docassemble.Sample.own`."""
    folder = tmp_path / "docassemble" / "Sample" / "data" / "questions"
    folder.mkdir(parents=True)
    (folder / "main.yml").write_text("modules:\n  - .own\n", encoding="utf-8")

    assert load(str(folder / "main.yml")).modules == (("docassemble.Sample.own", "docassemble.Sample"),)


def test_translations_are_read_when_another_language_is_needed(write: Write, read: Read) -> None:
    """Most visits need none; a file that cannot be read translates nothing."""
    write("not a workbook", "sources/es.xlsx")
    interview = read("translations: [es.xlsx]\n")

    assert (interview.translate("Hello", "en"), interview.known_translations) == (None, None)
    assert (interview.translate("Hello", "es"), interview.known_translations) == (None, {})


def test_the_digest_names_the_revision(write: Write) -> None:
    """The same text has the same digest, an edited one another."""
    path = write("code: a = 1\n")
    before, again = load(str(path)).digest, load(str(path)).digest
    path.write_text("code: a = 2\n", encoding="utf-8")

    assert (before == again, before == load(str(path)).digest) == (True, False)


# --------------------------------------------------------------------------------------------------------------- cache


def edit(path: Path, text: str) -> None:
    """Write a file so that its modification time differs, however coarse the clock."""
    stamp = path.stat().st_mtime_ns
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(stamp + 10**9, stamp + 10**9))


def test_an_interview_is_loaded_once(write: Write) -> None:
    """The same object as long as no file changes."""
    path, interviews = str(write("code: a = 1\n")), Interviews(patience=0)

    assert interviews.get(path) is interviews.get(path)


def test_an_edited_file_is_read_again(write: Write) -> None:
    """Also one that is only included."""
    part = write("code: a = 1\n", "part.yml")
    path, interviews = str(write("include: part.yml\n")), Interviews(patience=0)
    interviews.get(path)
    edit(part, "code: b = 1\n")

    assert ids(interviews.get(path), "b") == [None]


def test_nobody_looks_at_the_files_before_patience_ends(write: Write) -> None:
    """Many visits in a moment cost one look."""
    path = write("code: a = 1\n")
    interviews = Interviews(patience=1000)
    before = interviews.get(str(path))
    edit(path, "code: b = 1\n")

    assert interviews.get(str(path)) is before


def test_while_the_new_text_is_wrong_the_old_interview_serves(write: Write) -> None:
    """The mistake is remembered, and forgotten once it is mended."""
    path, interviews = write("code: a = 1\n"), Interviews(patience=0)
    before = interviews.get(str(path))

    edit(path, "code: a = = 1\n")
    assert interviews.get(str(path)) is before
    assert isinstance(interviews.error(str(path)), BlockError)

    edit(path, "code: a = 2\n")
    os.utime(path, ns=(1, 1))
    assert interviews.get(str(path)) is not before
    assert interviews.error(str(path)) is None


def test_an_interview_that_never_loaded_raises(write: Write) -> None:
    """There is nothing to serve."""
    with pytest.raises(BlockError):
        Interviews().get(str(write("code: a = = 1\n")))
