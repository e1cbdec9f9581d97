"""Pieces of pages under the module name that interviews import."""

from engross.packages.assembly_line.display import *  # noqa: F403 - the module is another name for that one
from engross.packages.assembly_line.display import __all__ as __all__
