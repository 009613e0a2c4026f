"""QL201: rows that are inserted one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from querylens.model import Finding, Fix, QueryGroup, RuleInfo, Trace
from querylens.rewrite.writes import calls as writes
from querylens.rewrite.writes.creates import create_together
from querylens.rewrite.writes.models import manager_name
from querylens.rewrite.writes.names import plural, snake
from querylens.rules.base import TraceRule, fact, has_fact, model_name

_GOES_ON = "What the loop does with a row once it is saved goes to a second loop, behind that."
_ACCESSES = {"create", "save", "bulk_create"}


class InsertInLoop(TraceRule):
    """
    ## What it does
    Finds a loop that inserts one row at a time, by `create`, `save` or a `bulk_create` of one.

    ## Why is this bad?
    Each row is a round trip of its own, where one statement can insert all of them.

    ## Example
    ```python
    for provider in providers:
        StreamingOffer.objects.create(movie=movie, service=services[provider["id"]])
    ```

    Use instead:
    ```python
    offers = []
    for provider in providers:
        offers.append(StreamingOffer(movie=movie, service=services[provider["id"]]))
    StreamingOffer.objects.bulk_create(offers)
    ```

    `bulk_create` calls no `save()` and sends no signals: where the model has a `save()` or
    receivers of its own, the finding names them. It can't insert rows of models that inherit
    from another table.
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL201", "insert-in-loop", "warning", "one INSERT for each row"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for group in writes.calls(trace):
            inserts = [query for query in group.queries if query.kind == "insert"]
            if inserts and group.cause is not None and group.cause.access in _ACCESSES:
                if not self._comes_back(group, QueryGroup(tuple(inserts))):
                    continue
                message = f"{group.cause.model} is inserted {writes.one_by_one(group)}"
                fix = _fix(trace, group)
                found = self.finding(group, message, fix, remaining=_left(group))
                yield replace(found, cause=inserts[0].cause)

    def _comes_back(self, group: QueryGroup, inserts: QueryGroup) -> bool:
        """Every INSERT makes another row: the stack that came back is enough."""
        if writes.first_statements(inserts).repeats < self.threshold:
            return False
        is_bulk = group.cause is not None and group.cause.access == "bulk_create"
        return not is_bulk or (group.loop is not None and not writes.carries_many(inserts.queries))


def _left(group: QueryGroup) -> int:
    assert group.cause is not None
    return writes.batches(group) * (2 if fact(group, "through") else 1)


def _fix(trace: Trace, group: QueryGroup) -> Fix:
    assert group.cause is not None
    if has_fact(group, "multi-table"):
        reason = f"{group.cause.model} inherits from another table: bulk_create can't insert it."
        return Fix("none", caveats=(reason,))
    if writes.passes_through(group, "rest_framework/serializers.py"):
        return _list_serializer(group)
    if library := writes.sent_by_library(group):
        return library
    fix = create_together(group) if writes.is_certain(trace, group) else None
    return fix or _by_hand(group)


def _by_hand(group: QueryGroup) -> Fix:
    assert group.cause is not None
    rows = plural(snake(model_name(group.cause.model)))
    todo = f"Make the objects in the loop without saving them, and `{rows}` the list of them."
    skipped = writes.skipped_by("bulk_create", group)
    code = f"{manager_name(group.cause)}.bulk_create({rows})"
    return Fix("bulk_create", code, caveats=(todo, *skipped, _GOES_ON))


def _list_serializer(group: QueryGroup) -> Fix:
    """A serializer with `many=True` creates row by row unless its list class does better."""
    assert group.cause is not None
    model = model_name(group.cause.model)
    code = (
        f"class {model}ListSerializer(serializers.ListSerializer):\n"
        "    def create(self, validated_data):\n"
        f"        rows = [{model}(**item) for item in validated_data]\n"
        f"        return {manager_name(group.cause)}.bulk_create(rows)"
    )
    todo = "Name the class in the serializer's Meta, as `list_serializer_class`."
    imports = ("from rest_framework import serializers",)
    skipped = writes.skipped_by("bulk_create", group)
    return Fix("bulk_create", code, imports=imports, caveats=(todo, *skipped))
