"""Evaluation: the only place that runs an interview's Python and Mako.

Code sees the answers as its globals. Everything that is not an answer (Python's builtins, the library, the interview's
``modules`` and ``imports``) is reached through ``__builtins__`` of those globals, one dictionary per interview, so that the
answers hold nothing else and a missing name is a missing answer.

Whatever way Python or Mako says "undefined" becomes ``Undefined(path)``; every other error becomes ``CodeError`` with the
file and line of the YAML.
"""

from __future__ import annotations

import ast
import builtins
import gc
import hashlib
import importlib
import logging
import os
import re
import sys
import traceback
import types
import weakref
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import count
from types import CodeType, TracebackType
from typing import Any

from mako import exceptions as mako_exceptions  # type: ignore[import-untyped]
from mako import filters as mako_filters
from mako import runtime as mako_runtime
from mako.template import ModuleInfo  # type: ignore[import-untyped]
from mako.template import Template as MakoTemplate
from mako.util import FastEncodingBuffer  # type: ignore[import-untyped]

from engross import authored
from engross.context import current_or_none, step_outside
from engross.errors import (
    AuthorError,
    CodeError,
    EngrossError,
    Undefined,
    UndefinedName,
    Where,
    nearest,
    relocate,
)
from engross.flow import Turn
from engross.language import expressions
from engross.language.blocks import Expression, Text
from engross.language.interview import Interview
from engross.language.source import package_folders
from engross.quoting import printed

FOLDER_PACKAGE = "interview_folder_"
"""Modules beside an interview that lies in a plain folder belong to a package whose name begins so."""
_TEXT_MODULE = "engross_text_"
"""Mako names the module of a text after its address; ours begin so."""
_CODE_MARK = "interview "
"""File names of compiled code begin so, to tell an interview's frames from those of modules."""
_LOCAL_NAME = re.compile(r"variable '(\w+)'")
"""In the messages of UnboundLocalError and of unbound free variables, Python 3.11 to 3.13."""
_QUOTED_NAME = re.compile(r"'(.*)' (is not defined|is undefined|referenced before assignment)")
_COMPLAINT = re.compile(r"(?<=^            )raise NameError\(\"'\w+' is not defined\"\)$", re.MULTILINE)
"""How Mako's strict mode says that a name is not there, at the top of a text or of a ``def`` in it."""


# ------------------------------------------------------------------------------------------------------------- names


@lru_cache(maxsize=32)
def _standard_names() -> dict[str, Any]:
    from engross.library.namespace import NAMES  # here: the library is wide, and plain tests need not load it

    return {**vars(builtins), **MAKO_NAMES, **NAMES}


def _plain_names() -> dict[str, Any]:
    """What is there without docassemble's names."""
    return {**vars(builtins), **MAKO_NAMES}


def _brings_its_own(interview: Interview) -> bool:
    """Whether the interview's author wants none but the names of its own modules: ``suppress loading util``."""
    return bool(interview.metadata.get("suppress loading util"))


_REVISIONS: dict[tuple[str, str], dict[str, Any]] = {}
_REVISIONS_KEPT = 64


def names_for(interview: Interview) -> dict[str, Any]:
    """What the code of *interview* can use besides answers. Made once per revision; raises CodeError when one of its modules
    cannot be imported."""
    key = (interview.file, interview.digest or str(id(interview)))
    names = _REVISIONS.get(key)
    if names is None:
        with step_outside():  # what all visits share must not see one of them
            names = {**(_plain_names() if _brings_its_own(interview) else _standard_names()), **_imported(interview)}
        while len(_REVISIONS) >= _REVISIONS_KEPT:
            _REVISIONS.pop(next(iter(_REVISIONS)))
        _REVISIONS[key] = names
        _settle()
    return names


_SETTLED = count(1)
_SETTLED_THROUGHOUT = 16
"""After how many revisions Python's collector goes through everything."""


