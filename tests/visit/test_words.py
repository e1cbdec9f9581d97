"""Translations that a server brings for `word()`."""

from __future__ import annotations

from pathlib import Path

import pytest

from engross.errors import OperatorError
from engross.settings import Settings
from engross.store import open_store
from engross.visit import Visits

GREETING = "mandatory: True\nquestion: ${ word('Good evening') }\n"


def test_a_words_file_of_the_server(tmp_path: Path) -> None:
    """Named in the `config` table, it translates what interviews say by `word()`."""
    (tmp_path / "words.yml").write_text("es:\n  Good evening: Buenas noches\n", encoding="utf-8")
    (tmp_path / "i.yml").write_text(GREETING, encoding="utf-8")
    settings = Settings(data_folder=tmp_path / "data", config={"words": [str(tmp_path / "words.yml")]})
    store = open_store(settings)
    visits = Visits(store, settings)
    shown = visits.start(str(tmp_path / "i.yml"), language="es")
    visits.close()
    store.close()

    assert "Buenas noches" == shown.screen.question


def test_a_words_file_that_is_not_there(tmp_path: Path) -> None:
    """The operator reads its name when the server starts."""
    settings = Settings(data_folder=tmp_path / "data", config={"words": "package:data/sources/gone.yml"})
    store = open_store(settings)
    with pytest.raises(OperatorError, match=r"gone\.yml"):
        Visits(store, settings)
    store.close()
