"""Rows that are made in a loop, gathered for one `bulk_create`."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from querylens.model import Cause, Fix, QueryGroup
from querylens.rewrite.loops import Turn, asked_at, turn_of
from querylens.rewrite.statements import (
    enclosing_statement,
    lines_of,
    names_bound,
    names_read,
    source_of,
    stands_alone,
    written_anew,
)
from querylens.rewrite.writes.lifting import (
    Parts,
    between,
    end_of,
    start_of,
    without_call,
)
from querylens.rewrite.writes.models import (
    builds,
    class_name,
    constructor_of,
    detail,
    has,
    manager_in_reach,
    manager_of_built,
    row_with,
)
from querylens.rewrite.writes.names import free_in, in_reach, plural, snake
from querylens.rewrite.writes.variables import is_fixed, is_fresh, is_used_elsewhere, reads_of
from querylens.source import Module, Span

#: Databases whose rows come back from `bulk_create` with their keys.
_GIVES_KEYS = {"postgresql", "sqlite"}
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SKIPPED = ("custom save", "custom create", "pre_save", "post_save", "m2m_changed", "multi-table")


@dataclass(frozen=True)
class _Made:
    """How a turn makes its row: new text in the loop, and the lines before and behind it."""

    before: list[str]
    parts: Parts
    behind: list[str]


def create_together(group: QueryGroup) -> Fix | None:
    """The loop with one `bulk_create` behind it; None when the source doesn't make it certain."""
    cause = group.cause
    if cause is None or has(cause, *_SKIPPED) or any(q.kind == "update" for q in group.queries):
        # A `save` that tries an UPDATE first would change a row that is there already.
        return None
    turn = turn_of(group)
    if turn is None:
        return _comprehension(group, cause)
    made = _make(turn, group, cause)
    written = without_call(turn, made.before, made.parts, made.behind) if made else None
    return Fix("bulk_create", *written) if written else None


def _make(turn: Turn, group: QueryGroup, cause: Cause) -> _Made | None:
    rows = free_in(turn.scope, f"{plural(snake(class_name(cause.model)))}_to_create")
    if cause.access == "bulk_create":
        return _of_one(turn, rows)
    if cause.access == "save":
        return None if group.is_elsewhere else _saved(turn, cause, rows, group.queries[0].vendor)
    if not cause.relation:
        return _created(turn, cause, rows)
    if group.is_elsewhere:
        # A related manager writes to its row's own database.
        return None
    make = _created_and_linked if detail(cause, "through") else _created_for
    return make(turn, cause, rows)


def _bulk(turn: Turn, rows: str, manager: str, options: str = "") -> str:
    return f"{turn.awaits}{manager}.{turn.a}bulk_create({rows}{options})"


def _created(turn: Turn, cause: Cause, rows: str) -> _Made | None:
    """`Tag.objects.create(name=name)` makes a `Tag(name=name)`."""
    model = constructor_of(turn.receiver, cause, turn.module)
    if not model or not is_fixed(turn, turn.receiver, calls=True):
        return None
    opened = between(start_of(turn), turn.call.func, to_end=True)
    parts = [(opened, f"{rows}.append({model}"), (end_of(turn.statement), ")")]
    return _Made([f"{rows} = []"], parts, [_bulk(turn, rows, turn.text(turn.receiver))])


def _created_for(turn: Turn, cause: Cause, rows: str) -> _Made | None:
    """`book.chapters.create(title=title)` makes a `Chapter(book=book, title=title)`."""
    row = row_with(turn.receiver, cause)
    model, key = in_reach(turn.module, turn.statement, cause.model), detail(cause, "foreign key")
    if row is None or not model or not key:
        return None
    parts = _called_with(turn, f"{rows}.append({model}", f"{key}={turn.text(row)}")
    manager = manager_in_reach(turn.module, turn.statement, cause)
    parts.append((end_of(turn.statement), ")"))
    return _Made([f"{rows} = []"], parts, [_bulk(turn, rows, manager)])


def _called_with(turn: Turn, opening: str, argument: str) -> Parts:
    """The call of another name, with one more argument in front."""
    if not turn.call.keywords:
        return [(between(start_of(turn), turn.call, to_end=True), f"{opening}({argument})")]
    first = turn.call.keywords[0]
    where = Span(first.lineno, first.lineno, first.col_offset, first.col_offset)
    opened = between(start_of(turn), turn.call.func, to_end=True)
    return [(opened, opening), (where, f"{argument}, ")]


def _created_and_linked(turn: Turn, cause: Cause, rows: str) -> _Made | None:
    """`book.tags.create(name=name)` makes a tag, and a row of the table between."""
    owner_label, _, accessor = cause.relation.rpartition(".")
    owner = in_reach(turn.module, turn.statement, owner_label)
    model = in_reach(turn.module, turn.statement, cause.model)
    row = row_with(turn.receiver, cause)
    is_plain = not has(cause, "through model", "symmetrical")
    options = {item.arg for item in turn.call.keywords}
    if row is None or not (owner and model and is_plain) or options & {None, "through_defaults"}:
        return None
    mine, other = detail(cause, "through").split(", ")
    made = free_in(turn.scope, snake(model))
    links = free_in(turn.scope, f"{snake(owner)}_{accessor}_to_create")
    through = f"{owner}.{accessor}.through"
    first = start_of(turn)
    margin = "\n" + " " * first.col_offset
    link = f"{through}({mine}={turn.text(row)}, {other}={made})"
    appended = f"{margin}{rows}.append({made}){margin}{links}.append({link})"
    parts = [
        (between(first, turn.call.func, to_end=True), f"{made} = {model}"),
        (end_of(turn.statement), appended),
    ]
    manager = manager_in_reach(turn.module, turn.statement, cause)
    behind = [_bulk(turn, rows, manager), _bulk(turn, links, f"{through}.objects")]
    return _Made([f"{rows} = []", f"{links} = []"], parts, behind)


