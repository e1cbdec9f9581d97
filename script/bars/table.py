"""The lines of the table."""

from __future__ import annotations

import around
import broken
import brought
import clicks
import forged
import kept
import load
import logs
import posts
import soak
import supply
import walks
import words
from tally import Bar

BARS: tuple[Bar, ...] = (
    Bar(number="1", name="web, workers and converters killed at random", run=broken.killed, short=100, long=1000, office=True, slow=True),
    Bar(number="2", name="loss of power", run=broken.power, short=15, long=200),
    Bar(number="3", name="a disk that is full, fails or is slow", run=broken.faults, short=20, long=1200),
    Bar(number="10", name="forged names: every variable x every screen", run=forged.run, short=1000, long=1000),
    Bar(number="9", name="fuzzed posts", run=posts.run, short=2000, long=200_000),
    Bar(number="18", name="ids of others over the table of routes", run=walks.others, short=3, long=5),
    Bar(number="19", name="tokens, origins, methods, headers", run=walks.tokens, short=1, long=1),
    Bar(number="11", name="typed strings on every screen of every interview", run=words.screens, short=1, long=300),
    Bar(number="11", name="typed strings read back, e-mail, the door", run=words.read_back, short=1000, long=1000),
    Bar(number="11", name="typed strings in DOCX, PDF, ZIP, XLSX, CSV, headers", run=words.papers, short=1, long=2, office=True),
    Bar(number="28", name="limits", run=walks.limits, short=1, long=1),
    Bar(number="6", name="random walks over HTTP against a model", run=around.walks, short=600, long=100_000),
    Bar(number="7", name="several clicks at once", run=clicks.double, short=200, long=1000),
    Bar(number="8", name="two tabs at once", run=clicks.tabs, short=200, long=1000),
    Bar(number="23", name="many visitors at once, papers being made", run=load.many, short=30, long=200, office=True),
    Bar(number="24", name="far too many visitors at once", run=load.far_too_many, short=200, long=2000),
    Bar(number="5", name="the database is locked again and again", run=load.locked, short=300, long=5000),
    Bar(number="29", name="authors' errors", run=clicks.authors, short=1, long=1),
    Bar(number="29", name="authors' code that fills the memory or stands still", run=broken.greedy, short=1, long=1),
    Bar(number="12", name="typed strings in a real browser", run=around.stored, short=15, long=60, browser=True),
    Bar(number="13", name="hostile files through the door", run=brought.hostile, short=1000, long=1000),
    Bar(number="13", name="hostile documents in the converter, no gate", run=brought.converted, short=8, long=1000, office=True),
    Bar(number="14", name="real documents pass the gate", run=brought.plain, short=500, long=5000),
    Bar(number="15", name="changed bytes at the gate", run=brought.mutated, short=2000, long=1_000_000),
    Bar(number="16", name="the tests without a network", run=around.egress, short=1, long=2),
    Bar(number="17", name="walls of the sandbox", run=supply.walls, short=1, long=5),
    Bar(number="20, 21", name="canaries at rest, in backups, after deletion", run=kept.canaries, short=5, long=50),
    Bar(number="20", name="canaries in what a running server says", run=logs.quiet, short=1, long=20),
    Bar(number="22", name="backup under load, restored elsewhere", run=kept.backups, short=20, long=1000),
    Bar(number="26", name="soak: seconds of visits with hostile files", run=soak.run, short=20, long=1200),
    Bar(number="26", name="soak of a running server: visits, papers, hostile files", run=soak.served, short=15, long=3600, office=True),
    Bar(number="30", name="sessions of released versions", run=supply.upgrade, short=1, long=1),
    Bar(number="31", name="nothing runs data; exceptions have reasons", run=supply.source, short=1, long=1),
    Bar(number="32", name="a test named after each advisory", run=around.named, short=1, long=1),
)
