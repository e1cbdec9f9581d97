"""Stranger: answers every screen with invented values, and looks for a way to the papers.

Most interviews reach their papers with the most ordinary answers. Some turn visitors away ("you cannot use this form"), or break on
an answer their author did not think of; then one choice is made otherwise and the interview is gone through again, as a patient
person would. Which choice: the last one of the way that came furthest, of those that nobody has changed yet.
"""

from __future__ import annotations

import ast
import datetime
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from engross.engine.screen import Option, Screen, ScreenField
from engross.engine.submission import shown_fields
from engross.errors import CodeError, EngrossError, Where
from engross.language.blocks import Code, Data
from engross.language.interview import Interview
from engross.language.source import find, read_text
from engross.rehearsal import hints
from engross.rehearsal.drive import (
    LEADS_AWAY,
    MADE_UP_PLACE,
    Obstacle,
    Rehearsal,
    Stage,
    made_up_places,
    rehearse,
)
from engross.rehearsal.form import SEVERAL, Form, Unfit, choices_without_variable, linked_actions, prefilled
from engross.rehearsal.invention import TRUE_FALSE, candidates
from engross.store.jobs import JobReport, JobState

TRIES_A_SCREEN = 24
CANDIDATES = 12
"""Most values that are tried for one field."""
OTHER_WAYS = 6
"""Most candidates of one choice that are tried as a way to the papers."""
NUMBER = "1234567"
COUNTY = "|county"
"""Stands among the words that the interview knows for the county of all addresses."""
ROUNDS_BEFORE_A_CIRCLE = 2
FEW = 6
"""So many choices are a question; more are a list to pick from."""
NEARER = 4
"""A choice that was made otherwise once comes before those that are so many places farther from the end."""
HOW_MANY = "|how many"
"""After a list's name: how many it must have, because the interview counts on them."""
ENDS_LISTS = ("there_is_another",)


@dataclass(slots=True)
class Decision:
    """A choice that was made and could have been made otherwise."""

    name: str
    """Block and path, so that it is known again in the next try."""
    taken: int
    """Position among the candidates."""
    others: int
    """How many candidates there are."""
    seldom_matters: bool = False
    """Whether it seldom leads another way: a day, one of many, what may stay empty. Made otherwise when nothing else is left to try."""


