"""What is wrong with a test: over its budget, an N+1, a finding that nobody knew."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from querylens.baseline import Baseline
from querylens.codes import exactness
from querylens.config import Config
from querylens.glance import glance
from querylens.model import Finding, Report, Summary, Suppressed, Trace, TraceTotals
from querylens.pytest_plugin.markers import Wishes
from querylens.pytest_plugin.options import Options
from querylens.suppressions import Suppressions

_N_PLUS_ONE = ("n-plus-one",)


class Verdicts:
    """Judges tests by their markers and by the options."""

    def __init__(self, options: Options, config: Config, known: Baseline, verbosity: int) -> None:
        self._options = options
        self._config = config
        self._known = known
        self._verbose = verbosity > 0
        self._only = tuple(map(str, options.only))
        #: One for all tests: the comments of a file are read once.
        self._suppressions = Suppressions(config)

    def clean(self, trace: Trace) -> Summary | None:
        """What is told of a test that no rule has to look at, as most are; None of any other."""
        totals, may_hold_findings = glance(trace.records, self._config)
        if may_hold_findings:
            return None
        busiest = (TraceTotals(trace.name, trace.kind, totals),)
        return Summary(totals=totals, busiest=busiest, remarks=frozenset(trace.gaps))

    def report(self, trace: Trace, wishes: Wishes) -> Report:
        """What was found in a test, without what its markers and the options leave out."""
        found = self._found(trace)
        kept, silenced = [], list(found.suppressed)
        for finding in filter(self._is_wanted, found.findings):
            reason = _reason(finding, wishes)
            if reason is None:
                kept.append(finding)
            else:
                silenced.append(Suppressed(finding, reason))
        totals = glance(trace.records, self._config).totals
        return Report(
            findings=tuple(kept),
            traces=(),
            suppressed=tuple(silenced),
            remarks=tuple(trace.gaps),
            folded=totals,
            busiest=(TraceTotals(trace.name, trace.kind, totals),),
        )

    def _found(self, trace: Trace) -> Report:
        # The rules are loaded for the first test that may hold something; many runs have none.
        from querylens.engine import check

        return check(trace, config=self._config, suppressions=self._suppressions)

    def on_budget(self, wishes: Wishes, trace: Trace) -> str:
        """Why the test is over its budget; empty when it is not."""
        allowed = wishes.max_queries
        if allowed is None:
            return ""
        if len(trace.records) <= allowed:
            return ""
        from querylens.testing import budget_message, count_queries

        sent = count_queries(trace, wishes.using, wishes.count_transactions)
        if sent <= allowed:
            return ""
        return budget_message(trace, allowed, sent=sent, verbose=self._verbose)

    def on_findings(self, wishes: Wishes, report: Report, trace: Trace) -> str:
        """Which findings fail the test; empty when none does."""
        selectors = (*self._options.fail_on, *(() if wishes.n_plus_one else _N_PLUS_ONE))
        if self._options.update_baseline and wishes.n_plus_one:
            return ""
        failing = tuple(
            finding
            for finding in report.findings
            if _is_selected(finding, selectors) and not self._known.is_known(finding)
        )
        if not failing:
            return ""
        from querylens.testing import findings_message

        return findings_message(Report(failing, (trace,)), verbose=self._verbose)

    def _is_wanted(self, finding: Finding) -> bool:
        place = finding.call_site
        if not self._only:
            return True
        return place is not None and _lies_in(self._config.path_of(place.file), self._only)


def _lies_in(file: Path, folders: Iterable[str]) -> bool:
    path = str(file)
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _is_selected(finding: Finding, selectors: Iterable[str]) -> bool:
    return any(exactness(selector, finding.rule.code) for selector in selectors)


def _reason(finding: Finding, wishes: Wishes) -> str | None:
    """Why the test's markers silence a finding; None when they don't."""
    for selector, reason in wishes.ignore.items():
        if exactness(selector, finding.rule.code):
            return reason
    return None
