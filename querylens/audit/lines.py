"""A recorded line, decoded no further than counting needs."""

from __future__ import annotations

from typing import Any

import msgspec

from querylens.traces.layout import LARGEST, VERSION


class Columns(msgspec.Struct):
    """What each query of a line has of its own; see docs/reference/trace-format.md."""

    group: list[int]
    duration: list[int]
    params: list[str]
    stack: list[int]
    row: list[int] | None = None
    text: list[int] | None = None


class Line(msgspec.Struct):
    """The keys of a line that are counted."""

    v: int
    id: str
    name: str
    kind: str
    at: int
    rate: float
    gaps: list[str]
    strings: list[str]
    places: list[list[int]]
    causes: list[list[Any]]
    groups: list[list[int]]
    queries: Columns


_decoder = msgspec.json.Decoder(Line)


def read_line(line: bytes) -> Line | None:
    """What is counted of a line; None for one that has to be read with care."""
    try:
        found = _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    columns = found.queries
    count = len(columns.group)
    rows, texts = columns.row or (), columns.text or ()
    is_whole = (
        found.v == VERSION
        and count == len(columns.duration) == len(columns.params) == len(columns.stack)
        and len(rows) in (0, count)
        and len(texts) in (0, count)
        and 0 <= found.at < LARGEST
        and 0 <= found.rate <= 1
        and min(columns.duration, default=0) >= 0
        and max(columns.duration, default=0) < LARGEST
        and min(columns.group, default=0) >= 0
        and max(columns.group, default=-1) < len(found.groups)
    )
    return found if is_whole else None
