"""`filter(pk=key).update(…)` and `.delete()` in a loop: one filter by all the keys."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from querylens.model import Cause, Place, QueryGroup
from querylens.rewrite.loops import Turn
from querylens.rewrite.statements import names_bound, names_read
from querylens.rewrite.writes.lifting import Parts, between, moved, start_of, without_call
from querylens.rewrite.writes.models import (
    class_name,
    constructor_of,
    detail,
    has,
    is_plain,
    manager_in_reach,
    row_with,
)
from querylens.rewrite.writes.names import free_in, plural, snake
from querylens.rewrite.writes.variables import is_fixed
from querylens.source import Span, name_of

#: Methods that may stand in the chain: none of them takes a part of the rows by number.
_FILTERS = {"all", "filter", "exclude", "using", "order_by", "select_related", "only", "defer"}


@dataclass(frozen=True)
class _Chain:
    """`Book.objects.filter(pk=key)`: its calls, and what they begin with."""

    root: ast.expr
    calls: tuple[ast.Call, ...]


def filtered_together(turn: Turn, group: QueryGroup, cause: Cause) -> tuple[str, Place] | None:
    """The keys gathered in the loop, and the same call for all of them behind it."""
    chain = _chain(turn.receiver)
    if chain is None or any("IS NULL" in query.sql for query in group.queries):
        # A list of keys finds no row without one.
        return None
    if cause.relation:
        return _of_rows(turn, cause, chain)
    found = _turning_keyword(turn, chain)
    if found is None or not is_fixed(turn, chain.root):
        return None
    keyword, value = found
    keys = free_in(turn.scope, _name_for(keyword, cause))
    position = Span(keyword.lineno, value.lineno, keyword.col_offset, value.col_offset)
    bulk = moved(
        turn, [(position, f"{keyword.arg}__in="), (between(value, value, to_end=True), keys)]
    )
    return _gathered(turn, keys, turn.text(value), bulk)


def changed_together(turn: Turn, group: QueryGroup, cause: Cause) -> tuple[str, Place] | None:
    """`filter(pk=key).update(pages=n)`: objects with that key and value, for `bulk_update`."""
    chain = _chain(turn.receiver)
    if chain is None or cause.relation or len(chain.calls) != 1:
        return None
    if not each_key_once(group):
        # Of two values for one row the last one counts, but bulk_update takes the first.
        return None
    found, model = _turning_keyword(turn, chain), constructor_of(chain.root, cause, turn.module)
    is_by_key = found is not None and found[0].arg in ("pk", "id") and not chain.calls[0].args
    fields = [item.arg for item in turn.call.keywords]
    if found is None or not is_by_key or len(chain.calls[0].keywords) != 1:
        return None
    if not model or not is_fixed(turn, chain.root):
        return None
    rows = free_in(turn.scope, f"{plural(snake(class_name(cause.model)))}_to_update")
    values = ", ".join(turn.text(item) for item in turn.call.keywords)
    made = f"{rows}.append({model}(pk={turn.text(found[1])}, {values}))"
    names = ", ".join(f'"{name}"' for name in fields)
    manager = turn.text(chain.root)
    bulk = f"{turn.awaits}{manager}.{turn.a}bulk_update({rows}, [{names}])"
    whole = between(start_of(turn), turn.statement, to_end=True)
    return without_call(turn, [f"{rows} = []"], [(whole, made)], [bulk])


def _chain(node: ast.expr) -> _Chain | None:
    calls: list[ast.Call] = []
    while isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in _FILTERS:
            return None
        calls.append(node)
        node = node.func.value
    return _Chain(node, tuple(calls))


def _turning_keyword(turn: Turn, chain: _Chain) -> tuple[ast.keyword, ast.expr] | None:
    """The one argument that differs from turn to turn; all others must be the same."""
    turning = names_bound(turn.outermost)
    found: list[tuple[ast.Call, ast.keyword]] = []
    for call in chain.calls:
        for keyword in call.keywords:
            if keyword.arg is None or not is_fixed(turn, keyword.value):
                found.append((call, keyword))
        if not is_fixed(turn, *call.args):
            return None
    if len(found) != 1:
        return None
    call, keyword = found[0]
    is_equal = keyword.arg is not None and "__" not in keyword.arg
    if not is_equal or name_of(call.func) != "filter" or not names_read(keyword.value) & turning:
        return None
    if any(isinstance(item, (ast.NamedExpr, ast.Await)) for item in ast.walk(keyword.value)):
        return None
    return keyword, keyword.value


def _name_for(keyword: ast.keyword, cause: Cause) -> str:
    if keyword.arg in ("pk", "id"):
        return f"{snake(class_name(cause.model))}_keys"
    return plural(str(keyword.arg))


def _of_rows(turn: Turn, cause: Cause, chain: _Chain) -> tuple[str, Place] | None:
    """`author.books.update(…)`: `Book.objects.filter(author__in=authors).update(…)`."""
    row, key = row_with(chain.root, cause), detail(cause, "foreign key")
    manager = manager_in_reach(turn.module, turn.statement, cause)
    if not isinstance(row, ast.Name) or not (key and manager) or has(cause, "generic"):
        return None
    others = [item.value for call in chain.calls for item in call.keywords]
    if not is_fixed(turn, *others, *(item for call in chain.calls for item in call.args)):
        return None
    rows = free_in(turn.scope, plural(row.id))
    whole = chain.root
    for call in reversed(chain.calls):
        if name_of(call.func) != "all":
            break
        whole = call
    parts = [(between(whole, whole, to_end=True), f"{manager}.filter({key}__in={rows})")]
    return _gathered(turn, rows, row.id, moved(turn, parts))


def _gathered(turn: Turn, keys: str, key: str, bulk: str) -> tuple[str, Place] | None:
    whole = between(start_of(turn), turn.statement, to_end=True)
    parts: Parts = [(whole, f"{keys}.append({key})")]
    return without_call(turn, [f"{keys} = []"], parts, [bulk])


def is_whole_queryset(node: ast.expr) -> bool:
    """Whether an expression is a chain of filters on a model's manager, and nothing else."""
    chain = _chain(node)
    if chain is None or not chain.calls:
        return False
    root = chain.root
    return isinstance(root, ast.Attribute) and is_plain(root) and root.attr == "objects"


def each_key_once(group: QueryGroup) -> bool:
    """Whether the last value of each statement, its row's key, came once."""
    keys = [str(query.params[-1]) for query in group.queries if query.params]
    return len(set(keys)) == len(group)
