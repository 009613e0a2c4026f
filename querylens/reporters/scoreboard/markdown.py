"""The scoreboard of two recordings as Markdown, for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from querylens.model import Finding, RouteTotals
from querylens.model.comparison import Comparison
from querylens.reporters._markup import code, escaped, fenced
from querylens.reporters._plain import plain_lines
from querylens.reporters._steps import steps
from querylens.reporters._words import in_words, language
from querylens.reporters.scoreboard import words

#: GitHub refuses a comment of more than 65,536.
_LIMIT = 65_000
_RESERVE = 300
_MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class MarkdownScoreboard:
    """Writes at most `limit` bytes: what comes last is left out first."""

    limit: int = _LIMIT

    def render(self, comparison: Comparison) -> str:
        """The headline, the scoreboard, new findings with their fixes, and the others by line."""
        text, left_out = "", 0
        room = self.limit - _RESERVE
        for part in _parts(comparison):
            room -= len(part.encode())
            if room < 0 or left_out:
                left_out += 1
            else:
                text += part
        if left_out:
            text += f"\n{left_out:,} more lines did not fit.\n"
        return text


def _parts(comparison: Comparison) -> Iterator[str]:
    """Pieces that may each be the last one."""
    yield (
        f"<!-- querylens diff -->\n## querylens: {words.headline(comparison)}\n\n"
        f"{words.traces(comparison.before)} before, {words.traces(comparison.after)} after\n"
    )
    yield from _table(comparison)
    yield from _missing("only before", comparison.only_before)
    yield from _missing("only after", comparison.only_after)
    if comparison.new:
        yield f"\n### {len(comparison.new):,} new\n\n"
    for finding in comparison.new:
        yield from _new(finding)
    for title, items in words.findings_by_fate(comparison):
        yield f"\n### {len(items):,} {title}\n\n"
        yield from _limited((_line(finding, number) for finding, number in items), len(items))
    if comparison.remarks:
        yield "\n### Notes\n\n"
    yield from (f"- note: {escaped(remark)}\n" for remark in comparison.remarks)


def _table(comparison: Comparison) -> Iterator[str]:
    if not comparison.routes:
        return
    _, places = words.nouns(comparison)
    yield f"\n| {places} | before | after | saved |\n|---|---:|---:|---:|\n"
    rows = map(words.cells, comparison.routes)
    lines = (f"| {code(row[0])} | {' | '.join(row[1:])} |\n" for row in rows)
    yield from _limited(lines, len(comparison.routes))


def _missing(title: str, routes: tuple[RouteTotals, ...]) -> Iterator[str]:
    if routes:
        yield f"\n### {len(routes):,} {title}, not compared\n\n"
        lines = (
            f"- {words.number(route)}: {code(words.name_of(route.name))}\n" for route in routes
        )
        yield from _limited(lines, len(routes))


def _limited(lines: Iterable[str], count: int) -> Iterator[str]:
    for _, line in zip(range(_MOST_ROWS), lines, strict=False):
        yield line
    if count > _MOST_ROWS:
        yield f"\nand {count - _MOST_ROWS:,} more\n"


def _line(finding: Finding, number: str) -> str:
    rule = finding.rule
    return (
        f"- [{rule.code}]({rule.url}) {escaped(words.subject(finding))}, {number} "
        f"{code(words.where(finding))}\n"
    )


def _new(finding: Finding) -> Iterator[str]:
    """The line of a finding and, below it, what to write: wholly or not at all."""
    text = _line(finding, words.sent(finding)) + f"\n  {escaped(finding.message)}\n"
    if sentence := in_words(finding.fix):
        text += f"\n  **fix** {escaped(sentence)}\n"
    for step in steps(finding.fix):
        text += f"\n  **fix** {escaped(step.words.strip())} {code(step.where)}\n\n"
        block = fenced(plain_lines(step.code), language(step.at))
        text += "".join(f"  {line}\n" for line in block.split("\n"))
    yield text + "\n"
