"""Engross: guided interviews in docassemble's YAML language, finished court papers, assembled in the background."""

__version__ = "0.1.0"
