"""Interview: blocks in order, and the index from a name (and class) to the blocks that can define it.

``load`` reads an interview with all it includes; ``Interviews`` keeps loaded ones for a process and reads them again when a file
of theirs was edited.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engross.errors import AuthorError, BlockError, Notice, SourceError, Where
from engross.language.blocks import (
    Block,
    Code,
    Expression,
    Help,
    Question,
    QuestionKind,
    Require,
    Settings,
    Text,
)
from engross.language.parse import parse_block, parse_help, parse_terms
from engross.language.reader import Reader, Reading, as_words, lower_keys, normal, plain
from engross.language.source import Listing, Mapping, SourceFile, find, locate_data, read_blocks, read_text
from engross.language.translations import Table as Translations
from engross.language.translations import add as add_translations
from engross.language.translations import read as read_translations


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
    leading: tuple[Block, ...] = ()
    """Those of ``blocks`` that each pass may run by itself: ``initial`` and ``mandatory``."""
    files: dict[str, float] = field(default_factory=dict)
    """Every file that was read → its modification time, to notice an edit."""
    digest: str = ""
    """Hash of all sources: names this revision."""
    notices: tuple[Notice, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    features: dict[str, Any] = field(default_factory=dict)
    """Later blocks over earlier ones. ``css``, ``javascript`` (lists, all of them) and ``bootstrap theme`` name files as
    ``package:data/static/name`` or by URL."""
    sections: dict[str, tuple[Section, ...]] = field(default_factory=dict)
    """language → sections"""
    progressive: bool = True
    auto_open: bool = False
    screen_parts: dict[str, dict[str, Text]] = field(default_factory=dict)
    """language → part (``under``, ``title``, ``continue button label`` …) → text"""
    validation_messages: dict[str, dict[str, Text]] = field(default_factory=dict)
    """language → kind of mistake → text, from ``default validation messages``"""
    terms: dict[str, dict[str, Text]] = field(default_factory=dict)
    auto_terms: dict[str, dict[str, Text]] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    """icon name → file reference"""
    help: dict[str, Help] = field(default_factory=dict)
    """``interview help`` by language; the last one counts"""
    translations: tuple[str, ...] = ()
    """``package:data/sources/name.xlsx``"""
    translation_files: tuple[Path, ...] = ()
    """Those of them that are there; read when somebody first needs another language."""
    known_translations: Translations | None = None
    """What those files say, once they were read: see ``translation_table``."""
    modules: tuple[tuple[str, str], ...] = ()
    """(module, package of the block) for ``modules``: all public names are imported. ``.name`` is resolved in its package; it
    stays relative when the interview lies outside of any package (the package is its folder then)."""
    imports: tuple[str, ...] = ()
    reset: tuple[str, ...] = ()
    always_reconsider: tuple[str, ...] = ()
    always_reconsider_generic: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """``generic object`` class → what its blocks with ``reconsider: True`` set"""
    on_change: tuple[tuple[str, Expression], ...] = ()
    default_language: str | None = None
    default_role: tuple[str, ...] = ()
    attachment_options: dict[str, Any] = field(default_factory=dict)
    calls_process_action: bool = False
    """Whether code of the interview calls ``process_action()`` itself, so that it must not be called before it."""
    index: dict[str, dict[str, dict[str, tuple[Block, ...]]]] = field(default_factory=dict)
    """pattern → generic class name ("" when not generic) → language ("*") → blocks, best first"""
    by_id: dict[str, Block] = field(default_factory=dict)
    """id → its block; the last one when an id is used again"""
    by_name: dict[str, Block] = field(default_factory=dict)
    """name → its block, also those that stand inside of others"""
    invalidates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """variable → what ``depends on`` says must go when it changes"""

    @property
    def translation_table(self) -> Translations:
        """text → language → translation. A file that cannot be read gives nothing here; ``check`` tells of it."""
        if self.known_translations is None:
            table: Translations = {}
            for path in self.translation_files:
                with contextlib.suppress(SourceError):
                    add_translations(table, read_translations(path))
            self.known_translations = table
        return self.known_translations

    def translate(self, text: str, language: str) -> str | None:
        """*text* of the interview in *language*, or None when it stays as it is. In the interview's own language nothing is read."""
        if not self.translation_files or language == (self.default_language or "en"):
            return None
        found = self.translation_table.get(text) or self.translation_table.get(text.strip()) or {}
        return found.get(language)

    def blocks_for(self, pattern: str, generic: str = "", language: str = "*") -> tuple[Block, ...]:
        """Blocks that can define *pattern*, the preferred one first: *language* before ``*``, later before earlier, unless
        ``order`` or ``supersedes`` says otherwise."""
        languages = self.index.get(pattern, {}).get(generic, {})
        own = languages.get(language, ()) if language != "*" else ()
        return own + languages.get("*", ())


