"""Our own words in other languages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import engross.web
from engross.web.pages import SCRIPT_WORDS
from engross.web.words import FOLDER, say_in

WEB = Path(engross.web.__file__).parent


def sentences() -> set[str]:
    """Every sentence that a template or a module says."""
    found = set(SCRIPT_WORDS)
    for file in [*(WEB / "templates").glob("*.html"), *WEB.glob("*.py")]:
        found |= set(re.findall(r'\bsay\("([^"]+)"\)', file.read_text(encoding="utf-8")))
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
