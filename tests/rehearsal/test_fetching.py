"""What an interview package in a folder needs is found in what its author wrote down."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from engross.rehearsal import fetching

SETUP = """
setup(name='docassemble.Seal',
      install_requires=['docassemble.AssemblyLine>=4.5.0', 'docassemble.Branding @ git+https://example.org/branding.git@main',
                        'docassemble.base>=1.4', 'openai>=1'])
"""
PROJECT = """
[project]
name = "docassemble.Seal"
dependencies = ["titlecase>=2.4", "docassemble-Seal"]
"""
INTERVIEW = """
include:
  - docassemble.MassAccess:massaccess.yml
  - docassemble.Seal:other.yml
---
modules:
  - docassemble.demo.accordion  # for the review
"""


def test_what_a_package_in_a_folder_needs_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From `setup.py`, `pyproject.toml` and the YAML; not docassemble itself, nor what is there; docassemble's
    demonstrations have modules that interviews use."""
    questions = tmp_path / "docassemble" / "Seal" / "data" / "questions"
    questions.mkdir(parents=True)
    (tmp_path / "setup.py").write_text(SETUP)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (questions / "seal.yml").write_text(INTERVIEW)
    asked: list[str] = []
    monkeypatch.setattr(fetching, "_install", lambda package, *, needs=False: asked.append(package))

    found = fetching.fetch_needs(tmp_path)

    assert () == found
    assert ["docassemble-assemblyline", "docassemble-branding", "docassemble-demo", "docassemble-massaccess", "titlecase"] == sorted(asked)


def test_a_package_is_fetched_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a fetch that was ended in the middle left does not pass for the package, and one that failed leaves nothing."""
    monkeypatch.setattr(fetching, "cache_folder", lambda: tmp_path)
    works = True

    def pip(command: list[str], **_: object) -> SimpleNamespace:
        target = Path(command[command.index("--target") + 1])
        target.mkdir()
        (target / "module.py").touch()
        return SimpleNamespace(returncode=0 if works else 1)

    monkeypatch.setattr(fetching.subprocess, "run", pip)
    whole = fetching._install("docassemble-whole")
    assert whole is not None
    (whole / fetching.DONE).unlink()
    (whole / "module.py").unlink()  # as if it had been ended in the middle

    again = fetching._install("docassemble-whole")
    works = False
    failed = fetching._install("docassemble-failing")

    assert (whole, True, None) == (again, (whole / "module.py").exists(), failed)
    assert [whole] == list(tmp_path.iterdir())
