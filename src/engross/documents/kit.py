"""The converter's inside: a warm LibreOffice that forks a child for each document.

This file runs as a program of its own, inside the sandbox, under whatever Python the machine has, so it imports nothing but the
standard library and nothing of Engross. ``office`` starts it, speaks JSON lines with it over stdin and stdout, and replaces it when
it dies. LibreOfficeKit is started in its "unipoll" mode, in which it has no thread of its own that a fork would lose.

    in   {"id": 1, "source": "/job/1/in.docx", "target": "/job/1/out.pdf", "format": "pdf", "options": "{…}", "seconds": 60,
          "memory": 2147483648, "tell": 1.0}            or {"cancel": 1}
    out  {"ready": true, "version": "7.4.7.2", "rss": 196}   then {"id": 1, "ok": true}
         or {"id": 1, "ok": false, "reason": "timeout" | "crash" | "memory" | "load" | "save" | "cancelled", "detail": "…", "cpu": 0.1}
         and for what was made, when its child has given its memory back, {"cpu": 0.12}
         before that, once in each "tell" seconds in which a long document got on, {"id": 1, "page": 40, "pages": 231}
"""

from __future__ import annotations

import ctypes as c
import gc
import json
import os
import re
import resource
import select
import signal
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_SMALLEST_CLASS = 17 * c.sizeof(c.c_void_p)
"""Bytes of the part of LibreOfficeKit's table of functions that is used here; an older one has less."""
_PR_SET_PDEATHSIG = 1
_PAGE_BEGINS = re.compile(rb"obj\s*<</Length \d+ 0 R/Filter/FlateDecode>>\s*stream")
"""How LibreOffice begins the content of a page in a PDF: pictures and fonts have more in their dictionaries."""
_PAGE_BEGINS_BYTES = 64
"""That is not longer."""
_READ_BYTES = 32 << 20
"""How much of a PDF is looked at in one turn."""


class _Office(c.Structure):
    pass


class _Document(c.Structure):
    pass


_OfficePointer = c.POINTER(_Office)
_DocumentPointer = c.POINTER(_Document)
_Poll = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int)
_Wake = c.CFUNCTYPE(None, c.c_void_p)


class _OfficeClass(c.Structure):
    """The head of ``LibreOfficeKitClass`` (LibreOfficeKit.h); its order never changes, new functions come after."""

    _fields_ = [
        ("size", c.c_size_t),
        ("destroy", c.CFUNCTYPE(None, _OfficePointer)),
        ("documentLoad", c.CFUNCTYPE(_DocumentPointer, _OfficePointer, c.c_char_p)),
        ("getError", c.CFUNCTYPE(c.c_void_p, _OfficePointer)),
        ("documentLoadWithOptions", c.CFUNCTYPE(_DocumentPointer, _OfficePointer, c.c_char_p, c.c_char_p)),
        ("freeError", c.CFUNCTYPE(None, c.c_void_p)),
        ("registerCallback", c.c_void_p),
        ("getFilterTypes", c.c_void_p),
        ("setOptionalFeatures", c.CFUNCTYPE(None, _OfficePointer, c.c_ulonglong)),
        ("setDocumentPassword", c.c_void_p),
        ("getVersionInfo", c.CFUNCTYPE(c.c_void_p, _OfficePointer)),
        ("runMacro", c.c_void_p),
        ("signDocument", c.c_void_p),
        ("runLoop", c.CFUNCTYPE(None, _OfficePointer, _Poll, _Wake, c.c_void_p)),
    ]


class _DocumentClass(c.Structure):
    """The head of ``LibreOfficeKitDocumentClass``."""

    _fields_ = [
        ("size", c.c_size_t),
        ("destroy", c.CFUNCTYPE(None, _DocumentPointer)),
        ("saveAs", c.CFUNCTYPE(c.c_int, _DocumentPointer, c.c_char_p, c.c_char_p, c.c_char_p)),
        ("getDocumentType", c.CFUNCTYPE(c.c_int, _DocumentPointer)),
        ("getParts", c.CFUNCTYPE(c.c_int, _DocumentPointer)),
    ]


_TEXT_DOCUMENT = 0
"""LibreOfficeKitDocumentType: the parts of a text document are its pages."""


