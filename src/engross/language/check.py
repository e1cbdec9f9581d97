"""Check: what an author should know of an interview before anyone visits it. Reads everything, runs nothing.

``check_file`` is ``engross check``. It speaks of the interview's own package; libraries that it includes are their authors'
business, except where something of theirs is missing here. No alarm is better than a false one: what may be right at run time is not
reported.
"""

from __future__ import annotations

import ast
import builtins
import collections
import dataclasses
import re
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from engross.errors import AuthorError, BlockError, DocumentError, Notice, SourceError, Where, nearest
from engross.language.blocks import (
    Attachment,
    AttachmentBlock,
    Block,
    Code,
    Expression,
    Field,
    ObjectsFromFile,
    Question,
    Settings,
    Text,
)
from engross.language.expressions import TextSyntaxError, names_in, names_in_text
from engross.language.fields import BROWSER_TYPES, STANDARD_TYPES, TOOLBOX_TYPES
from engross.language.interview import Interview, load
from engross.language.modules import data_types_in, is_importable, star_names
from engross.language.source import SUBSTITUTES, Listing, find, locate_data, package_folders
from engross.language.translations import read as read_translations

Finding = Notice | AuthorError
"""A Notice stops nothing; an AuthorError is a mistake that a visitor would meet."""

GIVEN_NAMES = frozenset(
    {
        "x", "i", "j", "k", "l", "m", "n", "url_args", "nav", "session_local", "device_local", "user_local", "row_item",
        "row_index", "role", "role_needed", "role_event", "menu_items", "special_screen_parts", "speak_text", "track_location",
        "multi_user", "allow_cron", "incoming_email", "user_dict", "_internal", "self", "loop", "item", "__name__", "__file__",
    }
)  # fmt: skip
"""What the engine puts there, or knows a default for."""

GATEWAYS = {
    "machine learning": (
        "SimpleTextMachineLearner", "SVMMachineLearner", "RandomForestMachineLearner", "MachineLearningEntry", "DAModel",
    ),
    "SMS sending": ("send_sms", "initiate_sms_session", "get_sms_session", "terminate_sms_session"),
    "fax sending": ("send_fax",),
    "live chat": ("set_live_help_status", "chat_partners_available", "get_chat_log"),
    "Google services": ("DAGoogleAPI", "map_of", "run_ga_report"),
}  # fmt: skip
"""Services that Engross has no connection to → the names that need them."""


def check_file(file: str, *, library_names: Collection[str] | None = None) -> list[Finding]:
    """Everything there is to say of the interview in *file*, in the order of its lines. Never raises AuthorError."""
    errors: list[AuthorError] = []
    try:
        interview = load(file, errors=errors)
    except AuthorError as error:
        return [error]
    # What is left out because of a mistake may define any name.
    return sorted_findings([*errors, *check(interview, library_names=None if errors else library_names)])


def check(interview: Interview, *, library_names: Collection[str] | None = None) -> list[Finding]:
    """What to tell the author of a loaded interview.

    *library_names*: what interviews get from Engross without asking; without it, undefined names are not looked for.
    """
    root = find(interview.file).root
    own = [block for block in interview.blocks if block.package == interview.package]
    own_files = {block.where.file for block in own}
    findings: list[Finding] = [n for n in interview.notices if n.where.file in own_files or "is left out" in n.message]
    findings += _syntax_of_texts(own)
    findings += _unknown_data_types(interview, own, root)
    findings += _missing_files(interview, own, root)
    findings += _missing_modules(own, root)
    findings += _repeated_ids(own)
    findings += _unknown_ids(interview, own)
    findings += _gateways(own)
    findings += _needless_waiting(own)
    if library_names is not None:
        findings += _undefined_names(interview, own, frozenset(library_names), root)
    return sorted_findings(findings)


def sorted_findings(findings: Iterable[Finding]) -> list[Finding]:
    """By file and line, each said once."""
    unique = {str(finding): finding for finding in findings}
    return sorted(unique.values(), key=lambda f: (f.where.file, f.where.line) if f.where else ("", 0))


