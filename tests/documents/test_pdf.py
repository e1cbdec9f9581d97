"""Filling, reading and joining PDF."""

from __future__ import annotations

import io
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Name, String

from engross.documents import fonts, pdf
from engross.errors import DocumentError

from .conftest import Form, ink, plain_pdf, png, text_of_pdf, values_of


def test_text_is_filled_and_can_be_seen() -> None:
    """As value and as appearance."""
    made = pdf.fill(Form().text("name").bytes(), {"name": "Tom & (Jerry) \\ {{ x }}"})

    assert {"name": "Tom & (Jerry) \\ {{ x }}"} == values_of(made)
    assert "Tom & (Jerry) \\ {{ x }}" in text_of_pdf(pdf.flatten(made))


@pytest.mark.parametrize("text", ["Łódź żółć", "Привет", "Ελλάδα", "a – b “c” €"])
def test_letters_beyond_latin_1_can_be_seen(text: str) -> None:
    """With an embedded font where the field's own lacks them."""
    made = pdf.fill(Form().text("name").bytes(), {"name": text})

    assert {"name": text} == values_of(made)
    assert text in text_of_pdf(pdf.flatten(made))


def test_letters_that_no_font_has_are_told() -> None:
    """The value is kept; the operator can install a font."""
    told: list[str] = []
    made = pdf.fill(Form().text("name").bytes(), {"name": "a\U0001e900"}, warn=told.append)

    assert {"name": "a\U0001e900"} == values_of(made)
    assert "no font of this server has all letters of the value of `name`" in told[0]
    assert "\U0001e900" not in told[0]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn", "Zl", "Zp")), max_size=40))
def test_any_text_comes_back_as_value(text: str) -> None:
    """Whatever is typed."""
    assert {"name": text} == values_of(pdf.fill(_FORM, {"name": text}))


_FORM = Form().text("name").bytes()


def test_the_same_values_make_the_same_bytes() -> None:
    """For content keys."""
    form = Form().text("a").checkbox("b").bytes()

    assert pdf.fill(form, {"a": "Łódź", "b": True}) == pdf.fill(form, {"a": "Łódź", "b": True})


@pytest.mark.parametrize(
    ("value", "on"),
    [(True, True), ("Yes", True), ("yes", True), ("True", True), ("On", True), ("X", True), ("Agreed", True),
     (False, False), ("No", False), ("", False), (None, False), ("Off", False), ("something", False)],
)  # fmt: skip
def test_a_checkbox_has_any_export_value(value: Any, on: bool) -> None:
    """Its own name for "on", or a usual word."""
    made = pdf.fill(Form().checkbox("box", "Agreed").bytes(), {"box": value})

    assert {"box": "Agreed" if on else "Off"} == values_of(made)
    with pikepdf.open(io.BytesIO(made)) as opened:
        assert Name("/Agreed" if on else "/Off") == opened.pages[0].Annots[0].AS


def test_a_checkbox_without_appearance_gets_one() -> None:
    """Some forms leave it to the viewer."""
    form = Form().checkbox("box", looks=False).bytes()

    assert ink(pdf.fill(form, {"box": True})) > ink(pdf.fill(form, {"box": False}))


def test_a_radio_group_takes_one_of_its_values() -> None:
    """Others leave all off."""
    form = Form().radio("kind", "tenant", "owner").bytes()

    assert ["tenant", "owner", "Off"] == [values_of(pdf.fill(form, {"kind": v}))["kind"] for v in ("tenant", "owner", "guest")]


def test_a_radio_group_of_yes_and_no_takes_truth() -> None:
    """``Yes`` finds ``True``."""
    form = Form().radio("kind", "True", "False").bytes()

    assert ["True", "False"] == [values_of(pdf.fill(form, {"kind": v}))["kind"] for v in (True, "No")]


def test_a_choice_takes_what_is_shown_or_exported() -> None:
    """And keeps a value that is not among its options."""
    form = Form().choice("state", ("MA", "Massachusetts"), ("NY", "New York")).bytes()

    assert ["MA", "NY", "Guam"] == [values_of(pdf.fill(form, {"state": v}))["state"] for v in ("Massachusetts", "NY", "Guam")]
    assert "Massachusetts" in text_of_pdf(pdf.flatten(pdf.fill(form, {"state": "MA"})))


