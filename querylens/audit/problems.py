"""Problems of all inputs, by file and line: the first of a kind by themselves, then in numbers."""

from __future__ import annotations

from collections import Counter

from querylens.audit.fold import Fold
from querylens.audit.pieces import Piece, Read
from querylens.audit.streams import Input
from querylens.traces import Problem

_MOST_TOLD = 20


class Problems:
    """Adds the problems of pieces, which are given in the order they have in their files."""

    def __init__(self) -> None:
        #: How many were read of each log; a file may have that of each of several containers.
        self._lines: Counter[Input] = Counter()
        self._told: Counter[tuple[str, str]] = Counter()

    def add(self, piece: Piece, read: Read, fold: Fold) -> None:
        """Tells in `fold` what could not be read of a piece."""
        file = piece.input.shown
        before = self._lines[piece.input]
        self._lines[piece.input] += read.lines
        for line, message in read.untold.problems:
            self._told[file, message] += 1
            if self._told[file, message] <= _MOST_TOLD:
                fold.problems.append(Problem(file, line + before if line else 0, message))
            else:
                fold.missed["lines that could not be parsed"] += 1
        fold.missed.update(read.untold.missed)
