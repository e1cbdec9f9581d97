"""Interview: blocks in order, and the index from a name (and class) to the blocks that can define it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engross.errors import Notice
from engross.language.blocks import Block, Expression, Help, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One entry of ``sections``."""

    key: str
    title: Text
    children: tuple[Section, ...] = ()


@dataclass(slots=True, kw_only=True)
class Interview:
    """A loaded interview. Immutable by convention after ``load``; shared by all visits of a process."""

    file: str
    """The file asked for: ``package:data/questions/name.yml``, or a path."""
    package: str
    blocks: tuple[Block, ...] = ()
    files: dict[str, float] = field(default_factory=dict)
    """Every file that was read → its modification time, to notice an edit."""
    digest: str = ""
    """Hash of all sources: names this revision."""
    notices: tuple[Notice, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    features: dict[str, Any] = field(default_factory=dict)
    sections: dict[str, tuple[Section, ...]] = field(default_factory=dict)
    """language → sections"""
    progressive: bool = True
    auto_open: bool = False
    screen_parts: dict[str, dict[str, Text]] = field(default_factory=dict)
    """language → part (``under``, ``title``, ``continue button label`` …) → text"""
    terms: dict[str, dict[str, Text]] = field(default_factory=dict)
    auto_terms: dict[str, dict[str, Text]] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    """icon name → file reference"""
    help: dict[str, Help] = field(default_factory=dict)
    """``interview help`` by language"""
    translations: tuple[str, ...] = ()
    modules: tuple[tuple[str, str], ...] = ()
    """(module, package of the block) for ``modules``: all public names are imported."""
    imports: tuple[str, ...] = ()
    reset: tuple[str, ...] = ()
    always_reconsider: tuple[str, ...] = ()
    on_change: tuple[tuple[str, Expression], ...] = ()
    default_language: str | None = None
    index: dict[str, dict[str, dict[str, tuple[Block, ...]]]] = field(default_factory=dict)
    """pattern → generic class name ("" when not generic) → language ("*") → blocks, best first"""
    invalidates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """variable → what ``depends on`` says must go when it changes"""

    def blocks_for(self, pattern: str, generic: str = "", language: str = "*") -> tuple[Block, ...]:
        """Blocks that can define *pattern*, the preferred one first: *language* before ``*``, later before earlier, unless
        ``order`` or ``supersedes`` says otherwise."""
        languages = self.index.get(pattern, {}).get(generic, {})
        own = languages.get(language, ()) if language != "*" else ()
        return own + languages.get("*", ())
