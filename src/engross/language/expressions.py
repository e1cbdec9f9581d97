"""Expressions: which names Python and Mako source uses and sets. Reads syntax trees; runs nothing.

``names_in`` answers for Python, ``names_in_text`` for Mako; both keep what they found, because the same source is asked about when
an interview is loaded and again when it is checked.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from mako.exceptions import MakoException  # type: ignore[import-untyped]
from mako.lexer import Lexer  # type: ignore[import-untyped]
from mako.parsetree import Code, ControlLine, DefTag, InheritTag, NamespaceTag, TemplateNode  # type: ignore[import-untyped]
from mako.parsetree import Expression as MakoExpression

from engross import names

_MAKO = re.compile(r"<%|\$\{|% if|% for|% while|##")
"""docassemble's own test of whether a text goes through Mako; `\\` at a line's end and the like stay as they are otherwise."""


def is_mako(text: str) -> bool:
    """Whether there is anything for Mako to do in *text*."""
    return _MAKO.search(text) is not None


@dataclass(frozen=True, slots=True)
class Names:
    """What a piece of source has to do with variables."""

    uses: frozenset[str] = frozenset()
    """Paths that are read, as long as they can be told: ``users[0].name.first``, ``x.address``, ``i``."""
    sets: tuple[str, ...] = ()
    """Paths that are assigned, in order, each in the form that ``names`` gives paths."""
    is_expression: bool = False
    """Whether the source is one expression, not statements."""

    @property
    def roots(self) -> frozenset[str]:
        """The plain variables that must be there for it to run."""
        return frozenset(re.split(r"[.\[]", path, maxsplit=1)[0] for path in self.uses)


@lru_cache(maxsize=32768)
def names_in(source: str) -> Names:
    """The names in Python *source*, statements or an expression. Raises SyntaxError."""
    tree = _parse(source)
    visitor = _Visitor()
    visitor.visit(tree)
    match tree.body:
        case [ast.Expr()]:
            return Names(frozenset(visitor.uses), tuple(visitor.sets), is_expression=True)
    return Names(frozenset(visitor.uses), tuple(visitor.sets))


def _parse(source: str) -> ast.Module:
    if "\\" not in source:
        return ast.parse(source)
    # Python warns of `"\d"` and the like. That is the interview's business, not that of whoever reads it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)  # what Python 3.11 calls it
        return ast.parse(source)


class _Visitor(ast.NodeVisitor):
    """Collects paths. Names bound by comprehensions, lambdas and functions are local to them and are left out."""

    def __init__(self) -> None:
        self.uses: dict[str, None] = {}
        self.sets: dict[str, None] = {}
        self.local: list[frozenset[str]] = []

    def is_local(self, name: str) -> bool:
        return any(name in scope for scope in self.local)

    def assign(self, target: ast.expr) -> None:
        match target:
            case ast.Tuple(elts=items) | ast.List(elts=items):
                for item in items:
                    self.assign(item)
            case ast.Starred(value=inner):
                self.assign(inner)
            case _:
                path = simple_path(target)
                if path is not None and not self.is_local(re.split(r"[.\[]", path, maxsplit=1)[0]):
                    self.sets[path] = None

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self.assign(target)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.assign(node.target)
        path = simple_path(node.target)
        if path is not None:
            self.uses[path] = None
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.assign(node.target)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.assign(node.target)
        self.visit(node.value)

    def visit_For(self, node: ast.For) -> None:
        self.assign(node.target)
        self.generic_visit(node)

    def visit_With(self, node: ast.With) -> None:
        for item in node.items:
            if item.optional_vars is not None:
                self.assign(item.optional_vars)
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            name = alias.asname or alias.name
            while name:
                self.sets[name] = None
                name = name.rpartition(".")[0]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name != "*":
                self.sets[alias.asname or alias.name] = None

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.sets[node.name] = None
        for outer in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(outer)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.sets[node.name] = None
        for outer in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(outer)

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]  # noqa: N815

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        self.local.append(frozenset({node.name}) if node.name else frozenset())
        for statement in node.body:
            self.visit(statement)
        self.local.pop()

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(default)
        arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg)
        self.local.append(frozenset(a.arg for a in arguments if a is not None))
        self.visit(node.body)
        self.local.pop()

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)
        bound = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
        self.local.append(frozenset(bound))
        for position, generator in enumerate(node.generators):
            if position:
                self.visit(generator.iter)
            for condition in generator.ifs:
                self.visit(condition)
        for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.visit(part)
        self.local.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815

    def visit_Call(self, node: ast.Call) -> None:
        # `define("x.y", value)` sets what its first argument names.
        match node:
            case ast.Call(func=ast.Name(id="define"), args=[ast.Constant(value=str(text)), *_]) if names.is_path(text):
                self.sets[str(names.parse(text))] = None
        match node.func:
            case ast.Attribute(value=owner):
                self.visit(owner)
            case _:
                self.visit(node.func)
        for argument in (*node.args, *node.keywords):
            self.visit(argument)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._path(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._path(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and not self.is_local(node.id):
            self.uses[node.id] = None

    def _path(self, node: ast.Attribute | ast.Subscript) -> None:
        path = simple_path(node)
        if path is None or not isinstance(node.ctx, ast.Load):
            self.generic_visit(node)
            return
        if not self.is_local(re.split(r"[.\[]", path, maxsplit=1)[0]):
            self.uses[path] = None
        for inner in ast.walk(node):
            if isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Name):
                self.visit(inner.slice)


def simple_path(node: ast.expr) -> str | None:
    """The path that *node* writes out, or None when it has calls or computed subscripts."""
    steps: list[str] = []
    while True:
        match node:
            case ast.Name(id=root):
                return root + "".join(reversed(steps))
            case ast.Attribute(value=inner, attr=name):
                steps.append(f".{name}")
                node = inner
            case ast.Subscript(value=inner, slice=ast.Name(id=key)):
                steps.append(f"[{key}]")
                node = inner
            case ast.Subscript(value=inner, slice=ast.Constant(value=constant)):
                steps.append(f"[{constant!r}]")
                node = inner
            case _:
                return None


_MAKO_NAMES = frozenset({"UNDEFINED", "STOP_RENDERING", "context", "caller", "capture", "self", "local", "parent", "next"})
"""What Mako itself gives a text."""


class TextSyntaxError(ValueError):
    """Mako in a text cannot be understood; ``line`` is the one-based line within the text."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@lru_cache(maxsize=8192)
