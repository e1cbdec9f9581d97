"""Conduct: fetch what the traces speak of, replay them side by side, print what differs."""

from __future__ import annotations

import argparse
import importlib
import json
import multiprocessing
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess as Process
from pathlib import Path

import replay

OWN = "docassemble.base"
WHEEL = f"{OWN}==1.10.7"
LIKE_BASE = {"docassemble.demo": "1.10.14"}
"""Packages of docassemble itself: their versions; Engross stands for what they need."""
PACKAGE = re.compile(
    r"^\s*-\s*docassemble\.([A-Za-z]\w*)(?:\.\w+)*\s*$|^(?!\s*#).*\bdocassemble\.([A-Za-z]\w*):", re.MULTILINE
)


def cache_folder() -> Path:
    """Where unpacked wheels are kept between runs."""
    base = (
        os.environ.get("ENGROSS_TEST_CACHE")
        or os.environ.get("XDG_CACHE_HOME")
        or str(Path.home() / ".cache")
    )
    return Path(base) / "engross" / "conformance"


def unpacked(wheel: str = WHEEL) -> Path:
    """The folder that holds the wheel's files. Fetched by pip the first time."""
    folder = cache_folder() / wheel.replace("==", "-")
    if (folder / "done").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    options = ["--no-deps", "--only-binary", ":all:", "--python-version", "3.12", "-q", "-d", str(folder)]
    subprocess.run([*pip(), "download", *options, wheel], check=True)  # noqa: S603 - our own command line, no shell
    for archive in folder.glob("*.whl"):
        with zipfile.ZipFile(archive) as wheel_file:
            wheel_file.extractall(folder)
        archive.unlink()
    (folder / "done").touch()
    return folder


def provide(lines: list[str]) -> Path:
    """Make the packages that the traces and their interviews name findable; the folder with docassemble's own examples.

    Other packages are used as they are installed; one that is not is fetched like docassemble's own, and only its files are used.
    """
    from engross.language.source import package_folders

    root = unpacked()
    sys.path.append(str(root))  # where an include without a package finds docassemble's own files
    wanted = {package_of(line) for line in lines} - {"", OWN}
    sought = {OWN}
    while missing := sorted(wanted - sought):
        sought |= set(missing)
        for package in missing:
            if not package_folders(package, root):
                fetch_package(package)
            wanted |= {
                name
                for folder in package_folders(package, root)
                for name in _named(folder / "data" / "questions")
            }
    needed = {name for line in lines for name in _named_by(line, root)} - sought
    for package in sorted(needed):
        if not package_folders(package):
            fetch_package(package)
    return root


def package_of(line: str) -> str:
    """The package of the interview that a trace is of, or "" when the line does not say."""
    try:
        return str(json.loads(line)["interview"]).partition(":")[0].strip()
    except (ValueError, KeyError, TypeError):
        return ""


def fetch_package(package: str) -> None:
    """Put *package* and what it needs where Python looks. Says so when nobody has it; its traces then differ."""
    from engross.errors import EngrossError
    from engross.rehearsal.fetching import fetch

    try:
        if package in LIKE_BASE:
            folders: tuple[Path, ...] = (unpacked(f"{package}=={LIKE_BASE[package]}"),)
        else:
            folders = fetch(package)
    except (subprocess.CalledProcessError, EngrossError):
        print(f"{package} is not installed and cannot be fetched", file=sys.stderr)
        return
    sys.path += [str(folder) for folder in folders if str(folder) not in sys.path]
    importlib.invalidate_caches()


def _named_by(line: str, root: Path) -> set[str]:
    """The packages that the files of a trace's interview name."""
    from engross.language.source import package_folders

    try:
        package, _, file = str(json.loads(line)["interview"]).partition(":")
    except (ValueError, KeyError, TypeError):
        return set()
    return {name for folder in package_folders(package, root) for name in _named(folder / file)}


def _named(place: Path) -> set[str]:
    """The docassemble packages that a YAML file names as a module or a file's place; of a folder, all its files."""
    files = sorted(place.rglob("*.yml")) if place.is_dir() else [place] if place.is_file() else []
    found = {
        "".join(names)
        for file in files
        for names in PACKAGE.findall(file.read_text("utf-8", errors="replace"))
    }
    return {f"docassemble.{name}" for name in found} - {OWN, "docassemble.webapp"}


def pip() -> list[str]:
    """A pip: the environment's own, or one beside it."""
    for python in (sys.executable, "python3"):
        probe = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False)  # noqa: S603 - our own command line, no shell
        if probe.returncode == 0:
            return [python, "-m", "pip"]
    raise SystemExit("conformance needs pip to fetch the interviews: install it with `python3 -m ensurepip`")


def main(arguments: list[str]) -> int:
    """Exit status 0 when at least the floor agrees."""
    parser = argparse.ArgumentParser(prog="script/conformance", description="Replay recorded conversations.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--only", help="replay the traces whose interview's name contains this")
    parser.add_argument("--floor", type=int, default=0, help="fail when fewer agree")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--debug", action="store_true", help="one at a time, with tracebacks")
    given = parser.parse_args(arguments)
    lines = [line for line in given.file.read_text(encoding="utf-8").splitlines() if line.strip()]
    if given.only:
        lines = [line for line in lines if given.only in _name(line)]
    root = str(provide(lines))
    agreed = 0
    for interview, difference in _verdicts(lines, root, given):
        if difference is None:
            agreed += 1
        else:
            print(f"{interview}: {difference}", flush=True)
    print(f"{agreed} of {len(lines)} traces agree")
    return 0 if agreed >= given.floor else 1


def _verdicts(lines: list[str], root: str, given: argparse.Namespace) -> Iterator[tuple[str, str | None]]:
    """The verdict on each line, in order. Each is reached in a process of its own, *jobs* of them at a time."""
    if given.debug:
        yield from (replay.verdict(line, root, debug=True) for line in lines)
        return
    replay.get_ready()
    forked = multiprocessing.get_context("fork")
    waiting = list(enumerate(lines))[::-1]
    running: dict[int, tuple[Process, Connection, int]] = {}
    found: dict[int, tuple[str, str | None]] = {}
    told = 0
    while waiting or running:
        while waiting and len(running) < max(1, given.jobs):
            number, line = waiting.pop()
            ours, theirs = forked.Pipe(duplex=False)
            process = forked.Process(target=_judge, args=(theirs, line, root))
            process.start()
            theirs.close()
            running[process.sentinel] = (process, ours, number)
        ends = [ours for _, ours, _ in running.values()]
        for ready in wait(ends, timeout=replay.SECONDS + 10) or ends[:1]:
            sentinel = next(key for key, (_, ours, _) in running.items() if ours is ready)
            process, ours, number = running.pop(sentinel)
            found[number] = _received(process, ours, lines[number])
        while told in found:
            yield found.pop(told)
            told += 1


def _judge(pipe: Connection, line: str, root: str) -> None:
    pipe.send(replay.verdict(line, root))
    pipe.close()


def _received(process: Process, pipe: Connection, line: str) -> tuple[str, str | None]:
    """What the process found; when it died or hangs, that."""
    try:
        if pipe.poll(0):
            return pipe.recv()  # type: ignore[no-any-return]
        process.kill()
    except EOFError:
        pass
    finally:
        process.join(5)
        pipe.close()
    return _name(line), "the process ended without an answer"


def _name(line: str) -> str:
    try:
        return str(json.loads(line)["interview"])
    except (ValueError, KeyError, TypeError):
        return "a line that is not a trace"
