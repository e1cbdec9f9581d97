"""docassemble's text, Markdown with marks of its own, as HTML and as plain text.

A text is first stripped of what is not Markdown: marks (``[FILE …]``), terms and the layout of paragraphs become tokens of two
private characters around a number. Then Markdown is made into HTML, which is kept for the texts that are wholly the author's
(``authored``), because these come again and again; never for texts with answers in them. At last the tokens become what they
stand for. So nothing that varies from visit to visit, such as links to files, stands in the way of the cache, and nothing that a
mark yields is read as Markdown.

Visitors' words are not recognised here; they arrive as character references (see ``quoting``).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import markdown

from engross.authored import is_authored
from engross.context import current_or_none
from engross.quoting import escape as escape

EXTENSIONS = ("smarty", "sane_lists", "tables", "attr_list", "md_in_html", "footnotes")
"""What docassemble reads Markdown with."""

# ------------------------------------------------------------------------------------------------------------------- files


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A file that a text shows or links to."""

    url: str
    name: str
    mimetype: str
    picture_url: str | None = None
    """A picture of its first page, for papers."""
    width: int | None = None
    """Pixels."""
    height: int | None = None


class Lookup(Protocol):
    """Where a text's files come from."""

    def file(self, reference: str) -> Linked | None:
        """The file of a ``[FILE reference]``: an id of the session's, or ``package:data/static/name``."""

    def image(self, name: str) -> Linked | None:
        """The picture that the interview's ``images`` or ``image sets`` call *name*."""


class _OfTheVisit:
    """Looks files up in the visit that is going on."""

    def file(self, reference: str) -> Linked | None:
        context = current_or_none()
        if context is None:
            return None
        try:
            stored = context.files.info(reference)
        except (KeyError, ValueError):
            return self._static(reference)
        return Linked(
            url=context.files.url(stored.id, attachment=False), name=stored.name, mimetype=stored.mimetype
        )

    def _static(self, reference: str) -> Linked | None:
        context = current_or_none()
        if context is None:
            return None
        try:
            path = context.files.static(reference, package=context.package)
            url = context.files.static_url(reference, package=context.package)
        except (OSError, ValueError, KeyError):
            return None
        return Linked(url=url, name=path.name, mimetype=_mimetype(path.name))

    def image(self, name: str) -> Linked | None:
        return None


def _mimetype(name: str) -> str:
    import mimetypes

    return mimetypes.guess_type(name)[0] or "application/octet-stream"


# ------------------------------------------------------------------------------------------------------------------ tokens

_OPEN, _CLOSE = "\ue000", "\ue001"
_PRIVATE = re.compile("[\ue000-\ue00f]")
_TOKEN = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_ALONE = re.compile(f"<p>\\s*((?:{_OPEN}\\d+{_CLOSE}\\s*)+)</p>")
_LAID_OUT = re.compile(f"<(p|h[1-6]|li|td|th)>{_OPEN}(\\d+){_CLOSE}")


class _Tokens:
    """What the numbers in a text stand for."""

    __slots__ = ("blocks", "layouts", "pieces")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.blocks: set[int] = set()
        """Numbers of pieces that may not stand in a paragraph."""
        self.layouts: set[int] = set()
        """Numbers of pieces that are attributes of the paragraph they begin."""

    def keep(self, piece: str, *, block: bool = False, layout: bool = False) -> str:
        number = len(self.pieces)
        self.pieces.append(piece)
        if block:
            self.blocks.add(number)
        if layout:
            self.layouts.add(number)
        return f"{_OPEN}{number}{_CLOSE}"

    def put_back(self, made: str) -> str:
        """*made*, HTML with tokens, with what they stand for."""
        made = _LAID_OUT.sub(self._laid_out, made)
        made = _ALONE.sub(self._alone, made)
        for _ in range(5):  # pieces may hold tokens themselves: a term in a table
            if _OPEN not in made:
                break
            made = _TOKEN.sub(self._piece, made)
        return made

    def _laid_out(self, match: re.Match[str]) -> str:
        number = int(match[2])
        return f"<{match[1]}{self.pieces[number]}>" if number in self.layouts else match[0]

    def _alone(self, match: re.Match[str]) -> str:
        numbers = [int(number) for number in _TOKEN.findall(match[1])]
        return match[1] if any(number in self.blocks for number in numbers) else match[0]

    def _piece(self, match: re.Match[str]) -> str:
        number = int(match[1])
        return "" if number in self.layouts else self.pieces[number]


