"""The benchmark's inputs: what `truth.json` says is counted again from the files themselves."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from benchmarks.audit_groups import split_and_merged
from benchmarks.audit_inputs import write
from benchmarks.workload.requests import Workload
from querylens.engine import check
from querylens.traces import read_traces

POSTGRES_LINE = re.compile(
    r"(?:(?P<at>\S+ \S+) UTC \[(?P<session>\d+)\] LOG:  duration: [\d.]+ ms  statement: )"
)
SLOW_LOG_ENTRY = re.compile(
    r"# Time: (?P<at>\S+)Z\n# User@Host: .* Id: +(?P<session>\d+)\n# Query_time: .*\n"
    r"SET timestamp=\d+;\n"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    write(folder, Workload(500))
    return folder


@pytest.fixture(scope="module")
def truth(made):
    return json.loads((made / "truth.json").read_text())


def entries(text, heading):
    """(session, statement) of a log, cut at its headings."""
    found = list(heading.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [
        (match["session"], text[match.end() : end].rstrip("\n"))
        for match, end in zip(found, ends, strict=True)
    ]


def shape(sql):
    """A crude shape, by other rules than querylens has: enough for these statements."""
    sql = re.sub(r" /\*db_driver=[^/]*\*/;?\Z", "", sql)
    sql = re.sub(r" ?E?'(?:[^'\\]|''|\\.)*'(?:::timestamptz)?", " 0", sql, flags=re.DOTALL)
    sql = re.sub(r"%s|\b(?:true|false)\b|(?<![\w\"`])\d[\d.]*", "0", sql)
    sql = re.sub(r"\s+", " ", sql.replace("`", '"')).rstrip(";")
    sql = re.sub(r"\((?:0, ?)*0\)(?:, \((?:0, ?)*0\))*", "(0)", re.sub(r"\( ?", "(", sql))
    sql = re.sub(r"(?<=SAVEPOINT )\"\w+\"|(?<=DECLARE )\"\w+\"|(?<=CLOSE )\"\w+\"", "0", sql)
    return re.sub(r"(?<=FROM )\"_django_curs\w+\"", "0", sql)


def bodies(statements):
    """How often each (request, shape) was sent, and with how many different texts."""
    texts = defaultdict(list)
    for request, sql in statements:
        if "SAVEPOINT" not in sql:
            texts[request, shape(sql)].append(sql)
    return Counter((len(group), len(set(group))) for group in texts.values() if len(group) > 1)


def true_bodies(truth):
    return Counter((count, distinct) for _, _, count, distinct in truth["bodies"])


def postgres_statements(folder):
    text = (folder / "postgresql.log").read_text(encoding="utf-8").replace("\n\t", "\n")
    return entries(text, POSTGRES_LINE)


def mysql_statements(folder):
    return entries((folder / "mysql-slow.log").read_text(encoding="utf-8"), SLOW_LOG_ENTRY)


def spans(folder):
    for line in (folder / "otlp.jsonl").read_bytes().splitlines():
        for resource in json.loads(line)["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                yield from scope["spans"]


def attributes(span):
    return {each["key"]: each["value"]["stringValue"] for each in span["attributes"]}


def traces(folder):
    problems = []
    found = list(read_traces(folder, problems))
    assert problems == []
    return found


def test_most_statements_are_in_bodies(truth):
    assert truth["statements"] == 500
    assert sum(count for _, _, count, _ in truth["bodies"]) == truth["statements_in_bodies"]
    assert 0.7 < truth["statements_in_bodies"] / truth["statements"] < 0.95


@pytest.mark.parametrize(
    ("name", "read"),
    [
        pytest.param("postgresql.log", postgres_statements, id="postgresql"),
        pytest.param("mysql-slow.log", mysql_statements, id="mysql"),
    ],
)
def test_logs_hold_the_truth(made, truth, name, read):
    statements = read(made)

    assert len(statements) == truth["inputs"][name]["statements"]
    assert len({session for session, _ in statements}) == truth["requests"]
    assert len({shape(sql) for _, sql in statements}) == truth["inputs"][name]["templates"]
    assert bodies(statements) == true_bodies(truth)


def test_rotated_files_are_the_log(made):
    rotated = [made / f"postgresql-{number}.log" for number in range(1, 5)]

    assert b"".join(map(type(made).read_bytes, rotated)) == (made / "postgresql.log").read_bytes()
    assert sorted(made.glob("postgresql-*")) == rotated


def test_sessions_of_a_log_are_interleaved(made):
    sessions = [session for session, _ in postgres_statements(made)]

    changes = sum(one != other for one, other in pairwise(sessions))
    assert changes > 2 * len(set(sessions))


def test_spans_hold_the_truth(made, truth):
    told = list(spans(made))
    sent = [(span["traceId"], attributes(span)) for span in told if span["kind"] == 3]
    texts = [
        (trace, (each.get("db.statement") or each["db.query.text"]), each) for trace, each in sent
    ]

    assert len(sent) == truth["inputs"]["otlp.jsonl"]["statements"]
    assert len({shape(sql) for _, sql, _ in texts}) == truth["inputs"]["otlp.jsonl"]["templates"]
    groups = defaultdict(list)
    for trace, sql, each in texts:
        if "SAVEPOINT" not in sql:
            groups[trace, shape(sql)].append(each["db.statement.parameters"])
    found = Counter((len(group), len(set(group))) for group in groups.values() if len(group) > 1)
    assert found == true_bodies(truth)


def test_every_span_has_its_root(made, truth):
    told = list(spans(made))
    roots = {(span["traceId"], span["spanId"]) for span in told if span["kind"] == 2}

    assert len(roots) == truth["requests"]
    assert {(s["traceId"], s["parentSpanId"]) for s in told if s["kind"] == 3} == roots
    assert len({span["spanId"] for span in told}) == len(told)


def test_recordings_hold_the_truth(made, truth):
    found = traces(made / "traces")

    assert len(found) == truth["requests"]
    assert sum(len(trace.queries) for trace in found) == truth["inputs"]["traces"]["statements"]
    groups = [group for trace in found for group in trace.groups() if len(group) > 1]
    assert Counter((len(each), each.distinct) for each in groups) == true_bodies(truth)
    assert all(group.loop and group.call_site and group.origin for group in groups)
    assert all(query.frames for trace in found for query in trace.queries)


def test_recordings_have_findings(made, truth):
    reports = [check(trace) for trace in traces(made / "traces")]

    found = sum(bool(report.findings) for report in reports)
    assert found > truth["requests"] * 0.8


def test_compressed_recordings_are_the_same(made):
    [plain], [compressed] = (made / "traces").iterdir(), (made / "traces-gz").iterdir()

    assert gzip.decompress(compressed.read_bytes()) == plain.read_bytes()


def test_texts_of_a_template_share_a_fingerprint():
    counted = split_and_merged(Workload(2_000))

    assert {(split, merged) for _, split, merged in counted.values()} == {(0, 0)}


def test_same_options_make_the_same_bytes(made, tmp_path):
    write(tmp_path, Workload(500))

    files = [path.relative_to(made) for path in made.rglob("*") if path.is_file()]
    assert {str(file) for file in files} >= {"truth.json", "otlp.jsonl", "mysql-slow.log"}
    assert [(made / file).read_bytes() for file in files] == [
        (tmp_path / file).read_bytes() for file in files
    ]


def test_another_seed_makes_others(made, tmp_path):
    write(tmp_path, Workload(500, seed=8))

    assert (tmp_path / "postgresql.log").read_bytes() != (made / "postgresql.log").read_bytes()


def test_distinct_statements_have_a_template_each(tmp_path):
    write(tmp_path, Workload(300, distinct=True))

    truth = json.loads((tmp_path / "truth.json").read_text())
    assert truth["bodies"] == []
    assert truth["inputs"]["mysql-slow.log"]["templates"] == 300
    assert len({shape(sql) for _, sql in mysql_statements(tmp_path)}) == 300
    assert len({shape(query.sql) for t in traces(tmp_path / "traces") for query in t}) == 300


def test_one_request_never_ends(tmp_path):
    write(tmp_path, Workload(12_000, one_request=True))

    truth = json.loads((tmp_path / "truth.json").read_text())
    statements = postgres_statements(tmp_path)
    assert truth["requests"] == 1
    assert len({session for session, _ in statements}) == 1
    assert bodies(statements) == true_bodies(truth)
    [trace] = traces(tmp_path / "traces")
    assert len(trace.queries) == truth["inputs"]["traces"]["statements"] == 10_000
    assert trace.gaps == ["only the first 10000 of 12000 were recorded"]
    assert len({span["traceId"] for span in spans(tmp_path)}) == 1
