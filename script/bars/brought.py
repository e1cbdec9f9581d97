"""13, 14: hostile files through the door for uploads: a clear refusal in time, or something harmless; and the next plain file is fine."""

from __future__ import annotations

import contextlib
import io
import random
import resource
import socket
import struct
import sysconfig
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from tally import Tally
from tests.documents import hostile as documents
from tests.documents import test_gate
from tests.documents.conftest import docx_of, plain_pdf, png

from engross.documents import gate, office, reception
from engross.documents.office import Office
from engross.rehearsal.fetching import fetch
from engross.rehearsal.samples import sample_file

GATE_SECONDS = 2.0
PLAIN_SECONDS = 5.0
CONVERTER_SECONDS = 30.0
"""What the converter may take for one document."""
SANDBOX_SECONDS = 35.0


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, body: bytes, *more: bytes, colour: int = 2) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)) + b"".join(more) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _pdf(change: Callable[[pikepdf.Pdf], None], **options: object) -> bytes:
    document = pikepdf.new()
    document.add_blank_page(page_size=(612, 792))
    change(document)
    out = io.BytesIO()
    document.save(out, **options)
    return out.getvalue()


def _script(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.launchURL('http://127.0.0.1/canary')"))
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("x"), Dictionary(S=Name.JavaScript, JS=String("canary()"))])))


def _launch(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.Launch, F=String("/bin/sh"))


def _attached(document: pikepdf.Pdf) -> None:
    stream = Stream(document, b"MZ canary")
    spec = document.make_indirect(Dictionary(Type=Name.Filespec, F=String("x.exe"), EF=Dictionary(F=stream)))
    document.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String("x.exe"), spec])))


def _annotation(**action: object) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        document.pages[0].obj.Annots = Array([document.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 99, 99]), A=Dictionary(**action)))])

    return change


def _xfa(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = Dictionary(XFA=Stream(document, b"<xdp:xdp><script>canary()</script></xdp:xdp>"), Fields=Array([]))


def _bomb(document: pikepdf.Pdf) -> None:
    packed = zlib.compress(b"q " * (150 << 20), 9)
    stream = Stream(document, b"")
    stream.write(packed, filter=Name.FlateDecode)
    document.pages[0].obj.Contents = document.make_indirect(stream)


def _loop(document: pikepdf.Pdf) -> None:
    first = document.make_indirect(Dictionary(Type=Name.Pages))
    second = document.make_indirect(Dictionary(Type=Name.Pages, Kids=Array([first]), Count=1))
    first.Kids = Array([second])
    first.Count = 1
    document.Root.Pages = first


def _deep(document: pikepdf.Pdf) -> None:
    node = Dictionary(x=1)
    for _ in range(400):
        node = Dictionary(x=node)
    document.Root.Deep = node


def _many_pages(document: pikepdf.Pdf) -> None:
    for _ in range(2100):
        document.add_blank_page(page_size=(10, 10))


PDFS: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"", "random": lambda: random.Random(1).randbytes(5000), "magic alone": lambda: b"%PDF-1.7\n", "magic and end": lambda: b"%PDF-1.7\nstartxref\n0\n%%EOF", "html": lambda: b"<html>%PDF", "cut in half": lambda: plain_pdf()[: len(plain_pdf()) // 2],
    "cut at the end": lambda: plain_pdf()[:-60], "script at opening": lambda: _pdf(_script), "launch at opening": lambda: _pdf(_launch), "attached program": lambda: _pdf(_attached), "launch on click": lambda: _pdf(_annotation(S=Name.Launch, F=String("cmd.exe"))),
    "submit on click": lambda: _pdf(_annotation(S=Name.SubmitForm, F=String("http://127.0.0.1/canary"))), "link to a file": lambda: _pdf(_annotation(S=Name.URI, URI=String("file:///etc/passwd"))), "link that is a script": lambda: _pdf(_annotation(S=Name.URI, URI=String("javascript:x()"))),
    "goto another file": lambda: _pdf(_annotation(S=Name.GoToR, F=String("\\\\host\\share"))), "xfa": lambda: _pdf(_xfa), "a stream of 300 MB": lambda: _pdf(_bomb), "pages in a circle": lambda: _pdf(_loop), "deep": lambda: _pdf(_deep), "2,101 pages": lambda: _pdf(_many_pages),
    "password": lambda: _pdf(lambda d: None, encryption=pikepdf.Encryption(owner="x", user="y")), "owner's password": lambda: _pdf(lambda d: None, encryption=pikepdf.Encryption(owner="x", user="")), "no pages": lambda: _pdf(lambda d: d.pages.__delitem__(0)),
    "a huge page": lambda: _pdf(lambda d: d.pages[0].obj.__setitem__("/MediaBox", Array([0, 0, 10**9, 10**9]))), "a page of nothing": lambda: _pdf(lambda d: d.pages[0].obj.__setitem__("/MediaBox", Array([0, 0, 0, 0]))), "contents of a wrong type": lambda: _pdf(lambda d: d.pages[0].obj.__setitem__("/Contents", 5)),
    "annotations of a wrong type": lambda: _pdf(lambda d: d.pages[0].obj.__setitem__("/Annots", String("x"))), "a form of a wrong type": lambda: _pdf(lambda d: d.Root.__setitem__("/AcroForm", 7)), "names of a wrong type": lambda: _pdf(lambda d: d.Root.__setitem__("/Names", Array([]))),
    "a million objects": lambda: b"%PDF-1.4\n" + b"".join(b"%d 0 obj 1 endobj\n" % n for n in range(1, 200_000)) + b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF", "xref far away": lambda: plain_pdf().replace(b"startxref", b"startxref\n99999999\n%"),
    "a program after the end": lambda: plain_pdf() + b"MZ" + b"x" * 5000,
}  # fmt: skip


def _exif(data: bytes) -> bytes:
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(data) + 2) + data + sample_file("photo.jpg").data[2:]


