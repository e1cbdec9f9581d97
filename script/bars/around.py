"""6, 12, 16, 32: random walks, a real browser, the network, and the list of advisories; each by what is there for it already."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import corpus
from tally import Tally

HERE = Path(__file__).resolve().parents[2]
STEPS = 25
"""In one walk. A walk goes by some of the rules only (hypothesis leaves others out on purpose), so many short ones try more."""
RULES = ("answer", "answer twice", "old tab", "back", "edit", "upload", "private link", "delete", "reload", "work", "paper")
"""What must have happened in the walks of a run."""
TURNS, MORE = 6, 8
"""When chance left a rule out of all walks, so many more are tried, a few times."""


def walks(steps: int) -> Tally:
    """6: at least *steps* steps of random walks over HTTP against a model: answer, back, twice, old tab, reload, delete, come back …"""
    from hypothesis import HealthCheck, Phase, seed, settings
    from hypothesis.stateful import run_state_machine_as_test
    from tests.scenarios.test_random_walks import Walk

    before, did = Walk.walked, Counter(Walk.did)
    chosen = settings(
        max_examples=max(2, steps // STEPS), stateful_step_count=STEPS, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    tally = Tally()
    for turn in range(TURNS):
        try:
            run_state_machine_as_test(seed(turn)(Walk), settings=chosen)
        except Exception as error:  # noqa: BLE001 - a step that the model did not expect
            tally.fail(f"{type(error).__name__}: {error}")
            break
        if all((Walk.did - did)[rule] for rule in RULES):
            break
        chosen = settings(chosen, max_examples=MORE)
    tally.tried = Walk.walked - before
    tally.expect(tally.tried * 2 >= steps, f"only {tally.tried} steps")
    now = Walk.did - did
    for rule in RULES:
        tally.expect(now[rule] > 0, f"no walk went by: {rule}")
    tally.note = ", ".join(f"{rule} {now[rule]}" for rule in RULES)
    return tally


# ------------------------------------------------------------------------------------------------------------------ 12

TYPED = """
metadata:
  title: Typed
---
mandatory: True
question: What?
fields:
  - Line: line
  - Area: area
    input type: area
  - Pick: pick
    choices: [a, b]
    default: a
