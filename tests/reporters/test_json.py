from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_type_hints

import jsonschema
import pytest

import querylens
from querylens.model import QueryGroup, Report, RouteTotals, StatementTotals, Totals
from querylens.reporters.json import JsonReporter, finding_as_dict, report_as_dict
from querylens.schema import OBJECTS, SCHEMA_VERSION, json_schema

_MANUAL = Path(__file__).parents[2] / "docs" / "reference" / "json.md"


@pytest.fixture(autouse=True)
def version(monkeypatch):
    monkeypatch.setattr(querylens, "__version__", "1.2.3")


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as it is published, but without room for keys that it does not name."""
    for definition in schema["$defs"].values():
        definition["additionalProperties"] = False
    return schema


def test_an_empty_report_is_valid():
    document = json.loads(JsonReporter().render(Report((), ())))

    jsonschema.validate(document, closed(json_schema()))
    assert document["summary"]["headline"] == "0 queries, nothing to fix"


def test_values_of_parameters_are_never_in_it(page_report, refresh_report, hostile_report):
    for report, secrets in (
        (page_report, ("k3y", "'IT'")),
        (refresh_report, ("2025-03-01",)),
        (hostile_report, ("S3CRET",)),
    ):
        text = JsonReporter().render(report)

        assert [secret for secret in secrets if secret in text] == []


@pytest.mark.parametrize("name", ["page", "refresh", "folded", "source"])
def test_is_as_expected(name, request, matches_golden):
    matches_golden(f"{name}.json", JsonReporter().render(request.getfixturevalue(f"{name}_report")))


def test_hostile_text_is_as_expected(hostile_report, matches_golden):
    first = replace(hostile_report, findings=hostile_report.findings[:1])

    matches_golden("hostile.json", JsonReporter().render(first))


@pytest.mark.parametrize("name", ["page", "refresh", "folded", "source", "hostile"])
@pytest.mark.parametrize("indent", [None, 2])
def test_is_valid_and_safe_in_ascii(name, indent, request):
    report = request.getfixturevalue(f"{name}_report")

    text = JsonReporter(indent).render(report)

    assert text.isascii()
    assert "<" not in text
    assert not re.search(r"(?i)\\ud[89a-f]", re.sub(r"\\\\", "", text))
    assert text.endswith("}\n")
    assert json.loads(text) == report_as_dict(report)
    jsonschema.validate(json.loads(text), closed(json_schema()))


def test_the_same_report_gives_the_same_bytes(page_report):
    assert JsonReporter().render(page_report) == JsonReporter().render(page_report)


def test_long_text_is_cut(hostile_report):
    assert len(JsonReporter().render(hostile_report)) < 100_000


def test_a_finding_can_be_written_alone(page_report):
    [lazy, _] = page_report.findings

    written = finding_as_dict(lazy)

    assert written == report_as_dict(page_report)["findings"][0]
    assert (written["count"], written["saved"], written["distinct"]) == (8, 8, 4)
    assert (written["similar"], written["duplicated"]) == (8, 8)
    assert written["key"] == [
        "QL101",
        "media.StreamingOffer.service",
        "media/movie.html",
    ]


def test_a_finding_without_queries_has_no_fingerprint(page_report):
    read_in_source = replace(page_report.findings[0], group=QueryGroup(()), evidence="source")

    written = finding_as_dict(read_in_source)

    assert written["fingerprint"] is None
    assert written["distinct"] == 0


def test_a_folded_finding_tells_how_often_it_was_met(folded_report):
    document = report_as_dict(folded_report)
    tally = document["findings"][0]["tally"]

    assert document["traces"] == []
    assert document["summary"]["traces"] == 3
    assert document["summary"]["queries"] == 16 + 25 + 16
    assert [trace["queries"] for trace in document["busiest"]] == [25, 16, 16]
    assert tally is not None
    assert (tally["traces"], tally["queries"], tally["saved"]) == (2, 16, 16)
    assert tally["counts"] == [{"queries": 8, "traces": 2}]


def test_an_audit_lists_traces_by_name_and_statements_by_fingerprint(folded_report):
    numbers = Totals(3, 57, 4, 1, 32, 28, 2_500_000)
    found = querylens.fingerprint("SELECT a FROM b WHERE c = 1")
    report = replace(
        folded_report,
        routes=(RouteTotals("GET /\udc80", numbers, ((16, 2), (25, 1))),),
        statements=(
            StatementTotals(found, 8, 9_000_000, 500_000, 2_000_000, 3_000_000, 4_000_000),
        ),
    )

    document = json.loads(JsonReporter().render(report))

    jsonschema.validate(document, closed(json_schema()))
    assert document["routes"] == [
        {
            "name": "GET /\\udc80",
            "traces": 3,
            "queries": 57,
            "typical": 16,
            "worst": 25,
            "transactions": 4,
            "setup": 1,
            "similar": 32,
            "duplicated": 28,
            "duration_ms": 2.5,
        }
    ]
    assert document["statements"] == [
        {
            "fingerprint": {"id": str(found), "text": found.text},
            "queries": 8,
            "duration_ms": 9.0,
            "median_ms": 0.5,
            "p95_ms": 2.0,
            "p99_ms": 3.0,
            "longest_ms": 4.0,
        }
    ]


def test_schema_is_a_valid_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_schema_refuses_another_version_and_a_missing_key(page_report):
    for change in ({"version": SCHEMA_VERSION + 1}, {"findings": None}):
        document = {**report_as_dict(page_report), **change}

        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document, json_schema())


def test_schema_allows_keys_of_later_releases(page_report):
    jsonschema.validate({**report_as_dict(page_report), "later": 1}, json_schema())


def test_the_manual_explains_every_key_in_the_order_of_the_schema():
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", _MANUAL.read_text(), re.M | re.S))
    explained = {
        name: re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", text, re.M)
        for name, text in sections.items()
    }

    assert explained == {name: list(get_type_hints(kind)) for name, kind in OBJECTS.items()}


def test_the_manual_names_every_allowed_word():
    manual = _MANUAL.read_text()
    words = {
        word
        for definition in json_schema()["$defs"].values()
        for value in definition["properties"].values()
        for word in value.get("enum", ())
    }

    assert [word for word in sorted(words) if f"`{word}`" not in manual] == []
    assert f"version {SCHEMA_VERSION}" in manual
