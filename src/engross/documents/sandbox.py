"""A place for programs that read files of strangers: no network, nothing to write but one folder, limits, an end.

bubblewrap makes it. Where it cannot be used, ``available()`` says why, and only files of the interview's author are converted.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

NOBODY = 65534
"""User and group that programs run as when Engross runs as root."""
_ETC = ("fonts", "libreoffice", "alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "ImageMagick-6", "passwd", "group")
_TEMPORARY = 512 << 20
"""Bytes of /tmp inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """How programs are shut in on this machine."""

    program: str | None
    """bubblewrap, or None when there is no sandbox."""
    reason: str = ""
    """Why there is none."""
    user: int | None = None
    """User id to change to, when this process is root."""

    @property
    def closed(self) -> bool:
        """Whether programs are really shut in."""
        return self.program is not None

    def own(self, folder: Path) -> None:
        """Give *folder* and what is in it to the user that programs run as."""
        if self.user is not None:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self.user, self.user)

    def command(
        self, arguments: Sequence[str], *, folder: Path, read: Sequence[tuple[Path, str]] = (), at: str = "/job"
    ) -> list[str]:
        """The command line that runs *arguments* with *folder* to write in, seen as *at*, and *read* to read."""
        if self.program is None:
            return list(arguments)
        line = [self.program, "--unshare-all", "--new-session", "--die-with-parent", "--clearenv", "--cap-drop", "ALL"]
        for name, value in (("PATH", "/usr/local/bin:/usr/bin:/bin"), ("HOME", "/tmp"), ("LANG", "C.UTF-8"), ("TMPDIR", "/tmp")):  # noqa: S108 - a path inside the sandbox
            line += ["--setenv", name, value]
        line += ["--ro-bind", "/usr", "/usr"]
        for name in ("bin", "sbin", "lib", "lib32", "lib64"):
            path = Path("/", name)
            if path.is_symlink():
                line += ["--symlink", str(path.readlink()), str(path)]
            elif path.exists():
                line += ["--ro-bind", str(path), str(path)]
        for name in _ETC:
            line += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
        for cache in ("/var/cache/fontconfig", "/var/lib/libreoffice", "/opt"):
            line += ["--ro-bind-try", cache, cache]
        line += ["--proc", "/proc", "--dev", "/dev", "--size", str(_TEMPORARY), "--tmpfs", "/tmp"]  # noqa: S108 - a path inside the sandbox
        for source, target in read:
            line += ["--ro-bind", str(source), target]
        return [*line, "--bind", str(folder), at, "--chdir", at, "--", *arguments]

    def start(self, line: Sequence[str], **streams: Any) -> subprocess.Popen[bytes]:
        """Start a command line that ``command`` made."""
        changed: dict[str, Any] = {"user": self.user, "group": self.user, "extra_groups": []} if self.user is not None else {}
        process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - our own command lines, no shell
            list(line), cwd="/", start_new_session=True, env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent"},
            **changed, **streams,
        )  # fmt: skip
        return process

    def run(
        self, arguments: Sequence[str], *, folder: Path, read: Sequence[tuple[Path, str]] = (), seconds: float = 30,
        memory: int = 2 << 30, stdin: bytes | None = None,
    ) -> subprocess.CompletedProcess[bytes]:  # fmt: skip
        """Run a program to its end. Raises subprocess.TimeoutExpired after *seconds*; everything it started is gone then."""
        self.own(folder)
        at = "/job" if self.closed else str(folder)
        shown = [a.replace("{job}", at) for a in arguments]
        limits = ["prlimit", f"--as={memory}", f"--cpu={int(seconds) + 1}", "--core=0", f"--fsize={200 << 20}", "--"]
        line = self.command([*limits, *shown] if shutil.which("prlimit") else shown, folder=folder, read=read)
        process = self.start(
            line, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            out, err = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            stop(process)
            raise
        return subprocess.CompletedProcess(line, process.returncode, out, err[-4000:])


_starters: dict[int, ThreadPoolExecutor] = {}


def start_lasting(shut: Sandbox, line: Sequence[str], **streams: Any) -> subprocess.Popen[bytes]:
    """As ``Sandbox.start``, for a process that outlives the calling thread.

    ``--die-with-parent`` is Linux's "parent death signal", which comes when the *thread* that started the process ends. So one thread,
    which ends with this process, starts them all.
    """
    with _starting:
        if os.getpid() not in _starters:  # after a fork the thread is not there
            _starters.clear()
            _starters[os.getpid()] = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engross-starter")
        starter = _starters[os.getpid()]
    return starter.submit(shut.start, line, **streams).result()


_starting = threading.Lock()


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and all it started."""
    try:
        os.killpg(process.pid, 9)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            _quietly_closed(stream)


def _quietly_closed(stream: IO[bytes]) -> None:
    with contextlib.suppress(BrokenPipeError, ValueError):  # the other end is gone, which is what was wanted
        stream.close()


@lru_cache(maxsize=1)
def available() -> Sandbox:
    """The sandbox of this machine, tried out once."""
    program = shutil.which("bwrap")
    root = os.geteuid() == 0
    if program is None:
        return Sandbox(program=None, reason="bubblewrap (`bwrap`) is not installed", user=NOBODY if root else None)
    problems = []
    for user in (NOBODY, None) if root else (None,):
        sandbox = Sandbox(program=program, user=user)
        problem = self_test(sandbox)
        if problem is None:
            return sandbox
        problems.append(problem)
    return Sandbox(program=None, reason=problems[0], user=NOBODY if root else None)


def self_test(sandbox: Sandbox) -> str | None:
    """None when the walls hold; otherwise which one does not."""
    with tempfile.TemporaryDirectory(prefix="engross-test-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        inside = folder / "inside"
        inside.mkdir()
        canary = folder / "canary"
        canary.write_text("seen")
        script = (
            f"cat {canary} 2>/dev/null && echo canary; touch /usr/engross 2>/dev/null && echo wrote; "
            "ls /proc | grep -c '^[0-9]' ; cat /proc/net/route | wc -l; touch here && echo job"
        )
        try:
            result = sandbox.run(["/bin/sh", "-c", script], folder=inside, seconds=10, memory=1 << 30)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"bubblewrap cannot be used: {error}"
        lines = result.stdout.decode().split()
        if result.returncode != 0 or "job" not in lines:
            return f"bubblewrap cannot be used: {result.stderr.decode(errors='replace').strip()[:300]}"
        if "canary" in lines or "seencanary" in lines:
            return "files outside of the sandbox can be read"
        if "wrote" in lines:
            return "the system can be written to from the sandbox"
        numbers = [int(item) for item in lines if item.isdigit()]
        if len(numbers) >= 2 and (numbers[0] > 12 or numbers[1] > 1):
            return "other processes or the network can be seen from the sandbox"
    return None


def python() -> str:
    """A Python that can be reached inside: the machine's own, or ours when it is installed for everyone."""
    for candidate in ("/usr/bin/python3", "/usr/local/bin/python3"):
        if Path(candidate).exists():
            return candidate
    return getattr(sys, "_base_executable", sys.executable)


def limit_memory(amount: int) -> None:
    """Keep this process from using more than *amount* bytes; for helper processes of ours."""
    resource.setrlimit(resource.RLIMIT_AS, (amount, amount))
