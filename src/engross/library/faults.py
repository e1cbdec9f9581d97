"""docassemble's errors, for packages that raise or catch them by name."""

from __future__ import annotations

from engross.errors import UndefinedAttribute, UndefinedItem, UndefinedName


class DAException(Exception):
    """Something an interview may catch."""


class DAError(Exception):
    """Something in an interview or its packages went wrong; *code* is an HTTP status."""

    def __init__(self, value: object = "", code: int = 501) -> None:
        super().__init__(value)
        self.value = value
        self.error_code = code

    def __str__(self) -> str:
        return str(self.value)


class DASourceError(DAError):
    """A source of an interview cannot be used."""


class DAInvalidFilename(DAError):
    """A file name that no file may have."""


class DANotFoundError(DAError):
    """What was asked for does not exist."""


class LazyNameError(NameError):
    """A name that is not needed now is not defined."""


DANameError = UndefinedName
DAAttributeError = UndefinedAttribute
DAIndexError = UndefinedItem
