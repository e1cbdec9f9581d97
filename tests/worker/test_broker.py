"""The dispatcher of tokens lives through whatever its libraries raise."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from engross import broker
from engross.store import Store


class Broken:
    """A Celery application whose first connections break in ways that no library promises."""

    def __init__(self, errors: list[Exception]) -> None:
        self.errors = errors
        self.sent: list[str] = []
        self.arrived = threading.Event()
        queue = SimpleNamespace(bind=lambda _: SimpleNamespace(queue_declare=lambda: SimpleNamespace(message_count=0)))
        self.conf = SimpleNamespace(task_queues=[queue])

    def connection_for_write(self) -> Any:
        if self.errors:
            raise self.errors.pop(0)
        return SimpleNamespace(
            ensure_connection=lambda **_: None, default_channel=None, collect=lambda: None, connection_errors=(), channel_errors=()
        )

    def send_task(self, _name: str, *, args: list[str], **_: Any) -> None:
        self.sent += args
        self.arrived.set()


def test_a_job_gets_its_token_whatever_broke_before(store: Store, start: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A dispatcher that ended at an unexpected error would leave jobs waiting until the server is started again."""
    monkeypatch.setattr(broker, "AWAY_SECONDS", 0.01)
    app = Broken([AttributeError("'NoneType' object has no attribute 'drain_events'"), OSError("refused")])
    dispatcher = broker.Dispatcher(store, app)
    try:
        job_id = start({"echo": 1})
        arrived = app.arrived.wait(10)
    finally:
        dispatcher.close()

    assert (True, {job_id}, []) == (arrived, set(app.sent), app.errors)
