"""The real LibreOffice, warm and cold, and what happens when it dies."""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx as python_docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from engross.documents import edition, office, pdf, sandbox
from engross.errors import OperatorError, VisitorError

from .conftest import docx_of, text_of_pdf
from .test_gate import HOSTILE, packed

pytestmark = pytest.mark.office


def endless() -> bytes:
    """A document over which LibreOffice thinks for minutes: tables in tables, eleven deep, each twice."""
    body = "<w:p><w:r><w:t>x</w:t></w:r></w:p>"
    for _ in range(400):
        body = f'<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid><w:gridCol/></w:tblGrid><w:tr><w:tc>{body}<w:p/></w:tc></w:tr></w:tbl>'
    return packed(body + "<w:p/>")


def long_document(pages: int) -> bytes:
    """A document with a line on each page."""
    document = python_docx.Document()
    for number in range(pages):
        document.add_paragraph(f"page {number}").paragraph_format.page_break_before = number > 0
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


@pytest.fixture
def pool() -> Iterator[office.Office]:
    """A converter of its own, for tests that break it."""
    with office.Office(idle=0, parallel=2) as made:
        yield made


def kit_pid(pool: office.Office) -> int:
    """The process that the pool started (bubblewrap, or the parent itself)."""
    assert pool._kit is not None
    return pool._kit.process.pid


def processes(folder: str) -> list[int]:
    """Processes whose command line names *folder*: converters that have their files in it."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and folder.encode() in _cmdline(int(entry.name))]


def test_what_a_document_took_is_told_after_its_result(pool: office.Office) -> None:
    """Nobody waits until LibreOffice has given its memory back, and its processor time is counted all the same."""
    pool.convert(docx_of("Hello"))

    for _ in range(100):
        if pool.status().seconds > 0:
            break
        time.sleep(0.05)
    assert 0 < pool.status().seconds < 60


def test_a_docx_becomes_a_pdf(libreoffice: office.Office) -> None:
    """Its text can be read."""
    made = libreoffice.convert(docx_of("Grüße an Tom & Jerry"))

    assert "Grüße an Tom & Jerry" in text_of_pdf(made)


def test_the_same_document_is_the_same_bytes(libreoffice: office.Office) -> None:
    """For content keys of what is made of it."""
    data = docx_of("x")

    assert libreoffice.convert(data) == libreoffice.convert(data)


def test_it_tells_how_many_pages_of_a_long_document_are_written(libreoffice: office.Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, never more than there are in the end, and nothing of a document that is made before it is time to tell."""
    told: list[tuple[int, int]] = []
    early: list[tuple[int, int]] = []
    monkeypatch.setattr(office, "TELL_SECONDS", 3600.0)
    libreoffice.convert(docx_of("short"), on_page=lambda page, pages: early.append((page, pages)))
    monkeypatch.setattr(office, "TELL_SECONDS", 0.005)

    made = libreoffice.convert(long_document(150), on_page=lambda page, pages: told.append((page, pages)))

    assert 150 == pdf.page_count(made)
    assert [] == early
    assert {150} == {pages for _, pages in told}
    assert sorted(told) == told
    assert any(0 < page <= 150 for page, _ in told)


