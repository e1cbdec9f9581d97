"""Background: an object that runs one task after the other and shows a page that waits for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from engross.context import Purpose, current
from engross.errors import AuthorError
from engross.flow import ShowMessage
from engross.library.actions import Task, background_action
from engross.library.objects import DAObject
from engross.library.words import word


class BackgroundAction(DAObject):
    """``answer = bg.run("task", …)``: the task's value. Until it is there, a page that waits is shown and the code runs again.

    ``process_response(result)`` and ``on_failure(result)`` may be overridden; both return ``result.value``.
    """

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        """*refresh_seconds*: how often the page looks by itself."""
        self._task: Task | None = None
        self.refresh_seconds = 4
        super().init(*pargs, **kwargs)

    def run(self, action: str, **arguments: Any) -> Any:
        """What the task gives. Raises ShowMessage while it runs."""
        if current().purpose is Purpose.JOB:
            raise AuthorError("A background task cannot wait for another one: BackgroundAction.run() was called in one.")
        if self._task is None:
            self._task = background_action(action, **arguments)
            self.wait()
        task = self._task
        assert task is not None  # noqa: S101 - begun above
        if not task.ready():
            self.wait()
        result, failed = task.result(), task.failed()
        self._task = None
        return self.on_failure(result) if failed else self.process_response(result)

    def wait(self) -> None:
        """Show a page that comes back by itself."""
        raise ShowMessage(word("Please wait ..."), show_exit=False, show_restart=False, dead_end=True, reload=self.refresh_seconds)

    def process_response(self, result: SimpleNamespace) -> Any:
        """What ``run`` returns when the task went well."""
        return result.value

    def on_failure(self, result: SimpleNamespace) -> Any:
        """What ``run`` returns when it did not."""
        return result.value

    def running(self) -> bool:
        """Whether a task was begun whose value nobody took."""
        return self._task is not None

    def ready(self) -> bool | None:
        """Whether that task has ended; None when there is none."""
        return self._task.ready() if self._task is not None else None
