"""docassemble.webapp: the few names of its server that packages use. Re-exports only."""

from engross.library.namespace import offer

__getattr__, __all__ = offer(__name__)
