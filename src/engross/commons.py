"""Commons: what interview code keeps for more than one session (``context.Commons``), over the store.

Values are encoded as answers are. What a visitor typed prints as it stands wherever it turns up, so a value remembers which of its texts
were typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from engross.engine.answers import Answers
from engross.store import Store, codec
from engross.store.sessions import Session


class SessionCommons:
    """``context.Commons`` over the store, for one session."""

    def __init__(self, store: Store, resolve: codec.Resolve, *, session: Session, answers: Answers) -> None:
        self._store = store
        self._resolve = resolve
        self._session = session
        self._answers = answers

    def get(self, base: str, key: str) -> Any:
        return self._opened(self._store.commons.get(self._owner(base), key))

    def items(self, base: str) -> dict[str, Any]:
        return {key: self._opened(kept) for key, kept in self._store.commons.items(self._owner(base)).items()}

    def change(self, base: str, key: str, work: Callable[[Any], Any]) -> None:
        self._store.commons.change(self._owner(base), key, lambda kept: self._closed(work(self._opened(kept))))

    def _opened(self, kept: Any) -> Any:
        if kept is None:
            return None
        self._answers.typed |= set(kept["typed"])
        return codec.decode_value(kept["value"].encode("ascii"), self._resolve)

    def _closed(self, value: Any) -> Any:
        encoded = codec.encode_value(value, self._resolve).decode("ascii")
        return {"value": encoded, "typed": sorted(set(_texts(value)) & self._answers.typed)}

    def has(self, base: str, key: str) -> bool:
        return self._store.commons.has(self._owner(base), key)

    def put(self, base: str, key: str, value: Any) -> None:
        self._store.commons.put(self._owner(base), key, self._closed(value), person_id=self._session.person_id if base == "user" else None)

    def delete(self, base: str, key: str) -> None:
        self._store.commons.delete(self._owner(base), key)

    def keys(self, base: str) -> list[str]:
        return self._store.commons.keys(self._owner(base))

    def _owner(self, base: str) -> str:
        match base:
            case "user":
                return f"person {self._session.person_id}"
            case "interview":
                return f"interview {self._session.interview}"
            case "global":
                return "everybody"
        return f"name {base}"


def _texts(value: Any, seen: set[int] | None = None) -> Iterator[str]:
    """Every text in *value*, in collections and attributes too."""
    seen = set() if seen is None else seen
    if isinstance(value, str):
        yield value
    elif id(value) not in seen:
        seen.add(id(value))
        if isinstance(value, dict):
            parts = [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            parts = list(value)
        else:
            parts = list(getattr(value, "__dict__", {}).values())
        for part in parts:
            yield from _texts(part, seen)
