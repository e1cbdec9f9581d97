"""What a PDF form says of its fields: their kinds, boxes, options and looks, read once for all copies of a template.

Reading asks qpdf a dozen questions a widget and takes as long as filling. So what was read is plain data, kept by the form's digest,
and names objects by their number: the same bytes have the same numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

from pikepdf import Array, Dictionary, Name, Pdf, Stream

from engross.documents.appearance import Align, Box
from engross.documents.recent import Recent

_READONLY, _MULTILINE, _RADIO, _PUSHBUTTON, _COMB = 1, 1 << 12, 1 << 15, 1 << 16, 1 << 24
COMBO, RICH = 1 << 17, 1 << 25
"""Flags of a field: a list that is folded up; a text with markup of its own."""
_INHERITED = ("/FT", "/Ff", "/DA", "/Q", "/MaxLen", "/Opt", "/V", "/DV")
_DEEPEST = 40
"""Levels of fields within fields; deeper ones are not looked at."""

Number = tuple[int, int]
"""Number and generation of an object in its document."""


class Kind(Enum):
    """What a field takes."""

    TEXT = "text"
    CHECKBOX = "checkbox"
    """On or off."""
    RADIO = "radio"
    """One of its export values."""
    CHOICE = "choice"
    """One of its options, or several."""
    SIGNATURE = "signature"
    """A picture."""
    BUTTON = "button"
    """Nothing: it does something when pressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A default appearance string (/DA), read."""

    font: str = "/Helv"
    size: float = 0.0
    color: str = "0 g"


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """A place on a page where a field is shown."""

    number: Number
    rectangle: tuple[float, float, float, float]
    """Left, bottom, right, top, in points."""
    rotation: int
    """Degrees: 0, 90, 180 or 270."""
    look: Look
    box: Box
    """What a text has to stand in."""
    decoration: str
    """Its own colour and border, as content of an appearance."""
    states: tuple[str, ...]
    """Names of its appearances, with their slash; none where there is only one look."""
    on: str | None
    """The value that switches it on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """A field that holds a value."""

    name: str
    """The whole name, ``part.of.name``."""
    number: Number
    """The dictionary that holds /V."""
    kind: Kind
    flags: int
    value: str
    """What stands in it."""
    max_length: int
    """Letters it takes, or 0."""
    options: tuple[tuple[str, str], ...]
    """(export value, what is shown) of each option."""
    widgets: tuple[Widget, ...]
    outdated: tuple[str, ...] = field(default=())
    """Keys that say more of the old value and must go with it."""

    @property
    def states(self) -> list[str]:
        """The on-state of each widget that has one."""
        return [widget.on for widget in self.widgets if widget.on is not None]

    @property
    def multiline(self) -> bool:
        return bool(self.flags & _MULTILINE)

    @property
    def read_only(self) -> bool:
        return bool(self.flags & _READONLY)


def read(pdf: Pdf, known_as: tuple[bytes, str] | None = None) -> dict[str, Terminal]:
    """The document's fields by name, also those that only pages know of.

    *known_as*: digest and password of the bytes that *pdf* was opened from and has still; what was read of them before is given back.
    Fields that stand in their list without a number of their own are given one in *pdf*.
    """
    known = _forms.get(known_as) if known_as is not None else None
    if known is not None:
        return known
    numbered = _number_all(pdf)
    found = {one.name: one.described() for one in _walk(pdf)}
    if known_as is not None and not numbered:
        _forms.keep(known_as, found)
    return found


REMEMBERED = 64
"""Forms of which it is remembered what was read."""
_forms: Recent[tuple[bytes, str], dict[str, Terminal]] = Recent(REMEMBERED)
"""Digest and password → fields, of the forms that were read last."""


def pages_of(pdf: Pdf) -> dict[Number, int]:
    """object of a widget → zero-based page"""
    return {
        widget.objgen: number
        for number, page in enumerate(pdf.pages)
        for widget in page.get("/Annots", ())
        if isinstance(widget, Dictionary)
    }


