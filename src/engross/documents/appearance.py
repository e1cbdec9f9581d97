"""How the text of a form field looks: which font, how large, where each line begins.

Layout is plain arithmetic on the field's box and the font's widths, so that the same code fills fields, says whether a text
fits, and cuts off what belongs in an addendum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, lru_cache

from engross.documents.fonts import Face

PADDING = 2.0
"""Points between the box and its text, as Acrobat leaves them."""
SMALLEST = 4.0
"""Points; text that sizes itself does not get smaller."""
LEGIBLE = 7.0
"""Points; text that would have to be smaller to fit counts as overflow."""
LARGEST_MULTILINE = 12.0
"""Points that text in several lines starts with when it sizes itself."""
LEADING = 1.15
"""Distance of lines, in sizes."""


class Align(Enum):
    """Where a line stands in its box."""

    LEFT = 0
    CENTER = 1
    RIGHT = 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Metrics:
    """Widths of a font's letters, from the font in the file or from one drawn to the same widths."""

    face: Face | None = None
    widths: Mapping[str, float] = field(default_factory=dict)
    """character → thousandths; goes before *face*"""
    average: float = 556.0
    ascent: float = 905.0
    descent: float = -212.0

    @cached_property
    def _known(self) -> _Widths:
        return _Widths(self)

    def width(self, text: str, size: float) -> float:
        """Points that *text* takes in one line."""
        return sum(map(self._known.__getitem__, text)) * size / 1000


class _Widths(dict[str, float]):
    """character → thousandths, looked up once"""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(metrics.widths)
        self._face, self._average = metrics.face, metrics.average

    def __missing__(self, character: str) -> float:
        self[character] = width = self._face.width(character) if self._face else self._average
        return width


@lru_cache(maxsize=32)
def measured(face: Face) -> Metrics:
    """The widths of a font file's letters."""
    return Metrics(face=face)


@dataclass(frozen=True, kw_only=True)
class Box:
    """What a field says about its text."""

    width: float
    """Points."""
    height: float
    size: float = 0.0
    """Points; 0 means as large as fits."""
    align: Align = Align.LEFT
    multiline: bool = False
    cells: int = 0
    """Letters are spread over so many cells (comb); 0 for running text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of text and where it begins, in points from the box's lower left corner."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The lines of a field."""

    size: float
    lines: tuple[Line, ...]
    fits: bool
    """Whether all of it is inside the box, and legible."""


