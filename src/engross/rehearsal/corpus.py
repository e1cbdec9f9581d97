"""Corpus: go through many interviews with invented answers and say how far each came.

    python -m engross.rehearsal.corpus PATH|PACKAGE …

Each interview runs in a process of its own, so that one that hangs or breaks Python does not stop the others.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

import engross.packages
from engross.catalogue import Catalogue
from engross.errors import EngrossError, NoEndpoint
from engross.language.source import package_folders
from engross.rehearsal.fetching import fetch, fetch_needs

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one interview went."""

    interview: str
    papers: int
    screens: int
    obstacle: str = ""
    is_part: bool = False
    """It shows nothing by itself: other interviews include it."""

    @property
    def reached(self) -> bool:
        """Whether it offered papers and nothing went wrong."""
        return self.papers > 0 and not self.obstacle


class Wanted(NamedTuple):
    """An interview to go through."""

    reference: str
    """What to serve."""
    search: tuple[str, ...]
    """Folders where Python finds more."""
    interview: str
    """Empty when the reference leads nowhere."""


def main() -> int:
    """Exit status 0 when every interview reached its downloads."""
    parser = argparse.ArgumentParser(prog="script/corpus", description=__doc__)
    parser.add_argument("references", nargs="*", metavar="PATH|PACKAGE")
    parser.add_argument("--one", metavar="INTERVIEW", help=argparse.SUPPRESS)
    parser.add_argument("--search", action="append", default=[], help=argparse.SUPPRESS)
    parser.add_argument("--from", dest="source", metavar="REFERENCE", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=300, help="longest time for one interview")
    parser.add_argument("--tries", type=int, default=24, help="ways to try for one interview")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--papers", type=Path, help="folder to write the papers into")
    options = parser.parse_args()
    if options.one:
        sys.path += options.search
        return run_one(options.source, options.one, options)
    wanted = interviews_of(options.references)
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = list(pool.map(lambda one: run_apart(one, options), wanted))
    interviews = [outcome for outcome in outcomes if not outcome.is_part]
    reached = sum(outcome.reached for outcome in interviews)
    console.print(f"{reached} of {len(interviews)} interviews reached their downloads")
    return 0 if reached == len(interviews) else 1


def interviews_of(references: Sequence[str]) -> list[Wanted]:
    """Everything that a visitor can start. Packages in folders find one another."""
    fetched: list[str] = []
    served: list[tuple[str, str]] = []
    installed = {Path(entry).absolute() for entry in sys.path}
    for given in references:
        try:
            reference, search = found(given)
            fetched += [path for path in search if path not in fetched]
            sys.path += [path for path in search if path not in sys.path]
            folder = Path(tempfile.mkdtemp(prefix="engross-corpus-"))
            catalogue = Catalogue([reference], unpack_to=folder)
            if reference.lower().endswith(".zip"):
                reference = str(folder / Path(reference).stem)
            for root in sorted({file.root for file in catalogue.files.values() if file.root is not None} - installed):
                for path in map(str, (root, *fetch_needs(root))):
                    fetched += [path] * (path not in fetched)
                    sys.path += [path] * (path not in sys.path)
        except EngrossError as error:
            console.print(f"{given}: {error}", markup=False)
            served.append((given, ""))
            continue
        served += [(reference, each.reference) for each in catalogue.served()]
    return [Wanted(reference, tuple(fetched), interview) for reference, interview in served]


def found(reference: str) -> tuple[str, tuple[str, ...]]:
    """(what to serve, folders where Python finds it and more): a path as it is; a package that is not installed from PyPI."""
    if Path(reference).exists():
        return str(Path(reference).absolute()), ()
    package, colon, _ = reference.partition(":")
    if re.fullmatch(r"(docassemble|engross)\.\w+(\.\w+)*", package) and is_there(package):
        return reference, ()
    folders = fetch(package)
    return reference if colon else str(folders[0]), tuple(map(str, folders))


