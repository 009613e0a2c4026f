"""The end of a program under capture: one summary of all its processes, on stderr."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from typing import TextIO

from querylens.codes import exactness
from querylens.model import Report
from querylens.running.parts import read_parts

_NO_DJANGO = "querylens: the program set up no Django, so there is nothing to report\n"
_NARROWEST = 60
_WIDEST = 120


def close_session(folder: str, *, quiet: bool) -> Report:
    """Folds the parts of all processes, shows what they found unless `quiet`, and tidies up."""
    summary, processes = read_parts(folder)
    shutil.rmtree(folder, ignore_errors=True)
    report = summary.report()
    if not quiet:
        _write(report if processes else None)
    return report


def fails(report: Report, selectors: Iterable[str]) -> bool:
    """Whether the report holds a finding that one of the selectors names."""
    codes = {finding.rule.code for finding in report.findings}
    return any(exactness(selector, code) for selector in selectors for code in codes)


def _write(report: Report | None) -> None:
    """To the stream that the process was started with: the program may have changed its own."""
    stream = sys.__stderr__
    if stream is None or stream.closed:
        return
    try:
        stream.write(_NO_DJANGO if report is None else _rendered(report, stream))
        stream.flush()
    except (OSError, UnicodeError):
        # Nobody reads it.
        pass


def _rendered(report: Report, stream: TextIO) -> str:
    from querylens.reporters.terminal import TerminalReporter

    width = min(max(shutil.get_terminal_size((100, 24)).columns, _NARROWEST), _WIDEST)
    color = stream.isatty() and not os.environ.get("NO_COLOR")
    text = TerminalReporter(width=width, color=color, show_params=False).render(report)
    encoding = stream.encoding or "ascii"
    return "\nquerylens\n" + text.encode(encoding, "replace").decode(encoding)
