"""Where a command writes its report: the terminal, or files whose endings name the format."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import click

from querylens.errors import ConfigError, QueryLensError
from querylens.model import Report
from querylens.reporters import ENDINGS, Reporter, in_parts, reporter_class

_NARROWEST = 60
_WIDEST = 120
#: So many characters are written at once, and the rest of their line.
_AT_ONCE = 500_000


class OutputError(QueryLensError):
    """A report can't be written. Names the file and what is wrong."""


def check_endings(files: tuple[Path, ...], allowed: Iterable[str] = ENDINGS) -> None:
    """Raises `ConfigError` for a file whose ending names no format."""
    endings = tuple(allowed)
    for path in files:
        if path.suffix not in endings:
            known = ", ".join(endings)
            raise ConfigError(f"--output-file {path}: its ending names no format. Use {known}")


def show(report: Report, name: str) -> None:
    """Writes a report to stdout, in the format of this name.

    Raises `OutputError`, and BrokenPipeError when nobody reads it.
    """
    _print(in_parts(_reporter(name), report))
    if name == "github":
        _add_step_summary(report)


def say(text: str) -> None:
    """Writes text to stdout, with a ? for what its encoding does not know.

    Raises `OutputError`, and BrokenPipeError when nobody reads it.
    """
    _print([text])


def _print(parts: Iterable[str]) -> None:
    encoding = sys.stdout.encoding or "ascii"
    try:
        for portion in _portions(parts):
            click.echo(portion.encode(encoding, "replace").decode(encoding), nl=False)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"stdout: cannot be written: {error.strerror}") from None


def _portions(parts: Iterable[str]) -> Iterator[str]:
    """A text in whole lines, some at once: each is copied several times on its way."""
    waiting: list[str] = []
    size = 0
    for part in parts:
        start = 0
        while start < len(part):
            end = part.find("\n", start + _AT_ONCE) + 1 or len(part)
            waiting.append(part[start:end])
            size += end - start
            start = end
            if size >= _AT_ONCE:
                yield "".join(waiting)
                waiting.clear()
                size = 0
    yield "".join(waiting)


def write(report: Report, files: tuple[Path, ...]) -> None:
    """Writes a report to each file. Raises `OutputError`; no half a file is left."""
    for path in files:
        write_file(path, in_parts(reporter_class(ENDINGS[path.suffix])(), report))


def write_file(path: Path, parts: Iterable[str]) -> None:
    """Puts a text at a path, wholly or not at all. Raises `OutputError`."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8") as file:
            file.writelines(_portions(parts))
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None


def width_of_terminal() -> int:
    """In cells, within what can be read well."""
    return min(max(shutil.get_terminal_size((100, 24)).columns, _NARROWEST), _WIDEST)


def has_color() -> bool:
    """Whether stdout is a terminal whose user wants colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _reporter(name: str) -> Reporter:
    if name != "terminal":
        return reporter_class(name)()
    from querylens.reporters.terminal import TerminalReporter

    return TerminalReporter(width=width_of_terminal(), color=has_color(), show_params=False)


def _add_step_summary(report: Report) -> None:
    """GitHub shows ten annotations a level; all findings go to the page of the run."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(reporter_class("markdown")().render(report))
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
