"""A recorded line, decoded no further than counting needs."""

from __future__ import annotations

from typing import Annotated

import msgspec

from querylens.traces.layout import LARGEST, VERSION

_Whole = Annotated[int, msgspec.Meta(ge=0, le=LARGEST - 1)]
#: Of each long list its position, length and number: see `querylens.traces.lists`.
More = tuple[tuple[int, int, int], ...]


#: A statement or a place in the bytes of its line.
Written = msgspec.Raw


class Groups(msgspec.Struct, gc=False):
    """Queries that have a statement, a stack and a scope in common; see trace-format.md."""

    #: What the durations add up to, the longest, and of each query the step (`Durations`) in two
    #: hexadecimal digits.
    time: list[_Whole]
    longest: list[_Whole]
    steps: list[str]
    #: None where each group has the statement of its own number.
    statement: list[_Whole] | None = None
    #: Equal numbers for equal values, wherever in the line; empty when all are sent once.
    equal: list[list[int]] = []
    more: list[More] = []
    #: The numbers of places, -1 for none; None where no group has one.
    loop: list[int] | None = None
    origin: list[int] | None = None


class Unread(msgspec.Struct, gc=False):
    """An object, whatever it holds."""


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
    statements: list[Written]
    groups: Groups
    queries: Unread
    places: list[Written]


class Ways(msgspec.Struct):
    """What groups are compared by where they have a text or a call site in common."""

    way: list[int]
    scope: list[int]
    text: list[int] | None = None


class Rows(msgspec.Struct):
    """The rows that queries were sent for."""

    group: list[int]
    row: list[int] | None = None


class Details(msgspec.Struct):
    """What few lines are asked for."""

    groups: Ways
    queries: Rows

    def rows(self, group: int) -> set[int]:
        """The rows that the queries of a group were sent for. Raises ValueError for damage."""
        rows = self.queries.row or ()
        pairs = zip(self.queries.group, rows, strict=True) if rows else ()
        return {row for number, row in pairs if number == group and row >= 0}


class SentGroups(msgspec.Struct):
    """What rules are given of groups, beside their statements."""

    way: list[int]
    scope: list[int]
    text: list[int] | None = None
    error: list[str] | None = None
    loop: list[int] | None = None
    origin: list[int] | None = None
    built_at: list[int] | None = None
    ignored: list[int] | None = None


class SentQueries(msgspec.Struct):
    """Which group each query is of, and how long it took."""

    group: list[_Whole]
    duration: list[_Whole]


class Sent(msgspec.Struct):
    """What lines with duplicates are asked for."""

    groups: SentGroups
    queries: SentQueries
    strings: list[str]
    #: As they are written, which is the same in all lines.
    places: list[Written]
    #: Of each block the numbers of its codes and of its reason among the strings.
    ignored: list[list[tuple[list[_Whole], _Whole]]]


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
#: These raise ValueError for what is damaged.
read_statement = msgspec.json.Decoder(Statement).decode
read_place = msgspec.json.Decoder(PlaceRow).decode
read_details = msgspec.json.Decoder(Details).decode
read_sent = msgspec.json.Decoder(Sent).decode


def read_line(line: memoryview) -> Line | None:
    """What is counted of a line; None for one that has to be read with care."""
    try:
        found = _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    groups = found.groups
    size = len(groups.time)
    is_whole = (
        found.v == VERSION
        and len(groups.longest) == len(groups.steps) == size
        and len(groups.equal) in (0, size)
        and len(groups.more) in (0, size)
    )
    return found if is_whole else None