def test_who_does_not_want_a_document_any_more_ends_its_conversion(libreoffice: office.Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told may answer with an error; the next document is made all the same."""
    monkeypatch.setattr(office, "TELL_SECONDS", 0.005)

    def lost(*_: int) -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError):
        libreoffice.convert(long_document(150), on_page=lost)

    assert libreoffice.convert(docx_of("x")).startswith(b"%PDF-")


@pytest.mark.sandbox
def test_it_says_how_it_works(libreoffice: office.Office) -> None:
    """For the health page and the first lines of ``serve``."""
    status = libreoffice.start()

    assert ("kit", True, "") == (status.way, status.sandboxed, status.reason)
    assert str(status).startswith("LibreOffice ")


@pytest.mark.parametrize(("to", "magic"), [("docx", b"PK"), ("odt", b"PK"), ("rtf", b"{\\rtf"), ("txt", b"\xef\xbb\xbf"), ("pdf", b"%PDF-")])
def test_other_formats(libreoffice: office.Office, to: str, magic: bytes) -> None:
    """By their ending."""
    assert libreoffice.convert(docx_of("x"), to=to).startswith(magic)


def test_pdfa_tags_and_passwords(libreoffice: office.Office) -> None:
    """As docassemble's options say."""
    import io

    import pikepdf

    archived = libreoffice.convert(docx_of("x"), pdfa=True)
    tagged = libreoffice.convert(docx_of("x"), tagged=True)
    locked = libreoffice.convert(docx_of("x"), password="p")

    with pikepdf.open(io.BytesIO(archived)) as one, pikepdf.open(io.BytesIO(tagged)) as two:
        assert b"pdfaid" in one.Root.Metadata.read_bytes()
        assert "/StructTreeRoot" in two.Root
    assert () == pdf.fonts_missing(archived)
    assert pdf.is_encrypted(locked)


def test_a_table_of_contents_is_brought_up_to_date(libreoffice: office.Office) -> None:
    """``update references``"""
    heading = '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>A heading to be found</w:t></w:r></w:p>'
    run = "<w:r>{}</w:r>"
    toc = (
        "<w:p>" + run.format('<w:fldChar w:fldCharType="begin"/>') + run.format('<w:instrText xml:space="preserve"> TOC \\o "1-3" </w:instrText>')
        + run.format('<w:fldChar w:fldCharType="separate"/>') + run.format("<w:t>not yet</w:t>") + run.format('<w:fldChar w:fldCharType="end"/>') + "</w:p>"
    )  # fmt: skip
    data = packed(toc + heading)

    assert [1, 2] == [text_of_pdf(libreoffice.convert(data, update_references=u)).count("A heading to be found") for u in (False, True)]


def test_references_and_numbers_of_pages_are_brought_up_to_date(libreoffice: office.Office) -> None:
    """``REF``, ``PAGEREF`` and ``NUMPAGES`` show what is true now, not what Word wrote down last."""

    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    def field(code: str) -> str:
        told = f'{mark("begin")}<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>{mark("separate")}<w:r><w:t>77</w:t></w:r>'
        return f"<w:p {nsdecls('w')}>{told}{mark('end')}</w:p>"

    document = python_docx.Document()
    start, end = '<w:bookmarkStart w:id="1" w:name="amount"/>', '<w:bookmarkEnd w:id="1"/>'
    paragraphs = [f"<w:p {nsdecls('w')}>{start}<w:r><w:t>ninety dollars</w:t></w:r>{end}</w:p>"]
    paragraphs += [field(code) for code in ("REF amount", "PAGEREF amount", "NUMPAGES")]
    for place, paragraph in enumerate(paragraphs):
        document.element.body.insert(place, parse_xml(paragraph))
    out = io.BytesIO()
    document.save(out)

    assert ["ninety dollars", "ninety dollars", "1", "1"] == text_of_pdf(libreoffice.convert(out.getvalue())).split("\r\n")


def test_what_is_no_document_is_not_made_into_one(libreoffice: office.Office) -> None:
    """LibreOffice would make a page of anything."""
    for data in (b"", b"nonsense", b"<html>x</html>"):
        with pytest.raises(office.ConversionFailed) as caught:
            libreoffice.convert(data, document="x.docx")
        assert caught.value.reason in (office.Reason.NOT_LOADABLE, office.Reason.REFUSED)
        assert "x.docx" == caught.value.document


def test_a_document_that_never_ends_is_ended(libreoffice: office.Office) -> None:
    """At its deadline; the next one is good."""
    start = time.monotonic()
    with pytest.raises(office.ConversionFailed) as caught:
        libreoffice.convert(endless(), deadline=2)

    assert caught.value.reason in (office.Reason.TIMEOUT, office.Reason.CRASH)
    assert time.monotonic() - start < 10
    assert libreoffice.convert(docx_of("next")).startswith(b"%PDF-")


def test_a_document_that_needs_too_much_memory_is_ended() -> None:
    """It does not take the others with it."""
    with office.Office(idle=0, memory=640 << 20) as pool:
        body = "<w:tbl>" + ("<w:tr>" + "<w:tc><w:p/></w:tc>" * 60 + "</w:tr>") * 2_000 + "</w:tbl>"
        with pytest.raises(office.ConversionFailed) as caught:
            pool.convert(packed(body))
        assert office.Reason.MEMORY is caught.value.reason
        assert pool.convert(docx_of("next")).startswith(b"%PDF-")


def test_a_cancelled_document_ends_at_once(libreoffice: office.Office) -> None:
    """Its process is gone."""
    cancelled = threading.Event()
    threading.Timer(0.5, cancelled.set).start()
    start = time.monotonic()
    with pytest.raises(office.ConversionFailed) as caught:
        libreoffice.convert(endless(), cancelled=cancelled)

    assert office.Reason.CANCELLED is caught.value.reason
    assert time.monotonic() - start < 5


def test_a_dead_parent_is_replaced_and_its_document_tried_once_more(pool: office.Office) -> None:
    """Nobody notices but the count of restarts: its document is made without it, the next one by another parent."""
    pool.start()
    results: list[Any] = []

    def convert() -> None:
        results.append(pool.convert(docx_of(*["many words " * 50] * 400)))

    thread = threading.Thread(target=convert)
    thread.start()
    while not pool.status().running:
        time.sleep(0.001)
    os.kill(kit_pid(pool), signal.SIGKILL)
    thread.join(60)

    assert results and results[0].startswith(b"%PDF-")
    assert pool.convert(docx_of("the next")).startswith(b"%PDF-")
    assert 1 == pool.status().restarts
    assert pool.status().way == "kit"


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGSEGV])
@pytest.mark.sandbox
def test_a_killed_child_is_a_crash_and_tried_once_more(pool: office.Office, kind: signal.Signals) -> None:
    """The parent lives on."""
    parent = pool.start()
    pid = kit_pid(pool)
    data = docx_of(*["many words " * 50] * 400)
    result: list[Any] = []
    thread = threading.Thread(target=lambda: result.append(pool.convert(data)))
    thread.start()
    killed = _kill_a_child(pid, kind)
    thread.join(60)

    assert killed
    assert result and result[0].startswith(b"%PDF-")
    assert (parent.restarts, pid) == (pool.status().restarts, kit_pid(pool))


