"""Markdown for a comment on a pull request, and for the summary of a step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from querylens.model import Finding, Place, Report, Suppressed, Totals
from querylens.reporters._markup import code, escaped, fenced
from querylens.reporters._plain import plain_lines
from querylens.reporters._steps import steps
from querylens.reporters._words import (
    busiest,
    duration,
    fingerprint_of,
    headline_words,
    in_words,
    language,
    lines_to_show,
    notes,
    places,
    queries,
    tally_words,
    verdict,
)

#: GitHub refuses a comment of more than 65,536.
_LIMIT = 65_000
#: Kept for the sentences that say what was left out.
_RESERVE = 500
_MOST_ROWS = 100
_MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class MarkdownReporter:
    """Writes at most `limit` bytes: details of the findings that save least are left out first."""

    name: ClassVar[str] = "markdown"

    limit: int = _LIMIT

    def render(self, report: Report) -> str:
        """The headline, a table of the findings, and the details of each to unfold."""
        page = _Page(self.limit - _RESERVE)
        page.add(_head(report))
        if report.findings:
            _add_table(page, report)
        left_out = page.add_all(_details(finding, report) for finding in report.findings)
        if left_out:
            page.force(f"\nThe details of {left_out} of the findings did not fit.\n")
        if not page.add_all(filter(None, [_suppressed(report), _remarks(report)])):
            page.add(_busiest(report))
        return page.text


class _Page:
    """Text that grows up to a number of bytes."""

    def __init__(self, room: int) -> None:
        self.text = ""
        self._room = room

    def add(self, part: str) -> bool:
        """Adds the part if it fits."""
        size = len(part.encode())
        if size > self._room:
            return False
        self.text += part
        self._room -= size
        return True

    def add_all(self, parts: Iterable[str]) -> int:
        """Adds parts up to the first that does not fit; how many were left out."""
        parts = iter(parts)
        for part in parts:
            if not self.add(part):
                return 1 + sum(1 for _ in parts)
        return 0

    def force(self, part: str) -> None:
        """Adds a short part from what was kept for it."""
        self.text += part


def _head(report: Report) -> str:
    return (
        f"<!-- querylens -->\n## querylens: {report.headline}\n\n"
        f"{escaped(headline_words(report))}\n"
    )


def _add_table(page: _Page, report: Report) -> None:
    is_counted = any(finding.count for finding in report.findings)
    numbers = ("| queries | could go ", "|---:|---:") if is_counted else ("", "")
    page.add("\n| what | place {}| fix |\n|---|---{}|---|\n".format(*numbers))
    shown = report.findings[:_MOST_ROWS]
    rows = (_row(finding, is_counted) for finding in shown)
    left_out = page.add_all(rows) + len(report.findings) - len(shown)
    if left_out:
        page.force(
            f"\n{left_out} more {'finding is' if left_out == 1 else 'findings are'} not listed.\n"
        )


def _row(finding: Finding, is_counted: bool) -> str:
    place = next((str(place) for _, place in places(finding)), "")
    cells = [
        f"[{finding.rule.code}]({finding.rule.url}) {escaped(_subject(finding))}",
        code(place),
        *(_numbers(finding) if is_counted else ()),
        code(_first_line(finding)),
    ]
    return f"| {' | '.join(cells)} |\n"


def _numbers(finding: Finding) -> tuple[str, str]:
    """The queries and how many could go; empty where none was sent."""
    if not finding.count:
        return "", ""
    tally = finding.tally
    return str(tally.queries if tally else finding.count), str(finding.saved)


def _subject(finding: Finding) -> str:
    return (finding.cause.subject if finding.cause else "") or finding.rule.name


def _first_line(finding: Finding) -> str:
    """The fix if it is short, else what kind of fix it is."""
    lines = finding.fix.code.strip().splitlines()
    if len(lines) == 1 and len(lines[0]) <= 80:
        return lines[0]
    return "" if finding.fix.kind == "none" else finding.fix.kind


def _details(finding: Finding, report: Report) -> str:
    summary = f"{finding.rule.code} {escaped(finding.rule.name)}: {escaped(verdict(finding))}"
    return _folded(summary, _detail_blocks(finding, report))


def _detail_blocks(finding: Finding, report: Report) -> Iterator[str]:
    yield f"**what** {escaped(finding.message)}"
    if finding.tally is not None:
        yield f"**seen** {escaped(tally_words(finding.tally, report))}"
    for label, place in lines_to_show(finding):
        yield f"**{label}** {_where(place)}"
        if source := place.code or place.tag:
            yield fenced(plain_lines(source), language(place))
    fingerprint = fingerprint_of(finding.group)
    if fingerprint is not None:
        yield f"**SQL**, {duration(finding.group.duration_ns)}"
        yield fenced(plain_lines(" ".join(fingerprint.text.split())), "sql")
    yield from _fix_blocks(finding)


def _fix_blocks(finding: Finding) -> Iterator[str]:
    fix = finding.fix
    if sentence := in_words(fix):
        yield f"**fix** {escaped(sentence)}"
    for step in steps(fix):
        yield f"**fix** {escaped(step.words.strip())} {code(step.where)}"
        yield fenced(plain_lines(step.code), language(step.at))
    if fix.imports:
        yield "**needs** " + " ".join(map(code, fix.imports))
    for caveat in notes(fix):
        yield f"**note** {escaped(caveat)}"
    for other in fix.alternatives:
        yield f"**or** {code(' '.join(other.code.split()) or other.kind)}"


def _where(place: Place) -> str:
    is_named = place.function and place.function != "<module>"
    return code(str(place)) + (f" in {code(place.function)}" if is_named else "")


def _suppressed(report: Report) -> str:
    items = [_suppressed_item(item) for item in report.suppressed[:_MOST_LISTED]]
    return _list(f"{len(report.suppressed)} suppressed", items, len(report.suppressed))


def _suppressed_item(item: Suppressed) -> str:
    finding = item.finding
    place = f" at {code(str(finding.call_site))}" if finding.call_site else ""
    reason = escaped(item.reason or "no reason given")
    return f"{finding.rule.code} {escaped(finding.rule.name)}{place}: {reason}"


def _remarks(report: Report) -> str:
    items = [f"note: {escaped(remark)}" for remark in report.remarks[:_MOST_LISTED]]
    return _list("Notes", items, len(report.remarks))


def _busiest(report: Report) -> str:
    if report.folded is None:
        return ""
    items = [_busiest_item(*item) for item in busiest(report)[:_MOST_LISTED]]
    return _list("Most queries", items, len(items))


def _busiest_item(name: str, totals: Totals) -> str:
    return f"{queries(totals.queries)}, {totals.duplicated} duplicated: {code(name)}"


def _list(summary: str, items: list[str], count: int) -> str:
    if not items:
        return ""
    lines = [f"- {item}" for item in items]
    if count > len(items):
        lines.append(f"- and {count - len(items)} more")
    return _folded(summary, ["\n".join(lines)])


def _folded(summary: str, blocks: Iterable[str]) -> str:
    inside = "\n\n".join(blocks)
    return f"\n<details><summary>{summary}</summary>\n\n{inside}\n\n</details>\n"
