"""AssemblyLine's own tests of its documents, run against our classes in the place of theirs."""

from __future__ import annotations

import importlib.util
import unittest

import pytest

from engross.packages import StandIn
from engross.rehearsal.fetching import fetch


@pytest.mark.packages
def test_our_documents_pass_the_tests_of_the_published_ones() -> None:
    """All thirteen of 4.8: its test file finds our classes under the names it imports."""
    folder = fetch("docassemble-AssemblyLine")[0]
    assert StandIn().find_spec("docassemble.AssemblyLine.al_document") is not None, "the published package is installed"
    path = folder / "docassemble" / "AssemblyLine" / "test_al_document.py"
    spec = importlib.util.spec_from_file_location("docassemble.AssemblyLine.test_al_document", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tests = unittest.defaultTestLoader.loadTestsFromModule(module)
    result = unittest.TestResult()
    tests.run(result)

    assert [] == [said for _, said in (*result.failures, *result.errors)]
    assert "engross" in module.ALDocument.__module__
    assert result.testsRun >= 13
