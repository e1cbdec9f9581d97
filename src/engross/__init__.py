"""Engross: guided interviews in docassemble's YAML language, finished court papers, assembled in the background."""

import sys

from engross.deferred import defer
from engross.packages import stand_in
from engross.shared_namespace import share

__version__ = "0.1.0"

sys.modules.setdefault("mako.ext.pygmentplugin", None)  # type: ignore[arg-type]
# Mako colours its error pages, which nobody sees here, with Pygments; loading that takes as long as reading an interview.
share()  # before anything imports `docassemble`, of which old packages would make a package of their own
stand_in()  # before any interview's module imports a package that may not be installed
defer()  # before a package that wants pandas for little
