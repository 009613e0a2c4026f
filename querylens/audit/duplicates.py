"""Duplicates of recorded lines that no loop sent.

What the rules say of them depends on their own queries alone, in their order, and on what was
written between these. So one trace stands for all that have that in common.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain
from operator import add

from querylens.audit.columns import Again
from querylens.audit.fold import Repeat
from querylens.audit.kinds import Kind
from querylens.audit.lines import Line, Sent, read_sent
from querylens.traces.layout import NONE

#: Longer sequences seldom come again.
_MOST_QUERIES = 200


@dataclass(slots=True)
class Duplicates(Repeat):
    """Traces with the same sequence of duplicates."""

    #: Which queries of the example these are, and what each took in all traces together.
    positions: tuple[int, ...] = ()
    durations: list[int] = field(default_factory=list)

    def merge(self, other: Repeat) -> None:
        """Adds other traces with the same."""
        assert isinstance(other, Duplicates)
        if other.worst < self.worst:
            self.positions = other.positions
        self.add_durations(other.durations)
        # A class with slots is made anew, and `super()` means the one before.
        Repeat.merge(self, other)

    def add_durations(self, durations: list[int]) -> None:
        """Adds what the queries of other traces took, in nanoseconds."""
        self.durations = list(map(add, self.durations, durations))


@dataclass(frozen=True, slots=True)
class Found:
    """The duplicates of one line. Equal names stand for what the rules say the same of."""

    name: Hashable
    positions: tuple[int, ...]
    durations: list[int]


def duplicates_of(
    line: Line, kinds: Sequence[Kind], again: Sequence[Again], written: memoryview
) -> list[Found] | None:
    """The duplicates of each text, but for those that loops explain.

    None when some are too many to be kept. Raises IndexError and ValueError for damage.
    """
    read = _Read(line, kinds, read_sent(written))
    found = [each for text in again if (each := _duplicates(read, text)) is not None]
    return None if any(len(each.positions) > _MOST_QUERIES for each in found) else found


class _Read:
    """A line, and the positions of the queries of each group, and of what may change rows."""

    def __init__(self, line: Line, kinds: Sequence[Kind], sent: Sent) -> None:
        self.line = line
        self.kinds = kinds
        self.sent = sent
        self.positions: dict[int, list[int]] = defaultdict(list)
        for position, group in enumerate(sent.queries.group):
            self.positions[group].append(position)
        self.writes = [
            position
            for group, kind in enumerate(kinds)
            if kind.is_counted and not kind.is_read
            for position in self.positions[group]
        ]


def _duplicates(read: _Read, again: Again) -> Found | None:
    """The duplicates of one text.

    Where a loop sends the same values too, what is said of the loop may explain them: that, and not
    how many it sends, is part of the name.
    """
    sent, equal = read.sent, read.line.groups.equal
    values = {
        position: (sent.groups.scope[group], number)
        for group in chain(*again)
        for position, number in zip(read.positions[group], equal[group], strict=False)
    }
    groups, others = sent.queries.group, set(again.others)
    own = sorted(position for position in values if groups[position] in others)
    sizes = Counter(map(values.__getitem__, own))
    positions = tuple(position for position in own if sizes[values[position]] > 1)
    if not positions:
        return None
    naming = _Naming(read)
    told: list[object] = []
    written: set[object] = set()
    repeated = {position for position, value in values.items() if sizes[value] > 1}
    for position in sorted(repeated.union(read.writes)):
        group = groups[position]
        if position not in repeated:
            if told:
                written.add(naming.write(group))
            continue
        if written:
            told.append(sorted(map(repr, written)))
            written.clear()
        if group in others:
            told.append(naming.query(group, values[position]))
        elif (of_loop := naming.of_loop(group, values[position])) != told[-1:]:
            told += of_loop
    digest = blake2b(repr(told).encode(), digest_size=12).hexdigest()
    durations = [sent.queries.duration[position] for position in positions]
    return Found(("duplicates", digest), positions, durations)


class _Numbers(dict[Hashable, int]):
    """What the numbers of one line stand for in all: which of them are equal."""

    def __missing__(self, value: Hashable) -> int:
        number = self[value] = len(self)
        return number


class _Naming:
    """Tells what rules are given of queries, with nothing that differs from trace to trace."""

    def __init__(self, read: _Read) -> None:
        self._line = read.line
        self._kinds = read.kinds
        self._sent = read.sent
        self._numbers: dict[str, _Numbers] = defaultdict(_Numbers)

    def query(self, group: int, value: Hashable) -> object:
        """One of the duplicates."""
        number = self._numbers["group"][group]
        is_new = number == len(self._numbers["group"]) - 1
        return (number, self._numbers["value"][value], self._group(group) if is_new else ())

    def of_loop(self, group: int, value: Hashable) -> list[object]:
        """A query of a loop that is equal to one of the duplicates."""
        errors = self._sent.groups.error
        error = errors[group] if errors else ""
        return [(self._kinds[group].digest, error, self._numbers["value"][value])]

    def write(self, group: int) -> object:
        """A statement that may have changed what is read."""
        return (self._kinds[group].digest, self._numbered("scope", self._sent.groups.scope, group))

    def _group(self, group: int) -> object:
        line, groups = self._line, self._sent.groups
        return (
            self._kinds[group].digest,
            line.groups.more[group] if line.groups.more else (),
            groups.error[group] if groups.error else "",
            *(self._place(column, group) for column in (groups.loop, groups.origin)),
            self._place(groups.built_at, group),
            self._ignored(group),
            self._numbered("way", groups.way, group),
            self._numbered("scope", groups.scope, group),
            self._numbered("text", groups.text, group),
        )

    def _place(self, column: list[int] | None, group: int) -> bytes:
        number = NONE if column is None else column[group]
        return b"" if number == NONE else bytes(self._sent.places[number])

    def _ignored(self, group: int) -> object:
        column, strings = self._sent.groups.ignored, self._sent.strings
        number = NONE if column is None else column[group]
        if number == NONE:
            return ()
        return [
            ([strings[code] for code in codes], strings[reason])
            for codes, reason in self._sent.ignored[number]
        ]

    def _numbered(self, name: str, column: list[int] | None, group: int) -> int:
        number = 0 if column is None else column[group]
        return self._numbers[name][number]
