"""Reads recordings: what cannot be read becomes a problem, and the rest is read on."""

from __future__ import annotations

import gzip
import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from querylens.config import Config
from querylens.traces.compression import NoZstdError, damage, open_recording
from querylens.traces.decoding import Decoder
from querylens.traces.layout import LONGEST_LINE, RecordedTrace, TraceFormatError

logger = logging.getLogger("querylens")

#: So much of a line that is too long is skipped before the file is given up.
_MOST_SKIPPED = 2_000_000_000
_NO_LINE = 0

_Readable = IO[bytes] | gzip.GzipFile


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read, in one sentence with the remedy. Line 0 is the file as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


def read_traces(
    path: str | os.PathLike[str],
    problems: list[Problem] | None = None,
    *,
    config: Config | None = None,
) -> Iterator[RecordedTrace]:
    """The traces of a file, or of all files in a folder, sorted by name.

    Never raises for what it reads: `problems` collects what could not be read; without a list it
    goes to the log `querylens`. `config` is the project's whose places the traces hold.
    """
    told = _Problems(problems)
    decoder = Decoder(config)
    for file in _files(Path(path), told):
        yield from _File(file, told, decoder).traces()


class _Problems:
    """Tells each problem of a file once, with the number of lines that have the same."""

    def __init__(self, problems: list[Problem] | None) -> None:
        self._problems = problems
        self._more: dict[tuple[str, str], int] = {}

    def add(self, file: Path, line: int, message: str) -> None:
        key = (str(file), message)
        self._more[key] = self._more.get(key, -1) + 1
        if not self._more[key]:
            self._tell(Problem(*_shown(file, line), message))

    def end_file(self) -> None:
        for (file, message), more in self._more.items():
            if more:
                lines = "1 more line" if more == 1 else f"{more:,} more lines"
                self._tell(Problem(*_shown(Path(file), 0), f"{lines}: {message}"))
        self._more.clear()

    def _tell(self, problem: Problem) -> None:
        if self._problems is None:
            logger.warning("querylens: %s", problem)
        else:
            self._problems.append(problem)


def _shown(file: Path, line: int) -> tuple[str, int]:
    return str(file).encode("utf-8", "backslashreplace").decode(), line


def _files(path: Path, problems: _Problems) -> Iterator[Path]:
    try:
        if not stat.S_ISDIR(path.stat().st_mode):
            yield path
            return
        found = sorted(path.iterdir())
    except (OSError, ValueError) as error:
        problems.add(path, _NO_LINE, _cannot_read(error))
        return
    files = [file for file in found if file.is_file() and not file.name.startswith(".")]
    if not files:
        problems.add(path, _NO_LINE, "no files in this folder: record traces into it first")
    yield from files


def _cannot_read(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "wrong name"
    return f"cannot be read ({reason}): check the path and its permissions"


class _File:
    """One file that is being read."""

    def __init__(self, path: Path, problems: _Problems, decoder: Decoder) -> None:
        self._path = path
        self._problems = problems
        self._decoder = decoder
        self._line = 0
        self._is_empty = True

    def traces(self) -> Iterator[RecordedTrace]:
        try:
            with open_recording(self._path) as file:
                yield from self._read(file)
        except NoZstdError as error:
            self._problem(str(error), line=_NO_LINE)
        except damage():
            self._problem(
                "the compressed data is cut off or damaged here: what comes before was read"
            )
        except OSError as error:
            self._problem(_cannot_read(error), line=_NO_LINE)
        self._problems.end_file()

    def _read(self, file: _Readable) -> Iterator[RecordedTrace]:
        while line := file.readline(LONGEST_LINE):
            self._line += 1
            if line.isspace():
                continue
            is_first, self._is_empty = self._is_empty, False
            is_whole = line.endswith(b"\n")
            if not is_whole and len(line) == LONGEST_LINE:
                self._problem(
                    f"a line of more than {LONGEST_LINE // 1_000_000} MB is no trace: skipped"
                )
                if not self._skips_line(file):
                    return
            elif is_first and not line.lstrip().startswith(b"{"):
                self._problem(_what_else(line))
                return
            elif trace := self._decoded(line, is_whole):
                trace.file, trace.line = _shown(self._path, self._line)
                yield trace
        if self._is_empty:
            self._problem("empty file: nothing was recorded", line=_NO_LINE)

    def _decoded(self, line: bytes, is_whole: bool) -> RecordedTrace | None:
        try:
            return self._decoder.decode(line)
        except TraceFormatError as error:
            if is_whole:
                self._problem(str(error))
            else:
                self._problem(
                    "half a last line: the process was killed while it wrote; only this trace is "
                    "missing"
                )
            return None

    def _skips_line(self, file: _Readable) -> bool:
        for _ in range(_MOST_SKIPPED // LONGEST_LINE):
            rest = file.readline(LONGEST_LINE)
            if not rest or rest.endswith(b"\n"):
                return True
        self._problem("the line does not end: the rest of the file was not read")
        return False

    def _problem(self, message: str, line: int | None = None) -> None:
        self._problems.add(self._path, self._line if line is None else line, message)


def _what_else(line: bytes) -> str:
    kind = "a binary file" if b"\0" in line else "no querylens trace file"
    return f"{kind}: give a file or folder that querylens recorded"
