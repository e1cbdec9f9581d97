"""Filling DOCX templates."""

from __future__ import annotations

import io
import statistics
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docx as python_docx
import pytest
import structlog.testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engross.documents import docx
from engross.errors import CodeError, DocumentError, Undefined, UndefinedAttribute, UndefinedName

from .conftest import docx_of, png, texts_of, xml_of


class Thing:
    """An object of an interview: it knows its name and says what it lacks."""

    def __init__(self, instance_name: str, **attributes: Any) -> None:
        self.instanceName = instance_name
        self.__dict__.update(attributes)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise UndefinedAttribute(f"{self.instanceName}.{name}")


HOSTILE = [
    "Tom & Jerry", "<b>x</b>", "</w:t></w:r></w:p>", "{{ secret }}", "{% for x in y %}", "{{{", "}}", "{_{", "%_}", "a\nb", "a\tb", "a\r\nb",
    "&amp;", "&#65;", "]]>", "<!--", "“curly” ‘quotes’", "{# x #}", "\ue000deadbeef0\ue001", "<w:r>", "[FILE abc]", "${ x }", "𝒳 emoji 🎉", "\u202eRTL",
]  # fmt: skip


@pytest.mark.parametrize("answer", HOSTILE)
def test_an_answer_prints_as_it_was_typed(answer: str) -> None:
    """Nothing in an answer is markup, Jinja or a mark of ours."""
    made = docx.fill(docx_of("[{{ answer }}]"), {"answer": answer, "secret": "SEEN"})

    expected = answer.replace("\r\n", "\n").replace("\ue000deadbeef0\ue001", "")
    assert f"[{expected}]" == texts_of(made)[0]


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Co"), exclude_characters="\ufffe\uffff"), max_size=60))
def test_any_text_comes_back(text: str) -> None:
    """Whatever is typed can be read in the paper."""
    made = docx.fill(_ECHO, {"answer": text})

    assert f"[{text}]" == texts_of(made)[0]


_ECHO = docx_of("[{{ answer }}]")


def test_the_same_values_make_the_same_bytes() -> None:
    """A draft's content key depends on nothing but its content."""
    template = docx_of("{{ a }}", header="{{ b }}")

    assert docx.fill(template, {"a": 1, "b": 2}) == docx.fill(template, {"a": 1, "b": 2})


def test_control_characters_are_left_out() -> None:
    """XML has no place for them."""
    assert ["[ab]"] == texts_of(docx.fill(_ECHO, {"answer": "a\x00\x08\x1b\ud800b"}))


@pytest.mark.parametrize(
    ("value", "shown"), [(1, "1"), (1.0, "1.0"), (2.5, "2.5"), (True, "True"), (False, "False"), (None, "None"), ("", "")]
)
def test_plain_values_print_as_in_docassemble(value: object, shown: str) -> None:
    """Numbers, truth and nothing print as Python writes them."""
    assert f"[{shown}]" == texts_of(docx.fill(_ECHO, {"answer": value}))[0]


def test_all_forms_of_tags_work() -> None:
    """Paragraphs, rows, cells, loops, conditions, set, comments."""
    template = docx_of(
        "{%p if shown %}", "Yes", "{%p else %}", "No", "{%p endif %}",
        "{%p for child in children %}", "{{ loop.index }}. {{ child.name }}", "{%p endfor %}",
        "{% set total = children|length %}{{ total }} children{# never seen #}",
        "{{ 'one' if total == 1 else 'more' }}",
        table=[["{%tr for child in children %}", ""], ["{{ child.name }}", "{{ child.age }}"], ["{%tr endfor %}", ""]],
    )  # fmt: skip
    children = [SimpleNamespace(name="Ann", age=3), SimpleNamespace(name="Bob", age=5)]

    made = docx.fill(template, {"shown": True, "children": children})

    assert ["Yes", "1. Ann", "2. Bob", "2 children", "more"] == texts_of(made)
    table = python_docx.Document(io.BytesIO(made)).tables[0]
    assert [["Ann", "3"], ["Bob", "5"]] == [[cell.text for cell in row.cells] for row in table.rows]


