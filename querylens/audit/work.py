"""Reads pieces on any `concurrent.futures.Executor`, and adds up what they held, in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context

from querylens.audit.fold import Fold
from querylens.audit.interruption import follow, interruptible, shared
from querylens.audit.pending import Pending
from querylens.audit.pieces import Piece, Read, read_piece
from querylens.audit.problems import Problems
from querylens.audit.seen import Seen
from querylens.audit.selection import Selection
from querylens.audit.sessions import Joined
from querylens.audit.spans import SpanRows
from querylens.config import Config
from querylens.errors import QueryLensError
from querylens.interrupts import interrupts_ignored

#: For each worker one piece is read and one waits.
_AHEAD = 2
_LONGEST_REASON = 200


class WorkerError(QueryLensError):
    """A process that read pieces is gone. Says what to do."""


class Folding:
    """Adds up what pieces held, in their order."""

    def __init__(self, selection: Selection) -> None:
        self.fold = Fold()
        #: Ctrl-C: not all pieces were read, or not wholly.
        self.is_interrupted = False
        self._selection = selection
        self._joined: dict[str, Joined] = {}
        self._spans = SpanRows()
        self._durations = Pending(self.fold.statements)
        self._problems = Problems()

    def add(self, piece: Piece, read: Read) -> None:
        """Adds the next piece. Raises `SpillError`."""
        self.fold.merge(read.fold)
        self._problems.add(piece, read, self.fold)
        self.is_interrupted |= read.is_interrupted
        importer = piece.input.importer
        if importer is None:
            return
        joined = self._joined.get(importer.name)
        if joined is None:
            joined = Joined(Seen(self.fold, self._selection).add, self._durations.add)
            self._joined[importer.name] = joined
        joined.add(read.loose)
        if read.is_interrupted:
            # What comes next doesn't follow what was read last.
            joined.end()
        if read.spans is not None:
            self._spans.merge(read.spans)
            read.spans.close()

    def close(self) -> None:
        """Adds the requests that were open. Raises `SpillError`."""
        for each in self._joined.values():
            each.end()
        self._durations.close()
        self._spans.close_requests(Seen(self.fold, self._selection).add)
        self._spans.close()


def fold_pieces(
    pieces: Iterable[Piece],
    config: Config,
    selection: Selection,
    executor: Executor | None,
    workers: int,
    done: Callable[[Piece], None] | None = None,
) -> Folding:
    """Reads pieces and adds them up; without an executor everything is read here.

    `done` is told each piece that was read. Raises `WorkerError` and `SpillError`.
    """
    folding = Folding(selection)
    with interruptible():
        for piece, read in _read(pieces, config, selection, executor, workers):
            folding.add(piece, read)
            if done is not None:
                done(piece)
    folding.close()
    return folding


def _read(
    pieces: Iterable[Piece],
    config: Config,
    selection: Selection,
    executor: Executor | None,
    workers: int,
) -> Iterator[tuple[Piece, Read]]:
    if executor is None:
        for piece in pieces:
            yield piece, read_piece(piece, config, selection)
        return
    waiting: deque[tuple[Piece, Future[Read]]] = deque()
    try:
        for piece in pieces:
            waiting.append((piece, _submitted(executor, piece, config, selection)))
            if len(waiting) >= workers * _AHEAD:
                yield _result(*waiting.popleft())
        while waiting:
            yield _result(*waiting.popleft())
    finally:
        for _, future in waiting:
            future.cancel()


def _submitted(
    executor: Executor, piece: Piece, config: Config, selection: Selection
) -> Future[Read]:
    try:
        return executor.submit(read_piece, piece, config, selection)
    except BrokenProcessPool:
        raise _killed(piece) from None


def _result(piece: Piece, future: Future[Read]) -> tuple[Piece, Read]:
    try:
        return piece, future.result()
    except BrokenProcessPool:
        raise _killed(piece) from None
    except QueryLensError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:_LONGEST_REASON] or type(error).__name__
        raise WorkerError(
            f"{piece.input.shown}: a worker could not read it ({reason}): "
            "look into the worker's log, or read it here with --jobs 1"
        ) from error


def _killed(piece: Piece) -> WorkerError:
    return WorkerError(
        f"a process was killed while {piece.input.shown} was read, maybe for want of memory: "
        "use fewer --jobs"
    )


@contextmanager
def processes(jobs: int) -> Iterator[Executor | None]:
    """Processes of this machine; None for one job, which is done here."""
    if jobs <= 1:
        yield None
        return
    # A fork would take over the threads of the progress bar, as they are.
    context = get_context("spawn")
    flag = context.RawValue("b", 0)
    with ProcessPoolExecutor(jobs, context, follow, (flag,)) as pool, shared(flag):
        with interrupts_ignored():
            for _ in range(jobs):
                pool.submit(int)
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
