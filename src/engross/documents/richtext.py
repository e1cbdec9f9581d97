"""Markdown as paragraphs and runs, for papers.

Python-Markdown makes HTML, this module turns it into plain data that DOCX parts can be written from. HTML that stands in the text
is read for its meaning (bold, lists, links) and never reaches a paper as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import lxml.html
import markdown
from lxml import etree

EXTENSIONS = ("smarty", "sane_lists", "tables", "attr_list", "md_in_html", "footnotes")
"""What docassemble reads Markdown with."""
_BLOCKS = {"p", "div", "li", "blockquote", "pre", "td", "th", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6"}
_CHARACTER = {
    "strong": "bold", "b": "bold", "em": "italic", "i": "italic", "u": "underline", "ins": "underline",
    "s": "strike", "strike": "strike", "del": "strike", "code": "code", "sup": "superscript", "sub": "subscript",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Letters that look alike."""

    text: str
    """``\\n`` is a line break, ``\\t`` a tab."""
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    code: bool = False
    superscript: bool = False
    subscript: bool = False
    link: str | None = None
    """Where the text leads: an http(s) or mailto address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A block of text."""

    runs: tuple[Run, ...]
    heading: int = 0
    """1 to 6, or 0 for plain text."""
    level: int = 0
    """How deep in lists and quotations."""
    marker: str = ""
    """What stands before a list item: ``•`` or ``1.``"""
    quote: bool = False
    align: str = "left"
    """``left``, ``center`` or ``right``."""
    table: int | None = None
    """The table it is a cell of, numbered from 0."""
    row: int = 0
    column: int = 0


def paragraphs(text: str) -> tuple[Paragraph, ...]:
    """Markdown *text* as paragraphs."""
    html = markdown.markdown(text, extensions=list(EXTENSIONS))
    if not html.strip():
        return ()
    try:
        root = lxml.html.fragment_fromstring(html, create_parent="div")
    except (etree.ParserError, ValueError):
        return (Paragraph(runs=(Run(text=text),)),)
    return tuple(_Reader().read(root))


def alphabetic(number: int, *, upper: bool = False) -> str:
    """1 → a, 26 → z, 27 → aa."""
    letters = ""
    while number > 0:
        number, place = divmod(number - 1, 26)
        letters = chr((65 if upper else 97) + place) + letters
    return letters


def roman(number: int) -> str:
    """1 → i, 4 → iv; plain digits beyond 3999."""
    if not 0 < number < 4000:
        return str(number)
    out = ""
    for value, letters in (
        (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
        (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
    ):  # fmt: skip
        count, number = divmod(number, value)
        out += letters * count
    return out


def _numeral(kind: str, number: int) -> str:
    match kind:
        case "A":
            return alphabetic(number, upper=True)
        case "a":
            return alphabetic(number)
        case "I":
            return roman(number).upper()
        case "i":
            return roman(number)
    return str(number)


class _Reader:
    """Walks the HTML; a paragraph is given out when its block ends."""

    def __init__(self) -> None:
        self.done: list[Paragraph] = []
        self.runs: list[Run] = []
        self.shape = Paragraph(runs=())
        self.tables = 0

    def read(self, root: etree._Element) -> list[Paragraph]:
        self._walk(root, Run(text=""))
        self._end()
        return self.done

    def _end(self) -> None:
        runs = tuple(_trimmed(self.runs))
        if runs or self.shape.marker or self.shape.table is not None:
            self.done.append(replace(self.shape, runs=runs))
            self.shape = replace(self.shape, marker=" " if self.shape.marker else "")
        self.runs = []

    def _text(self, text: str | None, look: Run, *, keep: bool = False) -> None:
        if text:
            self.runs.append(replace(look, text=text if keep else re.sub(r"[ \t\r\n\f]+", " ", text)))

    def _walk(self, element: etree._Element, look: Run) -> None:
        keep = element.tag == "pre" or (element.getparent() is not None and element.getparent().tag == "pre")
        self._text(element.text, look, keep=keep)
        for child in element:
            if isinstance(child.tag, str):
                self._child(child, look)
            self._text(child.tail, look)

    def _child(self, child: etree._Element, look: Run) -> None:
        tag = str(child.tag)
        if tag in _CHARACTER:
            self._walk(child, replace(look, **{_CHARACTER[tag]: True}))  # type: ignore[arg-type]
        elif tag == "a":
            target = child.get("href") or ""
            safe = target if re.match(r"(https?|mailto|tel):", target, re.IGNORECASE) else None
            self._walk(child, replace(look, link=safe))
        elif tag == "br":
            self.runs.append(replace(look, text="\n"))
        elif tag in ("ul", "ol"):
            self._list(child, look)
        elif tag == "table":
            self._table(child, look)
        elif tag in _BLOCKS:
            self._block(child, look)
        elif tag not in ("script", "style", "head", "title"):
            self._walk(child, look)

    def _block(self, element: etree._Element, look: Run) -> None:
        self._end()
        outer = self.shape
        tag = str(element.tag)
        if tag == "blockquote":
            self.shape = replace(outer, quote=True, level=outer.level + 1)
        elif re.fullmatch("h[1-6]", tag):
            self.shape = replace(outer, heading=int(tag[1]))
        classes = (element.get("class") or "").split()
        if "dacenter" in classes or "text-center" in classes:
            self.shape = replace(self.shape, align="center")
        elif "daflushright" in classes:
            self.shape = replace(self.shape, align="right")
        bold = look.bold or "dabold" in classes or tag == "th"
        self._walk(element, replace(look, bold=bold, code=look.code or tag == "pre"))
        self._end()
        marker = self.shape.marker if tag in ("p", "div") else outer.marker
        self.shape = replace(outer, marker=marker)

    def _list(self, element: etree._Element, look: Run) -> None:
        self._end()
        outer = self.shape
        start = element.get("start") or "1"
        number = int(start) if start.isdigit() else 1
        for item in element:
            if item.tag != "li":
                continue
            marker = f"{_numeral(element.get('type') or '1', number)}." if element.tag == "ol" else "•"
            self.shape = replace(outer, level=outer.level + 1, marker=marker)
            self._walk(item, look)
            self._end()
            number += 1
        self.shape = outer

    def _table(self, element: etree._Element, look: Run) -> None:
        self._end()
        outer = self.shape
        table = self.tables
        self.tables += 1
        for y, row in enumerate(element.iter("tr")):
            for x, cell in enumerate(row):
                if cell.tag in ("td", "th"):
                    align = {"center": "center", "right": "right"}.get(_cell_align(cell), "left")
                    self.shape = replace(outer, table=table, row=y, column=x, align=align)
                    self._walk(cell, replace(look, bold=look.bold or cell.tag == "th"))
                    self._end()
        self.shape = outer


def _cell_align(cell: etree._Element) -> str:
    found = re.search(r"text-align:\s*(\w+)", cell.get("style") or "")
    return found.group(1) if found else cell.get("align") or "left"


def _trimmed(runs: list[Run]) -> Iterator[Run]:
    """*runs* without blanks at the block's ends and around line breaks."""
    texts = [run.text for run in runs]
    for n, run in enumerate(runs):
        text = run.text
        if not run.code:
            if n == 0 or texts[n - 1].endswith(("\n", " ")):
                text = text.lstrip(" ") if text != "\n" else text
            if n == len(runs) - 1 or (n + 1 < len(runs) and texts[n + 1] == "\n"):
                text = text.rstrip(" ")
        texts[n] = text or texts[n - 1 if n else 0]
        if text:
            yield replace(run, text=text)
