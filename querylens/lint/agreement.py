"""What was seen at run time speaks for what was read in source, and tells what was not read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from querylens.model import Finding, GroupTotals

_Key = tuple[str, str, str]


def raised(found: Iterable[Finding], seen: Iterable[Finding]) -> list[Finding]:
    """The findings of source; those that were seen too with that evidence and its numbers."""
    by_key: dict[_Key, list[Finding]] = {}
    for finding in seen:
        by_key.setdefault(finding.key, []).append(finding)
    return [
        _with_numbers(finding, by_key[finding.key]) if finding.key in by_key else finding
        for finding in found
    ]


def _with_numbers(finding: Finding, same: list[Finding]) -> Finding:
    """A function may have several places of one key: then the line decides, else the worst."""
    line = finding.call_site.line if finding.call_site else 0
    on_line = [other for other in same if other.call_site and other.call_site.line == line]
    best = max(on_line or same, key=lambda other: other.count)
    return replace(
        finding,
        evidence=best.evidence,
        group=GroupTotals.of(best.group),
        count=best.count,
        saved=best.saved,
        scopes=best.scopes,
        remaining=best.remaining,
        tally=best.tally,
        agreed_by=best.agreed_by,
    )


def missed(
    found: Iterable[Finding], seen: Iterable[Finding], files: Collection[str]
) -> Iterator[Finding]:
    """What was seen in these files and not found in their source, each key once, by place."""
    known = {finding.key for finding in found}
    for finding in sorted(seen, key=by_place):
        if finding.call_site is None or finding.call_site.file not in files:
            continue
        if finding.key not in known:
            known.add(finding.key)
            yield finding


def missed_words(finding: Finding) -> str:
    """A remark on what was seen and not found."""
    place = finding.call_site
    function = f" in {place.function}" if place is not None and place.function else ""
    return f"seen, not found in source: {finding.rule.code} {finding.message} at {place}{function}"


def by_place(finding: Finding) -> tuple[str, int, int, str]:
    """The order of findings that are read in source: by file, line and rule."""
    place = finding.call_site
    if place is None:
        return ("", 0, 0, finding.rule.code)
    return (place.file, place.line, place.column or 0, finding.rule.code)
