"""All the shapes there are."""

from __future__ import annotations

import django

from tests.shapes import (
    aggregates,
    asynchronous,
    chains,
    deferred,
    deletes,
    duplicates,
    forms,
    forward,
    generic,
    inserts,
    lookups,
    loops,
    many_to_many,
    prefetches,
    raw_sql,
    related_sets,
    relation_writes,
    rest,
    rows,
    silent_frameworks,
    silent_lookups,
    silent_reads,
    silent_sets,
    silent_writes,
    templates,
    updates,
    views,
)
from tests.shapes.declare import Shape

MODULES = (
    forward,
    rows,
    loops,
    related_sets,
    many_to_many,
    generic,
    deferred,
    chains,
    lookups,
    aggregates,
    prefetches,
    inserts,
    updates,
    deletes,
    relation_writes,
    raw_sql,
    duplicates,
    asynchronous,
    templates,
    views,
    rest,
    forms,
    silent_reads,
    silent_sets,
    silent_lookups,
    silent_writes,
    silent_frameworks,
)


def all_shapes() -> tuple[Shape, ...]:
    """The shapes that this Django can run, in the order they are written."""
    return tuple(
        value.shape
        for module in MODULES
        for value in vars(module).values()
        if getattr(value, "__module__", "") == module.__name__ and hasattr(value, "shape")
        if value.shape.django <= django.VERSION[:2]
    )