# ------------------------------------------------------------------------------------------------------------ from text to HTML


def to_html(
    text: str,
    *,
    terms: Mapping[str, str] | None = None,
    auto_terms: Mapping[str, str] | None = None,
    trim: bool = False,
    lookup: Lookup | None = None,
    field: Callable[[str], str | None] | None = None,
) -> str:
    """*text* as HTML.

    *terms*: ``{term}`` → definition (Markdown); *auto_terms*: every occurrence of the phrase is explained. *trim*: without the
    paragraph around a single paragraph, for labels. *lookup*: where files and pictures come from, by default the visit that is
    going on. *field*: the HTML of an input for ``[FIELD name]``, or None to leave the mark alone.
    """
    if not text or not text.strip():
        return ""
    to_markdown = _markdown_of_authors if is_authored(text) else _markdown
    text = _PRIVATE.sub("", text).replace("\r\n", "\n")
    tokens = _Tokens()
    text = _take_marks(text, tokens, lookup or _OfTheVisit(), field)
    text = _take_terms(text, tokens, terms or {})
    text = _take_layout(text, tokens)
    made = _finished(to_markdown(text))
    icons = "[NO_EMOJIS]" not in made
    made = made if icons else made.replace("[NO_EMOJIS]", "")
    made = _explain(made, tokens, auto_terms or {})
    if icons and ":" in made:
        made = _with_icons(made, lookup or _OfTheVisit())
    if trim:
        made = _trimmed(made)
    return tokens.put_back(made)


def to_text(text: str) -> str:
    """*text* as it reads without any mark-up."""
    return from_html(to_html(text)) if text else ""


def from_html(made: str) -> str:
    """What a piece of HTML says: paragraphs and items on lines of their own."""
    plain = re.sub(r"<(script|style)\b.*?</\1>", "", made, flags=re.DOTALL | re.IGNORECASE)
    plain = re.sub(r"\s*\n\s*", " ", plain)
    plain = re.sub(r"<(?:br\s*/?|/p|/div|/li|/tr|/h[1-6]|/blockquote)>\s*", "\n", plain, flags=re.IGNORECASE)
    plain = re.sub(r"<[^>]+>", "", plain)
    return "\n".join(line.strip() for line in html.unescape(plain).split("\n")).strip()


def clean_html(made: str) -> str:
    """HTML that a visitor wrote (in a rich text field), without anything that could run."""
    import nh3

    return nh3.clean(made)


_converters: list[markdown.Markdown] = []
"""Those that nobody uses now. A converter keeps state while it works, so each is used by one thread at a time."""
_WORDS = re.compile(r"[^\W\d_](?:[^\W_]|[ ,;:?!()/%]|\.(?!\.))*(?<! )")
"""Text in which there is nothing for Markdown to do: one line of words that begins with a letter."""


def _markdown(text: str) -> str:
    """Markdown as HTML. Nothing of it is kept."""
    if _WORDS.fullmatch(text):
        return f"<p>{text}</p>"
    try:
        converter = _converters.pop()
    except IndexError:
        converter = markdown.Markdown(extensions=list(EXTENSIONS), output_format="html")
    # Tables that the author wrote in HTML keep their looks; only those of Markdown get Bootstrap's.
    text = re.sub(r"<(/?)table\b", r"<\1TABLE", text)
    made = str(converter.convert(text))
    _converters.append(_emptied(converter))
    return made


def _emptied(converter: markdown.Markdown) -> markdown.Markdown:
    """*converter* without the text that it converted last, which ``reset`` leaves in places that the next one overwrites."""
    for part in (converter, converter.parser, *converter.treeprocessors):
        for name in ("lines", "root", "stashed_nodes", "parent_map", "ancestors"):
            vars(part).pop(name, None)
    return converter.reset()


_markdown_of_authors = lru_cache(maxsize=8192)(_markdown)


_ALIGNED = re.compile(r'<(t[dh]) (?:align="(right|left|center)"|style="text-align: (right|left|center);")>')
_SIDE = {"left": "start", "right": "end", "center": "center"}
_LINK = re.compile(r'<a ([^>]*?)href="([^"]*)"([^>]*)>')


def _finished(made: str) -> str:
    """HTML of Markdown with Bootstrap's classes, and links that open where they should."""
    if "<table>" in made:
        made = made.replace("<table>", '<div class="table-responsive"><table class="table table-striped">')
        made = made.replace("</table>", "</table></div>")
        made = _ALIGNED.sub(lambda m: f'<{m[1]} class="text-{_SIDE[m[2] or m[3]]}">', made)
    if "TABLE" in made:
        made = re.sub(r"<(/?)TABLE\b", r"<\1table", made)
    made = made.replace("<blockquote>", '<blockquote class="blockquote">')
    return _LINK.sub(_link, made) if "<a " in made else made


