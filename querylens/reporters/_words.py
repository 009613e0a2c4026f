"""The words that every output has in common: how many, how sure, and where."""

from __future__ import annotations

from collections.abc import Iterator

from querylens.model import (
    Finding,
    Fix,
    GroupTotals,
    Place,
    QueryGroup,
    Report,
    SourceTotals,
    Tally,
    Totals,
)
from querylens.sql import Fingerprint

_EVIDENCE = {
    "source": "read in the source, not counted",
    "seen": "seen {count}\N{MULTIPLICATION SIGN}",
    "loop": "seen {count}\N{MULTIPLICATION SIGN}, in a loop",
    "grows": "seen {count}\N{MULTIPLICATION SIGN}, grows with rows",
    "verified": "seen {count}\N{MULTIPLICATION SIGN}, the fix was tried and counted",
}


def in_words(fix: Fix) -> str:
    """The fix as a sentence, where it has no code; else nothing."""
    if fix.kind == "none":
        return "none that can be written for you"
    return fix.caveats[0] if fix.caveats and not fix.code else ""


def notes(fix: Fix) -> tuple[str, ...]:
    """What else is to be known of a fix."""
    return fix.caveats[1:] if fix.kind != "none" and in_words(fix) else fix.caveats


def places(finding: Finding) -> Iterator[tuple[str, Place]]:
    """The finding's places by name, each once, those of Python behind a template among them."""
    shown: set[Place] = set()
    for label, place in (
        ("access", finding.call_site),
        ("loop", finding.loop),
        ("queryset", finding.origin),
    ):
        if place is not None and place not in shown:
            yield label, place
            shown.add(place)
            if place.python is not None and place.python not in shown:
                yield "from", place.python
                shown.add(place.python)


def lines_to_show(finding: Finding) -> Iterator[tuple[str, Place]]:
    """Its places without those that would show the same line of source again."""
    shown: set[tuple[str, str]] = set()
    for label, place in places(finding):
        if (str(place), place.code) not in shown:
            shown.add((str(place), place.code))
            yield label, place


def language(place: Place | None) -> str:
    """What the source at a place is written in; Python where nothing else is known."""
    return "html+django" if place is not None and place.template else "python"


def fingerprint_of(group: QueryGroup | GroupTotals) -> Fingerprint | None:
    """What the statements have in common, without a single value; None when none was sent."""
    if isinstance(group, QueryGroup) and not group.queries:
        return None
    return group.fingerprint or None


def queries(count: int) -> str:
    """A number of queries."""
    return f"{count} {'query' if count == 1 else 'queries'}"


def duration(nanoseconds: int) -> str:
    """Nanoseconds as milliseconds."""
    return f"{nanoseconds / 1e6:.1f} ms"


def change(finding: Finding) -> str:
    """How many queries, and how many are left after the fix; nothing where none was sent."""
    if not finding.count:
        return ""
    return queries(finding.count) + (f" → {finding.left}" if finding.saved else "")


def verdict(finding: Finding) -> str:
    """How many queries, and how sure that is."""
    return ", ".join(filter(None, (change(finding), evidence(finding))))


def evidence(finding: Finding) -> str:
    """How sure it is, and who agrees."""
    scopes = finding.scopes > 1 and finding.tally is None
    also = f", in {finding.scopes} scopes" if scopes else ""
    agreed = "".join(f", {tool} agrees" for tool in finding.agreed_by)
    return f"{_EVIDENCE[finding.evidence].format(count=finding.count)}{also}{agreed}"


def trace_noun(report: Report, count: int) -> str:
    """`test`, `request` or whatever all traces were, else `trace`; with an s for many."""
    kinds = {trace.kind for trace in report.busiest} | {trace.kind for trace in report.traces}
    kind = kinds.pop() if len(kinds) == 1 else ""
    noun = kind if kind in {"test", "request", "command", "task", "block"} else "trace"
    return noun if count == 1 else f"{noun}s"


def tally_words(tally: Tally, report: Report) -> str:
    """`in 3 tests, typically 5 queries, at worst 8 (test_list), 18 in all`."""
    noun = trace_noun(report, tally.traces)
    if tally.traces == 1:
        named = f" ({tally.examples[0][1]})" if tally.examples[0][1] else ""
        return f"in 1 {noun}{named}"
    worst, name, _ = tally.examples[0]
    named = f" ({name})" if name else ""
    if len(tally.counts) == 1:
        return f"in {tally.traces} {noun}, {queries(worst)} in each{named}, {tally.queries} in all"
    return (
        f"in {tally.traces} {noun}, typically {queries(tally.typical)}, "
        f"at worst {worst}{named}, {tally.queries} in all"
    )


def headline_words(report: Report) -> str:
    """The line below the headline: what was looked at, in numbers."""
    if report.read is not None:
        return in_numbers(report)
    count = report.totals.traces
    return f"{count} {trace_noun(report, count)}: {in_numbers(report)}"


def in_numbers(report: Report) -> str:
    """What was read of the source, or else what all traces add up to."""
    return _read_words(report.read) if report.read else total_words(report.totals)


def _read_words(read: SourceTotals) -> str:
    """`9 Python files and 3 templates, 3,400 lines; not followed in 41 places, which -v lists`."""
    files = [
        _number(read.files - read.templates, "Python file"),
        *([_number(read.templates, "template")] if read.templates else []),
    ]
    unsure = f"; not followed in {_number(read.not_followed, 'place')}, which -v lists"
    lines = _number(read.lines, "line")
    return f"{' and '.join(files)}, {lines}{unsure if read.not_followed else ''}"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else f'{noun}s'}"


def total_words(totals: Totals, shares: str = "") -> str:
    """What traces add up to, in a line: `7 queries (+2 transaction), 5 similar, …`.

    `shares` tells how the queries are shared between databases.
    """
    uncounted = {"transaction": totals.transactions, "set-up": totals.setup}
    besides = ", ".join(f"+{count} {name}" for name, count in uncounted.items() if count)
    return ", ".join(
        [
            queries(totals.queries) + (f" ({besides})" if besides else ""),
            *([shares] if shares else []),
            f"{totals.similar} similar",
            f"{totals.duplicated} duplicated",
            duration(totals.duration_ns),
        ]
    )


def busiest(report: Report) -> list[tuple[str, Totals]]:
    """Each trace that is known by name, those with most queries first."""
    if report.folded is not None:
        return [(trace.name or trace.kind, trace.totals) for trace in report.busiest]
    traces = sorted(report.traces, key=len, reverse=True)
    return [(trace.name or trace.kind, Totals.of(trace)) for trace in traces]
