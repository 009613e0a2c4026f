"""Folds recorded traces: most of them are counted, and only what stands for many is read whole.

Traces are counted by their columns. Of each cause and call site that a loop repeats the worst trace
is kept, as it was written, and one of each sequence of other duplicates; the rules read these alone
(see `rejudged`). What can't be told by columns is given to the rules at once.
"""

from __future__ import annotations

import zlib
from collections.abc import Hashable

from querylens.audit.columns import Loop, repeated
from querylens.audit.duplicates import Duplicates, Found, duplicates_of
from querylens.audit.fold import Fold, Numbers, Repeat
from querylens.audit.kinds import Kind, Kinds
from querylens.audit.learnt import Learnt
from querylens.audit.lines import Groups, Line, read_line
from querylens.audit.pending import Pending
from querylens.audit.recorded import Recorded
from querylens.audit.selection import Selection
from querylens.audit.streams import Input
from querylens.config import Config
from querylens.engine import check, rules
from querylens.model.durations import Durations
from querylens.rules import RULES
from querylens.suppressions import Suppressions
from querylens.traces.decoding import Decoder

#: Blocks whose durations wait to be added together.
_MOST_BLOCKS = 1_000
#: By whether third-party code is told: pieces have most statements in common.
_kinds: Learnt[bool, Kinds] = Learnt(Kinds)


class Recordings:
    """Folds the lines of a file, or of a piece of it, into `fold`."""

    def __init__(self, fold: Fold, config: Config, selection: Selection) -> None:
        self.fold = fold
        self._config = config
        self._selection = selection
        self._file = Input("", "")
        self._decoder = Decoder(config)
        self._suppressions = Suppressions(config, fold.used)
        self._pending = Pending(fold.statements)
        self._kinds = _kinds.take(config.third_party)
        self._loops_are_told = _tells_loops(config)
        self._room = _MOST_BLOCKS

    def begin(self, file: Input) -> None:
        """The lines that follow are those of a block of a file."""
        self._file = file
        self._room -= 1
        if not self._room or self._kinds.is_full:
            self._add_waiting()

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
        self._kinds.forget_repeats()
        _kinds.give_back(self._config.third_party, self._kinds)

    def _counted(self, line: Line, data: memoryview, start: int) -> bool:
        """Whether what is repeated needs no rule to look at this very line."""
        groups = line.groups
        try:
            kinds = self._kinds.of(line)
            steps = list(map(bytes.fromhex, groups.steps))
            sizes = list(map(len, steps))
            if len(kinds) != len(sizes):
                return False
            found = repeated(line, kinds, sizes, data, loops_are_told=self._loops_are_told)
            if found is None:
                return False
            similar, duplicated, loops, others = found
            places = [self._kinds.places(line, numbers) for *_, numbers in loops]
            again = duplicates_of(line, kinds, others, data) if others else []
            if again is None:
                return False
        except (IndexError, ValueError):
            return False
        queries = sum(sizes)
        left, transactions, setup = self._add_durations(groups, kinds, steps)
        numbers = Numbers(
            *(1, queries - left, transactions, setup, similar, duplicated, sum(groups.time))
        )
        self._add(line.name, line.kind, numbers, line.gaps, line.rate)
        for loop, where in zip(loops, places, strict=True):
            self._add_repeat(line, data, start, loop, where)
        for each in again:
            self._add_duplicates(line, data, start, each)
        return True

    def _add_durations(
        self, groups: Groups, kinds: list[Kind], steps: list[bytes]
    ) -> tuple[int, int, int]:
        """Puts them aside. Tells how many queries don't count, and why: transactions, set-up."""
        left = transactions = setup = 0
        for kind, each, time, longest in zip(
            kinds, steps, groups.time, groups.longest, strict=True
        ):
            shape, _, _, is_counted, is_transaction, is_setup, *_ = kind
            if is_counted:
                shape.steps += each
                shape.total_ns += time
                if longest > shape.longest_ns:
                    shape.longest_ns = longest
            else:
                left += len(each)
                transactions += len(each) * is_transaction
                setup += len(each) * is_setup
        return left, transactions, setup

    def _add(self, name: str, kind: str, numbers: Numbers, gaps: list[str], rate: float) -> None:
        self.fold.add_trace(name, kind, numbers)
        if gaps:
            self.fold.gaps.update(set(gaps))
        if rate < 1:
            self.fold.missed["sampled traces: one stands for several"] += 1

    def _add_waiting(self) -> None:
        for shape in self._kinds.shapes.values():
            if not shape.steps:
                continue
            known = self.fold.statements.get(shape.name)
            if known is None:
                known = self.fold.statements.add(shape.name, Durations())
            if known is not None:
                known.add_steps(shape.steps, shape.total_ns, shape.longest_ns)
            shape.begin_again()
        if self._kinds.is_full:
            self._kinds = Kinds(self._config.third_party)
        self._room = _MOST_BLOCKS

    def _add_repeat(
        self, line: Line, data: memoryview, start: int, loop: Loop, where: tuple[Hashable, Hashable]
    ) -> None:
        subject, queries, duration_ns, _ = loop
        known = subject.repeats.get(where)
        if known is None:
            name = (subject.name, *where)
            known = self.fold.repeats.get(name)
            if known is None:
                first = Repeat(self._example(line, queries), self._recorded(data, start))
                known = self.fold.repeats.add(name, first)
            if known is None:
                return
            subject.repeats[where] = known
        known.traces += 1
        known.queries += queries
        known.duration_ns += duration_ns
        known.counts[queries] += 1
        self._is_worst(known, line, data, start, queries)

    def _add_duplicates(self, line: Line, data: memoryview, start: int, found: Found) -> None:
        queries = len(found.positions)
        known = self.fold.repeats.get(found.name)
        if known is None:
            example = self._example(line, queries)
            first = Duplicates(example, self._recorded(data, start))
            first.positions, first.durations = found.positions, [0] * queries
            known = self.fold.repeats.add(found.name, first)
        if not isinstance(known, Duplicates):
            return
        known.traces += 1
        known.add_durations(found.durations)
        if self._is_worst(known, line, data, start, queries):
            known.positions = found.positions

    def _is_worst(
        self, known: Repeat, line: Line, data: memoryview, start: int, queries: int
    ) -> bool:
        """Keeps the line as an example if it may be one; whether it stands for the others now."""
        if not known.may_be_worse(queries, line.name):
            return False
        example = self._example(line, queries)
        known.add_example(example)
        if example >= known.worst:
            return False
        known.worst, known.example = example, self._recorded(data, start)
        return True

    def _example(self, line: Line, queries: int) -> tuple[int, str, str]:
        return (-queries, line.name, f"{self._file.shown} {line.id}")

    def _recorded(self, data: memoryview, start: int) -> Recorded:
        if self._file.is_compressed:
            return Recorded(line=zlib.compress(data, level=1))
        return Recorded(self._file.path, start, len(data))

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
        self._add(trace.name, trace.kind, numbers, trace.gaps, trace.sample_rate)
        for query in trace:
            if query.is_counted:
                self._pending.add(query.fingerprint, query.duration_ns)
        self.fold.lines.add(trace.queries)
        report = check(trace, config=self._config, suppressions=self._suppressions)
        self.fold.checked.add(report, f"{self._file.shown} {trace.id}")


def _tells_loops(config: Config) -> bool:
    """Whether all rules are on, and as they are without options."""
    return [*rules(config)] == [kind() for kind in RULES]