def test_columns_come_and_go() -> None:
    """``{%tc %}`` repeats cells, and the table's grid follows."""
    template = docx_of(table=[["{%tc for day in days %}", "{{ day }}", "{%tc endfor %}"]])

    made = docx.fill(template, {"days": ["Mon", "Tue", "Wed", "Thu"]})

    table = python_docx.Document(io.BytesIO(made)).tables[0]
    assert ["Mon", "Tue", "Wed", "Thu"] == [cell.text for cell in table.rows[0].cells]


def test_a_tag_cut_into_runs_is_read_as_one() -> None:
    """Word cuts text where it likes."""
    document = python_docx.Document()
    paragraph = document.add_paragraph()
    for piece in ("{", "{ na", "me }", "} lives"):
        paragraph.add_run(piece).bold = piece == "{ na"
    out = io.BytesIO()
    document.save(out)

    assert ["Ann lives"] == texts_of(docx.fill(out.getvalue(), {"name": "Ann"}))


def test_typographic_quotes_and_ampersands_in_tags_are_plain() -> None:
    """Word turns quotation marks."""
    template = docx_of("{% if kind == “a & b” %}yes{% endif %}")

    assert ["yes"] == texts_of(docx.fill(template, {"kind": "a & b"}))


def test_headers_and_footers_are_filled() -> None:
    """Not only the body."""
    made = docx.fill(docx_of("x", header="Case {{ number }}"), {"number": 7})

    assert "Case 7" == python_docx.Document(io.BytesIO(made)).sections[0].header.paragraphs[0].text


def test_footnotes_are_filled() -> None:
    """Footnotes live in a part of their own."""
    data = docx_of("x")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            new.writestr(info, old.read(info))
        new.writestr(
            "word/footnotes.xml",
            '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:footnote w:id="2"><w:p><w:r>'
            "<w:t>Note {{ number }}</w:t></w:r></w:p></w:footnote></w:footnotes>",
        )

    assert "Note 7" in xml_of(docx.fill(out.getvalue(), {"number": 7}), "word/footnotes.xml")


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("{{ client }}", "client"),
        ("{{ client.name.first }}", "client"),
        ("{% if client %}x{% endif %}", "client"),
        ("{% for c in client %}x{% endfor %}", "client"),
        ("{{ user.birthdate }}", "user.birthdate"),
        ("{{ user.address.city }}", "user.address"),
        ("{{ user['x'] }}", "user['x']"),
        ("{{ client + 1 }}", "client"),
        ("{{ client|upper }}", "client"),
        ("{{ 'a' ~ client }}", "client"),
        ("{{ [1, 2]|join(client) }}", "client"),
    ],
)
def test_a_name_without_value_is_named_with_its_path(template: str, path: str) -> None:
    """So that the solver can ask for it."""
    with pytest.raises(Undefined) as caught:
        docx.fill(docx_of(template), {"user": Thing("user", name="Ann")})

    assert path == caught.value.path


def test_undefined_can_be_tested_for() -> None:
    """``is defined`` asks without needing."""
    template = docx_of("{{ 'no' if client is not defined else 'yes' }} {{ user.birthdate is defined }} {{ client|default('none') }}")

    assert ["no False none"] == texts_of(docx.fill(template, {"user": Thing("user")}))


@pytest.mark.parametrize(
    "template",
    ["[{{ client }}]", "[{{ client.name.first }}]", "[{% for c in client.children %}x{% endfor %}]", "[{{ client + 1 }}]", "[{{ client() }}]",
     "[{% if client > 3 %}x{% endif %}]", "[{{ user.birthdate.format('x') }}]", "[{{ client['a'][0] }}]"],
)  # fmt: skip
def test_skip_undefined_prints_nothing(template: str) -> None:
    """However the missing name is used."""
    assert ["[]"] == texts_of(docx.fill(docx_of(template), {"user": Thing("user")}, skip_undefined=True))


def test_a_mistake_in_an_expression_names_document_paragraph_and_expression() -> None:
    """The author finds the place without opening the file."""
    with pytest.raises(DocumentError) as caught:
        docx.fill(docx_of("First", "Total: {{ amount / 0 }}"), {"amount": 3}, name="petition.docx")

    assert "petition.docx" == caught.value.document
    assert "ZeroDivisionError" in caught.value.message
    assert "“Total: {{ amount / 0 }}”" in caught.value.message


