"""docassemble.base, as far as interviews and packages use it. Re-exports only; the work is done in ``engross.library``."""

from engross.library.namespace import offer

__getattr__, __all__ = offer(__name__)