# ------------------------------------------------------------------------------------------------------------- loading


def load(file: str, *, errors: list[AuthorError] | None = None) -> Interview:
    """The interview in *file* with all that it includes.

    Raises SourceError or BlockError at the first mistake; with *errors*, every mistake is added there, the block is left out and
    reading goes on.
    """
    source = find(file)
    loader = _Loader(source, errors)
    loader.include(source)
    return loader.finish()


class _Loader:
    """Follows includes and collects blocks; lives for one load."""

    def __init__(self, main: SourceFile, errors: list[AuthorError] | None) -> None:
        self.main = main
        self.errors = errors
        self.reading = Reading()
        self.blocks: list[Block] = []
        self.said: list[tuple[SourceFile, Mapping]] = []
        """For each block, its file and its YAML: any block may also say something of the interview."""
        self.included: set[Path] = set()
        self.files: dict[str, float] = {}
        self.hash = hashlib.sha256()

    def include(self, file: SourceFile) -> None:
        """Read a file where its include stands, once."""
        if file.path in self.included:
            return
        self.included.add(file.path)
        text = read_text(file)
        self.files[str(file.path)] = file.path.stat().st_mtime
        self.hash.update(f"{file.name}\0{text}\0".encode())
        language = "*"
        source_errors: list[SourceError] | None = None if self.errors is None else []
        for source in read_blocks(file, text, source_errors):
            try:
                block = parse_block(source, self.reading, number=len(self.blocks), language=language)
            except BlockError as error:
                self.fail(error)
                continue
            data = lower_keys(source.data)
            self.blocks.append(block)
            self.said.append((file, data))
            language = as_words(data.get("default language") or language)
            self.follow(data, block, file)
        if self.errors is not None:
            self.errors += source_errors or []

    def fail(self, error: AuthorError) -> None:
        if self.errors is None:
            raise error
        self.errors.append(error)

    def follow(self, data: Mapping, block: Block, file: SourceFile) -> None:
        """Read what a block includes."""
        references = data.get("include")
        if references is None:
            return
        if not isinstance(references, str | Listing):
            self.fail(BlockError("`include` must be a file or a list of files.", where=block.where))
            return
        for n, reference in enumerate([references] if isinstance(references, str) else references):
            line = references.lines[n] if isinstance(references, Listing) else data.lines["include"]
            where = Where(file.name, line)
            try:
                found = find(as_words(reference), near=file)
            except SourceError as error:
                self.missing(error.located(where=where), file, where)
                continue
            self.include(found)

    def missing(self, error: AuthorError, file: SourceFile, where: Where) -> None:
        # A published package may include a file of another one that is not there, or not in this release (AssemblyLine 4.8
        # wants `translation_strings.yml`, which came with ALToolbox 0.19). Its user cannot mend that; the rest of it works.
        if file.package != self.main.package:
            self.reading.notices.append(Notice(where=where, message=f"{error.message} It is left out."))
        else:
            self.fail(error)

    def finish(self) -> Interview:
        """The interview, with its settings and its index."""
        for path in self.reading.content_files:
            self.files[str(path)] = path.stat().st_mtime
            self.hash.update(path.read_bytes())
        blocks = tuple(self.blocks)
        interview = Interview(
            file=self.main.name, package=self.main.package, blocks=blocks, files=self.files, digest=self.hash.hexdigest()
        )
        for block, (file, data) in zip(blocks, self.said, strict=True):
            try:
                _collect(interview, block, data, Reader(file, block.where.line, self.reading))
            except BlockError as error:
                self.fail(error)
        interview.translation_files = tuple(self.find_translations(interview))
        blocks += _generated_review(interview)
        interview.leading = tuple(block for block in blocks if block.mandatory is not False or getattr(block, "initial", False) is not False)
        interview.by_id = {block.id: block for block in blocks if block.id is not None}
        interview.by_name = {inner.name: inner for block in blocks for inner in _with_embedded(block)}
        interview.calls_process_action = any(isinstance(b, Code) and "process_action(" in b.code.source for b in blocks)
        interview.index = _index(blocks, interview.by_id)
        interview.invalidates = _dependencies(blocks)
        _collect_reconsidered(interview)
        interview.default_role = self.reading.default_role
        interview.notices = tuple(self.reading.notices)
        return interview

    def find_translations(self, interview: Interview) -> Iterator[Path]:
        """The translation files that are there, watched like the YAML; ``check`` tells of those that are not."""
        for reference in interview.translations:
            name = reference.removeprefix(f"{interview.package}:data/sources/")
            path = locate_data(name, package=interview.package, folder="sources", root=self.main.root)
            if path is not None:
                self.files[str(path)] = path.stat().st_mtime
                yield path


