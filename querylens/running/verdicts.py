"""What is wrong with one trace of a program."""

from __future__ import annotations

from dataclasses import replace

from querylens.engine import check
from querylens.model import Report, Trace
from querylens.testing import without_test_code


def verdict(trace: Trace) -> Report:
    """The findings of a trace.

    A suppression that this trace has no use for may serve another one: no remark is made of it.
    """
    report = check(trace)
    if trace.kind == "test":
        report = without_test_code(report)
    return replace(report, remarks=tuple(trace.gaps))
