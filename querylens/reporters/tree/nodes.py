"""The queries of a trace as a tree: those of one place folded, below what loaded their rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from querylens.model import Query, QueryGroup, Totals, Trace


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is known of a recorded trace besides its queries.

    `started_at_ns` is nanoseconds since 1970, 0 where it isn't known.
    """

    name: str
    kind: str
    totals: Totals
    gaps: tuple[str, ...] = ()
    id: str = ""
    started_at_ns: int = 0
    pid: int = 0
    sample_rate: float = 1.0
    meta: tuple[tuple[str, str | int], ...] = ()
    #: Where it was recorded.
    file: str = ""
    line: int = 0

    @property
    def started_at(self) -> str:
        """UTC as ISO 8601 writes it, to the millisecond; empty where it is not known."""
        seconds, rest = divmod(self.started_at_ns, 1_000_000_000)
        try:
            time = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1_000)
        except (OverflowError, ValueError, OSError):
            return ""
        return time.isoformat(timespec="milliseconds") if self.started_at_ns else ""


@dataclass(frozen=True)
class Node:
    """A statement, or all of one scope, fingerprint, cause and call site."""

    group: QueryGroup
    #: Their positions in the trace, the first first.
    positions: tuple[int, ...]
    #: The node whose rows they were sent for; None where there is none, several, or not known.
    parent: Node | None
    depth: int

    @property
    def first(self) -> Query:
        return self.group.queries[0]

    @property
    def scope(self) -> str:
        """The name of the request, task or block that sent them."""
        return str(getattr(self.first.scope, "name", self.first.scope))

    @cached_property
    def sql(self) -> str:
        """The statement as it was sent, or what all of them have in common."""
        texts = {str(query.sql) for query in self.group.queries}
        return texts.pop() if len(texts) == 1 else self.group.fingerprint.text


def tree(trace: Trace) -> list[Node]:
    """The nodes in the order in which they are read: each before what was sent for its rows."""
    groups = _positions(trace)
    owners = {place: first for first, places in groups.items() for place in places}
    parents = {first: _parent(trace, first, groups[first], owners) for first in groups}
    below: dict[int | None, list[int]] = {}
    for first in groups:
        below.setdefault(parents[first], []).append(first)
    return list(_in_order(trace, groups, below))


def _positions(trace: Trace) -> dict[int, list[int]]:
    """The positions of each node by its first, in the order of those."""
    firsts: dict[object, int] = {}
    found: dict[int, list[int]] = {}
    for place, query in enumerate(trace.queries):
        key = (query.scope, query.alias, query.fingerprint, query.cause, query.call_site)
        first = firsts.setdefault((*key, query.is_setup), place)
        found.setdefault(first, []).append(place)
    return found


def _parent(trace: Trace, first: int, places: list[int], owners: dict[int, int]) -> int | None:
    """The one node that loaded the rows of all. It comes earlier, so there are no circles."""
    parents = [trace.queries[place].parent for place in places]
    loaders = {owners.get(parent) for parent in parents if parent is not None} - {first}
    if len(loaders) != 1 or None in parents:
        return None
    [loader] = loaders
    return loader if loader is not None and loader < first else None


def _in_order(
    trace: Trace, groups: dict[int, list[int]], below: dict[int | None, list[int]]
) -> Iterator[Node]:
    waiting: list[tuple[int, Node | None]] = [(first, None) for first in below.get(None, ())]
    waiting.reverse()
    while waiting:
        first, parent = waiting.pop()
        places = groups[first]
        queries = tuple(map(trace.queries.__getitem__, places))
        depth = parent.depth + 1 if parent else 0
        node = Node(QueryGroup(queries), tuple(places), parent, depth)
        yield node
        waiting += [(child, node) for child in reversed(below.get(first, ()))]
