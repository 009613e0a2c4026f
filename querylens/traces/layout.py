"""What both sides of the format share: its version, its bits, and what a line becomes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from querylens.errors import QueryLensError
from querylens.model import Query, Trace

#: 1: the first.
VERSION: Final = 1

#: Where a number would point to something: there is none.
NONE: Final = -1

#: Every number is smaller.
LARGEST: Final = 2**63

#: Longer than the line of any trace that is of use: 10,000 statements take about a megabyte.
LONGEST_LINE: Final = 64_000_000

#: Of the values of one query more are not counted: no database takes so many for one row.
MOST_VALUES: Final = 1_000

#: Bits of a statement.
IS_SETUP: Final = 1
IS_MANY: Final = 2

#: Columns that every line has.
COLUMNS: Final = ("group", "start", "duration", "params")
#: Columns that are left out when no query has anything there, and what stands for nothing.
OPTIONAL_COLUMNS: Final[dict[str, Any]] = {
    "last": NONE,
    "row": NONE,
    "parent": NONE,
    "values": None,
}

#: What queries of a group share, and what stands for nothing where it may be left out.
GROUP_COLUMNS: Final = ("way", "scope", "size")
#: What can be told by the queries too, so that a reader who only counts need not read them.
COUNTED_COLUMNS: Final = ("time", "longest", "steps", "equal")
OPTIONAL_GROUP_COLUMNS: Final[dict[str, Any]] = {
    "more": (),
    "text": 0,
    "lists": 0,
    "error": "",
    "loop": NONE,
    "origin": NONE,
    "built_at": NONE,
    "ignored": NONE,
    "stack": NONE,
}


class TraceFormatError(QueryLensError):
    """A line is no trace that can be read. Says what is wrong and what to do."""


class Redacted(str):
    """SQL without its literals. Equal only where the whole texts were: `number` tells them."""

    __slots__ = ("number",)

    number: int

    def __new__(cls, text: str, number: int) -> Redacted:
        """Joins a text and the number of what it was made from."""
        self = super().__new__(cls, text)
        self.number = number
        return self

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Redacted)
            and self.number == other.number
            and str.__eq__(self, other) is True
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((str.__hash__(self), self.number))

    def __reduce__(self) -> tuple[type[Redacted], tuple[str, int]]:
        return Redacted, (str.__str__(self), self.number)


class RecordedTrace(Trace):
    """A trace that was read from a recording: from line `line` of `file`, where a file was read.

    `started_at_ns` is the time of its first query since 1970 in nanoseconds, as are the queries'
    `started_ns`. Of each `sample_rate` of a trace one was recorded: 0.1 is one of ten.
    """

    def __init__(self, name: str, kind: str, queries: Iterable[Query]) -> None:
        super().__init__(name, kind)
        self.records.extend(queries)
        self.id = ""
        self.started_at_ns = 0
        self.pid = 0
        self.sample_rate = 1.0
        self.meta: dict[str, str | int] = {}
        self.file = ""
        self.line = 0
