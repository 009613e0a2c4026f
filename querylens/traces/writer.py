"""Writes traces to a folder while the host goes on, whatever happens to the folder."""

from __future__ import annotations

import logging
import os
import secrets
import threading
import weakref
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from querylens.errors import ConfigError, QueryLensError
from querylens.model import Trace
from querylens.traces.compression import compressor
from querylens.traces.encoding import Encoder
from querylens.traces.layout import LONGEST_LINE

logger = logging.getLogger("querylens")

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)


class _CannotRecordError(QueryLensError):
    """Why nothing more is recorded."""


class TraceWriter:
    """Appends traces to a file of its own in `folder`, one line each.

    Safe to use from many threads, and in processes that fork: a child begins a file of its own.
    What was written is there when the process is killed, except the last line at most. A file that
    would grow over `max_bytes` is followed by a new one. `max_queries` is the most of one trace,
    `sample_rate` the share of traces that are written, from 0 to 1. `sampled_before` is the share
    that the caller chose to write at all: each line tells the product of both. `compress` is "",
    "gz" or "zst".

    `write()` never raises: on a full disk, or when the folder is gone, recording stops with one
    warning in the log `querylens`.

    Raises `ConfigError` for a value that is not allowed.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        record_params: bool = False,
        compress: str = "",
        max_bytes: int = 50_000_000,
        max_queries: int = 10_000,
        sample_rate: float = 1.0,
        sampled_before: float = 1.0,
    ) -> None:
        self._folder = Path(folder).absolute()
        self._compressed = compressor(compress)
        self._ending = f".jsonl.{compress}" if compress else ".jsonl"
        self._max_bytes = _at_least_one("max_bytes", max_bytes)
        most = _at_least_one("max_queries", max_queries)
        self._sample_rate = _share("sample_rate", sample_rate)
        rate = self._sample_rate * _share("sampled_before", sampled_before)
        self._encoder = Encoder(secrets.token_bytes(32), record_params, most, rate)
        self._stopped = threading.Event()
        self._has_warned = False
        # A signal's handler may close the writer in the middle of a write.
        self._lock = threading.RLock()
        self._file: int | None = None
        self._size = 0
        _writers.add(self)

    def write(self, trace: Trace, meta: Mapping[str, str | int] | None = None) -> None:
        """Appends a trace. `meta`, such as route and status, is kept beside it."""
        if self._stopped.is_set() or not self._is_chosen():
            return
        try:
            line = self._line(trace, meta)
        except Exception:  # noqa: BLE001 - the host must not fail for its recording
            self._warn_of_trace()
            return
        try:
            with self._lock:
                self._append(line)
        except OSError as error:
            self._stop(error.strerror or str(error))
        except _CannotRecordError as error:
            self._stop(str(error))

    def close(self) -> None:
        """Closes the file. A later `write()` begins a new one."""
        with self._lock:
            self._close_file()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __del__(self) -> None:
        # The constructor may have refused a value before there was a file.
        if getattr(self, "_file", None) is not None:
            self._close_file()

    def _is_chosen(self) -> bool:
        return self._sample_rate >= 1 or secrets.randbelow(2**32) < self._sample_rate * 2**32

    def _line(self, trace: Trace, meta: Mapping[str, str | int] | None) -> bytes:
        line = self._encoder.encode(trace, meta)
        if len(line) > LONGEST_LINE:
            raise ValueError(f"a line of {len(line):,} bytes is more than can be read again")
        return self._compressed(line)

    def _append(self, line: bytes) -> None:
        """Writes a whole line with one call, or leaves the file as it was."""
        if self._stopped.is_set():
            return
        if self._file is not None and self._size and self._size + len(line) > self._max_bytes:
            self._close_file()
        file = self._file if self._file is not None else self._open_file()
        if not os.fstat(file).st_nlink:
            raise _CannotRecordError("the file was removed")
        try:
            written = os.write(file, line)
        except OSError:
            os.ftruncate(file, self._size)
            raise
        if written < len(line):
            os.ftruncate(file, self._size)
            raise _CannotRecordError("the disk is full")
        self._size += written

    def _open_file(self) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        name = f"querylens-{now}-{os.getpid()}-{secrets.token_hex(4)}{self._ending}"
        # What a request asked for concerns nobody else on the machine.
        self._file = os.open(self._folder / name, _NEW_FILE, 0o600)
        return self._file

    def _close_file(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file, self._size = None, 0

    def begin_in_child(self) -> None:
        """Leaves the parent's file to the parent, and its lock, which nobody here would release."""
        self._lock = threading.RLock()
        self._close_file()

    def _stop(self, reason: str) -> None:
        with self._lock:
            is_first = not self._stopped.is_set()
            self._stopped.set()
            self._close_file()
        if is_first:
            logger.warning("querylens: recording stopped, %s: %s", self._folder, reason)

    def _warn_of_trace(self) -> None:
        is_first, self._has_warned = not self._has_warned, True
        if is_first:
            logger.warning("querylens: a trace could not be recorded", exc_info=True)


def _at_least_one(name: str, value: int) -> int:
    if type(value) is not int or value < 1:
        raise ConfigError(f"{name}: {value!r} is not allowed: a whole number from 1 on")
    return value


def _share(name: str, value: float) -> float:
    if type(value) not in (int, float) or not 0 <= value <= 1:
        raise ConfigError(f"{name}: {value!r} is not allowed: a number from 0 to 1")
    return float(value)


#: What a child of a fork has to tell that it is one.
_writers: weakref.WeakSet[TraceWriter] = weakref.WeakSet()


def _begin_in_child() -> None:
    for writer in tuple(_writers):
        writer.begin_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)
