"""How a request is told of: on the terminal, in the log, and in the headers of its response."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from querylens.django.exchanges import Exchange
from querylens.model import Finding, Report, Trace
from querylens.reporters._plain import plain
from querylens.reporters._words import queries

if TYPE_CHECKING:
    from querylens.reporters.terminal import TerminalReporter

logger = logging.getLogger("querylens.requests")

_MOST_REMEMBERED = 10_000
_WIDTH = 100


class RequestReporter:
    """Writes a quiet line for each request, and what it found when that was not told before.

    A finding is told in full once for each route and place; later it is one line. The text is
    made whole and written with one call, so that the texts of several threads stay apart.
    """

    def __init__(self) -> None:
        self._told: set[object] = set()

    def tell(self, exchange: Exchange, places: Iterable[str]) -> None:
        """Writes to the terminal, to the log, to both, or to none of them."""
        if not {"terminal", "logging"} & set(places):
            return
        # Not before it is needed: it loads what draws on terminals.
        from querylens.reporters.terminal import TerminalReporter

        news = [finding for finding in exchange.report.findings if self._is_new(exchange, finding)]
        gaps = [gap for gap in exchange.trace.gaps if self._is_first(gap)]
        if "terminal" in places and sys.stderr is not None:
            # What is no terminal is a log: kept and passed on, so no values in it.
            is_terminal = sys.stderr.isatty()
            reporter = TerminalReporter(
                width=shutil.get_terminal_size((_WIDTH, 24)).columns if is_terminal else _WIDTH,
                color=is_terminal and not os.environ.get("NO_COLOR"),
                show_params=is_terminal,
            )
            sys.stderr.write(_text(exchange, news, gaps, reporter))
            sys.stderr.flush()
        if "logging" in places:
            level = logging.WARNING if exchange.report.findings or gaps else logging.INFO
            reporter = TerminalReporter(width=_WIDTH, color=False, show_params=False)
            logger.log(level, "%s", _text(exchange, news, gaps, reporter).rstrip("\n"))

    def _is_new(self, exchange: Exchange, finding: Finding) -> bool:
        place = (finding.key, finding.call_site, finding.loop)
        return self._is_first((exchange.method, exchange.route, place))

    def _is_first(self, item: object) -> bool:
        if item in self._told:
            return False
        if len(self._told) >= _MOST_REMEMBERED:
            self._told.clear()
        self._told.add(item)
        return True


def _text(
    exchange: Exchange, news: list[Finding], gaps: list[str], reporter: TerminalReporter
) -> str:
    report = replace(exchange.report, findings=tuple(news))
    told = {id(finding) for finding in news}
    known = [finding for finding in exchange.report.findings if id(finding) not in told]
    lines = [_headline(exchange), *(f"not seen: {plain(gap)}" for gap in gaps), *_still(known)]
    return "\n".join(lines) + "\n" + reporter.render_findings(report)


def _headline(exchange: Exchange) -> str:
    status = "no response" if exchange.status is None else exchange.status
    sent = queries(len(exchange.trace))
    milliseconds = f"{exchange.duration_ns / 1e6:.0f} ms"
    return plain(f"{exchange.method} {exchange.route} {status} · {sent} · {milliseconds}")


def _still(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        code, subject = finding.rule.code, plain(_subject(finding))
        yield f"still: {code} {subject} \N{MULTIPLICATION SIGN}{finding.count}"


def _subject(finding: Finding) -> str:
    """`StreamingOffer.service`, without the application's label; the rule's name for no subject."""
    subject = finding.cause.subject if finding.cause else ""
    model = subject.partition(" ")[0]
    return subject.partition(".")[2] if "." in model else subject or finding.rule.name


def add_headers(response: Any, trace: Trace, report: Report, is_streaming: bool) -> None:
    """Tells the browser; what is known while the body still streams says that it is not all."""
    also = "; body still streaming" if is_streaming else ""
    sent = queries(len(trace))
    metric = f'db;dur={trace.duration_ns / 1e6:.1f};desc="{sent}{also.replace(";", ",")}"'
    others = response.headers.get("Server-Timing")
    response.headers["Server-Timing"] = f"{others}, {metric}" if others else metric
    found = len(report.findings)
    findings = f"{found} {'finding' if found == 1 else 'findings'}"
    response.headers["X-Querylens"] = f"{sent}; {findings}{also}"
