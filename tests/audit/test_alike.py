"""Same input, same bytes; and folding first finds what checking trace by trace finds."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import audit_groups
from querylens.audit import audit, processes
from querylens.config import Config
from querylens.engine import check
from querylens.model import Cause, Place, Query, Summary, Trace
from querylens.reporters.json import JsonReporter
from querylens.sql import fingerprint
from querylens.traces import read_traces
from tests.audit.conftest import document, text, write_recording

KINDS = ("traces", "postgresql.log", "mysql-slow.log", "otlp.jsonl")
VIEWS = (
    Place("shop/views.py", 12, 12, "listing", "book.author.name", column=4, end_column=15),
    Place("shop/views.py", 20, 20, "detail", "shelf.books.all()", column=8, end_column=25),
    None,
)
LOOP = Place("shop/views.py", 11, 11, "listing", "for book in books:", column=0, end_column=18)
CAUSES = (
    Cause("forward", "attribute", "library.Author", "library.Book.author", "author", True),
    Cause("reverse", "all", "library.Book", "library.Shelf.books", "books", False),
    None,
)
TEXTS = (
    'SELECT "a"."name" FROM "a" WHERE "a"."id" = %s',
    'SELECT "b"."id" FROM "b" WHERE "b"."shelf_id" = %s',
    'UPDATE "a" SET "name" = %s',
    "SAVEPOINT x",
    *(f"SAVEPOINT s1_x{number}" for number in range(2)),
    *(
        f'SELECT "a"."id" FROM "a" WHERE "a"."id" IN ({", ".join(["%s"] * size)})'
        for size in (7, 8)
    ),
    *(f"SELECT GREATEST({', '.join(['%s'] * size)})" for size in (7, 8)),
    *(f'SELECT "b"."id" FROM "b" WHERE "b"."id" = {number}' for number in range(2)),
)
QUERIES = st.lists(
    st.tuples(
        st.sampled_from(TEXTS),
        st.integers(0, 3),
        st.sampled_from(CAUSES),
        st.sampled_from(VIEWS),
        st.booleans(),
        st.sampled_from(["s1", "s2"]),
        st.booleans(),
    ),
    max_size=12,
)


def trace(name, rows):
    made = Trace(name, "request")
    made.records.extend(
        Query(
            sql,
            (value,),
            "default",
            "sqlite",
            started_ns=1_000 * number,
            duration_ns=200 + number,
            cause=cause,
            call_site=view,
            loop=LOOP if in_loop else None,
            scope="request",
            row=number if in_loop else -1,
            stack=stack,
            is_setup=is_setup and number < 2,
        )
        for number, (sql, value, cause, view, in_loop, stack, is_setup) in enumerate(rows)
    )
    return made


def trace_by_trace(path, config=None):
    config, summary = config or Config(), Summary()
    for each in read_traces(path, [], config=config):
        summary.add(check(each, config=config), f"{path} {each.id}")
    return summary.report()


def told(report):
    """What both ways must agree on: the whole of each finding but for its text's example."""
    found = {}
    for finding in report.findings:
        # Of one name a fold keeps the worst trace as an example, a summary all of them.
        row = (finding.count, finding.saved, finding.scopes, replace(finding.tally, examples=()))
        found[finding.key, finding.call_site, str(finding.group.fingerprint)] = row
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.sampled_from(["GET /a/", "GET /b/"]), QUERIES), min_size=1, max_size=4)
)
def test_as_trace_by_trace(tmp_path_factory, made):
    path = tmp_path_factory.mktemp("made") / "recorded.jsonl"
    write_recording(path, *(trace(*each) for each in made))

    folded, plain = audit([str(path)], Config()).report, trace_by_trace(path)

    assert folded.totals == plain.folded
    assert folded.busiest == plain.busiest
    assert {key[0] for key in told(folded)} == {key[0] for key in told(plain)}
    assert sum(each.saved for each in folded.findings) == sum(each.saved for each in plain.findings)


def test_generated_as_trace_by_trace(inputs):
    [path] = (inputs / "traces").iterdir()

    folded, plain = audit([str(path)], Config()).report, trace_by_trace(path)

    assert folded.totals == plain.folded
    assert told(folded) == told(plain)
    assert len(folded.findings) > 50


@pytest.mark.parametrize("kind", KINDS)
def test_any_order_and_any_jobs(inputs, tmp_path, kind):
    """Also where each request is in a file of its own."""
    names = [str(inputs / kind), str(inputs / "traces"), str(inputs / "postgresql-1.log")]
    whole = text(*names)

    assert text(*reversed(names)) == whole
    assert text(*names, *names) == whole
    with processes(2) as pool:
        assert text(*names, executor=pool, workers=2) == whole


def split(path, folder, parts):
    """Records of a recording, dealt to files at random; without places, which name the file."""
    lines = path.read_bytes().splitlines(keepends=True)
    random.Random(parts).shuffle(lines)
    folder.mkdir()
    for number in range(parts):
        (folder / f"{number}.jsonl").write_bytes(b"".join(lines[number::parts]))
    return folder


@pytest.mark.parametrize("parts", [1, 7])
def test_any_split_into_files(inputs, tmp_path, parts):
    [path] = (inputs / "traces").iterdir()
    whole = without_names(text(path), path)

    folder = split(path, tmp_path / "split", parts)
    found = text(folder)
    for number in range(parts):
        found = without_names(found, folder / f"{number}.jsonl")

    assert json.loads(found)["summary"] == json.loads(whole)["summary"]
    assert sorted(map(_identity, json.loads(found)["findings"])) == sorted(
        map(_identity, json.loads(whole)["findings"])
    )


def without_names(report, path):
    return report.replace(str(path), "FILE")


def _identity(finding):
    return (finding["code"], finding["count"], finding["saved"], json.dumps(finding["call_site"]))


@pytest.mark.parametrize("kind", KINDS)
def test_compressed(inputs, tmp_path, kind):
    plain = inputs / kind
    [plain] = plain.iterdir() if plain.is_dir() else [plain]
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    assert without_names(text(packed), packed) == without_names(text(plain), plain)


def test_members_of_gzip(inputs):
    [plain], [packed] = (list((inputs / name).iterdir()) for name in ("traces", "traces-gz"))

    assert without_names(text(packed), packed) == without_names(text(plain), plain)


def test_a_report_holds_no_time_of_its_own(inputs):
    report = audit([str(inputs / "traces")], Config()).report

    assert JsonReporter().render(report) == JsonReporter().render(report)
    assert document(inputs / "traces") == document(inputs / "traces")


@pytest.mark.parametrize("name", ["traces", "otlp.jsonl", "postgresql.log", "mysql-slow.log"])
def test_no_statement_is_counted_for_another(inputs, name):
    """Few are not told at all: those of which a request sends too few."""
    truth = json.loads((inputs / "truth.json").read_text())
    text_of, vendor = audit_groups.TEXTS[name]
    shapes = {each["number"]: fingerprint(each[text_of], vendor) for each in truth["templates"]}
    sent, told = Counter(), Counter()
    for _, template, count, _ in truth["bodies"]:
        sent[shapes[template]] += count
    for finding in document(inputs / name)[0]["findings"]:
        told[finding["fingerprint"]["id"]] += finding["tally"]["queries"]

    assert told <= sent
    assert sum(told.values()) > 0.9 * sum(sent.values())
