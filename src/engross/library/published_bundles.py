"""Published bundles: what AssemblyLine's own bundle class learns here where the published package is installed.

By itself it shows what a task made whatever was answered since, and one paper that cannot be made takes the whole list with it. Ours
does neither (``library.bundles``), so the same is taught to that class when an interview imports it: its papers follow the answers,
and of a bundle with a bad paper the others are on offer. It stays apart from our classes because it knows theirs only from outside.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

from engross.context import AssemblyPending, Purpose, current_or_none
from engross.errors import DocumentError
from engross.library.bundles import (
    ALDocumentBundle,
    failed_row,
    files_of,
    lacking_row,
    left_out_of,
    let_fail,
    note_failure,
    table_row,
    try_again,
)
from engross.library.files import BrokenDraft, make
from engross.library.interchange import log
from engross.library.words import word

Shown = dict[str, Any]
"""What is offered of one paper: ``title pdf docx original download_filename``; or ``title failure``."""


def adopt(kind: type) -> None:
    """Let the published package's bundle class *kind* do what ours does. Nothing happens to ours, or a second time."""
    if issubclass(kind, ALDocumentBundle) or "_adopted" in vars(kind) or not hasattr(kind, "download_list_html"):
        return
    kind.get_cacheable_documents = _each_by_itself(kind.get_cacheable_documents)  # type: ignore[attr-defined]
    kind.download_list_html = _telling_failures(kind.download_list_html)
    kind.as_pdf = _done_or_not_begun(kind.as_pdf)  # type: ignore[attr-defined]
    kind._adopted = True  # type: ignore[attr-defined]


# ---------------------------------------------------------------------------------------------------- making them


def _each_by_itself(plan_all: Callable[..., Any]) -> Callable[..., Any]:
    """``get_cacheable_documents`` that makes all at once, and when one cannot be made, the others without it."""
    signature = inspect.signature(plan_all)

    @functools.wraps(plan_all)
    def get_cacheable_documents(self: Any, *pargs: Any, **kwargs: Any) -> Any:
        given = signature.bind(self, *pargs, **kwargs)
        given.apply_defaults()
        let_fail(self, given.arguments["key"])
        before = dict(vars(self.cache))
        try:
            answer = plan_all(*given.args, **given.kwargs)
            make(files_of(answer))
        except DocumentError:
            vars(self.cache).clear()
            vars(self.cache).update(before)
            answer = _the_good_ones(self, plan_all, {name: value for name, value in given.arguments.items() if name != "self"})
        self.cache.shown = answer[0]
        return answer

    return get_cacheable_documents


def _done_or_not_begun(join: Callable[..., Any]) -> Callable[..., Any]:
    """``as_pdf`` that remembers a joined PDF only when it is done with it: AssemblyLine keeps it first and adds the blank page that makes
    it even or odd then, for which the PDF must be made, in the background."""

    @functools.wraps(join)
    def as_pdf(self: Any, *pargs: Any, **kwargs: Any) -> Any:
        before = dict(vars(self.cache))
        try:
            return join(self, *pargs, **kwargs)
        except AssemblyPending:
            vars(self.cache).clear()
            vars(self.cache).update(before)
            raise

    return as_pdf


def _the_good_ones(bundle: Any, plan_all: Callable[..., Any], wanted: Mapping[str, Any]) -> tuple[list[Shown], Any, None]:
    """Each paper by itself, and a ZIP of those that could be made. No full PDF: one that looks whole and is not would be handed in."""
    documents = bundle.enabled_documents(refresh=wanted["refresh"])
    shown = [_alone(bundle, document, plan_all, wanted) for document in documents]
    good = [document for document, result in zip(documents, shown, strict=True) if "failure" not in result]
    archive = None
    if good and len(documents) > 1 and wanted["include_zip"]:
        form = wanted["zip_format"] or ("original" if wanted["original"] else "docx" if wanted["docx"] else "pdf")
        with _holding(bundle, good):
            archive = bundle.as_zip(key=wanted["key"], format=form, include_pdf=wanted["zip_include_pdf"])
            make(files_of(archive))
    return shown, archive, None


