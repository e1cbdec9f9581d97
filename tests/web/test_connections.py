"""Connections that browsers keep open."""

from __future__ import annotations

import contextlib
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from engross.settings import Settings
from engross.web import connections

Connect = Callable[[], socket.socket]
REQUEST = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"


class Slow:
    """An application that answers at once, and under ``/wait`` when it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.begun = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        import anyio

        if scope["type"] != "http":
            return
        if scope["path"] == "/wait":
            self.begun.set()
            await anyio.to_thread.run_sync(self.let_go.wait)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def slow() -> Slow:
    """What is served."""
    return Slow()


@pytest.fixture
def connect(slow: Slow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Connections to a server that holds three."""
    monkeypatch.setattr(connections.Held, "most", 3)
    config = connections.config(slow, Settings(data_folder=tmp_path))
    config.lifespan = "off"
    server = uvicorn.Server(config)
    with socket.socket() as listener, contextlib.ExitStack() as opened:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield lambda: opened.enter_context(socket.create_connection(listener.getsockname(), timeout=10))
        slow.let_go.set()
        server.should_exit = True
        thread.join(10)


def answered(connection: socket.socket, request: bytes = REQUEST) -> bool:
    """Whether a request on the connection gets its answer."""
    try:
        connection.sendall(request)
        got = b""
        while not got.endswith(b"ok"):
            piece = connection.recv(4096)
            if not piece:
                return False
            got += piece
    except (ConnectionResetError, BrokenPipeError):
        return False
    return True


def test_connection_is_held_for_longer_than_proxies_and_thinking_people_need(tmp_path: Path) -> None:
    """nginx gives its idle connections up after 60 seconds; the server holds them for longer, so a request never meets a closing one."""
    assert connections.config(Slow(), Settings(data_folder=tmp_path)).timeout_keep_alive > 60


def test_connection_that_was_idle_for_longest_goes_when_there_are_too_many(connect: Connect) -> None:
    """A fourth connection closes the one whose last answer is the oldest; the others go on."""
    first, second, third = connect(), connect(), connect()
    assert [answered(one) for one in (first, second, third, first)] == [True] * 4
    fourth = connect()
    assert answered(fourth)
    assert [answered(one) for one in (first, second, third, fourth)] == [True, False, True, True]


def test_connection_on_which_nothing_ever_came_is_idle(connect: Connect) -> None:
    """Connections that send half a request do not keep others out: the oldest of them goes."""
    halves = [connect() for _ in range(3)]
    for half in halves:
        half.sendall(REQUEST[:10])
    assert answered(connect())
    assert [answered(half, REQUEST[10:]) for half in halves] == [False, True, True]


def test_connection_that_is_being_answered_is_not_closed(connect: Connect, slow: Slow) -> None:
    """Those who wait for an answer get it, however many connections are opened meanwhile."""
    waiting = connect()
    waiting.sendall(REQUEST.replace(b"/", b"/wait", 1))
    assert slow.begun.wait(10)
    others = [connect() for _ in range(6)]
    assert answered(others[-1])
    slow.let_go.set()
    assert waiting.recv(4096).startswith(b"HTTP/1.1 200")


def test_half_of_the_files_that_may_be_open_is_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle connections leave room for the database, uploads and those who come."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    assert connections.most_idle() == 128
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1 << 20, 1 << 20))
    assert connections.most_idle() == connections.MOST_IDLE
