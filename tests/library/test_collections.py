"""Gathering: which question about a list's items comes next."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engross.errors import AuthorError, Undefined, UndefinedItem
from engross.library.collections import DAContext, DADict, DAList, DAOrderedDict, DASet
from engross.library.finance import Income
from engross.library.objects import DAObject
from engross.library.people import Individual
from tests.library.conversation import asked, visit


def conversation(group: Any, answers: list[Any], action: Any = None) -> list[str]:
    """What gathering *group* asks for, given *answers*."""
    with visit() as context:
        context.namespace[group.instanceName] = group
        return asked(context, action or group.gather, answers)[0]


def test_a_list_of_values_asks_whether_there_are_any_then_each_item() -> None:
    """there_are_any, item, there_is_another, item, there_is_another."""
    fruit = DAList("fruit")

    assert [
        "fruit.there_are_any",
        "fruit[0]",
        "fruit.there_is_another",
        "fruit[1]",
        "fruit.there_is_another",
    ] == conversation(fruit, [True, "apple", True, "pear", False])
    assert ["apple", "pear"] == fruit.elements


def test_an_empty_list_asks_once() -> None:
    """There are none: the list is gathered."""
    fruit = DAList("fruit")

    assert (["fruit.there_are_any"], True, []) == (
        conversation(fruit, [False]),
        fruit.gathered,
        fruit.elements,
    )


def test_an_object_list_completes_each_item_before_the_next() -> None:
    """The complete attribute is read before there_is_another."""
    people = DAList(
        "people", object_type=DAObject, complete_attribute=["age", "home.city"], there_are_any=True
    )

    with visit() as context:
        context.namespace["people"] = people
        paths, _ = asked(context, people.gather, [3, DAObject(None), "Boston", False])

    assert ["people[0].age", "people[0].home", "people[0].home.city", "people.there_is_another"] == paths


def test_an_object_list_without_complete_attribute_reads_the_items_text() -> None:
    """An Individual is complete when its name can be written."""
    people = DAList("people", object_type=Individual)

    assert [
        "people.there_are_any",
        "people[0].name.first",
        "people.there_is_another",
        "people[1].name.first",
        "people.there_is_another",
    ] == conversation(people, [True, "Ann", True, "Fred", False])


def test_ask_number_asks_for_the_number_first() -> None:
    """target_number takes the place of there_is_another."""
    people = DAList("people", object_type=Individual, ask_number=True)

    assert ["people.target_number", "people[0].name.first", "people[1].name.first"] == conversation(
        people, [2, "Ann", "Fred"]
    )


def test_the_number_of_a_list_that_asks_for_it_needs_no_items() -> None:
    """Counting asks for the number only."""
    people = DAList("people", object_type=Individual, ask_number=True)

    assert ["people.target_number"] == conversation(people, [2], people.number)


def test_minimum_number_asks_for_so_many_without_asking_whether() -> None:
    """Then there_is_another."""
    people = DAList("people", object_type=Individual, minimum_number=2)

    assert ["people[0].name.first", "people[1].name.first", "people.there_is_another"] == conversation(
        people, ["Ann", "Fred", False]
    )


def test_gather_number_asks_for_exactly_so_many() -> None:
    """``gather(number=1)`` asks neither whether there are any nor whether there is another."""
    people = DAList("people", object_type=Individual)

    assert ["people[0].name.first"] == conversation(people, ["Ann"], lambda: people.gather(number=1))


def test_a_list_gathered_by_hand_asks_for_gathered() -> None:
    """``auto_gather=False``: the interview says when it is complete."""
    fruit = DAList("fruit", auto_gather=False)

    assert ["fruit.gathered"] == conversation(fruit, [True], lambda: len(fruit))


def test_a_list_being_gathered_can_be_used_in_the_question_about_its_item() -> None:
    """It shows what is there; it does not begin to gather again."""
    fruit = DAList("fruit", there_are_any=True)
    fruit.append("apple")
    with visit() as context:
        context.namespace["fruit"] = fruit
        with pytest.raises(Undefined) as missing:
            fruit.gather()
        shown = str(fruit)

    assert ("fruit.there_is_another", "apple") == (missing.value.path, shown)


def test_ask_object_type_asks_for_the_class_of_each_item() -> None:
    """new_object_type, then the item, then there_is_another."""
    things = DAList("things", ask_object_type=True)

    assert [
        "things.there_are_any",
        "things.new_object_type",
        "things[0].name.first",
        "things.there_is_another",
    ] == conversation(things, [True, Individual, "Ann", False])


def test_an_index_beyond_the_end_of_an_object_list_makes_objects() -> None:
    """So that ``users[1].name`` can be asked for before the list is gathered; never more than ten."""
    people = DAList("people", object_type=Individual)

    assert "people[2]" == people[2].instanceName
    with pytest.raises(AuthorError):
        _ = people[99]


def test_an_index_beyond_the_end_of_a_gathered_list_is_an_index_error() -> None:
    """A mistake of the interview asks nothing."""
    people = DAList("people", object_type=Individual, elements=[])

    with pytest.raises(IndexError) as error:
        _ = people[0]
    assert not isinstance(error.value, Undefined)


def test_items_are_renamed_when_one_is_removed() -> None:
    """What follows moves up; objects that belong elsewhere keep their names."""
    people = DAList("people", object_type=Individual)
    client = Individual("client")
    for _ in range(2):
        people.appendObject()
    people.append(client)
    people.pop(0)

    assert ["people[0]", "client"] == [p.instanceName for p in people.elements]
    assert "people[0].name" == people[0].name.instanceName


def test_removing_the_last_item_says_there_are_none() -> None:
    """there_are_any follows."""
    fruit = DAList("fruit", elements=["apple"])
    fruit.remove("apple")

    assert fruit.there_are_any is False


def test_slices_and_filters() -> None:
    """A slice is a plain list; ``filter`` gives a list of the same kind under a name."""
    people = DAList("people", elements=[DAObject("a", age=1), DAObject("b", age=2)])
    chosen = people.filter("young", age=1)

    assert (1, "young", ["a"], True) == (
        len(people[1:]),
        chosen.instanceName,
        [p.instanceName for p in chosen.elements],
        chosen.gathered,
    )


def test_sums_of_lists() -> None:
    """Two lists together are a gathered list; with a plain list it is plain."""
    one, other = DAList("one", elements=[1]), DAList("other", elements=[2])

    assert ([1, 2], [1, 2, 3]) == ((one + other).elements, one + [2, 3])  # noqa: RUF005 - the operator is meant


def test_lists_speak_in_the_plural() -> None:
    """Nouns, verbs and pronouns follow the number of items."""
    children = DAList("children", elements=["Ann", "Fred"])
    child = DAList("child", elements=["Ann"])

    assert ("Ann and Fred", "children", "eat", "them", "their", "do Ann and Fred eat") == (
        str(children),
        children.as_noun(),
        children.does_verb("eat"),
        children.pronoun(),
        children.pronoun_possessive("").strip(),
        children.do_question("eat"),
    )
    assert ("child", "eats", "it") == (child.as_noun(), child.does_verb("eat"), child.pronoun())


def test_complete_elements_leaves_out_what_is_not_complete() -> None:
    """Without asking anything."""
    people = DAList("people", object_type=DAObject, complete_attribute="age", there_are_any=True)
    people.appendObject(None, age=1)
    people.appendObject()

    assert ["people[0]"] == [p.instanceName for p in people.complete_elements()]


def test_gathering_again_asks_for_what_became_incomplete() -> None:
    """``gathered_and_complete``, what an Edit button ends with, drops ``complete`` and reads it again."""
    people = DAList("people", object_type=DAObject, complete_attribute="complete")
    people.appendObject(None, complete=True)
    people.gathered = True
    people.there_is_another = False

    assert ["people[0].complete"] == conversation(people, [True], people.gathered_and_complete)


def test_reset_gathered_keeps_the_items() -> None:
    """Only what says that the list is complete goes."""
    fruit = DAList("fruit", elements=["apple"])
    fruit.reset_gathered()

    assert (["apple"], False) == (fruit.elements, hasattr(fruit, "gathered"))


def test_a_dictionary_of_values_asks_for_key_then_item() -> None:
    """there_are_any, new_item_name, the item under it, there_is_another."""
    pets = DADict("pets")

    assert [
        "pets.there_are_any",
        "pets.new_item_name",
        "pets['dog']",
        "pets.there_is_another",
    ] == conversation(pets, [True, "dog", "Fido", False])
    assert {"dog": "Fido"} == pets.elements


def test_a_dictionary_takes_key_and_value_of_one_screen() -> None:
    """When new_item_value is there, too, the item is not asked for."""
    pets = DADict("pets", there_are_any=True)
    pets.new_item_name, pets.new_item_value = "dog", "Fido"

    assert (["pets.there_is_another"], {"dog": "Fido"}) == (conversation(pets, [False]), pets.elements)


def test_a_dictionary_of_objects_completes_each_item() -> None:
    """The key, the object's attributes, there_is_another."""
    people = DADict("people", object_type=DAObject, complete_attribute="age")

    assert [
        "people.there_are_any",
        "people.new_item_name",
        "people['Ann'].age",
        "people.there_is_another",
    ] == conversation(people, [True, "Ann", 3, False])


