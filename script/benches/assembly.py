"""Assembly, side by side: Engross, the same pipeline with a cold ``soffice`` for each document in turn, and with unoserver.

unoserver is installed by name into a scratch environment that sees the system's ``uno`` (Debian's ``python3-uno``).

``script/bench assembly [--conversions N]``. Prints a table; the last line is one JSON object with every figure.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docx as python_docx
import docxtpl
import pikepdf
from pikepdf import Array, Dictionary, Name, String

sys.path.append(str(Path(__file__).resolve().parent.parent))

import yardstick

from engross.documents import assemble, docx, office, pdf, plan


def template(number: int) -> bytes:
    """A DOCX of about two pages with conditions, a loop in a table, and a header."""
    document = python_docx.Document()
    document.sections[0].header.paragraphs[0].text = "Docket {{ docket }}"
    document.add_heading(f"Motion {number}: {{{{ user.name }}}} v. {{{{ other.name }}}}", 1)
    for n in range(28):
        document.add_paragraph(
            f"{n + 1}. The plaintiff, {{{{ user.name }}}}, lives in {{{{ user.city }}}}{{% if minor %}} and is a minor{{% endif %}}. "
            "{{ reason }} Wherefore the plaintiff asks the court to grant this motion and such other relief as is just."
        )
    table = document.add_table(3, 3)
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, ("{%tr for c in children %}", "", ""), strict=True):
        cell.text = text
    for cell, text in zip(table.rows[1].cells, ("{{ c.name }}", "{{ c.age }}", "{{ loop.index }}"), strict=True):
        cell.text = text
    table.rows[2].cells[0].text = "{%tr endfor %}"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def form(fields: int) -> bytes:
    """A PDF form with so many text fields, forty a page."""
    opened = pikepdf.Pdf.new()
    helvetica = opened.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding))
    opened.Root.AcroForm = Dictionary(Fields=Array(), DA=String("/Helv 0 Tf 0 g"), DR=Dictionary(Font=Dictionary(Helv=helvetica)))
    for number in range(fields):
        if number % 40 == 0:
            page = opened.add_blank_page(page_size=(612, 792))
            page.obj.Annots = Array()
        row, column = divmod(number % 40, 2)
        box = [50 + 270 * column, 740 - 34 * row, 300 + 270 * column, 760 - 34 * row]
        widget = opened.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String(f"field_{number}"), Rect=Array(box), F=4)
        )
        page.obj.Annots.append(widget)
        opened.Root.AcroForm.Fields.append(widget)
    out = io.BytesIO()
    opened.save(out)
    return out.getvalue()


def answers(name: str = "Ann & Bob Łukasz") -> dict[str, Any]:
    return {
        "docket": 42, "user": SimpleNamespace(name=name, city="Zürich"), "other": SimpleNamespace(name="Acme <Inc>"), "minor": False,
        "reason": "The rent was paid in full on the first of the month.\nThe landlord knew.",
        "children": [SimpleNamespace(name=f"Child {n}", age=n) for n in range(6)],
    }  # fmt: skip


class Kept:
    def __init__(self, data: bytes, mimetype: str) -> None:
        self.sha256, self.mimetype = hashlib.sha256(data).hexdigest(), mimetype


class Memory:
    """A store in memory."""

    def __init__(self, converter: Any) -> None:
        self.office = converter
        self.blobs: dict[str, bytes] = {}
        self.results: dict[str, Kept] = {}

    def put(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        self.blobs[digest] = data
        return digest

    def find(self, key: str) -> Kept | None:
        return self.results.get(key)

    def keep(self, key: str, data: bytes, mimetype: str) -> Kept:
        self.put(data)
        self.results[key] = Kept(data, mimetype)
        return self.results[key]

    def read(self, sha256: str) -> bytes:
        return self.blobs[sha256]


RUNS = 5
CHANGES = ("Another reason.", "A third reason.", "No reason at all.")
TEMPLATES = [template(n) for n in range(5)]
FORM = form(60)


def bundle(store: Memory, changed: str = "") -> plan.Plan:
    """Five DOCX and five PDF forms: each as PDF, each draft, all in one PDF, everything in a ZIP."""
    papers: list[tuple[str, plan.Node]] = []
    drafts: list[tuple[str, plan.Node]] = []
    for number, source in enumerate(TEMPLATES):
        values = answers() | ({"reason": changed} if changed and number == 0 else {})
        draft = plan.Bytes(sha256=store.put(docx.fill(source, values)), mimetype=docx.MIMETYPE)
        drafts.append((f"motion {number}.docx", draft))
        papers.append((f"motion {number}.pdf", plan.ToPdf(source=draft)))
    blank = plan.Bytes(sha256=store.put(FORM), mimetype=pdf.MIMETYPE)
    for number in range(5):
        values = tuple((f"field_{n}", f"value {number} {n} Łódź" if n % 10 == 0 else f"value {number} {n}") for n in range(60))
        papers.append((f"form {number}.pdf", plan.PdfForm(template=blank, values=values)))
    full = plan.Merged(parts=tuple(node for _, node in papers), outline=tuple(name for name, _ in papers))
    return plan.Plan(outputs={"full": full, "zip": plan.Zip(entries=tuple(papers + drafts))} | dict(papers))


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def processor(work: Callable[[], Any], times: int = 50) -> float:
    """Milliseconds of this process's processor time, median."""
    work()
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append((time.process_time() - start) * 1000)
    return statistics.median(taken)