def test_broken_jinja_names_the_paragraph() -> None:
    """A tag that is not closed, for one."""
    with pytest.raises(DocumentError, match=r"Total: \{% if x %\}"):
        docx.fill(docx_of("First", "Total: {% if x %}"), {})


def test_errors_of_the_interview_pass_unchanged() -> None:
    """What its own code says is already right."""

    def fail() -> str:
        raise CodeError("no")

    with pytest.raises(CodeError):
        docx.fill(docx_of("{{ fail() }}"), {"fail": fail})


def test_names_are_looked_up_only_when_used() -> None:
    """A large interview does not cost its size."""

    class Names(dict[str, Any]):
        seen: list[str] = []  # noqa: RUF012

        def __getitem__(self, key: str) -> Any:
            self.seen.append(key)
            return super().__getitem__(key)

    names = Names(a=1, b=2)
    docx.fill(docx_of("{{ a }}"), names)

    assert ["a"] == names.seen


def test_a_picture_stands_in_the_line() -> None:
    """With its size, its description and the text around it."""
    made = docx.fill(docx_of("Signed {{ signature }} here"), {"signature": docx.Image(data=png(), width="1in", alt="A & B")})

    assert ["Signed  here"] == texts_of(made)
    shape = python_docx.Document(io.BytesIO(made)).inline_shapes[0]
    assert (914400, 304800) == (shape.width, shape.height)
    assert 'descr="A &amp; B"' in xml_of(made)


def test_a_picture_works_as_mapping_in_headers_and_where_a_paragraph_is_replaced() -> None:
    """Relations belong to the part that needs them."""
    made = docx.fill(docx_of("{{p logo }}", header="{{ logo }}"), {"logo": {"image": png(), "width": "2cm"}})

    document = python_docx.Document(io.BytesIO(made))
    assert 1 == len(document.inline_shapes)
    assert "wp:inline" in document.sections[0].header._element.xml
    assert any("media" in r.target_ref for r in document.sections[0].header.part.rels.values())


def test_an_object_says_how_it_looks() -> None:
    """``__docx__`` for things, ``place`` where only text can be returned."""

    class Signature:
        def __docx__(self) -> docx.Image:
            return docx.Image(data=png())

        def __str__(self) -> str:
            rendering = docx.current()
            assert rendering is not None
            return rendering.place(self.__docx__())

    made = docx.fill(docx_of("{{ s }}", "{{ 'By ' ~ s }}"), {"s": Signature()})

    assert 2 == len(python_docx.Document(io.BytesIO(made)).inline_shapes)
    assert "By " == texts_of(made)[1]


def test_a_broken_picture_is_named() -> None:
    """Not skipped, not a blank."""
    with pytest.raises(DocumentError, match="not a picture"):
        docx.fill(_ECHO, {"answer": docx.Image(data=b"nonsense")})


def test_markdown_becomes_runs_and_paragraphs() -> None:
    """Bold is bold, wherever the tag stands."""
    template = docx_of("Note: {{ note | inline_markdown }}", "{{r note | markdown }}", "{{p note | markdown }}")

    made = docx.fill(template, {"note": "plain **bold** _slanted_ & <u>x</u> [site](https://example.com/)"})

    document = python_docx.Document(io.BytesIO(made))
    assert ["Note: plain bold slanted & x site", "plain bold slanted & x site", "plain bold slanted & x site"] == [
        p.text for p in document.paragraphs
    ]
    assert [True] * 3 == [any(r.bold and r.text == "bold" for r in p.runs) for p in document.paragraphs]
    assert {"https://example.com/"} == {r.target_ref for r in document.part.rels.values() if r.is_external}


def test_markdown_keeps_the_look_of_its_run() -> None:
    """A value in large letters stays large."""
    document = python_docx.Document()
    document.add_paragraph().add_run("{{ note | markdown }}").font.size = python_docx.shared.Pt(20)
    out = io.BytesIO()
    document.save(out)

    runs = python_docx.Document(io.BytesIO(docx.fill(out.getvalue(), {"note": "a **b**"}))).paragraphs[0].runs

    assert {20.0} == {r.font.size.pt for r in runs if r.text.strip() and r.font.size}
    assert ["b"] == [r.text for r in runs if r.bold]