---
mandatory: True
question: Check ${ line }
subquestion: |
  You wrote ${ area }, [${ line }](https://example.invalid).

  <div title="${ line }">${ line }</div>
fields:
  - Again ${ line }: again
    default: ${ line }
    hint: ${ line }
    help: Help ${ line }
  - Which: which
    choices:
      - ${ line }: one
      - ${ area }: two
under: ${ line }
right: ${ area }
help: |
  Help ${ line }
"""


def stored(pages: int) -> Tally:
    """12: *pages* screens that hold typed strings in a real Chromium with the policy on: no dialog, nothing of it runs or loads."""
    try:
        from playwright.sync_api import sync_playwright
        from tests.browser.conftest import ARGUMENTS, BROWSERS
    except ImportError:
        return Tally(skipped="needs playwright")
    program = next((one for one in (os.environ.get("CHROMIUM"), *BROWSERS) if one and Path(one).exists()), None)
    if program is None:
        return Tally(skipped="needs Chromium")
    found: list[Tally] = []

    def look() -> None:  # in a thread of its own: Playwright and other tests both want an event loop
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
            found.append(_look(chromium, pages))
            chromium.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return found[0] if found else Tally(tried=1, failed=1, details=["the browser did not come up"])


def _look(chromium: Any, pages: int) -> Tally:
    import real

    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as folder:
        path = Path(folder) / "typed.yml"
        path.write_text(TYPED, encoding="utf-8")
        with real.real(path) as server:
            context = chromium.new_context()
            page = context.new_page()
            trouble: list[str] = []
            elsewhere: list[str] = []
            page.on("dialog", lambda dialog: (trouble.append(f"dialog: {dialog.message}"), dialog.dismiss()))
            page.on("console", lambda line: trouble.append(line.text) if "Content Security Policy" in line.text or ("q7q" in line.text and line.type == "error") else None)
            page.on("pageerror", lambda error: trouble.append(f"script: {error}"))
            page.on("request", lambda request: elsewhere.append(request.url) if not request.url.startswith((server.address, "data:", "blob:")) else None)
            context.add_init_script("window.q7q = () => { window.ran = true }; document.addEventListener('securitypolicyviolation', e => console.error('Content Security Policy: ' + e.blockedURI + ' ' + e.violatedDirective))")
            usual: dict[str, int] = {}
            step = max(1, len(corpus.STRINGS) // pages)
            for number, text in enumerate(["plain words", *corpus.STRINGS[::step][:pages]]):
                context.clear_cookies()
                page.goto(f"{server.address}/interview?i={path}")
                page.locator("input[type=text]").first.fill(text)
                page.locator("textarea").first.fill(text)
                with page.expect_navigation():
                    page.locator("#daform button[type=submit]").last.click()
                marks = page.evaluate("({ran: !!window.ran, named: document.querySelectorAll('q7q, [q7q], .q7q').length, scripts: document.scripts.length, frames: document.querySelectorAll('iframe, object, embed').length, handlers: [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length, title: document.querySelector('h1').innerText})")
                heading = marks.pop("title")
                ran, named = marks.pop("ran"), marks.pop("named")
                if number == 0:
                    usual = marks
                wanted = "".join(f"Check {text}".split())
                tally.expect("".join(heading.split()) == wanted or len(text) > 200 or not text.isprintable(), f"{text!r} reads {heading!r}")
                tally.expect(not ran and not named, f"{text!r} ran or brought an element")
                tally.expect(marks == usual, f"{text!r}: {marks}, not {usual}")
                tally.expect(not trouble and not elsewhere, f"{text!r}: {trouble[:2]} {elsewhere[:2]}")
                trouble.clear()
                elsewhere.clear()
            context.close()
    return tally


# ------------------------------------------------------------------------------------------------------------------ 16

CONNECT = re.compile(r"connect\(\d+, \{sa_family=AF_INET6?,.*?(?:inet_addr\(\"([^\"]+)\"\)|inet_pton\(AF_INET6, \"([^\"]+)\")")
FAST = "not bar and not chaos and not office and not browser and not conformance and not database and not packages"
REAL = "office and not chaos and not bar and not packages and not database"


def egress(amount: int) -> Tally:
    """16: the tests in a place that has no network but loopback: they pass, and nothing tries to reach further. *amount*: 1 the fast
    tests of web and visits, 2 all fast ones and those with LibreOffice."""
    if not all(map(shutil.which, ("strace", "unshare"))) or subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:
        return Tally(skipped="needs strace and the right to unshare")
    tally = Tally()
    runs = [(["tests"], FAST), (["tests"], REAL)] if amount > 1 else [(["tests/web", "tests/visit", "tests/security/test_advisories.py"], FAST)]
    passed = 0
    for folders, marks in runs:
        with tempfile.TemporaryDirectory(prefix="engross-bar-") as folder:
            trace = Path(folder) / "trace"
            up = "import fcntl, socket, struct, sys, os; s = socket.socket(); fcntl.ioctl(s, 0x8914, struct.pack('16sh', b'lo', 0x41)); os.execv(sys.argv[1], sys.argv[1:])"
            line = ["unshare", "-n", sys.executable, "-c", up, str(shutil.which("strace")), "-f", "-qq", "--seccomp-bpf", "-e", "trace=connect", "-o", str(trace)]
            line += [sys.executable, "-m", "pytest", "-o", "addopts=", "-q", "-p", "no:cacheprovider", "-m", marks, *folders]
            done = subprocess.run(line, capture_output=True, text=True, cwd=HERE, check=False, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
            counted = re.search(r"(\d+) passed", done.stdout)
            passed += int(counted.group(1)) if counted else 0
            tally.expect(done.returncode == 0, f"the tests without a network: {done.stdout[-300:]} {done.stderr[-300:]}")
            seen = {one or other for one, other in CONNECT.findall(trace.read_text(errors="replace"))}
            tally.expect("127.0.0.1" in seen, "the watch saw nobody connect, not even to this machine")
            for address in seen:
                tally.expect(address.startswith("127.") or address in ("::1", "::ffff:127.0.0.1"), f"somebody tried to reach {address}")
    tally.tried += passed
    tally.expect(passed > 100, f"only {passed} tests ran")
    tally.note = f"{passed} tests without a network"
    return tally


# ------------------------------------------------------------------------------------------------------------------ 32


def named(amount: int) -> Tally:
    """32: each advisory of docassemble and Gotenberg has a test with its number in the name, and those tests pass."""
    del amount
    from tests.security import test_advisories as tests

    tally = Tally()
    names = " ".join(name for name in vars(tests) if name.startswith("test_")).lower()
    for number in tests.ADVISORIES:
        tally.expect(number.lower().replace("-", "_") in names, f"no test is named after {number}")
    done = subprocess.run([sys.executable, "-m", "pytest", "-o", "addopts=", "-q", "-p", "no:cacheprovider", tests.__file__], capture_output=True, text=True, cwd=HERE, check=False)
    counted = re.search(r"(\d+) passed", done.stdout)
    tally.tried += int(counted.group(1)) if counted else 0
    tally.expect(done.returncode == 0 and tally.tried > 100, done.stdout[-400:])
    tally.note = f"{len(tests.ADVISORIES)} advisories"
    return tally
