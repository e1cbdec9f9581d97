"""Text to HTML and to papers."""

from engross.library.namespace import offer

__getattr__, __all__ = offer(__name__)
