"""Engross: guided interviews in docassemble's YAML language, finished court papers, assembled in the background."""

from engross.packages import stand_in
from engross.shared_namespace import share

__version__ = "0.1.0"

share()  # before anything imports `docassemble`, of which old packages would make a package of their own
stand_in()  # before any interview's module imports a package that may not be installed
