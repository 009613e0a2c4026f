"""QL301: the same query with the same values, sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from querylens.model import Evidence, Finding, Fix, Query, QueryGroup, RuleInfo, Trace
from querylens.rules.base import TraceRule, so_often
from querylens.sql import table_names

#: Asked again on purpose, or kept by Django itself after the first time.
_SILENT_ACCESSES = {"refresh_from_db", "full_clean", "validate_unique"}
_CACHED_BY_DJANGO = {"contenttypes.ContentType", "sites.Site"}


class DuplicatedQuery(TraceRule):
    """
    ## What it does
    Finds a query that was sent again with the same values, while nothing wrote to its tables.

    ## Why is this bad?
    The database gives an answer that was at hand already.

    ## Example
    ```python
    if Tag.objects.filter(name=name).exists():
        tag = Tag.objects.get(name=name)
    ...
    label = Tag.objects.get(name=name).label
    ```

    Use instead:
    ```python
    tag = Tag.objects.filter(name=name).first()
    ...
    label = tag.label
    ```
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL301", "duplicated-query", "warning", "the same query with the same values again"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for queries in duplicates(trace):
            if len(queries) < self.threshold:
                continue
            group = QueryGroup(tuple(queries))
            message = f"the same query with the same values is sent{so_often(group, ' again')}"
            fix = Fix("reuse_result", caveats=(_what_to_keep(group),))
            evidence: Evidence = "loop" if group.repeats >= self.threshold else "seen"
            yield self.finding(group, message, fix, remaining=1, evidence=evidence)


def duplicates(trace: Trace) -> Sequence[list[Query]]:
    """Reads that gave the same answer twice: no statement between them wrote to their tables."""
    return trace.once(_duplicates)


def _duplicates(trace: Trace) -> list[list[Query]]:
    counted = [query for query in trace.queries if query.is_counted]
    keys = [_likeness(query) if _may_repeat(query) else None for query in counted]
    again = {key for key, size in Counter(keys).items() if size > 1 and key is not None}
    if not again:
        return []
    open_groups: dict[Any, list[Query]] = {}
    closed: list[list[Query]] = []
    for query, key in zip(counted, keys, strict=True):
        if query.kind != "select":
            written = set(table_names(query.sql))
            for read in [each for each in open_groups if _reads(each, query, written)]:
                closed.append(open_groups.pop(read))
        elif key in again:
            open_groups.setdefault(key, []).append(query)
    return [queries for queries in (*closed, *open_groups.values()) if len(queries) > 1]


def _likeness(query: Query) -> Any:
    return (query.scope, query.alias, query.sql, query.params_key)


def _may_repeat(query: Query) -> bool:
    cause = query.cause
    if query.kind != "select" or query.error or "FOR UPDATE" in query.sql:
        return False
    return cause is None or not (
        cause.access in _SILENT_ACCESSES or cause.model in _CACHED_BY_DJANGO
    )


def _reads(key: Any, write: Query, written: set[str]) -> bool:
    scope, alias, sql, _ = key
    if (scope, alias) != (write.scope, write.alias):
        return False
    return not written or not written.isdisjoint(table_names(sql))


def _what_to_keep(group: QueryGroup) -> str:
    places = list(dict.fromkeys(str(query.call_site) for query in group.queries if query.call_site))
    if len(places) < 2 and group.loop is None:
        return "Keep the result of the first call, and pass it on to the others."
    if len(places) < 2:
        return "Ask once, before the loop, and use the result inside."
    return f"Keep the result of {places[0]} and pass it on to {', '.join(places[1:])}."
