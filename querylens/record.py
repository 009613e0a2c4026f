"""What the hot path keeps of a query: as little as can be kept."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from querylens.model import Cause
from querylens.stack import Stack


class Shape(Protocol):
    """What all queries with one stack and one SQL text share."""

    sql: str
    stack: Stack

    def cause(self, subject: Any) -> Cause | None: ...


class Scope:
    """A request, task or block. Queries of different scopes are never compared."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Ignored(NamedTuple):
    """A block in which rules are silenced, and why."""

    codes: tuple[str, ...]
    reason: str


class Record(NamedTuple):
    """One statement as it was sent.

    `marks` are the tags and fields read at `stack.marks`. `row` tells one parent row from
    another; `parent` is the record that loaded it. `built` is where
    the queryset was made.
    """

    shape: Shape
    params: Any
    alias: str
    vendor: str
    many: bool
    error: str
    started_ns: int
    duration_ns: int
    marks: tuple[Any, ...]
    awaited: Stack | None
    scope: Scope
    subject: Any
    row: Any
    parent: Parent
    built: tuple[tuple[Any, int], ...]
    ignored: tuple[Ignored, ...] = ()

    @property
    def stack(self) -> Stack:
        return self.shape.stack


#: The record that loaded a row, with a path when it was joined; None when that was not seen.
Parent = Record | tuple[Record, str] | None


def loaded_and_joined(parent: Record | tuple[Record, str]) -> tuple[Record, str]:
    """The record that loaded a row, and the path by which the row was joined to it."""
    return (parent, "") if isinstance(parent, Record) else parent
