"""Answers to bytes and back."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import json
import sys
import time
import uuid
import zoneinfo
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engross.engine.answers import Answers
from engross.engine.evaluation import find_class
from engross.language.interview import Interviews
from engross.store.codec import CodecError, UnknownClass, decode, decode_value, encode, encode_value

CALLED: list[str] = []


class Person:
    """An object as interviews have them."""

    def __init__(self, name: str) -> None:
        self.instanceName = name

    def __setattr__(self, name: str, value: object) -> None:
        CALLED.append(name)
        object.__setattr__(self, name, value)


class Named:
    """Its hash is made of an attribute."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and self.name == other.name


class Items(list[Any]):
    """A list with attributes."""

    label = ""


class Day(datetime.datetime):
    """A moment with attributes."""

    note = ""


class Words(str):
    """A text of a class of its own."""


class Colour(enum.Enum):
    """Choices."""

    RED = "r"


@dataclasses.dataclass(frozen=True, slots=True)
class Paper:
    """A frozen record in slots."""

    name: str
    parts: tuple[Any, ...]


Point = collections.namedtuple("Point", "x y")


class Careful:
    """Leaves something out."""

    _not_kept: ClassVar[frozenset[str]] = frozenset({"cache"})


def resolve(module: str, name: str) -> Any:
    """Classes of this file only."""
    if module != __name__:
        raise LookupError(name)
    return getattr(sys.modules[module], name)


def again(value: Any) -> Any:
    """*value* written and read."""
    return decode_value(encode_value(value), resolve)


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.dates()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.times()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.complex_numbers(allow_nan=False)
    | st.uuids()
)
keys = st.text() | st.integers() | st.dates() | st.tuples(st.text(), st.integers())
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(keys, inner)
        | st.tuples(inner, inner)
        | st.sets(keys)
        | st.frozensets(keys)
        | st.builds(collections.OrderedDict, st.lists(st.tuples(keys, inner)))
        | st.builds(collections.deque, st.lists(inner), st.none() | st.integers(0, 5))
    ),
    max_leaves=25,
)


@pytest.mark.slow
@given(values)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_value_comes_back_equal_and_of_its_type(value: Any) -> None:
    """decode(encode(v)) is v, type by type."""
    back = again(value)

    assert (type(value), repr(value)) == (type(back), repr(back)) or value == back


@pytest.mark.slow
@given(st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=10), st.data())
@settings(max_examples=200, deadline=None)
def test_identity_and_cycles_survive(edges: list[list[int]], data: st.DataObject) -> None:
    """A graph of objects, lists and dictionaries comes back as the same graph."""
    nodes: list[Any] = [data.draw(st.sampled_from([Person, list, dict]))("n") if False else None for _ in edges]
    kinds = data.draw(st.lists(st.sampled_from(["object", "list", "dict"]), min_size=len(edges), max_size=len(edges)))
    nodes = [Person(f"n{n}") if kind == "object" else [] if kind == "list" else {} for n, kind in enumerate(kinds)]
    for node, targets in zip(nodes, edges, strict=True):
        for place, target in enumerate(t % len(nodes) for t in targets):
            if isinstance(node, list):
                node.append(nodes[target])
            elif isinstance(node, dict):
                node[place] = nodes[target]
            else:
                setattr(node, f"to{place}", nodes[target])

    assert shape(nodes) == shape(again(nodes))


def shape(root: Any) -> list[Any]:
    """A graph as a list: each thing once, with what it holds by number."""
    numbers: dict[int, int] = {}
    rows: list[Any] = []
    queue = [root]
    numbers[id(root)] = 0
    for thing in queue:
        holds = list(enumerate(thing)) if isinstance(thing, list) else list((thing if isinstance(thing, dict) else vars(thing)).items())
        row = []
        for key, value in holds:
            if isinstance(value, list | dict | Person):
                if id(value) not in numbers:
                    numbers[id(value)] = len(queue)
                    queue.append(value)
                row.append((key, numbers[id(value)]))
            else:
                row.append((key, repr(value)))
        rows.append((type(thing).__name__, row))
    return rows


def test_one_person_in_two_lists_stays_one_person() -> None:
    """Identity is kept between top-level answers."""
    anna = Person("anna")
    answers = Answers(namespace={"users": [anna], "signers": [anna]})

    back = decode(encode(answers), resolve)

    assert back.namespace["users"][0] is back.namespace["signers"][0]


def test_all_fields_of_the_answers_come_back_but_those_of_the_moment() -> None:
    """What the engine needs only while it thinks is not kept."""
    answers = Answers(
        namespace={"a": 1, "x": Person("x"), "i": 3, "__builtins__": {}},
        answered={"b", "c"},
        dirty={"u.name": "old"},
        seeking=["a"],
        forgiven={"z"},
    )

    back = decode(encode(answers), resolve)

    assert back == Answers(namespace={"a": 1}, answered={"b", "c"}, dirty={"u.name": "old"})


