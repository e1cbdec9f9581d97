"""Attachments: an attachment block and the answers → drafts, each a filled template or a plan for one.

A DOCX template is filled here and now, because its Jinja is interview code and may need answers; the bytes are kept under their
digest. A PDF form and the conversion to PDF are only planned (``documents.plan``): the variable becomes a ``DAFileCollection`` of
planned files, which cost nothing until somebody needs their bytes.

Rules of docassemble kept here: ``True``, ``False`` and ``None`` print as ``Yes``, ``No`` and nothing in a PDF form; with ``skip
undefined`` a field whose value cannot be had is empty; marks such as ``[BR]`` become line breaks; ``[FILE …]`` becomes a picture.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engross import names, quoting
from engross.context import current
from engross.documents import docx, pdf, plan
from engross.documents.docx import Image, Markdown
from engross.engine.answers import SPECIAL
from engross.errors import AuthorError, CodeError, DocumentError, Undefined, nearest
from engross.flow import AskFor
from engross.language.blocks import Attachment, AttachmentBlock, Expression, Text
from engross.library import jinja
from engross.library.files import (
    DOCX,
    PDF,
    DAFile,
    DAFileCollection,
    DAStaticFile,
    ending_and_mimetype,
    safe_name,
)
from engross.library.text import space_to_underscore, without_redacted
from engross.library.words import word

if TYPE_CHECKING:
    from engross.engine.solver import Goal, Solver

log = logging.getLogger(__name__)

Values = dict[str, Any]
"""field name → value"""
_MARK = re.compile(r"\[FILE ([^\],]+)[^\]]*\]")
_QR = re.compile(r"\[QR ([^\],]+)[^\]]*\]")
_BREAKS = re.compile(r"[ \t]*\[(?:NEWLINE|BR)\][ \t]*")
_LAYOUT = re.compile(r"\[(?:BORDER|NOINDENT|FLUSHLEFT|FLUSHRIGHT|BOLDCENTER|CENTER|INDENTBY[^\]]*|NBSP|ENDASH|EMDASH)\]")
_PRINTED = {"True": "Yes", "False": "No", "None": ""}
_ENDINGS = {"rtf to docx": "docx", "html": "html", "md": "md", "tex": "tex"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A paper of an attachment block."""

    name: str
    """The title shown to people."""
    filename: str
    """Without ending."""
    description: str
    collection: DAFileCollection
    """Its files by format."""
    formats: tuple[str, ...]
    """``pdf``, ``docx`` …, the preferred one first."""
    content: str | None = None
    """Markdown of a text attachment."""
    variable: str | None = None
    """The path it defines."""


# ------------------------------------------------------------------------------------------------------ public steps


def run(block: AttachmentBlock, solver: Solver, goal: Goal | None = None) -> list[Drafted]:
    """Define the variables of *block*; of several papers, only the one that is sought. Raises Undefined, DocumentError."""
    drafted = []
    for attachment in _all_of(block, solver):
        path = _path(attachment, solver, goal)
        if goal is not None and goal.path is not None and path is not None and not _may_define(path, goal.path):
            continue
        try:
            drafted.append(_define(attachment, solver, path))
        except (DocumentError, CodeError, Undefined) as error:
            if path is None or not _may_fail(path) or not _is_final(error, solver):
                raise
            names.put(solver.answers.namespace, path, _broken(path, error, attachment))
    return drafted


def _may_fail(path: str) -> bool:
    """Whether a list of papers asked for *path* and will tell of its failure (``library.bundles``)."""
    return any(names.parse(path) == names.parse(known) for known in current().screen.get("papers that may fail", ()))


def _is_final(error: Exception, solver: Solver) -> bool:
    """Whether nothing that a visitor could be asked helps."""
    if not isinstance(error, Undefined):
        return True
    forgiven = error.path in solver.answers.forgiven or solver.interview.features.get("use catchall")
    return not forgiven and next(solver.candidates(error.path), None) is None


def _broken(path: str, error: Exception, attachment: Attachment) -> DAFileCollection:
    """The paper that could not be filled; its author is told why, its visitor gets a code."""
    message = str(error)
    if isinstance(error, Undefined):
        template = attachment.docx_template or attachment.pdf_template
        message = f"{attachment.where}: no block defines `{error.path}`" + (f", which the template `{template}` needs" if isinstance(template, str) else "")
    code = hashlib.sha256(message.encode()).hexdigest()[:6].upper()
    notices = current().screen.setdefault("notices", [])
    if message not in notices:
        notices.append(message)
        log.warning("%s: a paper could not be filled; code %s-%s", attachment.where, code[:3], code[3:])
    return DAFileCollection.broken(path, message, {"reason": "ours", "code": f"{code[:3]}-{code[3:]}"})


