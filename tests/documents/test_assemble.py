"""Making plans, with a converter that only counts."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from typing import Any

import pytest

from engross.documents import assemble, docx, edition, pdf, plan
from engross.errors import DocumentError

from .conftest import FakeOffice, Form, Store, docx_of, plain_pdf, png, text_of_pdf, values_of


def draft(store: Store, text: str) -> plan.Bytes:
    return plan.Bytes(sha256=store.put(docx.normal(docx_of(text))), mimetype=docx.MIMETYPE)


def bundle(store: Store, *texts: str) -> plan.Plan:
    """Papers as PDF, all of them in one PDF, and a ZIP of everything."""
    papers = [plan.ToPdf(source=draft(store, text)) for text in texts]
    full = plan.Merged(parts=tuple(papers))
    every = plan.Zip(entries=tuple((f"{n}.pdf", paper) for n, paper in enumerate(papers)))
    steps = tuple(plan.Step(node=paper, title=text) for paper, text in zip(papers, texts, strict=True))
    return plan.Plan(steps=steps, outputs={"full": full, "zip": every, **dict(zip(texts, papers, strict=True))})


def test_a_paper_is_made_once_however_many_outputs_need_it(store: Store) -> None:
    """The PDF, the full PDF and the ZIP share it."""
    wanted = bundle(store, "a", "b", "c")
    made = assemble.assemble(wanted, store)

    assert 3 == len(store.office.orders)
    assert 5 == len(made)
    assert 3 == pdf.page_count(store.read(made[wanted.outputs["full"].key].kept.sha256))


def test_nothing_is_made_again_that_is_known(store: Store) -> None:
    """A second request costs nothing."""
    assemble.assemble(bundle(store, "a", "b"), store)
    store.office.orders.clear()
    reports: list[assemble.Progress] = []
    again = assemble.assemble(bundle(store, "a", "b"), store, reports.append)

    assert ([], []) == (store.office.orders, reports)
    assert not any(made.new for made in again.values())


def test_one_changed_paper_means_one_conversion(store: Store) -> None:
    """The others are found by their content keys."""
    assemble.assemble(bundle(store, *"abcdefghij"), store)
    store.office.orders.clear()
    assemble.assemble(bundle(store, *"abcdXfghij"), store)

    assert 1 == len(store.office.orders)


def test_each_step_reports_its_beginning_and_its_end(store: Store) -> None:
    """With a number, the total, the action and the paper's title."""
    reports: list[assemble.Progress] = []
    assemble.assemble(bundle(store, "Petition", "Affidavit"), store, reports.append)

    assert {4} == {r.total for r in reports}
    assert [1, 2, 3, 4] == [r.number for r in reports if not r.finished]
    assert 4 == sum(r.finished for r in reports)
    assert {("Converting", "Petition"), ("Converting", "Affidavit"), ("Joining", ""), ("Packing", "")} == {(r.action, r.title) for r in reports}


def test_a_long_conversion_reports_its_pages(store: Store) -> None:
    """With the number and title of its step."""
    reports: list[assemble.Progress] = []

    class Long(FakeOffice):
        def convert(self, source: bytes, **options: Any) -> bytes:
            options["on_page"](40, 231)
            return super().convert(source, **options)

    store.office = Long()
    assemble.assemble(bundle(store, "Petition"), store, reports.append)

    assert [("Converting", "Petition", 40, 231, False)] == [(r.action, r.title, r.page, r.pages, r.finished) for r in reports if r.pages]


def test_what_is_ready_is_made_side_by_side(store: Store) -> None:
    """Two conversions meet."""
    both = threading.Barrier(2, timeout=10)

    class Meeting(FakeOffice):
        def convert(self, source: bytes, **options: Any) -> bytes:
            both.wait()
            return super().convert(source, **options)

    store.office = Meeting()
    assemble.assemble(bundle(store, "a", "b"), store)

    assert 2 == len(store.office.orders)


