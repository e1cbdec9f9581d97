"""Replay: recorded conversations of docassemble, held again with Engross and compared screen by screen.

A trace is a line of JSON: ``interview``, ``screens`` (with what was ``answered``), ``end``, ``variables``. Each is held in a state of
its own. Two agree when the screens agree in kind, words, fields and choices, and what was answered has the same values at the end.
File numbers, links, random names and the clock do not count.
"""

from __future__ import annotations

import html
import json
import re
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
SECONDS = 60
"""The time a trace may take."""
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
CLOCK = re.compile(
    rf"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:{MONTHS}|{'|'.join(m[:3] for m in MONTHS.split('|'))})\.? \d{{1,2}}(?:, \d{{4}})?"
    rf"|\b\d{{4}}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d:?\d\d|Z)?)?|\b\d{{1,2}}/\d{{1,2}}/\d{{2,4}}\b"
    rf"|\b\d{{1,2}}:\d\d(?::\d\d)?(?:[  ]?[AP]M)?(?: (?:EST|EDT|UTC))?|\b\d{{4}}-\d\d\b",
    re.IGNORECASE,
)
LINK = re.compile(
    r"(?:https?://(?:localhost|127\.0\.0\.1)[^\s\"'<>)\]]*|/interview\?[^\s\"'<>)\]]*"
    r"|/(?:uploadedfile|packagestatic|files|static)/[^\s\"'<>)\]]*"
    r"|(?<=\]\()/[^\s\"'<>)]*|(?<=\]: )/[^\s\"'<>)]*|(?<=href=\")/[^\s\"'<>)]*)"
)
FILE_MARK = re.compile(r"\[(FILE|IMAGE|QR) [^\]]*\]")
TAG = re.compile(r"</?[a-z][^>]*>")
ICON = re.compile(r":[a-z][\w-]*:")
EMPHASIS = re.compile(r"(\*\*|\*|__|_|`)(?=\S)(.+?)(?<=\S)\1")
CHANCE = re.compile(r"\brandom(?:\.\w+)?\(|\brand(?:int|range)\(|\bshuffle\(|\bsample\(")
"""How the code of an interview draws by chance."""
MOMENT = re.compile(r"\b(?:date_difference|current_datetime|last_access_\w+|time\.time)\(")
"""How it reckons with the clock."""
UNORDERED = re.compile(r"\bsession_tags\(\)")
"""What has no order."""
NUMBER = re.compile(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|first|second|third|\w+th|\d[\d,.]*\d(?:st|nd|rd|th)?|\d(?:st|nd|rd|th)?)\b",
    re.IGNORECASE,
)
SPACE = re.compile(r"[\s ]+")
RANDOM_ID = re.compile(r"(?<=[\w-])-[a-z]{5}(?=\")")
"""The tail that makes an HTML id unlike others."""
RANDOM_NAME = re.compile(r"\b[A-Za-z]{12}\b")


class Differs(Exception):
    """Two conversations part here."""


# ----------------------------------------------------------------------------------------------------------- a visit


