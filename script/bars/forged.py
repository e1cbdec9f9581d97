"""10: forged names. Every variable of every interview on every screen that does not offer it, in every spelling a post may try, and in
the built-in actions that set something, by themselves and after a link with them was typed as an answer."""

from __future__ import annotations

import base64
import json
import re
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import scene
from tally import Tally

from engross.engine.screen import GENERATED_REVIEW, Screen, to_data
from engross.engine.submission import paths_of
from engross.errors import EngrossError, VisitorError
from engross.language.interview import Interview
from engross.library.actions import LINKS
from engross.rehearsal.form import Form
from engross.visit import Shown, offered_actions

CANARY = "CANARY-forged"
ALWAYS = (
    "_internal", "_internal['steps']", "__class__", "__builtins__", "__builtins__['eval']", "url_args", "url_args['admin']", "nav", "session_local", "device_local", "user_local",
    "self", "x", "i", "j", "x.name", "x.__class__", "role", "speak_text", "menu_items", "allow_cron", "multi_user", "user_logged_in", "users[0].__class__", "users[0].instanceName",
    "users[99].name.first", "users[0]['__class__']", "users.__class__", "answers", "context", "import os", "__import__('os')", "a=1;b", "f()", "f'{x}'", "lambda: 1", "", " ", "a b", "é",
)  # fmt: skip
"""Names that no screen offers."""


ECHO = """
mandatory: True
question: First
fields:
  - Line: line
---
mandatory: True
question: Second ${ line }
subquestion: |
  ${ line[1:] } ${ line.replace(' ', '') }
fields:
  - Again: again
    default: ${ line }
    hint: ${ line }
---
mandatory: True
question: Bye
"""
"""Shows what was typed in every place where a text is kept as it was typed."""


def _echoed(tally: Tally) -> None:
    """Links of actions typed as an answer, on the screens that show the answer again: as a default, after Back, on the review."""
    names = ["line", "again", "secret"]
    with tempfile.TemporaryDirectory(prefix="engross-bar-") as folder:
        path = Path(folder) / "echo.yml"
        path.write_text(ECHO, encoding="utf-8")
        with scene.scene(str(path)) as on:
            form = Form()
            shown = on.on.visits.start(on.references[0])
            _typed_links(names, shown.screen, form)
            second = on.on.visits.submit(shown.session_id, shown.screen_id, form.texts, {})
            act(on, second, names, tally, "the echo")
            if tally.failed:  # what follows goes another way then
                return
            again = on.on.visits.back(shown.session_id, second.screen_id)
            tally.expect(any(form.texts.get(entry.key) == [entry.default] for entry in again.screen.fields), "what was typed is not there after Back")
            act(on, again, names, tally, "the echo, after Back")
            second = on.on.visits.submit(shown.session_id, again.screen_id, form.texts, {})
            on.on.visits.submit(shown.session_id, second.screen_id, {second.screen.fields[0].key: ["x"]}, {})
            review = on.on.visits.act(shown.session_id, GENERATED_REVIEW)
            tally.expect(bool(review.screen.review), "there is no review")
            act(on, review, names, tally, "the echo's review")


def run(amount: int) -> Tally:
    """*amount*: how many interviews."""
    tally = Tally()
    _echoed(tally)
    with scene.scene() as on:
        for reference in on.references[:amount]:
            everything = sorted(variables_of(on.catalogue.get(reference)))

            few = some(everything, reference)

            def look(shown: Shown, everything: list[str] = everything, few: list[str] = few, reference: str = reference) -> None:
                attack(on, shown, [*everything, *ALWAYS], tally, reference)
                act(on, shown, few, tally, reference)

            scene.walk(on, reference, look, limit=15)
            scene.walk(on, reference, partial(act, on, names=few, tally=tally, reference=reference), answer=partial(_typed_links, few), limit=15)
    return tally


ACTED_ON = 3
"""Names of an interview that each of its screens is asked to act on: each takes a visit of its own."""