def test_forms_are_joined_while_the_last_page_is_converted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The conversion ends only after the joined PDF has the form; it stands behind the converted page all the same."""
    taken = threading.Event()

    class Watched(pdf.Joining):
        def take(self, number: int, part: Any) -> None:
            super().take(number, part)
            taken.set()

    class Slow(FakeOffice):
        def convert(self, source: bytes, **options: Any) -> bytes:
            assert taken.wait(20)
            return super().convert(source, **options)

    monkeypatch.setattr(pdf, "Joining", Watched)
    monkeypatch.setattr(assemble.os, "cpu_count", lambda: 2)
    store.office = Slow()
    template = plan.Bytes(sha256=store.put(Form().text("name").bytes()), mimetype=pdf.MIMETYPE)
    form = plan.PdfForm(template=template, values=(("name", "Ann"),))
    full = plan.Merged(parts=(plan.ToPdf(source=draft(store, "a")), form), outline=("Letter", "Form"))

    made = assemble.assemble(plan.Plan(outputs={"full": full}), store)
    joined = store.read(made[full.key].kept.sha256)

    assert {"name": "Ann"} == values_of(joined)
    assert "Ann" in text_of_pdf(pdf.flatten(joined), 1)


def test_a_form_that_cannot_be_joined_early_is_an_error_of_the_joined_paper(store: Store) -> None:
    """The single papers are there all the same."""
    broken = plan.Bytes(sha256=store.put(b"nonsense"), mimetype=pdf.MIMETYPE)
    paper = plan.ToPdf(source=draft(store, "a"))
    full = plan.Merged(parts=(paper, broken))

    with pytest.raises(assemble.AssemblyFailed, match="part 2 of 2") as caught:
        assemble.assemble(plan.Plan(outputs={"paper": paper, "full": full}), store)

    assert ({full.key}, {paper.key}) == (set(caught.value.errors), set(caught.value.made))


def test_one_paper_that_fails_does_not_keep_the_others_from_being_made(store: Store) -> None:
    """The error names it; the results that could be made are kept."""

    class Picky(FakeOffice):
        def convert(self, source: bytes, **options: Any) -> bytes:
            if options["document"] == "b":
                raise DocumentError("no")
            return super().convert(source, **options)

    store.office = Picky()
    wanted = bundle(store, "a", "b", "c")
    with pytest.raises(assemble.AssemblyFailed, match="b: no") as caught:
        assemble.assemble(wanted, store)

    assert {wanted.outputs["a"].key, wanted.outputs["c"].key} == set(caught.value.made)
    assert {wanted.outputs[k].key for k in ("b", "full", "zip")} == set(caught.value.errors)


def test_a_cancelled_plan_ends(store: Store) -> None:
    """Before its next step."""
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(assemble.AssemblyFailed, match="cancelled"):
        assemble.assemble(bundle(store, "a"), store, cancelled=cancelled)

    assert [] == store.office.orders


def test_a_file_that_is_gone_is_an_error_of_its_paper(store: Store) -> None:
    """Not a crash of the whole."""
    lost = plan.ToPdf(source=plan.Bytes(sha256="0" * 64, mimetype=docx.MIMETYPE))
    with pytest.raises(assemble.AssemblyFailed, match="gone"):
        assemble.assemble(plan.Plan(outputs={"x": lost}), store)


def test_forms_are_filled_numbered_cut_and_flattened(store: Store) -> None:
    """Every kind of node that needs no converter."""
    template = plan.Bytes(sha256=store.put(Form().text("name").signature("sign").bytes()), mimetype=pdf.MIMETYPE)
    picture = store.put(png())
    form = plan.PdfForm(template=template, values=(("name", "Ann"), ("sign", {"image": picture})))
    flat = plan.Flattened(source=form)
    numbered = plan.Numbered(source=plan.Merged(parts=(form, flat), parity="even"), prefix="N", digits=3)
    last = plan.Pages(source=numbered, first=3)
    joined = plan.MergedDocx(parts=(draft(store, "a"), draft(store, "b")))

    made = assemble.assemble(plan.Plan(outputs={"form": form, "last": last, "docx": joined}), store)

    assert {"name": "Ann"} == values_of(store.read(made[form.key].kept.sha256))
    assert "N003" in text_of_pdf(store.read(made[last.key].kept.sha256))
    assert docx.MIMETYPE == made[joined.key].kept.mimetype


@pytest.mark.sandbox
def test_a_visitors_picture_and_pdf_become_pages(store: Store) -> None:
    """Through the sandbox."""
    picture = plan.Bytes(sha256=store.put(png()), mimetype="image/png", foreign=True)
    upload = plan.Bytes(sha256=store.put(plain_pdf(2)), mimetype=pdf.MIMETYPE, foreign=True)
    merged = plan.Merged(parts=(plan.ToPdf(source=picture), plan.ToPdf(source=upload)))

    made = assemble.assemble(plan.Plan(outputs={"x": merged}), store)

    assert 3 == pdf.page_count(store.read(made[merged.key].kept.sha256))


def test_a_zip_has_the_same_bytes_and_safe_names(store: Store) -> None:
    """Unicode kept, no name leaves the folder, none twice."""
    a, b = draft(store, "a"), draft(store, "b")
    zipped = plan.Zip(entries=(("Müller & Söhne.docx", a), ("../../x.docx", b), ("MÜLLER & söhne.docx", b)))

    made = assemble.assemble(plan.Plan(outputs={"z": zipped}), store)

    with zipfile.ZipFile(io.BytesIO(store.read(made[zipped.key].kept.sha256))) as archive:
        assert ["Müller & Söhne.docx", "x.docx", "MÜLLER & söhne (2).docx"] == archive.namelist()


def test_the_steps_a_plan_would_take_are_counted(store: Store) -> None:
    """For the progress bar, before anything is made."""
    wanted = bundle(store, "a", "b")
    before = assemble.total(wanted, store.find)
    assemble.assemble(wanted, store)

    assert (4, 0) == (before, assemble.total(wanted, store.find))


def test_papers_of_two_editions_of_the_converter_are_two_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an upgrade a paper has another key; a plan made before it keeps its own, also when it is read from JSON."""
    source = plan.Bytes(sha256="0" * 64, mimetype=docx.MIMETYPE)
    before = plan.ToPdf(source=source)
    monkeypatch.setattr(edition, "_converter", lambda program: "newer")
    after = plan.ToPdf(source=source)

    assert before.key != after.key
    assert before.key == plan.node_from_data(json.loads(json.dumps(plan.to_data(before)))).key