def test_rich_text_of_docxtpl_works() -> None:
    """Interviews' modules make it."""
    from docxtpl import RichText

    made = docx.fill(docx_of("{{r text }}"), {"text": RichText("loud & clear", bold=True)})

    assert ["loud & clear"] == texts_of(made)


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("people|map(attribute='name')|join(', ')", "Bob, Ann, bob"),
        ("people|sort(attribute='name')|map(attribute='name')|join(' ')", "Ann Bob bob"),
        ("people|selectattr('age', 'gt', 4)|map(attribute='name')|join(' ')", "Bob bob"),
        ("people|rejectattr('minor')|map(attribute='name')|list|length", "2"),
        ("people|sum(attribute='age')", "19"),
        ("(people|max(attribute='age')).name", "bob"),
        ("people|unique(attribute='name')|list|length", "2"),
        ("people|groupby('minor')|length", "2"),
        ("lines|single_paragraph", "a   b"),
        ("lines|manual_line_breaks", "a\nb"),
        ("lines|paragraphs", "a \n\n b"),
        ("2.567|round(1)", "2.6"),
        ("'x'|upper", "X"),
        ("people|map('string')|list|length", "3"),
        ("3|currency", "$3.00"),
        ("'h'|capitalize", "H"),
        ("[[1], [2]]|chain|list|length", "2"),
        ("{'a': [1, 2], 'b': [3]}.values()|chain|sum", "6"),
    ],
)
def test_filters_of_docassemble(expression: str, shown: str) -> None:
    """Those about structure are ours, those about words the library's."""
    people = [SimpleNamespace(name=n, age=a, minor=m) for n, a, m in (("Bob", 6, False), ("Ann", 3, True), ("bob", 10, False))]

    made = docx.fill(docx_of("{{ " + expression + " }}"), {"people": people, "lines": "a \n b", "currency": lambda n: f"${n:.2f}"})

    assert [shown] == texts_of(made)


def test_an_interview_registers_its_own_filters() -> None:
    """``register_jinja_filter``"""
    assert ["ba"] == texts_of(docx.fill(docx_of("{{ 'ab'|backwards }}"), {}, filters={"backwards": lambda t: t[::-1]}))


def _find(files: dict[str, bytes]) -> Any:
    def find(name: object) -> bytes:
        if name not in files:
            raise FileNotFoundError(name)
        return files[str(name)]

    return find


def test_a_template_includes_another_with_parameters() -> None:
    """Its paragraphs stand where the tag stood; it sees the answers and the parameters."""
    inner = docx_of("Dear {{ who }}", "{{ closing }}")
    outer = docx_of("Before", "{{p include_docx_template('inner.docx', who='Ann & Bob') }}", "After")

    made = docx.fill(outer, {"closing": "Yours {{ x }}"}, find=_find({"inner.docx": inner}))

    assert ["Before", "Dear Ann & Bob", "Yours {{ x }}", "After"] == texts_of(made)


def test_an_included_template_can_be_inline_nested_or_repeated() -> None:
    """In a line of text, in a loop, in another included one."""
    files = {"a.docx": docx_of("<{{ n }}>"), "b.docx": docx_of("{{p include_docx_template('a.docx') }}", "b")}
    outer = docx_of("x {{ include_docx_template('a.docx', _inline=True) }} y", "{%p for i in [1, 2] %}", "{{p include_docx_template('b.docx', n=i) }}", "{%p endfor %}")

    made = docx.fill(outer, {"n": 0}, find=_find(files))

    assert ["x <0> y", "<1>", "b", "<2>", "b"] == texts_of(made)


def test_text_around_an_included_template_is_kept() -> None:
    """A paragraph is cut in two where whole paragraphs come between."""
    outer = docx_of("Before {{ include_docx_template('a.docx') }} after")

    made = docx.fill(outer, {}, find=_find({"a.docx": docx_of("inner")}))

    assert ["Before ", "inner", " after"] == texts_of(made)


