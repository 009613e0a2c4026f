"""QL502: queries that were counted at two numbers of rows, and grew.

## What it does
Finds the statements that are sent more often when there are more rows: the same code runs on a few
rows and on a few more, and both runs are compared statement by statement and line by line.

## Why is this bad?
What grows with the rows of a test grows with those of production, too: this is the N+1 problem,
counted instead of inferred.

## Example
```python
def test_books(querylens, client):
    querylens.assert_constant(lambda: client.get("/books/"), populate=make_books)
```

Use instead:
The fix of the finding behind it, which the failure shows; `slope=1` where a query a row is meant.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace

from querylens.model import Finding, Fix, Query, QueryGroup, RuleInfo

INFO = RuleInfo("QL502", "grows-with-rows", "error", "more queries when there are more rows")

_NAME = r"""(?:"[^"]+"|`[^`]+`|[^\s"`(),.]+)"""
_TABLE = re.compile(rf"\b(?:FROM|INTO|UPDATE)\s+(?:{_NAME}\s*\.\s*)*({_NAME})")


def growth_findings(
    fewer: Iterable[Query],
    more: Iterable[Query],
    rows: int,
    behind: Sequence[Finding] = (),
) -> list[Finding]:
    """What grew between two runs, `rows` rows apart; the greatest growth first.

    `behind` are the findings on the larger run: each lends its fix to what it explains.
    """
    before = {key: len(queries) for key, queries in _by_line(fewer).items()}
    grown = [
        _growth(QueryGroup(tuple(queries)), before.get(key, 0), rows, behind)
        for key, queries in _by_line(more).items()
        if len(queries) > before.get(key, 0)
    ]
    # Sorting keeps the order of arrival for those that grew by as much.
    return [finding for _, finding in sorted(grown, key=lambda pair: -pair[0])]


def finding_behind(finding: Finding, findings: Iterable[Finding]) -> Finding | None:
    """The finding that shares queries with one on growth: it tells the cause and the fix."""
    sent = {id(query) for query in finding.group.queries}
    return next(
        (other for other in findings if any(id(query) in sent for query in other.group.queries)),
        None,
    )


def rate(difference: int, rows: int) -> str:
    """`+1 a row`."""
    return f"{difference / rows:+.3g} a row"


def _by_line(queries: Iterable[Query]) -> dict[Hashable, list[Query]]:
    """Counted queries by database, shape and call site; which request sent them does not matter."""
    groups: dict[Hashable, list[Query]] = {}
    for query in queries:
        if query.is_counted:
            key = (query.alias, query.fingerprint, query.call_site)
            groups.setdefault(key, []).append(query)
    return groups


def _growth(
    group: QueryGroup, before: int, rows: int, behind: Sequence[Finding]
) -> tuple[int, Finding]:
    difference = len(group) - before
    found = Finding(
        rule=INFO,
        message=f"{_table(group)}: {before} → {len(group)} ({rate(difference, rows)})",
        cause=group.cause,
        call_site=group.call_site,
        loop=group.loop,
        origin=group.origin,
        group=group,
        count=len(group),
        saved=0,
        fix=Fix("none"),
        evidence="grows",
        severity=INFO.severity,
    )
    return difference, _with_fix_of(found, finding_behind(found, behind))


def _with_fix_of(found: Finding, known: Finding | None) -> Finding:
    if known is None:
        return found
    saved = min(known.saved, found.count)
    return replace(found, loop=known.loop, origin=known.origin, fix=known.fix, saved=saved)


def _table(group: QueryGroup) -> str:
    """The table that the statement is about; without one, what it begins with."""
    text = group.fingerprint.text
    match = _TABLE.search(text)
    if match is None:
        return text[:40].strip()
    return match[1].strip('"`')
