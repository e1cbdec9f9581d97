"""How a text is dressed: paragraphs, emphasis, punctuation, redaction.

Apart from ``words``, which chooses words, and from ``markup``, which turns a whole text into HTML.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from typing import Any

from engross.library.locales import surroundings
from engross.library.words import ensure_definition
from engross.markup import escape

_NEWLINES = re.compile(r"[\r\n]+")
_ONE_NEWLINE = re.compile(r"[\r\n]")


def fix_punctuation(text: str, mark: str | None = None, other_marks: Iterable[str] | None = None) -> str:
    """*text* with *mark* (``.``) at its end, unless it ends with it or one of *other_marks* (``. ? !``)."""
    ensure_definition(text, mark, other_marks)
    text = text.rstrip()
    mark = "." if mark is None else mark
    marks = [".", "?", "!"] if other_marks is None else list(other_marks)
    return text if mark == "" or text.endswith((mark, *marks)) else text + mark


def single_paragraph(text: Any) -> str:
    """*text* with a space for each run of line ends."""
    return _NEWLINES.sub(" ", str(text))


def single_to_double_newlines(text: Any) -> str:
    """*text* with an empty line at each run of line ends, so that each line becomes a paragraph."""
    return _NEWLINES.sub("\n\n", str(text))


def quote_paragraphs(text: Any) -> str:
    """*text* as a Markdown quotation."""
    return "> " + _ONE_NEWLINE.sub("\n> ", str(text).strip())


def indent(text: Any, by: int | None = None) -> str:
    """*text* with each line moved right by spaces, four unless told, so that Markdown keeps it in a list item."""
    ensure_definition(text, by)
    space = " " * (4 if by is None else by)
    return space + str(text).replace("\r", "").replace("\n", f"\n{space}")


def plain(text: Any, default: Any = None) -> Any:
    """*text*, or *default* when there is none."""
    ensure_definition(text, default)
    return ("" if default is None else default) if _is_blank(text) else text


def bold(text: Any, default: Any = None) -> str:
    """*text* in bold, or *default* in bold when there is none."""
    ensure_definition(text, default)
    if _is_blank(text):
        return "" if default is None else f"**{default}**"
    return f"**{str(text).replace('*', '')}**"


def italic(text: Any, default: Any = None) -> str:
    """*text* in italics, or *default* in italics when there is none."""
    ensure_definition(text, default)
    if _is_blank(text):
        return "" if default is None else f"_{default}_"
    return f"_{str(text).replace('_', '')}_"


def _is_blank(text: Any) -> bool:
    return text is None or str(text).strip() == ""


def yesno(the_value: Any, invert: bool = False) -> str:
    """``Yes`` or ``No`` for a check box of a PDF form; nothing for what has no value."""
    ensure_definition(the_value, invert)
    if the_value is None or the_value == "" or type(the_value).__name__ == "DAEmpty":
        return ""
    return "Yes" if bool(the_value) != bool(invert) else "No"


def noyes(the_value: Any, invert: bool = False) -> str:
    """The opposite of ``yesno``; nothing for what has no value."""
    return yesno(the_value, invert=not invert)


class RawValue:
    """A value that an attachment's field gets as it is, not as text."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __str__(self) -> str:
        return str(self.value)


def raw(val: Any) -> RawValue:
    """*val* for the fields of an attachment, without being made into text."""
    return RawValue(val)


def split(text: Any, breaks: Any, index: Any) -> Any:
    """The part number *index* (or ``"all"``) of *text*, cut between words after so many characters.

    *breaks*: the lengths of the lines of a form, one number or a list; a line end in the text ends a part too.
    """
    ensure_definition(text, breaks, index)
    text = _NEWLINES.sub("\n", str(text).strip())
    ends = _line_ends(breaks if isinstance(breaks, list) else [breaks])
    parts: list[str] = []
    begin = space = place = 0
    while place < len(text):
        if text[place] == "\n":
            parts.append(text[begin:place].strip())
            begin = space = place
        else:
            if text[place] == " ":
                space = place
            if place > ends[min(len(parts) + 1, len(ends) - 1)] - 1:
                if space > begin:
                    place = space
                parts.append(text[begin:place].strip())
                begin = place
        place += 1
    parts.append(text[begin:].strip())
    if index == "all":
        return parts
    number = int(float(index))
    return parts[number] if number < len(parts) else ""


