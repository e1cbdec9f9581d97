"""Tables of contents in a DOCX, brought up to date.

LibreOffice updates them only by a macro, and macros are off. So the document is converted once, the pages of its headings are read from
the PDF's outline, the entries are written into the DOCX, and the caller converts again.
"""

from __future__ import annotations

import copy
import io
import re
from collections.abc import Callable
from typing import Any

import pikepdf
from lxml import etree

from engross.documents import package

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DOCUMENT = "word/document.xml"


def has_contents(data: bytes) -> bool:
    """Whether the DOCX has a table of contents."""
    entry = package.read(data).get(_DOCUMENT)
    return entry is not None and re.search(rb">\s*TOC\b", package.unpack(entry)) is not None


def updated(data: bytes, convert: Callable[[bytes], bytes]) -> bytes:
    """The DOCX with its tables of contents as they should be. *convert* makes a PDF with an outline of it.

    Twice, because new entries may push headings to other pages.
    """
    for _ in range(2):
        headings = _headings(convert(data))
        if not headings:
            return data
        data = _with_contents(data, headings)
    return data


def _headings(pdf: bytes) -> list[tuple[int, str, int]]:
    """(level, text, one-based page) of each heading, from the outline."""
    found: list[tuple[int, str, int]] = []
    with pikepdf.open(io.BytesIO(pdf)) as opened, opened.open_outline() as outline:
        pages = {page.obj.objgen: number for number, page in enumerate(opened.pages, 1)}

        def visit(items: Any, level: int) -> None:
            for item in items:
                target: Any = item.destination
                if target is None and item.action is not None:
                    target = item.action.get("/D")
                page = pages.get(target[0].objgen) if isinstance(target, pikepdf.Array) and len(target) else None
                if page is not None:
                    found.append((level, str(item.title), page))
                visit(item.children, level + 1)

        visit(outline.root, 1)
    return found


def _with_contents(data: bytes, headings: list[tuple[int, str, int]]) -> bytes:
    entries = package.read(data)
    root = etree.fromstring(package.unpack(entries[_DOCUMENT]))
    for first, last, levels in _contents(root):
        parent = first.getparent()
        if parent is not last.getparent():
            continue
        between = list(parent)[parent.index(first) : parent.index(last) + 1]
        lines = [heading for heading in headings if levels[0] <= heading[0] <= levels[1]]
        if lines:
            _rewrite(first, last, between, lines)
    made = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    entries[_DOCUMENT] = package.pack(_DOCUMENT, made)
    return package.write(entries.values())


def _contents(root: Any) -> list[tuple[Any, Any, tuple[int, int]]]:
    """(first paragraph, last paragraph, levels) of each TOC field."""
    found = []
    start: Any = None
    levels = (1, 3)
    depth = 0
    for element in root.iter(f"{_W}fldChar", f"{_W}instrText"):
        paragraph = next(element.iterancestors(f"{_W}p"))
        if element.tag == f"{_W}instrText":
            if start is None and re.match(r"\s*TOC\b", element.text or ""):
                start, depth = paragraph, 1
                wanted = re.search(r'\\o\s*"?(\d)-(\d)', element.text or "")
                levels = (int(wanted.group(1)), int(wanted.group(2))) if wanted else (1, 3)
            continue
        kind = element.get(f"{_W}fldCharType")
        if start is None:
            continue
        if kind == "begin":
            depth += 1
        elif kind == "end":
            depth -= 1
            if depth == 0:
                found.append((start, paragraph, levels))
                start = None
    return found


def _rewrite(first: Any, last: Any, between: list[Any], lines: list[tuple[int, str, int]]) -> None:
    """Entries in the place of what the field showed: its beginning stays in the first, its end in the last paragraph."""
    head = [copy.deepcopy(run) for run in first.iter(f"{_W}r") if _before_result(run, first)]
    parent = first.getparent()
    at = parent.index(first)
    end = copy.deepcopy(_ending(last))
    for paragraph in between:
        parent.remove(paragraph)
    made = [_entry(level, text, page) for level, text, page in lines]
    for run in reversed(head):
        made[0].insert(1, run)
    made[-1].append(end)
    if last is not first and _text_after_end(last):
        rest = copy.deepcopy(last)
        _drop_until_end(rest)
        made.append(rest)
    for paragraph in reversed(made):
        parent.insert(at, paragraph)


def _marks(run: Any) -> list[str]:
    return [str(mark.get(f"{_W}fldCharType")) for mark in run.iter(f"{_W}fldChar")]


def _before_result(run: Any, paragraph: Any) -> bool:
    """Whether *run* belongs to the field's head: from ``begin`` to ``separate``."""
    runs = list(paragraph.iter(f"{_W}r"))
    separate = next((n for n, r in enumerate(runs) if "separate" in _marks(r)), len(runs) - 1)
    return runs.index(run) <= separate


def _ending(paragraph: Any) -> Any:
    return [run for run in paragraph.iter(f"{_W}r") if "end" in _marks(run)][-1]


def _text_after_end(paragraph: Any) -> bool:
    seen = False
    for run in paragraph.iter(f"{_W}r"):
        if "end" in _marks(run):
            seen = True
        elif seen and any((t.text or "").strip() for t in run.iter(f"{_W}t")):
            return True
    return False


def _drop_until_end(paragraph: Any) -> None:
    ending = _ending(paragraph)
    for run in list(paragraph.iter(f"{_W}r")):
        run.getparent().remove(run)
        if run is ending:
            return


def _entry(level: int, text: str, page: int) -> Any:
    paragraph = etree.Element(f"{_W}p")
    properties = etree.SubElement(paragraph, f"{_W}pPr")
    etree.SubElement(properties, f"{_W}pStyle").set(f"{_W}val", f"TOC{level}")
    tabs = etree.SubElement(properties, f"{_W}tabs")
    tab = etree.SubElement(tabs, f"{_W}tab")
    for name, value in (("val", "right"), ("leader", "dot"), ("pos", "9350")):
        tab.set(f"{_W}{name}", value)
    etree.SubElement(properties, f"{_W}ind").set(f"{_W}left", str((level - 1) * 240))
    run = etree.SubElement(paragraph, f"{_W}r")
    etree.SubElement(run, f"{_W}t").text = text
    etree.SubElement(run, f"{_W}tab")
    etree.SubElement(run, f"{_W}t").text = str(page)
    return paragraph
