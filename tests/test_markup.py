"""docassemble's text as HTML and as plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engross import authored, markup
from engross.markup import Linked, from_html, icon, to_html, to_text


class Shelf:
    """Files and pictures that a text may name."""

    def file(self, reference: str) -> Linked | None:
        return {
            "photo": Linked(
                url="/files/1/a b.png", name="a b.png", mimetype="image/png", width=10, height=20
            ),
            "paper": Linked(url="/files/2/x.pdf", name="x.pdf", mimetype="application/pdf"),
            "song": Linked(url="/files/3/s.mp3", name="s.mp3", mimetype="audio/mpeg"),
        }.get(reference)

    def image(self, name: str) -> Linked | None:
        return (
            Linked(url="/static/cow.svg", name="cow.svg", mimetype="image/svg+xml") if name == "cow" else None
        )


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("<p>Hello <strong>you</strong></p>", "Hello **you**"),
        ("<p>&ldquo;Quoted&rdquo; &ndash; it&rsquo;s</p>", '"Quoted" -- it\'s'),
        ("<p>one<br>two</p>", "one[BR]two"),
        ("<p>one<br>two</p>", "one [NEWLINE] two".replace(" [", "[")),
        ("<p>a&nbsp;b&mdash;c</p>", "a[NBSP]b[EMDASH]c"),
        ('<p class="dacenter">Hi</p>', "[CENTER] Hi"),
        ('<p class="dacenter dabold">Hi</p>', "[BOLDCENTER] Hi"),
        ('<h1 class="dacenter">Hi</h1>', "[CENTER] # Hi".replace("[CENTER] # ", "# [CENTER] ")),
        ('<p style="padding-left:72px">Hi</p>', "[INDENTBY 1in] Hi"),
        ('<p style="margin-left:72px;margin-right:36px">Hi</p>', "[INDENTBY 1in 0.5in] Hi"),
        ('<p class="daspacingdouble">a</p>\n<p class="daspacingdouble">b</p>', "[DOUBLESPACING] a\n\nb"),
        ('<p style="text-indent:36px">a</p>\n<p>b</p>', "[START_INDENTATION] a\n\n[STOP_INDENTATION] b"),
        ("<p>before after</p>", "before [PAGEBREAK] after".replace(" [PAGEBREAK] ", " [PAGEBREAK] ")),
        ('<p><span class="datargetmoney"></span></p>', "[TARGET money]"),
        ("<p>&#9608;&#9608;&#9608;</p>", "[REDACTION_WORD abc]"),
        ("<p>a line<br>\nanother<br></p>", "| a line\n| another"),
        ('<blockquote class="blockquote">\n<p>q</p>\n</blockquote>', "> q"),
        ("<div>\n<p><em>hi</em></p>\n</div>", '<div markdown="1">*hi*</div>'),
        ('<p class="x">hi</p>', "hi\n{: .x }"),
        ("", "   "),
    ],
)
def test_text_becomes_html(expected: str, text: str) -> None:
    """Markdown, docassemble's marks, and what is for papers only leaves nothing behind."""

    assert expected == to_html(text)


def test_a_label_has_no_paragraph() -> None:
    """Several paragraphs become one line; what is no paragraph stays."""

    assert ("a <em>b</em>", "a b", "<ul>\n<li>a</li>\n</ul>") == (
        to_html("a *b*", trim=True),
        to_html("a\n\nb", trim=True),
        to_html("* a", trim=True),
    )


def test_a_table_of_markdown_gets_looks_and_one_of_the_author_keeps_its_own() -> None:
    """Bootstrap's classes, and alignment as classes."""
    own = "<table><tr><td>x</td></tr></table>"
    made = to_html("a | b\n--|--:\n1 | 2")

    assert (True, True, own) == (
        made.startswith('<div class="table-responsive"><table class="table table-striped">'),
        '<td class="text-end">2</td>' in made,
        to_html(own),
    )


@pytest.mark.parametrize(
    ("expected", "address"),
    [
        ('<a target="_blank" rel="noopener" href="https://x.org">l</a>', "https://x.org"),
        ('<a href="mailto:a@b.org">l</a>', "mailto:a@b.org"),
        ('<a href="#there">l</a>', "#there"),
        ('<a href="/interview?i=x">l</a>', "/interview?i=x"),
        (
            '<a data-embaction="abc" href="/interview?i=x&amp;action=abc">l</a>',
            "/interview?i=x&amp;action=abc",
        ),
        ('<a data-embaction="abc" href="?action=abc">l</a>', "?action=abc"),
        ('<a target="_blank" href="/packagestatic/p/x.pdf">l</a>', "/packagestatic/p/x.pdf"),
        ('<a data-js="go()" href="javascript:go()">l</a>', "javascript:go()"),
        ("<a >l</a>", "javascript&#58;go()"),
    ],
)
def test_links_open_where_they_should(expected: str, address: str) -> None:
    """Away from the interview in a window of their own; a script only when the author wrote it."""

    assert f"<p>{expected}</p>" == to_html(f'<a href="{address}">l</a>')


