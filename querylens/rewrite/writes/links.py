"""`add`, `set`, `remove` and `clear` in a loop: the table between is written all at once."""

from __future__ import annotations

import ast

from querylens.model import Cause, Fix, Place, QueryGroup
from querylens.rewrite.loops import Turn, turn_of
from querylens.rewrite.writes.filters import each_key_once
from querylens.rewrite.writes.instances import are_rows, is_row
from querylens.rewrite.writes.lifting import between, start_of, without_call
from querylens.rewrite.writes.models import class_name, detail, has, manager_in_reach, row_with
from querylens.rewrite.writes.names import free_in, import_of, in_reach, plural, snake
from querylens.rewrite.writes.variables import is_fixed, is_fresh
from querylens.source import name_of

_NOT_ALONE = ("m2m_changed", "symmetrical", "through model", "generic")
_ATOMIC = ("django.db", "transaction")
_Written = tuple[str, Place] | None


def link_together(group: QueryGroup) -> Fix | None:
    """One statement behind the loop for all pairs; None when that isn't certain to do the same."""
    cause, turn = group.cause, turn_of(group)
    if cause is None or turn is None or turn.call.keywords or has(cause, *_NOT_ALONE):
        return None
    row = row_with(turn.receiver, cause)
    first = group.queries[0]
    if not isinstance(row, ast.Name) or group.is_elsewhere or first.vendor == "oracle":
        # A related manager writes to its row's own database.
        return None
    if _is_read_elsewhere(turn, cause):
        return None
    if detail(cause, "through"):
        return _through(turn, group, cause, row.id)
    return _foreign_key(turn, group, cause, row.id)


def _is_read_elsewhere(turn: Turn, cause: Cause) -> bool:
    """Whether the function uses the relation again: `add` also empties what was prefetched."""
    label, _, accessor = cause.relation.rpartition(".")
    return any(
        isinstance(item, ast.Attribute)
        and item.attr == accessor
        and item is not turn.receiver
        and name_of(item.value) != class_name(label)
        for item in ast.walk(turn.scope)
    )


def _through(turn: Turn, group: QueryGroup, cause: Cause, row: str) -> Fix | None:
    label, _, accessor = cause.relation.rpartition(".")
    owner = in_reach(turn.module, turn.statement, label)
    if not owner:
        return None
    through = f"{owner}.{accessor}.through"
    if cause.access == "add":
        written = _added(turn, cause, row, through)
        return Fix("through_bulk_create", *written) if written else None
    if cause.access == "set":
        return _replaced(turn, group, cause, row, through)
    written = _removed(turn, cause, row, through)
    return Fix("queryset_delete", *written) if written else None


def _added(turn: Turn, cause: Cause, row: str, through: str) -> _Written:
    links = _links(turn, through)
    made = _link(turn, cause, row, through, links)
    if made is None:
        return None
    whole = between(start_of(turn), turn.statement, to_end=True)
    bulk = f"{turn.awaits}{through}.objects.{turn.a}bulk_create({links}, ignore_conflicts=True)"
    return without_call(turn, [f"{links} = []"], [(whole, made)], [bulk])


def _links(turn: Turn, through: str) -> str:
    owner, accessor, _ = through.rsplit(".", 2)
    return free_in(turn.scope, f"{snake(owner)}_{accessor}_to_create")


def _link(turn: Turn, cause: Cause, row: str, through: str, links: str) -> str | None:
    """The line that keeps a pair, or the pairs of one row."""
    mine, other = detail(cause, "through").split(", ")
    if len(turn.call.args) != 1:
        return None
    given, several = turn.call.args[0], cause.access == "set"
    if isinstance(given, ast.Starred):
        given, several = given.value, True
    if not several:
        pair = f"{mine}={row}, {other}={turn.text(given)}"
        return f"{links}.append({through}({pair}))" if is_row(turn.module, given) else None
    if not are_rows(turn.module, given):
        return None
    each = free_in(turn.scope, snake(class_name(cause.model)))
    pair = f"{through}({mine}={row}, {other}={each})"
    return f"{links}.extend({pair} for {each} in {turn.text(given)})"


