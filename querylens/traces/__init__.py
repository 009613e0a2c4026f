"""Traces in files: one JSON object a line, one line a trace.

The format is explained byte for byte in docs/reference/trace-format.md.
"""

from __future__ import annotations

from querylens.traces.format import decode, encode
from querylens.traces.layout import VERSION, RecordedTrace, TraceFormatError
from querylens.traces.reader import Problem, read_traces
from querylens.traces.writer import TraceWriter

__all__ = [
    "VERSION",
    "Problem",
    "RecordedTrace",
    "TraceFormatError",
    "TraceWriter",
    "decode",
    "encode",
    "read_traces",
]