def test_an_included_template_that_is_not_there_is_named() -> None:
    """And one that includes itself ends."""
    with pytest.raises(DocumentError, match=r"nothere\.docx"):
        docx.fill(docx_of("{{p include_docx_template('nothere.docx') }}"), {}, find=_find({}))
    with pytest.raises(DocumentError, match="without end"):
        loop = docx_of("{{p include_docx_template('loop.docx') }}")
        docx.fill(loop, {}, find=_find({"loop.docx": loop}))


def test_a_visitors_file_is_included_as_it_stands() -> None:
    """Its tags are words, unless the author says otherwise; a file that comes with the package is a template."""
    upload, own = SimpleNamespace(), SimpleNamespace(comes_with_package=True)
    outer = docx_of(
        "{{p include_docx_template(upload) }}",
        "{{p include_docx_template(own) }}",
        "{{p include_docx_template(upload, _use_jinja2=True) }}",
    )

    made = docx.fill(outer, {"upload": upload, "own": own, "secret": "S"}, find=lambda _: docx_of("{{ secret }}"))

    assert ["{{ secret }}", "S", "S"] == texts_of(made)


def test_pictures_of_an_included_template_come_along() -> None:
    """Images, styles and lists are carried over."""
    inner = docx.fill(docx_of("{{ pic }}"), {"pic": docx.Image(data=png())})

    made = docx.fill(docx_of("{{p include_docx_template('i.docx') }}"), {}, find=_find({"i.docx": inner}))

    assert 1 == len(python_docx.Document(io.BytesIO(made)).inline_shapes)


def test_docx_files_are_joined() -> None:
    """One after the other."""
    assert ["one", "two"] == texts_of(docx.join([docx_of("one"), docx_of("two")]))


def test_the_names_a_template_uses_are_listed() -> None:
    """Without those it sets; filters and tests may be unknown."""
    template = docx_of("{{ a.b }} {% set c = d %}{{ c|nowhere }}", header="{{ e }}")

    assert ("a", "d", "e") == docx.template_variables(template)


@pytest.mark.parametrize("data", [b"", b"nonsense", b"PK\x03\x04broken"])
def test_what_is_no_docx_is_named(data: bytes) -> None:
    """The author learns which file."""
    with pytest.raises(DocumentError) as caught:
        docx.fill(data, {}, name="petition.docx")

    assert "petition.docx" == caught.value.document


