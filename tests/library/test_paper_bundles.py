"""ALDocument and ALDocumentBundle: which papers, in which versions, under which names."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from engross.context import AssemblyPending, Purpose
from engross.documents import plan
from engross.errors import DocumentError
from engross.library.bundles import (
    ALDocument,
    ALDocumentBundle,
    ALStaticDocument,
    ALTableDocument,
    DALazyAttribute,
)
from engross.library.collections import DAList
from engross.library.files import DAFile, DAFileCollection, DAFileList, pdf_concatenate, zip_file
from engross.library.published_bundles import adopt
from tests.library.paper_doubles import at_hand


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Any]:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "leaflet.pdf").write_bytes(b"%PDF-1.7 leaflet")
    with at_hand(tmp_path) as hand:
        yield hand


def paper(visit: Any, name: str, *, docx: bool = False, **given: Any) -> ALDocument:
    """A document with its versions filled in."""
    made = ALDocument(name, title=given.pop("title", name.title()), filename=name, **{"enabled": True, **given})
    for key in ("final", "preview"):
        versions = DAFileCollection(f"{name}[{key!r}]")
        if docx:
            versions.docx = DAFile.kept(visit.files.save(f"{name} {key}".encode(), name=f"{name}.docx"))
            versions.pdf = DAFile.planned(plan.ToPdf(source=versions.docx.node()), f"{name}.pdf")
        else:
            versions.pdf = DAFile.kept(visit.files.save(f"%PDF {name} {key}".encode(), name=f"{name}.pdf"))
        made.elements[key] = versions
    return made


def bundle(*papers: Any, **given: Any) -> ALDocumentBundle:
    """A bundle called *court papers*."""
    return ALDocumentBundle(
        "al_court_bundle", elements=list(papers), **{"title": "Court papers", "filename": "court_papers", "enabled": True, **given}
    )


def links(html: str) -> list[tuple[str, str]]:
    """(words, address) of each link."""
    found = re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', html, re.DOTALL)
    return [(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", words)).strip(), unescape(address)) for address, words in found]


def test_only_enabled_papers_are_made(visit: Any) -> None:
    """What is not enabled is in no list, no ZIP and no PDF."""
    papers = bundle(paper(visit, "petition"), paper(visit, "waiver", enabled=False), paper(visit, "notice"))

    assert ["Petition", "Notice"] == papers.get_titles()
    assert 2 == len(papers.as_pdf_list(refresh=False))


def test_an_interview_gets_pdf_zip_and_full_pdf(visit: Any) -> None:
    """get_cacheable_documents gives a dictionary per paper, the ZIP and the full PDF, all of them made."""
    results, archive, whole = bundle(paper(visit, "petition"), paper(visit, "letter", docx=True)).get_cacheable_documents(
        refresh=False, docx=True, include_full_pdf=True
    )

    assert [{"title", "pdf", "download_filename"}, {"title", "pdf", "docx", "download_filename"}] == [set(r) for r in results]
    assert ["petition.pdf", "letter.docx"] == [r["download_filename"] for r in results]
    assert ("court_papers.zip", "court_papers.pdf") == (archive.filename, whole.filename)
    assert 1 == len(visit.mill.requests)


def test_without_docx_there_is_none(visit: Any) -> None:
    """generate_downloads_task's options give no DOCX, not even in the ZIP."""
    results, archive, _ = bundle(paper(visit, "petition"), paper(visit, "letter", docx=True)).get_cacheable_documents(
        refresh=False, include_full_pdf=True
    )

    assert all("docx" not in result for result in results)
    assert b"Zip" in archive.slurp()


def test_one_paper_needs_neither_zip_nor_full_pdf(visit: Any) -> None:
    """A single paper is its own full PDF."""
    _, archive, whole = bundle(paper(visit, "petition")).get_cacheable_documents(refresh=False, include_full_pdf=True)

    assert (None, None) == (archive, whole)


def test_a_preview_says_so_in_its_name(visit: Any) -> None:
    """The version that matches ``suffix_to_append`` has the suffix, others have none."""
    letter = paper(visit, "letter")

    assert "letter_preview.pdf" == letter.as_pdf(key="preview", refresh=False).filename
    assert "letter.pdf" == letter.as_pdf(key="final", refresh=False).filename


