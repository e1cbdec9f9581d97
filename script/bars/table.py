"""The lines of the table."""

from __future__ import annotations

import forged
import posts
import walks
import words
from tally import Bar

BARS: tuple[Bar, ...] = (
    Bar(number="10", name="forged names: every variable x every screen", run=forged.run, short=8, long=1000),
    Bar(number="9", name="fuzzed posts", run=posts.run, short=600, long=200_000),
    Bar(number="18", name="ids of others over the table of routes", run=walks.others, short=3, long=5),
    Bar(number="19", name="tokens, origins, methods, headers", run=walks.tokens, short=1, long=1),
    Bar(number="11", name="typed strings on every screen of every interview", run=words.screens, short=1, long=300),
    Bar(number="11", name="typed strings read back, e-mail, the door", run=words.read_back, short=60, long=1000),
    Bar(number="11", name="typed strings in DOCX, PDF, ZIP, XLSX, CSV, headers", run=words.papers, short=1, long=2, office=True),
    Bar(number="28", name="limits", run=walks.limits, short=1, long=1),
)
