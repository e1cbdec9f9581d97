"""Screens as HTML: the names that old interviews and tools rely on, authors' errors, and visitors' words as data."""

from __future__ import annotations

import base64
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader

from engross.engine.screen import Option, Screen, ScreenField, ShownPaper
from engross.errors import NoDefinition, Where
from engross.web.inputs import key_of
from engross.web.look import Look, look_of
from engross.web.pages import Frame, action_value, compiled_beside, headings_in_order, screen_page
from tests.web.conftest import Server
from tests.web.fakes import INTERVIEW
from tests.web.gallery import GALLERY, boxes, field, shown

FRAME = Frame(nonce="n0nce", token="t")


def page(screen: Screen, **more: object) -> str:
    return screen_page(shown(screen, **more), FRAME, Look(title="Form"), interview=INTERVIEW)


def gallery(name: str) -> str:
    return screen_page(GALLERY[name], FRAME, Look(title="Form"), interview=INTERVIEW)


@pytest.mark.parametrize(
    ("screen", "marks"),
    [
        ("question", ['class="dabody', 'id="daMainQuestion"', 'id="daquestion"', 'id="daform"', "da-form-group", "da-field-buttons", 'name="_varnames"', 'id="sought_variable"']),
        ("question-error", ["da-has-error", "alert-danger"]),
        ("show-if", ["dashowif", "data-showif-var=", "dajsshowif", "data-jsshowif="]),
        ("signature", ['id="dasigpage"', 'id="dasigcanvas"', "dasigsave", "dasigclear"]),
        ("heavy", ["daquestionactionbutton", 'class="progress', "daterm"]),
        ("review", ["da-review-action", "da-review-label"]),
        ("list", ["dacollectadd", "dacollectremove", "dacollectnum"]),
    ],
)
def test_page_has_the_names_that_tools_look_for(screen: str, marks: list[str]) -> None:
    """The page contract: ids and classes that ALKiln and interviews' scripts find things by."""

    html = gallery(screen)

    assert [] == [mark for mark in marks if mark not in html]


def test_error_page_has_the_retry_link(server: Server) -> None:
    """``#da-retry`` is how a robot knows an error page."""

    server.open()
    server.visits.failure = ValueError("x")

    assert 'id="da-retry"' in server.client.get("/interview", params={"i": INTERVIEW}).text


def test_fields_are_named_by_their_variables_in_base64() -> None:
    """URL-safe, without padding; and so are the names in ``_varnames``."""

    html = gallery("texts")
    names = json.loads(base64.b64decode(re.search(r'name="_varnames" value="([^"]+)"', html)[1]))  # type: ignore[index]

    assert 'name="dXNlcnNbMF0ubmFtZS5maXJzdA" ' in html
    assert "dXNlcnNbMF0ubmFtZS5maXJzdA" in names


def test_debugging_author_is_told_where_and_why(server: Server) -> None:
    """File, line, block, variable, chain and the nearest name; only with the setting ``debug``."""

    server.open()
    server.visits.failure = NoDefinition(
        "no block defines `users[0].nmae`", where=Where("demo:demo.yml", 41), block="ID about", variable="users[0].nmae",
        chain=("ID main (demo:demo.yml, line 3) needs users[0].nmae",), nearest="users[0].name",
    )  # fmt: skip
    told = ("demo:demo.yml, line 41", "ID about", "users[0].nmae", "Did you mean", "ID main (demo:demo.yml, line 3)")
    plain = server.client.get("/interview", params={"i": INTERVIEW}).text
    site = server.client.app.state.site  # type: ignore[attr-defined]
    site.settings = site.settings.model_copy(update={"debug": True})
    debugged = server.client.get("/interview", params={"i": INTERVIEW}).text

    assert ([], list(told)) == ([one for one in told if one in plain], [one for one in told if one in debugged])


HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'; alert(1); '", "{{7*7}} ${7*7} <% x %>", "</script><script>", "\u2028</textarea><b>"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_typed_is_shown_as_text(text: str) -> None:
    """In an input, a text area, a label of an option, an error and the page's data."""

    screen = Screen(
        kind="fields", question="Q", block="b",
        fields=(field("a", "A"), field("b", "B", input_type="area"), field("c", "C", input_type="dropdown", options=(Option(key="0", label="x", value=text),))),
    )  # fmt: skip
    html = page(screen, errors={key_of("a"): text}, typed={key_of("a"): [text], key_of("b"): [text]})

    assert "<script>alert" not in html
    assert "onerror=alert(1)>" not in html.replace("&gt;", "")
    assert len(re.findall("<textarea", html)) == len(re.findall("</textarea>", html)) == 1
    assert json.loads(re.search(r'id="engross-data">(.*?)</script>', html)[1])["options"][key_of("c")]["0"] == text  # type: ignore[index]


