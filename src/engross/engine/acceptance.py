"""Acceptance: what happens to the answers when a screen has been answered, before the next one is sought."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from engross import names, quoting
from engross.engine import actions, dependencies, evaluation, fields, overview
from engross.engine.screen import Screen, ScreenField
from engross.engine.submission import Accepted, Drawn, Keys, ObjectAt, ObjectsAt, Upload, Uploaded, in_words
from engross.errors import CodeError, Undefined
from engross.language.blocks import Block, Field, Question

if TYPE_CHECKING:
    from engross.engine.solver import Solver

SaveFile = Callable[[str, int, Upload], Any]
"""(key of the field, position, upload) → StoredFile"""


def apply(accepted: Accepted, screen: Screen, solver: Solver, save_file: SaveFile) -> dict[str, str]:
    """Set what was answered. Returns what the interview's own checks find wrong, by key of the field; "" is the whole screen."""
    answers = solver.answers
    block = _block_of(screen, solver)
    _restore_special(screen, block, solver)
    if accepted.choice is not None:
        continued = _continued(accepted.choice, block, solver)
        before = dependencies.values_before(solver.interview, answers, continued)
        for path, value in continued.items():
            _put(path, value, block, solver)
        if not continued:
            _take_choice(accepted.choice, screen, solver)
        after_answer(screen, solver, list(continued), before)
        return {}
    by_path = {entry.path: entry for entry in screen.fields if entry.path is not None}
    if screen.list_collect is not None:
        accepted, by_path = _collect(accepted, by_path, screen, solver)
    before = dependencies.values_before(solver.interview, answers, accepted.values)
    errors: dict[str, str] = {}
    for path, value in accepted.values.items():
        entry = by_path[path]
        if value is None and any(other.startswith((f"{path}.", f"{path}[")) for other in accepted.values):
            continue  # nobody was chosen: the fields beside it say who it is (`disable others`)
        made = _made(value, entry, path, solver, save_file)
        _remember_typed(value, made, entry, solver)
        wrong = _validated(made, entry, block, solver)
        if wrong is not None:
            errors[entry.key] = wrong
        elif not isinstance(value, Uploaded | Drawn | None) or made is not None or not _has_file(entry, solver):
            _put(path, made, block, solver)
    if not errors and isinstance(block, Question) and block.validation_code is not None:
        errors = _run_validation(block, screen, solver)
    if not errors:
        overview.note(screen, solver, accepted.values, by_path)
        after_answer(screen, solver, list(accepted.values), before)
    return errors


def _block_of(screen: Screen, solver: Solver) -> Block | None:
    """The block that made *screen*: of several with one id, the one that stands where it stood."""
    block = solver.interview.by_name.get(screen.block)
    if block is None or str(block.where) == screen.where:
        return block
    return next((one for one in solver.interview.blocks if one.name == screen.block and str(one.where) == screen.where), block)


def _put(path: str, value: Any, block: Block | None, solver: Solver) -> None:
    """Set what the field is for. Raises CodeError when what the author has there cannot take it."""
    try:
        names.put(solver.answers.namespace, path, value)
    except (AttributeError, TypeError) as error:
        if isinstance(error, Undefined):
            raise  # another name is wanted first
        where = block.where if block is not None else None
        raise CodeError(f"`{path}` cannot be set: {type(error).__name__}: {error}", where=where) from error


def _remember_typed(value: Any, made: Any, entry: ScreenField, solver: Solver) -> None:
    """Note what was typed, so that it prints as it stands (``quoting``); what was chosen are the author's words."""
    if entry.options and entry.input_type not in ("combobox", "datalist"):
        return
    typed = solver.answers.typed
    if isinstance(value, Uploaded):
        quoting.remember(typed, [upload.name for upload in value.uploads])
        return
    quoting.remember(typed, value)
    quoting.remember(typed, made)


def _has_file(entry: ScreenField, solver: Solver) -> bool:
    """Whether the field is one for files and has some already: an empty input then keeps them."""
    return entry.datatype in fields.FILES and fields._value_at(entry.path or "", solver.answers.namespace) is not None