@dataclass
class Cabinet:
    """Files of one conversation, on disk for as long as it lasts."""

    folder: Path
    package: str
    root: Path
    known: dict[str, Any] = field(default_factory=dict)

    def save(self, data: bytes | Path, *, name: str, mimetype: str | None = None) -> Any:
        import hashlib
        import mimetypes

        from engross.context import StoredFile

        content = data.read_bytes() if isinstance(data, Path) else data
        number = str(len(self.known) + 1)
        kind = mimetype or mimetypes.guess_type(name)[0] or "application/octet-stream"
        stored = StoredFile(
            id=number, name=name, mimetype=kind, size=len(content), sha256=hashlib.sha256(content).hexdigest()
        )
        self.known[number] = stored
        (self.folder / number).mkdir(exist_ok=True)
        (self.folder / number / name.replace("/", "_")).write_bytes(content)
        return stored

    def keep(self, data: bytes | Path, *, name: str, mimetype: str | None = None) -> Any:
        return self.save(data, name=name, mimetype=mimetype)

    def find(self, sha256: str) -> Any:
        return next((stored for stored in self.known.values() if stored.sha256 == sha256), None)

    def info(self, file_id: str) -> Any:
        return self.known[str(file_id)]

    def path(self, file_id: str) -> Path:
        stored = self.known[str(file_id)]
        return self.folder / str(file_id) / stored.name.replace("/", "_")

    def read(self, file_id: str) -> bytes:
        return self.path(file_id).read_bytes()

    def delete(self, file_id: str) -> None:
        self.known.pop(str(file_id), None)

    def url(self, file_id: str, *, attachment: bool = True, **more: Any) -> str:
        return f"/files/{file_id}"

    def static(self, reference: str, *, package: str | None = None, folder: str = "static") -> Path:
        from engross.language.source import locate_data

        found = locate_data(reference, package=package or self.package, folder=folder, root=self.root)
        if found is None:
            raise FileNotFoundError(reference)
        return found

    def static_url(self, reference: str, *, package: str | None = None) -> str:
        return f"/packagestatic/{package or self.package}/{reference}"


class Tasks:
    """Background work, done between two screens."""

    def __init__(self) -> None:
        self.waiting: list[tuple[str, str, dict[str, Any]]] = []
        self.known: dict[str, Any] = {}

    def start(self, action: str, arguments: Any, *, notify: str | None = None) -> str:
        task = f"task{len(self.known) + len(self.waiting) + 1}"
        self.waiting.append((task, action, dict(arguments)))
        return task

    def report(self, task_id: str) -> Any:
        from engross.context import TaskReport, TaskState

        return self.known.get(task_id) or TaskReport(state=TaskState.PENDING)

    def wait(self, task_id: str, seconds: float) -> Any:
        return self.report(task_id)

    def cancel(self, task_id: str) -> None:
        return None


@dataclass
class Press:
    """Papers as blank sheets: what they say is compared through their drafts."""

    cabinet: Cabinet

    def make(self, plan: Any, wanted: Any, *, partial: bool = False) -> dict[str, Any]:
        names = getattr(plan, "names", {})
        return {
            label: self.cabinet.save(
                blank_pdf(), name=names.get(label, f"{label}.pdf"), mimetype="application/pdf"
            )
            for label in wanted
        }


def blank_pdf() -> bytes:
    """One empty page."""
    import io

    import pikepdf

    document = pikepdf.new()
    document.add_blank_page()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def picture() -> bytes:
    """A small PNG for uploads and signatures."""
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (300, 80), "white").save(out, "PNG")
    return out.getvalue()


