"""What an interview gets without asking, and what packages import from docassemble.*"""

from __future__ import annotations

import importlib

import pytest

from engross.library import namespace
from engross.library.namespace import NAMES, STANDARD, missing

ABSENT = {"DA", "us"}
"""Names that Engross does not have; see docs/compatibility.md."""


def test_every_standard_name_is_there() -> None:
    """But for the few that are absent on purpose."""

    assert [] == [name for name in STANDARD if name not in NAMES and name not in ABSENT]


def test_what_is_missing_says_where_it_is_written_down() -> None:
    """One sentence with the page."""

    assert (
        "`SVMMachineLearner` needs a machine learning service, which Engross does not have; see docs/compatibility.md."
        == missing("SVMMachineLearner")
    )


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("docassemble.base.util", "DAObject"),
        ("docassemble.base.util", "CustomDataType"),
        ("docassemble.base.util", "register_jinja_filter"),
        ("docassemble.base.core", "DAList"),
        ("docassemble.base.functions", "this_thread"),
        ("docassemble.base.functions", "safe_json"),
        ("docassemble.base.functions", "get_uid"),
        ("docassemble.base.functions", "currency_default"),
        ("docassemble.base.functions", "salutation_default"),
        ("docassemble.base.functions", "interview_path"),
        ("docassemble.base.util", "variables_snapshot_connection"),
        ("docassemble.base.legal", "Court"),
        ("docassemble.base.error", "DAError"),
        ("docassemble.base.pdfa", "pdf_to_pdfa"),
        ("docassemble.base.hooks", "write_answer_json"),
        ("docassemble.base.config", "daconfig"),
        ("docassemble.base.generate_key", "random_alphanumeric"),
        ("docassemble.base.geocode", "GoogleV3GeoCoder"),
        ("docassemble.base.sql", "alchemy_url"),
        ("docassemble.webapp.db", "session_scope"),
        ("docassemble.webapp.db_object", "init_sqlalchemy"),
        ("docassemble.webapp.jsonstorage.helpers", "JsonStorage"),
        ("docassemble.webapp.playground", "PlaygroundSection"),
    ],
)
def test_packages_find_what_they_import(module: str, name: str) -> None:
    """Under docassemble's modules, the very objects of the library."""

    assert namespace.find(name) is getattr(importlib.import_module(module), name)


def test_importing_what_is_missing_says_why() -> None:
    """The author of a package reads the sentence, not `cannot import name`."""
    with pytest.raises(
        ImportError, match=r"docassemble.base.util: `InterviewStatus`.*docs/compatibility\.md"
    ):
        exec("from docassemble.base.util import InterviewStatus")  # noqa: S102 - an import as a package has it


def test_looking_for_what_is_missing_does_no_harm() -> None:
    """`hasattr` says no."""
    util = importlib.import_module("docassemble.base.util")

    assert not hasattr(util, "InterviewStatus")


def test_a_query_in_docassembles_tables_finds_nothing() -> None:
    """Packages that look for saved sessions there go on; a change is refused."""
    from engross.library.faults import DAError
    from engross.library.foreign_server import session_scope

    with session_scope() as session:
        rows = session.execute("SELECT * FROM jsonstorage").mappings().all()
        with pytest.raises(DAError, match=r"docs/compatibility\.md"):
            session.execute("DELETE FROM jsonstorage")

    assert [] == rows
