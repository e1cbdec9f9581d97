"""Make what a plan says: every node once, those that are ready side by side, one report for each step.

A node whose content key is known already is not made again, nor is anything that only it needed. One paper that fails does not
keep the others from being made.
"""

from __future__ import annotations

import contextlib
import dataclasses
import graphlib
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping, Set
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import structlog

from engross.documents import docx, foreign, package, pdf, plan, recognition
from engross.errors import DocumentError, EngrossError

log = structlog.get_logger(__name__)

_ENDINGS = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/pdf": ".pdf", "application/rtf": ".rtf", "text/rtf": ".rtf", "application/msword": ".doc",
    "application/vnd.oasis.opendocument.text": ".odt", "text/plain": ".txt", "text/html": ".html", "text/markdown": ".md",
    "image/png": ".png", "image/jpeg": ".jpg", "image/tiff": ".tiff", "image/gif": ".gif", "image/webp": ".webp",
    "image/heic": ".heic", "image/heif": ".heif", "image/bmp": ".bmp",
}  # fmt: skip
_MIMETYPES = {"docx": docx.MIMETYPE, "odt": "application/vnd.oasis.opendocument.text", "rtf": "application/rtf",
              "doc": "application/msword", "txt": "text/plain", "html": "text/html", "pdf": pdf.MIMETYPE}  # fmt: skip
_ACTIONS = {"PdfForm": "Filling", "ToPdf": "Converting", "ToFormat": "Converting", "Merged": "Joining", "MergedDocx": "Joining",
            "Numbered": "Numbering", "Flattened": "Flattening", "Searchable": "Reading", "Pages": "Cutting", "Zip": "Packing"}  # fmt: skip


class Kept(Protocol):
    """A result that the file store has."""

    @property
    def sha256(self) -> str: ...
    @property
    def mimetype(self) -> str: ...


class Converter(Protocol):
    """``office.Office``, or a fake of it in tests."""

    def convert(self, source: bytes, *, to: str, ending: str, foreign: bool, **options: Any) -> bytes: ...


class Tools(Protocol):
    """What assembly needs of the world. Every method may be called from several threads."""

    @property
    def office(self) -> Converter: ...

    def find(self, key: str) -> Kept | None:
        """The result with that content key, if this session has it."""

    def keep(self, key: str, data: bytes, mimetype: str) -> Kept:
        """Store a result under its content key."""

    def read(self, sha256: str) -> bytes:
        """The bytes with that digest: a draft, an upload, a picture, a result. Raises KeyError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A node's result."""

    node: plan.Node
    kept: Kept
    """What ``Tools.find`` or ``Tools.keep`` gave."""
    new: bool
    """Whether it was made now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step, as it begins or ends."""

    number: int
    """One-based, in order of beginning."""
    total: int
    """Steps in all; those whose results are known are not counted."""
    action: str
    """``Filling``, ``Converting``, ``Joining`` …"""
    title: str
    """The paper it belongs to, or empty."""
    finished: bool = False
    failed: bool = False
    """Whether it ended without a result."""
    page: int = 0
    """How many pages are written, while a long text is converted; 0 when that is not known."""
    pages: int = 0
    """How many pages it will have; 0 when that is not known."""


class AssemblyFailed(DocumentError):
    """Some papers could not be made. ``errors``: content key → what happened; ``made``: those that could."""

    def __init__(self, errors: Mapping[str, EngrossError], made: Mapping[str, Made], titles: Mapping[str, str]) -> None:
        lines = []
        for key, error in errors.items():
            title = titles.get(key)
            text = str(error)
            lines.append(f"{title}: {text}" if title and title not in text else text)
        super().__init__("; ".join(dict.fromkeys(lines)))
        self.errors = dict(errors)
        self.made = dict(made)
        self.passing = any(getattr(error, "passing", False) for error in errors.values())
        """Whether another try may make more of them; what was made is found again."""


@dataclass(slots=True)
class _Work:
    """What is known while a plan is being made."""

    tools: Tools
    titles: Mapping[str, str]
    report: Callable[[Progress], None]
    cancelled: threading.Event | None
    total: int = 0
    begun: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)
    made: dict[str, Made] = field(default_factory=dict)
    errors: dict[str, EngrossError] = field(default_factory=dict)
    bytes: dict[str, bytes] = field(default_factory=dict)
    """content key → bytes made in this run, so that the next step need not read them back"""
    joinings: dict[str, pdf.Joining | None] = field(default_factory=dict)
    """content key → a joined PDF that has some of its parts already; None when one of them could not be taken"""


