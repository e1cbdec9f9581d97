"""Parts: the words around a question (title, logo, footer, text above and below) and the navigation between sections."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from engross import quoting
from engross.context import current
from engross.engine.screen import NavSection
from engross.language.blocks import Question, Text
from engross.language.interview import Section

if TYPE_CHECKING:
    from engross.engine.solver import Solver

OWN = ("under", "right", "pre", "post", "submit", "css", "script", "table_css_class")
"""Parts that a question may bring itself, by attribute."""

FROM_METADATA = (
    "pre", "post", "submit", "under", "right", "footer", "navigation bar html", "short logo", "exit link", "exit url", "exit label",
    "help label", "continue button label", "continue button color", "resume button label", "resume button color", "back button label",
    "corner back button label", "css class", "table css class",
)  # fmt: skip
"""Parts that ``metadata`` may say, as plain words. Titles and the logo are the page's (``web.look``)."""


def evaluated(block: Question, solver: Solver) -> dict[str, str]:
    """Every part that is said somewhere: by the question, by ``set_parts``, by ``default screen parts``, by ``metadata``."""
    found: dict[str, str] = {}
    for attribute in OWN:
        text = getattr(block, attribute)
        if text is not None:
            found[attribute.replace("_", " ")] = solver.render(text)
    for name, words in solver.answers.parts.items():
        if words is not None:
            found.setdefault(name, quoting.printed(words))
    for language in (current().language, "*"):
        for name, text in solver.interview.screen_parts.get(language, {}).items():
            if name not in found:
                found[name] = solver.render(text) if isinstance(text, Text) else str(text)
    for name in FROM_METADATA:
        said = solver.interview.metadata.get(name)
        if isinstance(said, dict):
            said = said.get(current().language) or said.get("*")
        if isinstance(said, str):
            found.setdefault(name, said)
    return found


def navigation(solver: Solver) -> tuple[NavSection, ...]:
    """The sections with their state, when the interview has any."""
    answers = solver.answers
    listed = answers.sections
    if listed is None:
        listed = solver.interview.sections.get(current().language) or solver.interview.sections.get("*")
        if not listed and solver.interview.sections:
            listed = next(iter(solver.interview.sections.values()))
    flags = answers.misc.get("nav", {})
    if not listed or flags.get("hidden"):
        return ()
    plain = [_plain(entry, solver) for entry in _entries(listed)]
    order = [key for key, _, children in plain for key in (key, *(child for child, _, _ in children))]
    here = order.index(answers.section) if answers.section in order else -1
    is_open = not flags.get("progressive", solver.interview.progressive)
    reachable = {key for key in order if key in answers.past_sections or (is_open and solver.interview.blocks_for(key))}
    if flags.get("disabled"):
        reachable = set()
    return tuple(_shown(entry, order, here, answers.section, answers.past_sections, reachable) for entry in plain)


Entry = tuple[str, str, tuple[Any, ...]]


def _entries(listed: Any) -> Iterable[Any]:
    if isinstance(listed, dict):
        listed = listed.get(current().language) or listed.get("*") or next(iter(listed.values()), ())
    return listed  # type: ignore[no-any-return]


def _plain(entry: Any, solver: Solver) -> Entry:
    """(key, title, children)"""
    match entry:
        case Section():
            children = tuple(_plain(child, solver) for child in entry.children)
            return entry.key, solver.render(entry.title), children
        case dict():
            below = entry.get("subsections", ())
            pairs = [(key, title) for key, title in entry.items() if key != "subsections"]
            key, title = pairs[0] if pairs else ("", "")
            if isinstance(title, list):
                below, title = title, key
            return str(key), str(title), tuple(_plain(child, solver) for child in below)
    return str(entry), str(entry), ()


def _shown(entry: Entry, order: list[str], here: int, section: str | None, past: set[str], reachable: set[str]) -> NavSection:
    key, title, children = entry
    shown = tuple(_shown(child, order, here, section, past, reachable) for child in children)
    if key == section or any(child.state == "current" for child in shown):
        state = "current"
    elif key in past or (0 <= order.index(key) < here):
        state = "done"
    else:
        state = "todo"
    return NavSection(key=key, title=title, state=state, action=key if state != "current" and key in reachable else None, children=shown)
