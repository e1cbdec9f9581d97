"""A process does not take the whole machine, does not stand still for ever, and is started again."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engross.process import lossy

START = """
import os, signal, sys, time
from engross.process import *
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """*code* in a Python of its own."""
    return subprocess.run([sys.executable, "-c", START + code, *arguments], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own code


def test_a_call_that_wants_too_much_memory_fails_alone() -> None:
    """Ten gigabytes at once are refused by the system; the process goes on."""
    done = run("limit_memory(200 << 20, threads=1)\ntry:\n  'x' * 10**10\nexcept MemoryError:\n  print('refused')\nprint(len('x' * 10**6))")

    assert ["refused", "1000000"] == done.stdout.split()


def test_memory_without_a_limit() -> None:
    """0 leaves the process as it is."""
    done = run("import resource\nbefore = resource.getrlimit(resource.RLIMIT_DATA)\nlimit_memory(0)\nprint(before == resource.getrlimit(resource.RLIMIT_DATA))")

    assert "True" == done.stdout.strip()


def test_freed_memory_goes_back_to_the_system() -> None:
    """Large pieces that were freed are gone, also where small ones that were made after them live on."""
    code = """
give_memory_back()
small = []
before = resident()
for _ in range(20):
    large = [bytes(1 << 20) for _ in range(50)]  # after the first round glibc by itself would take them from its heap
    small.append([bytearray(600) for _ in range(2000)])
    del large
print(resident() - before < (50 << 20))
"""

    assert "True" == run(code).stdout.strip()


def test_memory_that_is_free_between_pieces_in_use_goes_back_too() -> None:
    """What a wave of visitors took is given back after it, though small things that came with it live on all over the heap."""
    code = """
give_memory_back()
give_memory_back_often(0.2)
before = resident()
wave = [bytearray(600) for _ in range(100_000)]
high = resident() - before
wave = wave[::50]
end = time.monotonic() + 20
while resident() - before > high / 2 and time.monotonic() < end:
    time.sleep(0.05)
print(high > (50 << 20), resident() - before <= high / 2)
"""

    assert "True True" == run(code).stdout.strip()


def test_a_log_on_a_full_disk_stops_nothing() -> None:
    """Lines are lost; whoever wrote them goes on."""

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    full = Full()
    with pytest.raises(OSError, match="No space"):
        print("x", file=full)

    print("x", file=lossy(full), flush=True)


def test_a_process_whose_python_does_not_move_is_ended() -> None:
    """One step of C that holds the lock of the interpreter for minutes."""
    began = time.monotonic()

    done = run("end_if_stuck(0.3)\n10 ** 10 ** 8")

    assert (1, True) == (done.returncode, "Timeout" in done.stderr)
    assert time.monotonic() - began < 20


@pytest.mark.slow
def test_a_process_that_works_is_not_ended() -> None:
    """A busy Python is no stuck Python."""
    done = run("end_if_stuck(0.5)\nend = time.monotonic() + 1.5\nwhile time.monotonic() < end: sum(range(1000))\nprint('done')")

    assert "done" == done.stdout.strip()


def test_a_server_that_died_is_started_again(tmp_path: Path) -> None:
    """By a signal, and by an exit status that is not its own will; then it ends by itself and that is the end."""
    code = """
ready = kept_running()
lives = len(open(sys.argv[1]).read())
open(sys.argv[1], "a").write("x")
ready()
if lives == 0: os.kill(os.getpid(), signal.SIGKILL)
if lives == 1: os._exit(1)
print("served", flush=True)
"""
    file = tmp_path / "lives"
    file.touch()

    done = run(code, str(file))

    assert (0, "served") == (done.returncode, done.stdout.strip())
    assert 2 == done.stderr.count("is started again")


def test_a_server_that_was_killed_on_its_way_is_started_again_once_another_was_ready(tmp_path: Path) -> None:
    """What killed it says nothing of its settings; an end of its own will does."""
    code = """
ready = kept_running()
lives = len(open(sys.argv[1]).read())
open(sys.argv[1], "a").write("x")
if lives == 1: os.kill(os.getpid(), signal.SIGKILL)
if lives == 2: sys.exit(3)
ready()
os._exit(1)
"""
    file = tmp_path / "lives"
    file.touch()

    done = run(code, str(file))

    assert (3, 2) == (done.returncode, done.stderr.count("is started again"))


def test_who_connects_while_the_server_starts_again_waits_in_line(tmp_path: Path) -> None:
    """The socket is the parent's: a connection made while nobody serves is taken by the next server."""
    code = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
ready = kept_running(stopping=listener.close)
ready()
lives = len(open(sys.argv[1]).read())
open(sys.argv[1], "a").write("x")
if lives == 0:
    waiting = socket.create_connection(("127.0.0.1", port))
    if os.fork() == 0:
        waiting.sendall(b"in line")
        print(waiting.recv(10).decode(), flush=True)
        os._exit(0)
    os.kill(os.getpid(), signal.SIGKILL)
taken, _ = listener.accept()
assert taken.recv(10) == b"in line"
taken.sendall(b"served")
"""
    file = tmp_path / "lives"
    file.touch()

    done = run(code, str(file))

    assert (0, "served") == (done.returncode, done.stdout.strip()), done.stderr


def test_a_server_that_was_never_ready_is_not_started_again() -> None:
    """What is wrong with its settings does not mend itself."""
    done = run("kept_running()\nsys.exit(1)")

    assert (1, "") == (done.returncode, done.stderr)


def test_who_stops_the_server_stops_all_of_it(tmp_path: Path) -> None:
    """SIGTERM to the parent ends the child, and so does the parent's death."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        file = tmp_path / f"pid{number}"
        code = START + f"ready = kept_running()\nsignal.signal(signal.SIGTERM, signal.SIG_DFL)\nopen({str(file)!r} + 'x', 'w').write(str(os.getpid()))\nready()\nos.rename({str(file)!r} + 'x', {str(file)!r})\ntime.sleep(60)"
        process = subprocess.Popen([sys.executable, "-c", code])  # noqa: S603 - our own code
        while not file.exists():
            time.sleep(0.01)
        os.kill(process.pid, number)
        process.wait(20)
        child = int(file.read_text())
        end = time.monotonic() + 10
        while time.monotonic() < end and is_alive(child):
            time.sleep(0.01)

        assert not is_alive(child)


def test_what_an_interview_prints_is_dropped() -> None:
    """A warning and a foreign log line say where they come from, our own lines say all."""
    code = """
import logging, warnings
keep_answers_out_of_output()
print("SECRET")
warnings.warn("SECRET")
logging.getLogger("theirs").error("SECRET")
logging.getLogger("engross.web").warning("ours")
"""

    done = run(code)

    assert ("", False) == (done.stdout, "SECRET" in done.stderr)
    assert all(word in done.stderr for word in ("UserWarning in", "ERROR theirs", "WARNING engross.web: ours"))


def is_alive(pid: int) -> bool:
    """Whether a process runs (one that waits to be reaped does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