def parents(pool: office.Office) -> list[int]:
    """Processes of the warm parent and of the sandbox around it."""
    found: list[int] = []

    def below(pid: int) -> None:
        found.append(pid)
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in map(int, task.read_text().split()):
                below(child)

    if pool._kit is not None:
        below(pool._kit.process.pid)
    return found


def resident(pool: office.Office) -> int:
    """Kilobytes of the warm parent."""
    return max((int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4 for pid in parents(pool)), default=0)


def parent_seconds(pool: office.Office) -> float:
    """Processor time of the warm parent itself so far: what forking costs."""
    facts = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in parents(pool)]
    return sum(int(each[11]) + int(each[12]) for each in facts) / os.sysconf("SC_CLK_TCK")


class Unoserver:
    """A converter for ``assemble``: one unoserver, asked through ``unoconvert``, one document at a time."""

    def __init__(self, programs: Path, folder: Path, environment: dict[str, str]) -> None:
        self.programs, self.folder, self.turn, self.environment = programs, folder, threading.Lock(), environment
        line = [str(programs / "unoserver"), "--port", "2903", "--uno-port", "2904", "--user-installation", str(folder / "profile")]
        self.server = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, env=environment)

    def convert(self, source: bytes, *, to: str, ending: str, foreign: bool, **_: Any) -> bytes:
        with self.turn:
            given, made = self.folder / f"in{ending}", self.folder / f"out.{to}"
            given.write_bytes(source)
            line = [str(self.programs / "unoconvert"), "--port", "2903", "--convert-to", to, str(given), str(made)]
            subprocess.run(line, capture_output=True, check=True, env=self.environment)
            return made.read_bytes()

    def wait_until_it_answers(self, document: bytes) -> None:
        for _ in range(60):
            try:
                self.convert(document, to="pdf", ending=".docx", foreign=False)
                return
            except subprocess.CalledProcessError:
                time.sleep(0.5)
        raise RuntimeError("unoserver does not answer")

    def close(self) -> None:
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()


PYTHON = "/usr/bin/python3"


