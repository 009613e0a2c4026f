"""The lines of a failure: plain text, paths as an editor in the current directory finds them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from querylens.model import Edit, Finding, Fix, Place, Query
from querylens.reporters._page import Page
from querylens.reporters._repeated import short_statement
from querylens.reporters._steps import steps
from querylens.reporters._words import change, duration, in_words, lines_to_show, notes

_MOST_STATEMENTS = 40
_MOST_PLACES = 5
_MOST_CAVEATS = 5


class FailurePage:
    """What a failed assertion shows, from the verdict down; `width` is in cells."""

    def __init__(self, width: int) -> None:
        self._page = Page(width, color=False)

    def render(self) -> str:
        """The whole text, without a line break at its end."""
        return self._page.render().rstrip("\n")

    def verdict(self, text: str, info: str) -> None:
        """What went wrong, and what the test's author says about it."""
        self._page.line((text, ""))
        if info:
            self._page.prose(info)

    def findings(self, findings: Sequence[Finding], most: int) -> None:
        """The findings, each with its places and its fix."""
        for finding in findings[:most]:
            self._page.blank()
            self._page.line((f"{change(finding)}  {finding.rule.code} {finding.rule.name}", ""))
            self._explanation(finding)
        self.and_more(len(findings) - most, "finding")

    def growth(self, grown: Finding, behind: Finding | None) -> None:
        """What grew at one place, and the finding that explains it."""
        self._page.blank()
        where = f" at {_from_here(grown.call_site)}" if grown.call_site else ""
        self._page.line((f"{grown.rule.code} {grown.message}{where}", ""))
        if behind is not None:
            self._page.line((f"{behind.rule.code} {behind.rule.name}", ""), indent=2)
            self._explanation(behind)
            return
        if grown.call_site is not None:
            self._page.code(_source(grown.call_site), "", indent=4)
        self._statement("", grown.group.fingerprint.text, 4)

    def and_more(self, count: int, noun: str) -> None:
        """What is left out, when something is."""
        if count > 0:
            self._page.blank()
            self._page.line((f"and {count} more {noun}{'' if count == 1 else 's'}", ""))

    def largest_groups(self, queries: Sequence[Query], told: Iterable[Finding], most: int) -> None:
        """The lines that sent most of the queries which no finding explains."""
        known = {id(query) for finding in told for query in finding.group.queries}
        groups = _grouped(query for query in queries if id(query) not in known)
        if not groups:
            return
        self._page.blank()
        self._page.line((f"{'also' if known else 'most'} sent:", ""))
        for group in groups[:most]:
            self._statement(f"{len(group)}\N{MULTIPLICATION SIGN}", group[0].fingerprint.text, 2)
            self._page.line((f"at {_where(group[0].call_site)}", ""), indent=6)
        self.and_more(len(groups) - most, "place")

    def tree(self, queries: Sequence[Query]) -> None:
        """All counted queries by statement, with the places that sent each."""
        statements: dict[Hashable, list[Query]] = {}
        for query in queries:
            if query.is_counted:
                statements.setdefault(query.fingerprint, []).append(query)
        largest = sorted(statements.values(), key=lambda group: -len(group))
        if not largest:
            return
        self._page.blank()
        self._page.line(("all queries:", ""))
        for group in largest[:_MOST_STATEMENTS]:
            took = duration(sum(query.duration_ns for query in group))
            label = f"{len(group)}\N{MULTIPLICATION SIGN} {took}"
            self._statement(label, group[0].fingerprint.text, 2)
            counted = Counter(_where(query.call_site) for query in group).most_common()
            for place, count in counted[:_MOST_PLACES]:
                self._page.line((f"{count}\N{MULTIPLICATION SIGN} at {place}", ""), indent=6)
            if len(counted) > _MOST_PLACES:
                self._page.line((f"and {len(counted) - _MOST_PLACES} more places", ""), indent=6)
        self.and_more(len(largest) - _MOST_STATEMENTS, "statement")

    def notes(self, remarks: Iterable[str]) -> None:
        """What else is to be known before the fixes are typed."""
        for remark in remarks:
            self._page.blank()
            self._page.prose(remark, label="note: ")

    def gaps(self, gaps: Iterable[str]) -> None:
        """What could not be seen, so that a number is not taken for more than it is."""
        for gap in dict.fromkeys(gaps):
            self._page.blank()
            self._page.prose(gap, label="not seen: ")

    def _explanation(self, finding: Finding) -> None:
        self._page.prose(finding.message, indent=2)
        for label, place in lines_to_show(finding):
            name = f" in {place.function}" if place.function not in ("", "<module>") else ""
            where = f"{label.ljust(8)}  {_from_here(place)}{name}"
            self._page.line((where, ""), indent=2)
            if label != "from":
                self._page.code(_source(place), "", indent=12)
        if finding.call_site is None:
            self._page.line(("access    no line of project code", ""), indent=2)
        self._fix(_fix_from_here(finding.fix))

    def _fix(self, fix: Fix) -> None:
        sentence = in_words(fix)
        if sentence:
            self._page.prose(sentence, label="fix: ", indent=2)
        label = "and: " if sentence else "fix: "
        for step in steps(fix):
            self._page.line((f"{label}{step.words}{step.where}", ""), indent=2)
            self._page.paste(step.code, "", indent=0 if step.is_whole_lines else 4)
            label = "and: "
        for statement in fix.imports:
            self._page.line((f"needs {statement}", ""), indent=2)
        for caveat in notes(fix)[:_MOST_CAVEATS]:
            self._page.prose(caveat, label="note: ", indent=2)

    def _statement(self, label: str, text: str, indent: int) -> None:
        """One line of SQL, its select list elided, cut to the width."""
        [statement] = short_statement(text, len(text) + 1)[:1]
        self._page.code(f"{label} {statement}".lstrip(), "", indent=indent, most_lines=1)


def _grouped(queries: Iterable[Query]) -> list[list[Query]]:
    groups: dict[Hashable, list[Query]] = {}
    for query in queries:
        if query.is_counted:
            groups.setdefault((query.fingerprint, query.call_site), []).append(query)
    return sorted(groups.values(), key=lambda group: -len(group))


def _where(place: Place | None) -> str:
    return str(_from_here(place)) if place is not None else "no line of project code"


def _source(place: Place) -> str:
    return place.code or place.tag


def _from_here(place: Place) -> Place:
    """The place with its path from the current directory, or whole when it lies elsewhere."""
    if not place.path:
        return place
    path = Path(place.path)
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return replace(place, file=os.fspath(shown))


def _fix_from_here(fix: Fix) -> Fix:
    return replace(
        fix,
        at=_from_here(fix.at) if fix.at else None,
        edits=tuple(Edit(edit.code, _from_here(edit.at)) for edit in fix.edits),
    )
