"""Fonts of this machine: found, measured, cut down to the letters that are used.

The fourteen standard fonts of PDF are measured with the Liberation fonts, which were drawn to the same widths.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from engross.errors import OperatorError

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("~/.fonts"), Path("~/.local/share/fonts"))
SAME_WIDTHS = {
    "arial": "Liberation Sans", "helvetica": "Liberation Sans", "arial narrow": "Liberation Sans Narrow",
    "times new roman": "Liberation Serif", "times": "Liberation Serif", "courier new": "Liberation Mono",
    "courier": "Liberation Mono", "calibri": "Carlito", "cambria": "Caladea",
}  # fmt: skip
"""Fonts that papers name and that others stand in for without moving a letter."""
_BROUGHT = {"opensymbol", "symbol", "wingdings"}
"""Fonts of signs that LibreOffice brings itself, or draws with its own."""
_FALLBACKS = ("DejaVu Sans", "Noto Sans", "Noto Sans CJK SC", "Noto Sans Arabic", "Noto Sans Hebrew")
_AVERAGE = 556
"""Width of a letter, in thousandths, when no font can be read."""


@dataclass(frozen=True, eq=False)
class Face:
    """One font file."""

    path: Path
    number: int = 0
    widths: dict[str, float] = field(default_factory=dict, repr=False)
    """character → width in thousandths of the size, filled as it is asked for"""

    @property
    def _font(self) -> Any:
        return _opened(self.path, self.number)

    @property
    def glyphs(self) -> dict[int, str]:
        """code point → name of its glyph"""
        return _cmap(self.path, self.number)

    @property
    def name(self) -> str:
        return self.path.stem

    def width(self, character: str) -> float:
        """Thousandths of the size."""
        known = self.widths.get(character)
        if known is None:
            glyph = self.glyphs.get(ord(character), ".notdef")
            known = self._font["hmtx"][glyph][0] * 1000 / self._font["head"].unitsPerEm
            self.widths[character] = known
        return known

    def has(self, text: Iterable[str]) -> bool:
        """Whether every character can be drawn."""
        return all(ord(character) in self.glyphs for character in text)

    @property
    def ascent(self) -> float:
        """Of the letters above the line, in thousandths."""
        return float(self._font["hhea"].ascent * 1000 / self._font["head"].unitsPerEm)

    @property
    def descent(self) -> float:
        """Below the line, negative."""
        return float(self._font["hhea"].descent * 1000 / self._font["head"].unitsPerEm)

    def glyph_id(self, character: str) -> int:
        """The number of the character's glyph; 0 when there is none."""
        name = self.glyphs.get(ord(character))
        return int(self._font.getGlyphID(name)) if name else 0


@lru_cache(maxsize=32)
def _opened(path: Path, number: int) -> Any:
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(path.read_bytes()), lazy=True, fontNumber=number if path.suffix.lower() in (".ttc", ".otc") else -1)
    # What is asked for is read now: several threads use the font, and reading a table moves the place in the file.
    for table in ("head", "hhea", "hmtx", "cmap"):
        font[table]
    font.getReverseGlyphMap()
    return font


@lru_cache(maxsize=32)
def _cmap(path: Path, number: int) -> dict[int, str]:
    return dict(_opened(path, number).getBestCmap() or {})


@lru_cache(maxsize=1)
def installed() -> dict[str, Path]:
    """Lower-case file name without ending and blanks → file, of every font of this machine."""
    found: dict[str, Path] = {}
    for folder in FOLDERS:
        for path in sorted(folder.expanduser().rglob("*")):
            if path.suffix.lower() in (".ttf", ".otf", ".ttc"):
                found.setdefault(re.sub(r"[\s_]", "", path.stem).lower(), path)
    return found


@lru_cache(maxsize=128)
def face(family: str, *, bold: bool = False, italic: bool = False) -> Face | None:
    """The installed font of that family and style, or None."""
    base = re.sub(r"\s", "", family).lower()
    style = ("bold" if bold else "") + ("italic" if italic else "")
    slanted = ("bold" if bold else "") + ("oblique" if italic else "")
    files = installed()
    for candidate in (f"{base}-{style or 'regular'}", f"{base}-{slanted}" if slanted else base, base, f"{base}-regular"):
        if candidate in files:
            return Face(files[candidate])
    return None


