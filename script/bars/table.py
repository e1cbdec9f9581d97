"""The lines of the table."""

from __future__ import annotations

import forged
import posts
from tally import Bar

BARS: tuple[Bar, ...] = (
    Bar(number="10", name="forged names: every variable x every screen", run=forged.run, short=8, long=1000),
    Bar(number="9", name="fuzzed posts", run=posts.run, short=600, long=200_000),
)
