"""QL203: rows that are deleted one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from querylens.model import Finding, Fix, QueryGroup, RuleInfo, Trace
from querylens.rewrite.writes import calls as writes
from querylens.rewrite.writes.deletes import delete_together
from querylens.rewrite.writes.models import manager_name
from querylens.rules.base import TraceRule, fact


class DeleteInLoop(TraceRule):
    """
    ## What it does
    Finds a loop that deletes one row, or the rows of one value, at a time. What a deletion takes
    with it belongs to the same finding.

    ## Why is this bad?
    Each row is a round trip of its own, and one more for each table that points to it.

    ## Example
    ```python
    for loan in Loan.objects.filter(days__gte=30):
        loan.delete()
    ```

    Use instead:
    ```python
    Loan.objects.filter(days__gte=30).delete()
    ```

    A queryset's `delete()` cascades and sends `pre_delete` and `post_delete` all the same, but
    calls no `delete()` of the model's own.
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL203", "delete-in-loop", "warning", "one DELETE for each row"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for group in writes.calls(trace):
            if group.cause is None or group.cause.kind != "delete":
                continue
            first = writes.first_statements(group)
            is_row = first.rows > 0 and not group.cause.relation
            if is_row and self.is_per_row(first):
                often = writes.one_by_one(group)
            elif not writes.carries_many(first.queries) and self.is_per_value(first):
                often = writes.for_each(group)
            else:
                continue
            text = f"{group.cause.model} is deleted {often}"
            yield self.finding(group, text, _fix(trace, group), remaining=_left(group))


def _left(group: QueryGroup) -> int:
    """One statement for each table, and the rows are fetched first where others hang on them."""
    statements = {query.fingerprint for query in group.queries}
    is_heard = fact(group, "pre_delete") or fact(group, "post_delete")
    is_row = writes.first_statements(group).rows > 0 and not fact(group, "foreign key")
    is_fetched_too = is_row and (len(statements) > 1 or is_heard)
    return len(statements) + (1 if is_fetched_too else 0)


def _fix(trace: Trace, group: QueryGroup) -> Fix:
    if library := writes.sent_by_library(group):
        return library
    fix = delete_together(group) if writes.is_certain(trace, group) else None
    return fix or _by_hand(group)


def _by_hand(group: QueryGroup) -> Fix:
    assert group.cause is not None
    is_row = writes.first_statements(group).rows > 0 and not group.cause.relation
    found_by = "pk__in=values" if is_row else writes.condition(group)
    code = f"{manager_name(group.cause, finds_all=is_row)}.filter({found_by}).delete()"
    todo = writes.todo(group, "delete")
    if is_row:
        todo = "`values` are the keys of the loop's rows: gather them, and delete once behind it."
    skipped = [f"A queryset's delete() does not call {n}." for n in fact(group, "custom delete")]
    return Fix("queryset_delete", code, caveats=(todo, *skipped))
