"""Reads a stretch of a file as blocks that end where a record ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from querylens.audit.streams import Stream
from querylens.traces.statements import Block, Untold

#: So much is read at once.
_BLOCK = 250_000
#: In so much of a block its last record is looked for first.
_LOOK_BACK = 4_000
#: So much before a stretch is looked at: what a line is may depend on the line before. And so much
#: of what was looked at is kept: it may depend on the lines behind too.
_BEFORE = 64_000
_LONG_LINE = 1_000
_LONGEST_KEPT = 2_000_000
#: No record is longer: it's skipped.
LONGEST_RECORD = 64_000_000
#: So much of a record that is too long is passed over before the file is given up.
_MOST_SKIPPED = 2_000_000_000


class Blocks:
    """The records that begin in `[start, end)` of a file, some thousand at a time.

    `next_record` is an importer's; `end` None is the end of the file. Every record of a file
    begins in one stretch of it, so stretches side by side have all of them once.
    """

    def __init__(
        self,
        file: Stream,
        start: int,
        end: int | None,
        next_record: Callable[[bytes, int], int],
        untold: Untold,
    ) -> None:
        self._file = file
        self._start = start
        self._end = end
        self._next_record = next_record
        self._untold = untold
        #: The lines that end before what is read next, from the stretch's first record on.
        self.lines = 0

    def __iter__(self) -> Iterator[Block]:
        position, data = self._start, b""
        if position:
            position, data = self._first()
        while position >= 0:
            # A record that has not ended is asked for its end again: twice as much each time.
            more = self._file.read(min(max(len(data), _BLOCK), LONGEST_RECORD))
            data += more
            cut = self._cut(data, position, is_last=not more)
            if cut:
                block = data[:cut]
                yield Block(block, self.lines + 1, position)
                self.lines += _line_breaks(block)
                position, data = position + cut, data[cut:]
            if not more or self._is_behind(position):
                return
            if len(data) > LONGEST_RECORD:
                position, data = self._skipped(position, data)

    def _first(self) -> tuple[int, bytes]:
        """Where the stretch's first record begins, and what was read from there; -1 for none."""
        position, data = max(self._start - _BEFORE, 0), b""
        self._file.seek(position)
        look = self._start - 1 - position
        while not self._is_behind(position):
            more = self._file.read(_BLOCK)
            data += more
            first = self._record_behind_a_line(data, look)
            if first >= 0:
                return (-1 if self._is_behind(position + first) else position + first), data[first:]
            if not more:
                break
            keep = _kept(data)
            position, data, look = position + keep, data[keep:], max(look - keep, 0)
        return -1, b""

    def _skipped(self, position: int, data: bytes) -> tuple[int, bytes]:
        """Passes over a record that is too long: where the next begins; -1 for none."""
        self._untold.problem(
            self.lines + 1, f"a record of more than {LONGEST_RECORD // 1_000_000} MB: skipped"
        )
        left = _MOST_SKIPPED
        first = -1
        while first < 0:
            keep = _kept(data)
            self.lines += data.count(b"\n", 0, keep)
            position, data = position + keep, data[keep:]
            more = self._file.read(_BLOCK)
            left -= len(more)
            if left < 0:
                self._untold.problem(
                    self.lines + 1, "the record does not end: the rest was not read"
                )
            if left < 0 or not more:
                return -1, b""
            data += more
            first = self._record_behind_a_line(data)
        self.lines += data.count(b"\n", 0, first)
        position += first
        return (-1 if self._is_behind(position) else position), data[first:]

    def _is_behind(self, position: int) -> bool:
        return self._end is not None and position >= self._end

    def _record_behind_a_line(self, data: bytes, start: int = 0) -> int:
        line = data.find(b"\n", start) + 1
        return self._next_record(data, line) if line else -1

    def _cut(self, data: bytes, position: int, *, is_last: bool) -> int:
        """Where the last whole record ends; the first that begins behind `end` is left out."""
        if self._end is not None and position + len(data) > self._end:
            line = data.find(b"\n", max(self._end - position - 1, 0)) + 1
            behind = self._next_record(data, line) if line else -1
            if behind >= 0:
                return behind
        if is_last:
            return len(data)
        return self._last_record(data)

    def _last_record(self, data: bytes) -> int:
        """Where one of the last records begins that have begun; 0 when only one has."""
        if self._next_record is next_line:
            return data.rfind(b"\n") + 1
        distance = _LOOK_BACK
        while distance < 2 * len(data):
            line = data.find(b"\n", max(len(data) - distance, 0)) + 1
            found = self._next_record(data, line) if line else -1
            if found >= 0:
                return found
            distance *= 2
        return 0


def _line_breaks(data: bytes) -> int:
    # To count what is nothing else takes long, and a few bytes may decompress to that.
    if data.isspace() and not data.strip(b"\n"):
        return len(data)
    # To find long lines one by one is much faster than to look at each byte.
    found = end = 0
    for _ in range(len(data) // _LONG_LINE):
        end = data.find(b"\n", end) + 1
        if not end:
            return found
        found += 1
    return found + data.count(b"\n", end)


def _kept(data: bytes) -> int:
    """What comes before holds no record that has not ended; from here on one may begin.

    Its first lines may be needed to tell that it is one.
    """
    last = data.rfind(b"\n", 0, max(len(data) - _BEFORE, 0))
    if last > 0 or len(data) <= _LONGEST_KEPT:
        return max(last, 0)
    return len(data) - _BEFORE


def next_line(data: bytes, start: int) -> int:
    """A record a line, as in recordings of querylens."""
    return start if start < len(data) else -1