def papers(attachments: tuple[Attachment, ...], solver: Solver) -> list[Drafted]:
    """The papers that a question offers; those with a variable define it. Raises Undefined, DocumentError."""
    return [_define(attachment, solver, _path(attachment, solver, None)) for attachment in attachments]


def _all_of(block: AttachmentBlock, solver: Solver) -> Iterator[Attachment]:
    yield from block.attachments
    if block.attachment_code is not None:
        found = solver.evaluate(block.attachment_code)
        for item in found if isinstance(found, list | tuple) else [found]:
            if isinstance(item, Attachment):
                yield item
            else:
                raise DocumentError("`attachment code` must give attachments", where=block.where)


def _path(attachment: Attachment, solver: Solver, goal: Goal | None) -> str | None:
    if attachment.variable is None:
        return None
    if goal is not None:
        return goal.bind(attachment.variable, solver.answers.namespace)
    return names.substitute(attachment.variable, solver.answers.namespace)


def _may_define(path: str, sought: str) -> bool:
    """Whether defining *path* defines *sought*: the same, or a part of it."""
    return path == sought or sought.startswith((path + ".", path + "[")) or names.parse(path) == names.parse(sought)


def _define(attachment: Attachment, solver: Solver, path: str | None) -> Drafted:
    moment = current().moment
    outer, moment.names_used = moment.names_used, set()
    try:
        drafted = draft(attachment, solver, path)
    except AuthorError as error:
        raise error.located(where=attachment.where, variable=path) from None
    finally:
        used, moment.names_used = moment.names_used, outer
    if path is not None:
        names.put(solver.answers.namespace, path, drafted.collection)
        # The visit adds what these were (``seams.PapersOfAnswers``): when one has changed, the paper is made again.
        solver.answers.misc.setdefault("papers of answers", {})[path] = {"names": sorted(set(_own(used, solver.answers.namespace, path)))}
    return drafted


def _own(used: set[str], namespace: Mapping[str, Any], path: str) -> Iterator[str]:
    """Of the names that the paper at *path* looked at, the answers; for ``x`` the variable that it stands for. A group of papers
    (``petition["final"]``) is no answer to the papers in it."""
    found = names.parse(path)
    group = found.root if found.steps and isinstance(found.steps[0], names.Item) else None
    for name in used:
        standing_for = getattr(namespace.get(name), "instanceName", None) if name in SPECIAL else name
        if isinstance(standing_for, str):
            root = re.split(r"[.\[]", standing_for, maxsplit=1)[0]
            if root != group and root in namespace:
                yield root


class _Watched(Mapping[str, Any]):
    """The answers, name by name; what is looked at is remembered (``context.Moment.names_used``)."""

    def __init__(self, namespace: Mapping[str, Any], used: set[str]) -> None:
        self._namespace = namespace
        self._used = used

    def __getitem__(self, name: str) -> Any:
        value = self._namespace[name]
        self._used.add(name)
        return value

    def __contains__(self, name: object) -> bool:
        if name in self._namespace:
            self._used.add(str(name))
            return True
        return False

    def __iter__(self) -> Iterator[str]:
        return iter(self._namespace)

    def __len__(self) -> int:
        return len(self._namespace)


# ---------------------------------------------------------------------------------------------------------- one paper


def draft(attachment: Attachment, solver: Solver, path: str | None) -> Drafted:
    """The paper, filled as far as interview code is needed for it. Raises Undefined, DocumentError."""
    title = _words(attachment.name, solver) or str(word("Document"))
    filename = safe_name(_words(attachment.filename, solver)) or safe_name(space_to_underscore(title))
    description = _words(attachment.description, solver)
    kind = "docx" if attachment.docx_template is not None else "pdf" if attachment.pdf_template is not None else "pandoc"
    facts = {"name": title, "filename": filename, "description": description}
    with _while_filling(kind, facts, attachment.language):
        match kind:
            case "docx":
                nodes, content = _from_docx(attachment, solver, filename), None
            case "pdf":
                nodes, content = _from_pdf(attachment, solver), None
            case _:
                nodes, content = _from_text(attachment, solver, title, filename)
    collection = DAFileCollection(path or "_attachment")
    if path is None:
        collection.set_random_instance_name()
    collection.info = {**facts, "formats": list(nodes), "valid_formats": list(nodes)}
    for format_name, node in nodes.items():
        _attach(collection, format_name, node, filename, title, attachment)
    for format_name, expression in _manual(attachment, solver):
        setattr(collection, format_name, expression)
        collection.info["formats"] += [format_name] if format_name not in nodes else []
    if content is not None:
        collection.content = content
    return Drafted(
        name=title,
        filename=filename,
        description=description,
        collection=collection,
        formats=tuple(collection.info["formats"]),
        content=content,
        variable=path,
    )


