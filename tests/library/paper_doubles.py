"""Stands in for the file store, the converter and the engine, for tests of files and bundles."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from engross.context import AssemblyPending, Context, PaperFailure, Purpose, StoredFile, enter
from engross.documents import plan
from engross.errors import DocumentError
from engross.library.files import ending_and_mimetype


class MemoryFiles:
    """Files of one session, in memory; packages' files come from *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stored: dict[str, tuple[StoredFile, bytes]] = {}
        self._copies = Path(tempfile.mkdtemp(dir=folder))

    def save(self, data: bytes | Path, *, name: str, mimetype: str | None = None) -> StoredFile:
        data = data.read_bytes() if isinstance(data, Path) else data
        made = StoredFile(
            id=f"{len(self.stored):032x}",
            name=name,
            mimetype=mimetype or ending_and_mimetype(name)[1],
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
        )
        self.stored[made.id] = (made, data)
        return made

    def keep(self, data: bytes | Path, *, name: str, mimetype: str | None = None) -> StoredFile:
        data = data.read_bytes() if isinstance(data, Path) else data
        return self.find(hashlib.sha256(data).hexdigest()) or self.save(data, name=name, mimetype=mimetype)

    def find(self, sha256: str) -> StoredFile | None:
        return next((info for info, _ in self.stored.values() if info.sha256 == sha256), None)

    def info(self, file_id: str) -> StoredFile:
        return self.stored[file_id][0]

    def read(self, file_id: str) -> bytes:
        return self.stored[file_id][1]

    def path(self, file_id: str) -> Path:
        info, data = self.stored[file_id]
        path = self._copies / f"{file_id}-{info.name}"
        if not path.exists():
            path.write_bytes(data)
        return path

    def delete(self, file_id: str) -> None:
        self.stored.pop(file_id, None)

    def url(self, file_id: str, *, attachment: bool = True, name: str | None = None) -> str:
        return f"/files/{file_id}/{name or self.info(file_id).name}{'?save=1' if attachment else ''}"

    def static(self, reference: str, *, package: str | None = None, folder: str = "static") -> Path:
        path = self.folder / folder / reference.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
        if not path.is_file():
            raise FileNotFoundError(2, "no such file", str(path))
        return path

    def static_url(self, reference: str, *, package: str | None = None) -> str:
        return f"/packagestatic/{package}/{reference}"


class PaperMill:
    """Makes every node as text that says what it is made of; counts what was made."""

    def __init__(self, files: MemoryFiles) -> None:
        self.files = files
        self.requests: list[plan.Plan] = []
        self.made: dict[str, StoredFile] = {}
        self.count = 0
        self.waits = False
        self.failing: set[str] = set()
        """Titles of papers that cannot be made."""
        self._failures: dict[str, PaperFailure] = {}

    def make(self, wanted_plan: plan.Plan, wanted: Mapping[str, plan.Node], *, partial: bool = False) -> dict[str, StoredFile]:
        if self.waits and any(node.key not in self.made for node in wanted.values()):
            raise AssemblyPending(wanted_plan, wanted)
        self.requests.append(wanted_plan)
        titles = {step.node.key: step.title for step in wanted_plan.steps}
        for node in wanted_plan.nodes():
            if titles.get(node.key) in self.failing or any(source.key in self._failures for source in node.sources):
                self._failures[node.key] = PaperFailure(reason="damaged", code="ABC-DEF")
            elif node.key not in self.made:
                self.made[node.key] = self._make(node)
        if not partial and any(node.key in self._failures for node in wanted.values()):
            raise DocumentError("it cannot be made")
        return {label: self.made[node.key] for label, node in wanted.items() if node.key in self.made}

    def failure(self, key: str) -> PaperFailure | None:
        return self._failures.get(key)

    def _make(self, node: plan.Node) -> StoredFile:
        if isinstance(node, plan.Bytes):
            found = self.files.find(node.sha256)
            assert found is not None
            return found
        self.count += 1
        ending = "zip" if isinstance(node, plan.Zip) else "docx" if isinstance(node, plan.MergedDocx) else "pdf"
        text = f"{type(node).__name__} {node.key}"
        return self.files.save(text.encode(), name=f"made.{ending}")


class QuietInterview:
    """An interview that defines what it is told to."""

    def __init__(self, blocks: Mapping[str, Any] | None = None) -> None:
        self.blocks = dict(blocks or {})

    def block(self, path: str) -> Any:
        return self.blocks.get(path)

    def review_event(self) -> str | None:
        return self.blocks.get("review event")


class NoJobs:
    """Nothing runs in the background."""


@contextmanager
def at_hand(folder: Path, *, blocks: Mapping[str, Any] | None = None, purpose: Purpose = Purpose.JOB) -> Iterator[Any]:
    """A visit with these doubles; gives ``files``, ``mill``, ``context``."""
    files = MemoryFiles(folder)
    mill = PaperMill(files)
    context = Context(
        namespace={},
        internal=SimpleNamespace(reconsidered=set(), tasks={}, dirty={}),
        interviewing=QuietInterview(blocks),  # type: ignore[arg-type]
        files=files,
        jobs=NoJobs(),  # type: ignore[arg-type]
        papers=mill,
        purpose=purpose,
    )
    with enter(context):
        yield SimpleNamespace(files=files, mill=mill, context=context)