def test_names_may_have_parts() -> None:
    """``a.b.c``; the last part is enough."""
    assert {"form1.page.name": "x"} == values_of(pdf.fill(Form().nested("form1", "page", "name").bytes(), {"name": "x"}))
    assert {"form1.page.name": "x"} == values_of(pdf.fill(Form().nested("form1", "page", "name").bytes(), {"form1.page.name": "x"}))


def test_a_name_fills_its_numbered_copies() -> None:
    """``name__0``, ``name__1``, as the Assembly Line names fields that stand twice."""
    form = Form().text("name__0").text("name__1").text("name__x").bytes()

    assert {"name__0": "A", "name__1": "A", "name__x": ""} == values_of(pdf.fill(form, {"name": "A"}))
    assert {"name__0": "A", "name__1": "B", "name__x": ""} == values_of(pdf.fill(form, {"name__0": "A", "name__1": "B"}))


@pytest.mark.parametrize("kind", ["signature", "text"])
def test_a_picture_goes_into_signature_and_text_fields(kind: str) -> None:
    """It becomes part of the page; the field is gone."""
    form = getattr(Form(), kind)("sign").text("other").bytes()
    left, bottom, right, top = pdf.fields(form)[0].rectangle

    made = pdf.fill(form, {"sign": {"image": png(300, 100, "black")}})

    assert ["other"] == list(values_of(made))
    assert ink(made, (left, bottom, right, top)) > 300


def test_a_picture_can_be_named_by_its_digest() -> None:
    """As plans do."""
    form = Form().signature("sign").bytes()

    assert {} == values_of(pdf.fill(form, {"sign": {"image": "abc"}}, images={"abc": png()}.__getitem__))


def test_a_broken_picture_is_named() -> None:
    """With the form's name."""
    with pytest.raises(DocumentError) as caught:
        pdf.fill(Form().signature("s").bytes(), {"s": {"image": b"no"}}, name="form.pdf")

    assert "form.pdf" == caught.value.document


def test_several_lines_are_broken_at_words() -> None:
    """And sized to fit."""
    text = "one two three four five six seven eight nine ten " * 4
    made = pdf.fill(Form().text("story", width=150, height=100, Ff=1 << 12).bytes(), {"story": text})

    assert text.split() == text_of_pdf(pdf.flatten(made)).split()


def test_comb_fields_give_each_letter_a_cell() -> None:
    """Evenly spread."""
    form = Form().text("ssn", width=180, Ff=1 << 24, MaxLen=9).bytes()
    made = pdf.fill(form, {"ssn": "123456789"})

    with pikepdf.open(io.BytesIO(made)) as opened:
        stream = opened.pages[0].Annots[0].AP.N.read_bytes()
    assert 9 == stream.count(b" Tj")
    assert "123456789" == text_of_pdf(pdf.flatten(made)).strip().replace(" ", "")


def test_text_longer_than_a_field_takes_is_told_and_kept() -> None:
    """Nothing disappears silently."""
    told: list[str] = []
    made = pdf.fill(Form().text("zip", MaxLen=5).bytes(), {"zip": "0213899"}, warn=told.append)

    assert {"zip": "0213899"} == values_of(made)
    assert "`zip` takes 5 letters" in told[0]


def test_rich_text_of_the_template_does_not_hide_the_value() -> None:
    """``/RV`` goes."""
    made = pdf.fill(Form().text("a", Ff=1 << 25, RV=String("<p>old</p>")).bytes(), {"a": "new"})

    with pikepdf.open(io.BytesIO(made)) as opened:
        assert "/RV" not in opened.pages[0].Annots[0]


def test_an_unknown_field_is_told_with_the_nearest_one() -> None:
    """docassemble passes over it; so does Engross, but it says so; strict, it stops."""
    form = Form().text("plaintiff_name").bytes()
    told: list[str] = []
    pdf.fill(form, {"plaintif_name": "x"}, warn=told.append, name="form.pdf")

    assert ["form.pdf: the form has no field `plaintif_name`. Did you mean `plaintiff_name`?"] == told
    with pytest.raises(DocumentError, match="plaintif_name") as caught:
        pdf.fill(form, {"plaintif_name": "x"}, strict=True)
    assert "plaintiff_name" == caught.value.nearest


