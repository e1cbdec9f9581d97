"""DAObject: names, missing attributes, words."""

from __future__ import annotations

import copy

import pytest

from engross.errors import OperatorError, UndefinedAttribute
from engross.library.collections import DADict, DAList
from engross.library.objects import DACatchAll, DACloudStorage, DAEmpty, DAObject
from engross.library.people import Individual
from tests.library.conversation import visit


class Lamp(DAObject):
    """An object with a property, as authors' modules define them."""

    @property
    def brightness(self) -> int:
        return self.watts * 10


class Counted(DAObject):
    """An object whose property does something before it fails."""

    runs = 0

    @property
    def label(self) -> str:
        type(self).runs += 1
        return str(self.text)


def test_a_missing_attribute_names_itself_by_the_object_s_own_name() -> None:
    """The path is the intrinsic one, whatever the variable is called through which it was read."""
    alias = DAObject("client").initializeAttribute("spouse", DAObject)

    with pytest.raises(UndefinedAttribute) as missing:
        _ = alias.birthdate

    assert "client.spouse.birthdate" == missing.value.path


def test_hasattr_and_getattr_behave_as_usual() -> None:
    """Code may ask whether an attribute is there without asking the visitor."""
    thing = DAObject("thing", color="red")

    assert (True, False, "none") == (
        hasattr(thing, "color"),
        hasattr(thing, "size"),
        getattr(thing, "size", "none"),
    )


def test_a_property_says_what_it_misses() -> None:
    """An undefined attribute inside a property is the one that is asked for, not the property."""
    with pytest.raises(UndefinedAttribute) as missing:
        _ = Lamp("lamp").brightness

    assert "lamp.watts" == missing.value.path


def test_a_property_that_fails_runs_once() -> None:
    """Python's detour over ``__getattr__`` does not run the property a second time."""
    Counted.runs = 0

    with pytest.raises(UndefinedAttribute):
        _ = Counted("counted").label

    assert 1 == Counted.runs


def test_an_unnamed_object_gets_its_name_from_what_it_is_assigned_to() -> None:
    """As an attribute, in a list, and in a statement that only assigns it."""
    owner, fruit = DAObject("owner"), DAList("fruit")
    owner.pet = DAObject(None)
    fruit.append(DAObject(None))
    answers: dict[str, object] = {"DAObject": DAObject}
    exec("foo = DAObject()", answers)  # noqa: S102 - what a code block is

    assert ("owner.pet", "fruit[0]", "foo") == (
        owner.pet.instanceName,
        fruit[0].instanceName,
        answers["foo"].instanceName,  # type: ignore[attr-defined]
    )


def test_an_object_with_a_name_keeps_it() -> None:
    """An object in two places has one name: the first."""
    client, parties = Individual("client"), DAList("parties")
    parties.append(client)

    assert "client" == parties[0].instanceName


def test_initialize_attribute_keeps_what_is_there() -> None:
    """``initializeAttribute`` makes the object once, ``reInitializeAttribute`` each time."""
    owner = DAObject("owner")
    first = owner.initializeAttribute("pet", DAObject.using(kind="cat"))

    assert (True, "cat", False) == (
        owner.initializeAttribute("pet", DAObject) is first,
        owner.pet.kind,
        owner.reInitializeAttribute("pet", DAObject) is first,
    )


def test_using_gives_every_object_its_own_parameters() -> None:
    """Parameters are copied for each item and can be overridden."""
    cars = DAList("cars", object_type=DAObject.using(wheels=4))
    cars.appendObject()
    cars.appendObject(None, wheels=3)

    assert [4, 3] == [car.wheels for car in cars.elements]


def test_copy_deep_renames_all_that_is_inside() -> None:
    """The copy's parts are named after the copy, and a circle does no harm."""
    client = DAObject("client")
    client.children = DAList(None)
    client.children.appendObject()
    client.me = client
    copied = client.copy_deep("other")

    assert ("other", "other.children[0]", "client.children[0]") == (
        copied.instanceName,
        copied.children[0].instanceName,
        client.children[0].instanceName,
    )


def test_copies_of_python_work() -> None:
    """``copy`` and ``deepcopy`` need no help."""
    thing = DAObject("thing", parts=[1])

    assert ([1], True) == (copy.deepcopy(thing).parts, copy.copy(thing).parts is thing.parts)


def test_equal_means_the_same_object() -> None:
    """Two people called Fred are two people; the order is that of their texts."""
    fred, other = Individual("fred", name="Fred"), Individual("other", name="Fred")
    ann = Individual("ann", name="Ann")

    assert (False, True, ["Ann", "Fred"]) == (
        fred == other,
        fred == fred,
        [str(p) for p in sorted([fred, ann])],
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [("client", "client"), ("client.due_date", "due date in the client"), ("child[1]", "second child")],
)
def test_object_name_tells_the_name_in_words(name: str, words: str) -> None:
    """An object without a name attribute is called after its variable."""
    assert words == str(DAObject(name))


def test_the_user_is_addressed_as_you() -> None:
    """After ``set_info(user=…)`` texts say "you" to that person and speak of others by name."""
    ann, fred = Individual("ann", name="Ann"), Individual("fred", name="Fred")
    with visit() as context:
        context.moment.info["user"] = ann
        spoken = [
            (p.possessive("house"), p.do_question("eat"), p.does_verb("eat"), p.is_are_you(capitalize=True))
            for p in (ann, fred)
        ]

    assert [
        ("your house", "do you eat", "eat", "Are you"),
        ("Fred's house", "does Fred eat", "eats", "Is Fred"),
    ] == spoken


def test_alternative_chooses_by_an_attribute_s_value() -> None:
    """A keyword argument named as the value, else the default."""
    thing = DAObject("thing", kind="cat")

    assert ("meow", "?") == (
        thing.alternative("kind", cat="meow"),
        thing.alternative("kind", dog="woof", default="?"),
    )


def test_nothing_takes_part_in_everything() -> None:
    """DAEmpty has every attribute, is no text and counts nothing."""
    nothing = DAEmpty()

    assert ("", "", 0, [], 5) == (
        str(nothing),
        str(nothing.name.first),
        len(nothing),
        list(nothing),
        nothing + 5,
    )


def test_nothing_equals_itself_alone() -> None:
    """DAEmpty is not equal to an empty text, nor to another; it stands before everything, as in docassemble."""
    nothing = DAEmpty()

    assert (True, False, False, True, True, False) == (
        nothing == nothing,
        nothing == "",
        nothing == DAEmpty(),
        nothing < 5,
        nothing <= "a",
        nothing > -1,
    )


def test_a_catch_all_remembers_how_it_was_used() -> None:
    """The question for it can fit the use."""
    anything = DACatchAll("anything")
    with pytest.raises(UndefinedAttribute) as missing:
        _ = anything + 1

    assert ("anything.value", "add", "int") == (
        missing.value.path,
        anything.context,
        anything.data_type_guess(),
    )


def test_a_service_that_is_missing_says_so() -> None:
    """The interview loads; using the service names it."""
    with pytest.raises(OperatorError) as error:
        DACloudStorage("cloud").list_files()

    assert "DACloudStorage.list_files() was called, but cloud storage for interviews is not configured" in str(error.value)


def test_json_data_of_an_object_names_its_class_as_docassemble_does() -> None:
    """Snapshots are read by programs that know docassemble's names."""
    thing = DADict("d", elements={"a": 1})

    assert ("docassemble.base.util.DADict", {"a": 1}) == (
        thing.as_serializable()["_class"],
        thing.as_serializable()["elements"],
    )