def rectangle(widget: Any) -> tuple[float, float, float, float]:
    """Left, bottom, right, top of an annotation, in points; all 0 where it says none that can be read."""
    try:
        a, b, c, d = (float(n) for n in widget.get("/Rect", (0, 0, 0, 0)))
    except (TypeError, ValueError):
        return (0.0, 0.0, 0.0, 0.0)
    return (min(a, c), min(b, d), max(a, c), max(b, d))


def decoded(name: str) -> str:
    """A PDF name's text; qpdf reads names as UTF-8 and leaves other bytes escaped."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


# --- The walk ----------------------------------------------------------------------------------------------------------------------


def _number_all(pdf: Pdf) -> bool:
    """Give a number to fields and widgets that stand in their lists as they are; whether there were any."""
    seen: set[Number] = set()
    found = False

    def number(holder: Any, key: str, depth: int) -> None:
        nonlocal found
        listed = holder.get(key)
        for place in range(len(listed) if isinstance(listed, Array) and depth <= _DEEPEST else 0):
            item = listed[place]
            if not isinstance(item, Dictionary):
                continue
            if item.objgen == (0, 0):
                listed[place] = item = pdf.make_indirect(item)
                found = True
            if item.objgen not in seen:
                seen.add(item.objgen)
                number(item, "/Kids", depth + 1)

    form = pdf.Root.get("/AcroForm")
    if isinstance(form, Dictionary):
        number(form, "/Fields", 0)
    for page in pdf.pages:
        number(page.obj, "/Annots", 0)
    return found


@dataclass(slots=True)
class _Open:
    """A field while its document is read."""

    name: str
    node: Any
    widgets: list[Any]
    inherited: dict[str, Any]

    def described(self) -> Terminal:
        flags = int(self.inherited.get("/Ff") or 0)
        limit = int(self.inherited.get("/MaxLen") or 0)
        value = self.inherited.get("/V")
        shown = "" if value is None or isinstance(value, Dictionary | Array) else str(value)
        widgets = tuple(self._widget(widget, flags, limit) for widget in self.widgets)
        return Terminal(
            name=self.name,
            number=self.node.objgen,
            kind=_kind(str(self.inherited.get("/FT")), flags, {widget.on for widget in widgets} - {None}),
            flags=flags,
            value=shown[1:] if isinstance(value, Name) else shown,
            max_length=limit,
            options=_options(self.inherited.get("/Opt")),
            widgets=widgets,
            outdated=tuple(key for key in ("/RV", "/I") if key in self.node),
        )

    def _widget(self, widget: Any, flags: int, limit: int) -> Widget:
        look = _look_of(str(widget.get("/DA", self.inherited.get("/DA") or "")))
        rotation = _rotation(widget)
        left, bottom, right, top = place = rectangle(widget)
        width, height = right - left, top - bottom
        if rotation in (90, 270):
            width, height = height, width
        cells = limit if flags & _COMB and not flags & _MULTILINE else 0
        side = widget.get("/Q", self.inherited.get("/Q") or 0)
        align = Align(int(side)) if side in (0, 1, 2) else Align.LEFT
        states = _states(widget)
        return Widget(
            number=widget.objgen, rectangle=place, rotation=rotation, look=look, decoration=_decoration(widget, width, height),
            box=Box(width=width, height=height, size=look.size, align=align, multiline=bool(flags & _MULTILINE), cells=cells),
            states=states, on=_on_state(widget, states),
        )  # fmt: skip


def _walk(pdf: Pdf) -> list[_Open]:
    """The fields of the form's tree, and of the pages."""
    found: dict[str, _Open] = {}
    seen: set[Number] = set()
    form: Any = pdf.Root.get("/AcroForm")
    base = {k: form[k] for k in ("/DA", "/Q") if isinstance(form, Dictionary) and k in form}

    def visit(node: Any, prefix: str, inherited: Mapping[str, Any], depth: int) -> None:
        if not isinstance(node, Dictionary) or depth > _DEEPEST or node.objgen in seen:
            return
        seen.add(node.objgen)
        own = dict(inherited)
        own.update({k: node[k] for k in _INHERITED if k in node})
        title = node.get("/T")
        name = f"{prefix}.{title}" if prefix and title is not None else str(title) if title is not None else prefix
        kids = [k for k in node.get("/Kids", ()) if isinstance(k, Dictionary)]
        if any("/T" in kid for kid in kids):
            for kid in kids:
                visit(kid, name, own, depth + 1)
            return
        for kid in kids:
            seen.add(kid.objgen)
        widgets = kids or [node]
        if name in found:
            found[name].widgets += widgets
            if name:
                for extra in ("/FT", "/Ff"):
                    found[name].inherited.setdefault(extra, own.get(extra))
        else:
            found[name] = _Open(name, node, widgets, own)

    if isinstance(form, Dictionary):
        for node in form.get("/Fields", ()):
            visit(node, "", base, 0)
    for page in pdf.pages:
        for widget in page.get("/Annots", ()):
            if isinstance(widget, Dictionary) and widget.get("/Subtype") == Name.Widget and widget.objgen not in seen:
                top: Any = widget
                while isinstance(top.get("/Parent"), Dictionary) and top.Parent.objgen not in seen:
                    top = top.Parent
                if "/Parent" not in top:
                    visit(top, "", base, 0)
    return [one for one in found.values() if one.name and "/FT" in one.inherited]


