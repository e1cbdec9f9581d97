"""Words, lists and phrases, word for word as docassemble says them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engross
from engross.library import locales, namespace, vocabulary, words
from engross.library.asking import interview_path
from engross.library.this_thread import empty_globals, global_context
from engross.library.words import comma_and_list, word


@pytest.fixture(autouse=True)
def no_trace() -> Iterator[None]:
    """What a test sets is forgotten afterwards."""
    with global_context(empty_globals()):
        yield


ANIMALS = ["lions", "tigers", "bears"]


@pytest.mark.parametrize(
    ("expected", "arguments", "options"),
    [
        ("lions, tigers, and bears", (ANIMALS,), {}),
        ("lions, tigers, and bears", tuple(ANIMALS), {}),
        ("lions, tigers and bears", (ANIMALS,), {"oxford": False}),
        ("lions; tigers; or bears", (ANIMALS,), {"and_string": "or", "comma_string": "; "}),
        ("lions, tigers, **and** bears", (ANIMALS,), {"and_string": "**and**"}),
        ("fish and toast", (["fish", "toast"],), {}),
        ("fish", (["fish"],), {}),
        ("", ([],), {}),
        ("1, 2, and 3", (1, 2, 3), {}),
    ],
)
def test_comma_and_list(expected: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Examples of docassemble's manual and their edges."""

    assert expected == comma_and_list(*arguments, **options)


@given(st.lists(st.text("abc", min_size=1), min_size=3))
def test_a_list_says_every_item_once(items: list[str]) -> None:
    """Whatever the items, taking the joints away gives them back."""

    assert items == comma_and_list(items).replace(", and ", ", ").split(", ")


def test_a_list_in_other_languages() -> None:
    """Spanish keeps docassemble's comma; French and Portuguese have none."""
    said = []
    for language in ("es", "fr", "pt"):
        locales.set_language(language)
        said.append(comma_and_list(["a", "b", "c"]))

    assert ["a, b, y c", "a, b et c", "a, b e c"] == said


def test_separators() -> None:
    """Semicolons, `and` before the last, a period at the end; no mark twice."""

    assert ["the dog;", "the cat; and", "the bird."] == words.add_separators(
        ["the dog", "the cat;", "the bird"]
    )


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("foxes", words.noun_plural("fox")),
        ("children", words.noun_plural("child")),
        ("parties", words.noun_plural("parties")),
        ("child", words.noun_plural("child", 1)),
        ("children", words.noun_plural("child", 2)),
        ("children", words.noun_plural("child", ["a", "b"])),
        ("child", words.noun_plural("child", ["a"])),
        ("grandchildren", words.noun_plural("grandchild")),
        ("two stepchildren", words.noun_plural("two stepchild")),
        ("gentlemen", words.noun_plural("gentleman")),
        ("ex-spouse", words.noun_singular("ex-spouses")),
        ("PLAINTIFFs", words.noun_plural("PLAINTIFF")),
        ("CHILDREN", words.noun_plural("CHILD")),
        ("Os", words.noun_plural("O")),
        ("plaintiff", words.noun_singular("plaintiffs")),
        ("plaintiffs", words.noun_singular("plaintiffs", 2)),
        ("witness", words.noun_singular("witness")),
        ("an apple", words.indefinite_article("apple")),
        ("a pear", words.indefinite_article("pear")),
        ("An hour", words.indefinite_article("hour", capitalize=True)),
        ("helped", words.verb_past("help")),
        ("helps", words.verb_present("helped", "3sg")),
        ("help", words.verb_present("helped", "1sg")),
        ("were", words.verb_past("is", "ppl")),
        ("has", words.verb_present("have")),
        ("filing", words.verb_present("filed", "part")),
        ("owed", words.verb_past("owes")),
        ("stopped", words.verb_past("stop")),
        ("opened", words.verb_past("open")),
    ],
)
def test_inflection(expected: str, said: str) -> None:
    """Nouns by quantity, articles by sound, verbs by person and time."""

    assert expected == said


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("John's car", words.possessify("John", "car")),
        (
            "The plaintiffs' motion",
            words.possessify("the plaintiffs", "motion", plural=True, capitalize=True),
        ),
        ("the name of the plaintiff", words.possessify_long("plaintiff", "name")),
        ("fish in the sea", words.a_in_the_b("fish", "sea")),
        ("her house", words.her("house")),
        ("Their dog", words.their("dog", capitalize=True)),
        ("do you have", words.do_you("have")),
        ("does Mary have", words.does_a_b("Mary", "have")),
        ("Were you born", words.were_you("born", capitalize=True)),
        ("themself", words.genderless_self()),
    ],
)
def test_phrases(expected: str, said: str) -> None:
    """What stands before and between words."""

    assert expected == said


