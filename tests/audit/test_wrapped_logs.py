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
STAMP = "2026-07-04T12:00:00.123456789Z"


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


def compose(records):
    """`docker compose logs`, with what another service prints."""
    ours = [f"db-1   | {line}\n" for line in "".join(records).splitlines()]
    others = [
        f"cache  | {number} changes in 60 seconds. Saving...\n" for number in range(len(ours))
    ]
    return "".join(line for both in zip(ours, others, strict=True) for line in both)


def compose_stamped(records):
    """The same with `--timestamps`, of one service."""
    return _framed(records, f"db-1  | {STAMP} ")


def kubectl(records):
    """`kubectl logs --prefix`."""
    return _framed(records, "[pod/shop-1/db] ")


def docker_stamped(records):
    """`docker logs --timestamps`."""
    return _framed(records, f"{STAMP} ")


def journalctl(records):
    """`journalctl -o short-iso`."""
    return _framed(records, "2026-07-04T12:00:00+0200 db-host mariadbd[812]: ")


def container_runtime(records):
    """The files below /var/log/containers."""
    return "".join(
        f"{STAMP} stderr {'F' if part.endswith(chr(10)) else 'P'} {part.rstrip(chr(10))}\n"
        for line in "".join(records).splitlines(keepends=True)
        for part in (
            line[begin : begin + DOCKERS_LONGEST] for begin in range(0, len(line), DOCKERS_LONGEST)
        )
    )


def _framed(records, frame):
    return "".join(f"{frame}{line}\n" for line in "".join(records).splitlines())


SERVICES = (
    *(docker, fluent_bit, filebeat, cloud_logging, gcloud),
    *(cloudwatch, cloudwatch_in_a_line, loki, journal),
)
FRAMES = (compose, compose_stamped, kubectl, docker_stamped, container_runtime, journalctl)


@pytest.mark.parametrize("service", SERVICES + FRAMES)
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


def _seeds(*without):
    return [path for name in READERS if name not in without for path in seeds_of(name)]


@pytest.mark.parametrize("log", _seeds("otlp"), ids=str)
def test_any_log(log, tmp_path):
    """Whatever its format is, JSON among them."""
    assert_the_same(log, docker, tmp_path)


@pytest.mark.parametrize("log", _seeds("otlp", "postgres-syslog"), ids=str)
def test_any_log_of_a_container(log, tmp_path):
    """But for those that stand behind others' words already."""
    assert_the_same(log, kubectl, tmp_path)


def assert_the_same(log, service, tmp_path):
    wrapped = tmp_path / "log.json"
    wrapped.write_text(service([log.read_bytes().decode("utf-8", "replace")]))
    plain = tmp_path / "log.txt"
    plain.write_text(log.read_bytes().decode("utf-8", "replace"))

    report, problems = document(plain)

    assert document(wrapped) == (report, [each.replace("log.txt", "log.json") for each in problems])


@pytest.mark.parametrize("service", FRAMES)
def test_statements_of_several_lines(tmp_path, service):
    """Django's log has no time of its own here, and a container's tells it."""
    log = [
        f"(0.001) SELECT a, b\nFROM t\nWHERE id = {row} -- ?; args=({row},); alias=default\n"
        for row in range(8)
    ]
    wrapped = tmp_path / "log.txt"
    wrapped.write_text(service(log))

    report, problems = document(wrapped)

    assert [each["text"] for each in shapes(report)] == ["SELECT A, B FROM T WHERE ID = ?"]
    assert [each["count"] for each in report["findings"]] == [8]
    assert not problems


def shapes(report):
    return [each["fingerprint"] for each in report["statements"]]


def test_long_statements_are_whole(tmp_path):
    """A container runtime cuts them, and says so."""
    listed = ", ".join(map(str, range(9_000)))
    log = [
        f"2026-07-04 12:00:00.10{row} UTC [7] LOG:  duration: 1.0 ms  statement: "
        f'SELECT "a" FROM "t" WHERE ("id" IN ({listed}) AND "b" = {row})\n'
        for row in range(8)
    ]
    wrapped = tmp_path / "0.log"
    wrapped.write_text(container_runtime(log))

    report, _ = document(wrapped)

    [shape] = shapes(report)
    assert shape["text"] == 'SELECT "a" FROM "t" WHERE ("id" IN (?) AND "b" = ?)'


def test_lines_are_those_of_the_log(inputs, tmp_path):
    lines = records(inputs, "postgresql.log")[:40]
    lines.insert(30, "no such line\n")
    wrapped = tmp_path / "log.json"
    wrapped.write_text(docker(lines))

    _, problems = document(wrapped)

    at = "".join(lines[:31]).count("\n")
    assert problems == [f"{wrapped}:{at}: no line of a PostgreSQL log: skipped"]


def test_lines_of_two_containers_are_those_of_each(inputs, tmp_path):
    lines = "".join(records(inputs, "mysql-slow.log")).splitlines()[:399]
    wrapped = tmp_path / "log.txt"
    text = "\n".join(lines)
    wrapped.write_text(_framed([text], "a-1  | ") + _framed([text, "\n", text], "b-1  | "))

    _, problems = document(wrapped)

    at = {int(line) for each in problems for line in re.findall(r"log\.txt:(\d+): ", each)}
    assert at == {399, 798}


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
