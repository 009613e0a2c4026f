"""What is wrong with one trace of a program."""

from __future__ import annotations

from dataclasses import replace

from querylens.engine import check
from querylens.model import Report, Trace


def verdict(trace: Trace) -> Report:
    """The findings of a trace.

    A suppression that this trace has no use for may serve another one: no remark is made of it.
    """
    return replace(check(trace), remarks=tuple(trace.gaps))
