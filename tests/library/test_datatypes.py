"""Custom data types: known by being defined."""

from __future__ import annotations

from typing import Any

from engross.library import datatypes
from engross.library.asking import DAValidationError
from engross.library.datatypes import CustomDataType


class Even(CustomDataType):
    """A kind of field as a package brings it."""

    name = "even_number"
    input_type = "number"
    javascript = "$.validator.addMethod('even', …)"
    jq_rule = "even"
    parameters: Any = ["step"]  # noqa: RUF012 - as packages write it

    @classmethod
    def validate(cls, item: Any) -> bool:
        if int(item) % 2:
            raise DAValidationError("Only even numbers.")
        return True

    @classmethod
    def transform(cls, item: Any, variable_name: str) -> Any:
        return (variable_name, int(item))


class VeryEven(Even):
    """One that inherits."""

    name = "very_even"


class Nameless(Even):
    """One without a name of its own."""

    input_type = "text"


def test_a_named_type_is_known() -> None:
    """With docassemble's defaults for what it does not say."""
    found = datatypes.find("even_number")

    assert found is not None
    assert (
        "number",
        "even",
        ("step",),
        "daeven_number",
        "da-field-container-datatype-even_number",
        True,
        False,
    ) == (
        found.input_type,
        found.jq_rule,
        found.parameters,
        found.input_class,
        found.container_class,
        found.skip_if_empty,
        found.is_object,
    )


def test_packages_read_a_type_as_a_dictionary() -> None:
    """`custom_types[name]["class"]`, as in docassemble."""
    found = datatypes.custom_types["even_number"]

    assert (found["class"], found["input_type"]) == (Even, "number")


def test_what_is_not_said_is_inherited() -> None:
    """From the type it derives from."""
    found = datatypes.find("very_even")

    assert found is not None
    assert ("number", VeryEven) == (found.input_type, found.type)


def test_a_type_without_a_name_of_its_own_is_not_known() -> None:
    """It does not take the place of the one it derives from."""
    found = datatypes.find("even_number")

    assert found is not None
    assert Even is found.type


def test_methods_get_as_many_arguments_as_they_take() -> None:
    """The item; the variable's name if there is room for it."""

    assert (True, ("n", 4), "4") == (
        Even.call_validate("4", "n", {}),
        Even.call_transform("4", "n", {}),
        Even.call_default_for(4, "n", {}),
    )
