"""Session tables: docassemble's tables of sessions, as far as published packages look into them with SQL of their own.

Engross keeps sessions in a store of its own, encrypted. AssemblyLine asks docassemble's tables (``userdict``, ``userdictkeys``,
``jsonstorage``) for a person's saved answer sets and notes titles there; such statements are known by the tables and parameters they
name, and answered from ``context.Shelf``: of the sessions of who is signed in, whatever the statement asks. Another query finds no
rows, and another change is refused with a sentence.
"""

from __future__ import annotations

import datetime
import json
import operator
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

from engross.context import OtherSession, current_or_none
from engross.library.faults import DAError
from engross.library.session_query import like_pattern
from engross.names import short_reference

PAGE = "docs/compatibility.md"
LABEL = "metadata"
"""What AssemblyLine notes of a session is under this label if it does not say another."""
_READS = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_NOTES = re.compile(r"\s*(update|insert\s+into)\s+jsonstorage\b", re.IGNORECASE)
_DELETES = re.compile(r"\s*delete\s+from\s+userdictkeys\b", re.IGNORECASE)
_COMPARISONS = {"=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_KNOWN = ("auto_title", "title", "description", "steps", "progress", "original_interview_filename", "answer_count")


_SEARCHED = re.compile(r"->>'(\w+)', ''\) ILIKE '%' \|\| :keyword")
"""What of a session's notes a keyword is looked for in."""
_FILTERED = re.compile(r"->>'(\w+)'(?: AS \w+\))?(?:, ''\))? (=|!=|<=?|>=?|I?LIKE) :\1_filter", re.IGNORECASE)
"""What of a session's notes is compared with a parameter, and how."""


class Row:
    """One row: by number, by name and as a mapping."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._mapping = dict(values)

    def __getitem__(self, key: int | str) -> Any:
        return self._mapping[key] if isinstance(key, str) else list(self._mapping.values())[key]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_mapping"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __iter__(self) -> Iterator[Any]:
        return iter(self._mapping.values())

    def __len__(self) -> int:
        return len(self._mapping)


class Rows:
    """The result of a statement."""

    def __init__(self, rows: Iterable[Mapping[str, Any]] = (), *, changed: int = 0) -> None:
        self._rows = [Row(values) for values in rows]
        self.rowcount = changed or len(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def mappings(self) -> Rows:
        return self

    def all(self) -> list[Any]:
        return list(self._rows)

    fetchall = all

    def scalars(self) -> Scalars:
        return Scalars([row[0] for row in self._rows])

    def first(self) -> Any:
        return self._rows[0] if self._rows else None

    fetchone = one_or_none = first

    def scalar(self) -> Any:
        return self._rows[0][0] if self._rows else None

    scalar_one_or_none = scalar


class Scalars:
    """The first column of a result."""

    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def all(self) -> list[Any]:
        return self._values

    def first(self) -> Any:
        return self._values[0] if self._values else None


class Tables:
    """A database session on docassemble's tables."""

    def execute(self, statement: Any, *given: Any, **__: Any) -> Rows:
        """Rows for a query. Raises DAError for a change that is not known."""
        text = str(statement)
        values = given[0] if given and isinstance(given[0], Mapping) else {}
        if _NOTES.match(text):
            note(values.get("session_id"), str(values.get("tags") or LABEL), _said(values.get("data")))
            return Rows(changed=1)
        if _DELETES.match(text):
            return Rows(changed=_delete(values))
        if not _READS.match(text):
            raise DAError(f"docassemble's tables are not part of Engross and cannot be changed; see {PAGE}.")
        return Rows(_found(text, values))

    def scalars(self, statement: Any, *given: Any, **__: Any) -> Scalars:
        return self.execute(statement, *given).scalars()

    def scalar(self, statement: Any, *given: Any, **__: Any) -> Any:
        return self.execute(statement, *given).scalar()

    def add(self, row: Any) -> NoReturn:
        raise DAError(f"docassemble's tables are not part of Engross and cannot be changed; see {PAGE}.")

    def commit(self) -> None:
        """What was changed is changed."""

    rollback = close = commit

    def __enter__(self) -> Tables:
        return self

    def __exit__(self, *_: object) -> None:
        return


def note(session_id: str | None, label: str, said: Any, *, replace: bool = False) -> None:
    """Keep *said* of a session (this one when none is named) under *label*, beside its answers. Raises DAError."""
    context = current_or_none()
    misc = getattr(context.internal, "misc", None) if context is not None else None
    if context is None or misc is None:
        return
    if not session_id or session_id == context.session_id:
        notes = misc.setdefault("snapshots", {})
        known = notes.get(label)
        adds = isinstance(known, dict) and isinstance(said, dict) and not replace
        notes[label] = {**known, **said} if adds else said
        return
    try:
        context.shelf.note(str(session_id), label, said if isinstance(said, dict) else {"value": said}, replace=replace)
    except KeyError:
        raise no_such_session() from None


def no_such_session() -> DAError:
    """What is said of a session that is none of the visitor's, whether it is there or not."""
    return DAError("There is no such session, or it does not belong to who is signed in.")


def _said(data: Any) -> dict[str, Any]:
    try:
        said = json.loads(data or "{}")
    except (TypeError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _sessions() -> list[OtherSession]:
    context = current_or_none()
    return context.shelf.all() if context is not None and context.person.logged_in else []


def _delete(values: Mapping[str, Any]) -> int:
    """Delete all sessions but those of the interviews that are left out, and this one."""
    context = current_or_none()
    kept = {short_reference(name) for name, value in values.items() if name != "user_id" for name in [str(value or "")]}
    doomed = [one for one in _sessions() if short_reference(one.interview) not in kept and context and one.id != context.session_id]
    return sum(context.shelf.delete(one.id) for one in doomed) if context is not None else 0


def _found(text: str, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    context = current_or_none()
    if "userdict" in text and "num_keys" in text:
        yield from _listed(text, values)
    elif re.search(r"distinct\s+filename\s+from\s+userdict", text, re.IGNORECASE):
        yield from ({"filename": name} for name in dict.fromkeys(one.interview for one in _sessions()))
    elif "jsonstorage" in text and "session_id" in values and context is not None:
        label = str(values.get("tags") or LABEL)
        if values["session_id"] == context.session_id:
            said = context.internal.misc.get("snapshots", {}).get(label)
        else:
            said = next((dict(one.notes.get(label) or {}) for one in _sessions() if one.id == values["session_id"]), None)
        if said:
            yield {"data": said}


def _listed(text: str, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What a list of saved sessions shows of each, those used last first."""
    label = str(values.get("metadata") or LABEL)
    wanted = {short_reference(str(value)) for name, value in values.items() if re.fullmatch(r"filename\d*", name) and value}
    out = {short_reference(str(name)) for name in values.get("filenames_to_exclude") or () if name}
    keyword = str(values.get("keyword") or "").casefold()
    searched = _SEARCHED.findall(text)
    rows = []
    for number, one in enumerate(_sessions()):
        noted = dict(one.notes.get(label) or {})
        if (wanted and short_reference(one.interview) not in wanted) or short_reference(one.interview) in out:
            continue
        if values.get("exclude_newly_started_sessions") and one.steps < 2:
            continue
        if keyword and not any(keyword in str(noted.get(name) or "").casefold() for name in searched):
            continue
        if not all(_compares(noted.get(name), comparison, values.get(f"{name}_filter")) for name, comparison in _FILTERED.findall(text)):
            continue
        rows.append(_row(number, one, noted, values.get("user_id")))
    start = max(int(values.get("offset") or 0), 0)
    yield from rows[start : start + int(values.get("limit") or 50)]


def _compares(noted: Any, comparison: str, wanted: Any) -> bool:
    """Whether something noted of a session is as a query wants it; what was not noted is not, as in SQL."""
    if comparison.upper() in ("LIKE", "ILIKE"):
        return like_pattern(str(wanted), any_case=comparison.upper() == "ILIKE").fullmatch(str(noted or "")) is not None
    if noted is None:
        return False
    try:
        one, other = (float(noted), float(wanted)) if isinstance(wanted, int | float) else (str(noted), str(wanted))
    except (TypeError, ValueError):
        return False
    return bool(_COMPARISONS[comparison](one, other))


def _row(number: int, one: OtherSession, noted: Mapping[str, Any], person: Any) -> dict[str, Any]:
    when = datetime.datetime.fromtimestamp(one.touched, datetime.UTC).replace(tzinfo=None)
    own = {"indexno": number, "filename": one.interview, "num_keys": one.steps, "user_id": person, "modtime": when, "key": one.id}
    return {**own, **{name: noted.get(name) for name in _KNOWN}, "data": dict(noted)}

