"""Objects of legal work, under the module that older packages import them from."""

from engross.library.namespace import offer

__getattr__, __all__ = offer(__name__)
