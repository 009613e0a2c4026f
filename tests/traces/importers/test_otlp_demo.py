"""The demo under OpenTelemetry's own instrumentation: as it was recorded, and live."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from querylens.sql import fingerprint
from querylens.traces.importers import otlp
from querylens.traces.statements import Block, Untold

ROOT = Path(__file__).parents[3]
RECORDED = Path(__file__).with_name("otlp_demo.jsonl")
#: What the library sees of these pages.
COUNTS = {"GET as-found/<slug:slug>/": 16, "GET fixed/<slug:slug>/": 7}


def requests_of(data):
    """The statements of each request, joined with the names that spans tell."""
    importer = otlp.recognise(data[:1000])
    untold = Untold()
    statements = list(importer.statements([Block(data, 1)], untold))
    assert untold == Untold()
    names = {told.request: told.name for told in statements if told.told_by == "span"}
    requests = {name: [] for name in names.values()}
    for told in sorted(statements, key=lambda told: told.at_ns):
        if told.sql:
            requests[names[told.request]].append(told)
    return requests


def test_recorded_pages_sent_what_the_library_saw():
    requests = requests_of(RECORDED.read_bytes())

    assert {name: len(statements) for name, statements in requests.items()} == COUNTS


def test_recorded_pages_show_the_n_plus_one():
    requests = requests_of(RECORDED.read_bytes())

    worst = {
        name: Counter(fingerprint(told.sql, "sqlite").text for told in statements).most_common(1)
        for name, statements in requests.items()
    }

    [(text, count)] = worst["GET as-found/<slug:slug>/"]
    assert count == 8
    assert 'FROM "media_service"' in text
    [(_, count)] = worst["GET fixed/<slug:slug>/"]
    assert count == 1


def test_recorded_statements_lie_in_their_request():
    data = RECORDED.read_bytes()
    statements = list(otlp.recognise(data).statements([Block(data, 1)], Untold()))

    for server in statements:
        if server.told_by == "span":
            sent = [told for told in statements if told.sql and told.request == server.request]
            assert server.at_ns <= min(told.at_ns for told in sent)
            assert max(told.at_ns + told.duration_ns for told in sent) <= (
                server.at_ns + server.duration_ns
            )
    assert {told.session for told in statements} == {"demo_app"}


def test_recorded_file_names_no_machine():
    text = RECORDED.read_text(encoding="utf-8")

    assert "/home/" not in text
    assert "/tmp/" not in text
    assert len(text) < 50_000


MISSING = [
    name
    for name in (
        "opentelemetry.instrumentation.django",
        "opentelemetry.instrumentation.sqlite3",
        "opentelemetry.exporter.otlp.proto.common",
    )
    if find_spec("opentelemetry") is None or find_spec(name) is None
]


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
@pytest.mark.parametrize("names", ["", "http,database", "http/dup,database/dup"])
def test_live(tmp_path, names):
    """Under the names of attributes before, those of today, and both."""
    file = tmp_path / "spans.jsonl"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "DEMO"))
    }

    result = subprocess.run(
        [sys.executable, "-m", "tests.traces.importers.record_otlp", str(file)],
        cwd=ROOT,
        env=environment | {"OTEL_SEMCONV_STABILITY_OPT_IN": names},
        capture_output=True,
        timeout=300,
        check=False,
    )

    assert result.returncode == 0, result.stderr.decode()
    seen = json.loads(result.stdout)
    requests = requests_of(file.read_bytes())
    assert {name: len(statements) for name, statements in requests.items()} == seen == COUNTS
