"""Authored: texts that stand in an interview as they are, without anything that is filled in.

What is made of such a text may be kept for the next visitor. What is made of a text that holds answers may not: it would stay in the
memory of the process long after the answers were deleted, and grow with each visitor.
"""

from __future__ import annotations

MOST = 50_000
"""Texts that are known at once; interviews that are edited while the server runs bring new ones."""
_known: set[str] = set()
"""Without the white space at their end."""


def note(text: str) -> None:
    """An author wrote *text*, and nothing is filled in."""
    text = text.rstrip()
    if text not in _known:
        if len(_known) >= MOST:
            _known.clear()
        _known.add(text)


def is_authored(text: str) -> bool:
    """Whether *text*, but for the white space at its end, is known to be an author's own."""
    return text.rstrip() in _known
