"""The worst example of each thing that recordings repeat, judged by the rules."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from querylens.audit.duplicates import Duplicates
from querylens.audit.fold import Fold, Repeat
from querylens.audit.kinds import subject_of
from querylens.audit.packing import pack, unpack
from querylens.audit.recorded import Recorded, in_order, read_again
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
from querylens.query_lines import QueryLines
from querylens.rules import DuplicatedQuery
from querylens.rules.relation_fetched_by_query import RelationFetchedByQuery
from querylens.suppressions import Suppressions, Use
from querylens.traces import TraceFormatError
from querylens.traces.decoding import Decoder

if TYPE_CHECKING:
    from querylens.audit.work import Processes

#: So many lines are judged at once. To start with fewer in another process takes as long.
_FEW = 200
_OF_DUPLICATES = (DuplicatedQuery.info.code, RelationFetchedByQuery.info.code)

#: What one line stands for.
Repeats = Sequence[tuple[Hashable, Repeat]]


@dataclass(slots=True)
class Judged:
    """What the rules said of lines, where they were asked, and which comments were needed."""

    summary: Summary = field(default_factory=Summary)
    lines: QueryLines = field(default_factory=QueryLines)
    used: set[Use] = field(default_factory=set)


def rejudge(
    fold: Fold,
    recorded: Mapping[Recorded, Repeats],
    config: Config,
    summary: Summary,
    processes: Processes | None,
) -> None:
    """Adds a finding of each thing that recordings repeat, by the trace that repeats it most.

    What silenced nothing, here and where traces were judged before, is told on lines of which the
    rules were asked. Raises `WorkerError`.
    """
    items = in_order(recorded.items())
    if processes is not None and len(items) > _FEW:
        shares = [items[begin : begin + _FEW] for begin in range(0, len(items), _FEW)]
        packed = processes.each(partial(_judged_and_packed, config), shares)
        parts: Iterator[Judged] = map(unpack, packed)
    else:
        parts = iter([judged(items, config)])
    for part in parts:
        summary.merge(part.summary)
        fold.lines.merge(part.lines)
        fold.used |= part.used
    suppressions = Suppressions(config, fold.used)
    summary.remarks |= {*suppressions.unused(fold.lines.files, is_asked=fold.lines.touch)}


def _judged_and_packed(config: Config, items: Sequence[tuple[Recorded, Repeats]]) -> bytes:
    return pack(judged(items, config))


def judged(items: Sequence[tuple[Recorded, Repeats]], config: Config) -> Judged:
    """Reads lines again, those of a file one after the other, and asks the rules."""
    found = Judged()
    summary, decoder = found.summary, Decoder(config)
    suppressions = Suppressions(config, found.used)
    data_of = read_again(line for line, _ in items)
    for (line, repeats), data in zip(items, data_of, strict=True):
        try:
            trace = decoder.decode(data)
        except TraceFormatError:
            summary.remarks |= {f"{line.path} changed while it was read: findings are missing"}
            continue
        report = check(trace, config=config, suppressions=suppressions)
        found.lines.add(trace.queries)
        for subject, repeat in repeats:
            if isinstance(repeat, Duplicates):
                summary.add(_of_duplicates(report, trace.queries, repeat))
            else:
                summary.add(_about(report, subject, repeat))
    return found


def _about(report: Report, subject: Hashable, repeat: Repeat) -> Report:
    """What a report says of one thing that traces repeat, with the tally of all of them."""
    return _part(
        [each for each in report.findings if subject_of(each) == subject],
        [each for each in report.suppressed if subject_of(each.finding) == subject],
        partial(_told_of_loops, repeat=repeat),
    )


def _of_duplicates(report: Report, queries: Sequence[Query], duplicates: Duplicates) -> Report:
    """What the report on their example says of duplicates, with the tally of all their traces."""
    places = {id(queries[position]): at for at, position in enumerate(duplicates.positions)}
    return _part(
        [each for each in report.findings if _concerns(each, places)],
        [each for each in report.suppressed if _concerns(each.finding, places)],
        partial(_told_of_duplicates, places=places, duplicates=duplicates),
    )


def _part(
    findings: list[Finding],
    suppressed: list[Suppressed],
    tell: Callable[[list[Finding]], Iterator[tuple[Finding, Finding]]],
) -> Report:
    """A report of these; `tell` gives findings, and the same as met in all traces."""
    reasons = {id(each.finding): each.reason for each in suppressed}
    silenced = tell([each.finding for each in suppressed])
    return Report(
        findings=tuple(told for _, told in tell(findings)),
        traces=(),
        suppressed=tuple(Suppressed(told, reasons[id(first)]) for first, told in silenced),
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


def _concerns(finding: Finding, queries: Mapping[int, int]) -> bool:
    return any(id(query) in queries for query in _queries(finding))


def _queries(finding: Finding) -> Sequence[Query]:
    # In the report of a trace that is at hand a group has its queries.
    return finding.group.queries if isinstance(finding.group, QueryGroup) else ()


def _told_of_duplicates(
    findings: list[Finding], places: Mapping[int, int], duplicates: Duplicates
) -> Iterator[tuple[Finding, Finding]]:
    """One of each identity: the causes of several differ in details."""
    same: dict[Any, list[Finding]] = {}
    for finding in findings:
        same.setdefault((finding.key, *finding.places), []).append(finding)
    for alike in same.values():
        tally = _tally_of(alike, places, duplicates)
        scopes = sum(each.scopes for each in alike) * duplicates.traces
        first = alike[0]
        yield (
            first,
            replace(first, tally=tally, saved=tally.saved, scopes=scopes, remaining=first.left),
        )


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
