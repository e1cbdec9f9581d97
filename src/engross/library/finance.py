"""Money: values, values per period, and dictionaries of them that can be totalled.

A ``Value`` has ``exists`` and ``value``; an item that does not exist counts nothing and is not asked for its value. Names are
docassemble's (https://docassemble.org/docs/objects.html#FinancialList).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from engross.library.collections import DADict
from engross.library.objects import DAObject, has
from engross.library.words import ensure_definition


class Value(DAObject):
    """An amount of money that may be there or not."""

    def amount(self) -> Any:
        """The value; 0 when it does not exist."""
        return Decimal(self.value) if self.exists else 0

    def __str__(self) -> str:
        return str(self.amount())

    def __float__(self) -> float:
        return float(self.amount())

    def __int__(self) -> int:
        return int(float(self))

    def __le__(self, other: Any) -> bool:
        return bool(self.value <= _value_of(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.value >= _value_of(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > _value_of(other))

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < _value_of(other))

    def __eq__(self, other: object) -> bool:
        return bool(self.value == _value_of(other))

    def __ne__(self, other: object) -> bool:
        return bool(self.value != _value_of(other))

    def __hash__(self) -> int:
        return hash((self.instanceName,))


def _value_of(thing: Any) -> Any:
    return thing.value if isinstance(thing, Value) else thing


class PeriodicValue(Value):
    """An amount that comes ``period`` times a year."""

    def amount(self, period_to_use: Any = 1) -> Any:
        """The value per period: 1 for a year, 12 for a month."""
        if not self.exists:
            return 0
        ensure_definition(period_to_use)
        return Decimal(self.value) * Decimal(self.period) / Decimal(period_to_use)


class FinancialList(DADict):
    """A dictionary of Values: kind → amount."""

    ValueClass: ClassVar[Any] = Value

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        self.object_type = self.ValueClass
        super().init(*pargs, **kwargs)

    def total(self) -> Any:
        """The sum of what exists."""
        self._trigger_gather()
        result: Any = 0
        for key in sorted(self.elements):
            if self[key].exists:
                result += Decimal(self[key].value)
        return result

    def existing_items(self) -> list[Any]:
        """The kinds that exist."""
        self._trigger_gather()
        return [key for key in sorted(self.elements) if self[key].exists]

    def _new_item_init_callback(self) -> None:
        """A kind that was named by the visitor exists."""
        self.elements[self.new_item_name].exists = True
        if has(self, "new_item_value"):
            self.elements[self.new_item_name].value = self.new_item_value
            del self.new_item_value
        super()._new_item_init_callback()

    def __str__(self) -> str:
        return str(self.total())


class PeriodicFinancialList(FinancialList):
    """A dictionary of Values that have a ``period``, times a year.

    Its items are of ``ValueClass``, as in docassemble, where the ``PeriodicValueClass`` never comes into use: an item is
    complete when its value is known, and the period is asked for when a total is made.
    """

    PeriodicValueClass: ClassVar[Any] = PeriodicValue

    def total(self, period_to_use: Any = 1) -> Any:
        """The sum of what exists, per period: 1 for a year, 12 for a month."""
        self._trigger_gather()
        result: Any = 0
        if period_to_use == 0:
            return result
        for key in sorted(self.elements):
            item = self.elements[key]
            if item.exists:
                result += Decimal(item.value) * Decimal(item.period)
        return result / Decimal(period_to_use)

    def _new_item_init_callback(self) -> None:
        if has(self, "new_item_period"):
            self.elements[self.new_item_name].period = self.new_item_period
            del self.new_item_period
        super()._new_item_init_callback()


class Income(PeriodicFinancialList):
    """Income by kind."""


class Expense(PeriodicFinancialList):
    """Expenses by kind."""


class Asset(FinancialList):
    """Assets by kind."""
