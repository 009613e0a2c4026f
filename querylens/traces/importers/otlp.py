"""Spans as the OpenTelemetry collector's file exporter writes them: OTLP in JSON.

What Grafana Tempo and Jaeger give of a trace is read too.

A file is one `{"resourceSpans": […]}` a line, or one such document on several lines, or several of
them joined: a record begins where a line begins with `{`. See
https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding and
https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/.

Each database span is a statement whose request is its trace id. A span that names the request is a
statement without SQL, told by `span`, since parents are written after their children and often in
another line. Both have the service's name as their session, because a trace may pass through
several services.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import msgspec

from querylens.traces.importers.otlp_spans import SpanReader
from querylens.traces.importers.problems import Problems
from querylens.traces.statements import Block, Statement, Untold

_BEGINNING = rb"^(?:\xef\xbb\xbf)?\{\s*"
_SIGNAL = re.compile(_BEGINNING + rb'"resource(?:Spans|Logs|Metrics)"\s*:', re.MULTILINE)
_OF_TEMPO = re.compile(
    _BEGINNING + rb'(?:"trace"\s*:\s*\{\s*"resourceSpans"|"batches")\s*:\s*\[', re.MULTILINE
)
_OF_JAEGER = re.compile(_BEGINNING + rb'"data"\s*:\s*\[', re.MULTILINE)
_SPACE = re.compile(r"[\s\ufeff\0]*")
_read_document = msgspec.json.Decoder().decode
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class OtlpImporter:
    """Reads spans, of any service and database."""

    name: ClassVar[str] = "OpenTelemetry spans"
    tells_spans: ClassVar[bool] = True
    vendor: str = ""

    def next_record(self, data: bytes, start: int) -> int:
        if start <= 0:
            return 0 if data else -1
        return data.find(b"\n{", start - 1) + 1 or -1

    def statements(self, blocks: Iterable[Block], untold: Untold) -> Iterator[Statement]:
        problems = Problems(untold)
        reader = SpanReader(untold)
        for block in blocks:
            for position, record in _records(block.data):
                problem = partial(problems.add, block, position)
                for document in _documents(record):
                    if isinstance(document, _Unreadable):
                        problem(document.reason)
                    else:
                        yield from reader.statements(document, problem)


def recognise(head: bytes) -> OtlpImporter | None:
    """The importer of a file that begins so; None unless it surely holds spans in JSON."""
    is_known = (
        (b'"resourceSpans"' in head and _SIGNAL.search(head))
        or (b'"scopeSpans"' in head and _OF_TEMPO.search(head))
        or (b'"operationName"' in head and _OF_JAEGER.search(head))
    )
    return OtlpImporter() if is_known else None


@dataclass(frozen=True)
class _Unreadable:
    reason: str


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    start = 0
    while start < len(data):
        end = data.find(b"\n{", start) + 1 or len(data)
        yield start, data[start:end]
        start = end


def _documents(record: bytes) -> Iterator[Any]:
    """What a record holds, one document nearly always, and at the end why it was not read on."""
    try:
        document = _read_document(record)
    except (ValueError, RecursionError):
        return _documents_read_with_care(record)
    return iter((document,))


def _documents_read_with_care(record: bytes) -> Iterator[Any]:
    """The same, with what is no JSON, and others write: half a character, several documents."""
    text = record.decode("utf-8", "surrogateescape")
    position = _SPACE.match(text).end()  # type: ignore[union-attr]
    try:
        while position < len(text):
            document, end = _DECODER.raw_decode(text, position)
            yield document
            position = _SPACE.match(text, end).end()  # type: ignore[union-attr]
    except RecursionError:
        yield _Unreadable("nested too deep: not OTLP in JSON; export the spans again")
    except json.JSONDecodeError:
        yield _Unreadable("not JSON: the line is damaged or cut off; export the spans again")
    except ValueError:
        yield _Unreadable("a number is out of range: the line is damaged; export the spans again")
