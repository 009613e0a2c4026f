"""The summary at the end of a run: what saves most, which tests send most, and the totals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from querylens.baseline import Baseline
from querylens.model import Finding, Place, Report
from querylens.owners import Owners

_MOST_FINDINGS = 10
_MOST_TESTS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the terminal, with pytest's words for its style."""

    text: str
    style: dict[str, bool] = field(default_factory=dict)


def scoreboard(report: Report, owners: Owners, known: Baseline, width: int) -> Iterator[Line]:
    """The places that save most, the tests that send most, one line of totals."""
    for finding in report.findings[:_MOST_FINDINGS]:
        yield from _finding_lines(finding, owners, known, width)
    if len(report.findings) > _MOST_FINDINGS:
        yield Line(f"and {len(report.findings) - _MOST_FINDINGS} places that save less")
    yield from _busiest(report, width)
    sent, found = _totals(report)
    together = f"{sent}; {found}"
    for text in (together,) if len(together) <= width else (sent, found):
        yield Line(_fitting(text, width), {"bold": True})


def _finding_lines(finding: Finding, owners: Owners, known: Baseline, width: int) -> Iterator[Line]:
    from querylens.reporters._steps import own_step

    tally = finding.tally
    assert tally is not None
    subject = finding.cause.subject if finding.cause else finding.group.fingerprint.text
    tests = "1 test" if tally.traces == 1 else f"{tally.traces} tests"
    words = [f"seen {finding.count}\N{MULTIPLICATION SIGN}", f"in {tests}"]
    words += [f"{tally.saved} could go"] if tally.saved else []
    words += ["in the baseline"] if known.is_known(finding) else []
    place = finding.call_site
    words += owners.owners_of(place.file) if place else ()
    yield Line(
        _fitting(f"{finding.rule.code} {subject}: {', '.join(words)}", width), {"bold": True}
    )
    yield Line(_fitting(f"  {_where(place)}", width))
    step = own_step(finding.fix)
    if step is not None:
        first, *more = step.code.strip().splitlines()
        at = f"{step.where}  " if step.where else ""
        yield Line(_fitting(f"  fix: {at}{first}{' …' if more else ''}", width), {"green": True})


def _where(place: Place | None) -> str:
    if place is None:
        return "no line of project code"
    code = (place.code or place.tag).strip().splitlines()
    return f"{place}  {code[0]}" if code else str(place)


def _busiest(report: Report, width: int) -> Iterator[Line]:
    busy = [trace for trace in report.busiest if trace.totals.queries][:_MOST_TESTS]
    if busy:
        yield Line("most queries:")
    for trace in busy:
        totals = trace.totals
        yield Line(
            _fitting(
                f"  {totals.queries:5}  {_milliseconds(totals.duration_ns):>9}  {trace.name}", width
            )
        )


def _totals(report: Report) -> tuple[str, str]:
    totals = report.totals
    sent = (
        f"{_number(totals.traces, 'test')} sent {_number(totals.queries, 'query')} in "
        f"{_milliseconds(totals.duration_ns)}: {totals.similar:,} similar, "
        f"{totals.duplicated:,} duplicated"
    )
    found = f"{_number(len(report.findings), 'finding')}, {_number(report.saved, 'query')} could go"
    return sent, found


def _number(count: int, word: str) -> str:
    if count == 1:
        return f"1 {word}"
    return f"{count:,} {'queries' if word == 'query' else f'{word}s'}"


def _milliseconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:,.1f} ms"


def _fitting(text: str, width: int) -> str:
    plain = "".join(letter if letter.isprintable() else "�" for letter in text)
    return plain if len(plain) <= width else f"{plain[: width - 1]}…"
