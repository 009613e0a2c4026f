"""The command `querylens`, also as `python -m querylens` and `manage.py querylens`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click

import querylens
from querylens.errors import QueryLensError

_NAME = "querylens"
_CANNOT = 2
#: Each is a function in the module of its name.
_COMMANDS = ("audit", "diff", "lint", "rule", "run", "show")


class Commands(click.Group):
    """Loads a command when it is called for: each needs other parts of querylens."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"{__name__}.{cmd_name}"), cmd_name)
        return command


@click.group(
    cls=Commands,
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
    if isinstance(outcome, int | None):
        sys.exit(outcome or 0)
    # A program to be run. Not inside of click, which would turn its own errors into others.
    outcome.run()
    sys.exit(0)
