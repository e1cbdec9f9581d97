"""Kills at random while visitors answer, edit and download: nothing is lost, doubled, stuck or mixed up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHAOS = Path(__file__).parents[2] / "script" / "chaos"


def bad(*options: str) -> int:
    """Run and count what was lost, doubled, stuck or mixed up, and visits that did not come to their end."""
    run = subprocess.run([sys.executable, str(CHAOS), *options], capture_output=True, text=True, timeout=900, check=False)  # noqa: S603 - our own script, no shell
    print(run.stdout[-3000:], run.stderr[-3000:])
    found = json.loads(run.stdout.strip().splitlines()[-1])
    assert found["kills"] > 0
    assert found["answers"] > 0
    return int(found["bad"])


@pytest.mark.office
def test_the_store_and_its_workers_survive_a_hundred_kills() -> None:
    """Visitors are processes of their own that are killed, too; papers are written by the workers without LibreOffice."""
    assert 0 == bad("--store", "--kills", "100", "--pace", "0.3", "--seconds", "60")


@pytest.mark.office
@pytest.mark.bar
def test_the_whole_server_survives_kills() -> None:
    """Over HTTP, with the real LibreOffice: web processes, workers and converters are killed. The killing ends after a minute and a quarter,
    with as many kills as there were; ``script/chaos --kills 1000`` is for hours."""
    assert 0 == bad("--kills", "100", "--pace", "0.8", "--seconds", "75", "--visitors", "3")


@pytest.mark.office
@pytest.mark.database
@pytest.mark.chaos
def test_a_cluster_survives_the_death_of_broker_and_database() -> None:
    """Two web servers, two workers, PostgreSQL, RabbitMQ and an S3-compatible store on loopback."""
    assert 0 == bad("--cluster", "--kills", "20", "--seconds", "120", "--visitors", "2")
