"""The comparison of two recordings as other programs read it: see `querylens.schema_commands`."""

from __future__ import annotations

import json

from querylens.model import Report, RouteTotals
from querylens.model.comparison import ComparedRoute, Comparison
from querylens.reporters._json_numbers import json_text, milliseconds
from querylens.reporters.json import finding_as_dict, version
from querylens.reporters.scoreboard.words import headline
from querylens.schema_commands import (
    DIFF_VERSION,
    ComparedRouteDict,
    DiffDict,
    DiffSummaryDict,
    RouteDict,
    SideDict,
)


class JsonScoreboard:
    """Writes a comparison as JSON: ASCII only, and equal bytes for equal comparisons."""

    def render(self, comparison: Comparison) -> str:
        """The document. Values of parameters are never in it."""
        text = json.dumps(comparison_as_dict(comparison), indent=2, allow_nan=False)
        return text.replace("<", "\\u003c") + "\n"


def comparison_as_dict(comparison: Comparison) -> DiffDict:
    """A comparison as plain dicts, lists, strings and numbers."""
    only_before = [ComparedRoute(each.name, each, None) for each in comparison.only_before]
    only_after = [ComparedRoute(each.name, None, each) for each in comparison.only_after]
    return {
        "version": DIFF_VERSION,
        "tool": {"name": "querylens", "version": version()},
        "summary": _summary(comparison),
        "routes": [_compared(each) for each in (*comparison.routes, *only_before, *only_after)],
        "new": [finding_as_dict(finding) for finding in comparison.new],
        "gone": [finding_as_dict(finding) for finding in comparison.gone],
        "unchanged": [
            {"before": kept.before.count, "finding": finding_as_dict(kept.after)}
            for kept in comparison.kept
        ],
        "unseen": [finding_as_dict(finding) for finding in comparison.unseen],
        "suppressed": [finding_as_dict(finding) for finding in comparison.suppressed],
        "remarks": [json_text(remark) for remark in comparison.remarks],
    }


def _summary(comparison: Comparison) -> DiffSummaryDict:
    before, after = comparison.typical
    return {
        "headline": json_text(headline(comparison)),
        "before": _side(comparison.before, before),
        "after": _side(comparison.after, after),
        "routes": len(comparison.routes),
        "only_before": len(comparison.only_before),
        "only_after": len(comparison.only_after),
        "new": len(comparison.new),
        "gone": len(comparison.gone),
        "unchanged": len(comparison.kept),
        "unseen": len(comparison.unseen),
        "suppressed": len(comparison.suppressed),
    }


def _side(report: Report, typical: int) -> SideDict:
    return {
        "traces": report.totals.traces,
        "queries": report.totals.queries,
        "typical": typical,
        "findings": len(report.findings),
    }


def _compared(route: ComparedRoute) -> ComparedRouteDict:
    return {
        "name": json_text(route.name),
        "before": _route(route.before),
        "after": _route(route.after),
        "saved": route.saved,
    }


def _route(route: RouteTotals | None) -> RouteDict | None:
    if route is None:
        return None
    return {
        "traces": route.totals.traces,
        "queries": route.totals.queries,
        "typical": route.typical,
        "worst": route.worst,
        "duration_ms": milliseconds(route.totals.duration_ns),
    }
