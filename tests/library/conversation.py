"""A conversation without an engine: what a piece of library code asks for, and the answers it gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from engross import names
from engross.context import Context, TaskReport, TaskState, enter
from engross.engine.answers import Answers
from engross.errors import Undefined


class Scripted:
    """Stands in for the engine: texts are functions of the answers, expressions are functions too."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers

    def render(self, template: Any, values: Any = None) -> str:
        return template({**self.answers.namespace, **(values or {})}) if callable(template) else str(template)

    def evaluate(self, source: Any) -> Any:
        return source(self.answers.namespace)

    def metadata(self) -> dict[str, Any]:
        return {"title": "A title", "tags": ["first"]}


class Queue:
    """Stands in for the jobs: remembers what was started; the reports are set by the test."""

    def __init__(self) -> None:
        self.started: list[tuple[str, dict[str, Any], str | None]] = []
        self.reports: dict[str, TaskReport] = {}

    def start(self, action: str, arguments: Any, *, notify: str | None = None) -> str:
        self.started.append((action, dict(arguments), notify))
        return f"task{len(self.started)}"

    def report(self, task_id: str) -> TaskReport:
        return self.reports.get(task_id, TaskReport(state=TaskState.PENDING))

    def wait(self, task_id: str, seconds: float) -> TaskReport:
        return self.report(task_id)

    def cancel(self, task_id: str) -> None:
        self.reports[task_id] = TaskReport(state=TaskState.REVOKED)


@contextmanager
def visit(**about: Any) -> Iterator[Context]:
    """A visit of an interview whose answers are what the test puts into ``namespace``."""
    answers = Answers()
    nothing: Any = SimpleNamespace()
    context = Context(
        namespace=answers.namespace,
        internal=answers,
        interviewing=Scripted(answers),  # type: ignore[arg-type]
        files=nothing,
        jobs=Queue(),
        papers=nothing,
        interview_file="docassemble.x:data/questions/x.yml",
        package="docassemble.x",
        **about,
    )
    with enter(context):
        yield context


def asked(
    context: Context, action: Callable[[], Any], answers: list[Any], limit: int = 60
) -> tuple[list[str], Any]:
    """Run *action* again and again, giving the next of *answers* to whatever it finds undefined, as the engine does.

    Returns the paths that were asked for, in order, and what *action* gives in the end.
    """
    given = iter(answers)
    paths: list[str] = []
    for _ in range(limit):
        context.internal.stop_gathering()
        try:
            return paths, action()
        except Undefined as missing:
            paths.append(missing.path)
            names.put(context.namespace, missing.path, next(given))
    raise AssertionError(f"never settles: {paths}")
