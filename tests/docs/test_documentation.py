"""Every YAML, Python, TOML and shell example of the documentation runs. How, the word behind the language says:

    yaml run        an interview; gone through with the `yaml answers` below it, if there are any, to its last screen
    yaml check      an interview in which `engross check` finds no error
    yaml wrong      an interview in which `engross check` finds the error that the `text` below it says
    yaml part       blocks that can be read
    yaml file=NAME  an interview kept under this name for the commands below it
    toml settings   an engross.toml
    python run      Python that ends without an error
    python server=F Python that ends without an error when its argument is the address of a server of the folder F
    console         commands after `$ `, each with what it prints (`…` stands for anything) and exit status 0, or `exit N` in the mark
    console server  a server: it says `ready`, then the `$ curl` lines below are asked of it
    console other   commands for another kind of machine; only their programs' names are looked at
Other languages (text, nginx …) are not run.
"""

# ruff: noqa: S603, S607 - the commands are those of our own pages
from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from engross.catalogue import Catalogue
from engross.errors import AuthorError
from engross.language.check import check_file
from engross.language.interview import load
from engross.library.namespace import NAMES
from engross.rehearsal.answers_file import AnswersFile
from engross.rehearsal.drive import Stage, rehearse
from engross.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted({*ROOT.glob("docs/*.md"), ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "examples/README.md"} - {ROOT / "docs/compatibility.md"})
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MUST_RUN = {"yaml", "python", "toml", "console", "bash", "sh", "shell"}


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block."""

    page: Path
    line: int
    language: str
    mark: str
    text: str
    below: Block | None = None
    """The next block of the page."""

    @property
    def place(self) -> str:
        """For messages."""
        return f"{self.page.name}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page, each with the one below it."""
    text = page.read_text(encoding="utf-8")
    made: list[Block] = []
    for found in reversed(list(FENCE.finditer(text))):
        language, _, mark = found[1].strip().partition(" ")
        line = text.count("\n", 0, found.start()) + 1
        made.append(Block(page=page, line=line, language=language, mark=mark, text=found[2], below=made[-1] if made else None))
    return made[::-1]


def marked(language: str, mark: str) -> list[Any]:
    """Blocks of that kind, as parameters."""
    blocks = [block for page in PAGES for block in blocks_of(page)]
    return [pytest.param(block, id=block.place) for block in blocks if (block.language, block.mark) == (language, mark)]


def test_every_example_says_how_it_is_run() -> None:
    """A YAML, Python, TOML or shell block without a known mark is not allowed."""
    known = re.compile(r"(yaml (run|check|wrong|part|answers|file=\S+)|toml settings|python (run|server=\S+)|console( exit \d| server| other)?)( office)?$")
    without = [
        block.place
        for page in PAGES
        for block in blocks_of(page)
        if block.language in MUST_RUN and not known.match(f"{block.language} {block.mark}".strip())
    ]

    assert without == []


def copied(block: Block, folder: Path) -> Path:
    """The interview of *block* in *folder*, with the examples' files beside it."""
    for name in ("templates", "uploads"):
        shutil.copytree(ROOT / "examples" / name, folder / name, dirs_exist_ok=True)
    path = folder / "interview.yml"
    path.write_text(block.text, encoding="utf-8")
    return path


@pytest.mark.parametrize("block", marked("yaml", "run"))
def test_an_interview_of_the_documentation_runs(block: Block, on_stage: Stage, tmp_path: Path) -> None:
    """It reaches its last screen."""
    path = copied(block, tmp_path)
    answers = {}
    if block.below is not None and (block.below.language, block.below.mark) == ("yaml", "answers"):
        answers = YAML(typ="safe", pure=True).load(block.below.text)
    course = rehearse(on_stage, next(iter(Catalogue([str(path)]).files)), AnswersFile(answers, tmp_path), seconds=60)

    assert course.obstacle is None, str(course.obstacle)


@pytest.mark.parametrize("block", marked("yaml", "check"))
def test_an_interview_of_the_documentation_has_no_errors(block: Block, tmp_path: Path) -> None:
    """`engross check` finds none."""
    found = check_file(str(copied(block, tmp_path)), library_names=frozenset(NAMES))

    assert [str(finding) for finding in found if isinstance(finding, AuthorError)] == []


@pytest.mark.parametrize("block", marked("yaml", "wrong"))
def test_a_mistake_of_the_documentation_is_told_as_it_says(block: Block, tmp_path: Path) -> None:
    """`engross check` says the sentence below it."""
    found = " ".join(" ".join(map(str, check_file(str(copied(block, tmp_path)), library_names=frozenset(NAMES)))).split())
    assert block.below is not None
    said = " ".join(block.below.text.split()).replace("interview.yml", str(tmp_path / "interview.yml"))

    assert said in found


@pytest.mark.parametrize("block", marked("yaml", "part"))
def test_blocks_of_the_documentation_can_be_read(block: Block, tmp_path: Path) -> None:
    """Each has a kind, and no key that nobody knows."""
    interview = load(str(copied(block, tmp_path)))

    assert [str(notice) for notice in interview.notices] == []


