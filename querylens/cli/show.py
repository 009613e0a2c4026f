"""`querylens show`: one recorded trace as a tree."""

from __future__ import annotations

import heapq
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from querylens.cli import outputs
from querylens.cli.project import project_config
from querylens.errors import QueryLensError
from querylens.model import Totals

if TYPE_CHECKING:
    from querylens.reporters.tree.nodes import Recorded
    from querylens.traces import Problem, RecordedTrace

_WORST = "worst"
_LEAST_TO_BE_UNCLEAR = 2
_MOST_LISTED = 50
_LONGEST_NAME = 500
_LINE = re.compile(r":([0-9]{1,18})")
_FILE_AND_LINE = re.compile(r"(.+)(:[0-9]{1,18})", re.DOTALL)


class NoSuchTraceError(QueryLensError):
    """There is no such trace, or nothing that could be read. Says what there is."""


@click.command(
    epilog="""Examples:

    \b
      querylens show traces/web-1.jsonl
      querylens show traces worst
      querylens show traces 3f2a --sql
      querylens show traces/web-1.jsonl:17
      querylens show --output-format json traces/web-1.jsonl.gz :17
    """,
)
@click.argument("trace")
@click.argument("identity", metavar="[ID]", required=False)
@click.option("--sql", "with_sql", is_flag=True, help="Show every statement in full.")
@click.option(
    "--output-format",
    type=click.Choice(("terminal", "json")),
    default="terminal",
    show_default=True,
    help="What is written to stdout.",
)
def show(trace: str, identity: str | None, *, with_sql: bool, output_format: str) -> None:
    """Show one recorded trace: its queries in order, folded by place, below what loaded their rows.

    TRACE is a file that querylens recorded, or a folder of them. ID is a trace's id or the
    beginning of it, `worst` for the one with most queries, or its line in the file, as `:17`; it
    may be left out where there is one trace, and many are listed without it.
    """
    if identity is None and not Path(trace).exists() and (found := _FILE_AND_LINE.fullmatch(trace)):
        # As problems are told.
        trace, identity = found[1], found[2]
    reporter = _reporter(output_format, with_sql)
    problems: list[Problem] = []
    traces = _read(trace, problems)
    try:
        text = _listed(traces, reporter, trace) if identity is None else ""
        if identity is not None:
            found_trace = _found(traces, identity, trace)
            text = reporter.render(_recorded(found_trace), found_trace)
    except NoSuchTraceError:
        _tell(problems)
        raise
    _tell(problems)
    outputs.say(text)


def _reporter(name: str, with_sql: bool) -> Any:
    if name == "json":
        from querylens.reporters.tree.json import JsonTree

        return JsonTree()
    from querylens.reporters.tree.terminal import Tree

    return Tree(outputs.width_of_terminal(), outputs.has_color(), with_sql)


def _read(path: str, problems: list[Problem]) -> Iterator[RecordedTrace]:
    """The traces, at least one. Raises `NoSuchTraceError`."""
    from querylens.traces import read_traces

    traces = read_traces(path, problems, config=project_config())
    first = next(traces, None)
    if first is None:
        [problem, *others] = map(str, problems)
        for each in others:
            click.echo(f"querylens: {each}", err=True)
        raise NoSuchTraceError(problem)
    return chain([first], traces)


def _tell(problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(f"querylens: {problem}", err=True)


def _found(traces: Iterable[RecordedTrace], identity: str, path: str) -> RecordedTrace:
    if identity == _WORST:
        # The first of those with as many.
        return max(traces, key=len)
    if line := _LINE.fullmatch(identity):
        return _at_line(traces, int(line[1]), path)
    return _with_id(traces, identity, path)


def _at_line(traces: Iterable[RecordedTrace], line: int, path: str) -> RecordedTrace:
    if Path(path).is_dir():
        raise NoSuchTraceError(f"{path}: a folder has no lines. Give one of its files with :{line}")
    nearest = 0
    for trace in traces:
        if trace.line == line:
            return trace
        nearest = min(nearest or trace.line, trace.line, key=lambda each: abs(each - line))
    raise NoSuchTraceError(f"{path}: no trace on line {line}. The nearest is on line {nearest}")


def _with_id(traces: Iterable[RecordedTrace], identity: str, path: str) -> RecordedTrace:
    """The trace of this id, or the only one whose id begins so."""
    matching: dict[str, RecordedTrace] = {}
    nearest, name, likeness = "", "", -1
    for trace in traces:
        if trace.id == identity:
            return trace
        if trace.id.startswith(identity) and len(matching) < _LEAST_TO_BE_UNCLEAR:
            matching.setdefault(trace.id, trace)
        same = _equal_at_start(trace.id, identity)
        if same > likeness:
            nearest, name, likeness = trace.id, trace.name, same
    if len(matching) == 1:
        return next(iter(matching.values()))
    if matching:
        named = " and ".join(map(_plain, matching))
        raise NoSuchTraceError(f"{path}: several ids begin with {identity!r}: {named}. Give more")
    raise NoSuchTraceError(
        f"{path}: no trace {identity!r}. The nearest is {_plain(nearest)} ({_plain(name)}); "
        "without an ID all are listed"
    )


def _equal_at_start(one: str, other: str) -> int:
    """How many characters they begin with in common."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _plain(text: str) -> str:
    from querylens.reporters._plain import clipped, plain

    return clipped(plain(text), _LONGEST_NAME)


@dataclass(order=True)
class _Ranked:
    """A trace among those with most queries; of equals the first stays."""

    queries: int
    order: int
    recorded: Any = field(compare=False)


def _listed(traces: Iterator[RecordedTrace], reporter: Any, path: str) -> str:
    """The only trace, or the list of many; what is listed is kept without its queries."""
    first = next(traces)
    second = next(traces, None)
    if second is None:
        return str(reporter.render(_recorded(first), first))
    heap: list[_Ranked] = []
    count = 0
    for count, trace in enumerate(chain([first, second], traces), start=1):
        ranked = _Ranked(len(trace), -count, _recorded(trace))
        (heapq.heappush if count <= _MOST_LISTED else heapq.heappushpop)(heap, ranked)
    worst = [ranked.recorded for ranked in sorted(heap, reverse=True)]
    example = f"querylens show {_plain(shlex.quote(path))} {_plain(shlex.quote(worst[0].id[:8]))}"
    return str(reporter.render_list(worst, count - len(worst), example))


def _recorded(trace: RecordedTrace) -> Recorded:
    from querylens.reporters.tree.nodes import Recorded

    return Recorded(
        name=trace.name,
        kind=trace.kind,
        totals=Totals.of(trace),
        gaps=tuple(trace.gaps),
        id=trace.id,
        started_at_ns=trace.started_at_ns,
        pid=trace.pid,
        sample_rate=trace.sample_rate,
        meta=tuple(trace.meta.items()),
        file=trace.file,
        line=trace.line,
    )