def _restore_special(screen: Screen, block: Block | None, solver: Solver) -> None:
    """x and i as the question had them: found by comparing what was sought with what the block sets, and what a field's author wrote with
    what it sets."""
    pairs = [(path, screen.sought) for path in (block.sets if block is not None and screen.sought is not None else ())]
    pairs += [(entry.variable, entry.path) for entry in screen.fields if entry.variable and entry.path and entry.group is None]
    for written, path in pairs:
        if written == path:
            continue
        for pattern in names.patterns(path):
            if pattern.text == written:
                with suppress(KeyError, IndexError, AttributeError, NameError):
                    dependencies.set_special(solver.answers.namespace, pattern)
                    break


def _continued(choice: int, block: Block | None, solver: Solver) -> dict[str, bool]:
    """A button that continues a question with a ``continue button field`` sets that field, as docassemble does; {} for other buttons."""
    if not isinstance(block, Question) or block.choices is None or block.variable is not None or block.continue_button_field is None:
        return {}
    if not 0 <= choice < len(block.choices.items) or block.choices.items[choice].action != "continue":
        return {}
    return {names.substitute(block.continue_button_field, solver.answers.namespace): True}


def _take_choice(choice: int, screen: Screen, solver: Solver) -> None:
    entry = next((entry for entry in screen.fields if entry.key == "_choice"), None)
    if entry is not None:
        solver.answers.choices[str(entry.extras["choice of"])] = choice


# -------------------------------------------------------------------------------------------------------------- values


def _made(value: Any, entry: ScreenField, path: str, solver: Solver, save_file: SaveFile) -> Any:
    """*value* as it is kept in the answers."""
    match value:
        case Keys():
            group = make_collection(path, entry.datatype, solver)
            group.elements.clear()
            group.elements.update(value.ticked)
            group.gathered = True
            return group
        case ObjectsAt():
            group = make_collection(path, entry.datatype, solver)
            group.elements[:] = [solver.look(name) for name in value.paths]
            group.gathered = True
            return group
        case ObjectAt():
            return solver.look(value.path)
        case Uploaded():
            return _files(value, entry, path, save_file)
        case Drawn():
            return _signature(value, entry, path, save_file)
    return value


def _files(value: Uploaded, entry: ScreenField, path: str, save_file: SaveFile) -> Any:
    from engross.library.files import DAFile, DAFileList

    group = DAFileList(path)
    for n, upload in enumerate(value.uploads):
        stored = save_file(entry.key, n, upload)
        group.elements.append(DAFile.kept(stored, name=f"{path}[{n}]", generated=False))
    group.there_are_any = True
    group.there_is_another = False
    group.gathered = True
    return group


class _Picture:
    """A signature, in the shape of an upload."""

    name = "canvas.png"
    mimetype = "image/png"

    def __init__(self, data: bytes) -> None:
        self.data = data


def _signature(value: Drawn, entry: ScreenField, path: str, save_file: SaveFile) -> Any:
    from engross.library.files import DAFile

    return DAFile.kept(save_file(entry.key, 0, _Picture(value.png)), name=path, generated=False)


def make_collections(screen: Screen, solver: Solver) -> None:
    """Make the dictionary or list that each group of boxes of *screen* fills, unless it is there."""
    for entry in screen.fields:
        if entry.active and entry.path is not None and entry.datatype in fields.MANY and entry.group is None:
            make_collection(entry.path, entry.datatype, solver)


def make_collection(path: str, datatype: str, solver: Solver) -> Any:
    """The gathered DADict (keys) or DAList (objects) at *path*."""
    made = fields.empty_value(datatype, path, solver)
    if fields._value_at(path, solver.answers.namespace) is not made:
        names.put(solver.answers.namespace, path, made)
    return made


# -------------------------------------------------------------------------------------------------------- list collect


