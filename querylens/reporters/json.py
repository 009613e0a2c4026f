"""What other programs read: every key is named and explained in `querylens.schema`."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
    Tally,
)
from querylens.reporters._json_numbers import (
    busiest_as_dict,
    json_text,
    milliseconds,
    read_as_dict,
    route_as_dict,
    statement_as_dict,
    summary_as_dict,
    trace_as_dict,
)
from querylens.reporters._words import fingerprint_of
from querylens.schema import (
    SCHEMA_VERSION,
    CauseDict,
    EditDict,
    FindingDict,
    FingerprintDict,
    FixDict,
    PlaceDict,
    ReportDict,
    TallyDict,
)


@dataclass(frozen=True, slots=True)
class JsonReporter:
    """Writes a report as JSON: ASCII only, and equal bytes for equal reports.

    `indent` is the number of spaces a level; None writes everything on one line.
    """

    name: ClassVar[str] = "json"

    indent: int | None = 2

    def render(self, report: Report) -> str:
        """The document. Values of parameters are never in it."""
        return "".join(self.parts(report))

    def parts(self, report: Report) -> Iterator[str]:
        """The document, finding by finding: as dicts all of them would take much more memory."""
        before, key, behind = self._text(_without_findings(report)).partition('"findings": []')
        start, between, end = self._around_items(levels=2)
        yield f"{before}{key[:-1]}"
        for number, finding in enumerate(report.findings):
            yield between if number else start
            yield self._text(finding_as_dict(finding), levels=2)
        yield f"{end if report.findings else ''}]{behind}\n"

    def _text(self, value: object, levels: int = 0) -> str:
        """Part of the document, so many levels within it."""
        text = json.dumps(value, indent=self.indent, allow_nan=False)
        # Only strings hold this sign, so a page can take the document into a script element.
        text = text.replace("<", "\\u003c")
        return text.replace("\n", self._break(levels)) if levels else text

    def _around_items(self, levels: int) -> tuple[str, str, str]:
        if self.indent is None:
            return "", ", ", ""
        return self._break(levels), f",{self._break(levels)}", self._break(levels - 1)

    def _break(self, levels: int) -> str:
        return "\n" + " " * (levels * (self.indent or 0))


def report_as_dict(report: Report) -> ReportDict:
    """A report as plain dicts, lists, strings and numbers."""
    document = _without_findings(report)
    document["findings"] = [finding_as_dict(finding) for finding in report.findings]
    return document


def _without_findings(report: Report) -> ReportDict:
    return {
        "version": SCHEMA_VERSION,
        "tool": {"name": "querylens", "version": version()},
        "summary": summary_as_dict(report),
        "traces": [trace_as_dict(trace) for trace in report.traces],
        "busiest": [busiest_as_dict(trace) for trace in report.busiest],
        "routes": [route_as_dict(route) for route in report.routes],
        "statements": [statement_as_dict(statement) for statement in report.statements],
        "findings": [],
        "suppressed": [
            {"finding": finding_as_dict(item.finding), "reason": json_text(item.reason)}
            for item in report.suppressed
        ],
        "remarks": [json_text(remark) for remark in report.remarks],
        "read": read_as_dict(report.read) if report.read else None,
    }


def version() -> str:
    """The release that writes the report."""
    # Ours is the top package's, which stands above this floor: it is loaded, never imported here.
    number: str = import_module("querylens").__version__
    return number


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