def test_a_link_keeps_the_target_its_author_gave() -> None:
    """Nothing is added."""
    link = '<a href="https://x.org" target="_self">l</a>'

    assert f"<p>{link}</p>" == to_html(link)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (
            '<img alt="a cat" class="daicon daimageref" width="10" height="20" style="max-width:100px; height: auto;"',
            "[FILE photo, 100px, a cat]",
        ),
        ('src="/files/1/a b.png"', "[FILE photo]"),
        ('style="width:50%; height: auto;"', "[FILE photo, 50%]"),
        (
            '<a target="_blank" class="daimageref" href="/files/2/x.pdf" title="x.pdf">x.pdf</a>',
            "[FILE paper]",
        ),
        (
            '<audio class="daaudio-control" controls preload="metadata"><source src="/files/3/s.mp3" type="audio/mpeg">',
            "[FILE song]",
        ),
        ('<span class="damissingfile">[gone.png]</span>', "[FILE gone.png]"),
        ('src="/static/cow.svg"', "a :cow: here"),
        ('<i class="fa-solid fa-house" aria-hidden="true"></i>', ":house:"),
        ("<code>:house:</code>", "`:house:`"),
        ('<iframe src="https://www.youtube.com/embed/abc?rel=0"', "[YOUTUBE abc]"),
        ('<div class="davideo davideo43">', "[VIMEO4:3 123]"),
        ('role="img" aria-label="A QR code that goes to https://x.org"', "[QR https://x.org, 100px]"),
        (
            "<td><p>left</p></td><td><p><em>right</em></p></td>",
            "[BEGIN_TWOCOL]left[BREAK]*right*[END_TWOCOL]",
        ),
    ],
)
def test_files_pictures_and_players(part: str, text: str) -> None:
    """Found on the shelf, shown by their kind."""

    assert part in to_html(text, lookup=Shelf())


def test_icons_of_other_styles() -> None:
    """Brands and regular ones by prefix."""

    assert (
        '<i class="fa-brands fa-github" aria-hidden="true"></i>',
        '<i class="fa-regular fa-star" aria-hidden="true"></i>',
    ) == (
        icon("fab-fa-github"),
        icon("far-fa-star"),
    )


def test_a_term_is_a_word_with_a_definition() -> None:
    """Reached by the keyboard, named for screen readers, its definition as HTML."""
    made = to_html(
        "See the {Big Summons} or {summons|the *paper*}.",
        terms={"summons": "A **call**", "big summons": "More"},
    )

    assert (True, True, True, 2) == (
        'tabindex="0" role="button" class="daterm" aria-label="the paper (term definition)"' in made,
        'data-bs-content="A &lt;strong&gt;call&lt;/strong&gt;">the <em>paper</em></a>' in made,
        ">Big Summons</a>" in made,
        made.count("<a "),
    )


def test_braces_that_are_no_term_stay() -> None:
    """Only what is defined is a term."""

    assert "<p>a {thing}</p>" == to_html("a {thing}", terms={"summons": "x"})


def test_automatic_terms_are_explained_in_words_only() -> None:
    """Not inside links, code or attributes."""
    made = to_html('A rule. <a href="/rule">rule</a> `rule` Rules', auto_terms={"rule": "what holds"})

    assert 1 == made.count("daterm")


def test_inputs_stand_where_the_text_has_them() -> None:
    """`[FIELD name]` becomes what the page makes of it; a name nobody knows stays."""
    inputs = {"fruit": "<input>", "x['a']": "<select>"}

    assert "<p>A <input>, <select> and [FIELD no]</p>" == to_html(
        "A [FIELD fruit], [FIELD x['a']] and [FIELD no]", field=inputs.get
    )


def test_plain_text() -> None:
    """What a screen reader's title, a file name or an e-mail needs."""

    assert "Head\nOne & two “three” x\na\nb" == to_text(
        '# Head\n\nOne &amp; *two* "three" :house: x\n\n* a\n* b'.replace(" :house: x", " x")
    )


def test_html_without_its_scripts() -> None:
    """Scripts and styles say nothing."""

    assert "a\nb" == from_html("<style>p {}</style><p>a</p><script>alert(1)</script><p>b</p>")


@given(st.text(max_size=80))
def test_any_text_can_be_shown(text: str) -> None:
    """Whatever is in it: no error, and no private character is left."""

    assert not any("\ue000" <= character <= "\ue00f" for character in to_html(text))


def test_nothing_of_a_text_with_answers_is_kept() -> None:
    """Only what is made of an author's own text is kept; after a hundred visitors no more is there than after the first."""
    authored.note("# A **heading** of ours\n")
    before = markup._markdown_of_authors.cache_info().currsize
    assert to_html("# A **heading** of ours") == "<h1>A <strong>heading</strong> of ours</h1>"
    for number in range(100):
        assert f"visitor{number}" in to_html(f"Dear *visitor{number}*, read:\n\n* this\n* that")
    assert markup._markdown_of_authors.cache_info().currsize == before + 1
    assert not [one for one in markup._converters if "visitor" in repr(vars(one))]


@given(st.text("aZé中9 ,;:?!()/%._-'\"*\n[<&"))
def test_words_without_marks_are_what_markdown_makes_of_them(text: str) -> None:
    """The short way for plain words gives what the converter gives."""
    converter = markup.markdown.Markdown(extensions=list(markup.EXTENSIONS), output_format="html")
    if markup._WORDS.fullmatch(text):
        assert markup._markdown(text) == converter.convert(text)


@given(st.from_regex(markup._WORDS, fullmatch=True))
def test_any_words_are_what_markdown_makes_of_them(text: str) -> None:
    """The short way for plain words gives what the converter gives, whatever the letters."""
    converter = markup.markdown.Markdown(extensions=list(markup.EXTENSIONS), output_format="html")
    assert markup._markdown(text) == converter.convert(text)
