"""What `engross serve` can be told to serve."""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from engross.catalogue import Catalogue
from engross.errors import SourceError

PACKAGE = "docassemble/Servable/data/questions"
YAML = "include: parts.yml\n---\nmandatory: True\nquestion: Hello\n"
PARTS = "question: How old?\nfields:\n  - Age: age\n    datatype: integer\n"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package's repository."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    folder = tmp_path / "docassemble-Servable-main"
    (folder / PACKAGE).mkdir(parents=True)
    (folder / "docassemble" / "Servable" / "__init__.py").write_text("")
    (folder / PACKAGE / "main.yml").write_text(YAML)
    (folder / PACKAGE / "parts.yml").write_text(PARTS)
    return folder


def archived(folder: Path) -> Path:
    """The ZIP of a repository, as one downloads it."""
    return Path(shutil.make_archive(str(folder), "zip", folder.parent, folder.name))


@pytest.mark.parametrize(
    "reference",
    [
        "docassemble-Servable-main",
        ".",
        "docassemble-Servable-main/docassemble/Servable",
        "docassemble-Servable-main.zip",
        f"docassemble-Servable-main/{PACKAGE}/main.yml",
    ],
)
def test_a_package_is_served_from_wherever_it_lies(reference: str, checkout: Path, tmp_path: Path) -> None:
    """A repository, a folder of repositories, the package's own folder, an archive, a file: always under its full name."""
    archived(checkout)
    catalogue = Catalogue([str(tmp_path / reference)], unpack_to=tmp_path / "unpacked")

    assert ["docassemble.Servable:data/questions/main.yml"] == [served.reference for served in catalogue.served()]
    assert "age" in catalogue.get("docassemble.Servable:main.yml").index


def test_an_archive_cannot_write_outside_of_its_folder(checkout: Path, tmp_path: Path) -> None:
    """A path that climbs out is cut down."""
    path = archived(checkout)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../escaped.yml", "question: No")
    Catalogue([str(path)], unpack_to=tmp_path / "unpacked" / "deep")

    assert not (tmp_path / "escaped.yml").exists()
    assert not (tmp_path / "unpacked" / "escaped.yml").exists()


def test_what_leads_nowhere_is_named() -> None:
    """With what would help."""
    with pytest.raises(SourceError, match=r"`docassemble.NoSuch` is neither a file, a folder nor an installed package"):
        Catalogue(["docassemble.NoSuch"])