# ------------------------------------------------------------------------------------------- an interview with real assembly


def docx_template(path: Path, *paragraphs: str) -> Path:
    """A DOCX file with these paragraphs."""
    from docx import Document

    made = Document()
    for text in paragraphs:
        made.add_paragraph(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save(str(path))
    return path


def form_template(path: Path, texts: tuple[str, ...] = ("name",), boxes: tuple[str, ...] = ()) -> Path:
    """A PDF form with text fields and checkboxes."""
    import pikepdf
    from pikepdf import Array, Dictionary, Name, String

    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(612, 792))
    widgets = []
    for number, name in enumerate((*texts, *boxes)):
        look = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, T=String(name), F=4, P=page.obj, Rect=Array([72, 700 - 30 * number, 400, 720 - 30 * number])
        )
        if name in boxes:
            look.FT, look.V, look.AS = Name.Btn, Name.Off, Name.Off
            look.AP = Dictionary(N=Dictionary(On=pdf.make_stream(b"0 0 10 10 re f"), Off=pdf.make_stream(b"")))
        else:
            look.FT, look.DA = Name.Tx, String("/Helv 10 Tf 0 g")
        widgets.append(pdf.make_indirect(look))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    pdf.Root.AcroForm = Dictionary(Fields=Array(widgets), DR=Dictionary(Font=Dictionary(Helv=font)), DA=String("/Helv 10 Tf 0 g"))
    page.Annots = Array(widgets)
    path.parent.mkdir(parents=True, exist_ok=True)
    pdf.save(path)
    return path


def docx_text(data: bytes) -> str:
    """The paragraphs of a DOCX."""
    import io

    from docx import Document

    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(data)).paragraphs)


class PlainOffice:
    """Converts a DOCX to a PDF that only holds its text; counts conversions."""

    def __init__(self) -> None:
        self.conversions = 0

    def convert(self, source: bytes, *, to: str, ending: str, foreign: bool, **options: Any) -> bytes:
        import io

        import pikepdf
        from pikepdf import Dictionary, Name

        self.conversions += 1
        if to != "pdf":
            return docx_text(source).encode()
        pdf = pikepdf.new()
        page = pdf.add_blank_page(page_size=(612, 792))
        page.Resources = Dictionary(Font=Dictionary(F=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)))
        lines = docx_text(source).replace("\\", "").replace("(", "[").replace(")", "]").splitlines()
        drawn = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
        page.Contents = pdf.make_stream(f"BT /F 10 Tf 72 720 Td {drawn} ET".encode("latin-1", "replace"))
        out = io.BytesIO()
        pdf.save(out, static_id=True)
        return out.getvalue()


class Press:
    """Makes plans with ``documents.assemble``, and PlainOffice in place of LibreOffice."""

    def __init__(self, files: MemoryFiles) -> None:
        self.files = files
        self.office = PlainOffice()
        self.results: dict[str, StoredFile] = {}
        self.errors: dict[str, Exception] = {}

    def find(self, key: str) -> StoredFile | None:
        return self.results.get(key)

    def keep(self, key: str, data: bytes, mimetype: str) -> StoredFile:
        self.results[key] = self.files.save(data, name="paper", mimetype=mimetype)
        return self.results[key]

    def read(self, sha256: str) -> bytes:
        found = self.files.find(sha256)
        if found is None:
            raise KeyError(sha256)
        return self.files.read(found.id)

    def make(self, wanted_plan: plan.Plan, wanted: Mapping[str, plan.Node], *, partial: bool = False) -> dict[str, StoredFile]:
        from engross.documents.assemble import AssemblyFailed, assemble

        try:
            made = assemble(wanted_plan, self, parallel=1)  # type: ignore[arg-type]
        except AssemblyFailed as error:
            if not partial:
                raise
            made = error.made
            self.errors.update(error.errors)
        return {
            label: self.results.get(node.key) or self.files.find(made[node.key].kept.sha256)  # type: ignore[misc]
            for label, node in wanted.items()
            if node.key in made
        }

    def failure(self, key: str) -> PaperFailure | None:
        return PaperFailure(reason="damaged", code="ABC-DEF") if key in self.errors else None


class Desk:
    """One interview from a text, worked on without a server."""

    def __init__(self, folder: Path, yaml: str) -> None:
        from engross.engine.answers import Answers
        from engross.engine.solver import Solver
        from engross.language.interview import load

        source = folder / "interview.yml"
        source.write_text(yaml, encoding="utf-8")
        self.interview = load(str(source))
        self.answers = Answers()
        self.solver = Solver(self.interview, self.answers)
        self.files = MemoryFiles(folder / "data")
        self.press = Press(self.files)
        self.context = Context(
            namespace=self.answers.namespace,
            internal=self.answers,
            interviewing=self.solver,
            files=self.files,
            jobs=NoJobs(),  # type: ignore[arg-type]
            papers=self.press,
            purpose=Purpose.CHECK,
            interview_file=self.interview.file,
            package=self.interview.package,
        )

    def screen(self) -> Any:
        """What the interview shows now."""
        with enter(self.context):
            return self.solver.solve()

    def evaluate(self, source: str) -> Any:
        """Python with the answers."""
        with enter(self.context):
            return self.solver.evaluate(source)
