"""What is at hand during a visit."""

from engross.library.namespace import offer

__getattr__, __all__ = offer(__name__)