@dataclass(slots=True)
class Stranger:
    """Answers for one try. *forced*: decision → position of the candidate to take this time."""

    forced: Mapping[str, int] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    tables: dict[str, str] = field(default_factory=dict)
    """Block and path → a word that the interview knows."""
    typed: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """What was typed → blocks and paths."""
    _tries: Counter[str] = field(default_factory=Counter)
    """Field → how many of its candidates were refused on this screen."""
    _complaints: int = 0
    """How often this screen was refused as a whole."""
    _added: Counter[str] = field(default_factory=Counter)
    """List → how often another one was added to it."""
    _met: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    """How often a screen came up."""

    def answer(self, screen: Screen, refused: Mapping[str, str]) -> Form:
        """The form for *screen*. Raises Obstacle when nothing is accepted."""
        if not refused:
            self._tries.clear()
            self._complaints = 0
            self._met[screen.block, screen.sought] += 1
        asked = [entry for entry in screen.fields if _is_asked(screen, entry)]
        self._note(screen, asked, refused)
        form = Form()
        options = choices_without_variable(screen)
        if options:
            form.choose(self._choose(screen, options))
            return form
        if screen.kind != "settrue":
            days = _Days()
            for entry in asked:
                self._fill(form, screen, entry, days)
            if len({entry.key for entry in asked}) < len(asked):
                self._choose_shown(form, screen, asked, days)
        return form

    def _choose_shown(self, form: Form, screen: Screen, asked: list[ScreenField], days: _Days) -> None:
        """Of several fields for one variable, fill in the one that is shown; where a script of the page decides, the one that is
        always there, and when that is refused the next."""
        counted = Counter(entry.key for entry in asked)
        together: dict[str, list[ScreenField]] = {}
        for entry in shown_fields(screen, form.texts):
            if counted[entry.key] > 1 and entry in asked:
                together.setdefault(entry.key, []).append(entry)
        for key, entries in together.items():
            entries.sort(key=lambda entry: any(condition.script for condition in entry.show_if))
            form.texts.pop(key, None)
            self._fill(form, screen, entries[self._tries[key] % len(entries)], days)

    def _note(self, screen: Screen, asked: list[ScreenField], refused: Mapping[str, str]) -> None:
        """Remember what was refused. A complaint that names no field of the screen is about all of them: first each gets another
        value, then one after the other."""
        if not refused:
            return
        keys = [entry.key for entry in asked]
        named = [key for key in refused if key in keys]
        if not named and keys:
            turn, self._complaints = self._complaints, self._complaints + 1
            named = keys if turn == 0 else [keys[(turn - 1) % len(keys)]]
            if turn == 1:
                self._tries.clear()
        self._tries.update(named)
        if not named or max(self._tries.values()) + self._complaints > TRIES_A_SCREEN:
            raise Obstacle(f"no invented answer is accepted: {'; '.join(refused.values())}", screen=screen)

    def _fill(self, form: Form, screen: Screen, entry: ScreenField, days: _Days) -> None:
        values = days.in_order(entry, list(islice(_ordered(entry, screen.question), CANDIDATES)))
        values = self._enough(entry) or values
        if not values:
            return
        refused = self._tries[entry.key]
        if refused and not entry.required and refused >= len(values):
            return
        position = refused
        if _is_decision(entry) and not refused:
            position = self._decide(f"{screen.block}|{entry.path}", len(values), seldom_matters=_seldom_matters(entry))
        value = values[(position + self._rounds(screen)) % len(values)]
        if entry.options and isinstance(value, str):
            form.texts[entry.key] = [value]
        elif entry.datatype in SEVERAL:
            form.texts[entry.key] = value or ([entry.none_key] if entry.none_key else [])
        else:
            self._put(form, screen, entry, value)

    def _rounds(self, screen: Screen) -> int:
        """How often the screen came up in a circle: the second time may be another part of the form, the third seldom is."""
        return max(0, self._met[screen.block, screen.sought] - ROUNDS_BEFORE_A_CIRCLE)

    def _enough(self, entry: ScreenField) -> list[Any]:
        """What makes a list long enough for what the interview counts on, if this field is about that."""
        group, _, asked = (entry.path or "").rpartition(".")
        wanted = int(self.tables.get(f"{group}{HOW_MANY}", 0))
        if asked == "target_number" and wanted:
            return [str(wanted)]
        if asked in ENDS_LISTS and self._added[group] + 1 < wanted:
            self._added[group] += 1
            return [True]
        return []

    def _put(self, form: Form, screen: Screen, entry: ScreenField, value: Any) -> None:
        """Type the value, or the word that a table of the interview has in its place."""
        try:
            form.put(entry, self.tables.get(f"{screen.block}|{entry.path}", value))
        except Unfit:
            return  # a list of choices that is empty, for example
        self.typed.setdefault(str(form.texts.get(entry.key, [""])[0]), []).append((screen.block, str(entry.path)))

    def _choose(self, screen: Screen, options: tuple[Option, ...]) -> Option:
        """What leads on; a menu that comes up again and again is gone through from top to bottom."""
        leading = [option for option in options if option.action not in LEADS_AWAY and not option.url] or list(options)
        before = self._met[screen.block, screen.sought] - 1
        return leading[(self._decide(f"{screen.block}|{screen.sought}", len(leading)) + before) % len(leading)]

    def follow(self, screen: Screen) -> tuple[str, dict[str, Any]] | None:
        """One of the links that act; on a screen that comes up again, the next."""
        links = linked_actions(screen)
        if not links:
            return None
        before = self._met[screen.block, "links"]
        self._met[screen.block, "links"] += 1
        return links[(self._decide(f"{screen.block}|links", len(links)) + before) % len(links)]

    def _decide(self, name: str, others: int, *, seldom_matters: bool = False) -> int:
        others = min(others, OTHER_WAYS)
        taken = min(self.forced.get(name, 0), others - 1)
        if all(decision.name != name for decision in self.decisions):
            self.decisions.append(Decision(name, taken, others, seldom_matters))
        return taken


def _is_asked(screen: Screen, entry: ScreenField) -> bool:
    """Whether a value is wanted; the spare items of a list stay empty."""
    spare = screen.list_collect is not None and entry.group is not None and entry.group >= int(screen.list_collect.get("groups") or 1)
    return entry.path is not None and entry.active and entry.input_type != "continue" and not spare


