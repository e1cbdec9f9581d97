"""What docassemble's base asks of its server."""

from engross.library.namespace import offer

__getattr__, __all__ = offer(__name__)