def _collect(
    accepted: Accepted, by_path: dict[str, ScreenField], screen: Screen, solver: Solver
) -> tuple[Accepted, dict[str, ScreenField]]:
    """Make the list as long as what was filled in, take removed items out, and move the values to their new places."""
    assert screen.list_collect is not None  # noqa: S101 - the caller looked
    path = str(screen.list_collect["list"])
    group = solver.look(path)
    for item in sorted(accepted.removed, reverse=True):
        if item < len(group.elements):
            group.pop(item)
    places = {item: place for place, item in enumerate(sorted(accepted.items))}
    values: dict[str, Any] = {}
    moved: dict[str, ScreenField] = {}
    for old, value in accepted.values.items():
        entry = by_path[old]
        new = old
        if entry.group is not None and old.startswith(f"{path}[{entry.group}]"):
            new = f"{path}[{places[entry.group]}]" + old.removeprefix(f"{path}[{entry.group}]")
        values[new] = value
        moved[new] = entry
    while len(group.elements) < len(places):
        if group.object_type is not None:
            group.appendObject()
        else:
            group.elements.append(None)
    _gathered(group, bool(screen.list_collect.get("is_final", True)))
    kept = Accepted(values=values, items=tuple(range(len(places))), removed=accepted.removed)
    return kept, moved


def _gathered(group: Any, is_final: bool) -> None:
    """The list is complete, unless its author wants to ask for more."""
    group.there_are_any = bool(group.elements)
    if not is_final:
        return
    group.there_is_another = False
    if getattr(group, "ask_number", False):
        group.target_number = len(group.elements)
    group.gathered = True


# ---------------------------------------------------------------------------------------------------- the author's checks


def _validated(value: Any, entry: ScreenField, block: Any, solver: Solver) -> str | None:
    """What a field's ``validate`` function finds wrong, or None."""
    if not entry.extras.get("validate") or not isinstance(block, Question):
        return None
    written = next((one for one in block.fields if isinstance(one, Field) and one.variable == entry.variable), None)
    if written is None or written.validate is None:
        return None
    function = solver.evaluate(written.validate)
    try:
        fine = function(value)
    except Undefined as missing:
        raise _too_late("validate", missing, block) from missing
    except Exception as error:
        if not evaluation.is_visible_error(error):
            raise
        return in_words(str(error))
    if fine is False:
        from engross.library.words import word

        return word("Please enter a valid value.")
    return None


def _run_validation(block: Question, screen: Screen, solver: Solver) -> dict[str, str]:
    """``validation code``: {} when it is content."""
    assert block.validation_code is not None  # noqa: S101 - the caller looked
    try:
        evaluation.execute(block.validation_code, solver.answers.namespace)
    except Undefined as missing:
        raise _too_late("validation code", missing, block) from missing
    except Exception as error:
        if not evaluation.is_visible_error(error):
            raise
        return {_key_of(getattr(error, "field", None), screen): in_words(str(error))}
    return {}


def _too_late(key: str, missing: Undefined, block: Question) -> CodeError:
    """A check needs an answer that nobody has asked for: when a screen is answered, nothing else can be asked."""
    return CodeError(
        f"`{key}` needs `{missing.path}`, which is not known when this screen is answered. Name it under `need`, so that it is "
        f"asked before.",
        where=block.where,
        block=block.label,
        variable=missing.path,
    )


def _key_of(variable: Any, screen: Screen) -> str:
    for entry in screen.fields:
        if variable is not None and variable in (entry.variable, entry.path):
            return entry.key
    return ""


# --------------------------------------------------------------------------------------------------------------- after


def after_answer(screen: Screen, solver: Solver, paths: Iterable[str], before: dict[str, Any]) -> None:
    """The screen is answered and its *paths* are set: mark its block, finish its action, spread what changed."""
    listed = list(paths)
    block = _block_of(screen, solver)
    if block is not None and not any(entry.key == "_choice" for entry in screen.fields) and not _leaves(block, solver):
        solver.mark_answered(block)
    dependencies.spread(solver.interview, solver.answers, listed, before)
    finish_events(screen, solver, listed)


def _leaves(block: Block, solver: Solver) -> bool:
    """Whether a button such as Exit was taken: the question is not answered by it and stands there when the visitor returns."""
    if not isinstance(block, Question) or block.choices is None or block.variable is not None:
        return False
    taken = solver.answers.choices.get(solver.choice_name(block))
    if taken is None or not 0 <= taken < len(block.choices.items):
        return False
    return block.choices.items[taken].action not in (None, "continue")


def finish_events(screen: Screen, solver: Solver, paths: list[str]) -> None:
    """Take what the screen was asked for, and what was set, off the stack of actions."""
    done = {path for path in (screen.sought, *paths) if path}
    events = solver.answers.events
    while events and events[0]["action"] in done:
        events.pop(0)
    for path in done:
        actions.finish(path)
