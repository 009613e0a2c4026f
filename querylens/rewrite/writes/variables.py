"""What a name in a loop stands for, and whether it means the same behind the loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from querylens.rewrite.loops import Turn
from querylens.rewrite.statements import names_bound, names_read
from querylens.source import name_of

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
#: What gives the same whenever it is called, or a time that is as good a little later.
_HARMLESS = {"F", "Q", "Value", "Now", "Lower", "Upper", "Coalesce", "Concat", "now", "today"}


def is_fixed(turn: Turn, *nodes: ast.AST, calls: bool = False) -> bool:
    """Whether expressions mean the same behind the loops as in every turn."""
    bound = names_bound(turn.outermost)
    changed = {
        ast.unparse(item)
        for item in ast.walk(turn.outermost)
        if isinstance(item, (ast.Attribute, ast.Subscript)) and not isinstance(item.ctx, ast.Load)
    }
    for item in (item for node in nodes for item in ast.walk(node)):
        if isinstance(item, (ast.Await, ast.NamedExpr, ast.Starred)):
            return False
        if isinstance(item, ast.Call) and not (calls or name_of(item.func) in _HARMLESS):
            return False
        if isinstance(item, (ast.Attribute, ast.Subscript)) and ast.unparse(item) in changed:
            return False
    return not bound & {name for node in nodes for name in names_read(node)}


def is_fresh(turn: Turn, name: str) -> ast.expr | None:
    """What a name is given in every turn of the innermost loop, before the call, and only once.

    For the loop's own target that is what the loop walks over.
    """
    innermost = turn.loops[0]
    bindings = [
        item
        for item in ast.walk(innermost)
        if isinstance(item, ast.Name) and item.id == name and not isinstance(item.ctx, ast.Load)
    ]
    if len(bindings) != 1:
        return None
    if not isinstance(innermost, ast.While) and name in names_bound(innermost.target):
        return innermost.iter
    child: ast.AST = turn.statement
    while child is not innermost:
        parent = turn.module.parents[child]
        for block in (getattr(parent, key, []) for key in ("body", "orelse", "handlers")):
            if child in block:
                value = _assigned(block[: block.index(child)], name)
                if value is not None:
                    return value
        child = parent
    return None


def _assigned(block: Sequence[ast.stmt], name: str) -> ast.expr | None:
    """What the last plain assignment in a block gives a name."""
    for statement in reversed(block):
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and target.id == name:
                return statement.value
    return None


def is_used_elsewhere(turn: Turn, name: str, value: ast.expr) -> bool:
    """Whether a name is read behind the call, or in the next turn before it gets its value."""
    end = (turn.statement.end_lineno or 0, turn.statement.end_col_offset or 0)
    innermost = turn.loops[0]
    begin = (innermost.lineno, innermost.col_offset)
    start = (value.lineno, value.col_offset)
    positions = [(item.lineno, item.col_offset) for item in reads_of(turn, name)]
    return any(end <= position or begin <= position < start for position in positions)


def reads_of(turn: Turn, name: str) -> Iterator[ast.Name]:
    """Where a name is read in the call's function, but for loops that give it another meaning."""
    for item in ast.walk(turn.scope):
        is_read = isinstance(item, ast.Name) and item.id == name and isinstance(item.ctx, ast.Load)
        if isinstance(item, ast.Name) and is_read and not _has_other_meaning(turn, item):
            yield item


def _has_other_meaning(turn: Turn, item: ast.Name) -> bool:
    child: ast.AST = item
    while child is not turn.scope:
        parent = turn.module.parents[child]
        targets: list[ast.expr] = []
        if isinstance(parent, (ast.For, ast.AsyncFor)) and parent not in turn.loops:
            targets = [parent.target] if child in parent.body else []
        elif isinstance(parent, _COMPREHENSIONS):
            targets = [part.target for part in parent.generators]
        if any(item.id in names_bound(target) for target in targets):
            return True
        child = parent
    return False