class _Days:
    """Dates of one screen, each later than the one before: first comes the beginning, then the end."""

    def __init__(self) -> None:
        self._last: datetime.date | None = None

    def in_order(self, entry: ScreenField, values: list[Any]) -> list[Any]:
        """*values*, led by a day after the last one that was used."""
        if entry.datatype != "date" or not values:
            return values
        try:
            day = datetime.date.fromisoformat(values[0])
        except (TypeError, ValueError):
            return values
        later = self._last + datetime.timedelta(days=1) if self._last is not None and day.year > 1999 else None
        if later is not None and later > day and later <= datetime.date.today() and entry.max is None:
            values = [later.isoformat(), *values]
            day = later
        if day.year > 1999:
            self._last = day
        return values


def _ordered(entry: ScreenField, question: str) -> Iterator[Any]:
    """The candidates; what the field holds already comes first, and lists end after one item."""
    if (entry.path or "").endswith(ENDS_LISTS):
        yield from (False, True)
        return
    there = prefilled(entry)
    is_kept = bool(there) and (isinstance(there, list) or (isinstance(there, str) and (bool(entry.options) or entry.datatype == "text")))
    if is_kept:
        yield there
    for value in candidates(entry, question):
        if not is_kept or value != there:
            yield value


def _is_decision(entry: ScreenField) -> bool:
    """Whether another answer may lead another way."""
    if (entry.path or "").endswith(ENDS_LISTS):
        return False
    return bool(entry.options) or entry.datatype in TRUE_FALSE or entry.datatype in {"boolean", "threestate", "date"}


def _seldom_matters(entry: ScreenField) -> bool:
    if entry.datatype in SEVERAL or entry.datatype in TRUE_FALSE or entry.datatype in {"boolean", "threestate"}:
        return False
    return entry.datatype == "date" or len(entry.options) > FEW or not entry.required


def find_papers(
    on: Stage,
    interview: str,
    *,
    tries: int = 24,
    seconds: float = 240,
    tell: Callable[[Screen], None] = lambda screen: None,
) -> Rehearsal:
    """Go through *interview* until its papers are offered, or until *tries* ways or *seconds* were tried; the best course that was
    found."""
    deadline = time.monotonic() + seconds
    search = _Search()
    best: Rehearsal | None = None
    tables: dict[str, str] = {}
    for _ in range(tries):
        stranger = Stranger(search.forced, tables=tables)
        with made_up_places(MADE_UP_PLACE._replace(county=tables.get(COUNTY, MADE_UP_PLACE.county))):
            course = rehearse(on, interview, stranger, tell=tell, seconds=deadline - time.monotonic())
        if course.papers and course.obstacle is None:
            return course
        if best is None or _reach(course) > _reach(best):
            best = course
        if course.obstacle is None and not course.papers:
            course.obstacle = _stopped(on, course)
        learnt = _word_wanted(on.interviews.get(interview), stranger, course)
        if learnt and time.monotonic() < deadline:
            tables |= learnt
            best = None
            continue
        if not course.screens or time.monotonic() > deadline:
            break
        reached = _reach(course)
        if not search.go_on(stranger, reached, _end(course), _why(on.interviews.get(interview), course)):
            break
    assert best is not None  # noqa: S101 - at least one try was made
    return best


def _word_wanted(interview: Interview, stranger: Stranger, course: Rehearsal) -> dict[str, str]:
    """When something typed was looked up in a table and is not in it (a county, say): a word that is in the table.

    A person in the place that the interview is for would have typed one of these.
    """
    cause = course.obstacle.__cause__ or course.obstacle.__context__ if isinstance(course.obstacle, CodeError) else None
    where = course.obstacle.where if isinstance(course.obstacle, CodeError) else None
    if isinstance(cause, IndexError):
        return _more_wanted(str(cause), stranger)
    if isinstance(cause, ValueError):
        return _number_wanted(str(cause), stranger)
    if not isinstance(cause, KeyError) or where is None:
        return {}
    sought = str(cause.args[0] if cause.args else "").strip().lower()
    line = _line_of(where)
    fields = [field for text, fields in stranger.typed.items() if text.strip().lower() == sought for field in fields]
    fields.sort(key=lambda field: field[1] not in line)
    names = set(re.findall(r"(\w+)\s*\[", line))
    words = next((words for name, words in _tables(interview) if name in names), ())
    county = MADE_UP_PLACE.county.lower()
    if words and COUNTY not in stranger.tables and sought in (county, county.removesuffix(" county")):
        return {COUNTY: words[0] if sought == county else f"{words[0]} County"}
    if not sought or not fields or not words or "|".join(fields[0]) in stranger.tables:
        return {}
    return {"|".join(fields[0]): words[0]}


