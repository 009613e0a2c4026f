"""QL202: rows that are changed one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from querylens.model import Finding, Fix, QueryGroup, RuleInfo, Trace
from querylens.rewrite.writes import calls as writes
from querylens.rewrite.writes.models import manager_name
from querylens.rewrite.writes.names import plural, snake
from querylens.rewrite.writes.saves import assigned_fields, save_together
from querylens.rewrite.writes.updates import update_together
from querylens.rules.base import TraceRule, fact, model_name

_ACCESSES = {"save", "update", "bulk_update"}


class UpdateInLoop(TraceRule):
    """
    ## What it does
    Finds a loop that changes one row at a time, by `save`, by `update` with a filter for one
    value, or by a `bulk_update` of one.

    ## Why is this bad?
    Each row is a round trip of its own, where one statement can change all of them.

    ## Example
    ```python
    for book in Book.objects.filter(author=author):
        book.pages = count_pages(book.title)
        book.save()
    ```

    Use instead:
    ```python
    books = list(Book.objects.filter(author=author))
    for book in books:
        book.pages = count_pages(book.title)
    Book.objects.bulk_update(books, ["pages"])
    ```

    Where all rows get the same value, one `update()` does it without loading them.
    `bulk_update` calls no `save()`, sends no signals and leaves `auto_now` fields alone.
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL202", "update-in-loop", "warning", "one UPDATE for each row"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for group in writes.calls(trace):
            if group.cause is None or group.cause.access not in _ACCESSES:
                continue
            if self._comes_back(group):
                text = f"{group.cause.model} is changed {writes.one_by_one(group)}"
                if group.cause.access == "update":
                    text = f"{group.cause.model} is updated {writes.for_each(group)}"
                yield self.finding(group, text, _fix(trace, group), remaining=_left(group))

    def _comes_back(self, group: QueryGroup) -> bool:
        if any(query.kind == "insert" for query in group.queries):
            return False
        first = writes.first_statements(group)
        assert group.cause is not None
        if group.cause.access == "save":
            return self.is_per_row(first)
        if writes.carries_many(first.queries) or not self.is_per_value(first):
            return False
        return group.cause.access == "update" or group.loop is not None


def _left(group: QueryGroup) -> int:
    assert group.cause is not None
    if group.cause.access == "update":
        return 1
    columns = group.queries[-1].params
    return writes.batches(group, per_row=2 + (len(columns) if columns else 1))


def _fix(trace: Trace, group: QueryGroup) -> Fix:
    assert group.cause is not None
    if library := writes.sent_by_library(group):
        return library
    first = writes.first_statements(group)
    is_sure = writes.is_certain(trace, group)
    if group.cause.access == "update":
        return (update_together(group) if is_sure else None) or _update_by_hand(group)
    # The same row twice would be written with its last values only.
    is_sure = is_sure and (first.rows == len(first) or group.cause.access == "bulk_update")
    loaded_at = writes.loaded_at(trace, group)
    return (save_together(group, loaded_at) if is_sure else None) or _save_by_hand(group)


def _save_by_hand(group: QueryGroup) -> Fix:
    assert group.cause is not None
    rows = plural(snake(model_name(group.cause.model)))
    fields = ", ".join(f'"{name}"' for name in assigned_fields(group)) or "…"
    code = f"{manager_name(group.cause)}.bulk_update({rows}, [{fields}])"
    todo = f"Change the objects in the loop without saving them, and `{rows}` the list of them."
    moments = fact(group, "auto_now") + fact(group, "auto_now of a day")
    unset = [f"bulk_update does not set {name}: assign it in the loop." for name in moments]
    skipped = writes.skipped_by("bulk_update", group)
    return Fix("bulk_update", code, caveats=(todo, *skipped, *unset))


def _update_by_hand(group: QueryGroup) -> Fix:
    assert group.cause is not None
    code = f"{manager_name(group.cause)}.filter({writes.condition(group)}).update(…)"
    todo = writes.todo(group, "update")
    differs = "Where each row gets a value of its own, bulk_update can write them together."
    return Fix("queryset_update", code, caveats=(todo, differs))
