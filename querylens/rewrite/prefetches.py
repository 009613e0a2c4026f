"""A `prefetch_related_objects` call of one row, moved out of its loop for all rows."""

from __future__ import annotations

import ast
import keyword

from querylens import source
from querylens.model import Fix, QueryGroup
from querylens.rewrite.flows import function_of
from querylens.rewrite.managers import one_line
from querylens.rewrite.nodes import node_at
from querylens.rewrite.origins import Origin
from querylens.rewrite.statements import (
    enclosing_statement,
    free_name,
    lines_of,
    names_bound,
    names_read,
    source_of,
    stands_alone,
    written_anew,
)
from querylens.source import Module, name_of

_CALLS = {"prefetch_related_objects", "aprefetch_related_objects"}
_LISTS = {"list", "sorted", "get_list_or_404"}
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_BY_HAND = "Prefetch for the list of all rows before the loop, and take the call out of it."
#: Stands in the source for a line that goes.
_GONE = "\0"


def prefetch_before(origin: Origin) -> Fix:
    """One call for all rows before the loop, and none inside."""
    fix = None if origin.is_changing else _typed(origin.group)
    if fix is not None:
        return fix
    path = origin.group.cause.path if origin.group.cause else ""
    code = f'prefetch_related_objects(rows, "{path}")'
    return Fix("prefetch_related", code, caveats=(_BY_HAND,))


def _typed(group: QueryGroup) -> Fix | None:
    found = node_at(group.call_site) if group.call_site else None
    if found is None or group.call_site is None:
        return None
    module, node = found
    call = node.value if isinstance(node, ast.Await) else node
    statement = enclosing_statement(module, node)
    if not (isinstance(call, ast.Call) and isinstance(statement, ast.Expr)):
        return None
    loop = module.parents[statement]
    if statement.value is not node or not isinstance(loop, (ast.For, ast.While)):
        return None
    if not _can_leave(module, loop, statement, call):
        return None
    kept = _rows(module, loop, call)
    if kept is None:
        return None
    rows, before, parts = kept
    arguments = ", ".join([rows, *(one_line(module, item) for item in call.args[1:])])
    prefix = "await " if isinstance(node, ast.Await) else ""
    lines = [*before, f"{prefix}{source_of(module, call.func)}({arguments})"]
    if len(loop.body) > 1:
        lines.append(_without(module, loop, statement, parts))
    return Fix("prefetch_related", "\n".join(lines), lines_of(loop, group.call_site))


def _without(
    module: Module, loop: ast.stmt, statement: ast.stmt, parts: list[tuple[source.Span, str]]
) -> str:
    span = source.span_of(statement)
    assert span is not None
    lines = written_anew(module, loop, [*parts, (span, _GONE)]).splitlines()
    return "\n".join(line for line in lines if _GONE not in line)


def _can_leave(module: Module, loop: ast.stmt, statement: ast.stmt, call: ast.Call) -> bool:
    """Whether the call can be made before the loop as well as in it."""
    lines = "".join(module.lines[loop.lineno - 1 : loop.end_lineno])
    parent = module.parents.get(loop)
    while parent is not None and parent is not function_of(module, loop):
        if isinstance(parent, _LOOPS):
            return False
        parent = module.parents.get(parent)
    others = set().union(*map(names_read, call.args[1:]))
    return (
        name_of(call.func) in _CALLS
        and not call.keywords
        and stands_alone(module, loop)
        and stands_alone(module, statement)
        and '"""' not in lines
        and "'''" not in lines
        and others.isdisjoint(names_bound(loop))
    )


def _rows(
    module: Module, loop: ast.For | ast.While, call: ast.Call
) -> tuple[str, list[str], list[tuple[source.Span, str]]] | None:
    """The list of all rows, the line that makes it, and what the loop walks over then."""
    row = _only_row(call)
    if row is None:
        return None
    if isinstance(loop, ast.While):
        rows = _taken_from(loop, row)
        return (rows, [], []) if rows else None
    if not isinstance(loop.target, ast.Name) or loop.target.id != row:
        return None
    if row in set().union(*map(names_bound, loop.body)):
        return None
    if isinstance(loop.iter, ast.Name) and _is_list(module, loop.iter):
        return loop.iter.id, [], []
    span = source.span_of(loop.iter)
    if len(loop.body) == 1 or span is None:
        return None
    wanted = "rows" if keyword.iskeyword(f"{row}s") else f"{row}s"
    name = free_name(module, wanted)
    if name != wanted:
        name = free_name(module, f"all_{wanted}")
    return name, [f"{name} = list({source_of(module, loop.iter)})"], [(span, name)]


def _only_row(call: ast.Call) -> str | None:
    """`book` of `prefetch_related_objects([book], "tags")`."""
    rows = call.args[0] if call.args else None
    if not isinstance(rows, (ast.List, ast.Tuple)) or len(rows.elts) != 1:
        return None
    row = rows.elts[0]
    return row.id if isinstance(row, ast.Name) else None


def _is_list(module: Module, name: ast.Name) -> bool:
    """Whether a name is given a list and nothing else in its function."""
    values = [
        item.value if isinstance(item, ast.Assign) else None
        for item in ast.walk(function_of(module, name))
        if not isinstance(item, (ast.Name, ast.FunctionDef, ast.AsyncFunctionDef))
        and isinstance(item, ast.stmt)
        and name.id in _targets(item)
    ]
    return bool(values) and all(
        isinstance(value, (ast.List, ast.ListComp))
        or (isinstance(value, ast.Call) and name_of(value.func) in _LISTS)
        for value in values
    )


def _targets(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.Assign):
        return set().union(*map(names_bound, statement.targets))
    inner = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.Match)
    return set() if isinstance(statement, inner) else names_bound(statement)


def _taken_from(loop: ast.While, row: str) -> str | None:
    """`books` of `while books: book = books.pop()`, when nothing else is done to them."""
    rows = loop.test.id if isinstance(loop.test, ast.Name) else None
    first = loop.body[0]
    is_taken = (
        isinstance(first, ast.Assign)
        and names_bound(first) == {row}
        and isinstance(first.value, ast.Call)
        and isinstance(first.value.func, ast.Attribute)
        and first.value.func.attr in ("pop", "popleft")
        and isinstance(first.value.func.value, ast.Name)
        and first.value.func.value.id == rows
    )
    rest = loop.body[1:]
    uses = set().union(*map(names_read, rest), *map(names_bound, rest))
    return rows if is_taken and rows not in uses and row not in _bound(rest) else None


def _bound(statements: list[ast.stmt]) -> set[str]:
    return set().union(*map(names_bound, statements))