_Office._fields_ = [("functions", c.POINTER(_OfficeClass))]
_Document._fields_ = [("functions", c.POINTER(_DocumentClass))]


class LoadError(Exception):
    """LibreOffice cannot read the document."""


class SaveError(Exception):
    """LibreOffice cannot write the result."""


class Kit:
    """LibreOfficeKit in this process."""

    def __init__(self, program: str, profile: str) -> None:
        library = next(Path(program, name) for name in ("libmergedlo.so", "libsofficeapp.so") if Path(program, name).exists())
        loaded = c.CDLL(str(library), mode=os.RTLD_LAZY | os.RTLD_GLOBAL)
        try:
            loaded.lok_preinit.argtypes = [c.c_char_p, c.c_char_p]
            loaded.lok_preinit(program.encode(), profile.encode())
        except AttributeError:
            pass  # an older LibreOffice: only the first document is slower
        hook = loaded.libreofficekit_hook_2
        hook.restype, hook.argtypes = _OfficePointer, [c.c_char_p, c.c_char_p]
        self.pointer = hook(program.encode(), profile.encode())
        if not self.pointer:
            raise RuntimeError("LibreOfficeKit did not start")
        self.functions = self.pointer.contents.functions.contents
        if self.functions.size < _SMALLEST_CLASS - 4 * c.sizeof(c.c_void_p):
            raise RuntimeError("LibreOfficeKit is too old")

    def version(self) -> str:
        told = json.loads(c.string_at(self.functions.getVersionInfo(self.pointer)))
        return str(told.get("ProductVersion", "")) + str(told.get("ProductExtension", ""))

    def error(self) -> str:
        pointer = self.functions.getError(self.pointer)
        if not pointer:
            return ""
        text = c.string_at(pointer).decode(errors="replace")
        self.functions.freeError(pointer)
        return text

    def convert(self, source: str, target: str, form: str, options: str, tell_pages: Callable[[int], None]) -> None:
        """Load and save. *tell_pages* is told how many pages there are, which LibreOffice knows once it has loaded a text."""
        document = self.functions.documentLoad(self.pointer, ("file://" + source).encode())
        if not document:
            raise LoadError(self.error())
        functions = document.contents.functions.contents
        if functions.size >= c.sizeof(_DocumentClass) and functions.getDocumentType(document) == _TEXT_DOCUMENT:
            tell_pages(functions.getParts(document))
        saved = functions.saveAs(document, ("file://" + target).encode(), form.encode(), options.encode() or None)
        problem = "" if saved else self.error()
        if not saved:
            raise SaveError(problem)

    def close_after(self, source: str, target: str) -> None:
        """Convert and close: for the documents that warm this process up."""
        document = self.functions.documentLoad(self.pointer, ("file://" + source).encode())
        if document:
            functions = document.contents.functions.contents
            functions.saveAs(document, ("file://" + target).encode(), b"pdf", None)
            functions.destroy(document)


def resident() -> int:
    """Megabytes of memory this process holds."""
    return _memory()[1]


def _memory() -> tuple[int, int]:
    """(megabytes of addresses that this process uses, megabytes of memory it holds)"""
    addresses, held = Path("/proc/self/statm").read_text().split()[:2]
    return int(addresses) * resource.getpagesize() >> 20, int(held) * resource.getpagesize() >> 20


