"""What a bar is: a check that tries a number of things and counts those that failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """How one check went."""

    tried: int = 0
    failed: int = 0
    details: list[str] = field(default_factory=list)
    """The first failures, in a sentence each."""
    skipped: str = ""
    """Why nothing could be tried on this machine."""
    note: str = ""
    """A figure worth telling."""

    def expect(self, holds: bool, what: str) -> None:
        """Count one thing; *what* says what was expected."""
        self.tried += 1
        if not holds:
            self.fail(what)

    def fail(self, what: str) -> None:
        """Count a failure."""
        self.failed += 1
        if len(self.details) < 20:
            self.details.append(what[:400])


    def add(self, part: Tally) -> None:
        """Count what another check found, too."""
        self.tried += part.tried
        self.failed += part.failed
        self.details = (self.details + part.details)[:20]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of the table."""

    number: str
    """As in the list of tests that the project is held to."""
    name: str
    run: Callable[[int], Tally]
    """Called with how much to do."""
    short: int
    long: int
    """The amounts of the two forms; what they count is the bar's own business."""
    office: bool = False
    """Needs the real LibreOffice."""
    browser: bool = False
    """Needs the real Chromium."""
    slow: bool = False
    """Kills or walks for minutes: with the mark ``chaos`` in the tests."""
