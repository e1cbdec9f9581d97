"""Random names."""

from __future__ import annotations

import secrets
import string


def random_string(length: int) -> str:
    """*length* random letters."""
    return "".join(secrets.choice(string.ascii_letters) for _ in range(length))


def random_lower_string(length: int) -> str:
    """*length* random small letters."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(length))


def random_alphanumeric(length: int) -> str:
    """*length* random letters and digits."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


def random_digits(length: int) -> str:
    """*length* random digits."""
    return "".join(secrets.choice(string.digits) for _ in range(length))