def assemble(
    wanted: plan.Plan,
    tools: Tools,
    report: Callable[[Progress], None] | None = None,
    *,
    cancelled: threading.Event | None = None,
    parallel: int = 8,
) -> dict[str, Made]:
    """The results of the plan's outputs, content key → Made. Raises AssemblyFailed when some cannot be made.

    *parallel*: how many documents are given to the converter at a time, which has its own limit; with 1 all is made in turn.
    """
    titles = {step.node.key: step.title for step in wanted.steps}
    work = _Work(tools=tools, titles=titles, report=report or (lambda _: None), cancelled=cancelled)
    needed = _needed(wanted, work)
    work.total = sum(not isinstance(node, plan.Bytes) for node in needed.values())
    _run(needed, work, parallel)
    outputs = {node.key for node in wanted.outputs.values()}
    failed = {key: work.errors[key] for key in outputs if key in work.errors}
    if failed:
        raise AssemblyFailed(failed, {key: made for key, made in work.made.items() if key in outputs}, titles)
    return {key: work.made[key] for key in outputs}


def total(wanted: plan.Plan, find: Callable[[str], Any]) -> int:
    """How many steps a plan would take now."""
    seen: set[str] = set()

    def count(node: plan.Node) -> int:
        if node.key in seen or isinstance(node, plan.Bytes) or find(node.key) is not None:
            return 0
        seen.add(node.key)
        return 1 + sum(count(source) for source in node.sources)

    return sum(count(node) for node in wanted.outputs.values())


def _needed(wanted: plan.Plan, work: _Work) -> dict[str, plan.Node]:
    """The nodes to be made, by key; what is known already goes to ``work.made``."""
    needed: dict[str, plan.Node] = {}

    def visit(node: plan.Node) -> None:
        if node.key in needed or node.key in work.made:
            return
        if not isinstance(node, plan.Bytes):
            kept = work.tools.find(node.key)
            if kept is not None:
                work.made[node.key] = Made(node=node, kept=kept, new=False)
                return
            for source in node.sources:
                visit(source)
        needed[node.key] = node

    for node in wanted.outputs.values():
        visit(node)
    return needed


def _run(needed: Mapping[str, plan.Node], work: _Work, parallel: int) -> None:
    """Make them all. The converter's documents go first; our own work takes the cores that they leave, so that the converter
    neither waits for a form nor shares its core with one. What is joined is taken part after part as it comes, first what does not
    wait for the converter, so that little is left to do when the last page is converted."""
    graph: dict[str, set[str]] = {key: {s.key for s in node.sources if s.key in needed} for key, node in needed.items()}
    tasks: dict[str, Callable[[], None]] = {key: partial(_step, node, work) for key, node in needed.items()}
    converting = {key for key, node in needed.items() if isinstance(node, plan.ToPdf | plan.ToFormat)}
    _take_parts_as_they_come(needed, graph, tasks, _later(graph, converting), work)
    order = graphlib.TopologicalSorter(graph)
    order.prepare()
    cores = os.cpu_count() or 1
    waiting: deque[str] = deque()
    running: dict[Future[None], str] = {}
    with contextlib.ExitStack() as stack:
        converter = stack.enter_context(ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="engross-convert"))
        # Our own work holds Python's lock most of the time: more than two threads would only take turns.
        own = stack.enter_context(ThreadPoolExecutor(2, thread_name_prefix="engross-assemble")) if parallel > 1 else converter
        while order.is_active():
            ready = deque(order.get_ready())
            while ready:
                key = ready.popleft()
                if key in converting:
                    running[converter.submit(tasks[key])] = key
                elif isinstance(needed.get(key), plan.Bytes):
                    tasks[key]()
                    order.done(key)
                    ready.extend(order.get_ready())
                else:
                    waiting.append(key)
            free = max(cores - sum(key in converting for key in running.values()), 0)
            busy = sum(key not in converting for key in running.values())
            while waiting and busy < max(free, not running):
                key = waiting.popleft()
                running[own.submit(tasks[key])] = key
                busy += 1
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                key = running.pop(future)
                future.result()  # an error that is not ours ends the whole
                order.done(key)


