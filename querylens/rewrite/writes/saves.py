"""Rows that are changed and saved in a loop, gathered for one `bulk_update`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from querylens.model import Cause, Fix, Place, QueryGroup
from querylens.rewrite.loops import Turn, turn_of
from querylens.rewrite.writes.instances import is_unchanged
from querylens.rewrite.writes.lifting import (
    Parts,
    between,
    start_of,
    text_between,
    without_call,
)
from querylens.rewrite.writes.models import class_name, details, has, manager_in_reach
from querylens.rewrite.writes.names import free_in, import_of, plural, snake
from querylens.rewrite.writes.variables import is_fixed, is_fresh, is_used_elsewhere, reads_of
from querylens.source import Module, name_of

_SKIPPED = ("custom save", "pre_save", "post_save", "auto_now of a day", "made on save")
_SET = re.compile(r"""["`\[]?(\w+)["`\]]?\s*=""")
#: Calls as statements that change none of their arguments.
_READERS = {"print", "debug", "info", "warning", "error", "exception", "log", "append", "write"}


def save_together(group: QueryGroup, loaded_at: Iterable[Place | None]) -> Fix | None:
    """The loop with one `bulk_update` behind it; None when the source doesn't make it certain.

    `loaded_at` is where the rows were loaded: what was changed since then must be seen.
    """
    cause, turn = group.cause, turn_of(group)
    if cause is None or turn is None or has(cause, *_SKIPPED):
        return None
    if cause.access == "bulk_update":
        return _of_one(turn, cause)
    row = turn.receiver
    if group.is_elsewhere or not isinstance(row, ast.Name) or not _is_settled(turn, row.id):
        return None
    if not turn.call.keywords and not is_unchanged(turn, row.id, tuple(loaded_at)):
        return None
    fields = _saved_fields(turn, row.id)
    if not fields or not set(fields) <= _columns(group) - set(details(cause, "stored on save")):
        return None
    return _gathered(turn, group, cause, row.id, fields)


def assigned_fields(group: QueryGroup) -> tuple[str, ...]:
    """The attributes that the loop assigns before it saves, where that can be seen."""
    turn = turn_of(group)
    if turn is None or not isinstance(turn.receiver, ast.Name):
        return ()
    return _assigned(turn, turn.receiver.id)


def _gathered(
    turn: Turn, group: QueryGroup, cause: Cause, row: str, fields: tuple[str, ...]
) -> Fix | None:
    manager = manager_in_reach(turn.module, turn.statement, cause, finds_all=True)
    rows = free_in(turn.scope, f"{plural(snake(class_name(cause.model)))}_to_update")
    first = start_of(turn)
    margin = "\n" + " " * first.col_offset
    moments = _moments(turn, group, cause, fields)
    imports = import_of(turn.module, "django.utils", "timezone") if moments else ()
    if not manager or imports is None:
        return None
    lines = [f"{row}.{name} = timezone.now()" for name in moments] + [f"{rows}.append({row})"]
    parts: Parts = [(between(first, turn.statement, to_end=True), margin.join(lines))]
    names = ", ".join(f'"{name}"' for name in dict.fromkeys((*fields, *moments)))
    bulk = f"{turn.awaits}{manager}.{turn.a}bulk_update({rows}, [{names}])"
    written = without_call(turn, [f"{rows} = []"], parts, [bulk])
    return Fix("bulk_update", *written, imports=imports) if written else None


def _moments(
    turn: Turn, group: QueryGroup, cause: Cause, fields: tuple[str, ...]
) -> tuple[str, ...]:
    """The fields that `save` would set to this moment, as `bulk_update` does not."""
    written = set(fields) if turn.call.keywords else _columns(group)
    return tuple(name for name in details(cause, "auto_now") if name in written)


def _is_settled(turn: Turn, name: str) -> bool:
    """Whether the row is another one in every turn, and only its own attributes are looked at."""
    last = turn.outermost.end_lineno or turn.outermost.lineno
    return is_fresh(turn, name) is not None and all(
        item is turn.receiver or _is_attribute(turn, item)
        for item in reads_of(turn, name)
        if turn.outermost.lineno <= item.lineno <= last
    )


def _is_attribute(turn: Turn, item: ast.Name) -> bool:
    """Whether only an attribute is read, or assigned before the row is saved."""
    attribute = turn.module.parents[item]
    if not isinstance(attribute, ast.Attribute):
        return False
    if not isinstance(attribute.ctx, ast.Load):
        return attribute.lineno < turn.statement.lineno
    outer = turn.module.parents[attribute]
    if isinstance(outer, ast.Call) and outer.func is attribute:
        # A method of the row may change or read anything.
        return False
    return not _may_change_in_place(turn.module, attribute)


def _may_change_in_place(module: Module, attribute: ast.AST) -> bool:
    """`book.data.update(…)` as a statement: what that changes can't be told by a name."""
    node, parent = attribute, module.parents[attribute]
    while isinstance(parent, (ast.Attribute, ast.Call, ast.Subscript, ast.keyword)):
        is_handed_over = isinstance(parent, ast.Call) and parent.func is not node
        if is_handed_over and name_of(parent.func) in _READERS:  # type: ignore[union-attr]
            return False
        node, parent = parent, module.parents[parent]
    return isinstance(parent, ast.Expr)


def _saved_fields(turn: Turn, row: str) -> tuple[str, ...]:
    """The fields that `save` must write: the named ones, else those that the loop assigns."""
    options = {item.arg: item.value for item in turn.call.keywords}
    if turn.call.args or set(options) - {"update_fields"}:
        return ()
    if not options:
        return _assigned(turn, row)
    named = options["update_fields"]
    items = named.elts if isinstance(named, (ast.List, ast.Tuple, ast.Set)) else []
    names = [item.value for item in items if isinstance(item, ast.Constant)]
    return tuple(str(name) for name in names) if len(names) == len(items) else ()


def _assigned(turn: Turn, row: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for item in ast.walk(turn.loops[0]):
        if isinstance(item, (ast.Attribute, ast.Subscript)) and not isinstance(item.ctx, ast.Load):
            target: ast.expr = item
            while isinstance(target, (ast.Attribute, ast.Subscript)):
                inner = target.value
                if isinstance(inner, ast.Name) and inner.id == row:
                    found[name_of(target)] = None
                target = inner
    return tuple(found)


def _columns(group: QueryGroup) -> set[str]:
    """The fields that the UPDATE of the model's own table sets, by the names of its columns."""
    written = group.queries[-1].sql.partition(" SET ")[2].partition(" WHERE ")[0]
    columns = set(_SET.findall(written))
    return columns | {name.removesuffix("_id") for name in columns}


def _of_one(turn: Turn, cause: Cause) -> Fix | None:
    """`Book.objects.bulk_update([book], ["pages"])`: the list grows over the turns."""
    arguments = turn.call.args
    objects = arguments[0] if arguments else None
    if not isinstance(objects, (ast.List, ast.Tuple)) or len(objects.elts) != 1:
        return None
    [row] = objects.elts
    options = [*arguments[1:], *(item.value for item in turn.call.keywords)]
    # More than the names of the fields would be the size of a batch.
    if not isinstance(row, ast.Name) or len(options) != 1:
        return None
    value = is_fresh(turn, row.id)
    if value is None or is_used_elsewhere(turn, row.id, value):
        return None
    if not is_fixed(turn, turn.receiver, *options, calls=True):
        return None
    rows = free_in(turn.scope, f"{plural(snake(class_name(cause.model)))}_to_update")
    whole = between(start_of(turn), turn.statement, to_end=True)
    rest = text_between(turn.module, objects, turn.call)
    bulk = f"{turn.awaits}{turn.text(turn.call.func)}({rows}{rest}"
    written = without_call(turn, [f"{rows} = []"], [(whole, f"{rows}.append({row.id})")], [bulk])
    return Fix("bulk_update", *written) if written else None
