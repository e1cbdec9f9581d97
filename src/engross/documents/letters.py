"""Letters: which byte of a PDF's simple font stands for which character."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pikepdf import Dictionary, Name


@lru_cache(maxsize=1)
def win_ansi() -> Mapping[str, int]:
    """As ``of``, for the encoding of most forms."""
    return of(Name.WinAnsiEncoding)


@lru_cache(maxsize=4)
def _letters_of(codec: str, end: int) -> Mapping[str, int]:
    """character → byte, of the bytes from the space to before *end*"""
    decoded = ((bytes((byte,)).decode(codec, "ignore"), byte) for byte in range(32, end))
    return {character: byte for character, byte in decoded if character}


def of(encoding: Any) -> dict[str, int]:
    """character → byte, as a font's ``/Encoding`` says."""
    from fontTools import agl

    kind = str(encoding.get("/BaseEncoding", "")) if isinstance(encoding, Dictionary) else str(encoding or "")
    codec = {"/WinAnsiEncoding": "cp1252", "/MacRomanEncoding": "mac_roman"}.get(kind)
    # Without a named encoding only ASCII is sure to be where we think.
    table = dict(_letters_of(codec or "cp1252", 256 if codec else 127))
    if isinstance(encoding, Dictionary):
        byte = 0
        differences: Any = encoding.get("/Differences", ())
        for item in differences:
            if isinstance(item, int):
                byte = item
            elif isinstance(item, Name):
                character = agl.toUnicode(str(item)[1:])
                table = {c: b for c, b in table.items() if b != byte}
                if len(character) == 1:
                    table[character] = byte
                byte += 1
    return table


@lru_cache(maxsize=1)
def zapf_dingbats() -> Mapping[str, int]:
    """character → byte in the standard font of signs, ZapfDingbats (PDF 1.7, annex D.6): Unicode's dingbats follow its order, but
    for those that Unicode had already."""
    known = {byte: 0x2700 + byte - 0x20 for byte in range(0x21, 0x7F)} | {byte: 0x2761 + byte - 0xA1 for byte in range(0xA1, 0xFF) if byte != 0xF0}
    known |= {
        0x25: 0x260E, 0x2A: 0x261B, 0x2B: 0x261E, 0x48: 0x2605, 0x6C: 0x25CF, 0x6E: 0x25A0, 0x73: 0x25B2, 0x74: 0x25BC, 0x75: 0x25C6,
        0x77: 0x25D7, 0xA8: 0x2663, 0xA9: 0x2666, 0xAA: 0x2665, 0xAB: 0x2660, 0xD5: 0x2192, 0xD6: 0x2194, 0xD7: 0x2195,
    }  # fmt: skip
    known |= {0xAC + n: 0x2460 + n for n in range(10)}
    return {chr(point): byte for byte, point in sorted(known.items())}


_SYMBOL_ROWS = {
    0x20: " !∀#∃%&∍()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_",
    0x61: "αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼",
    0xA0: "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…",
    0xBF: "↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈",
    0xE5: "∑",
    0xF1: "〉∫",
}


@lru_cache(maxsize=1)
def symbol() -> Mapping[str, int]:
    """character → byte in the standard font Symbol (PDF 1.7, annex D.5), but for the pieces that tall brackets are made of."""
    return {character: first + n for first, row in _SYMBOL_ROWS.items() for n, character in enumerate(row)}