def _attach(
    collection: DAFileCollection, format_name: str, node: plan.Node, filename: str, title: str, attachment: Attachment
) -> None:
    ending = _ENDINGS.get(format_name, format_name)
    if format_name == "raw" and attachment.raw:
        filename, ending = _raw_name(filename, attachment.raw)
    file = DAFile(f"{collection.instanceName}.{ending}")
    if isinstance(node, plan.Bytes):
        stored = current().files.find(node.sha256)
        if stored is not None:
            file.number = stored.id
            file.filename = f"{filename}.{ending}"
            file._describe(file.filename)
            file.ok = file.initialized = file.generated = True
    if not file.ok:
        file._plan(node, f"{filename}.{ending}", _titles(node, title))
    file.title = title
    file.alt_text = f"{title} ({ending.upper()})"
    setattr(collection, "raw" if format_name == "raw" else ending, file)


def _raw_name(filename: str, ending: str) -> tuple[str, str]:
    """Name and ending of a file that is made as it is written: the ending that *filename* has itself, or else its template's."""
    stem, dot, own = filename.rpartition(".")
    return (stem, own) if dot else (filename, ending.lstrip("."))


def _titles(node: plan.Node, title: str) -> dict[str, str]:
    """Every step of *node* is part of this paper."""
    titles = {node.key: title}
    for source in node.sources:
        titles |= _titles(source, title)
    return titles


def _manual(attachment: Attachment, solver: Solver) -> Iterator[tuple[str, Any]]:
    """Files that the author's own code gives (``manual``)."""
    if attachment.manual_code is not None:
        yield from dict(solver.evaluate(attachment.manual_code)).items()
    for format_name, expression in attachment.manual.items():
        yield format_name, solver.evaluate(expression)


@contextmanager
def _while_filling(medium: str, facts: dict[str, Any], language: str | None) -> Iterator[None]:
    """Texts are written for a paper, and code can see which one."""
    context = current()
    before = (context.medium, context.moment.attachment, context.language)
    context.medium = medium
    context.moment.attachment = facts
    if language:
        context.language = language
    try:
        with quoting.quoted(None):
            yield
    finally:
        context.medium, context.moment.attachment, context.language = before


def _words(text: Text | None, solver: Solver) -> str:
    return solver.plain(text).strip() if text is not None else ""


def _flag(value: Any, solver: Solver, feature: str | None = None) -> bool:
    """An option that is on, off or computed; with *feature*, what the interview says when the attachment does not."""
    if value is None and feature is not None:
        value = solver.interview.features.get(feature, False)
    value = solver.value(value)
    return value.strip().lower() in ("true", "yes", "1") if isinstance(value, str) else bool(value)


def _formats(attachment: Attachment, solver: Solver, default: tuple[str, ...], possible: tuple[str, ...]) -> tuple[str, ...]:
    wanted = solver.value(attachment.valid_formats)
    if wanted is None:
        return default
    chosen = [str(item) for item in ([wanted] if isinstance(wanted, str) else wanted)]
    if "*" in chosen:
        return default
    return tuple(item for item in chosen if item in possible) or default


def _passwords(attachment: Attachment, solver: Solver) -> dict[str, str | None]:
    def one(value: Any) -> str | None:
        found = solver.value(value)
        return str(found) if found not in (None, "", False) else None

    return {"password": one(attachment.password), "owner_password": one(attachment.owner_password)}


# --------------------------------------------------------------------------------------------------------------- DOCX


