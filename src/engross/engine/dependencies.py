"""Dependencies: what must go or run when an answer changes (``depends on``, ``on change``).

A value that depends on a changed one is taken away and kept as *dirty*, so that it is offered as the default when its question
comes up again.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any

from engross import names
from engross.engine import evaluation
from engross.engine.answers import Answers
from engross.errors import EngrossError, Undefined
from engross.flow import Turn
from engross.language.blocks import Expression
from engross.language.interview import Interview

_MISSING = object()


def is_watched(interview: Interview, path: str) -> bool:
    """Whether a change of *path* concerns anything."""
    if not interview.invalidates and not interview.on_change:
        return False
    return bool(_listeners(interview, path) or _reactions(interview, path))


def _patterns(path: str) -> tuple[names.Pattern, ...]:
    try:
        return names.patterns(path)
    except names.BadPath:
        return ()


def _listeners(interview: Interview, path: str) -> list[tuple[str, names.Pattern]]:
    """(pattern that depends on *path*, how *path* was matched)"""
    return [
        (dependent, pattern)
        for pattern in _patterns(path)
        for dependent in interview.invalidates.get(pattern.text, ())
    ]


def _reactions(interview: Interview, path: str) -> list[tuple[Expression, names.Pattern]]:
    return [
        (code, pattern)
        for pattern in _patterns(path)
        for variable, code in interview.on_change
        if variable == pattern.text
    ]


def values_before(interview: Interview, answers: Answers, paths: Iterable[str]) -> dict[str, Any]:
    """The values of those *paths* that are watched, from the answers or from what was invalidated; undefined ones left out."""
    before: dict[str, Any] = {}
    if not interview.invalidates and not interview.on_change:
        return before
    for path in paths:
        if is_watched(interview, path):
            value = _value(answers.namespace, path)
            if value is _MISSING:
                value = answers.dirty.get(path, _MISSING)
            if value is not _MISSING:
                before[path] = value
    return before


def _value(namespace: MutableMapping[str, Any], path: str) -> Any:
    try:
        return names.get(namespace, path)
    except (KeyError, IndexError, AttributeError, TypeError, NameError, Undefined, names.BadPath):
        return _MISSING


def spread(interview: Interview, answers: Answers, paths: Iterable[str], before: dict[str, Any]) -> None:
    """*paths* may have new values: take away what depends on those that changed, run what watches them."""
    for path in paths:
        if interview.invalidates or interview.on_change:
            _spread(interview, answers, path, before, set(), forced=False)
        answers.dirty.pop(path, None)


def _spread(
    interview: Interview, answers: Answers, path: str, before: dict[str, Any], seen: set[str], *, forced: bool
) -> None:
    if path in seen:
        return
    now = _value(answers.namespace, path)
    if now is _MISSING:
        return
    if not forced and path in before and _same(now, before[path]):
        return
    seen.add(path)
    if forced or path in before:
        gone = []
        for dependent, pattern in _listeners(interview, path):
            target = bind(dependent, pattern, answers.namespace)
            value = _value(answers.namespace, target)
            if value is not _MISSING:
                answers.dirty[target] = value
                gone.append(target)
        for target in gone:
            _spread(interview, answers, target, before, seen, forced=True)
        for target in gone:
            names.delete(answers.namespace, target)
    for code, pattern in _reactions(interview, path):
        _react(answers, code, pattern)


def _same(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - an author's __eq__ may do anything; then the values are not known to be the same
        return False


def bind(text: str, pattern: names.Pattern, namespace: MutableMapping[str, Any]) -> str:
    """*text*, a pattern with ``x`` and ``i``, as the path it means under *pattern*; what is left comes from *namespace*."""
    try:
        path = names.parse(text)
    except names.BadPath:
        return text
    root = pattern.generic if path.root == names.GENERIC and pattern.generic else path.root
    given = dict(pattern.iterators)
    steps = tuple(
        names.Item(given[step.key]) if isinstance(step, names.Item) and step.key in given else step
        for step in path.steps
    )
    bound = root + "".join(map(str, steps))
    return names.substitute(bound, namespace)


def _react(answers: Answers, code: Expression, pattern: names.Pattern) -> None:
    """Run one ``on change``. Its errors are noted by nobody: the answer that was given stands (as in docassemble)."""
    with answers.kept_context():
        try:
            set_special(answers.namespace, pattern)
            evaluation.execute(code, answers.namespace)
        except (Undefined, Turn, EngrossError, KeyError, IndexError, AttributeError):
            return


def set_special(namespace: MutableMapping[str, Any], pattern: names.Pattern) -> None:
    """Give ``x`` and ``i`` … the values that *pattern* says. Raises what a missing object raises."""
    if pattern.generic is not None:
        namespace[names.GENERIC] = names.get(namespace, pattern.generic)
    for iterator, key in pattern.iterators:
        namespace[iterator] = names.key_value(key, namespace)
