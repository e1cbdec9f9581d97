"""docassemble.base, as far as interviews and packages use it. Re-exports only; the work is done in ``engross.library``."""
