"""Files in, files out: fill, convert, join, number. Knows no interview."""
