"""Visitors' words in authors' texts: they print as they were typed.

An author's text is Markdown, HTML, marks such as ``[FILE …]`` and Mako; what ``${ … }`` puts into it may have been typed by a
visitor, and then none of these may count. Python strings do not say who wrote them, and authors join, cut and reshape them,
so the session remembers the typed texts that contain anything special (``remember``), and while a text for the screen is
rendered every ``${ … }`` is searched for them (``Quoting``, ``printed``). See docs/decisions/answers-are-data-in-text.md.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, MutableSet
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

NOT_ALLOWED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""What no text of a visitor may hold: control characters, and halves of characters that cannot be written."""
_SPECIAL = re.compile(r"[&<>\"'*_`\[\]{}#$:|\\~^=+!()@%-]|(?<=[0-9])\.|\.\.\.|(?m:^[ \t]+)")
_BITS = re.compile(
    r"<[^<>]*>?|\[[^\]\n]*\]\([^)\n]*\)?|\[[A-Z][A-Z0-9_:]*[^\]]*\]?|[{}$]\{[^}]*\}*|(?:javascript|vbscript|data):",
    re.IGNORECASE,
)
"""Pieces that are dangerous alone: tags, links, marks, templates, and links that run programs."""
_LONG = 2000
"""Characters beyond which a typed text is searched for line by line only."""
_FEW = 3
"""Typed texts with fewer letters and digits than this count only where no letter or digit touches them; with none at all, only
when such texts are all that is printed."""


def escape(text: str) -> str:
    """*text* as character references, so that it prints as it stands whatever Markdown, HTML or marks would make of it."""
    return _SPECIAL.sub(lambda found: "".join(f"&#{ord(character)};" for character in found.group()), text)


def is_special(text: str) -> bool:
    """Whether *text* would print otherwise than as it stands."""
    return _SPECIAL.search(text) is not None


def remember(typed: MutableSet[str], value: Any) -> None:
    """Add to *typed* the texts in *value*, an answer as it was typed, that need care."""
    match value:
        case str():
            if is_special(value):
                typed.add(value)
        case dict():
            for key, item in value.items():
                remember(typed, key)
                remember(typed, item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                remember(typed, item)


class Quoting:
    """Finds typed texts in what is printed and makes them print as they stand."""

    __slots__ = ("_pattern", "_whole")

    def __init__(self, typed: Iterable[str]) -> None:
        texts = [text.strip() for text in typed if is_special(text)]
        self._whole = frozenset(texts)
        pieces: set[str] = set()
        for text in texts:
            pieces.update(_pieces(text))
        # The longest first, so that a text is quoted as a whole before its parts are looked for.
        ordered = sorted(pieces, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_loosely, ordered)), re.IGNORECASE) if ordered else None

    def quote(self, text: str) -> str:
        """*text* with the typed texts in it as character references."""
        if text.strip() in self._whole or (text and self._whole.issuperset(text.split())):
            return escape(text)
        return self._pattern.sub(lambda found: escape(found.group()), text) if self._pattern else text


def _pieces(text: str) -> Iterator[str]:
    """What to look for because *text* was typed: the text, its lines, and the dangerous bits in it."""
    wholes = [text] if len(text) <= _LONG else []
    for whole in [*wholes, *text.splitlines()]:
        whole = whole.strip()
        if is_special(whole) and any(map(str.isalnum, whole)):
            yield whole
    for bit in _BITS.findall(text):
        if len(bit) > 1 or bit == "<":
            yield bit


def _loosely(text: str) -> str:
    """A pattern for *text* with any white space between its words."""
    pattern = r"\s+".join(re.escape(word) for word in text.split())
    few = 0 < sum(map(str.isalnum, text)) < _FEW and text[0] != "<"
    return rf"(?<![^\W_]){pattern}(?![^\W_])" if few else pattern


class _OfThread(threading.local):
    typed: frozenset[str] = frozenset()
    made = Quoting(())


_of_thread = _OfThread()


def quoting(typed: frozenset[str]) -> Quoting:
    """The Quoting for these typed texts; the last one is kept for its thread until ``forget``."""
    if _of_thread.typed != typed:
        _of_thread.typed, _of_thread.made = typed, Quoting(typed)
    return _of_thread.made


def forget() -> None:
    """Let go of the texts for which there was a Quoting in this thread. Call it when a visit ends."""
    vars(_of_thread).clear()


def forget_patterns() -> None:
    """Let go of what Python's own cache of patterns (up to 512) knows of typed texts. Call it when somebody's answers are destroyed."""
    re.purge()


_now: ContextVar[Quoting | None] = ContextVar("engross_quoting", default=None)


@contextmanager
def quoted(typed: Iterable[str] | None) -> Iterator[None]:
    """Within the block, ``printed`` quotes these typed texts; None: text is for something else than a screen, quote nothing."""
    token = _now.set(None if typed is None else quoting(frozenset(typed)))
    try:
        yield
    finally:
        _now.reset(token)


def printed(value: Any) -> str:
    """What ``${ value }`` prints. Mako's filter for every text."""
    text = str(value)
    now = _now.get()
    return text if now is None else now.quote(text)