def bridge(folder: Path) -> tuple[dict[str, str] | None, str]:
    """(environment in which the system's Python has `uno`, why there is none). Debian's package is unpacked, not installed."""
    plain = dict(os.environ)
    if _imports_uno(plain):
        return plain, ""
    for line in (["apt-get", "download", "-q", "python3-uno"], ["sh", "-c", "dpkg -x python3-uno_*.deb ."]):
        try:
            done = subprocess.run(line, cwd=folder, capture_output=True, check=False, text=True)
        except OSError as error:
            return None, str(error)
        if done.returncode:
            return None, f"Debian's python3-uno cannot be had: {done.stderr.strip()[-200:]}"
    programs = folder / "usr/lib/libreoffice/program"
    own = plain | {
        "PYTHONPATH": f"{folder / 'usr/lib/python3/dist-packages'}:{programs}",
        "LD_LIBRARY_PATH": f"{programs}:/usr/lib/libreoffice/program",
        "URE_BOOTSTRAP": "vnd.sun.star.pathname:/usr/lib/libreoffice/program/fundamentalrc",
    }
    return (own, "") if _imports_uno(own) else (None, "the system's Python cannot use Debian's python3-uno")


def _imports_uno(environment: dict[str, str]) -> bool:
    return not subprocess.run([PYTHON, "-c", "import uno"], capture_output=True, check=False, env=environment).returncode


def unoserver_bundle(document: bytes) -> tuple[float | None, str]:
    """(milliseconds for the bundle, why there are none)"""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment, reason = bridge(folder)
        if environment is None:
            return None, reason
        for line in ([PYTHON, "-m", "venv", "--system-site-packages", str(folder / "env")], [str(folder / "env/bin/pip"), "install", "-q", "unoserver"]):
            done = subprocess.run(line, capture_output=True, check=False, text=True)
            if done.returncode:
                return None, f"`{' '.join(line[-3:])}` failed: {(done.stderr or done.stdout).strip()[-200:]}"
        server = Unoserver(folder / "env/bin", folder, environment)
        try:
            server.wait_until_it_answers(document)
            return statistics.median(timed_bundle(Memory(server)) for _ in range(3)), ""
        except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
            return None, str(error)
        finally:
            server.close()


def timed_bundle(store: Memory, parallel: int = 8) -> float:
    """Milliseconds for the bundle, from templates and values to the last output."""
    return timed(lambda: assemble.assemble(bundle(store), store, parallel=parallel))


def plain_docxtpl(template: bytes, values: dict[str, Any]) -> None:
    """The same template with docxtpl as it comes."""
    filled = docxtpl.DocxTemplate(io.BytesIO(template))
    filled.render(values, autoescape=True)
    filled.save(io.BytesIO())


def plain_pikepdf(template: bytes, values: dict[str, str]) -> None:
    """The same form with pikepdf and qpdf's own appearances, which know neither lines nor letters beyond Latin-1."""
    with pikepdf.open(io.BytesIO(template)) as opened:
        for field in opened.Root.AcroForm.Fields:
            field.V = String(values[str(field.T)])
        opened.Root.AcroForm.NeedAppearances = True
        opened.generate_appearance_streams()
        opened.save(io.BytesIO(), deterministic_id=True)