def _more_wanted(complaint: str, stranger: Stranger) -> dict[str, str]:
    """When the interview counts on more of a list than there were (two spouses, say): so many."""
    found = re.search(r"list index (\d+) out of range on (\S+)", complaint)
    if found is None or f"{found[2]}{HOW_MANY}" in stranger.tables:
        return {}
    return {f"{found[2]}{HOW_MANY}": str(int(found[1]) + 1)}


_NO_NUMBER = re.compile(r"(?:invalid literal for int\(\) with base 10|could not convert string to float): '(.+)'")


def _number_wanted(complaint: str, stranger: Stranger) -> dict[str, str]:
    """When what was typed, or its beginning, should have been a number: a number of several digits for that field."""
    found = _NO_NUMBER.search(complaint)
    typed = found[1] if found else ""
    for text, fields in stranger.typed.items() if typed else ():
        if text.startswith(typed):
            return {"|".join(field): NUMBER for field in fields if "|".join(field) not in stranger.tables}
    return {}


def _line_of(where: Where) -> str:
    """The line of the interview at *where*: of its code, or of a field of an attachment."""
    try:
        lines = read_text(find(where.file)).splitlines()
    except EngrossError:
        return ""
    return lines[where.line - 1] if 0 < where.line <= len(lines) else ""


