"""Process: what keeps one process from taking the whole machine, from standing still, and from staying away.

An interview's code runs in the processes that serve all visitors. ``engine.patience`` ends code that thinks for too long or grows too
large, but cannot interrupt a single call into C. So the operating system has the last word, in three ways: ``limit_memory`` lets a call
fail that asks for too much at once (``"x" * 10**10``), ``end_if_stuck`` ends a process whose Python does not move (``10 ** 10**9`` holds
the interpreter's lock), and ``kept_running`` starts the server again when it died. Nothing acknowledged is lost by that: answers are
saved before a page says so. ``give_memory_back`` and ``give_memory_back_often`` keep a process that lives for weeks from growing by what it freed.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import logging
import os
import resource
import select
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TextIO, cast

THREADS = 500
"""Most threads of a web process. Each has a stack, which counts as memory that may be wanted, though next to nothing of it is used."""
STACK_BYTES = 8 << 20
SOON_SECONDS = 5.0
PAUSE_SECONDS = (0.0, 0.0, 0.0, 0.5, 2.0)
"""How long to wait before a server is started again, growing when it dies soon after its start again and again."""
TRIM_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1
_MALLOPT = ((-8, 2), (-3, 128 << 10), (-1, 256 << 10))
"""``M_ARENA_MAX``, ``M_MMAP_THRESHOLD`` and ``M_TRIM_THRESHOLD`` of glibc's malloc.h."""


def limit_memory(amount: int, *, threads: int = THREADS) -> None:
    """Let this process have at most *amount* bytes, besides the stacks of *threads* threads; a call that wants more gets a MemoryError.

    Programs that it starts have the same limit. 0 is no limit.
    """
    if amount:
        wall = amount + threads * STACK_BYTES
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (wall if most == resource.RLIM_INFINITY else min(wall, most), most))


def give_memory_back() -> None:
    """Have the C library return to the system what was freed. Call it before threads start; it does nothing where there is no glibc.

    By itself glibc keeps a heap for each thread and, after the first large document, takes even pieces of 32 MB from these heaps, where
    small things that live on keep them from being returned. What a server of many threads holds then grows by 30 MB in ten minutes,
    though what it uses stays the same (38 MB). Two heaps, and large pieces that are their own, keep it flat.
    """
    with contextlib.suppress(OSError, AttributeError):  # no glibc
        for parameter, value in _MALLOPT:
            ctypes.CDLL(None).mallopt(parameter, value)


def give_memory_back_often(seconds: float = TRIM_SECONDS) -> None:
    """Have the C library return, every *seconds*, also what is free between pieces in use, which no threshold does.

    Each time many people come at once its heaps grow, and small things that live on lie scattered over them afterwards: nothing leaks,
    yet what the process holds goes up by megabytes with each such wave. A look costs some milliseconds.
    """

    def trim() -> None:
        while True:
            time.sleep(seconds)
            give_free_memory_back()

    threading.Thread(target=trim, name="memory", daemon=True).start()


def give_free_memory_back() -> None:
    """Have the C library return now what is free; it does nothing where there is no glibc."""
    with contextlib.suppress(OSError, AttributeError):  # no glibc
        ctypes.CDLL(None).malloc_trim(0)


def end_if_stuck(seconds: float) -> None:
    """End this process, with a traceback on the error stream, when its Python has not moved for *seconds*; 0 never does.

    A thread of C keeps the time, which needs no lock of the interpreter; a thread of Python winds it up again and again.
    """
    if not seconds:
        return

    def wind() -> None:
        while True:
            faulthandler.dump_traceback_later(seconds, exit=True)
            time.sleep(seconds / 6)

    threading.Thread(target=wind, name="dead man's switch", daemon=True).start()


def keep_answers_out_of_output() -> None:
    """Drop what interviews print; of warnings and of other libraries' log lines keep where they come from and not what they say.

    An author's ``print(users[0])`` must not write a visitor's name into the server's log. With ``--debug`` nothing is dropped.
    """
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for as long as the process runs
    warnings.showwarning = _tell_place
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_Discreet())
    logging.getLogger().addHandler(handler)


def _tell_place(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: object, **__: object) -> None:
    sys.stderr.write(f"{category.__name__} in {filename}, line {lineno}\n")


def lossy(stream: TextIO) -> TextIO:
    """*stream* for log lines, which loses them rather than raise: when the disk with the log is full, people's pages go on."""
    return cast(TextIO, _Lossy(stream))


class _Lossy:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """*text*, or nothing."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """What can be."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


class _Discreet(logging.Formatter):
    """Our own lines as they are; of others' their level and their name."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name.split(".")[0] in ("engross", "uvicorn"):
            return f"{record.levelname} {record.name}: {record.getMessage()}"
        return f"{record.levelname} {record.name}, {Path(record.pathname).name}:{record.lineno}"


def kept_running(stopping: Callable[[], object] = lambda: None) -> Callable[[], None]:
    """Go on in a child of this process, which is started again when it was ready and then died of anything but its own will; also when
    it was killed on its way, after another had been ready.

    Returns in each child, with the function that says that it is ready; the parent only waits and ends as the last child does. What was
    imported before need not be imported again, and a socket that listened before keeps those who connect meanwhile waiting in line;
    *stopping* is called in the parent when it is told to stop. Call this before anything has started a thread.
    """
    once_ready, early_deaths = False, 0
    while True:
        reader, writer = os.pipe()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            os.close(reader)
            _end_with(parent)
            return lambda: _say_ready(writer)
        os.close(writer)
        status, asked_to_stop = _wait(child, stopping)
        was_ready, began = _ready_since(reader)
        os.close(reader)
        once_ready = once_ready or was_ready
        may_start = was_ready or (once_ready and status < 0)
        if asked_to_stop or not may_start or status == 0:
            raise SystemExit(status if status >= 0 else 128 - status)
        early_deaths = early_deaths + 1 if time.monotonic() - began < SOON_SECONDS else 0
        pause = PAUSE_SECONDS[min(early_deaths, len(PAUSE_SECONDS) - 1)]
        sys.stderr.write(f"The server ended ({_reason(status)}) and is started again.\n")
        time.sleep(pause)


def _end_with(parent: int) -> None:
    """Let this child get SIGTERM when its parent dies, however that does."""
    with contextlib.suppress(OSError, AttributeError):  # no Linux
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died meanwhile
        raise SystemExit(1)


def _say_ready(writer: int) -> None:
    with contextlib.suppress(OSError):
        os.write(writer, str(time.monotonic()).encode())


def _wait(child: int, stopping: Callable[[], object]) -> tuple[int, bool]:
    """(exit status, negative for a signal; whether this process was told to stop, which is handed on to the child)."""
    told = False

    def hand_on(_number: int, _frame: FrameType | None) -> None:
        nonlocal told
        told = True
        stopping()
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)

    before = {number: signal.signal(number, hand_on) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        _, status = os.waitpid(child, 0)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return os.waitstatus_to_exitcode(status), told


def _ready_since(reader: int) -> tuple[bool, float]:
    """Whether the child said that it was ready, and when by the monotonic clock."""
    if not select.select([reader], [], [], 0)[0]:
        return False, time.monotonic()
    said = os.read(reader, 100)
    return (True, float(said)) if said else (False, time.monotonic())


def _reason(status: int) -> str:
    return f"exit status {status}" if status >= 0 else signal.Signals(-status).name


def resident() -> int:
    """Bytes of memory that this process holds now; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * resource.getpagesize()
    except OSError:
        return 0