def lay_out(text: str, box: Box, metrics: Metrics) -> Layout:
    """Place *text* in *box*."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ").rstrip("\n")
    if box.cells and "\n" not in text and len(text) <= box.cells:
        return _comb(text, box, metrics)
    if box.multiline:
        return _several_lines(text, box, metrics)
    return _one_line(" ".join(text.split("\n")), box, metrics)


def wrap(text: str, width: float, size: float, metrics: Metrics) -> list[str]:
    """*text* in lines no wider than *width*: broken at blanks, and inside a word only when the word is too wide."""
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for word in _words(paragraph):
            if metrics.width((line + word).rstrip(" "), size) <= width:
                line += word
                continue
            if line:
                lines.append(line.rstrip(" "))
                line = word.lstrip(" ")
            else:
                line = word
            while metrics.width(line.rstrip(" "), size) > width and len(line) > 1:
                cut = _fitting(line, width, size, metrics)
                lines.append(line[:cut])
                line = line[cut:]
        lines.append(line.rstrip(" "))
    return lines


def _words(text: str) -> list[str]:
    """*text* in pieces that end where a line may break; joined they are *text*."""
    words: list[str] = []
    start = 0
    for place in range(1, len(text)):
        if text[place - 1] in " -–" and text[place] not in " -–":
            words.append(text[start:place])
            start = place
    if start < len(text):
        words.append(text[start:])
    return words


def _fitting(text: str, width: float, size: float, metrics: Metrics) -> int:
    """How many letters of *text* fit in *width*; at least one."""
    used = 0.0
    for count, character in enumerate(text):
        used += metrics.width(character, size)
        if used > width:
            return max(count, 1)
    return len(text)


def _height(size: float, metrics: Metrics) -> float:
    return (metrics.ascent - metrics.descent) * size / 1000


def _one_line(text: str, box: Box, metrics: Metrics) -> Layout:
    room = max(box.width - 2 * PADDING, 1.0)
    size = box.size
    natural = metrics.width(text, 1.0)
    if not size:
        by_height = box.height / 1.35
        size = max(SMALLEST, min(by_height, room / natural if natural else by_height))
    y = (box.height - _height(size, metrics)) / 2 - metrics.descent * size / 1000
    x = _start(natural * size, box)
    fits = natural * size <= room + 0.5 and (size >= LEGIBLE or bool(box.size) or size >= box.height / 1.35 - 0.01)
    return Layout(size=size, lines=(Line(text=text, x=x, y=y),) if text else (), fits=fits or not text)


def _several_lines(text: str, box: Box, metrics: Metrics) -> Layout:
    room = max(box.width - 2 * PADDING, 1.0)
    tall = max(box.height - 2 * PADDING, 1.0)
    size = box.size or LARGEST_MULTILINE
    lines = wrap(text, room, size, metrics)
    if not box.size:
        while size > SMALLEST and len(lines) * size * LEADING > tall:
            size = max(SMALLEST, size - 0.5)
            lines = wrap(text, room, size, metrics)
    top = box.height - PADDING - metrics.ascent * size / 1000
    placed = tuple(
        Line(text=line, x=_start(metrics.width(line, size), box), y=top - n * size * LEADING) for n, line in enumerate(lines) if line
    )
    enough = (len(lines) - 1) * size * LEADING + _height(size, metrics) <= tall + 1.0
    return Layout(size=size, lines=placed, fits=not text or (enough and (bool(box.size) or size >= LEGIBLE)))


def _comb(text: str, box: Box, metrics: Metrics) -> Layout:
    cell = box.width / box.cells
    size = box.size or max(SMALLEST, min(box.height / 1.35, 12.0))
    y = (box.height - _height(size, metrics)) / 2 - metrics.descent * size / 1000
    first = {Align.LEFT: 0, Align.CENTER: (box.cells - len(text)) // 2, Align.RIGHT: box.cells - len(text)}[box.align]
    lines = tuple(
        Line(text=letter, x=(first + n + 0.5) * cell - metrics.width(letter, size) / 2, y=y)
        for n, letter in enumerate(text)
        if letter != " "
    )
    return Layout(size=size, lines=lines, fits=True)


def _start(width: float, box: Box) -> float:
    match box.align:
        case Align.CENTER:
            return max((box.width - width) / 2, 0.0)
        case Align.RIGHT:
            return max(box.width - PADDING - width, 0.0)
    return PADDING


def fits(text: str, box: Box, metrics: Metrics) -> bool:
    """Whether *text* can be read in full in *box*."""
    if box.cells and len(text) > box.cells:
        return False
    return lay_out(text, box, metrics).fits


def split(text: str, fits: Callable[[str], bool], *, ending: str = "", keep_words: bool = True) -> tuple[str, str]:
    """*text* in what *fits* (with *ending* after it) and the rest; nothing is lost between the two.

    With *keep_words* the cut is after a word where there is one.
    """
    if fits(text):
        return text, ""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(text[:middle].rstrip() + ending):
            low = middle
        else:
            high = middle - 1
    cut = low
    if keep_words and 0 < cut < len(text) and not text[cut].isspace() and not text[cut - 1].isspace():
        blank = max(text.rfind(" ", 0, cut), text.rfind("\n", 0, cut))
        cut = blank + 1 if blank > 0 else cut
    return text[:cut], text[cut:]
