"""The walls behind the gate: hostile documents in the real converter, as if nobody had looked at them before."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engross.documents import gate, office, sandbox

from . import hostile
from .conftest import docx_of, text_of_pdf

pytestmark = pytest.mark.office
HEAVY_SECONDS = 1.0
"""Deadline of the documents that have no end; ``script/bar`` gives them the whole time."""


@contextmanager
def listening() -> Iterator[tuple[str, Callable[[], bool]]]:
    """An address of this machine, and whether somebody came there."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.setblocking(False)

        def visited() -> bool:
            try:
                server.accept()[0].close()
            except BlockingIOError:
                return False
            return True

        yield f"127.0.0.1:{server.getsockname()[1]}", visited


def order(seconds: float = 30) -> office._Order:
    return office._Order(ending=".docx", to="pdf", options="", seconds=seconds, memory=2 << 30, document=None)


def everything(place: str, canary: Path) -> dict[str, Callable[[], bytes]]:
    return {**hostile.reaching(place, canary), **hostile.DAMAGED, **hostile.HEAVY}


def test_the_gate_refuses_each(tmp_path: Path) -> None:
    """All sixty, in a sentence."""
    made = everything("127.0.0.1:80", tmp_path / "canary")

    assert [] == [name for name, make in made.items() if len(gate.check(make(), ".docx")) != 1]
    assert len(made) >= 60


@pytest.mark.sandbox
def test_the_walls_hold_without_the_gate(libreoffice: office.Office, tmp_path: Path) -> None:
    """No document that got through reads a file or calls anybody, each ends, nothing stays, and the next document is good."""
    libreoffice.start()
    kit = libreoffice._kit
    assert kit is not None
    good = docx_of("next")
    with listening() as (place, visited):
        for name, make in everything(place, hostile.lay_canaries(tmp_path)).items():
            try:
                made = kit.convert(make(), order(HEAVY_SECONDS if name in hostile.HEAVY else 30), None)
                assert "" == hostile.tells(made), name
            except office.ConversionFailed as failed:
                assert failed.reason is not office.Reason.NO_SANDBOX
            assert not visited(), name
            assert "next" in text_of_pdf(kit.convert(good, order(), None)), f"after {name}"
        assert [] == list(kit.jobs.iterdir())
    assert not Path("/tmp/q7q-slip").exists()  # noqa: S108 - what must not be there


OTHER_KINDS = ("HTML", "HTML that begins as a ZIP", "RTF", "RTF with a template", "ODT with a linked picture", "flat ODT", "a table of values from elsewhere")


def test_the_warm_converter_reads_docx_and_nothing_else(libreoffice: office.Office, tmp_path: Path) -> None:
    """The input filter is forced: whatever else has the name of a DOCX is not taken for what it is."""
    libreoffice.start()
    kit = libreoffice._kit
    assert kit is not None
    made = hostile.reaching("127.0.0.1:80", tmp_path / "canary")
    for name in OTHER_KINDS:
        with pytest.raises(office.ConversionFailed) as caught:
            kit.convert(made[name](), order(), None)
        assert caught.value.reason in (office.Reason.NOT_LOADABLE, office.Reason.CRASH), name


@pytest.mark.parametrize(
    ("data", "ending"), [(b"{\\rtf1\\ansi Gr\\'fc\\'dfe}", ".rtf"), ("Grüße".encode(), ".txt"), ("Grüße".encode("cp1252"), ".txt")]
)
def test_other_kinds_are_read_by_their_own_filter(libreoffice: office.Office, data: bytes, ending: str) -> None:
    """Cold, where the filter can be named."""
    assert "Grüße" in text_of_pdf(libreoffice.convert(data, ending=ending))


@pytest.mark.parametrize("safe", [True, False])
def test_without_a_sandbox_the_profile_keeps_a_linked_picture_from_being_fetched(safe: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second wall stands by itself; with an empty profile LibreOffice does fetch, which shows that the test can fail."""
    if not safe:
        monkeypatch.setattr(office, "profile", lambda *_, **__: '<oor:items xmlns:oor="http://openoffice.org/2001/registry"/>')
    monkeypatch.setattr(sandbox, "available", lambda: sandbox.Sandbox(program=None, reason="none here"))
    canary = hostile.lay_canaries(tmp_path)
    with listening() as (place, visited), office.Office(idle=0) as pool:
        pool.start()
        assert pool._kit is not None
        made = hostile.reaching(place, canary)
        pool._kit.convert(made["a linked picture"](), order(), None)
        shown = hostile.tells(pool._kit.convert(made["a linked picture of this machine"](), order(), None))

        assert (safe, "" if safe else "picture") == (not visited(), shown)
