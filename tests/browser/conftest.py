"""A real server on loopback and a real Chromium."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from engross.settings import Settings
from engross.web.app import create_app
from tests.web.fakes import INTERVIEW, FakeStore, FakeVisits, Shelf, Shown

playwright = pytest.importorskip("playwright.sync_api")
BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--force-color-profile=srgb", "--font-render-hinting=none",
]  # fmt: skip


class OneScreen(FakeVisits):
    """Always shows ``now``, whatever is asked."""

    def __init__(self, first: Shown) -> None:
        super().__init__(first.screen)
        self.now = first

    def _at(self, session_id: str, **more: Any) -> Any:
        if self.failure is not None:
            raise self.failure
        from dataclasses import replace

        return replace(self.now, session_id=session_id)


@dataclass
class Site:
    """A running server over fakes."""

    visits: OneScreen
    store: FakeStore
    shelf: Shelf
    address: str

    @property
    def interview(self) -> str:
        """Where the interview is."""
        return f"{self.address}/interview?i={INTERVIEW}"


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server, on a free port, for all tests."""
    from tests.web.gallery import GALLERY

    visits, store, shelf = OneScreen(GALLERY["question"]), FakeStore(), Shelf()
    with running(create_app(Settings(data_folder=tmp_path_factory.mktemp("data")), visits, store, shelf)) as address:
        yield Site(visits, store, shelf, address)


@contextmanager
def running(app: Any) -> Iterator[str]:
    """The application on a free port of this machine: its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", ws="none", lifespan="auto"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        threading.Event().wait(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """The browser; the test is skipped where there is none.

    It goes before the next package's tests begin: while it is there, Playwright keeps an event loop running
    in this thread, and nothing else can run one.
    """
    program = next((one for one in (os.environ.get("CHROMIUM"), *BROWSERS) if one and Path(one).exists()), None)
    if program is None:
        pytest.skip("no Chromium here")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page in a fresh profile, phone size."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
