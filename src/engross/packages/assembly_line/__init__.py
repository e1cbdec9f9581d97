"""The Assembly Line conventions: generic questions, tasks and classes that interviews of that family include.

It stands in for ``docassemble.AssemblyLine`` where the published package is not installed: the same ids, events, variables and
classes, in words of our own. Interviews reach it by ``include: docassemble.AssemblyLine:assembly_line.yml``.
"""

PUBLISHED_AS = "docassemble.AssemblyLine"
"""The package whose place it takes; classes are known to other programs by its name."""