@pytest.mark.sandbox
def test_a_document_that_the_warm_converter_breaks_down_over_is_converted_cold(
    pool: office.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some templates of courts do that to LibreOfficeKit. The warm parent stays for the others; a visitor's file is not given the
    larger program."""
    pool.start()
    monkeypatch.setattr(
        office._Kit, "convert", lambda self, *_: (_ for _ in ()).throw(office.ConversionFailed(office.Reason.CRASH, "SIGSEGV"))
    )

    made = pool.convert(docx_of("awkward"))
    with pytest.raises(office.ConversionFailed):
        pool.convert(docx_of("awkward"), foreign=True)

    assert "awkward" in text_of_pdf(made)
    assert 0 == pool.status().restarts


def _kill_a_child(outer: int, kind: signal.Signals) -> bool:
    """Kill the newest process below the warm parent, which is below *outer*."""
    limit = time.monotonic() + 10
    while time.monotonic() < limit:
        below = _descendants(outer)
        kits = [pid for pid in below if b"kit.py" in _cmdline(pid) and b"sh\0-c" not in _cmdline(pid) and b"bwrap" not in _cmdline(pid)]
        if len(kits) >= 2:
            os.kill(max(kits), kind)
            return True
    return False


def _cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(c) for c in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *_descendants(child)]
    return found


def test_the_warm_parent_outlives_the_thread_that_started_it(pool: office.Office) -> None:
    """Linux ends a child with the thread that made it, when it was asked to end with its parent."""
    thread = threading.Thread(target=pool.start)
    thread.start()
    thread.join()
    pid = kit_pid(pool)
    pool.convert(docx_of("x"))

    assert (pid, 0) == (kit_pid(pool), pool.status().restarts)


@pytest.mark.sandbox
def test_the_second_visitors_file_finds_a_parent_that_waits_for_it(pool: office.Office) -> None:
    """One that nobody has used."""
    pool.convert(docx_of("x"), foreign=True)
    assert pool._spare_thread is not None
    pool._spare_thread.join(30)
    spare = pool._spare
    assert spare is not None
    assert not spare.dead
    pool.convert(docx_of("y"), foreign=True)

    assert spare.dead
    assert pool._spare is not spare


@pytest.mark.sandbox
def test_a_closed_pool_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process, no file."""
    with tempfile.TemporaryDirectory() as own:  # other pools of this machine have folders of their own
        Path(own).chmod(0o711)
        monkeypatch.setattr(tempfile, "tempdir", own)
        with office.Office(idle=0) as pool:
            pool.convert(docx_of("x"))
            pool.convert(docx_of("y"), foreign=True)
            started = _descendants(kit_pid(pool))
        for thread in threading.enumerate():
            if thread.name == "engross-office-spare":
                thread.join(30)
        pool.close()

        assert len(started) >= 2
        assert [] == [pid for pid in started if b"kit.py" in _cmdline(pid)]
        assert [] == processes(own)
        assert [] == list(Path(own).iterdir())


def test_what_a_killed_server_left_is_removed_by_the_next() -> None:
    """Folders hold papers; those of a living process stay."""
    left, living = (Path(tempfile.mkdtemp(prefix="engross-office-")) for _ in range(2))
    (left / "lock").touch()
    with (living / "lock").open("w") as held, office.Office(idle=0) as pool:
        fcntl.flock(held, fcntl.LOCK_EX)
        for folder in (left, living):
            os.utime(folder, (1, 1))
        pool.start()
        found = (left.exists(), living.exists())
    shutil.rmtree(living)

    assert (False, True) == found


def test_an_idle_pool_ends_and_starts_again() -> None:
    """Memory is given back."""
    with office.Office(idle=1) as pool:
        pool.start()
        pid = kit_pid(pool)
        limit = time.monotonic() + 20
        while (pool._kit is not None or Path(f"/proc/{pid}").exists()) and time.monotonic() < limit:
            threading.Event().wait(0.05)

        assert pool._kit is None
        assert not Path(f"/proc/{pid}").exists()
        assert pool.convert(docx_of("x")).startswith(b"%PDF-")


def test_documents_wait_in_order_and_know_their_place() -> None:
    """And beyond the limit they are told to come later."""
    with office.Office(idle=0, parallel=1, queue=1) as pool:
        pool.start()
        places: list[int] = []
        first = threading.Thread(target=lambda: _swallow(pool, endless(), 3))
        first.start()
        while not pool.status().running:
            time.sleep(0.001)
        second = threading.Thread(target=lambda: pool.convert(docx_of("x"), position=places.append))
        second.start()
        while not pool.status().waiting:
            time.sleep(0.001)
        with pytest.raises(VisitorError, match="saved"):
            pool.convert(docx_of("y"))
        first.join(30)
        second.join(30)

    assert 1 == places[0]


def _swallow(pool: office.Office, data: bytes, deadline: float) -> None:
    try:
        pool.convert(data, deadline=deadline)
    except office.ConversionFailed:
        return


def test_a_cold_office_does_the_same() -> None:
    """Where LibreOfficeKit cannot be used."""
    with office.Office(warm=False) as pool:
        made = pool.convert(docx_of("cold"), tagged=True)

        assert "cold" in text_of_pdf(made)
        assert "soffice" == pool.status().way


def _kill_cold(times: int, ended: threading.Event) -> int:
    """Kill the LibreOffice below this process, up to so many times; returns how often."""
    killed: set[int] = set()
    while len(killed) < times and not ended.wait(0.01):
        for pid in _descendants(os.getpid()):
            if b"soffice.bin" in _cmdline(pid).split(b"\0")[0] and pid not in killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
    return len(killed)


def test_a_cold_office_that_is_killed_is_tried_once_more() -> None:
    """The document is made, as if nothing had been."""
    ended = threading.Event()
    killed: list[int] = []
    with office.Office(warm=False) as pool:
        killer = threading.Thread(target=lambda: killed.append(_kill_cold(1, ended)))
        killer.start()
        made = pool.convert(docx_of("cold"))
        ended.set()
        killer.join()

    assert [1] == killed
    assert "cold" in text_of_pdf(made)


def test_a_cold_office_that_is_killed_again_and_again_is_a_crash() -> None:
    """Nothing is said against the document, and the job that wanted it is tried again later."""
    ended = threading.Event()
    with office.Office(warm=False) as pool:
        killer = threading.Thread(target=_kill_cold, args=(100, ended))
        killer.start()
        with pytest.raises(office.ConversionFailed) as caught:
            pool.convert(docx_of("cold"))
        ended.set()
        killer.join()

    assert (office.Reason.CRASH, True) == (caught.value.reason, caught.value.passing)
    assert "SIGKILL" in str(caught.value)


@pytest.mark.sandbox
def test_a_warm_parent_that_is_killed_while_it_starts_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One kill makes nothing cold."""
    real, killed = sandbox.start_lasting, []

    def struck(*arguments: Any, **options: Any) -> Any:
        process = real(*arguments, **options)
        if not killed:
            killed.append(process.pid)
            os.kill(process.pid, signal.SIGKILL)
        return process

    monkeypatch.setattr(sandbox, "start_lasting", struck)
    with office.Office(idle=0) as pool:
        status = pool.start()

    assert (1, "kit", "") == (len(killed), status.way, status.reason)


@pytest.mark.sandbox
def test_a_spare_parent_that_does_not_start_does_not_make_the_warm_one_cold(pool: office.Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in use is what is said."""
    pool.start()
    monkeypatch.setattr(office, "_Kit", lambda *_: (_ for _ in ()).throw(OperatorError("LibreOfficeKit did not start: no answer")))
    made = pool.convert(docx_of("x"), foreign=True)

    assert made.startswith(b"%PDF-")
    assert ("kit", "") == (pool.status().way, pool.status().reason)


@pytest.mark.sandbox
def test_a_warm_parent_that_did_not_start_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The document is converted the cold way; a later one finds the warm parent, and nothing says any more that it is missing."""
    real, failures = office._Kit, [OperatorError("LibreOfficeKit did not start: no answer")]

    def sometimes(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return real(*arguments)

    monkeypatch.setattr(office, "_Kit", sometimes)
    monkeypatch.setattr(office, "RETRY_SECONDS", (0.0,))
    with office.Office(idle=0) as pool:
        pool.convert(docx_of("cold"))
        assert "soffice" == pool.status().way
        pool.convert(docx_of("cold again"))
        assert pool._retry is not None
        pool._retry.join(60)

        assert ("kit", "") == (pool.status().way, pool.status().reason)
        assert pool.convert(docx_of("warm")).startswith(b"%PDF-")
        assert 1 == pool._kit.converted  # type: ignore[union-attr]


@pytest.mark.sandbox
def test_a_visitors_file_passes_the_gate_first(libreoffice: office.Office) -> None:
    """What it refuses never reaches LibreOffice."""
    with pytest.raises(office.ConversionFailed) as caught:
        libreoffice.convert(HOSTILE["linked image http"](), foreign=True, document="upload.docx")

    assert (office.Reason.REFUSED, "upload.docx") == (caught.value.reason, caught.value.document)


def test_without_a_sandbox_visitors_files_are_not_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the operator says so."""
    monkeypatch.setattr(sandbox, "available", lambda: sandbox.Sandbox(program=None, reason="none here"))
    with office.Office(idle=0) as pool:
        with pytest.raises(office.ConversionFailed) as caught:
            pool.convert(docx_of("x"), foreign=True)
        assert office.Reason.NO_SANDBOX is caught.value.reason
        assert pool.convert(docx_of("x")).startswith(b"%PDF-")
        assert not pool.status().sandboxed


@pytest.mark.sandbox
def test_memory_stays_flat_over_many_documents(libreoffice: office.Office) -> None:
    """The parent forks and forgets."""
    libreoffice.start()
    assert libreoffice._kit is not None
    data = docx_of("x")

    def resident() -> int:
        found = [pid for pid in _descendants(kit_pid(libreoffice)) if b"kit.py" in _cmdline(pid) and b"sh\0-c" not in _cmdline(pid)]
        return int(Path(f"/proc/{min(found)}/statm").read_text().split()[1]) * 4

    for _ in range(10):
        libreoffice.convert(data)
    before = resident()
    for _ in range(40):
        libreoffice.convert(data)

    assert resident() - before < 1024


def test_pools_of_one_machine_share_their_places(tmp_path: Path) -> None:
    """Two pools with one place between them: the second begins when the first has ended, and goes on when it was killed."""
    with office.Office(parallel=1, places=tmp_path) as first, office.Office(parallel=1, places=tmp_path) as second:
        with first._place(None, None):
            cancelled = threading.Event()
            waiting = threading.Timer(0.1, cancelled.set)
            waiting.start()
            with pytest.raises(office.ConversionFailed, match="cancelled"), second._place(cancelled, None):
                pass
        with second._place(None, None):
            assert ["0"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.sandbox
def test_a_pool_notes_how_it_converts(tmp_path: Path) -> None:
    """For the process that serves; what a process that is gone has noted does not count."""
    (tmp_path / "999999999.status").write_text("LibreOffice of a process that is gone")
    with office.Office(idle=0, places=tmp_path) as pool:
        status = pool.start()

        assert (str(status),) == edition.noted(tmp_path)
    assert "warm, in a sandbox" in edition.noted(tmp_path)[0]


_ENDLESS_SERVER = """
import sys, tempfile
from pathlib import Path
tempfile.tempdir = sys.argv[1]
from engross.documents import office
pool = office.Office(idle=0, parallel=1, places=Path(sys.argv[1], "places"))
pool.start()
print("ready", flush=True)
pool.convert(Path(sys.argv[2]))
"""


@pytest.mark.sandbox
def test_a_pool_that_is_killed_in_mid_document_leaves_no_process_and_no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it had started ends with it; the next pool has its place at once."""
    with tempfile.TemporaryDirectory() as own:
        Path(own).chmod(0o711)
        document = Path(own, "endless.docx")
        document.write_bytes(endless())
        line = [sys.executable, "-c", _ENDLESS_SERVER, own, str(document)]
        with subprocess.Popen(line, stdout=subprocess.PIPE) as server:  # noqa: S603 - our own program
            assert server.stdout is not None
            assert server.stdout.readline() == b"ready\n"
            limit = time.monotonic() + 20
            while len(children := _descendants(server.pid)) < 4 and time.monotonic() < limit:
                threading.Event().wait(0.01)
            server.kill()
        limit = time.monotonic() + 10
        while any(_cmdline(pid) for pid in children) and time.monotonic() < limit:
            threading.Event().wait(0.01)

        assert len(children) >= 4
        assert [] == [pid for pid in children if _cmdline(pid)]
        monkeypatch.setattr(tempfile, "tempdir", own)
        with office.Office(idle=0, parallel=1, places=Path(own, "places")) as next_pool:
            assert next_pool.convert(docx_of("next")).startswith(b"%PDF-")


@pytest.mark.sandbox
def test_no_hostile_file_reaches_the_converter(libreoffice: office.Office) -> None:
    """Fifty and more, each refused in a sentence that names it; the next document is good."""
    good = docx_of("next")
    for name, make in HOSTILE.items():
        with pytest.raises(office.ConversionFailed) as caught:
            libreoffice.convert(make(), foreign=True, document=name)
        assert caught.value.reason in (office.Reason.REFUSED, office.Reason.NOT_LOADABLE), name
        assert name in str(caught.value)
    assert "next" in text_of_pdf(libreoffice.convert(good))
    assert len(HOSTILE) >= 50
