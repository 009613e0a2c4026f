"""Problems of a file that is read in blocks: the first of each kind with their lines."""

from __future__ import annotations

from collections import Counter

from querylens.traces.statements import Block, Untold

_MOST_WITH_LINES = 20


class Problems:
    """Tells what could not be read. Of one kind twenty are told with their lines, others counted.

    A line is counted only for those twenty, so that a file of nothing but problems is read in
    linear time.
    """

    def __init__(self, untold: Untold) -> None:
        self._untold = untold
        self._told: Counter[str] = Counter()

    def add(self, block: Block, position: int, message: str) -> None:
        """A problem in the line that holds this position of the block."""
        self._told[message] += 1
        if self._told[message] > _MOST_WITH_LINES:
            self._untold.miss("lines that could not be parsed")
        else:
            line = block.line + block.data.count(b"\n", 0, position)
            self._untold.problem(line, message)
