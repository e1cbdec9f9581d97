"""Mistakes of an author, over HTTP with the real visits and store: what the author is told, and what the visitor sees."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from engross.catalogue import Catalogue
from engross.settings import Settings
from engross.store import open_store
from engross.visit import Visits
from engross.web.app import create_app
from tests.documents.conftest import docx_of
from tests.web.conftest import TestClient

FIRST = "---\nmandatory: True\ncode: |\n  colour\n  last\n---\nid: the colour\nquestion: Which colour?\nfields:\n  - Colour: colour\n"
"""Ten lines: one question, then what each mistake adds as the event `last`."""
PAPER = "---\nevent: last\nquestion: Here\nattachment:\n  filename: paper\n  docx template file: paper.docx\n"

Site = Callable[..., TestClient]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A server of one interview, given as text, with or without --debug; *template* is the text of its ``paper.docx``."""
    with ExitStack() as stack:

        def serve(text: str, *, debug: bool, template: str | None = None) -> TestClient:
            (tmp_path / "interview.yml").write_text(text, encoding="utf-8")
            if template is not None:
                (tmp_path / "paper.docx").write_bytes(docx_of(template))
            settings = Settings(data_folder=tmp_path / "data", debug=debug, workers=0)
            store = stack.enter_context(open_store(settings))
            catalogue = Catalogue([str(tmp_path / "interview.yml")])
            app = create_app(settings, Visits(store, settings, catalogue.interviews), store, catalogue)
            client = TestClient(app, base_url="http://127.0.0.1:8000", headers={"host": "127.0.0.1:8000"})
            return stack.enter_context(client)

        yield serve


def answer(client: TestClient) -> str:
    """Answer the only question; the text of the page that follows."""
    page = client.get("/", follow_redirects=True).text
    hidden = dict(re.findall(r'<input type="hidden" name="(_csrf|_i|_screen)" value="([^"]*)">', page))
    field = re.search(r'name="(Y29sb3Vy)"', page)
    assert field is not None, page
    answered = client.post(
        "/interview", data={**hidden, field.group(1): "red"}, headers={"origin": "http://127.0.0.1:8000"}, follow_redirects=True
    )
    return words_of(answered.text)


def words_of(page: str) -> str:
    """What people read on a page."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.S)
    text = re.sub(r"<[^>]+>", " ", bare)
    for mark, character in (("&#39;", "'"), ("&#34;", '"'), ("&quot;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(mark, character)
    return " ".join(text.split())


MISTAKES = {
    "undefined variable": (FIRST + "---\nevent: last\nquestion: Hello ${ colur }\n", None, ["colur", "line 12", "colour"]),
    "python error": (FIRST + "---\nevent: last\ncode: |\n  a = 1\n  b = a / 0\n", None, ["line 15", "ZeroDivisionError"]),
    "mako error": (FIRST + "---\nevent: last\nquestion: |\n  % if colour:\n  Hello\n", None, ["line 14"]),
    "missing template": (FIRST + PAPER, None, ["paper.docx", "line"]),
    "jinja error in a DOCX": (FIRST + PAPER, "Dear {{ colour | nonsense }}", ["paper.docx", "nonsense", "Dear"]),
    "undefined variable in a DOCX": (FIRST + PAPER, "Dear {{ colur }}", ["colur"]),
}
"""name → (interview, text of the template, what the author is told)"""


@pytest.mark.parametrize("name", MISTAKES)
def test_the_author_is_told_where_and_what(site: Site, name: str) -> None:
    """With --debug the page names file and line, and what is wrong."""
    text, template, told = MISTAKES[name]

    page = answer(site(text, debug=True, template=template))

    assert [words for words in (*told, "interview.yml") if words not in page] == [], page


@pytest.mark.parametrize("name", MISTAKES)
def test_the_visitor_sees_a_calm_page_and_loses_nothing(site: Site, name: str) -> None:
    """Without --debug: not your fault, answers are saved, no file, line, variable or Python."""
    text, template, _told = MISTAKES[name]
    client = site(text, debug=False, template=template)

    page = answer(client)

    assert "Your answers are saved" in page
    assert [words for words in ("interview.yml", "Traceback", "Error", "colur", "line 1", "{{", "${") if words in page] == []


def test_yaml_that_cannot_be_read_is_told_with_its_line(site: Site) -> None:
    """The author sees file and line; the visitor does not."""
    text = "---\nmandatory: True\nquestion: Hello\n---\nquestion: [\n"

    page = words_of(site(text, debug=True).get("/", follow_redirects=True).text)

    assert "interview.yml" in page
    assert "line 5" in page or "line 6" in page


def saved_with(site: Site, tmp_path: Path, text: str, *, debug: bool) -> str:
    """What a session's page says after the author saved *text* over a good one."""
    client = site(FIRST + "---\nevent: last\nquestion: Bye\n", debug=debug)
    client.get("/", follow_redirects=True)
    (tmp_path / "interview.yml").write_text(text, encoding="utf-8")
    client.app.state.site.interviews.interviews._patience = 0  # type: ignore[attr-defined]
    return words_of(client.get("/", follow_redirects=True).text)


def test_the_author_is_told_that_what_was_saved_is_not_in_use(site: Site, tmp_path: Path) -> None:
    """A save with a mistake leaves visitors with the text before it; with --debug the screen says so, and what the mistake is."""
    broken = FIRST + "---\nquestion: [\n"

    told = saved_with(site, tmp_path, broken, debug=True)

    assert [words for words in ("not in use yet", "interview.yml, line 13", "Which colour?") if words not in told] == [], told


def test_visitors_are_not_told_of_an_unfinished_edit(site: Site, tmp_path: Path) -> None:
    """They see the question as it was."""
    told = saved_with(site, tmp_path, FIRST + "---\nquestion: [\n", debug=False)

    assert "Which colour?" in told
    assert "interview.yml" not in told


def test_the_author_sees_mistyped_keys_beside_the_screen(site: Site) -> None:
    """The key that was probably meant is named, in the panel of --debug."""
    text = FIRST.replace("fields:", "contineu button label: Go on\nfields:") + "---\nevent: last\nquestion: Bye\n"

    told = words_of(site(text, debug=True).get("/", follow_redirects=True).text)

    assert "Did you mean `continue button label`?" in told