def _from_docx(attachment: Attachment, solver: Solver, filename: str) -> dict[str, plan.Node]:
    formats = _formats(attachment, solver, ("pdf", "docx"), ("pdf", "docx", "rtf", "odt", "md", "txt"))
    template, name = _docx_template(attachment, solver)
    skip = _flag(attachment.skip_undefined, solver)
    namespace = solver.answers.namespace
    given = dict(_docx_values(attachment, solver, skip))
    library = namespace.get("__builtins__") or {}
    data = docx.fill(
        template,
        ChainMap(given, _Watched(namespace, _names_used()), library if isinstance(library, dict) else vars(library)),  # type: ignore[arg-type]
        skip_undefined=skip,
        filters=jinja.registered,
        find=lambda reference: _included(reference, attachment.package),
        name=name,
        redact=_flag(attachment.redact, solver),
    )
    stored = current().files.keep(data, name=f"{filename}.docx", mimetype=DOCX)
    source = plan.Bytes(sha256=stored.sha256, mimetype=DOCX)
    return _converted(attachment, solver, source, formats)


def _converted(
    attachment: Attachment, solver: Solver, source: plan.Node, formats: tuple[str, ...]
) -> dict[str, plan.Node]:
    nodes: dict[str, plan.Node] = {}
    passwords = _passwords(attachment, solver)
    for format_name in formats:
        ending = _ENDINGS.get(format_name, format_name)
        if ending == "docx":
            nodes[format_name] = source
        elif ending == "pdf":
            nodes[format_name] = plan.ToPdf(
                source=source,
                pdfa=_flag(attachment.pdfa or None, solver, "pdf/a"),
                tagged=_flag(attachment.tagged_pdf or None, solver, "tagged pdf"),
                update_references=_flag(attachment.update_references, solver),
                password=passwords["password"],
                owner_password=passwords["owner_password"],
            )
        else:
            nodes[format_name] = plan.ToFormat(source=source, format=ending)
    return nodes


def _names_used() -> set[str]:
    used = current().moment.names_used
    return used if used is not None else set()


def _docx_template(attachment: Attachment, solver: Solver) -> tuple[bytes | Path, str]:
    """The template; several are joined before they are filled."""
    given = attachment.docx_template
    templates = [
        _template_file(item, attachment, solver) for item in (given if isinstance(given, tuple) else (given,))
    ]
    templates = [one for item in templates for one in (item if isinstance(item, list) else [item])]
    name = " + ".join(path.name for path in templates)
    if len(templates) == 1:
        return templates[0], name
    return docx.join([path.read_bytes() for path in templates]), name


def _template_file(given: Any, attachment: Attachment, solver: Solver) -> Any:
    """A template as a path: a name under ``data/templates``, or what an expression gives; a list for a list."""
    value = solver.value(given)
    if isinstance(value, list | tuple) or (hasattr(value, "elements") and isinstance(value.elements, list)):
        return [_template_path(item, attachment) for item in getattr(value, "elements", value)]
    return _template_path(value, attachment)


def _template_path(value: Any, attachment: Attachment) -> Path:
    if isinstance(value, DAFile | DAFileCollection | DAStaticFile):
        return Path(value.path())
    if hasattr(value, "path") and callable(value.path):
        return Path(value.path())
    reference = str(value).strip()
    try:
        return current().files.static(reference, package=attachment.package or None, folder="templates")
    except FileNotFoundError as error:
        raise DocumentError(
            f"the template file `{reference}` does not exist in data/templates of `{attachment.package or 'this interview'}`",
            document=reference,
            where=attachment.where,
            nearest=_near_template(error, reference),
        ) from error


def _near_template(error: FileNotFoundError, reference: str) -> str | None:
    """The file of the same folder whose name is closest."""
    if not error.filename:
        return None
    folder = Path(str(error.filename)).parent
    if not folder.is_dir():
        return None
    return nearest(Path(reference).name, [path.name for path in folder.iterdir()])


def _included(reference: Any, package: str) -> Path:
    """The template that ``include_docx_template`` names."""
    if isinstance(reference, DAFile | DAFileCollection | DAStaticFile) or hasattr(reference, "path"):
        return Path(reference.path())
    return current().files.static(str(reference), package=package or None, folder="templates")


def _docx_values(attachment: Attachment, solver: Solver, skip: bool) -> Iterator[tuple[str, Any]]:
    """What the block gives on top of the answers."""
    for name, value in attachment.fields:
        yield name, _nested(value, solver, skip)
    for name, value in _code_values(attachment, solver, skip):
        yield name, value


