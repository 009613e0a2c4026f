"""How many queries count: of which databases, and with which kinds of statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from querylens.errors import MisuseError
from querylens.model import Query, Trace


def count_queries(
    trace: Trace, using: str | Iterable[str] | None = None, count_transactions: bool = False
) -> int:
    """How many queries a trace sent, on the databases `using` or on all.

    `count_transactions` adds transaction statements, as Django's `assertNumQueries` counts them:
    those that go round cursors are there when `record_transactions` was asked for the trace.
    """
    queries = queries_on(trace, aliases_of(using))
    if not count_transactions:
        return sum(query.is_counted for query in queries)
    return sum(not query.is_setup for query in queries)


def aliases_of(using: str | Iterable[str] | None) -> frozenset[str]:
    """The aliases that were named; none stands for all."""
    if not using:
        return frozenset()
    return frozenset({using} if isinstance(using, str) else using)


def queries_on(trace: Trace, aliases: frozenset[str]) -> Iterator[Query]:
    """The statements that were sent to these databases, or to all when none is named."""
    return (query for query in trace if not aliases or query.alias in aliases)


def checked_aliases(using: str | Iterable[str] | None) -> frozenset[str]:
    """The aliases that were named. Raises `MisuseError` for one that the settings don't have."""
    from django.db import connections

    aliases = aliases_of(using)
    if unknown := sorted(aliases.difference(connections)):
        known = ", ".join(map(repr, connections))
        raise MisuseError(f"using={unknown[0]!r}: no such database. DATABASES has {known}")
    return aliases