def test_subclasses_of_builtin_types_keep_content_and_attributes() -> None:
    """A list, a moment, a text, a tuple and a record of an author's class."""
    items = Items([1, Person("p")])
    items.label = "L"
    day = Day(2024, 2, 29, 13, 5, tzinfo=zoneinfo.ZoneInfo("America/New_York"))
    day.note = "leap"
    value = [items, day, Words("w"), Point(1, [2]), Paper("n", (1,)), Colour.RED, Careful]

    back = again(value)

    assert [type(item) for item in value] == [type(item) for item in back]
    assert (items[0], items.label, day, day.note, "w", Point(1, [2]), Paper("n", (1,)), Colour.RED) == (
        *(back[0][0], back[0].label, back[1], back[1].note, back[2], back[3], back[4], back[5]),
    )


def test_a_default_dictionary_keeps_its_factory() -> None:
    """The class that makes missing values is kept as a reference."""
    back = again(collections.defaultdict(list, {"a": [1]}))

    assert (list, {"a": [1]}) == (back.default_factory, dict(back))


def test_what_was_read_is_written_as_it_was() -> None:
    """The attributes of an object keep their order, whatever they hold: else the same answers look changed."""
    person = Person("ann")
    person.children, person.age, person.seen, person.town = [], 5, {1}, "Boston"  # type: ignore[attr-defined]
    data = encode_value(person, resolve)

    assert data == encode_value(decode_value(data, resolve), resolve)


@pytest.mark.parametrize("make", [set, frozenset])
@pytest.mark.parametrize("kind", [str, Named, lambda name: (name, 1), lambda name: frozenset({name, "other"})])
def test_what_a_set_holds_is_written_in_one_order(make: Any, kind: Any) -> None:
    """Whatever order the items came in, and whatever their hashes are: else the same answers look changed."""
    names = [f"Question_{number}" for number in range(200)]
    forwards, backwards = make([kind(name) for name in names]), make([kind(name) for name in reversed(names)])
    assert list(forwards) != list(backwards)  # they collide, so their order depends on how they came

    assert encode_value(forwards, resolve) == encode_value(backwards, resolve)


def test_objects_whose_hash_is_an_attribute_can_be_in_sets_and_keys() -> None:
    """Scalar attributes are there before anything is hashed."""
    one, two = Named("1"), Named("2")
    one.friends = frozenset({two})  # type: ignore[attr-defined]
    back = again([one, {two: "b"}, {one, two}])

    assert ({Named("2")}, "b", 2) == (set(back[0].friends), back[1][Named("2")], len(back[2]))


def test_a_client_of_a_service_works_after_it_came_back_twice() -> None:
    """With its cookies and headers; its locks and connections are made again, and nothing is asked of the service for it."""
    interview = Interviews().get(str(Path(__file__).parent.parent.parent / "examples" / "bundles.yml"))
    known = functools.partial(find_class, interview)
    client = requests.Session()
    client.headers["X-Key"] = "abc"
    client.cookies.set("court", "dedham")

    for _ in range(2):
        client = decode_value(encode_value(client, known), known)

    assert "abc" == client.headers["X-Key"]
    assert {"court": "dedham"} == client.cookies.get_dict()
    client.cookies.set("docket", "12")
    assert "https://" in client.adapters
    client.close()


def test_what_cannot_be_kept_is_left_out() -> None:
    """Functions, modules, open files and classes that nobody could find again."""

    class Local:
        pass

    with open(__file__) as file:  # noqa: PTH123
        back = again({"f": len, "g": lambda: 1, "m": json, "o": file, "l": Local(), "list": [1, print, 2], "s": iter([])})

    assert {"list": [1, None, 2]} == back


def test_attributes_a_class_does_not_want_kept_are_left_out() -> None:
    """`_not_kept` names caches."""
    thing = Careful()
    thing.cache, thing.value = 1, 2  # type: ignore[attr-defined]

    assert {"value": 2} == vars(again(thing))


def test_objects_that_resolve_would_refuse_are_left_out_when_writing() -> None:
    """With *resolve*, what is written can be read."""

    def none(module: str, name: str) -> Any:
        raise LookupError(name)

    assert [1, None] == decode_value(encode_value([1, Person("p")], none), none)


def test_reading_calls_nothing_of_the_class() -> None:
    """Neither `__init__` nor `__setattr__` runs."""
    data = encode_value(Person("p"))
    CALLED.clear()

    assert "p" == decode_value(data, resolve).instanceName
    assert [] == CALLED


