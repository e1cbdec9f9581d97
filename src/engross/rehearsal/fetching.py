"""Fetching: an interview package from PyPI, or what a package in a folder needs from there, unpacked into a folder of its own.

Interview packages often name docassemble itself among their needs. Engross takes its place, so that one is left out; so are the
clients of language models, which are large and have nobody to talk to here. Packages that an interview includes without saying so
in its metadata are found by reading its YAML.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from engross.errors import OperatorError

TAKEN_BY_ENGROSS = {"docassemble", "docassemble-base", "docassemble-webapp", "docassemble-cli"}
LEFT_OUT = {"openai", "tiktoken", "markitdown", "azure-ai-documentintelligence"}
DONE = "done"
"""A file in each folder that was fetched to its end."""
MOST_NEEDS = 60
"""A package that asks for more wrote down all that was on its author's server; what its code imports is found by reading it."""
_REQUIRES = re.compile(r"^Requires-Dist: *([A-Za-z0-9._-]+)([^\n;]*)(;[^\n]*)?$", re.MULTILINE)
_REQUIREMENT = re.compile(r"^ *([A-Za-z0-9._-]+)([^\n;]*)(;[^\n]*)?$", re.MULTILINE)
_INSTALL_REQUIRES = re.compile(r"install_requires\s*=\s*\[(.*?)\]", re.DOTALL)
_QUOTED = re.compile(r"""["']([^"'\n]+)["']""")
_MENTIONED = re.compile(r"\bdocassemble\.([A-Za-z]\w+)\s*:\s*(?:data/|[\w-]+\.ya?ml)|^\s*-\s*docassemble\.([A-Za-z]\w+)(?:\.\w+)*\s*$", re.M)


_COMMENT = re.compile(r"(?:^|[ \t])#.*$", re.MULTILINE)


def cache_folder() -> Path:
    """Where fetched packages are kept between runs."""
    base = os.environ.get("ENGROSS_TEST_CACHE") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "engross" / "corpus"


def fetch(package: str) -> tuple[Path, ...]:
    """The folders with *package* (first) and what it needs, from PyPI; quick when it was fetched before. Raises OperatorError."""
    first = _install(package)
    if first is None:
        raise OperatorError(f"`{package}` is neither a path, nor an installed package, nor one that PyPI has.")
    return _with_needs({_plain(package): first})


def fetch_needs(root: Path) -> tuple[Path, ...]:
    """The folders with what the packages in *root* need that are not installed; *root* holds their ``docassemble`` folder."""
    return _with_needs({"": root})[1:]


def _with_needs(folders: dict[str, Path]) -> tuple[Path, ...]:
    """*folders*, and those with what the packages in them need."""
    tried = {_plain("docassemble-" + place.name) for folder in folders.values() for place in folder.glob("docassemble/*")}
    tried |= set(folders)
    others: set[str] = set()
    while wanted := sorted({name for folder in folders.values() for name in _needs(folder)} - tried):
        tried |= set(wanted)
        for name in wanted:
            if not name.startswith("docassemble-"):
                others.add(name)
            elif (folder := _install(name)) is not None:
                folders[name] = folder
    others |= {need for folder in folders.values() for need in _imported(folder)} - tried
    needs = [folder for name in sorted(others) if (folder := _install(name, needs=True)) is not None]
    return (*folders.values(), *needs)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _needs(folder: Path) -> Iterator[str]:
    """Names of packages that those in *folder* ask for, in their metadata or in their YAML."""
    for required in _declared(folder):
        is_frozen = len(required) > MOST_NEEDS
        for name, _version, marker in required:
            if "extra" not in marker and (not is_frozen or _plain(name).startswith("docassemble-")):
                yield from _wanted(name)
    for file in folder.glob("docassemble/*/data/questions/*.yml"):
        for found in _MENTIONED.findall(_COMMENT.sub("", file.read_text(encoding="utf-8", errors="replace"))):
            yield from _wanted("docassemble-" + "".join(found))


