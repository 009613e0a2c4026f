"""`querylens lint`: queries in loops, found in source before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from querylens.cli import outputs
from querylens.cli.findings import KnownFindings, chosen_config, finding_options, is_any_of
from querylens.cli.project import load_django, tables_of_models
from querylens.cli.selectors import read_selectors
from querylens.config import Config
from querylens.errors import ConfigError
from querylens.model import Report

if TYPE_CHECKING:
    from querylens.lint.linted import Linted
    from querylens.lint.steps import Registry

_FAILED, _CANNOT = 1, 2
#: Below the project's root.
_CACHE = ".querylens/cache"


@click.command(
    epilog="""Examples:

    \b
      querylens lint
      querylens lint shop/ templates/
      querylens lint --diff origin/main --output-format github
      querylens lint --output-file querylens.sarif --exit-zero
      querylens lint --traces .querylens/traces
      querylens lint --settings config.settings --jobs 2

    Exit codes: 0 clean, 1 findings that fail, 2 it could not be done.
    """,
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@finding_options(fail_on="any")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option(
    "--diff",
    metavar="REV",
    help="Only findings on lines that changed since the branch left this git revision.",
)
@click.option(
    "--traces",
    metavar="DIR",
    help="Recordings, logs or spans: what was seen in them too is told with its counts.",
)
@click.option(
    "--settings",
    metavar="MODULE",
    help="Load the Django project of these settings, and ask it for its models. Without, no code "
    "of the project is run.",
)
@click.option("--jobs", type=click.IntRange(1), default=1, help="Processes that read. [default: 1]")
@click.option(
    "--cache-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"Where parsed files are kept. [default: {_CACHE} in the project]",
)
@click.option("--no-cache", is_flag=True, help="Keep no parsed files, and read none.")
@click.option("-v", "--verbose", is_flag=True, help="List the places that were not followed.")
def lint(paths: tuple[str, ...], **options: Any) -> int:
    """Find queries in loops in Python and template source. Nothing is imported or run.

    PATH is a file or a folder; without any, all that the setting `source` names is linted, but
    for tests and migrations (`lint-exclude`). Whatever is linted, the rest of the project is read
    to know its models and functions.
    """
    outputs.check_endings(options["output_files"])
    config = chosen_config(options)
    fail_on = read_selectors("--fail-on", options["fail_on"])
    known = KnownFindings.of(options)
    try:
        linted, report = _read(paths, config, options)
    except KeyboardInterrupt:
        click.echo("querylens: interrupted: nothing is told of what was read", err=True)
        return _CANNOT
    _tell(linted, is_verbose=options["verbose"])
    if linted.problems and not linted.files:
        return _CANNOT
    report = known.only_new(report)
    outputs.show(report, options["output_format"] or config.output_format)
    outputs.write(report, options["output_files"])
    is_forgiven = options["exit_zero"] or known.is_updated
    return _FAILED if is_any_of(report.findings, fail_on) and not is_forgiven else 0


def _read(paths: tuple[str, ...], config: Config, options: dict[str, Any]) -> tuple[Linted, Report]:
    from querylens.lint.changes import ChangedLines
    from querylens.lint.reported import report_of

    changed = ChangedLines.since(options["diff"], config) if options["diff"] is not None else None
    seen = _seen(options["traces"], config) if options["traces"] is not None else None
    from querylens.lint import lint as read

    linted = read(
        paths,
        config,
        jobs=options["jobs"],
        cache=_cache(config, options),
        registry=_registry(options["settings"]) if options["settings"] is not None else None,
    )
    return linted, report_of(linted, config, seen=seen, changed=changed)


def _cache(config: Config, options: dict[str, Any]) -> Path | None:
    if options["no_cache"]:
        return None
    folder: Path | None = options["cache_dir"]
    return folder or config.root / _CACHE


def _registry(settings: str) -> Registry:
    """The models of a project that is loaded for it. Raises `ConfigError`."""
    load_django(settings)
    from querylens.django.source_models import LoadedRegistry

    return LoadedRegistry(settings)


def _seen(path: str, config: Config) -> Report:
    """What recordings tell. Raises `ConfigError` when that is nothing."""
    from querylens.audit import audit

    done = audit([path], config, tables=tables_of_models())
    for problem in done.problems:
        click.echo(f"querylens: {problem}", err=True)
    if done.is_interrupted:
        raise KeyboardInterrupt
    if done.is_nothing:
        raise ConfigError(f"--traces: no traces in {path}: record some, or leave it out")
    return done.report


def _tell(linted: Linted, *, is_verbose: bool) -> None:
    """What can't be in a report for machines goes to stderr, a line each."""
    for problem in linted.problems:
        click.echo(f"querylens: {problem}", err=True)
    if is_verbose:
        for item in sorted(
            linted.not_followed, key=lambda item: (item.place.file, item.place.line)
        ):
            click.echo(f"{item.place}: not followed: {item.reason}", err=True)
    if not linted.files and not linted.problems:
        click.echo("querylens: nothing to lint: no Python file or template is there", err=True)
