"""What a PDF form says of its fields."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from engross.documents import acroform, pdf

from .conftest import Form, values_of


@dataclass
class Loose:
    """A form whose fields stand in their list as they are, without a number: one beside its box on the page, one above two boxes."""

    made: Form = field(default_factory=Form)

    def bytes(self) -> bytes:
        form = self.made.pdf.Root.AcroForm
        box = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("town"), Rect=Array([40, 700, 240, 718]))
        kids = [Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=Array([40, y, 240, y + 18])) for y in (650, 600)]
        form.Fields = Array([box, Dictionary(FT=Name.Tx, T=String("name"), Kids=Array(kids))])
        return self.made.bytes()


def test_fields_without_a_number_of_their_own_are_filled_each_time() -> None:
    """Nothing of such a form is remembered by number, so that the second filling is as good as the first."""
    blank = Loose().bytes()

    for name in ("Ann", "Bob"):
        filled = pdf.fill(blank, {"town": "Zürich", "name": name})

        assert values_of(filled) == {"town": "Zürich", "name": name}
        with pikepdf.open(io.BytesIO(filled)) as made:
            town, person = made.Root.AcroForm.Fields
            assert "/AP" in town
            assert ["/AP" in kid for kid in person.Kids] == [True, True]


def test_what_is_remembered_of_a_form_is_what_stands_in_it() -> None:
    """A form that was read before and one that is read for the first time say the same."""
    blank = Form().text("a", MaxLen=3).checkbox("b", "Aye").radio("c", "x", "y").choice("d", "one", ("2", "two")).nested("e", "f").bytes()
    for _ in range(2):
        with pikepdf.open(io.BytesIO(blank)) as opened:
            remembered = acroform.read(opened, (b"the test's form", ""))

    with pikepdf.open(io.BytesIO(blank)) as opened:
        assert acroform.read(opened) == remembered
    assert {name: one.kind.value for name, one in remembered.items()} == {"a": "text", "b": "checkbox", "c": "radio", "d": "choice", "e.f": "text"}


def test_forms_with_one_font_share_it_when_joined() -> None:
    """A font that two forms have alike under one name is there once, and every field is typed with it."""
    parts = [pdf.fill(Form().text(name).bytes(), {name: "Ann"}) for name in ("first", "second", "third")]

    with pikepdf.open(io.BytesIO(pdf.merge(parts))) as made:
        assert [str(name) for name in made.Root.AcroForm.DR.Font] == ["/Helv"]
        assert {str(one.DA).split()[0] for one in made.Root.AcroForm.Fields} == {"/Helv"}
        assert [str(one.V) for one in made.Root.AcroForm.Fields] == ["Ann", "Ann", "Ann"]