def _nested(value: Any, solver: Solver, skip: bool) -> Any:
    """Lists and dictionaries of texts, rendered."""
    match value:
        case dict():
            return {key: _nested(item, solver, skip) for key, item in value.items()}
        case list() | tuple():
            return [_nested(item, solver, skip) for item in value]
        case Text() | Expression():
            found = _attempt(lambda: solver.value(value, strip=False), skip, value.where)
            return _for_docx(found)
    return value


def _for_docx(value: Any) -> Any:
    """A text that is only a picture's mark is the picture."""
    if isinstance(value, str):
        mark = _MARK.fullmatch(value.strip())
        if mark:
            file = _file_of_mark(mark.group(1))
            if file is not None and file.mimetype.startswith("image/"):
                return Image(data=Path(file.path()), alt=file.get_alt_text() or "")
    return value


# ---------------------------------------------------------------------------------------------------------------- PDF


def _from_pdf(attachment: Attachment, solver: Solver) -> dict[str, plan.Node]:
    path = _template_file(attachment.pdf_template, attachment, solver)
    if isinstance(path, list):
        path = path[0]
    data = path.read_bytes()
    stored = current().files.keep(data, name=path.name, mimetype=PDF)
    skip = _flag(attachment.skip_undefined, solver)
    values = _form_values(attachment, solver, skip, data)
    _warn_of_unknown_fields(data, path.name, values, attachment)
    options = {
        "rendering font": solver.value(attachment.rendering_font),
        "checkbox export value": solver.value(attachment.checkbox_export_value),
        "template password": solver.value(attachment.template_password),
    }
    node: plan.Node = plan.PdfForm(
        template=plan.Bytes(sha256=stored.sha256, mimetype=PDF),
        values=tuple(values.items()),
        flatten=not _flag(attachment.editable, solver),
        options=tuple((name, str(value)) for name, value in options.items() if value not in (None, "")),
    )
    pdfa = _flag(attachment.pdfa or None, solver, "pdf/a")
    passwords = _passwords(attachment, solver)
    if pdfa or any(passwords.values()):
        node = plan.Merged(
            parts=(node,), pdfa=pdfa, password=passwords["password"], owner_password=passwords["owner_password"]
        )
    return {"pdf": node}


def _form_values(attachment: Attachment, solver: Solver, skip: bool, form: bytes) -> Values:
    """field name → what it is filled with.

    A text that may overflow learns here which box it is for (``library.addenda``). What another field said of its length before
    may then be wrong, so in that case all is computed once more.
    """
    moment = current().moment
    moment.form_field_taken = False
    values = _form_values_once(attachment, solver, skip, form)
    if moment.form_field_taken:
        values = _form_values_once(attachment, solver, skip, form)
    return values


def _form_values_once(attachment: Attachment, solver: Solver, skip: bool, form: bytes) -> Values:
    values: Values = {}
    for name, value in attachment.fields:
        if isinstance(value, Text | Expression):
            found = _attempt(lambda value=value, name=name: _in_box(form, name, lambda: solver.value(value, strip=False)), skip, value.where)
        else:
            found = value
        values[name] = _form_value(found.rstrip() if isinstance(found, str) else found)
    for name, value in _code_values(attachment, solver, skip, form):
        values[name] = _form_value(value)
    return values


def _in_box(form: bytes, name: str, compute: Callable[[], Any]) -> Any:
    """What *compute* gives while the boxes of the form's field are known; again when more stands around a cut text."""
    moment = current().moment
    boxes = pdf.boxes(form, name)
    if boxes is None:
        return compute()
    try:
        moment.form_field, moment.form_field_shown = boxes, None
        found = compute()
        shown = current().moment.form_field_shown  # set meanwhile by the text
        if isinstance(found, str) and shown and shown in found and found.strip() != shown.strip() and not boxes.fits(found.rstrip()):
            before, _, after = found.rstrip().partition(shown)
            moment.form_field = replace(boxes, before=before, after=after)
            found = compute()
        return found
    finally:
        moment.form_field = None


