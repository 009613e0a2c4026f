"""Requests by trace id: their spans come in any order, from any file, and wait on disk."""

from __future__ import annotations

import errno
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from querylens.audit.packing import pack, unpack
from querylens.audit.requests import Request
from querylens.errors import QueryLensError
from querylens.sql import Fingerprint

_PARTS = 256
#: Rows that are kept in memory before they are written.
_MOST_ROWS = 10_000


class SpillError(QueryLensError):
    """The folder for temporary files is full, or can't be written to."""


class Row(NamedTuple):
    """What one span tells of a request."""

    trace_id: str
    at_ns: int
    duration_ns: int
    #: None for a span that tells the request's name alone.
    shape: Fingerprint | None
    values: str
    name: str
    carries_several: bool
    #: Whether it has placeholders, and no values are told.
    is_without_values: bool
    database: str


class SpanRows:
    """Rows, in parts by trace id, in one file that has no name."""

    def __init__(self) -> None:
        self._rows: list[list[Row]] = [[] for _ in range(_PARTS)]
        self._waiting = 0
        self._file: Any = None
        #: Of each part where its rows were written, packed some at a time: positions and sizes.
        self._written: list[list[tuple[int, int]]] = [[] for _ in range(_PARTS)]
        self._end = 0

    def add(self, row: Row) -> None:
        """Keeps one row."""
        self._rows[zlib.crc32(row.trace_id.encode("utf-8", "replace")) % _PARTS].append(row)
        self._waiting += 1
        if self._waiting > _MOST_ROWS:
            self._write()

    def merge(self, other: SpanRows) -> None:
        """Adds the rows of another piece."""
        for part in range(_PARTS):
            for data in other._packs(part):
                self._append(part, data)
            self._rows[part] += other._rows[part]
            self._waiting += len(other._rows[part])
        if self._waiting > _MOST_ROWS:
            self._write()

    def packed(self) -> Iterator[tuple[int, bytes]]:
        """The rows as they are written, for another process. Here nothing is left."""
        for part, rows in enumerate(self._rows):
            yield from ((part, data) for data in self._packs(part))
            if rows:
                yield part, _packed(rows)
        self.close()

    def add_packed(self, parts: Iterable[tuple[int, bytes]]) -> None:
        """Adds what another's `packed` gives."""
        for part, data in parts:
            self._append(part, data)

    def close_requests(self, close: Callable[[Request], None]) -> None:
        """Calls `close` with each request, in an order that depends on the rows alone."""
        for part in range(_PARTS):
            by_trace: dict[str, list[Row]] = {}
            for rows in (*map(_unpacked, self._packs(part)), self._rows[part]):
                for row in rows:
                    by_trace.setdefault(row.trace_id, []).append(row)
            for trace_id in sorted(by_trace):
                close(_request(trace_id, by_trace[trace_id]))

    def close(self) -> None:
        """Lets go of the rows."""
        if self._file is not None:
            self._file.close()
        self.__init__()  # type: ignore[misc]

    def _write(self) -> None:
        for part, rows in enumerate(self._rows):
            if rows:
                self._append(part, _packed(rows))
                rows.clear()
        self._waiting = 0

    def _append(self, part: int, data: bytes) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="querylens-", buffering=0)  # noqa: SIM115
            self._file.seek(self._end)
            if self._file.write(data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise SpillError(
                f"spans wait on disk, and that cannot be written ({error.strerror}): "
                "set TMPDIR to a folder with more room"
            ) from None
        self._written[part].append((self._end, len(data)))
        self._end += len(data)

    def _packs(self, part: int) -> Iterator[bytes]:
        for start, size in self._written[part]:
            self._file.seek(start)
            yield self._file.read(size)


def _packed(rows: list[Row]) -> bytes:
    # In columns: the names of fields would take most of the time.
    return pack([*zip(*rows, strict=True)])


def _unpacked(data: bytes) -> list[Row]:
    return [*map(Row._make, zip(*unpack(data), strict=True))]


def _request(trace_id: str, rows: list[Row]) -> Request:
    request = Request(trace_id, trace_id=trace_id)
    databases: dict[str, set[str]] = {}
    for row in rows:
        databases.setdefault(str(row.shape), set()).add(row.database)
    for row in sorted(rows, key=_in_time):
        request.name = request.name or row.name
        if row.shape is None:
            continue
        shape = row.shape
        if row.database != min(databases[shape]):
            # The same statement to another database asks for other rows.
            shape = Fingerprint(f"{shape} {row.database}", shape.text)
        request.began_ns = request.began_ns or row.at_ns
        if row.carries_several:
            request.carry_several.add(shape)
        if row.is_without_values:
            request.without_values.add(shape)
        request.add(shape, row.values, row.at_ns + row.duration_ns, row.duration_ns)
    return request


def _in_time(row: Row) -> tuple[Any, ...]:
    return (row.at_ns, row.duration_ns, str(row.shape), row.values, row.name, row.database)