def test_xfa_is_left_out_with_a_warning() -> None:
    """Viewers that know it would show the empty form."""
    form = Form().text("a")
    form.pdf.Root.AcroForm.XFA = form.pdf.make_stream(b"<xdp/>")
    told: list[str] = []
    made = pdf.fill(form.bytes(), {"a": "x"}, warn=told.append)

    with pikepdf.open(io.BytesIO(made)) as opened:
        assert "/XFA" not in opened.Root.AcroForm
    assert "XFA" in told[0]


def test_an_encrypted_form_with_an_empty_password_is_filled() -> None:
    """Courts lock forms against changes, not against filling."""
    locked = Form().text("a").bytes(encryption=pikepdf.Encryption(owner="secret", user=""))

    assert {"a": "x"} == values_of(pdf.fill(locked, {"a": "x"}))


def test_a_file_that_needs_a_password_is_named() -> None:
    """``template password`` opens it."""
    locked = Form().text("a").bytes(encryption=pikepdf.Encryption(owner="o", user="u"))

    assert pdf.is_encrypted(locked)
    with pytest.raises(DocumentError, match="password"):
        pdf.fill(locked, {"a": "x"}, name="form.pdf")
    assert {"a": "x"} == values_of(pdf.fill(locked, {"a": "x"}, template_password="u"))


@pytest.mark.parametrize("data", [b"", b"nonsense", b"%PDF-1.4\nbroken"])
def test_what_is_no_pdf_is_named(data: bytes) -> None:
    """With its name."""
    with pytest.raises(DocumentError) as caught:
        pdf.fill(data, {}, name="form.pdf")

    assert "form.pdf" == caught.value.document


def test_flattened_fields_become_page_content() -> None:
    """``editable: False``"""
    form = Form().text("a").checkbox("b").signature("s").bytes()
    made = pdf.fill(form, {"a": "seen", "b": True}, flatten=True)

    assert () == pdf.fields(made)
    assert "seen" in text_of_pdf(made)
    with pikepdf.open(io.BytesIO(made)) as opened:
        assert "/Annots" not in opened.pages[0]


def test_passwords_lock_the_result() -> None:
    """AES-256; printing stays allowed."""
    made = pdf.fill(_FORM, {"name": "x"}, password="p", owner_password="o")

    assert pdf.is_encrypted(made)
    with pikepdf.open(io.BytesIO(made), password="p") as opened:
        assert (6, True, False) == (opened.encryption.R, opened.allow.print_highres, opened.allow.modify_other)


def test_fields_are_described() -> None:
    """In reading order, with what they take."""
    form = Form().text("a", MaxLen=5, DA=String("/Helv 9 Tf 0 g")).checkbox("b", "On").radio("c", "x", "y").choice("d", "p", "q").signature("e").bytes()

    found = pdf.fields(form)

    assert [("a", "text"), ("b", "checkbox"), ("c", "radio"), ("d", "choice"), ("e", "signature")] == [(f.name, f.kind.value) for f in found]
    assert (5, 9.0, ("On",), ("x", "y"), ("p", "q")) == (found[0].max_length, found[0].box.size, found[1].options, found[2].options, found[3].options)


def test_text_that_fits_is_told_from_text_that_does_not() -> None:
    """By the width of the letters, not by their number."""
    field = pdf.fields(Form().text("a", width=100, DA=String("/Helv 10 Tf 0 g")).bytes())[0]

    assert field.fits("i" * 30)
    assert not field.fits("W" * 15)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("abc WMi\n.-"), max_size=600))
def test_nothing_is_lost_between_field_and_addendum(text: str) -> None:
    """What the field shows and the rest are the whole text, and the first part fits."""
    field = pdf.fields(_BOX)[0]
    shown, rest = field.overflow(text)

    assert text == shown + rest
    assert field.fits(shown.rstrip())


_BOX = Form().text("a", width=120, height=40, Ff=1 << 12, DA=String("/Helv 10 Tf 0 g")).bytes()


def test_overflow_is_cut_after_a_word() -> None:
    """With room for the note that it goes on."""
    field = pdf.fields(_BOX)[0]
    shown, rest = field.overflow("some words that go on and on " * 5, ending=" [continued]")

    assert shown.endswith(" ")
    assert rest
    assert field.fits(shown.rstrip() + " [continued]")


