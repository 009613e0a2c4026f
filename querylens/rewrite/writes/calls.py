"""All that one call in the source sent, and what stands against sending it at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from querylens.model import Fix, Place, Query, QueryGroup, Trace
from querylens.rewrite.writes.models import details
from querylens.sql import table_names

_ONE_STATEMENT_A_TABLE = {"create", "save", "update", "bulk_create", "bulk_update"}
_WRITES = {"insert", "update", "delete", "relation_write"}
_OWN_APP = re.compile(
    r"django/contrib/(sessions|admin|messages|sites|redirects|auth)/(?!models|base_user)"
)
_SEVERAL_VALUES = re.compile(r"\bIN\s*\(\s*(?:%s|%\(\w+\)s|\?|:\w+|\d+)\s*,", re.IGNORECASE)
_ONE_COLUMN = re.compile(
    r"""\sWHERE\s+\(*(?:["`]?\w+["`]?\.)?["`]?(\w+)["`]?\s*=\s*(?:%s|\?)\)*\s*$""", re.IGNORECASE
)
_SEVERAL_ROWS = re.compile(r"\bVALUES\b.*\)\s*,\s*\(", re.IGNORECASE | re.DOTALL)


def fact(group: QueryGroup, name: str) -> list[str]:
    """The details that the ORM told under a name, sorted."""
    return details(group.cause, name) if group.cause is not None else []


def calls(trace: Trace) -> Sequence[QueryGroup]:
    """All statements that one call in the source sent, over all its turns, in order.

    A call may send several: to both tables of a child row, or first a SELECT of what is there.
    Statements that failed wrote nothing.
    """
    return trace.once(_calls)


def _calls(trace: Trace) -> list[QueryGroup]:
    together: dict[Any, list[Query]] = {}
    for query in trace.queries:
        cause = query.cause
        if cause is not None and cause.kind in _WRITES and not query.error:
            subject = (cause.access, cause.model, cause.relation)
            key = (query.scope, query.alias, subject, query.call_site)
            together.setdefault(key, []).append(query)
    return [QueryGroup(tuple(queries)) for queries in together.values()]


def first_statements(group: QueryGroup) -> QueryGroup:
    """The statements that begin each call.

    The later ones may be the batches of one call; the first comes back only with the call.
    """
    if group.cause is not None and group.cause.access in _ONE_STATEMENT_A_TABLE:
        begin = [item for item in group.queries if _target(item) == _target(group.queries[0])]
    else:
        begin = [item for item in group.queries if item.fingerprint == group.fingerprint]
    return QueryGroup(tuple(begin))


def _target(query: Query) -> tuple[str, str]:
    """What a statement does to which table: Django writes NULL out, so that texts may differ."""
    return query.kind, next(iter(table_names(query.sql)), "")


def carries_many(queries: Iterable[Query]) -> bool:
    """Whether statements write several rows at once: then a loop around them makes batches."""
    return any(_is_batch(query) for query in queries)


def _is_batch(query: Query) -> bool:
    if query.kind != "insert":
        return _SEVERAL_VALUES.search(query.sql) is not None
    columns = query.params if isinstance(query.params, (list, tuple)) else ()
    is_list_of_columns = any(isinstance(item, list) and len(item) > 1 for item in columns)
    return is_list_of_columns or _SEVERAL_ROWS.search(query.sql) is not None


def tables(queries: Iterable[Query]) -> set[str]:
    """The tables that statements name."""
    return {name for query in queries for name in table_names(query.sql)}


def is_certain(trace: Trace, group: QueryGroup) -> bool:
    """Whether all that the line wrote can be written later, and is of one kind."""
    return not is_read_between(trace, group) and not _writes_others(trace, group)


def _writes_others(trace: Trace, group: QueryGroup) -> bool:
    """Whether the same line writes rows of another model or database too."""
    own, site = {id(query) for query in group.queries}, group.call_site
    return any(
        query.call_site == site
        and query.cause is not None
        and query.cause.kind in _WRITES
        and query.scope == group.queries[0].scope
        and not query.error
        and id(query) not in own
        for query in trace.queries
    )


def is_read_between(trace: Trace, group: QueryGroup) -> bool:
    """Whether other queries use the tables while the loop still writes: the order matters then."""
    own = {id(query) for query in group.queries}
    first, last = group.queries[0], group.queries[-1]
    written = tables(query for query in group.queries if query.kind != "select")
    return any(
        first.started_ns < query.started_ns < last.started_ns
        and (query.scope, query.alias) == (first.scope, first.alias)
        and id(query) not in own
        and query.is_counted
        and not written.isdisjoint(table_names(query.sql))
        for query in trace.queries
    )


def loaded_at(trace: Trace, group: QueryGroup) -> set[Place | None]:
    """The call sites of the queries that loaded the group's rows; None for those not seen."""
    parents = [query.parent for query in group.queries]
    return {None if parent is None else trace.queries[parent].call_site for parent in parents}


def sent_by_library(group: QueryGroup) -> Fix | None:
    """No fix for what a library writes on the project's behalf; None when the project writes."""
    names = [*fact(group, "library"), *_own_apps(group)]
    if not names:
        return None
    reason = f"{names[0]} writes these rows itself: only its own settings can change how."
    return Fix("none", caveats=(reason,))


def _own_apps(group: QueryGroup) -> Iterator[str]:
    """Apps of Django that keep rows of their own, such as sessions."""
    for file in _inner_files(group):
        if found := _OWN_APP.search(file):
            yield f"django.contrib.{found[1]}"


def _inner_files(group: QueryGroup) -> Iterator[str]:
    """The files between the call site and the database, the innermost first."""
    place = group.call_site
    for file, line, _ in group.queries[0].frames:
        if place is not None and (file, line) == (place.path, place.line):
            return
        yield file.replace("\\", "/")


def passes_through(group: QueryGroup, file: str) -> bool:
    """Whether the call in the project reached the ORM through a file of a library."""
    return any(path.endswith(file) for path in _inner_files(group))


def skipped_by(method: str, group: QueryGroup) -> tuple[str, ...]:
    """What a method for many rows leaves out for this very model, each as a sentence."""
    left_out = [f"{method} does not call {name}." for name in fact(group, "custom save")]
    left_out += [f"{method} does not call {name}." for name in fact(group, "custom create")]
    for signal in ("pre_save", "post_save", "m2m_changed"):
        left_out += [f"{method} sends no {signal} to {name}." for name in fact(group, signal)]
    return tuple(left_out)


def one_by_one(group: QueryGroup) -> str:
    """`one row at a time: 4 rows`, with the number of queries where a row takes several.

    Without the numbers where nothing was counted.
    """
    rows = len(first_statements(group))
    if not group.is_sent:
        return "one row at a time"
    more = "" if rows == len(group) else f", {len(group)} queries"
    return f"one row at a time: {rows} rows{more}"


def batches(group: QueryGroup, per_row: int = 0) -> int:
    """How many statements it takes to write all rows at once: SQLite limits their parameters."""
    first, rows = group.queries[0], len(first_statements(group))
    if first.vendor != "sqlite":
        return 1
    values = per_row or (len(first.params) if isinstance(first.params, (list, tuple)) else 1)
    return -(-rows // (500 if values < 2 else max(999 // values, 1)))


def condition(group: QueryGroup) -> str:
    """What one filter must say to find the rows of all turns, as far as it is known."""
    keys, sql = fact(group, "foreign key"), group.queries[0].sql
    if keys and not fact(group, "generic") and " AND " not in sql:
        return f"{keys[0]}__in=values"
    column = _ONE_COLUMN.search(sql)
    is_joined = " JOIN " in sql or "SELECT" in sql[len("SELECT") :]
    return f"{column[1]}__in=values" if column and not is_joined else "conditions"


def todo(group: QueryGroup, action: str) -> str:
    """What is left to do before that filter."""
    if condition(group) == "conditions":
        return f"Join what the loop filters by, as Q objects with |, and {action} once."
    return f"`values` is what the loop filters by: gather it, and {action} once behind the loop."


def for_each(group: QueryGroup) -> str:
    """`for each of 4 rows`, where the calls started from rows, else `for each of 4 values`.

    Without the number where nothing was counted.
    """
    first = first_statements(group)
    one = "row" if first.rows else "value"
    if not group.is_sent:
        return f"for each {one}"
    return f"for each of {first.rows or first.distinct} {one}s"
