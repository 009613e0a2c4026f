"""The worst example of each thing that recordings repeat, judged by the rules."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from querylens.audit.duplicates import Duplicates
from querylens.audit.fold import Fold, Repeat
from querylens.audit.kinds import subject_of
from querylens.audit.recorded import Recorded, read_again
from querylens.config import Config
from querylens.engine import check
from querylens.model import (
    Finding,
    Query,
    QueryGroup,
    Report,
    Summary,
    Suppressed,
    Tally,
    Totals,
)
from querylens.rules import DuplicatedQuery
from querylens.rules.relation_fetched_by_query import RelationFetchedByQuery
from querylens.suppressions import Suppressions
from querylens.traces import TraceFormatError
from querylens.traces.decoding import Decoder

_OF_DUPLICATES = (DuplicatedQuery.info.code, RelationFetchedByQuery.info.code)
_NO_TALLY = Tally(0, 0, 0, 0, (), ())


def rejudge(
    fold: Fold,
    recorded: Mapping[Recorded, Sequence[tuple[Hashable, Repeat]]],
    config: Config,
    summary: Summary,
) -> None:
    """Adds a finding of each thing that recordings repeat, by the trace that repeats it most.

    What silenced nothing, here and where traces were judged before, is told on lines of which the
    rules were asked.
    """
    decoder, suppressions, lines = Decoder(config), Suppressions(config, fold.used), fold.lines
    for line, data in read_again(recorded):
        try:
            trace = decoder.decode(data)
        except TraceFormatError:
            summary.remarks |= {f"{line.path} changed while it was read: findings are missing"}
            continue
        report = check(trace, config=config, suppressions=suppressions)
        lines.add(trace.queries)
        for subject, repeat in recorded[line]:
            if isinstance(repeat, Duplicates):
                summary.add(_of_duplicates(report, trace.queries, repeat))
            else:
                summary.add(_about(report, subject, repeat))
    summary.remarks |= frozenset(suppressions.unused(lines.files, is_asked=lines.touch))


def _about(report: Report, subject: Hashable, repeat: Repeat) -> Report:
    """What a report says of one thing that traces repeat, with the tally of all of them."""
    findings = [each for each in report.findings if subject_of(each) == subject]
    silenced = [each for each in report.suppressed if subject_of(each.finding) == subject]
    reasons = {id(each.finding): each.reason for each in silenced}
    told = _told_of_loops([each.finding for each in silenced], repeat)
    return Report(
        findings=tuple(finding for _, finding in _told_of_loops(findings, repeat)),
        traces=(),
        suppressed=tuple(Suppressed(finding, reasons[id(first)]) for first, finding in told),
        folded=Totals(),
    )


def _told_of_loops(findings: list[Finding], repeat: Repeat) -> Iterator[tuple[Finding, Finding]]:
    """One of each key, and the same as met in all traces.

    What a loop sends may be the first of duplicates too, which are told by themselves.
    """
    of_loops = [each for each in findings if each.rule.code not in _OF_DUPLICATES]
    same: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in of_loops or findings:
        same.setdefault(finding.key, []).append(finding)
    for first, *others in same.values():
        left = sum(each.left for each in (first, *others))
        # They may be about some of what the place sends, as of duplicates: the rest stays.
        rest = max(-repeat.worst[0] - sum(each.count for each in (first, *others)), 0)
        tally = repeat.tally(left + rest)
        yield (
            first,
            replace(
                first, tally=tally, saved=tally.saved, scopes=repeat.traces, remaining=first.left
            ),
        )


def _of_duplicates(report: Report, queries: Sequence[Query], duplicates: Duplicates) -> Report:
    """What the report on their example says of duplicates, with the tally of all their traces."""
    places = {id(queries[position]): at for at, position in enumerate(duplicates.positions)}
    silenced = [each for each in report.suppressed if _concerns(each.finding, places)]
    found = [each for each in report.findings if _concerns(each, places)]
    told = _told_of_all([each.finding for each in silenced], places, duplicates)
    return Report(
        findings=tuple(_told_of_all(found, places, duplicates)),
        traces=(),
        suppressed=tuple(
            replace(each, finding=finding) for each, finding in zip(silenced, told, strict=True)
        ),
        folded=Totals(),
    )


def _concerns(finding: Finding, queries: Mapping[int, int]) -> bool:
    return any(id(query) in queries for query in _queries(finding))


def _queries(finding: Finding) -> Sequence[Query]:
    # In the report of a trace that is at hand a group has its queries.
    return finding.group.queries if isinstance(finding.group, QueryGroup) else ()


def _told_of_all(
    findings: list[Finding], places: Mapping[int, int], duplicates: Duplicates
) -> list[Finding]:
    """As met in all traces. Of those with one identity, the first has the tally for all."""
    same: dict[Any, list[Finding]] = {}
    for finding in findings:
        same.setdefault((finding.key, *finding.places), []).append(finding)
    tallies = {id(alike[0]): _tally_of(alike, places, duplicates) for alike in same.values()}
    return [
        replace(
            finding,
            tally=tallies.get(id(finding), _NO_TALLY),
            saved=finding.saved * duplicates.traces,
            scopes=finding.scopes * duplicates.traces,
            remaining=finding.left,
        )
        for finding in findings
    ]


def _tally_of(
    findings: Sequence[Finding], places: Mapping[int, int], duplicates: Duplicates
) -> Tally:
    count = sum(finding.count for finding in findings)
    sent = [places.get(id(query)) for finding in findings for query in _queries(finding)]
    return Tally(
        duplicates.traces,
        count * duplicates.traces,
        sum(finding.saved for finding in findings) * duplicates.traces,
        sum(duplicates.durations[at] for at in sent if at is not None),
        ((count, duplicates.traces),),
        tuple((count, name, where) for _, name, where in sorted(duplicates.examples.values())),
    )
