"""17, 30, 31: the walls of the sandbox, sessions of earlier versions, and what the source may not contain."""

from __future__ import annotations

import ast
import base64
import json
import re
import subprocess
import tempfile
import time
from pathlib import Path

import scene
from tally import Tally

from engross.documents import sandbox
from engross.engine import evaluation
from engross.store import codec

HERE = Path(__file__).resolve().parents[2]
SOURCES = sorted((HERE / "src").rglob("*.py"))
FIXTURES = HERE / "tests" / "security" / "sessions"
ALLOWED: dict[str, dict[str, str]] = {
    "exec": {"engine/evaluation.py": "the author's code and texts; nothing of a request reaches it"},
    "eval": {"engine/evaluation.py": "the author's expressions"},
    "compile": {"engine/evaluation.py": "the author's code, compiled once", "language/expressions.py": "looks at names only; nothing is run"},
    "pickle": {"library/foreign_server.py": "a name that old packages import; refuses to load"},
    "marshal": {},
    "shelve": {},
    "dill": {},
    "yaml.load": {},
    "yaml.unsafe_load": {},
    "shell=True": {},
    "os.system": {},
    "os.popen": {},
    "__import__": {},
    "tempfile.mktemp": {},
    "xml.dom": {},
    "xml.sax": {},
    "telnetlib": {},
    "verify=False": {},
    "md5": {},
}
"""What → file → why it may be there."""


def source(amount: int) -> Tally:
    """31: every use in ``src`` of what can run data is on the list above, with a reason; each exception from ruff's S rules has one."""
    del amount
    tally = Tally()
    for path in SOURCES:
        name = path.relative_to(HERE / "src" / "engross").as_posix() if path.is_relative_to(HERE / "src" / "engross") else path.relative_to(HERE / "src").as_posix()
        text = path.read_text(encoding="utf-8")
        for what, line in used(ast.parse(text)):
            tally.expect(name in ALLOWED[what], f"{name}, line {line}: {what}")
        tally.expect(True, "")
    for path in [*SOURCES, *sorted((HERE / "tests").rglob("*.py")), *sorted((HERE / "script").rglob("*"))]:
        if path.is_file() and path.suffix in ("", ".py"):
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if re.search(r"#\s*noqa: S\d+", line) and "re.search" not in line:
                    tally.expect(re.search(r"#\s*noqa: [A-Z0-9, ]+ - \S", line) is not None, f"{path.relative_to(HERE)}, line {number}: no reason")
    return tally


def used(tree: ast.AST) -> list[tuple[str, int]]:
    """(what, line) of everything in ALLOWED that a module uses."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=("exec" | "eval" | "compile" | "__import__") as name)):
                found.append((name, node.lineno))
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)) if f"{owner}.{name}" in ALLOWED:
                found.append((f"{owner}.{name}", node.lineno))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="hashlib"), attr="md5")):
                found.append(("md5", node.lineno))
            case ast.Import(names=names):
                found += [(root, node.lineno) for alias in names for root in ALLOWED if alias.name == root or alias.name.startswith(f"{root}.")]
            case ast.ImportFrom(module=str(module)):
                found += [(root, node.lineno) for root in ALLOWED if module == root or module.startswith(f"{root}.")]
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if isinstance(keyword.value, ast.Constant) and f"{keyword.arg}={keyword.value.value}" in ALLOWED:
                    found.append((f"{keyword.arg}={keyword.value.value}", node.lineno))
    return found


def walls(amount: int) -> Tally:
    """17: the self-test of the sandbox, and six things that cannot be done in it. *amount*: how often."""
    tally = Tally()
    shut = sandbox.available()
    tally.expect(shut.closed, f"there is no sandbox here: {shut.reason}")
    if not shut.closed:
        return tally
    for _ in range(amount):
        began = time.monotonic()
        tally.expect(sandbox.self_test(shut) is None, "the self-test of the sandbox fails")
        tally.note = f"self-test {1000 * (time.monotonic() - began):.0f} ms"
        with tempfile.TemporaryDirectory(prefix="engross-bar-") as name:
            outer = Path(name)
            outer.chmod(0o711)
            folder = outer / "job"
            folder.mkdir()
            (outer / "canary").write_text("canary")
            (outer / "canary").chmod(0o644)
            for what, script in (
                ("read a file outside", f"cat {outer}/canary"),
                ("read the keys of the server", f"cat {HERE}/.engross/master.key || cat /root/.ssh/id_rsa || cat /etc/shadow"),
                ("write outside", "echo x > /usr/q7q"),
                ("reach the network", "exec 3<>/dev/tcp/127.0.0.1/8000"),
                ("reach a name", "getent hosts example.org"),
                ("see other processes", "test $(ls /proc | grep -c '^[0-9]') -gt 12"),
                ("become root", "su -c id || sudo id || test $(id -u) = 0"),
                ("mount", "mount -t tmpfs x /job"),
                ("use 4 GB", "head -c 4G /dev/zero | tail >/dev/null"),
                ("fill the disk", "head -c 1G /dev/zero > /job/big && test $(stat -c %s /job/big) -ge 1000000000"),
            ):
                try:
                    done = shut.run(["/bin/bash", "-c", script], folder=folder, seconds=20, memory=512 << 20)
                except subprocess.TimeoutExpired:
                    tally.expect(True, "it was ended by the clock")
                    continue
                # What is written into the sandbox's own / is gone with it.
                tally.expect(done.returncode != 0 and not Path("/usr/q7q").exists() and b"canary" not in done.stdout, f"one can {what} in the sandbox: {done.stdout[:80]!r}")
    return tally


def upgrade(amount: int) -> Tally:
    """30: sessions that each released version wrote are read by this one."""
    del amount
    tally = Tally()
    for path in sorted(FIXTURES.glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory(prefix="engross-bar-") as folder:
            file = Path(folder) / "interview.yml"
            file.write_text(kept["interview"], encoding="utf-8")
            with scene.scene(str(file)) as on:
                interview = on.catalogue.get(on.references[0])
                answers = codec.decode(base64.b64decode(kept["answers"]), lambda module, name, interview=interview: evaluation.find_class(interview, module, name))
                found = {name: str(answers.namespace[name]) for name in kept["expected"]}
                tally.expect(found == kept["expected"], f"{path.name}: {found}")
    tally.expect(tally.tried > 0, "there is no session of a released version in tests/security/sessions")
    return tally
