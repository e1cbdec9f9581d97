"""Stands in for the file store, the converter and the engine, for tests of files and bundles."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from engross.context import AssemblyPending, Context, Purpose, StoredFile, enter
from engross.documents import plan
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

    def make(self, wanted_plan: plan.Plan, wanted: Mapping[str, plan.Node]) -> dict[str, StoredFile]:
        if self.waits and any(node.key not in self.made for node in wanted.values()):
            raise AssemblyPending(wanted_plan, wanted)
        self.requests.append(wanted_plan)
        for node in wanted_plan.nodes():
            if node.key not in self.made:
                self.made[node.key] = self._make(node)
        return {label: self.made[node.key] for label, node in wanted.items()}

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