def test_a_financial_list_asks_only_for_what_exists() -> None:
    """A kind that was named exists; kinds listed before are asked whether they exist."""
    income = Income("income", complete_attribute="exists")
    income.new("wages", "rent")
    for kind, exists in (("wages", True), ("rent", False)):
        income[kind].exists = exists
    income["wages"].value, income["wages"].period = 100, 12
    income.gathered = True

    assert (1200, 100, ["wages"]) == (income.total(), income.total(12), income.existing_items())


def test_a_missing_key_of_a_plain_dictionary_is_asked_for() -> None:
    """By the key's literal."""
    with pytest.raises(UndefinedItem) as missing:
        _ = DADict("pets")["dog"]

    assert "pets['dog']" == missing.value.path


def test_keys_are_sorted_unless_the_dictionary_keeps_its_order() -> None:
    """DAOrderedDict shows what came first first."""
    elements = {"b": True, "a": True}

    assert (["a", "b"], ["b", "a"]) == (
        list(DADict("d", elements=elements).keys()),
        list(DAOrderedDict("d", elements=elements).keys()),
    )


def test_checkboxes_can_be_counted() -> None:
    """What is checked, whether any is, whether just these are."""
    boxes = DADict("boxes", elements={"a": True, "b": False, "c": True})

    assert (["a", "c"], ["b"], True, False, True, False) == (
        boxes.true_values().elements,
        boxes.false_values().elements,
        boxes.any_true(),
        boxes.all_true(),
        boxes.all_true("a", "c", exclusive=True),
        boxes.all_true("a", exclusive=True),
    )


