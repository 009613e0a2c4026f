"""The JSON report: every key it has, what each means, and the version that says so.

The classes are the one source: `json_schema()` and the checks of the manual are made from them.
Adding a key leaves the version as it is, so readers ignore keys that they do not know. Removing
or renaming one, or changing what it means, makes a new version.
"""

from __future__ import annotations

from typing import Any, TypedDict

from querylens.json_schema import schema_of_objects
from querylens.model.finding import Evidence, FixKind, Severity
from querylens.model.query import CauseKind

#: 1: the first.
SCHEMA_VERSION = 1


class ToolDict(TypedDict):
    """Who wrote the report."""

    name: str
    version: str


class SummaryDict(TypedDict):
    """The whole report in numbers."""

    headline: str
    traces: int
    queries: int
    transactions: int
    similar: int
    duplicated: int
    duration_ms: float
    findings: int
    suppressed: int
    saved: int


class AliasDict(TypedDict):
    """One trace's queries on one database."""

    queries: int
    transactions: int
    similar: int
    duplicated: int
    duration_ms: float


class TraceDict(TypedDict):
    """One capture."""

    name: str
    kind: str
    queries: int
    transactions: int
    setup: int
    similar: int
    duplicated: int
    duration_ms: float
    aliases: dict[str, AliasDict]
    gaps: list[str]


class PlaceDict(TypedDict):
    """A stretch of source."""

    file: str
    line: int
    end_line: int
    column: int | None
    end_column: int | None
    function: str
    code: str
    template: str
    tag: str
    python: PlaceDict | None


class CauseDict(TypedDict):
    """What in the ORM sent the queries."""

    kind: CauseKind
    access: str
    model: str
    relation: str
    path: str
    to_one: bool
    fields: list[str]
    facts: list[str]


class FingerprintDict(TypedDict):
    """What the group's statements have in common."""

    id: str
    text: str


class EditDict(TypedDict):
    """A further change that belongs to a fix."""

    code: str
    at: PlaceDict


class FixDict(TypedDict):
    """What to write instead."""

    kind: FixKind
    code: str
    at: PlaceDict | None
    edits: list[EditDict]
    imports: list[str]
    alternatives: list[FixDict]
    caveats: list[str]


class CountDict(TypedDict):
    """How many traces sent so many queries."""

    queries: int
    traces: int


class ExampleDict(TypedDict):
    """A trace to look at, and where it was recorded."""

    trace: str
    queries: int
    recorded_at: str


class TallyDict(TypedDict):
    """How often a finding was met in many traces."""

    traces: int
    queries: int
    saved: int
    typical: int
    worst: int
    duration_ms: float
    counts: list[CountDict]
    examples: list[ExampleDict]


class FindingDict(TypedDict):
    """A rule's verdict on a group of queries."""

    code: str
    name: str
    url: str
    severity: Severity
    message: str
    evidence: Evidence
    key: list[str]
    count: int
    saved: int
    scopes: int
    similar: int
    duplicated: int
    distinct: int
    duration_ms: float
    fingerprint: FingerprintDict | None
    aliases: list[str]
    cause: CauseDict | None
    call_site: PlaceDict | None
    loop: PlaceDict | None
    origin: PlaceDict | None
    fix: FixDict
    agreed_by: list[str]
    tally: TallyDict | None


class SuppressedDict(TypedDict):
    """A finding that the user silenced, and why."""

    finding: FindingDict
    reason: str


class BusiestDict(TypedDict):
    """A trace of many, of which only the numbers were kept."""

    name: str
    kind: str
    queries: int
    transactions: int
    setup: int
    similar: int
    duplicated: int
    duration_ms: float


class RouteTotalsDict(TypedDict):
    """The traces of one name, of which only the numbers were kept."""

    name: str
    traces: int
    queries: int
    typical: int
    worst: int
    transactions: int
    setup: int
    similar: int
    duplicated: int
    duration_ms: float


class StatementTotalsDict(TypedDict):
    """All statements with one fingerprint."""

    fingerprint: FingerprintDict
    queries: int
    duration_ms: float
    median_ms: float
    p95_ms: float
    p99_ms: float
    longest_ms: float


class ReadDict(TypedDict):
    """What was read of the source, where nothing was run."""

    files: int
    templates: int
    lines: int
    not_followed: int


class ReportDict(TypedDict):
    """The document."""

    version: int
    tool: ToolDict
    summary: SummaryDict
    traces: list[TraceDict]
    busiest: list[BusiestDict]
    routes: list[RouteTotalsDict]
    statements: list[StatementTotalsDict]
    findings: list[FindingDict]
    suppressed: list[SuppressedDict]
    remarks: list[str]
    read: ReadDict | None


#: The classes, the outermost first, by the heading that explains each in the manual.
OBJECTS: dict[str, type] = {
    "Report": ReportDict,
    "Tool": ToolDict,
    "Summary": SummaryDict,
    "Trace": TraceDict,
    "Alias": AliasDict,
    "Busiest": BusiestDict,
    "RouteTotals": RouteTotalsDict,
    "StatementTotals": StatementTotalsDict,
    "Finding": FindingDict,
    "Tally": TallyDict,
    "Count": CountDict,
    "Example": ExampleDict,
    "Fingerprint": FingerprintDict,
    "Cause": CauseDict,
    "Place": PlaceDict,
    "Fix": FixDict,
    "Edit": EditDict,
    "Suppressed": SuppressedDict,
    "Read": ReadDict,
}


def json_schema() -> dict[str, Any]:
    """The same as a JSON Schema (draft 2020-12), for validators in any language."""
    return schema_of("querylens report", OBJECTS, SCHEMA_VERSION)


def schema_of(title: str, objects: dict[str, type], version: int) -> dict[str, Any]:
    """The JSON Schema of a document: the first of `objects`, made of the others and of ours."""
    known = {name: kind for name, kind in OBJECTS.items() if kind is not ReportDict} | objects
    return schema_of_objects(title, next(iter(objects)), known, version)
