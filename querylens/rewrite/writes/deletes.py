"""Rows that are deleted in a loop, deleted by one queryset."""

from __future__ import annotations

import ast

from querylens.model import Cause, Fix, Place, QueryGroup
from querylens.rewrite.loops import Turn, turn_of
from querylens.rewrite.statements import lines_of
from querylens.rewrite.writes.filters import filtered_together, is_whole_queryset
from querylens.rewrite.writes.lifting import between, start_of, without_call
from querylens.rewrite.writes.models import class_name, has, manager_in_reach
from querylens.rewrite.writes.names import free_in, snake
from querylens.rewrite.writes.variables import is_fresh, is_used_elsewhere, reads_of


def delete_together(group: QueryGroup) -> Fix | None:
    """One `delete()` behind the loop or instead of it; None when that is not certain."""
    cause, turn = group.cause, turn_of(group)
    if cause is None or turn is None or turn.call.args or turn.call.keywords:
        return None
    is_row = group.rows > 0 and not cause.relation
    if not is_row or not isinstance(turn.receiver, ast.Name):
        written = filtered_together(turn, group, cause)
        return Fix("queryset_delete", *written) if written else None
    if has(cause, "custom delete") or group.is_elsewhere:
        return None
    written = _instead_of_loop(turn, turn.receiver.id) or _rows(turn, cause, turn.receiver.id)
    return Fix("queryset_delete", *written) if written else None


def _instead_of_loop(turn: Turn, row: str) -> tuple[str, Place] | None:
    """`for loan in Loan.objects.all(): loan.delete()` is `Loan.objects.all().delete()`."""
    loop = turn.loops[0]
    if len(turn.loops) > 1 or isinstance(loop, ast.While) or loop.body != [turn.statement]:
        return None
    is_target = isinstance(loop.target, ast.Name) and loop.target.id == row
    is_row_used = any(item is not turn.receiver for item in reads_of(turn, row))
    if not is_target or is_row_used or not is_whole_queryset(loop.iter):
        return None
    code = f"{turn.awaits}{turn.text(loop.iter)}.{turn.a}delete()"
    return code, lines_of(loop, turn.place)


def _rows(turn: Turn, cause: Cause, row: str) -> tuple[str, Place] | None:
    value = is_fresh(turn, row)
    manager = manager_in_reach(turn.module, turn.statement, cause, finds_all=True)
    if value is None or not manager or is_used_elsewhere(turn, row, value):
        return None
    keys = free_in(turn.scope, f"{snake(class_name(cause.model))}_keys")
    whole = between(start_of(turn), turn.statement, to_end=True)
    bulk = f"{turn.awaits}{manager}.filter(pk__in={keys}).{turn.a}delete()"
    return without_call(turn, [f"{keys} = []"], [(whole, f"{keys}.append({row}.pk)")], [bulk])
