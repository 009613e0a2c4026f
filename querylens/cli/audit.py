"""`querylens audit`: what is wrong over any number of recordings, logs and spans."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from querylens.cli import outputs
from querylens.cli.findings import KnownFindings, chosen_config, finding_options, is_any_of
from querylens.cli.project import tables_of_models
from querylens.cli.selectors import read_selectors
from querylens.config import Config
from querylens.errors import ConfigError
from querylens.model import Report

_FAILED, _CANNOT = 1, 2
_AGO = re.compile(r"([0-9]{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@click.command(
    epilog="""Examples:

    \b
      querylens audit .querylens/traces
      querylens audit --fail-on n-plus-one traces/*.jsonl.gz
      querylens audit --jobs 4 --output-file report.html /var/log/postgresql/
      zcat slow.log.gz | querylens audit --top 10 -
      querylens audit --output-format sarif --output-file querylens.sarif traces
      querylens audit --scheduler tcp://scheduler:8786 's3://logs/2026-07-04/*.gz'

    What a file is, its content says. See `querylens show` for one trace, `querylens diff` for two
    recordings. Exit codes: 0 clean, 1 findings that fail, 2 it could not be done.
    """,
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@finding_options()
@click.option("--top", type=click.IntRange(1), help="Report the N findings that save most.")
@click.option(
    "--since",
    metavar="TIME",
    help="Only traces that began then or later: 2026-07-04, 2026-07-04T12:00 (UTC), 2h, 7d.",
)
@click.option(
    "--route",
    "routes",
    metavar="GLOB",
    multiple=True,
    help="Only traces of this name, with or without its method: 'movies/*'. "
    "May be given several times.",
)
@click.option("--jobs", type=click.IntRange(1), default=1, help="Processes that read. [default: 1]")
@click.option("--scheduler", metavar="ADDRESS", help="Read on a Dask cluster: tcp://host:8786.")
def audit(paths: tuple[str, ...], **options: Any) -> int:
    """Find what is wrong over all traces of recordings, logs and spans, worst first.

    PATH is a file, a folder, a pattern, a URL (s3://…) or - for stdin. Recordings of querylens,
    OpenTelemetry spans (JSON of OTLP, Tempo or Jaeger), logs of PostgreSQL, MySQL and MariaDB (slow
    and general) and of django.db.backends are read, compressed or not.
    """
    outputs.check_endings(options["output_files"])
    config = chosen_config(options)
    fail_on = read_selectors("--fail-on", options["fail_on"])
    known = KnownFindings.of(options)
    try:
        done = _read(paths, config, options)
    except KeyboardInterrupt:
        click.echo("querylens: interrupted: nothing is told of what was read", err=True)
        return _CANNOT
    for problem in done.problems:
        click.echo(f"querylens: {problem}", err=True)
    if done.is_nothing:
        if not done.problems or done.inputs:
            click.echo(f"querylens: {_why_nothing(done, options)}", err=True)
        return _CANNOT
    report = known.only_new(_with_remarks(done))
    top = _top(report, options["top"])
    outputs.show(top, options["output_format"] or config.output_format)
    outputs.write(top, options["output_files"])
    if done.is_interrupted:
        return _CANNOT
    return _FAILED if is_any_of(report.findings, fail_on) and not known.is_updated else 0


def _read(paths: tuple[str, ...], config: Config, options: dict[str, Any]) -> Any:
    from querylens.audit import Selection, cluster, processes
    from querylens.audit import audit as read

    jobs, scheduler = options["jobs"], options["scheduler"]
    selection = Selection(_since(options["since"]), options["routes"])
    on_cluster = scheduler is not None
    with cluster(scheduler) if on_cluster else processes(jobs) as executor, _progress() as bar:
        return read(
            paths,
            config,
            selection=selection,
            executor=executor,
            workers=getattr(executor, "workers", jobs),
            tables=tables_of_models(),
            begun=bar.begun,
            done=bar.done,
        )


def _why_nothing(done: Any, options: dict[str, Any]) -> str:
    if done.is_interrupted:
        return "INTERRUPTED: nothing was read until then"
    if options["routes"] or options["since"]:
        return "no trace that can be read is one that --route and --since ask for"
    return "no traces were found: there is nothing to audit"


def _with_remarks(done: Any) -> Report:
    report: Report = done.report
    remarks = [*report.remarks]
    if done.problems:
        count = len(done.problems)
        noun = "1 problem" if count == 1 else f"{count:,} problems"
        remarks.append(f"{noun} with the input: what could not be read is not in these numbers")
    if done.is_interrupted:
        remarks.insert(0, "INTERRUPTED: this is what was read until then, and not all there is")
    return replace(report, remarks=tuple(remarks))


def _top(report: Report, top: int | None) -> Report:
    if top is None or len(report.findings) <= top:
        return report
    left = len(report.findings) - top
    noun = "1 more finding is" if left == 1 else f"{left} more findings are"
    return replace(
        report,
        findings=report.findings[:top],
        saved_by_others=sum(finding.saved for finding in report.findings[top:]),
        remarks=(*report.remarks, f"{noun} not shown: --top {top} was asked for"),
    )


def _since(text: str | None) -> int:
    """Nanoseconds since 1970. Raises `ConfigError`."""
    if not text:
        return 0
    if ago := _AGO.fullmatch(text):
        try:
            time = datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        except OverflowError:
            return 0
    else:
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            raise ConfigError(
                f"--since: {text!r} is no time. Give 2026-07-04, 2026-07-04T12:00, 2h or 7d"
            ) from None
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
    return max(int(time.timestamp()), 0) * 1_000_000_000


class _Progress:
    """A bar on stderr, by bytes that were read; nothing in a pipe."""

    def __init__(self, bar: Any = None) -> None:
        self._bar = bar
        self._task: Any = None

    def begun(self, pieces: list[Any]) -> None:
        if self._bar is not None:
            self._task = self._bar.add_task("reading", total=sum(map(_size, pieces)))

    def done(self, piece: Any) -> None:
        if self._bar is not None:
            self._bar.advance(self._task, _size(piece))


def _size(piece: Any) -> int:
    end = piece.input.size if piece.end is None else piece.end
    size: int = max(end - piece.start, 1)
    return size


@contextmanager
def _progress() -> Iterator[_Progress]:
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield _Progress()
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        yield _Progress(bar)
