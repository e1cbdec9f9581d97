"""Pictures beside a question, and complaints in words."""

from __future__ import annotations

import pytest

from engross.engine.screen import Screen
from engross.engine.submission import in_words
from tests.web.test_pages import page


@pytest.mark.parametrize(("name", "shown"), [("file-signature", 'class="fa-solid fa-file-signature"'), ("/files/seal.png", 'src="/files/seal.png"')])
def test_a_decoration_is_an_icon_by_its_name_or_a_picture_by_its_address(name: str, shown: str) -> None:
    """A name is no address: a page that asks for it gets a 404."""
    made = page(Screen(kind="deadend", question="Sign", decorations=(name,)))

    assert shown in made
    assert 'src="file-signature"' not in made


@pytest.mark.parametrize(
    ("complaint", "shown"),
    [
        ("Answer with a <strong>date of birth</strong> (2/3/2990)", "Answer with a date of birth (2/3/2990)"),
        ("First<br>second", "First second"),
        ("Less than 3 < 4, <script>alert(1)</script>", "Less than 3 < 4, <script>alert(1)</script>"),
    ],
)
def test_a_complaint_is_words(complaint: str, shown: str) -> None:
    """Tags that stress are left out; all else is shown as it is, and escaped where it is shown."""
    assert shown == in_words(complaint)
