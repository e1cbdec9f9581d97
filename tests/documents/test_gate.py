"""What visitors may not bring, and what they may."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable

import pytest

from engross.documents import gate

from .conftest import docx_of, plain_pdf, png

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def packed(body: str = "<w:p/>", *, head: str = "", relations: str = "", extra: dict[str, bytes | str] | None = None, raw: bytes | None = None) -> bytes:
    """A DOCX with *body*, further relations and further parts."""
    document = raw if raw is not None else f'{head}<w:document {W}><w:body>{body}</w:body></w:document>'.encode()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx_of("x"))) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "word/document.xml":
                data = document
            elif info.filename == "word/_rels/document.xml.rels" and relations:
                data = data.replace(b"</Relationships>", relations.encode() + b"</Relationships>")
            new.writestr(info.filename, data)
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return out.getvalue()


def relation(kind: str, target: str) -> str:
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return f'<Relationship Id="rIdX" Type="{base}/{kind}" Target="{target}" TargetMode="External"/>'


def huge_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def field(instruction: str) -> str:
    half = len(instruction) // 2
    return f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>{instruction[:half]}{instruction[half:]}</w:instrText></w:r></w:p>'


def renamed(name: str) -> bytes:
    return packed(extra={name: b"x"})


def encrypted() -> bytes:
    data = bytearray(docx_of("x"))
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "random": lambda: bytes(range(256)) * 40,
    "html named docx": lambda: b"<html><img src='http://127.0.0.1/x'></html>",
    "rtf named docx": lambda: b"{\\rtf1 x}",
    "cut off": lambda: docx_of("x")[:2000],
    "cut at the end": lambda: docx_of("x")[:-30],
    "zip without a document": lambda: _zip({"a.txt": b"x"}),
    "odt named docx": lambda: _zip({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}),
    "linked image http": lambda: packed(relations=relation("image", "http://127.0.0.1/x.png")),
    "linked image file": lambda: packed(relations=relation("image", "file:///etc/passwd")),
    "linked image unc": lambda: packed(relations=relation("image", "\\\\server\\share\\x.png")),
    "linked image webdav": lambda: packed(relations=relation("image", "vnd.sun.star.webdav://127.0.0.1/x")),
    "attached template": lambda: packed(relations=relation("attachedTemplate", "http://127.0.0.1/x.dotm")),
    "frameset": lambda: packed(relations=relation("frame", "http://127.0.0.1/x.html")),
    "external sub document": lambda: packed(relations=relation("subDocument", "http://127.0.0.1/x.docx")),
    "external ole": lambda: packed(relations=relation("oleObject", "http://127.0.0.1/x.docx")),
    "hyperlink javascript": lambda: packed(relations=relation("hyperlink", "javascript:alert(1)")),
    "hyperlink file": lambda: packed(relations=relation("hyperlink", "file:///etc/passwd")),
    "hyperlink macro": lambda: packed(relations=relation("hyperlink", "vnd.sun.star.script:x")),
    "relation without mode": lambda: packed(relations=relation("image", "http://127.0.0.1/x.png").replace(' TargetMode="External"', "")),
    "alt chunk": lambda: packed('<w:altChunk r:id="rId1"/>'),
    "sub document": lambda: packed('<w:subDoc r:id="rId1"/>'),
    "ole object": lambda: packed('<w:p><w:r><w:object/></w:r></w:p>'),
    "control": lambda: packed('<w:p><w:r><w:control r:id="x"/></w:r></w:p>'),
    "includepicture": lambda: packed(field(' INCLUDEPICTURE "http://127.0.0.1/x.png" \\d ')),
    "includetext": lambda: packed(field("INCLUDETEXT /etc/passwd")),
    "ddeauto": lambda: packed(field('DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc"')),
    "dde": lambda: packed(field("dde x y")),
    "link": lambda: packed(field("LINK Excel.Sheet x")),
    "simple field": lambda: packed('<w:p><w:fldSimple w:instr="INCLUDETEXT x"/></w:p>'),
    "doctype": lambda: packed(head="<!DOCTYPE x>"),
    "external entity": lambda: packed("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>", head='<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    "billion laughs": lambda: packed("<w:p/>", head='<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'),
    "doctype in styles": lambda: packed(extra={"word/extra.xml": '<!DOCTYPE x><x/>'}),
    "deep xml": lambda: packed("<w:sdt>" * 5000 + "</w:sdt>" * 5000),
    "a million deep": lambda: packed(raw=b"<a>" * 1_000_000),
    "nested tables": lambda: packed("<w:tbl><w:tr><w:tc>" * 40 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 40),
    "a million paragraphs": lambda: packed("<w:p/>" * 1_000_000),
    "many cells": lambda: packed("<w:tbl>" + ("<w:tr>" + "<w:tc><w:p/></w:tc>" * 60 + "</w:tr>") * 2000 + "</w:tbl>"),
    "many breaks": lambda: packed("<w:p>" + '<w:r><w:br w:type="page"/></w:r>' * 100_000 + "</w:p>"),
    "a gigabyte of text": lambda: packed("<w:p><w:r><w:t>" + "a" * (45 << 20) + "</w:t></w:r></w:p>"),
    "a bomb of 20 MB": lambda: packed("<w:p><w:r><w:t>" + " " * (20 << 20) + "</w:t></w:r></w:p>"),
    "broken xml": lambda: packed(raw=b"<w:document"),
    "macros": lambda: renamed("word/vbaProject.bin"),
    "embedded package": lambda: renamed("word/embeddings/oleObject1.bin"),
    "active x": lambda: renamed("word/activeX/activeX1.xml"),
    "zip slip": lambda: renamed("../../etc/cron.d/x"),
    "absolute name": lambda: renamed("/etc/passwd"),
    "backslash name": lambda: renamed("word\\..\\x"),
    "drive name": lambda: renamed("c:/x"),
    "two parts of one name": lambda: _zip({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}, again="WORD/document.xml"),
    "3,000 parts": lambda: packed(extra={f"word/x{n}.bin": b"" for n in range(3000)}),
    "encrypted": encrypted,
    "huge picture": lambda: packed(extra={"word/media/image1.png": huge_png(40_000, 40_000)}),
    "drawing with a script": lambda: packed(extra={"word/media/x.svg": "<svg><script>1</script></svg>"}),
    "drawing with a reference": lambda: packed(extra={"word/media/x.svg": '<svg><image href="http://127.0.0.1/x"/></svg>'}),
    "drawing with an entity": lambda: packed(extra={"word/media/x.svg": '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///x">]><svg/>'}),
    "bzip2": lambda: _zip({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}, method=zipfile.ZIP_BZIP2),
}  # fmt: skip


def _zip(files: dict[str, bytes], *, again: str = "", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        if again:
            archive.writestr(again, b"<y/>")
    return out.getvalue()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_docx_is_refused_quickly(name: str) -> None:
    """With a reason, in under two seconds."""
    data = HOSTILE[name]()
    start = time.process_time()
    refusals = gate.check(data, ".docx")

    assert 1 == len(refusals)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "data",
    [
        docx_of("plain", header="with a header", table=[["a", "b"]]),
        packed(relations=relation("hyperlink", "https://example.com/?a=b")),
        packed(relations=relation("hyperlink", "mailto:someone@example.com")),
        packed(field(" PAGE ") + field('HYPERLINK "https://example.com"') + field(' TOC \\o "1-3" ') + field("REF linked")),
        packed(extra={"word/media/image1.png": png()}),
        packed("<w:tbl><w:tr><w:tc>" * 3 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 3),
    ],
)
def test_usual_documents_pass(data: bytes) -> None:
    """Links to the web, fields, pictures, nested tables."""
    assert () == gate.check(data, ".docx")


@pytest.mark.parametrize(
    ("data", "ending"),
    [(b"", ".pdf"), (b"nonsense", ".pdf"), (b"%PDF-1.7 cut off", ".pdf"), (b"<svg/>", ".png"), (huge_png(40_000, 40_000), ".png"),
     (b"GIF89a\xff\xff\xff\xff", ".gif"), (b"x\0y", ".txt"), (b"MZ", ".exe"), (b"PK", ".xlsm"), (b"{\\rtf1{\\object\\objdata 0}}", ".rtf"), (b"x", "")],
)  # fmt: skip
def test_other_kinds_are_looked_at_too(data: bytes, ending: str) -> None:
    """Pictures, PDF, text; what is not known is not taken."""
    assert 1 == len(gate.check(data, ending))


@pytest.mark.parametrize(("data", "ending"), [(plain_pdf(), ".pdf"), (png(), ".png"), ("Grüße".encode(), ".txt"), (b"{\\rtf1 x}", ".rtf")])
def test_usual_files_pass(data: bytes, ending: str) -> None:
    """No false alarm."""
    assert () == gate.check(data, ending)


def test_an_author_is_warned_in_a_sentence() -> None:
    """The same findings, for templates."""
    assert ("It reaches outside of the file.",) == gate.warnings(HOSTILE["linked image http"]())