def _tiff(entries: int) -> bytes:
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", entries) + b"\xff" * 12 * min(entries, 2000) + struct.pack("<I", 8)


PICTURES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"", "png magic": lambda: b"\x89PNG\r\n\x1a\n", "png 40,000 x 40,000": lambda: test_gate.huge_png(40_000, 40_000), "png 1 x 2^31": lambda: _png(1, 2**31 - 1, b""), "png of 0 x 0": lambda: _png(0, 0, zlib.compress(b"")),
    "png that unpacks to 400 MB": lambda: _png(10, 10, zlib.compress(b"\0" * (400 << 20), 9)), "png with a text of 100 MB": lambda: _png(1, 1, zlib.compress(b"\0\0\0\0"), chunk(b"zTXt", b"x\0\0" + zlib.compress(b"a" * (100 << 20)))), "png with a profile of 100 MB": lambda: _png(1, 1, zlib.compress(b"\0\0\0\0"), chunk(b"iCCP", b"x\0\0" + zlib.compress(b"a" * (100 << 20)))),
    "png with a wrong sum": lambda: png()[:-8] + b"xxxxxxxx", "png cut off": lambda: png()[:60], "png without data": lambda: _png(50, 50, b""), "png of nonsense": lambda: _png(50, 50, b"nonsense"), "png with a wrong colour": lambda: _png(50, 50, zlib.compress(b"\0" * 9000), colour=5), "png 7,000 x 8,000": lambda: _png(7000, 8000, zlib.compress(b"\0" * (7000 * 3 + 1) * 8000, 1)),
    "jpeg magic": lambda: b"\xff\xd8\xff", "jpeg cut off": lambda: sample_file("photo.jpg").data[:500], "jpeg 65,535 x 65,535": lambda: b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00\xff\xd9", "jpeg with a wrong exif": lambda: _exif(b"Exif\0\0II*\0\xff\xff\xff\xff"), "jpeg with an endless exif": lambda: _exif(b"Exif\0\0" + _tiff(1)),
    "jpeg with a page behind": lambda: sample_file("photo.jpg").data + b"<html><script>canary()</script>", "jpeg with a zip behind": lambda: sample_file("photo.jpg").data + docx_of("x"), "jpeg of nonsense": lambda: b"\xff\xd8\xff\xe0" + random.Random(2).randbytes(3000), "gif 65,535 x 65,535": lambda: b"GIF89a\xff\xff\xff\xff\x00\x00\x00;", "gif cut off": lambda: b"GIF89a\x05\x00\x05\x00\x80\x00\x00",
    "gif of nonsense": lambda: b"GIF89a" + random.Random(3).randbytes(900), "tiff magic": lambda: b"II*\0", "tiff that points to itself": lambda: _tiff(1), "tiff with 65,535 entries": lambda: _tiff(65_535), "tiff of nonsense": lambda: b"MM\0*" + random.Random(4).randbytes(900), "bmp of 2^31": lambda: b"BM" + b"\0" * 16 + struct.pack("<ii", 2**31 - 1, 2**31 - 1) + b"\0" * 40,
    "bmp of nonsense": lambda: b"BM" + random.Random(5).randbytes(900), "webp of nonsense": lambda: b"RIFF\x84\x03\0\0WEBPVP8 " + random.Random(6).randbytes(900), "webp magic": lambda: b"RIFF\x04\0\0\0WEBP", "heic of nonsense": lambda: b"\0\0\0\x18ftypheic" + random.Random(7).randbytes(900), "heic magic": lambda: b"\0\0\0\x0cftypheic",
    "svg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "postscript": lambda: b"%!PS-Adobe-3.0 EPSF\n(canary) run", "xbm": lambda: b"#define x_width 9", "photoshop": lambda: b"8BPS\0\1" + b"\0" * 100, "imagemagick": lambda: b"push graphic-context\nfill 'url(https://127.0.0.1/x)'",
}  # fmt: skip
OTHERS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "html": ("a.html", lambda: b"<html><script>x()</script>"), "html as text": ("a.txt", lambda: b"<html><script>x()</script>"), "svg": ("a.svg", lambda: b"<svg/>"), "javascript": ("a.js", lambda: b"x()"), "program": ("a.exe", lambda: b"MZ" + b"x" * 99), "elf": ("a.pdf", lambda: b"\x7fELF" + b"x" * 99), "shell": ("a.sh", lambda: b"#!/bin/sh\ntouch q7q"),
    "archive": ("a.zip", lambda: _slip()), "archive as docx": ("a.docx", lambda: _slip()), "docm": ("a.docm", lambda: b"PK\x03\x04x"), "odt": ("a.odt", lambda: b"PK\x03\x04x"), "doc": ("a.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99), "ole as docx": ("a.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99), "python": ("a.py", lambda: b"import os"),
    "rtf with an object": ("a.rtf", lambda: b"{\\rtf1{\\object\\objdata 0}}"), "rtf with a field": ("a.rtf", lambda: b"{\\rtf1{\\field{\\*\\fldinst INCLUDETEXT /etc/passwd}}}"), "no name": ("", lambda: b"\x01\x02"), "a dot": (".", lambda: b"\x01\x02"), "pickle": ("a.pkl", lambda: b"\x80\x04."), "pdf as jpg, damaged": ("a.jpg", lambda: b"%PDF-1.4 x"),
}  # fmt: skip


