"""The scoreboard of two recordings for a terminal: routes before and after, and new findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rich.cells import cell_len

from querylens.model import Finding, RouteTotals
from querylens.model.comparison import Comparison
from querylens.reporters._page import Page
from querylens.reporters._plain import plain
from querylens.reporters.scoreboard import words
from querylens.reporters.terminal import TerminalReporter

_MOST_ROUTES = 50
_MOST_LISTED = 50
_MOST_IN_FULL = 20
_GAP = 2


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """Shows a comparison on a terminal `width` cells wide."""

    width: int = 100
    color: bool = True

    def render(self, comparison: Comparison) -> str:
        """The headline, the scoreboard, the new findings in full, and the others by line."""
        page = Page(self.width, self.color)
        page.line((words.headline(comparison), "bold"))
        page.prose(
            f"{words.traces(comparison.before)} before, {words.traces(comparison.after)} after",
            style="dim",
        )
        _add_routes(page, comparison)
        _add_missing(page, "only before", comparison.only_before)
        _add_missing(page, "only after", comparison.only_after)
        return page.render() + self._new(comparison) + self._others(comparison)

    def _new(self, comparison: Comparison) -> str:
        if not comparison.new:
            return ""
        page = Page(self.width, self.color)
        page.line(("", ""))
        page.line((f"{len(comparison.new):,} new", "bold"))
        shown = comparison.new[:_MOST_IN_FULL]
        report = replace(comparison.after, findings=shown)
        details = TerminalReporter(self.width, self.color, show_params=False)
        text = page.render() + "\n" + details.render_findings(report)
        if rest := comparison.new[_MOST_IN_FULL:]:
            more = Page(self.width, self.color)
            more.line(("", ""))
            _add_findings(more, [(finding, words.sent(finding)) for finding in rest])
            text += more.render()
        return text

    def _others(self, comparison: Comparison) -> str:
        page = Page(self.width, self.color)
        for title, items in words.findings_by_fate(comparison):
            page.line(("", ""))
            page.line((f"{len(items):,} {title}", "bold"))
            _add_findings(page, items)
        strangers = sum(map(comparison.is_of_new_route, comparison.new))
        if comparison.remarks or strangers:
            page.line(("", ""))
        if strangers:
            _, places = words.nouns(comparison)
            page.prose(
                f"{strangers:,} of the new findings: their {places} was not recorded before",
                label="note: ",
            )
        for remark in comparison.remarks:
            page.prose(remark, label="note: ")
        return page.render()


def _add_routes(page: Page, comparison: Comparison) -> None:
    if not comparison.routes:
        return
    page.blank()
    _, places = words.nouns(comparison)
    rows = [(places, "before", "after", "saved")]
    rows += [words.cells(route) for route in comparison.routes[:_MOST_ROUTES]]
    numbers = [max(cell_len(row[column]) for row in rows) for column in (1, 2, 3)]
    room = max(page.width - sum(numbers) - _GAP * len(numbers), 20)
    names = min(max(cell_len(plain(row[0])) for row in rows), room)
    for place, row in enumerate(rows):
        _add_row(page, row, names, numbers, "dim" if place == 0 else "")
    _add_rest(page, len(comparison.routes) - _MOST_ROUTES, "that changed less")


def _add_row(page: Page, row: tuple[str, ...], names: int, numbers: list[int], style: str) -> None:
    """A name that is too long has a line of its own, for it is to be read whole."""
    name = plain(row[0])
    if cell_len(name) > names:
        page.line((name, style))
        name = ""
    shown = name + " " * (names - cell_len(name))
    for text, width in zip(row[1:], numbers, strict=True):
        shown += " " * _GAP + text.rjust(width)
    page.line((shown, style))


def _add_missing(page: Page, title: str, routes: tuple[RouteTotals, ...]) -> None:
    if not routes:
        return
    page.blank()
    page.line((f"{len(routes):,} {title}, not compared", "bold"))
    for route in routes[:_MOST_LISTED]:
        page.line((f"{words.number(route):>6}  ", "dim"), (words.name_of(route.name), ""), indent=2)
    _add_rest(page, len(routes) - _MOST_LISTED, "with fewer queries")


def _add_findings(page: Page, items: Iterable[tuple[Finding, str]]) -> None:
    items = list(items)
    for finding, number in items[:_MOST_LISTED]:
        page.line(
            (finding.rule.code, "cyan"),
            (f"  {number}  {words.subject(finding)}  ", ""),
            (words.where(finding), "cyan"),
            indent=2,
        )
    _add_rest(page, len(items) - _MOST_LISTED, "that save less")


def _add_rest(page: Page, count: int, kind: str) -> None:
    if count > 0:
        page.line((f"and {count:,} more {kind}", "dim"), indent=2)