def left_behind(temporary: Path) -> list[str]:
    """Processes below this one, and files in the place for temporary files."""
    found = {str(path.relative_to(temporary)) for path in temporary.rglob("*")}
    for task in Path("/proc/self/task").glob("*/children"):
        found |= {f"process {pid}" for pid in task.read_text().split()}
    return sorted(found)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--conversions", type=int, default=500, help="how many for the memory slope")
    wanted = parser.parse_args()
    cores = os.cpu_count() or 1
    values = answers()
    fields = {f"field_{n}": f"value {n}" for n in range(100)}
    beyond = {name: value + " Łódź Привет" for name, value in fields.items()}
    hundred = form(100)
    figures: dict[str, Any] = {
        "cores": cores,
        "load_before": os.getloadavg()[0],
        "docx_fill_ms": processor(lambda: docx.fill(TEMPLATES[0], values)),
        "docx_fill_plain_docxtpl_ms": processor(lambda: plain_docxtpl(TEMPLATES[0], values), 20),
        "pdf_fill_100_fields_ms": processor(lambda: pdf.fill(hundred, fields), 20),
        "pdf_fill_100_fields_embedded_font_ms": processor(lambda: pdf.fill(hundred, beyond), 20),
        "pdf_fill_100_fields_plain_pikepdf_ms": processor(lambda: plain_pikepdf(hundred, fields), 20),
    }
    temporary = Path(tempfile.mkdtemp(prefix="engross-bench-"))
    temporary.chmod(0o711)
    tempfile.tempdir = str(temporary)  # other servers of this machine leave their own files in the usual place
    with office.Office(idle=0, parallel=cores, recycle=10**9) as pool:
        figures["start_ms"] = timed(pool.start)
        figures["office"] = str(pool.status())
        store = Memory(pool)
        first = bundle(store)
        documents = [docx.fill(source, values) for source in TEMPLATES]
        figures["one_document_ms"] = statistics.median(timed(lambda: pool.convert(documents[0])) for _ in range(5))
        before, forked, used = pool.status(), parent_seconds(pool), time.process_time()
        runs = []
        for _ in range(RUNS):
            store = Memory(pool)
            runs.append(timed_bundle(store))
        figures["bundle_ms"] = statistics.median(runs)
        time.sleep(0.5)  # what a child took is told when it has ended, after its result
        figures["bundle_fastest_ms"] = min(runs)
        children = (pool.status().seconds - before.seconds) / RUNS * 1000
        floor = children / min(cores, 5)
        figures["floor_ms"] = floor
        # Processor time says what is our own doing also when other programs use the machine.
        figures["bundle_processor_in_libreoffice_ms"] = children
        figures["bundle_processor_in_engross_ms"] = (time.process_time() - used) / RUNS * 1000
        figures["bundle_processor_of_forking_ms"] = (parent_seconds(pool) - forked) / RUNS * 1000
        whole = sum(figures[f"bundle_processor_{part}_ms"] for part in ("in_libreoffice", "in_engross", "of_forking"))
        figures["processor_times_the_floor"] = whole / children
        figures["load"] = os.getloadavg()[0]
        converted = pool.status().converted
        changes = [timed(lambda text=text: assemble.assemble(bundle(store, text), store)) for text in CHANGES]  # type: ignore[misc]
        figures["one_changed_answer_ms"] = statistics.median(changes)
        figures["one_changed_answer_conversions"] = (pool.status().converted - converted) / len(CHANGES)
        figures["nothing_changed_ms"] = timed(lambda: assemble.assemble(bundle(store), store))

        many = documents * 4
        in_turn = timed(lambda: [pool.convert(d) for d in many])
        with ThreadPoolExecutor(cores) as threads:
            side_by_side = timed(lambda: list(threads.map(pool.convert, many)))
        figures["parallel_speedup"] = in_turn / side_by_side
        figures["two_processes_times"] = yardstick.two_processes()

        start_memory = resident(pool)
        for number in range(wanted.conversions):
            pool.convert(documents[number % 5])
        figures["conversions"] = wanted.conversions
        figures["parent_growth_kb_per_100"] = (resident(pool) - start_memory) * 100 / max(wanted.conversions, 1)
        del first

    with office.Office(idle=0, warm=False, parallel=1) as cold:
        store = Memory(cold)
        figures["cold_bundle_ms"] = timed_bundle(store, 1)
        figures["cold_document_ms"] = statistics.median(timed(lambda: cold.convert(documents[0])) for _ in range(3))
    figures["left_behind"] = left_behind(temporary)
    figures["unoserver_bundle_ms"], reason = unoserver_bundle(documents[0])
    temporary.rmdir()
    figures["times_faster_than_cold"] = figures["cold_bundle_ms"] / figures["bundle_ms"]
    figures["times_faster_than_unoserver"] = None if reason else figures["unoserver_bundle_ms"] / figures["bundle_ms"]
    figures["times_the_floor"] = figures["bundle_ms"] / floor
    if reason:
        print(f"unoserver was not measured: {reason}")
    figures["one_changed_answer_of_the_whole"] = figures["one_changed_answer_ms"] / figures["bundle_ms"]
    for name, value in figures.items():
        print(f"{name:42} {value:10.1f}" if isinstance(value, float) else f"{name:42} {value!s:>10}")
    print(json.dumps({name: round(value, 2) if isinstance(value, float) else value for name, value in figures.items()}))


if __name__ == "__main__":
    main()
