"""Two requests side by side: what went away, what stayed, and the scoreboard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from querylens.django.inspector import statements
from querylens.django.inspector.recent import Opened
from querylens.model import Finding
from querylens.reporters._words import duration

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

_MOST_STATEMENTS = 200


@dataclass(frozen=True, slots=True)
class Score:
    """A line of the scoreboard; `is_better` is None where nothing changed."""

    name: str
    before: str
    after: str
    saved: str
    is_better: bool | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement, without its values, and how often each of the two sent it."""

    statement: SafeString
    whole: SafeString
    before: int
    after: int

    @property
    def saved(self) -> int:
        """How many fewer there are; less than nothing for more."""
        return self.before - self.after


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a change came to. Findings are the same when rule, subject and place are."""

    scores: tuple[Score, ...]
    gone: tuple[Finding, ...]
    stayed: tuple[Finding, ...]
    new: tuple[Finding, ...]
    fewer: tuple[Sent, ...]
    equal: tuple[Sent, ...]
    more: tuple[Sent, ...]


def compared(before: Opened, after: Opened) -> Comparison:
    """What is different between two requests."""
    known = {finding.key for finding in before.report.findings}
    left = {finding.key for finding in after.report.findings}
    sent = list(_sent(before, after))
    return Comparison(
        scores=tuple(_scores(before, after)),
        gone=tuple(item for item in before.report.findings if item.key not in left),
        stayed=tuple(item for item in after.report.findings if item.key in known),
        new=tuple(item for item in after.report.findings if item.key not in known),
        fewer=_most_changed(item for item in sent if item.saved > 0),
        equal=_most_changed(item for item in sent if item.saved == 0),
        more=_most_changed(item for item in sent if item.saved < 0),
    )


def _scores(before: Opened, after: Opened) -> Iterable[Score]:
    old, new = before.entry.totals, after.entry.totals
    numbers = (
        ("queries", old.queries, new.queries),
        ("similar", old.similar, new.similar),
        ("duplicated", old.duplicated, new.duplicated),
        ("findings", len(before.entry.findings), len(after.entry.findings)),
    )
    for name, was, is_now in numbers:
        yield _score(name, was, is_now, str)
    yield _score("time in the database", old.duration_ns, new.duration_ns, duration)
    yield _score("time in all", before.entry.duration_ns, after.entry.duration_ns, duration)


def _score(name: str, was: int, is_now: int, write: Callable[[int], str]) -> Score:
    better = None if was == is_now else is_now < was
    return Score(name, write(was), write(is_now), write(was - is_now), better)


def _sent(before: Opened, after: Opened) -> Iterable[Sent]:
    counts = [
        Counter((query.alias, query.fingerprint.text) for query in each.trace if query.is_counted)
        for each in (before, after)
    ]
    for key in dict.fromkeys([*counts[0], *counts[1]]):
        yield Sent(
            statements.in_one_line(key[1]), statements.whole(key[1]), counts[0][key], counts[1][key]
        )


def _most_changed(sent: Iterable[Sent]) -> tuple[Sent, ...]:
    return tuple(sorted(sent, key=lambda item: -abs(item.saved))[:_MOST_STATEMENTS])