GENERATED_REVIEW = "check_your_answers"
"""The event of the review screen that is shown where no author wrote one (``engine.overview``)."""


def way_to_review(block: Block) -> str | None:
    """What an action asks for to see *block*, when it is a review screen of the whole interview."""
    if not isinstance(block, Question) or block.kind is not QuestionKind.REVIEW or block.generic:
        return None
    ways = (*block.events, block.continue_button_field or "")
    return next((name for name in ways if name.isidentifier()), None)


def _generated_review(interview: Interview) -> tuple[Question, ...]:
    """The review screen of an interview that has none. None with ``generated review: False`` under ``features``."""
    blocks = interview.blocks
    is_wanted = interview.features.get("generated review") is not False
    if not is_wanted or any(way_to_review(block) is not None or GENERATED_REVIEW in block.sets for block in blocks):
        return ()
    where = Where(interview.file, 1)
    return (
        Question(
            where=where,
            name="Generated review",
            number=len(blocks),
            kind=QuestionKind.REVIEW,
            question=Text("${ word('Check your answers') }", where),
            subquestion=Text("${ word('You can change any answer.') }", where),
            resume_label=Text("${ word('My answers are right. Continue') }", where),
            sets=(GENERATED_REVIEW,),
            events=(GENERATED_REVIEW,),
        ),
    )


def _with_embedded(block: Block) -> Iterator[Block]:
    """A block and the blocks in its choices or its ``orelse``, inner ones first."""
    if isinstance(block, Question) and block.choices is not None:
        for choice in block.choices.items:
            if choice.block is not None:
                yield from _with_embedded(choice.block)
    if isinstance(block, Require):
        yield from _with_embedded(block.orelse)
    yield block


# --------------------------------------------------------------------------------------------------------------- index


def _index(blocks: Sequence[Block], by_id: dict[str, Block]) -> dict[str, dict[str, dict[str, tuple[Block, ...]]]]:
    # docassemble also finds a generic block by the plain text of what it sets, for the names in it that do not begin with `x`.
    lists: dict[str, dict[str, dict[str, list[Block]]]] = {}
    for block in blocks:
        for name in block.sets:
            for generic in ("", block.generic) if block.generic else ("",):
                lists.setdefault(name, {}).setdefault(generic, {}).setdefault(block.language, []).append(block)
    preferred = _Preference(blocks, by_id)
    return {
        name: {generic: {lang: preferred.sort(found) for lang, found in langs.items()} for generic, langs in generics.items()}
        for name, generics in lists.items()
    }