def _tables(interview: Interview) -> Iterator[tuple[str, Sequence[str]]]:
    """(variable, keys) of the dictionaries that an interview writes out."""
    for block in interview.blocks:
        if isinstance(block, Data) and isinstance(block.value, Mapping):
            yield block.variable, [key for key in block.value if isinstance(key, str)]
        elif isinstance(block, Code):
            for node in ast.walk(ast.parse(block.code.source)):
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and isinstance(node.targets[0], ast.Name):
                    keys = [key.value for key in node.value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
                    yield node.targets[0].id, keys


def _reach(course: Rehearsal) -> tuple[bool, int]:
    """How far a course came: whether it had papers, and how many different screens it saw."""
    return bool(course.papers), len({(screen.block, screen.sought) for screen in course.screens})


def _end(course: Rehearsal) -> str:
    """The block of the last screen that belongs to the interview."""
    screen = _last_of_interview(course)
    return screen.block if screen is not None else ""


def _last_of_interview(course: Rehearsal) -> Screen | None:
    return next((screen for screen in reversed(course.screens) if screen.block), None)


def _why(interview: Interview, course: Rehearsal) -> set[str]:
    """The names on which it depended that *course* ended where it did."""
    return hints.deciding(interview, _last_of_interview(course), course.obstacle)


class _Search:
    """Which choice to make otherwise next."""

    def __init__(self) -> None:
        self.forced: dict[str, int] = {}
        self._ways: list[tuple[tuple[bool, int], list[Decision], dict[str, int], str]] = []
        """(how far, what was decided, what had been forced, the block on which it ended)"""
        self._tried: set[tuple[str, int]] = set()
        self._tried_at: set[tuple[str, str, int]] = set()
        self._tried_together: set[frozenset[tuple[str, int]]] = set()
        self._hinted: set[tuple[str, str, int]] = set()

    def go_on(self, stranger: Stranger, reach: tuple[bool, int], end: str, why: set[str]) -> bool:
        """Prepare another way; False when there is none. *end*: the block on which this one ended; *why*: the names on which that
        depended.

        A choice that the end depended on is made otherwise first. Then each choice is made otherwise by itself. Then several together: some forms go on only when the answer to each of a
        number of questions is no.
        """
        self._tried |= {(decision.name, decision.taken) for decision in stranger.decisions}
        self._ways.append((reach, stranger.decisions, self.forced, end))
        self._tried_at |= {(end, decision.name, decision.taken) for decision in stranger.decisions}
        self._tried_together.add(frozenset((decision.name, decision.taken) for decision in stranger.decisions))
        if self._as_hinted(stranger.decisions, end, why):
            return True
        furthest = sorted(self._ways, key=lambda way: way[0], reverse=True)
        if any(self._otherwise(decisions, forced, seldom) for seldom in (False, True) for _, decisions, forced, _ in furthest):
            return True
        newest = sorted(self._ways, key=lambda way: way[0])[::-1]  # of those that came equally far, the last first
        return any(self._besides(decisions, end) for _, decisions, _, end in newest) or any(
            self._besides(decisions, None) for _, decisions, _, _ in newest
        )

    def _as_hinted(self, decisions: list[Decision], end: str, why: set[str]) -> bool:
        """Make the last of *decisions* otherwise that is among *why* and was not made so on another way to this end."""
        for place in range(len(decisions) - 1, -1, -1):
            decision = decisions[place]
            if hints.plain(decision.name.rpartition("|")[2]) not in why:
                continue
            self._hinted.add((end, decision.name, decision.taken))
            for candidate in range(decision.others):
                if (end, decision.name, candidate) not in self._hinted:
                    self._hinted.add((end, decision.name, candidate))
                    self.forced = _with_its_screen(decisions, place, candidate)
                    return True
        return False

    def _besides(self, decisions: list[Decision], end: str | None) -> bool:
        """Make the last of *decisions* otherwise and keep the others of its screen. With *end*, one that was not tried on a way
        that ended there; else one that was not tried together with all the others."""
        for place in range(len(decisions) - 1, -1, -1):
            decision = decisions[place]
            for candidate in range(0 if decision.seldom_matters else decision.others):
                together = _with_its_screen(decisions, place, candidate)
                if (end, decision.name, candidate) in self._tried_at if end is not None else frozenset(together.items()) in self._tried_together:
                    continue
                self._tried_at.add((end or "", decision.name, candidate))
                self._tried_together.add(frozenset(together.items()))
                self.forced = together
                return True
        return False

    def _otherwise(self, decisions: list[Decision], forced: dict[str, int], seldom: bool) -> bool:
        """Make one of *decisions* otherwise; whether there is one. The last comes first, and once it was made otherwise those shortly
        before it. *seldom*: look at those that seldom matter, or at the others."""
        tried = Counter(name for name, _ in self._tried)
        looked_at = [place for place in range(len(decisions) - 1, -1, -1) if decisions[place].seldom_matters == seldom]
        turns = {place: distance + NEARER * (tried[decisions[place].name] - 1) for distance, place in enumerate(looked_at)}
        for place in sorted(looked_at, key=turns.__getitem__):
            decision = decisions[place]
            for candidate in range(decision.others):
                if (decision.name, candidate) not in self._tried:
                    earlier = {each.name: each.taken for each in decisions[:place]}
                    kept = {name: taken for name, taken in forced.items() if name in earlier}
                    self.forced = kept | {decision.name: candidate}
                    return True
        return False


def _with_its_screen(decisions: list[Decision], place: int, candidate: int) -> dict[str, int]:
    """What was decided before *place* and on its screen, with *candidate* at that place."""
    screen = decisions[place].name.rpartition("|")[0]
    same = [each for each in decisions[place:] if each.name.rpartition("|")[0] == screen]
    return {each.name: each.taken for each in (*decisions[:place], *same)} | {decisions[place].name: candidate}


def _stopped(on: Stage, course: Rehearsal) -> EngrossError:
    """Why there are no papers: one that could not be made, a task that failed, or nothing but the last screen that has a title."""
    titled = next((screen for screen in reversed(course.screens) if screen.question.strip()), course.last)
    if course.notices:
        return Obstacle(f"a paper could not be filled: {course.notices[0]}", screen=titled)
    for report in on.store.jobs.listing():
        if report.session_id == course.session_id and (report.error_message or report.state in (JobState.FAILED, JobState.DEAD)):
            return Obstacle(_why_it_failed(report), screen=titled)
    title = " ".join((titled.question if titled else "").split())[:80]
    return Obstacle(f"it ends without papers, on “{title}”", screen=titled)


def _why_it_failed(report: JobReport) -> str:
    """The first paper that a task could not make, by its title, or what went wrong with all of the task."""
    for failure in (report.failures or {}).values():
        title = f"the paper “{failure['title']}”" if failure.get("title") else "a paper"
        return f"{title} could not be made: {failure.get('message')}"
    return f"a background task failed: {report.error_message or report.error_type}"
