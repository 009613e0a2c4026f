"""`querylens run`: any Django program under capture, without a change to its settings."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import click

from querylens.cli.program import Program
from querylens.cli.selectors import read_selectors
from querylens.config import load_config
from querylens.running import Session
from querylens.running.process import start

_FAILED = 1


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="""Examples:

    \b
      querylens run manage.py runserver
      querylens run --record traces manage.py import_books books.csv
      querylens run --fail-on n-plus-one -m pytest tests
      querylens run gunicorn project.wsgi

    Options for querylens go before the program, the program's own behind it.
    The exit code is the program's, or 1 if it was 0 and --fail-on found something.
    """,
)
@click.option("-m", "is_module", is_flag=True, help="PROGRAM is a module, as in `python -m`.")
@click.option(
    "--record",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write every trace to a file in this folder.",
)
@click.option(
    "--fail-on",
    metavar="WORDS",
    default="",
    help="Exit with 1 on these findings: codes, prefixes, names or groups "
    "(n-plus-one, duplicated, unused, budget, any), separated by commas.",
)
@click.option("--quiet", is_flag=True, help="Show no summary at the end.")
@click.argument("program")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(
    program: str,
    arguments: tuple[str, ...],
    *,
    is_module: bool,
    record: Path | None,
    fail_on: str,
    quiet: bool,
) -> CapturedProgram:
    """Run a Django program and say at its end which queries could go.

    PROGRAM is a script, a command or, with -m, a module. Every request, management command, test
    and Celery task becomes a trace of its own, in all processes that the program starts.
    """
    found = Program.find(program, arguments, is_module=is_module)
    # Told now: later it would be a line among the program's own.
    load_config()
    folder = str(record.absolute()) if record is not None else ""
    return CapturedProgram(found, folder, read_selectors("--fail-on", fail_on), quiet)


@dataclass
class CapturedProgram:
    """A program that is to be run, and what is to be done at its end."""

    program: Program
    record: str
    fail_on: tuple[str, ...]
    quiet: bool
    _session: Session = field(init=False)
    _succeeded: bool = field(default=True, init=False)
    _is_interrupted: bool = field(default=False, init=False)

    def run(self) -> None:
        """Runs it; raises what it raises.

        Its end is that of the process, when its threads and children are done.
        """
        folder = tempfile.mkdtemp(prefix="querylens-")
        self._session = Session(folder, os.getpid(), self.program.name, self.record)
        self._session.hand_down()
        # Called in the opposite order: what is open is kept before all is folded.
        atexit.register(self._end)
        start(self._session, at_death=self._close)
        try:
            self.program.run()
        except SystemExit as end:
            self._succeeded = end.code in (None, 0)
            raise
        except BaseException as error:
            self._succeeded = False
            self._is_interrupted = isinstance(error, KeyboardInterrupt)
            raise

    def _end(self) -> None:
        """The last of the functions that `atexit` calls, none of which has a say in the exit."""
        is_failed = self._close() and self._succeeded
        if not self._session.is_here or not (is_failed or self._is_interrupted):
            return
        logging.shutdown()
        for stream in filter(None, (sys.stdout, sys.stderr)):
            with suppress(OSError, ValueError):
                stream.flush()
        if self._is_interrupted:
            # Python does this too, unless code was compiled after the interrupt, as here.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        os._exit(_FAILED)

    def _close(self) -> bool:
        """Shows the summary; whether a finding fails. Nothing in a fork of this process."""
        if not self._session.is_here:
            return False
        from querylens.running.ending import close_session, fails

        report = close_session(self._session.folder, quiet=self.quiet)
        return fails(report, self.fail_on)
