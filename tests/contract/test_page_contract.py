"""What tools and interviews' scripts rely on in a page (docassemble's, as ALKiln reads it), held against pages of real visits.

The reading of names is ALKiln's own: the name of an input is base64 of a variable, that of a box ``variable[B'key']`` with the key
in base64 once more; radio buttons, buttons and lines of a list have the value to be set as their ``value``.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from engross.catalogue import Catalogue
from engross.settings import Settings
from engross.store import open_store
from engross.visit import Visits
from engross.web.app import create_app
from tests.web.conftest import TestClient

FIELDS = """
objects:
  - people: DAList.using(object_type=Individual, there_are_any=True, gathered=True)
---
mandatory: True
code: |
  people.appendObject(name="Ann")
  kind, done
---
id: About your HOME (1)
question: About your home
fields:
  - What kind?: kind
    input type: radio
    choices:
      - An apartment: apartment
      - A house: house
  - Broken: broken
    datatype: checkboxes
    choices:
      - No heat: heat
      - No hot water: hot water
      - 7: 7
    none of the above: Nothing
  - State: state
    choices:
      - Maine: ME
      - Vermont: VT
  - Rooms: rooms
    choices:
      - 3
      - 2
      - 1
  - Name: name
  - Born: born
    datatype: BirthDate
    required: False
  - Letter: letter
    input type: area
    required: False
  - Cold: cold
    datatype: yesnoradio
  - I saw it: seen
    datatype: yesno
  - Where?: place
    show if: seen
    required: False
action buttons:
  - label: Explain
    action: explain
    arguments:
      n: 1
---
event: explain
question: It is like this
---
event: done
question: |
  ${ kind } ${ broken.true_values() } ${ state } ${ rooms } ${ cold } ${ seen }
"""
YES = """
mandatory: True
code: |
  fine, done
---
question: Are you fine?
yesno: fine
---
event: done
question: |
  ${ fine is True }
"""
SIGN = """
mandatory: True
code: |
  mark, done
---
question: Sign
signature: mark
---
event: done
question: Done
"""
BROKEN = """
mandatory: True
question: |
  ${ 1 / 0 }
"""


def decoded(name: str) -> str:
    """The variable that a name stands for, as ALKiln reads it."""
    plain = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
    box = re.match(r"^(.*)\[[BRO]'(.*)'\]", plain)
    return f"{box[1]}['{decoded(box[2])}']" if box else plain


def select(page: Any, selector: str) -> list[Any]:
    """The elements of a CSS selector of tags, ``#id``, ``.class`` and ``[attribute=value]``, spaces and commas between."""
    return [one for part in selector.split(",") for one in page.xpath(xpath_of(part.strip()))]


def xpath_of(selector: str) -> str:
    steps = []
    for step in re.findall(r"(?:\[[^\]]*\]|\S)+", selector):
        tag = re.match(r"[\w-]*", step)
        conditions = []
        for sign, name, value in re.findall(r"([#.\[])([\w-]+)(?:=([^\]]*)\])?", step):
            if sign == "#":
                conditions.append(f"@id='{name}'")
            elif sign == ".":
                conditions.append(f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')")
            else:
                conditions.append(f"@{name}='{value}'" if value else f"@{name}")
        assert tag is not None
        steps.append((tag[0] or "*") + "".join(f"[{one}]" for one in conditions))
    return "//" + "//".join(steps)


class Browser:
    """Forms of a page, filled and sent as a browser without script does."""

    def __init__(self, client: TestClient, reference: str) -> None:
        self.client = client
        self.read(client.get(f"/interview?i={reference}").text)

    def read(self, text: str) -> None:
        self.text = text
        self.page = html.fromstring(text)

    def named(self, variable: str) -> list[Any]:
        """The inputs of a variable."""
        return [one for one in select(self.page, "#daquestion [name]") if decodes_to(one.get("name"), variable)]

    def value_of(self, variable: str) -> list[str]:
        return [one.get("value") for one in self.named(variable)]

    def send(self, **texts: str) -> None:
        """Post the form with these, by the names of variables; ``{}`` for keys of boxes goes by :meth:`tick`."""
        hidden = {one.get("name"): one.get("value") for one in select(self.page, "#daform input[type=hidden]") if one.get("disabled") is None}
        self.read(self.client.post("/interview", data=hidden | texts).text)

    @property
    def heading(self) -> str:
        return str(select(self.page, "#daMainQuestion")[0].text_content()).strip()


def decodes_to(name: str, variable: str) -> bool:
    try:
        return decoded(name) == variable
    except (ValueError, UnicodeDecodeError):
        return False


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Callable[[str], Browser]]:
    """Opens an interview from its YAML."""
    opened = []

    def start(yaml: str) -> Browser:
        file = tmp_path / "interview.yml"
        file.write_text(yaml, encoding="utf-8")
        settings = Settings(data_folder=tmp_path / "kept")
        catalogue = Catalogue((str(file),))
        store = open_store(settings)
        visits = Visits(store, settings, catalogue.interviews)
        client = TestClient(create_app(settings, visits, store, catalogue), raise_server_exceptions=False)
        opened.append((visits, store))
        return Browser(client, str(file))

    yield start
    for visits, store in opened:
        visits.close()
        store.close()


