"""The queries of a request over time: each a bar, those of a group folded into one row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from querylens.django.inspector import statements
from querylens.django.inspector.recent import Opened
from querylens.model import Query

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

_MOST_ROWS = 500
_MOST_QUERIES = 200
_COLOURS = 6
#: How wide a timeline is, in units of its drawing.
WIDTH = 1000
_THINNEST = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """When and how long, in units of the drawing."""

    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Moment:
    """One query."""

    position: int
    starts: str
    duration: str
    values: str
    words: str
    bar: Bar


@dataclass(frozen=True, slots=True)
class Row:
    """A query, or a group that opens. `kind` is the class of its colour."""

    kind: str
    count: int
    statement: SafeString
    starts: str
    duration: str
    place: str
    rules: tuple[str, ...]
    moments: tuple[Moment, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """All rows, in order of their first query."""

    rows: tuple[Row, ...]
    more: int
    lasts: str


def positions(queries: Iterable[Query]) -> dict[int, int]:
    """The position of each query in its trace, from 1 on, by its identity."""
    return {id(query): position for position, query in enumerate(queries, 1)}


def timeline(opened: Opened) -> Timeline:
    """The waterfall of a request, from its first moment to its last."""
    axis = _Axis(opened)
    grouped = [group.queries for group in opened.trace.groups()]
    alone = [(query,) for query in opened.trace.queries if not query.is_counted]
    ordered = sorted([*grouped, *alone], key=lambda queries: axis.position(queries[0]))
    rows, colour = [], 0
    for queries in ordered[:_MOST_ROWS]:
        kind = "alone" if queries[0].is_counted else "uncounted"
        if len(queries) > 1:
            kind, colour = f"group-{colour % _COLOURS + 1}", colour + 1
        rows.append(axis.row(queries, kind))
    return Timeline(tuple(rows), max(len(ordered) - _MOST_ROWS, 0), statements.duration(axis.lasts))


class _Axis:
    """From moments to places in the drawing."""

    def __init__(self, opened: Opened) -> None:
        queries = opened.trace.queries
        first = min((query.started_ns for query in queries), default=0)
        last = max((query.started_ns + query.duration_ns for query in queries), default=0)
        # Two clocks: the request's may be set back while it is served.
        self._start = min(opened.entry.started_ns, first) if queries else opened.entry.started_ns
        if first - self._start > opened.entry.duration_ns:
            self._start = first
        self.lasts = max(last - self._start, opened.entry.duration_ns, 1)
        self._positions = positions(queries)
        self._similar = opened.trace.similar_counts()
        self._duplicated = opened.trace.duplicated_counts()
        self._rules: dict[int, list[str]] = {}
        for finding in opened.report.findings:
            for query in finding.group.queries:
                self._rules.setdefault(id(query), []).append(finding.rule.code)

    def position(self, query: Query) -> int:
        return self._positions[id(query)]

    def row(self, queries: Sequence[Query], kind: str) -> Row:
        first = queries[0]
        return Row(
            kind=kind,
            count=len(queries),
            statement=statements.in_one_line(str(first.sql)),
            starts=statements.duration(first.started_ns - self._start),
            duration=statements.duration(sum(query.duration_ns for query in queries)),
            place=str(first.call_site or ""),
            rules=tuple(dict.fromkeys(self._rules.get(id(first), ()))),
            moments=tuple(map(self._moment, queries[:_MOST_QUERIES])),
            more=max(len(queries) - _MOST_QUERIES, 0),
        )

    def _moment(self, query: Query) -> Moment:
        position = self.position(query)
        return Moment(
            position=position,
            starts=statements.duration(query.started_ns - self._start),
            duration=statements.duration(query.duration_ns),
            values=statements.values(query),
            words=self._words(query, self._similar[position - 1], self._duplicated[position - 1]),
            bar=self._bar(query),
        )

    def _words(self, query: Query, similar: int, duplicated: int) -> str:
        """In the toolbar's words."""
        words = [f"{similar} similar queries." if similar > 1 else ""]
        words.append(f"Duplicated {duplicated} times." if duplicated > 1 else "")
        words.append(f"Failed: {query.error}." if query.error else "")
        return " ".join(filter(None, words))

    def _bar(self, query: Query) -> Bar:
        start = (query.started_ns - self._start) * WIDTH // self.lasts
        width = max(query.duration_ns * WIDTH // self.lasts, _THINNEST)
        return Bar(min(max(start, 0), WIDTH - _THINNEST), min(width, WIDTH))