@pytest.mark.parametrize("block", marked("toml", "settings"))
def test_settings_of_the_documentation_can_be_read(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting is unknown and no value wrong."""
    (tmp_path / "engross.toml").write_text(block.text, encoding="utf-8")
    monkeypatch.setenv("ENGROSS_SETTINGS", str(tmp_path / "engross.toml"))

    assert Settings().model_fields_set


@pytest.mark.slow
@pytest.mark.parametrize("block", marked("python", "run"))
def test_python_of_the_documentation_runs(block: Block, tmp_path: Path) -> None:
    """It ends without an error, in a folder of its own."""
    ended = subprocess.run([sys.executable, "-c", block.text], cwd=tmp_path, capture_output=True, text=True, timeout=60)

    assert ended.returncode == 0, ended.stderr


def python_for_servers() -> list[Any]:
    """Programs that talk to a server."""
    blocks = [block for page in PAGES for block in blocks_of(page)]
    return [
        pytest.param(block, id=block.place, marks=pytest.mark.office)
        for block in blocks
        if block.language == "python" and block.mark.startswith("server=")
    ]


@pytest.mark.parametrize("block", python_for_servers())
def test_programs_of_the_documentation_can_talk_to_a_server(block: Block, tmp_path: Path) -> None:
    """They end without an error."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "ENGROSS_PORT": "0"}
    (tmp_path / "program.py").write_text(block.text, encoding="utf-8")
    server = Block(
        page=block.page, line=block.line, language="console", mark="server",
        text=f"$ engross serve {block.mark.removeprefix('server=')}\n$ python program.py http://127.0.0.1:8000\n",
    )  # fmt: skip

    assert served(server, tmp_path, environment) == []


def pages_with_commands() -> list[Any]:
    """Pages that have commands; their blocks run one after the other in one folder."""
    return [
        pytest.param(page, id=page.name, marks=pytest.mark.office)
        for page in PAGES
        if any(block.language == "console" and not block.mark.startswith("other") for block in blocks_of(page))
    ]


@pytest.mark.parametrize("page", pages_with_commands())
def test_commands_of_the_documentation_do_what_they_say(page: Path, tmp_path: Path) -> None:
    """Each prints what stands below it."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    environment = {
        **os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "200", "ENGROSS_PORT": "0",
        "ENGROSS_DATA_FOLDER": str(tmp_path / "data"),
    }  # fmt: skip
    faults: list[str] = []
    for block in blocks_of(page):
        if block.language == "yaml" and block.mark.startswith("file="):
            path = tmp_path / block.mark.removeprefix("file=")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "console" and block.mark.startswith("server"):
            faults += served(block, tmp_path, environment)
        elif block.language == "console" and not block.mark.startswith("other"):
            faults += ran(block, tmp_path, environment)

    assert faults == []


def commands_in(block: Block) -> Iterator[tuple[str, str]]:
    """(command, what it prints)"""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        yield command, printed.strip()


def ran(block: Block, folder: Path, environment: dict[str, str]) -> list[str]:
    """What went otherwise than the block says."""
    status = int(found[1]) if (found := re.search(r"exit (\d+)", block.mark)) else 0
    faults = []
    for command, printed in commands_in(block):
        ended = subprocess.run(
            ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
        )  # fmt: skip
        output = ended.stdout + ended.stderr
        if ended.returncode != status:
            faults.append(f"{block.place}: `{command}` ended with {ended.returncode}: {output[-500:]}")
        elif not matches(printed, output):
            faults.append(f"{block.place}: `{command}` printed {output!r}")
    return faults


def matches(printed: str, output: str) -> bool:
    """Whether *output* has what the page shows, `…` standing for anything."""
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in printed.split("…"))
    return re.search(pattern.replace(r"\ ", r"\s*"), " ".join(output.split()), re.DOTALL) is not None


def served(block: Block, folder: Path, environment: dict[str, str]) -> list[str]:
    """Start the server of the first command, ask it what the `curl` lines ask, and stop it."""
    (command, _), *questions = commands_in(block)
    server = subprocess.Popen(
        ["bash", "-c", f"exec {command}"], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )  # fmt: skip
    faults = []
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        if not line.startswith("ready http"):
            return [f"{block.place}: `{command}` said {line!r}"]
        address = line.split()[1].rstrip("/")
        for question, printed in questions:
            asked = re.sub(r"http://127\.0\.0\.1:8000", address, question)
            ended = subprocess.run(["bash", "-c", asked], cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
            if ended.returncode or not matches(printed, ended.stdout):
                faults.append(f"{block.place}: `{question}` printed {ended.stdout[:500]!r} {ended.stderr[:200]!r}")
    finally:
        server.terminate()
        server.wait(timeout=30)
        if server.stdout is not None:
            server.stdout.close()
    return faults


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in [*PAGES, ROOT / "docs/compatibility.md"]])
def test_links_of_the_documentation_lead_somewhere(page: Path) -> None:
    """Links to files of the project are links to files that are there."""
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", FENCE.sub("", page.read_text(encoding="utf-8")))
    dead = [link for link in links if "://" not in link and not link.startswith("mailto:") and not (page.parent / link).exists()]

    assert dead == []


def test_every_setting_is_documented() -> None:
    """docs/settings.md is what script/settings writes."""
    loader = importlib.machinery.SourceFileLoader("settings_page", str(ROOT / "script/settings"))
    spec = importlib.util.spec_from_loader("settings_page", loader)
    assert spec is not None
    made = importlib.util.module_from_spec(spec)
    loader.exec_module(made)

    assert made.page() == (ROOT / "docs/settings.md").read_text(encoding="utf-8")


def test_every_command_is_documented() -> None:
    """Each command of `engross` stands on one of the pages."""
    from engross.cli import app

    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    names = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    missing = [name for name in [*names, *(group.name for group in app.registered_groups)] if f"engross {name}" not in text]

    assert missing == []


def test_the_readme_names_as_many_conversations_as_must_agree() -> None:
    """The number in README.md is the one that the tests hold."""
    floor = (ROOT / "tests/conformance/floor.txt").read_text(encoding="utf-8").strip()

    assert f"{floor} of 430" in (ROOT / "README.md").read_text(encoding="utf-8")
