"""How long many statements took, in whole numbers that add up in any order."""

from __future__ import annotations

import math
import sys
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

#: Bits of a step behind the power of two: a percentile is at most an eighth too high.
_BITS = 3
#: Of the two bytes that a double begins with: 16 steps for each doubling.
_FINER_BITS = 4
_POWER_OF_ONE = 1023
_BEGINS_AT = 3 if sys.byteorder == "little" else 0


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
        self.count += len(durations)
        self.total_ns += sum(durations)
        self.longest_ns = max(self.longest_ns, max(durations))
        self.steps.update(_steps(durations))

    def merge(self, other: Durations) -> None:
        """Adds what another has counted."""
        self.count += other.count
        self.total_ns += other.total_ns
        self.longest_ns = max(self.longest_ns, other.longest_ns)
        self.steps.update(other.steps)

    def percentile(self, share: float) -> int:
        """The duration that `share` of all are not longer than, within an eighth of it."""
        rank = share * self.count
        for step in sorted(self.steps):
            rank -= self.steps[step]
            if rank <= 0:
                return min(_longest(step), self.longest_ns)
        return self.longest_ns


class _Steps(dict[int, int]):
    """The step of a finer one: the same objects for all that count them."""

    def __missing__(self, finer: int) -> int:
        step = self[finer] = finer >> (_FINER_BITS - _BITS)
        return step


_step_of = _Steps().__getitem__


def _steps(durations: list[int]) -> Iterable[int]:
    """The exponent and the first bits of each, as the processor writes them in a double."""
    begins = memoryview(array("d", durations)).cast("B").cast("H")[_BEGINS_AT::4]
    return map(_step_of, begins.tolist())


def _longest(step: int) -> int:
    """The longest duration of a step."""
    power, part = divmod(step, 1 << _BITS)
    end = math.ldexp((1 << _BITS) + part + 1, power - _POWER_OF_ONE - _BITS)
    return math.ceil(end) - 1
