"""Solver: find out what to show. Run the mandatory blocks; for a name that is missing find its block, and run it or ask it.

Each pass runs from the top of the interview. A missing name ends the pass: the blocks that may define it are tried in order
(``names.patterns`` gives the order), and the next pass begins with one answer more. A question ends the search.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from engross import names, quoting
from engross.context import Context, current
from engross.engine import actions, dependencies, evaluation, runners
from engross.engine.answers import Answers
from engross.engine.screen import Response, Screen
from engross.engine.trace import Link, Trace
from engross.errors import AuthorError, EndlessSearch, NoDefinition, NoEndpoint, Undefined, Where, nearest
from engross.flow import AskFor, StartAgain, Turn
from engross.language.blocks import Block, Choice, Code, Expression, Question, Text
from engross.language.interview import GENERATED_REVIEW, Interview, way_to_review
from engross.library.objects import DADeviceLocal, DASessionLocal, DAUserLocal

PASS_LIMIT = 500
"""Passes before one page; ``loop limit`` of the interview's ``features`` or ``metadata`` changes it."""
DEPTH_LIMIT = 500
"""Searches within searches; ``recursion limit``."""
SAME_LINK_LIMIT = 4
"""How often the same block may need the same name within one chain of searches."""
FRAMES = 6000
"""Python frames that a chain of searches may take."""
NO_PATTERN = names.Pattern("")
_LOCAL = {"session_local": DASessionLocal, "device_local": DADeviceLocal, "user_local": DAUserLocal}


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Why a block runs: the path that is sought and how the block's pattern means it. A mandatory block has none of both."""

    path: str | None = None
    pattern: names.Pattern = NO_PATTERN
    asked_for: bool = False
    """An action asked for it: a code block alone does not satisfy it."""

    def bind(self, text: str, namespace: dict[str, Any]) -> str:
        """*text*, a pattern of the block, as the path it means now."""
        return dependencies.bind(text, self.pattern, namespace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A block that may define the path, and how."""

    block: Block
    pattern: names.Pattern


@dataclass(slots=True, kw_only=True)
class Search:
    """What one page's search remembers."""

    tried: dict[str, set[str]] = field(default_factory=dict)
    """missing name → names of blocks that needed it while being tried"""
    stack: list[Link] = field(default_factory=list)
    """The chain that led here, outermost first."""


@dataclass(slots=True)
class Solver:
    """One page of one visit. Also what the library may ask of the engine (``context.Interviewing``)."""

    interview: Interview
    answers: Answers
    trace: Trace = field(default_factory=Trace)
    before: dict[str, Any] | None = None
    """The answers as they were before the visitor went back, for defaults."""
    tentative: list[Block] = field(default_factory=list)
    """Questions whose choice was followed: done once what was chosen is done."""
    followed: bool = False

    def __post_init__(self) -> None:
        self._prepare()

    def _prepare(self) -> None:
        """Put into the answers what every interview finds there."""
        from engross.library.namespace import NAMES

        namespace = self.answers.namespace
        evaluation.prepare(namespace, self.interview)
        namespace.setdefault("url_args", {})
        namespace["_internal"] = self.answers.memory()
        namespace["nav"] = NAMES["nav"]
        for name in ("session_local", "device_local", "user_local"):
            namespace.pop(name, None)
            if name not in self.answers.local:
                self.answers.local[name] = _LOCAL[name]()
            namespace[name] = self.answers.local[name]

    # ------------------------------------------------------------------------------------------- Interviewing

    def render(self, template: Any, values: Mapping[str, Any] | None = None) -> str:
        """The words of a Text, an Expression or a constant."""
        match template:
            case None:
                return ""
            case Text():
                return evaluation.render(self.translated(template), self.answers.namespace, values)
            case Expression():
                return str(evaluation.evaluate(template, self.answers.namespace))
        return str(template)

    def typed(self) -> frozenset[str]:
        """What visitors typed that must print as it stands: answers, and what came with the link."""
        typed = set(self.answers.typed)
        quoting.remember(typed, dict(self.answers.namespace.get("url_args") or {}))
        return frozenset(typed)

    def plain(self, template: Any) -> str:
        """Like ``render``, for what is no Markdown: an attribute, an address, a script."""
        with quoting.quoted(None):
            return self.render(template)

    def translated(self, text: Text) -> Text:
        """*text* in the visitor's language, when the interview's translations have it."""
        other = self.interview.translate(text.source, current().language)
        if other is None:
            return text
        return Text(other, text.where, text.plain and not re.search(r"<%|\$\{|% if|% for|% while|##", other))

    def evaluate(self, source: Any) -> Any:
        """The value of an Expression, or of Python source from the interview's own text."""
        if not isinstance(source, Expression):
            source = Expression(str(source), Where(self.interview.file, 1))
        return evaluation.evaluate(source, self.answers.namespace)

    def value(self, value: Any, *, strip: bool = True) -> Any:
        """What a YAML value means now: text rendered, expressions evaluated, constants themselves."""
        match value:
            case Text():
                words = self.plain(value)
                return words.strip() if strip else words
            case Expression():
                return self.evaluate(value)
            case tuple() | list():
                return [self.value(item, strip=strip) for item in value]
            case dict():
                return {key: self.value(item, strip=strip) for key, item in value.items()}
        return value

    def define(self, path: str) -> None:
        """Raise Undefined until *path* has a value."""
        self.look(path)

    def look(self, path: str) -> Any:
        """The value at *path*. Raises Undefined when it has none."""
        parsed = names.parse(path)
        if parsed.root not in self.answers.namespace and parsed.root not in self.answers.namespace["__builtins__"]:
            raise Undefined(parsed.root)
        return self.evaluate(path)

    def process_action(self) -> None:
        """Do what was asked for, here and now: an interview's own call of ``process_action()``."""
        actions.process(self)

    def metadata(self) -> dict[str, Any]:
        """The interview's metadata."""
        return self.interview.metadata

    def block(self, path: str) -> Block | None:
        """The block that would be tried first for *path*."""
        return next((candidate.block for candidate in self.candidates(path)), None)

    def find_class(self, module: str, name: str) -> Any:
        """A class of the interview's own modules and what they may name, or None."""
        try:
            return evaluation.find_class(self.interview, module, name)
        except (LookupError, ImportError, AttributeError):
            return None

    def review_event(self) -> str | None:
        """The event of the interview's last review screen, or the variable that its Continue button sets; else the generated one."""
        for block in reversed(self.interview.blocks):
            if (plain := way_to_review(block)) is not None:
                return plain
        return GENERATED_REVIEW if GENERATED_REVIEW in self.interview.index else None

    def attachment(self, block: Any) -> Any:
        """The papers of an attachment block, made again."""
        from engross.engine import attachments

        return attachments.run(block, self)

    def assign(self, path: str, value: Any) -> None:
        """Set *path* to *value*. Raises Undefined when what it is a part of is not there yet."""
        parsed = names.parse(path)
        if parsed.steps:
            self.look(str(parsed.parent))
        names.put(self.answers.namespace, path, value)

    def undefine(self, path: str) -> None:
        """Take the value of *path* away."""
        names.delete(self.answers.namespace, path)

    def reconsider(self, path: str) -> None:
        """Compute *path* again, once per page."""
        if path in self.answers.reconsidered:
            return
        self.undefine(path)
        self.answers.reconsidered.add(path)
        self.look(path)

    # ---------------------------------------------------------------------------------------------- candidates

    def candidates(self, path: str) -> Iterator[Candidate]:
        """Blocks that may define *path*, in the order in which they are tried."""
        language = self.language
        namespace = self.answers.namespace
        try:
            patterns = names.patterns(path)
        except names.BadPath:
            return
        for pattern in patterns:
            if pattern.text not in self.interview.index:
                continue
            if pattern.generic is None:
                for block in self.interview.blocks_for(pattern.text, "", language):
                    yield Candidate(block=block, pattern=pattern)
                continue
            owner = self._owner(pattern.generic, namespace)
            if owner is _NOTHING:
                continue
            for kind in class_names(type(owner)):
                for block in self.interview.blocks_for(pattern.text, kind, language):
                    yield Candidate(block=block, pattern=pattern)

    @staticmethod
    def _owner(path: str, namespace: dict[str, Any]) -> Any:
        try:
            return names.get(namespace, path)
        except (KeyError, IndexError, AttributeError, TypeError, NameError, ValueError, Undefined):
            return _NOTHING

    @property
    def language(self) -> str:
        """The language questions are asked in."""
        return current().language

    # -------------------------------------------------------------------------------------------------- passes

    def solve(self) -> Screen:
        """What to show now. Raises AuthorError when the interview cannot say; AssemblyPending passes through."""
        answers = self.answers
        self._prepare()
        answers.reconsidered.clear()
        answers.forgiven.clear()
        answers.seeking.clear()
        self._forget()
        sought: list[str] = []
        limit = int(self.interview.features.get("loop limit", PASS_LIMIT) or PASS_LIMIT)
        for _ in range(limit):
            answers.stop_gathering()
            try:
                screen = self._pass_or_seek(sought)
            except StartAgain:
                continue
            except runners.Emptied as emptied:
                emptied.settle(self)
                continue
            except Turn as turn:
                screen = runners.take_turn(turn, self, None)
            if screen is not None:
                self.trace.note("done")
                return screen
        chain = tuple(dict.fromkeys(sought[-12:]))
        raise EndlessSearch(
            f"the blocks of this interview never settle: after {limit} passes it still looks for "
            + ", ".join(f"`{name}`" for name in chain),
            chain=chain,
        )

    def _pass_or_seek(self, sought: list[str]) -> Screen | None:
        """One pass; what it turns out to need is sought at once, and noted in *sought*."""
        try:
            return self.one_pass()
        except AskFor as wish:
            return self.answer_wish(wish, Search())
        except Undefined as missing:
            sought.append(missing.path)
            with _placed(missing):
                return self.seek(missing.path, Search(stack=[self._link(missing.path)]))

    def _forget(self) -> None:
        """Take away what each page computes anew: ``reset`` and ``reconsider: True``, that of generic blocks for the x of now."""
        generic = self.interview.always_reconsider_generic.get(type(self.answers.namespace.get("x")).__name__, ())
        for path in (*self.interview.reset, *generic, *self.interview.always_reconsider):
            self.undefine(path)

    def _link(self, path: str) -> Link:
        block = current().moment.block
        return Link(block, path)

    def one_pass(self) -> Screen | None:
        """Once through the interview. Returns the screen of a mandatory question; raises NoEndpoint at the end."""
        actions.prepare(self)
        if not self.processes_actions_itself:
            actions.process(self)
        for block in self.interview.leading:
            if isinstance(block, Code) and self._holds(block.initial):
                self.trace.note("initial", block=block)
                runners.run_initial(block, self)
                continue
            if block.name in self.answers.answered:
                continue
            if self._holds(block.mandatory):
                self.trace.note("mandatory", block=block)
                screen = self._mandatory(block)
                if screen is not None:
                    return screen
        raise NoEndpoint(
            "every initial and mandatory block has run and none of them shows a last screen. End the interview with a "
            "mandatory question, or with one that a mandatory code block names."
        )

    @property
    def processes_actions_itself(self) -> bool:
        """Whether the interview's code calls ``process_action()`` where it wants."""
        return self.interview.calls_process_action

    def _holds(self, flag: bool | Expression) -> bool:
        return flag if isinstance(flag, bool) else bool(self.evaluate(flag))

    def _mandatory(self, block: Block) -> Screen | None:
        goal = Goal()
        if isinstance(block, Question):
            followed = self.follow(block)
            if isinstance(followed, Choice):
                return self._taken(followed, block)
            result = runners.run(followed, self, goal)
            self.mark_tentative()
            if isinstance(result, Screen):
                return result
            if followed is block:
                self.answers.answered.add(block.name)
            return None
        result = runners.run(block, self, goal)
        if isinstance(result, Screen):
            return result
        self.answers.answered.add(block.name)
        return None

    def _taken(self, choice: Choice, block: Block) -> Screen | None:
        """A choice that means an action was taken in a mandatory question."""
        if choice.action == "continue":
            self.tentative.clear()
            self.answers.answered.add(block.name)
            return None
        return self._action_screen(choice, None)

    def _action_screen(self, choice: Choice, sought: str | None) -> Screen:
        url = self.value(choice.url)
        response = Response(redirect=str(url)) if url else None
        return Screen(kind=choice.action or "exit", sought=sought, response=response)

    # ------------------------------------------------------------------------------------------------- seeking

    def answer_wish(self, wish: AskFor, search: Search) -> Screen | None:
        """Put what ``force_ask`` wants on the stack of actions and seek the first of it."""
        first = actions.push(wish, self)
        if first is None:
            return None
        return self.seek(first, search, asked_for=True)

    def seek(self, path: str, search: Search, *, asked_for: bool = False) -> Screen | None:
        """Define *path*: run or ask the first block that can. None means that a new pass may begin."""
        self.trace.note("sought", variable=path)
        if len(search.stack) > int(self.interview.features.get("recursion limit", DEPTH_LIMIT) or DEPTH_LIMIT):
            raise EndlessSearch(
                f"the search for `{path}` goes round in circles", variable=path, chain=self._chain(search)
            )
        answers = self.answers
        answers.seeking.append(path)
        depth = len(answers.seeking)
        try:
            return self._seek(path, search, asked_for)
        finally:
            del answers.seeking[depth - 1 :]

    def _seek(self, path: str, search: Search, asked_for: bool) -> Screen | None:
        candidates = list(self.candidates(path))
        for _ in range(PASS_LIMIT):
            self.answers.stop_gathering(path)
            trying: list[Candidate] = []
            need: Undefined | None = None
            try:
                return self._try(path, candidates, search, trying, asked_for)
            except StartAgain:
                self.answers.event_done(path)
                return None
            except AskFor as wish:
                first = actions.push(wish, self)
                if first is None:
                    self.answers.event_done(path)
                    return None
                missing, asked_now = first, True
            except Undefined as error:
                missing, asked_now, need = error.path, False, error
            except (runners.Emptied, AuthorError):
                raise
            except Turn as turn:
                return runners.take_turn(turn, self, path)
            with _placed(need):
                result = self._seek_first(missing, path, trying, search, asked_now)
            if isinstance(result, Screen) or result is _STOP:
                return result if isinstance(result, Screen) else None
            asked_for = False
        raise EndlessSearch(f"`{path}` never becomes defined", variable=path, chain=self._chain(search))

    def _seek_first(
        self, missing: str, path: str, trying: list[Candidate], search: Search, asked_now: bool
    ) -> Screen | object | None:
        """While *path* was sought, *missing* turned out to be needed. None: try the candidates for *path* again."""
        tried = search.tried.setdefault(missing, set())
        if trying and not _may_repeat(trying[-1].block):
            tried.add(trying[-1].block.name)
        was_defined = self._defined(path)
        block = trying[-1].block if trying else None
        if sum(link.block is block and link.variable == missing for link in search.stack) >= SAME_LINK_LIMIT:
            raise EndlessSearch(
                f"`{missing}` is needed to find out `{missing}`", variable=missing, chain=self._chain(search, 6)
            )
        deeper = Search(tried=search.tried, stack=[*search.stack, Link(block, missing)])
        screen = self.seek(missing, deeper, asked_for=asked_now)
        if screen is not None:
            return screen
        if missing == path or (trying and trying[-1].pattern.text == missing):
            return _STOP
        if not was_defined and self._defined(path):
            return _STOP
        return None

    def _defined(self, path: str) -> bool:
        moment = current().moment
        before, moment.probing = moment.probing, True
        try:
            return names.is_defined(self.answers.namespace, path)
        except (Undefined, ValueError):
            return False
        finally:
            moment.probing = before

    def _try(
        self, path: str, candidates: list[Candidate], search: Search, trying: list[Candidate], asked_for: bool
    ) -> Screen | None:
        """Try each candidate until one defines or asks for *path*."""
        skipped: list[Candidate] = []
        for candidate in candidates:
            if candidate.block.name in search.tried.get(candidate.pattern.text, ()):
                skipped.append(candidate)
                continue
            trying.append(candidate)
            self.trace.note("considering", block=candidate.block, variable=path)
            goal = Goal(path=path, pattern=candidate.pattern, asked_for=asked_for)
            if not self._suits(candidate.block, goal):
                continue
            block = candidate.block
            if isinstance(block, Question) and not asked_for:
                self._set_special(goal)
                followed = self.follow(block)
                if isinstance(followed, Choice):
                    self.mark_tentative()
                    if followed.action == "continue":
                        continue
                    return self._action_screen(followed, path)
                if followed is not block and not self._suits(followed, goal):
                    continue
                block = followed
            result = runners.run(block, self, goal)
            if isinstance(result, Screen):
                self.mark_tentative()
                return result
            if result is runners.DEFINED:
                return None
        if skipped:
            raise EndlessSearch(
                f"`{path}` is needed to find out `{path}`", variable=path, chain=self._chain(search)
            )
        self._without_definition(path, search, [candidate.block for candidate in trying])
        return None

    def _without_definition(self, path: str, search: Search, tried: list[Block]) -> None:
        answers = self.answers
        if path in answers.forgiven:
            answers.event_done(path)
            actions.finish(path)
            return
        if self.interview.features.get("use catchall") and not path.endswith(".value"):
            from engross.library.namespace import find

            names.put(answers.namespace, path, find("DACatchAll")(path))
            answers.event_done(path)
            return
        known = [pattern for pattern in self.interview.index if not pattern.startswith("x.") and pattern != path]
        last = search.stack[-1] if search.stack else None
        what = f"no block defines `{path}`."
        if tried:
            places = "; ".join(dict.fromkeys(str(block.where) for block in tried))
            what = f"no block defines `{path}`; what may define it did not: {places}."
        raise NoDefinition(
            what,
            variable=path,
            where=last.block.where if last and last.block else None,
            block=last.block.label if last and last.block else None,
            chain=self._chain(search),
            nearest=nearest(path, known),
        )

    def _chain(self, search: Search, length: int = 20) -> tuple[str, ...]:
        return tuple(str(link) for link in search.stack[-length:])

    def _suits(self, block: Block, goal: Goal) -> bool:
        """Whether ``if`` holds, with x and i as *goal* means them."""
        if not block.conditions:
            return True
        self._set_special(goal)
        return all(self.evaluate(condition) for condition in block.conditions)

    def _set_special(self, goal: Goal) -> None:
        dependencies.set_special(self.answers.namespace, goal.pattern)

    # ------------------------------------------------------------------------------------------ multiple choice

    def follow(self, block: Question) -> Block | Choice:
        """The block embedded in the choice that was taken, the choice itself when it means an action, or *block*."""
        if block.choices is None or block.variable is not None:
            return block
        taken = self.answers.choices.get(self.choice_name(block))
        if taken is None or not 0 <= taken < len(block.choices.items):
            return block
        choice = block.choices.items[taken]
        embedded = choice.block
        if embedded is None and choice.action is None:
            return block
        self.followed = True
        self.tentative.append(block)
        if embedded is None:
            return choice
        return self.follow(embedded) if isinstance(embedded, Question) else embedded

    def choice_name(self, block: Question) -> str:
        """The name under which the choice is remembered: the block's, and the x and i it is about."""
        used = _special_names_in(block)
        namespace = self.answers.namespace
        if not used or any(name not in namespace for name in used):
            return block.name
        if "x" in used and not hasattr(namespace["x"], "instanceName"):
            return block.name
        parts = [namespace["x"].instanceName] if "x" in used else []
        parts += [str(namespace[name]) for name in names.ITERATORS if name in used]
        return block.name + "|WITH|" + "|".join(parts)

    def mark_tentative(self) -> None:
        """What was followed is done."""
        for block in self.tentative:
            self.mark_answered(block)
        self.tentative.clear()

    def mark_answered(self, block: Block) -> None:
        """A mandatory block need not run again."""
        if block.mandatory is not False:
            self.answers.answered.add(block.name)


sys.setrecursionlimit(max(sys.getrecursionlimit(), FRAMES))
_NOTHING = object()
_STOP = object()


def _may_repeat(block: Block) -> bool:
    return type(block).__name__ == "Objects"


def class_names(kind: type) -> list[str]:
    """Names of a class and its bases, in docassemble's order: depth first."""
    found = [kind.__name__]
    for base in kind.__bases__:
        found += class_names(base)
    return found


@contextmanager
def _placed(need: Undefined | None) -> Iterator[None]:
    """Tell the author of a name that no block defines the very line that asked for it, and not only its block."""
    try:
        yield
    except NoDefinition as error:
        if need is not None and error.variable == need.path and not error.is_placed:
            error.where, error.is_placed = evaluation.asked_at(need, error.where), True
        raise


_SPECIAL_INDEX = re.compile(r"\[([ijklmn])\]")


def _special_names_in(block: Block) -> set[str]:
    used: set[str] = set()
    for text in block.sets:
        if re.match(r"x\b", text):
            used.add("x")
        used.update(_SPECIAL_INDEX.findall(text))
    if isinstance(block, Question) and block.choices is not None:
        for choice in block.choices.items:
            if choice.block is not None:
                used |= _special_names_in(choice.block)
    return used


def solve(interview: Interview, answers: Answers, context: Context) -> Screen:
    """The next screen, for callers that need no more than that; *context* must be current."""
    solver = Solver(interview, answers)
    context.interviewing = solver
    return solver.solve()
