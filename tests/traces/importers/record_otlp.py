"""A script: plays the demo under OpenTelemetry's instrumentation and writes its spans.

    python -m tests.traces.importers.record_otlp FILE

It needs opentelemetry-instrumentation-django, opentelemetry-instrumentation-sqlite3 and
opentelemetry-exporter-otlp-proto-common. Spans are written as the collector's file exporter does:
one batch a line, ids in hexadecimal digits, enumerations as numbers. What the library saw of each
page is printed as JSON: `{"GET as-found/<slug:slug>/": 16, …}`.
`OTEL_SEMCONV_STABILITY_OPT_IN=http,database` has attributes written under their present names.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path

from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.sqlite3 import SQLite3Instrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

import querylens
from demo_app.database import throwaway_database
from demo_app.provider_api import ProviderApi

ROUTES = {"as_found": "as-found/<slug:slug>/", "fixed": "fixed/<slug:slug>/"}
IDS = {"traceId", "spanId", "parentSpanId"}
SPANS_A_LINE = 12


class FileExporter(SpanExporter):
    """Keeps the spans of a run, and writes them in small batches."""

    def __init__(self):
        self.spans = []

    def export(self, spans):
        self.spans.extend(spans)
        return SpanExportResult.SUCCESS

    def write(self, path):
        with path.open("w", encoding="utf-8") as file:
            for start in range(0, len(self.spans), SPANS_A_LINE):
                batch = encode_spans(self.spans[start : start + SPANS_A_LINE])
                document = with_hexadecimal_ids(MessageToDict(batch, use_integers_for_enums=True))
                file.write(json.dumps(document, separators=(",", ":")) + "\n")


def with_hexadecimal_ids(value):
    """The document with the ids that OTLP wants in place of Protobuf's."""
    if isinstance(value, list):
        return [with_hexadecimal_ids(item) for item in value]
    if isinstance(value, dict):
        return {
            key: base64.b64decode(item).hex() if key in IDS else with_hexadecimal_ids(item)
            for key, item in value.items()
        }
    return value


def main(path):
    """Visits the page as it was found and fixed, its offers in the cache."""
    exporter = FileExporter()
    provider = TracerProvider(
        resource=Resource({"service.name": "demo_app"}), shutdown_on_exit=False
    )
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    os.environ["DJANGO_SETTINGS_MODULE"] = "demo_app.settings"
    with ProviderApi(8) as api:
        os.environ["STREAMING_API_URL"] = api.url
        # Before the database is opened: the instrumentation wraps connections.
        SQLite3Instrumentor().instrument(tracer_provider=provider)
        with throwaway_database(None):
            counts = visit(api, provider, exporter)
            exporter.write(path)
    sys.stdout.write(json.dumps(counts) + "\n")


def visit(api, provider, exporter):
    """How many queries the library saw of each page."""
    from demo_app import catalogue
    from demo_app.play import arrange, log_in
    from demo_app.provider_api import COUNTRY

    movie = catalogue.fill(api.offers, f"{api.url}/logos", COUNTRY)
    client = log_in()
    arrange("hit", api, movie, COUNTRY)
    DjangoInstrumentor().instrument(tracer_provider=provider)
    client.handler.load_middleware()
    exporter.spans.clear()
    counts = {}
    for form, route in ROUTES.items():
        with querylens.capture() as trace:
            response = client.get(f"/{form.replace('_', '-')}/{movie.slug}/")
        assert response.status_code == 200
        counts[f"GET {route}"] = len(trace)
    return counts


if __name__ == "__main__":
    main(Path(sys.argv[1]))
