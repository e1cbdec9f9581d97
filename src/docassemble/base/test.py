"""The function of docassemble's first examples for ``modules``."""


def plus_one(number: float) -> float:
    """The number after *number*."""
    return number + 1
