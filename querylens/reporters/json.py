"""What other programs read: every key is named and explained in `querylens.schema`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar

from querylens.model import (
    Cause,
    Finding,
    Fix,
    GroupTotals,
    Place,
    QueryGroup,
    Report,
    RouteTotals,
    StatementTotals,
    Tally,
    Trace,
    TraceTotals,
)
from querylens.reporters._plain import clipped
from querylens.reporters._words import fingerprint_of
from querylens.schema import (
    SCHEMA_VERSION,
    AliasDict,
    BusiestDict,
    CauseDict,
    EditDict,
    FindingDict,
    FingerprintDict,
    FixDict,
    PlaceDict,
    ReportDict,
    RouteTotalsDict,
    StatementTotalsDict,
    SummaryDict,
    TallyDict,
    TraceDict,
)

_LONGEST_TEXT = 10_000
_LINE = "\n"


@dataclass(frozen=True, slots=True)
class JsonReporter:
    """Writes a report as JSON: ASCII only, and equal bytes for equal reports.

    `indent` is the number of spaces a level; None writes everything on one line.
    """

    name: ClassVar[str] = "json"

    indent: int | None = 2

    def render(self, report: Report) -> str:
        """The document. Values of parameters are never in it."""
        # Findings are most of a large report. All of them as dicts, and as text twice, would take
        # several times as much memory as the document.
        whole = self._text(_document(report, []))
        before, empty, behind = whole.partition('"findings": []')
        line = "" if self.indent is None else "\n" + " " * 2 * self.indent
        parts = [before, empty[:-1], *self._findings(report.findings, line)]
        if report.findings and self.indent is not None:
            parts.append("\n" + " " * self.indent)
        return "".join([*parts, empty[-1:], behind, "\n"])

    def _findings(self, findings: Iterable[Finding], line: str) -> Iterator[str]:
        separator = "," if line else ", "
        for position, finding in enumerate(findings):
            text = self._text(finding_as_dict(finding))
            yield f"{separator if position else ''}{line}{text.replace(_LINE, line or _LINE)}"

    def _text(self, document: Mapping[str, object]) -> str:
        text = json.dumps(document, indent=self.indent, allow_nan=False)
        # Only strings hold this sign, so a page can take the document into a script element.
        return text.replace("<", "\\u003c")


def report_as_dict(report: Report) -> ReportDict:
    """A report as plain dicts, lists, strings and numbers."""
    return _document(report, [finding_as_dict(finding) for finding in report.findings])


def _document(report: Report, findings: list[FindingDict]) -> ReportDict:
    return {
        "version": SCHEMA_VERSION,
        "tool": {"name": "querylens", "version": version()},
        "summary": _summary(report),
        "traces": [_trace(trace) for trace in report.traces],
        "busiest": [_busiest(trace) for trace in report.busiest],
        "routes": [_route(route) for route in report.routes],
        "statements": [_statement(statement) for statement in report.statements],
        "findings": findings,
        "suppressed": [
            {"finding": finding_as_dict(item.finding), "reason": json_text(item.reason)}
            for item in report.suppressed
        ],
        "remarks": [json_text(remark) for remark in report.remarks],
    }


def version() -> str:
    """The release that writes the report."""
    # Ours is the top package's, which stands above this floor: it is loaded, never imported here.
    number: str = import_module("querylens").__version__
    return number


def _summary(report: Report) -> SummaryDict:
    totals = report.totals
    return {
        "headline": json_text(report.headline),
        "traces": totals.traces,
        "queries": totals.queries,
        "transactions": totals.transactions,
        "similar": totals.similar,
        "duplicated": totals.duplicated,
        "duration_ms": milliseconds(totals.duration_ns),
        "findings": len(report.findings),
        "suppressed": len(report.suppressed),
        "saved": report.saved,
    }


def _trace(trace: Trace) -> TraceDict:
    return {
        "name": json_text(trace.name),
        "kind": json_text(trace.kind),
        "queries": len(trace),
        "transactions": trace.transaction_count,
        "setup": sum(query.is_setup for query in trace),
        "similar": trace.similar_count(),
        "duplicated": trace.duplicated_count(),
        "duration_ms": milliseconds(trace.duration_ns),
        "aliases": {
            json_text(alias): _alias(trace, alias)
            for alias in sorted({query.alias for query in trace})
        },
        "gaps": [json_text(gap) for gap in trace.gaps],
    }


def _alias(trace: Trace, alias: str) -> AliasDict:
    queries = [query for query in trace if query.alias == alias]
    return {
        "queries": sum(query.is_counted for query in queries),
        "transactions": sum(query.kind == "transaction" for query in queries),
        "similar": trace.similar_count(alias),
        "duplicated": trace.duplicated_count(alias),
        "duration_ms": milliseconds(sum(query.duration_ns for query in queries)),
    }


def _busiest(trace: TraceTotals) -> BusiestDict:
    totals = trace.totals
    return {
        "name": json_text(trace.name),
        "kind": json_text(trace.kind),
        "queries": totals.queries,
        "transactions": totals.transactions,
        "setup": totals.setup,
        "similar": totals.similar,
        "duplicated": totals.duplicated,
        "duration_ms": milliseconds(totals.duration_ns),
    }


def _route(route: RouteTotals) -> RouteTotalsDict:
    totals = route.totals
    return {
        "name": json_text(route.name),
        "traces": totals.traces,
        "queries": totals.queries,
        "typical": route.typical,
        "worst": route.worst,
        "transactions": totals.transactions,
        "setup": totals.setup,
        "similar": totals.similar,
        "duplicated": totals.duplicated,
        "duration_ms": milliseconds(totals.duration_ns),
    }


def _statement(statement: StatementTotals) -> StatementTotalsDict:
    found = statement.fingerprint
    return {
        "fingerprint": {"id": str(found), "text": json_text(found.text)},
        "queries": statement.queries,
        "duration_ms": milliseconds(statement.duration_ns),
        "median_ms": milliseconds(statement.median_ns),
        "p95_ms": milliseconds(statement.p95_ns),
        "p99_ms": milliseconds(statement.p99_ns),
        "longest_ms": milliseconds(statement.longest_ns),
    }


def finding_as_dict(finding: Finding) -> FindingDict:
    """One finding as plain dicts, lists, strings and numbers."""
    group = finding.group
    return {
        "code": finding.rule.code,
        "name": finding.rule.name,
        "url": finding.rule.url,
        "severity": finding.severity,
        "message": json_text(finding.message),
        "evidence": finding.evidence,
        "key": [json_text(part) for part in finding.key],
        "count": finding.count,
        "saved": finding.saved,
        "scopes": finding.scopes,
        "similar": group.similar,
        "duplicated": group.duplicated,
        "distinct": group.distinct,
        "duration_ms": milliseconds(group.duration_ns),
        "fingerprint": _fingerprint(group),
        "aliases": [json_text(alias) for alias in group.aliases],
        "cause": cause_as_dict(finding.cause) if finding.cause else None,
        "call_site": place_as_dict(finding.call_site),
        "loop": place_as_dict(finding.loop),
        "origin": place_as_dict(finding.origin),
        "fix": _fix(finding.fix),
        "agreed_by": [json_text(tool) for tool in finding.agreed_by],
        "tally": _tally(finding.tally) if finding.tally else None,
    }


def _tally(tally: Tally) -> TallyDict:
    return {
        "traces": tally.traces,
        "queries": tally.queries,
        "saved": tally.saved,
        "typical": tally.typical,
        "worst": tally.counts[-1][0],
        "duration_ms": milliseconds(tally.duration_ns),
        "counts": [{"queries": queries, "traces": traces} for queries, traces in tally.counts],
        "examples": [
            {"trace": json_text(name), "queries": count, "recorded_at": json_text(where)}
            for count, name, where in tally.examples
        ],
    }


def _fingerprint(group: QueryGroup | GroupTotals) -> FingerprintDict | None:
    found = fingerprint_of(group)
    return None if found is None else {"id": str(found), "text": json_text(found.text)}


def cause_as_dict(cause: Cause) -> CauseDict:
    """A cause as plain lists, strings and numbers."""
    return {
        "kind": cause.kind,
        "access": json_text(cause.access),
        "model": json_text(cause.model),
        "relation": json_text(cause.relation),
        "path": json_text(cause.path),
        "to_one": cause.to_one,
        "fields": [json_text(name) for name in cause.fields],
        "facts": sorted(json_text(fact) for fact in cause.facts),
    }


def place_as_dict(place: Place | None) -> PlaceDict | None:
    """A place as plain dicts, strings and numbers."""
    return _known_place(place) if place else None


def _known_place(place: Place) -> PlaceDict:
    return {
        "file": json_text(place.file),
        "line": place.line,
        "end_line": max(place.line, place.end_line),
        "column": place.column,
        "end_column": place.end_column,
        "function": json_text(place.function),
        "code": json_text(place.code),
        "template": json_text(place.template),
        "tag": json_text(place.tag),
        "python": place_as_dict(place.python),
    }


def _fix(fix: Fix) -> FixDict:
    edits: list[EditDict] = [
        {"code": json_text(edit.code), "at": _known_place(edit.at)} for edit in fix.edits
    ]
    return {
        "kind": fix.kind,
        "code": json_text(fix.code),
        "at": place_as_dict(fix.at),
        "edits": edits,
        "imports": [json_text(statement) for statement in fix.imports],
        "alternatives": [_fix(other) for other in fix.alternatives],
        "caveats": [json_text(caveat) for caveat in fix.caveats],
    }


def json_text(text: str) -> str:
    """Without halves of characters, which many parsers refuse, and not without end."""
    whole = text.encode("utf-8", "backslashreplace").decode()
    return clipped(whole, _LONGEST_TEXT)


def milliseconds(nanoseconds: int) -> float:
    """Nanoseconds as milliseconds, to the microsecond."""
    return round(nanoseconds / 1e6, 3)
