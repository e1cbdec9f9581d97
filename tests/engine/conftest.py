"""Interviews written as text, solved in memory: no store, no files, no jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from engross import names
from engross.context import Context, enter
from engross.engine import acceptance, dependencies
from engross.engine.answers import Answers
from engross.engine.screen import Screen, ScreenField
from engross.engine.solver import Solver
from engross.language.interview import Interview, load


@dataclass
class Talk:
    """One conversation with one interview."""

    interview: Interview
    answers: Answers = field(default_factory=Answers)

    def __post_init__(self) -> None:
        self.solver = Solver(self.interview, self.answers)
        nothing = cast(Any, None)
        self.context = Context(
            namespace=self.answers.namespace,
            internal=self.answers,
            interviewing=self.solver,
            files=nothing,
            jobs=nothing,
            papers=nothing,
        )
        self.screen: Screen | None = None

    def next(self, action: str | None = None, **arguments: Any) -> Screen:
        """The screen now, after *action* if one is given."""
        with enter(self.context):
            self.context.action, self.context.action_arguments = action, arguments
            self.context.screen.clear()
            self.screen = self.solver.solve()
            return self.screen

    def question(self) -> str:
        """The question that is asked now."""
        return self.next().question

    def set(self, **values: Any) -> None:
        """Answer the current screen; ``__`` in a name stands for a dot."""
        self.put({name.replace("__", "."): value for name, value in values.items()})

    def put(self, values: dict[str, Any]) -> None:
        """Answer the current screen, path → value."""
        assert self.screen is not None
        with enter(self.context):
            before = dependencies.values_before(self.interview, self.answers, values)
            for path, value in values.items():
                names.put(self.answers.namespace, path, value)
            acceptance.after_answer(self.screen, self.solver, list(values), before)

    def choose(self, number: int) -> None:
        """Take a choice of a question without a variable."""
        assert self.screen is not None
        key = self.screen.fields[0].extras["choice of"]
        self.answers.choices[key] = number
        with enter(self.context):
            acceptance.after_answer(self.screen, self.solver, [], {})

    def field(self, path: str) -> ScreenField:
        """The field of the current screen that sets *path*."""
        assert self.screen is not None
        return next(entry for entry in self.screen.fields if entry.path == path)

    def value(self, path: str) -> Any:
        """The value at *path*."""
        with enter(self.context):
            return names.get(self.answers.namespace, path)

    def asked(self, *answers: dict[str, Any]) -> list[str]:
        """Questions asked while each screen is answered with the next of *answers*."""
        found = []
        for given in answers:
            found.append(self.question())
            self.put(given)
        return [*found, self.question()]


@pytest.fixture
def talk(tmp_path: Path) -> Callable[[str], Talk]:
    """Begin a conversation with the interview that is given as text."""

    def begin(text: str) -> Talk:
        path = tmp_path / "interview.yml"
        path.write_text(text, encoding="utf-8")
        return Talk(load(str(path)))

    return begin
