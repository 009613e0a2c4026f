"""One HTML file that needs nothing else: no network, no script."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import ClassVar

from querylens.model import Finding, Fix, Place, Report, Suppressed, Totals
from querylens.reporters._plain import clipped, plain, plain_lines
from querylens.reporters._repeated import short_statement
from querylens.reporters._steps import Step, steps
from querylens.reporters._style import STYLE
from querylens.reporters._words import (
    busiest,
    change,
    duration,
    evidence,
    fingerprint_of,
    headline_words,
    in_words,
    lines_to_show,
    notes,
    tally_words,
)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_LONGEST_TEXT = 1_000
_LONGEST_CODE = 10_000
_SQL_WIDTH = 100
_MOST_SQL_LINES = 40
_MOST_FINDINGS = 1_000
_MOST_TRACES = 20


@dataclass(frozen=True, slots=True)
class HtmlReporter:
    """Writes a page to open from disk. It shows no values, only statements without them."""

    name: ClassVar[str] = "html"

    def render(self, report: Report) -> str:
        """The whole page."""
        head = "".join(
            [
                '<meta charset="utf-8">',
                f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                _element("title", f"querylens: {_text(report.headline)}"),
                _element("style", STYLE),
            ]
        )
        return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n{_body(report)}</html>\n'


def _body(report: Report) -> str:
    parts = [
        _element("h1", _text(report.headline)),
        _element("p", _text(headline_words(report)), "faint"),
        _section("Findings", _findings(report)),
        _section("Most queries", _traces(report)),
        _section("Suppressed", _listed(map(_suppressed, report.suppressed))),
        _section("Notes", _listed(map(_text, report.remarks))),
    ]
    return _element("body", _element("main", "\n".join(filter(None, parts))))


def _findings(report: Report) -> list[str]:
    cards = [_finding(finding, report) for finding in report.findings[:_MOST_FINDINGS]]
    more = len(report.findings) - _MOST_FINDINGS
    return [*cards, *_more(more, "that save less" if report.read is None else "")]


def _finding(finding: Finding, report: Report) -> str:
    rule = finding.rule
    link = f'<a href="{_text(rule.url)}">{_text(rule.code)}</a>'
    parts = [
        _element("h3", f"{link} {_text(rule.name)} {_severity(finding)}"),
        _element("p", _text(finding.message)),
        _element("p", _sureness(finding)),
        _seen(finding, report),
        _element("dl", "".join(_place(label, place) for label, place in lines_to_show(finding))),
        _fix(finding.fix),
        _sql(finding),
    ]
    return _element("article", "\n".join(filter(None, parts)), finding.severity)


def _sureness(finding: Finding) -> str:
    if not finding.count:
        return _text(evidence(finding))
    return f"<b>{_text(change(finding))}</b>, {_text(evidence(finding))}"


def _severity(finding: Finding) -> str:
    return _element("span", _text(finding.severity), finding.severity)


def _seen(finding: Finding, report: Report) -> str:
    if finding.tally is None:
        return ""
    words = _element("p", _text(tally_words(finding.tally, report)))
    others = [name for _, name, _ in finding.tally.examples[1:] if name]
    if not others:
        return words
    return words + _to_unfold("More of them", _bullets(map(_text, others)))


def _place(label: str, place: Place) -> str:
    is_named = place.function and place.function != "<module>"
    function = f" in {_code(place.function)}" if is_named else ""
    source = place.code or place.tag
    where = f"{_text(label)} {_code(str(place))}{function}"
    shown = _element("dd", _block(plain_lines(clipped(source, _LONGEST_CODE)))) if source else ""
    return _element("dt", where) + shown


def _fix(fix: Fix) -> str:
    sentence = in_words(fix)
    parts = [_element("p", _text(f"Fix: {sentence}" if sentence else "Fix"), "good")]
    parts += map(_step, steps(fix))
    parts += [_element("p", f"Needs {_code(statement)}") for statement in fix.imports]
    parts += [_element("p", _text(f"Note: {caveat}")) for caveat in notes(fix)]
    parts += [_element("p", f"Or {_code(_in_one_line(other))}") for other in fix.alternatives]
    return "\n".join(parts)


def _in_one_line(fix: Fix) -> str:
    return " ".join(fix.code.split()) or fix.kind


def _step(step: Step) -> str:
    where = f" {_code(step.where)}" if step.where else ""
    words = step.words.strip().capitalize()
    lines = plain_lines(clipped(step.code, _LONGEST_CODE))
    return _element("p", f"{_text(words)}{where}", "faint") + _block(lines)


def _sql(finding: Finding) -> str:
    fingerprint = fingerprint_of(finding.group)
    if fingerprint is None:
        return ""
    lines = short_statement(fingerprint.text, _SQL_WIDTH, _MOST_SQL_LINES)
    time = duration(finding.group.duration_ns)
    return _to_unfold(f"SQL, {time}", _block(lines))


def _traces(report: Report) -> list[str]:
    known = busiest(report)
    if not known:
        return []
    columns = ("queries", "similar", "duplicated", "time")
    numbers = "".join(f'<th scope="col" class="number">{column}</th>' for column in columns)
    rows = [_element("tr", f'<th scope="col">trace</th>{numbers}')]
    rows += [_trace(name, totals) for name, totals in known[:_MOST_TRACES]]
    more = len(known) - _MOST_TRACES
    table = _element("div", _element("table", "".join(rows)), "scroll")
    return [table, *_more(more, "with fewer queries")]


def _more(count: int, which: str) -> list[str]:
    return [_element("p", f"and {count} more {which}".rstrip(), "faint")] if count > 0 else []


def _trace(name: str, totals: Totals) -> str:
    numbers = (
        str(totals.queries),
        str(totals.similar),
        str(totals.duplicated),
        duration(totals.duration_ns),
    )
    cells = "".join(_element("td", _text(number), "number") for number in numbers)
    return _element("tr", _element("td", _text(name)) + cells)


def _suppressed(item: Suppressed) -> str:
    finding = item.finding
    place = f" at {_code(str(finding.call_site))}" if finding.call_site else ""
    words = _text(f"{finding.rule.code} {finding.rule.name}")
    return f"{words}{place}: {_text(item.reason or 'no reason given')}"


def _section(title: str, parts: list[str]) -> str:
    if not parts:
        return ""
    return _element("section", "\n".join([_element("h2", title), *parts]))


def _listed(items: Iterable[str]) -> list[str]:
    listed = list(items)
    return [_bullets(listed)] if listed else []


def _bullets(items: Iterable[str]) -> str:
    return _element("ul", "".join(_element("li", item) for item in items))


def _to_unfold(summary: str, inside: str) -> str:
    return f"<details><summary>{_text(summary)}</summary>{inside}</details>"


def _block(lines: list[str]) -> str:
    # It scrolls sideways, so it can be reached and scrolled with the keyboard.
    inside = _element("code", escape("\n".join(lines)))
    return f'<pre tabindex="0">{inside}</pre>'


def _code(text: str) -> str:
    return _element("code", _text(text))


def _element(name: str, inside: str, kind: str = "") -> str:
    """An element around what is markup already."""
    attribute = f' class="{kind}"' if kind else ""
    return f"<{name}{attribute}>{inside}</{name}>"


def _text(text: str) -> str:
    return escape(plain(clipped(text, _LONGEST_TEXT)))
