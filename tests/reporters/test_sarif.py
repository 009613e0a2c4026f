from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import querylens
from querylens.model import Edit, Fix, Place, QueryGroup, Report
from querylens.reporters.sarif import SarifReporter
from querylens.rules import RULES
from tests.reporters.examples import HOSTILE, LAZY, QUERYSET, finding_of, query
from tests.reporters.test_markdown import report_of

# The official schema, as the package sarif-om 1.0.4 carries it.
_SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0-rtm.4.json").read_text())
_VALIDATOR = jsonschema.Draft4Validator(_SCHEMA)
_URI = re.compile(r"[A-Za-z0-9_.~/%-]*")


@pytest.fixture(autouse=True)
def version(monkeypatch):
    monkeypatch.setattr(querylens, "__version__", "1.2.3")


def rendered(report: Report, **options: Any) -> str:
    return SarifReporter(**options).render(report)


def run_of(report: Report, **options: Any) -> dict[str, Any]:
    document = json.loads(rendered(report, **options))
    _VALIDATOR.validate(document)
    [run] = document["runs"]
    return run


def result_of(report: Report, **changes: Any) -> dict[str, Any]:
    """The result of the report's first finding, with changes."""
    finding = replace(report.findings[0], **changes)
    [result] = run_of(replace(report, findings=(finding,)))["results"]
    return result


def test_nothing_found_is_a_run_without_results():
    run = run_of(Report((), ()))

    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []
    assert run["invocations"][0]["toolExecutionNotifications"] == []


@pytest.mark.parametrize("name", ["page", "refresh", "folded", "source"])
def test_is_as_expected(name, request, matches_golden):
    matches_golden(f"{name}.sarif", rendered(request.getfixturevalue(f"{name}_report")))


@pytest.mark.parametrize("name", ["page", "refresh", "folded", "source", "hostile"])
def test_is_valid_and_safe_in_ascii(name, request):
    report = request.getfixturevalue(f"{name}_report")
    text = rendered(report)

    assert text.isascii()
    assert "<" not in text
    assert len(text) < 150_000
    assert [word for word in ("S3CRET", "k3y", "2025-03-01") if word in text] == []
    assert len(run_of(report)["results"]) == len(report.findings) + len(report.suppressed)


def test_the_schema_refuses_what_is_wrong(page_report):
    document = json.loads(rendered(page_report))
    document["runs"][0]["results"][0]["level"] = "bad"

    assert not _VALIDATOR.is_valid(document)


@pytest.mark.parametrize("name", ["page", "refresh", "folded", "source", "hostile"])
def test_every_result_is_tied_to_its_rule(name, request):
    run = run_of(request.getfixturevalue(f"{name}_report"))
    rules = run["tool"]["driver"]["rules"]

    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["locations"]


@pytest.mark.parametrize("kind", RULES, ids=lambda kind: kind.info.code)
def test_a_rule_is_explained(kind, page_report):
    finding = replace(page_report.findings[0], rule=kind.info)
    [rule] = run_of(replace(page_report, findings=(finding,)))["tool"]["driver"]["rules"]

    assert rule["fullDescription"]["text"].endswith(".")
    assert "## What it does\n" in rule["help"]["markdown"]
    assert rule["helpUri"] == kind.info.url
    assert rule["defaultConfiguration"] == {"level": kind.info.severity}


def test_the_fingerprint_is_that_of_the_key(page_report):
    first = result_of(page_report)["partialFingerprints"]
    moved = replace(page_report.findings[0].call_site, line=99)

    assert result_of(page_report, count=3, call_site=moved)["partialFingerprints"] == first
    other = replace(moved, template="other.html")
    assert result_of(page_report, call_site=other)["partialFingerprints"] != first


def test_columns_begin_at_one(page_report):
    result = result_of(page_report, call_site=QUERYSET, loop=None, origin=None)

    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 31,
        "endLine": 33,
        "startColumn": 12,
        "endColumn": 6,
        "snippet": {"text": QUERYSET.code},
    }


@pytest.mark.parametrize(
    "code", ["x = '\N{GRINNING FACE}'; y()", "", "a\nb"], ids=["wide", "none", "more"]
)
def test_columns_that_are_not_sure_are_left_out(page_report, code):
    place = Place("a.py", 3, 3, column=9, end_column=12, code=code)
    fix = Fix("use_id", "z", place)

    result = result_of(page_report, call_site=place, fix=fix)

    region = result["locations"][0]["physicalLocation"]["region"]
    assert {key for key in region if key != "snippet"} == {"startLine", "endLine"}
    assert result["fixes"] == []


def test_columns_of_other_letters_are_code_units(page_report):
    place = Place("a.py", 3, 3, column=4, end_column=6, code="ä日 = y()")

    region = result_of(page_report, call_site=place)["locations"][0]["physicalLocation"]["region"]

    assert (region["startColumn"], region["endColumn"]) == (5, 7)


def applied(text: str, replacement: dict[str, Any]) -> str:
    """The text after a replacement, made as the standard says."""
    region = replacement["deletedRegion"]
    lines = text.split("\n")
    first, last = region["startLine"] - 1, region["endLine"] - 1
    start = region.get("startColumn", 1) - 1
    end = region.get("endColumn", len(lines[last]) + 1) - 1
    joined = lines[first][:start] + replacement["insertedContent"]["text"] + lines[last][end:]
    return "\n".join([*lines[:first], joined, *lines[last + 1 :]])


