"""Functions and page-long attributes in kept answers."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from engross.library.bundles import DALazyAttribute
from engross.library.numbers import alpha
from engross.library.objects import DAObject
from engross.store.codec import UnknownClass, decode_value, encode_value


def of_the_library(module: str, name: str) -> Any:
    """What the library has, and nothing else."""
    if not module.startswith("engross.library"):
        raise LookupError(name)
    return getattr(importlib.import_module(module), name)


def test_a_public_function_is_kept_by_name() -> None:
    """A labeller that an object was given is the same function afterwards."""
    thing = DAObject("thing", labeller=alpha)

    assert decode_value(encode_value(thing, of_the_library), of_the_library).labeller is alpha


def test_lambdas_and_private_functions_are_left_out() -> None:
    """What has no public name cannot be found again."""
    thing = DAObject("thing", one=lambda n: n, other=of_the_library)
    kept = decode_value(encode_value(thing, of_the_library), of_the_library)

    assert not {"one", "other"} & set(kept.__dict__)


def test_only_functions_that_may_be_found_come_back() -> None:
    """A snapshot cannot name a function of Python's own modules."""
    data = encode_value([alpha], of_the_library).replace(b"engross.library.numbers", b"os.path").replace(b"alpha", b"getsize")
    with pytest.raises(UnknownClass):
        decode_value(data, of_the_library)


def test_what_a_page_remembers_is_forgotten() -> None:
    """Attributes that ``__getstate__`` leaves out are not kept."""
    cache = DALazyAttribute("doc.cache")
    cache.final = "a paper"
    kept = decode_value(encode_value(cache, of_the_library), of_the_library)

    assert ("doc.cache", False) == (kept.instanceName, hasattr(kept, "final"))
