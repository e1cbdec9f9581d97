"""Visits over a real store in a folder of the test, and interviews written as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engross.engine.screen import ScreenField
from engross.settings import Settings
from engross.store import Store, open_store
from engross.visit import Shown, Visits


@dataclass
class Bench:
    """Visits, the store beneath them, and the conversation so far."""

    visits: Visits
    store: Store
    folder: Path
    shown: Shown | None = None

    def write(self, text: str, name: str = "interview.yml") -> str:
        """An interview file; its path."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def start(self, text: str) -> Shown:
        """A session of an interview written as *text*."""
        self.shown = self.visits.start(self.write(text))
        return self.shown

    def field(self, path: str) -> ScreenField:
        """The field of the current screen that sets *path*."""
        assert self.shown is not None
        return next(entry for entry in self.shown.screen.fields if entry.path == path)

    def answer(self, **answers: str | list[str]) -> Shown:
        """Answer the current screen; ``__`` in a name stands for a dot."""
        assert self.shown is not None
        form = {
            self.field(name.replace("__", ".")).key: value if isinstance(value, list) else [value]
            for name, value in answers.items()
        }
        return self.post(form)

    def post(self, form: dict[str, list[str]], **uploads: list[object]) -> Shown:
        """Send *form* as the answer to the current screen."""
        assert self.shown is not None
        self.shown = self.visits.submit(self.shown.session_id, self.shown.screen_id, form, uploads)
        return self.shown

    def again(self) -> Shown:
        """Load the page again."""
        assert self.shown is not None
        self.shown = self.visits.show(self.shown.session_id)
        return self.shown

    def back(self) -> Shown:
        """Press Back."""
        assert self.shown is not None
        self.shown = self.visits.back(self.shown.session_id, self.shown.screen_id)
        return self.shown


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """An empty store and visits over it."""
    settings = Settings(data_folder=tmp_path / "data", screen_wait_seconds=0)
    store = open_store(settings)
    folder = tmp_path / "interviews"
    folder.mkdir()
    visits = Visits(store, settings)
    yield Bench(visits, store, folder)
    visits.close()
    store.close()
