"""QL107: rows behind a GenericForeignKey, fetched for one row at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from querylens.model import Finding, Fix, QueryGroup, RuleInfo, Trace
from querylens.rewrite.groups import together
from querylens.rewrite.origins import Origin, origin_of
from querylens.rewrite.relations import prefetched
from querylens.rules.base import TraceRule, for_each_row, has_fact
from querylens.rules.lazy_forward_relation import fetch_peers, helps_peers


class LazyGenericRelation(TraceRule):
    """
    ## What it does
    Finds a loop that reads a GenericForeignKey of rows that were loaded without it.

    ## Why is this bad?
    Django fetches the related row when the attribute is first read: one more query for each row.
    `select_related` can't help, because the rows are of several models.

    ## Example
    ```python
    for note in Note.objects.all():
        print(note.content_object)
    ```

    Use instead:
    ```python
    for note in Note.objects.prefetch_related("content_object"):
        print(note.content_object)
    ```

    `GenericPrefetch` gives each of the models a queryset of its own.
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL107", "lazy-generic-relation", "warning", "one query for the generic row of each row"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for group in _over_models(trace):
            if self.is_per_row(group):
                assert group.cause is not None
                origin = origin_of(trace, group)
                message = f"{group.cause.relation} is fetched {for_each_row(group)}"
                yield self.finding(group, message, _fix(origin), remaining=_left(origin))


def _over_models(trace: Trace) -> list[QueryGroup]:
    """Groups of one call site, whichever models their rows are of."""
    return together(filter(_reads_row, trace.groups()), lambda group: group.cause)


def _reads_row(group: QueryGroup) -> bool:
    cause = group.cause
    return cause is not None and cause.kind == "generic" and cause.access == "attribute"


def _fix(origin: Origin) -> Fix:
    fix = prefetched(origin)
    assert origin.group.cause is not None
    if fix.kind == "none":
        return fix
    path = origin.group.cause.path
    typed = Fix("prefetch_related", f'.prefetch_related(GenericPrefetch("{path}", [...]))')
    several = replace(
        typed,
        imports=("from django.contrib.contenttypes.prefetch import GenericPrefetch",),
        caveats=("List a queryset for each model, to load more or less of its rows.",),
    )
    return replace(fix, alternatives=(several, *peers_fetched(origin)))


def peers_fetched(origin: Origin) -> tuple[Fix, ...]:
    """The fetch mode, where it reaches the rows: those behind a relation to many have another."""
    group = origin.group
    if not helps_peers(group) or has_fact(group, "path crosses many") or origin.doubt:
        return ()
    return (origin.typed(fetch_peers(group)),)


def _left(origin: Origin) -> int:
    """One query for each of the models, each time that the rows are fetched."""
    models = {query.fingerprint for query in origin.group.queries}
    return len(models) * max(origin.fetches, 1)
