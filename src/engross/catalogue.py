"""Catalogue: which interviews a server offers, from the folders, files, archives and packages it was told to serve.

An interview that visitors may start has a block that begins by itself (``mandatory``); the files it includes have none of their
own and are left out of the first page. Whoever can name a file of a served package may start it, as docassemble's ``?i=`` allows.
"""

from __future__ import annotations

import importlib.util
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from engross import names
from engross.errors import AuthorError, SourceError, nearest
from engross.language.interview import Interview, Interviews
from engross.language.source import (
    QUESTIONS,
    SourceFile,
    find,
    interviews_in,
    locate_data,
    package_folders,
    read_blocks,
    read_text,
)

ARCHIVE_BYTES = 512 * 1024 * 1024
"""Most bytes that an archive of a package may unpack to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An interview on the first page."""

    reference: str
    """``package:data/questions/name.yml`` or a path, as ``?i=`` names it."""
    title: str
    description: str = ""


def public_name(package: str) -> str:
    """How addresses name a package (``names.public_package``)."""
    return names.public_package(package)


def same_interview(one: str, other: str) -> bool:
    """Whether two references name one interview (``names.same_interview``)."""
    return names.same_interview(one, other)


class Catalogue:
    """The interviews of a server."""

    def __init__(self, references: Sequence[str], interviews: Interviews | None = None, *, unpack_to: Path | None = None) -> None:
        """*references*: folders, YAML files, ZIP archives, packages (``docassemble.NAME``) or ``package:file.yml``.

        *unpack_to*: where archives are unpacked. Raises SourceError for a reference that leads nowhere.
        """
        self.interviews = interviews or Interviews()
        self._unpack_to = unpack_to
        self.files: dict[str, SourceFile] = {}
        """reference → file, of everything that was named, includes as well."""
        for reference in references:
            for file in self._files(reference):
                self.files[file.name] = file
                make_importable(file)

    def served(self) -> Sequence[Served]:
        """The interviews on the first page."""
        return self._first_page

    @cached_property
    def _first_page(self) -> tuple[Served, ...]:
        included = {name for file in self.files.values() for name in self._included(file)}
        starts = [file for file in self.files.values() if file.name not in included and can_start(file)]
        listed = [file for file in starts if not self._is_unlisted(file)] if len(starts) > 1 else starts
        return tuple(self._describe(file) for file in listed or starts or self.files.values())

    def get(self, reference: str) -> Interview:
        """The loaded interview. Raises SourceError when it is not served, AuthorError when it cannot be read."""
        return self.interviews.get(self.resolve(reference))

    def mistake(self, reference: str) -> AuthorError | None:
        """Why the newest text of an interview is not in use, or None when it is. Raises SourceError."""
        return self.interviews.error(self.resolve(reference))

    def resolve(self, reference: str) -> str:
        """The full name of a served file, from any way to write it. Raises SourceError."""
        if reference in self.files:
            return reference
        package, colon, name = reference.partition(":")
        full = f"{package}:{QUESTIONS}/{name}" if colon and not name.startswith("data/") else reference
        if full in self.files:
            return full
        raise SourceError(f"`{reference}` is not served here.", nearest=nearest(full, self.files))

    def static(self, package: str, path: str) -> Path | None:
        """A file of an interview package's ``data/static``, or None. Any installed package: its own YAML links to it."""
        if ".." in PurePosixPath(path).parts or PurePosixPath(path).is_absolute():
            return None
        if "/" in package or package.startswith("~"):
            return self._static_beside(package, path)
        roots = {file.root for file in self.files.values()} | {None}
        for root in sorted(roots, key=str):
            found = locate_data(f"{package}:data/static/{path}", package=package, folder="static", root=root)
            if found is not None and found.is_file():
                return found
        return None

    def _static_beside(self, package: str, path: str) -> Path | None:
        """The same for interviews in a folder of their own: only from a folder ``static``, never what lies beside the YAML."""
        mark = public_name(package)
        for folder in {Path(file.package) for file in self.files.values() if mark in (file.package, public_name(file.package))}:
            for place in (folder / "data" / "static", folder / "static", folder.parent / "static"):
                if (place / path).is_file() and (place / path).resolve().is_relative_to(place.resolve()):
                    return place / path
        return None

    def _files(self, reference: str) -> Sequence[SourceFile]:
        path = Path(reference).expanduser()
        if path.is_file() and path.suffix.lower() == ".zip":
            path = self._unpacked(path)
        if path.is_dir():
            files = _in_folder(path.absolute())
            if not files:
                raise SourceError(f"There is no interview (`*.yml`) in the folder `{reference}`.")
            return files
        if not path.exists() and ":" not in reference and not reference.endswith((".yml", ".yaml")):
            return _in_package(reference)
        return (find(reference),)

    def _unpacked(self, archive: Path) -> Path:
        if self._unpack_to is None:
            raise SourceError(f"`{archive}` is an archive; unpack it and name the folder.")
        folder = self._unpack_to / archive.stem
        with zipfile.ZipFile(archive) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > ARCHIVE_BYTES:
                raise SourceError(f"`{archive}` unpacks to more than {ARCHIVE_BYTES} bytes.")
            packed.extractall(folder)
        return folder

    def _included(self, file: SourceFile) -> Iterator[str]:
        """Names of the served files that *file* includes itself."""
        try:
            blocks = list(read_blocks(file, read_text(file), errors=[]))
        except (AuthorError, OSError):
            return
        for block in blocks:
            listed = block.data.get("include")
            for reference in listed if isinstance(listed, list) else [listed] if isinstance(listed, str) else []:
                try:
                    name = find(str(reference), near=file).name
                except SourceError:
                    continue
                if name != file.name and name in self.files:
                    yield name

    def _is_unlisted(self, file: SourceFile) -> bool:
        """Whether its ``metadata`` keep it from the first page; who knows its address may start it."""
        try:
            return self.interviews.get(file.name).metadata.get("unlisted") is True
        except AuthorError:
            return False  # so that its author meets the error

    def _describe(self, file: SourceFile) -> Served:
        try:
            metadata = self.interviews.get(file.name).metadata
        except AuthorError:
            metadata = {}
        title = str(metadata.get("title") or file.path.stem.replace("_", " ").capitalize()).strip()
        return Served(reference=file.name, title=title, description=str(metadata.get("description") or "").strip())


