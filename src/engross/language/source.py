"""Source: the files of an interview, and the blocks they are cut into, each with its file and line.

A file is named as authors name it: ``docassemble.AssemblyLine:assembly_line.yml`` (which is
``data/questions/assembly_line.yml`` of that package), ``engross.packages.demo:demo.yml``, or a plain path. Packages are found on
disk without importing them. YAML is read as YAML 1.2, so that a bare ``Yes`` is a word, and every value keeps its line.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import yaml as libyaml
from ruamel.yaml import YAML
from ruamel.yaml.constructor import ConstructorError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import Resolver

from engross.errors import SourceError, Where, nearest

QUESTIONS = "data/questions"
SUBSTITUTES = {
    "docassemble.AssemblyLine": ("engross.packages.assembly_line",),
    "docassemble.ALToolbox": ("engross.packages.altoolbox", "engross.packages.assembly_line"),
    "docassemble.base": ("engross.packages.basic",),
}
"""Where a package's files are looked for when the published package is not installed."""


class Mapping(dict[Any, Any]):
    """A YAML mapping that knows where each key and value stands (one-based lines in the file)."""

    __slots__ = ("key_lines", "line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.key_lines: dict[Any, int] = {}
        self.lines: dict[Any, int] = {}


class Listing(list[Any]):
    """A YAML sequence that knows the line of each item (one-based)."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A YAML file and how it is called."""

    name: str
    """``package:data/questions/name.yml``, or the path for a file outside of any package."""
    path: Path
    package: str
    """The package it belongs to; for a file outside of any package, its folder."""
    root: Path | None = None
    """The folder that holds the ``docassemble`` folder of an unpacked package: its siblings are found there too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceBlock:
    """One YAML document of a file."""

    file: SourceFile
    line: int
    """One-based line of its first line of content."""
    text: str
    data: Mapping


# ------------------------------------------------------------------------------------------------------ finding files


def find(reference: str, *, near: SourceFile | None = None) -> SourceFile:
    """The file that *reference* names, seen from the file *near*. Raises SourceError."""
    reference = reference.strip()
    package, colon, name = reference.partition(":")
    if colon and not _is_drive(package):
        return _find_in_package(package, name, near)
    if near is not None:
        return _find_beside(reference, near)
    return _find_path(reference)


def _is_drive(text: str) -> bool:
    return len(text) == 1 or "/" in text or "\\" in text


def _find_in_package(package: str, name: str, near: SourceFile | None) -> SourceFile:
    # docassemble keeps interviews being written in packages like `docassemble.playground1`; they have no data folder.
    name = name if name.startswith("data/") else f"{QUESTIONS}/{name}"
    root = near.root if near else None
    for owner in (package, *SUBSTITUTES.get(package, ())):
        for folder in package_folders(owner, root):
            path = folder / name
            if _is_inside(path, folder) and path.is_file():
                return SourceFile(name=f"{owner}:{name}", path=path, package=owner, root=_root_of(folder, owner) or root)
    folders = [folder for owner in (package, *SUBSTITUTES.get(package, ())) for folder in package_folders(owner, root)]
    if not folders:
        raise SourceError(f"`{package}:{name}` cannot be found: the package `{package}` is not installed.")
    known = [p.name for folder in folders for p in (folder / QUESTIONS).glob("*.yml")]
    raise SourceError(
        f"The package `{package}` has no file `{name}`.", nearest=nearest(Path(name).name, known)
    )


def _find_beside(reference: str, near: SourceFile) -> SourceFile:
    """A bare file name in an include is relative to the file that includes it."""
    for folder in (near.path.parent, *_question_folders(near)):
        path = folder / reference.removeprefix(f"{QUESTIONS}/")
        if path.is_file():
            return _describe(path, near)
    for owner in ("docassemble.base", *SUBSTITUTES["docassemble.base"]):
        for folder in package_folders(owner, near.root):
            path = folder / QUESTIONS / reference.removeprefix(f"{QUESTIONS}/")
            if path.is_file():
                return _describe(path, near)
    raise SourceError(
        f"There is no file `{reference}` beside {near.name}.",
        nearest=nearest(reference, [p.name for p in near.path.parent.glob("*.yml")]),
    )


def _question_folders(near: SourceFile) -> Iterator[Path]:
    for folder in package_folders(near.package, near.root):
        yield folder / QUESTIONS


def _find_path(reference: str) -> SourceFile:
    path = Path(reference).expanduser()
    if path.is_dir():
        files = interviews_in(path)
        if len(files) != 1:
            said = ", ".join(file.path.name for file in files[:8]) or "none"
            raise SourceError(f"`{reference}` is a folder; name one of its interviews ({said}).")
        return files[0]
    if not path.is_file():
        known = [p.name for p in path.parent.glob("*.yml")] if path.parent.is_dir() else []
        raise SourceError(f"There is no file `{reference}`.", nearest=nearest(path.name, known))
    return _describe(path, None)


_IN_PACKAGE = re.compile(r"^(?P<root>.*)/(?P<package>(?:docassemble|engross/packages)/\w+)/(?P<name>data/questions/.*)$")


def _describe(path: Path, near: SourceFile | None) -> SourceFile:
    """Name a file by its package when its path shows one, otherwise by the path."""
    path = path.absolute() if ".." not in path.parts else path.resolve()
    match = _IN_PACKAGE.match(path.as_posix())
    if match:
        package = match["package"].replace("/", ".")
        root = Path(match["root"]) if package.startswith("docassemble.") else None
        return SourceFile(name=f"{package}:{match['name']}", path=path, package=package, root=root)
    root = near.root if near else None
    return SourceFile(name=str(path), path=path, package=str(path.parent), root=root)


def _root_of(folder: Path, package: str) -> Path | None:
    return folder.parents[package.count(".")] if package.startswith("docassemble.") else None


def _is_inside(path: Path, folder: Path) -> bool:
    return ".." not in path.parts and path.is_relative_to(folder)


def package_folders(package: str, root: Path | None = None) -> tuple[Path, ...]:
    """Every folder that holds files of *package*: an unpacked package under *root* first, then what is installed."""
    if "/" in package:
        return (Path(package),) if Path(package).is_dir() else ()
    if not re.fullmatch(r"\w+(\.\w+)*", package):
        return ()
    found = _installed_folders(package, tuple(sys.path))
    if root is not None:
        own = root.joinpath(*package.split("."))
        if own.is_dir() and own not in found:
            return (own, *found)
    return found


@lru_cache(maxsize=512)
def _installed_folders(package: str, search: tuple[str, ...]) -> tuple[Path, ...]:
    parts = package.split(".")
    found: dict[Path, None] = {}
    # A plain look along the search path comes first: an old package may bring a `docassemble/__init__.py` that hides the
    # other parts of the namespace from Python's own finder.
    for entry in search:
        folder = Path(entry or ".").joinpath(*parts)
        if folder.is_dir():
            found[folder.absolute()] = None
    for place in _spec_locations(parts):
        found[Path(place).absolute()] = None
    return tuple(found)


def _spec_locations(parts: list[str]) -> Iterator[str]:
    """What the import system says (editable installs), asked without importing anything."""
    where: list[str] = []
    for depth in range(1, len(parts) + 1):
        name = ".".join(parts[:depth])
        for finder in (*sys.meta_path, PathFinder):
            find_spec = getattr(finder, "find_spec", None)
            try:
                spec = find_spec(name, where or None) if find_spec else None
                locations = list(spec.submodule_search_locations or ()) if spec is not None else []
            except KeyError:
                # A namespace inside a namespace that nobody imported: Python cannot list it, but it is in its parent's folders.
                locations = [str(Path(place) / parts[depth - 1]) for place in where]
            except (ImportError, ValueError, AttributeError):
                locations = []
            if locations:
                where = locations
                break
        else:
            return
    yield from (place for place in where if Path(place).is_dir())


def locate_data(reference: str, *, package: str, folder: str = "templates", root: Path | None = None) -> Path | None:
    """A data file of a package: ``name.docx`` or ``package:data/templates/name.docx``. None when there is none.

    *package* is that of the block that names the file; *folder* is ``templates``, ``static`` or ``sources``. For an interview
    outside of any package (*package* is its folder) the file may lie in ``data/templates``, ``templates`` or beside it.
    """
    owner, colon, name = reference.strip().partition(":")
    if not colon or _is_drive(owner):
        owner, name = package, reference.strip()
    for candidate in (owner, *SUBSTITUTES.get(owner, ())):
        for base in package_folders(candidate, root):
            places = [base / name, base / "data" / folder / name]
            if "/" in candidate:
                places += [base / folder / name, base.parent / folder / name]
            for path in places if colon or "/" in candidate else places[::-1]:
                if ".." not in Path(name).parts and path.is_file():
                    return path
    return None


def interviews_in(folder: str | Path) -> tuple[SourceFile, ...]:
    """The YAML files of a folder, or of the packages unpacked in it (``docassemble/NAME/data/questions``)."""
    base = Path(folder)
    files = sorted(base.glob("*.yml")) + sorted(base.glob("*.yaml"))
    if not files:
        files = sorted(base.glob("docassemble/*/data/questions/*.yml")) + sorted(base.glob("data/questions/*.yml"))
    return tuple(_describe(path, None) for path in files)


# ----------------------------------------------------------------------------------------------------- cutting, parsing

_SEPARATOR = re.compile(r"^---[ \t]*(?:#.*)?$", re.MULTILINE)
_CLOSING_DOTS = re.compile(r"[\n\r]+\.\.\.\s*$")


def read_text(file: SourceFile) -> str:
    """The file's text with Unix line ends and without a byte order mark. Raises SourceError."""
    try:
        text = file.path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{file.name} is not UTF-8 text (byte {error.start}).", where=Where(file.name, 1)) from error
    except OSError as error:
        raise SourceError(f"{file.name} cannot be read: {error.strerror}.", where=Where(file.name, 1)) from error
    return _made_by_jinja(file, text) if text.startswith("# use jinja") else text


def _made_by_jinja(file: SourceFile, text: str) -> str:
    """The YAML that a file which begins with ``# use jinja`` writes when Jinja2 reads it, in its sandbox. It may include and import what
    lies beside it, and knows its own name and package. Lines stay what they are as long as no loop writes some twice. Raises SourceError."""
    from jinja2 import FileSystemLoader, TemplateError, TemplateSyntaxError
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(loader=FileSystemLoader(file.path.parent), keep_trailing_newline=True)
    try:
        return environment.from_string(text).render(__filename__=file.name, __current_package__=file.package)
    except TemplateSyntaxError as error:
        place = error.name or file.name
        raise SourceError(f"Jinja2 (`# use jinja`) cannot read this file: {error.message}", where=Where(place, error.lineno)) from error
    except TemplateError as error:
        raise SourceError(f"Jinja2 (`# use jinja`) could not make this file: {error.message or type(error).__name__}", where=Where(file.name, 1)) from error
    except Exception as error:  # what a template calls may raise anything; its author must hear of it, not the visitor
        raise SourceError(f"Jinja2 (`# use jinja`) could not make this file: {type(error).__name__}: {error}", where=Where(file.name, 1)) from error


def cut(text: str) -> Iterator[tuple[int, str]]:
    """The documents of a file as (one-based line, text). Tabs count as two spaces, as docassemble has it."""
    line = 1
    for part in _SEPARATOR.split(text):
        document = _CLOSING_DOTS.sub("", part).replace("\t", "  ")
        yield line, document
        line += part.count("\n")


def read_blocks(file: SourceFile, text: str, errors: list[SourceError] | None = None) -> Iterator[SourceBlock]:
    """The blocks of a file; empty documents and those of comments only are left out.

    A document that is not YAML, or not a mapping, raises SourceError; with *errors*, it is added there and left out.
    """
    for line, document in cut(text):
        try:
            data = _parsed(document, file.name, line)
            if data is None:
                continue
            if not isinstance(data, Mapping):
                raise SourceError("A block must be a mapping of keys to values.", where=Where(file.name, _first(document, line)))
        except SourceError as error:
            if errors is None:
                raise
            errors.append(error)
            continue
        yield SourceBlock(file=file, line=data.line, text=document.strip("\n"), data=data)


@lru_cache(maxsize=4096)
def _parsed(document: str, name: str, line: int) -> Any:
    """As :func:`parse_yaml`, once for each document: the interviews of a process share what they include, and an edited file
    costs only its edited documents. Nobody may change what this gives."""
    return parse_yaml(document, name, line)


def _first(document: str, line: int) -> int:
    """The line of the first content of a document that begins at *line*."""
    for number, text in enumerate(document.split("\n")):
        if text.strip() and not text.lstrip().startswith("#"):
            return line + number
    return line


_WORDS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:value")
_NULL = "tag:yaml.org,2002:null"
_ORDERED = "tag:yaml.org,2002:omap"
_MERGE = "tag:yaml.org,2002:merge"


def parse_yaml(text: str, name: str = "", line: int = 1) -> Any:
    """YAML 1.2 as Mapping, Listing and constants; *line* is the file's line of the first line of *text*. Raises SourceError."""
    try:
        node = _composed(text)
        return None if node is None else _construct(node, line, name)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(str(part) for part in (error.context, error.problem) if part)
        raise SourceError(f"This is not YAML: {said}.", where=Where(name, line + (mark.line if mark else 0))) from error
    except YAMLError as error:
        raise SourceError(f"This is not YAML: {error}.", where=Where(name, line)) from error


class _Composer(libyaml.CBaseLoader):
    """libyaml, with which docassemble reads too, and the constants of YAML 1.2."""

    yaml_implicit_resolvers = Resolver.yaml_implicit_resolvers


_READ_OTHERWISE = re.compile("^%YAML|[\x85\u2028\u2029]", re.MULTILINE)
"""What libyaml, which knows YAML 1.1 alone, takes for something else."""


def _composed(text: str) -> Any:
    """The root node of *text*, of PyYAML or of ruamel.yaml, which are alike; None when there is only a comment.

    libyaml is ten times as fast; what it refuses is read again by ruamel.yaml, which takes some of it (YAML 1.2) and says better
    what is wrong with the rest. Raises ruamel.yaml's errors.
    """
    if not _READ_OTHERWISE.search(text):
        try:
            return libyaml.compose(text, _Composer)
        except libyaml.YAMLError:
            pass
    return YAML(typ="safe", pure=True).compose(text)


def _construct(node: Any, offset: int, name: str) -> Any:
    line = offset + node.start_mark.line
    if node.id == "scalar":
        return _scalar(node, line, name)
    if node.id == "sequence":
        listing = Listing(line)
        for item in node.value:
            listing.append(_construct(item, offset, name))
            listing.lines.append(_content_line(item, offset))
        return _ordered(listing) if node.tag == _ORDERED else listing
    mapping = Mapping(line)
    merged: list[Mapping] = []
    for key_node, value_node in node.value:
        if key_node.tag == _MERGE:
            value = _construct(value_node, offset, name)
            merged += value if isinstance(value, Listing) else [value]
            continue
        key = _construct(key_node, offset, name)
        key_line = offset + key_node.start_mark.line
        if isinstance(key, Mapping | Listing):
            raise SourceError("A key must be a word, not a list or a mapping.", where=Where(name, key_line))
        if key in mapping:
            raise SourceError(
                f"The key `{key}` is there twice (first on line {mapping.key_lines[key]}).", where=Where(name, key_line)
            )
        mapping[key] = _construct(value_node, offset, name)
        mapping.key_lines[key] = key_line
        # The mark of an empty value is where the next token begins.
        mapping.lines[key] = key_line if mapping[key] is None else _content_line(value_node, offset)
    for other in merged:
        for key in other:
            if key not in mapping:
                mapping[key] = other[key]
                mapping.key_lines[key], mapping.lines[key] = other.key_lines[key], other.lines[key]
    return mapping


def _ordered(pairs: Listing) -> Mapping | Listing:
    """``!!omap``: a list of mappings of one entry each, as one mapping."""
    made = Mapping(pairs.line)
    for pair in pairs:
        if not isinstance(pair, Mapping):
            return pairs
        made.update(pair)
        made.key_lines.update(pair.key_lines)
        made.lines.update(pair.lines)
    return made


def _content_line(node: Any, offset: int) -> int:
    """Where the text of a node begins: for a block scalar, the line after its ``|``."""
    line: int = offset + node.start_mark.line
    if node.id == "scalar" and node.style in ("|", ">"):
        line += 1
    return line


def _scalar(node: Any, line: int, name: str) -> Any:
    if node.tag in _WORDS:
        return node.value
    try:
        return _constant(node.tag, node.value)
    except (ConstructorError, ValueError) as error:
        raise SourceError(f"`{node.value}` is not a value that YAML knows: {error}.", where=Where(name, line)) from error


@lru_cache(maxsize=1024)
def _constant(tag: str, text: str) -> Any:
    """What a scalar with *tag* stands for: None, a boolean, a number, a date. Raises ConstructorError or ValueError."""
    return None if tag == _NULL else YAML(typ="safe", pure=True).constructor.construct_object(ScalarNode(tag, text))
