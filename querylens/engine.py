"""check(): runs the rules over traces, drops what was silenced, and sorts what is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from querylens.codes import exactness
from querylens.config import Config, load_config
from querylens.model import Finding, Query, Report, Suppressed, Trace
from querylens.query_lines import QueryLines
from querylens.recorder import failed
from querylens.rules import RULES, DuplicatedQuery, TraceRule
from querylens.suppressions import Suppressions
from querylens.test_code import is_of_test_code


def check(
    *traces: Trace, config: Config | None = None, suppressions: Suppressions | None = None
) -> Report:
    """What is wrong in the traces, why, where, and what to write instead.

    Of traces of tests alone, what test code asks for in loops, or twice, is nothing wrong.
    Who checks traces one by one gives the same `suppressions` each time, and asks them at the end
    which of them were needless; otherwise remarks say so of those on lines that the traces' queries
    came from. Never raises for a rule that fails: its findings are missing then, and a remark says
    so. Raises `ConfigError` when the configuration is wrong.
    """
    config = config or next((trace.config for trace in traces if trace.config), load_config())
    remarks = list(dict.fromkeys(gap for trace in traces for gap in trace.gaps))
    found: list[Finding] = []
    for trace in traces:
        found += _check_trace(trace, config, remarks)
    if suppressions is None:
        suppressions = Suppressions(config)
        kept, silenced = split(_merged(found), suppressions)
        lines = QueryLines()
        for trace in traces:
            lines.add(trace.queries)
        remarks += suppressions.unused(lines.files, is_asked=lines.touch)
    else:
        kept, silenced = split(_merged(found), suppressions)
    if all(trace.kind == "test" for trace in traces):
        kept = [finding for finding in kept if not is_of_test_code(finding)]
    findings = tuple(sorted(kept, key=_worst_first))
    remarks += overlaps(findings)
    return Report(findings, traces, tuple(silenced), tuple(remarks))


def rules(config: Config) -> tuple[TraceRule, ...]:
    """The rules that are on, each with its options.

    Raises `ConfigError` for an option that a rule does not have.
    """
    known = config.remembered.get(__name__)
    if not isinstance(known, tuple):
        known = config.remembered[__name__] = tuple(_rules(config))
    return known


def _rules(config: Config) -> Iterator[TraceRule]:
    for kind in RULES:
        options = config.rule_options(kind.info.name, kind.options())
        if config.selects(kind.info.code):
            yield kind(**cast("dict[str, int]", options))


def _check_trace(trace: Trace, config: Config, remarks: list[str]) -> list[Finding]:
    found: list[Finding] = []
    for rule in rules(config):
        try:
            found += [finding for finding in rule.check(trace) if _concerns_us(finding, config)]
        except Exception:
            failed(f"rule {rule.info.code}")
            remarks.append(f"rule {rule.info.code} failed: its findings are missing")
    return list(_without_repeats(found))


def _concerns_us(finding: Finding, config: Config) -> bool:
    return finding.call_site is not None or config.third_party


def _without_repeats(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Duplicates that another finding explains are not told again."""
    findings = list(findings)
    explained = {
        id(query)
        for finding in findings
        if finding.rule.code != DuplicatedQuery.info.code
        for query in finding.group.queries
    }
    for finding in findings:
        is_repeat = finding.rule.code == DuplicatedQuery.info.code
        if not is_repeat or not any(id(query) in explained for query in finding.group.queries):
            yield finding


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding a place, though several requests or blocks met it: the worst stands for all."""
    by_place: dict[object, Finding] = {}
    for finding in findings:
        place = (finding.rule.code, finding.cause, *finding.places)
        known = by_place.get(place)
        by_place[place] = finding if known is None else known.met_again(finding)
    return list(by_place.values())


def split(
    findings: Iterable[Finding], suppressions: Suppressions
) -> tuple[list[Finding], list[Suppressed]]:
    """The findings that are left, and those that the user silenced."""
    kept, silenced = [], []
    for finding in findings:
        suppressed = suppressions.match(finding) or _ignored(finding)
        if suppressed is None:
            kept.append(finding)
        else:
            silenced.append(suppressed)
    return kept, silenced


def _ignored(finding: Finding) -> Suppressed | None:
    """Silenced by `ignore()` blocks: each query was sent in one that names the rule."""
    reasons = [
        reason
        for query in finding.group.queries
        for reason in [_reason_to_ignore(finding.rule.code, query)]
        if reason is not None
    ]
    if not reasons or len(reasons) < finding.count:
        return None
    return Suppressed(finding, reasons[0])


def _reason_to_ignore(code: str, query: Query) -> str | None:
    for block in query.ignored:
        if not block.codes or any(exactness(selector, code) for selector in block.codes):
            return str(block.reason)
    return None


def overlaps(findings: Iterable[Finding]) -> Iterator[str]:
    """Fixes that rewrite the same lines: each still holds what the other one mends."""
    rewritten: dict[tuple[str, int], list[str]] = {}
    for finding in findings:
        at = finding.fix.at
        if at is not None and at.end_column is None:
            rewritten.setdefault((at.file, at.line), []).append(finding.rule.code)
    for (file, line), codes in rewritten.items():
        if len(codes) > 1:
            yield (
                f"{' and '.join(codes)} rewrite the same lines at {file}:{line}: "
                "make one fix, check again, then make the next"
            )


def _worst_first(finding: Finding) -> tuple[object, ...]:
    return (-finding.saved, -finding.count, str(finding.call_site), finding.key)
