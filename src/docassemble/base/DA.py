# ruff: noqa: N999 - docassemble's own name
"""Values that interviews set once for everyone."""

from engross.library.namespace import offer

__getattr__, __all__ = offer(__name__)