class Conversation:
    """One interview being held."""

    def __init__(self, interview: Any, cabinet: Cabinet) -> None:
        from engross.context import Context, Purpose
        from engross.engine.answers import Answers
        from engross.engine.solver import Solver

        self.interview = interview
        self.answers = Answers()
        self.cabinet = cabinet
        self.solver = Solver(interview, self.answers)
        self.context = Context(
            namespace=self.answers.namespace,
            internal=self.answers,
            interviewing=self.solver,
            files=cabinet,
            jobs=Tasks(),
            papers=Press(cabinet),
            purpose=Purpose.CHECK,
            interview_file=interview.file,
            package=interview.package,
            language=interview.default_language or "en",
            url="http://localhost/interview",
            device={"ip": "127.0.0.1", "user_agent": BROWSER},
        )
        self.screen: Any = None
        self.pressed: Any = None
        """The screen that a button of a message leads to."""

    def next_screen(self) -> Any:
        from engross.context import enter

        if self.pressed is not None:
            self.screen, self.pressed = self.pressed, None
            return self.screen
        with enter(self.context):
            self.screen = self._solve()
            while self.context.jobs.waiting:
                for task, action, arguments in self._taken():
                    self.do_task(task, action, arguments)
                self.screen = self._solve()
        return self.screen

    def _solve(self, action: str | None = None, arguments: dict[str, Any] | None = None) -> Any:
        self.context.action, self.context.action_arguments = action, arguments or {}
        self.context.screen.clear()
        return self.solver.solve()

    def _taken(self) -> list[tuple[str, str, dict[str, Any]]]:
        taken = list(self.context.jobs.waiting)
        self.context.jobs.waiting.clear()
        return taken

    def do_task(self, task: str, action: str, arguments: dict[str, Any]) -> None:
        """Run a task on a copy of the answers; what it responds reaches the answers themselves."""
        import copy

        from engross.context import Purpose, TaskReport, TaskState, enter
        from engross.engine import evaluation
        from engross.engine.solver import Solver
        from engross.errors import raised
        from engross.store import codec

        def resolve(module: str, name: str) -> Any:
            return evaluation.find_class(self.interview, module, name)

        answers = codec.decode(codec.encode(self.answers, resolve), resolve)
        context = copy.copy(self.context)
        context.namespace, context.internal = answers.namespace, answers
        context.interviewing = Solver(self.interview, answers)
        context.purpose, context.responses, context.screen = Purpose.JOB, [], {}
        context.moment = type(context.moment)()
        context.action, context.action_arguments = action, arguments
        said: dict[str, Any] = {}
        failure: Exception | None = None
        with enter(context):
            try:
                context.interviewing.solve()
            except Exception as error:  # noqa: BLE001 - a task may fail in any way
                failure = error
        if failure is not None:
            what = raised(failure)
            self.context.jobs.known[task] = TaskReport(
                state=TaskState.FAILURE, error_type=type(what).__name__, error_message=str(failure)
            )
            if context.moment.on_error:
                wanted, given = context.moment.on_error
                self._solve(wanted, {"error_type": type(what).__name__, "error_message": str(what), **given})
            return
        said = context.responses[-1] if context.responses else {}
        if said.get("action"):
            self._solve(said["action"], said["arguments"])
        self.context.jobs.known[task] = TaskReport(state=TaskState.SUCCESS, value=said.get("value"))

    def answer(self, answered: dict[str, Any]) -> None:
        from engross import names
        from engross.context import enter
        from engross.engine import acceptance, dependencies
        from engross.engine.screen import Screen

        with enter(self.context):
            screen = self.screen
            paths = {}
            for name in answered:
                if not name.startswith("_internal"):
                    paths[name] = self.path_of(name)
            before = dependencies.values_before(self.interview, self.answers, paths.values())
            acceptance.make_collections(screen, self.solver)
            for name, value in answered.items():
                if name.startswith("_internal") and not screen.block:
                    self.pressed = Screen(kind=screen.buttons[value].action)
                    return
                if name.startswith("_internal"):
                    chosen = (
                        next(one for one in screen.fields if one.key == "_choice") if screen.fields else None
                    )
                    block = self.interview.by_name[screen.block]
                    key = chosen.extras["choice of"] if chosen else self.solver.choice_name(block)
                    self.answers.choices[key] = value
                    continue
                made = self.value_of(value, paths[name])
                if self.is_one_of_many(name, value):
                    self.solver.look(paths[name]).elements[:] = [made]
                else:
                    names.put(self.answers.namespace, paths[name], made)
            acceptance.after_answer(screen, self.solver, list(paths.values()), before)

    def is_one_of_many(self, name: str, value: Any) -> bool:
        """Whether the answer is an object that was ticked, in a list of them."""
        ticked = ("object_checkboxes", "object_multiselect")
        fields = [entry for entry in self.screen.fields if plain_name(entry.variable) == plain_name(name)]
        return (
            isinstance(value, dict)
            and "$python" in value
            and any(entry.datatype in ticked for entry in fields)
        )

    def path_of(self, name: str) -> str:
        from engross import names

        return names.substitute(name, self.answers.namespace)

    def value_of(self, value: Any, path: str) -> Any:
        from engross.library.namespace import NAMES

        match value:
            case {"$python": source}:
                return self.solver.evaluate(source)
            case {"$file": str(name)}:
                return self.uploaded(path, name)
            case {"$png": True}:
                stored = self.cabinet.save(picture(), name="canvas.png", mimetype="image/png")
                made = NAMES["DAFile"](
                    path, filename="canvas.png", number=stored.id, mimetype="image/png", extension="png"
                )
                made.ok = made.initialized = True
                return made
        return value

    def uploaded(self, path: str, name: str) -> Any:
        from engross.library.namespace import NAMES

        stored = self.cabinet.save(picture(), name=name, mimetype="image/png")
        group = NAMES["DAFileList"](path)
        made = NAMES["DAFile"](
            f"{path}[0]", filename=name, number=stored.id, mimetype="image/png", extension="png"
        )
        made.ok = made.initialized = True
        group.elements.append(made)
        group.there_are_any = group.gathered = True
        return group