def _settle() -> None:
    """Keep Python's collector from going through all that stays (library, modules, blocks) again and again: it would cost a visitor a
    tenth of a second or more every few screens. What earlier revisions left is collected now and then, as that takes as long."""
    if next(_SETTLED) % _SETTLED_THROUGHOUT == 0:
        gc.unfreeze()
        gc.collect()
    else:
        gc.collect(1)  # what is young
    gc.freeze()


def _imported(interview: Interview) -> dict[str, Any]:
    """The names that ``imports`` and ``modules`` bring."""
    from engross.library.absent import hasten
    from engross.library.published_bundles import adopt

    found: dict[str, Any] = {}
    for owner in {block.package for block in interview.blocks}:
        _preload(owner)
    for name in interview.imports:
        module = _import(name, interview.package)
        if name.startswith("."):
            found[name.lstrip(".").split(".")[0]] = module
        else:
            root = name.split(".")[0]
            found[root] = importlib.import_module(root)
    for name, package in interview.modules:
        module = _import(name, package or interview.package)
        if isinstance(bundle := getattr(module, "ALDocumentBundle", None), type):
            adopt(bundle)
        public = getattr(module, "__all__", None)
        chosen = public if public is not None else [key for key in vars(module) if not key.startswith("_")]
        found.update({key: getattr(module, key) for key in chosen})
    hasten()
    return found


_ANNOUNCES = re.compile(r"^# pre-load|^register_jinja_filter\(|^class \w+\(CustomDataType\)", re.MULTILINE)
"""What a module of a package must hold to be imported although nobody names it: it brings filters or data types. docassemble
imports such modules when it starts."""


def _preload(package: str) -> None:
    """Import the modules of *package* that bring filters or data types. One that fails is noted; the interview may not need it."""
    if os.sep in package or not package:
        return
    for folder in package_folders(package):
        for path in sorted(folder.glob("*.py")):
            text = path.read_text(encoding="utf-8", errors="replace")
            if _ANNOUNCES.search(text) and not text.startswith("# do not pre-load"):
                try:
                    importlib.import_module(f"{package}.{path.stem}")
                except Exception as error:  # noqa: BLE001 - whatever an author's module raises when it is imported
                    logging.getLogger(__name__).warning("%s.%s was not loaded: %s", package, path.stem, error)


def _import(name: str, package: str) -> Any:
    """A module; ``.name`` lies in *package*, which is a folder for interviews outside of any package."""
    try:
        if name.startswith(".") and os.sep in package:
            return importlib.import_module(f"{_folder_package(package)}{name}")
        return importlib.import_module(name, package=package or None)
    except Exception as error:
        raise CodeError(f"module `{name}` cannot be imported: {type(error).__name__}: {error}") from error


def _folder_package(folder: str) -> str:
    """The name of a package that stands for the modules in *folder*."""
    name = f"{FOLDER_PACKAGE}{hashlib.sha256(folder.encode()).hexdigest()[:16]}"
    if name not in sys.modules:
        made = types.ModuleType(name, "The modules beside an interview.")
        made.__path__ = [folder]
        sys.modules[name] = made
    return name


def prepare(namespace: MutableMapping[str, Any], interview: Interview) -> None:
    """Make *namespace* fit to run code of *interview* in."""
    namespace["__builtins__"] = names_for(interview)


def find_class(interview: Interview, module: str, name: str) -> Any:
    """The class that kept answers name: of the library, of the ``docassemble`` names, or of the interview's own modules and what
    lies beside them. Raises LookupError for any other, ImportError, AttributeError."""
    names_for(interview)
    if not f"{module}.{name}.".startswith(_trusted(tuple(interview.modules), tuple(interview.imports), interview.package)):
        raise LookupError(f"{module}.{name}")
    found: Any = sys.modules.get(module) or importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


