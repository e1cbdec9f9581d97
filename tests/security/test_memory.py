"""What the web process remembers of visitors who have gone."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from engross import quoting
from engross.catalogue import Catalogue
from engross.settings import Settings
from engross.store import open_store
from engross.visit import Visits
from engross.web.app import create_app
from tests.visit.conftest import Bench
from tests.visit.conftest import bench as bench
from tests.web.conftest import TestClient

INTERVIEW = """
objects:
  - people: DAList.using(object_type=Individual, there_are_any=True)
  - things: DADict.using(there_are_any=True)
---
mandatory: True
code: |
  line, area, pick
  people.gather()
  things.gather()
  done
---
question: What?
fields:
  - Line: line
  - Area: area
    input type: area
---
question: Pick ${ line }
subquestion: |
  You *said* ${ area }, and ${ line } <b>${ line }</b> [${ line }](https://example.com)
terms:
  said: What ${ line } means
fields:
  - "Which of ${ line }": pick
    choices:
      - ${ line }
      - other
---
question: Name of the ${ ordinal(i) } after ${ line }
fields:
  - First: people[i].name.first
  - Last: people[i].name.last
---
question: More than ${ comma_and_list(people) }?
yesno: people.there_is_another
---
question: A thing
fields:
  - Key: things.new_item_name
---
question: Value of ${ i }
fields:
  - Value: things[i]
---
question: More things than ${ things }?
yesno: things.there_is_another
---
event: done
question: Done ${ title_case(line) }
subquestion: |
  ${ area }

  % for key in things:
  * ${ key }: ${ things[key] }
  % endfor

  [Again](${ url_action('line') })
"""

Visit = Callable[[str], None]


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Visit]:
    """Somebody who types a word in all fields, comes to the end, and destroys the answers."""
    file = tmp_path / "visited.yml"
    file.write_text(INTERVIEW, encoding="utf-8")
    settings = Settings(data_folder=tmp_path / "kept", posts_per_second=1e6, posts_burst=10**6)
    catalogue = Catalogue((str(file),))
    with open_store(settings) as store:
        visits = Visits(store, settings, catalogue.interviews)
        application = create_app(settings, visits, store, catalogue)

        def go(word: str) -> None:
            with TestClient(application) as browser:
                page = html.fromstring(browser.get(f"/interview?i={file}").text)
                for _ in range(20):
                    if heading(page).startswith("Done"):
                        break
                    page = html.fromstring(browser.post("/interview", data=filled(page, word)).text)
                assert word.lower() in heading(page).lower()
                assert browser.post("/interview/delete", data=filled(page, word)).status_code == 200

        yield go
        visits.close()


def heading(page: Any) -> str:
    return str(page.xpath("//h1")[0].text_content()).strip()


def filled(page: Any, word: str) -> dict[str, str]:
    """The page's form with the word in its fields, and No where there are more to be told of."""
    form = {one.get("name"): one.get("value") or "" for one in page.xpath("//input[@type='hidden'][@name]") if one.get("name") in ("_csrf", "_i", "_screen")}
    for one in page.xpath("//form[@id='daform']//*[self::input[@type='text'] or self::textarea][@name]"):
        form[one.get("name")] = f"{word} it's <b> *x*"
    for one in page.xpath("//form[@id='daform']//*[self::button or self::input[@type='radio']][@name]"):
        form[one.get("name")] = one.get("value")
    return form


def remembered(word: str) -> set[str]:
    """What in this process holds a text with the word."""
    gc.unfreeze()
    gc.collect()
    everything = gc.get_objects()
    found = set()
    for one in everything:
        for text in gc.get_referents(one):
            if (isinstance(text, str) and word in text) or (isinstance(text, bytes | bytearray) and word.encode() in text):
                found.add(f"{type(one).__name__} {text!r:.80}")
    return found


@pytest.mark.slow
def test_nothing_that_was_typed_is_remembered_after_the_answers_are_destroyed(visit: Visit) -> None:
    """No cache, no pattern, no converter of texts and no pool in the whole process holds a word of a visitor who has gone."""
    words = ["".join(("kept", "while", "there", str(number))) for number in range(3)]
    for word in words:
        visit(word)
    start = words.pop()[:-1]
    words.clear()

    assert {one for one in remembered(start) if not one.endswith(f"'{start}'")} == set()


def test_a_thread_lets_go_of_what_was_typed_when_a_visit_ends(bench: Bench) -> None:
    """The thread serves somebody else next, or nobody for hours."""
    bench.start("mandatory: True\nquestion: First\nfields:\n  - Line: line\n---\nmandatory: True\nquestion: Second ${ line }\nfields:\n  - More: more\n")
    shown = bench.answer(line="it's <b>")

    assert "&#60;" in shown.screen.question
    assert vars(quoting._of_thread) == {}


@pytest.mark.slow
def test_caches_do_not_grow_by_what_is_typed(visit: Visit) -> None:
    """After ten visitors with words of their own every cache of ours is as large as after the first two."""

    def sizes() -> dict[str, int]:
        from functools import _lru_cache_wrapper

        modules = [module for name, module in sys.modules.items() if name.startswith("engross.")]
        caches = {one for module in modules for one in vars(module).values() if isinstance(one, _lru_cache_wrapper)}
        return {f"{one.__module__}.{one.__qualname__}": one.cache_info().currsize for one in caches}

    for number in range(2):
        visit(f"first{number}")
    before = sizes()
    for number in range(10):
        visit(f"later{number}")
    after = sizes()

    assert len(before) > 20
    assert {name: size for name, size in after.items() if size > before.get(name, 0)} == {}