def test_files_are_joined_with_their_fields() -> None:
    """Fields of one name stay apart."""
    one = pdf.fill(_FORM, {"name": "first"})
    two = pdf.fill(_FORM, {"name": "second"})

    merged = pdf.merge([one, plain_pdf(2), two])

    assert 4 == pdf.page_count(merged)
    assert ["first", "second"] == sorted(values_of(merged).values())


@pytest.mark.slow
@pytest.mark.parametrize("titled", [True, False])
@given(order=st.permutations(range(4)), parity=st.sampled_from([None, "even", "odd"]))
@settings(max_examples=15, deadline=None)
def test_parts_are_joined_alike_in_whatever_order_they_come(titled: bool, order: list[int], parity: str | None) -> None:
    """Pages, fields and bookmarks stand in the order of the parts."""
    inner = pdf.merge([plain_pdf(2, text="c"), plain_pdf(1, text="d")], titles=["c", "d"])
    parts = [plain_pdf(2, text="a"), pdf.fill(_FORM, {"name": "first"}), inner, pdf.fill(_FORM, {"name": "second"})]
    titles = ["1", "2", "3", "4"] if titled else []

    joining = pdf.Joining(len(parts))
    for number in order:
        joining.take(number, parts[number])

    assert _outer(pdf.merge(parts, titles=titles, parity=parity)) == _outer(joining.finish(titles=titles, parity=parity))


def _outer(data: bytes) -> tuple[list[str], list[tuple[str, int, list[str]]], list[str]]:
    """(texts of the pages, bookmarks with their pages, values of the fields) of a PDF."""
    with pikepdf.open(io.BytesIO(data)) as opened, opened.open_outline() as outline:
        marks = [(item.title, pdf._outline_page(opened, item), [child.title for child in item.children]) for item in outline.root]
        count = len(opened.pages)
    return [text_of_pdf(data, page) for page in range(count)], marks, sorted(values_of(data).values())


def test_parity_adds_blank_pages() -> None:
    """Each part begins on a right-hand page."""
    parts = [plain_pdf(1), plain_pdf(2), plain_pdf(3)]

    assert [8, 7] == [pdf.page_count(pdf.merge(parts, parity=p)) for p in ("even", "odd")]


def test_a_bookmark_leads_to_each_part() -> None:
    """And those the parts had stay below."""
    merged = pdf.merge([pdf.merge([plain_pdf(1), plain_pdf(1)], titles=["a", "b"]), plain_pdf(1)], titles=["First", "Second"])

    with pikepdf.open(io.BytesIO(merged)) as opened, opened.open_outline() as outline:
        assert [("First", ["a", "b"]), ("Second", [])] == [(i.title, [c.title for c in i.children]) for i in outline.root]


def test_a_part_that_cannot_be_joined_is_named() -> None:
    """By its place."""
    with pytest.raises(DocumentError) as caught:
        pdf.merge([plain_pdf(), b"nonsense"])

    assert "part 2 of 2" == caught.value.document


@pytest.mark.parametrize("with_values", [False, True])
def test_joined_forms_keep_their_fonts_apart(with_values: bool) -> None:
    """Three forms call three fonts by one name: what is typed into a field later is drawn in its own form's font."""
    bases = {"first": "Helvetica", "second": "Times-Roman", "third": "Courier"}
    parts = []
    for field, base in bases.items():
        form = Form()
        form.pdf.Root.AcroForm.DR.Font.Helv.BaseFont = Name("/" + base)
        form.text(field)
        out = io.BytesIO()
        form.pdf.save(out)
        parts.append(pdf.fill(out.getvalue(), {field: "Ann"}) if with_values else out.getvalue())

    with pikepdf.open(io.BytesIO(pdf.merge(parts))) as made:
        listed = made.Root.AcroForm.DR.Font
        typed = {str(field.T): str(listed[str(field.DA).split()[0]].BaseFont)[1:] for field in made.Root.AcroForm.Fields}
        drawn = {str(f.T): [str(x.BaseFont)[1:] for x in f.AP.N.Resources.Font.values()] for f in made.Root.AcroForm.Fields if "/AP" in f}

    assert bases == typed
    assert drawn == ({name: [base] for name, base in bases.items()} if with_values else {})


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_pages_are_numbered_upright(turn: int) -> None:
    """Also pages that lie on their side."""
    with pikepdf.open(io.BytesIO(plain_pdf(2))) as opened:
        for page in opened.pages:
            page.Rotate = turn
        out = io.BytesIO()
        opened.save(out)

    made = pdf.number_pages(out.getvalue(), prefix="AB-", first=9, digits=4, font_size=10)

    assert ["AB-0009", "AB-0010"] == [text_of_pdf(made, n).split()[-1] for n in (0, 1)]
    width, height = (612, 792) if turn in (0, 180) else (792, 612)
    assert ink(made, (width - 80, 10, width - 10, 30)) > 0
    assert 0 == ink(made, (0, height / 2 - 20, width, height / 2 + 20)) or turn in (90, 270, 180)


