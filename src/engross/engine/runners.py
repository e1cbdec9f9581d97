"""Runners: what each kind of block does when its turn comes, for mandatory and for sought blocks alike.

``run(block, solver, goal)`` gives DEFINED (the goal has a value, or the block is done), FAILED (another block must do it), or a
Screen. Undefined names and Turns pass through to the solver.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from engross import names
from engross.context import AssemblyPending, current, note_unfinished, sent_marks
from engross.engine import dependencies, evaluation, responses
from engross.engine.screen import Screen
from engross.errors import AuthorError, CodeError, Undefined, UndefinedName
from engross.flow import AskFor, BackgroundResponse, Turn
from engross.language import blocks
from engross.language.blocks import Block

if TYPE_CHECKING:
    from engross.engine.solver import Goal, Solver


class Result(enum.Enum):
    """How a block that shows nothing ended."""

    DEFINED = "defined"
    FAILED = "failed"


DEFINED = Result.DEFINED
FAILED = Result.FAILED

Runner = Callable[[Any, "Solver", "Goal"], "Screen | Result"]
_RUNNERS: dict[type[Block], Runner] = {}
R = TypeVar("R", bound=Runner)


class Emptied(Exception):
    """No field of a question has anything to choose: its variables get their empty values and it is not asked."""

    def __init__(self, block: Block, values: Iterable[tuple[str, Callable[[], Any]]]) -> None:
        super().__init__("nothing to choose")
        self.block = block
        self.values = list(values)

    def settle(self, solver: Solver) -> None:
        """Set the empty values."""
        for path, make in self.values:
            solver.assign(path, make())
        solver.mark_answered(self.block)


def runs(kind: type[Block]) -> Callable[[R], R]:
    """Register the runner of a kind of block."""

    def register(function: R) -> R:
        _RUNNERS[kind] = function
        return function

    return register


def run(block: Block, solver: Solver, goal: Goal) -> Screen | Result:
    """Run or ask *block*. Errors of its author come out with file, line and block."""
    context = current()
    moment, sent = context.moment, len(sent_marks(context))
    previous, moment.block = moment.block, block
    try:
        runner = _RUNNERS.get(type(block))
        if runner is None:
            return FAILED
        result = runner(block, solver, goal)
    except (Undefined, AskFor, AssemblyPending):
        note_unfinished(context, sent)
        raise
    except AuthorError as error:
        raise error.located(where=block.where, block=block.label, variable=goal.path) from error.__cause__
    if not isinstance(result, Screen):
        moment.block = previous
    return result


def run_initial(block: blocks.Code, solver: Solver) -> None:
    """Run an ``initial`` block; nothing remembers that it ran."""
    current().moment.block = block
    _set_up(block, solver, None)
    _execute(block, solver)


# ------------------------------------------------------------------------------------------------------ what all share


def _set_up(block: Block, solver: Solver, goal: Goal | None) -> None:
    """x and i, ``undefine``, ``reconsider``, ``need``."""
    namespace = solver.answers.namespace
    if goal is not None:
        dependencies.set_special(namespace, goal.pattern)

    def bind(text: str) -> str:
        return goal.bind(text, namespace) if goal is not None else names.substitute(text, namespace)

    for path in block.undefine:
        solver.undefine(bind(path))
    for path in block.reconsider.variables:
        solver.reconsider(bind(path))
    need(block.need, solver)


def need(expressions: Iterable[blocks.Expression], solver: Solver) -> None:
    """Evaluate each, so that what it names becomes defined."""
    for expression in expressions:
        solver.evaluate(expression)


def _targets(block: Block, solver: Solver, goal: Goal) -> list[str]:
    """The paths that *block* may set now."""
    namespace = solver.answers.namespace
    found = []
    for pattern in block.sets:
        try:
            found.append(goal.bind(pattern, namespace))
        except (names.BadPath, KeyError):
            continue
    return found


def _is_defined(solver: Solver, path: str) -> bool:
    moment = current().moment
    before, moment.probing = moment.probing, True
    try:
        return names.is_defined(solver.answers.namespace, path)
    except (ValueError, Undefined):
        return False
    finally:
        moment.probing = before


def _take(solver: Solver, path: str) -> list[Any]:
    """Take the value at *path* out of the answers: [value], or [] when there was none."""
    if not _is_defined(solver, path):
        return []
    namespace = solver.answers.namespace
    old = [names.get(namespace, path)]
    names.delete(namespace, path)
    return old


def _put_back(solver: Solver, path: str, old: list[Any]) -> None:
    if old and not _is_defined(solver, path):
        try:
            names.put(solver.answers.namespace, path, old[0])
        except (KeyError, IndexError, AttributeError, TypeError, NameError):
            return


def _execute(block: blocks.Code, solver: Solver) -> None:
    evaluation.execute(block.code, solver.answers.namespace)
    need(block.need_post, solver)


# --------------------------------------------------------------------------------------------------------------- kinds


@runs(blocks.Code)
def run_code(block: blocks.Code, solver: Solver, goal: Goal) -> Screen | Result:
    """``code``, and code behind an ``event``, which need not define its name."""
    if goal.path is None:
        _set_up(block, solver, None)
        _execute(block, solver)
        return DEFINED
    answers = solver.answers
    _set_up(block, solver, goal)
    targets = _targets(block, solver, goal)
    before = dependencies.values_before(solver.interview, answers, targets)
    solver.trace.note("running", block=block)
    is_event = bool(block.events)
    old = [] if is_event else _take(solver, goal.path)
    if is_event:
        answers.event_done(goal.path)
    try:
        _execute(block, solver)
    except BaseException:
        _put_back(solver, goal.path, old)
        raise
    solver.mark_tentative()
    if is_event:
        _finish_event(solver, goal.path)
        dependencies.spread(solver.interview, answers, targets, before)
        return DEFINED
    if not _is_defined(solver, goal.path):
        _put_back(solver, goal.path, old)
        return FAILED
    dependencies.spread(solver.interview, answers, targets, before)
    if goal.asked_for:
        return FAILED
    _finish_event(solver, goal.path)
    return DEFINED


def _finish_event(solver: Solver, path: str) -> None:
    from engross.engine import actions

    solver.answers.event_done(path)
    actions.finish(path)


@runs(blocks.Objects)
def run_objects(block: blocks.Objects, solver: Solver, goal: Goal) -> Screen | Result:
    """``objects``: all of a mandatory block, the sought one otherwise."""
    namespace = solver.answers.namespace
    if goal.path is None:
        _set_up(block, solver, None)
        for declaration in block.declarations:
            _make_object(solver, declaration.variable, solver.evaluate(declaration.value))
        return DEFINED
    _set_up(block, solver, goal)
    solver.trace.note("running", block=block)
    for declaration in block.declarations:
        variable = goal.bind(declaration.variable, namespace)
        if not _same_path(declaration.variable, goal.pattern.text):
            continue
        old = _take(solver, goal.path)
        try:
            _make_object(solver, variable, solver.evaluate(declaration.value))
        except BaseException:
            _put_back(solver, goal.path, old)
            raise
        if _is_defined(solver, goal.path):
            need(block.need_post, solver)
            if old:
                dependencies.spread(solver.interview, solver.answers, [goal.path], {goal.path: old[0]})
            return DEFINED
        _put_back(solver, goal.path, old)
    return FAILED


def _same_path(one: str, other: str) -> bool:
    try:
        return str(names.parse(one)) == str(names.parse(other))
    except names.BadPath:
        return one == other


def _make_object(solver: Solver, path: str, kind: Any) -> None:
    """Make an object of *kind* (a class, or ``Class.using(…)``) under *path*, which becomes its name."""
    parsed = names.parse(path)
    if parsed.steps and isinstance(parsed.steps[-1], names.Attribute):
        owner = solver.look(str(parsed.parent))
        if hasattr(owner, "initializeAttribute"):
            owner.initializeAttribute(parsed.steps[-1].name, kind)
            return
    solver.assign(path, object_of(kind, path))


def object_of(kind: Any, path: str) -> Any:
    """A new object named *path*. Raises CodeError when *kind* is not a class of objects."""
    if hasattr(kind, "object_type") and hasattr(kind, "parameters"):
        return kind.object_type(path, **kind.parameters)
    if not callable(kind):
        raise CodeError(f"`{path}` cannot be made: {kind!r} is not a class")
    return kind(path)


@runs(blocks.ObjectsFromFile)
def run_objects_from_file(block: blocks.ObjectsFromFile, solver: Solver, goal: Goal) -> Screen | Result:
    """``objects from file``"""
    from engross.library.namespace import find

    namespace = solver.answers.namespace
    _set_up(block, solver, goal if goal.path else None)
    use_objects = block.use_objects
    for variable, file in block.files:
        if goal.path is not None and not _same_path(variable, goal.pattern.text):
            continue
        path = goal.bind(variable, namespace)
        made = find("objects_from_file")(solver.render(file).strip(), name=path, use_objects=bool(use_objects), package=block.package)
        solver.assign(path, made)
    if goal.path is not None and not _is_defined(solver, goal.path):
        return FAILED
    need(block.need_post, solver)
    return DEFINED


@runs(blocks.Data)
def run_data(block: blocks.Data, solver: Solver, goal: Goal) -> Screen | Result:
    """``data`` and ``data from code``"""
    namespace = solver.answers.namespace
    _set_up(block, solver, goal if goal.path else None)
    targets = _targets(block, solver, goal)
    before = dependencies.values_before(solver.interview, solver.answers, targets)
    path = goal.bind(block.variable, namespace)
    value = solver.value(block.value, strip=False)
    gathered = block.gathered
    gathered = gathered if isinstance(gathered, bool) else bool(solver.value(gathered))
    if block.use_objects:
        from engross.library import structures

        if block.use_objects == "objects":
            value = structures.objects_from_data(value, gathered=gathered, name=path, package=block.package)
        else:
            value = structures.objects_from_structure(value, root=path, gathered=gathered)
    solver.assign(path, value)
    need(block.need_post, solver)
    if goal.path is not None:
        dependencies.spread(solver.interview, solver.answers, targets, before)
    return DEFINED


@runs(blocks.Template)
def run_template(block: blocks.Template, solver: Solver, goal: Goal) -> Screen | Result:
    """``template``: an object that makes its words each time it is read."""
    _set_up(block, solver, goal if goal.path else None)
    path = goal.bind(block.variable, solver.answers.namespace)
    content = block.content
    if block.content_file is not None:
        content = _content_of_files(block, solver)
    if block.target is not None and current().moment.checking_in:
        return responses.screen_for(BackgroundResponse({"target": block.target, "content": solver.render(content)}), solver, path)
    template = _lazily(solver, path, "DALazyTemplate")
    template.source_content = content
    template.source_subject = block.subject
    template.source_decorations = list(block.decorations)
    template.source_css_class = block.css_class
    template.tempvars = _special_values(solver, goal)
    need(block.need_post, solver)
    return DEFINED


def _content_of_files(block: blocks.Template, solver: Solver) -> blocks.Text:
    files = solver.value(block.content_file)
    files = getattr(files, "elements", files)
    parts = []
    for file in files if isinstance(files, list | tuple) else [files]:
        if hasattr(file, "path") and callable(file.path):
            from pathlib import Path

            parts.append(Path(file.path()).read_text(encoding="utf-8"))
            continue
        try:
            found = current().files.static(str(file), package=block.package, folder="templates")
        except FileNotFoundError as error:
            raise CodeError(f"content file `{file}` is not there") from error
        parts.append(found.read_text(encoding="utf-8"))
    return blocks.Text("".join(parts), block.content.where if block.content else block.where)


def _special_values(solver: Solver, goal: Goal) -> dict[str, Any]:
    """The x and i that a template was found with."""
    namespace = solver.answers.namespace
    used = [iterator for iterator, _ in goal.pattern.iterators]
    if goal.pattern.generic is not None:
        used.append(names.GENERIC)
    return {name: namespace[name] for name in used if name in namespace}


def _lazily(solver: Solver, path: str, kind: str) -> Any:
    """The object of class *kind* at *path*; a new one unless it is there."""
    from engross.library.namespace import find

    namespace = solver.answers.namespace
    if _is_defined(solver, path):
        found = names.get(namespace, path)
        if type(found).__name__ == kind:
            return found
    made = find(kind)(path)
    solver.assign(path, made)
    return made


@runs(blocks.Table)
def run_table(block: blocks.Table, solver: Solver, goal: Goal) -> Screen | Result:
    """``table``: an object that makes its rows each time it is read."""
    _set_up(block, solver, goal if goal.path else None)
    path = goal.bind(block.variable, solver.answers.namespace)
    table = _lazily(solver, path, "DALazyTableTemplate")
    table.table = block
    table.tempvars = _special_values(solver, goal)
    need(block.need_post, solver)
    return DEFINED


@runs(blocks.AttachmentBlock)
def run_attachments(block: blocks.AttachmentBlock, solver: Solver, goal: Goal) -> Screen | Result:
    """``attachment`` without a question: papers that define variables."""
    from engross.engine import attachments

    _set_up(block, solver, goal if goal.path else None)
    targets = _targets(block, solver, goal)
    before = dependencies.values_before(solver.interview, solver.answers, targets)
    attachments.run(block, solver, goal)
    if goal.path is not None and not _is_defined(solver, goal.path):
        return FAILED
    need(block.need_post, solver)
    dependencies.spread(solver.interview, solver.answers, targets, before)
    return DEFINED


@runs(blocks.Question)
def run_question(block: blocks.Question, solver: Solver, goal: Goal) -> Screen | Result:
    """A question: the screen for it."""
    from engross.engine import questions

    if goal.path is not None:
        dependencies.set_special(solver.answers.namespace, goal.pattern)
        if _is_left_out(block, solver, goal):
            return FAILED
    solver.trace.note("asking", block=block)
    return questions.ask(block, solver, goal)


def _is_left_out(block: blocks.Question, solver: Solver, goal: Goal) -> bool:
    """Whether the field for the goal has a ``show if: code`` that is false."""
    left_out = None
    for field in block.fields:
        if not isinstance(field, blocks.Field) or field.variable is None:
            continue
        if not _same_path(field.variable, goal.pattern.text):
            continue
        for condition in field.conditions:
            if condition.code is None:
                continue
            shown = bool(solver.evaluate(condition.code)) == (condition.kind is not blocks.Condition.HIDE)
            if shown:
                left_out = False
            elif left_out is None:
                left_out = True
    return bool(left_out)


def take_turn(turn: Turn, solver: Solver, path: str | None) -> Screen:
    """The screen for a Turn other than those that go on searching."""
    if path is not None:
        solver.answers.event_done(path)
    return responses.screen_for(turn, solver, path)


def missing(path: str) -> Undefined:
    """What to raise for a name that has no value."""
    return cast("Undefined", UndefinedName(path))
