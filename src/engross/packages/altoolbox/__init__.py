"""What interviews use of ``docassemble.ALToolbox``, where the published package is not installed."""

PUBLISHED_AS = "docassemble.ALToolbox"
"""The package whose place it takes; classes are known to other programs by its name."""
