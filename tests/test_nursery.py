"""Processes that are forked from one that has imported everything."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest

from engross.nursery import Child, Nursery

PROGRAM = """
import os, sys
from engross.nursery import nurse
if nurse(int(sys.argv[1]), lambda: None):
    for line in sys.stdin:
        print(os.getpid(), os.getppid(), line.strip(), flush=True)
"""


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    """A nursery whose children repeat what they are told."""
    made = Nursery([sys.executable, "-c", PROGRAM])
    yield made
    made.close()


def ask(child: Child, word: str) -> list[str]:
    """The child's number, its parent's, and the word."""
    child.orders.write(f"{word}\n".encode())
    child.orders.flush()
    return child.output.readline().decode().split()


def test_children_are_forked_from_one_process(nursery: Nursery) -> None:
    """Each is a process of its own with its own pipes, and ends when its orders do."""
    one, two = nursery.fork(), nursery.fork()

    (first, parent, said), (second, same_parent, other) = ask(one, "a"), ask(two, "b")
    assert ([str(one.pid), str(two.pid)], ["a", "b"]) == ([first, second], [said, other])
    assert (parent == same_parent, first == second) == (True, False)
    for child in (one, two):
        assert child.is_alive
        child.end_orders()
        assert child.wait(20)
        child.close()


def test_a_killed_child_is_noticed_and_the_others_go_on(nursery: Nursery) -> None:
    """Without asking for its exit status."""
    one, two = nursery.fork(), nursery.fork()

    os.kill(one.pid, signal.SIGKILL)

    assert one.wait(20)
    assert "still" == ask(two, "still")[2]
    two.kill()
    assert two.wait(20)
    one.close()
    two.close()


def test_a_killed_nursery_is_replaced_and_its_children_go_on(nursery: Nursery) -> None:
    """What it forked does not need it."""
    old = nursery.fork()
    os.kill(int(ask(old, "a")[1]), signal.SIGKILL)

    new = nursery.fork()

    assert "new" == ask(new, "new")[2]
    assert "old" == ask(old, "old")[2]
    for child in (old, new):
        child.end_orders()
        assert child.wait(20)
        child.close()
