"""Waiting for what a page does by itself."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Error

IS_AWAKE = "window.engross !== undefined"
"""True when our script has done what it does as a page opens."""


def wait_until(page: Any, expression: str = IS_AWAKE, *, seconds: float = 30) -> None:
    """Wait until *expression* is true in the page.

    It is asked from outside: Playwright's `wait_for_function` asks inside the page when the answer is not yes at once, by `eval`,
    which our Content-Security-Policy refuses.
    """
    end = time.monotonic() + seconds
    while not _holds(page, expression):
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds} seconds `{expression}` is still not true on {page.url}")
        page.wait_for_timeout(50)


def _holds(page: Any, expression: str) -> bool:
    try:
        return bool(page.evaluate(f"() => Boolean({expression})"))
    except Error:  # the page is just being left for another
        return False
