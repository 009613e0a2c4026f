"""From what was found in source to the report: what was seen too, silenced, or not changed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from querylens.config import Config
from querylens.engine import overlaps, split
from querylens.lint.agreement import by_place, missed, missed_words, raised
from querylens.lint.changes import ChangedLines
from querylens.lint.linted import LINT_CODES, Linted
from querylens.model import Report
from querylens.suppressions import Suppressions


def report_of(
    linted: Linted,
    config: Config,
    *,
    seen: Report | None = None,
    changed: ChangedLines | None = None,
) -> Report:
    """The findings by place, without those that comments or the configuration silence.

    `seen` is what traces told: see `agreement`. With `changed`, what stands on no changed line is
    left out, the complaints about needless comments too.
    """
    found = sorted(linted.findings, key=by_place)
    suppressions = Suppressions(config)
    remarks: list[str] = []
    if seen is not None:
        for item in seen.suppressed:
            suppressions.match(item.finding)
        everything = (*seen.findings, *(item.finding for item in seen.suppressed))
        remarks += map(missed_words, missed(found, seen.findings, linted.files))
        found = raised(found, everything)
    kept, silenced = split(found, suppressions)
    if changed is not None:
        kept = list(filter(changed.touches, kept))
        silenced = [item for item in silenced if changed.touches(item.finding)]
    unused = suppressions.unused(
        linted.files, codes=LINT_CODES, is_asked=partial(_is_asked, linted, changed)
    )
    return Report(
        findings=tuple(kept),
        traces=(),
        suppressed=tuple(silenced),
        remarks=(*_unread(linted), *unused, *remarks, *overlaps(kept)),
        read=linted.totals,
    )


def _is_asked(
    linted: Linted, changed: ChangedLines | None, file: str, first: int, last: int
) -> bool:
    """Whether a comment can be called needless: not beside what was not followed."""
    if changed is not None and not changed.holds(file, first, last):
        return False
    places = (item.place for item in linted.not_followed)
    return not any(place.file == file and first <= place.line <= last for place in places)


def _unread(linted: Linted) -> Iterator[str]:
    if linted.problems:
        count = len(linted.problems)
        noun = "1 problem" if count == 1 else f"{count:,} problems"
        yield f"{noun} with the source, told on stderr: what could not be read is not linted"