@pytest.mark.parametrize(
    ("code", "place", "expected"),
    [
        (
            ".b()",
            Place("a.py", 2, 2, column=6, end_column=9, code="x = q()"),
            "1\n  x = q().b()\n3",
        ),
        ("r", Place("a.py", 2, 2, column=6, end_column=9, code="x = q()"), "1\n  x = r\n3"),
        ("  y", Place("a.py", 2, 2, code="x = q()"), "1\n  y\n3"),
        ("y\n\n  z", Place("a.py", 2, 3, code="x = q()\n3", column=2), "1\n  y\n\n    z"),
        ("y", Place("a.py", 2, column=2), "1\n  y\n3"),
        ("y", Place("a.py", 3, column=0), "1\n  x = q()\ny"),
        ("  y", Place("a.py", 2), "1\n  y\n3"),
    ],
)
def test_a_fix_can_be_applied(page_report, code, place, expected):
    [fix] = result_of(page_report, fix=Fix("use_id", code, place))["fixes"]
    [change] = fix["artifactChanges"]

    assert change["artifactLocation"]["uri"] == "a.py"
    assert applied("1\n  x = q()\n3", change["replacements"][0]) == expected


WIDE = Place("a.py", 3, 3, code="\N{GRINNING FACE}x", column=1, end_column=2)


@pytest.mark.parametrize(
    "fix",
    [
        Fix("none"),
        Fix("in_bulk", "x"),
        Fix("in_bulk", "x", QUERYSET, imports=("import y",)),
        Fix("in_bulk", ".x()", Place("a.py", 3)),
        Fix("in_bulk", "x", QUERYSET, edits=(Edit("y", WIDE),)),
    ],
)
def test_half_a_fix_is_none(page_report, fix):
    assert result_of(page_report, fix=fix)["fixes"] == []


def test_places_besides_the_first_are_related(page_report):
    related = result_of(page_report)["relatedLocations"]

    assert [place["message"]["text"] for place in related] == [
        "the line that rendered the template",
        "the loop around it",
        "the queryset whose rows were read",
        "where the fix goes",
    ]
    assert [place["id"] for place in related] == [1, 2, 3, 4]


def test_the_nearest_place_stands_for_an_access_that_is_not_known(page_report):
    [location] = result_of(page_report, call_site=None)["locations"]

    assert location["physicalLocation"]["region"]["startLine"] == 40


def test_a_finding_without_a_place_has_a_name(page_report):
    nowhere = dict.fromkeys(("call_site", "loop", "origin"))
    [location] = result_of(page_report, **nowhere)["locations"]

    assert location == {
        "logicalLocations": [{"fullyQualifiedName": "media.StreamingOffer.service"}]
    }


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b/ä%.py", "a%20b/%C3%A4%25.py"),
        ("c:d.py", "c%3Ad.py"),
        ("/srv/site/a.py", "file:///srv/site/a.py"),
        ("a\ud800.py", "a%ED%A0%80.py"),
    ],
)
def test_files_are_uris(page_report, file, uri):
    [location] = result_of(page_report, call_site=Place(file, 1))["locations"]
    artifact = location["physicalLocation"]["artifactLocation"]

    assert artifact["uri"] == uri
    assert ("uriBaseId" in artifact) == (not file.startswith("/"))


def test_suppressions_say_who_and_why(refresh_report):
    reasons = ("five rows", "", "per-file-ignores 'a.py'", "ignore-relations '*'")
    suppressed = tuple(replace(refresh_report.suppressed[0], reason=reason) for reason in reasons)

    results = run_of(replace(refresh_report, suppressed=suppressed))["results"]

    assert [result["suppressions"] for result in results] == [
        [],
        [],
        [{"kind": "inSource", "justification": "five rows"}],
        [{"kind": "inSource", "justification": "no reason given"}],
        [{"kind": "external", "justification": "per-file-ignores 'a.py'"}],
        [{"kind": "external", "justification": "ignore-relations '*'"}],
    ]


def test_what_saves_least_is_left_out_and_said(refresh_report):
    run = run_of(refresh_report, limit=1)

    assert [result["ruleId"] for result in run["results"]] == ["QL104"]
    sentences = [
        item["message"]["text"] for item in run["invocations"][0]["toolExecutionNotifications"]
    ]
    assert sentences[-1] == "3 results were left out: code scanning shows no more."


def test_no_more_than_github_shows(page_report):
    finding = finding_of(LAZY, [query("SELECT 1")], "x")
    results = run_of(Report((finding,) * 5_001, ()))["results"]

    assert len(results) == 5_000


def test_read_in_source_needs_no_queries(page_report):
    result = result_of(page_report, group=QueryGroup(()), count=0, evidence="source")

    assert result["properties"]["evidence"] == "source"


@given(st.text(max_size=60) | st.just(HOSTILE) | st.just("[a](1) {0} `c`"))
def test_any_text_makes_a_valid_document(text):
    run = run_of(report_of(text))

    for result in run["results"]:
        assert not re.search(r"(?<!\\)\]\(", result["message"]["text"])
        for place in (*result["locations"], *result["relatedLocations"]):
            uri = place["physicalLocation"]["artifactLocation"]["uri"]
            assert _URI.fullmatch(uri)
            assert unquote(uri, errors="surrogatepass") == f"a{text}.py"
