"""Interviews; their parser is not for packages."""

from engross.library.namespace import offer

__getattr__, __all__ = offer(__name__)
