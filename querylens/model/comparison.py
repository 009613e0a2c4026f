"""Two reports side by side: what each route sent before and after, and which findings are new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from querylens.model.finding import Finding, Report
from querylens.model.totals import RouteTotals


@dataclass(frozen=True, slots=True)
class ComparedRoute:
    """The traces of one name; None on the side that has none of them."""

    name: str
    before: RouteTotals | None
    after: RouteTotals | None

    @property
    def saved(self) -> int | None:
        """How many queries fewer a typical trace sends; None where a side is missing."""
        if self.before is None or self.after is None:
            return None
        return self.before.typical - self.after.typical


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """A finding that is there before and after."""

    before: Finding
    after: Finding


@dataclass(frozen=True)
class Comparison:
    """What is different between two reports of many traces.

    Findings are the same when their keys are: rule, subject and place, never a line. `gone` were
    not found again though a trace that had them was recorded again; `unseen` are those of traces
    that were not. `suppressed` are found and silenced now. The worst come first.
    """

    before: Report
    after: Report
    #: In both, those that changed most first.
    routes: tuple[ComparedRoute, ...]
    only_before: tuple[RouteTotals, ...]
    only_after: tuple[RouteTotals, ...]
    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    kept: tuple[KeptFinding, ...]
    unseen: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    #: Plain sentences: what could not be compared.
    remarks: tuple[str, ...]

    @property
    def typical(self) -> tuple[int, int]:
        """The queries of one typical trace of each route that is in both, before and after."""
        pairs = [(each.before, each.after) for each in self.routes]
        return (
            sum(before.typical for before, _ in pairs if before),
            sum(after.typical for _, after in pairs if after),
        )

    def is_of_new_route(self, finding: Finding) -> bool:
        """Whether none of the traces that have it is known to have been recorded before."""
        return not _names(finding) & {route.name for route in self.before.routes}


def compare(before: Report, after: Report) -> Comparison:
    """What is different between two folded reports, as the audit makes them."""
    known = {item.finding.key: item.finding for item in before.suppressed} | _by_key(before)
    left = {finding.key for finding in after.findings}
    silenced = {item.finding.key for item in after.suppressed} - left
    missing = [finding for finding in before.findings if finding.key not in left | silenced]
    recorded = {route.name for route in after.routes}
    return Comparison(
        before=before,
        after=after,
        routes=tuple(sorted(_in_both(before, after), key=_changed_most_first)),
        only_before=_without(before, after),
        only_after=_without(after, before),
        new=tuple(finding for finding in after.findings if finding.key not in known),
        gone=tuple(finding for finding in missing if _names(finding) & recorded),
        kept=tuple(
            KeptFinding(known[finding.key], finding)
            for finding in after.findings
            if finding.key in known
        ),
        unseen=tuple(finding for finding in missing if not _names(finding) & recorded),
        suppressed=tuple(finding for finding in before.findings if finding.key in silenced),
        remarks=tuple(_remarks(before, after)),
    )


def _by_key(report: Report) -> dict[tuple[str, str, str], Finding]:
    """The worst finding of each key: one function may have several places."""
    return {finding.key: finding for finding in reversed(report.findings)}


def _names(finding: Finding) -> set[str]:
    """The names of the traces that are known to have it: those where it is worst."""
    return {name for _, name, _ in finding.tally.examples} if finding.tally else set()


def _in_both(before: Report, after: Report) -> Iterator[ComparedRoute]:
    routes = {route.name: route for route in after.routes}
    for route in before.routes:
        if route.name in routes:
            yield ComparedRoute(route.name, route, routes[route.name])


def _changed_most_first(route: ComparedRoute) -> tuple[int, int, str]:
    most = max(each.totals.queries for each in (route.before, route.after) if each)
    return (-abs(route.saved or 0), -most, route.name)


def _without(report: Report, other: Report) -> tuple[RouteTotals, ...]:
    names = {route.name for route in other.routes}
    return tuple(route for route in report.routes if route.name not in names)


def _remarks(before: Report, after: Report) -> Iterator[str]:
    if before.findings and after.findings and _has_places(before) != _has_places(after):
        yield (
            "one side tells lines of code and the other does not: findings of a recording and of "
            "a log are never the same"
        )
    for side, report in (("before", before), ("after", after)):
        told = sum(route.totals.traces for route in report.routes)
        if told < report.totals.traces:
            yield (
                f"{side}: of {report.totals.traces:,} traces only those of the "
                f"{len(report.routes):,} names with most queries are compared: what is in one "
                "side only may be in both"
            )
        yield from (f"{side}: {remark}" for remark in report.remarks)


def _has_places(report: Report) -> bool:
    return any(finding.call_site for finding in report.findings)
