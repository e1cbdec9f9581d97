"""Our own words on the pages, in the languages we have them in.

The key is the English sentence; ``languages/xx.json`` holds the others. An interview's own texts are translated by the
interview.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "languages"
DIRECTIONS = {"ar": "rtl", "fa": "rtl", "he": "rtl", "ur": "rtl", "yi": "rtl", "ps": "rtl"}
LANGUAGE_NAMES = {
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "pt": "Português",
    "ht": "Kreyòl ayisyen",
    "zh": "中文",
    "vi": "Tiếng Việt",
    "ru": "Русский",
    "ar": "العربية",
    "ko": "한국어",
    "km": "ខ្មែរ",
    "so": "Soomaali",
    "de": "Deutsch",
    "it": "Italiano",
    "pl": "Polski",
}


_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,3}")


def is_language(text: str | None) -> bool:
    """Whether *text* can be the code of a language, such as ``es`` or ``zh-Hant``; what a request says may be anything."""
    return text is not None and _LANGUAGE.fullmatch(text) is not None


@lru_cache(maxsize=64)
def _words(language: str) -> dict[str, str]:
    file = FOLDER / f"{language}.json"
    if not language.isalpha() or not file.is_file():
        return {}
    words: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return words


def say_in(language: str) -> Callable[[str], str]:
    """The function that gives our sentence in *language*, in English where we do not have it."""
    words = _words(language.split("-")[0].split("_")[0].lower())
    return lambda sentence: words.get(sentence, sentence)
