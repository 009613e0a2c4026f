"""QL102: rows behind a manager on another row, fetched for one row at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from querylens.model import Finding, Fix, QueryGroup, RuleInfo, Trace
from querylens.rewrite.groups import together
from querylens.rewrite.origins import Origin, origin_of
from querylens.rewrite.relations import loaded_once
from querylens.rules.base import TraceRule, for_each_row, has_fact

_KINDS = {"reverse", "many_to_many", "generic"}


class LazyRelatedSet(TraceRule):
    """
    ## What it does
    Finds a loop that reads a related set (behind a reverse foreign key, a many-to-many or a
    generic relation) of rows that were loaded without it.

    ## Why is this bad?
    The manager of each row sends a query of its own.

    ## Example
    ```python
    for author in Author.objects.all():
        for book in author.books.all():
            print(book.title)
    ```

    Use instead:
    ```python
    for author in Author.objects.prefetch_related("books"):
        for book in author.books.all():
            print(book.title)
    ```

    A set that is filtered or sorted needs a queryset of its own:
    ```python
    long_books = Book.objects.filter(pages__gte=500)
    for author in Author.objects.prefetch_related(Prefetch("books", long_books, to_attr="long")):
        for book in author.long:
            print(book.title)
    ```
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL102", "lazy-related-set", "warning", "one query for the related rows of each row"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for group in reads_of_sets(trace):
            if not has_fact(group, "prefetched") and self.is_per_row(group):
                assert group.cause is not None
                origin = origin_of(trace, group)
                fix = loaded_once(origin)
                message = f"{group.cause.relation} is fetched {for_each_row(group)}"
                yield self.finding(group, message, fix, remaining=left(origin, fix))


def reads_of_sets(trace: Trace) -> list[QueryGroup]:
    """Reads through a manager on another row, each with all that it sent.

    That is more than one statement where `only()` left out what Django needs of the rows.
    """
    reads = filter(_reads_set, trace.groups())
    return together(reads, lambda group: group.cause and (group.cause.relation, group.cause.access))


def _reads_set(group: QueryGroup) -> bool:
    cause = group.cause
    return cause is not None and cause.kind in _KINDS and bool(cause.relation) and not cause.to_one


def left(origin: Origin, fix: Fix) -> int:
    """How many queries remain: a prefetch sends one for each time that the rows are fetched."""
    return max(origin.fetches, 1) if fix.kind.startswith("prefetch") else 0
