"""Nursery: a process that has imported everything and forks the processes that are wanted.

A worker that was killed is replaced in milliseconds that way, where a new Python would import for a second or two, and workers share the
memory of what they imported. The nursery runs no thread and no work of its own. It ends when its owner does; what it forked does not end
with it, for each holds its own pipes to the owner.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import IO

_PID = struct.Struct("!i")


class Child:
    """A process that the nursery forked. Its standard input and output are pipes to here."""

    def __init__(self, pid: int, orders: IO[bytes], output: IO[bytes], life: int) -> None:
        self.pid = pid
        self.orders = orders
        """What it reads."""
        self.output = output
        """What it says."""
        self._dead = threading.Event()
        threading.Thread(target=self._watch, args=(life,), name=f"life of {pid}", daemon=True).start()

    def _watch(self, life: int) -> None:
        os.read(life, 1)  # the child holds the other end until it dies
        os.close(life)
        self._dead.set()

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return not self._dead.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether it ended, at most after *seconds*."""
        return self._dead.wait(seconds)

    def end_orders(self) -> None:
        """Close its standard input: it is to end."""
        with contextlib.suppress(OSError):
            self.orders.close()

    def kill(self) -> None:
        """End it now."""
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Give its pipes back."""
        self.end_orders()
        self.output.close()


class Nursery:
    """The owner's side. Safe to use from several threads."""

    def __init__(self, command: Sequence[str]) -> None:
        """*command*: a program that calls ``nurse`` with its last argument, which is added here."""
        self._command = list(command)
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def start(self) -> None:
        """Let it import meanwhile."""
        with self._guard:
            if self._process is None:
                self._begin()

    def fork(self) -> Child:
        """A new process. Raises OSError when there cannot be one."""
        with self._guard:
            if self._process is None:
                self._begin()
            try:
                return self._forked()
            except OSError:  # the nursery was killed
                self._end()
                self._begin()
                return self._forked()

    def close(self) -> None:
        """End the nursery, not what it forked."""
        with self._guard:
            self._end()

    def _begin(self) -> None:
        ours, its = socket.socketpair()
        with its:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [*self._command, str(its.fileno())],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[its.fileno()], start_new_session=True,
            )  # fmt: skip
        self._socket = ours

    def _forked(self) -> Child:
        assert self._socket is not None  # noqa: S101 - both callers have begun
        orders, said, life = os.pipe(), os.pipe(), os.pipe()
        theirs, kept = (orders[0], said[1], life[1]), (orders[1], said[0], life[0])
        try:
            socket.send_fds(self._socket, [b"f"], theirs)
            told = self._socket.recv(_PID.size, socket.MSG_WAITALL)
            if len(told) < _PID.size:
                raise BrokenPipeError("the nursery ended")
        except OSError:
            for each in kept:
                os.close(each)
            raise
        finally:
            for each in theirs:
                os.close(each)
        return Child(_PID.unpack(told)[0], os.fdopen(kept[0], "wb"), os.fdopen(kept[1], "rb"), kept[2])

    def _end(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            self._process.wait()  # it sees that the socket is closed
            self._process = None


def nurse(number: int, prepare: Callable[[], object]) -> bool:
    """Be a nursery whose owner listens on the socket with that *number*, after *prepare* has imported what is needed.

    Returns True in each forked process, with its standard input and output in place, and False when the owner is gone. No thread may
    have been started.
    """
    owner = socket.socket(fileno=number)
    prepare()
    gc.collect()
    gc.freeze()  # so that the children's collections do not copy what they share
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    while True:
        try:
            wanted, descriptors, _, _ = socket.recv_fds(owner, 1, 3)
            if not wanted:
                return False
            pid = os.fork()
            if pid == 0:
                _settle(descriptors)
                owner.close()
                return True
            for each in descriptors:
                os.close(each)
            owner.sendall(_PID.pack(pid))
        except ConnectionError:
            return False


def _settle(descriptors: Sequence[int]) -> None:
    """In a forked process: its pipes, and what a new process would have."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    gc.unfreeze()
    orders, said, life = descriptors
    os.dup2(orders, 0)
    os.dup2(said, 1)
    os.close(orders)
    os.close(said)
    os.set_inheritable(life, False)  # it stays open until this process dies, and programs that it starts do not have it
    sys.stdin = os.fdopen(0, "r", encoding="utf-8", closefd=False)
