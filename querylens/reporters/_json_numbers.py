"""The numbers of a JSON report: of all traces, of each, of routes and of statements."""

from __future__ import annotations

from querylens.model import Report, RouteTotals, SourceTotals, StatementTotals, Trace, TraceTotals
from querylens.reporters._plain import clipped
from querylens.schema import (
    AliasDict,
    BusiestDict,
    ReadDict,
    RouteTotalsDict,
    StatementTotalsDict,
    SummaryDict,
    TraceDict,
)

_LONGEST_TEXT = 10_000


def summary_as_dict(report: Report) -> SummaryDict:
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


def read_as_dict(read: SourceTotals) -> ReadDict:
    return {
        "files": read.files,
        "templates": read.templates,
        "lines": read.lines,
        "not_followed": read.not_followed,
    }


def trace_as_dict(trace: Trace) -> TraceDict:
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


def busiest_as_dict(trace: TraceTotals) -> BusiestDict:
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


def route_as_dict(route: RouteTotals) -> RouteTotalsDict:
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


def statement_as_dict(statement: StatementTotals) -> StatementTotalsDict:
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


def milliseconds(nanoseconds: int) -> float:
    """Nanoseconds as milliseconds, to the microsecond."""
    return round(nanoseconds / 1e6, 3)


def json_text(text: str) -> str:
    """Without halves of characters, which many parsers refuse, and not without end."""
    whole = text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
    return clipped(whole, _LONGEST_TEXT)
