"""Python source as a syntax tree: its statements, expressions and their positions."""

from __future__ import annotations

import ast
import linecache
from dataclasses import dataclass, field
from typing import Protocol

from querylens.source.parsing import syntax_tree

LOOPS = (ast.For, ast.AsyncFor, ast.While)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_MOST_FILES = 500
#: Queryset methods behind which no further one can stand, or none that loads relations.
_LAST_METHODS = (
    *("get", "first", "last", "earliest", "latest", "in_bulk", "count", "exists", "aggregate"),
    *("contains", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update"),
    *("update", "delete", "iterator", "explain"),
)
_ENDINGS = frozenset(
    (
        *(*_LAST_METHODS, *(f"a{name}" for name in _LAST_METHODS)),
        *("values", "values_list", "dates", "datetimes", "union", "intersection", "difference"),
    )
)
_SHORTCUTS = frozenset(
    {"get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404"}
)
#: Builtins that fetch the rows of what they are given.
_EVALUATORS = frozenset(
    {"list", "tuple", "set", "frozenset", "sorted", "reversed", "enumerate", "iter", "len", "bool"}
)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a node stands: lines from 1, columns in UTF-8 bytes from 0, as `ast` counts them."""

    line: int
    end_line: int
    column: int
    end_column: int


@dataclass(slots=True)
class Module:
    """One parsed file: its nodes by position, and each node's parent."""

    tree: ast.Module
    lines: list[str]
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    by_span: dict[Span, ast.AST] = field(default_factory=dict)

    def find(self, span: Span) -> ast.AST | None:
        """The node that stands exactly there, else the innermost statement on that line."""
        return self.by_span.get(span) or self._statement_on(span.line)

    def _statement_on(self, line: int) -> ast.AST | None:
        best: ast.stmt | None = None
        for node in self.by_span.values():
            if (
                isinstance(node, ast.stmt)
                and node.lineno <= line <= (node.end_lineno or node.lineno)
                and (best is None or node.lineno >= best.lineno)
            ):
                best = node
        return best


_modules: dict[str, tuple[list[str], Module | None]] = {}


def parse(file: str) -> Module | None:
    """The parsed file, or None when it can't be read or isn't Python."""
    lines = linecache.getlines(file)
    known = _modules.get(file)
    if known is not None and known[0] is lines:
        return known[1]
    if len(_modules) >= _MOST_FILES:
        _modules.clear()
    module = _parse(lines) if lines else None
    _modules[file] = (lines, module)
    return module


def _parse(lines: list[str]) -> Module | None:
    try:
        tree = syntax_tree("".join(lines))
    except (SyntaxError, ValueError, RecursionError):
        return None
    module = Module(tree, lines)
    for parent in ast.walk(tree):
        for child in ast.iter_child_nodes(parent):
            module.parents[child] = parent
            span = span_of(child)
            if span is not None:
                # `a` in the statement `a` has the statement's span: the expression is wanted,
                # and the walk meets it later.
                module.by_span[span] = child
            if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
                module.by_span.setdefault(_call_position(child, child.func), child)
    return module


def _call_position(call: ast.Call, method: ast.Attribute) -> Span:
    """Where CPython says a method's call stands: in a chain over lines, from its name on."""
    end_line = method.end_lineno or method.lineno
    end_column = method.end_col_offset or 0
    return Span(
        end_line,
        call.end_lineno or end_line,
        end_column - len(method.attr.encode()),
        call.end_col_offset or 0,
    )


def span_of(node: ast.AST) -> Span | None:
    """The node's position; None for nodes that have none, such as operators."""
    if isinstance(node, (ast.stmt, ast.expr, ast.ExceptHandler)):
        return Span(
            node.lineno,
            node.end_lineno or node.lineno,
            node.col_offset,
            node.end_col_offset or node.col_offset,
        )
    return None


def text(file: str, line: int, end_line: int) -> str:
    """Whole source lines without their common indentation; empty when they can't be read."""
    margin, lines = _apart(file, line, end_line)
    return "\n".join(item[len(margin) :] for item in lines)


def margin(file: str, line: int, end_line: int) -> str:
    """The indentation that whole source lines have in common, which `text` leaves out."""
    return _apart(file, line, end_line)[0]


def _apart(file: str, line: int, end_line: int) -> tuple[str, list[str]]:
    lines = [item.rstrip() for item in linecache.getlines(file)[line - 1 : end_line]]
    first = next(filter(None, lines), "")
    size = min((len(item) - len(item.lstrip()) for item in lines if item), default=0)
    return first[:size], lines


def statement(file: str, span: Span) -> Span:
    """The simple statement around a position, or the header's expression of a compound one."""
    module = parse(file)
    node = module.find(span) if module else None
    while module and node is not None and not isinstance(node, ast.stmt):
        parent = module.parents.get(node)
        if isinstance(parent, (*LOOPS, ast.If, ast.With, ast.AsyncWith)):
            return span_of(node) or span
        node = parent
    return (span_of(node) if node is not None else None) or span


def chain(file: str, span: Span) -> Span | None:
    """The queryset that the call at a position builds, up to where a method can be typed behind.

    That is the whole chain of methods (`A.objects.filter(x).order_by(y)`), or the part before a
    method that ends it (`A.objects` in `A.objects.get(pk=1)`). None when none stands there.
    """
    module = parse(file)
    node = module.by_span.get(span) if module else None
    if module is None or not isinstance(node, ast.expr):
        return None
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in _ENDINGS:
            return span_of(node.func.value)
        if name_of(node.func) in _SHORTCUTS and node.args:
            return span_of(node.args[0])
    while True:
        attribute = module.parents.get(node)
        if not (isinstance(attribute, ast.Attribute) and attribute.value is node):
            break
        call = module.parents.get(attribute)
        is_method = isinstance(call, ast.Call) and call.func is attribute
        if call is None or not is_method or attribute.attr in _ENDINGS:
            break
        node = call
    return span_of(node)


def evaluated(file: str, span: Span) -> Span | None:
    """The queryset whose rows the code at a position fetches, when it can be told for certain."""
    module = parse(file)
    node = module.by_span.get(span) if module else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        node = node.args[0] if node.func.id in _EVALUATORS and node.args else None
    if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
        return span_of(node)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    gives_queryset = node.func.attr in _ENDINGS or "queryset" in node.func.attr.lower()
    return chain(file, span_of(node) or span) if gives_queryset else None


def column(file: str, line: int, offset: int) -> int:
    """A column in characters, from `ast`'s offset in bytes."""
    raw = linecache.getline(file, line)
    return len(raw.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore"))


class Located(Protocol):
    """Anything with lines and with columns in characters."""

    @property
    def line(self) -> int: ...
    @property
    def end_line(self) -> int: ...
    @property
    def column(self) -> int | None: ...
    @property
    def end_column(self) -> int | None: ...


def span_at(file: str, place: Located) -> Span:
    """The place as `ast` counts: its columns in bytes."""
    return Span(
        place.line,
        place.end_line,
        _offset(file, place.line, place.column or 0),
        _offset(file, place.end_line, place.end_column or 0),
    )


def _offset(file: str, line: int, column: int) -> int:
    return len(linecache.getline(file, line)[:column].encode("utf-8", "surrogatepass"))


def name_of(node: ast.expr) -> str:
    """The last name of `a`, `b.a` or `b().a`; empty for other expressions."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
