"""Stranger: answers every screen with invented values, and looks for a way to the papers.

Most interviews reach their papers with the most ordinary answers. Some turn visitors away ("you cannot use this form"); then the
last choice that could have gone otherwise is changed and the interview is gone through again, as a patient person would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from engross.engine.screen import Option, Screen, ScreenField
from engross.errors import EngrossError
from engross.rehearsal.drive import Obstacle, Rehearsal, Stage, rehearse
from engross.rehearsal.form import SEVERAL, Form, choices_without_variable
from engross.rehearsal.invention import TRUE_FALSE, candidates

TRIES_A_SCREEN = 12
LEADS_AWAY = {"exit", "leave", "restart", "logout", "signin", "register", "new_session", "url"}
ENDS_LISTS = ("there_is_another",)
AFTER_ITEMS = 1
"""Items a list gets before the stranger says that there is no other."""


@dataclass(slots=True)
class Decision:
    """A choice that was made and could have been made otherwise."""

    name: str
    """Block and path, so that it is known again in the next try."""
    taken: int
    """Position among the candidates."""
    others: int
    """How many candidates there are."""


@dataclass(slots=True)
class Stranger:
    """Answers for one try. *forced*: decision → position of the candidate to take this time."""

    forced: Mapping[str, int] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    _tries: dict[str, int] = field(default_factory=dict)
    """Field → how many of its candidates were refused on this screen."""
    _screen: str = ""

    def answer(self, screen: Screen, refused: Mapping[str, str]) -> Form:
        """The form for *screen*. Raises Obstacle when nothing is accepted."""
        if not refused:
            self._tries.clear()
        self._note(screen, refused)
        form = Form()
        options = choices_without_variable(screen)
        if options:
            form.choose(self._choose(screen, options))
            return form
        for entry in screen.fields:
            if entry.path is not None and entry.active and entry.input_type != "continue" and screen.kind != "settrue":
                self._fill(form, screen, entry)
        return form

    def _note(self, screen: Screen, refused: Mapping[str, str]) -> None:
        """Remember what was refused; a complaint about the whole screen counts for every field."""
        keys = [entry.key for entry in screen.fields if entry.path is not None]
        for key in refused if all(key in keys for key in refused) else keys:
            self._tries[key] = self._tries.get(key, 0) + 1
            if self._tries[key] > TRIES_A_SCREEN:
                raise Obstacle(f"no invented answer is accepted: {'; '.join(refused.values())}", screen=screen)

    def _fill(self, form: Form, screen: Screen, entry: ScreenField) -> None:
        values = list(islice(_ordered(entry), 12))
        if not values:
            return
        refused = self._tries.get(entry.key, 0)
        position = refused % len(values)
        if _is_decision(entry) and not refused:
            position = self._decide(f"{screen.block}|{entry.path}", len(values))
        if refused and not entry.required and refused >= len(values):
            return
        value = values[position]
        if entry.options and isinstance(value, str):
            form.texts[entry.key] = [value]
        elif entry.datatype in SEVERAL:
            form.texts[entry.key] = value or ([entry.none_key] if entry.none_key else [])
        else:
            form.put(entry, value)

    def _choose(self, screen: Screen, options: tuple[Option, ...]) -> Option:
        leading = [option for option in options if option.action not in LEADS_AWAY and not option.url] or list(options)
        return leading[self._decide(f"{screen.block}|{screen.sought}", len(leading))]

    def _decide(self, name: str, others: int) -> int:
        taken = min(self.forced.get(name, 0), others - 1)
        if all(decision.name != name for decision in self.decisions):
            self.decisions.append(Decision(name, taken, others))
        return taken


def _ordered(entry: ScreenField) -> Iterator[Any]:
    """The candidates; lists end after one item."""
    if (entry.path or "").endswith(ENDS_LISTS):
        yield from (False, True)
    else:
        yield from candidates(entry)


def _is_decision(entry: ScreenField) -> bool:
    """Whether another answer may lead another way."""
    if (entry.path or "").endswith(ENDS_LISTS):
        return False
    return bool(entry.options) or entry.datatype in TRUE_FALSE or entry.datatype in {"boolean", "threestate"}


def find_papers(
    on: Stage,
    interview: str,
    *,
    tries: int = 24,
    seconds: float = 240,
    tell: Callable[[Screen], None] = lambda screen: None,
) -> Rehearsal:
    """Go through *interview* until its papers are offered, or until *tries* ways were tried; the best course that was found."""
    forced: dict[str, int] = {}
    tried: set[frozenset[tuple[str, int]]] = set()
    best: Rehearsal | None = None
    for _ in range(tries):
        stranger = Stranger(forced)
        course = rehearse(on, interview, stranger, tell=tell, seconds=seconds)
        if course.papers:
            return course
        best = course if best is None or len(course.screens) > len(best.screens) else best
        tried.add(frozenset(forced.items()))
        if course.obstacle is not None and not isinstance(course.obstacle, Obstacle):
            return course  # an author's error stays one, whatever is answered
        following = _another_way(stranger.decisions, forced, tried)
        if following is None:
            break
        forced = following
    assert best is not None  # noqa: S101 - at least one try was made
    if best.obstacle is None and not best.papers:
        best.obstacle = _stopped(best)
    return best


def _stopped(course: Rehearsal) -> EngrossError:
    screen = course.last
    title = " ".join((screen.question if screen else "").split())[:80]
    return Obstacle(f"it ends without papers, on “{title}”", screen=screen)


def _another_way(
    decisions: list[Decision], forced: Mapping[str, int], tried: set[frozenset[tuple[str, int]]]
) -> dict[str, int] | None:
    """The last decision that has a candidate nobody has tried, changed; what was decided before it stays."""
    for place in range(len(decisions) - 1, -1, -1):
        decision = decisions[place]
        earlier = {d.name for d in decisions[:place]}
        for candidate in range(decision.others):
            changed = {name: taken for name, taken in forced.items() if name in earlier} | {decision.name: candidate}
            if candidate != decision.taken and frozenset(changed.items()) not in tried:
                return changed
    return None