class Child:
    """One document being made in a process of its own."""

    def __init__(self, kit: Kit, job: dict[str, Any]) -> None:
        self.job = job
        began = time.monotonic()
        self.deadline = began + float(job["seconds"])
        self.next_look = began + float(job["tell"])
        """When it is told next how far it is."""
        self.cancelled = False
        addresses, held = _memory()
        self.unheld = addresses - held
        """Megabytes that count for the limit from the start and are never touched."""
        reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reader)
            self._work(kit, writer)
        os.close(writer)
        self.reader = reader
        self.pages = 0
        """How many it has, once that is known."""
        self.told_page = -1
        self.ended = False
        self.told = False
        """Whether its result was told."""
        self._lines = b""
        self._answer: dict[str, Any] | None = None
        self._pdf = _Growing(self.pid)

    @property
    def made(self) -> bool:
        """Whether the result is there. A child takes some time more to end: it gives back what LibreOffice held."""
        return self._answer is not None and bool(self._answer["ok"])

    def hear(self) -> None:
        """Read what the child says."""
        data = os.read(self.reader, 65536)
        *lines, self._lines = (self._lines + data).split(b"\n")
        for line in lines:
            told = json.loads(line)
            if "pages" in told:
                self.pages = int(told["pages"])
            else:
                self._answer = told
        self.ended = not data

    def progress(self, now: float) -> dict[str, Any] | None:
        """How far it is, when it is time to tell that and it is more than was told last."""
        if now < self.next_look:
            return None
        self.next_look = now + float(self.job["tell"])
        if not self.pages or self.told_page == self.pages:
            return None
        page = min(self._pdf.pages(), self.pages)
        if page == self.told_page:
            return None
        self.told_page = page
        return {"id": self.job["id"], "page": page, "pages": self.pages}

    def _work(self, kit: Kit, writer: int) -> None:
        """In the child: limits, conversion, one line of result, end."""
        answer: dict[str, Any] = {"ok": True}
        try:
            os.setpgid(0, 0)
            c.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            # Nothing that LibreOffice prints may look like an answer of the parent.
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            limit(self.job)
            kit.convert(
                self.job["source"], self.job["target"], self.job["format"], self.job.get("options") or "",
                lambda pages: _write(writer, {"pages": pages}),
            )  # fmt: skip
        except LoadError as error:
            answer = {"ok": False, "reason": "load", "detail": str(error)}
        except SaveError as error:
            answer = {"ok": False, "reason": "save", "detail": str(error)}
        except MemoryError:
            answer = {"ok": False, "reason": "memory", "detail": ""}
        except BaseException as error:  # noqa: BLE001 - the process ends here, whatever it was
            answer = {"ok": False, "reason": "crash", "detail": repr(error)}
        _write(writer, answer)
        os._exit(0)

    def stop(self) -> None:
        for kill in (os.killpg, os.kill):
            try:
                kill(self.pid, signal.SIGKILL)
                return
            except ProcessLookupError:
                continue

    def finish(self, late: bool) -> dict[str, Any]:
        """The answer, once the child has ended or must; what it took, when its result was told."""
        if late or self.cancelled:
            self.stop()
        os.close(self.reader)
        self._pdf.close()
        _, status, used = os.wait4(self.pid, 0)
        took = {"cpu": used.ru_utime + used.ru_stime}
        if self.told:
            return took
        memory = used.ru_maxrss >> 10
        if self.cancelled:
            answer = {"ok": False, "reason": "cancelled", "detail": ""}
        elif self._answer is not None:
            answer = self._answer
        elif late:
            answer = {"ok": False, "reason": "timeout", "detail": ""}
        elif os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            answer = {"ok": False, "reason": "timeout" if number == signal.SIGXCPU else "crash", "detail": signal.Signals(number).name}
        else:
            answer = {"ok": False, "reason": "crash", "detail": f"exit status {os.waitstatus_to_exitcode(status)}"}
        # LibreOffice without memory ends in one way or another, or says that it cannot read the document.
        if answer.get("reason") in ("crash", "load", "save") and (memory + self.unheld) << 20 > 0.9 * self.job["memory"]:
            answer["reason"] = "memory"
        return answer | took | {"id": self.job["id"]}


