"""The converter's inside: a warm LibreOffice that forks a child for each document.

This file runs as a program of its own, inside the sandbox, under whatever Python the machine has, so it imports nothing but the
standard library and nothing of Engross. ``office`` starts it, speaks JSON lines with it over stdin and stdout, and replaces it when
it dies. LibreOfficeKit is started in its "unipoll" mode, in which it has no thread of its own that a fork would lose.

    in   {"id": 1, "source": "/job/1/in.docx", "target": "/job/1/out.pdf", "format": "pdf", "options": "{…}", "seconds": 60,
          "memory": 2147483648}            or {"cancel": 1}
    out  {"ready": true, "version": "7.4.7.2", "rss": 196}   then {"id": 1, "ok": true, "cpu": 0.12, "rss": 230}
         or {"id": 1, "ok": false, "reason": "timeout" | "crash" | "memory" | "load" | "save" | "cancelled", "detail": "…"}
"""

from __future__ import annotations

import ctypes as c
import gc
import json
import os
import resource
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

_SMALLEST_CLASS = 17 * c.sizeof(c.c_void_p)
"""Bytes of the part of LibreOfficeKit's table of functions that is used here; an older one has less."""
_PR_SET_PDEATHSIG = 1


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
    ]


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

    def convert(self, source: str, target: str, form: str, options: str) -> None:
        """Load and save."""
        document = self.functions.documentLoad(self.pointer, ("file://" + source).encode())
        if not document:
            raise LoadError(self.error())
        functions = document.contents.functions.contents
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
        self.deadline = time.monotonic() + float(job["seconds"])
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
                self.job["source"], self.job["target"], self.job["format"], self.job.get("options") or ""
            )
        except LoadError as error:
            answer = {"ok": False, "reason": "load", "detail": str(error)}
        except SaveError as error:
            answer = {"ok": False, "reason": "save", "detail": str(error)}
        except MemoryError:
            answer = {"ok": False, "reason": "memory", "detail": ""}
        except BaseException as error:  # noqa: BLE001 - the process ends here, whatever it was
            answer = {"ok": False, "reason": "crash", "detail": repr(error)}
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)

    def stop(self) -> None:
        for kill in (os.killpg, os.kill):
            try:
                kill(self.pid, signal.SIGKILL)
                return
            except ProcessLookupError:
                continue

    def finish(self, late: bool) -> dict[str, Any]:
        """The answer, once the child has ended or must."""
        if late or self.cancelled:
            self.stop()
        told = b"" if late or self.cancelled else os.read(self.reader, 65536)
        os.close(self.reader)
        _, status, used = os.wait4(self.pid, 0)
        memory = used.ru_maxrss >> 10
        if self.cancelled:
            answer = {"ok": False, "reason": "cancelled", "detail": ""}
        elif told:
            answer = json.loads(told)
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
        answer.update(id=self.job["id"], cpu=used.ru_utime + used.ru_stime, rss=memory)
        return answer


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
        nearest = min((child.deadline for child in children.values()), default=None)
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
            late = time.monotonic() >= child.deadline
            if child.reader in readable or late or child.cancelled:
                del children[number]
                tell(child.finish(late and child.reader not in readable))


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