def test_what_was_unticked_stays_unticked() -> None:
    """A form that comes back with a mistake shows what was sent, not the defaults."""

    box = field("agree", "I agree", datatype="boolean", input_type="yesno", default=True)
    screen = Screen(kind="fields", question="Q", block="b", fields=(box, field("a", "A")))

    assert "checked" in page(screen)
    assert "checked" not in page(screen, errors={key_of("a"): "Enter it"}, typed={key_of("a"): [""]})


def test_headings_go_down_one_level_at_a_time() -> None:
    """The elements stay; what is told of their level changes."""

    assert '<h1>a</h1><h3 aria-level="2">b</h3><h4 aria-level="3">c</h4><h2>d</h2>' == headings_in_order("<h1>a</h1><h3>b</h3><h4>c</h4><h2>d</h2>")


def test_authors_scripts_get_the_nonce() -> None:
    """Inline scripts and styles of an interview run under the page's policy; those of ``script`` wait for our functions."""

    screen = replace(GALLERY["question"].screen, parts={"script": "<script>go()</script><script type='module'>m()</script>", "css": "<style>b{}</style>", "post": "<script>last()</script>"})
    html = page(screen)

    assert all(f'<{tag} nonce="n0nce">{body}' in html for tag, body in (("style", "b{}"), ("script", "last()")))
    assert '<script nonce="n0nce" type="text/plain" data-author>go()' in html
    assert "<script nonce=\"n0nce\" type='module'>m()" in html
    assert "jquery.min.js" in html


def test_text_around_the_question_is_markdown() -> None:
    """Before it, above its buttons and after it, in this order."""
    screen = replace(GALLERY["question"].screen, parts={"pre": "Read **this**.", "submit": "Look *again*.", "post": "<p>By us</p>"})

    html = page(screen)

    marks = ["Read <strong>this</strong>.", 'id="daquestion"', "Look <em>again</em>.", "da-field-buttons", "<p>By us</p>"]
    assert sorted(marks, key=html.index) == marks


def test_icon_font_comes_only_where_it_is_used() -> None:
    """A plain question needs neither the icon font nor jQuery nor Bootstrap's script."""

    plain, icons = gallery("question"), gallery("heavy")

    assert ([], True) == ([one for one in ("fontawesome", "jquery", "bootstrap.bundle") if one in plain], "fontawesome" in icons)


@pytest.mark.parametrize(
    ("datatype", "style", "type"),
    [("date", None, "date"), ("time", None, "time"), ("datetime", None, "datetime-local"), ("email", None, "email"), ("tel", None, "tel"), ("password", None, "password"), ("month", None, "month"), ("search", None, "search"), ("ssn", None, "text"), ("Birthdate", None, "text"), ("raw", None, "text")],
)
def test_data_types_choose_the_native_input(datatype: str, style: str | None, type: str) -> None:
    """What docassemble does not know either is a text box."""

    html = page(Screen(kind="fields", question="Q", block="b", fields=(ScreenField(key="a", path="a", label="A", datatype=datatype, input_type=style),)))

    assert f'<input type="{type}" class="form-control engross-type-{type}" id="a" name="a"' in html


def test_a_disabled_field_cannot_be_filled_in() -> None:
    """``disabled: True`` shows the box with its default, grey; a browser sends nothing for it."""
    html = page(Screen(kind="fields", question="Q", block="b", fields=(field("number", "Case number", extras={"disabled": True}, default="CV-1"), field("name", "Name"))))

    assert [True, False] == [" disabled" in tag for tag in re.findall(r'<input type="text"[^>]*>', html)]


