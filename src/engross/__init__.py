"""Engross: guided interviews in docassemble's YAML language, finished court papers, assembled in the background."""

from engross.packages import stand_in

__version__ = "0.1.0"

stand_in()  # before any interview's module imports a package that may not be installed
