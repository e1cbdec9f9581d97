"""A posted form against the screen that was shown."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engross.engine.fields import key_for
from engross.engine.screen import Option, Screen, ScreenField, ShowIf
from engross.engine.submission import Accepted, Drawn, Keys, ObjectAt, ObjectsAt, Rejected, Uploaded, check


@dataclass
class Sent:
    """A file as a browser sends it."""

    name: str
    mimetype: str
    data: bytes


def field(path: str, **more: Any) -> ScreenField:
    """A field that sets *path*."""
    return ScreenField(key=key_for(path), variable=path, path=path, **more)


def screen(*fields: ScreenField, **more: Any) -> Screen:
    """A screen with these fields."""
    return Screen(kind="fields", question="?", fields=fields, **more)


def answer(shown: Screen, uploads: dict[str, list[Sent]] | None = None, **texts: str | list[str]) -> Accepted | Rejected:
    """What comes of posting *texts*, by path."""
    form = {key_for(path): text if isinstance(text, list) else [text] for path, text in texts.items()}
    return check(shown, form, {key_for(path): files for path, files in (uploads or {}).items()})


def values(read: Accepted | Rejected) -> dict[str, Any]:
    """The values that were accepted."""
    assert isinstance(read, Accepted), read
    return read.values


@pytest.mark.parametrize(
    ("datatype", "typed", "expected"),
    [
        ("text", "  Ann ", "Ann"),
        ("text", "Zoë, “the cook”", "Zoë, “the cook”"),
        ("integer", " 1,234 ", 1234),
        ("integer", "3.0", 3),
        ("integer", "", 0),
        ("number", "2.5", 2.5),
        ("number", "", 0.0),
        ("currency", "$ 1,250.75", 1250.75),
        ("range", "7", 7.0),
        ("date", "", ""),
        ("email", "ann@example.org", "ann@example.org"),
        ("raw", " as it is ", " as it is "),
        ("no such type", " x ", "x"),
    ],
)
def test_texts_become_values_of_their_type(datatype: str, typed: str, expected: Any) -> None:
    """As docassemble converts them; a blank number is 0, a blank date an empty text."""
    assert values(answer(screen(field("a", datatype=datatype, required=False)), a=typed)) == {"a": expected}


def test_dates_know_their_parts() -> None:
    """A date becomes a moment with year, month and day; a time has hours and minutes."""
    shown = screen(field("day", datatype="date"), field("moment", datatype="datetime"), field("hour", datatype="time"))
    read = values(answer(shown, day="2024-02-29", moment="2024-02-29T14:30", hour="14:30"))

    assert (read["day"].format("yyyy-MM-dd"), read["moment"].hour, read["hour"].minute) == ("2024-02-29", 14, 30)


@pytest.mark.parametrize("datatype", ["ThreePartsDate", "BirthDate"])
def test_dates_in_three_boxes_are_dates(datatype: str) -> None:
    """Without ALToolbox its dates are still dates, and one left empty is None, as that package keeps it."""
    shown = screen(field("born", datatype=datatype, required=False))
    typed, empty = values(answer(shown, born="02/28/1990"))["born"], values(answer(shown, born=""))["born"]

    assert (typed.year, typed.month, empty) == (1990, 2, None)


@pytest.mark.parametrize(
    ("datatype", "typed"),
    [
        ("integer", "two"),
        ("integer", "2.5"),
        ("integer", "1_000"),
        ("integer", "９"),
        ("number", "inf"),
        ("number", "1e308"),
        ("number", "-1e200"),
        ("integer", "9" * 1000),
        ("integer", "-1" + "0" * 101),
        ("number", "nan"),
        ("currency", "1.2.3"),
        ("date", "2023-02-30"),
        ("date", "tomorrow-ish"),
        ("time", "25:00"),
        ("email", "ann at example"),
        ("text", "a\x00b"),
        ("text", "a\ud800b"),
        ("text", "x" * 70000),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(datatype: str, typed: str) -> None:
    """The error stands at the field's key and is a sentence."""
    read = answer(screen(field("a", datatype=datatype)), a=typed)

    assert isinstance(read, Rejected)
    assert [key for key, words in read.errors.items() if words.endswith(".")] == [key_for("a")]