_OPENS_NEW = re.compile(
    r"/(packagestatic|files|static|storedfile|tempfile|uploadedfile|uploadedpage|playgroundstatic)\b"
)
_SCHEME = re.compile(r"\s*(javascript|vbscript|data)\s*:", re.IGNORECASE)


def _link(match: re.Match[str]) -> str:
    """A link with what docassemble's links have: a window of its own when it leads away, and what its action is."""
    before, target, after = match[1], match[2], match[3]
    plain_target = html.unescape(target)
    if _SCHEME.match(plain_target) and not _SCHEME.match(target):
        return f"<a {before}{after.strip()}>"  # typed by a visitor: leads nowhere
    if "target=" in before or "target=" in after:
        return match[0]
    context = current_or_none()
    root = context.url.split("/interview")[0] if context else None
    path = plain_target.removeprefix(root) if root and plain_target.startswith(root + "/") else plain_target
    extra = ""
    if path.startswith(("/", "?")):
        action = re.search(r"[?&]action=([^&]+)", path)
        if action:
            extra = f'data-embaction="{html.escape(action[1])}" '
        elif _OPENS_NEW.match(path):
            extra = 'target="_blank" '
    elif path.startswith("javascript:"):
        extra = f'data-js="{html.escape(path.removeprefix("javascript:"))}" '
    elif not path.startswith(("#", "mailto:", "tel:", "sms:")):
        extra = 'target="_blank" rel="noopener" '
    return f'<a {extra}{before}href="{target}"{after}>'


def _trimmed(made: str) -> str:
    """*made* without its paragraph, when it is made of nothing but paragraphs."""
    if made.startswith("<p>") and made.endswith("</p>"):
        return re.sub(r"</p>\s*<p>", " ", made[3:-4])
    return made


# ------------------------------------------------------------------------------------------------------------------- marks

_BLANK = '<span class="dablank" style="text-decoration: underline">{}</span>'
_SIMPLE = {
    "NBSP": "&nbsp;",
    "ENDASH": "&ndash;",
    "EMDASH": "&mdash;",
    "HYPHEN": "-",
    "CHECKBOX": _BLANK.format("&nbsp;" * 4),
    "BLANK": _BLANK.format("&nbsp;" * 12),
    "BLANKFILL": _BLANK.format("&nbsp;" * 30),
    "PAGEBREAK": "",
    "PAGENUM": "",
    "TOTALPAGES": "",
    "SECTIONNUM": "",
    "VERTICALSPACE": "",
    "SKIPLINE": "<br>",
    "NEWLINE": "<br>",
    "NEWPAR": "<br><br>",
    "BR": "<br>",
    "TAB": '<span class="datab"></span>',
    "REDACTION_SPACE": "&#9608;&#8203;",
}
_SIMPLE_MARK = re.compile(r"\[(" + "|".join(_SIMPLE) + r")\] ?")
_SWALLOWS_SPACE = {"PAGEBREAK", "PAGENUM", "SECTIONNUM", "SKIPLINE", "NEWLINE", "NEWPAR", "BR", "TAB"}
_MEDIA_MARK = re.compile(r"\[(FILE|EMOJI|QR) ([^,\]]+)(?:, *([0-9A-Za-z.%]+))?(?:, *([^\]]*))?\]")
_VIDEO_MARK = re.compile(r"\[(YOUTUBE|VIMEO)(4:3|16:9)? ([^\]]+)\]")
_PLAYERS = {
    "YOUTUBE": "https://www.youtube.com/embed/{}?rel=0",
    "VIMEO": "https://player.vimeo.com/video/{}?byline=0&portrait=0",
}
_CAPTION = re.compile(r"\[BEGIN_CAPTION\](.+?)\[VERTICAL_LINE\]\s*(.+?)\[END_CAPTION\]", re.DOTALL)
_TWO_COLUMNS = re.compile(r"\[BEGIN_TWOCOL\](.+?)\[BREAK\]\s*(.+?)\[END_TWOCOL\]", re.DOTALL)
_FIELD_MARK = re.compile(r"\[FIELD ((?:[^\[\]]|\[[^\[\]]*\])+)\]")
_LINE_BLOCK = re.compile(r"^\| ([^|\n]*)$", re.MULTILINE)