def test_yes_and_no_have_words() -> None:
    """True, False and None are phrases too."""

    assert ["yes", "no", "I don't know"] == [word(True), word(False), word(None)]


def test_a_translation_is_used_in_its_language_only() -> None:
    """A phrase without one stays as it is."""
    words.update_word_collection("xx", {"cat": "gatto", "dog": None})
    english = word("cat")
    locales.set_language("xx")

    assert ("cat", "gatto", "Gatto", "dog") == (
        english,
        word("cat"),
        word("cat", capitalize=True),
        word("dog"),
    )


def test_a_lazy_word_is_translated_when_it_is_printed() -> None:
    """Modules make them before any language is known."""
    lazy = words.LazyWord("Continue")
    locales.set_language("es")

    assert "Continuar" == str(lazy)


def test_an_interview_may_bring_its_own_wording() -> None:
    """`update_language_function` for one language leaves the others alone."""
    words.update_language_function("zz", "their", lambda noun, **_: f"zz {noun}")

    assert ("their cat", "zz cat") == (words.their("cat"), words.their("cat", language="zz"))


def test_an_own_wording_may_fall_back_on_ours() -> None:
    """`comma_list_default` is what `comma_list` said before `update_language_function` for every language."""
    ours = namespace.find("comma_list_default")
    words.update_language_function("*", "comma_list", lambda *args, **named: "own " + ours(*args, **named))
    try:
        assert ("own a, b", "a, b") == (words.comma_list(["a", "b"]), namespace.find("comma_list_default")(["a", "b"]))
    finally:
        words.update_language_function("*", "comma_list", ours)


def test_the_path_of_an_interview_is_nothing_where_none_runs() -> None:
    """As in docassemble."""
    assert interview_path() is None


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("The Importance of Being Ernest", "the importance of being ernest"),
        ("State v. Smith", "state v. smith"),
        ("McDonald and the iPhone", "McDonald and the iPhone"),
        ("What Is It For", "what is it for"),
        ("Motion to Dismiss", "MOTION TO DISMISS"),
        ("O'Neil and McDonald", "o'neil and mcdonald"),
        ("Mother-in-Law", "mother-in-law"),
    ],
)
def test_title_case(expected: str, text: str) -> None:
    """Small words stay small in the middle; capitals inside a word are meant."""

    assert expected == words.title_case(text)


@pytest.mark.parametrize(
    ("expected", "person"),
    [
        ("Ms.", {"gender": "female"}),
        ("Mr.", {"gender": "male"}),
        ("Dr.", {"gender": "male", "name": SimpleNamespace(suffix="PhD", last="Doe")}),
        ("Judge", {"gender": "female", "is_judge": True}),
    ],
)
def test_salutation(expected: str, person: dict[str, Any]) -> None:
    """By profession first, then by gender."""

    assert expected == words.salutation(SimpleNamespace(**person))


def test_salutation_with_name_and_punctuation() -> None:
    """A colon, or a comma among friends."""
    person = SimpleNamespace(gender="female", name=SimpleNamespace(last="Doe"), is_friendly=True)

    assert "Ms. Doe," == words.salutation(person, with_name_and_punctuation=True)


def test_the_first_plural_is_quick() -> None:
    """A visitor waits for it: less than a second of processor time, in a process that has not needed one before."""
    program = (
        "import time; from engross.library import inflection; began = time.process_time();"
        "print(inflection.plural('child'), inflection.article('hour')); assert time.process_time() - began < 1"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - our own words

    assert ended.stdout == "children an\n"

WHAT_VISITORS_ARE_TOLD = ("engine/submission.py", "engine/acceptance.py", "engine/uploads.py", "engine/overview.py", "visit.py")


@pytest.mark.parametrize("language", ["es", "fr", "pt", "ar"])
def test_what_is_wrong_with_an_answer_is_said_in_every_language_of_the_pages(language: str) -> None:
    """Each sentence that a visitor may read beside a field or above a page is there, with as many places to fill."""
    source = Path(engross.__file__).parent
    said = {one for file in WHAT_VISITORS_ARE_TOLD for one in re.findall(r'\bword\("([^"]+)"\)', (source / file).read_text(encoding="utf-8"))}
    told = {one: vocabulary.WORDS[language].get(one) for one in sorted(said)}

    assert len(said) > 20
    assert {} == {one: other for one, other in told.items() if other is None or one.count("%s") != other.count("%s")}