@pytest.mark.parametrize(
    ("more", "typed", "fine"),
    [
        ({"datatype": "integer", "min": "2", "max": "4"}, "1", False),
        ({"datatype": "integer", "min": "2", "max": "4"}, "4", True),
        ({"datatype": "date", "min": "2024-01-01"}, "2023-12-31", False),
        ({"datatype": "date", "max": "2024-01-01"}, "2024-01-01", True),
        ({"minlength": 3}, "ab", False),
        ({"maxlength": 3}, "abcd", False),
        ({"minlength": 3, "maxlength": 3}, "abc", True),
    ],
)
def test_limits_are_checked_again(more: dict[str, Any], typed: str, fine: bool) -> None:
    """Limits hold whatever the browser let through."""
    assert isinstance(answer(screen(field("a", **more)), a=typed), Accepted) is fine


BOXES = tuple(Option(key=str(n), label=name, value=True, variable=f"fruit[{name!r}]") for n, name in enumerate(("apple", "pear")))


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        (["1"], {"apple": False, "pear": True}),
        (["0", "1"], {"apple": True, "pear": True}),
        (["_none"], {"apple": False, "pear": False}),
        (["_all"], {"apple": True, "pear": True}),
        (["7", "0"], {"apple": True, "pear": False}),
    ],
)
def test_boxes_give_every_key(posted: list[str], expected: dict[str, bool]) -> None:
    """Ticked and unticked; positions that were not offered do not count."""
    entry = field("fruit", datatype="checkboxes", options=BOXES, none_of_the_above="None", none_key="_none", all_of_the_above="All", all_key="_all")

    assert values(answer(screen(entry), fruit=posted)) == {"fruit": Keys(expected)}


@pytest.mark.parametrize(("datatype", "said"), [("checkboxes", "Two boxes"), ("multiselect", "Two lines")])
def test_too_few_choices_are_refused_in_the_words_of_the_author(datatype: str, said: str) -> None:
    """Boxes and lists of lines have a message of their own each, as in docassemble."""
    words = {"checkbox minlength": "Two boxes", "multiselect minlength": "Two lines"}
    entry = field("fruit", datatype=datatype, options=BOXES, minlength=2, validation_messages=words)

    assert answer(screen(entry), fruit=["0"]) == Rejected(errors={entry.key: said})


def test_boxes_with_none_of_the_above_need_an_answer() -> None:
    """Nothing ticked, not even "none", is no answer."""
    entry = field("fruit", datatype="checkboxes", options=BOXES, none_of_the_above="None of these", none_key="_none")

    assert answer(screen(entry)) == Rejected(errors={entry.key: "Check at least one option, or check “None of these”"})


def test_a_choice_is_a_position_and_never_a_value() -> None:
    """What is set comes from the kept screen."""
    entry = field("colour", options=(Option(key="0", label="Red", value="red"), Option(key="1", label="Blue", value="blue")))

    assert (values(answer(screen(entry), colour="1")), type(answer(screen(entry), colour="green"))) == ({"colour": "blue"}, Rejected)


def test_a_choice_of_a_number_is_a_number() -> None:
    """`datatype: integer` with `choices` gives an integer, however the choices are written."""
    shown = screen(field("count", datatype="integer", options=(Option(key="0", label="1", value="1"), Option(key="1", label="2", value="2"))))

    assert {"count": 2} == values(answer(shown, count="1"))


def test_a_choice_of_what_looks_like_a_number_is_text_unless_its_data_type_says_otherwise() -> None:
    """As in docassemble: `- Stockbroker: 3` sets `'3'`; yes and no stay what they are."""
    numbered = (Option(key="1", label="One", value=1), Option(key="2.5", label="More", value=2.5))
    shown = screen(
        field("kind", options=numbered),
        field("rate", datatype="number", options=numbered),
        field("agreed", datatype="boolean", options=(Option(key="True", label="Yes", value=True),)),
    )

    assert values(answer(shown, kind="1", rate="2.5", agreed="True")) == {"kind": "1", "rate": 2.5, "agreed": True}