def _take_parts_as_they_come(
    needed: Mapping[str, plan.Node], graph: dict[str, set[str]], tasks: dict[str, Callable[[], None]], late: Set[str], work: _Work
) -> None:
    """Add a task for each part of what is joined: first the parts that do not wait for the converter, then those that are *late*."""
    for key, node in needed.items():
        if isinstance(node, plan.Merged) and graph[key] & late:
            before: set[str] = set()
            for number in sorted(range(len(node.parts)), key=lambda n: (node.parts[n].key in late, n)):
                taking = f"{key}, part {number}"
                graph[taking] = before | ({node.parts[number].key} & needed.keys())
                tasks[taking] = partial(_take, node, number, work)
                before = {taking}
            graph[key] |= before


def _later(graph: Mapping[str, set[str]], first: set[str]) -> frozenset[str]:
    """*first*, and all that needs one of them."""
    later: set[str] = set()
    for key in graphlib.TopologicalSorter(graph).static_order():
        if key in first or graph[key] & later:
            later.add(key)
    return frozenset(later)


def _take(node: plan.Merged, number: int, work: _Work) -> None:
    """Join a part that is ready while others are converted. What cannot be joined is said when the turn of the whole comes."""
    part = node.parts[number]
    if node.key not in work.joinings:
        work.joinings[node.key] = pdf.Joining(len(node.parts))
    joining = work.joinings[node.key]
    if joining is None or part.key in work.errors:
        return
    try:
        joining.take(number, _pdf(part, work))
    except (EngrossError, KeyError):
        work.joinings[node.key] = None


def _step(node: plan.Node, work: _Work) -> None:
    """Make one node, or note why not."""
    if work.cancelled is not None and work.cancelled.is_set():
        work.errors[node.key] = DocumentError("it was cancelled")
        return
    broken = next((work.errors[source.key] for source in node.sources if source.key in work.errors), None)
    if broken is not None:
        work.errors[node.key] = broken
        return
    try:
        if isinstance(node, plan.Bytes):
            data = work.tools.read(node.sha256)
            work.bytes[node.key] = data
            work.made[node.key] = Made(node=node, kept=_Existing(node.sha256, node.mimetype), new=False)
            return
        progress = _begun(node, work)
        data, mimetype = _make(node, work, progress)
        kept = work.tools.keep(node.key, data, mimetype)
        work.bytes[node.key] = data
        work.made[node.key] = Made(node=node, kept=kept, new=True)
        work.report(Progress(number=progress.number, total=progress.total, action=progress.action, title=progress.title, finished=True))
    except KeyError as error:
        _fail(node, work, DocumentError(f"a file that it needs is gone: {error}", document=work.titles.get(node.key)))
    except EngrossError as error:
        if isinstance(error, DocumentError) and error.document is None:
            error.document = work.titles.get(node.key)
        _fail(node, work, error)


def _fail(node: plan.Node, work: _Work, error: EngrossError) -> None:
    """Note why a node could not be made, and tell."""
    work.errors[node.key] = error
    title = work.titles.get(node.key, "")
    action = _ACTIONS.get(type(node).__name__, "Making")
    work.report(Progress(number=work.begun, total=work.total, action=action, title=title, finished=True, failed=True))


@dataclass(frozen=True, slots=True)
class _Existing:
    sha256: str
    mimetype: str


def _begun(node: plan.Node, work: _Work) -> Progress:
    with work.guard:
        work.begun += 1
        number = work.begun
    progress = Progress(
        number=number, total=work.total, action=_ACTIONS.get(type(node).__name__, "Making"), title=work.titles.get(node.key, "")
    )
    work.report(progress)
    return progress


def _data(node: plan.Node, work: _Work) -> bytes:
    """The bytes of a source: made in this run, or kept from an earlier one."""
    known = work.bytes.get(node.key)
    return known if known is not None else work.tools.read(work.made[node.key].kept.sha256)


def _mimetype(node: plan.Node, work: _Work) -> str:
    return node.mimetype if isinstance(node, plan.Bytes) else work.made[node.key].kept.mimetype


def _is_foreign(node: plan.Node) -> bool:
    return isinstance(node, plan.Bytes) and node.foreign


def _pdf(node: plan.Node, work: _Work) -> bytes:
    """The bytes of a source that is a PDF; one that a visitor brought is cleaned first."""
    data = _data(node, work)
    return foreign.cleaned_pdf(data, document=work.titles.get(node.key)) if _is_foreign(node) else data


