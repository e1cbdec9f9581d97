"""Filters that interview packages bring for DOCX templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

registered: dict[str, Callable[..., Any]] = {}
"""Name of a filter → what it does, for every template of this process."""


def register_jinja_filter(filter_name: str, func: Callable[..., Any]) -> None:
    """Let templates use *func* as ``{{ value | filter_name }}``."""
    registered[filter_name] = func
