"""Reader: the values of one block as texts, expressions and constants, with their places, and the names the block claims.

Apart from ``parse`` because fields, attachments and every kind of block read values in the same few ways. A mistake that
docassemble refuses is a BlockError; what it lets pass but is probably not meant is a Notice.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from engross import names
from engross.errors import BlockError, Notice, Where, nearest
from engross.language.blocks import Expression, Text, Value
from engross.language.expressions import Names, is_mako, names_in
from engross.language.source import Listing, Mapping, SourceFile


@dataclass(slots=True)
class Reading:
    """What is remembered from block to block while an interview is read."""

    notices: list[Notice] = field(default_factory=list)
    defs: dict[str, list[str]] = field(default_factory=dict)
    """``def`` name → its Mako definitions, for ``usedefs``"""
    question_number: int = 0
    """docassemble numbers what can run, embedded blocks too …"""
    block_number: int = 0
    """… apart from what only says something of the interview."""
    default_role: tuple[str, ...] = ()
    content_files: list[Path] = field(default_factory=list)
    """Templates of text that were read beside the YAML."""


class Reader:
    """Reads the values of one block."""

    def __init__(self, file: SourceFile, line: int, reading: Reading, *, scan: bool = True, definitions: str = "") -> None:
        self.file = file
        self.line = line
        self.reading = reading
        self.scan = scan
        self.definitions = definitions
        self.sets: dict[str, None] = {}
        self.other_sets: dict[str, None] = {}

    # -------------------------------------------------------------------------------------------------- places, messages

    def where(self, container: Mapping | Listing | None = None, key: Any = None) -> Where:
        """Where a value begins; of the container itself when it has no such *key*, of the block without *container*."""
        if container is None:
            return Where(self.file.name, self.line)
        if isinstance(container, Mapping):
            return Where(self.file.name, container.lines.get(key, container.line))
        return Where(self.file.name, container.line if key is None else container.lines[key])

    def where_key(self, container: Mapping, key: Any) -> Where:
        """Where a key stands."""
        return Where(self.file.name, container.key_lines.get(key, container.line))

    def error(self, message: str, container: Mapping | Listing | None = None, key: Any = None, *, near: str | None = None) -> BlockError:
        """A BlockError for the value at *key*, to be raised."""
        return BlockError(message, where=self.where(container, key), nearest=near)

    def notice(self, message: str, where: Where, *, near: str | None = None) -> None:
        """Tell the author something that stops nothing."""
        self.reading.notices.append(Notice(where=where, message=message, nearest=near))

    def check_keys(self, mapping: Mapping, known: Iterable[str], what: str) -> None:
        """A notice for each key that is not one of *known*."""
        known = tuple(known)
        for key in mapping:
            if key not in known:
                self.notice(
                    f"Unknown key `{key}` in {what}; it is ignored.", self.where_key(mapping, key), near=nearest(str(key), known)
                )

    # -------------------------------------------------------------------------------------------------------------- names

    def claim(self, variable: str) -> str:
        """The block defines *variable*; returns it as names are written."""
        written = normal(variable)
        (self.sets if self.scan else self.other_sets)[written] = None
        return written

    def claim_always(self, variable: str) -> str:
        """The block defines *variable*, whatever ``only sets`` and ``scan for variables`` say."""
        written = normal(variable)
        self.sets[written] = None
        return written

    def claim_from(self, found: Names) -> None:
        """The block defines what a piece of its code assigns."""
        for variable in found.sets:
            (self.sets if self.scan else self.other_sets)[variable] = None

    def variable(self, container: Mapping | Listing, key: Any, what: str = "variable name") -> str:
        """The value at *key* as a variable name. Raises BlockError when it cannot be one."""
        value = container[key]
        if not isinstance(value, str) or not is_variable(value):
            raise self.error(f"`{value}` cannot be a {what}.", container, key)
        return normal(value)

    def variables(self, container: Mapping, key: str) -> tuple[str, ...]:
        """One variable name or a list of them; none when *key* is missing."""
        return tuple(normal(item) for item in self.words(container, key))

    # ------------------------------------------------------------------------------------------------------ kinds of value

    def words(self, container: Mapping, key: str) -> tuple[str, ...]:
        """One word or a list of words; none when *key* is missing. Raises BlockError for anything else."""
        value = container.get(key)
        if value is None:
            return ()
        items = value if isinstance(value, Listing) else [value]
        if any(isinstance(item, Mapping | Listing) for item in items):
            raise self.error(f"`{key}` must be text or a list of texts.", container, key)
        return tuple(as_words(item).strip() for item in items)

    def word(self, container: Mapping, key: str) -> str | None:
        """The value at *key* as a word; None when missing."""
        value = container.get(key)
        if isinstance(value, Mapping | Listing):
            raise self.error(f"`{key}` must be text.", container, key)
        return None if value is None else as_words(value).strip()

    def text(self, container: Mapping | Listing, key: Any) -> Text | None:
        """The value at *key* as words for people; None when missing or empty."""
        if isinstance(container, Mapping) and container.get(key) is None:
            return None
        value = container[key]
        if isinstance(value, Mapping | Listing):
            raise self.error(f"`{key}` must be text.", container, key)
        return self.make_text(as_words(value), self.where(container, key))

    def require_text(self, container: Mapping, key: str) -> Text:
        """The value at *key* as words for people; empty when missing."""
        return self.text(container, key) or self.make_text("", self.where_key(container, key))

    def texts(self, container: Mapping, key: str) -> tuple[Text, ...]:
        """One text or a list of texts."""
        value = container.get(key)
        if not isinstance(value, Listing):
            text = self.text(container, key)
            return () if text is None else (text,)
        return tuple(text for n in range(len(value)) if (text := self.text(value, n)) is not None)

    def used_definitions(self, data: Mapping) -> str:
        """The Mako that ``usedefs`` names. Raises BlockError."""
        lines: list[str] = []
        for name in self.words(data, "usedefs"):
            known = self.reading.defs
            if name not in known:
                raise self.error(f"There is no `def: {name}` above this block.", data, "usedefs", near=nearest(name, known))
            lines += known[name]
        return "\n".join(lines) + "\n" if lines else ""

    @contextmanager
    def using(self, definitions: str) -> Iterator[None]:
        """Put *definitions* before the texts that are read meanwhile, beside those of the block."""
        outer = self.definitions
        self.definitions = outer + definitions
        try:
            yield
        finally:
            self.definitions = outer

    def make_text(self, words: str, where: Where) -> Text:
        """*words* as Text, with the Mako definitions that the block uses in front."""
        if self.definitions:
            return Text(self.definitions + words, Where(where.file, where.line - self.definitions.count("\n")))
        return Text(words, where, plain=not is_mako(words))

    def expression(self, container: Mapping | Listing, key: Any, *, statements: bool = False) -> Expression | None:
        """The value at *key* as Python; None when missing. Raises BlockError when it is not Python."""
        if isinstance(container, Mapping) and container.get(key) is None:
            return None
        value = container[key]
        if isinstance(value, Mapping | Listing):
            raise self.error(f"`{key}` must be Python code.", container, key)
        return self.make_expression(as_words(value), self.where(container, key), statements=statements)

    def require_expression(self, container: Mapping | Listing, key: Any, *, statements: bool = False) -> Expression:
        """The value at *key* as Python. Raises BlockError when it is missing."""
        expression = self.expression(container, key, statements=statements)
        if expression is None:
            raise self.error(f"`{key}` must be Python code.", container, key)
        return expression

    def make_expression(self, source: str, where: Where, *, statements: bool = False) -> Expression:
        """*source* as Expression; what it assigns is claimed by the block."""
        if not statements:
            source = source.strip()
        try:
            found = names_in(source)
        except SyntaxError as error:
            raise BlockError(f"This is not Python: {error.msg}.", where=Where(where.file, where.line + (error.lineno or 1) - 1)) from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise BlockError(f"This is not Python: {error}.", where=where) from error
        if not statements and not found.is_expression:
            said = "nothing is written" if not source else f"`{_short(source)}` is a statement"
            raise BlockError(f"An expression is needed here, but {said}.", where=where)
        self.claim_from(found)
        return Expression(source, where, statements=statements)

    def expressions(self, container: Mapping, key: str) -> tuple[Expression, ...]:
        """One expression or a list of them; none when *key* is missing."""
        value = container.get(key)
        if isinstance(value, Listing):
            return tuple(self.require_expression(value, n) for n in range(len(value)))
        expression = self.expression(container, key)
        return () if expression is None else (expression,)

    def flag(self, container: Mapping, key: str, default: bool = False) -> bool | Expression:
        """A truth value, or an expression that decides it."""
        value = container.get(key, default)
        if value is None:
            return False
        if isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return bool(value)
        if isinstance(value, str) and not value.strip():
            return default
        return self.require_expression(container, key)

    def value(self, container: Mapping | Listing, key: Any) -> Value:
        """A constant, a text with Mako, or ``{code: …}``."""
        value = container.get(key) if isinstance(container, Mapping) else container[key]
        match value:
            case None | bool() | int() | float():
                return value
            case Mapping() if list(value) == ["code"]:
                return self.require_expression(value, "code")
            case Mapping() | Listing():
                raise self.error(f"`{key}` must be a plain value or `code`.", container, key)
            case str() if is_mako(value) or self.definitions:
                return self.make_text(value, self.where(container, key))
        return as_words(value)

    def code_value(self, container: Mapping, key: str) -> Value:
        """A constant, or an expression: for keys where docassemble takes Python."""
        value = container.get(key)
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping) and list(value) == ["code"]:
            return self.require_expression(value, "code")
        return self.require_expression(container, key)


def as_words(value: Any) -> str:
    """A YAML constant as docassemble's ``str()`` shows it: ``True``, ``3``, ``2024-05-01``."""
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat(" ") if isinstance(value, datetime.datetime) else value.isoformat()
    return str(value)


