"""Durations that wait to be added many at a time, which is much cheaper."""

from __future__ import annotations

from querylens.audit.bounded import Bounded
from querylens.model.durations import Durations
from querylens.sql import Fingerprint

_MOST_OF_ONE = 2_000
_MOST_SHAPES = 5_000


class Pending:
    """Adds durations by shape of statement to what is known of it."""

    def __init__(self, statements: Bounded[Fingerprint, Durations]) -> None:
        self._statements = statements
        self._waiting: dict[Fingerprint, list[int]] = {}

    def add(self, shape: Fingerprint, duration_ns: int) -> None:
        """One statement's duration."""
        waiting = self._waiting.get(shape)
        if waiting is None:
            self._make_room()
            waiting = self._waiting[shape] = []
        waiting.append(duration_ns)
        if len(waiting) > _MOST_OF_ONE:
            self._add(shape, waiting)

    def add_all(self, shape: Fingerprint, durations: list[int]) -> None:
        """The durations of several statements."""
        waiting = self._waiting.get(shape)
        if waiting is None:
            self._make_room()
            self._waiting[shape] = [*durations]
            return
        waiting += durations
        if len(waiting) > _MOST_OF_ONE:
            self._add(shape, waiting)

    def close(self) -> None:
        """Adds what is waiting."""
        for shape, waiting in self._waiting.items():
            self._add(shape, waiting)
        self._waiting.clear()

    def _make_room(self) -> None:
        if len(self._waiting) > _MOST_SHAPES:
            self.close()

    def _add(self, shape: Fingerprint, waiting: list[int]) -> None:
        if not waiting:
            return
        known = self._statements.get(shape)
        if known is None:
            known = self._statements.add(shape, Durations())
        if known is not None:
            known.add(waiting)
        waiting.clear()
