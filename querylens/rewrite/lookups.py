"""A lookup in a loop, gathered: the values first, one query, and a dict to read from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass

from querylens import source
from querylens.model import Fix, Place, QueryGroup
from querylens.rewrite.nodes import node_at
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
from querylens.source import Module, Span

#: Behind these, rows are no instances, or can be filtered no more.
_NO_ROWS = {"values", "values_list", "union", "intersection", "difference", "raw"}
_PLAIN_CALLS = {"get", "items", "keys", "values", "range", "enumerate", "zip"}
_LONGEST_LINE = 88
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_Parts = list[tuple[Span, str]]


@dataclass(frozen=True)
class _Lookup:
    """`Service.objects.get(tmdb_provider_id=key)`, taken apart."""

    call: ast.Call
    manager: ast.expr
    field: str
    key: ast.expr
    others: tuple[ast.keyword, ...]
    #: Whether a missing row gives None instead of an exception.
    is_first: bool


@dataclass(frozen=True)
class _Turns:
    """The loops around a lookup, the outermost first, and the statement to begin before."""

    statement: ast.stmt
    targets: tuple[tuple[ast.expr, ast.expr], ...]


def gather(group: QueryGroup) -> Fix | None:
    """The loop with one query before it; None when the source does not make that certain."""
    found = node_at(group.call_site) if group.call_site else None
    if found is None or group.call_site is None:
        return None
    module, node = found
    lookup = _take_apart(node, group)
    turns = _turns(module, node) if lookup else None
    if lookup is None or turns is None or not _can_move(lookup, turns):
        return None
    return _write(module, group, lookup, turns, group.call_site)


def _take_apart(node: ast.AST, group: QueryGroup) -> _Lookup | None:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    method, is_first, call = node.func.attr, False, node
    if method == "first" and isinstance(node.func.value, ast.Call) and not node.args:
        inner = node.func.value
        if not (isinstance(inner.func, ast.Attribute) and inner.func.attr == "filter"):
            return None
        is_first, call = True, inner
    elif method != "get":
        return None
    assert isinstance(call.func, ast.Attribute)
    if call.args or any(item.arg is None or "__" in item.arg for item in call.keywords):
        return None
    keys = [item for item in call.keywords if not isinstance(item.value, ast.Constant)]
    if len(keys) != 1 or group.cause is None or f"related: {keys[0].arg}" in group.cause.facts:
        return None
    others = tuple(item for item in call.keywords if item is not keys[0])
    if _methods(call.func.value) & _NO_ROWS:
        return None
    return _Lookup(node, call.func.value, keys[0].arg or "", keys[0].value, others, is_first)


def _methods(node: ast.expr) -> set[str]:
    """The methods of a chain."""
    return {item.attr for item in ast.walk(node) if isinstance(item, ast.Attribute)}


def _turns(module: Module, node: ast.AST) -> _Turns | None:
    """Every `for` around the lookup in its function; None when there is another kind of loop."""
    targets: list[tuple[ast.expr, ast.expr]] = []
    outermost: ast.AST | None = None
    child, parent = node, module.parents.get(node)
    while parent is not None and not isinstance(
        parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
    ):
        if isinstance(parent, ast.For) and child in parent.body:
            targets.append((parent.target, parent.iter))
            outermost = parent
        elif isinstance(parent, _COMPREHENSIONS):
            if any(item.is_async or item.ifs for item in parent.generators):
                return None
            targets += [(item.target, item.iter) for item in reversed(parent.generators)]
            outermost = parent
        elif isinstance(parent, (ast.While, ast.AsyncFor)):
            return None
        child, parent = parent, module.parents.get(parent)
    statement = enclosing_statement(module, outermost) if outermost is not None else None
    if statement is None or not stands_alone(module, statement):
        return None
    return _Turns(statement, tuple(reversed(targets)))


def _can_move(lookup: _Lookup, turns: _Turns) -> bool:
    """Whether the values can be had before the first turn, and the lookup needs nothing else."""
    turning = set().union(*(names_bound(target) for target, _ in turns.targets))
    own = set().union(*(names_bound(walked) for _, walked in turns.targets))
    made_inside = names_bound(turns.statement) - turning - own
    if isinstance(turns.statement, ast.Assign):
        made_inside -= set().union(*(names_bound(item) for item in turns.statement.targets))
    needed = names_read(lookup.key).union(*(_needs(walked) for _, walked in turns.targets))
    fixed = names_read(lookup.manager).union(*(names_read(item.value) for item in lookup.others))
    parts = [lookup.key, *(walked for _, walked in turns.targets[1:])]
    return (
        not needed & made_inside
        and bool(names_read(lookup.key) & turning)
        and not fixed & (turning | made_inside)
        and all(map(_is_plain, parts))
    )


def _needs(node: ast.expr) -> set[str]:
    """The names that an expression reads and does not bind itself."""
    return names_read(node) - names_bound(node)


def _is_plain(node: ast.expr) -> bool:
    """Whether an expression can be read twice: it sends nothing and uses nothing up."""
    for item in ast.walk(node):
        if isinstance(item, (ast.Await, ast.Yield, ast.NamedExpr, *_COMPREHENSIONS)):
            return False
        if isinstance(item, ast.Call) and source.name_of(item.func) not in _PLAIN_CALLS:
            return False
    return True


def _write(
    module: Module, group: QueryGroup, lookup: _Lookup, turns: _Turns, place: Place
) -> Fix | None:
    model = group.cause.model.rpartition(".")[2] if group.cause else ""
    rows = free_name(module, f"{_plural(_snake(model))}_by_{lookup.field}")
    parts: _Parts = []
    before = _walked_once(module, turns, parts)
    _, first_walked = turns.targets[0]
    walked = [before[0].partition(" = ")[0] if before else source_of(module, first_walked)]
    walked += [source_of(module, item) for _, item in turns.targets[1:]]
    targets = [source_of(module, target) for target, _ in turns.targets]
    key = source_of(module, lookup.key)
    keys = walked[0]
    if len(walked) > 1 or key != targets[0]:
        keys = free_name(module, _plural(lookup.field))
        before += _bracketed(keys, key, zip(targets, walked, strict=True))
    before += _one_query(module, group, lookup, rows, keys)
    parts += _read_from(module, lookup, rows, key)
    code = "\n".join([*before, written_anew(module, turns.statement, parts)])
    return Fix(
        "in_bulk",
        code,
        lines_of(turns.statement, place),
        caveats=(
            "A value must have its field's own type: the text '7' does not find the number 7.",
        ),
    )


def _walked_once(module: Module, turns: _Turns, parts: _Parts) -> list[str]:
    """Keeps what the outermost loop walks over when it could be used up or asked for twice."""
    target, walked = turns.targets[0]
    if _is_plain(walked) and not isinstance(walked, ast.Name):
        return []
    wanted = _plural(target.id) if isinstance(target, ast.Name) else "rows"
    name = free_name(module, wanted)
    if name != wanted:
        name = free_name(module, f"all_{wanted}")
    span = source.span_of(walked)
    assert span is not None
    parts.append((span, name))
    return [f"{name} = list({source_of(module, walked)})"]


def _bracketed(name: str, item: str, loops: Iterable[tuple[str, str]]) -> list[str]:
    """`name = {item for … in …}`, over several lines when one would be long."""
    clauses = [f"for {target} in {walked}" for target, walked in loops]
    line = f"{name} = {{{' '.join([item, *clauses])}}}"
    if len(line) <= _LONGEST_LINE:
        return [line]
    return [f"{name} = {{", f"    {item}", *(f"    {clause}" for clause in clauses), "}"]


def _one_query(
    module: Module, group: QueryGroup, lookup: _Lookup, rows: str, keys: str
) -> list[str]:
    manager = source_of(module, lookup.manager)
    if lookup.field == "pk" and not lookup.others:
        return [f"{rows} = {manager}.in_bulk({keys})"]
    others = "".join(f", {item.arg}={source_of(module, item.value)}" for item in lookup.others)
    found = f"{manager}.filter({lookup.field}__in={keys}{others})"
    if lookup.is_first:
        # The last one wins in a dict, so that the first must come last.
        is_ordered = group.cause is not None and "ordered" in group.cause.facts
        found += ".reverse()" if is_ordered else '.order_by("-pk")'
    return _bracketed(rows, f"row.{lookup.field}: row", [("row", found)])


def _read_from(module: Module, lookup: _Lookup, rows: str, key: str) -> _Parts:
    """The lookup reads from the dict, and a missing row is found out as the code expects it."""
    span = source.span_of(lookup.call)
    assert span is not None
    if lookup.is_first:
        return [(span, f"{rows}.get({key})")]
    handler = _handler(module, lookup.call)
    if handler is None:
        return [(span, f"{rows}[{key}]")]
    block, caught = handler
    assigned = block.body[0]
    whole = source.span_of(block)
    if len(block.body) == 1 and isinstance(assigned, ast.Assign) and assigned.value is lookup.call:
        name = source_of(module, assigned.targets[0])
        margin = " " * block.col_offset
        inner = "".join(module.lines[caught.body[0].lineno - 1 : caught.end_lineno]).rstrip("\n")
        text = f"{name} = {rows}.get({key})\n{margin}if {name} is None:\n{inner}"
        if len(block.handlers) == 1 and not (block.orelse or block.finalbody) and whole:
            return [(whole, text)]
    kind = source.span_of(caught.type) if caught.type else None
    return [(span, f"{rows}[{key}]"), *([(kind, "KeyError")] if kind else [])]


def _handler(module: Module, call: ast.Call) -> tuple[ast.Try, ast.ExceptHandler] | None:
    """The `except Model.DoesNotExist` that waits for the lookup."""
    child: ast.AST = call
    parent = module.parents.get(call)
    while parent is not None and not isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
        if isinstance(parent, ast.Try) and child in parent.body:
            for handler in parent.handlers:
                if handler.type is not None and source.name_of(handler.type) == "DoesNotExist":
                    return parent, handler
        child, parent = parent, module.parents.get(parent)
    return None


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _plural(name: str) -> str:
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch", "sh")) else f"{name}s"