# -------------------------------------------------------------------------------------------------------- comparing


def folded(text: Any) -> str:
    """Words, without what does not count."""
    words = (
        html.unescape(LINK.sub("LINK", str(text or ""))).replace("’", "'").replace("“", '"').replace("”", '"')
    )
    words = FILE_MARK.sub(r"[\1]", words)
    words = RANDOM_ID.sub("", CLOCK.sub("TIME", words))
    words = re.sub(r"id=\"[^\"]*\"", "id", words)
    # docassemble shares out a wide table's columns by chance, so the number of dashes says nothing.
    words = re.sub(r"(?<=\|)-+(?=\|)", "-", words)
    return SPACE.sub(" ", words).strip()


def same(name: str, expected: Any, actual: Any) -> None:
    if expected != actual:
        raise Differs(f"{name}: expected {_short(expected)}, got {_short(actual)}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 300 else text[:300] + "…"


def _same_words(name: str, expected: Any, actual: Any) -> None:
    one, other = folded(expected), folded(actual)
    if one != other:
        at = next(
            (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
        )
        start = max(0, at - 40)
        raise Differs(f"{name}: expected …{one[start : at + 80]!r}, got …{other[start : at + 80]!r}")


def plain_name(name: str | None) -> str | None:
    from engross import names

    if name is None or name.startswith("_internal"):
        return None
    try:
        return str(names.parse(name))
    except names.BadPath:
        return name


def expected_fields(screen: dict[str, Any]) -> list[dict[str, Any]]:
    kind = screen.get("questionType")
    found = []
    for entry in screen.get("fields") or []:
        if not entry.get("active", True) or kind == "review":
            continue
        datatype = entry.get("datatype")
        if datatype == "html" and not entry.get("html") and "label" not in entry:
            continue  # the heading of an item of a list collect
        choices = None
        if "choices" in entry:
            choices = [
                {
                    "label": folded(choice.get("label")),
                    "value": choice.get("value"),
                    "variable": plain_name(choice.get("variable_name")),
                }
                for choice in entry["choices"] or []
            ]
        found.append(
            {
                "variable": plain_name(entry.get("variable_name")),
                "datatype": datatype,
                "inputtype": entry.get("inputtype"),
                "label": folded(entry.get("label")),
                "note": folded(entry.get("note") or entry.get("html") or entry.get("raw html")),
                "choices": choices,
            }
        )
    return found


def actual_fields(screen: Any) -> list[dict[str, Any]]:
    found = []
    for entry in screen.fields:
        if not entry.active or screen.kind == "review" or entry.input_type == "continue":
            continue
        datatype = entry.datatype
        if screen.kind in ("settrue", "signature"):
            datatype = None
        if screen.kind == "multiple_choice" and datatype == "text":
            datatype = None
        variable = entry.path if entry.group is not None else entry.variable
        choices: list[dict[str, Any]] | None = None
        has_choices = bool(entry.options) and screen.kind not in (
            "yesno",
            "noyes",
            "yesnomaybe",
            "noyesmaybe",
        )
        if has_choices or entry.datatype in (
            "checkboxes",
            "multiselect",
            "object_checkboxes",
            "object_multiselect",
        ):
            choices = [
                {
                    "label": folded(option.label),
                    "value": option.value,
                    "variable": _choice_variable(option, entry),
                }
                for option in entry.options
            ]
            extra = [
                label for label in (entry.all_of_the_above, entry.none_of_the_above) if label is not None
            ]
            choices += [{"label": folded(label), "value": None, "variable": None} for label in extra]
        found.append(
            {
                "variable": plain_name(variable),
                "datatype": datatype,
                "inputtype": None if screen.kind == "multiple_choice" else entry.input_type,
                "label": folded(entry.label),
                "note": folded(entry.note or entry.html),
                "choices": choices,
            }
        )
    if screen.kind == "multiple_choice" and not screen.fields:
        choices = [
            {"label": folded(o.label), "value": n, "variable": None} for n, o in enumerate(screen.buttons)
        ]
        found.append(
            {
                "variable": None,
                "datatype": None,
                "inputtype": None,
                "label": "",
                "note": "",
                "choices": choices,
            }
        )
    return found


def _choice_variable(option: Any, entry: Any) -> str | None:
    from engross import names

    if option.variable is None or entry.variable is None:
        return None
    if entry.group is not None:
        return plain_name(option.variable)
    key = names.parse(option.variable).steps[-1]
    return plain_name(f"{entry.variable}{key}")


def compare_screen(
    expected: dict[str, Any], screen: Any, *, by_chance: bool = False, unordered: bool = False
) -> None:
    """Raises Differs. *by_chance*: numbers come from the dice or the clock, so they do not count; *unordered*: nor does the order
    of words, for they come from a set."""

    def same_words(name: str, one: Any, other: Any) -> None:
        one, other = (str(words or "") for words in (one, other))
        if by_chance:
            one, other = (NUMBER.sub("NUMBER", folded(words)) for words in (one, other))
        if unordered:
            one, other = (" ".join(sorted(words.split())) for words in (one, other))
        _same_words(name, one, other)

    if "questionType" in expected:
        same("kind", expected["questionType"], screen.kind)
    question = screen.question
    if screen.response is not None and (screen.response.redirect or screen.response.text):
        question = screen.response.redirect or screen.response.text
    if expected.get("questionType") != "redirect":
        same_words("question", re.sub(r"</?p>", "", expected.get("questionText") or ""), question)
    same_words("subquestion", expected.get("subquestionText"), screen.subquestion)
    theirs, ours = expected_fields(expected), actual_fields(screen)
    same("variables", [entry["variable"] for entry in theirs], [entry["variable"] for entry in ours])
    for one, other in zip(theirs, ours, strict=True):
        for key in ("datatype", "inputtype"):
            same(f"{key} of {one['variable']}", one[key], other[key])
        for key in ("label", "note"):
            same_words(f"{key} of {one['variable']}", one[key], other[key])
        if one["choices"] is not None or other["choices"]:
            same(f"choices of {one['variable']}", *_alike(one["choices"] or [], other["choices"] or []))


def _alike(
    theirs: list[dict[str, Any]], ours: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Choices whose labels were recorded as HTML (docassemble makes it of choices where it leaves other texts alone) as words."""
    if len(theirs) != len(ours) or not any(TAG.search(choice["label"]) for choice in theirs):
        return theirs, ours
    plain = [choice | {"label": SPACE.sub(" ", TAG.sub("", choice["label"])).strip()} for choice in theirs]
    words = [
        SPACE.sub(" ", ICON.sub("", EMPHASIS.sub(r"\2", TAG.sub("", choice["label"])))).strip()
        for choice in ours
    ]
    return plain, [choice | {"label": label} for choice, label in zip(ours, words, strict=True)]


IGNORED = {"number", "file_info", "_class", "instanceName", "image_type", "slideshow"}


def compare_values(expected: dict[str, Any], answers: Any, answered: list[str]) -> None:
    """What was answered has the same value at the end."""
    from engross import names
    from engross.library.interchange import serializable_dict

    data = json.loads(json.dumps(serializable_dict(dict(answers.namespace)), default=str))
    for name in answered:
        try:
            path = names.parse(name)
        except names.BadPath:
            continue
        if (
            path.root in names.ITERATORS
            or path.root in (names.GENERIC, "_internal")
            or path.root not in expected
        ):
            continue
        one = _dig(expected[path.root], path)
        other = _dig(data.get(path.root), path)
        if one is not _GONE or other is not _GONE:
            same(f"value of {name}", _worth(one), _worth(other))


_GONE = object()


def _dig(value: Any, path: Any) -> Any:
    from engross import names

    for step in path.steps:
        if isinstance(step, names.Attribute):
            if not isinstance(value, dict) or step.name not in value:
                return _GONE
            value = value[step.name]
            continue
        if isinstance(value, dict) and "elements" in value:
            value = value["elements"]
        try:
            key = names.key_value(step.key, {})
            value = value[key] if isinstance(value, list) else value[str(key)]
        except (KeyError, IndexError, TypeError, names.BadPath):
            return _GONE
    return value


def _worth(value: Any) -> Any:
    """A value without what does not count: of objects only that they are there, of collections their elements."""
    if value is _GONE:
        return "undefined"
    if isinstance(value, dict):
        if "elements" in value:
            return _worth(value["elements"])
        if "_class" in value:
            return "object"
        return {key: _worth(item) for key, item in sorted(value.items()) if key not in IGNORED}
    if isinstance(value, list):
        return [_worth(item) for item in value]
    if isinstance(value, str):
        return folded(value)
    return value


def replay(trace: dict[str, Any], root: Path) -> None:
    """Hold the conversation of *trace*. Raises Differs at the first difference."""
    from engross.language.interview import load
    from engross.language.source import package_folders

    package, _, file = trace["interview"].partition(":")
    folders = package_folders(package, root)
    path = next((folder / file for folder in folders if (folder / file).is_file()), None)
    interview = load(str(path) if path else trace["interview"])
    with tempfile.TemporaryDirectory() as folder:
        cabinet = Cabinet(Path(folder), interview.package, root)
        conversation = Conversation(interview, cabinet)
        source = "\n".join(
            Path(file).read_text("utf-8", errors="replace")
            for file in interview.files
            if file.endswith((".yml", ".yaml"))
        )
        by_chance = bool(CHANCE.search(source) or MOMENT.search(source))
        unordered = bool(UNORDERED.search(source))
        answered: list[str] = []
        for number, expected in enumerate(trace.get("screens") or []):
            try:
                screen = conversation.next_screen()
                compare_screen(expected, screen, by_chance=by_chance, unordered=unordered)
                given = expected.get("answered")
                if given:
                    conversation.answer(given)
                    answered += [
                        conversation.path_of(name) for name in given if not name.startswith("_internal")
                    ]
            except Differs as difference:
                raise Differs(f"screen {number + 1}: {difference}") from None
        compare_values(trace.get("variables") or {}, conversation.answers, answered)


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raises TimeoutError when the block takes longer."""

    def stop(signum: int, frame: Any) -> None:
        raise TimeoutError(f"took longer than {seconds} seconds")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def get_ready() -> None:
    """Load what every conversation needs, once, before processes are split off."""
    import engross.engine.questions
    import engross.engine.solver
    import engross.language.interview
    import engross.library.namespace  # noqa: F401


def verdict(line: str, root: str, debug: bool = False) -> tuple[str, str | None]:
    """(interview, None or how it differs) of one trace."""
    import logging

    logging.disable(logging.CRITICAL)
    name = "a line that is not a trace"
    try:
        trace = json.loads(line)
        name = str(trace["interview"])
        with limited(SECONDS):
            replay(trace, Path(root))
    except Differs as difference:
        return name, str(difference)
    except BaseException as error:
        if debug:
            traceback.print_exc(file=sys.stderr)
        if isinstance(error, KeyboardInterrupt):
            raise
        return name, f"{type(error).__name__}: {error}".replace("\n", " | ")
    return name, None