class _Growing:
    """The PDF that a child writes, under a name that LibreOffice made up; while it grows, its pages are counted.

    LibreOfficeKit tells a caller how far loading is, but not how far an export is (7.4 gives its export no status indicator).
    """

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}/fd")
        self._file = -1
        self._tail = b""
        self._pages = 0

    def pages(self) -> int:
        """How many pages were begun; 0 while nothing is written or it cannot be seen."""
        try:
            if self._file < 0:
                self._file = self._found()
            if self._file >= 0:
                data = self._tail + os.read(self._file, _READ_BYTES)
                found = list(_PAGE_BEGINS.finditer(data))
                self._pages += len(found)
                self._tail = data[max(found[-1].end() if found else 0, len(data) - _PAGE_BEGINS_BYTES) :]
        except OSError:
            pass  # the child has just ended
        return self._pages

    def _found(self) -> int:
        """The file, opened, or -1."""
        for entry in os.listdir(self._folder):  # noqa: PTH208 - names are enough
            if not (self._folder / entry).readlink().is_absolute():
                continue  # a pipe or a socket
            descriptor = os.open(self._folder / entry, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            if stat.S_ISREG(os.fstat(descriptor).st_mode) and os.pread(descriptor, 5, 0) == b"%PDF-":
                return descriptor
            os.close(descriptor)
        return -1

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _write(writer: int, told: dict[str, Any]) -> None:
    os.write(writer, json.dumps(told).encode() + b"\n")


def limit(job: dict[str, Any]) -> None:
    """What a document may use at most."""
    seconds = int(job["seconds"]) + 2
    for kind, amount in (
        (resource.RLIMIT_AS, int(job["memory"])),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, int(job.get("file_size", 200 << 20))),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (amount, amount))


def serve(kit: Kit) -> None:
    """Take documents from stdin until it ends; a child for each."""
    tell({"ready": True, "version": kit.version(), "rss": resident()})
    children: dict[int, Child] = {}
    buffer = b""
    open_input = True
    while open_input or children:
        now = time.monotonic()
        for child in children.values():
            if (told := child.progress(now)) is not None:
                tell(told)
        nearest = min((min(child.deadline, child.next_look) for child in children.values()), default=None)
        wait = None if nearest is None else max(0.0, nearest - now)
        watched = [child.reader for child in children.values()] + ([0] if open_input else [])
        readable, _, _ = select.select(watched, [], [], wait)
        if 0 in readable:
            data = os.read(0, 1 << 16)
            open_input = bool(data)
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                if line.strip():
                    take(kit, json.loads(line), children)
            if not open_input:
                for child in children.values():
                    child.stop()
        for number, child in list(children.items()):
            if child.reader in readable:
                child.hear()
            if child.made and not child.told and not child.cancelled:
                tell({"id": number, "ok": True})
                child.told = True
            late = not child.ended and time.monotonic() >= child.deadline
            if child.ended or late or child.cancelled:
                del children[number]
                tell(child.finish(late))


def take(kit: Kit, order: dict[str, Any], children: dict[int, Child]) -> None:
    if "cancel" in order:
        child = children.get(order["cancel"])
        if child is not None:
            child.cancelled = True
    else:
        children[order["id"]] = Child(kit, order)


def tell(answer: dict[str, Any]) -> None:
    os.write(OUT, json.dumps(answer).encode() + b"\n")


OUT = 1


def main() -> None:
    """``kit.py PROGRAM_FOLDER PROFILE_FOLDER WARM_DOCUMENT…``"""
    global OUT
    program, profile, *warm = sys.argv[1:]
    OUT = os.dup(1)
    os.dup2(2, 1)  # what LibreOffice prints goes where errors go
    folder = f"file://{profile}"
    # UserInstallation is here too because lok_preinit reads the configuration before it looks at its second argument: without it
    # the profile would be a folder to write in, and what it says about links and macros would count for nothing.
    wanted = {"SAL_LOK_OPTIONS": "unipoll", "SAL_USE_VCLPLUGIN": "svp", "OOO_DISABLE_RECOVERY": "1", "UserInstallation": folder}
    for name, value in wanted.items():
        c.CDLL(None).setenv(name.encode(), value.encode(), 1)  # os.environ is read by Python only; LibreOffice reads the C library's
    kit = Kit(program, folder)

    def poll(_data: object, _microseconds: int) -> int:
        try:
            for document in warm:
                kit.close_after(document, str(Path(profile).with_name("warm.pdf")))
            gc.collect()
            gc.freeze()
            serve(kit)
        except BaseException as error:  # noqa: BLE001 - raised into LibreOffice's C++ it would be lost
            sys.stderr.write(repr(error) + "\n")
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)

    on_poll, on_wake = _Poll(poll), _Wake(lambda _data: None)
    kit.functions.runLoop(kit.pointer, on_poll, on_wake, c.c_void_p(1))


if __name__ == "__main__":
    main()
