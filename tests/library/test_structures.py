"""Data made into objects, and objects offered as choices."""

from __future__ import annotations

import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from engross.errors import AuthorError
from engross.library.collections import DAContext, DADict, DAList
from engross.library.interchange import encode_name
from engross.library.objects import DAObject
from engross.library.people import Individual, Person
from engross.library.structures import (
    objects_from_data,
    objects_from_file,
    objects_from_structure,
    selections,
    transform_json_variables,
)
from tests.library.conversation import visit

COURTS = """
object: Organization
items:
  - name: Trial Court
    address:
      object: Address
      item:
        city: Boston
  - name: Appeals Court
"""


def test_a_file_of_objects_becomes_a_gathered_list(tmp_path: Path) -> None:
    """Each item is an object of the class, named by its place."""
    (tmp_path / "courts.yml").write_text(COURTS)
    files = SimpleNamespace(static=lambda name, **_: tmp_path / name)
    with visit() as context:
        context.files = files  # type: ignore[assignment]
        courts = objects_from_file("courts.yml", name="courts")

        assert ("courts", True, ["Trial Court", "Appeals Court"], "courts[0].address.city", "Boston") == (
            courts.instanceName,
            courts.gathered,
            [str(court) for court in courts],
            courts[0].address.attr_name("city"),
            courts[0].address.city,
        )


def test_a_module_is_named_from_the_package_of_the_interview(tmp_path: Path) -> None:
    """`module: .people` means the package's own."""
    with visit() as context:
        context.package = "engross.library"
        person = objects_from_data({"module": ".people", "object": "Person", "item": {}}, name="a")

    assert isinstance(person, Person)


def test_a_class_that_is_not_known_is_the_author_s_mistake() -> None:
    """With its name."""
    with visit(), pytest.raises(AuthorError) as error:
        objects_from_data({"object": "Nothing", "item": {}}, name="a")

    assert "`Nothing`" in str(error.value)


def test_a_structure_becomes_lists_and_dictionaries() -> None:
    """All the way down, named after the variable; text by medium is a DAContext."""
    made = objects_from_structure({"a": [1, {"b": 2}], "t": {"question": "q", "document": "d"}}, root="data")

    assert isinstance(made, DADict)
    assert isinstance(made["a"], DAList)
    assert isinstance(made["t"], DAContext)
    assert "data['a'][1]" == made["a"][1].instanceName
    assert 2 == made["a"][1]["b"]


def test_selections_offer_each_object_once() -> None:
    """By the encoded name, with label and default, without those excluded."""
    ann, fred = Individual("ann", name="Ann"), Individual("fred", name="Fred")
    group = DAList("people", elements=[ann, fred, "text"])

    assert [
        {encode_name("ann"): "Ann!", "default": True},
    ] == selections(group, ann, exclude=fred, default=[ann], object_labeler=lambda person: f"{person}!")


def test_json_variables_come_back_as_objects() -> None:
    """Of the library's classes, with dates as dates."""
    made = transform_json_variables(
        {
            "_class": "docassemble.base.util.Individual",
            "instanceName": "client",
            "birthdate": "2000-01-02T00:00:00-05:00",
            "name": {
                "_class": "docassemble.base.util.IndividualName",
                "instanceName": "client.name",
                "first": "Ann",
            },
        }
    )

    assert ("client", "Ann", 2000, True) == (
        made.instanceName,
        made.name.first,
        made.birthdate.year,
        isinstance(made.birthdate, datetime.datetime),
    )


@pytest.mark.parametrize("name", ["os.system", "docassemble.base.util.json", "subprocess.Popen"])
def test_json_never_names_other_classes(name: str) -> None:
    """What comes from outside cannot choose code."""
    with pytest.raises(AuthorError):
        transform_json_variables({"_class": name, "instanceName": "x"})


def test_plain_json_stays_plain() -> None:
    """Numbers, texts that are no dates, lists."""
    assert [1, "2020-13-45", {"a": None}] == transform_json_variables([1, "2020-13-45", {"a": None}])
    assert DAObject is transform_json_variables({"_class": "type", "name": "docassemble.base.util.DAObject"})
