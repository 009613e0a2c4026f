"""The words of a comparison: how many queries before and after, and what became of findings."""

from __future__ import annotations

from querylens.model import Finding, Report, RouteTotals
from querylens.model.comparison import ComparedRoute, Comparison, KeptFinding
from querylens.reporters._words import queries, trace_noun

#: What there is no name for, as the requests of most logs.
_UNNAMED = "(no name)"


def headline(comparison: Comparison) -> str:
    """All in one line: `2 routes: 41 → 18 queries for one request of each, 3 findings gone, …`."""
    gone, new = len(comparison.gone), len(comparison.new)
    return f"{_change(comparison)}, {_counted(gone, 'finding')} gone, {new:,} new"


def _change(comparison: Comparison) -> str:
    noun, places = nouns(comparison)
    count = len(comparison.routes)
    if not count:
        return f"no {places} in both"
    before, after = comparison.typical
    where = f"a {noun}" if count == 1 else f"for one {noun} of each"
    # A test, a command or a task has no route: its name is its own.
    return f"{_counted(count, places)}: {before:,} → {after:,} queries {where}"


def nouns(comparison: Comparison) -> tuple[str, str]:
    """What one trace is called, and what traces of one name are."""
    found = {trace_noun(report, 1) for report in (comparison.before, comparison.after)}
    noun = found.pop() if len(found) == 1 else "trace"
    return noun, "route" if noun == "request" else "name"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def name_of(name: str) -> str:
    """The route's name, or that there is none."""
    return name or _UNNAMED


def number(route: RouteTotals | None) -> str:
    """`16`, or `16 (worst 34)` where not all traces sent as many."""
    if route is None:
        return ""
    worst = f" (worst {route.worst:,})" if route.worst != route.typical else ""
    return f"{route.typical:,}{worst}"


def cells(route: ComparedRoute) -> tuple[str, str, str, str]:
    """A line of the scoreboard: name, before, after, saved."""
    saved = route.saved or 0
    return (name_of(route.name), number(route.before), number(route.after), f"{saved:,}")


def traces(report: Report) -> str:
    """`3 requests`."""
    count = report.totals.traces
    return f"{count:,} {trace_noun(report, count)}"


def subject(finding: Finding) -> str:
    """What it is about: a relation, a model and the access, or the rule."""
    return (finding.cause.subject if finding.cause else "") or finding.rule.name


def where(finding: Finding) -> str:
    """Its line of code, or the route that a log tells."""
    return str(finding.call_site) if finding.call_site else finding.route


def sent(finding: Finding) -> str:
    """How many queries, at worst."""
    return queries(finding.count)


def kept_change(kept: KeptFinding) -> str:
    """`8 queries`, or `8 → 12 queries` where they are not as many."""
    if kept.before.count == kept.after.count:
        return queries(kept.after.count)
    return f"{kept.before.count:,} → {queries(kept.after.count)}"


def findings_by_fate(comparison: Comparison) -> list[tuple[str, list[tuple[Finding, str]]]]:
    """What became of those that are not new: a heading, and each finding with its number."""
    _, places = nouns(comparison)
    groups = [
        ("gone", comparison.gone),
        (f"not seen again, and no {places} of theirs was recorded", comparison.unseen),
        ("suppressed now", comparison.suppressed),
    ]
    found = [(title, [(item, sent(item)) for item in items]) for title, items in groups]
    found.append(("unchanged", [(item.after, kept_change(item)) for item in comparison.kept]))
    return [(title, items) for title, items in found if items]