def plain(value: Any) -> Any:
    """YAML data as plain dictionaries, lists and constants."""
    match value:
        case Mapping():
            return {key: plain(item) for key, item in value.items()}
        case Listing():
            return [plain(item) for item in value]
    return value


def lower_keys(data: Mapping) -> Mapping:
    """*data* with its keys in small letters, as docassemble reads the keys of blocks and attachments."""
    if all(isinstance(key, str) and key == key.lower() for key in data):
        return data
    lowered = Mapping(data.line)
    for key, value in data.items():
        low = key.lower() if isinstance(key, str) else key
        lowered[low], lowered.key_lines[low], lowered.lines[low] = value, data.key_lines[key], data.lines[key]
    return lowered


@lru_cache(maxsize=32768)
def normal(variable: str) -> str:
    """A variable as names are written everywhere: ``a["b"]`` is ``a['b']``. What is no path stays as it is."""
    try:
        return str(names.parse(variable))
    except names.BadPath:
        return variable.strip()


@lru_cache(maxsize=32768)
def is_variable(text: str) -> bool:
    """Whether *text* can name a variable: a name with attributes, and subscripts that are constants or variables."""
    try:
        path = names.parse(text)
    except names.BadPath:
        return False
    return all(isinstance(step, names.Attribute) or _is_key(step.key) for step in path.steps)


def _is_key(key: str) -> bool:
    found = names_in(key)
    return not found.uses or (names.is_path(key) and is_variable(key))


def _short(text: str) -> str:
    first = text.split("\n", 1)[0]
    return first if len(first) <= 40 and first == text else first[:40] + "…"