def parts(value: Any) -> Iterator[Any]:
    """A block's dataclasses, texts and expressions, from the outside in."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield value
        if isinstance(value, Text | Expression):
            return
        for item in dataclasses.fields(value):
            yield from parts(getattr(value, item.name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from parts(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from parts(inner)


def _label(block: Block) -> str | None:
    return f"`{block.id}`" if block.id else None


# --------------------------------------------------------------------------------------------------------- syntax, types


def _syntax_of_texts(blocks: Iterable[Block]) -> Iterator[Finding]:
    for block in blocks:
        for part in parts(block):
            if not isinstance(part, Text) or part.plain:
                continue
            try:
                names_in_text(part.source)
            except TextSyntaxError as error:
                where = Where(part.where.file, part.where.line + error.line - 1)
                yield BlockError(f"This is not Mako: {error}.", where=where, block=_label(block))


def _unknown_data_types(interview: Interview, blocks: Iterable[Block], root: Path | None) -> Iterator[Finding]:
    packages = {block.package for block in interview.blocks} | set(SUBSTITUTES)
    packages |= {name for substitutes in SUBSTITUTES.values() for name in substitutes}
    packages |= {module.rpartition(".")[0] for module, _ in interview.modules} | {"engross.library"}
    known = STANDARD_TYPES | BROWSER_TYPES | TOOLBOX_TYPES | data_types_in(tuple(f for package in packages for f in package_folders(package, root)))
    for block in blocks:
        for part in parts(block):
            if isinstance(part, Field) and part.datatype not in known:
                yield Notice(
                    where=part.where,
                    message=f"Unknown data type `{part.datatype}`; the field behaves as `text`.",
                    nearest=nearest(part.datatype, known),
                )


def _repeated_ids(blocks: Iterable[Block]) -> Iterator[Finding]:
    """A question in another language may have the id of the one it translates."""
    seen: dict[tuple[str, str], Where] = {}
    for block in blocks:
        if block.id is None:
            continue
        place = seen.setdefault((block.id, getattr(block, "language", "*")), block.where)
        if place is not block.where:
            yield Notice(where=block.where, message=f"The id `{block.id}` is already used at {place}; `mandatory` blocks need their own.")


def _unknown_ids(interview: Interview, blocks: Iterable[Block]) -> Iterator[Finding]:
    for block in blocks:
        named = list(block.supersedes)
        if isinstance(block, Settings) and isinstance(order := block.values.get("order"), Listing):
            named += [str(item) for item in order]
        for name in named:
            if name not in interview.by_id:
                yield Notice(where=block.where, message=f"No block has the id `{name}`.", nearest=nearest(name, interview.by_id))


# ------------------------------------------------------------------------------------------------------ files, modules


def _missing_files(interview: Interview, blocks: Iterable[Block], root: Path | None) -> Iterator[Finding]:
    for block in blocks:
        if isinstance(block, Question | AttachmentBlock):
            for attachment in block.attachments:
                yield from _missing_templates(block, attachment, root)
        if isinstance(block, ObjectsFromFile):
            for _, file in block.files:
                if file.plain and not _exists(file.source, block.package, "sources", root):
                    yield _missing(file.source, "sources", block.package, root, file.where, block)
        if isinstance(block, Settings):
            yield from _missing_settings_files(block, root)


def _missing_templates(block: Block, attachment: Attachment, root: Path | None) -> Iterator[Finding]:
    templates = attachment.docx_template if isinstance(attachment.docx_template, tuple) else (attachment.docx_template,)
    for template in (*templates, attachment.pdf_template):
        if isinstance(template, Text) and template.plain and not _exists(template.source, attachment.package, "templates", root):
            yield _missing(template.source, "templates", attachment.package, root, template.where, block)


def _missing_settings_files(block: Settings, root: Path | None) -> Iterator[Finding]:
    features = block.values.get("features")
    for key in ("css", "javascript"):
        value = features.get(key) if isinstance(features, dict) else None
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str) and not re.match(r"^(https?:)?/", name) and not _exists(name, block.package, "static", root):
                yield Notice(where=block.where, message=f"There is no file `{name}` in `data/static` of {block.package}.")
    translations = block.values.get("translations")
    for name in translations if isinstance(translations, list) else ():
        path = locate_data(str(name), package=block.package, folder="sources", root=root)
        if path is None:
            yield Notice(where=block.where, message=f"There is no file `{name}` in `data/sources` of {block.package}.")
            continue
        try:
            collections.deque(read_translations(path), maxlen=0)
        except SourceError as error:
            yield error.located(where=block.where)


def _exists(name: str, package: str, folder: str, root: Path | None) -> bool:
    return locate_data(name, package=package, folder=folder, root=root) is not None


def _missing(name: str, folder: str, package: str, root: Path | None, where: Where, block: Block) -> DocumentError:
    known = [
        path.name for base in package_folders(package, root) for place in (f"data/{folder}", folder, ".") for path in (base / place).glob("*")
    ]
    return DocumentError(
        f"There is no file `{name.strip()}` in `data/{folder}` of {package}.",
        document=name, where=where, block=_label(block), nearest=nearest(name.strip(), known),
    )  # fmt: skip


def _missing_modules(blocks: Iterable[Block], root: Path | None) -> Iterator[Finding]:
    for block in blocks:
        if not isinstance(block, Settings):
            continue
        for key in ("modules", "imports"):
            value = block.values.get(key)
            for name in value if isinstance(value, list) else [value]:
                if isinstance(name, str) and not is_importable(name.strip(), package=block.package, root=root):
                    yield BlockError(f"There is no Python module `{name.strip()}`.", where=block.where, block=_label(block))


# -------------------------------------------------------------------------------------------------------------- names


def _undefined_names(interview: Interview, blocks: list[Block], library: frozenset[str], root: Path | None) -> Iterator[Finding]:
    """Names that nothing can define. Says nothing when some module's names cannot be told without running it."""
    known = set(library) | GIVEN_NAMES | set(dir(builtins))
    for name in interview.imports:
        known.add(name.split(".")[0])
    for module, package in interview.modules:
        if module.split(".")[0] in sys.stdlib_module_names:
            return
        given = star_names(module, package=package, root=root)
        if not given.complete and not module.startswith("docassemble.base"):
            return
        known |= given.names
    if any(_sets_in_hidden_ways(block) for block in interview.blocks):
        return
    for block in interview.blocks:
        known |= {_root(name) for name in (*block.sets, *block.other_sets)}
        if isinstance(block, Settings):
            known |= _loaded_names(block)
        known.update(_ASKED_FOR.findall(block.source))
    for block in blocks:
        for part, names in _used_names(block):
            for name in sorted(names - known):
                yield Notice(
                    where=_line_of(name, part),
                    message=f"`{name}` is used here, but no block defines it.",
                    nearest=nearest(name, known - set(dir(builtins))),
                )