class _Preference:
    """Which of several blocks is tried first: the later, unless ``order`` or ``supersedes`` speaks of two of them."""

    def __init__(self, blocks: Sequence[Block], by_id: dict[str, Block]) -> None:
        self.said: dict[int, dict[int, int]] = {}
        for block in blocks:
            ids: Iterable[str] = block.supersedes
            numbers = [block.number] if block.supersedes else []
            if isinstance(block, Settings) and isinstance(block.values.get("order"), Listing):
                ids = [as_words(item) for item in block.values["order"]]
            self._remember(numbers + [by_id[name].number for name in ids if name in by_id])

    def _remember(self, ordering: list[int]) -> None:
        for position, one in enumerate(ordering):
            for other in (*ordering[:position], *ordering[position + 1 :]):
                self.said.setdefault(other, {})[one] = -1 if ordering.index(other) > position else 1

    def sort(self, blocks: Sequence[Block]) -> tuple[Block, ...]:
        if len(blocks) < 2:
            return tuple(blocks)
        if not self.said:
            return tuple(reversed(blocks))
        ordered = sorted(blocks, key=functools.cmp_to_key(self._compare))
        return tuple(ordered[::-1])

    def _compare(self, one: Block, other: Block) -> int:
        return self.said.get(one.number, {}).get(other.number, 0)