def _kind(kind: str, flags: int, states: set[Any]) -> Kind:
    match kind:
        case "/Btn":
            if flags & _PUSHBUTTON:
                return Kind.BUTTON
            return Kind.RADIO if flags & _RADIO or len(states) > 1 else Kind.CHECKBOX
        case "/Ch":
            return Kind.CHOICE
        case "/Sig":
            return Kind.SIGNATURE
    return Kind.TEXT


def _options(listed: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(listed, Array):
        return ()
    return tuple((str(o[0]), str(o[1])) if isinstance(o, Array) and len(o) > 1 else (str(o), str(o)) for o in listed)


def _states(widget: Any) -> tuple[str, ...]:
    normal: Any = widget.get("/AP", Dictionary()).get("/N")
    return tuple(map(str, normal.keys())) if isinstance(normal, Dictionary) and not isinstance(normal, Stream) else ()


def _on_state(widget: Any, states: tuple[str, ...]) -> str | None:
    for key in states:
        if key.lower() != "/off":
            return decoded(key[1:])
    state = widget.get("/AS")
    return decoded(str(state)[1:]) if isinstance(state, Name) and str(state).lower() != "/off" else None


@lru_cache(maxsize=256)
def _look_of(text: str) -> Look:
    font = re.search(r"(/[^\s/\[\]<>()]+)\s+(-?[0-9.]+)\s+Tf", text)
    color = re.search(r"((?:-?[0-9.]+\s+){1,4})(g|rg|k)\b", text)
    size = abs(float(font.group(2))) if font and re.fullmatch(r"-?\d*\.?\d+\.?", font.group(2)) else 0.0
    return Look(
        font=font.group(1) if font else "/Helv", size=size, color=f"{color.group(1).strip()} {color.group(2)}" if color else "0 g"
    )


def _rotation(widget: Any) -> int:
    looks = widget.get("/MK")
    turn = looks.get("/R", 0) if isinstance(looks, Dictionary) else 0
    return int(turn) % 360 if isinstance(turn, int) else 0


def _decoration(widget: Any, width: float, height: float) -> str:
    """The field's own colour and border, as its dictionary says."""
    looks = widget.get("/MK")
    if not isinstance(looks, Dictionary):
        return ""
    out = ""
    inside = _colour(looks.get("/BG"), ("g", "rg", "k"))
    if inside:
        out += f"q {inside} 0 0 {width:.2f} {height:.2f} re f Q\n"
    edge = _colour(looks.get("/BC"), ("G", "RG", "K"))
    line = widget.get("/BS", Dictionary()).get("/W", 1)
    thick = float(line) if isinstance(line, int | float) or hasattr(line, "__float__") else 1.0
    if edge and thick:
        half = thick / 2
        out += f"q {edge} {thick:g} w {half:.2f} {half:.2f} {width - thick:.2f} {height - thick:.2f} re S Q\n"
    return out


def _colour(numbers: Any, operators: tuple[str, str, str]) -> str:
    if not isinstance(numbers, Array) or len(numbers) not in (1, 3, 4):
        return ""
    return " ".join(f"{float(n):g}" for n in numbers) + " " + operators[{1: 0, 3: 1, 4: 2}[len(numbers)]]
