"""YAML text → a typed, indexed Interview. Reads and checks; evaluates nothing."""
