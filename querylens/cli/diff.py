"""`querylens diff`: the scoreboard of two recordings, and which findings are new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from querylens.cli import outputs
from querylens.cli.findings import is_any_of
from querylens.cli.project import project_config, tables_of_models
from querylens.cli.selectors import read_selectors
from querylens.config import Config
from querylens.errors import ConfigError, QueryLensError
from querylens.model import Report
from querylens.model.comparison import Comparison, compare

_FAILED = 1
_FORMATS = ("terminal", "json", "markdown")
_ENDINGS = {".json": "json", ".md": "markdown"}
_NEW = "new"


class NothingReadError(QueryLensError):
    """A side of a comparison holds no trace that could be read."""


@click.command(
    epilog="""Examples:

    \b
      querylens diff traces/before traces/after
      querylens diff --fail-on new main.jsonl.gz branch.jsonl.gz
      querylens diff --output-file scoreboard.md before.jsonl after.jsonl
      querylens diff 'postgresql-mon*.log' 'postgresql-tue*.log'

    Exit codes: 0 clean, 1 new findings that fail, 2 it could not be done.
    """,
)
@click.argument("before")
@click.argument("after")
@click.option(
    "--output-format",
    type=click.Choice(_FORMATS),
    default="terminal",
    show_default=True,
    help="What is written to stdout.",
)
@click.option(
    "--output-file",
    "output_files",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the scoreboard to a file too, by its ending: .json .md. "
    "May be given several times.",
)
@click.option(
    "--fail-on",
    metavar="WORDS",
    default="",
    help="Exit with 1 on new findings: `new` is any of them; or codes, prefixes, names or groups "
    "(n-plus-one, duplicated, unused, budget, any), separated by commas.",
)
def diff(
    before: str, after: str, *, output_format: str, output_files: tuple[Path, ...], fail_on: str
) -> int:
    """Compare two recordings: queries by route, and findings that are new, gone and unchanged.

    BEFORE and AFTER are each a file, a folder, a pattern, a URL or, one of them, - for stdin:
    whatever `querylens audit` reads. Routes are the same when their names are; of each, one
    typical request of both sides is compared.
    """
    outputs.check_endings(output_files, _ENDINGS)
    selectors = _selectors(fail_on)
    if before == after == "-":
        raise ConfigError("diff: stdin can be one side only. Give a file for the other")
    config = project_config()
    comparison = compare(_read("BEFORE", before, config), _read("AFTER", after, config))
    outputs.say(_renderer(output_format)(comparison))
    for path in output_files:
        outputs.write_file(path, [_renderer(_ENDINGS[path.suffix])(comparison)])
    return _FAILED if is_any_of(comparison.new, selectors) else 0


def _selectors(text: str) -> tuple[str, ...]:
    """`new` is any finding: none but new ones are asked."""
    words = [word.strip() for word in text.split(",")]
    others = ",".join(word for word in words if word != _NEW)
    return (*read_selectors("--fail-on", others), *(["any"] if _NEW in words else []))


def _read(side: str, path: str, config: Config) -> Report:
    """One side. Raises `NothingReadError`, after its problems were told."""
    from querylens.audit import audit

    done = audit([path], config, tables=tables_of_models())
    for problem in done.problems:
        click.echo(f"querylens: {problem}", err=True)
    if done.is_interrupted:
        raise NothingReadError("interrupted: half a recording is not compared")
    if done.is_nothing:
        raise NothingReadError(f"{side}: no traces in {path}: there is nothing to compare")
    return done.report


def _renderer(name: str) -> Callable[[Comparison], str]:
    reporter: Any
    if name == "json":
        from querylens.reporters.scoreboard.json import JsonScoreboard

        reporter = JsonScoreboard()
    elif name == "markdown":
        from querylens.reporters.scoreboard.markdown import MarkdownScoreboard

        reporter = MarkdownScoreboard()
    else:
        from querylens.reporters.scoreboard.terminal import Scoreboard

        reporter = Scoreboard(outputs.width_of_terminal(), outputs.has_color())
    render: Callable[[Comparison], str] = reporter.render
    return render
