"""Ctrl-C ends a process, and not those that work for it; they end when it has ended."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Processes that are started here don't end by Ctrl-C, not even while they start."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    known = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, known)


def end_with_parent() -> None:
    """In a process of `multiprocessing`: ends it as soon as its parent is gone, however that ended.

    Killed, a parent can't tell its children to end, and they would wait for work for ever.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_behind, args=(parent,), daemon=True).start()


def _end_behind(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
