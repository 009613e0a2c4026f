"""Findings as the page shows them: each a card of plain values for a template."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from querylens import source
from querylens.django.inspector import statements
from querylens.model import Finding, Place, Report
from querylens.reporters._plain import clipped, plain, plain_lines
from querylens.reporters._steps import Step, steps
from querylens.reporters._words import (
    change,
    duration,
    evidence,
    fingerprint_of,
    in_words,
    lines_to_show,
    notes,
)

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

_LINES_AROUND = 2
_MOST_LINES = 40
_LONGEST_CODE = 10_000
_MOST_VALUES = 50
_MOST_CARDS = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A line of source; `is_meant` tells it from those around it."""

    number: int
    text: str
    is_meant: bool


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A place and the lines around it."""

    label: str
    where: str
    function: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Copyable:
    """Code to type, and the id of the element to copy it from."""

    id: str
    words: str
    where: str
    code: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One query of a group: its position among the request's, and its values."""

    position: int
    values: str
    duration: str


@dataclass(frozen=True, slots=True)
class Card:
    """A finding. `statement` is markup already; everything else is text."""

    finding: Finding
    id: str
    change: str
    evidence: str
    excerpts: tuple[Excerpt, ...]
    fix: str
    steps: tuple[Copyable, ...]
    imports: tuple[Copyable, ...]
    notes: tuple[str, ...]
    alternatives: tuple[str, ...]
    statement: SafeString | str
    whole: SafeString | str
    duration: str
    sent: tuple[Sent, ...]
    more: int


def cards(report: Report, positions: dict[int, int]) -> list[Card]:
    """A card for each finding; `positions` are those of the queries in the trace, by identity."""
    found = report.findings[:_MOST_CARDS]
    return [_card(finding, number, positions) for number, finding in enumerate(found, 1)]


def _card(finding: Finding, number: int, positions: dict[int, int]) -> Card:
    fix = finding.fix
    sql = _sql(finding)
    queries = finding.group.queries
    return Card(
        finding=finding,
        id=f"finding-{number}",
        change=change(finding),
        evidence=evidence(finding),
        excerpts=tuple(_excerpt(label, place) for label, place in lines_to_show(finding)),
        fix=in_words(fix),
        steps=tuple(_copyable(step, f"{number}-{n}") for n, step in enumerate(steps(fix), 1)),
        imports=tuple(
            Copyable(f"import-{number}-{n}", "needs", "", plain(statement))
            for n, statement in enumerate(fix.imports, 1)
        ),
        notes=notes(fix),
        alternatives=tuple(
            " ".join(other.code.split()) or other.kind for other in fix.alternatives
        ),
        statement=statements.laid_out(sql) if sql else "",
        whole=statements.whole(sql) if sql else "",
        duration=duration(finding.group.duration_ns),
        sent=tuple(
            Sent(
                positions.get(id(query), 0),
                statements.values(query),
                statements.duration(query.duration_ns),
            )
            for query in queries[:_MOST_VALUES]
        ),
        more=max(len(queries) - _MOST_VALUES, 0),
    )


def _sql(finding: Finding) -> str:
    """The first statement as it was sent: the others are like it."""
    if finding.group.queries:
        return str(finding.group.queries[0].sql)
    found = fingerprint_of(finding.group)
    return found.text if found else ""


def _copyable(step: Step, number: str) -> Copyable:
    code = "\n".join(plain_lines(clipped(step.code, _LONGEST_CODE)))
    return Copyable(f"fix-{number}", step.words.strip(), step.where, code)


def _excerpt(label: str, place: Place) -> Excerpt:
    is_named = place.function and place.function != "<module>"
    return Excerpt(
        label=label,
        where=str(place),
        function=place.function if is_named else "",
        lines=tuple(_lines(place))[:_MOST_LINES],
    )


def _lines(place: Place) -> Iterator[Line]:
    """The lines around the place; its own code alone where the file is not, or is another."""
    last = max(place.end_line, place.line)
    start = max(place.line - _LINES_AROUND, 1)
    around = source.text(place.path, start, last + _LINES_AROUND) if place.path else ""
    if not around:
        start, around = place.line, place.code or place.tag
    for number, text in enumerate(_split(around.rstrip()), start):
        yield Line(number, text, place.line <= number <= last)


def _split(text: str) -> Sequence[str]:
    return plain_lines(clipped(text, _LONGEST_CODE)) if text else ()
