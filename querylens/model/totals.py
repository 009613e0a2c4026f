"""What traces add up to, once they are let go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from querylens.model.trace import Trace
from querylens.sql import Fingerprint

_MOST_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Totals:
    """The numbers of one trace or of many. Times are nanoseconds."""

    traces: int = 0
    queries: int = 0
    transactions: int = 0
    setup: int = 0
    similar: int = 0
    duplicated: int = 0
    duration_ns: int = 0

    @classmethod
    def of(cls, trace: Trace) -> Self:
        """The numbers of one trace."""
        return cls(
            traces=1,
            queries=len(trace),
            transactions=trace.transaction_count,
            setup=sum(query.is_setup for query in trace),
            similar=trace.similar_count(),
            duplicated=trace.duplicated_count(),
            duration_ns=trace.duration_ns,
        )

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            self.traces + other.traces,
            self.queries + other.queries,
            self.transactions + other.transactions,
            self.setup + other.setup,
            self.similar + other.similar,
            self.duplicated + other.duplicated,
            self.duration_ns + other.duration_ns,
        )


@dataclass(frozen=True, slots=True)
class TraceTotals:
    """The numbers of one trace that was let go."""

    name: str
    kind: str
    totals: Totals

    @classmethod
    def of(cls, trace: Trace) -> Self:
        """The numbers of a trace, under its name."""
        return cls(trace.name, trace.kind, Totals.of(trace))


@dataclass(frozen=True, slots=True)
class RouteTotals:
    """The numbers of all traces of one name, and `(queries, traces that sent so many)`, sorted."""

    name: str
    totals: Totals
    counts: tuple[tuple[int, int], ...]

    @property
    def typical(self) -> int:
        """The median number of queries of a trace; of two in the middle, the less."""
        return median(self.counts)

    @property
    def worst(self) -> int:
        """The largest number of queries of a trace."""
        return self.counts[-1][0] if self.counts else 0


@dataclass(frozen=True, slots=True)
class StatementTotals:
    """All statements of one fingerprint.

    Times are nanoseconds: the sum, and percentiles of single statements.
    """

    fingerprint: Fingerprint
    queries: int
    duration_ns: int
    median_ns: int
    p95_ns: int
    p99_ns: int
    longest_ns: int


@dataclass(frozen=True, slots=True)
class SourceTotals:
    """What was read of a project's source, where nothing was run."""

    files: int
    #: Those of the files that are templates.
    templates: int
    lines: int
    #: In how many places it was unsure what the code holds, so that nothing is said of them.
    not_followed: int = 0


def median(counts: Iterable[tuple[int, int]]) -> int:
    """Of sorted `(number, how often)` the one in the middle; of two, the less; 0 of none."""
    counts = tuple(counts)
    middle = (sum(often for _, often in counts) + 1) // 2
    for number, often in counts:
        middle -= often
        if middle <= 0:
            return number
    return 0


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a finding was met: in how many traces, and how many queries that were.

    `counts` holds `(queries in one trace, in how many traces)`, sorted. `examples` are the traces
    in which it was worst: the number of its queries, the name, and where the trace was recorded.
    """

    traces: int
    queries: int
    saved: int
    duration_ns: int
    counts: tuple[tuple[int, int], ...]
    examples: tuple[tuple[int, str, str], ...]

    @classmethod
    def of_one(cls, name: str, where: str, count: int, saved: int, duration_ns: int) -> Self:
        """Met in one trace, the one with this name, recorded there."""
        return cls(1, count, saved, duration_ns, ((count, 1),), ((count, name, where),))

    @property
    def typical(self) -> int:
        """The median number of queries in a trace that has them; of two in the middle, the less."""
        return median(self.counts)

    def __add__(self, other: Tally) -> Tally:
        counts = Counter(dict(self.counts))
        counts.update(dict(other.counts))
        examples = {*self.examples, *other.examples}
        return Tally(
            self.traces + other.traces,
            self.queries + other.queries,
            self.saved + other.saved,
            self.duration_ns + other.duration_ns,
            tuple(sorted(counts.items())),
            tuple(sorted(examples, key=lambda item: (-item[0], *item[1:]))[:_MOST_EXAMPLES]),
        )