def _replaced(turn: Turn, group: QueryGroup, cause: Cause, row: str, through: str) -> Fix | None:
    """`book.tags.set(tags)`: what the rows had is deleted, what they get is created."""
    links = _links(turn, through)
    made = _link(turn, cause, row, through, links)
    imports = import_of(turn.module, *_ATOMIC)
    selects = sum(query.kind == "select" for query in group.queries)
    if made is None or imports is None or turn.awaits or selects != group.rows:
        return None
    mine = detail(cause, "through").split(", ")[0]
    rows = free_in(turn.scope, plural(row))
    margin = "\n" + " " * start_of(turn).col_offset
    whole = between(start_of(turn), turn.statement, to_end=True)
    behind = [
        "with transaction.atomic():",
        f"    {through}.objects.filter({mine}__in={rows}).delete()",
        f"    {through}.objects.bulk_create({links}, ignore_conflicts=True)",
    ]
    before = [f"{rows} = []", f"{links} = []"]
    parts = [(whole, f"{rows}.append({row}){margin}{made}")]
    written = without_call(turn, before, parts, behind)
    return Fix("through_bulk_create", *written, imports=imports) if written else None


def _removed(turn: Turn, cause: Cause, row: str, through: str) -> _Written:
    """`book.tags.remove(tag)` or `.clear()`, where every row loses the same."""
    mine, other = detail(cause, "through").split(", ")
    lost = ""
    if cause.access == "remove":
        if len(turn.call.args) != 1:
            return None
        given, compared = turn.call.args[0], other
        if isinstance(given, ast.Starred):
            given, compared = given.value, f"{other}__in"
        if not is_fixed(turn, given):
            return None
        lost = f", {compared}={turn.text(given)}"
    rows = free_in(turn.scope, plural(row))
    return _kept_rows(
        turn, row, rows, f"{through}.objects.filter({mine}__in={rows}{lost}).{turn.a}delete()"
    )


def _kept_rows(turn: Turn, row: str, rows: str, bulk: str) -> _Written:
    whole = between(start_of(turn), turn.statement, to_end=True)
    parts = [(whole, f"{rows}.append({row})")]
    return without_call(turn, [f"{rows} = []"], parts, [turn.awaits + bulk])


def _foreign_key(turn: Turn, group: QueryGroup, cause: Cause, row: str) -> Fix | None:
    key = detail(cause, "foreign key")
    manager = manager_in_reach(turn.module, turn.statement, cause)
    if not key or not manager:
        return None
    if cause.access == "clear":
        rows = free_in(turn.scope, plural(row))
        bulk = f"{manager}.filter({key}__in={rows}).{turn.a}update({key}=None)"
        written = _kept_rows(turn, row, rows, bulk)
        return Fix("queryset_update", *written) if written else None
    if cause.access != "add" or len(turn.call.args) != 1 or not each_key_once(group):
        # A row that was given two owners has the last one, and the order is lost.
        return None
    return _assigned(turn, cause, row, key)


def _assigned(turn: Turn, cause: Cause, row: str, key: str) -> Fix | None:
    """`author.books.add(book)`: `book.author = author`, and one `bulk_update`."""
    [given] = turn.call.args
    manager = manager_in_reach(turn.module, turn.statement, cause, finds_all=True)
    lines = []
    if isinstance(given, ast.Name):
        member = given.id
        if is_fresh(turn, member) is None:
            return None
    elif isinstance(given, ast.Call):
        member = free_in(turn.scope, snake(class_name(cause.model)))
        lines.append(f"{member} = {turn.text(given)}")
    else:
        return None
    rows = free_in(turn.scope, f"{plural(snake(class_name(cause.model)))}_to_update")
    lines += [f"{member}.{key} = {row}", f"{rows}.append({member})"]
    margin = "\n" + " " * start_of(turn).col_offset
    whole = between(start_of(turn), turn.statement, to_end=True)
    bulk = f'{turn.awaits}{manager}.{turn.a}bulk_update({rows}, ["{key}"])'
    written = without_call(turn, [f"{rows} = []"], [(whole, margin.join(lines))], [bulk])
    return Fix("bulk_update", *written) if written else None