def test_a_nested_bundle_is_one_paper_of_the_outer(visit: Any) -> None:
    """In lists of PDFs a nested bundle is one file; in flat lists its papers stand for it."""
    inner = bundle(paper(visit, "a"), paper(visit, "b"), title="Inner", filename="inner")
    outer = bundle(paper(visit, "c"), inner)

    assert 2 == len(outer.as_pdf_list(refresh=False))
    assert 3 == len(outer.as_flat_list(refresh=False))
    assert ["C", "A", "B"] == outer.get_titles()


def test_page_numbers_and_parity_are_planned(visit: Any) -> None:
    """Numbers are stamped on the joined PDF, then a blank page makes its pages even; the single papers stay as they are."""
    papers = bundle(
        paper(visit, "a"), paper(visit, "b"), add_page_numbers=True, page_number_prefix="R-", default_parity="even"
    )
    node = papers.as_pdf(refresh=False).node()

    assert isinstance(node, plan.Merged)
    assert "even" == node.parity
    assert isinstance(node.parts[0], plan.Numbered)
    assert ("R-", 1, 5) == (node.parts[0].prefix, node.parts[0].first, node.parts[0].digits)


def test_an_empty_bundle_makes_nothing(visit: Any) -> None:
    """Without an enabled paper there is no PDF and no mistake."""
    papers = bundle(paper(visit, "a", enabled=False))

    assert papers.as_pdf() is None
    assert ([], None, None) == papers.get_cacheable_documents()


def test_a_static_file_is_a_paper(visit: Any) -> None:
    """A leaflet of the package goes into the bundle as it is."""
    leaflet = ALStaticDocument("leaflet", filename="leaflet.pdf", title="Leaflet", enabled=True)
    results, _, _ = bundle(leaflet, paper(visit, "petition")).get_cacheable_documents(refresh=False)

    assert ["leaflet.pdf", "petition.pdf"] == [result["download_filename"] for result in results]


def test_each_button_says_which_paper_it_is_for(visit: Any) -> None:
    """A screen reader hears the title with every link; the whole comes first, each address ends as its file does."""
    html = bundle(paper(visit, "petition"), paper(visit, "letter", docx=True)).download_list_html(
        refresh=False, include_full_pdf=True
    )

    assert [
        "Download as one PDF",
        "View Petition",
        "Download Petition",
        "View Letter",
        "Download Letter",
        "Download all",
    ] == [words for words, _ in links(html)]
    assert ["pdf", "pdf", "pdf", "pdf", "pdf", "zip"] == [
        address.split("?")[0].rsplit(".", 1)[-1] for _, address in links(html)
    ]


def test_made_papers_are_offered_in_every_format_there_is(visit: Any) -> None:
    """After a task with DOCX, the list offers PDF and Word for the paper that is a DOCX."""
    papers = bundle(paper(visit, "petition"), paper(visit, "letter", docx=True))
    papers._downloadable_files = papers.get_cacheable_documents(refresh=False, docx=True, include_full_pdf=True)
    words = [words for words, _ in links(papers.download_list_html(use_previously_cached_files=True))]

    assert "Download Word Letter" in words
    assert "Download Petition" in words


def test_format_docx_offers_word_only_where_it_is(visit: Any) -> None:
    """``format="docx"`` downloads DOCX where there is one and PDF elsewhere."""
    html = bundle(paper(visit, "petition"), paper(visit, "letter", docx=True)).download_list_html(refresh=False, format="docx")
    addresses = [address.split("?")[0] for words, address in links(html) if words.startswith("Download ") and "all" not in words]

    assert ["pdf", "docx"] == [address.rsplit(".", 1)[-1] for address in addresses]


def test_titles_are_escaped(visit: Any) -> None:
    """A title that a visitor had a hand in cannot become markup."""
    html = bundle(paper(visit, "a", title="<script>x</script>"), paper(visit, "b")).download_list_html(refresh=False)

    assert "<script>" not in html


def test_papers_made_from_old_answers_are_not_shown(visit: Any) -> None:
    """When a filled template changed since the task ran, the list shows the new paper."""
    letter = paper(visit, "letter", docx=True)
    papers = bundle(letter, paper(visit, "petition"))
    papers._downloadable_files = papers.get_cacheable_documents(refresh=False)
    old = papers._downloadable_files[0][0]["pdf"].number
    for document in (letter, papers.elements[1], papers):
        document.cache.__dict__.pop("final", None)
    changed = DAFileCollection("letter['final']")
    changed.docx = DAFile.kept(visit.files.save(b"another answer", name="letter.docx"))
    changed.pdf = DAFile.planned(plan.ToPdf(source=changed.docx.node()), "letter.pdf")
    letter.elements["final"] = changed
    html = papers.download_list_html(use_previously_cached_files=True, refresh=False)

    assert old not in html


