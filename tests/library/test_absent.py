"""Packages load although they import what Engross does not have; whoever uses it is told."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from engross.library.absent import Absent, admit, hasten
from engross.library.faults import DAError
from engross.library.foreign_server import alchemy_url
from tests.library.paper_doubles import at_hand

MODULE = '''
from flask import request
from docassemble.base.sql import SQLObject
from docassemble.base.util import DAObject, MachineLearningEntry
from docassemble.webapp.app_object import app
from docassemble.webapp.server import TestContext, page_not_found
from docassemble.webapp.tasks.app import celery_app
import docassemble.webapp.utils.helpers

@app.route("/api/v1/mine", methods=["GET"])
def answer():
    return request.args

@celery_app.task
def work():
    return 1

class Row(DAObject, SQLObject):
    _model = celery_app.Model
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """A package's module with functions for docassemble's server."""
    folder = tmp_path / "docassemble" / "Absentminded"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "api.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    admit()
    yield importlib.import_module("docassemble.Absentminded.api")
    for name in [name for name in sys.modules if name.startswith(("docassemble.Absentminded", "flask"))]:
        del sys.modules[name]


def test_a_module_for_docassembles_server_loads(module) -> None:
    """Its functions and classes are what they would be without the decorators and bases."""

    assert (1, "Row") == (module.work(), module.Row.__name__)


def test_using_what_is_absent_says_what_is_missing(module, tmp_path: Path) -> None:
    """With its full name and the page."""
    with at_hand(tmp_path), pytest.raises(DAError, match=r"`docassemble.webapp.server.page_not_found` is not part of Engross; see docs/"):
        module.page_not_found("x")


def test_services_are_absent_for_packages_only() -> None:
    """Anybody else who asks whether Celery is there learns that it is not."""
    with pytest.raises(ImportError):
        importlib.import_module("flask_mail")


def test_an_absent_thing_is_false(tmp_path: Path) -> None:
    """So that `if thing:` goes on without it."""

    assert not Absent("thing")


def test_packages_with_tables_find_a_database() -> None:
    """It is this process's own and forgets."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine(alchemy_url("db"))
    with engine.begin() as first:
        first.execute(sqlalchemy.text("create table if not exists t (n integer)"))
        first.execute(sqlalchemy.text("insert into t values (1)"))
    engine.dispose()
    engine = sqlalchemy.create_engine(alchemy_url("db"))
    with engine.begin() as second:
        counted = second.execute(sqlalchemy.text("select count(*) from t")).scalar()
    engine.dispose()

    assert 1 == counted


def test_packages_read_yaml_with_the_part_in_c() -> None:
    """What they read is the same."""
    yaml = pytest.importorskip("yaml")
    text = "a: [1, yes, 2020-01-01]\nb: {c: null}\n"
    before = yaml.load(text, yaml.loader.SafeLoader)
    hasten()

    assert before == yaml.safe_load(text)
    assert yaml.SafeLoader is (yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.loader.SafeLoader)