def _slip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../etc/cron.d/q7q", b"x")
    return out.getvalue()


HARMLESS_PDFS = {"script at opening", "launch at opening", "attached program", "launch on click", "submit on click", "link to a file", "link that is a script", "goto another file", "xfa", "deep", "a stream of 300 MB", "owner's password", "a huge page", "a page of nothing",
                 "contents of a wrong type", "annotations of a wrong type", "a form of a wrong type", "names of a wrong type", "a program after the end", "cut at the end", "xref far away", "cut in half", "a million objects"}  # fmt: skip
"""What may come in, because nothing of it acts after the cleaning; all others must be refused."""
ACTS = (b"/JavaScript", b"/Launch", b"/SubmitForm", b"/GoToR", b"/EmbeddedFiles", b"/OpenAction", b"/XFA", b"javascript:", b"file:///")


def hostile(amount: int) -> Tally:
    """*amount*: how many files (they come in a fixed, mixed order)."""
    tally = Tally()
    before = leftovers()
    cases = [(f"DOCX {name}", "letter.docx", make) for name, make in test_gate.HOSTILE.items()]
    cases += [(f"PDF {name}", "letter.pdf", make) for name, make in PDFS.items()]
    cases += [(f"picture {name}", "photo.png", make) for name, make in PICTURES.items()]
    cases += [(name, file, make) for name, (file, make) in OTHERS.items()]
    random.Random(9).shuffle(cases)
    slowest = 0.0
    for number, (name, file, make) in enumerate(cases[:amount]):
        data = make()
        refused, taken, reason, began, worked = False, None, "", time.monotonic(), time.process_time()
        try:
            taken = reception.receive(file, data)
        except reception.Unwelcome as refusal:
            refused, reason = True, str(refusal)
        except Exception as error:  # noqa: BLE001 - whatever is not a refusal is what is sought
            tally.expect(False, f"{name}: {type(error).__name__}: {error}")
            continue
        seconds, worked = time.monotonic() - began, time.process_time() - worked
        slowest = max(slowest, seconds)
        if refused and gate.check(data, Path(file).suffix or ".x"):
            tally.expect(worked <= GATE_SECONDS, f"{name}: {worked:.1f} s of the processor")
        else:
            tally.expect(seconds <= SANDBOX_SECONDS, f"{name}: {seconds:.1f} s")
        tally.tried += 1
        if not refused and name.startswith("PDF") and name.removeprefix("PDF ") not in HARMLESS_PDFS:
            tally.fail(f"{name} came in")
        if not refused and (name.startswith("DOCX") or name in OTHERS) and name != "DOCX rtf named docx":  # it is kept as the RTF that it is
            tally.fail(f"{name} came in")
        if taken is not None and taken.mimetype == "application/pdf":
            with pikepdf.open(io.BytesIO(taken.data)) as read:
                out = io.BytesIO()
                read.save(out, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable, qdf=True)
            acts = [mark for mark in ACTS if mark in out.getvalue()]
            tally.expect(not acts, f"{name} came in with {acts}")
        if taken is not None and taken.mimetype.startswith("image/"):
            tally.expect(b"canary" not in taken.data and b"PK\x03\x04" not in taken.data, f"{name} came in with what hung behind it")
        if refused:
            tally.expect(bool(reason) and "Traceback" not in reason and "/tmp" not in reason, f"{name}: the reason is {reason!r}")  # noqa: S108 - what must not be told
        if number % 10 == 0:
            _plain(tally, name)
    tally.expect(leftovers() <= before, f"left behind: {leftovers() - before}")
    tally.note = f"slowest {slowest:.1f} s"
    return tally


