"""All that one read in the source sent, when it sends several statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from querylens.model import QueryGroup


def together(groups: Iterable[QueryGroup], of: Callable[[QueryGroup], Any]) -> list[QueryGroup]:
    """One group for each call site and for what `of` tells of it, in order of arrival."""
    found: dict[Any, list[QueryGroup]] = {}
    for group in groups:
        first = group.queries[0]
        key = (first.scope, first.alias, group.call_site, of(group))
        found.setdefault(key, []).append(group)
    return [_one(parts) for parts in found.values()]


def _one(parts: list[QueryGroup]) -> QueryGroup:
    if len(parts) == 1:
        return parts[0]
    queries = (query for part in parts for query in part.queries)
    return QueryGroup(tuple(sorted(queries, key=lambda query: query.started_ns)))