def _form_value(value: Any) -> Any:
    """*value* as it prints in a form: text, or ``{"image": digest}``."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    text = _PRINTED.get(text, text)
    text = _LAYOUT.sub("", _BREAKS.sub("\n", text))
    mark = _MARK.search(text)
    if mark:
        file = _file_of_mark(mark.group(1))
        return {"image": _digest(file)} if file is not None else ""
    square = _QR.search(text)
    if square:
        return {"image": _qr_digest(square.group(1))}
    return text


def _file_of_mark(reference: str) -> DAFile | DAStaticFile | None:
    """The file that ``[FILE reference …]`` shows."""
    reference = reference.strip()
    try:
        return DAFile.kept(current().files.info(reference))
    except KeyError:
        pass
    try:
        static = DAStaticFile(filename=reference)
        static.path()
    except DocumentError:
        return None
    return static


def _digest(file: DAFile | DAStaticFile) -> str:
    node = file.node()
    assert isinstance(node, plan.Bytes)  # noqa: S101 - both kinds of file are kept
    return node.sha256


def _qr_digest(text: str) -> str:
    import segno

    picture = io.BytesIO()
    segno.make(text.strip()).save(picture, kind="png", scale=8)
    return current().files.keep(picture.getvalue(), name="qr.png", mimetype="image/png").sha256


def _warn_of_unknown_fields(data: bytes, template: str, values: Values, attachment: Attachment) -> None:
    """Tell the author of fields that the form does not have; docassemble passes over them, so the paper is made."""
    known = {field[0] for field in pdf.list_fields(data)}
    short = {name.rsplit(".", 1)[-1] for name in known}
    for name in values:
        stem = re.sub(r"__\d+$", "", name)
        if not {name, stem} & (known | short):
            near = nearest(name, known)
            hint = f" Did you mean `{near}`?" if near else ""
            note = f"{attachment.where}: the PDF form `{template}` has no field `{name}`.{hint}"
            notices = current().screen.setdefault("notices", [])
            if note not in notices:
                notices.append(note)
                log.warning(note)


# --------------------------------------------------------------------------------------------------- values from code


def _code_values(
    attachment: Attachment, solver: Solver, skip: bool, form: bytes | None = None
) -> Iterator[tuple[str, Any]]:
    """Values of ``code``, ``field code`` and ``field variables``, floats with the wanted decimals. *form*: the PDF they fill."""
    places = _decimal_places(attachment, solver)

    def shaped(value: Any) -> Any:
        if type(value).__name__ == "RawValue":  # `raw(value)`: hand the value over as it is
            value = value.value
        return f"{value:.{places}f}" if isinstance(value, float) and places is not None else value

    if attachment.fields_code is not None:
        code = attachment.fields_code
        moment = current().moment
        texts: list[tuple[str, Callable[[], None]]] = []
        moment.form_texts = texts
        try:
            found = _attempt(lambda: solver.evaluate(code), skip, code.where, otherwise={})
        finally:
            moment.form_texts = None
        for item in found if isinstance(found, list | tuple) else [found]:
            if form is not None and texts and hasattr(item, "items"):
                _tell_boxes(form, item, texts)
            if not isinstance(item, Mapping) and not hasattr(item, "items"):
                raise DocumentError(
                    "`code` in an attachment must give a dictionary or a list of dictionaries", where=code.where
                )
            for name, value in item.items():
                yield str(name), shaped(value)
    for name, expression in attachment.field_code:
        def compute(expression: Expression = expression) -> Any:
            return solver.evaluate(expression)

        inside = compute if form is None else lambda name=name, compute=compute: _in_box(form, name, compute)
        yield name, shaped(_attempt(inside, skip, expression.where))
    for name in (*attachment.field_variables, *attachment.raw_field_variables):
        value = _attempt(lambda name=name: solver.look(name), skip, attachment.where)
        yield name, shaped(value)


_ENOUGH_TO_KNOW = 12
"""Letters that a text must have to be known again within a longer value."""


def _tell_boxes(form: bytes, values: Any, texts: list[tuple[str, Callable[[], None]]]) -> None:
    """Let each text that may overflow learn the box of the field whose value it is, or in whose value it stands.

    Code gave all values at once, so which text went into which field is seen from the values only.
    """
    moment = current().moment
    for name, value in values.items():
        if not isinstance(value, str):
            continue
        shown, take = next(
            (one for one in sorted(texts, key=lambda one: -len(one[0])) if _stands_in(one[0].strip(), value.strip())), ("", None)
        )
        boxes = pdf.boxes(form, str(name)) if take is not None else None
        if take is None or boxes is None:
            continue
        before, _, after = value.rstrip().partition(shown.strip())
        moment.form_field = replace(boxes, before=before, after=after)
        try:
            take()
        finally:
            moment.form_field = None


def _stands_in(shown: str, value: str) -> bool:
    return shown == value or (len(shown) >= _ENOUGH_TO_KNOW and shown in value)


def _decimal_places(attachment: Attachment, solver: Solver) -> int | None:
    if attachment.decimal_places is None:
        return None
    try:
        return int(str(solver.value(attachment.decimal_places)).strip())
    except ValueError as error:
        raise DocumentError("`decimal places` must be a whole number", where=attachment.where) from error


def _attempt(compute: Any, skip: bool, where: Any, otherwise: Any = "") -> Any:
    """The value, or with ``skip undefined`` an empty one when it cannot be had (docassemble swallows any error here)."""
    if not skip:
        return compute()
    try:
        return compute()
    except (Undefined, AskFor):
        return otherwise
    except CodeError as error:
        log.info("skipped at %s: %s", where, error)
        return otherwise


# --------------------------------------------------------------------------------------------------------------- text


def _from_text(
    attachment: Attachment, solver: Solver, title: str, filename: str
) -> tuple[dict[str, plan.Node], str]:
    with quoting.quoted(None if attachment.raw else solver.typed()):  # Markdown, unless it is raw
        words = without_redacted(_content(attachment, solver))
    files = current().files
    if attachment.raw:
        stem, ending = _raw_name(filename, attachment.raw)
        stored = files.keep(words.encode(), name=f"{stem}.{ending}", mimetype=ending_and_mimetype(f"x.{ending}")[1])
        return {"raw": plan.Bytes(sha256=stored.sha256, mimetype=stored.mimetype)}, words
    formats = _formats(attachment, solver, ("pdf", "rtf"), ("pdf", "rtf", "docx", "rtf to docx", "odt", "md", "html"))
    nodes: dict[str, plan.Node] = {}
    if "md" in formats:
        stored = files.keep(words.encode(), name=f"{filename}.md", mimetype="text/markdown")
        nodes["md"] = plan.Bytes(sha256=stored.sha256, mimetype="text/markdown")
    others = tuple(item for item in formats if item not in ("md", "html"))
    if others:
        data = docx.fill(_text_template(), {"content": Markdown(text=_papered(words))}, name=title)
        stored = files.keep(data, name=f"{filename}.docx", mimetype=DOCX)
        source = plan.Bytes(sha256=stored.sha256, mimetype=DOCX)
        nodes = {**_converted(attachment, solver, source, others), **nodes}
    return nodes, words


def _content(attachment: Attachment, solver: Solver) -> str:
    if attachment.content_file is not None:
        found = solver.evaluate(attachment.content_file)
        items = found if isinstance(found, list | tuple) else [found]
        texts = [_template_path(item, attachment).read_text(encoding="utf-8") for item in items]
        return solver.render(Text("\n\n".join(texts), attachment.where))
    return solver.render(attachment.content).strip()


def _papered(words: str) -> str:
    """Marks of docassemble's text as Markdown that papers can show."""
    words = re.sub(r"\[(?:NEWLINE|BR)\]", "  \n", words)
    words = re.sub(r"^\[BOLDCENTER\]\s*(.+)$", r'<p align="center"><strong>\1</strong></p>', words, flags=re.MULTILINE)
    words = re.sub(r"^\[CENTER\]\s*(.+)$", r'<p align="center">\1</p>', words, flags=re.MULTILINE)
    words = re.sub(r"^\[FLUSHRIGHT\]\s*(.+)$", r'<p align="right">\1</p>', words, flags=re.MULTILINE)
    words = words.replace("[NBSP]", "\u00a0").replace("[ENDASH]", "–").replace("[EMDASH]", "—").replace("[TAB]", "\t")
    return re.sub(r"\[(?:PAGEBREAK|PAGENUM|NOINDENT|FLUSHLEFT|BEGIN_\w+|END_\w+|SKIPLINE|VERTICALSPACE|HORIZONTALLINE|BORDER|INDENTBY[^\]]*)\]", "", words)


@lru_cache(maxsize=1)
def _text_template() -> bytes:
    """An empty letter page whose only paragraph is the content."""
    from docx import Document
    from docx.shared import Inches, Pt

    made = Document()
    for section in made.sections:
        section.page_width, section.page_height = Inches(8.5), Inches(11)
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Inches(1)
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(12)
    made.add_paragraph("{{p content }}")
    out = io.BytesIO()
    made.save(out)
    return docx.normal(out.getvalue())

