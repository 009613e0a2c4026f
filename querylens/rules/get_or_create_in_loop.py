"""QL204: rows that are looked up and created one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from querylens.model import Finding, Fix, QueryGroup, RuleInfo, Trace
from querylens.rewrite.writes import calls as writes
from querylens.rewrite.writes.models import manager_name
from querylens.rewrite.writes.names import plural, snake
from querylens.rewrite.writes.upserts import upsert_together
from querylens.rules.base import TraceRule, model_name

_COMPARED = re.compile(r"""["`.](\w+)["`]?\s*=\s*(?:%s|\?)""")
_ACCESSES = {"get_or_create", "update_or_create"}


class GetOrCreateInLoop(TraceRule):
    """
    ## What it does
    Finds a loop that calls `get_or_create` or `update_or_create` for one row at a time.

    ## Why is this bad?
    Each call is a SELECT, and an INSERT or an UPDATE behind it, where two statements can do the
    work for all rows: one that fetches what is there, and one that inserts the rest.

    ## Example
    ```python
    for name in names:
        Tag.objects.get_or_create(name=name)
    ```

    Use instead:
    ```python
    Tag.objects.bulk_create([Tag(name=name) for name in names], ignore_conflicts=True)
    ```

    `ignore_conflicts` needs a unique constraint on what the rows are looked up by. Where rows
    that are there must change, `update_conflicts=True` with `unique_fields` and `update_fields`
    writes over them. Where the rows themselves are wanted, fetch them by `__in` first:
    ```python
    tags = {tag.name: tag for tag in Tag.objects.filter(name__in=names)}
    new = [Tag(name=name) for name in {*names} - {*tags}]
    tags |= {tag.name: tag for tag in Tag.objects.bulk_create(new)}
    ```
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL204", "get-or-create-in-loop", "warning", "one SELECT and INSERT for each row"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for group in writes.calls(trace):
            cause = group.cause
            first = writes.first_statements(group)
            if cause is None or cause.access not in _ACCESSES or not self.is_per_value(first):
                continue
            created = f"{cause.model} is looked up and created by {cause.access}"
            message = f"{created} {writes.one_by_one(group)}"
            fix = _fix(trace, group)
            by_hand = len({query.kind for query in group.queries})
            left = writes.batches(group) if fix.at else by_hand
            yield self.finding(group, message, fix, remaining=left)


def _fix(trace: Trace, group: QueryGroup) -> Fix:
    if library := writes.sent_by_library(group):
        return library
    fix = upsert_together(group) if writes.is_certain(trace, group) else None
    return fix or _by_hand(group)


def _by_hand(group: QueryGroup) -> Fix:
    cause = group.cause
    assert cause is not None
    model, manager = model_name(cause.model), manager_name(cause)
    rows = plural(snake(model))
    compared = _COMPARED.findall(group.queries[0].sql.partition(" WHERE ")[2])
    columns = list(dict.fromkeys(compared))
    notes = [f"`{rows}` are the new objects, one for each value that the first query did not find."]
    if not columns:
        code = f"existing = {manager}.filter(conditions)\n{manager}.bulk_create({rows})"
        notes.append("Join what the loop asks for, as Q objects with |.")
    else:
        key = f"row.{columns[0]}"
        if len(columns) > 1:
            key = f"({', '.join(f'row.{name}' for name in columns)})"
        found = f"{manager}.filter({columns[0]}__in=values)"
        code = f"existing = {{{key}: row for row in {found}}}\n{manager}.bulk_create({rows})"
        notes.append(f"`values` is every {columns[0]} that the loop asks for.")
    if cause.access == "update_or_create":
        notes.append("Change the rows in `existing`, and write them with one bulk_update.")
    notes += writes.skipped_by("bulk_create", group)
    return Fix("bulk_create", code, caveats=tuple(notes))