_ASKED_FOR = re.compile(r"""\b(?:defined|showifdef|showif|value|undefine|invalidate)\(\s*["'](\w+)""")
"""Names that an author knows may be missing."""


def _line_of(name: str, part: Text | Expression) -> Where:
    """Where *name* stands in a text or in code."""
    for number, line in enumerate(part.source.split("\n")):
        if re.search(rf"\b{re.escape(name)}\b", line):
            return Where(part.where.file, part.where.line + number)
    return part.where


def _sets_in_hidden_ways(block: Block) -> bool:
    """Fields from code, or code that sets variables by their names as text."""
    if isinstance(block, Question) and block.fields_code is not None and ".name_fields(" not in block.fields_code.source:
        return True
    return isinstance(block, Code) and re.search(r"\b(exec|globals|set_variables)\(", block.code.source) is not None


def _root(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _loaded_names(block: Settings) -> set[str]:
    on_change = block.values.get("on change")
    return {_root(str(name)) for name in on_change} if isinstance(on_change, dict) else set()


def _used_names(block: Block) -> Iterator[tuple[Text | Expression, frozenset[str]]]:
    own = names_in(block.code.source).sets if isinstance(block, Code) else ()
    local = frozenset(_root(name) for name in own)
    for part in parts(block):
        if isinstance(part, Expression | Text):
            yield part, _roots(part) - local


def _roots(part: Text | Expression) -> frozenset[str]:
    """The plain names that a text or code needs; none for a text that is not Mako (which is told elsewhere)."""
    if isinstance(part, Expression):
        return names_in(part.source).roots
    try:
        return names_in_text(part.source).roots
    except TextSyntaxError:
        return frozenset()


# ----------------------------------------------------------------------------------------------- gateways, boilerplate


def _gateways(blocks: Iterable[Block]) -> Iterator[Finding]:
    told: set[tuple[str, str]] = set()
    for block in blocks:
        for gateway, where in _needed_gateways(block):
            if (gateway, where.file) not in told:
                told.add((gateway, where.file))
                yield Notice(
                    where=where,
                    message=f"This uses {gateway}, which Engross has no connection to; it behaves as \"not configured\".",
                )


def _needed_gateways(block: Block) -> Iterator[tuple[str, Where]]:
    if isinstance(block, Settings) and "machine learning storage" in block.values:
        yield "machine learning", block.where
    for part in parts(block):
        if isinstance(part, Field) and part.datatype in ("ml", "mlarea"):
            yield "machine learning", part.where
        elif isinstance(part, Expression | Text):
            uses = _roots(part)
            for gateway, names in GATEWAYS.items():
                for name in uses.intersection(names):
                    yield gateway, _line_of(name, part)


_TASKS = re.compile(r"^generate_\w+_task$")


def _needless_waiting(blocks: Iterable[Block]) -> Iterator[Finding]:
    """``if not X.generate_downloads_task.ready(): waiting_screen``: right, and no longer needed."""
    for block in blocks:
        if not isinstance(block, Code):
            continue
        for node in ast.walk(ast.parse(block.code.source)):
            match node:
                case ast.If(
                    test=ast.UnaryOp(
                        op=ast.Not(), operand=ast.Call(func=ast.Attribute(value=ast.Attribute(attr=task), attr="ready"), args=[])
                    ),
                    body=[ast.Expr(value=ast.Name(id=screen))],
                ) if _TASKS.match(task):
                    yield Notice(
                        where=Where(block.code.where.file, block.code.where.line + node.lineno - 1),
                        message=f"These lines can go: papers are made in the background without `{task}` and `{screen}`.",
                    )