def test_objects_come_by_the_paths_of_the_screen() -> None:
    """One object, or several."""
    people = (Option(key="0", label="Ann", value="users[0]"), Option(key="1", label="Ben", value="users[1]"))
    shown = screen(
        field("boss", datatype="object", options=people, object_path=True),
        field("team", datatype="object_checkboxes", options=people, object_path=True),
    )

    assert values(answer(shown, boss="1", team=["0", "1"])) == {"boss": ObjectAt("users[1]"), "team": ObjectsAt(("users[0]", "users[1]"))}


@pytest.mark.parametrize(
    ("input_type", "sign", "posted", "expected"),
    [
        ("yesno", 1, "True", True),
        ("yesno", 1, None, False),
        ("noyes", -1, "False", False),
        ("noyes", -1, None, True),
        ("yesnoradio", 1, "True", True),
        ("noyesradio", -1, "False", False),
    ],
)
def test_yes_and_no(input_type: str, sign: int, posted: str | None, expected: bool) -> None:
    """A tick or a radio button; "noyes" turns a tick round."""
    entry = field("likes", datatype="boolean", input_type=input_type, required=False, extras={"sign": sign})
    read = answer(screen(entry), likes=posted) if posted else answer(screen(entry))

    assert values(read) == {"likes": expected}


def conditional(kind: str, value: Any = True) -> Screen:
    """A field that depends on a radio question."""
    asks = field("owns", datatype="boolean", input_type="yesnoradio", extras={"sign": 1})
    depends = field("address", show_if=(ShowIf(kind=kind, variable="owns", key=key_for("owns"), value=value),))
    return screen(asks, depends)


@pytest.mark.parametrize(
    ("kind", "owns", "expected"),
    [
        ("show", "True", {"owns": True, "address": "x"}),
        ("show", "False", {"owns": False}),
        ("hide", "True", {"owns": True}),
        ("disable", "True", {"owns": True}),
        ("enable", "True", {"owns": True, "address": "x"}),
    ],
)
def test_a_hidden_field_is_not_set(kind: str, owns: str, expected: dict[str, Any]) -> None:
    """Also when a browser sends it."""
    assert values(answer(conditional(kind), owns=owns, address="x")) == expected


@pytest.mark.parametrize(("kind", "expected"), [("business", "Acme"), ("person", "Ann")])
def test_of_several_fields_for_one_variable_the_shown_one_counts(kind: str, expected: str) -> None:
    """A name is asked for under one label or another; hiding the first does not hide the second."""
    shown = screen(
        field("kind"),
        field("name", show_if=(ShowIf(kind="show", variable="kind", value="person"),)),
        field("name", show_if=(ShowIf(kind="show", variable="kind", value="business"),)),
    )

    assert {"kind": kind, "name": expected} == values(answer(shown, kind=kind, name=expected))


def test_a_hidden_field_is_not_required() -> None:
    """Nobody can fill in what is not shown."""
    assert values(answer(conditional("show"), owns="False")) == {"owns": False}


def test_files_and_signatures() -> None:
    """Files come as they were sent; a signature is a PNG, drawn or typed."""
    shown = screen(field("proof", datatype="file"), field("sign", datatype="signature"), field("typed", datatype="signature"))
    sent = Sent("a.pdf", "application/pdf", b"%PDF-1.7")
    png = b"\x89PNG\r\n\x1a\n" + b"rest"
    form = {
        key_for("sign"): ["data:image/png;base64," + base64.b64encode(png).decode()],
        key_for("typed"): [""],
        f"{key_for('typed')}.typed": ["Ann Lee"],
    }
    read = check(shown, form, {key_for("proof"): [sent, sent]})

    assert isinstance(read, Accepted)
    assert (read.values["proof"], read.values["sign"], read.values["typed"].png[:4]) == (Uploaded((sent,)), Drawn(png), b"\x89PNG")


