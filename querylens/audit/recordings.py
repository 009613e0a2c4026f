"""Folds recorded traces: most of them are counted, and only what stands for many is read whole.

A trace that repeats nothing, or only what a loop repeats, is counted by its columns. Of each
repeated cause and call site the worst trace is kept, as it was written; the rules read that one
alone (see `verdicts`). A trace with other duplicates is given to the rules at once: what explains
a duplicate may stand anywhere in the trace.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

from querylens.audit.columns import Kind, Kinds, numbers_of, repeated
from querylens.audit.fold import Fold, Numbers, Repeat
from querylens.audit.lines import Columns, Line, read_line
from querylens.audit.pending import Pending
from querylens.audit.selection import Selection
from querylens.audit.streams import Input, opened
from querylens.config import Config
from querylens.engine import check
from querylens.traces.decoding import Decoder


class Recordings:
    """Folds lines into `fold`."""

    def __init__(self, fold: Fold, config: Config, selection: Selection, file: Input) -> None:
        self._fold = fold
        self._config = config
        self._selection = selection
        self._file = file
        self._decoder = Decoder(config)
        self._kinds = Kinds()
        self._pending = Pending(fold.statements)

    def add(self, line: bytes, start: int) -> None:
        """Folds the line that begins at `start`. Raises `TraceFormatError`."""
        found = read_line(line)
        if found is None or (
            self._selection.holds(found.name, found.at) and not self._counted(found, line, start)
        ):
            self._checked(line)

    def close(self) -> None:
        """Adds what was put aside to be added together."""
        self._pending.close()

    def _counted(self, line: Line, data: bytes, start: int) -> bool:
        try:
            kinds = self._kinds.of(line)
        except (IndexError, TypeError, ValueError):
            return False
        columns = line.queries
        sizes = Counter(columns.group)
        alike = repeated(line, kinds, sizes)
        if not alike.is_explained:
            return False
        numbers = numbers_of(kinds, sizes, columns)
        numbers.similar, numbers.duplicated = alike.similar, alike.duplicated
        self._add_trace(line, numbers)
        durations = self._add_all_durations(kinds, columns)
        if alike.loops:
            recorded = self._recorded(data, start)
            self._add_repeats(line, recorded, kinds, sizes, alike.loops, durations)
        return True

    def _add_trace(self, line: Line, numbers: Numbers) -> None:
        self._fold.add_trace(line.name, line.kind, numbers)
        if line.gaps:
            self._fold.gaps.update(set(line.gaps))
        if line.rate < 1:
            self._fold.missed["sampled traces: one stands for several"] += 1

    def _add_all_durations(self, kinds: list[Kind], columns: Columns) -> list[list[int]]:
        durations: list[list[int]] = [[] for _ in kinds]
        for group, duration in zip(columns.group, columns.duration, strict=True):
            durations[group].append(duration)
        for kind, own in zip(kinds, durations, strict=True):
            if own and kind.is_counted:
                self._pending.add_all(kind.fingerprint, own)
        return durations

    def _recorded(self, data: bytes, start: int) -> Recorded:
        if self._file.is_compressed:
            return Recorded(line=data)
        return Recorded(self._file.path, start, len(data))

    def _add_repeats(
        self,
        line: Line,
        recorded: Recorded,
        kinds: list[Kind],
        sizes: Counter[int],
        loops: frozenset[int],
        durations: list[list[int]],
    ) -> None:
        found: dict[Hashable, tuple[int, int]] = {}
        for group in loops:
            subject = kinds[group].subject
            count, spent = found.get(subject, (0, 0))
            found[subject] = (count + sizes[group], spent + sum(durations[group]))
        where = f"{self._file.shown} {line.id}"
        for subject, (count, spent) in found.items():
            self._add_repeat(subject, (-count, line.name, where), spent, recorded)

    def _add_repeat(
        self, subject: Hashable, example: tuple[int, str, str], spent: int, recorded: Recorded
    ) -> None:
        known = self._fold.repeats.get(subject)
        if known is None:
            known = self._fold.repeats.add(subject, Repeat(example, recorded.kept()))
            if known is None:
                return
        elif example < known.worst:
            known.worst, known.example = example, recorded.kept()
        known.traces += 1
        known.queries -= example[0]
        known.duration_ns += spent
        known.counts[-example[0]] += 1
        known.add_example(example)

    def _checked(self, data: bytes) -> None:
        """The long way: as a trace of this process is checked."""
        trace = self._decoder.decode(data)
        if not self._selection.holds(trace.name, trace.started_at_ns):
            return
        numbers = Numbers(
            traces=1,
            queries=len(trace),
            transactions=trace.transaction_count,
            setup=sum(query.is_setup for query in trace),
            similar=trace.similar_count(),
            duplicated=trace.duplicated_count(),
            duration_ns=trace.duration_ns,
        )
        self._fold.add_trace(trace.name, trace.kind, numbers)
        self._fold.gaps.update(set(trace.gaps))
        if trace.sample_rate < 1:
            self._fold.missed["sampled traces: one stands for several"] += 1
        for query in trace:
            if query.is_counted:
                self._pending.add(query.fingerprint, query.duration_ns)
        self._fold.checked.add(check(trace, config=self._config), f"{self._file.shown} {trace.id}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a line is: in a file that can be read again there, or here."""

    path: str = ""
    start: int = 0
    length: int = 0
    line: bytes = b""

    def kept(self) -> Recorded:
        """The same, in little space."""
        return Recorded(line=zlib.compress(self.line, level=1)) if self.line else self

    def read(self) -> bytes:
        """The line, as it was kept. Raises OSError."""
        if self.line:
            return zlib.decompress(self.line)
        with opened(self.path) as file:
            file.seek(self.start)
            data: bytes = file.read(self.length)
        return data
