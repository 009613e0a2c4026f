"""QL301: the same query with the same values, sent again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

from querylens.model import Evidence, Finding, Fix, Query, QueryGroup, RuleInfo, Trace
from querylens.rules.base import TraceRule, so_often
from querylens.sql.memory import Memory

#: Asked again on purpose, or kept by Django itself after the first time.
_SILENT_ACCESSES = {"refresh_from_db", "full_clean", "validate_unique"}
_CACHED_BY_DJANGO = {"contenttypes.ContentType", "sites.Site"}
_TABLE = re.compile(r"""(?:FROM|JOIN|INTO|UPDATE)\s+["`]?(\w+)""", re.IGNORECASE)


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


def duplicates(trace: Trace) -> Iterator[list[Query]]:
    """Reads that gave the same answer twice: no statement between them wrote to their tables."""
    counted = [query for query in trace.queries if query.is_counted]
    likeness = list(map(_likeness, filter(_may_repeat, counted)))
    if len(set(likeness)) == len(likeness):
        return
    again = {key for key, size in Counter(likeness).items() if size > 1}
    open_groups: dict[Any, list[Query]] = {}
    for query in counted:
        if query.kind != "select":
            written = _tables[query.sql]
            for key in [key for key in open_groups if _reads(key, query, written)]:
                yield from _if_repeated(open_groups.pop(key))
        elif _may_repeat(query) and (key := _likeness(query)) in again:
            open_groups.setdefault(key, []).append(query)
    for queries in open_groups.values():
        yield from _if_repeated(queries)


def _likeness(query: Query) -> Any:
    return (query.scope, query.alias, query.sql, query.params_key)


def _if_repeated(queries: list[Query]) -> Iterator[list[Query]]:
    if len(queries) > 1:
        yield queries


def _may_repeat(query: Query) -> bool:
    cause = query.cause
    if query.kind != "select" or query.error or "FOR UPDATE" in query.sql:
        return False
    return cause is None or not (
        cause.access in _SILENT_ACCESSES or cause.model in _CACHED_BY_DJANGO
    )


def _reads(key: Any, write: Query, written: frozenset[str]) -> bool:
    scope, alias, sql, _ = key
    if (scope, alias) != (write.scope, write.alias):
        return False
    return not written or not written.isdisjoint(_tables[sql])


_tables = Memory(lambda sql: frozenset(_TABLE.findall(sql)), size=2_000_000, longest=20_000)


def _what_to_keep(group: QueryGroup) -> str:
    places = list(dict.fromkeys(str(query.call_site) for query in group.queries if query.call_site))
    if len(places) < 2 and group.loop is None:
        return "Keep the result of the first call, and pass it on to the others."
    if len(places) < 2:
        return "Ask once, before the loop, and use the result inside."
    return f"Keep the result of {places[0]} and pass it on to {', '.join(places[1:])}."