@pytest.mark.parametrize(
    ("datatype", "more"),
    [("boolean", {"input_type": "yesno"}), ("boolean", {"input_type": "yesnoradio"}), ("checkboxes", {"options": boxes("a", "x", "y")}), ("ThreePartsDate", {}), ("al_international_phone", {}), ("text", {"input_type": "area"})],
)  # fmt: skip
def test_no_part_of_a_disabled_field_can_be_used(datatype: str, more: dict[str, Any]) -> None:
    """Ticks, buttons, each part of a date, the country of a telephone number."""
    parts = [
        re.findall(r"<(?:input(?! type=.hidden)|select|textarea)\b[^>]*>", page(Screen(kind="fields", question="Q", block="b", fields=(field("a", "A", datatype=datatype, extras=extras, **more),))))
        for extras in ({}, {"disabled": True})
    ]

    assert [[("data-fixed" in tag) for tag in tags] for tags in parts] == [[False] * len(parts[0]), [True] * len(parts[0])]
    assert parts[0]


def test_a_debugging_author_is_told_of_handlers_that_do_not_run(server: Server) -> None:
    """``onclick=`` and ``javascript:`` are named beside the screen, and only there."""

    screen = Screen(kind="deadend", question="Hello", subquestion='<a href="#" onclick="go()">Go</a> <a href="javascript:go()">Go</a> on="x"')
    told = [screen_page(shown(screen), replace(FRAME, debug=debug), Look(), interview=INTERVIEW) for debug in (True, False)]

    assert [2, 0] == [page.count("does not run here") for page in told]


