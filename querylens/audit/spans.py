"""Requests by trace id: their spans come in any order, from any file, and wait on disk."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from querylens.audit.packing import pack, unpack
from querylens.audit.requests import Request
from querylens.errors import QueryLensError
from querylens.sql import Fingerprint

_PARTS = 64
#: Rows that are kept in memory before they are written.
_MOST_ROWS = 20_000


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
    """Rows, in parts by trace id, each in a file of its own that has no name."""

    def __init__(self) -> None:
        self._files: list[Any] = [None] * _PARTS
        self._rows: list[list[Row]] = [[] for _ in range(_PARTS)]
        self._waiting = 0

    def add(self, row: Row) -> None:
        """Keeps one row."""
        self._rows[zlib.crc32(row.trace_id.encode("utf-8", "replace")) % _PARTS].append(row)
        self._waiting += 1
        if self._waiting > _MOST_ROWS:
            self._write()

    def merge(self, other: SpanRows) -> None:
        """Adds the rows of another piece."""
        for part in range(_PARTS):
            for rows in other._read(part):
                self._rows[part] += rows
            if len(self._rows[part]) > _MOST_ROWS // _PARTS:
                self._write_part(part)

    def close_requests(self, close: Callable[[Request], None]) -> None:
        """Calls `close` with each request, in an order that depends on the rows alone."""
        for part in range(_PARTS):
            by_trace: dict[str, list[Row]] = {}
            for rows in self._read(part):
                for row in rows:
                    by_trace.setdefault(row.trace_id, []).append(row)
            for trace_id in sorted(by_trace):
                close(_request(trace_id, by_trace[trace_id]))

    def close(self) -> None:
        """Lets go of the rows."""
        for file in self._files:
            if file is not None:
                file.close()
        self.__init__()  # type: ignore[misc]

    def _write(self) -> None:
        for part in range(_PARTS):
            self._write_part(part)
        self._waiting = 0

    def _write_part(self, part: int) -> None:
        if not self._rows[part]:
            return
        data = pack(self._rows[part])
        self._append(part, len(data).to_bytes(4, "big") + data)
        self._rows[part] = []

    def _append(self, part: int, data: bytes) -> None:
        try:
            if self._files[part] is None:
                self._files[part] = tempfile.TemporaryFile(prefix="querylens-")  # noqa: SIM115
            self._files[part].write(data)
            self._files[part].flush()
        except OSError as error:
            raise SpillError(
                f"spans wait on disk, and that cannot be written ({error.strerror}): "
                "set TMPDIR to a folder with more room"
            ) from None

    def _read(self, part: int) -> Iterator[list[Row]]:
        file = self._files[part]
        if file is not None:
            file.seek(0)
            while length := file.read(4):
                yield unpack(file.read(int.from_bytes(length, "big")))
        if self._rows[part]:
            yield self._rows[part]

    def __getstate__(self) -> list[bytes]:
        """For another process: what was written, as it is. Here nothing is left."""
        self._write()
        found = []
        for file in self._files:
            if file is not None:
                file.seek(0)
            found.append(file.read() if file is not None else b"")
        self.close()
        return found

    def __setstate__(self, state: Iterable[bytes]) -> None:
        self.__init__()  # type: ignore[misc]
        for part, data in enumerate(state):
            if data:
                self._append(part, data)


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
