"""SQL of the project's own that a loop sends one set of parameters at a time."""

from __future__ import annotations

import ast
import re

from querylens.model import Fix, QueryGroup
from querylens.rewrite.loops import Turn, turn_of
from querylens.rewrite.nodes import node_at
from querylens.rewrite.writes.lifting import between, start_of, without_call
from querylens.rewrite.writes.names import free_in
from querylens.rewrite.writes.variables import is_fixed, is_fresh

_ONE_VALUE = re.compile(r"\s=\s*(%s|%\(\w+\)s|\?|\d+|'[^']*')(?=\W|$)")
_WRITES = {"insert", "update", "delete"}


def send_many(group: QueryGroup) -> Fix | None:
    """The loop with one `executemany` behind it; None when the source doesn't make it certain."""
    if {query.kind for query in group.queries} - _WRITES:
        return None
    turn = turn_of(group)
    if turn is None or len(turn.call.args) != 2 or turn.call.keywords or turn.awaits:
        return None
    cursor, (sql, given) = turn.receiver, turn.call.args
    if not isinstance(cursor, ast.Name) or not is_fixed(turn, cursor, sql):
        return None
    if _is_asked_again(turn, cursor) or not _is_another_each_time(turn, given):
        return None
    sets = free_in(turn.scope, "parameters")
    add = "extend" if group.cause is not None and group.cause.access == "executemany" else "append"
    whole = between(start_of(turn), turn.statement, to_end=True)
    parts = [(whole, f"{sets}.{add}({turn.text(given)})")]
    bulk = f"{cursor.id}.executemany({turn.text(sql)}, {sets})"
    # Without this, no turn at all would send the statement without parameters.
    behind = [f"if {sets}:", f"    {bulk}"]
    written = without_call(turn, [f"{sets} = []"], parts, behind)
    return Fix("single_query", *written) if written else None


def _is_another_each_time(turn: Turn, given: ast.expr) -> bool:
    """Whether the parameters are a list of their own in every turn, not one that is filled anew."""
    if not isinstance(given, ast.Name):
        return isinstance(given, (ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.DictComp))
    value = is_fresh(turn, given.id)
    is_target = value is not None and value is getattr(turn.loops[0], "iter", None)
    return is_target or isinstance(value, (ast.List, ast.Tuple, ast.Dict, ast.ListComp))


def _is_asked_again(turn: Turn, cursor: ast.Name) -> bool:
    """Whether the function uses the cursor for anything else in the loop, or reads it behind."""
    end = turn.statement.end_lineno or turn.statement.lineno
    loop = turn.outermost
    last = loop.end_lineno or loop.lineno
    for item in ast.walk(turn.scope):
        if isinstance(item, ast.Name) and item.id == cursor.id and item is not cursor:
            inside = loop.lineno <= item.lineno <= last
            parent = turn.module.parents[item]
            reads = isinstance(parent, ast.Attribute) and not parent.attr.startswith("execute")
            if inside or (item.lineno > end and reads):
                return True
    return False


def with_all_values(sql: str) -> str:
    """The statement with `IN (…)` for its one `= value`; empty when it has another shape."""
    found = _ONE_VALUE.findall(sql)
    return _ONE_VALUE.sub(" IN (…)", sql) if len(found) == 1 else ""


def loops_while(group: QueryGroup) -> bool:
    """Whether the loop is a `while`, as one that reads page after page."""
    found = node_at(group.loop) if group.loop else None
    return found is not None and isinstance(found[1], ast.While)