def _alone(bundle: Any, document: Any, plan_all: Callable[..., Any], wanted: Mapping[str, Any]) -> Shown:
    """What is offered of *document*; with ``failure`` in place of files when one of them cannot be made."""
    title = str(document.title)
    try:
        with _holding(bundle, [document]):
            results, _, _ = plan_all(bundle, **{**wanted, "include_zip": False, "include_full_pdf": False})
    except BrokenDraft as error:
        return {"title": title, "failure": error.failure}
    except DocumentError as error:
        log(f"{title}: {error}")
        return {"title": title, "failure": {"reason": "ours", "code": ""}}
    result: Shown = results[0]
    make(files_of(result), partial=True)
    note_failure(result, document)
    return {"title": title, "failure": result["failure"]} if "failure" in result else result


@contextmanager
def _holding(bundle: Any, documents: Sequence[Any]) -> Iterator[None]:
    """For a block of code, *bundle* holds these documents only."""
    before = bundle.elements
    bundle.elements = list(documents)
    try:
        yield
    finally:
        bundle.elements = before


# --------------------------------------------------------------------------------------------------- showing them


def _telling_failures(show: Callable[..., str]) -> Callable[..., str]:
    """``download_list_html`` whose papers agree with the answers, and which says of each that could not be made why."""
    signature = inspect.signature(show)

    @functools.wraps(show)
    def download_list_html(self: Any, *pargs: Any, **kwargs: Any) -> str:
        bound = signature.bind(self, *pargs, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        from_task = given["use_previously_cached_files"] and "_downloadable_files" in vars(self)
        context = current_or_none()
        if from_task and context is not None and context.purpose is Purpose.SCREEN:
            self._downloadable_files = _made_from_newest(self, given)
        html = show(self, *pargs, **kwargs)
        results = self._downloadable_files[0] if from_task else vars(self.cache).get("shown", [])
        failed = [result for result in results if "failure" in result]
        lacking = [result for result in results if "failure" not in result and left_out_of(result)]
        if lacking:
            head, end, tail = html.rpartition("</div>")
            html = head + "".join(lacking_row(str(result["title"]), left_out_of(result)) for result in lacking) + end + tail
        return _with_failures(html, failed, len(results), given) if failed else html

    return download_list_html


def _with_failures(html: str, failed: Sequence[Shown], count: int, given: Mapping[str, Any]) -> str:
    """The list *html* with a row for each failed paper, what the ZIP lacks, and why there is no full PDF."""
    rows = [failed_row(str(result["title"]), result["failure"]) for result in failed]
    missing = escape(", ".join(str(result["title"]) for result in failed))
    if given.get("include_zip") and count - len(failed) > 0:
        rows.append(table_row("ZIP", [f'<span class="al_failure text-body-secondary">({word("without")} {missing})</span>']))
    if given.get("include_full_pdf") and count > 1:
        said = f"{word('This is not offered, because a paper is missing:')} {missing}"
        words = given.get("full_pdf_label") or word("Download as one PDF")
        rows.append(table_row(escape(str(words)), [f'<span class="al_failure text-body-secondary">{said}</span>']))
    head, end, tail = html.rpartition("</div>")
    return head + "".join(rows) + end + tail + try_again()


def _made_from_newest(bundle: Any, given: Mapping[str, Any]) -> Any:
    """What ``bundle._downloadable_files`` would be now: the same kinds of files, from the newest answers. A paper whose filled
    template is the same as before is found by its content key. What a lack of papers kept from being made is asked for as the list
    is (*given*)."""
    results, archive, whole = bundle._downloadable_files
    good = [result for result in results if "failure" not in result]
    lacked = len(results) < 2 or len(good) < len(results)
    return bundle.get_cacheable_documents(
        key=given["key"],
        pdf=not good or any("pdf" in result for result in good),
        docx=any("docx" in result for result in good),
        original=any("original" in result for result in good),
        include_zip=archive is not None or (lacked and given["include_zip"]),
        include_full_pdf=whole is not None or (lacked and given["include_full_pdf"]),
    )
