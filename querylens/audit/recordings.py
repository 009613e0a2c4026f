"""Folds recorded traces: most of them are counted, and only what stands for many is read whole.

A trace that repeats nothing, or only what a loop repeats, is counted by its columns. Of each
repeated cause and call site the worst trace is kept, as it was written; the rules read that one
alone (see `verdicts`). A trace with other duplicates is given to the rules at once: what explains
a duplicate may stand anywhere in the trace.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from dataclasses import dataclass

from querylens.audit.columns import repeated
from querylens.audit.fold import Fold, Numbers, Repeat
from querylens.audit.kinds import Kind, Named, kinds_of
from querylens.audit.lines import Group, Line, read_line
from querylens.audit.pending import Pending
from querylens.audit.selection import Selection
from querylens.audit.streams import Input, opened
from querylens.config import Config
from querylens.engine import check
from querylens.traces.decoding import Decoder

_MOST_WAITING = 200_000


class Recordings:
    """Folds lines into `fold`."""

    def __init__(self, fold: Fold, config: Config, selection: Selection, file: Input) -> None:
        self._fold = fold
        self._config = config
        self._selection = selection
        self._file = file
        self._decoder = Decoder(config)
        self._pending = Pending(fold.statements)
        #: Durations by shape, and how many more of them may wait.
        self._waiting: defaultdict[Named, list[int]] = defaultdict(list)
        self._room = _MOST_WAITING
        #: What the fold has of each subject that was met here.
        self._repeats: dict[Named, Repeat] = {}

    def add(self, line: memoryview, start: int) -> None:
        """Folds the line that begins at `start`; a blank one is none. Raises `TraceFormatError`."""
        found = read_line(line)
        if found is not None:
            if not self._selection.holds(found.name, found.at):
                return
            if self._counted(found, line, start):
                return
        data = bytes(line)
        if not data.isspace():
            self._checked(data)

    def close(self) -> None:
        """Adds what was put aside to be added together."""
        self._add_waiting()
        self._pending.close()

    def _counted(self, line: Line, data: memoryview, start: int) -> bool:
        """Whether what is repeated needs no rule to look at this very line."""
        try:
            kinds = kinds_of(line)
            alike = repeated(line, kinds)
        except (IndexError, ValueError):
            return False
        if not alike.is_explained:
            return False
        numbers = self._numbers(line.groups, kinds)
        numbers.similar, numbers.duplicated = alike.similar, alike.duplicated
        self._add_trace(line, numbers)
        if alike.loops:
            self._add_repeats(line, data, start, alike.loops)
        return True

    def _numbers(self, groups: list[Group], kinds: list[Kind]) -> Numbers:
        """The numbers of a line; its durations are put aside."""
        transactions = setup = total = queries = 0
        waiting = self._waiting
        for group, (shape, _, _, is_counted, is_transaction, is_setup) in zip(
            groups, kinds, strict=True
        ):
            durations = group.durations
            total += sum(durations)
            if is_counted:
                waiting[shape].extend(durations)
                queries += len(durations)
            else:
                transactions += len(durations) * is_transaction
                setup += len(durations) * is_setup
        self._room -= queries
        if self._room < 0:
            self._add_waiting()
        return Numbers(1, queries, transactions, setup, duration_ns=total)

    def _add_waiting(self) -> None:
        for shape, durations in self._waiting.items():
            self._pending.add_all(shape.name, durations)
        self._waiting.clear()
        self._room = _MOST_WAITING

    def _add_trace(self, line: Line, numbers: Numbers) -> None:
        self._fold.add_trace(line.name, line.kind, numbers)
        if line.gaps:
            self._fold.gaps.update(set(line.gaps))
        if line.rate < 1:
            self._fold.missed["sampled traces: one stands for several"] += 1

    def _recorded(self, data: memoryview, start: int) -> Recorded:
        if self._file.is_compressed:
            return Recorded(line=zlib.compress(data, level=1))
        return Recorded(self._file.path, start, len(data))

    def _add_repeats(
        self, line: Line, data: bytes, start: int, loops: dict[Named, list[int]]
    ) -> None:
        for subject, numbers in loops.items():
            durations = [line.groups[number].durations for number in numbers]
            queries = sum(map(len, durations))
            repeat = self._repeats.get(subject)
            if repeat is None:
                repeat = self._fold.repeats.get(subject.name)
            if repeat is None:
                first = Repeat((-queries, line.name, self._where(line)), self._recorded(data, start))
                repeat = self._fold.repeats.add(subject.name, first)
                if repeat is None:
                    continue
            self._repeats[subject] = repeat
            repeat.traces += 1
            repeat.queries += queries
            repeat.duration_ns += sum(map(sum, durations))
            repeat.counts[queries] += 1
            if repeat.may_be_worse(queries, line.name):
                example = (-queries, line.name, self._where(line))
                if example < repeat.worst:
                    repeat.worst, repeat.example = example, self._recorded(data, start)
                repeat.add_example(example)

    def _where(self, line: Line) -> str:
        return f"{self._file.shown} {line.id}"

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
    #: Compressed, once more.
    line: bytes = b""

    def read(self) -> bytes:
        """The line, as it was kept. Raises OSError."""
        if self.line:
            return zlib.decompress(self.line)
        with opened(self.path) as file:
            file.seek(self.start)
            data: bytes = file.read(self.length)
        return data
