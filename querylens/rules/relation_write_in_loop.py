"""QL205: a relation that is written for one row at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from querylens.model import Cause, Finding, Fix, FixKind, QueryGroup, RuleInfo, Trace
from querylens.rewrite.writes import calls as writes
from querylens.rewrite.writes.links import link_together
from querylens.rewrite.writes.models import class_name, detail, has, manager_name
from querylens.rewrite.writes.names import plural, snake
from querylens.rules.base import TraceRule, so_often


class RelationWriteInLoop(TraceRule):
    """
    ## What it does
    Finds a loop that calls `add`, `set`, `remove` or `clear` of a relation for one row, or with
    one row, at a time.

    ## Why is this bad?
    Each call is a round trip or two, where one statement can write the pairs of all rows.

    ## Example
    ```python
    for book in books:
        book.tags.add(tag)
    ```

    Use instead:
    ```python
    links = [Book.tags.through(book=book, tag=tag) for book in books]
    Book.tags.through.objects.bulk_create(links, ignore_conflicts=True)
    ```

    For the rows behind a foreign key, assign it and write all of them with one `bulk_update`.
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL205", "relation-write-in-loop", "warning", "a relation written for each row"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for group in writes.calls(trace):
            cause = group.cause
            if cause is None or cause.kind != "relation_write":
                continue
            first = writes.first_statements(group)
            # One call with many rows may be sent in batches, each with other values.
            is_one_row = self.is_per_value(first) and not writes.carries_many(first.queries)
            if self.is_per_row(first) or (is_one_row and group.loop is not None):
                often = f" {writes.for_each(group)}"
                if first.rows == 1:
                    often = f"{so_often(first, ' again and again')} for one row"
                queries = f": {len(group)} queries" if group.is_sent else ""
                message = f"{cause.relation} is written by {cause.access}(){often}{queries}"
                fix = _fix(trace, group, cause)
                yield self.finding(group, message, fix, remaining=_left(cause))


def _left(cause: Cause) -> int:
    """What is there must be deleted first, or fetched where the table can't refuse a pair."""
    deletes = cause.access == "set"
    fetches = cause.access in ("add", "set") and has(cause, "through model")
    return 1 + deletes + fetches


def _fix(trace: Trace, group: QueryGroup, cause: Cause) -> Fix:
    if library := writes.sent_by_library(group):
        return library
    fix = link_together(group) if writes.is_certain(trace, group) else None
    return fix or (_table_by_hand if has(cause, "through") else _key_by_hand)(cause)


def _table_by_hand(cause: Cause) -> Fix:
    """What to write to the table between two models."""
    owner, _, accessor = cause.relation.rpartition(".")
    through = f"{class_name(owner)}.{accessor}.through"
    mine, other = detail(cause, "through").split(", ")
    pair = f"{through}({mine}=…, {other}=…)"
    kind: FixKind = "through_bulk_create"
    code = f"{through}.objects.bulk_create(links, ignore_conflicts=True)"
    notes = [f"`links` has one {pair} for each pair."]
    if cause.access in ("remove", "clear"):
        kind = "queryset_delete"
        lost = f", {other}__in={plural(other)}" if cause.access == "remove" else ""
        code = f"{through}.objects.filter({mine}__in={plural(mine)}{lost}).delete()"
        notes = [f"`{plural(mine)}` are the rows of the loop, if all of them lose the same."]
    elif cause.access == "set":
        notes.append(f"Delete by {through} what the rows must lose first, in one transaction.")
    if has(cause, "through model") and cause.access in ("add", "set"):
        model = class_name(detail(cause, "through model"))
        notes.append(f"{cause.access}() leaves out pairs that {model} has: fetch them first.")
    if has(cause, "symmetrical"):
        notes.append("The relation is symmetrical: each pair has a second row, the other way.")
    heard = [item.partition(": ")[2] for item in cause.facts if item.startswith("m2m_changed: ")]
    notes += [f"No m2m_changed is sent to {name}." for name in sorted(heard)]
    return Fix(kind, code, caveats=tuple(notes))


def _key_by_hand(cause: Cause) -> Fix:
    """What to write to the rows that hold the key."""
    key = detail(cause, "foreign key") or "…"
    rows = plural(snake(class_name(cause.model)))
    manager = manager_name(cause, finds_all=True)
    ends = (detail(cause, "generic") or key).split(", ")
    if cause.access == "set":
        return Fix(
            "none", caveats=("set() compares each row with what is there: no one call can.",)
        )
    if cause.access == "add":
        names = ", ".join(f'"{name}"' for name in ends)
        todo = f"`{rows}` are the rows that got another {key} in the loop, by assignment."
        return Fix("bulk_update", f"{manager}.bulk_update({rows}, [{names}])", caveats=(todo,))
    owners = f"`{plural(key)}` are the rows of the loop."
    if has(cause, "generic"):
        content_type, object_id = ends
        code = f"{manager}.filter({content_type}=…, {object_id}__in=keys).delete()"
        return Fix("queryset_delete", code, caveats=("`keys` are those of the loop's rows.",))
    lost = f", pk__in=[row.pk for row in {rows}]" if cause.access == "remove" else ""
    code = f"{manager}.filter({key}__in={plural(key)}{lost}).update({key}=None)"
    return Fix("queryset_update", code, caveats=(owners,))
