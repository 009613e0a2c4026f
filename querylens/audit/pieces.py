"""Stretches of inputs: what is read in one go, here or in another process or machine."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from querylens.audit.blocks import Blocks, next_line
from querylens.audit.fold import Fold
from querylens.audit.interruption import is_interrupted
from querylens.audit.logs import Logs
from querylens.audit.packing import pack, unpack
from querylens.audit.selection import Selection
from querylens.audit.sessions import Loose
from querylens.audit.spans import SpanRows
from querylens.audit.streams import Input, Stream
from querylens.config import Config
from querylens.traces import TraceFormatError
from querylens.traces.importers.problems import Problems
from querylens.traces.statements import Block, Importer, Untold

if TYPE_CHECKING:
    from querylens.audit.recordings import Recordings

#: The smallest piece, and the largest. What each of them hands on takes as long as reading 5 MB.
PIECE = 32_000_000
_LARGEST_PIECE = 256_000_000
MOST_PIECES = 12
#: Names that are packed together, on their way from another process.
_PART = 1_000


@dataclass(frozen=True, slots=True)
class Piece:
    """The records that begin in `[start, end)` of an input; `end` None is its end.

    `is_first` tells that no piece of the same log comes before it.
    """

    input: Input
    start: int = 0
    end: int | None = None
    is_first: bool = True


@dataclass
class Read:
    """What a piece held."""

    fold: Fold = field(default_factory=Fold)
    #: What other pieces may go on with.
    loose: Loose = field(default_factory=Loose)
    spans: SpanRows | None = None
    untold: Untold = field(default_factory=Untold)
    #: How many lines its records have.
    lines: int = 0
    #: Ctrl-C: there is more that was not read.
    is_interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Packed:
    """What a piece held, on its way from another process.

    In parts, of which each can be let go before the next is unpacked.
    """

    folded: tuple[bytes, ...]
    #: As they wait on disk.
    spans: tuple[tuple[int, bytes], ...]
    rest: bytes

    @classmethod
    def of(cls, read: Read) -> Packed:
        """Packs what a piece held, which has neither fold nor spans then."""
        folded, read.fold = tuple(map(pack, read.fold.in_parts(_PART))), Fold()
        spans = () if read.spans is None else tuple(read.spans.packed())
        read.spans = None
        return cls(folded, spans, pack(read))

    def folds(self) -> Iterator[Fold]:
        """What was folded, in parts."""
        yield from map(unpack, self.folded)

    def read(self) -> Read:
        """All but what was folded, and spans."""
        read: Read = unpack(self.rest)
        return read


def pieces_of(inputs: list[Input]) -> Iterator[Piece]:
    """All inputs in pieces, in order. A file that is compressed, or JSON around a log, is one.

    They are the same for any number of jobs, so that their number changes nothing.
    """
    total = sum(each.size for each in inputs if not each.is_read_from_its_start)
    size = max(PIECE, min(total // MOST_PIECES, _LARGEST_PIECE))
    seen_logs: set[str] = set()
    for each in inputs:
        kind = each.importer.name if each.importer else ""
        is_first = kind not in seen_logs
        seen_logs.add(kind)
        # Of spans all is handed on.
        own = PIECE if each.importer is not None and each.importer.tells_spans else size
        count = 1 if each.is_read_from_its_start else max(round(each.size / own), 1)
        starts = [each.size * number // count for number in range(count)]
        for start, end in pairwise([*starts, None]):
            yield Piece(each, start or 0, end, is_first=not kind or (is_first and not start))


def read_piece(
    piece: Piece, config: Config, selection: Selection, fold: Fold | None = None
) -> Read:
    """Folds a piece, into `fold` where that is given. Never raises for what it reads.

    Raises `SpillError`.
    """
    read = Read(Fold() if fold is None else fold)
    importer = piece.input.importer
    next_record = importer.next_record if importer else next_line
    with Stream(piece.input) as stream:
        blocks = Blocks(stream, piece.start, piece.end, next_record, read.untold)
        if importer is None:
            _fold_recording(_until_interrupted(blocks, read), read, piece, config, selection)
        else:
            _fold_log(_until_interrupted(blocks, read), read, piece, importer, selection)
        read.lines = blocks.lines
        if stream.trouble:
            read.untold.problem(blocks.lines + 1 if blocks.lines else 0, stream.trouble)
    return read


def _until_interrupted(blocks: Iterable[Block], read: Read) -> Iterator[Block]:
    for block in blocks:
        if is_interrupted():
            read.is_interrupted = True
            return
        yield block


def _fold_log(
    blocks: Iterator[Block], read: Read, piece: Piece, importer: Importer, selection: Selection
) -> None:
    logs = Logs(read.fold, importer.vendor, selection, is_first=piece.is_first)
    with uncollected(piece):
        logs.add(importer.statements(blocks, read.untold))
    logs.close()
    read.loose = logs.sessions.loose()
    read.spans = logs.spans


@contextmanager
def uncollected(*pieces: Piece) -> Iterator[None]:
    """Without the collector of cycles, for logs: of their millions of objects none is in one."""
    was_enabled = gc.isenabled()
    if all(piece.input.importer for piece in pieces):
        gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _fold_recording(
    blocks: Iterator[Block], read: Read, piece: Piece, config: Config, selection: Selection
) -> None:
    # With all that rules need: logs are read without it.
    from querylens.audit.recordings import Recordings

    recordings, problems = Recordings(read.fold, config, selection), Problems(read.untold)
    for block in blocks:
        recordings.begin(piece.input)
        if not block.data.isspace():
            _fold_lines(block, recordings, problems)
    recordings.close()


def _fold_lines(block: Block, recordings: Recordings, problems: Problems) -> None:
    whole = memoryview(block.data)
    begins = 0
    while (end := block.data.find(b"\n", begins)) >= 0:
        if end > begins:
            try:
                recordings.add(whole[begins:end], block.start + begins)
            except TraceFormatError as error:
                problems.add(block, begins, str(error))
        begins = end + 1
    if begins < len(whole):
        try:
            recordings.add(whole[begins:], block.start + begins)
        except TraceFormatError:
            problems.add(
                block,
                begins,
                "half a last line: the process was killed while it wrote; "
                "only this trace is missing",
            )
