"""One clear line for a line that can't be read, and everything else is audited."""

from __future__ import annotations

import json

import pytest

from querylens.audit import pieces
from tests.audit.conftest import POSTGRES, document, log, write_recording
from tests.traces.samples import page


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"\xff\xfe{}", "not UTF-8"),
        (b"{" * 100_000, "not JSON"),
        (b'{"v":1,"a":' + b"[" * 100_000, "nested too deep"),
        (b'{"v":1}', "keys are missing"),
        (b'{"v":0}', "not a querylens trace"),
        (b'{"v":2,"id":"1"}', "written by a newer querylens (format 2): upgrade querylens"),
        (b'{"v":1' + b"0" * 5_000 + b"}", "out of range"),
        (b"null", "not a querylens trace"),
        (b"[]", "not a querylens trace"),
        (b"\0\0\0", "not JSON"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_damaged_line(recording, line, words):
    known = document(recording)[0]
    first, second = recording.read_bytes().splitlines()
    recording.write_bytes(b"\n".join([first, line, second, b""]))

    report, [problem] = document(recording)

    assert problem.startswith(f"{recording}:2: ")
    assert words in problem
    assert report["summary"] == known["summary"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("at", 10**400, id="at-great"),
        ("at", 2**63),
        ("at", -(10**30)),
        ("rate", 5),
        ("rate", 1e308),
        ("v", 10**30),
        ("name", 5),
        ("statements", {}),
        ("groups", []),
        ("queries", []),
    ],
)
def test_numbers_out_of_range(recording, key, value):
    first, second = recording.read_bytes().splitlines()
    damaged = json.dumps({**json.loads(second), key: value}).encode()
    recording.write_bytes(b"\n".join([damaged, first, b""]))

    report, problems = document(recording)

    assert len(problems) == 1
    assert problems[0].startswith(f"{recording}:1: ")
    assert report["summary"]["traces"] == 1


@pytest.mark.parametrize("number", [-5, 2, 2**63, 10**30, "1", None, 1.5])
def test_statement_out_of_range(recording, number):
    first, second = recording.read_bytes().splitlines()
    damaged = json.loads(second)
    others = range(1, len(damaged["groups"]["time"]))
    damaged["groups"]["statement"] = [number, *others]
    recording.write_bytes(b"\n".join([first, json.dumps(damaged).encode(), b""]))

    report, problems = document(recording)

    assert len(problems) == 1
    assert problems[0].startswith(f"{recording}:2: ")
    assert report["summary"]["traces"] == 1


@pytest.mark.parametrize("column", ["time", "longest", "steps", "equal"])
@pytest.mark.parametrize("number", [-5, 2**63, 10**30, "1", "xx", None, 1.5])
def test_sums_that_are_damaged_are_made_again(recording, column, number):
    known = document(recording)[0]
    first, second = recording.read_bytes().splitlines()
    damaged = json.loads(second)
    damaged["groups"][column] = [number]
    recording.write_bytes(b"\n".join([first, json.dumps(damaged).encode(), b""]))

    report, problems = document(recording)

    assert problems == []
    assert report["summary"] == known["summary"]
    assert report["statements"] == known["statements"]


@pytest.mark.parametrize("table", ["strings", "places", "statements", "stacks"])
@pytest.mark.parametrize("row", [[], [10**6] * 20, [-5] * 20, ["x"] * 20, None, {"a": 1}])
def test_damaged_tables(recording, table, row):
    """A table that points nowhere costs its own line, whichever way the line is read."""
    first, second = recording.read_bytes().splitlines()
    damaged = json.loads(second)
    damaged[table] = [row for _ in damaged[table]] or [row]
    recording.write_bytes(b"\n".join([first, json.dumps(damaged).encode(), b""]))

    report, problems = document(recording)

    assert report["summary"]["traces"] + len(problems) == 2
    assert all(problem.startswith(f"{recording}:2: ") for problem in problems)


def test_many_bad_lines_are_counted(recording):
    good = recording.read_bytes()
    recording.write_bytes(good + b"what is this\n" * 1_000)

    report, problems = document(recording)

    assert problems == [
        f"{recording}:{number}: not JSON: the line is damaged or no querylens trace"
        for number in range(3, 23)
    ]
    assert "980 lines that could not be parsed" in report["remarks"]


@pytest.mark.parametrize("size", [2_000, 40_000, 10**9])
def test_line_numbers_of_pieces(tmp_path, monkeypatch, size):
    """A problem has its line in the file, wherever the pieces were cut."""
    monkeypatch.setattr(pieces, "PIECE", size)
    monkeypatch.setattr(pieces, "MOST_PIECES", 1_000_000)
    path = tmp_path / "recorded.jsonl"
    write_recording(path, *(page(f"GET /{number}/", range(9)) for number in range(100)))
    lines = path.read_bytes().splitlines(keepends=True)
    for number in (17, 18, 60, 99):
        lines[number] = b"\n\nbroken\n" if number == 60 else b"broken\n"
    path.write_bytes(b"".join(lines))

    report, problems = document(path)

    assert [problem.split(":")[1] for problem in problems] == ["18", "19", "63", "102"]
    assert report["summary"]["traces"] == 96


def test_invalid_utf8_in_a_log(tmp_path):
    bad = (POSTGRES % (50, 50)).replace(b'"a"."id" =', b"'\xff\xfe' =")

    report, problems = document(log(tmp_path / "log", broken=bad))

    assert (report["summary"]["queries"], problems) == (21, [])