def test_pages_are_extracted() -> None:
    """Both ends included; pages that are not there are an error."""
    assert 2 == pdf.page_count(pdf.extract_pages(plain_pdf(5), 2, 3))
    with pytest.raises(DocumentError, match="it has 5"):
        pdf.extract_pages(plain_pdf(5), 6)


def test_a_visitors_pdf_loses_what_acts_by_itself() -> None:
    """Scripts, actions, attachments; links to the web stay."""
    opened = pikepdf.open(io.BytesIO(plain_pdf()))
    opened.Root.OpenAction = pikepdf.Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    opened.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=pikepdf.Array([String("x"), pikepdf.Dictionary(S=Name.JavaScript, JS=String("1"))])))
    links = [pikepdf.Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=pikepdf.Dictionary(S=Name.URI, URI=String(u))) for u in ("https://example.com", "file:///etc/passwd")]
    opened.pages[0].Annots = pikepdf.Array([opened.make_indirect(x) for x in links])
    out = io.BytesIO()
    opened.save(out)
    opened.close()

    made = pdf.cleaned(out.getvalue())

    with pikepdf.open(io.BytesIO(made)) as clean:
        assert ("/OpenAction" in clean.Root, "/JavaScript" in clean.Root.get("/Names", {})) == (False, False)
        assert [True, False] == ["/A" in a for a in clean.pages[0].Annots]
    assert b"app.alert" not in made


def test_pdfa_is_marked_and_embeds_the_forms_letters() -> None:
    """As far as the form's own pages allow; what they lack is listed."""
    made = pdf.fill(_FORM, {"name": "archived"}, pdfa=True)

    with pikepdf.open(io.BytesIO(made)) as opened:
        assert "/OutputIntents" in opened.Root
        with opened.open_metadata() as metadata:
            assert ("2", "B") == (metadata["pdfaid:part"], metadata["pdfaid:conformance"])
    assert () == pdf.fonts_missing(made)
    assert ("Helvetica",) == pdf.fonts_missing(plain_pdf())


def test_a_page_lies_over_another() -> None:
    """A letterhead."""
    made = pdf.overlay(plain_pdf(3, text="main"), plain_pdf(1, text="logo"), first=2)

    assert [False, True, True] == ["logo" in text_of_pdf(made, n) for n in range(3)]


def test_a_form_of_a_hundred_fields_fills_in_thirty_milliseconds() -> None:
    """At the median; the limit here leaves room for a busy machine."""
    form = Form()
    for n in range(100):
        form.top = 700 - (n % 30) * 20
        form.text(f"field_{n}")
    data = form.bytes()
    values = {f"field_{n}": f"value {n}" for n in range(100)}
    taken = []
    for _ in range(7):
        start = time.process_time()
        pdf.fill(data, values)
        taken.append(time.process_time() - start)

    assert statistics.median(taken) < 0.09


@pytest.mark.slow
def test_forms_are_filled_side_by_side_in_a_fresh_process() -> None:
    """Threads that need a font for the first time do not get into each other's way."""
    form = Form().text("name").bytes()
    for _ in range(5):
        fonts._opened.cache_clear()
        fonts._cmap.cache_clear()
        fonts.face.cache_clear()
        fonts.standard_face.cache_clear()
        fonts.subset.cache_clear()
        with ThreadPoolExecutor(4) as threads:
            made = list(threads.map(lambda n: pdf.fill(form, {"name": f"Łódź {n} Привет"}), range(8)))
        assert [f"Łódź {n} Привет" for n in range(8)] == [values_of(each)["name"] for each in made]