def _make(node: plan.Node, work: _Work, progress: Progress) -> tuple[bytes, str]:
    """(bytes, media type) of a node whose sources are there."""
    match node:
        case plan.PdfForm():
            return _filled(node, work), pdf.MIMETYPE
        case plan.ToPdf():
            return _converted(node, work, progress), pdf.MIMETYPE
        case plan.ToFormat():
            ending = _ENDINGS.get(_mimetype(node.source, work), ".docx")
            made = work.tools.office.convert(
                _data(node.source, work), to=node.format, ending=ending, foreign=_is_foreign(node.source), cancelled=work.cancelled,
                document=work.titles.get(node.key),
            )  # fmt: skip
            return made, _MIMETYPES.get(node.format, "application/octet-stream")
        case plan.Merged():
            return _joined(node, work), pdf.MIMETYPE
        case plan.MergedDocx():
            return docx.join([_data(part, work) for part in node.parts]), docx.MIMETYPE
        case plan.Numbered():
            numbered = pdf.number_pages(
                _pdf(node.source, work), prefix=node.prefix, first=node.first, digits=node.digits, area=node.area,
                font_size=node.font_size, horizontal_offset=node.horizontal_offset, vertical_offset=node.vertical_offset,
            )  # fmt: skip
            return numbered, pdf.MIMETYPE
        case plan.Flattened():
            return pdf.flatten(_pdf(node.source, work)), pdf.MIMETYPE
        case plan.Searchable():
            return _recognised(node, work), pdf.MIMETYPE
        case plan.Pages():
            return pdf.extract_pages(_pdf(node.source, work), node.first, node.last), pdf.MIMETYPE
        case plan.Zip():
            return package.archive((name, _data(entry, work)) for name, entry in node.entries), "application/zip"
    raise DocumentError(f"there is no way to make a `{type(node).__name__}`")


def _joined(node: plan.Merged, work: _Work) -> bytes:
    joining = work.joinings.pop(node.key, None) or pdf.Joining(len(node.parts))
    for number, part in enumerate(node.parts):
        if number not in joining.taken:
            joining.take(number, _pdf(part, work))
    return joining.finish(
        parity=node.parity, titles=node.outline, pdfa=node.pdfa, password=node.password, owner_password=node.owner_password
    )


def _recognised(node: plan.Searchable, work: _Work) -> bytes:
    """What cannot be recognised is used as it is: a paper without searchable text is better than none."""
    data = _pdf(node.source, work)
    try:
        return recognition.searchable(data, language=node.language, document=work.titles.get(node.key))
    except DocumentError as error:
        log.warning("not_recognised", reason=error.message)
        return data


_OPTION_NAMES = {
    "rendering font": "rendering_font", "checkbox export value": "checkbox_value", "template password": "template_password",
    "password": "password", "owner password": "owner_password", "pdf/a": "pdfa",
}  # fmt: skip


def _filled(node: plan.PdfForm, work: _Work) -> bytes:
    options = {
        name: value
        for option, value in node.options
        if value is not None and (name := _OPTION_NAMES.get(option, option)) in _OPTION_NAMES.values()
    }
    if isinstance(options.get("rendering_font"), str):
        options["rendering_font"] = Path(options["rendering_font"])
    return pdf.fill(
        _data(node.template, work), dict(node.values), flatten=node.flatten, images=work.tools.read, name=work.titles.get(node.key),
        warn=_told, **options,
    )  # fmt: skip


def _told(message: str) -> None:
    """What a form's author should know; holds no answers."""
    log.warning("pdf_form", message=message)


def _converted(node: plan.ToPdf, work: _Work, progress: Progress) -> bytes:
    data, mimetype = _data(node.source, work), _mimetype(node.source, work)
    title = work.titles.get(node.key)
    if mimetype == pdf.MIMETYPE:
        made = foreign.cleaned_pdf(data, document=title) if _is_foreign(node.source) else data
        wanted = node.pdfa or node.password or node.owner_password
        return pdf.merge([made], pdfa=node.pdfa, password=node.password, owner_password=node.owner_password) if wanted else made
    if mimetype.startswith("image/"):
        made = foreign.picture_pdf(data, document=title, trusted=not _is_foreign(node.source))
        return pdf.protect(made, password=node.password, owner_password=node.owner_password) if node.password or node.owner_password else made
    ending = _ENDINGS.get(mimetype)
    if ending is None:
        raise DocumentError(f"files of the kind `{mimetype}` cannot become PDF", document=title)
    return work.tools.office.convert(
        data, to="pdf", ending=ending, foreign=_is_foreign(node.source), pdfa=node.pdfa, tagged=node.tagged,
        update_references=node.update_references, password=node.password, owner_password=node.owner_password,
        cancelled=work.cancelled, document=title,
        on_page=lambda page, pages: work.report(dataclasses.replace(progress, page=page, pages=pages)),
    )  # fmt: skip