def _declared(folder: Path) -> Iterator[list[tuple[str, str, str]]]:
    """(name, versions, marker) of what each package in *folder* declares: installed, or as its author keeps it."""
    for metadata in folder.glob("docassemble*.dist-info/METADATA"):
        yield _REQUIRES.findall(metadata.read_text(encoding="utf-8", errors="replace"))
    if (project := folder / "pyproject.toml").is_file():
        yield _REQUIREMENT.findall("\n".join(_project_dependencies(project)))
    if (setup := folder / "setup.py").is_file():
        for listed in _INSTALL_REQUIRES.findall(setup.read_text(encoding="utf-8", errors="replace")):
            yield _REQUIREMENT.findall("\n".join(_QUOTED.findall(listed)))


def _project_dependencies(project: Path) -> list[str]:
    try:
        declared = tomllib.loads(project.read_text(encoding="utf-8", errors="replace")).get("project", {}).get("dependencies", [])
    except tomllib.TOMLDecodeError:
        return []
    return [str(each) for each in declared] if isinstance(declared, list) else []


ENVIRONMENT = {
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "docx2python": "docx2python",
    "formfyxer": "formfyxer",
    "geopy": "geopy",
    "holidays": "holidays",
    "httpx": "httpx",
    "ics": "ics",
    "jellyfish": "jellyfish",
    "nameparser": "nameparser",
    "numpy": "numpy",
    "pandas": "pandas",
    "pdfminer": "pdfminer.six",
    "pytz": "pytz",
    "qrcode": "qrcode",
    "regex": "regex",
    "reportlab": "reportlab",
    "scipy": "scipy",
    "tzlocal": "tzlocal",
    "usaddress": "usaddress",
    "user_agents": "user-agents",
    "validators": "validators",
    "xlsxwriter": "xlsxwriter",
}
"""Module → package, of what docassemble servers have at hand and packages import without asking for it in their metadata."""
_IMPORTS = re.compile(r"^\s*(?:-\s*)?(?:from|import)\s+([A-Za-z_]\w*)|^\s*-\s+([A-Za-z_]\w*)(?:\.\w+)*\s*$", re.MULTILINE)


def _imported(folder: Path) -> Iterator[str]:
    """Names of packages of docassemble's environment that the modules and YAML in *folder* import, and that are not here."""
    files = [*folder.glob("docassemble/*/*.py"), *folder.glob("docassemble/*/data/questions/*.yml")]
    found = {name for file in files for names in _IMPORTS.findall(_COMMENT.sub("", file.read_text("utf-8", errors="replace"))) for name in names}
    for name in sorted(found & ENVIRONMENT.keys()):
        if importlib.util.find_spec(name) is None:
            yield _plain(ENVIRONMENT[name])


def _wanted(name: str) -> Iterator[str]:
    plain = _plain(name)
    if plain not in TAKEN_BY_ENGROSS and plain not in LEFT_OUT:
        yield plain


def _install(package: str, *, needs: bool = False) -> Path | None:
    """The folder with *package* alone (pip does not merge two packages of one namespace into a folder), or None."""
    folder = cache_folder() / f"{_plain(package)}-{sys.version_info.major}.{sys.version_info.minor}"
    if (folder / DONE).exists():
        return folder
    cache_folder().mkdir(parents=True, exist_ok=True)
    # Somebody else may fetch the same at this moment, or have been ended in the middle: a package comes whole or not at all.
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix=".fetching-") as place:
        fetched = Path(place) / "package"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(fetched)]
        if not needs:
            command.append("--no-deps")
        if subprocess.run([*command, package], capture_output=True, check=False).returncode:  # noqa: S603 - our own command line, no shell
            return None
        (fetched / DONE).touch()
        try:
            fetched.rename(folder)
        except OSError:
            if not (folder / DONE).exists():  # what an earlier fetch left
                shutil.rmtree(folder, ignore_errors=True)
                fetched.rename(folder)
    return folder
