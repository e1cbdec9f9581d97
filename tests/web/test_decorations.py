"""Pictures beside a question, and complaints in words."""

from __future__ import annotations

import pytest

from engross.engine.screen import Option, Screen, ScreenField
from engross.engine.submission import in_words
from engross.markup import Linked
from engross.web.look import Look
from engross.web.pages import screen_page
from tests.web.fakes import INTERVIEW
from tests.web.gallery import shown
from tests.web.test_pages import FRAME, page


class Pictures:
    """The ``images`` of an interview: one, called *scales*."""

    def file(self, reference: str) -> Linked | None:
        return None

    def image(self, name: str) -> Linked | None:
        return Linked(url="/packagestatic/form/scales.svg", name="scales.svg", mimetype="image/svg+xml") if name == "scales" else None


def pictured(screen: Screen) -> str:
    return screen_page(shown(screen), FRAME, Look(title="Form"), interview=INTERVIEW, lookup=Pictures())


def choices(image: str, **more: str) -> tuple[Option, ...]:
    return (Option(key="yes", label="Yes", value="yes", image=image, **more), Option(key="no", label="No", value="no"))


def chosen(datatype: str, image: str) -> Screen:
    field = ScreenField(key="c2lkZQ", variable="side", path="side", label="Side", datatype=datatype, options=choices(image))
    return Screen(kind="fields", question="Which side?", fields=(field,))


SCREENS = {
    "radio buttons": lambda image: chosen("radio", image),
    "boxes": lambda image: chosen("checkboxes", image),
    "buttons": lambda image: Screen(
        kind="multiple_choice",
        variety="buttons",
        question="Which side?",
        fields=(ScreenField(key="c2lkZQ", variable="side", path="side", datatype="text", options=choices(image)),),
    ),
    "buttons that act": lambda image: Screen(kind="deadend", question="Done", buttons=choices(image, action="exit")[:1]),
    "buttons that lead away": lambda image: Screen(kind="deadend", question="Done", buttons=choices(image, url="https://example.org")[:1]),
}


@pytest.mark.parametrize("kind", SCREENS)
@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("calendar", 'class="fa-solid fa-calendar"'),
        ("fab-fa-github", 'class="fa-brands fa-github"'),
        ("scales", 'src="/packagestatic/form/scales.svg"'),
        ("/interview/files/7", 'src="/interview/files/7"'),
        ("/x\" onerror=\"alert(1)", 'src="/x&#34; onerror=&#34;alert(1)"'),
    ],
)
def test_a_choice_shows_an_icon_or_picture_by_its_name_or_a_file_by_its_address(kind: str, image: str, expected: str) -> None:
    """As in docassemble: the interview's ``images`` first, then icons; only a file is asked for by its address."""
    made = pictured(SCREENS[kind](image))

    assert made.count(expected) == 1
    assert f'src="{image}"' not in made or image.startswith("/interview")


@pytest.mark.parametrize("image", ["not there.png", "x<script>"])
def test_a_picture_that_is_nowhere_is_left_out(image: str) -> None:
    """Neither an address that answers 404 nor mark-up of somebody else's."""
    made = pictured(chosen("radio", image))

    assert "engross-choice-image" not in made
    assert "Yes" in made


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
