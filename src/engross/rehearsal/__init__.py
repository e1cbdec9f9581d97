"""A visit without a person: answers from a file (``engross run``) or invented (``script/corpus``), posted as a browser would."""
