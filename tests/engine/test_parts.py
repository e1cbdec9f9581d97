"""The words around a question."""

from __future__ import annotations

from collections.abc import Callable

from tests.engine.conftest import Talk

Begin = Callable[[str], Talk]


def test_metadata_may_say_parts(talk: Begin) -> None:
    """As plain words, by language where there are several; ``default screen parts`` and the question's own come first."""
    begun = talk(
        """
metadata:
  post: By ${ us }
  back button label:
    es: Atrás
    en: Earlier
  under: from the metadata
  right: [not, words]
---
default screen parts:
  under: from the parts
---
mandatory: True
question: One
"""
    )
    screen = begun.next()

    assert screen.parts == {"post": "By ${ us }", "under": "from the parts", "back button label": "Earlier"}
    assert screen.back_label == "Earlier"


SECTIONS = """
sections:
  - one: First
  - two: Second
  - three: Third
PROGRESSIVE---
event: two
question: Look again
---
mandatory: True
code: |
  nav.set_section('one')
  FLAG
---
mandatory: True
question: Here
"""


def links(talk: Begin, progressive: str = "", flag: str = "pass") -> list[tuple[str, str | None]]:
    """State and action of each section."""
    screen = talk(SECTIONS.replace("PROGRESSIVE", progressive).replace("FLAG", flag)).next()
    return [(one.state, one.action) for one in screen.sections]


def test_sections_ahead_can_be_gone_to_where_the_interview_says_so(talk: Begin) -> None:
    """``progressive: False`` makes a link of every section that has a block; code may say it, too."""
    ahead = [("current", None), ("todo", "two"), ("todo", None)]

    assert links(talk) == [("current", None), ("todo", None), ("todo", None)]
    assert links(talk, "progressive: False\n") == ahead
    assert links(talk, flag="nav.progressive = False") == ahead


def test_code_may_hide_the_sections_or_their_links(talk: Begin) -> None:
    """``nav.hide()`` and ``nav.disable()``."""
    assert links(talk, flag="nav.hide()") == []
    assert links(talk, "progressive: False\n", "nav.disable()") == [("current", None), ("todo", None), ("todo", None)]
