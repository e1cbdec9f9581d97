"""Variables as an author reads them beside a screen."""

from __future__ import annotations

import re

from engross.engine.variables import LINES, lines_of
from engross.library.collections import DADict, DAList
from engross.library.people import Individual


def test_objects_are_written_out_attribute_by_attribute() -> None:
    """A person in a list is no `<Individual object at 0x…>`: each name has a line."""
    users = DAList("users", object_type=Individual, there_are_any=True)
    users.appendObject()
    users[0].name.first = "Ann"

    found = dict(lines_of({"users": users, "color": "red"}))

    assert ("'red'", "DAList", "Individual", "'Ann'", "True") == (
        found["color"], found["users"], found["users[0]"], found["users[0].name.first"], found["users.there_are_any"],
    )


def test_the_keys_of_dictionaries_are_told() -> None:
    """As an author writes them."""
    likes = DADict("likes", elements={"Apples": True, "Pears": False})

    found = dict(lines_of({"likes": likes, "plain": {"a": [1, 2]}}))

    assert ("True", "False", "2") == (found["likes['Apples']"], found["likes['Pears']"], found["plain['a'][1]"])


def test_a_person_in_two_places_is_written_out_once() -> None:
    """The second place says which it is; two that hold each other come to an end."""
    one, other = Individual("ann"), Individual("ben")
    one.friend, other.friend = other, one

    found = dict(lines_of({"ann": one, "boss": one}))

    assert ("the same as ann", "the same as ann") == (found["boss"], found["ann.friend.friend"])


def test_what_is_no_answer_is_left_out() -> None:
    """Modules, functions, classes, and what begins with an underscore."""
    assert lines_of({"re": re, "load": print, "Individual": Individual, "_internal": {}, "x": 1, "age": 7}) == [("age", "7")]


def test_a_long_list_ends() -> None:
    """With a line that says so."""
    found = lines_of({"numbers": list(range(5 * LINES))})

    assert len(found) == LINES + 1
    assert found[-1][0] == "…"


def test_a_value_that_cannot_be_printed_does_not_break_the_panel() -> None:
    """Its error is named in its place."""

    class Odd:
        def __repr__(self) -> str:
            raise ValueError

    assert lines_of({"odd": Odd()}) == [("odd", "(ValueError)")]
