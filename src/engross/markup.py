"""docassemble's text, Markdown with marks of its own, as HTML and as plain text."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[&<>\"'*_`\[\]{}#$:|\\~^=+\-!()@%]|(?<=[0-9])\.")


def escape(text: str) -> str:
    """*text* so that it prints as it stands, whatever Markdown, HTML, marks or templates would make of it."""
    return _SPECIAL.sub(lambda found: f"&#{ord(found.group())};", text)
