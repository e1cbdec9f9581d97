"""Assembly, side by side: Engross, the same pipeline with a cold ``soffice`` for each document in turn, and unoserver where it is.

``script/bench assembly [--conversions N]``. Prints a table; the last line is one JSON object with every figure.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docx as python_docx
import pikepdf
from pikepdf import Array, Dictionary, Name, String

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


def unoserver(documents: list[bytes]) -> float | None:
    """Milliseconds for *documents* through one unoserver, or None where it is not installed."""
    if shutil.which("unoserver") is None or shutil.which("unoconvert") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(["unoserver", "--port", "2903", "--uno-port", "2904"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            source, target = Path(folder, "in.docx"), Path(folder, "out.pdf")
            source.write_bytes(documents[0])
            command = ["unoconvert", "--port", "2903", "--convert-to", "pdf", str(source), str(target)]
            for _ in range(60):
                if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                    break
            start = time.perf_counter()
            for document in documents:
                source.write_bytes(document)
                subprocess.run(command, capture_output=True, check=True)
            return (time.perf_counter() - start) * 1000
        finally:
            server.terminate()
            server.wait()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--conversions", type=int, default=100, help="how many for the memory slope; 500 is the full measure")
    wanted = parser.parse_args()
    cores = os.cpu_count() or 1
    values = answers()
    fields = {f"field_{n}": f"value {n}" for n in range(100)}
    beyond = {name: value + " Łódź Привет" for name, value in fields.items()}
    hundred = form(100)
    figures: dict[str, Any] = {
        "cores": cores,
        "docx_fill_ms": processor(lambda: docx.fill(TEMPLATES[0], values)),
        "pdf_fill_100_fields_ms": processor(lambda: pdf.fill(hundred, fields), 20),
        "pdf_fill_100_fields_embedded_font_ms": processor(lambda: pdf.fill(hundred, beyond), 20),
    }
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
            runs.append(timed(lambda store=store: assemble.assemble(bundle(store), store)))  # type: ignore[misc]
        figures["bundle_ms"] = statistics.median(runs)
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
        figures["one_changed_answer_ms"] = timed(lambda: assemble.assemble(bundle(store, "Another reason."), store))
        figures["one_changed_answer_conversions"] = pool.status().converted - converted
        figures["nothing_changed_ms"] = timed(lambda: assemble.assemble(bundle(store), store))

        many = documents * 4
        in_turn = timed(lambda: [pool.convert(d) for d in many])
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(cores) as threads:
            side_by_side = timed(lambda: list(threads.map(pool.convert, many)))
        figures["parallel_speedup"] = in_turn / side_by_side

        start_memory = resident(pool)
        for number in range(wanted.conversions):
            pool.convert(documents[number % 5])
        figures["conversions"] = wanted.conversions
        figures["parent_growth_kb_per_100"] = (resident(pool) - start_memory) * 100 / max(wanted.conversions, 1)
        del first

    with office.Office(idle=0, warm=False, parallel=1) as cold:
        store = Memory(cold)
        figures["cold_bundle_ms"] = timed(lambda: assemble.assemble(bundle(store), store, parallel=1))
        figures["cold_document_ms"] = statistics.median(timed(lambda: cold.convert(documents[0])) for _ in range(3))
    conversions = unoserver(documents)
    figures["unoserver_bundle_ms"] = None if conversions is None else conversions + figures["bundle_ms"] - floor
    figures["times_faster_than_cold"] = figures["cold_bundle_ms"] / figures["bundle_ms"]
    figures["times_faster_than_unoserver"] = None if conversions is None else figures["unoserver_bundle_ms"] / figures["bundle_ms"]
    figures["times_the_floor"] = figures["bundle_ms"] / floor
    for name, value in figures.items():
        print(f"{name:42} {value:10.1f}" if isinstance(value, float) else f"{name:42} {value!s:>10}")
    print(json.dumps({name: round(value, 2) if isinstance(value, float) else value for name, value in figures.items()}))


if __name__ == "__main__":
    main()
