"""The page on the format: its example is a trace, and it explains every key and column."""

from __future__ import annotations

import json
import re
from pathlib import Path

import querylens
from querylens.traces import VERSION, decode, layout

PAGE = (Path(__file__).parents[2] / "docs/reference/trace-format.md").read_text(encoding="utf-8")
LINE = re.search(r"```json\n(.*)\n```", PAGE)[1]


def rows():
    lines = (line for line in PAGE.splitlines() if line.startswith("| "))
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]


def test_the_example_is_a_trace_of_this_version():
    trace = decode(LINE.encode() + b"\n")

    assert f"version {VERSION} of the format" in PAGE
    assert (trace.name, trace.kind, len(trace)) == ("GET /books/", "request", 4)
    assert trace.meta == {"route": "books/", "status": 200}
    assert trace.duplicated_counts() == [1, 2, 1, 2]
    [finding] = querylens.check(trace).findings
    assert finding.rule.code == "QL101"
    assert str(finding.call_site) == "shop/views.py:12"


def test_every_key_is_explained_with_what_the_example_has():
    explained = {row[0].strip("`"): row[1] for row in rows() if len(row) == 3}
    document = json.loads(LINE)

    assert [key for key in document if key not in explained] == []
    for key in ("v", "id", "name", "kind", "at", "pid", "rate", "gaps", "meta"):
        shown = json.dumps(document[key], separators=(",", ":"))
        assert explained[key] == f"`{shown}`"


def test_every_column_is_explained():
    explained = {row[0].strip("`") for row in rows()}

    columns = (*layout.COLUMNS, *layout.OPTIONAL_COLUMNS, *layout.COUNTED_COLUMNS)
    groups = (*layout.GROUP_COLUMNS, *layout.OPTIONAL_GROUP_COLUMNS)
    explained |= {name.strip("`") for row in rows() for name in row[0].split(", ")}
    assert [name for name in (*columns, *groups) if name not in explained] == []


def test_what_the_columns_of_the_example_are_said_to_be():
    document = json.loads(LINE)
    for row in rows():
        name = row[0].strip("`")
        if row[0] == f"`{name}`" and name in document["groups"]:
            shown = json.dumps(document["groups"][name], separators=(",", ":"))
            assert row[1] == f"`{shown}`"


def test_the_rows_that_are_explained_are_in_the_example():
    statements = json.loads(LINE)["statements"]
    explained = {
        title: json.loads(re.search(rf"### {title}\n\n`(\[.*?\])`[,:]", PAGE, re.S)[1])
        for title in ("A statement", "A cause", "A place")
    }

    assert explained["A statement"] in statements
    assert explained["A cause"] == explained["A statement"][4]
    assert explained["A place"] == explained["A statement"][5]
