"""Trace: why this question. Names that were sought, blocks that were tried, and when; for error messages and the author's panel."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from engross.language.blocks import Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One thing the solver did."""

    after: float
    """Seconds since the page began to be made."""
    reason: str
    """``sought considering running asking initial mandatory done``"""
    variable: str | None = None
    block: Block | None = None

    def __str__(self) -> str:
        what = f"`{self.variable}`" if self.block is None else f"block {self.block.label}"
        return f"{self.after * 1000:.1f} ms: {self.reason} {what}"


@dataclass(slots=True)
class Trace:
    """What happened while one page was made, in order; the last ``limit`` stages are kept."""

    limit: int = 2000
    stages: list[Stage] = field(default_factory=list)
    _began: float = field(default_factory=time.perf_counter)

    def note(self, reason: str, *, variable: str | None = None, block: Block | None = None) -> None:
        """Add a stage."""
        if len(self.stages) < self.limit:
            after = time.perf_counter() - self._began
            self.stages.append(Stage(after=after, reason=reason, variable=variable, block=block))

    def lines(self) -> list[str]:
        """For people."""
        return [str(stage) for stage in self.stages]


@dataclass(frozen=True, slots=True)
class Link:
    """One step of the chain that led to a name: this block needed that variable."""

    block: Block | None
    variable: str

    def __str__(self) -> str:
        if self.block is None:
            return f"`{self.variable}` was needed"
        name = f"block `{self.block.id}`" if self.block.id else "a block"
        return f"{name} ({self.block.where}) needs `{self.variable}`"