def _take_marks(text: str, tokens: _Tokens, lookup: Lookup, field: Callable[[str], str | None] | None) -> str:
    """*text* with tokens for docassemble's marks."""
    text = _LINE_BLOCK.sub(r"\1<br>", text)
    if "[" not in text:
        return text
    if field is not None:
        text = _FIELD_MARK.sub(
            lambda m: m[0] if (made := field(m[1].strip())) is None else tokens.keep(made), text
        )
    text = _CAPTION.sub(lambda m: _columns(m, tokens, lookup, "dacaption"), text)
    text = _TWO_COLUMNS.sub(lambda m: _columns(m, tokens, lookup, "datwocol"), text)
    text = _MEDIA_MARK.sub(lambda m: _medium(m, tokens, lookup), text)
    text = _VIDEO_MARK.sub(lambda m: tokens.keep(_player(m), block=True), text)
    text = re.sub(
        r"\[TARGET ([^\]]+)\]",
        lambda m: tokens.keep(f'<span class="datarget{re.sub(r"[^A-Za-z0-9_]", "", m[1])}"></span>'),
        text,
    )
    text = re.sub(r"\[MAP [^\]]+\]", "", text)
    text = re.sub(r"\[REDACTION_WORD ([^\]]+)\]", lambda m: "&#9608;" * len(html.unescape(m[1])), text)
    text = _SIMPLE_MARK.sub(_simple, text)
    return re.sub(r" *\[END\] *", "\n", text)


def _simple(match: re.Match[str]) -> str:
    space = " " if match[0].endswith(" ") and match[1] not in _SWALLOWS_SPACE else ""
    return _SIMPLE[match[1]] + space


def _columns(match: re.Match[str], tokens: _Tokens, lookup: Lookup, css_class: str) -> str:
    """Two columns, as the head of a pleading has them."""
    cells = [to_html(part.strip(), lookup=lookup) for part in match.groups()]
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    return (
        "\n\n"
        + tokens.keep(f'<table class="{css_class}"><tbody><tr>{row}</tr></tbody></table>', block=True)
        + "\n\n"
    )


def _player(match: re.Match[str]) -> str:
    shape = (match[2] or "16:9").replace(":", "")
    url = html.escape(_PLAYERS[match[1]].format(match[3].strip()))
    return f'<div class="davideo davideo{shape}"><iframe src="{url}" title="video" allowfullscreen></iframe></div>'


def _medium(match: re.Match[str], tokens: _Tokens, lookup: Lookup) -> str:
    kind, reference, width, alt = match[1], html.unescape(match[2]).strip(), match[3], match[4]
    width = None if width in (None, "None", "full") else width
    alt = None if alt in (None, "None") else html.unescape(alt)
    if kind == "QR":
        return tokens.keep(_qr(reference, width or "300px", alt))
    linked = lookup.image(reference) or lookup.file(reference)
    if linked is None:
        return tokens.keep(f'<span class="damissingfile">[{html.escape(reference)}]</span>')
    if kind == "EMOJI":
        return tokens.keep(_picture(linked, width or "1.2em", "", icon=True))
    return tokens.keep(
        _shown(linked, width or "300px", alt), block=linked.mimetype.startswith(("audio/", "video/"))
    )


def _shown(linked: Linked, width: str, alt: str | None) -> str:
    """A file in a text: a picture, a player, or a link."""
    url, name = html.escape(linked.url), html.escape(linked.name)
    kind = linked.mimetype.split("/")[0]
    if kind == "image":
        return _picture(linked, width, alt or "")
    if kind in ("audio", "video"):
        css = "daaudio-control" if kind == "audio" else "dawidevideo"
        link = f'<a target="_blank" href="{url}">{name}</a>'
        return f'<{kind} class="{css}" controls preload="metadata"><source src="{url}" type="{html.escape(linked.mimetype)}">{link}</{kind}>'
    inner = name
    if linked.picture_url:
        picture = Linked(
            url=linked.picture_url,
            name=linked.name,
            mimetype="image/png",
            width=linked.width,
            height=linked.height,
        )
        inner = _picture(picture, width, alt or linked.name)
    return f'<a target="_blank" class="daimageref" href="{url}" title="{name}">{inner}</a>'


