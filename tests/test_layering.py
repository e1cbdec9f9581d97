"""The house's arrows: which part may import which (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src"
GROUND = ("errors", "flow", "names", "authored", "settings", "quoting", "context", "markup")
LIBRARY = ("library", "documents", *GROUND)
MAY_IMPORT = {
    "errors": (),
    "process": (),
    "nursery": (),
    "flow": ("errors",),
    "names": ("errors",),
    "authored": (),
    "quoting": ("errors",),
    "deferred": (),
    "shared_namespace": (),
    "settings": ("errors",),
    "context": ("errors", "flow", "names", "settings", "quoting"),
    "markup": ("errors", "names", "authored", "settings", "quoting", "context"),
    "language": ("language", "errors", "names"),
    "documents": ("documents", "errors", "markup"),
    "library": LIBRARY,
    "engine": ("engine", "language", "process", *LIBRARY),
    "store": ("store", "errors", "settings", "engine.answers", "context"),
    "seams": ("engine.answers", "store", "language", "library", "documents", *GROUND),
    "company": ("engine.answers", "store", *GROUND),
    "shelf": ("company", "engine.answers", "store", "language", *GROUND),
    "commons": ("engine.answers", "store", *GROUND),
    "visit": ("seams", "shelf", "commons", "company", "engine", "store", "language", "library", "documents", *GROUND),
    "delivery": ("store", *GROUND),
    "broker": ("store", *GROUND),
    "worker": ("process", "nursery", "broker", "catalogue", "visit", "delivery", "store", "documents", *GROUND),
    "web": ("web", "catalogue", "visit", "worker", "delivery", "store", "engine.screen", "engine.trace", "markup", "quoting", "settings", "errors", "context"),
    "packages": ("packages", *LIBRARY),
    "catalogue": ("language", "errors", "names"),
    "drafting": ("documents", "errors", "names"),
    "rehearsal": ("rehearsal", "packages", "catalogue", "visit", "worker", "store", "engine", "language", *LIBRARY),
    "cli": ("process", "broker", "catalogue", "drafting", "rehearsal", "web", "worker", "visit", "store", "language", "engine", *LIBRARY),
}


def modules() -> Iterator[tuple[str, str, Path]]:
    """(part, dotted name, file) of every module of ours."""
    for file in sorted((SOURCE / "engross").rglob("*.py")):
        dotted = ".".join(file.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        part = dotted.split(".")[1] if "." in dotted else ""
        if part and part != "__main__":
            yield part, dotted, file


def imports(file: Path, dotted: str) -> Iterator[str]:
    """What *file* imports of ours, as dotted names below ``engross``."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.removeprefix("engross.") for name in names if name.startswith("engross."))
        yield from (name for name in names if name.startswith("docassemble"))


def allowed(part: str, target: str) -> bool:
    """Whether *part* may import *target*."""
    return any(target == rule or target.startswith(rule + ".") for rule in MAY_IMPORT[part]) or target == "__version__"


@pytest.mark.parametrize(("part", "dotted", "file"), list(modules()), ids=lambda value: str(value))
def test_imports_point_down(part: str, dotted: str, file: Path) -> None:
    """A module imports only from the rooms below its own."""
    wrong = [target for target in imports(file, dotted) if not allowed(part, target)]

    assert wrong == []


def test_every_part_has_a_rule() -> None:
    """A new room does not slip in without a place in the table."""
    assert {part for part, _, _ in modules()} <= set(MAY_IMPORT)


@pytest.mark.slow
def test_names_for_packages_are_imported_by_nobody_here() -> None:
    """`docassemble` is a shop window for interview packages; our own code does not shop there."""
    wrong = [
        (dotted, target)
        for part, dotted, file in modules()
        if part != "packages"
        for target in imports(file, dotted)
        if target.startswith("docassemble")
    ]

    assert wrong == []