@pytest.mark.parametrize(
    ("module", "name"),
    [("os", "system"), ("subprocess", "Popen"), ("builtins", "eval"), ("builtins", "property"), ("engross.settings", "Settings")],
)
def test_classes_that_resolve_does_not_know_are_refused(module: str, name: str) -> None:
    """Nothing is imported because the data says so."""
    data = json.dumps({"engross": 1, "classes": [[module, name]], "entries": [["object", 0, {}]], "root": [0]}).encode()

    with pytest.raises(UnknownClass):
        decode_value(data, resolve)


def test_a_function_in_the_place_of_a_class_is_refused() -> None:
    """Even when resolve gives it."""
    data = json.dumps({"engross": 1, "classes": [["m", "f"]], "entries": [["object", 0, {}]], "root": [0]}).encode()

    with pytest.raises(UnknownClass):
        decode_value(data, lambda module, name: print)


def test_the_format_is_written_and_a_newer_one_is_refused() -> None:
    """A reader knows what it does not know."""
    kept = json.loads(encode_value({}))
    assert 1 == kept["engross"]
    kept["engross"] = 2

    with pytest.raises(CodecError, match="format 2"):
        decode_value(json.dumps(kept).encode(), resolve)


GOLDEN = (
    b'{"engross":1,"classes":[["test_codec","Person"]],"entries":[["dict",{"users":[1],"day":["date","2024-02-29"],"p":[2]}],'
    b'["list",[[2],1.5,null,true,"\\u00e9",["decimal","1.10"]]],["object",0,{"instanceName":"p","friends":[1]}]],"root":[0]}'
)


def test_format_1_can_still_be_read() -> None:
    """A snapshot as version 0.1 wrote it."""
    back = decode_value(GOLDEN, lambda module, name: {("test_codec", "Person"): Person}[module, name])

    assert [1.5, None, True, "é", decimal.Decimal("1.10")] == back["users"][1:]
    assert datetime.date(2024, 2, 29) == back["day"]
    assert back["p"] is back["users"][0]
    assert back["p"].friends is back["users"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 6) | st.floats(allow_nan=False) | st.sampled_from(
        ["list", "dict", "pairs", "sub", "object", "tuple", "frozenset", "set", "class", "enum", "date", "decimal", "int", "deque",
         "exception", "defaultdict", "a", "__class__", "__dict__"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "__class__", "__init__"]), inner, max_size=3),
    max_leaves=20,
)


@pytest.mark.slow
@given(st.lists(json_values, max_size=4), json_values)
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_hostile_data_gives_a_value_or_a_plain_error(entries: list[Any], root: Any) -> None:
    """Nothing but CodecError comes out, whatever the bytes say."""
    classes = [[__name__, "Person"], [__name__, "Items"], [__name__, "Day"], [__name__, "Colour"], [__name__, "Paper"]]
    data = json.dumps({"engross": 1, "classes": classes, "entries": entries, "root": root}).encode()

    try:
        decode_value(data, resolve)
    except CodecError:
        return


@pytest.mark.parametrize("data", [b"", b"{", b"null", b"[" * 100_000, b'{"engross": true}', b"\xff\x00", b'{"engross":1}'])
def test_damaged_bytes_give_a_plain_error(data: bytes) -> None:
    """No traceback of json or codecs reaches the caller."""
    with pytest.raises(CodecError):
        decode_value(data, resolve)


@pytest.mark.slow
def test_deep_structures_need_no_recursion() -> None:
    """A list 50,000 deep, and a tuple 5,000 deep."""
    deep: list[Any] = []
    for _ in range(50_000):
        deep = [deep]
    narrow: tuple[Any, ...] = ()
    for _ in range(5_000):
        narrow = (narrow,)

    back, back_narrow = again([deep, narrow])
    depth = 0
    while back:
        back, depth = back[0], depth + 1
    while back_narrow:
        back_narrow, depth = back_narrow[0], depth + 1

    assert 55_000 == depth


def test_two_hundred_objects_take_a_few_milliseconds() -> None:
    """Measured best of five, with room for a busy machine."""
    people = [Person(f"users[{n}]") for n in range(200)]
    for person in people:
        person.name = Person("n")  # type: ignore[attr-defined]
        person.birthdate, person.income = datetime.date(1980, 1, 1), decimal.Decimal("12.50")  # type: ignore[attr-defined]
        person.others = people[:3]  # type: ignore[attr-defined]
    answers = Answers(namespace={"users": people})

    best = min(_timed(answers) for _ in range(5))

    assert best < 0.05


def _timed(answers: Answers) -> float:
    began = time.perf_counter()
    decode(encode(answers), resolve)
    return time.perf_counter() - began


def test_numbers_json_does_not_know_come_back() -> None:
    """Infinities, huge integers, ids and fractions."""
    value = [float("inf"), float("-inf"), 10**6000, uuid.UUID(int=7), fractions.Fraction(1, 3), range(1, 9, 2), ...]

    assert value == again(value)