def test_enabled_is_computed_afresh_only_when_it_can_be(visit: Any) -> None:
    """A value that no block can give again stays; one that code gives is taken away for the next page."""
    fixed = ALDocument("fixed", title="F", filename="f", enabled=False)
    visit.context.interviewing.blocks["computed.enabled"] = SimpleNamespace()
    computed = ALDocument("computed", title="C", filename="c")
    computed.enabled = True

    assert (False, True) == (fixed.is_enabled(), computed.is_enabled())
    assert ("enabled" in fixed.__dict__, "enabled" in computed.__dict__) == (True, False)
    assert (False, True) == (fixed.is_enabled(), computed.is_enabled())


def test_email_carries_the_files_that_were_shown(visit: Any) -> None:
    """The letter's attachments are the very files of the download list."""
    papers = bundle(paper(visit, "petition"), paper(visit, "letter", docx=True))
    shown, _, _ = papers.get_cacheable_documents(refresh=False)
    template = SimpleNamespace(subject="Your\npapers", content="Here they are")
    sent = papers.send_email(to="a@example.org", template=template)
    letter = visit.context.outbox[0]

    assert sent
    assert "Your papers" == letter["subject"]
    assert [result["pdf"].number for result in shown] == [item["file"] for item in letter["attachments"]]


def test_sending_needs_somebody_to_send_to(visit: Any) -> None:
    """Without an address nothing is queued and the answer is no."""
    template = SimpleNamespace(subject="S", content="C")

    assert not bundle(paper(visit, "petition")).send_email(to=[], template=template)
    assert [] == visit.context.outbox


def test_the_send_button_names_its_event_and_boxes(visit: Any) -> None:
    """The button's call carries the bundle's event, the ids of its box, the version and the formats."""
    html = bundle(paper(visit, "petition")).send_button_html(key="final", show_editable_checkbox=True)

    assert "al_court_bundle.send_email_action_event" in html
    assert 'type="checkbox"' in html
    assert "javascript:aldocument_send_action(" in unescape(html)


def test_the_way_back_to_the_answers_comes_with_the_list(visit: Any) -> None:
    """Where the interview has a review screen, the list links to it, once on a page."""
    visit.context.interviewing.blocks["review event"] = "review_everything"
    first, second = bundle(paper(visit, "a")), ALDocumentBundle("other", elements=[paper(visit, "b")], title="B", filename="b", enabled=True)
    html = first.download_list_html(refresh=False) + second.download_list_html(refresh=False)

    assert 1 == html.count("Change my answers")


