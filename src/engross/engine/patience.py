"""Patience: how long the code of an interview may think about one screen.

An author's endless loop must not take a thread from all other visitors. Python cannot end a thread, but it can raise an exception in
one: a watcher looks at the CPU time that each thinking thread has used and raises ``OutOfTime`` in those that used too much, again
and again until they leave, because interviews are full of ``except: pass``. The clock is the thread's own CPU clock, so that a busy
machine makes nobody impatient; a second, longer limit on the wall clock ends loops that sleep.

The same watcher looks at the memory of the process: when it is more than it may be, the thought that began when there was less and
has used the most time since is ended.

What one single call into C does (a power with a million digits) cannot be interrupted; the limits of ``process`` are for that.
"""

from __future__ import annotations

import ctypes
import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from engross.engine import evaluation
from engross.errors import CodeError, Where
from engross.process import give_free_memory_back, resident

LOOK_SECONDS = 0.25
"""How often the watcher looks while somebody thinks."""


TIDY_SECONDS = 1.0
"""How long after a greedy thought its memory is given back, when nobody thinks."""
GREEDY_BYTES = 64 << 20
"""A thought during which the process grew by less is not what fills the memory."""


class OutOfTime(BaseException):
    """Raised in a thread that thinks for too long. No Exception, so that ``except Exception`` of an interview lets it pass."""


class OutOfMemory(OutOfTime):
    """Raised in a thread while whose thought the process grew too large."""


@dataclass(slots=True)
class _Thought:
    """One thread that thinks now."""

    thread: int
    clock: int
    """Its CPU clock."""
    cpu_began: float
    cpu_until: float
    wall_until: float
    memory: int
    """Bytes that the process held when it began."""
    memory_limit: int
    """Bytes that the process may hold; 0 for as many as it likes."""

    @property
    def is_over(self) -> bool:
        return time.clock_gettime(self.clock) > self.cpu_until or time.monotonic() > self.wall_until

    def is_greedy(self, held: int) -> bool:
        """Whether the process holds more than it may, and grew during this thought."""
        return 0 < self.memory_limit < held and held - self.memory > GREEDY_BYTES

    @property
    def used(self) -> float:
        return time.clock_gettime(self.clock) - self.cpu_began


@dataclass(slots=True)
class _Watcher:
    """The thread that looks at all thoughts; it sleeps while there are none."""

    thoughts: dict[int, _Thought] = field(default_factory=dict)
    guard: threading.Condition = field(default_factory=threading.Condition)
    thread: threading.Thread | None = None
    is_full: bool = False
    """A thought was ended because of the memory, and what it held may still be there."""

    def add(self, thought: _Thought) -> None:
        with self.guard:
            self.thoughts[thought.thread] = thought
            if self.thread is None or not self.thread.is_alive():  # also after a fork
                self.thread = threading.Thread(target=self._watch, name="patience", daemon=True)
                self.thread.start()
            elif len(self.thoughts) == 1:
                self.guard.notify()

    def remove(self, thread: int) -> None:
        """Forget a thought; from then on nothing is raised in its thread."""
        with self.guard:
            self.thoughts.pop(thread, None)
        _raise_in(thread, None)

    def _watch(self) -> None:
        while True:
            with self.guard:
                while not self.thoughts:
                    self.guard.wait(TIDY_SECONDS if self.is_full else None)
                    if self.is_full and not self.thoughts:
                        _give_back()
                        self.is_full = False
                held = resident()
                greedy = [thought for thought in self.thoughts.values() if thought.is_greedy(held)]
                if greedy:
                    self.is_full = True
                    _raise_in(max(greedy, key=lambda thought: thought.used).thread, OutOfMemory)
                for thought in self.thoughts.values():
                    if thought.is_over:
                        _raise_in(thought.thread, OutOfTime)
            time.sleep(LOOK_SECONDS)


def _give_back() -> None:
    """Let go of what only circles hold (an error and its frames), and give free memory back to the system."""
    gc.collect()
    give_free_memory_back()


_watcher = _Watcher()


def _raise_in(thread: int, kind: type[BaseException] | None) -> None:
    """Raise *kind* in a thread at its next step of Python; None takes back what was not raised yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind) if kind is not None else None)


@contextmanager
def limited(cpu_seconds: float, wall_seconds: float, file: str, *, memory_bytes: int = 0) -> Iterator[None]:
    """Run the block with a limit. Raises CodeError that names the place in the interview *file* where time ran out, or memory: when
    the process holds more than *memory_bytes* (0: no limit).

    A block inside of a limited block has the limit of the outer one.
    """
    me = threading.get_ident()
    if me in _watcher.thoughts:
        yield
        return
    clock = time.pthread_getcpuclockid(me)
    now = time.clock_gettime(clock)
    thought = _Thought(me, clock, now, now + cpu_seconds, time.monotonic() + wall_seconds, resident() if memory_bytes else 0, memory_bytes)
    try:
        try:
            _watcher.add(thought)
            yield
        finally:
            _forget(me)
    except OutOfTime as error:
        message = (
            f"the code filled the memory: the server may hold {memory_bytes / (1 << 20):g} MB (setting `memory_limit`). Is there a "
            "list that grows without an end?"
            if isinstance(error, OutOfMemory)
            else f"the code thought for more than {cpu_seconds:g} seconds about one screen (setting `think_seconds`). Is there a loop "
            "that does not end? Long work belongs in a background action"
        )
        raise CodeError(message, where=evaluation.place_of(error, Where(file, 1))) from error


def _forget(thread: int) -> None:
    """Remove the thought, whatever is raised meanwhile."""
    while True:
        try:
            _watcher.remove(thread)
        except OutOfTime:
            continue
        return