def some(names: list[str], reference: str) -> list[str]:
    """A few of *names*, from another place for other interviews."""
    first = sum(map(ord, reference.rpartition("/")[2])) % max(1, len(names))
    return (names[first:] + names[:first])[:ACTED_ON]


def actions_for(name: str) -> list[tuple[str, dict[str, Any]]]:
    """The built-in actions that would set *name* or take it away."""
    sets = {"variables": [[name, f"{CANARY}-action"]]}
    return [
        ("_da_set", sets), ("_da_undefine", {"variables": [name]}), ("_da_force_ask", {"variables": [{"action": "_da_set", "arguments": sets}]}),
        ("_da_priority_action", {"_action": "_da_set", "_arguments": sets}),
    ]  # fmt: skip


def act(on: scene.Scene, shown: Shown, names: list[str], tally: Tally, reference: str) -> None:
    """Ask for each action that the page did not offer; it is refused, or the session is told as it was."""
    session = on.on.store.sessions.load(shown.session_id)
    made = session.answers(on.on.visits._resolver(session)).misc.get(LINKS, ())
    links = set(offered_actions(to_data(shown.screen), made))
    before = session.data
    for name in names:
        for action, arguments in actions_for(name):
            if json.dumps([action, arguments], sort_keys=True, default=str) in links:
                continue
            try:
                on.on.visits.act(shown.session_id, action, arguments)
                tally.expect(False, f"{reference}, {shown.screen.block}: {action} of {name} was done")
            except VisitorError:
                tally.expect(True, "")
            except EngrossError as error:
                tally.expect(False, f"{reference}, {shown.screen.block}: {action} of {name} was tried: {type(error).__name__}")
    tally.expect(on.data(shown.session_id) == before, f"{reference}, {shown.screen.block}: an action that was not offered changed the answers")


def _typed_links(names: list[str], screen: Screen, form: Form) -> None:
    """Links of such actions in every text that may be typed."""
    links = [f"/interview?action={base64.b64encode(json.dumps({'action': action, 'arguments': arguments}).encode()).decode()}" for name in names for action, arguments in actions_for(name)]
    for place, entry in enumerate(screen.fields):
        if links and entry.path and entry.active and not entry.options and entry.datatype in ("text", "", "raw", "area") and entry.input_type != "continue":
            form.texts[entry.key] = [links[place % len(links)] if entry.maxlength else " ".join(links)]


def variables_of(interview: Interview) -> set[str]:
    """Every name that some block of *interview* sets or asks for, and what hangs on it."""
    found: set[str] = set()
    for block in interview.blocks:
        found.update(str(name) for name in getattr(block, "sets", ()) or ())
        for entry in getattr(block, "fields", ()) or ():
            found.update({str(entry.variable)} if getattr(entry, "variable", None) else ())
    names = {name.replace("[i]", f"[{n}]").replace("[j]", "[0]") for name in found for n in (0, 1, 7)}
    roots = {re.split(r"[.\[]", name)[0] for name in names}
    return names | {f"{root}.gathered" for root in roots} | {f"{root}[0]" for root in roots} | {f"{root}.__class__" for root in roots} | {f"{root}.there_is_another" for root in roots}


def spellings(name: str) -> list[str]:
    """The ways in which a form may write a variable: plain, base64 as docassemble and as Engross write it, quoted."""
    raw = name.encode("utf-8", "replace")
    plain = base64.b64encode(raw).decode()
    return list(dict.fromkeys([name, plain, plain.rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("="), f"_field_{name}", base64.b64encode(plain.encode()).decode()]))


