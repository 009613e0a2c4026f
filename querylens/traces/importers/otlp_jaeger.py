"""The spans of Jaeger's own JSON, as its UI and `/api/traces` give them, as OTLP has them.

The mapping is OpenTelemetry's, read backwards:
https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
_VALUES = {"bool": "boolValue", "int64": "intValue", "float64": "doubleValue"}
_MICROSECOND = 1_000


def jaeger_spans(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each span, as it is, with the name of its service. Raises what wrong types raise."""
    for trace in document["data"] or ():
        processes = trace.get("processes") or {}
        for span in trace.get("spans") or ():
            process = processes.get(span.get("processID")) or {}
            yield str(process.get("serviceName", "")), span


def as_otlp(span: dict[str, Any]) -> dict[str, Any]:
    """The same span in OTLP's words. Raises what wrong types raise."""
    tags = span.get("tags") or ()
    told = {tag["key"]: tag.get("value") for tag in tags}
    start = int(span.get("startTime") or 0) * _MICROSECOND
    is_error = told.get("otel.status_code") == "ERROR" or told.get("error") in (True, "true")
    return {
        # Leading zeros may be left out.
        "traceId": span.get("traceID", "").zfill(32),
        "parentSpanId": _parent(span),
        "name": span.get("operationName", ""),
        "kind": _KINDS.get(told.get("span.kind", ""), 0),
        "startTimeUnixNano": start,
        "endTimeUnixNano": start + int(span.get("duration") or 0) * _MICROSECOND,
        "attributes": list(map(_attribute, tags)),
        "events": [{"attributes": list(map(_attribute, log["fields"]))} for log in _logs(span)],
        "status": {"code": 2 if is_error else 0, "message": told.get("otel.status_description")},
    }


def _parent(span: dict[str, Any]) -> str:
    """The span that this one is a part of; a trace's first is one of none."""
    references = span.get("references") or ()
    return next((str(each["spanID"]) for each in references if each["refType"] == "CHILD_OF"), "")


def _logs(span: dict[str, Any]) -> list[dict[str, Any]]:
    return [log for log in span.get("logs") or () if log.get("fields")]


def _attribute(tag: dict[str, Any]) -> dict[str, Any]:
    value = tag.get("value")
    return {"key": tag["key"], "value": {_VALUES.get(tag.get("type", ""), "stringValue"): value}}
