"""Patience: how long the code of an interview may think about one screen.

An author's endless loop must not take a thread from all other visitors. Python cannot end a thread, but it can raise an exception in
one: a watcher looks at the CPU time that each thinking thread has used and raises ``OutOfTime`` in those that used too much, again
and again until they leave, because interviews are full of ``except: pass``. The clock is the thread's own CPU clock, so that a busy
machine makes nobody impatient; a second, longer limit on the wall clock ends loops that sleep.

What one single call into C does (a power with a million digits) cannot be interrupted; the operating system's limits are for that.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from engross.engine import evaluation
from engross.errors import CodeError, Where

LOOK_SECONDS = 0.25
"""How often the watcher looks while somebody thinks."""


class OutOfTime(BaseException):
    """Raised in a thread that thinks for too long. No Exception, so that ``except Exception`` of an interview lets it pass."""


@dataclass(slots=True)
class _Thought:
    """One thread that thinks now."""

    thread: int
    clock: int
    """Its CPU clock."""
    cpu_until: float
    wall_until: float

    @property
    def is_over(self) -> bool:
        return time.clock_gettime(self.clock) > self.cpu_until or time.monotonic() > self.wall_until


@dataclass(slots=True)
class _Watcher:
    """The thread that looks at all thoughts; it sleeps while there are none."""

    thoughts: dict[int, _Thought] = field(default_factory=dict)
    guard: threading.Condition = field(default_factory=threading.Condition)
    thread: threading.Thread | None = None

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
                    self.guard.wait()
                for thought in list(self.thoughts.values()):
                    if thought.is_over:
                        _raise_in(thought.thread, OutOfTime)
            time.sleep(LOOK_SECONDS)


_watcher = _Watcher()


def _raise_in(thread: int, kind: type[BaseException] | None) -> None:
    """Raise *kind* in a thread at its next step of Python; None takes back what was not raised yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind) if kind is not None else None)


@contextmanager
def limited(cpu_seconds: float, wall_seconds: float, file: str) -> Iterator[None]:
    """Run the block with a limit. Raises CodeError that names the place in the interview *file* where time ran out.

    A block inside of a limited block has the limit of the outer one.
    """
    me = threading.get_ident()
    if me in _watcher.thoughts:
        yield
        return
    clock = time.pthread_getcpuclockid(me)
    thought = _Thought(me, clock, time.clock_gettime(clock) + cpu_seconds, time.monotonic() + wall_seconds)
    try:
        try:
            _watcher.add(thought)
            yield
        finally:
            _forget(me)
    except OutOfTime as error:
        place = evaluation.place_of(error, Where(file, 1))
        raise CodeError(
            f"the code thought for more than {cpu_seconds:g} seconds about one screen (setting `think_seconds`). Is there a loop "
            "that does not end? Long work belongs in a background action",
            where=place,
        ) from error


def _forget(thread: int) -> None:
    """Remove the thought, whatever is raised meanwhile."""
    while True:
        try:
            _watcher.remove(thread)
        except OutOfTime:
            continue
        return