def _dependencies(blocks: Sequence[Block]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for block in blocks:
        for variable in block.depends_on:
            found.setdefault(variable, {}).update(dict.fromkeys(block.sets))
    return {variable: tuple(names) for variable, names in found.items()}


def _collect_reconsidered(interview: Interview) -> None:
    plainly: dict[str, None] = {}
    generic: dict[str, dict[str, None]] = {}
    for block in interview.blocks:
        if block.reconsider.always:
            (generic.setdefault(block.generic, {}) if block.generic else plainly).update(dict.fromkeys(block.sets))
    interview.always_reconsider = tuple(plainly)
    interview.always_reconsider_generic = {name: tuple(sets) for name, sets in generic.items()}


# ------------------------------------------------------------------------------------------------------------ settings


def _collect(interview: Interview, block: Block, data: Mapping, reader: Reader) -> None:
    """What a block says of the interview, in its place."""
    for key in data:
        collect = _COLLECTORS.get(key)
        if collect is None or data[key] is None or (isinstance(block, Question) and key in ("terms", "auto terms")):
            continue
        collect(interview, reader, data, block)


def _metadata(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    metadata = _mapping(reader, values, "metadata")
    for key, value in plain(metadata).items():
        old = interview.metadata.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            _update(old, value)
        else:
            interview.metadata[key] = value
    if metadata.get("confidential", "strict") != "strict":
        raise reader.error("`confidential` of the metadata can only be `strict`.", metadata, "confidential")
    if metadata.get("default language"):
        interview.default_language = as_words(metadata["default language"])


def _update(old: dict[Any, Any], new: dict[Any, Any]) -> None:
    for key, value in new.items():
        if isinstance(old.get(key), dict) and isinstance(value, dict):
            _update(old[key], value)
        else:
            old[key] = value


FEATURE_KEYS = frozenset(
    {
        "auto jinja filter", "bootstrap theme", "cache documents", "centered", "checkin interval", "css",
        "custom datatypes to load", "debug", "default date max", "default date min", "disable analytics", "floating labels",
        "generated review", "go full screen", "hide corner interface", "hide navbar", "hide standard menu", "image upload type", "inverse navbar",
        "javascript", "labels above fields", "loop limit", "maximum image size", "navigation", "navigation back button",
        "numeric inputs", "pdf/a", "pdftk", "popover trigger", "progress bar", "progress bar method", "progress bar multiplier",
        "progress can go backwards", "question back button", "question help button", "recursion limit", "review button color",
        "review button icon", "send question data", "show progress bar percentage", "small screen navigation",
        "suppress autofill", "table width", "tagged pdf", "use catchall", "wide side by side",
    }
)  # fmt: skip
"""Every key under ``features``."""


def _features(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    features = _mapping(reader, values, "features")
    reader.check_keys(features, FEATURE_KEYS, "`features`")
    for key, value in features.items():
        if key in ("css", "javascript"):
            files = value if isinstance(value, Listing) else [value]
            known = interview.features.setdefault(key, [])
            known += [qualify(as_words(name), block.package, "static") for name in files if name is not None]
        elif key == "bootstrap theme" and value:
            interview.features[key] = qualify(as_words(value), block.package, "static")
        else:
            interview.features[key] = plain(value)


def qualify(reference: str, package: str, folder: str) -> str:
    """A file of a package by its full name: ``package:data/static/name``; URLs and full names stay as they are."""
    if ":" in reference or reference.startswith("/"):
        return reference
    name = reference if reference.startswith("data/") else f"data/{folder}/{reference}"
    return f"{package}:{name}"


def _sections(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    if not isinstance(values["sections"], Listing):
        raise reader.error("`sections` must be a list.", values, "sections")
    interview.sections[block.language] = _section_list(reader, values["sections"])
    interview.progressive = _truth(reader, values, "progressive", interview.progressive)
    interview.auto_open = _truth(reader, values, "auto open", interview.auto_open)


def _section_list(reader: Reader, entries: Listing) -> tuple[Section, ...]:
    found: list[Section] = []
    for n, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            title = reader.make_text(as_words(entry), reader.where(entries, n))
            found.append(Section(key=as_words(entry), title=title))
            continue
        children = entry.get("subsections")
        for key, value in entry.items():
            if key == "subsections":
                continue
            below = value if isinstance(value, Listing) else children
            title = reader.make_text(as_words(key if isinstance(value, Listing) else value), reader.where_key(entry, key))
            found.append(
                Section(key=as_words(key), title=title, children=_section_list(reader, below) if isinstance(below, Listing) else ())
            )
    return tuple(found)


def _truth(reader: Reader, values: Mapping, key: str, default: bool) -> bool:
    value = values.get(key, default)
    if not isinstance(value, bool):
        raise reader.error(f"`{key}` must be True or False.", values, key)
    return value


def _screen_parts(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    parts = interview.screen_parts.setdefault(block.language, {})
    given = _mapping(reader, values, "default screen parts")
    for key in given:
        text = reader.text(given, key)
        if text is None:
            parts.pop(key, None)
        else:
            parts[key] = Text(text.source.strip(), text.where, text.plain)


def _validation_messages(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    messages = interview.validation_messages.setdefault(block.language, {})
    given = _mapping(reader, values, "default validation messages")
    messages.update({as_words(kind): reader.require_text(given, kind) for kind in given})


def _terms(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    interview.terms.setdefault(block.language, {}).update(parse_terms(reader, values, "terms"))


def _auto_terms(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    interview.auto_terms.setdefault(block.language, {}).update(parse_terms(reader, values, "auto terms"))


def _images(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    images = _mapping(reader, values, "images")
    interview.images.update({as_words(name): qualify(as_words(file), block.package, "static") for name, file in images.items()})


def _image_sets(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    sets = _mapping(reader, values, "image sets")
    entries = [sets] if "images" in sets and "attribution" in sets else list(sets.values())
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise reader.error("Each of the `image sets` must be a mapping with `images`.", values, "image sets")
        images = entry.get("images")
        for image in images if isinstance(images, Listing) else [images]:
            pairs = image if isinstance(image, Mapping) else {image: image}
            for name, file in pairs.items():
                if name is not None:
                    interview.images[as_words(name)] = qualify(as_words(file), block.package, "static")


def _help(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    found = parse_help(reader, values)
    if found is not None:
        interview.help[block.language] = found


def _translations(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    if not isinstance(values["translations"], Listing):
        raise reader.error("`translations` must be a list of files.", values, "translations")
    for n, item in enumerate(values["translations"]):
        if not isinstance(item, str) or not item.endswith((".xlsx", ".xlf", ".xliff")):
            raise reader.error(f"`{item}` is not a translations file (.xlsx, .xlf or .xliff).", values["translations"], n)
        interview.translations += (qualify(item, block.package, "sources"),)


def _modules(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    interview.modules += tuple((_absolute(module, block.package), block.package) for module in _module_names(reader, values, "modules"))


def _imports(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    interview.imports += tuple(_absolute(module, block.package) for module in _module_names(reader, values, "imports"))


def _module_names(reader: Reader, values: Mapping, key: str) -> tuple[str, ...]:
    names = reader.words(values, key)
    for n, name in enumerate(names):
        if not all(part.isidentifier() for part in name.lstrip(".").split(".")):
            data = values[key]
            raise reader.error(f"`{name}` cannot be the name of a module.", data if isinstance(data, Listing) else values, n if isinstance(data, Listing) else key)
    return names


def _absolute(module: str, package: str) -> str:
    return f"{package}{module}" if module.startswith(".") and "/" not in package else module


def _reset(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    interview.reset += reader.variables(values, "reset")


def _on_change(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    changes = _mapping(reader, values, "on change")
    reader.scan = False
    interview.on_change += tuple((normal(as_words(v)), reader.require_expression(changes, v, statements=True)) for v in changes)


def _attachment_options(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    options = values["attachment options"]
    for entry in options if isinstance(options, Listing) else [options]:
        if not isinstance(entry, Mapping):
            raise reader.error("`attachment options` must be a mapping.", values, "attachment options")
        _update(interview.attachment_options, plain(entry))


def _order(interview: Interview, reader: Reader, values: Mapping, block: Block) -> None:
    if not isinstance(values["order"], Listing):
        raise reader.error("`order` must be a list of ids.", values, "order")


def _mapping(reader: Reader, values: Mapping, key: str) -> Mapping:
    value = values[key]
    if not isinstance(value, Mapping):
        raise reader.error(f"`{key}` must be a mapping.", values, key)
    return value


_COLLECTORS: dict[Any, Callable[[Interview, Reader, Mapping, Block], None]] = {
    "metadata": _metadata,
    "features": _features,
    "sections": _sections,
    "default screen parts": _screen_parts,
    "default validation messages": _validation_messages,
    "terms": _terms,
    "auto terms": _auto_terms,
    "images": _images,
    "image sets": _image_sets,
    "interview help": _help,
    "translations": _translations,
    "modules": _modules,
    "imports": _imports,
    "reset": _reset,
    "on change": _on_change,
    "attachment options": _attachment_options,
    "order": _order,
}


# --------------------------------------------------------------------------------------------------------------- cache


@dataclass(slots=True)
class _Kept:
    """A loaded interview and when its files were last looked at."""

    interview: Interview
    looked: float
    """Seconds of the monotonic clock."""
    stamps: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    error: AuthorError | None = None
    """Why the newest text is not in use."""


class Interviews:
    """The interviews of a process. ``get`` notices an edited file within *patience* seconds and reads it again; while the new
    text has a mistake, the old interview stays in use and ``error`` says what is wrong."""

    def __init__(self, *, patience: float = 0.5) -> None:
        self._patience = patience
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def get(self, file: str) -> Interview:
        """The interview in *file*. Raises AuthorError when it has never loaded."""
        kept = self._kept.get(file)
        if kept is not None and time.monotonic() - kept.looked < self._patience:
            return kept.interview
        with self._lock:
            kept = self._kept.get(file)
            if kept is None:
                interview = load(file)
                self._kept[file] = _Kept(interview, time.monotonic(), _stamps(interview.files))
                return interview
            if time.monotonic() - kept.looked >= self._patience:
                self._look_again(file, kept)
            return kept.interview

    def error(self, file: str) -> AuthorError | None:
        """Why the newest text of *file* is not in use, or None when it is."""
        kept = self._kept.get(file)
        return kept.error if kept is not None else None

    def forget(self) -> None:
        """Read everything again when it is asked for next."""
        with self._lock:
            self._kept.clear()

    def _look_again(self, file: str, kept: _Kept) -> None:
        stamps = _stamps(kept.stamps)
        kept.looked = time.monotonic()
        if stamps == kept.stamps:
            return
        try:
            interview = load(file)
        except AuthorError as error:
            kept.error, kept.stamps = error, stamps
            return
        kept.interview, kept.stamps, kept.error = interview, _stamps(interview.files), None


def _stamps(files: Iterable[str]) -> dict[str, tuple[int, int] | None]:
    """file → (modification time in ns, size), None when it is gone."""
    found: dict[str, tuple[int, int] | None] = {}
    for name in files:
        try:
            status = Path(name).stat()
            found[name] = (status.st_mtime_ns, status.st_size)
        except OSError:
            found[name] = None
    return found
