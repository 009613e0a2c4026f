"""Many traces folded into one value: what is left of them is numbers and one finding a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, Self, get_args

from querylens.model.finding import Evidence, Finding, Fix, Report, Severity, Suppressed
from querylens.model.group import GroupTotals
from querylens.model.query import Cause, Place
from querylens.model.totals import Tally, Totals, TraceTotals

#: Traces that are kept by name, those with most queries.
MOST_BUSIEST = 20
_EVIDENCE: tuple[Evidence, ...] = get_args(Evidence)
_SEVERITIES: tuple[Severity, ...] = get_args(Severity)

#: What tells two findings apart when they are folded.
_Identity = tuple[Any, ...]


@dataclass
class Summary:
    """Traces, folded one by one or summary by summary, in any order and any split.

    The result is equal whatever the order was: only integers are added, and of what is bounded the
    greatest are kept. Traces, queries and values are let go, so that it grows with the number of
    places and not with the number of traces.
    """

    totals: Totals = field(default_factory=Totals)
    #: One finding a place, each with its tally.
    findings: dict[_Identity, Finding] = field(default_factory=dict)
    suppressed: dict[_Identity, Suppressed] = field(default_factory=dict)
    #: The traces with most queries.
    busiest: tuple[TraceTotals, ...] = ()
    remarks: frozenset[str] = frozenset()

    @classmethod
    def of(cls, report: Report, where: str = "") -> Self:
        """A report of one trace or a few, folded under the name of the first.

        A summary's own report is folded as the many traces that it stands for. `where` tells
        where the trace was recorded.
        """
        traces = tuple(map(TraceTotals.of, report.traces))
        name = next((trace.name for trace in (*traces, *report.busiest)), "")
        return cls(
            totals=report.folded or sum((trace.totals for trace in traces), Totals()),
            findings=_one_a_place(report.findings, name, where),
            suppressed=_one_suppressed_a_place(report.suppressed, name, where),
            busiest=most_queries((*report.busiest, *traces)),
            remarks=frozenset(report.remarks),
        )

    def add(self, report: Report, where: str = "") -> None:
        """Folds a report into this summary; see `of`."""
        self.merge(Summary.of(report, where))

    def merge(self, other: Summary) -> None:
        """Folds another summary into this one."""
        self.totals += other.totals
        for identity, finding in other.findings.items():
            known = self.findings.get(identity)
            self.findings[identity] = _joined(known, finding) if known else finding
        for identity, item in other.suppressed.items():
            known_item = self.suppressed.get(identity)
            self.suppressed[identity] = _both_suppressed(known_item, item) if known_item else item
        self.busiest = _busiest_of_both(self.busiest, other.busiest)
        if not other.remarks <= self.remarks:
            self.remarks |= other.remarks

    def __add__(self, other: Summary) -> Summary:
        total = Summary()
        total.merge(self)
        total.merge(other)
        return total

    def report(self) -> Report:
        """What reporters are given: the findings, those that save most first."""
        return Report(
            findings=tuple(sorted(self.findings.values(), key=saves_most_first)),
            traces=(),
            suppressed=tuple(
                sorted(self.suppressed.values(), key=lambda item: saves_most_first(item.finding))
            ),
            remarks=tuple(sorted(self.remarks)),
            folded=self.totals,
            busiest=self.busiest,
        )


def saves_most_first(finding: Finding) -> tuple[object, ...]:
    """Sorts findings so that equal sets come in one order, wherever they were found."""
    return (
        -finding.saved,
        -finding.count,
        *map(_place_order, (finding.call_site, finding.loop, finding.origin)),
        finding.key,
        finding.message,
        repr((finding.call_site, finding.loop, finding.origin)),
    )


def _place_order(place: Place | None) -> tuple[str, int, int]:
    return (place.file, place.line, place.column or 0) if place else ("", 0, 0)


def _identity(finding: Finding) -> _Identity:
    return (finding.key, *finding.places)


def _one_a_place(findings: Iterable[Finding], name: str, where: str) -> dict[_Identity, Finding]:
    by_identity: dict[_Identity, list[Finding]] = {}
    for finding in findings:
        by_identity.setdefault(_identity(finding), []).append(finding)
    kept = (_folded(same, name, where) for same in by_identity.values())
    return {_identity(finding): finding for finding in kept}


def _one_suppressed_a_place(
    items: Iterable[Suppressed], name: str, where: str
) -> dict[_Identity, Suppressed]:
    by_identity: dict[_Identity, list[Suppressed]] = {}
    for item in items:
        by_identity.setdefault(_identity(item.finding), []).append(item)
    kept = (
        Suppressed(
            _folded([item.finding for item in same], name, where),
            min((item.reason for item in same), key=_given_first),
        )
        for same in by_identity.values()
    )
    return {_identity(item.finding): item for item in kept}


def _folded(same: list[Finding], name: str, where: str) -> Finding:
    """Findings of one place without their queries, tallied as seen in one trace.

    One trace meets a place twice where the causes differ in a detail.
    """
    tallies = [finding.tally for finding in same if finding.tally is not None]
    tally = tallies[0] if tallies else _tally_of_one(same, name, where)
    [first, *others] = [_let_go(finding, finding.tally or tally) for finding in same]
    if not others:
        return first
    return replace(reduce(_joined, others, first), tally=reduce(Tally.__add__, tallies[1:], tally))


def _let_go(finding: Finding, tally: Tally) -> Finding:
    """Without queries, and without the folders of this machine, which tell equal places apart."""
    places = (finding.call_site, finding.loop, finding.origin)
    if places == (None, None, None) and finding.tally is tally and not finding.agreed_by:
        # As of a log, which tells no places.
        fix = _portable_fix(finding.fix)
        is_let_go = isinstance(finding.group, GroupTotals) and fix is finding.fix
        if is_let_go and finding.remaining == finding.left:
            return finding
    return replace(
        finding,
        call_site=_portable(finding.call_site),
        loop=_portable(finding.loop),
        origin=_portable(finding.origin),
        group=GroupTotals.of(finding.group),
        fix=_portable_fix(finding.fix),
        agreed_by=tuple(sorted(set(finding.agreed_by))),
        remaining=finding.left,
        tally=tally,
    )


def _tally_of_one(same: list[Finding], name: str, where: str) -> Tally:
    return Tally.of_one(
        name,
        where,
        sum(finding.count for finding in same),
        sum(finding.saved for finding in same),
        sum(finding.group.duration_ns for finding in same),
    )


def _joined(one: Finding, other: Finding) -> Finding:
    """The worse of both, with the tally of both."""
    assert one.tally is not None
    assert other.tally is not None
    return replace(
        _worse(one, other),
        saved=one.saved + other.saved,
        scopes=one.scopes + other.scopes,
        agreed_by=tuple(sorted({*one.agreed_by, *other.agreed_by})),
        evidence=max(one.evidence, other.evidence, key=_EVIDENCE.index),
        severity=max(one.severity, other.severity, key=_SEVERITIES.index),
        tally=one.tally + other.tally,
    )


def _both_suppressed(one: Suppressed, other: Suppressed) -> Suppressed:
    reason = min(one.reason, other.reason, key=_given_first)
    return Suppressed(_joined(one.finding, other.finding), reason)


def _given_first(reason: str) -> tuple[bool, str]:
    return (not reason, reason)


def _worse(one: Finding, other: Finding) -> Finding:
    """The representative of both: with equal counts one that does not depend on who came first."""
    if one.count != other.count:
        return one if one.count > other.count else other
    differ_in_numbers_only = (one.message, one.fix, one.cause, one.rule) == (
        other.message,
        other.fix,
        other.cause,
        other.rule,
    )
    return min(one, other, key=_group_order if differ_in_numbers_only else _order)


def _order(finding: Finding) -> tuple[object, ...]:
    """Equal for none that differ in what is shown."""
    return (
        finding.message,
        repr(finding.fix),
        repr(finding.rule),
        _cause_order(finding.cause),
        *_group_order(finding),
    )


def _cause_order(cause: Cause | None) -> tuple[object, ...]:
    # A set is written in an order that differs between processes.
    return (repr(replace(cause, facts=frozenset())), sorted(cause.facts)) if cause else ("", [])


def _group_order(finding: Finding) -> tuple[object, ...]:
    """Times come last: they differ between runs, and nothing else may depend on them."""
    group = GroupTotals.of(finding.group)
    return (
        -group.distinct,
        str(group.fingerprint),
        group.fingerprint.text,
        group.aliases,
        -group.similar,
        -group.most_similar,
        -group.duplicated,
        -group.most_duplicated,
        -group.duration_ns,
    )


def _portable(place: Place | None) -> Place | None:
    if place is None or not (place.path or place.python):
        return place
    return replace(place, path="", python=_portable(place.python))


def _portable_fix(fix: Fix) -> Fix:
    if fix.at is None and not fix.edits and not fix.alternatives:
        return fix
    return replace(
        fix,
        at=_portable(fix.at),
        edits=tuple(replace(edit, at=_portable(edit.at) or edit.at) for edit in fix.edits),
        alternatives=tuple(map(_portable_fix, fix.alternatives)),
    )


def _busiest_of_both(
    ours: tuple[TraceTotals, ...], theirs: tuple[TraceTotals, ...]
) -> tuple[TraceTotals, ...]:
    """The busiest of two that are sorted; mostly one small trace comes, which is none of them."""
    if not theirs or (
        len(ours) == MOST_BUSIEST and _trace_order(ours[-1]) <= _trace_order(theirs[0])
    ):
        return ours
    return most_queries((*ours, *theirs))


def most_queries(traces: Iterable[TraceTotals]) -> tuple[TraceTotals, ...]:
    """The traces with most queries, sorted, the same whatever the order they came in."""
    return tuple(sorted(traces, key=_trace_order)[:MOST_BUSIEST])


def _trace_order(trace: TraceTotals) -> tuple[object, ...]:
    totals = trace.totals
    return (
        -totals.queries,
        trace.name,
        trace.kind,
        -totals.transactions,
        -totals.setup,
        -totals.similar,
        -totals.duplicated,
        -totals.traces,
        -totals.duration_ns,
    )
