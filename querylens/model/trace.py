"""All queries of one capture, and the groups that they form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from querylens.model.query import Cause, Place, Query
from querylens.sql import Fingerprint

Result = TypeVar("Result")


class Trace:
    """All queries of one capture, in order. The only mutable value: it grows while it is open.

    `kind` is what was captured: `block`, `request`, `test`, `command`. `read` turns what the hot
    path stored into queries, when they are asked for. `gaps` says in plain words what could not
    be seen.
    """

    def __init__(
        self,
        name: str = "",
        kind: str = "block",
        read: Callable[[Sequence[Any]], list[Query]] = list,
    ) -> None:
        self.name = name
        self.kind = kind
        self.records: list[Any] = []
        self.gaps: list[str] = []
        #: The configuration that it was recorded under; None when it was made by hand.
        self.config: Any = None
        self._read = read
        self._queries: list[Query] = []
        #: What was worked out of so many records.
        self._known: tuple[int, dict[Callable[[Trace], Any], Any]] = (0, {})

    def part(self, records: list[Any]) -> Trace:
        """Some of its records as a trace of their own."""
        part = Trace(self.name, self.kind, self._read)
        part.records = records
        part.gaps = self.gaps
        part.config = self.config
        return part

    @property
    def queries(self) -> list[Query]:
        """Every statement, transaction and set-up statements among them."""
        if len(self._queries) != len(self.records):
            self._queries = self._read(self.records)
        return self._queries

    def __len__(self) -> int:
        """Queries without transaction and set-up statements."""
        return sum(query.is_counted for query in self.queries)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Query]:
        return iter(self.queries)

    @property
    def transaction_count(self) -> int:
        return sum(query.kind == "transaction" for query in self.queries)

    @property
    def duration_ns(self) -> int:
        return sum(query.duration_ns for query in self.queries)

    def similar_counts(self) -> list[int]:
        """For each query, how many are similar to it, itself included (1 when it is alone)."""
        return _sizes(map(_similar_key, self.queries))

    def duplicated_counts(self) -> list[int]:
        """For each query, how many are duplicates of it, itself included (1 when it is alone)."""
        return _sizes(map(_duplicated_key, self.queries))

    def similar_count(self, alias: str | None = None) -> int:
        """How many queries have a similar one, over one alias or over all."""
        return _members(self.queries, _similar_key, alias)

    def duplicated_count(self, alias: str | None = None) -> int:
        """How many queries have a duplicate, over one alias or over all."""
        return _members(self.queries, _duplicated_key, alias)

    def groups(self) -> list[QueryGroup]:
        """Counted queries of one scope, fingerprint, cause and call site, in order of arrival."""
        return self.once(_grouped)

    def writes(self) -> list[Query]:
        """Counted statements that may change rows, in order of arrival."""
        return self.once(_written)

    def once(self, work_out: Callable[[Trace], Result]) -> Result:
        """What a function makes of the trace, worked out again only when it has grown."""
        if self._known[0] != len(self.records):
            self._known = (len(self.records), {})
        known = self._known[1]
        if work_out not in known:
            known[work_out] = work_out(self)
        result: Result = known[work_out]
        return result

    def __str__(self) -> str:
        similar, duplicated = self.similar_count(), self.duplicated_count()
        transactions = f" (+{self.transaction_count} transaction)" if self.transaction_count else ""
        lines = [
            f"{self.name or 'trace'}: {len(self)} queries{transactions}, "
            f"{similar} similar, {duplicated} duplicated, {self.duration_ns / 1e6:.1f} ms"
        ]
        for group in sorted(self.groups(), key=len, reverse=True)[:10]:
            place = f"  {group.call_site}" if group.call_site else ""
            lines.append(f"{len(group):6}x {group.fingerprint.text[:90]}{place}")
        return "\n".join(lines)


def _written(trace: Trace) -> list[Query]:
    return [query for query in trace.queries if query.is_counted and query.kind != "select"]


def _grouped(trace: Trace) -> list[QueryGroup]:
    groups: dict[Any, list[Query]] = {}
    by_likeness: dict[Any, list[Query]] = {}
    numbers = _Numbers()
    for query in trace.queries:
        if query.is_counted:
            group = None if query.alike is None else by_likeness.get(query.alike)
            if group is None:
                key = (
                    query.scope,
                    query.alias,
                    query.fingerprint,
                    numbers.of(query.cause),
                    numbers.of(query.call_site),
                )
                group = by_likeness[query.alike] = groups.setdefault(key, [])
            group.append(query)
    return [QueryGroup(tuple(group)) for group in groups.values()]


class _Numbers:
    """One number for equal values. A value is hashed once, however many queries share it."""

    def __init__(self) -> None:
        self._by_value: dict[Any, int] = {}
        self._by_identity: dict[int, int] = {}

    def of(self, value: Any) -> int:
        number = self._by_identity.get(id(value))
        if number is None:
            number = self._by_value.setdefault(value, len(self._by_value))
            self._by_identity[id(value)] = number
        return number


def _similar_key(query: Query) -> tuple[Any, ...]:
    return (query.scope, query.alias, query.sql)


def _duplicated_key(query: Query) -> tuple[Any, ...]:
    return (*_similar_key(query), query.params_key)


def _sizes(keys: Iterable[Any]) -> list[int]:
    keys = list(keys)
    counts = Counter(keys)
    return [counts[key] for key in keys]


def _members(queries: list[Query], key: Callable[[Query], Any], alias: str | None) -> int:
    sizes = zip(_sizes(map(key, queries)), queries, strict=True)
    return sum(size > 1 and alias in (None, query.alias) for size, query in sizes)


@dataclass(frozen=True)
class QueryGroup:
    """Queries of one scope that share fingerprint, cause and call site; never empty."""

    queries: tuple[Query, ...]

    def __len__(self) -> int:
        return len(self.queries)

    @property
    def fingerprint(self) -> Fingerprint:
        return self.queries[0].fingerprint

    @property
    def cause(self) -> Cause | None:
        return self.queries[0].cause

    @property
    def call_site(self) -> Place | None:
        return self.queries[0].call_site

    @cached_property
    def distinct(self) -> int:
        """How many different sets of values were sent, as parameters or in the text itself."""
        return len({(query.sql, query.params_key) for query in self.queries})

    @cached_property
    def rows(self) -> int:
        """How many different rows the access started from; 0 when that is not known."""
        return len({query.row for query in self.queries if query.row is not None})

    @cached_property
    def repeats(self) -> int:
        """How often the same stack came back: 2 or more proves a loop, recursion or callback."""
        return max(Counter(query.stack for query in self.queries).values())

    @cached_property
    def duration_ns(self) -> int:
        return sum(query.duration_ns for query in self.queries)

    @property
    def is_sent(self) -> bool:
        """Whether its queries were sent: those that were only read in source ask no database."""
        return bool(self.queries[0].alias)

    @property
    def is_elsewhere(self) -> bool:
        """Whether another database than the default one was asked."""
        return self.is_sent and self.queries[0].alias != "default"

    @property
    def aliases(self) -> tuple[str, ...]:
        """The databases that were asked, sorted."""
        return tuple(sorted({query.alias for query in self.queries}))

    @property
    def similar(self) -> int:
        """How many of its queries have a similar one in the group."""
        return sum(size for size in self._similar_sizes if size > 1)

    @property
    def most_similar(self) -> int:
        """The largest number of its queries that are similar to each other."""
        return max(self._similar_sizes, default=0)

    @property
    def duplicated(self) -> int:
        """How many of its queries have a duplicate in the group."""
        return sum(size for size in self._duplicated_sizes if size > 1)

    @property
    def most_duplicated(self) -> int:
        """The largest number of its queries that are duplicates of each other."""
        return max(self._duplicated_sizes, default=0)

    @cached_property
    def _similar_sizes(self) -> tuple[int, ...]:
        return tuple(Counter(map(_similar_key, self.queries)).values())

    @cached_property
    def _duplicated_sizes(self) -> tuple[int, ...]:
        return tuple(Counter(map(_duplicated_key, self.queries)).values())

    @cached_property
    def loop(self) -> Place | None:
        """The loop that the group's queries share; None when they share none."""
        return _same(query.loop for query in self.queries)

    @cached_property
    def origin(self) -> Place | None:
        """The queryset whose rows were read; None when there are several, or none is known."""
        return _same(query.origin for query in self.queries)


def _same(places: Iterator[Place | None]) -> Place | None:
    # Most are the very object of the one before: a place takes long to hash.
    distinct = set({id(place): place for place in places}.values())
    return distinct.pop() if len(distinct) == 1 else None