def _picture(linked: Linked, width: str, alt: str, *, icon: bool = False) -> str:
    style = f"width:{width}" if width.endswith("%") else f"max-width:{width}"
    if icon:
        style = f"width:{width}; vertical-align: middle"
    wide = " dawideimage" if width == "100%" else ""
    size = f' width="{linked.width}" height="{linked.height}"' if linked.width and linked.height else ""
    return (
        f'<img alt="{html.escape(alt)}" class="daicon daimageref{wide}"{size} '
        f'style="{html.escape(style)}; height: auto;" src="{html.escape(linked.url)}">'
    )


@lru_cache(maxsize=256)
def _qr(text: str, width: str, alt: str | None) -> str:
    """A QR code as an inline picture."""
    import segno

    code = segno.make(text).svg_inline(scale=4, omitsize=True)
    label = html.escape(alt or f"A QR code that goes to {text}")
    return f'<span class="daqrcode" role="img" aria-label="{label}" style="display:inline-block;width:{html.escape(width)}">{code}</span>'


# ------------------------------------------------------------------------------------------------------------------ layout

_SPACING = {
    "TIGHTSPACING": "daspacingtight",
    "SINGLESPACING": "daspacingsingle",
    "DOUBLESPACING": "daspacingdouble",
    "ONEANDAHALFSPACING": "daspacingoneandahalf",
    "TRIPLESPACING": "daspacingtriple",
}
_CLASSES = {
    "BORDER": ("daborder",),
    "FLUSHLEFT": ("daflushleft",),
    "FLUSHRIGHT": ("daflushright",),
    "CENTER": ("dacenter",),
    "BOLDCENTER": ("dacenter", "dabold"),
}
_LAYOUT_MARK = re.compile(
    r"\[("
    + "|".join([*_SPACING, *_CLASSES, "NOINDENT", "START_INDENTATION", "STOP_INDENTATION"])
    + r")\] *|\[INDENTBY *([^\]]*)\] *"
)
_LENGTH = re.compile(r"([0-9.]+) *([A-Za-z]+)")
_POINTS = {"in": 72.0, "pt": 1.0, "px": 1.0, "em": 12.0, "cm": 28.346472, "twips": 0.05, "hp": 0.5}
"""Points in a unit of length, as docassemble reckons."""


def _take_layout(text: str, tokens: _Tokens) -> str:
    """*text* with a token at the start of each paragraph that has marks of layout; spacing and indentation last until changed."""
    if not _LAYOUT_MARK.search(text):
        return text
    spacing: str | None = None
    indenting = False
    paragraphs: list[str] = []
    for paragraph in re.split(r"\n *\n", text):
        marks = list(_LAYOUT_MARK.finditer(paragraph))
        names = {mark[1] for mark in marks}
        spacing = next((_SPACING[name] for name in names if name in _SPACING), spacing)
        indenting = (indenting or "START_INDENTATION" in names) and "STOP_INDENTATION" not in names
        rest = _LAYOUT_MARK.sub("", paragraph)
        if marks and not rest.strip():
            continue
        classes = ([spacing] if spacing else []) + [
            css for name in sorted(names & _CLASSES.keys()) for css in _CLASSES[name]
        ]
        styles = ["text-indent:36px"] if indenting and "NOINDENT" not in names else []
        styles += [style for mark in marks if mark[2] is not None for style in _indentation(mark[2])]
        attributes = f' class="{" ".join(dict.fromkeys(classes))}"' if classes else ""
        attributes += f' style="{";".join(styles)}"' if styles else ""
        paragraphs.append(_begun(rest, tokens.keep(attributes, layout=True)) if attributes else rest)
    return "\n\n".join(paragraphs)


def _begun(paragraph: str, token: str) -> str:
    """*paragraph* with *token* as the first thing in its first element."""
    start = re.match(r"\s*(?:>\s*|#{1,6}\s+|[*+-]\s+|\d+\.\s+)*", paragraph)
    end = start.end() if start else 0
    return paragraph[:end] + token + paragraph[end:]


def _indentation(lengths: str) -> list[str]:
    """``[INDENTBY 1in]`` from the left; with a second length from both sides."""
    found = [int(float(number) * _POINTS.get(unit.lower(), 1.0)) for number, unit in _LENGTH.findall(lengths)]
    if len(found) == 1:
        return [f"padding-left:{found[0]}px"]
    return [f"margin-left:{found[0]}px", f"margin-right:{found[1]}px"] if found else []


# ------------------------------------------------------------------------------------------------------- terms and icons

