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
