"""QL106: a field that the queryset left out and the loop reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from querylens.model import Finding, RuleInfo, Trace
from querylens.rewrite.loading import field_loaded
from querylens.rewrite.origins import origin_of
from querylens.rules.base import TraceRule, for_each_row
from querylens.rules.lazy_generic_relation import peers_fetched


class DeferredFieldInLoop(TraceRule):
    """
    ## What it does
    Finds a loop that reads a field which `only()` or `defer()` (or a raw query) left out.

    ## Why is this bad?
    Django fetches the field when it is first read: one more query for each row.

    ## Example
    ```python
    for book in Book.objects.only("title"):
        print(book.title, book.summary)
    ```

    Use instead:
    ```python
    for book in Book.objects.only("title", "summary"):
        print(book.title, book.summary)
    ```
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL106", "deferred-field-in-loop", "warning", "one query for a deferred field of each row"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for group in trace.groups():
            cause = group.cause
            if cause is None or cause.kind != "deferred" or not self.is_per_row(group):
                continue
            origin = origin_of(trace, group)
            fix = replace(field_loaded(origin), alternatives=peers_fetched(origin))
            message = f"{cause.relation} is deferred, and fetched {for_each_row(group)}"
            yield self.finding(group, message, fix)
