"""Spreads work over processes of this machine; what comes back is in the order of the work."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

from querylens.errors import QueryLensError
from querylens.interrupts import end_with_parent, interrupts_ignored

#: Syntax trees are many objects without cycles: looking for some takes longer than parsing.
_COLLECTION = (100_000, 20, 100)

Item = TypeVar("Item")
Result = TypeVar("Result")

#: For fewer items a further process costs more than it brings.
_LEAST_ITEMS = 200
_MOST_IN_CHUNK = 32
_CHUNKS_PER_JOB = 8


class JobsError(QueryLensError):
    """A process that worked for this one is gone. Says what to do."""


def spread(
    items: Sequence[Item], jobs: int, make: Callable[..., Callable[[Item], Result]], *given: object
) -> Iterator[Result]:
    """What `make(*given)` gives for each item, in their order.

    `make` is called once in each process, and gives the function for the items. It and `given`
    are pickled. A single job, or few items, are done here. Raises `JobsError`.
    """
    jobs = min(jobs, len(items) // _LEAST_ITEMS)
    if jobs <= 1:
        yield from map(make(*given), items)
        return
    # A fork would take over the threads of the host, as they are.
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (make, given))
    try:
        with interrupts_ignored():
            waiting = [pool.submit(_work, chunk) for chunk in _chunks(items, jobs)]
        for future in waiting:
            yield from _results(future)
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def reading_source() -> Iterator[None]:
    """Meanwhile the garbage collector is called less often, and the parser warns of nothing."""
    known = gc.get_threshold()
    with warnings.catch_warnings():
        _prepare()
        try:
            yield
        finally:
            gc.set_threshold(*known)


def _prepare() -> None:
    gc.set_threshold(*_COLLECTION)
    for category in (SyntaxWarning, DeprecationWarning):
        warnings.simplefilter("ignore", category)


def _chunks(items: Sequence[Item], jobs: int) -> list[Sequence[Item]]:
    """Neighbours stay together: they use the same modules."""
    size = min(max(len(items) // (jobs * _CHUNKS_PER_JOB), 1), _MOST_IN_CHUNK)
    return [items[start : start + size] for start in range(0, len(items), size)]


def _results(future: Future[list[Result]]) -> list[Result]:
    try:
        return future.result()
    except BrokenProcessPool:
        raise JobsError(
            "a process that linted files was killed, maybe for want of memory: use fewer --jobs"
        ) from None


#: What this process does with an item, where it works for another one.
_function: Callable[[Any], Any]


def _begin(make: Callable[..., Callable[[Any], Any]], given: tuple[object, ...]) -> None:
    global _function
    end_with_parent()
    _prepare()
    _function = make(*given)


def _work(items: Sequence[Any]) -> list[Any]:
    return list(map(_function, items))
