"""Reads pieces on any `concurrent.futures.Executor`, and adds up what they held, in their order."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

from querylens.audit.fold import Fold
from querylens.audit.interruption import follow, interruptible, shared
from querylens.audit.joined import Joined
from querylens.audit.learnt import Learnt
from querylens.audit.pending import Pending
from querylens.audit.pieces import Packed, Piece, Read, read_piece, uncollected
from querylens.audit.problems import Problems
from querylens.audit.seen import Seen
from querylens.audit.selection import Selection
from querylens.audit.spans import SpanRows
from querylens.config import Config
from querylens.errors import QueryLensError
from querylens.interrupts import end_with_parent, interrupts_ignored

Given = TypeVar("Given")
Result = TypeVar("Result")

#: For each worker one piece is read and one waits.
_AHEAD = 2
_MOST_HELPED = 4
_LONGEST_REASON = 200
#: In seconds. A pipe holds 64 kB, and with Python's 5 ms the reading of megabytes took 0.1 seconds.
_SWITCH_INTERVAL = 0.0005


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

    def add(self, piece: Piece, found: Read | Packed) -> None:
        """Adds the next piece. Raises `SpillError`."""
        if isinstance(found, Packed):
            for part in found.folds():
                self.fold.merge(part)
            self._spans.add_packed(found.spans)
        read = found.read() if isinstance(found, Packed) else found
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
    pieces: Sequence[Piece],
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
    found: Iterator[tuple[Piece, Read | Packed]]
    with interruptible():
        if executor is None:
            found = _read_here(pieces, config, selection, folding.fold)
        else:
            found = _read(pieces, config, selection, folding.fold, executor, workers)
        for piece, read in found:
            folding.add(piece, read)
            if done is not None:
                done(piece)
    Learnt.forget()
    folding.close()
    return folding


def _read_here(
    pieces: Iterable[Piece], config: Config, selection: Selection, fold: Fold
) -> Iterator[tuple[Piece, Read]]:
    """Reads into the fold itself: adding is the same in whatever portions."""
    for piece in pieces:
        yield piece, read_piece(piece, config, selection, fold)


def _read(
    pieces: Sequence[Piece],
    config: Config,
    selection: Selection,
    fold: Fold,
    executor: Executor,
    workers: int,
) -> Iterator[tuple[Piece, Read | Packed]]:
    left = deque(pieces)
    waiting: deque[tuple[Piece, Future[Read | Packed]]] = deque()
    try:
        while left or waiting:
            helps = isinstance(executor, Processes) and executor.are_helped(fold)
            others = workers - helps
            busy = sum(not future.done() for _, future in waiting)
            # The first that is left is read here: what comes later waits for it least.
            is_own = helps and bool(left) and (len(left) > 1 or busy >= others)
            own = left.popleft() if is_own else None
            given = [left.popleft() for _ in range(min(len(left), others * _AHEAD - busy))]
            sent = [(each, _submitted(executor, each, config, selection)) for each in given]
            if own is not None:
                waiting.append((own, _done(read_piece(own, config, selection, fold))))
            waiting += sent
            while waiting and (
                waiting[0][1].done() or not left or len(waiting) >= workers * _AHEAD
            ):
                yield _result(*waiting.popleft())
    finally:
        for _, future in waiting:
            future.cancel()


def _done(read: Read) -> Future[Read | Packed]:
    future: Future[Read | Packed] = Future()
    future.set_result(read)
    return future


def _read_and_packed(piece: Piece, config: Config, selection: Selection) -> Packed:
    with uncollected(piece):
        return Packed.of(read_piece(piece, config, selection))


def _submitted(
    executor: Executor, piece: Piece, config: Config, selection: Selection
) -> Future[Read | Packed]:
    try:
        return executor.submit(_read_and_packed, piece, config, selection)
    except BrokenProcessPool:
        raise _killed(piece) from None


def _result(piece: Piece, future: Future[Read | Packed]) -> tuple[Piece, Read | Packed]:
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


class Processes(ProcessPoolExecutor):
    """Processes of this machine; one waits as long as this one, which adds up, reads too.

    It doesn't look for work until then: else each would learn what pieces of a log have in common.
    """

    def __init__(self, jobs: int, context: Any, flag: Any) -> None:
        self._are_helped = jobs <= _MOST_HELPED
        self._places = context.Semaphore(jobs - self._are_helped)
        super().__init__(jobs, context, _begin, (flag, self._places))

    def are_helped(self, fold: Fold) -> bool:
        """Whether there is time, and room, for this one to read too; once there is not, no more."""
        if self._are_helped and fold.statements.is_full:
            # Where shapes have no end, to add them up takes memory enough.
            self._let_all_begin()
            Learnt.forget()
        return self._are_helped

    def each(self, work_out: Callable[[Given], Result], items: Iterable[Given]) -> Iterator[Result]:
        """What a function makes of each item, in their order. Raises `WorkerError`."""
        self._let_all_begin()
        try:
            yield from self.map(work_out, items)
        except BrokenProcessPool:
            raise WorkerError(
                "a process was killed while traces were judged, maybe for want of memory: "
                "use fewer --jobs"
            ) from None

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._let_all_begin()
        super().shutdown(wait, cancel_futures=cancel_futures)

    def _let_all_begin(self) -> None:
        if self._are_helped:
            self._are_helped = False
            self._places.release()


def _begin(flag: Any, places: Any) -> None:
    """In another process, before it looks for work: waits until there is a place for it."""
    end_with_parent()
    follow(flag)
    places.acquire()


@contextmanager
def processes(jobs: int) -> Iterator[Processes | None]:
    """Processes of this machine for so many jobs. None for one job, which is done here."""
    if jobs <= 1:
        yield None
        return
    # A fork has all modules loaded, but would take over threads, as of a progress bar, as they are.
    can_fork = sys.platform == "linux" and threading.active_count() == 1
    context = get_context("fork" if can_fork else "spawn")
    flag = context.RawValue("b", 0)
    with Processes(jobs, context, flag) as pool, shared(flag):
        with interrupts_ignored():
            for _ in range(jobs):
                pool.submit(int)
        with _soon_switched():
            try:
                yield pool
            except BaseException:
                # Not without waiting: to end while the pool does may print a traceback.
                flag.value = 1
                pool.shutdown(cancel_futures=True)
                raise


@contextmanager
def _soon_switched() -> Iterator[None]:
    """Here a thread that reads what other processes found waits less for one that is busy."""
    known = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(known)
