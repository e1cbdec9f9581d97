"""Code that does not end is ended, and nothing else is."""

from __future__ import annotations

import threading
import time

import pytest

from engross.engine import patience
from engross.errors import CodeError
from engross.process import resident


def count_until(end: threading.Event) -> int:
    """Work of Python until *end*."""
    number = 0
    while not end.is_set():
        number += 1
    return number


def test_a_loop_that_does_not_end_is_ended() -> None:
    """With an error for the author, soon after the limit."""
    start = time.thread_time()

    with pytest.raises(CodeError, match=r"thought for more than 0\.2 seconds"), patience.limited(0.2, 60, "a.yml"):
        count_until(threading.Event())

    assert time.thread_time() - start < 3


def test_a_loop_that_catches_everything_is_ended_too() -> None:
    """``except: pass`` is common in interviews."""
    tries = 0

    with pytest.raises(CodeError), patience.limited(0.2, 60, "a.yml"):
        while tries < 2:
            try:
                count_until(threading.Event())
            except:  # noqa: E722 - what the test is about
                tries += 1
        count_until(threading.Event())

    assert 2 == tries


def test_a_loop_that_sleeps_is_ended_by_the_clock_on_the_wall() -> None:
    """It uses no CPU time."""
    nobody = threading.Event()

    with pytest.raises(CodeError), patience.limited(60, 0.3, "a.yml"):
        while True:
            nobody.wait(0.01)


def test_what_ends_in_time_is_left_alone() -> None:
    """Many short thoughts, also inside one another, and nothing is raised after them."""
    done = 0
    for _ in range(2000):
        with patience.limited(5, 60, "a.yml"), patience.limited(0.0, 0.0, "a.yml"):
            done += 1

    assert 2000 == done
    assert {} == patience._watcher.thoughts


def test_only_the_thread_that_thinks_for_too_long_is_ended() -> None:
    """Others go on."""
    end, ended = threading.Event(), []

    def patient() -> None:
        with patience.limited(60, 60, "a.yml"):
            count_until(end)
        ended.append("patient")

    other = threading.Thread(target=patient)
    other.start()
    with pytest.raises(CodeError), patience.limited(0.2, 60, "a.yml"):
        count_until(threading.Event())
    end.set()
    other.join(10)

    assert ["patient"] == ended


def test_a_list_that_grows_without_an_end_is_ended() -> None:
    """Before the machine is full; the error says which setting holds it."""
    limit = resident() + (96 << 20)
    kept = []

    with pytest.raises(CodeError, match="memory_limit"), patience.limited(60, 60, "a.yml", memory_bytes=limit):
        while True:
            kept.append("x" * (1 << 20))
            threading.Event().wait(0.001)
    kept.clear()


def test_a_large_process_does_not_end_thoughts_that_take_little() -> None:
    """Only a thought during which it grew is to blame."""
    with patience.limited(60, 60, "a.yml", memory_bytes=1 << 20):
        time.sleep(3 * patience.LOOK_SECONDS)
