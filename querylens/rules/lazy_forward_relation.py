"""QL101: a row behind a foreign key or a one-to-one relation, fetched for one row at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from querylens.model import Finding, Fix, QueryGroup, RuleInfo, Trace
from querylens.rewrite.keys import read_key_itself
from querylens.rewrite.origins import Origin, origin_of
from querylens.rules.base import TraceRule, for_each_row, has_fact

#: What a join can't do, as facts: see `_needs_a_query`.
_NO_JOIN = ("rows from raw", "rows from union", "path crosses many", "parent link")
#: Rows that know no other rows they were fetched with.
_NO_PEERS = ("rows from raw", "rows from union", "rows from iterator", "path crosses many")


class LazyForwardRelation(TraceRule):
    """
    ## What it does
    Finds a loop that reads a foreign key or a one-to-one relation (either way) of rows that were
    loaded without it.

    ## Why is this bad?
    Django fetches the related row when the attribute is first read: one more query for each row.

    ## Example
    ```python
    for offer in StreamingOffer.objects.all():
        print(offer.service.name)
    ```

    Use instead:
    ```python
    for offer in StreamingOffer.objects.select_related("service"):
        print(offer.service.name)
    ```
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL101", "lazy-forward-relation", "warning", "one query for the related row of each row"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for group in trace.groups():
            if _reads_relation(group) and self.is_per_row(group):
                assert group.cause is not None
                origin = origin_of(trace, group)
                message = f"{group.cause.relation} is fetched {for_each_row(group)}"
                left = max(origin.fetches, 1) if _needs_a_query(origin) else 0
                yield self.finding(group, message, _fix(origin), remaining=left)


def _reads_relation(group: QueryGroup) -> bool:
    cause = group.cause
    if cause is None or cause.access != "attribute" or not cause.to_one:
        return False
    # Each step up a relation to its own model starts at the row of the step before.
    return cause.kind in ("forward", "reverse") and "walks up" not in cause.facts


_NOT_LOADED = (
    "No query of this trace loaded the rows. If they are new, fetch what they relate to "
    "in one query first, and assign it."
)


def _fix(origin: Origin) -> Fix:
    """What brings the related rows along with the rows themselves."""
    fix = _loaded_along(origin)
    key = read_key_itself(origin.group)
    return fix if key is None else Fix("use_id", key.code, key.at, alternatives=(fix,))


def _loaded_along(origin: Origin) -> Fix:
    group = origin.group
    assert group.cause is not None
    if _needs_a_query(origin):
        fix = Fix("prefetch_related", f'.prefetch_related("{group.cause.path}")')
    else:
        fix = Fix("select_related", f'.select_related("{group.cause.path}")')
    if _is_key_left_out(origin):
        return replace(fix, caveats=(f"{group.cause.relation} is deferred: load it first.",))
    if group.is_sent and all(query.parent is None for query in group.queries):
        return replace(fix, caveats=(_NOT_LOADED,))
    fix = origin.typed(fix)
    peers = (origin.typed(fetch_peers(group)),) if helps_peers(group) and fix.at else ()
    return replace(fix, alternatives=tuple(item for item in peers if item.at))


def _needs_a_query(origin: Origin) -> bool:
    """A join can't help rows of raw SQL or a union, nor cross a relation to many or to any."""
    return origin.crosses_generic or any(has_fact(origin.group, name) for name in _NO_JOIN)


def _is_key_left_out(origin: Origin) -> bool:
    """Whether `only()` or `defer()` left the key out: then Django refuses to join by it."""
    cause = origin.group.cause
    return any(
        other.cause is not None
        and cause is not None
        and other.cause.kind == "deferred"
        and other.cause.path == cause.path.partition("__")[0]
        and other.origin == origin.group.origin
        for other in origin.trace.groups()
    )


def helps_peers(group: QueryGroup) -> bool:
    """Whether Django ≥ 6.1 can fetch the relation for all rows at the first row's access.

    Not where the rows were not fetched together, and not for those of `iterator()`, which are
    gone before the next one is read.
    """
    return has_fact(group, "peers") and not any(has_fact(group, name) for name in _NO_PEERS)


def fetch_peers(group: QueryGroup) -> Fix:
    """Django ≥ 6.1: the first row's access fetches the relation for all rows."""
    return Fix(
        "fetch_mode",
        ".fetch_mode(models.FETCH_PEERS)",
        group.origin,
        imports=("from django.db import models",),
    )