def _with_before_paragraph(template: bytes, words: str, element: str) -> bytes:
    """*template* with *element* before the paragraph that holds *words*."""
    with zipfile.ZipFile(io.BytesIO(template)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    xml = parts["word/document.xml"].decode()
    start = max(xml.rfind("<w:p>", 0, xml.index(words)), xml.rfind("<w:p ", 0, xml.index(words)))
    parts["word/document.xml"] = (xml[:start] + element + xml[start:]).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


BETWEEN = ['<w:bookmarkEnd w:id="7"/>', '<w:p w:rsidR="00601761"/>', '<w:proofErr w:type="gramEnd"/>']


@pytest.mark.parametrize("element", BETWEEN)
def test_a_file_is_included_after_what_word_leaves_between_paragraphs(element: str) -> None:
    """A bookmark's end, a proofing mark or an empty paragraph before the tag."""
    outer = _with_before_paragraph(docx_of("Before", "{{p include_docx_template('i.docx') }}", "After"), "include_docx", element)
    made = docx.fill(outer, {}, find=_find({"i.docx": docx_of("Inner")}))

    assert ["Before", "Inner", "After"] == [text for text in texts_of(made) if text]


@pytest.mark.parametrize("element", BETWEEN)
def test_plain_words_get_a_paragraph_after_what_word_leaves_between_paragraphs(element: str) -> None:
    """Word refuses bare words there, too."""
    made = docx.fill(_with_before_paragraph(docx_of("Before", "{{p words }}", "After"), "words", element), {"words": "Plain"})

    assert ["Before", "Plain", "After"] == [text for text in texts_of(made) if text]


def test_plain_words_of_a_loop_over_paragraphs_get_paragraphs() -> None:
    """The loop's own tag stands between the paragraph before and the words."""
    made = docx.fill(docx_of("Before", "{%p for i in [1, 2] %}", "{{p i }}", "{%p endfor %}", "After"), {})

    assert ["Before", "1", "2", "After"] == texts_of(made)


def test_a_condition_that_ends_in_another_kind_of_tag_leaves_a_paper_that_word_opens() -> None:
    """Half a paragraph is mended, no word is lost, and the author is told."""
    template = docx_of("Before", "{%p if yes %}", "One{% else %}Two", "{%p endif %}", "After")
    with structlog.testing.capture_logs() as logs:
        made = {yes: texts_of(docx.fill(template, {"yes": yes}, name="half.docx")) for yes in (True, False)}

    assert ["Before", "One", "After"] == made[True]
    assert ["Before", "Two", "After"] == made[False]
    assert [True] == list({entry["hint"].startswith("half.docx: a condition or loop begins and ends in different kinds") for entry in logs})


def test_a_new_version_of_a_template_is_used(tmp_path: Path) -> None:
    """The cache goes by the file's content or time."""
    path = tmp_path / "t.docx"
    path.write_bytes(docx_of("one {{ a }}"))
    first = docx.fill(path, {"a": 1})
    path.write_bytes(docx_of("two, longer {{ a }} text"))

    assert [["one 1"], ["two, longer 1 text"]] == [texts_of(first), texts_of(docx.fill(path, {"a": 1}))]


def test_a_two_page_template_fills_in_five_milliseconds() -> None:
    """Once its template is warm, at the median (the limit here leaves room for a busy machine)."""
    template = docx_of(
        *["Plaintiff {{ user.name }} of {{ user.city }}{% if minor %}, a minor{% endif %} says {{ text }}."] * 40,
        table=[["{%tr for c in kids %}", ""], ["{{ c.name }}", "{{ c.age }}"], ["{%tr endfor %}", ""]],
    )
    values = {"user": SimpleNamespace(name="A", city="B"), "minor": True, "text": "words & more", "kids": [SimpleNamespace(name="k", age=1)] * 5}
    docx.fill(template, values)
    taken = []
    for _ in range(15):
        start = time.process_time()
        docx.fill(template, values)
        taken.append(time.process_time() - start)

    assert statistics.median(taken) < 0.015


def test_undefined_is_a_name_error_for_plain_names() -> None:
    """As everywhere in Engross."""
    with pytest.raises(UndefinedName):
        docx.fill(docx_of("{{ a }}"), {})


def test_the_author_is_told_of_fonts_that_are_not_here() -> None:
    """Those with a substitute of the same widths are no news."""
    document = python_docx.Document()
    for font in ("Papyrus Of No Server", "Times New Roman"):
        document.add_paragraph().add_run("x").font.name = font
    out = io.BytesIO()
    document.save(out)

    told = docx.hints(out.getvalue(), name="petition.docx")

    assert any("petition.docx: the font “Papyrus Of No Server” is not on this server" in hint for hint in told)
    assert not any("Times New Roman" in hint for hint in told)


def test_a_template_with_a_font_that_is_not_here_is_told_in_the_log_once(tmp_path: Path) -> None:
    """Of the template and the font, when the server first fills it; drafts that are made of it are no news."""
    document = python_docx.Document()
    document.add_paragraph().add_run("{{ x }}").font.name = "Papyrus Of No Server"
    template = tmp_path / "petition.docx"
    document.save(str(template))

    with structlog.testing.capture_logs() as lines:
        drafts = [docx.fill(template, {"x": word}) for word in ("one", "two")]
        docx.fill(drafts[0], {})

    assert [True] == ["petition.docx" in line["hint"] and "Papyrus Of No Server" in line["hint"] for line in lines if line["event"] == "template"]


def test_plain_words_in_the_place_of_a_paragraph_or_run_are_not_lost() -> None:
    """``{{p x }}`` and ``{{r x }}`` are for rich text; plain words get a paragraph or run of their own, for Word refuses them bare."""
    template = docx_of("before", "{{p x }}", "say {{r y }} end", table=[["{{p x }}"]])
    made = docx.fill(template, {"x": "two & two\nlines", "y": "more <words>"})

    assert ["before", "two & two\nlines", "say more <words> end"] == texts_of(made)
    assert "two & two\nlines" in [p.text for p in python_docx.Document(io.BytesIO(made)).tables[0].cell(0, 0).paragraphs]