def attack(on: scene.Scene, shown: Shown, names: list[str], tally: Tally, reference: str) -> None:
    """Post every name that the screen does not offer, alone and as part of a form that is not complete; nothing may change."""
    offered = {path for path in paths_of(shown.screen) if path}
    keys = {entry.key for entry in shown.screen.fields}
    forged = [name for name in names if name not in offered]
    form: dict[str, list[str]] = {}
    for name in forged:
        for key in spellings(name):
            if key not in keys and not key.startswith("_removed"):
                form[key] = [f"{CANARY}-{len(form)}"]
    form |= {key: [f"{CANARY}-meta"] for key in ("_varnames", "_datatypes", "_visible", "_tracker", "_question_name", "_files", "_checkboxes", "_event", "_null_question", "_collect", "_list_collect_list", "_order")}
    form["_varnames"] = [base64.b64encode(json.dumps({spelling: base64.b64encode(name.encode()).decode() for name in forged for spelling in spellings(name)[:2]}).encode()).decode()]
    form["_datatypes"] = [base64.b64encode(json.dumps({base64.b64encode(name.encode()).decode(): "raw" for name in forged}).encode()).decode()]
    before = on.data(shown.session_id)
    version = on.on.store.sessions.load(shown.session_id).version
    incomplete = any(entry.required and entry.active and not entry.show_if and entry.path for entry in shown.screen.fields if entry.datatype != "boolean" or entry.options)
    after = on.on.visits.submit(shown.session_id, shown.screen_id, form, {})
    data = on.data(shown.session_id)
    tally.tried += len(forged) - 1
    tally.expect(CANARY.encode() not in data.replace(before, b""), f"{reference}, {shown.screen.block}: a forged value is in the answers")
    if incomplete and not after.errors:
        tally.fail(f"{reference}, {shown.screen.block}: an incomplete form with forged names was accepted")
    if after.errors and data != before:
        tally.fail(f"{reference}, {shown.screen.block}: a refused form changed the answers")
    if not after.errors and after.screen_id != shown.screen_id:
        _compare(on, shown, form, version, tally, reference, forged)


def _compare(on: scene.Scene, shown: Shown, form: dict[str, list[str]], version: int, tally: Tally, reference: str, forged: list[str]) -> None:
    """The form without any offered field was a valid answer (nothing was required): the same as the empty form, then back to the start."""
    with_forged = _plain(on.namespace(shown.session_id))
    latest = on.on.store.sessions.load(shown.session_id)
    again = on.on.visits.back(shown.session_id, latest.screen_id or "")
    if again.screen.block == shown.screen.block and again.screen_id != latest.screen_id:
        on.on.visits.submit(shown.session_id, again.screen_id, {}, {})
        without = _plain(on.namespace(shown.session_id))
        different = {name for name in forged if _part(with_forged, name) != _part(without, name)}
        tally.expect(not different, f"{reference}, {shown.screen.block}: forged names changed {sorted(different)[:3]}")
        latest = on.on.store.sessions.load(shown.session_id)
        again = on.on.visits.back(shown.session_id, latest.screen_id or "")
    object.__setattr__(shown, "screen_id", again.screen_id)
    object.__setattr__(shown, "screen", again.screen)


def _plain(namespace: dict[str, Any]) -> dict[str, str]:
    return {name: _shape(value) for name, value in namespace.items() if not name.startswith("_")}


def _shape(value: Any, deep: int = 0) -> str:
    """*value* in words, without asking objects of the library for anything."""
    if deep > 4:
        return "..."
    inner = getattr(value, "__dict__", None)
    if inner is not None and not isinstance(value, type):
        return "{" + ", ".join(f"{name}: {_shape(one, deep + 1)}" for name, one in sorted(inner.items()) if name != "instanceName") + "}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_shape(one, deep + 1)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_shape(one, deep + 1) for one in value) + "]"
    return re.sub(r"0x[0-9a-f]+", "", repr(value))[:2000]


def _part(plain: dict[str, str], name: str) -> str | None:
    return plain.get(re.split(r"[.\[]", name)[0])


def screens_of(screen: Screen) -> set[str]:
    """What a screen offers."""
    return {path for path in paths_of(screen) if path}
