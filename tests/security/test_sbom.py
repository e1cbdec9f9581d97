"""The software bill of materials names everything that a release installs."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def made() -> bytes:
    """What ``script/sbom`` prints."""
    return subprocess.run([str(ROOT / "script" / "sbom")], capture_output=True, check=True).stdout  # noqa: S603 - our own script


def test_every_package_of_the_lock_is_in_the_bill() -> None:
    """With its version and the hashes that installing checks."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    bill = json.loads(made())

    locked = {match[1].lower(): match[2] for match in re.finditer(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", lock, re.MULTILINE)}
    assert locked == {one["name"]: one["version"] for one in bill["components"]}
    assert lock.count("--hash=sha256:") == sum(len(one["hashes"]) for one in bill["components"])
    assert ("CycloneDX", "1.5") == (bill["bomFormat"], bill["specVersion"])


def test_the_same_lock_gives_the_same_bill() -> None:
    """Byte for byte."""
    assert made() == made()
