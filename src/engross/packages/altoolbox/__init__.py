"""What interviews use of ``docassemble.ALToolbox``, where the published package is not installed."""
