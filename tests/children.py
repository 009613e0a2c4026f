"""The children of a process, as /proc tells them."""

from __future__ import annotations

import threading
import time
from pathlib import Path

DEADLINE = 60


def children(pid):
    """Their numbers, as texts."""
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def wait_for_the_end_of(pids):
    """Fails when one of the processes goes on."""
    deadline = time.monotonic() + DEADLINE
    while running := [pid for pid in pids if _runs(pid)]:
        assert time.monotonic() < deadline, f"still there: {running}"
        threading.Event().wait(0.01)


def _runs(pid):
    """One that nobody has asked about since it ended is a zombie, as in a container."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2]
    except OSError:
        return False
    return not state.startswith("Z")
