"""Logs in JSON, as containers and services keep them, tell what they tell without it."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from tests.audit.conftest import document, is_skipped, text
from tests.fuzz.readers import LOGS as READERS
from tests.fuzz.readers import seeds_of

#: What tells where a record begins.
LOGS = {"postgresql.log": r"(?m)^(?=2026-)", "mysql-slow.log": r"(?m)^(?=# Time)"}
DOCKERS_LONGEST = 16_384


def records(inputs, name):
    return re.split(LOGS[name], (inputs / name).read_text())


def docker(records):
    """The files of the `json-file` driver: a line each, or a part of one that is long."""
    return "".join(
        json.dumps({"log": part, "stream": "stderr", "time": "2026-07-04T12:00:00.1Z"}) + "\n"
        for line in "".join(records).splitlines(keepends=True)
        for part in (
            line[begin : begin + DOCKERS_LONGEST] for begin in range(0, len(line), DOCKERS_LONGEST)
        )
    )


def fluent_bit(records):
    lines = "".join(records).split("\n")
    return "".join(json.dumps({"date": 1783166400.1, "log": line}) + "\n" for line in lines)


def filebeat(records):
    return "".join(
        json.dumps({"log": {"offset": 7}, "message": line, "host": {"name": "db"}}) + "\n"
        for line in "".join(records).split("\n")
    )


def cloud_logging(records):
    """As sinks write it to a bucket."""
    return "".join(json.dumps(entry) + "\n" for entry in _entries(records))


def gcloud(records):
    """`gcloud logging read --order=asc --format=json`."""
    return json.dumps(_entries(records), indent=2)


def _entries(records):
    return [
        {"insertId": "x", "textPayload": each.rstrip("\n"), "timestamp": "2026-07-04T12:00:00.5Z"}
        for each in records
        if each
    ]


def cloudwatch(records):
    """`aws logs filter-log-events`."""
    return json.dumps({"events": _events(records)}, indent=4)


def cloudwatch_in_a_line(records):
    return json.dumps({"events": _events(records)}, separators=(",", ":"))


def _events(records):
    return [
        {"timestamp": 1_783_166_400_000, "message": each.rstrip("\n"), "eventId": "7"}
        for each in records
        if each
    ]


def loki(records):
    """`logcli query --forward -o jsonl`."""
    return "".join(
        json.dumps({"labels": {"app": "db"}, "line": line, "timestamp": "2026-07-04T12:00:00Z"})
        + "\n"
        for line in "".join(records).split("\n")
    )


def journal(records):
    """`journalctl -o json`."""
    return "".join(
        json.dumps({"__CURSOR": "x", "_PID": "7", "MESSAGE": line}) + "\n"
        for line in "".join(records).split("\n")
    )


SERVICES = (
    *(docker, fluent_bit, filebeat, cloud_logging, gcloud),
    *(cloudwatch, cloudwatch_in_a_line, loki, journal),
)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("name", LOGS)
def test_the_same_is_found(inputs, tmp_path, name, service):
    wrapped = tmp_path / "log.json"
    wrapped.write_text(service(records(inputs, name)))
    packed = tmp_path / "log.json.gz"
    packed.write_bytes(gzip.compress(wrapped.read_bytes()))

    report, problems = document(wrapped)

    assert report["findings"]
    assert not problems
    assert text(wrapped) == text(inputs / name)
    assert text(packed) == text(inputs / name)


@pytest.mark.parametrize(
    "log", [path for name in READERS if name != "otlp" for path in seeds_of(name)], ids=str
)
def test_any_log(log, tmp_path):
    """Whatever its format is, JSON among them."""
    wrapped = tmp_path / "log.json"
    wrapped.write_text(docker([log.read_bytes().decode("utf-8", "replace")]))
    plain = tmp_path / "log.txt"
    plain.write_text(log.read_bytes().decode("utf-8", "replace"))

    report, problems = document(plain)

    assert document(wrapped) == (report, [each.replace("log.txt", "log.json") for each in problems])


def test_lines_are_those_of_the_log(inputs, tmp_path):
    lines = records(inputs, "postgresql.log")[:40]
    lines.insert(30, "no such line\n")
    wrapped = tmp_path / "log.json"
    wrapped.write_text(docker(lines))

    _, problems = document(wrapped)

    at = "".join(lines[:31]).count("\n")
    assert problems == [f"{wrapped}:{at}: no line of a PostgreSQL log: skipped"]


def test_a_file_that_is_cut_off(inputs, tmp_path):
    wrapped = tmp_path / "log.json"
    wrapped.write_text(docker(records(inputs, "postgresql.log"))[:-60])

    report, problems = document(wrapped)

    assert report["findings"]
    [problem] = problems
    assert problem.endswith("the JSON is cut off here: what comes before was read")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gcloud(["2026-07-04 12:00:00.000 UTC [7] LOG:  statement: SELECT 1\n"] * 2), ""),
        (json.dumps([{"message": "dear diary"}] * 9), "not a trace file"),
        (json.dumps([{"message": 'SELECT "a" FROM "b"'}] * 9), "not a trace file"),
        ('{"message":"' + "x" * 2_000_000, "not a trace file"),
    ],
    ids=lambda value: value[:20],
)
def test_other_json(told, recording, tmp_path, content, words):
    bad = tmp_path / "bad.json"
    bad.write_text(content)

    if not words:
        assert told(bad)[0] == 0
        bad.write_text(content.replace(":00.5Z", ":02Z", 1))
        words = "the newest lines come first: ask for the oldest first"
    is_skipped(told, recording, bad, words)
