"""Answers kept as JSON by docassemble's own server."""

from engross.library.namespace import offer

__getattr__, __all__ = offer(__name__)