class PublishedBundle(DAList):
    """Stands for AssemblyLine's own class, as far as our additions know it."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        self.initializeAttribute("cache", DALazyAttribute)

    def enabled_documents(self, refresh: bool = True) -> list[Any]:
        return list(self.elements)

    def as_pdf(self, key: str = "final", refresh: bool = True, ensure_parity: str | None = None) -> Any:
        self.cache.final = pdf_concatenate([document.as_pdf(key=key) for document in self.elements], filename="all.pdf")
        if ensure_parity:
            raise AssemblyPending(None, {})  # the joined PDF is made in the background, and its pages are counted then
        return self.cache.final

    def as_zip(self, key: str = "final", format: str = "pdf", include_pdf: bool = True) -> Any:
        return zip_file([document.as_pdf(key=key) for document in self.elements], filename="all.zip")

    def get_cacheable_documents(
        self, key: str = "final", pdf: bool = True, docx: bool = False, original: bool = False, refresh: bool = True,
        include_zip: bool = True, include_full_pdf: bool = False, zip_include_pdf: bool | None = None, zip_format: str | None = None,
    ) -> Any:  # fmt: skip
        self.options = {"pdf": pdf, "docx": docx, "include_zip": include_zip, "include_full_pdf": include_full_pdf}
        results = [{"title": str(item.title), "pdf": item.as_pdf(key=key, refresh=False)} for item in self.elements]
        return results, self.as_zip() if include_zip else None, None

    def download_list_html(
        self, key: str = "final", use_previously_cached_files: bool = False, include_zip: bool = True, include_full_pdf: bool = False
    ) -> str:
        cached = self._downloadable_files if use_previously_cached_files else None
        results, archive, _ = cached or self.get_cacheable_documents(key, include_full_pdf=include_full_pdf)
        links = [item["pdf"].url_for() for item in results if "pdf" in item] + ([archive.url_for()] if archive else [])
        return "<div>" + " ".join(links) + "</div>"


adopt(PublishedBundle)


def test_a_joined_pdf_that_is_not_done_with_is_not_remembered(visit: Any) -> None:
    """Else the next call would give it without the blank page that makes it even."""
    bundle = PublishedBundle("papers", elements=[paper(visit, "petition")])
    bundle.cache.other = "kept"

    with pytest.raises(AssemblyPending):
        bundle.as_pdf(ensure_parity="even")

    assert ("final" in vars(bundle.cache), bundle.cache.other) == (False, "kept")


def test_a_published_bundle_class_follows_edits_too(visit: Any) -> None:
    """Before such a class shows what a task made, the same papers are asked for again with the newest answers."""
    papers = PublishedBundle("papers", elements=[paper(visit, "petition"), paper(visit, "notice")])
    papers._downloadable_files = ([{"title": "T", "pdf": "old"}, {"title": "U", "docx": "old"}], None, "old whole")
    visit.context.purpose = Purpose.SCREEN

    assert "old" not in papers.download_list_html(use_previously_cached_files=True)
    assert {"pdf": True, "docx": True, "include_zip": False, "include_full_pdf": True} == papers.options


@pytest.mark.parametrize("from_task", [False, True])
def test_a_published_bundle_class_offers_the_other_papers_too(visit: Any, from_task: bool) -> None:
    """Of three papers one fails: the two others and a ZIP of them are on offer, the third has its reason, and the full PDF is missing."""
    visit.mill.failing = {"Letter"}
    papers = PublishedBundle("papers", elements=[paper(visit, "petition"), paper(visit, "letter", docx=True), paper(visit, "notice")])
    if from_task:
        papers._downloadable_files = papers.get_cacheable_documents()
        visit.context.purpose = Purpose.SCREEN
    html = papers.download_list_html(use_previously_cached_files=from_task, include_full_pdf=True)

    assert ["petition.pdf", "notice.pdf", "all.zip"] == re.findall(r"/files/\w+/([\w.]+)", html)
    assert 1 == html.count("This paper could not be made.")
    assert "ABC-DEF" in html and "(without Letter)" in html and "a paper is missing: Letter" in html
    assert ["petition", "letter", "notice"] == [item.instanceName for item in papers.elements]


def test_a_published_bundle_class_is_as_it_was_when_nothing_fails(visit: Any) -> None:
    """All papers in one go, and nothing is added to the list."""
    papers = PublishedBundle("papers", elements=[paper(visit, "petition"), paper(visit, "notice")])
    html = papers.download_list_html()

    assert ["petition.pdf", "notice.pdf", "all.zip"] == re.findall(r"/files/\w+/([\w.]+)", html)
    assert html.endswith("</div>") and "al_failure" not in html


def test_one_paper_that_fails_leaves_the_others_on_offer(visit: Any) -> None:
    """The failed paper has a calm reason and no link; the ZIP says what is not in it; the full PDF is withheld."""
    visit.mill.failing = {"Letter"}
    papers = bundle(paper(visit, "petition"), paper(visit, "letter", docx=True), paper(visit, "notice"))
    html = papers.download_list_html(refresh=False, format="pdf", include_full_pdf=True)
    named = [words for words, _ in links(html)]

    assert ["View Petition", "Download Petition", "View Notice", "Download Notice", "Download all"] == named
    assert html.count("This paper could not be made.") == 1
    assert "cannot be read" in html and "ABC-DEF" in html
    assert "(without Letter)" in html
    assert "a paper is missing: Letter" in html


def test_the_file_that_a_paper_failed_for_can_be_replaced(visit: Any) -> None:
    """A button asks for the answer that holds it once more, with its name as it was given; uploads of other papers have none."""
    visit.mill.failing = {"Letter"}
    names = {"lease": "[FILE x] <b>lease</b>.docx", "other": "other.docx"}
    papers = []
    for path, name in names.items():
        held = DAFile.kept(visit.files.save(name.encode(), name=name), name=f"{path}[0]", generated=False)
        visit.context.namespace[path] = DAFileList(path, elements=[held])
        made = paper(visit, "letter" if path == "lease" else "notice", docx=True)
        made.elements["final"].pdf = DAFile.planned(plan.ToPdf(source=held.node()), f"{path}.pdf")
        papers.append(made)
    html = bundle(*papers).download_list_html(refresh=False, format="pdf")
    ((address, words),) = re.findall(r'<a class="[^"]*al_replace" href="([^"]*)">(.*?)</a>', html)
    asked = parse_qs(urlsplit(unescape(address)).query)["action"][0]

    assert "Replace [FILE x] <b>lease</b>.docx" == unescape(words)
    assert not re.search(r"[<\[]", words)
    assert "lease" == json.loads(base64.urlsafe_b64decode(asked + "=" * (-len(asked) % 4)))["action"]


def test_a_published_bundle_class_tells_which_file_was_left_out(visit: Any) -> None:
    """First both ways on are offered; then the paper is there, and a row says what it lacks and lets the visitor replace it."""
    held = DAFile.kept(visit.files.save(b"PK lease", name="lease.docx"), name="lease[0]", generated=False)
    visit.context.namespace["lease"] = DAFileList("lease", elements=[held])
    visit.mill.failing = {"Letter"}

    def listed() -> str:
        letter = paper(visit, "letter", docx=True)
        parts = (letter.elements["final"].docx.node(), held.node())
        letter.elements["final"].pdf = DAFile.planned(plan.Merged(parts=tuple(plan.ToPdf(source=part) for part in parts)), "letter.pdf")
        return PublishedBundle("papers", elements=[paper(visit, "petition"), letter]).download_list_html()

    assert ["Replace lease.docx", "Make my papers without it: lease.docx"] == [
        unescape(words) for words in re.findall(r'<a class="[^"]*al_(?:replace|leave_out)" href="[^"]*">(.*?)</a>', listed())
    ]
    visit.mill.failing = set()
    visit.context.internal.misc = {"left out": [held.number]}
    html = listed()
    assert "Letter <span" in html and "(without lease.docx)" in unescape(html)
    assert "al_replace" in html and "al_leave_out" not in html


def test_a_task_keeps_what_it_made_beside_a_paper_that_failed(visit: Any) -> None:
    """What a task hands over holds the made papers and the reason of the other, and making it sure raises nothing."""
    from engross.library.files import make_all

    visit.mill.failing = {"Letter"}
    answer = bundle(paper(visit, "petition"), paper(visit, "letter", docx=True)).get_cacheable_documents(refresh=False, include_full_pdf=True)
    make_all(list(answer))
    results, archive, whole = answer

    assert [False, True] == ["failure" in result for result in results]
    assert not results[0]["pdf"].is_planned
    assert "failure" not in archive.__dict__
    assert {"reason": "damaged", "code": "ABC-DEF"} == whole.failure


def test_nothing_is_sent_when_a_paper_of_the_letter_failed(visit: Any) -> None:
    """A letter with a paper missing would be taken for the whole."""
    visit.mill.failing = {"Letter"}
    papers = bundle(paper(visit, "petition"), paper(visit, "letter", docx=True))

    with pytest.raises(DocumentError):
        papers.send_email(to="ann@example.org", template=SimpleNamespace(subject="S", content="C"))
    assert [] == visit.context.outbox


def test_a_table_is_a_sheet_by_itself_and_a_page_among_papers(visit: Any) -> None:
    """``as_pdf`` gives the Excel file, as AssemblyLine does; a PDF of several papers has the table printed."""
    import io

    from docx import Document

    sheet = DAFile.kept(visit.files.save(b"PK sheet", name="costs.xlsx"))
    rows = [["Rent & heat", 900], ["<Food>", None]]
    table = SimpleNamespace(header_and_contents=lambda: (["What", "Amount"], rows), export=lambda *_, **__: sheet)
    costs = ALTableDocument("costs", title="Costs", filename="costs", enabled=True, table=table)
    papers = bundle(paper(visit, "petition"), costs)
    printed = costs.as_printed()
    made = Document(io.BytesIO(visit.files.read(visit.files.find(printed.node().source.sha256).id)))
    cells = [[cell.text for cell in row.cells] for row in made.tables[0].rows]

    assert "xlsx" == costs.as_pdf().extension
    assert [["What", "Amount"], ["Rent & heat", "900"], ["<Food>", ""]] == cells
    assert printed.node().key in [part.key for part in papers.as_pdf(refresh=False).node().parts]
    assert ["petition.pdf", "costs.xlsx"] == [name for name, _ in papers.as_zip(refresh=False).node().entries]
