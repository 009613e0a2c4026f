"""A recorded line, decoded no further than counting needs."""

from __future__ import annotations

from typing import Annotated

import msgspec

from querylens.traces.layout import LARGEST, VERSION

_Whole = Annotated[int, msgspec.Meta(ge=0, le=LARGEST - 1)]
#: Of each long list its position, length and number: see `querylens.traces.lists`.
More = tuple[tuple[int, int, int], ...]


_Nothing = msgspec.Raw()


class Groups(msgspec.Struct, gc=False):
    """Queries that have a statement, a stack and a scope in common; see trace-format.md."""

    statement: list[_Whole]
    #: What the durations add up to, the longest, and of each query the step (`Durations`) in two
    #: hexadecimal digits.
    time: list[_Whole]
    longest: list[_Whole]
    steps: list[str]
    #: Equal numbers for equal values, wherever in the line; empty when all are sent once.
    equal: list[list[int]] = []
    # What is decoded only when it is asked for: `numbers`.
    way: msgspec.Raw = _Nothing
    scope: msgspec.Raw = _Nothing
    more: list[More] = []
    text: msgspec.Raw = _Nothing


class Columns(msgspec.Struct, gc=False):
    """What each query has of its own, and is decoded only when it is asked for."""

    group: msgspec.Raw = _Nothing
    row: msgspec.Raw = _Nothing


class Line(msgspec.Struct, gc=False):
    """The keys of a line that are counted."""

    v: int
    id: str
    name: str
    kind: str
    at: _Whole
    rate: Annotated[float, msgspec.Meta(ge=0, le=1)]
    gaps: list[str]
    #: As they are written: most were met before.
    statements: list[msgspec.Raw]
    groups: Groups
    queries: Columns

    def rows(self, group: int) -> set[int]:
        """The rows that the queries of a group were sent for. Raises ValueError for damage."""
        rows = numbers(self.queries.row)
        pairs = zip(numbers(self.queries.group), rows, strict=True) if rows else ()
        return {row for number, row in pairs if number == group and row >= 0}


def numbers(column: msgspec.Raw) -> list[int]:
    """The numbers of a column; none where it was left out. Raises ValueError for damage."""
    written = bytes(column)
    return _numbers.decode(written) if written else []


class CauseRow(msgspec.Struct, array_like=True, frozen=True):
    """What causes are told apart by."""

    kind: str
    access: str
    model: str
    relation: str


class PlaceRow(msgspec.Struct, array_like=True, frozen=True):
    """What places are told apart by, and what stands between that."""

    file: str
    line: int
    end_line: int
    function: str
    code: str
    template: str
    tag: str
    column: int


class Statement(msgspec.Struct, array_like=True, frozen=True):
    """What is the same in each line of a route."""

    sql: str
    alias: str
    vendor: str
    flags: int
    cause: CauseRow | None
    call_site: PlaceRow | None


_decoder = msgspec.json.Decoder(Line)
_numbers = msgspec.json.Decoder(list[int])
read_statement = msgspec.json.Decoder(Statement).decode


def read_line(line: memoryview) -> Line | None:
    """What is counted of a line; None for one that has to be read with care."""
    try:
        found = _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    groups = found.groups
    size = len(groups.statement)
    is_whole = (
        found.v == VERSION
        and len(groups.time) == len(groups.longest) == len(groups.steps) == size
        and len(groups.equal) in (0, size)
        and len(groups.more) in (0, size)
    )
    return found if is_whole else None
