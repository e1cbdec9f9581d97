"""Shelf: a person's other sessions, as interview code may reach them during a visit (``context.Shelf``), over the store.

A saved answer set is such a session. Nothing is solved here: answers are read, set and written, and the session thinks them through
when somebody opens it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol

from engross import names, quoting
from engross.company import is_shared
from engross.context import OtherSession
from engross.engine.answers import TRANSIENT, Answers
from engross.errors import Conflict, EngrossError
from engross.language.interview import Interviews
from engross.store import Store, codec
from engross.store.sessions import SavedSession, Session

MADE = "sessions made"
"""Where a session remembers (in ``Answers.misc``) which sessions it has made."""
NOTES = "snapshots"
"""Where a session keeps (in ``Answers.misc``) what is noted of it."""
TRIES = 6
_TITLES = ("title", "subtitle", "short title", "tab title")


class Elsewhere(Protocol):
    """Visits to other sessions, as ``visit`` pays them."""

    def act(self, session_id: str, action: str, arguments: Mapping[str, Any], *, persistent: bool, step: bool) -> None: ...
    def back(self, session_id: str) -> None: ...
    def screen(self, session_id: str) -> dict[str, Any]: ...


class SessionShelf:
    """``context.Shelf`` over the store, for one session."""

    def __init__(
        self,
        store: Store,
        interviews: Interviews,
        resolver: Callable[[Session], codec.Resolve],
        elsewhere: Elsewhere,
        *,
        session: Session,
        answers: Answers,
    ) -> None:
        self._store = store
        self._interviews = interviews
        self._resolver = resolver
        self._elsewhere = elsewhere
        self._session = session
        self._answers = answers
        self._new: list[str] = []

    def all(self) -> list[OtherSession]:
        return list(self._described())

    def create(self, interview: str, *, url_arguments: Mapping[str, str] | None = None) -> str:
        loaded = self._interviews.get(interview)
        made = self._store.sessions.create(
            loaded.file,
            digest=loaded.digest,
            language=loaded.default_language or self._session.language,
            url_arguments=url_arguments,
            person_id=self._session.person_id,
        )
        answers = Answers()
        answers.namespace["url_args"] = dict(url_arguments or {})
        self._store.sessions.save(made.id, 0, answers, resolve=self._resolver(made))
        self._answers.misc.setdefault(MADE, []).append(made.id)
        self._new.append(made.id)
        return made.id

    def variables(self, session_id: str) -> dict[str, Any]:
        session = self._own(session_id)
        if session.version == 1 and session.screen is None:
            session = self._begun(session)
        answers = session.answers(self._resolver(session))
        self._answers.typed |= answers.typed  # what a visitor typed prints as it stands here, too
        return {name: value for name, value in answers.namespace.items() if name not in TRANSIENT}

    def put(self, session_id: str, variables: Mapping[str, Any], titles: Mapping[str, Any] | None = None) -> None:
        def change(answers: Answers) -> None:
            for path, value in variables.items():
                names.put(answers.namespace, path, value)
            answers.parts.update(titles or {})
            answers.typed |= self._answers.typed  # what a visitor typed prints as it stands there, too

        self._change(session_id, change)

    def note(self, session_id: str, label: str, said: Mapping[str, Any], *, replace: bool = False) -> None:
        def change(answers: Answers) -> None:
            notes = answers.misc.setdefault(NOTES, {})
            before = {} if replace else notes.get(label)
            notes[label] = {**(before if isinstance(before, dict) else {}), **said}

        if session_id == self._session.id:
            change(self._answers)
        else:
            self._change(session_id, change)

    def delete(self, session_id: str) -> bool:
        try:
            self._own(session_id)
        except KeyError:
            return False
        return self._store.delete(session_id)

    def act(self, session_id: str, action: str, arguments: Mapping[str, Any], *, persistent: bool = False, step: bool = True) -> None:
        self._elsewhere.act(self._begun(self._own(session_id)).id, action, arguments, persistent=persistent, step=step)

    def back(self, session_id: str) -> None:
        self._elsewhere.back(self._own(session_id).id)

    def screen(self, session_id: str) -> dict[str, Any]:
        session = self._own(session_id)
        data = self._elsewhere.screen(session.id)
        self._answers.typed |= session.answers(self._resolver(session)).typed  # what a visitor typed prints as it stands here, too
        return data

    def invite(self, session_id: str, *, hours: float | None = None) -> str | None:
        is_own = session_id == self._session.id
        if is_own and not is_shared(self._answers):
            return None
        if not is_own and session_id not in self._answers.misc.get(MADE, ()):
            return None
        if self._interviews.get(self._session.interview).metadata.get("confidential") == "strict":
            return None  # half of its key is in one browser only
        return self._store.invitations.make(session_id, needs_multi_user=is_own, hours=hours)

    def take_back(self) -> None:
        """Delete what was made during this visit: it could not be saved and is done again."""
        for session_id in self._new:
            self._store.delete(session_id, who="server")
        self._new.clear()

    # ---- the parts of the story

    def _begun(self, session: Session) -> Session:
        """*session*, thought through once: what code makes is not before somebody looks into it."""
        if session.screen is None:
            self._elsewhere.screen(session.id)
        return self._own(session.id)

    def _own(self, session_id: str) -> Session:
        """The session, if it is one of these. Raises KeyError."""
        mine = session_id in self._answers.misc.get(MADE, ())
        with suppress(EngrossError):
            session = self._store.sessions.load(str(session_id))
            person = self._session.person_id
            if session.id != self._session.id and (mine or (person is not None and session.person_id == person)):
                return session
        raise KeyError(session_id)

    def _change(self, session_id: str, change: Callable[[Answers], None]) -> None:
        """Write the session once more, with *change*; again when it went on meanwhile."""
        for attempt in range(TRIES):
            session = self._own(session_id)
            resolve = self._resolver(session)
            answers = session.answers(resolve)
            change(answers)
            try:
                self._store.sessions.save(session.id, session.version, answers, screen=session.screen, screen_id=session.screen_id, step=False, resolve=resolve)
                return
            except Conflict:
                if attempt == TRIES - 1:
                    raise
                time.sleep(0.01 * (attempt + 1))

    def _described(self) -> Iterator[OtherSession]:
        person = self._session.person_id
        saved = self._store.sessions.of_person(person) if person is not None else []
        for one in saved:
            if one.id == self._session.id:
                yield self._description(one, self._answers)
                continue
            try:
                session = self._store.sessions.load(one.id)
                answers = session.answers(self._resolver(session))
            except (EngrossError, LookupError, ImportError, AttributeError):
                continue  # its form is not served any more, or it was deleted just now
            yield self._description(one, answers)

    def _description(self, one: SavedSession, answers: Answers) -> OtherSession:
        for said in (answers.misc.get(NOTES), answers.parts):
            quoting.remember(self._answers.typed, said)  # its visitor gave it a name, for one
        return OtherSession(
            id=one.id,
            interview=one.interview,
            created=one.created,
            touched=one.touched,
            steps=answers.steps,
            notes={str(label): said for label, said in answers.misc.get(NOTES, {}).items() if isinstance(said, dict)},
            titles={name: answers.parts[name] for name in _TITLES if name in answers.parts},
            metadata=self._interviews.get(one.interview).metadata,
        )
