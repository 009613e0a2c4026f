"""What a process has found so far, in a file of its own that outlives it.

A file holds marks, each one byte: a unit of work began, or it ended; behind the latter stand the
length and the summary of what it sent. What a killed process had not ended is missing, and is told
by the marks.
"""

from __future__ import annotations

import os
import pickle
import secrets
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

from querylens.model import Summary

_BEGAN = b"("
_ENDED = b")"
_LENGTH = struct.Struct(">I")
_ENDING = ".part"
_MOST_BYTES = 4_000_000


class Part:
    """The file of this process.

    Raises `OSError` when the file cannot be written, as when the folder is gone: the program
    outlived the process that would have read it.
    """

    def __init__(self, folder: str) -> None:
        self._path = Path(folder) / f"{os.getpid()}-{secrets.token_hex(4)}{_ENDING}"
        # A signal may come while it is held, and its handler ends what is open.
        self._lock = threading.RLock()
        self._summary = Summary()
        self._open = 0
        self._size = 0
        self._append(b"")

    def began(self) -> None:
        """Notes that something began of which an end is to be expected."""
        with self._lock:
            self._open += 1
            self._append(_BEGAN)

    def ended(self, summary: Summary) -> None:
        """Notes the end of it, and what it sent."""
        with self._lock:
            self._open = max(self._open - 1, 0)
            self.add(summary)

    def add(self, summary: Summary) -> None:
        """Keeps what was sent by something whose beginning was not noted."""
        with self._lock:
            self._summary.merge(summary)
            self._append(_packed(summary))
            if self._size > _MOST_BYTES:
                self._fold()

    def _append(self, data: bytes) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._size += os.write(descriptor, data)
        finally:
            os.close(descriptor)

    def _fold(self) -> None:
        """One summary in the place of many; the file is never seen half written."""
        data = _BEGAN * self._open + _packed(self._summary)
        unfinished = self._path.with_suffix(".new")
        unfinished.write_bytes(data)
        unfinished.replace(self._path)
        self._size = 0


def _packed(summary: Summary) -> bytes:
    data = zlib.compress(pickle.dumps(summary), level=1)
    return _ENDED + _LENGTH.pack(len(data)) + data


def read_parts(folder: str) -> tuple[Summary, int]:
    """All parts folded, and how many processes there were: none when none set Django up."""
    total = Summary()
    paths = sorted(Path(folder).glob(f"*{_ENDING}"))
    missing = 0
    for path in paths:
        began, ended = 0, 0
        for summary in _read(path.read_bytes()):
            if summary is None:
                began += 1
            else:
                ended += 1
                total.merge(summary)
        missing += max(began - ended, 0)
    if missing:
        noun = "request, command, task or test" if missing == 1 else "requests, commands or tests"
        total.remarks |= {f"{missing} {noun} did not end before the process did: not counted"}
    return total, len(paths)


def _read(data: bytes) -> Iterator[Summary | None]:
    """The marks of a file: None where something began. A half record at the end is left out."""
    position = 0
    while position < len(data):
        mark = data[position : position + 1]
        position += 1
        if mark == _BEGAN:
            yield None
            continue
        start = position + _LENGTH.size
        if start > len(data):
            return
        [length] = _LENGTH.unpack(data[position:start])
        position = start + length
        if position > len(data):
            return
        # Our own processes wrote it, in a folder that only this user may enter.
        summary = pickle.loads(zlib.decompress(data[start:position]))  # noqa: S301
        assert isinstance(summary, Summary)
        yield summary
