"""Ctrl-C: reading stops between two blocks, so that what was read until then is told."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class _Flag:
    value = 0


#: `value` is 1 from Ctrl-C on. Processes share one.
_stop: Any = _Flag()


def is_interrupted() -> bool:
    """Whether reading stops."""
    return bool(_stop.value)


@contextmanager
def interruptible() -> Iterator[None]:
    """Here Ctrl-C sets `is_interrupted`, and only the second raises KeyboardInterrupt."""
    _stop.value = 0
    known = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(known):
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        _stop.value = 1
        signal.signal(signal.SIGINT, known)

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, known)


@contextmanager
def shared(flag: Any) -> Iterator[None]:
    """Uses a flag that other processes read too; they `follow` it."""
    global _stop
    known, _stop = _stop, flag
    try:
        yield
    finally:
        _stop = known


def follow(flag: Any) -> None:
    """In a process that reads for another one: only that tells when to stop."""
    global _stop
    _stop = flag
    signal.signal(signal.SIGINT, signal.SIG_IGN)
