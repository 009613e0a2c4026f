"""QL104: one row looked up in each turn of a loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from querylens.model import Cause, Finding, Fix, QueryGroup, RuleInfo, Trace
from querylens.rewrite.lookups import gather
from querylens.rules.base import TraceRule, has_fact, model_name, so_often

#: Django keeps these rows itself after the first time.
_CACHED_BY_DJANGO = {"contenttypes.ContentType", "sites.Site"}
_BY_DECLARATION = (
    "A form or serializer asks this for each row or choice by itself: look whether the queryset "
    "that it is given can bring the rows along."
)
_ONE_ROW = {"get", "first", "last", "earliest", "latest", "in_bulk"}
_CHECKS = {"full_clean", "validate_unique"}


class LookupInLoop(TraceRule):
    """
    ## What it does
    Finds a loop that asks the database for one row, or for the rows of one value, at a time.

    ## Why is this bad?
    One round trip for each turn of the loop, where one query could bring all rows.

    ## Example
    ```python
    for provider in providers:
        service = Service.objects.get(tmdb_provider_id=provider["id"])
    ```

    Use instead:
    ```python
    services = {
        service.tmdb_provider_id: service
        for service in Service.objects.filter(
            tmdb_provider_id__in={provider["id"] for provider in providers}
        )
    }
    for provider in providers:
        service = services[provider["id"]]
    ```
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL104", "lookup-in-loop", "warning", "one lookup for each turn of a loop"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for group in trace.groups():
            if _is_lookup(group) and self.is_per_value(group):
                cause = group.cause
                assert cause is not None
                by = f" by {', '.join(cause.fields)}" if cause.fields else ""
                message = f"{cause.model} is looked up{by}{so_often(group)} in a loop"
                yield self.finding(group, message, _fix(group), remaining=1)


def _is_lookup(group: QueryGroup) -> bool:
    cause = group.cause
    return (
        cause is not None
        and cause.kind == "lookup"
        and not cause.relation
        and cause.access not in _CHECKS
        and cause.model not in _CACHED_BY_DJANGO
        and not has_fact(group, "many rows")
        and not _asks_for_a_batch(group)
    )


def _asks_for_a_batch(group: QueryGroup) -> bool:
    """Whether the loop goes through `…__in` lists of several values: that is gathered already."""
    assert group.cause is not None
    by_list = any(field.endswith("__in") for field in group.cause.fields)
    return by_list and any(len(query.params or ()) > 1 for query in group.queries)


def _fix(group: QueryGroup) -> Fix:
    cause = group.cause
    assert cause is not None
    if cause.access == "refresh_from_db":
        return Fix("none", caveats=("Each row is read again on purpose: load it late, or once.",))
    if group.call_site is not None and group.call_site.python and not group.call_site.template:
        return Fix("none", caveats=(_BY_DECLARATION,))
    return gather(group) or _by_hand(cause)


def _by_hand(cause: Cause) -> Fix:
    """The one query, with names for what only the project knows."""
    model = model_name(cause.model)
    if cause.access == "in_bulk":
        todo = "`values` are the keys of all turns: gather them before the loop."
        return Fix("in_bulk", f"rows = {model}.objects.in_bulk(values)", caveats=(todo,))
    if cause.access == "slice":
        todo = "Fetch the rows once before the loop, and take them from the list."
        return Fix("in_bulk", f"rows = list({model}.objects.all())", caveats=(todo,))
    field = cause.fields[0] if len(cause.fields) == 1 and "__" not in cause.fields[0] else ""
    if not field:
        code = f"rows = {model}.objects.filter(…__in=values)"
        todo = "Gather what the loop looks up, ask once before it, and read from a dict."
        return Fix("in_bulk", code, caveats=(todo,))
    key = f"{field}_id" if f"related: {field}" in cause.facts else field
    found = f"{model}.objects.filter({field}__in=values)"
    todo = "`values` is what the loop looks up: gather it before, and read from `rows`."
    if cause.access in _ONE_ROW:
        code = f"rows = {{row.{key}: row for row in {found}{_order(cause)}}}"
        return Fix("in_bulk", code, caveats=(todo, *_caveats_of_order(cause)))
    code = f"rows = defaultdict(list)\nfor row in {found}:\n    rows[row.{key}].append(row)"
    return Fix("in_bulk", code, imports=("from collections import defaultdict",), caveats=(todo,))


def _order(cause: Cause) -> str:
    """The order in which the row that is wanted of each value comes last: a dict keeps that one."""
    is_ordered = "ordered" in cause.facts
    if cause.access == "first":
        return ".reverse()" if is_ordered else '.order_by("-pk")'
    return '.order_by("pk")' if cause.access == "last" and not is_ordered else ""


def _caveats_of_order(cause: Cause) -> tuple[str, ...]:
    if cause.access in ("first", "last") and "own order" in cause.facts:
        return (
            "Begin with the lookup's own order_by(): the dict keeps the last row of each value.",
        )
    if cause.access not in ("earliest", "latest"):
        return ()
    return (
        f"Order the rows so that the one that `{cause.access}` gives comes last: "
        "the dict keeps the last row of each value.",
    )
