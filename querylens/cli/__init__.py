"""The command `querylens`, also as `python -m querylens` and `manage.py querylens`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

import querylens
from querylens.cli.audit import audit
from querylens.cli.diff import diff
from querylens.cli.lint import lint
from querylens.cli.rule import rule
from querylens.cli.run import CapturedProgram, run
from querylens.cli.show import show
from querylens.errors import QueryLensError

_NAME = "querylens"
_CANNOT = 2


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""Examples:

    \b
      querylens run manage.py runserver
      querylens run -m pytest
      querylens audit .querylens/traces
      querylens show .querylens/traces worst
      querylens diff traces/before traces/after
      querylens lint shop/
      querylens rule QL104

    Exit codes: 0 clean, 1 findings that fail, 2 it could not be done.
    """,
)
@click.version_option(querylens.__version__, prog_name=_NAME)
def commands() -> None:
    """Finds, explains and removes N+1 queries in Django projects."""


for command in (audit, diff, lint, rule, run, show):
    commands.add_command(command)


def main(arguments: Sequence[str] | None = None, name: str = _NAME) -> None:
    """Does what the command line says, and leaves with its exit code.

    What querylens raises on purpose is one line on stderr and exit code 2.
    """
    try:
        outcome = commands.main(arguments, prog_name=name, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(_CANNOT)
    except click.Abort:
        sys.exit(_CANNOT)
    except QueryLensError as error:
        click.echo(f"{name}: {' '.join(str(error).split())}", err=True)
        sys.exit(_CANNOT)
    if isinstance(outcome, CapturedProgram):
        # Not inside of click, which would turn the program's own errors into others.
        outcome.run()
        sys.exit(0)
    sys.exit(outcome or 0)
