"""The JSON of `querylens diff` and `querylens show`: every key, as `schema` has those of a report.

The same holds for them: keys are added without a new version, and a key that goes or changes its
meaning makes one.
"""

from __future__ import annotations

from typing import Any, TypedDict

from querylens.schema import CauseDict, FindingDict, PlaceDict, ToolDict, schema_of

#: 1: the first.
DIFF_VERSION = 1
#: 1: the first.
SHOW_VERSION = 1


class SideDict(TypedDict):
    """One of the two recordings in numbers."""

    traces: int
    queries: int
    typical: int
    findings: int


class DiffSummaryDict(TypedDict):
    """The whole comparison in numbers."""

    headline: str
    before: SideDict
    after: SideDict
    routes: int
    only_before: int
    only_after: int
    new: int
    gone: int
    unchanged: int
    unseen: int
    suppressed: int


class RouteDict(TypedDict):
    """The traces of one name on one side."""

    traces: int
    queries: int
    typical: int
    worst: int
    duration_ms: float


class ComparedRouteDict(TypedDict):
    """The traces of one name on both sides."""

    name: str
    before: RouteDict | None
    after: RouteDict | None
    saved: int | None


class UnchangedDict(TypedDict):
    """A finding that is on both sides."""

    before: int
    finding: FindingDict


class DiffDict(TypedDict):
    """What `querylens diff` writes."""

    version: int
    tool: ToolDict
    summary: DiffSummaryDict
    routes: list[ComparedRouteDict]
    new: list[FindingDict]
    gone: list[FindingDict]
    unchanged: list[UnchangedDict]
    unseen: list[FindingDict]
    suppressed: list[FindingDict]
    remarks: list[str]


class RecordedDict(TypedDict):
    """One recorded trace in numbers."""

    id: str
    file: str
    line: int
    name: str
    kind: str
    started_at: str | None
    pid: int
    sample_rate: float
    meta: dict[str, str | int]
    queries: int
    transactions: int
    setup: int
    similar: int
    duplicated: int
    duration_ms: float
    gaps: list[str]


class SentDict(TypedDict):
    """One statement of a node."""

    position: int
    offset_ms: float
    duration_ms: float
    error: str


class NodeDict(TypedDict):
    """A statement, or the similar ones of one place."""

    parent: int | None
    kind: str
    is_counted: bool
    scope: str
    alias: str
    sql: str
    fingerprint: str
    similar: int
    duplicated: int
    distinct: int
    duration_ms: float
    cause: CauseDict | None
    call_site: PlaceDict | None
    loop: PlaceDict | None
    origin: PlaceDict | None
    statements: list[SentDict]


class ShownTraceDict(TypedDict):
    """What `querylens show` writes of one trace."""

    version: int
    tool: ToolDict
    trace: RecordedDict
    nodes: list[NodeDict]


class TraceListDict(TypedDict):
    """What `querylens show` writes of many traces."""

    version: int
    tool: ToolDict
    traces: list[RecordedDict]
    more: int


#: The classes, the outermost first, by the heading that explains each in the manual.
DIFF_OBJECTS: dict[str, type] = {
    "Diff": DiffDict,
    "DiffSummary": DiffSummaryDict,
    "Side": SideDict,
    "ComparedRoute": ComparedRouteDict,
    "Route": RouteDict,
    "Unchanged": UnchangedDict,
}
SHOW_OBJECTS: dict[str, type] = {
    "ShownTrace": ShownTraceDict,
    "TraceList": TraceListDict,
    "Recorded": RecordedDict,
    "Node": NodeDict,
    "Sent": SentDict,
}


def diff_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) of what `querylens diff` writes."""
    return schema_of("querylens diff", DIFF_OBJECTS, DIFF_VERSION)


def show_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) of what `querylens show` writes of one trace."""
    return schema_of("querylens show", SHOW_OBJECTS, SHOW_VERSION)
