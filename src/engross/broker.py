"""Broker: spreads jobs over machines with Celery on RabbitMQ (setting ``broker_url``, extra ``engross[cluster]``).

The record of a job is its row; a message is only a *token* that says "there is work", with a job's id as a hint and nothing else. Who
gets a token takes the next job that is its turn (``Jobs.take``), so turns, leases and fencing are the same as without a broker, and a
token that comes twice, or too late, does no harm. A **Dispatcher** in each process sees to it that there are at least as many tokens
as jobs that wait. While the broker is away, jobs wait in their rows; when it is back they start.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from engross.errors import OperatorError, StorageUnavailable
from engross.settings import Settings
from engross.store import Store

log = logging.getLogger(__name__)

QUEUE = "engross-jobs"
TASK = "engross.job"
PRIORITIES = 10
"""RabbitMQ keeps a list for each priority; a few are enough."""
AWAY_SECONDS = 1.0
"""How long we wait before we look for a broker again that did not answer."""


def make_app(settings: Settings) -> Any:
    """The Celery application of these settings. Raises OperatorError when the extra is not installed."""
    if settings.broker_url is None:
        raise OperatorError("The setting `broker_url` names no broker.")
    try:
        from celery import Celery
        from kombu import Queue
    except ImportError as error:
        raise OperatorError("A broker (setting `broker_url`) needs the extra: pip install 'engross[cluster]'.") from error
    app = Celery("engross", broker=settings.broker_url.get_secret_value(), set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        task_queues=[Queue(QUEUE, durable=True, queue_arguments={"x-max-priority": PRIORITIES})],
        task_default_queue=QUEUE,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=2,
        broker_heartbeat=0,  # a solo worker answers none while it works; a dead one is known by its connection
        broker_transport_options={"confirm_publish": True},
    )
    return app


class Dispatcher:
    """Keeps as many tokens in the queue as jobs wait. One for a process; ``close`` ends it."""

    def __init__(self, store: Store, app: Any) -> None:
        self._store = store
        self._app = app
        self._bell = threading.Event()
        self._closing = threading.Event()
        self._connection: Any = None
        self.is_away = False
        """Whether the broker did not answer the last time."""
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)
        self._thread.start()
        store.jobs.spread = self._bell.set

    def _run(self) -> None:
        from kombu.exceptions import OperationalError

        while not self._closing.is_set():
            is_quiet = not self._bell.wait(self._store.settings.poll_seconds)
            self._bell.clear()
            try:
                if is_quiet:
                    self._store.jobs.sweep()  # what dead workers had waits again
                self._top_up()
                self.is_away = False
            except StorageUnavailable:
                self._closing.wait(AWAY_SECONDS)
            except Exception as error:
                if not isinstance(error, (OperationalError, OSError, *self._broker_errors())):
                    log.error("broker_unexpected", exc_info=error)
                elif not self.is_away:
                    log.warning("broker_away", extra={"where": type(error).__name__})
                self.is_away = True
                self._forget()
                self._closing.wait(AWAY_SECONDS)
                self._bell.set()

    def _broker_errors(self) -> tuple[type[BaseException], ...]:
        if self._connection is None:
            return ()
        return (*self._connection.connection_errors, *self._connection.channel_errors)

    def _top_up(self) -> None:
        """Send a token for each job that waits and has none."""
        waiting = self._store.jobs.due()
        if not waiting:
            return
        if self._connection is None:
            self._connection = self._app.connection_for_write()
            self._connection.ensure_connection(max_retries=1, timeout=2)
        (queue,) = self._app.conf.task_queues
        depth = queue.bind(self._connection.default_channel).queue_declare().message_count
        missing = len(waiting) - depth
        for job_id, priority in waiting[: max(0, missing)]:
            self._app.send_task(
                TASK, args=[job_id], queue=queue, priority=min(PRIORITIES - 1, max(0, priority)), connection=self._connection, retry=False
            )

    def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # it is broken already
                connection.collect()

    def close(self) -> None:
        """Send nothing more."""
        self._store.jobs.spread = None
        self._closing.set()
        self._bell.set()
        self._thread.join(5)
        self._forget()


def attach(store: Store) -> Dispatcher | None:
    """Let the jobs of *store* go to the broker, if the settings name one."""
    return None if store.settings.broker_url is None else Dispatcher(store, make_app(store.settings))


def consume(settings: Settings, work_next: Callable[[], object], *, name: str, ready: Callable[[], None], stopping: threading.Event) -> None:
    """Be a Celery worker that does ``work_next()`` for each token, until *stopping* is set or the process is told to end."""
    from celery import signals
    from celery.worker import state

    app = make_app(settings)

    @app.task(name=TASK)  # type: ignore[untyped-decorator]
    def take_token(job_id: str) -> None:
        work_next()

    def end() -> None:
        stopping.wait()
        state.should_stop = 0

    def tell(**_: Any) -> None:
        ready()

    signals.worker_ready.connect(tell, weak=False)
    threading.Thread(target=end, name="celery-end", daemon=True).start()
    options = {"pool": "solo", "concurrency": 1, "loglevel": "ERROR", "without_gossip": True, "without_mingle": True, "without_heartbeat": True}
    while not stopping.is_set():
        celery_worker = app.Worker(hostname=f"{name.replace(':', '-')}@engross", quiet=True, **options)
        celery_worker.start()
        if not stopping.is_set():
            time.sleep(AWAY_SECONDS)  # told to end by a signal, or the broker went away for good: the caller's signal ends us
            return
