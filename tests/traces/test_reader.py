"""What is no trace becomes a problem with a remedy, and the rest is read on."""

from __future__ import annotations

import gzip
import json
import logging
import os

import pytest

from querylens.config import Config
from querylens.traces import Problem, TraceFormatError, decode, encode, read_traces, reader
from tests.traces.samples import VIEW, page

ONE, TWO = encode(page("one")), encode(page("two"))
NOT_A_TRACE = "not a querylens trace: record one with querylens.traces"
DAMAGED = "keys are missing or have the wrong type: the line is damaged; record it again"
OUT_OF_RANGE = "a number is out of range: the line is damaged"
CUT_OFF = "half a last line: the process was killed while it wrote; only this trace is missing"
NO_FILE = "give a file or folder that querylens recorded"
BAD_MEMBER = "the compressed data is cut off or damaged here: what comes before was read"


def read(path, **options):
    problems = []
    names = [trace.name for trace in read_traces(path, problems, **options)]
    return names, [(problem.line, problem.message) for problem in problems]


def read_bytes(tmp_path, data):
    file = tmp_path / "file"
    file.write_bytes(data)
    return read(file)


def changed(**keys):
    """A line with other values under some keys; None takes the key away."""
    document = json.loads(ONE) | keys
    return json.dumps({key: value for key, value in document.items() if value is not None})


def with_column(name, column):
    return changed(queries=json.loads(ONE)["queries"] | {name: column})


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(ONE + TWO, id="two lines"),
        pytest.param(ONE + b"\n \n" + TWO, id="blank lines between"),
        pytest.param(ONE + TWO[:-1], id="no line feed at the end"),
        pytest.param(ONE.replace(b"\n", b"\r\n") + TWO, id="line ends of Windows"),
        pytest.param(gzip.compress(ONE + TWO), id="one gzip member"),
        pytest.param(gzip.compress(ONE) + gzip.compress(TWO), id="two gzip members"),
        pytest.param(changed(name="one", new=1).encode() + b"\n" + TWO, id="keys"),
    ],
)
def test_reads_without_a_word(tmp_path, data):
    assert read_bytes(tmp_path, data) == (["one", "two"], [])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", (0, "empty file: nothing was recorded"), id="empty"),
        pytest.param(b"GET / 200\n" * 3, (1, f"no querylens trace file: {NO_FILE}"), id="a log"),
        pytest.param(b"\x7fELF\0\0\n" * 3, (1, f"a binary file: {NO_FILE}"), id="binary"),
        pytest.param(b'{"name": 1}\n', (1, NOT_A_TRACE), id="other JSON"),
        pytest.param(b'{"v": "1"}\n', (1, NOT_A_TRACE), id="version of another type"),
        pytest.param(gzip.compress(b""), (0, "empty file: nothing was recorded"), id="empty gzip"),
    ],
)
def test_a_file_that_is_none(tmp_path, data, message):
    assert read_bytes(tmp_path, data) == ([], [message])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param(
            b'{"v":1,"\xff":2}', "not UTF-8: the line is damaged; record it again", id="8"
        ),
        pytest.param(b'{"v":1,', "not JSON: the line is damaged or no querylens trace", id="cut"),
        pytest.param(
            b'{"v":' + b"[" * 200_000, "nested too deep: not a querylens trace", id="deep"
        ),
        pytest.param(b'{"v":' + b"9" * 9_000 + b"}", OUT_OF_RANGE, id="digits"),
        pytest.param(b"[]", NOT_A_TRACE, id="a list"),
        pytest.param(b'{"v":0}', NOT_A_TRACE, id="version 0"),
        pytest.param(b'{"v":true}', NOT_A_TRACE, id="version true"),
        pytest.param(
            b'{"v":2}', "written by a newer querylens (format 2): upgrade querylens", id="newer"
        ),
        pytest.param(b'{"v":1}', DAMAGED, id="no keys"),
        pytest.param(changed(name=7), DAMAGED, id="name of another type"),
        pytest.param(changed(strings=None), DAMAGED, id="no strings"),
        pytest.param(changed(strings=[]), DAMAGED, id="too few strings"),
        pytest.param(changed(strings=[1]), DAMAGED, id="strings of another type"),
        pytest.param(changed(places=[[0, 1]]), DAMAGED, id="half a place"),
        pytest.param(changed(gaps="none"), DAMAGED, id="gaps of another type"),
        pytest.param(changed(meta=[1]), DAMAGED, id="meta of another type"),
        pytest.param(changed(meta={"a": 1.5}), DAMAGED, id="a broken number in meta"),
        pytest.param(changed(rate=7), DAMAGED, id="rate too large"),
        pytest.param(changed(queries=[]), DAMAGED, id="queries of another type"),
        pytest.param(changed(at=2**63), OUT_OF_RANGE, id="time out of range"),
        pytest.param(changed(at=1.5), DAMAGED, id="half a nanosecond"),
        pytest.param(with_column("group", [0, 0]), DAMAGED, id="a short column"),
        pytest.param(with_column("group", [0, 0, -1]), OUT_OF_RANGE, id="group from the end"),
        pytest.param(with_column("group", [0, 0, 9]), DAMAGED, id="group that is none"),
        pytest.param(with_column("duration", [0, 0, -1]), OUT_OF_RANGE, id="time backwards"),
        pytest.param(with_column("duration", [0, 0, True]), DAMAGED, id="true for a number"),
        pytest.param(with_column("parent", [-1, 0, 3]), OUT_OF_RANGE, id="parent outside"),
        pytest.param(with_column("params", ["", "", 5]), DAMAGED, id="hash of another type"),
        pytest.param(with_column("row", {"a": 1}), DAMAGED, id="an object for a column"),
        pytest.param(with_column("values", [["1"], 5, None]), DAMAGED, id="broken values"),
        pytest.param(with_column("values", [["1"] * 9, None, None]), DAMAGED, id="more values"),
    ],
)
def test_a_line_that_is_none_is_told_and_the_rest_is_read(tmp_path, line, message):
    line = line if isinstance(line, bytes) else line.encode()
    names, problems = read_bytes(tmp_path, ONE + line + b"\n" + TWO)

    assert names == ["one", "two"]
    assert problems == [(2, message)]
    with pytest.raises(TraceFormatError, match=r"\A[^\n]+\Z"):
        decode(line)


