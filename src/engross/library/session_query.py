"""Session queries: conditions on sessions, for ``interview_list(query=…)``.

``DA.Sessions.filename == "…"``, joined with ``DA.And``, ``DA.Or`` and ``~``, as docassemble writes them. They choose among the sessions
that a person may see anyway.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from engross.context import OtherSession
from engross.names import short_reference

__all__ = ["DA"]


class Condition:
    """Whether a session is meant."""

    def __init__(self, holds: Callable[[OtherSession], bool]) -> None:
        self.holds = holds

    def __invert__(self) -> Condition:
        return Condition(lambda one: not self.holds(one))

    def __and__(self, other: Condition) -> Condition:
        return Condition(lambda one: self.holds(one) and other.holds(one))

    def __or__(self, other: Condition) -> Condition:
        return Condition(lambda one: self.holds(one) or other.holds(one))


class Column:
    """Something known of each session, to be compared."""

    def __init__(self, value: Callable[[OtherSession], Any]) -> None:
        self._value = value

    def _is(self, test: Callable[[Any], bool]) -> Condition:
        return Condition(lambda one: test(self._value(one)))

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return self._is(lambda value: bool(value == _plain(other)))

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return self._is(lambda value: bool(value != _plain(other)))

    __hash__ = None  # type: ignore[assignment]

    def like(self, pattern: str) -> Condition:
        """SQL's LIKE: ``%`` is any text, ``_`` any letter."""
        known = like_pattern(str(_plain(pattern)))
        return self._is(lambda value: known.fullmatch(str(value)) is not None)

    def in_(self, values: Iterable[Any]) -> Condition:
        """Whether it is one of *values*."""
        wanted = [_plain(value) for value in values]
        return self._is(lambda value: value in wanted)


def like_pattern(pattern: str, *, any_case: bool = False) -> re.Pattern[str]:
    """What SQL's LIKE means by *pattern*, or with *any_case* its ILIKE: ``%`` is any text, ``_`` any letter. For ``fullmatch``."""
    letters = ({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.compile("".join(letters), re.DOTALL | (re.IGNORECASE if any_case else 0))


def _plain(value: Any) -> Any:
    """A reference to an interview in its short form; anything else as it is."""
    return short_reference(value) if isinstance(value, str) else value


class _Sessions:
    """``DA.Sessions``: what conditions may speak of."""

    filename = Column(lambda one: _plain(one.interview))
    key = Column(lambda one: one.id)
    num_keys = Column(lambda one: one.steps)


class DA:
    """docassemble's words for conditions."""

    Sessions = _Sessions

    @staticmethod
    def And(*conditions: Condition) -> Condition:  # noqa: N802 - docassemble's name
        """All of them hold."""
        return Condition(lambda one: all(condition.holds(one) for condition in conditions))

    @staticmethod
    def Or(*conditions: Condition) -> Condition:  # noqa: N802 - docassemble's name
        """One of them holds."""
        return Condition(lambda one: any(condition.holds(one) for condition in conditions))

    @staticmethod
    def Not(condition: Condition) -> Condition:  # noqa: N802 - docassemble's name
        """It does not hold."""
        return ~condition
