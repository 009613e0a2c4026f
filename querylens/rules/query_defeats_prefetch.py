"""QL103: a read of prefetched rows that asks the database again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from querylens.model import Finding, QueryGroup, RuleInfo, Trace
from querylens.rewrite.numbers import number_with_rows
from querylens.rewrite.origins import Origin, origin_of
from querylens.rewrite.relations import loaded_once
from querylens.rules.base import TraceRule, for_each_row, has_fact
from querylens.rules.lazy_related_set import left, reads_of_sets


class QueryDefeatsPrefetch(TraceRule):
    """
    ## What it does
    Finds a loop over rows whose related set was prefetched, and is then filtered, sorted or read
    in another way that only a new query can answer.

    ## Why is this bad?
    The prefetched rows are not used: the prefetch is paid for, and so is one query for each row.

    ## Example
    ```python
    for author in Author.objects.prefetch_related("books"):
        print(author.books.filter(pages__gte=500))
    ```

    Use instead:
    ```python
    long_books = Book.objects.filter(pages__gte=500)
    for author in Author.objects.prefetch_related(Prefetch("books", long_books, to_attr="long")):
        print(author.long)
    ```
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL103", "query-defeats-prefetch", "warning", "prefetched rows are asked for again"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for group in [*reads_of_sets(trace), *filter(_asks_for_number, trace.groups())]:
            if has_fact(group, "prefetched") and self.is_per_row(group):
                yield self._found(origin_of(trace, group))

    def _found(self, origin: Origin) -> Finding:
        group = origin.group
        cause = group.cause
        assert cause is not None
        fix = number_with_rows(origin) if cause.kind == "aggregate" else loaded_once(origin)
        message = (
            f"{cause.relation} is prefetched, and {cause.access}() asks for it again "
            f"{for_each_row(group)}"
        )
        return self.finding(group, message, fix, remaining=left(origin, fix))


def _asks_for_number(group: QueryGroup) -> bool:
    cause = group.cause
    return cause is not None and cause.kind == "aggregate" and bool(cause.relation)
