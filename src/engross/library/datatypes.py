"""Kinds of field that interview packages bring: a class with ``validate``, ``transform`` and ``default_for``.

A class that derives from ``CustomDataType`` and has a ``name`` is known from then on as the field ``datatype`` of that name.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

_NAME = re.compile(r"[A-Za-z0-9_-]+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataType:
    """What the engine and the page need to know of one custom data type."""

    name: str
    type: type[CustomDataType]
    """Reads, checks and prints values."""
    container_class: str
    """CSS class around the field."""
    input_class: str
    """CSS class of the input."""
    input_type: str = "text"
    """The HTML input's type."""
    javascript: str | None = None
    """Runs once on a page that has such a field."""
    css: str | None = None
    """Ours: stands on a page that has such a field."""
    jq_rule: str | None = None
    """Name of the rule of jQuery Validation that the JavaScript defines."""
    jq_message: str | None = None
    """What is said when that rule fails."""
    parameters: tuple[str, ...] = ()
    """Field modifiers whose text is handed to the input as ``data-`` attributes."""
    code_parameters: tuple[str, ...] = ()
    """Field modifiers that are Python."""
    mako_parameters: tuple[str, ...] = ()
    """Field modifiers that are Mako."""
    skip_if_empty: bool = True
    """Whether an empty answer stays away from ``validate`` and ``transform``."""
    is_object: bool = False
    """Whether ``transform`` makes an object that must get an instance name."""

    def __getitem__(self, key: str) -> Any:
        """As a dictionary, which it is in docassemble: packages read ``custom_types[name]["class"]``."""
        return self.type if key == "class" else getattr(self, key)


custom_types: dict[str, DataType] = {}
"""Every custom data type by name."""

_INHERITED = (
    "container_class", "input_class", "input_type", "javascript", "css", "jq_rule", "jq_message", "parameters",
    "code_parameters", "mako_parameters", "skip_if_empty", "is_object",
)  # fmt: skip


def find(name: str) -> DataType | None:
    """The custom data type of that name, or None."""
    return custom_types.get(name)


class CustomDataTypeRegister(type):
    """Makes every named subclass of CustomDataType known."""

    def __init__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> None:
        super().__init__(name, bases, body)
        data_name = body.get("name")
        if bases and isinstance(data_name, str) and _NAME.match(data_name):
            custom_types[data_name] = _described(cls, data_name)


def _described(cls: type, name: str) -> DataType:
    """The class attributes of *cls*, its own or inherited, as a DataType."""
    said = {key: getattr(cls, key) for key in _INHERITED if hasattr(cls, key)}
    for key in ("parameters", "code_parameters", "mako_parameters"):
        said[key] = tuple(said.get(key) or ())
    for key in ("skip_if_empty", "is_object"):
        if key in said:
            said[key] = bool(said[key])
    return DataType(
        name=name,
        type=cls,
        **{"container_class": f"da-field-container-datatype-{name}", "input_class": f"da{name}"} | said,
    )


class CustomDataType(metaclass=CustomDataTypeRegister):
    """A kind of field. Subclasses give ``name`` and override what they need; all methods are class methods.

    ``validate`` may take the item; the item and the variable's name; or these and the data of the form.
    """

    include_variable_name: ClassVar[bool] = False

    @classmethod
    def validate(cls, item: Any) -> Any:
        """True when *item* is acceptable; else False, or raises DAValidationError with what to say."""
        return True

    @classmethod
    def transform(cls, item: Any) -> Any:
        """The value that is kept for what was typed."""
        return item

    @classmethod
    def default_for(cls, item: Any) -> Any:
        """What the input shows for a kept value."""
        return str(item)

    @classmethod
    def empty(cls) -> Any:
        """The value of a field left blank."""
        return None

    @classmethod
    def call_validate(cls, item: Any, variable_name: str = "", data: Mapping[str, Any] | None = None) -> Any:
        """``validate`` with as many arguments as it takes."""
        return _call(cls.validate, item, variable_name, data)

    @classmethod
    def call_transform(cls, item: Any, variable_name: str = "", data: Mapping[str, Any] | None = None) -> Any:
        """``transform`` with as many arguments as it takes."""
        return _call(cls.transform, item, variable_name, data)

    @classmethod
    def call_default_for(
        cls, item: Any, variable_name: str = "", data: Mapping[str, Any] | None = None
    ) -> Any:
        """``default_for`` with as many arguments as it takes."""
        return _call(cls.default_for, item, variable_name, data)


def _call(method: Any, *arguments: Any) -> Any:
    takes = len(inspect.signature(method).parameters)
    return method(*arguments[: min(takes, 3)])