def test_the_log_tells_where_and_no_variables(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """With ``--debug`` the log has the traceback, but not what the variables of its frames held: those are answers."""

    site = server.client.app.state.site  # type: ignore[attr-defined]
    site.settings = site.settings.model_copy(update={"debug": True})
    server.open()
    server.visits.failure = ValueError("x")
    server.client.get(f"/interview?i={INTERVIEW}")
    said = "".join(capsys.readouterr())

    assert "Traceback (most recent call last)" in said
    assert server.session_id not in said


def test_the_title_is_a_link_where_the_interview_says_so() -> None:
    """`title url` of the interview, in a window of its own unless it says otherwise; a part of the screen comes first, and nothing but
    an address of the web or a path counts."""

    def brand(parts: dict[str, str], look: Look) -> str:
        question = replace(GALLERY["question"], screen=replace(GALLERY["question"].screen, parts=parts))
        return screen_page(question, FRAME, look, interview=INTERVIEW)

    assert '<a href="https://example.org/" target="_blank" rel="noopener" class="engross-brand' in brand({}, Look(title_url="https://example.org/"))
    assert '<a href="/home" class="engross-brand' in brand({"title url": "/home"}, Look(title_url="https://x.org", title_url_in_new_window=False))
    assert '<span class="engross-brand' in brand({"title url": "javascript:alert(1)"}, Look())


def test_the_tab_and_a_small_screen_have_words_of_their_own() -> None:
    """`tab title` stands after the question in the browser's tab; `short logo` takes the logo's place on a small screen."""
    question = GALLERY["question"]
    question = replace(question, screen=replace(question.screen, parts={"tab title": "Tab", "logo": "<b>Long</b>", "short logo": "<b>S</b>"}))

    html = screen_page(question, FRAME, Look(title="Form"), interview=INTERVIEW)

    assert re.search(r"<title>.* - Tab</title>", html)
    assert '<span class="d-none d-md-inline"><b>Long</b></span><span class="d-md-none"><b>S</b></span>' in html


def test_papers_that_the_interview_lists_itself_are_not_listed_again() -> None:
    """`manual attachment list` leaves the list out, `include attachment notice` its heading from what is seen."""
    paper = ShownPaper(name="Motion", filename="motion", formats={"pdf": "f1"})

    listed, unnamed, manual = (
        page(Screen(kind="deadend", question="Done", papers=(paper,), attachment_options=options))
        for options in ({}, {"include attachment notice": False}, {"manual attachment list": True})
    )

    assert ["/files/f1" in listed, "/files/f1" in unnamed, "/files/f1" in manual] == [True, True, False]
    assert ['<h2 id="engross-papers-title">' in listed, '<h2 id="engross-papers-title" class="visually-hidden">' in unnamed] == [True, True]


def test_review_buttons_look_as_the_interview_says() -> None:
    """`review button color` and `review button icon`; a name that is none is left out."""
    plain, styled = (
        screen_page(GALLERY["review"], FRAME, look_of(SimpleNamespace(features=features), INTERVIEW), interview=INTERVIEW)
        for features in ({"review button icon": '"><script>'}, {"review button color": "secondary", "review button icon": "pencil-alt"})
    )

    assert 'class="engross-change da-review-action"' in plain
    assert '"><script>' not in plain
    assert 'class="btn btn-secondary da-review-action"' in styled
    assert "fa-pencil-alt" in styled


def test_a_review_can_be_a_table() -> None:
    """`tabular`: a row for each item, with what it says and its button; notes go across; the classes are the author's."""
    review = GALLERY["review"]
    listed = screen_page(review, FRAME, Look(title="Form"), interview=INTERVIEW)
    as_table = replace(review, screen=replace(review.screen, parts={"tabular": 'table "x'}))
    table = screen_page(as_table, FRAME, Look(title="Form"), interview=INTERVIEW)
    buttons = [len(re.findall(r'<button type="submit" class="[^"]*da-review-action"', one)) for one in (listed, table)]

    assert buttons[0] == buttons[1] == len(re.findall(r'<tr class="da-review-button-tabular', table))
    assert '<table class="table &#34;x engross-review-table">' in table
    assert "<table" not in listed


def test_sections_can_be_left_out_on_small_screens() -> None:
    """`small screen navigation: False`."""
    with_them, without = (
        screen_page(GALLERY["heavy"], FRAME, Look(title="Form", sections_on_small_screens=shown_there), interview=INTERVIEW)
        for shown_there in (True, False)
    )

    assert ["engross-nav-small" in with_them, "engross-nav-small" in without, "engross-nav-wide" in without] == [True, False, True]


def test_the_generated_review_says_answers_as_text_and_works_without_script() -> None:
    """What a visitor typed is no HTML; each question has a button that its form sends to the actions."""
    page = gallery("generated-review")

    assert "Alvarez-&lt;b&gt;Longlastnameindeed" in page
    assert 4 == len(re.findall(r'<button type="submit" class="engross-change[^>]*formaction="/interview/action"', page))
    assert 2 == len(re.findall(r'<button type="submit" class="btn btn-outline-primary btn-sm" formaction="/interview/action"', page))


def test_a_last_screen_leads_to_the_review_unless_its_author_does() -> None:
    """One button, on a screen with nothing to fill in; none beside a link of the author's own."""
    last = Screen(kind="deadend", question="Done", review_action="check_your_answers")
    button = '<button class="btn btn-outline-primary" name="_action" value="' + action_value("check_your_answers", {}) + '">'
    linked = replace(last, subquestion=f"[Edit](/interview?i=x&action={action_value('check_your_answers', {})})")
    asking = replace(last, kind="fields", fields=(ScreenField(key="YQ", variable="a", path="a"),))

    assert [True, False, False, False] == [button in page(one) for one in (last, linked, asking, replace(last, review_action=None))]


def test_a_telephone_number_has_its_country_beside_it() -> None:
    """By name in the visitor's language: the server's own, that of the number, or what was chosen before a mistake."""
    held = Screen(kind="fields", question="Q", block="b", fields=(field("a", "Phone", datatype="al_international_phone", default="+52 55 1234 5678"),), language="es")
    empty = replace(held, fields=(replace(held.fields[0], default=None),), language="en")
    chosen = [re.findall(r"<option value=\"(..)\" selected>([^<]*)<", html) for html in (page(held), page(empty), page(empty, typed={f"{key_of('a')}.country": ["FR"]}))]

    assert chosen == [[("MX", "México (+52)")], [("US", "United States (+1)")], [("FR", "France (+33)")]]
    assert 'name="YQ.country" aria-label="Country of the telephone number"' in page(empty)


def test_an_upload_has_the_class_that_its_author_gave_it() -> None:
    """``file css class``, as text."""
    files = Screen(kind="fields", question="Q", block="b", fields=(field("a", "A", datatype="file", extras={"file css class": 'big "x'}),))

    assert 'class="form-control dafile big &#34;x"' in page(files)


def test_templates_are_compiled_once_and_again_when_they_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next process finds the code beside them; where nobody may write, all works without it."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)

    def shown() -> str:
        environment = Environment(loader=FileSystemLoader(tmp_path), bytecode_cache=compiled_beside(tmp_path), autoescape=True)
        return environment.get_template("a.html").render()

    (tmp_path / "a.html").write_text("one")
    first = [shown(), shown()]
    kept = list((tmp_path / "__pycache__").iterdir())
    (tmp_path / "a.html").write_text("two")
    second = shown()

    assert (["one", "one"], 1, "two") == (first, len(kept), second)
    assert compiled_beside(tmp_path / "away") is None