@lru_cache(maxsize=256)
def _trusted(modules: tuple[tuple[str, str], ...], imports: tuple[Any, ...], package: str) -> tuple[str, ...]:
    """How the names of modules begin whose classes kept answers may name."""
    own = {root for root, _ in modules} | {str(entry) for entry in imports} | {package}
    packages = {part.strip(".").rpartition(".")[0] or part.strip(".") for part in own if part and os.sep not in part}
    return (FOLDER_PACKAGE, *(f"{start}." for start in ("engross.library", "docassemble", *CLIENTS, *packages)))


CLIENTS = (
    "requests.sessions",
    "requests.cookies",
    "requests.adapters",
    "requests.structures",
    "urllib3.util.retry",
    "http.cookiejar.DefaultCookiePolicy",
    "http.cookiejar.Cookie",
)
"""Of what a client of a web service is made, that interviews of courts' e-filing keep among their answers."""


# ---------------------------------------------------------------------------------------------------------- compiling


@lru_cache(maxsize=65536)
def compile_expression(expression: Expression) -> CodeType:
    """*expression* as code whose tracebacks name the YAML file and line. Raises CodeError for what is not Python."""
    source = expression.source if expression.statements else expression.source.strip()
    try:
        tree: ast.Module | ast.Expression
        tree = ast.parse(source) if expression.statements else ast.parse(source, mode="eval")
        ast.increment_lineno(tree, max(expression.where.line - 1, 0))
        file = _CODE_MARK + expression.where.file
        code: CodeType = compile(tree, file, "exec" if expression.statements else "eval")
        return code
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        where = relocate(expression.where, line - 1)
        raise CodeError(f"this is not Python: {getattr(error, 'msg', error)}", where=where) from error


class _LookLate(ast.NodeTransformer):
    """Makes the code that Mako writes look its names up when they are used.

    Mako looks up every name of a text before it begins, also those of branches that are not taken. An interview must only be asked
    for what it uses; so the look-ups in front are taken out, and the names become globals.
    """

    def visit_Try(self, node: ast.Try) -> ast.AST | None:
        match node.body:
            case [ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript(value=ast.Name(id="context"), slice=ast.Constant(value=key)))] if (
                name == key and len(node.handlers) == 1
            ):
                return None
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        match node.value:
            case ast.Name(id="runtime") if node.attr == "LoopStack":
                node.value.id = "__M_runtime"
            case ast.Name(id="filters") if node.attr in vars(mako_filters):
                node.value.id = "__M_filters"
        return self.generic_visit(node)


MAKO_NAMES: dict[str, Any] = {
    "__M_dict_builtin": dict,
    "__M_locals_builtin": locals,
    "__M_runtime": mako_runtime,
    "__M_filters": mako_filters,
    "__M_printed": printed,
}
"""What Mako's own code needs, beside the builtins."""


_HEADING = re.compile(r"^([ \t]*)(#{2,})", re.MULTILINE)
_NOT_PROSE = re.compile(r"(<%!?\s.*?%>|<%doc>.*?</%doc>|<%text>.*?</%text>)", re.DOTALL)
"""Python blocks, comments and text as it stands."""


def _with_headings(source: str) -> str:
    """*source* with Markdown headings kept from Mako, to which every line that begins with ``##`` is a comment; to docassemble's
    Mako none is."""
    if "##" not in source:
        return source
    parts = _NOT_PROSE.split(source)
    parts[::2] = [_HEADING.sub(r"\1${'\2'}", part) for part in parts[::2]]
    return "".join(parts)