def test_a_question_without_a_variable() -> None:
    """The choice is its number; a button that does something else is told as its action."""
    choices = Screen(kind="multiple_choice", fields=(ScreenField(key="_choice", options=(Option(key="0", label="A"), Option(key="1", label="B"))),))
    buttons = Screen(kind="multiple_choice", buttons=(Option(key="0", label="Exit", action="exit"),))
    chosen, pressed = check(choices, {"_choice": ["1"]}, {}), check(buttons, {"_choice": ["0"]}, {})

    assert isinstance(chosen, Accepted)
    assert isinstance(pressed, Accepted)
    assert (chosen.choice, pressed.action and pressed.action.action) == (1, "exit")


def test_items_of_a_list_that_were_filled() -> None:
    """Spare items left blank do not count; removed ones neither."""
    fields = [
        ScreenField(key=key_for(f"fruit[{n}].name"), variable="fruit[i].name", path=f"fruit[{n}].name", group=n) for n in range(4)
    ]
    shown = screen(*fields, list_collect={"list": "fruit", "groups": 2, "allow_delete": True})
    read = check(shown, {key_for("fruit[1].name"): ["fig"], key_for("fruit[2].name"): ["pear"], "_removed": ["0"]}, {})

    assert isinstance(read, Accepted)
    assert (read.items, read.removed, read.values) == ((1, 2), (0,), {"fruit[1].name": "fig", "fruit[2].name": "pear"})


EVERY = screen(
    field("a"),
    field("b", datatype="integer"),
    field("c", datatype="date"),
    field("d", datatype="boolean", input_type="yesno", extras={"sign": 1}),
    field("fruit", datatype="checkboxes", options=BOXES),
    field("e", options=(Option(key="0", label="x", value="y"),)),
    field("f", datatype="signature"),
    field("g", datatype="object", object_path=True, options=(Option(key="0", label="x", value="users[0]"),)),
)
KEYS = [entry.key for entry in EVERY.fields]


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=12), st.lists(st.text(max_size=30), max_size=3), max_size=12))
def test_whatever_is_posted_only_what_was_offered_is_set(form: dict[str, list[str]]) -> None:
    """Any form gives values for paths of the screen or errors for its keys, and never fails."""
    read = check(EVERY, form, {})

    if isinstance(read, Accepted):
        assert set(read.values) <= {entry.path for entry in EVERY.fields}
    else:
        assert set(read.errors) <= set(KEYS)


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [("617-555-0123", None, "617-555-0123"), ("617-555-0123", "US", "617-555-0123"), ("55 1234 5678", "MX", "+52 55 1234 5678"),
     ("+44 20 7946 0958", "MX", "+44 20 7946 0958"), ("(617) 555-0123 ext. 7", "US", "(617) 555-0123 ext. 7"), ("", "MX", "")],
)  # fmt: skip
def test_a_telephone_number_is_kept_with_its_country(typed: str, country: str | None, kept: str) -> None:
    """As it was typed when it is of the server's own country, else so that it can be dialled from anywhere."""
    phone = field("phone", datatype="al_international_phone", required=False)
    read = check(screen(phone), {phone.key: [typed]} | ({f"{phone.key}.country": [country]} if country else {}), {})

    assert values(read) == {"phone": kept}


@pytest.mark.parametrize(("typed", "country"), [("555-1212", "US"), ("ask my sister", "US"), ("1" * 40, "MX"), ("12", "XX")])
def test_what_cannot_be_dialled_is_no_telephone_number(typed: str, country: str) -> None:
    """The visitor is told what is missing."""
    phone = field("phone", datatype="al_international_phone")
    read = check(screen(phone), {phone.key: [typed], f"{phone.key}.country": [country]}, {})

    assert read == Rejected(errors={phone.key: "Please enter a telephone number with its area code."})


def test_a_disabled_field_is_neither_wanted_nor_set() -> None:
    """Whatever is posted for it."""
    shown = screen(field("a", extras={"disabled": True}), field("b"), field("c", datatype="checkboxes", extras={"disabled": True}, options=BOXES))

    assert [values(answer(shown, b="1")), values(answer(shown, a="sneaked in", b="1"))] == [{"b": "1"}] * 2
