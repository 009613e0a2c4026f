"""What is left of any number of traces: numbers, and the worst example of everything repeated.

Folding is adding: whatever the order of the traces and however they are split between processes,
the sum is the same. What would grow with the input is bounded by keeping the names with the
smallest hashes, which is independent of order too; how many were left out is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from querylens.audit.bounded import Bounded
from querylens.model import Summary, Tally, Totals, TraceTotals
from querylens.model.durations import Durations, add_counts
from querylens.model.summary import MOST_BUSIEST, most_queries
from querylens.query_lines import QueryLines
from querylens.sql import Fingerprint
from querylens.traces import Problem

if TYPE_CHECKING:
    # To load it takes longer than to read a small log, which has no comments.
    from querylens.suppressions import Use

#: Names of routes, and shapes of statements, that are told apart.
MOST_NAMES = 10_000
_MOST_EXAMPLES = 5


@dataclass(slots=True)
class Numbers:
    """The numbers of traces, as `Totals`, that can be added to in place."""

    traces: int = 0
    queries: int = 0
    transactions: int = 0
    setup: int = 0
    similar: int = 0
    duplicated: int = 0
    duration_ns: int = 0
    #: How many traces sent so many queries.
    counts: dict[int, int] = field(default_factory=dict)

    def merge(self, other: Numbers) -> None:
        """Adds another's numbers."""
        self.traces += other.traces
        self.queries += other.queries
        self.transactions += other.transactions
        self.setup += other.setup
        self.similar += other.similar
        self.duplicated += other.duplicated
        self.duration_ns += other.duration_ns
        add_counts(self.counts, other.counts)

    def add(self, trace: Numbers) -> None:
        """Adds the numbers of one trace."""
        queries = trace.queries
        self.traces += 1
        self.queries += queries
        self.transactions += trace.transactions
        self.setup += trace.setup
        self.similar += trace.similar
        self.duplicated += trace.duplicated
        self.duration_ns += trace.duration_ns
        self.counts[queries] = self.counts.get(queries, 0) + 1

    def totals(self) -> Totals:
        """The same numbers, unchangeable."""
        return Totals(
            self.traces,
            self.queries,
            self.transactions,
            self.setup,
            self.similar,
            self.duplicated,
            self.duration_ns,
        )


@dataclass(slots=True)
class Repeat:
    """Something that traces repeat: how often, and the worst of them.

    `worst` is `(-queries, trace's name, where)`: the least of all stands for the others, together
    with `example`, from which the finding is made.
    """

    worst: tuple[int, str, str]
    example: Any
    traces: int = 0
    queries: int = 0
    duration_ns: int = 0
    counts: Counter[int] = field(default_factory=Counter)
    #: `(-queries, trace's name, where)` of the worst traces, one for each name.
    examples: dict[str, tuple[int, str, str]] = field(default_factory=dict)

    def merge(self, other: Repeat) -> None:
        """Adds what other traces repeat of the same."""
        self.traces += other.traces
        self.queries += other.queries
        self.duration_ns += other.duration_ns
        add_counts(self.counts, other.counts)
        for example in other.examples.values():
            self.add_example(example)
        if other.worst < self.worst:
            self.worst, self.example = other.worst, other.example

    def may_be_worse(self, queries: int, name: str) -> bool:
        """Whether a trace may be one of the worst: of most a worse one of its name is known."""
        worst = self.worst
        if worst[0] < -queries and worst[1] == name:
            return False
        known = self.examples.get(name)
        return known is None or -queries <= known[0]

    def add_example(self, example: tuple[int, str, str]) -> None:
        """Keeps a trace if it is one of the worst, and the worst of its name."""
        examples, name = self.examples, example[1]
        examples[name] = min(example, examples.get(name, example))
        if len(examples) > _MOST_EXAMPLES:
            del examples[max(examples.values())[1]]

    def tally(self, remaining: int) -> Tally:
        """The tally of a finding whose fix leaves so many queries in each trace."""
        examples = sorted(self.examples.values())
        saved = sum(max(queries - remaining, 0) * traces for queries, traces in self.counts.items())
        return Tally(
            self.traces,
            self.queries,
            saved,
            self.duration_ns,
            tuple(sorted(self.counts.items())),
            tuple((-queries, name, where) for queries, name, where in examples),
        )


@dataclass
class Fold:
    """Traces, folded. `merge` adds another fold of other traces."""

    numbers: Numbers = field(default_factory=Numbers)
    routes: Bounded[str, Numbers] = field(default_factory=lambda: Bounded(MOST_NAMES))
    statements: Bounded[Fingerprint, Durations] = field(default_factory=lambda: Bounded(MOST_NAMES))
    repeats: Bounded[Hashable, Repeat] = field(default_factory=lambda: Bounded(MOST_NAMES))
    #: Traces that had to be looked at one by one.
    checked: Summary = field(default_factory=Summary)
    #: Where the queries of these came from, and which comments silenced something there.
    lines: QueryLines = field(default_factory=QueryLines)
    used: set[Use] = field(default_factory=set)
    busiest: tuple[TraceTotals, ...] = ()
    #: Sentences on what traces could not see, each with the number of traces.
    gaps: Counter[str] = field(default_factory=Counter)
    #: What the input doesn't tell, and what requests were told apart by: words with a number.
    missed: Counter[str] = field(default_factory=Counter)
    told_apart_by: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    def add_trace(self, name: str, kind: str, numbers: Numbers) -> None:
        """Adds the numbers of one trace."""
        self.numbers.add(numbers)
        route = self.routes.get(name)
        if route is None:
            route = self.routes.add(name, Numbers())
        if route is not None:
            route.add(numbers)
        if len(self.busiest) < MOST_BUSIEST or (numbers.queries >= self.busiest[-1].totals.queries):
            self._add_busiest((TraceTotals(name, kind, numbers.totals()),))

    def in_parts(self, names: int) -> Iterator[Fold]:
        """The same in parts with at most so many shapes or repeated things each."""
        yield replace(self, statements=Bounded(MOST_NAMES), repeats=Bounded(MOST_NAMES))
        yield from (Fold(statements=part) for part in self.statements.in_parts(names))
        yield from (Fold(repeats=part) for part in self.repeats.in_parts(names))

    def merge(self, other: Fold) -> None:
        """Adds other traces."""
        self.numbers.merge(other.numbers)
        self.routes.merge(other.routes, Numbers.merge)
        self.statements.merge(other.statements, Durations.merge)
        # Not by `Repeat.merge`: there are others than plain ones.
        self.repeats.merge(other.repeats, lambda known, more: known.merge(more))
        self.checked.merge(other.checked)
        self.lines.merge(other.lines)
        self.used.update(other.used)
        self._add_busiest(other.busiest)
        self.gaps.update(other.gaps)
        self.missed.update(other.missed)
        self.told_apart_by.update(other.told_apart_by)
        self.problems += other.problems

    def _add_busiest(self, traces: tuple[TraceTotals, ...]) -> None:
        self.busiest = most_queries((*self.busiest, *traces))