class CompiledText:
    """A Mako template whose code runs with the answers as its globals."""

    __slots__ = ("__weakref__", "_body", "_module", "source", "template")

    def __init__(self, text: Text, number: int) -> None:
        self.template = MakoTemplate(  # noqa: S702 - Markdown; what reaches HTML is cleaned in `markup`
            text=_with_headings(text.source),
            strict_undefined=True,
            uri=f"{_TEXT_MODULE}{number}",
            default_filters=["__M_printed"],  # visitors' words print as typed: docs/decisions/answers-are-data-in-text.md
        )
        self.source: str = self.template.code
        tree = ast.fix_missing_locations(_LookLate().visit(ast.parse(self.source)))
        functions: list[ast.stmt] = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        self._module = compile(ast.Module(body=functions, type_ignores=[]), f"{_TEXT_MODULE}{number}", "exec")
        alone = len(functions) == 1
        self._body = next((c for c in self._module.co_consts if isinstance(c, CodeType)), None) if alone else None

    def render(self, names: dict[str, Any]) -> str:
        """The words, with *names* as globals. Raises what the code in it raises."""
        buffer = FastEncodingBuffer()
        context = mako_runtime.Context(buffer)
        context._outputting_as_unicode = True
        context._set_with_template(self.template)
        if self._body is not None:
            types.FunctionType(self._body, names)(context)
        else:
            scope = dict(names)  # the functions of `<%def>` are names too
            exec(self._module, scope)  # noqa: S102 - the author's text
            context._data.update({key: value for key, value in scope.items() if key.startswith("render_")})
            scope["render_body"](context)
        return str(buffer.getvalue())


_count = iter(range(1 << 62))
_TEXTS: weakref.WeakValueDictionary[str, CompiledText] = weakref.WeakValueDictionary()


@lru_cache(maxsize=65536)
def compile_text(text: Text) -> CompiledText:
    """*text* as a template. Raises CodeError for what is not Mako."""
    try:
        number = next(_count)
        made = CompiledText(text, number)
        _TEXTS[f"{_TEXT_MODULE}{number}"] = made
        return made
    except (mako_exceptions.SyntaxException, mako_exceptions.CompileException) as error:
        where = relocate(text.where, max((error.lineno or 1) - 1, 0))
        message = str(error).split(" at line:")[0].split(" in file")[0]
        raise CodeError(f"this text cannot be read as Mako: {message}", where=where) from error
    except SyntaxError as error:
        raise CodeError(f"this text cannot be read as Mako: {error.msg}", where=text.where) from error


# ------------------------------------------------------------------------------------------------------------ running


def evaluate(expression: Expression, namespace: MutableMapping[str, Any]) -> Any:
    """The value of *expression*. Raises Undefined, CodeError, and the Turns that code takes."""
    _note_use(lambda: expressions.names_in(expression.source).roots)
    with _explained(expression.where, namespace):
        return eval(compile_expression(expression), namespace)  # type: ignore[arg-type]  # noqa: S307 - the author's code


def execute(expression: Expression, namespace: MutableMapping[str, Any]) -> None:
    """Run the statements of *expression*. Raises as `evaluate` does."""
    with _explained(expression.where, namespace):
        exec(compile_expression(expression), namespace)  # type: ignore[arg-type]  # noqa: S102 - the author's code


def render(text: Text, namespace: Mapping[str, Any], extra: Mapping[str, Any] | None = None) -> str:
    """The words of *text* with the answers (and *extra* on top). Raises as `evaluate` does."""
    if text.plain:
        authored.note(text.source)
        return text.source
    compiled = compile_text(text)
    _note_use(lambda: expressions.names_in_text(text.source).roots)
    names = namespace if isinstance(namespace, dict) and not extra else {**namespace, **(extra or {})}
    names.setdefault("__builtins__", _standard_names())
    with _explained(text.where, namespace):
        return compiled.render(names)


def _note_use(roots: Callable[[], frozenset[str]]) -> None:
    """While a paper is filled, remember which variables it looks at (``context.Moment.names_used``)."""
    context = current_or_none()
    if context is None or context.moment.names_used is None:
        return
    with suppress(SyntaxError, expressions.TextSyntaxError):  # what runs was understood, if perhaps in another form
        context.moment.names_used |= roots()


def evaluate_source(source: str, where: Where, namespace: MutableMapping[str, Any]) -> Any:
    """The value of Python *source* that comes from the interview's own text, never from a request."""
    return evaluate(Expression(source, where), namespace)