def test_choices_have_their_real_values(visitor: Callable[[str], Browser]) -> None:
    """A story table says ``kind | house``; the radio button says so too, a list and a yes-no button as well."""
    page = visitor(FIELDS)

    assert ["apartment", "house"] == page.value_of("kind")
    assert ["", "ME", "VT"] == [one.get("value") for one in page.named("state")[0].xpath("option")]
    assert ["True", "False"] == page.value_of("cold")
    assert ["True", "False"] == visitor(YES).value_of("fine")


def test_each_box_of_a_group_has_a_name_of_its_own(visitor: Callable[[str], Browser]) -> None:
    """A story table says ``broken['heat'] | True`` and ``broken['None'] | True``."""
    page = visitor(FIELDS)
    named = [decoded(one.get("name")) for one in select(page.page, "fieldset input[type=checkbox][data-of]")]

    assert ["broken['heat']", "broken['hot water']", "broken['7']", "broken['None']"] == named
    assert ["True"] == page.value_of("broken['heat']")
    assert 1 == len(select(page.page, "input.danota-checkbox"))


def test_what_tools_send_is_taken(visitor: Callable[[str], Browser]) -> None:
    """Values and boxes sent by those names set what they say, whatever their position."""
    page = visitor(FIELDS)
    chosen = {"kind": "house", "broken['hot water']": "True", "broken['7']": "True", "state": "VT", "rooms": "2", "name": "Ann", "cold": "False", "seen": "True"}
    page.send(**{page.named(variable)[0].get("name"): value for variable, value in chosen.items()})

    assert "house hot water and 7 VT 2 False True" == page.heading


def test_a_wrong_form_comes_back_as_it_was_filled(visitor: Callable[[str], Browser]) -> None:
    """Ticked boxes stay ticked."""
    page = visitor(FIELDS)
    page.send(**{page.named("broken['heat']")[0].get("name"): "True", page.named("kind")[0].get("name"): "house"})

    assert ["broken['heat']"] == [decoded(one.get("name")) for one in select(page.page, "input[data-of][checked]")]
    assert select(page.page, ".alert-danger")
    assert select(page.page, ".da-form-group .da-has-error")


def test_values_that_were_not_offered_are_refused(visitor: Callable[[str], Browser]) -> None:
    """A value is taken only if the kept screen offers it."""
    page = visitor(FIELDS)
    page.send(**{page.named("kind")[0].get("name"): "castle"})

    assert "About your home" == page.heading
    assert [] == select(page.page, "input[type=radio][value=castle]")


def test_elements_that_tools_look_for_are_there(visitor: Callable[[str], Browser]) -> None:
    """Classes and ids of a question page, the question's id as a class of the body, the variable that led to it."""
    page = visitor(FIELDS).page
    for selector in (
        "body.dabody", "#daMainQuestion", "main#daquestion", "form#daform", ".da-form-group input", ".da-form-group select", ".da-form-group textarea",
        "fieldset.da-field-buttons button[type=submit].btn-primary", ".dashowif[data-showif-var]", "input[name=_varnames]",
        "a.daquestionactionbutton[href]", "body.question-about-your-home-1-", ".da-field-container-datatype-BirthDate",
    ):  # fmt: skip
        assert select(page, selector), selector
    trigger = select(page, "#trigger, #sought_variable")[0]

    assert "kind" == decoded(trigger.get("data-variable"))
    assert isinstance(json.loads(base64.b64decode(select(page, "input[name=_varnames]")[0].get("value"))), dict)


def test_fields_of_a_list_are_known_by_their_names_as_written(visitor: Callable[[str], Browser]) -> None:
    """``_varnames`` leads from the name on the page (``people[0].…``) to the author's (``people[i].…``), boxes included; ALKiln's tables
    are written with the latter."""
    page = visitor(
        """
objects:
  - people: DAList.using(object_type=DAObject, there_are_any=True, complete_attribute="nick")
---
mandatory: True
code: people.gather()
---
question: Who?
fields:
  - Name: people[i].nick
  - Likes: people[i].likes
    datatype: checkboxes
    choices: [tea]
""",
    ).page
    known = json.loads(base64.b64decode(select(page, "input[name=_varnames]")[0].get("value")))
    named = {decoded(key): decoded(value) for key, value in known.items()}

    assert "people[i].nick" == named["people[0].nick"]
    assert "people[i].likes['tea']" == named["people[0].likes['tea']"]


def test_action_buttons_say_their_action_in_their_address(visitor: Callable[[str], Browser]) -> None:
    """``action=`` is base64 of JSON, without signs that an address would change."""
    link = select(visitor(FIELDS).page, ".daquestionactionbutton")[0]
    encoded = re.search(r"action=([^&]*)", link.get("href"))

    assert encoded is not None
    assert re.fullmatch(r"[A-Za-z0-9_-]+", encoded[1])
    assert {"action": "explain", "arguments": {"n": 1}} == json.loads(base64.urlsafe_b64decode(encoded[1] + "=" * (-len(encoded[1]) % 4)))


def test_signature_page_has_its_parts(visitor: Callable[[str], Browser]) -> None:
    """``#dasigpage``, ``#dasigcanvas`` in ``#daquestion`` and a ``.dasigsave`` in a fieldset."""
    page = visitor(SIGN).page

    assert select(page, "#daquestion #dasigpage canvas#dasigcanvas")
    assert select(page, "fieldset .dasigsave")


def test_error_page_can_be_told_from_a_question(visitor: Callable[[str], Browser]) -> None:
    """``#da-retry``, and a ``blockquote`` with what is said."""
    page = visitor(BROKEN).page

    assert select(page, "#da-retry")
    assert "Your answers are saved" in select(page, "blockquote")[0].text_content()