def is_there(package: str) -> bool:
    """Whether the package itself is installed, and not one of ours that takes its place."""
    ours = Path(engross.packages.__file__).parent
    return any(package.startswith("engross.") or ours not in Path(folder).parents for folder in package_folders(package))


def run_apart(wanted: Wanted, options: argparse.Namespace) -> Outcome:
    """One interview in a process of its own; prints its line."""
    interview = wanted.interview
    if not interview:
        return Outcome(interview=wanted.reference, papers=0, screens=0, obstacle="nothing is there")
    command = [sys.executable, "-m", "engross.rehearsal.corpus", "--from", wanted.reference, "--one", interview]
    command += [word for folder in wanted.search for word in ("--search", folder)]
    command += ["--seconds", str(options.seconds), "--tries", str(options.tries)]
    if options.papers:
        command += ["--papers", str(options.papers)]
    try:
        done = subprocess.run(  # noqa: S603 - our own command line, no shell
            command, capture_output=True, text=True, check=False, timeout=options.seconds * 2 + 60
        )
        outcome = Outcome(**json.loads(done.stdout.strip().splitlines()[-1]))
    except subprocess.TimeoutExpired:
        outcome = Outcome(interview=interview, papers=0, screens=0, obstacle="it did not end")
    except (IndexError, ValueError, TypeError):
        outcome = Outcome(interview=interview, papers=0, screens=0, obstacle=f"the process ended: {done.stderr.strip()[-600:]}")
    if outcome.reached:
        console.print(f"{interview}: reached downloads: {outcome.papers} papers, {outcome.screens} screens", markup=False)
    else:
        console.print(f"{interview}: {outcome.obstacle} (after {outcome.screens} screens)", markup=False)
    return outcome


def run_one(reference: str, interview: str, options: argparse.Namespace) -> int:
    """Go through one interview in this process; the last line printed is its Outcome as JSON."""
    from engross.rehearsal.drive import Obstacle, Rehearsal, stage
    from engross.rehearsal.stranger import find_papers

    with tempfile.TemporaryDirectory(prefix="engross-corpus-") as folder:
        catalogue = Catalogue([reference])
        with stage(Path(folder), catalogue.interviews) as on:
            try:
                course = find_papers(on, catalogue.resolve(interview), tries=options.tries, seconds=options.seconds)
            except EngrossError as error:  # it cannot even be read
                course = Rehearsal(obstacle=error)
            if options.papers:
                write_papers(on.store, course, options.papers / re.sub(r"\W+", "_", interview))
    is_part = isinstance(course.obstacle, NoEndpoint) and not course.screens
    obstacle = "" if course.obstacle is None else describe(course.obstacle)
    if is_part:
        obstacle = "no interview of its own: it shows no screen unless another includes it"
    elif course.papers and isinstance(course.obstacle, Obstacle) and not course.obstacle.is_wrong_paper:
        obstacle = ""  # the papers were there; what comes after them went round in a circle
    outcome = Outcome(
        interview=interview, papers=len(course.papers), screens=len(course.screens), obstacle=obstacle, is_part=is_part
    )
    print(json.dumps(asdict(outcome)), flush=True)  # noqa: T201
    os._exit(0)  # interviews may leave threads behind


def write_papers(store: object, course: object, folder: Path) -> None:
    """Keep the papers, to be looked at."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, paper in enumerate(course.papers, 1):  # type: ignore[attr-defined]
        path = folder / Path(paper.name).name
        path = path.with_stem(f"{path.stem} {number}") if path.exists() else path
        path.write_bytes(store.files.read(course.session_id, paper.file.id))  # type: ignore[attr-defined]


def describe(obstacle: EngrossError) -> str:
    """The first obstacle in one line, with file and line."""
    screen = getattr(obstacle, "screen", None)
    place = f"{screen.where}: " if screen is not None and screen.where else ""
    return place + " | ".join(line.strip() for line in str(obstacle).splitlines())


if __name__ == "__main__":
    sys.exit(main())
