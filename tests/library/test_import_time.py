"""Modules of packages are imported outside of any visit, and may ask for what does not need one."""

from __future__ import annotations

import pytest

from engross.context import current, outside, step_outside
from engross.library.files import path_and_mimetype, url_of
from engross.library.locales import get_config


def test_a_file_that_a_package_lacks_has_no_path() -> None:
    """`path_and_mimetype` says None, as in docassemble; packages then look elsewhere."""
    path, mimetype = path_and_mimetype("engross.packages.demo:data/static/no-such-file.css")

    assert (None, None) == (path, mimetype)


def test_the_servers_config_can_be_read_while_a_module_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in docassemble, where it is there from the start."""
    monkeypatch.setattr(outside(), "config", {"key": "value"})
    with step_outside():

        assert ("value", "none") == (get_config("key"), get_config("other", "none"))


def test_what_needs_a_visit_says_so() -> None:
    """Files, jobs and the interview itself exist only in one."""
    with step_outside(), pytest.raises(RuntimeError, match="only be used while an interview runs"):
        current().files.save(b"", "name")


def test_files_of_packages_have_paths_and_addresses_while_modules_are_imported() -> None:
    """Of any package that is there."""
    with step_outside():
        path, _ = path_and_mimetype("engross.packages.assembly_line:data/questions/assembly_line.yml")

        assert path is not None
        assert path.endswith("assembly_line/data/questions/assembly_line.yml")
        assert "/packagestatic/some.package/a.css" == url_of("some.package:data/static/a.css")
