"""Writes a trace as one line: what queries share once, and the rest in columns."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import sub
from typing import Any

from querylens.model import Query, Trace
from querylens.model.durations import steps_of
from querylens.traces import layout
from querylens.traces.layout import NONE, RecordedTrace, Redacted
from querylens.traces.literals import without_literals, without_numbered_name
from querylens.traces.tables import Tables
from querylens.traces.values import Hashes, last_value, measures, shown_values

_WRITES_ROWS = ("update", "delete")


@dataclass(frozen=True, slots=True)
class Encoder:
    """Writes traces with one key: equal parameter values have equal hashes in all its lines.

    Of a trace with more than `max_queries` the first are written, and a gap says so.
    """

    key: bytes
    record_params: bool = False
    max_queries: int | None = None
    sample_rate: float = 1.0

    def encode(self, trace: Trace, meta: Mapping[str, str | int] | None = None) -> bytes:
        """One line that ends in a line feed, in ASCII."""
        queries = trace.queries
        gaps = [str(gap) for gap in trace.gaps]
        if self.max_queries is not None and len(queries) > self.max_queries:
            gaps.append(
                f"only the first {self.max_queries:,} of {len(queries):,} statements of "
                f"{trace.name or 'a trace'} were recorded: raise max_queries "
                "(the setting record-max-queries) to see the others"
            )
            queries = queries[: self.max_queries]
        tables = Tables(str(trace.config.root) if trace.config is not None else "")
        columns = _columns(queries, tables, Hashes(self.key), self.record_params)
        document = {
            "v": layout.VERSION,
            **_heading(trace, queries),
            "rate": self.sample_rate,
            "gaps": gaps,
            "meta": _plain(meta if meta is not None else getattr(trace, "meta", {})),
            "statements": tables.statements,
            "groups": _groups(tables.groups, columns),
            "queries": columns,
            **tables.rows(),
        }
        return json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def _heading(trace: Trace, queries: Sequence[Query]) -> dict[str, Any]:
    if isinstance(trace, RecordedTrace):
        identity, at, pid = trace.id, trace.started_at_ns, trace.pid
    else:
        identity, at, pid = secrets.token_hex(8), _started_at(queries), os.getpid()
    return {"id": identity, "name": str(trace.name), "kind": str(trace.kind), "at": at, "pid": pid}


def _started_at(queries: Sequence[Query]) -> int:
    """When the first query was sent, in nanoseconds since 1970: its own clock has no date."""
    ago = time.perf_counter_ns() - queries[0].started_ns if queries else 0
    return max(time.time_ns() - ago, 0)


def _plain(meta: Mapping[str, str | int]) -> dict[str, str | int]:
    return {
        str(name): value if type(value) is int and abs(value) < layout.LARGEST else str(value)
        for name, value in meta.items()
    }


class _Kind:
    """What queries share that differ in values, times, row and parent alone."""

    __slots__ = ("_groups", "_written", "writes_rows")

    def __init__(self, query: Query, sql: str, stack: int, text: int) -> None:
        self._written = (sql, stack, text)
        self._groups: dict[tuple[int, bool], int] = {}
        self.writes_rows = query.kind in _WRITES_ROWS

    def group(self, query: Query, tables: Tables) -> int:
        """The number of its group: queries of one group have as many values."""
        measured = measures(query.params)
        number = self._groups.get(measured)
        if number is None:
            number = self._groups[measured] = tables.group(query, self._written, *measured)
        return number


def _columns(
    queries: Sequence[Query], tables: Tables, hashes: Hashes, with_values: bool
) -> dict[str, list[Any]]:
    kinds = _kinds(queries)
    starts = [query.started_ns for query in queries]
    columns = {
        "group": [kind.group(query, tables) for kind, query in zip(kinds, queries, strict=True)],
        "start": list(map(sub, starts, starts[:1] + starts[:-1])),
        "duration": [query.duration_ns for query in queries],
        "params": [hashes.of(query.params) for query in queries],
        "last": _last_values(queries, kinds),
        "row": _numbered([query.row for query in queries]),
        "parent": [_within(query.parent, len(queries)) for query in queries],
        "values": [shown_values(query.params) for query in queries] if with_values else [],
    }
    return _saying_something(columns, layout.OPTIONAL_COLUMNS)


def _groups(rows: list[dict[str, Any]], queries: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """The groups, and of each what its queries add up to."""
    columns = {
        name: [row[name] for row in rows]
        for name in (*layout.GROUP_COLUMNS, *layout.OPTIONAL_GROUP_COLUMNS)
    }
    durations = _by_group(len(rows), queries["group"], queries["duration"])
    statements = [row["statement"] for row in rows]
    is_plain = statements == list(range(len(rows)))
    return {
        "time": list(map(sum, durations)),
        "longest": list(map(max, durations)),
        "steps": [bytes(steps_of(own)).hex() for own in durations],
        **({} if is_plain else {"statement": statements}),
        **_equal(len(rows), queries["group"], queries["params"]),
        **_saying_something(columns, layout.OPTIONAL_GROUP_COLUMNS),
    }


def _by_group(count: int, numbers: Sequence[int], column: Sequence[Any]) -> list[list[Any]]:
    groups: list[list[Any]] = [[] for _ in range(count)]
    for number, value in zip(numbers, column, strict=True):
        groups[number].append(value)
    return groups


def _equal(count: int, numbers: list[int], hashes: list[str]) -> dict[str, list[list[int]]]:
    """For each group nothing, or numbers that are equal where the values of its queries are."""
    if len(set(hashes)) == len(hashes):
        return {}
    repeated = {value for value, size in Counter(hashes).items() if size > 1}
    known: dict[Any, int] = {}
    return {
        "equal": [
            [] if repeated.isdisjoint(own) else [_number(known, value) for value in own]
            for own in _by_group(count, numbers, hashes)
        ]
    }


def _saying_something(
    columns: dict[str, list[Any]], nothing: Mapping[str, Any]
) -> dict[str, list[Any]]:
    return {
        name: column
        for name, column in columns.items()
        if name not in nothing or column.count(nothing[name]) < len(column)
    }


def _kinds(queries: Sequence[Query]) -> list[_Kind]:
    """The kind of each query; most share the very objects of one before."""
    known: dict[Any, _Kind] = {}
    stacks: dict[Any, int] = {}
    texts: dict[str, int] = {}
    kinds = []
    for query in queries:
        key = id(query.alike) if query.alike is not None else _likeness(query)
        kind = known.get(key)
        if kind is None:
            sql = without_numbered_name(without_literals(str(query.sql), query.vendor))
            is_exact = sql == query.sql and not isinstance(query.sql, Redacted)
            text = 0 if is_exact else _number(texts, query.sql) + 1
            kind = known[key] = _Kind(query, sql, _number(stacks, query.stack), text)
        kinds.append(kind)
    return kinds


def _likeness(query: Query) -> tuple[Any, ...]:
    return (
        *(query.sql, query.alias, query.vendor, query.error, query.many, query.is_setup),
        *(id(query.cause), id(query.call_site), id(query.loop), id(query.origin)),
        *(id(query.built_at), id(query.scope), id(query.ignored), query.stack),
    )


def _last_values(queries: Sequence[Query], kinds: Sequence[_Kind]) -> list[int]:
    """Of writes the last value, the row's key: whether each came once decides on the fix."""
    if not any(kind.writes_rows for kind in set(kinds)):
        return []
    return _numbered(
        [
            last_value(query.params) if kind.writes_rows else None
            for query, kind in zip(queries, kinds, strict=True)
        ]
    )


def _within(parent: int | None, count: int) -> int:
    return NONE if parent is None or parent >= count else parent


def _numbered(values: Sequence[Any]) -> list[int]:
    numbers: dict[Any, int] = {}
    return [_number(numbers, value) for value in values]


def _number(numbers: dict[Any, int], value: Any) -> int:
    return NONE if value is None else numbers.setdefault(value, len(numbers))
