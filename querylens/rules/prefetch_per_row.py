"""QL109: a prefetch that is sent for one row at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from querylens.model import Finding, Fix, QueryGroup, RuleInfo, Trace
from querylens.rewrite.groups import together
from querylens.rewrite.origins import origin_of
from querylens.rewrite.prefetches import prefetch_before
from querylens.rules.base import TraceRule, for_each_row, has_fact

_WITH_ROWS = "The prefetch comes with its rows: fetched all at once, they bring it once."


class PrefetchPerRow(TraceRule):
    """
    ## What it does
    Finds a loop that prefetches a relation for one row in each turn.

    ## Why is this bad?
    A prefetch saves queries by asking for many rows at once. For one row it saves nothing.

    ## Example
    ```python
    for book in books:
        prefetch_related_objects([book], "tags")
    ```

    Use instead:
    ```python
    prefetch_related_objects(books, "tags")
    for book in books:
        ...
    ```
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL109", "prefetch-per-row", "warning", "one prefetch for each row of a loop"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for group in _calls(trace):
            if not self.is_per_row(group):
                continue
            if has_fact(group, "explicit") or not _comes_with_set(trace, group):
                message = f"{_relations(group)} prefetched {for_each_row(group)} alone"
                left = len({query.fingerprint for query in group.queries})
                yield self.finding(group, message, _fix(trace, group), remaining=left)


def _calls(trace: Trace) -> list[QueryGroup]:
    """What one call sent, for all the relations that it names."""
    return together(filter(_prefetches, trace.groups()), lambda group: has_fact(group, "explicit"))


def _prefetches(group: QueryGroup) -> bool:
    return group.cause is not None and group.cause.kind == "prefetch"


def _relations(group: QueryGroup) -> str:
    names = dict.fromkeys(query.cause.relation for query in group.queries if query.cause)
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}"


def _comes_with_set(trace: Trace, group: QueryGroup) -> bool:
    """Whether a related set's own query brought it: what loads the set once prefetches once."""
    parents = [trace.queries[query.parent] for query in group.queries if query.parent is not None]
    return any(parent.cause is not None and parent.cause.relation for parent in parents)


def _fix(trace: Trace, group: QueryGroup) -> Fix:
    if has_fact(group, "explicit"):
        return prefetch_before(origin_of(trace, group))
    return Fix("none", caveats=(_WITH_ROWS,))
