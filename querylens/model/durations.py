"""How long many statements took, in whole numbers that add up in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

#: Steps for each doubling of the time: a percentile is at most a fifth too high.
_STEPS = 4


@dataclass(slots=True)
class Durations:
    """Durations in nanoseconds, counted by step; `percentile` reads them."""

    count: int = 0
    total_ns: int = 0
    longest_ns: int = 0
    #: How many fell into each step.
    steps: Counter[int] = field(default_factory=Counter)

    def add(self, durations: list[int]) -> None:
        """Adds durations, each from 0 on."""
        self.add_steps(steps_of(durations), sum(durations), max(durations))

    def add_steps(self, steps: Sequence[int], total_ns: int, longest_ns: int) -> None:
        """Adds durations of which the steps are known, what they add up to, and the longest."""
        self.count += len(steps)
        self.total_ns += total_ns
        self.longest_ns = max(self.longest_ns, longest_ns)
        self.steps.update(steps)

    def merge(self, other: Durations) -> None:
        """Adds what another has counted."""
        self.count += other.count
        self.total_ns += other.total_ns
        self.longest_ns = max(self.longest_ns, other.longest_ns)
        self.steps.update(other.steps)

    def percentile(self, share: float) -> int:
        """The duration that `share` of all are not longer than, within a fifth of it."""
        rank = share * self.count
        for step in sorted(self.steps):
            rank -= self.steps[step]
            if rank <= 0:
                return min(round(2 ** (step / _STEPS)), self.longest_ns)
        return self.longest_ns


def steps_of(durations: Iterable[int]) -> list[int]:
    """The step of each: the length of the fourth power in bits: four steps for each doubling."""
    return [(value * value * value * value).bit_length() for value in durations]
