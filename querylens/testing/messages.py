"""What a failed test says: the verdict, then what explains it, never a wall of SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from querylens.engine import check, overlaps
from querylens.model import Finding, Report, Trace
from querylens.rules.grows_with_rows import finding_behind
from querylens.rules.too_many_queries import budget_verdict
from querylens.test_code import is_n_plus_one, without_test_code
from querylens.testing.counting import aliases_of, count_queries, queries_on

_MOST_FINDINGS = 10
_MOST_GROUPS = 5


def budget_message(
    trace: Trace,
    allowed: int,
    *,
    exact: bool = False,
    info: str = "",
    verbose: bool = False,
    width: int = 80,
    sent: int | None = None,
    using: str | Iterable[str] | None = None,
    report: Report | None = None,
) -> str:
    """Why a trace is over its budget, or not exactly at it.

    `sent` is the number of queries where the trace counts others too, `using` the databases that
    are meant, `report` what was found in the trace where that is known already. `verbose` adds all
    queries as a tree, `width` is in cells.
    """
    from querylens.testing.page import FailurePage

    aliases = aliases_of(using)
    sent = count_queries(trace, aliases) if sent is None else sent
    page = FailurePage(width)
    page.verdict(budget_verdict(sent, allowed, exact), info)
    findings = findings_on(report or without_test_code(check(trace)), aliases).findings
    if sent > allowed:
        page.findings(findings, _MOST_FINDINGS)
        page.notes(overlaps(findings))
    explained = sum(finding.saved for finding in findings)
    queries = list(queries_on(trace, aliases))
    if sent < allowed or explained < sent - allowed:
        page.largest_groups(queries, findings if sent > allowed else (), _MOST_GROUPS)
    if verbose:
        page.tree(queries)
    page.gaps(trace.gaps)
    return page.render()


def n_plus_one_message(
    report: Report, *, info: str = "", verbose: bool = False, width: int = 80
) -> str:
    """Which loops ask row by row: `2 N+1 found: 14 queries could go`, then each of them."""
    findings = tuple(filter(is_n_plus_one, report.findings))
    verdict = f"{len(findings)} N+1 found{_could_go(findings)}"
    return _message(verdict, findings, report, info, verbose, width)


def findings_message(
    report: Report, *, info: str = "", verbose: bool = False, width: int = 80
) -> str:
    """Which findings fail a test, of whatever rules: `2 findings: 3 queries could go`."""
    if report.findings and all(map(is_n_plus_one, report.findings)):
        return n_plus_one_message(report, info=info, verbose=verbose, width=width)
    noun = "finding" if len(report.findings) == 1 else "findings"
    verdict = f"{len(report.findings)} {noun}{_could_go(report.findings)}"
    return _message(verdict, report.findings, report, info, verbose, width)


def growth_message(
    verdict: str,
    grown: Sequence[Finding],
    behind: Sequence[Finding],
    *,
    info: str = "",
    width: int = 80,
) -> str:
    """What grew and by how much a row, each with the N+1 behind it, which is shown once."""
    from querylens.testing.page import FailurePage

    page = FailurePage(width)
    page.verdict(verdict, info)
    told: set[int] = set()
    for finding in grown[:_MOST_FINDINGS]:
        known = finding_behind(finding, behind)
        is_new = known is not None and id(known) not in told
        page.growth(finding, known if is_new else None)
        told.add(id(known))
    page.and_more(len(grown) - _MOST_FINDINGS, "place")
    return page.render()


def findings_on(report: Report, aliases: frozenset[str]) -> Report:
    """The report with the findings on these databases, or with all when none is named."""
    if not aliases:
        return report
    kept = (item for item in report.findings if not aliases.isdisjoint(item.group.aliases))
    return replace(report, findings=tuple(kept))


def _message(
    verdict: str,
    findings: Sequence[Finding],
    report: Report,
    info: str,
    verbose: bool,
    width: int,
) -> str:
    from querylens.testing.page import FailurePage

    page = FailurePage(width)
    page.verdict(verdict, info)
    page.findings(findings, _MOST_FINDINGS)
    page.notes(overlaps(findings))
    if verbose:
        page.tree([query for trace in report.traces for query in trace])
    page.gaps([gap for trace in report.traces for gap in trace.gaps])
    return page.render()


def _could_go(findings: Sequence[Finding]) -> str:
    saved = sum(finding.saved for finding in findings)
    return f": {saved} {'query' if saved == 1 else 'queries'} could go" if saved else ""
