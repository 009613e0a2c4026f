"""The worst example of each thing that recordings repeat, judged by the rules."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

from querylens.audit.fold import Repeat
from querylens.audit.kinds import subject_of
from querylens.audit.recorded import Recorded, read_again
from querylens.config import Config
from querylens.engine import check, files_of
from querylens.model import Finding, Report, Summary, Totals
from querylens.suppressions import Suppressions
from querylens.traces import TraceFormatError
from querylens.traces.decoding import Decoder


def rejudge(
    recorded: Mapping[Recorded, Sequence[tuple[Hashable, Repeat]]],
    config: Config,
    summary: Summary,
) -> None:
    """Adds a finding of each thing that recordings repeat, by the trace that repeats it most."""
    decoder, suppressions = Decoder(config), Suppressions(config)
    files: dict[str, None] = {}
    for line, data in read_again(recorded):
        try:
            trace = decoder.decode(data)
        except TraceFormatError:
            summary.remarks |= {f"{line.path} changed while it was read: findings are missing"}
            continue
        report = check(trace, config=config, suppressions=suppressions)
        files.update(dict.fromkeys(files_of([trace])))
        for subject, repeat in recorded[line]:
            summary.add(_about(report, subject, repeat))
    summary.remarks |= frozenset(suppressions.unused(files))


def _about(report: Report, subject: Hashable, repeat: Repeat) -> Report:
    """What a report says of one thing that traces repeat, with the tally of all of them."""
    found = next((each for each in report.findings if subject_of(each) == subject), None)
    silenced = next(
        (each for each in report.suppressed if subject_of(each.finding) == subject), None
    )
    return Report(
        findings=(_tallied(found, repeat),) if found else (),
        traces=(),
        suppressed=(replace(silenced, finding=_tallied(silenced.finding, repeat)),)
        if silenced
        else (),
        folded=Totals(),
    )


def _tallied(finding: Finding, repeat: Repeat) -> Finding:
    left = finding.left
    # It may be about some of what the place sends, as of duplicates: the rest stays.
    rest = max(-repeat.worst[0] - finding.count, 0)
    tally = repeat.tally(left + rest)
    return replace(finding, tally=tally, saved=tally.saved, scopes=repeat.traces, remaining=left)