def test_a_set_asks_for_new_items() -> None:
    """new_item for each value."""
    colors = DASet("colors")

    assert [
        "colors.there_are_any",
        "colors.new_item",
        "colors.there_is_another",
    ] == conversation(colors, [True, "red", False])
    assert {"red"} == colors.elements


def test_text_that_differs_by_medium() -> None:
    """The screen's words on the screen, the document's in papers."""
    text = DAContext("text", question="you", document="the tenant")
    with visit() as context:
        on_screen = str(text)
        context.medium = "docx"
        in_paper = str(text)

    assert ("you", "the tenant") == (on_screen, in_paper)


@given(st.lists(st.text(min_size=1, max_size=4), max_size=6))
def test_a_list_ends_up_with_just_what_was_answered(items: list[str]) -> None:
    """Whatever the items, gathering asks twice for each and keeps them in order."""
    fruit = DAList("fruit")
    answers: list[Any] = [bool(items)]
    for n, item in enumerate(items):
        answers += [item, n + 1 < len(items)]

    assert 1 + 2 * len(items) == len(conversation(fruit, answers))
    assert items == fruit.elements


def test_a_list_of_lists_of_objects_knows_both_classes() -> None:
    """What `using` says of the inner list is its own, `object_type` as well; so it is with attributes."""
    inner = DAList.using(object_type=DAObject.using(color="red"), there_are_any=True)
    grid = DAList("grid", object_type=inner)
    grid.appendObject()
    holder = DAObject("holder")
    holder.initializeAttribute("rows", DAList, object_type=DAObject)
    made = [grid[0].appendObject(), holder.rows.appendObject(), DADict("d", object_type=inner).initializeObject("k").appendObject()]

    assert [(one.instanceName, getattr(one, "color", None) if "color" in vars(one) else None) for one in made] == [
        ("grid[0][0]", "red"), ("holder.rows[0]", None), ("d['k'][0]", "red"),
    ]  # fmt: skip
    assert grid[1].instanceName == "grid[1]"