def make_importable(file: SourceFile) -> None:
    """Let Python find the modules of an unpacked package."""
    if file.root is not None and importlib.util.find_spec("docassemble") is not None and str(file.root) not in sys.path:
        installed = any(Path(entry or ".") == file.root for entry in sys.path)
        if not installed:
            sys.path.append(str(file.root))


def can_start(file: SourceFile) -> bool:
    """Whether a visitor can start with this file: one of its own blocks is mandatory."""
    try:
        return any(
            str(block.data.get("mandatory", "")).lower() not in {"", "false", "none"}
            for block in read_blocks(file, read_text(file), errors=[])
        )
    except (AuthorError, OSError):
        return True  # so that its author meets the error


def _in_folder(folder: Path) -> tuple[SourceFile, ...]:
    """Interviews of a folder, of packages unpacked in it, or one folder deeper (as archives of a repository are)."""
    files = interviews_in(folder)
    if files:
        return files
    return tuple(file for child in sorted(folder.iterdir()) if child.is_dir() for file in interviews_in(child))


def _in_package(package: str) -> tuple[SourceFile, ...]:
    folders = package_folders(package)
    names = sorted({path.name for folder in folders for path in (folder / QUESTIONS).glob("*.y*ml")})
    if not names:
        raise SourceError(
            f"`{package}` is neither a file, a folder nor an installed package with interviews. "
            "A package is installed with pip, beside Engross."
        )
    return tuple(find(f"{package}:{name}") for name in names)