# ------------------------------------------------------------------------------------------------------------- errors


def missing_path(error: BaseException) -> str | None:
    """The variable path that *error* says is undefined, or None if it is a plain bug."""
    match error:
        case Undefined():
            return error.path
        case UnboundLocalError():
            return _named_in(str(error))
        case NameError(name=str(name)):
            return name
        case NameError():
            return _named_in(str(error))
    return None


def _named_in(message: str) -> str | None:
    found = _LOCAL_NAME.search(message) or _QUOTED_NAME.search(message)
    return found.group(1) if found else None


@contextmanager
def _explained(where: Where, namespace: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except Undefined as error:
        error.asked_in = error.asked_in or where
        raise
    except (Turn, EngrossError):
        raise
    except NameError as error:
        path = missing_path(error)
        if path is not None and (isinstance(error, UnboundLocalError) or _is_interview_frame(error.__traceback__)):
            undefined = UndefinedName(path)
            undefined.asked_in = where
            raise undefined from error
        raise _code_error(error, where, namespace) from error
    except Exception as error:
        if getattr(error, "says_to_visitor", False):
            raise
        raise _code_error(error, where, namespace) from error
    except SystemExit as error:
        raise CodeError("interview code tried to end the server with `exit`", where=where) from error


def _is_interview_frame(trace: TracebackType | None) -> bool:
    """Whether the innermost frame is an interview's own code and not a module's."""
    frames = list(traceback.walk_tb(trace))
    if not frames:
        return False
    file = frames[-1][0].f_code.co_filename
    return file.startswith((_CODE_MARK, _TEXT_MODULE))


def _code_error(error: Exception, where: Where, namespace: Mapping[str, Any]) -> AuthorError:
    """*error* as the author should read it: the innermost line of the interview, and a near name if one is meant."""
    place, extra = _place(error, where)
    hint: str | None = None
    match error:
        case AttributeError(obj=obj, name=str(name)) if obj is not None:
            hint = nearest(name, dir(obj))
        case NameError(name=str(name)):
            hint = nearest(name, [key for key in namespace if not key.startswith("_")])
        case KeyError(args=(str(name),)):
            hint = None
    text = str(error) or "no message"
    return CodeError(f"{type(error).__name__}: {text}{extra}", where=place, nearest=hint)


def place_of(error: BaseException, where: Where) -> Where:
    """The innermost line of the interview that *error* came from; *where* when none was."""
    return _place(error, where)[0]


def asked_at(missing: Undefined, where: Where | None) -> Where | None:
    """The line of the interview's code or text that asked for the name *missing*; *where* when none did."""
    place = missing.asked_in or where
    error = missing.__cause__ or missing
    return _place(error, place)[0] if place is not None and isinstance(error, BaseException) else place


def _place(error: BaseException, where: Where) -> tuple[Where, str]:
    place = where
    extra = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if file.startswith(_CODE_MARK):
            place, extra = Where(file.removeprefix(_CODE_MARK), line), ""
        elif file.startswith(_TEXT_MODULE):
            place, extra = relocate(where, _text_line(file, line) - 1), ""
        elif "engross" not in file and "/mako/" not in file:
            extra = f" ({file}, line {line})"
    return place, extra


def _text_line(file: str, line: int) -> int:
    """The line of a text that line *line* of its compiled code comes from, one-based."""
    text = _TEXTS.get(file)
    if text is None:
        return 1
    try:
        lines = ModuleInfo.get_module_source_metadata(text.source, full_line_map=True)["full_line_map"]
        return int(lines[line - 1]) or 1
    except (KeyError, IndexError, AttributeError, TypeError, ValueError):
        return 1


def is_visible_error(error: BaseException) -> bool:
    """Whether *error* is meant for the visitor (``validation_error``)."""
    return bool(getattr(error, "says_to_visitor", False))


def language_now() -> str:
    """The language of this visit."""
    context = current_or_none()
    return context.language if context else "en"