def test_the_same_problem_is_told_once_with_its_number(tmp_path):
    names, problems = read_bytes(tmp_path, ONE + b'{"v":2}\n' * 4 + TWO)

    newer = "written by a newer querylens (format 2): upgrade querylens"
    assert names == ["one", "two"]
    assert problems == [(2, newer), (0, f"3 more lines: {newer}")]


@pytest.mark.parametrize("end", [1, 100, len(TWO) - 2])
def test_half_a_last_line(tmp_path, end):
    assert read_bytes(tmp_path, ONE + TWO[:end]) == (["one"], [(2, CUT_OFF)])


@pytest.mark.parametrize("cut", [1, 9, 60])
def test_gzip_that_was_cut_off(tmp_path, cut):
    data = gzip.compress(ONE) + gzip.compress(TWO)[:-cut]

    names, [(_, message)] = read_bytes(tmp_path, data)

    assert names[:1] == ["one"]
    assert message in (BAD_MEMBER, CUT_OFF)


def test_gzip_that_was_damaged(tmp_path):
    first = gzip.compress(ONE)
    second = bytearray(gzip.compress(TWO))
    second[60:90] = bytes(30)

    names, problems = read_bytes(tmp_path, first + bytes(second))

    assert names == ["one"]
    assert [message for _, message in problems] == [BAD_MEMBER]


def test_a_line_that_is_too_long_is_skipped(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "LONGEST_LINE", 4_000)
    names, problems = read_bytes(tmp_path, ONE + b'{"v":1' + b" " * 9_000 + b"\n" + TWO)

    assert names == ["one", "two"]
    assert [(line, "is no trace: skipped" in message) for line, message in problems] == [(2, True)]


def test_a_line_that_never_ends_is_given_up(tmp_path, monkeypatch):
    """As a decompression bomb has one: a few kilobytes stand for gigabytes."""
    monkeypatch.setattr(reader, "LONGEST_LINE", 4_000)
    monkeypatch.setattr(reader, "_MOST_SKIPPED", 40_000)
    names, problems = read_bytes(tmp_path, gzip.compress(ONE + bytes(1_000_000)))

    assert names == ["one"]
    assert problems[-1] == (2, "the line does not end: the rest of the file was not read")


def test_a_folder_is_read_by_name_and_told_by_content(tmp_path):
    (tmp_path / "b.jsonl").write_bytes(gzip.compress(TWO))
    (tmp_path / "a.gz").write_bytes(ONE)
    (tmp_path / "c.txt").write_text("notes\n")
    (tmp_path / ".hidden").write_text("notes\n")
    (tmp_path / "folder").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")

    assert read(tmp_path) == (["one", "two"], [(1, f"no querylens trace file: {NO_FILE}")])


def test_a_folder_without_files(tmp_path):
    message = "no files in this folder: record traces into it first"

    assert read(tmp_path) == ([], [(0, message)])


@pytest.mark.parametrize("name", ["missing", "\0"])
def test_a_path_that_is_none(tmp_path, name):
    names, [(line, message)] = read(tmp_path / name)

    assert (names, line) == ([], 0)
    assert message.startswith("cannot be read (")


def test_without_a_list_problems_are_logged(tmp_path, caplog):
    (tmp_path / "file").write_bytes(ONE + b"[]\n")
    with caplog.at_level(logging.WARNING, "querylens"):
        assert len(list(read_traces(tmp_path / "file"))) == 1

    assert caplog.messages == [f"querylens: {tmp_path / 'file'}:2: {NOT_A_TRACE}"]


def test_a_problem_reads_as_one_line():
    assert str(Problem("a", 2, "is broken")) == "a:2: is broken"
    assert str(Problem("a", 0, "is broken")) == "a: is broken"


def test_places_are_looked_for_below_the_readers_own_root(tmp_path):
    file = tmp_path / "shop" / "views.py"
    file.parent.mkdir()
    file.write_text("\n" * 11 + f"    {VIEW.code}\n")
    elsewhere, here = decode(ONE), decode(ONE, Config(root=tmp_path))

    assert elsewhere.queries[0].call_site == here.queries[0].call_site == VIEW
    assert elsewhere.queries[0].call_site.path == ""
    assert here.queries[0].call_site.path == str(file)


def test_source_that_changed_since_is_not_read(tmp_path):
    file = tmp_path / "shop" / "views.py"
    file.parent.mkdir()
    file.write_text("\n" * 11 + "    another.line()\n")

    assert decode(ONE, Config(root=tmp_path)).queries[0].call_site.path == ""


def test_a_pipe_is_no_source(tmp_path):
    (tmp_path / "shop").mkdir()
    os.mkfifo(tmp_path / "shop" / "views.py")

    assert decode(ONE, Config(root=tmp_path)).queries[0].call_site.path == ""