def _saved(turn: Turn, cause: Cause, rows: str, vendor: str) -> _Made | None:
    """`tag = Tag(name=name)`, `tag.save()`: the object is kept instead of being saved."""
    if turn.call.args or any(item.arg != "force_insert" for item in turn.call.keywords):
        return None
    row = turn.receiver
    built = (is_fresh(turn, row.id) if isinstance(row, ast.Name) else row) or row
    manager = manager_of_built(built, cause, turn.module)
    manager = manager or manager_in_reach(turn.module, turn.statement, cause)
    if builds(row, cause):
        opened = between(start_of(turn), row)
        closed = between(row, turn.statement, from_end=True, to_end=True)
        parts = [(opened, f"{rows}.append("), (closed, ")")]
    elif isinstance(row, ast.Name) and _is_new_each_time(turn, row.id, cause, vendor):
        whole = between(start_of(turn), turn.statement, to_end=True)
        parts = [(whole, f"{rows}.append({row.id})")]
    else:
        return None
    return _Made([f"{rows} = []"], parts, [_bulk(turn, rows, manager)]) if manager else None


def _is_new_each_time(turn: Turn, name: str, cause: Cause, vendor: str) -> bool:
    """Whether a name is another object in every turn, which nobody asks anything afterwards."""
    value = is_fresh(turn, name)
    if value is None or is_used_elsewhere(turn, name, value):
        return False
    if vendor in _GIVES_KEYS:
        return builds(value, cause) or value is getattr(turn.loops[0], "iter", None)
    # Whoever else has the object may ask for its key.
    is_shared = any(
        item is not turn.receiver and not isinstance(turn.module.parents[item], ast.Attribute)
        for item in reads_of(turn, name)
    )
    return builds(value, cause) and not is_shared


def _of_one(turn: Turn, rows: str) -> _Made | None:
    """`Tag.objects.bulk_create([tag])`: the list grows over the turns."""
    call = turn.call
    objects = call.args[0] if len(call.args) == 1 else None
    if not isinstance(objects, (ast.List, ast.Tuple)) or len(objects.elts) != 1:
        return None
    options = [item.value for item in call.keywords]
    if any(item.arg in (None, "batch_size") for item in call.keywords):
        return None
    if not is_fixed(turn, turn.receiver, *options, calls=True):
        return None
    [row] = objects.elts
    if isinstance(row, ast.Starred):
        return None
    if isinstance(row, ast.Name):
        value = is_fresh(turn, row.id)
        if value is None or is_used_elsewhere(turn, row.id, value):
            return None
    parts = [
        (between(start_of(turn), row), f"{rows}.append("),
        (between(row, turn.statement, from_end=True, to_end=True), ")"),
    ]
    kept = "".join(f", {item.arg}={turn.text(item.value)}" for item in call.keywords)
    return _Made([f"{rows} = []"], parts, [_bulk(turn, rows, turn.text(turn.receiver), kept)])


def _comprehension(group: QueryGroup, cause: Cause) -> Fix | None:
    """`[Tag.objects.create(name=n) for n in names]`: the list itself goes to `bulk_create`."""
    found = asked_at(group)
    if found is None or group.call_site is None or cause.access != "create" or cause.relation:
        return None
    module, whole, call = found
    rows, statement = module.parents.get(whole), enclosing_statement(module, whole)
    if not isinstance(rows, ast.ListComp) or rows.elt is not whole or statement is None:
        return None
    assert isinstance(call.func, ast.Attribute)
    manager = call.func.value
    model = constructor_of(manager, cause, module)
    bound = names_bound(rows) & names_read(manager)
    is_used = not (isinstance(statement, ast.Expr) and statement.value is rows)
    if is_used and group.queries[0].vendor not in _GIVES_KEYS:
        return None
    if not model or bound or not _stands_for_all(module, rows, whole):
        return None
    if not stands_alone(module, statement):
        return None
    is_awaited = isinstance(whole, ast.Await)
    opening = f"{'await ' * is_awaited}{source_of(module, manager)}.{'a' * is_awaited}bulk_create("
    parts = [
        (Span(rows.lineno, rows.lineno, rows.col_offset, rows.col_offset), opening),
        (between(whole, call.func, to_end=True), model),
        (end_of(rows), ")"),
    ]
    code = written_anew(module, statement, parts)
    return Fix("bulk_create", code, lines_of(statement, group.call_site))


def _stands_for_all(module: Module, rows: ast.ListComp, whole: ast.expr) -> bool:
    """Whether the list is made once, and stands where a call can take its place."""
    parent = module.parents[rows]
    if isinstance(whole, ast.Await) and not isinstance(
        parent, (ast.Call, ast.Assign, ast.Expr, ast.Return)
    ):
        return False
    child: ast.AST = rows
    while not isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Module)):
        is_loop = isinstance(parent, (ast.For, ast.AsyncFor)) and child is not parent.iter
        if is_loop or isinstance(parent, (ast.While, ast.comprehension, *_COMPREHENSIONS)):
            return False
        child, parent = parent, module.parents[parent]
    return True
