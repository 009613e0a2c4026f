"""QL501: more queries than the budget allows.

## What it does
Counts the queries of a test or block against the number that was allowed.

## Why is this bad?
Every query is a round trip: a page slows down by a few at a time, and nobody sees it happen.

## Example
```python
def test_movies(querylens, client):
    with querylens.max_queries(7):
        client.get("/movies/")
```

Use instead:
The fixes of the other findings, which the failure lists; or a larger number, on purpose.
"""

from __future__ import annotations

from querylens.model import Finding, Fix, GroupTotals, RuleInfo, Trace
from querylens.sql import Fingerprint

INFO = RuleInfo("QL501", "too-many-queries", "error", "more queries than the budget allows")


def budget_finding(
    trace: Trace, allowed: int, exact: bool = False, sent: int | None = None
) -> Finding | None:
    """The finding on a trace that is over its budget, or not exactly at it; None when it is kept.

    `sent` is the number of queries where not all that the trace counts are meant.
    """
    sent = len(trace) if sent is None else sent
    if sent == allowed or (sent < allowed and not exact):
        return None
    return Finding(
        rule=INFO,
        message=budget_verdict(sent, allowed, exact),
        cause=None,
        call_site=None,
        loop=None,
        origin=None,
        group=_totals(trace),
        count=sent,
        saved=0,
        fix=Fix("none"),
        severity=INFO.severity,
    )


def budget_verdict(sent: int, allowed: int, exact: bool = False) -> str:
    """`7 queries allowed, 16 sent: 9 too many`."""
    noun = "query" if allowed == 1 else "queries"
    expected = f"exactly {allowed} {noun} expected" if exact else f"{allowed} {noun} allowed"
    if sent == allowed:
        return f"{expected}, {sent} sent"
    difference = f"{sent - allowed} too many" if sent > allowed else f"{allowed - sent} too few"
    return f"{expected}, {sent} sent: {difference}"


def _totals(trace: Trace) -> GroupTotals:
    """All queries of the trace; its name tells its budget from those of others."""
    queries = [query for query in trace if query.is_counted]
    return GroupTotals(
        fingerprint=Fingerprint(trace.name, trace.name),
        aliases=tuple(sorted({query.alias for query in queries})),
        similar=trace.similar_count(),
        most_similar=max(trace.similar_counts(), default=0),
        duplicated=trace.duplicated_count(),
        most_duplicated=max(trace.duplicated_counts(), default=0),
        distinct=len({(query.sql, query.params_key) for query in queries}),
        duration_ns=trace.duration_ns,
    )
