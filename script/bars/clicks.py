"""7, 8, 29: several posts of one screen at once, and authors' code that does not end, against other visitors."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import scene
from tally import Tally

from engross.errors import CodeError, EngrossError
from engross.visit import Shown

INTERVIEW = """
mandatory: True
code: |
  count = 0
---
mandatory: True
question: First
fields:
  - Line: line
---
mandatory: True
code: |
  count += 1
---
mandatory: True
question: Second after ${ line }
fields:
  - Again: again
---
mandatory: True
question: Bye ${ line } ${ again } ${ count }
"""
LONGEST_SECONDS = 120.0
"""How long code of an author that does not end is waited for; on a quiet machine a second is enough."""
BROKEN = {
    "a loop": "while True:\n    pass",
    "a loop that catches all": "while True:\n    try:\n      sum(range(1000))\n    except:\n      pass",
    "recursion": "def f(n):\n    return f(n + 1)\n  f(0)",
    "deep recursion in data": "x = []\n  for n in range(200000):\n    x = [x]\n  str(x)",
    "an error": "1/0",
    "a key": "{}['x']",
    "exit": "import sys\n  sys.exit(1)",
    "a name that nobody defines": "nobody_defines_this",
    "an import": "import no_such_module_here",
    "a raised string": "raise Exception('CANARY internal detail')",
    "assert": "assert False",
    "endless search": "a_needs_b",
}  # fmt: skip


def _at_once(work: list[Callable[[], Shown]]) -> list[Shown | EngrossError]:
    barrier = threading.Barrier(len(work))
    found: list[Shown | EngrossError] = []

    def one(do: Callable[[], Shown]) -> None:
        barrier.wait()
        try:
            found.append(do())
        except EngrossError as error:
            found.append(error)

    threads = [threading.Thread(target=one, args=(do,)) for do in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _stage(amount: int, post: Callable[[scene.Scene, Shown, str, int, Tally], None]) -> Tally:
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as folder:
        path = Path(folder) / "clicks.yml"
        path.write_text(INTERVIEW, encoding="utf-8")
        with scene.scene(str(path)) as on:
            for trial in range(amount):
                shown = on.on.visits.start(on.references[0])
                post(on, shown, shown.screen.fields[0].key, trial, tally)
    return tally


def double(amount: int) -> Tally:
    """2 to 10 identical posts released by a barrier: one save, and all see the same next screen, without a word. *amount*: trials."""

    def post(on: scene.Scene, shown: Shown, key: str, trial: int, tally: Tally) -> None:
        copies = 2 + trial % 9 if trial % 10 == 0 else 2
        found = _at_once([lambda: on.on.visits.submit(shown.session_id, shown.screen_id, {key: ["Lee"]}, {})] * copies)
        latest = on.on.store.sessions.load(shown.session_id)
        screens = {one.screen_id if isinstance(one, Shown) else type(one).__name__ for one in found}
        tally.expect(screens == {latest.screen_id}, f"{copies} copies got {screens}, the session is at {latest.screen_id}")
        if any(isinstance(one, Shown) and one.notice for one in found):
            tally.fail("a second click was told of another window")
        if on.namespace(shown.session_id)["count"] != 1 or latest.version != shown.version + 1:
            tally.fail(f"counted {on.namespace(shown.session_id)['count']}, version {latest.version} after {shown.version}")

    return _stage(amount, post)


def tabs(amount: int) -> Tally:
    """Two tabs answer one screen differently at once: one wins, the other is told, nothing is overwritten. *amount*: trials."""

    def post(on: scene.Scene, shown: Shown, key: str, trial: int, tally: Tally) -> None:
        names = ("Lee", "Kim")
        answers = {}

        def send(name: str) -> Shown:
            answers[name] = on.on.visits.submit(shown.session_id, shown.screen_id, {key: [name]}, {})
            return answers[name]

        _at_once([lambda: send("Lee"), lambda: send("Kim")])
        namespace = on.namespace(shown.session_id)
        told = [name for name in names if name in answers and answers[name].notice]
        tally.expect(namespace["count"] == 1 and namespace["line"] in names, f"counted {namespace['count']}")
        loser = next(name for name in names if name != namespace["line"])
        if told != [loser]:
            tally.fail(f"{loser} lost and {told} was told")
        if any(f"Second after {namespace['line']}" not in one.screen.question for one in answers.values()):
            tally.fail("a tab shows another answer than the one that was saved")

    return _stage(amount, post)


def authors(amount: int) -> Tally:
    """29: code that loops, recurses or breaks: an error with a place, the answers as they were, and other visitors served meanwhile."""
    del amount
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as folder:
        good = Path(folder) / "good.yml"
        good.write_text(INTERVIEW, encoding="utf-8")
        for number, code in enumerate(BROKEN.values()):
            more = "---\ncode: |\n  a_needs_b = b_needs_a\n---\ncode: |\n  b_needs_a = a_needs_b\n" if "a_needs_b" in code else ""
            (Path(folder) / f"bad{number}.yml").write_text(f"mandatory: True\nquestion: Go\nfields:\n  - Line: line\n---\nmandatory: True\ncode: |\n  line\n  {code}\n{more}", encoding="utf-8")
        with scene.scene(str(folder), think_seconds=0.5) as on:
            for number, name in enumerate(BROKEN):
                reference = next(one for one in on.catalogue.files if one.endswith(f"bad{number}.yml"))
                _broken(on, reference, str(good), name, tally)
    return tally


def _broken(on: scene.Scene, reference: str, good: str, name: str, tally: Tally) -> None:
    shown = on.on.visits.start(reference)
    before = on.data(shown.session_id)
    other = next(one for one in on.catalogue.files if one.endswith("good.yml"))
    ended: list[BaseException | Shown] = []

    def post() -> None:
        try:
            ended.append(on.on.visits.submit(shown.session_id, shown.screen_id, {shown.screen.fields[0].key: ["Lee"]}, {}))
        except BaseException as error:  # noqa: BLE001 - also what is no Exception must not leave the visit
            ended.append(error)

    thread = threading.Thread(target=post, daemon=True)
    began = time.monotonic()
    thread.start()
    while thread.is_alive() and time.monotonic() - began < LONGEST_SECONDS:
        first = on.on.visits.start(other)
        second = on.on.visits.submit(first.session_id, first.screen_id, {first.screen.fields[0].key: ["Kim"]}, {})
        tally.expect("Second after Kim" in second.screen.question, f"{name}: another visitor was not served")
    thread.join(LONGEST_SECONDS)
    tally.expect(bool(ended) and isinstance(ended[0], EngrossError), f"{name}: ended with {ended[0] if ended else 'nothing'!r}")
    if ended and isinstance(ended[0], CodeError):
        tally.expect(ended[0].where is not None, f"{name}: no place")
    tally.expect(on.data(shown.session_id) == before, f"{name}: the answers changed")
    _page(on, shown, reference, name, tally)


def _page(on: scene.Scene, shown: Shown, reference: str, name: str, tally: Tally) -> None:
    """What the visitor sees says nothing of the inside."""
    from engross.web import cookie

    async def ask() -> str:
        browser = scene.browser(on)
        visitor = cookie.new_visitor().with_session(reference, shown.session_id)
        browser.client.cookies.set("engross", cookie.write(visitor))
        await browser.open(reference)
        answer = await browser.post({shown.screen.fields[0].key: "Lee"})
        tally.expect(answer.status_code in (500, 503), f"{name}: {answer.status_code}")
        return answer.text

    page = scene.run(ask)
    tally.expect("Your answers are saved" in page, f"{name}: the page does not calm")
    told = [word for word in ("Traceback", "CANARY", "ZeroDivision", "CodeError", ".py", "line 8", "/tmp/", "nobody_defines_this") if word in page.replace(f"i={reference}", "").replace(reference, "")]  # noqa: S108 - what must not be told
    tally.expect(not told, f"{name}: the page tells {told}")
