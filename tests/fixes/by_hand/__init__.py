"""What a developer makes of advice that nobody can type mechanically.

Each function is what became of one shape. Its names are those of the advice: `rows`, `values`.
"""

from __future__ import annotations

from tests.fixes.by_hand import duplicates, lookups, numbers, raw_sql, relations, writes
from tests.fixes.by_hand.declare import ByHand

MODULES = (relations, lookups, numbers, raw_sql, writes, duplicates)


def all_done() -> tuple[ByHand, ...]:
    """Every finished version, in the order they are written."""
    return tuple(
        value.done
        for module in MODULES
        for value in vars(module).values()
        if hasattr(value, "done")
    )
