"""Small pieces of pages: texts that open, texts in a box, icons, links to call."""

from __future__ import annotations

import html
import re
from typing import Any

from engross.library.asking import validation_error
from engross.library.words import word

__all__ = [
    "check_exhibit_size",
    "collapse_template",
    "copy_button_html",
    "display_template",
    "fa_icon",
    "number_to_letter",
    "space",
    "sum_if_defined",
    "tabbed_templates_html",
    "tel",
    "thousands",
    "yes_no_unknown",
]

LARGEST_UPLOAD = 15 << 20
"""Bytes of one exhibit, unless the interview says otherwise."""


def _identifier(template: Any) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", str(getattr(template, "instanceName", "template")))


def _words(template: Any, attribute: str) -> str:
    found = getattr(template, f"{attribute}_as_html", None)
    if callable(found):
        return str(found(trim=True)) if attribute == "subject" else str(found())
    return html.escape(str(getattr(template, attribute, "")))


def collapse_template(template: Any, classname: str = "bg-light", closed_icon: str = "caret-right", open_icon: str = "caret-down") -> str:
    """A template whose subject opens and closes its content. Works without JavaScript."""
    return (
        f'<details class="al_collapse_template" id="al_collapse_{_identifier(template)}"><summary class="al_toggle">'
        f"{_words(template, 'subject')}</summary>"
        f'<div class="card card-body {html.escape(classname, quote=True)}">{_words(template, "content")}</div></details>'
    )


def display_template(
    template: Any,
    scrollable: bool = True,
    collapse: bool = False,
    copy: bool = False,
    classname: str = "bg-light",
    class_name: str | None = None,
) -> str:
    """A template in a box, with its subject above."""
    if collapse:
        return collapse_template(template, classname=class_name or classname)
    scroll = " al_scrollable overflow-auto" if scrollable else ""
    style = ' style="max-height: 16rem"' if scrollable else ""
    focus = ' tabindex="0"' if scrollable else ""
    subject = _words(template, "subject")
    heading = f'<div class="card-header">{subject}</div>' if subject else ""
    return (
        f'<div class="card al_display_template" id="al_display_{_identifier(template)}">{heading}'
        f'<div class="card-body {html.escape(class_name or classname, quote=True)}{scroll}"{style}{focus}>'
        f"{_words(template, 'content')}</div></div>"
    )


def tabbed_templates_html(tab_group_name: str, *templates: Any) -> str:
    """Templates one below the other, each to be opened by its subject; one is open at a time."""
    group = re.sub(r"[^A-Za-z0-9]+", "_", tab_group_name)
    return "".join(
        f'<details class="al_tab" name="{group}"{" open" if number == 0 else ""}><summary>{_words(template, "subject")}</summary>'
        f"<div>{_words(template, 'content')}</div></details>"
        for number, template in enumerate(templates)
    )


def fa_icon(icon: str, color: str = "primary", color_css: str | None = None, size: str = "sm", fa_class: str = "fa-solid", aria_hidden: bool = True) -> str:
    """A Font Awesome icon."""
    style = f' style="color:{html.escape(color_css, quote=True)}"' if color_css else ""
    tone = "" if color_css else f" text-{html.escape(color, quote=True)}"
    hidden = ' aria-hidden="true"' if aria_hidden else ""
    return f'<i class="{html.escape(fa_class, quote=True)} fa-{html.escape(icon, quote=True)} fa-{html.escape(size, quote=True)}{tone}"{style}{hidden}></i>'


def tel(phone_number: Any) -> str:
    """A link that calls the number."""
    digits = re.sub(r"[^0-9+,]", "", str(phone_number))
    return f'<a href="tel:{digits}">{html.escape(str(phone_number))}</a>'


def copy_button_html(text_to_copy: Any, text_before: str = "", label: str | None = None, tooltip_inert_text: str = "", tooltip_copied_text: str = "", copy_template_block: bool = False, scroll_class: str = "", adjust_height: bool = True) -> str:
    """A text to copy, in a box that selects itself."""
    said = html.escape(str(text_to_copy), quote=True)
    name = html.escape(label or word("Copy"), quote=True)
    return (
        f'<div class="al_copy input-group">{html.escape(text_before)}<input type="text" class="form-control al_copy_value" readonly'
        f' aria-label="{name}" value="{said}"></div>'
    )


def thousands(num: Any, show_decimals: bool = False) -> str:
    """``12,345`` or ``12,345.60``."""
    try:
        return f"{float(num):,.2f}" if show_decimals else f"{int(float(num)):,}"
    except (TypeError, ValueError):
        return str(num)


def number_to_letter(n: Any) -> str:
    """``A`` for 0, ``Z`` for 25, ``AA`` for 26."""
    number, letters = int(n) + 1, ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def space(var_name: str, prefix: str = " ", suffix: str = "") -> str:
    """The value of a variable with *prefix* before it, or nothing."""
    from engross.library.asking import showifdef

    found = showifdef(var_name)
    return f"{prefix}{found}{suffix}" if found else ""


def sum_if_defined(*names: str) -> Any:
    """The sum of the variables that have a value."""
    from engross.library.asking import showifdef

    return sum(showifdef(name, 0) or 0 for name in names)


def yes_no_unknown(var_name: str, condition: Any, unknown: str = "Unknown", placeholder: Any = 0) -> Any:
    """Whether the variable is *condition*: Yes, No or *unknown*."""
    from engross.library.asking import value

    found = value(var_name)
    if found is None:
        return unknown
    return found if condition else placeholder


def check_exhibit_size(exhibits: Any, pages: Any) -> None:
    """Tell the visitor when an upload is larger than the interview allows."""
    size = sum(page.size_in_bytes() for page in pages)
    limit = min(
        [LARGEST_UPLOAD]
        + [getattr(exhibits, name) for name in ("maximum_size", "maximum_size_per_doc") if name in exhibits.__dict__]
    )
    if size > limit:
        validation_error(f"{word('This is too large. Choose files of together at most')} {limit / (1 << 20):.0f} MB.")
