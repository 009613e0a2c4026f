"""Recordings, as `TraceWriter` writes them; but a request always makes the same bytes."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import IO, Any

from benchmarks.workload.requests import Request, Sent
from benchmarks.workload.texts import sent_text
from querylens.model import Query
from querylens.traces.encoding import Encoder
from querylens.traces.layout import RecordedTrace

_MOST_BYTES = 50_000_000
_MOST_QUERIES = 10_000
_KEY = bytes(32)


class Recordings:
    """Traces as `TraceWriter` writes them, plain and compressed, with names that do not change."""

    def __init__(self, folder: Path) -> None:
        #: How many statements it tells of.
        self.statements = 0
        self._folder = folder
        self._encoder = Encoder(_KEY)
        self._files: list[IO[bytes]] = []
        self._size = self._number = 0
        self._open: Request | None = None
        self._queries: list[Query] = []
        self._sent = 0

    def add(self, request: Request) -> None:
        if self._open is not None and request.number != self._open.number:
            self._write(self._open)
        self._open = request
        self._sent += len(request.sent)
        if len(self._queries) < _MOST_QUERIES:
            start = len(self._queries)
            parents = {request.sent[2].step.call_site: start + 2} if len(request.sent) > 2 else {}
            self._queries += [_query(request, sent, parents) for sent in request.sent]

    def close(self) -> None:
        if self._open is not None:
            self._write(self._open)
        for file in self._files:
            file.close()

    def _write(self, request: Request) -> None:
        queries = self._queries[:_MOST_QUERIES]
        trace = RecordedTrace(request.name, "request", queries)
        if len(queries) < self._sent:
            trace.gaps.append(f"only the first {len(queries)} of {self._sent} were recorded")
        trace.id = request.trace_id[:16]
        trace.pid = request.pid
        trace.started_at_ns = queries[0].started_ns
        route = request.name.partition(" ")[2]
        self._append(self._encoder.encode(trace, {"route": route, "status": 200}))
        self.statements += len(queries)
        self._queries, self._sent = [], 0

    def _append(self, line: bytes) -> None:
        if not self._files or self._size + len(line) > _MOST_BYTES:
            self._next_files()
        self._size += len(line)
        plain, compressed = self._files
        plain.write(line)
        compressed.write(gzip.compress(line, 4, mtime=0))

    def _next_files(self) -> None:
        for file in self._files:
            file.close()
        name = f"querylens-20260704T120000Z-4000-{self._number:08x}.jsonl"
        self._files = [
            _opened(self._folder / "traces" / name),
            _opened(self._folder / "traces-gz" / f"{name}.gz"),
        ]
        self._number += 1
        self._size = 0


def _query(request: Request, sent: Sent, parents: dict[Any, int]) -> Query:
    step, values, size, row, _, started_ns, duration_ns = sent
    template = step.template
    is_text = template.is_transaction
    fields = {
        "sql": template.sql % values if is_text else sent_text(template, size),
        "params": None if is_text else values,
        "alias": "default",
        "vendor": "postgresql",
        "started_ns": started_ns,
        "duration_ns": duration_ns,
        "cause": step.cause,
        "call_site": step.call_site,
        "loop": step.loop,
        "origin": step.origin,
        "built_at": step.origin,
        "frames": step.frames,
        "scope": request.name,
        "stack": id(step),
        "row": None if row < 0 else (id(step), row),
        "parent": parents.get(step.origin),
    }
    return Query.of(fields)


def _opened(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb", buffering=1 << 20)
