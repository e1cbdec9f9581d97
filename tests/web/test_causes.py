"""What the log says of a page that failed: enough to mend it, and nothing that a visitor typed."""

from __future__ import annotations

import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from engross.catalogue import Catalogue
from engross.errors import StorageUnavailable
from engross.store.database import Database
from engross.web.site import causes_of


def test_a_failed_page_leaves_its_kinds_and_its_places() -> None:
    """The error, the one behind it, where it was raised, and where our code was then."""
    with closing(Database("sqlite:////nowhere/at/all/engross.db")) as database, pytest.raises(StorageUnavailable) as caught, database.read():
        pass

    told = causes_of(caught.value)

    assert "StorageUnavailable < OperationalError < OperationalError" == told["kind"]
    assert "engross/store/database.py:" in told["cause"]


def test_an_error_of_a_library_names_our_line_too(tmp_path: Path) -> None:
    """Where it was raised alone does not say what asked for it; the text of the error, which may hold an answer, is not told."""
    archive = tmp_path / "SECRET.zip"
    archive.write_bytes(b"SECRET")

    with pytest.raises(zipfile.BadZipFile) as caught:
        Catalogue((str(archive),), unpack_to=tmp_path / "unpacked")

    told = causes_of(caught.value)
    assert "BadZipFile" == told["kind"]
    assert "zipfile" in told["cause"]
    assert "engross/catalogue.py:" in told["ours"]
    assert "SECRET" not in str(told)