def _line_ends(lengths: list[Any]) -> list[float]:
    """Where each part ends at the latest; the first entry is the start."""
    ends: list[float] = []
    before = 0
    for length in lengths:
        ends.append(length + before)
        before = length
    if not ends or ends[0] != 0:
        ends.insert(0, 0)
    return [*ends, float("inf")]


_SYMBOL = re.compile(r"\[(NBSP|ENDASH|EMDASH|HYPHEN|CHECKBOX|PAGENUM|TOTALPAGES|SECTIONNUM)\]")
_LAYOUT = re.compile(
    r"\[INDENTBY [^\]]*\]|\[(?:START_INDENTATION|STOP_INDENTATION|BEGIN_CAPTION|VERTICAL_LINE|END_CAPTION|BEGIN_TWOCOL"
    r"|BREAK|END_TWOCOL|TIGHTSPACING|SINGLESPACING|DOUBLESPACING|ONEANDAHALFSPACING|TRIPLESPACING|BLANK|BLANKFILL"
    r"|PAGEBREAK|SKIPLINE|VERTICALSPACE|NEWLINE|NEWPAR|BR|TAB|END|BORDER|NOINDENT|FLUSHLEFT|FLUSHRIGHT|CENTER"
    r"|BOLDCENTER)\]|[\n\r\t]"
)


def redact(text: Any) -> Any:
    """*text* made unreadable for papers that others see, its layout kept; as it is in a draft with ``redact: False``."""
    if not surroundings().screen.get("redact", True):
        return text
    hide = {"pdf": _crossed_out, "docx": _blacked_out}.get(surroundings().medium or "", _marked)
    plain_text = _SYMBOL.sub("x", str(text))
    output = ""
    end = 0
    for layout in _LAYOUT.finditer(plain_text):
        output += hide(plain_text[end : layout.start()]) + layout.group()
        end = layout.end()
    return output + hide(plain_text[end:])


def _crossed_out(text: str) -> str:
    """For a PDF field: letters become ``x`` and now and then a space, digits and hyphens ``x``."""
    # The spaces only hide how long the words were; nothing depends on them being hard to guess.
    return "".join(
        "x" if character in "0123456789-" or random.random() >= 0.2 else " "  # noqa: S311 - makes text look damaged; no secret
        for character in text
    )


def _blacked_out(text: str) -> str:
    """For a DOCX: black blocks that may wrap where the words ended."""
    return "".join("\u200b" if character == " " else "█" for character in text)


def _marked(text: str) -> str:
    """Elsewhere: marks that ``markup`` turns into black bars on pages, and ``without_redacted`` in papers."""
    pieces = [f"[REDACTION_WORD {piece.replace(']', '[')}]" if piece else "" for piece in text.split(" ")]
    return "[REDACTION_SPACE]".join(pieces)


_REDACTION = re.compile(r"\[REDACTION_WORD ([^\]]+)\]|\[REDACTION_SPACE\]")


def without_redacted(text: str) -> str:
    """*text*, in which black blocks stand for what ``redact`` has marked: for files, which must not hold the words themselves."""
    return _REDACTION.sub(lambda found: _blacked_out(found[1] or " "), text)


def verbatim(text: Any) -> Any:
    """*text* so that no mark in it counts: typed ``*`` and ``<`` are printed."""
    if surroundings().medium == "docx":
        return re.sub(r">", "&gt;", re.sub(r"<", "&lt;", re.sub(r"&(?!#?[0-9A-Za-z]+;)", "&amp;", str(text))))
    if surroundings().medium is not None:
        return text
    return f"<span>{escape(str(text).strip())}</span>"


def space_to_underscore(a: Any) -> str:
    """*a* as a file name: ASCII letters, digits, ``_ . -``; spaces become ``_``."""
    text = str(a).encode("ascii", errors="ignore").decode()
    text = text.replace("/", " ").replace("\\", " ")
    return re.sub(r"[^A-Za-z0-9_.-]", "", "_".join(text.split())).strip("._")


def underscore_to_space(a: Any) -> str:
    """*a* with spaces for underscores."""
    return str(a).replace("_", " ")


def nodoublequote(text: Any) -> str:
    """*text* with ``'`` for ``"``, for an HTML attribute."""
    return str(text).replace('"', "'")
