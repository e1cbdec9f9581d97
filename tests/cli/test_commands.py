"""The commands as people type them."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from engross.rehearsal.samples import sample_file

pytestmark = pytest.mark.slow

DEMO = "engross.packages.demo:eviction_answer.yml"
ANSWERS = Path(__file__).parent / "eviction_answer.answers.yml"


def engross(*arguments: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``engross`` to its end."""
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "engross.cli", *map(str, arguments)], capture_output=True, text=True, check=False, cwd=folder
    )


def interview(folder: Path, text: str) -> Path:
    """A YAML file with *text*."""
    file = folder / "interview.yml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """The demo's answers, with the photo and the signature they name beside them."""
    for name in ("photo.jpg", "signature.png"):
        (tmp_path / name).write_bytes(sample_file(name).data)
    file = tmp_path / "answers.yml"
    file.write_text(ANSWERS.read_text(encoding="utf-8"), encoding="utf-8")
    return file


@pytest.mark.office
def test_run_writes_the_papers_of_the_demo(answers: Path, tmp_path: Path) -> None:
    """Without a browser the same papers come out, and the answers are in them."""
    done = engross("run", DEMO, "--answers", answers, "--out", tmp_path / "papers", "--json")

    outcome = json.loads(done.stdout)
    assert (done.returncode, outcome["status"]) == (0, "finished"), done.stderr
    assert {paper["name"] for paper in outcome["papers"]} == {
        "eviction_answer.pdf", "answer.pdf", "answer.docx", "photos.pdf", "photos.docx", "certificate_of_delivery.pdf",
        "certificate_of_delivery.docx", "information_sheet.pdf", "eviction_answer.zip",
    }  # fmt: skip
    made = tmp_path / "papers/eviction_answer.pdf"
    text = subprocess.run(["pdftotext", "-layout", made, "-"], capture_output=True, text=True, check=True).stdout  # noqa: S603, S607 - found by PATH, arguments of our own
    for words in ("Maria Álvarez & Sons <b>", "No heat in the bedroom", "Elm Street LLC", "26H79SP001234", "November 2, 2026"):
        assert words in text


def test_run_says_in_a_sentence_that_there_is_no_file_with_answers(tmp_path: Path) -> None:
    """With the path, and what such a file is."""
    done = engross("run", interview(tmp_path, "mandatory: True\nquestion: Bye\n"), "--answers", tmp_path / "no.yml", "--out", tmp_path)

    assert done.returncode == 1
    assert f"There is no file with answers at {tmp_path / 'no.yml'}" in "".join(done.stderr.splitlines())


def test_run_names_what_is_missing(tmp_path: Path) -> None:
    """A missing answer ends with exit status 3 and names question, variable, file and line."""
    file = interview(
        tmp_path,
        "---\nmandatory: True\ncode: |\n  colour\n  last\n---\nid: the colour\nquestion: Which colour?\nfields:\n  - Colour: colour\n"
        "---\nevent: last\nquestion: Bye\n",
    )
    given = tmp_path / "answers.yml"
    given.write_text("color: red\n", encoding="utf-8")

    done = engross("run", file, "--answers", given, "--out", tmp_path / "papers")

    assert done.returncode == 3
    told = " ".join(done.stderr.split())
    assert "question `the colour`" in told
    assert "line 7" in told
    assert "no answer for `colour`" in told
    assert "The file has `color`" in told


def test_run_says_why_a_value_cannot_be_taken(tmp_path: Path) -> None:
    """A value that is none of the choices is named with the choices."""
    file = interview(
        tmp_path,
        "---\nmandatory: True\nquestion: Which?\nfield: fruit\nchoices:\n  - Apple\n  - Pear\n---\nmandatory: True\nquestion: Bye ${ fruit }\n",
    )
    given = tmp_path / "answers.yml"
    given.write_text("fruit: Plum\n", encoding="utf-8")

    done = engross("run", file, "--answers", given, "--out", tmp_path / "papers")

    assert done.returncode == 1
    assert "'Plum' is not one of the choices: 'Apple', 'Pear'" in " ".join(done.stderr.split())


def test_check_names_an_unknown_key_with_the_nearest(tmp_path: Path) -> None:
    """`engross check` gives file, line and the nearest key."""
    file = interview(tmp_path, "---\nmandatory: True\nquestion: Hello\nsubquestoin: |\n  There\n")

    done = engross("check", file, "--json")

    finding = json.loads(done.stdout)[0]
    assert (finding["level"], finding["line"], finding["nearest"]) == ("warning", 4, "subquestion")


def test_check_names_the_font_that_a_template_needs_and_the_server_lacks(tmp_path: Path) -> None:
    """With the line that names the template; a link out of the file is told, too."""
    from tests.documents.test_gate import packed, relation

    font = '<w:p><w:r><w:rPr><w:rFonts w:ascii="Papyrus Of No Server"/></w:rPr><w:t>x</w:t></w:r></w:p>'
    (tmp_path / "petition.docx").write_bytes(packed(font, relations=relation("image", "http://127.0.0.1/x.png")))
    file = tmp_path / "short.yml"
    file.write_text("mandatory: True\nquestion: Done\nattachment:\n  name: Petition\n  docx template file: petition.docx\n", encoding="utf-8")

    found = json.loads(engross("check", file, "--json").stdout)

    assert {("warning", 5)} == {(finding["level"], finding["line"]) for finding in found}
    assert ["petition.docx: It reaches outside of the file.", "petition.docx: the font “Papyrus Of No Server” is not on this server"] == [
        finding["message"].partition(";")[0] for finding in found
    ]


def test_check_fails_on_yaml_that_cannot_be_read(tmp_path: Path) -> None:
    """A YAML error is an error with its line, and the exit status says so."""
    done = engross("check", interview(tmp_path, "---\nquestion: [\n---\nmandatory: True\nquestion: Hello\n"))

    assert done.returncode == 1
    assert "line" in done.stderr


def test_an_interview_that_is_not_there_is_named(tmp_path: Path) -> None:
    """No traceback, and what was looked for."""
    done = engross("serve", "docassemble.NoSuchPackage", "--data", tmp_path / "data")

    assert done.returncode == 1
    assert "docassemble.NoSuchPackage" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    """With the setting's name, before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = engross("serve", DEMO, "--port", str(port), "--data", tmp_path / "data")

    assert 1 == done.returncode
    assert f"cannot listen on 127.0.0.1, port {port} (settings `host`, `port`)" in done.stderr


def test_debug_is_refused_where_others_can_reach_it(tmp_path: Path) -> None:
    """--debug shows answers; on an open address it must be asked for twice."""
    done = engross("serve", "engross.packages.demo", "--debug", "--host", "0.0.0.0", "--data", tmp_path / "data")  # noqa: S104 - what must be refused

    assert done.returncode == 1
    assert "--i-know" in done.stderr


@pytest.mark.parametrize(("chosen", "words"), [("auto", "are refused"), ("none", "NO SANDBOX")])
def test_a_missing_sandbox_is_told_loudly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, chosen: str, words: str) -> None:
    """When visitors' files are opened without one, and when they are refused for want of one."""
    import structlog

    from engross import cli
    from engross.documents import sandbox
    from engross.settings import Settings

    monkeypatch.setattr(sandbox, "available", lambda: sandbox.Sandbox(program=None, reason="bubblewrap is not installed"))
    with structlog.testing.capture_logs() as lines:
        cli.warn_of_missing_walls(Settings(data_folder=tmp_path, sandbox=chosen))

    assert [True] == [words in line["event"] and line["log_level"] in ("error", "critical") for line in lines]
