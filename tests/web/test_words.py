"""Our own words in other languages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import engross.web
from engross.visit import Waiting
from engross.web import pages
from engross.web.pages import SCRIPT_WORDS
from engross.web.words import FOLDER, say_in

WEB = Path(engross.web.__file__).parent


def sentences() -> set[str]:
    """Every sentence that a template or a module says, also in a refusal or as the title of a page of accounts."""
    found = set(SCRIPT_WORDS) | set(re.findall(r'return "([^"]+)"', (WEB.parent / "store" / "passwords.py").read_text(encoding="utf-8")))
    for file in [*(WEB / "templates").glob("*.html"), *WEB.glob("*.py")]:
        if file.name == "api.py":
            continue  # talks to programs, in English
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(r'\bsay\("([^"]+)"\)', text))
        found |= set(re.findall(r'(?:Refused|TooMuch|refuse|return)\(?(?:request, )?\s*\d{3}, "([^"]+)"', text))
        found |= set(re.findall(r'_page\([^\n]*\btitle="([^"]+)"', text)) - {"People"}
    return found


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_a_language_has_every_sentence(file: Path) -> None:
    """Nothing is left in English, and each has as many places to fill."""

    words = json.loads(file.read_text(encoding="utf-8"))

    assert set() == sentences() - words.keys()
    assert [] == [one for one, other in words.items() if one.count("{}") != other.count("{}")]


def test_what_we_do_not_have_is_said_in_english() -> None:
    """An unknown language or sentence is no error."""

    assert ("Back", "Atrás", "???") == (say_in("xx")("Back"), say_in("es-MX")("Back"), say_in("es")("???"))


def test_somebody_who_waits_behind_others_is_told_how_many() -> None:
    """A number when it is more than two; otherwise how long it takes says more."""
    told = [pages.time_words(Waiting(job_ids=("x",), position=n, seconds_low=2.0, seconds_high=9.0), str) for n in (0, 12)]

    assert ["This usually takes a few seconds. You do not need to do anything.", "There are 12 sets of papers before yours."] == told