def names_in_text(text: str) -> Names:
    """The names that a Mako text uses. Raises TextSyntaxError."""
    if not is_mako(text):
        return Names()
    try:
        tree = Lexer(text).parse()
        uses: set[str] = set()
        declared: set[str] = {"loop"}
        for node in _mako_nodes(tree):
            uses |= set(node.undeclared_identifiers())
            declared |= set(node.declared_identifiers())
            if isinstance(node, DefTag):
                declared.add(node.funcname)
    except MakoException as error:
        raise TextSyntaxError(_in_words(error), getattr(error, "lineno", 1) or 1) from error
    return Names(frozenset(uses - declared - _MAKO_NAMES))


def _in_words(error: Exception) -> str:
    """Mako's message without the places in it, which are not those of the file."""
    said = re.sub(r"\(\w*Syntax\w*\)|\(<unknown>, line \d+\)|at line: \d+ char: \d+", " ", str(error))
    return re.sub(r"\s+", " ", said).strip()


def _mako_nodes(node: TemplateNode) -> Iterator[ControlLine | Code | MakoExpression]:
    for child in getattr(node, "nodes", ()):
        if isinstance(child, ControlLine | Code | MakoExpression | DefTag | NamespaceTag | InheritTag):
            yield child
        yield from _mako_nodes(child)
