"""docassemble.webapp: the few names of its server that packages use. Re-exports only."""
