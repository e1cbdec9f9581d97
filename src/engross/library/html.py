"""What interview code makes of texts for the page."""

from __future__ import annotations

from typing import Any

from engross import markup
from engross.library.words import ensure_definition


def markdown_to_html(
    a: Any,
    trim: bool = False,
    pclass: str | None = None,
    divclass: str | None = None,
    escape: bool | str = False,
    strip_newlines: bool | None = None,
    verbatim: bool = False,
    **_: Any,
) -> str:
    """*a*, docassemble's Markdown, as HTML. *trim*: without the paragraph around it; *pclass*, *divclass*: CSS classes."""
    ensure_definition(a)
    if verbatim:
        return str(a)
    made = (
        markup.from_html(markup.to_html(str(a))) if escape == "option" else markup.to_html(str(a), trim=trim)
    )
    if pclass and not trim:
        made = made.replace("<p>", f'<p class="{pclass}">')
    if escape:
        for character, reference in (('"', "&quot;"), ("<", "&lt;"), (">", "&gt;")):
            made = made.replace(character, reference)
    if strip_newlines:
        made = made.replace("\n", " ")
    return f'<div class="{divclass}">{made}</div>' if divclass and made else made
