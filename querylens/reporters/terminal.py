"""What a developer reads: what could go, where it comes from, and what to write instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from querylens.model import (
    Finding,
    Fix,
    GroupTotals,
    Place,
    QueryGroup,
    Report,
    Suppressed,
    Totals,
    Trace,
)
from querylens.reporters._page import Page
from querylens.reporters._plain import clipped
from querylens.reporters._repeated import sample_values, short_statement
from querylens.reporters._steps import Step, steps
from querylens.reporters._words import (
    busiest,
    change,
    duration,
    evidence,
    fingerprint_of,
    headline_words,
    in_words,
    language,
    lines_to_show,
    notes,
    tally_words,
    total_words,
)

_MOST_TRACES = 10
_MOST_BUSIEST = 5
_LABEL_WIDTH = 10
_NO_LINE = "no line of project code"
_SEVERITY_STYLES = {"note": "bold cyan", "warning": "bold magenta", "error": "bold red"}


@dataclass(frozen=True, slots=True)
class TerminalReporter:
    """Shows a report on a terminal `width` cells wide.

    `show_params` shows some of the values that were sent, where they were kept; without it the
    statement itself is shown with its literals replaced.
    """

    name: ClassVar[str] = "terminal"

    width: int = 100
    color: bool = True
    show_params: bool = True

    def render(self, report: Report) -> str:
        """The headline, the traces, each finding with its fix, and what else is to be said."""
        page = Page(self.width, self.color)
        page.line((report.headline, "bold"))
        if report.folded is not None or report.read is not None:
            _add_busiest(page, report)
        _add_traces(page, report)
        _add_findings(page, report, self.show_params)
        page.blank()
        for suppressed in report.suppressed:
            _add_suppressed(page, suppressed)
        for remark in report.remarks:
            page.prose(remark, label="note: ")
        return page.render().rstrip("\n") + "\n"

    def render_findings(self, report: Report) -> str:
        """The findings alone, each with its fix, below a headline that somebody else wrote."""
        page = Page(self.width, self.color)
        _add_findings(page, report, self.show_params)
        return page.render()


def _add_traces(page: Page, report: Report) -> None:
    traces = report.traces
    for trace in sorted(traces, key=len, reverse=True)[:_MOST_TRACES]:
        page.prose(f"{trace.name or trace.kind}: {_trace_words(trace)}", style="dim")
        for gap in trace.gaps:
            if gap not in report.remarks:
                page.prose(gap, label="not seen: ", indent=2)
    if len(traces) > _MOST_TRACES:
        page.line((f"and {len(traces) - _MOST_TRACES} traces with fewer queries", "dim"))


def _add_busiest(page: Page, report: Report) -> None:
    page.prose(headline_words(report), style="dim")
    for name, most in busiest(report)[:_MOST_BUSIEST]:
        page.prose(f"{name}: {total_words(most)}", style="dim", indent=2)


def _trace_words(trace: Trace) -> str:
    aliases = Counter(query.alias for query in trace if query.is_counted)
    shares = ", ".join(f"{count} on {alias}" for alias, count in aliases.most_common())
    return total_words(Totals.of(trace), shares if len(aliases) > 1 else "")


def _add_findings(page: Page, report: Report, show_params: bool) -> None:
    """What saves most comes first; what was read in source stands by place."""
    findings = report.findings
    if report.read is None:
        findings = tuple(sorted(findings, key=lambda finding: -finding.saved))
    for finding in findings:
        page.blank()
        _add_finding(page, finding, report, show_params)


def _add_finding(page: Page, finding: Finding, report: Report, show_params: bool) -> None:
    severity = "" if finding.severity == "warning" else f" ({finding.severity})"
    page.line(
        (finding.rule.code, _SEVERITY_STYLES[finding.severity]),
        (f" {finding.rule.name}", "bold"),
        (severity, _SEVERITY_STYLES[finding.severity]),
        *_sureness(finding, report),
    )
    page.prose(finding.message, indent=2)
    if finding.tally is not None:
        page.prose(tally_words(finding.tally, report), style="dim", indent=2)
    page.blank()
    _add_places(page, finding)
    page.blank()
    _add_repeated(page, finding, show_params)
    page.blank()
    _add_fix(page, finding.fix)


def _sureness(finding: Finding, report: Report) -> Iterator[tuple[str, str]]:
    """Whoever had source read knows that nothing was counted, unless it was."""
    if finding.count:
        yield f"  {change(finding)}", "bold"
    if finding.count or report.read is None:
        yield f"  {evidence(finding)}", "dim"


def _add_places(page: Page, finding: Finding) -> None:
    if finding.call_site is None:
        label, known = ("route", finding.route) if finding.route else ("access", _NO_LINE)
        page.line((label.ljust(_LABEL_WIDTH), "dim"), (known, ""), indent=2)
    for label, place in lines_to_show(finding):
        if label == "from":
            page.line(("from ", "dim"), *_where(place), indent=2 + _LABEL_WIDTH)
        else:
            page.line((label.ljust(_LABEL_WIDTH), "dim"), *_where(place), indent=2)
            page.code(place.code or place.tag, language(place), indent=2 + _LABEL_WIDTH)


def _where(place: Place) -> Iterator[tuple[str, str]]:
    yield str(place), "cyan"
    if place.function and place.function != "<module>":
        yield f" in {place.function}", ""


def _add_repeated(page: Page, finding: Finding, show_params: bool) -> None:
    group = finding.group
    fingerprint = fingerprint_of(group)
    if fingerprint is None:
        return
    sql = group.queries[0].sql if show_params and group.queries else fingerprint.text
    statement = short_statement(sql, page.width - 2)
    page.code("\n".join(statement), "sql", indent=2, most_lines=len(statement))
    if show_params and (values := sample_values(group)):
        page.line(("with ", "dim"), (_fitting(values, page.width - 7), "dim"), indent=2)
    words = [*_likeness_words(group), duration(group.duration_ns)]
    if group.distinct:
        sets = f"{group.distinct} distinct parameter {'set' if group.distinct == 1 else 'sets'}"
        words.insert(-1, sets)
    page.prose("; ".join(words), style="dim", indent=2)


def _fitting(values: list[str], width: int) -> str:
    """As many values as fit on one line, and at least the first."""
    shown = values[0]
    for value in values[1:]:
        if len(shown) + len(value) + 2 > width:
            break
        shown = f"{shown}, {value}"
    return clipped(shown, width)


def _likeness_words(found: QueryGroup | GroupTotals) -> list[str]:
    """As the toolbar says it: `8 similar, duplicated 2 times`."""
    words = []
    if found.most_similar > 1:
        words.append(f"{found.most_similar} similar")
    if found.most_duplicated > 1:
        words.append(f"duplicated {found.most_duplicated} times")
    return [", ".join(words)] if words else []


def _add_fix(page: Page, fix: Fix) -> None:
    sentence = in_words(fix)
    if sentence:
        page.prose(sentence, label="fix: ", indent=2)
    for number, step in enumerate(steps(fix)):
        _add_step(page, "and: " if number or sentence else "fix: ", step)
    for statement in fix.imports:
        page.line(("needs ", "dim"), (statement, ""), indent=2)
    for caveat in notes(fix):
        page.prose(caveat, label="note: ", indent=2)
    for other in fix.alternatives:
        text = _in_one_line(other, fix.at, page.width - 5)
        page.line(("or ", "dim"), (text, ""), indent=2)


def _add_step(page: Page, label: str, step: Step) -> None:
    page.line((label, "bold green"), (step.words, ""), (step.where, "cyan"), indent=2)
    page.paste(step.code, language(step.at), indent=0 if step.is_whole_lines else 4)


def _in_one_line(fix: Fix, known: Place | None, width: int) -> str:
    """An alternative: its code, or its kind where it has none, and where if that is elsewhere."""
    code = " ".join(fix.code.split())
    where = f"  at {fix.at}" if fix.at and fix.at != known else ""
    return f"{clipped(code or fix.kind, max(width - len(where), 20))}{where}"


def _add_suppressed(page: Page, suppressed: Suppressed) -> None:
    finding = suppressed.finding
    place = f" at {finding.call_site}" if finding.call_site else ""
    reason = suppressed.reason or "no reason given"
    text = f"{finding.rule.code} {finding.rule.name}{place}: {reason}"
    page.prose(text, label="suppressed: ", style="dim")
