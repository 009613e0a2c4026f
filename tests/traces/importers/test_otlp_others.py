"""Spans as Grafana Tempo and Jaeger give them, which are OTLP's in other words."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from querylens.traces.importers import otlp, recognised
from querylens.traces.statements import Block, Untold

DEMO = [
    json.loads(line)
    for line in Path(__file__).with_name("otlp_demo.jsonl").read_text("utf-8").splitlines()
]
TYPES = {
    "stringValue": "string",
    "boolValue": "bool",
    "intValue": "int64",
    "doubleValue": "float64",
}
KINDS = {1: "internal", 2: "server", 3: "client"}
MICROSECOND = 1_000


def in_base64(document):
    """As Tempo writes identifiers."""
    document = json.loads(json.dumps(document))
    for of_resource in document["resourceSpans"]:
        for of_scope in of_resource["scopeSpans"]:
            for span in of_scope["spans"]:
                for name in ("traceId", "spanId", "parentSpanId"):
                    if name in span:
                        span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    return document


def batches(document):
    return {"batches": in_base64(document)["resourceSpans"]}


def trace(document):
    return {"trace": in_base64(document)}


def jaeger(document):
    spans, processes = [], {}
    for of_resource in document["resourceSpans"]:
        process = f"p{len(processes) + 1}"
        [service] = of_resource["resource"]["attributes"]
        processes[process] = {"serviceName": service["value"]["stringValue"], "tags": []}
        for of_scope in of_resource["scopeSpans"]:
            spans += [jaeger_span(span, process) for span in of_scope["spans"]]
    trace = {"traceID": spans[0]["traceID"], "spans": spans, "processes": processes}
    return {"data": [trace], "total": 0, "limit": 0, "offset": 0, "errors": None}


def jaeger_span(span, process):
    tags = [
        {"key": told["key"], "type": TYPES[kind], "value": value}
        for told in span.get("attributes", ())
        for kind, value in told["value"].items()
        if kind in TYPES
    ]
    start = int(span["startTimeUnixNano"]) // MICROSECOND
    parent = span.get("parentSpanId")
    return {
        "traceID": span["traceId"],
        "spanID": span["spanId"],
        "operationName": span["name"],
        "references": [{"refType": "CHILD_OF", "traceID": span["traceId"], "spanID": parent}]
        if parent
        else [],
        "startTime": start,
        "duration": int(span["endTimeUnixNano"]) // MICROSECOND - start,
        "tags": [*tags, {"key": "span.kind", "type": "string", "value": KINDS[span["kind"]]}],
        "logs": [],
        "processID": process,
        "warnings": None,
    }


FORMS = (batches, trace, jaeger)


def read(*documents, indent=None):
    data = "\n".join(json.dumps(document, indent=indent) for document in documents).encode()
    importer = recognised(data)
    assert importer == otlp.OtlpImporter()
    untold = Untold()
    return list(importer.statements([Block(data, 1)], untold)), untold


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("form", FORMS)
def test_the_demo_is_read_as_its_otlp(form, indent):
    told, untold = read(*map(form, DEMO), indent=indent)
    expected, _ = read(*DEMO)

    assert untold == Untold()
    assert list(map(in_microseconds, told)) == list(map(in_microseconds, expected))


def in_microseconds(statement):
    """As Jaeger tells times."""
    start = statement.at_ns // MICROSECOND
    end = (statement.at_ns + statement.duration_ns) // MICROSECOND
    return statement._replace(at_ns=start, duration_ns=end - start)


def one_span(**fields):
    span = {
        "traceID": "5b8efff798038103",
        "spanID": "eee19b7ec3c1b174",
        "operationName": "SELECT",
        "startTime": 1_544_712_660_000_000,
        "duration": 5,
        "tags": [
            {"key": "db.system", "type": "string", "value": "postgresql"},
            {"key": "db.statement", "type": "string", "value": "SELECT 1"},
        ],
        "processID": "p1",
    } | fields
    return {"data": [{"spans": [span], "processes": {"p1": {"serviceName": "shop"}}}]}


def test_short_trace_id_of_jaeger():
    [told], _ = read(one_span())

    assert told.request == "5b8efff798038103".zfill(32)
    assert (told.session, told.sql, told.duration_ns) == ("shop", "SELECT 1", 5_000)


@pytest.mark.parametrize(
    ("tag", "error"),
    [
        ({"key": "error", "type": "bool", "value": True}, "error"),
        ({"key": "error", "type": "bool", "value": False}, ""),
        ({"key": "otel.status_code", "type": "string", "value": "ERROR"}, "error"),
        ({"key": "otel.status_code", "type": "string", "value": "OK"}, ""),
    ],
)
def test_error_of_jaeger(tag, error):
    tags = one_span()["data"][0]["spans"][0]["tags"]

    [told], _ = read(one_span(tags=[*tags, tag]))

    assert told.error == error


def test_error_is_named_by_its_log():
    log = {"timestamp": 1, "fields": [{"key": "exception.type", "type": "string", "value": "E"}]}
    tags = one_span()["data"][0]["spans"][0]["tags"]
    failed = {"key": "error", "type": "bool", "value": True}

    [told], _ = read(one_span(tags=[*tags, failed], logs=[log]))

    assert told.error == "E"


def test_damaged_span_leaves_the_others():
    document = one_span()
    [whole] = document["data"][0]["spans"]
    document["data"][0]["spans"] = [whole | {"startTime": "x"}, whole | {"tags": [7]}, whole]

    told, untold = read(document)

    assert [each.sql for each in told] == ["SELECT 1"]
    assert [line for line, _ in untold.problems] == [1, 1]


@pytest.mark.parametrize(
    "text",
    [
        '{"data":[{"operationName":"getUser","query":"{ user }"}]}',
        '{"data":[]}',
        '{"batches":[{"name":"x"}]}',
        '{"trace":{"resourceLogs":[]}}',
    ],
)
def test_documents_of_others(text):
    data = text.encode()
    importer = recognised(data)

    assert importer is None or list(importer.statements([Block(data, 1)], Untold())) == []
