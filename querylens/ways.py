"""The way back from a row to its queryset, over the queries that loaded the rows in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from querylens.model import Cause, Place
from querylens.places import walked_over
from querylens.record import Record, loaded_and_joined

_LOADS_ONE = ("forward", "reverse", "generic")
_ONE_ROW = {"get", "first", "last", "earliest", "latest", "get_or_create", "update_or_create"}

#: The fields of a query that all queries like it share.
Alike = dict[str, Any]


class Way(NamedTuple):
    """From a row back to its queryset: where that was built, and the lookup path from it.

    The facts tell whether the path crosses a relation to many rows, and what fetched the rows.
    """

    origin: Place | None
    path: str
    facts: frozenset[str]


def facts_of_rows(cause: Cause | None) -> set[str]:
    """What fetched the rows, and whether it put several queries together."""
    if cause is None:
        return set()
    combined = {"rows from union"} if "combined" in cause.facts else set()
    return {f"rows from {cause.access}"} | combined


def continues(cause: Cause, record: Record) -> bool:
    """Whether a row's own query is no place for a fix, so that the way goes on to its parent."""
    if cause.kind == "prefetch" or (cause.kind in _LOADS_ONE and cause.to_one):
        return True
    # The rows of `author.books.all()` come along with a prefetch on the authors' queryset; those
    # of `author.books.filter()` do not, and for one author there is nothing to come along with.
    if not cause.relation or cause.access != "all" or record.parent is None:
        return False
    return not is_alone(loaded_and_joined(record.parent)[0])


def is_alone(record: Record) -> bool:
    """Whether a query fetched one row by itself, or a row that such a row points to."""
    cause = record.shape.cause(record.subject)
    if cause is None or cause.access in _ONE_ROW:
        return cause is not None
    if cause.kind not in _LOADS_ONE or not cause.to_one or record.parent is None:
        return False
    return is_alone(loaded_and_joined(record.parent)[0])


def with_walked_rows(found: Sequence[Alike]) -> list[Alike]:
    """Gives queries in a loop the origin of what the loop walks over, where that was a queryset."""
    walked: dict[tuple[str, int, int], Place] = {}
    changed: dict[tuple[int, int], Alike] = {}
    done: list[Alike] = []
    before: Alike | None = None
    for fields in found:
        if fields is before:
            done.append(done[-1])
            continue
        before = fields
        place, built_at, loop = fields["call_site"], fields["built_at"], fields["loop"]
        if place is not None and built_at is not None:
            walked[(place.file, place.line, place.column or 0)] = built_at
        if loop is not None and fields["origin"] is None and walked:
            origin = walked.get(walked_over(loop))
            if origin is not None:
                key = (id(fields), id(origin))
                fields = changed.setdefault(key, changed_copy(fields, origin=origin))
        done.append(fields)
    return done


def changed_copy(fields: Alike, **others: Any) -> Alike:
    """The fields of queries that differ in these from those they were like."""
    return {**fields, **others, "alike": object()}