def _plain(tally: Tally, after: str) -> None:
    before = _worked()
    made = [reception.receive(name, sample_file(name).data) for name in ("photo.jpg", "letter.pdf", "letter.docx")]
    tally.expect(len(made) == 3 and _worked() - before < PLAIN_SECONDS, f"after {after} plain files took {_worked() - before:.1f} s of the processor")


def _worked() -> float:
    """Seconds of the processor that this process and those that it waited for have had: another job on the machine does not move them."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def leftovers() -> set[str]:
    """Folders of the sandbox that are still there."""
    return {path.name for path in Path(tempfile.gettempdir()).glob("engross-foreign-*")}


def converted(amount: int) -> Tally:
    """13: documents that act, damaged and heavy ones, in the real converter as if there were no gate, each in an office of its own; the
    next plain one is made. *amount*: at most so many, in a fixed, mixed order, the heavy ones last."""
    tally = Tally()
    slowest = 0.0
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as name, socket.socket() as server, Office(idle=0) as pool:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.setblocking(False)
        canary = documents.lay_canaries(Path(name))
        light = [*documents.reaching(f"127.0.0.1:{server.getsockname()[1]}", canary).items(), *documents.DAMAGED.items()]
        random.Random(13).shuffle(light)
        cases = [*light, *documents.HEAVY.items()]
        order = office._Order(ending=".docx", to="pdf", options="", seconds=CONVERTER_SECONDS, memory=2 << 30, document=None)
        for what, make in cases[:amount]:
            began = time.monotonic()
            try:
                told = documents.tells(pool._twice(make(), order, True, None))
            except office.ConversionFailed as failed:
                told = ""
                tally.expect(failed.reason is not office.Reason.NO_SANDBOX, f"{what}: there is no sandbox, so nothing was tried")
            seconds = time.monotonic() - began
            slowest = max(slowest, seconds)
            tally.expect(seconds <= 2 * SANDBOX_SECONDS, f"{what}: {seconds:.0f} s")
            tally.expect(not told, f"{what}: the PDF holds the {told} of a file of this machine")
            tally.expect(_nobody_came(server), f"{what}: somebody came")
            tally.expect(pool.convert(docx_of("next")).startswith(b"%PDF-"), f"after {what} a plain document is not made")
    tally.note = f"{min(amount, len(cases))} documents, slowest {slowest:.1f} s"
    return tally


def _nobody_came(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return True
    return False


FEWEST_REAL = 71


def _published() -> list[Path]:
    """Folders of published interview packages, which come from PyPI when they are not there yet."""
    from tests.packages.test_paper_templates import PACKAGES

    return [folder for package in PACKAGES for folder in fetch(package)]


def plain(amount: int) -> Tally:
    """14: every real document at hand, and of published interview packages, passes the gate. *amount*: at most so many."""
    tally = Tally()
    roots = [Path(__file__).resolve().parents[2], Path(sysconfig.get_path("purelib")), *_published()]
    found = sorted({path for root in roots for path in root.rglob("*.docx") if ".git" not in path.parts and not path.name.startswith("~")})
    seen: set[bytes] = set()
    for path in found[:amount]:
        data = path.read_bytes()
        if data in seen or len(data) < 100:
            continue
        seen.add(data)
        refusals = gate.check(data, ".docx")
        tally.expect(not refusals, f"{path.name}: {refusals}")
    tally.expect(len(seen) >= FEWEST_REAL, f"only {len(seen)} different documents")
    tally.note = f"{len(seen)} different documents"
    for name in ("photo.jpg", "letter.pdf", "letter.docx"):
        tally.expect(not gate.check(sample_file(name).data, Path(name).suffix), name)
    return tally


def mutated(amount: int) -> Tally:
    """15: the gate with bytes changed at random: an answer, never a crash, never slow. *amount*: executions."""
    tally = Tally()
    dice = random.Random(20261124)
    seeds = [(docx_of("x", table=[["a"]]), ".docx"), (plain_pdf(), ".pdf"), (png(), ".png"), (sample_file("photo.jpg").data, ".jpg"), (b"{\\rtf1 x}", ".rtf"), (test_gate.packed(test_gate.field("PAGE")), ".docx")]
    weights = [1, 30, 30, 30, 30, 30]  # the first, of the size of a real one, takes a hundred times as long as the others
    for _ in range(amount):
        data, ending = dice.choices(seeds, weights)[0]
        changed = bytearray(data)
        for _ in range(dice.choice((1, 1, 2, 5, 30))):
            place = dice.randrange(len(changed))
            match dice.randrange(4):
                case 0:
                    changed[place] = dice.randrange(256)
                case 1:
                    del changed[place : place + dice.randrange(40)]
                case 2:
                    changed[place:place] = dice.randbytes(dice.randrange(20))
                case 3:
                    changed[place:place] = changed[place : place + dice.randrange(100)]
            if not changed:
                break
        began = time.process_time()
        try:
            gate.check(bytes(changed), ending)
            if ending == ".png":
                with contextlib.suppress(reception.Unwelcome):
                    reception.plain_png(bytes(changed))
        except Exception as error:  # noqa: BLE001 - what is sought
            tally.expect(False, f"{ending}: {type(error).__name__}: {error}")
            continue
        tally.expect(time.process_time() - began < 1.0, f"{ending}: slow")
    return tally