_TAGS = re.compile(r"(<[^>]+>)")
_QUIET = {"a", "button", "script", "style", "code", "pre", "textarea", "h1", "title", "option"}
"""Elements whose text gets no terms of its own accord, and (but for headings, links and buttons) no icons."""
_VERBATIM = {"script", "style", "code", "pre", "textarea"}


@lru_cache(maxsize=512)
def _term_pattern(names: frozenset[str]) -> re.Pattern[str]:
    ordered = sorted(names, key=len, reverse=True)
    return re.compile(
        r"\{(" + "|".join(_loose(name) for name in ordered) + r")(?:\|([^}]*))?\}", re.IGNORECASE
    )


@lru_cache(maxsize=512)
def _auto_pattern(names: frozenset[str]) -> re.Pattern[str]:
    ordered = sorted(names, key=len, reverse=True)
    return re.compile(r"\{?\b(" + "|".join(_loose(name) for name in ordered) + r")\b\}?", re.IGNORECASE)


def _loose(name: str) -> str:
    return r"\s+".join(re.escape(part) for part in name.split())


def _take_terms(text: str, tokens: _Tokens, terms: Mapping[str, str]) -> str:
    """*text* with tokens around the words that ``{term}`` and ``{term|label}`` explain."""
    if not terms or "{" not in text:
        return text
    folded = {_folded(name): definition for name, definition in terms.items()}

    def take(match: re.Match[str]) -> str:
        label = match[2] if match[2] is not None else match[1]
        opening = _popover(folded[_folded(match[1])], label)
        return tokens.keep(opening) + label + tokens.keep("</a>")

    return _term_pattern(frozenset(folded)).sub(take, text)


def _folded(name: str) -> str:
    return " ".join(name.lower().split())


def _popover(definition: str, label: str) -> str:
    """The start of a word that shows its definition when it is pressed or reached by the keyboard."""
    content = html.escape(to_html(definition, trim=True).replace("\n", " "))
    spoken = html.escape(f"{from_html(_markdown(_TOKEN.sub('', label)))} (term definition)")
    return (
        f'<a tabindex="0" role="button" class="daterm" aria-label="{spoken}" data-bs-toggle="popover" data-bs-trigger="focus" '
        f'data-bs-html="true" data-bs-container="body" data-bs-placement="bottom" data-bs-content="{content}">'
    )


def _explain(made: str, tokens: _Tokens, auto_terms: Mapping[str, str]) -> str:
    """*made* with every occurrence of an automatic term explained, outside of links, buttons and code."""
    if not auto_terms:
        return made
    folded = {_folded(name): definition for name, definition in auto_terms.items()}
    pattern = _auto_pattern(frozenset(folded))

    def explain(match: re.Match[str]) -> str:
        return tokens.keep(_popover(folded[_folded(match[1])], match[1])) + match[1] + tokens.keep("</a>")

    return _in_words(made, _QUIET, lambda words: pattern.sub(explain, words))


_ICON = re.compile(r"(?<![A-Za-z0-9]):([A-Za-z][A-Za-z0-9_-]+):")
_STYLES = {"fab": "fa-brands", "far": "fa-regular", "fas": "fa-solid"}


def _with_icons(made: str, lookup: Lookup) -> str:
    """*made* with pictures for ``:name:``: the interview's own, else Font Awesome's."""

    def draw(match: re.Match[str]) -> str:
        linked = lookup.image(match[1])
        return _picture(linked, "1em", "", icon=True) if linked else icon(match[1])

    return _in_words(made, _VERBATIM, lambda words: _ICON.sub(draw, words) if ":" in words else words)


def icon(name: str) -> str:
    """Font Awesome's icon of that name; ``fab-fa-github`` for one that is not of the solid style."""
    style = "fa-solid"
    found = re.match(r"(fa[a-z])-fa-(.*)", name)
    if found:
        style, name = _STYLES.get(found[1], found[1]), found[2]
    return f'<i class="{style} fa-{name}" aria-hidden="true"></i>'


def _in_words(made: str, quiet: set[str], change: Callable[[str], str]) -> str:
    """*made* with *change* applied to the words between tags, but not inside the *quiet* elements."""
    inside: list[str] = []
    parts = _TAGS.split(made)
    for place, part in enumerate(parts):
        if place % 2:
            name = re.match(r"</?([A-Za-z0-9]+)", part)
            element = name[1].lower() if name else ""
            if element in quiet:
                if part.startswith("</"):
                    if inside and inside[-1] == element:
                        inside.pop()
                elif not part.endswith("/>"):
                    inside.append(element)
        elif part and not inside:
            parts[place] = change(part)
    return "".join(parts)