@lru_cache(maxsize=128)
def standard_face(name: str) -> Face | None:
    """The font that has the widths of a PDF font called *name* (``Helvetica-Bold``, ``ABCDEF+ArialMT``), or None."""
    plain = re.sub(r"^[A-Z]{6}\+", "", name.lstrip("/")).replace(",", "-")
    lower = plain.lower()
    bold = "bold" in lower or lower in ("hebo", "tibo", "cobo", "hebi", "tibi", "cobi")
    italic = "italic" in lower or "oblique" in lower or lower in ("heob", "tiit", "coob", "hebi", "tibi", "cobi")
    for start, family in (("helv", "Liberation Sans"), ("arialnarrow", "Liberation Sans Narrow"), ("arial", "Liberation Sans"),
                          ("times", "Liberation Serif"), ("tiro", "Liberation Serif"), ("ti", "Liberation Serif"),
                          ("cour", "Liberation Mono"), ("co", "Liberation Mono"), ("calibri", "Carlito"),
                          ("cambria", "Caladea"), ("he", "Liberation Sans")):  # fmt: skip
        if lower.startswith(start):
            return face(family, bold=bold, italic=italic)
    return face("Liberation Sans", bold=bold, italic=italic)


def covering(text: Iterable[str], preferred: Face | None = None) -> Face:
    """A font that has every character of *text*, or as many as any has. Raises OperatorError when no font is installed."""
    characters = set(text)
    candidates = [preferred, face("Liberation Sans"), *map(face, _FALLBACKS)]
    known = [candidate for candidate in candidates if candidate is not None]
    if not known:
        raise OperatorError("No font was found. Install the Liberation and DejaVu fonts (`script/setup` does).")
    for candidate in known:
        if candidate.has(characters):
            return candidate
    return max(known, key=lambda f: sum(ord(c) in f.glyphs for c in characters))


@lru_cache(maxsize=64)
def subset(path: Path, number: int, characters: frozenset[str]) -> bytes:
    """A TrueType font with the glyphs of *characters* only; glyph numbers stay as they are."""
    from fontTools import subset as cutting

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = cutting.Options(
        retain_gids=True, notdef_outline=True, hinting=False, layout_features=[], name_IDs=[], glyph_names=False,
        font_number=number, legacy_cmap=False, symbol_cmap=False, recalc_timestamp=False, recalc_bounds=False,
        drop_tables=["GPOS", "GSUB", "GDEF", "kern", "DSIG", "FFTM", "OS/2", "post", "name", "gasp", "meta", "LTSH", "hdmx", "VDMX"],
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        font = cutting.load_font(io.BytesIO(path.read_bytes()), options)
        cutter = cutting.Subsetter(options)
        cutter.populate(unicodes=[ord(c) for c in characters])
        cutter.subset(font)
        out = io.BytesIO()
        font.save(out, reorderTables=False)
    return out.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitution:
    """A font that a template names and this machine lacks."""

    font: str
    substitute: str | None
    """What stands in with the same widths; None when lines may break elsewhere."""


def substitutions(names: Iterable[str]) -> tuple[Substitution, ...]:
    """Of the fonts *names*, those that are not installed."""
    found = []
    for name in sorted({n.strip() for n in names if n.strip()}):
        if name.lower() not in _BROUGHT and face(name) is None:
            stand_in = SAME_WIDTHS.get(name.lower())
            installed = stand_in if stand_in and face(stand_in) else None
            found.append(Substitution(font=name, substitute=installed))
    return tuple(found)


def docx_fonts(entries: dict[str, bytes]) -> set[str]:
    """Fonts that the text of a DOCX file names. *entries*: name in the package → bytes."""
    named: set[str] = set()
    for part, data in entries.items():
        if re.fullmatch(r"word/(document|styles|header\d*|footer\d*)\.xml", part):
            named |= {n.decode("utf-8", "replace") for n in re.findall(rb'w:(?:ascii|hAnsi)="([^"]+)"', data)}
    return named
