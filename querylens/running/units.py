"""The units of work of a program, each with a trace. A query belongs to the innermost one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from querylens.model import Trace
from querylens.record import Record
from querylens.recorder import Recording, capture, failed, recordings

#: A program that never ends must not fill the memory.
_MOST_QUERIES = 100_000
_FULL = f"only the first {_MOST_QUERIES:,} statements of a trace are kept"

_open: dict[Recording, Unit] = {}


class Unit:
    """A request, command, task or test, or what the program sends outside of these (`program`).

    `keep` is given the trace when it ends, once.
    """

    def __init__(self, name: str, kind: str, keep: Callable[[Trace], None]) -> None:
        self.name = name
        self.kind = kind
        self._keep = keep
        self._pid = os.getpid()
        self._capture = capture(name, kind=kind)
        outer = recordings.get()
        self._trace = self._capture.__enter__()
        self._recording = recordings.get()[-1]
        self._recording.add = _bounded(self._trace)
        # What called the function that opens it: no loop that matters lies outside of that.
        frame = sys._getframe(2)
        self._recording.opener, self._recording.opener_id = frame.f_code, id(frame)
        self._hidden = tuple(item for item in outer if item in _open)
        _open[self._recording] = self
        self._enter()

    def _enter(self) -> None:
        """The units around it record nothing meanwhile; captures of the program's own go on."""
        others = (item for item in recordings.get() if item not in _open)
        recordings.set((*others, self._recording))

    def leave(self) -> None:
        """Back to the unit around it; this one may go on elsewhere, or be resumed."""
        others = (item for item in recordings.get() if item is not self._recording)
        hidden = (item for item in self._hidden if item.is_open)
        recordings.set((*hidden, *others))

    @contextmanager
    def resumed(self) -> Iterator[None]:
        """Records again, as while the body of a response is sent."""
        if not self._recording.is_open:
            yield
            return
        before = recordings.get()
        self._enter()
        try:
            yield
        finally:
            recordings.set(before)

    def end(self, name: str = "") -> None:
        """Closes the trace and keeps it, from whatever thread; a second time does nothing."""
        if _open.pop(self._recording, None) is None or self._pid != os.getpid():
            return
        try:
            self._trace.name = name or self.name
            self._capture.__exit__(None, None, None)
            self._keep(self._trace)
        except Exception:  # noqa: BLE001 - the program goes on
            failed("keeping a trace")

    def drop(self) -> None:
        """Records no more, and keeps nothing."""
        _open.pop(self._recording, None)
        self._recording.close()


def _bounded(trace: Trace) -> Callable[[Record], None]:
    records = trace.records

    def add(record: Record) -> None:
        if len(records) < _MOST_QUERIES:
            records.append(record)
        elif _FULL not in trace.gaps:
            trace.gaps.append(_FULL)

    return add


def innermost() -> Unit | None:
    """The unit that this thread or task is in."""
    found = (_open.get(item) for item in reversed(recordings.get()) if item.is_open)
    return next((unit for unit in found if unit is not None), None)


def end_all() -> None:
    """Ends what is open in any thread: the process is about to end."""
    for unit in list(_open.values()):
        unit.end()


def abandon_all() -> None:
    """Drops what is open: this is a fork, and the process it came from keeps it."""
    for unit in list(_open.values()):
        unit.drop()
