"""`update()` in a loop: one for all the keys, or a `bulk_update` where the values differ."""

from __future__ import annotations

import ast

from querylens.model import Fix, QueryGroup
from querylens.rewrite.loops import turn_of
from querylens.rewrite.writes.filters import changed_together, filtered_together
from querylens.rewrite.writes.variables import is_fixed


def update_together(group: QueryGroup) -> Fix | None:
    """One call behind the loop; None when the source doesn't make it certain."""
    cause, turn = group.cause, turn_of(group)
    if cause is None or turn is None or any(item.arg is None for item in turn.call.keywords):
        return None
    values = [item.value for item in turn.call.keywords]
    adds_up = any(isinstance(item, ast.Call) for value in values for item in ast.walk(value))
    is_joined = any("SELECT" in query.sql for query in group.queries)
    if adds_up and (is_joined or group.distinct < len(group)):
        # `F("pages") + 1` twice on one row is not the same as once.
        return None
    if is_fixed(turn, *values):
        written = filtered_together(turn, group, cause)
        return Fix("queryset_update", *written) if written else None
    written = changed_together(turn, group, cause) if group.distinct == len(group) else None
    return Fix("bulk_update", *written) if written else None
