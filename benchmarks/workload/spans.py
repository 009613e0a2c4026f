"""OpenTelemetry spans, as the collector's file exporter writes them."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.workload.requests import Request, Sent
from benchmarks.workload.texts import sent_text

_SPANS_A_LINE = 512
_escaped = json.encoder.encode_basestring_ascii


class Spans:
    """What the collector's file exporter writes: two services, one with the older names."""

    def __init__(self, folder: Path) -> None:
        #: How many statements it tells of.
        self.statements = 0
        self._file = (folder / "otlp.jsonl").open("wb", buffering=1 << 20)
        self._waiting: tuple[list[str], list[str]] = ([], [])
        self._open: Request | None = None
        self._ids = self._started_ns = 0

    def add(self, request: Request) -> None:
        if self._open is not None and request.number != self._open.number:
            self._end_root(self._open)
        if self._open is None or request.number != self._open.number:
            self._started_ns = request.sent[0].started_ns
        self._open = request
        service = request.number % 2
        spans = self._waiting[service]
        for sent in request.sent:
            spans.append(self._span(request, sent, _ATTRIBUTES[service]))
            if len(spans) >= _SPANS_A_LINE:
                self._flush(service)
        self.statements += len(request.sent)

    def _span(self, request: Request, sent: Sent, names: tuple[str, str, str]) -> str:
        self._ids += 1
        template, values = sent.step.template, sent.values
        is_text = template.is_transaction
        text = template.sql % values if is_text else sent_text(template, sent.size)
        system, statement, parameters = names
        shown = f',{{"key":"{parameters}","value":{{"stringValue":{_escaped(repr(values))}}}}}'
        if is_text:
            shown = ""
        return (
            f'{{"traceId":"{request.trace_id}","spanId":"{self._ids:016x}",'
            f'"parentSpanId":"{request.root_id}","name":"{text[:6]}","kind":3,'
            f'"startTimeUnixNano":"{sent.started_ns}","endTimeUnixNano":"{sent.ended_ns}",'
            f'"attributes":[{{"key":"{system}","value":{{"stringValue":"postgresql"}}}},'
            f'{{"key":"{statement}","value":{{"stringValue":{_escaped(text)}}}}}{shown}],'
            '"status":{}}'
        )

    def _end_root(self, request: Request) -> None:
        service = request.number % 2
        method, _, route = request.name.partition(" ")
        attributes = {_METHODS[service]: method, "http.route": route}
        span = {
            "traceId": request.trace_id,
            "spanId": request.root_id,
            "name": request.name,
            "kind": 2,
            "startTimeUnixNano": str(self._started_ns - 500_000),
            "endTimeUnixNano": str(request.sent[-1].ended_ns + 500_000),
            "attributes": [
                {"key": key, "value": {"stringValue": text}} for key, text in attributes.items()
            ],
            "status": {},
        }
        self._waiting[service].append(json.dumps(span, separators=(",", ":")))

    def _flush(self, service: int) -> None:
        spans = self._waiting[service]
        if spans:
            self._file.write(_RESOURCES[service])
            self._file.write(",".join(spans).encode())
            self._file.write(b"]}]}]}\n")
            spans.clear()

    def close(self) -> None:
        if self._open is not None:
            self._end_root(self._open)
        self._flush(0)
        self._flush(1)
        self._file.close()


_ATTRIBUTES = (
    ("db.system", "db.statement", "db.statement.parameters"),
    ("db.system.name", "db.query.text", "db.statement.parameters"),
)
_METHODS = ("http.method", "http.request.method")
_RESOURCES = tuple(
    b'{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":'
    b'{"stringValue":"%s"}}]},"scopeSpans":[{"scope":'
    b'{"name":"opentelemetry.instrumentation.psycopg"},"spans":[' % name
    for name in (b"shop-web", b"shop-api")
)
