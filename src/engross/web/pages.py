"""A Screen as an HTML page.

Reads the Screen, decides what the page needs (icons, a signature pad, scripts) and fills ``templates/``. Everything a visitor
typed comes through autoescape; an author's texts go through ``markup``; an author's HTML and scripts are printed as they are,
scripts with the page's nonce.
"""

from __future__ import annotations

import base64
import datetime
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from babel.core import UnknownLocaleError
from babel.dates import format_date
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from engross import __version__, markup
from engross.engine.screen import (
    GENERATED_REVIEW,
    Json,
    NavSection,
    Option,
    Screen,
    ScreenField,
    code_of_types,
    encoded,
    moves_in,
    ways_on,
)
from engross.web import inputs
from engross.web.look import Look
from engross.web.words import DIRECTIONS, LANGUAGE_NAMES, say_in

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"
COLORS = {"primary", "secondary", "success", "danger", "warning", "info", "light", "dark", "link"}
PAPER_ICONS = {"done": "done", "working": "work", "waiting": "wait", "failed": "bad"}
FORMAT_NAMES = {"pdf": "PDF", "docx": "Word", "rtf": "RTF", "html": "HTML", "md": "Markdown", "zip": "ZIP"}


def compiled_beside(templates: Path) -> FileSystemBytecodeCache | None:
    """Where compiled templates are kept, as Python keeps its modules: in ``__pycache__`` beside them, if we may write there. Compiling
    them takes more than the rest of a server's first page."""
    if sys.dont_write_bytecode:
        return None
    kept = templates / "__pycache__"
    try:
        kept.mkdir(exist_ok=True)
    except OSError:
        return None
    if not os.access(kept, os.W_OK):
        return None
    return FileSystemBytecodeCache(str(kept), f"engross-{__version__}-%s.cache")


environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    bytecode_cache=compiled_beside(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=False,
    keep_trailing_newline=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around every page."""

    nonce: str
    token: str
    """For the forms of this visitor."""
    root: str = ""
    """Path that a proxy keeps to itself."""
    language: str = "en"
    brand: str = "Engross"
    go_on: str = "auto"
    debug: bool = False
    keep_days: float = 60
    """How long answers are kept without activity."""
    has_accounts: bool = False
    """Whether people can sign in here."""
    country: str = "US"
    """That telephone numbers are of, where they do not say: two letters."""

    @property
    def keep_until(self) -> str:
        """The day until which they are kept, in words."""
        day = datetime.date.today() + datetime.timedelta(days=self.keep_days)
        try:
            return format_date(day, "long", locale=self.language.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            return day.isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRow:
    """One paper on the waiting page."""

    key: str
    name: str
    state: str
    """``waiting working done failed``"""
    words: str
    link: str | None = None

    @property
    def icon(self) -> str:
        """Its picture."""
        return PAPER_ICONS.get(self.state, "wait")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way on from a message."""

    label: str
    url: str
    post: bool = False
    color: str = "outline-primary"
    id: str | None = None
    hidden: tuple[tuple[str, str], ...] = ()
    whole_window: bool = False
    """Whether it leaves the frame that the page is in."""
    asks: tuple[str, str] | None = None
    """(name, label) of a text that must be given with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What an author is told about an error, with ``--debug``."""

    message: str
    rows: tuple[tuple[str, str], ...] = ()
    chain: tuple[str, ...] = ()
    traceback: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """What the author's panel shows besides the screen."""

    why: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = field(default_factory=tuple)
    mistake: str | None = None
    """Why the newest text of the interview is not in use."""
    warnings: tuple[str, ...] = ()
    """What in the interview is probably not meant so: a key that does not exist, and the nearest one that does."""


def screen_page(
    shown: Any,
    frame: Frame,
    look: Look,
    *,
    interview: str,
    insight: Insight | None = None,
    lookup: markup.Lookup | None = None,
    heard: int = 0,
) -> str:
    """The page for what a visit shows (``visit.Shown``). *heard*: number of the session's last event before it was made."""
    return _ScreenPage(shown=shown, frame=frame, look=look, interview=interview, insight=insight, lookup=lookup, heard=heard).write()


def message_page(
    frame: Frame,
    *,
    heading: str,
    paragraphs: Sequence[str],
    ways: Sequence[Way] = (),
    code: str | None = None,
    papers: Sequence[tuple[str, str]] = (),
    strong: bool = False,
    trouble: Trouble | None = None,
    brand: str | None = None,
    help: str = "",
) -> str:
    """A page that tells the visitor something and offers ways on. *help*: Markdown of the interview's author."""
    return environment.get_template("message.html").render(
        _common(frame, title=heading, brand=brand or frame.brand)
        | {"heading": heading, "paragraphs": paragraphs, "ways": ways, "code": code, "papers": papers, "strong": strong}
        | {"trouble": trouble, "help": Markup(markup.to_html(help)) if help else ""}  # noqa: S704 - what markup makes
    )


def later_page(
    frame: Frame,
    *,
    interview: str,
    address: str | None,
    code: Markup | None,
    for_phone: bool,
    made: str | None,
    until: str | None,
    has_pin: bool,
) -> str:
    """Save and finish later. *address*: the link that was just made, *code* the same as QR; *made* and *until* of the session's link."""
    say = say_in(frame.language)
    return environment.get_template("later.html").render(
        _common(frame, title=say("Save and finish later"), brand=frame.brand)
        | {"interview": interview, "address_made": address, "code": code, "for_phone": for_phone, "made": made, "until": until}
        | {"has_pin": has_pin, "back": f"{frame.root}/interview?i={quote(interview)}"}
    )


def account_page(frame: Frame, template: str, *, title: str, **content: Any) -> str:
    """One of the pages of accounts. *title* is one of our own sentences."""
    return environment.get_template(template).render(_common(frame, title=say_in(frame.language)(title), brand=frame.brand) | content)


def operator_page(frame: Frame, *, facts: Sequence[tuple[str, str]], causes: Sequence[Any], going: Sequence[Mapping[str, Any]]) -> str:
    """What the operator sees: the state of the site, failures by cause, jobs that wait or run. In English."""
    return environment.get_template("operator.html").render(
        _common(frame, title="Operator", brand=frame.brand) | {"facts": facts, "causes": causes, "going": going}
    )


def listing_page(frame: Frame, served: Sequence[Any]) -> str:
    """The interviews one can start."""
    say = say_in(frame.language)
    return environment.get_template("listing.html").render(
        _common(frame, title=say("Choose a form"), brand=frame.brand) | {"served": served}
    )


def action_value(action: str, arguments: Mapping[str, Any]) -> str:
    """An action as one form value, encoded as docassemble encodes it in links."""
    return encoded(json.dumps({"action": action, "arguments": dict(arguments)}))


def command_data(command: Any, lookup: markup.Lookup | None = None) -> dict[str, Json]:
    """What our script does with a command of a check-in (``engine.checkins.Command``): words as HTML, everything else as it is."""
    value = markup.to_html(command.value, lookup=lookup) if command.action in ("target", "flash") else command.value
    return {"action": command.action, "value": value, "target": command.target, "choices": command.choices}


@lru_cache(maxsize=256)
def static_version(path: str) -> str:
    """Short digest of a file of ours, so that browsers may keep it for ever."""
    import hashlib

    file = STATIC / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "0"


def _icon(name: str) -> Markup:
    """One of our own icons."""
    made: Markup = environment.get_template("icons.html").module.icon(name)  # type: ignore[attr-defined]
    return made


def _common(frame: Frame, *, title: str, brand: str) -> dict[str, Any]:
    return {
        "nonce": frame.nonce,
        "token": frame.token,
        "language": frame.language,
        "direction": DIRECTIONS.get(frame.language.split("-")[0], "ltr"),
        "page_title": title,
        "brand": brand,
        "brand_logo": None,
        "has_accounts": frame.has_accounts,
        "theme_sheet": None,
        "theme_fixed": None,
        "icon": _icon,
        "needs_icons": False,
        "needs_combobox": False,
        "body_class": "",
        "say": say_in(frame.language),
        "address": lambda path: f"{frame.root}/{path}",
        "static": lambda path: f"{frame.root}/static/{path}?v={static_version(path)}",
    }


_NAME_OF_ICON = re.compile(r"[A-Za-z][\w-]*", re.ASCII)
_ICON_FONT = re.compile(r"class=\"[^\"]*\bfa[srbl]?[ -]|<i class=\"fa")
_BOOTSTRAP_SCRIPT = re.compile(r"data-bs-toggle=\"(?!popover)")
_INLINE_HANDLER = re.compile(r"<[a-z][^>]*?(?:\s(on[a-z]+)\s*=\s*[\"']|\shref\s*=\s*[\"']\s*javascript:)", re.IGNORECASE)
_PLAIN_SCRIPT = re.compile(r"<script\b(?![^>]*\btype=)([^>]*)", re.IGNORECASE)
"""A script that our own runs when its functions are there; modules and data say another ``type``."""
_STYLE = re.compile(r"<style\b(?![^>]*\bnonce=)", re.IGNORECASE)
_SCRIPT = re.compile(r"<script\b(?![^>]*\bnonce=)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ScreenPage:
    shown: Any
    frame: Frame
    look: Look
    interview: str
    insight: Insight | None
    lookup: markup.Lookup | None
    heard: int

    def write(self) -> str:
        screen: Screen = self.shown.screen
        say = say_in(self.language)
        errors: Mapping[str, str] = self.shown.errors or {}
        fields = [one for one in screen.fields if one.active]
        going_on = [one for one in fields if one.input_type == "continue" or screen.kind == "settrue"]
        answers_by_button = self._answers_by_button()
        made = [] if answers_by_button else inputs.inputs_for(
            self._as_fields(one for one in fields if one not in going_on),
            errors=errors,
            typed=self.shown.typed or {},
            say=say,
            block=self.mark,
            inline=self.inline,
            picture=self._choice_image,
            plain=self.plain,
            autofill=not self.look.suppresses_autofill,
            language=self.language,
            country=self.frame.country,
        )
        standing = [one for one in made if not one.inline]
        inline_fields = {one.id: one for one in made if one.inline}
        waiting = self.shown.waiting
        types = code_of_types(one.field for one in made if one.field is not None and one.kind != "parts")
        question = self.inline(screen.question)
        context = _common(self.frame, title=self._title(errors), brand=self.look.title) | {
            "screen": screen,
            "screen_id": self.shown.screen_id,
            "interview": self.interview,
            "language": self.language,
            "direction": DIRECTIONS.get(self.language.split("-")[0], "ltr"),
            "say": say,
            "mark": self.mark,
            "inline": self.inline,
            "choice_image": self._choice_image,
            "plain": self.plain,
            "color": _color,
            "keys": self._keys,
            "date_parts": inputs.date_parts,
            "action_value": action_value,
            "heading": question,
            "question": question,
            "subquestion": self._subquestion(inline_fields),
            "parts": screen.parts,
            "pre": self._part("pre"),
            "post": self._part("post"),
            "submit": self._part("submit"),
            "under": self.mark(screen.parts.get("under")),
            "right": self.mark(screen.parts.get("right")),
            "brand_logo": Markup(logo) if (logo := screen.parts.get("logo") or self.look.logo) else None,  # noqa: S704 - author's HTML
            "brand": self.plain(screen.parts.get("title")) or self.look.title,
            "short_logo": Markup(short) if (short := screen.parts.get("short logo")) else None,  # noqa: S704 - author's HTML
            "short_title": self._short_title(),
            "brand_url": _address(screen.parts.get("title url") or self.look.title_url),
            "brand_url_opens_window": self._opens_window(),
            "menu_review": screen.review_action if screen.review_action == GENERATED_REVIEW else None,
            "offers_review": self._offers_review(fields),
            "menu": [item for item in screen.menu if isinstance(item, dict)],
            "has_menu": not self.look.hides_menu and not (self.look.hides_standard_menu and not screen.menu),
            "has_standard_menu": not self.look.hides_standard_menu,
            "look": self.look,
            "sheets": [*self.look.sheets],
            "script_files": [*self.look.script_files],
            "theme_sheet": self.look.theme_sheet,
            "theme_fixed": "light" if self.look.theme_sheet else None,
            "section_layout": self.look.sections,
            "progress_percentage": self.look.progress_percentage,
            "sections_on_small_screens": self.look.sections_on_small_screens,
            "review_color": self.look.review_color,
            "review_icon": Markup(markup.icon(self.look.review_icon)) if self.look.review_icon else "",  # noqa: S704 - its name is checked
            "offers_papers": bool(screen.papers) and screen.attachment_options.get("manual attachment list") is not True,
            "names_papers": screen.attachment_options.get("include attachment notice") is not False,
            "current_section": _current_section(screen.sections),
            "notice": self.shown.notice,
            "error_list": list(errors.items()),
            "shown_keys": {one.id for one in made},
            "groups": _grouped_rows(standing),
            "first_spare": (first_spare := int((screen.list_collect or {}).get("groups") or 10_000)),
            "has_spare": any(one.group is not None and one.group >= first_spare for one in standing),
            "item_label": self._item_label,
            "answer_buttons": self._answer_buttons(say),
            "answer_name": fields[0].key if fields else "_choice",
            "buttons_answer": answers_by_button,
            "continue_name": going_on[0].key if going_on else None,
            "continue_value": "True",
            "offers_continue": self._offers_continue(),
            "has_files": any(one.kind == "files" for one in made),
            "sole_signature": sum(one.kind == "signature" for one in made) == 1,
            "decorations": [self._decoration(each) for each in screen.decorations],
            "papers": self._papers(),
            "help_texts": [
                {"label": self.plain(one.label), "heading": self.inline(one.heading), "content": self.mark(one.content)} for one in screen.help
            ],
            "languages": [(code, LANGUAGE_NAMES.get(code, code)) for code in self.look.languages],
            "varnames": _base64(_names_as_written(fields)),
            "sought_code": encoded(screen.sought or "None"),
            "video": self._video,
            "data": self._data(fields, errors),
            "condition_scripts": self._condition_scripts(made),
            "type_scripts": [Markup(text.replace("</", "<\\/")) for text in types.scripts],  # noqa: S704 - of the interview's modules
            "type_styles": [Markup(text.replace("</", "<\\/")) for text in types.styles],  # noqa: S704 - of the interview's modules
            "author_styles": self._author_styles(),
            "author_scripts": self._author_scripts(),
            "needs_combobox": any(one.kind in ("combobox", "datalist", "lookup") for one in made),
            "needs_signature": any(one.kind == "signature" for one in made),
            "panel": self.frame.debug,
            "why": self.insight.why if self.insight else (),
            "variables": self.insight.variables if self.insight else (),
            "mistake": self.insight.mistake if self.insight else None,
            "warnings": self.insight.warnings if self.insight else (),
            "cautions": self._cautions() if self.frame.debug else (),
            "waiting": waiting,
            "go_on": self.frame.go_on,
            "here": f"{self.frame.root}/interview?i={quote(self.interview)}",
            "later": f"{self.frame.root}/interview/later?i={quote(self.interview)}",
            "quick_exit": self.look.quick_exit or (screen.parts.get("exit url") if screen.parts.get("exit link") else None),
            "failed_papers": _count_failed(screen),
            "has_downloads": bool(screen.papers) or "al_doc_table" in (screen.subquestion or ""),
            "keep_until": self.frame.keep_until,
            "body_class": " ".join(filter(None, (f"engross-{screen.kind}", _question_class(screen), screen.css_class, *self._classes_of_look()))),
            "needs_jquery": bool(types.scripts) or self._needs_jquery(made),
            "needs_bootstrap_script": False,
        }
        context |= waiting_words(waiting, say, self.frame.root) if waiting else {}
        page = environment.get_template("screen.html").render(context)
        return self._with_what_it_needs(page, context)

    # -------------------------------------------------------------------------------------------------------- texts

    @property
    def language(self) -> str:
        return self.shown.screen.language or self.frame.language

    def mark(self, text: str | None) -> Markup:
        """An author's text as HTML blocks."""
        screen: Screen = self.shown.screen
        if not text:
            return Markup("")
        made = markup.to_html(text, terms=screen.terms, auto_terms=screen.auto_terms, lookup=self.lookup)
        return Markup(self._with_moves(made) if "datableup" in made else made)  # noqa: S704 - what markup makes

    def _with_moves(self, html: str) -> str:
        """*html* with links in the buttons that move a row of a table; a row at an end has one only."""
        ways = {(table, given["item"], given["by"]): action_value(action, given) for table, action, given in moves_in(html)}
        here = f"{self.frame.root}/interview?i={quote(self.interview)}"

        def linked(found: re.Match[str]) -> str:
            up, between, down = found["up"], found["between"], found["down"]
            row = _ROW_OF_TABLE.search(up)
            if row is None:
                return found[0]
            table, item = row[1], int(row[2])

            def link(tag: str, by: int) -> str:
                value = ways.get((table, item, by))
                way = f'href="{escape(here)}&amp;action={value}"' if value else 'aria-disabled="true" tabindex="-1"'
                return tag.replace('href="#"', way if by < 0 else f'{way} data-tablename="{table}" data-tableitem="{item}"', 1)

            return link(up, -1) + between + link(down, 1)

        return _MOVERS.sub(linked, html)

    def inline(self, text: str | None) -> Markup:
        """An author's text as HTML without a paragraph around it."""
        screen: Screen = self.shown.screen
        if not text:
            return Markup("")
        return Markup(  # noqa: S704 - what markup makes
            markup.to_html(text, terms=screen.terms, auto_terms=screen.auto_terms, trim=True, lookup=self.lookup)
        )

    def plain(self, text: str | None) -> str:
        """An author's text without any mark-up."""
        return markup.to_text(text) if text else ""

    def _title(self, errors: Mapping[str, str]) -> str:
        say = say_in(self.language)
        start = say("Error:") + " " if errors else ""
        title = self.plain(self.shown.screen.parts.get("tab title")) or self.look.tab_title or self.look.title
        return f"{start}{self.plain(self.shown.screen.question)} - {title}"

    def _offers_review(self, fields: Sequence[ScreenField]) -> bool:
        """Whether the page leads to the review of the answers: a last or a waiting screen whose author has no such link on it."""
        screen: Screen = self.shown.screen
        return screen.review_action is not None and not fields and screen.review_action not in ways_on(screen)

    def _classes_of_look(self) -> Iterator[str]:
        """Classes of the page's body that its style sheet knows."""
        look = self.look
        for is_so, name in (
            (look.hide_header, "engross-no-header"),
            (look.has_light_header, "engross-light-header"),
            (not look.is_centered, "engross-left"),
            (look.is_wide, "engross-wide"),
        ):
            if is_so:
                yield name

    def _short_title(self) -> str | None:
        """The title in the header of a small screen, where that is something else."""
        parts = self.shown.screen.parts
        title = self.plain(parts.get("short title")) or self.look.short_title
        has_logo = parts.get("logo") or self.look.logo
        return title if title and not has_logo and title != (self.plain(parts.get("title")) or self.look.title) else None

    def _opens_window(self) -> bool:
        said = self.shown.screen.parts.get("title url opens in other window")
        return self.look.title_url_in_new_window if said is None else said.strip().lower() not in ("false", "0", "no", "")

    def _part(self, name: str) -> Markup:
        """An author's text for before or after the page or above its buttons: Markdown, and HTML whose scripts and styles may run."""
        return self._allowed(str(self.mark(self.shown.screen.parts.get(name))))

    def _allowed(self, html: str) -> Markup:
        nonce = f' nonce="{escape(self.frame.nonce)}"'
        return Markup(_STYLE.sub(lambda m: m[0] + nonce, _SCRIPT.sub(lambda m: m[0] + nonce, html)))  # noqa: S704 - author's HTML

    def _subquestion(self, inline_fields: Mapping[str, inputs.Input]) -> Markup:
        """The subquestion, with the fields that the author placed in it by ``[FIELD name]``."""
        screen: Screen = self.shown.screen
        if not inline_fields:
            return self.mark(screen.subquestion)
        macros = environment.get_template("inputs.html").make_module(
            {"say": say_in(self.language), "heading": "", "icon": _icon, "keys": self._keys, "sole_signature": False, "date_parts": inputs.date_parts}
        )
        by_name = {name: one for one in inline_fields.values() if one.field for name in (one.field.variable, one.field.path)}

        def place(name: str) -> str | None:
            one = by_name.get(name)
            if one is None:
                return None
            return f'<span class="engross-inline-field">{macros.control(one)}</span>'  # type: ignore[attr-defined]

        return Markup(  # noqa: S704 - what markup and our templates made
            markup.to_html(
                screen.subquestion or "", terms=screen.terms, auto_terms=screen.auto_terms, lookup=self.lookup, field=place
            )
        )

    # ------------------------------------------------------------------------------------------------------- answers

    def _answers_by_button(self) -> bool:
        screen: Screen = self.shown.screen
        return screen.kind in ("yesno", "noyes", "yesnomaybe", "noyesmaybe") or (
            screen.kind == "multiple_choice" and screen.variety in ("buttons", None) and bool(screen.fields)
        )

    def _offers_continue(self) -> bool:
        screen: Screen = self.shown.screen
        return screen.kind == "review" or (
            screen.kind in ("fields", "settrue", "signature", "multiple_choice")
            and not self._answers_by_button()
            and not (screen.buttons and not screen.fields)
        )

    def _answer_buttons(self, say: inputs.Say) -> list[Option]:
        """The buttons of a question that is answered by pressing one."""
        screen: Screen = self.shown.screen
        fields = [one for one in screen.fields if one.active]
        if fields and fields[0].options:
            return list(fields[0].options)
        known = {
            "yesno": ("yesnoradio", ("primary", "secondary")),
            "noyes": ("noyesradio", ("primary", "secondary")),
            "yesnomaybe": ("yesnomaybe", ("primary", "secondary", "warning")),
            "noyesmaybe": ("noyesmaybe", ("primary", "secondary", "warning")),
        }
        if screen.kind not in known:
            return []
        style, colors = known[screen.kind]
        return [
            Option(key=value, label=say(word), color=color)
            for (value, word), color in zip(inputs.RADIO_ANSWERS[style], colors, strict=True)
        ]

    def _as_fields(self, fields: Iterable[ScreenField]) -> Iterable[ScreenField]:
        """The fields, those of a one-field screen in the style that the screen says."""
        import dataclasses

        screen: Screen = self.shown.screen
        for one in fields:
            if screen.kind == "multiple_choice" and one.input_type is None and one.datatype not in inputs.MANY:
                yield dataclasses.replace(one, input_type=screen.variety or "radio")
            elif self.look.floats_labels and one.floating_label is None:
                yield dataclasses.replace(one, floating_label=True)
            else:
                yield one

    def _keys(self, which: Json) -> str:
        """``true`` for all other fields, or the keys of the named ones."""
        if which is True:
            return "true"
        names = set(which)
        return " ".join(one.key for one in self.shown.screen.fields if {one.variable, one.path} & names)

    def _item_label(self, group: int) -> str:
        label = (self.shown.screen.list_collect or {}).get("label")
        labels = (self.shown.screen.list_collect or {}).get("labels")
        if isinstance(labels, list) and group < len(labels) and labels[group]:
            return self.plain(str(labels[group]))
        return f"{self.plain(str(label)) if label else say_in(self.language)('Number')} {group + 1}"

    # -------------------------------------------------------------------------------------------------------- pieces

    def _decoration(self, name: str) -> Markup:
        """A picture beside the question."""
        return self._picture(name, "engross-decoration")

    def _choice_image(self, name: str | None) -> Markup:
        """A picture before the label of a choice, and the space after it."""
        picture = self._picture(name, "engross-choice-image") if name else Markup("")
        return picture + Markup(" ") if picture else picture

    def _picture(self, name: str, css_class: str) -> Markup:
        """A file by its address, one of the interview's ``images`` or an icon by its name; nothing when it is none of these."""
        linked = self.lookup.image(name) if self.lookup else None
        if linked is None and _NAME_OF_ICON.fullmatch(name):
            return Markup('<span class="{}">{}</span>').format(css_class, Markup(markup.icon(name)))  # noqa: S704 - a name without marks
        address = linked.url if linked is not None else name if "/" in name else None
        return Markup('<img class="{}" src="{}" alt="">').format(css_class, address) if address else Markup("")

    def _papers(self) -> list[dict[str, Any]]:
        found = []
        for paper in self.shown.screen.papers:
            links = [
                (FORMAT_NAMES.get(kind, kind.upper()), f"{self.frame.root}/files/{file}" if file else None)
                for kind, file in paper.formats.items()
            ]
            found.append(
                {"name": self.inline(paper.name), "plain_name": self.plain(paper.name), "description": self.mark(paper.description), "links": links}
            )
        return found

    def _video(self, source: str) -> Markup:
        for mark, address in (
            ("[YOUTUBE ", "https://www.youtube-nocookie.com/embed/"),
            ("[YOUTUBE4:3 ", "https://www.youtube-nocookie.com/embed/"),
            ("[VIMEO ", "https://player.vimeo.com/video/"),
            ("[VIMEO4:3 ", "https://player.vimeo.com/video/"),
        ):
            if source.startswith(mark):
                which = quote(source[len(mark) :].rstrip("] "), safe="")
                return Markup('<iframe class="engross-media engross-frame" src="{}{}" title="{}" allowfullscreen loading="lazy"></iframe>').format(
                    address, which, say_in(self.language)("Video")
                )
        return Markup('<video class="engross-media" controls preload="metadata" src="{}"></video>').format(source)

    def _data(self, fields: Iterable[ScreenField], errors: Mapping[str, str]) -> Markup:
        """What our script must know, as JSON that cannot end its element."""
        screen: Screen = self.shown.screen
        say = say_in(self.language)
        content = {
            "root": self.frame.root,
            "interview": self.interview,
            "screen": self.shown.screen_id,
            "page": self.shown.version,
            "token": self.frame.token,
            "sought": screen.sought,
            "reload": screen.reload_seconds,
            "waiting": bool(self.shown.waiting),
            "listen": bool(getattr(self.shown, "listens", False)),
            "heard": self.heard,
            "keys": {name: one.key for one in fields for name in (one.variable, one.path) if name},
            "kinds": {one.key: one.datatype for one in fields},
            "options": {one.key: {option.key: option.value for option in one.options} for one in fields if one.options},
            "labels": {one.key: {self.plain(option.label): option.key for option in one.options} for one in fields if one.options},
            "boxes": {
                inputs.key_of(option.variable): [one.key, option.key] for one in fields for option in one.options if option.variable
            },
            "group": screen.list_collect or {},
            "popover": self.look.popover_trigger,
            "check_in": self.look.check_in_ms if screen.check_in else 0,
            "errors": bool(errors),
            "words": {word: say(word) for word in SCRIPT_WORDS},
        }
        text = json.dumps(content, ensure_ascii=False, default=str)
        for sign in "<>&\u2028\u2029":
            text = text.replace(sign, f"\\u{ord(sign):04x}")
        return Markup(text)  # noqa: S704 - JSON without < > &

    def _condition_scripts(self, made: Iterable[inputs.Input]) -> list[tuple[str, Markup]]:
        """The author's ``js show if`` expressions, to be written as functions; the page's policy allows no eval."""
        found = []
        for one in made:
            for n, condition in enumerate(one.field.show_if if one.field else ()):
                if condition.script is not None:
                    found.append((f"{one.id}:{n}", Markup(condition.script.replace("</", "<\\/"))))  # noqa: S704 - author's script
        return found

    def _author_styles(self) -> Markup:
        css = self.shown.screen.parts.get("css") or ""
        return self._allowed(css if "<" in css or not css.strip() else f"<style>{css}</style>")

    def _author_scripts(self) -> Markup:
        screen: Screen = self.shown.screen
        whole = []
        for script in (screen.parts.get("script") or "", *screen.scripts):
            if script.strip():
                whole.append(script if "<" in script[:200] and "<script" in script.lower() else f"<script>{script}</script>")
        return self._allowed(_PLAIN_SCRIPT.sub(r'<script type="text/plain" data-author\1', "\n".join(whole)))

    def _cautions(self) -> tuple[str, ...]:
        """What of the author's HTML the page's policy does not let run (docs/decisions/inline-handlers.md)."""
        screen: Screen = self.shown.screen
        written = [screen.subquestion or "", *screen.parts.values(), *(one.html or one.note or "" for one in screen.fields)]
        found = dict.fromkeys(match[1] or "javascript:" for text in written for match in _INLINE_HANDLER.finditer(str(text)))
        return tuple(f"`{name}` in this screen's HTML does not run here. Put the code into `script` and use addEventListener." for name in found)

    def _needs_jquery(self, made: Iterable[inputs.Input]) -> bool:
        """Whether scripts of the interview run here; they may use ``$``."""
        screen: Screen = self.shown.screen
        written = [screen.subquestion or "", *screen.parts.values(), *(one.html or "" for one in screen.fields)]
        return bool(
            self.look.script_files
            or screen.scripts
            or screen.parts.get("script")
            or any(c.script is not None for one in made if one.field for c in one.field.show_if)
            or any("<script" in str(text).lower() for text in written)
        )

    def _with_what_it_needs(self, page: str, context: dict[str, Any]) -> str:
        """*page*, written again with the icon font or Bootstrap's script when something in it uses them."""
        needs_icons = bool(_ICON_FONT.search(page))
        needs_script = bool(_BOOTSTRAP_SCRIPT.search(page))
        if needs_icons or needs_script:
            page = environment.get_template("screen.html").render(
                context | {"needs_icons": needs_icons, "needs_bootstrap_script": needs_script}
            )
        return headings_in_order(page)


_MOVERS = re.compile(r'(?P<up><a href="#"[^>]*\bdatableup\b[^>]*>)(?P<between>.*?)(?P<down><a href="#"[^>]*\bdatabledown\b[^>]*>)', re.DOTALL)
"""The pair of buttons beside a row, as ``library.actions.reorder_buttons`` writes them."""
_ROW_OF_TABLE = re.compile(r'data-tablename="([^"]+)" data-tableitem="(\d+)"')
_HEADING = re.compile(r"<h([1-6])(?=[ >])(?![^>]*aria-level)")


def headings_in_order(page: str) -> str:
    """*page* with each heading said to be at most one level below the one before: authors choose ``###`` for its size, and people
    who listen to a page go by the levels (WCAG 1.3.1). The elements stay what they are, so style sheets find them."""
    before = 0

    def told(match: re.Match[str]) -> str:
        nonlocal before
        written = int(match[1])
        level = min(written, before + 1) if written > 1 or before == 0 else 2
        before = level
        return match[0] if level == written else f'{match[0]} aria-level="{level}"'

    return _HEADING.sub(told, page)


SCRIPT_WORDS = (
    "Please wait…",
    "Remove",
    "Ready",
    "{} characters left",
    "{} is too large. The most is {} MB.",
    "Sending {}%",
    "We could not send the file. Check your connection and press the button again.",
    "Your papers are ready.",
    "See my papers",
    "Sign your name, or type it.",
    "{} of {} papers are ready.",
    "This is taking longer than usual. You can close this page.",
    "will be removed",
    "Keep this one",
    "Remove this one",
    "Add another",
    "No matches",
)


def waiting_words(waiting: Any, say: Callable[[str], str], root: str) -> dict[str, Any]:
    """The waiting page in words: time, state, a row per paper."""
    rows = [_paper_row(n, paper, say, root) for n, paper in enumerate(waiting.papers)]
    done = sum(row.state == "done" for row in rows)
    return {
        "time_words": time_words(waiting, say),
        "state_words": say("{} of {} papers are ready.").format(done, len(rows)) if len(rows) > 1 else say("We are making your papers."),
        "papers_total": len(rows),
        "papers_done": done,
        "paper_states": rows,
    }


def waiting_data(waiting: Any, say: Callable[[str], str], root: str) -> dict[str, Any]:
    """The state of the papers as data for our script."""
    rows = [_paper_row(n, paper, say, root) for n, paper in enumerate(waiting.papers)]
    return {"papers": [{"key": row.key, "name": row.name, "state": row.state, "words": row.words} for row in rows]}


def paper_rows(waiting: Any, say: Callable[[str], str], root: str) -> Markup:
    """The rows of the papers as HTML, to take the place of the old ones on an open page."""
    rows = [_paper_row(n, paper, say, root) for n, paper in enumerate(waiting.papers)]
    made = environment.get_template("paper_rows.html").render({"paper_states": rows, "say": say, "icon": _icon})
    return Markup(made)  # noqa: S704 - written by our template


def time_words(waiting: Any, say: Callable[[str], str]) -> str:
    """How long it will take, in words without false precision."""
    if (waiting.position or 0) > 2:
        return say("There are {} sets of papers before yours.").format(waiting.position)
    high = waiting.seconds_high
    if high is None:
        return say("You do not need to do anything.")
    if high <= 15:
        time = say("a few seconds")
    elif high <= 60:
        time = say("less than 1 minute")
    else:
        low = max(1, round((waiting.seconds_low or high) / 60))
        high_minutes = max(low + 1, -(-int(high) // 60))
        time = say("{} to {} minutes").format(low, high_minutes)
    return say("This usually takes {}. You do not need to do anything.").format(time)


def _paper_row(n: int, paper: Any, say: Callable[[str], str], root: str) -> PaperRow:
    state = str(getattr(paper, "state", "waiting"))
    pages = getattr(paper, "pages", None)
    file_id = getattr(paper, "file_id", None)
    doing = {
        "Filling": say("Filling it in"),
        "Converting": say("Making the PDF"),
        "Joining": say("Putting it together"),
        "Numbering": say("Numbering the pages"),
        "Packing": say("Packing the zip"),
    }
    given = getattr(paper, "words", None)
    words = doing.get(given or "", given) or {
        "done": say("Ready."),
        "working": say("We are making it."),
        "failed": say("We could not make it."),
    }.get(state, say("Waiting"))
    page = getattr(paper, "page", None)
    if state == "working" and given == "Converting" and pages:
        words = say("Making the PDF: page {} of {}").format(page, pages) if page else say("Making the PDF: {} pages").format(pages)
    if state == "done" and pages:
        words += " " + (say("1 page.") if pages == 1 else say("{} pages.").format(pages))
    return PaperRow(
        key=str(getattr(paper, "key", n)),
        name=str(paper.name),
        state=state,
        words=words,
        link=f"{root}/files/{file_id}?inline=1" if file_id else None,
    )


def _grouped_rows(made: Sequence[inputs.Input]) -> list[tuple[int | None, list[list[inputs.Input]]]]:
    """Rows of inputs by item of the list they belong to; None for those of no list."""
    found: list[tuple[int | None, list[list[inputs.Input]]]] = []
    for row in inputs.in_rows(made):
        if found and found[-1][0] == row[0].group:
            found[-1][1].append(row)
        else:
            found.append((row[0].group, [row]))
    return found


def _current_section(sections: Sequence[NavSection]) -> str | None:
    for one in sections:
        if one.state == "current":
            inner = _current_section(one.children)
            return f"{one.title}: {inner}" if inner else one.title
        if inner := _current_section(one.children):
            return inner
    return None


def _count_failed(screen: Screen) -> int:
    """How many papers the page says could not be made: rows of the list of papers, and papers of the question's own."""
    return (screen.subquestion or "").count('class="al_failure"')


def _address(url: str | None) -> str | None:
    """*url*, if a link may lead there: on the web, or a path of this server."""
    text = (url or "").strip()
    return text if text.startswith(("https://", "http://", "/")) and not text.startswith("//") else None


def _question_class(screen: Screen) -> str:
    """The id that the author gave the question, as docassemble writes it on the page: tools know a screen by it."""
    return f"question-{re.sub(r'[^A-Za-z0-9]+', '-', screen.block_id.lower())}" if screen.block_id else ""


def _color(name: str | None) -> str:
    return name if name and name.removeprefix("outline-") in COLORS else "primary"


def _names_as_written(fields: Iterable[ScreenField]) -> dict[str, str]:
    """A field's name on the page → the name as the author wrote it, both encoded: tools that know ``users[i].name.first`` find the field
    of ``users[0].name.first`` by it."""
    names: dict[str, str] = {}
    for one in fields:
        names[one.key] = inputs.key_of(one.variable) if one.variable else one.key
        for option in one.options:
            if option.variable and one.path and one.variable and option.variable.startswith(one.path):
                names[inputs.key_of(option.variable)] = inputs.key_of(one.variable + option.variable.removeprefix(one.path))
    return names


def _base64(content: Json) -> str:
    return base64.b64encode(json.dumps(content).encode()).decode()
