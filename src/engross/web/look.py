"""Look: how an interview wants its pages to look, from its ``features`` and ``metadata``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from engross.catalogue import public_name

QUICK_EXIT = "https://www.weather.gov/"
"""Where the quick exit leads when an interview asks for one without saying where."""
CHECK_IN_MS = 6000
POPOVER_TRIGGERS = ("focus", "click", "hover")
_ICON_NAME = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How an interview wants its pages to look: from its ``features`` and ``metadata``."""

    title: str = "Engross"
    logo: str | None = None
    """HTML in place of the title in the header."""
    sheets: tuple[str, ...] = ()
    script_files: tuple[str, ...] = ()
    theme_sheet: str | None = None
    sections: str = "side"
    """``side above horizontal``"""
    languages: tuple[str, ...] = ()
    hide_header: bool = False
    tab_title: str | None = None
    """In place of the title in the browser's tab, after the question."""
    title_url: str | None = None
    """Where the title or logo leads."""
    title_url_in_new_window: bool = True
    sections_on_small_screens: bool = True
    review_color: str | None = None
    """Of the buttons that change an answer on a review screen, as Bootstrap names it."""
    review_icon: str | None = None
    """Font Awesome's name of the picture on them."""
    progress_percentage: bool = False
    """Whether the progress bar says its number."""
    quick_exit: str | None = None
    """Where a visitor who must hide the page at once is led."""
    short_title: str | None = None
    """In place of the title in the header, on a small screen."""
    hides_menu: bool = False
    """Whether the menu in the corner is left out (``hide corner interface``)."""
    hides_standard_menu: bool = False
    """Whether the menu has only what the interview puts into it."""
    is_centered: bool = True
    is_wide: bool = False
    """Whether what stands beside a question may take all the width there is (``wide side by side``)."""
    has_light_header: bool = False
    popover_trigger: str = "focus"
    """What opens the meaning of a term: ``focus click hover``; the focus and a click always do."""
    suppresses_autofill: bool = False
    floats_labels: bool = False
    """Whether labels stand in their fields where a field does not say."""
    has_back_button: bool = False
    """Whether the way back stands among the buttons, too (``question back button``)."""
    has_corner_back: bool = True
    """Whether it stands above the question (``navigation back button``)."""
    has_help_button: bool = False
    """Whether a button among the others leads to the help (``question help button``)."""
    check_in_ms: int = CHECK_IN_MS
    """How often a page with ``check in`` may ask, milliseconds; 0 for never."""
    social: tuple[tuple[str, str, str], ...] = ()
    """(attribute, its value, content) of meta elements for pages that link here."""


def look_of(interview: Any, reference: str, root: str = "") -> Look:
    """How the interview wants to look. *root*: the path that a proxy keeps to itself."""
    features = getattr(interview, "features", {}) or {}
    metadata = getattr(interview, "metadata", {}) or {}
    package = getattr(interview, "package", "") or reference.split(":")[0]

    def link(name: str) -> str:
        owner, colon, path = name.rpartition(":")
        if name.startswith(("http:", "https:")) or (name.startswith("/") and not colon):
            return name
        path = path.removeprefix("data/static/").removeprefix("/")
        return f"{root}/packagestatic/{quote(public_name(owner or package))}/{quote(path)}"

    def names(value: Any) -> list[str]:
        return [value] if isinstance(value, str) else [one for one in value or () if isinstance(one, str)]

    leave = metadata.get("quick exit")
    navigation = features.get("navigation")
    theme = features.get("bootstrap theme")
    return Look(
        title=str(metadata.get("title") or "Engross"),
        logo=metadata.get("logo") if isinstance(metadata.get("logo"), str) else None,
        sheets=tuple(map(link, names(features.get("css")))),
        script_files=tuple(map(link, names(features.get("javascript")))),
        theme_sheet=link(theme) if isinstance(theme, str) and theme.endswith(".css") else None,
        sections="horizontal" if navigation == "horizontal" else "side",
        languages=tuple(str(one) for one in metadata.get("languages") or () if isinstance(one, str)),
        hide_header=bool(features.get("hide navbar")),
        tab_title=tab if isinstance(tab := metadata.get("tab title"), str) else None,
        title_url=where if isinstance(where := metadata.get("title url"), str) else None,
        title_url_in_new_window=metadata.get("title url opens in other window") is not False,
        sections_on_small_screens=features.get("small screen navigation") is not False,
        review_color=color if isinstance(color := features.get("review button color"), str) else None,
        review_icon=picture if isinstance(picture := features.get("review button icon"), str) and _ICON_NAME.fullmatch(picture) else None,
        progress_percentage=features.get("show progress bar percentage") is True,
        quick_exit=(leave if isinstance(leave, str) else QUICK_EXIT) if leave else None,
        short_title=short if isinstance(short := metadata.get("short title"), str) else None,
        hides_menu=features.get("hide corner interface") is True,
        hides_standard_menu=features.get("hide standard menu") is True,
        is_centered=features.get("centered") is not False,
        is_wide=features.get("wide side by side") is True,
        has_light_header=features.get("inverse navbar") is False,
        popover_trigger=trigger if (trigger := features.get("popover trigger")) in POPOVER_TRIGGERS else "focus",
        suppresses_autofill=features.get("suppress autofill") is True,
        floats_labels=features.get("floating labels") is True,
        has_back_button=features.get("question back button") is True,
        has_corner_back=features.get("navigation back button") is not False,
        has_help_button=features.get("question help button") is True,
        check_in_ms=_check_in_ms(features.get("checkin interval")),
        social=tuple(_social(metadata.get("social"), link)),
    )


def wants_whole_window(interview: Any, *, on_telephone: bool) -> bool:
    """Whether the interview leaves a frame that it is opened in (``go full screen``)."""
    said = (getattr(interview, "features", {}) or {}).get("go full screen")
    return said is True or (said == "mobile" and on_telephone)


def error_help(interview: Any, language: str) -> str:
    """What the interview's author has to say where an error stopped it, as Markdown (``error help``)."""
    said = (getattr(interview, "metadata", {}) or {}).get("error help")
    if isinstance(said, dict):
        said = said.get(language) or said.get("*") or next(iter(said.values()), None)
    return said if isinstance(said, str) else ""


def _check_in_ms(said: Any) -> int:
    """``checkin interval``: never with 0, and never more often than once a second."""
    if not isinstance(said, int) or isinstance(said, bool):
        return CHECK_IN_MS
    return max(1000, said) if said else 0


def _social(said: Any, link: Callable[[str], str]) -> Iterator[tuple[str, str, str]]:
    """What ``social`` of the metadata says: the page's own words by name, those of other sites by their prefix."""
    for key, value in said.items() if isinstance(said, dict) else ():
        if isinstance(value, dict):
            attribute = "name" if key == "twitter" else "property"
            for name, text in value.items():
                yield attribute, f"{key}:{name}", link(str(text)) if name == "image" else str(text)
        else:
            yield "name", str(key), link(str(value)) if key == "image" else str(value)
