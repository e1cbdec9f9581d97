"""Signals: waking those who wait for a row, in this process and in others, without polling.

A signal carries a topic and no data; who is woken looks at the database. Signals may be lost (a process dies, a socket is full),
so everybody who waits also looks now and then. On one machine a signal is a datagram to the socket that each process has in a
private folder; with PostgreSQL it is ``NOTIFY``.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import select
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from engross.errors import OperatorError

CHANNEL = "engross"
JOBS = "jobs"
"""Topic: there may be a job to take."""
OUTBOX = "outbox"
"""Topic: there may be something to send."""


class Signals(Protocol):
    """Topics that can be rung and heard."""

    def publish(self, topic: str) -> None:
        """Wake all who listen to *topic*, here and elsewhere."""

    def listening(self, topic: str) -> contextlib.AbstractContextManager[threading.Event]:
        """An event that is set when *topic* is rung. Listen first, then look at the database, then wait."""

    def subscribe(self, topic: str, ring: Callable[[], Any]) -> Callable[[], None]:
        """Call *ring*, from a thread, whenever *topic* is rung; returns what ends that."""

    def close(self) -> None:
        """Stop hearing."""


class Board:
    """Who in this process listens to what."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, list[Callable[[], Any]]] = {}

    @contextmanager
    def listening(self, topic: str) -> Iterator[threading.Event]:
        """See Signals."""
        bell = threading.Event()
        stop = self.subscribe(topic, bell.set)
        try:
            yield bell
        finally:
            stop()

    def subscribe(self, topic: str, ring: Callable[[], Any]) -> Callable[[], None]:
        """See Signals."""
        with self._lock:
            self._listeners.setdefault(topic, []).append(ring)

        def stop() -> None:
            with self._lock:
                listeners = self._listeners.get(topic, [])
                if ring in listeners:
                    listeners.remove(ring)
                if not listeners:
                    self._listeners.pop(topic, None)

        return stop

    def ring(self, topic: str) -> None:
        """Tell the listeners of this process."""
        with self._lock:
            listeners = list(self._listeners.get(topic, ()))
        for listener in listeners:
            listener()


class LocalSignals(Board):
    """Signals between the processes of one machine that share a data folder."""

    def __init__(self, data_folder: Path) -> None:
        super().__init__()
        self._folder = socket_folder(data_folder)
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._path = self._folder / self._name
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._path))
        self._socket.setblocking(False)
        self._stop_reading, self._stop_writing = os.pipe()
        self._thread = threading.Thread(target=self._hear, name="signals", daemon=True)
        self._thread.start()
        self._closed = False

    def publish(self, topic: str) -> None:
        """See Signals."""
        self.ring(topic)
        message = topic.encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            for name in os.listdir(self._folder):  # noqa: PTH208 - names are enough, and this runs at every save
                if name != self._name:
                    self._send(sender, message, self._folder / name)

    def _send(self, sender: socket.socket, message: bytes, path: Path) -> None:
        try:
            sender.sendto(message, str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)  # its process is dead
        except (FileNotFoundError, BlockingIOError, OSError):
            return  # just closed, or too busy to hear: it looks by itself now and then

    def _hear(self) -> None:
        while True:
            ready, _, _ = select.select([self._socket.fileno(), self._stop_reading], [], [])
            if self._stop_reading in ready:
                return
            try:
                topic = self._socket.recv(4096)
            except (BlockingIOError, OSError):
                continue
            self.ring(topic.decode("utf-8", "replace"))

    def close(self) -> None:
        """See Signals."""
        if self._closed:
            return
        self._closed = True
        os.write(self._stop_writing, b".")
        self._thread.join()
        self._socket.close()
        os.close(self._stop_reading)
        os.close(self._stop_writing)
        self._path.unlink(missing_ok=True)


def socket_folder(data_folder: Path) -> Path:
    """The private folder for sockets of a data folder; short, because a socket's path may have only 107 bytes."""
    digest = hashlib.sha256(str(data_folder).encode()).hexdigest()[:16]
    base = Path(tempfile.gettempdir()) / f"engross-{os.getuid()}"
    folder = base / digest
    for part in (base, folder):
        part.mkdir(mode=0o700, exist_ok=True)
        status = part.lstat()
        if status.st_uid != os.getuid() or status.st_mode & 0o077 or part.is_symlink():
            raise OperatorError(f"The folder {part} is not only ours (it must belong to user {os.getuid()} with mode 700). Remove it.")
    return folder


class DatabaseSignals(Board):
    """Signals through PostgreSQL, between machines."""

    def __init__(self, url: str) -> None:
        super().__init__()
        import psycopg

        self._address = url
        self._closing = threading.Event()
        self._listening = threading.Event()
        self._sender: psycopg.Connection[Any] | None = None
        self._sending = threading.Lock()
        self._thread = threading.Thread(target=self._hear, name="signals", daemon=True)
        self._thread.start()
        self._listening.wait(5)  # longer only if the database is away; then the looks now and then must do

    def publish(self, topic: str) -> None:
        """See Signals."""
        import psycopg

        self.ring(topic)
        with self._sending:
            for _ in range(2):  # once more when the connection was lost
                try:
                    if self._sender is None or self._sender.closed:
                        self._sender = psycopg.connect(self._address, autocommit=True, connect_timeout=5)
                    self._sender.execute("SELECT pg_notify(%s, %s)", (CHANNEL, topic))
                    return
                except psycopg.OperationalError:
                    if self._sender is not None:
                        self._sender.close()
                    self._sender = None

    def _hear(self) -> None:
        import psycopg

        while not self._closing.is_set():
            try:
                with psycopg.connect(self._address, autocommit=True, connect_timeout=5) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self._listening.set()
                    for note in connection.notifies():
                        self.ring(note.payload)
                        if self._closing.is_set():
                            return
            except psycopg.OperationalError:
                self._closing.wait(1)  # the database is away: look again soon

    def close(self) -> None:
        """See Signals."""
        self._closing.set()
        self.publish("closing")  # wakes our own ear
        self._thread.join(2)
        if self._sender is not None:
            self._sender.close()
