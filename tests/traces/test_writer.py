"""What the writer is asked to do, and what it refuses."""

from __future__ import annotations

import gzip
import logging
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import querylens
from querylens.errors import ConfigError
from querylens.traces import TraceWriter, read_traces
from querylens.traces.compression import ZSTD_MODULES
from tests.traces.samples import page, recordings


def read(folder):
    problems = []
    traces = list(read_traces(folder, problems))
    assert problems == []
    return traces


def test_a_writer_that_wrote_nothing_leaves_no_file(tmp_path):
    with TraceWriter(tmp_path / "new"):
        pass

    assert not (tmp_path / "new").exists()


def test_what_only_readers_need_is_not_loaded(tmp_path):
    program = (
        "import sys; from querylens import Trace; from querylens.traces import TraceWriter\n"
        f"with TraceWriter({str(tmp_path)!r}) as writer: writer.write(Trace('one'))\n"
        "print('msgspec' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(querylens.__file__).parents[1],
    )

    assert ran.stdout == "False\n"
    assert len(read(tmp_path)) == 1


def test_a_file_is_for_its_owner_alone(tmp_path):
    with TraceWriter(tmp_path) as writer:
        writer.write(page())

    [file] = recordings(tmp_path)
    assert file.name.startswith("querylens-2")
    assert f"-{os.getpid()}-" in file.name
    assert file.suffix == ".jsonl"
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("compress", ["", "gz"])
def test_traces_come_back_in_order_with_what_was_told_of_them(tmp_path, compress):
    with TraceWriter(tmp_path, compress=compress) as writer:
        writer.write(page("one"), {"route": "books/", "status": 200})
        writer.write(page("two"))

    one, two = read(tmp_path)
    assert [one.name, two.name] == ["one", "two"]
    assert one.meta == {"route": "books/", "status": 200}
    assert two.meta == {}
    assert one.pid == os.getpid()
    assert one.id != two.id


def test_gz_is_one_member_a_trace(tmp_path):
    with TraceWriter(tmp_path, compress="gz") as writer:
        writer.write(page("one"))
        [file] = recordings(tmp_path)
        first = file.read_bytes()
        writer.write(page("two"))

    assert gzip.decompress(first).endswith(b"\n")
    assert file.read_bytes().startswith(first)


def test_a_file_that_would_grow_too_large_is_followed_by_another(tmp_path):
    with TraceWriter(tmp_path, max_bytes=5_000) as writer:
        for number in range(20):
            writer.write(page(str(number)))

    files = recordings(tmp_path)
    assert len(files) > 2
    assert max(file.stat().st_size for file in files) <= 5_000
    assert {trace.name for trace in read(tmp_path)} == {str(number) for number in range(20)}


def test_a_line_longer_than_a_file_may_be_is_written_whole(tmp_path):
    with TraceWriter(tmp_path, max_bytes=1) as writer:
        writer.write(page("one"))
        writer.write(page("two"))

    assert len(recordings(tmp_path)) == 2
    assert len(read(tmp_path)) == 2


def test_a_truncated_trace_says_so(tmp_path):
    with TraceWriter(tmp_path, max_queries=2) as writer:
        writer.write(page("whole", (1, 2)))
        writer.write(page("long", (1, 2, 3)))

    whole, long = sorted(read(tmp_path), key=lambda trace: trace.name, reverse=True)
    assert whole.gaps == []
    assert len(long) == 2
    assert long.gaps == [
        "only the first 2 of 3 statements of long were recorded: "
        "raise max_queries (the setting record-max-queries) to see the others"
    ]
    assert list(querylens.check(long).remarks) == long.gaps


def test_a_sample_says_how_large_it_is(tmp_path):
    with TraceWriter(tmp_path / "none", sample_rate=0) as none:
        none.write(page())
    with TraceWriter(tmp_path / "half", sample_rate=0.5) as half:
        for _ in range(400):
            half.write(page())

    assert not (tmp_path / "none").exists()
    traces = read(tmp_path / "half")
    assert 100 < len(traces) < 300
    assert {trace.sample_rate for trace in traces} == {0.5}


def test_a_share_that_the_caller_chose_is_told_and_not_taken_again(tmp_path):
    with TraceWriter(tmp_path / "all", sampled_before=0.01) as writer:
        for _ in range(100):
            writer.write(page())
    with TraceWriter(tmp_path / "half", sampled_before=0.5, sample_rate=0.5) as half:
        for _ in range(400):
            half.write(page())

    assert [trace.sample_rate for trace in read(tmp_path / "all")] == [0.01] * 100
    rates = [trace.sample_rate for trace in read(tmp_path / "half")]
    assert 100 < len(rates) < 300
    assert set(rates) == {0.25}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"compress": "rar"}, "compress: 'rar' is not known. Allowed: '', 'gz', 'zst'"),
        ({"max_bytes": 0}, "max_bytes: 0 is not allowed: a whole number from 1 on"),
        ({"max_queries": "9"}, "max_queries: '9' is not allowed: a whole number from 1 on"),
        ({"sample_rate": 1.5}, "sample_rate: 1.5 is not allowed: a number from 0 to 1"),
        ({"sample_rate": float("nan")}, "sample_rate: nan is not allowed: a number from 0 to 1"),
        ({"sampled_before": -1}, "sampled_before: -1 is not allowed: a number from 0 to 1"),
    ],
)
def test_refuses_what_is_not_allowed(tmp_path, options, message):
    with pytest.raises(ConfigError) as caught:
        TraceWriter(tmp_path, **options)

    assert str(caught.value) == message


def zstd_is_installed():
    return any(find_spec(name.partition(".")[0]) and find_spec(name) for name in ZSTD_MODULES)


@pytest.mark.skipif(not zstd_is_installed(), reason="no module for zstd is installed")
def test_zst_is_one_frame_a_trace(tmp_path):
    with TraceWriter(tmp_path, compress="zst") as writer:
        writer.write(page("one"))
        writer.write(page("two"))

    [file] = recordings(tmp_path)
    assert file.read_bytes().startswith(b"\x28\xb5\x2f\xfd")
    assert [trace.name for trace in read(tmp_path)] == ["one", "two"]
    file.write_bytes(file.read_bytes()[:-9])
    problems = []
    assert [trace.name for trace in read_traces(file, problems)] == ["one"]
    assert len(problems) == 1


@pytest.mark.skipif(zstd_is_installed(), reason="a module for zstd is installed")
def test_without_a_module_zst_says_what_is_missing(tmp_path):
    remedy = "no module for zstd is installed: use Python 3.14, pip install backports.zstd"
    with pytest.raises(ConfigError) as caught:
        TraceWriter(tmp_path, compress="zst")
    (tmp_path / "file").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(20))
    problems = []

    assert str(caught.value) == f"compress: 'zst' cannot be used: {remedy}, or choose 'gz'"
    assert list(read_traces(tmp_path / "file", problems)) == []
    assert [problem.message for problem in problems] == [remedy]


def test_a_trace_that_cannot_be_written_costs_that_trace(tmp_path, caplog):
    class Unhashable:
        __hash__ = None

    with caplog.at_level(logging.WARNING, "querylens"), TraceWriter(tmp_path) as writer:
        for _ in range(3):
            broken = page("broken")
            broken.records[0] = broken.records[0].__class__(
                **{**vars(broken.records[0]), "row": Unhashable()}
            )
            writer.write(broken)
        writer.write(page("next"))

    assert [trace.name for trace in read(tmp_path)] == ["next"]
    assert [record.message for record in caplog.records] == [
        "querylens: a trace could not be recorded"
    ]


def test_a_closed_writer_begins_a_new_file(tmp_path):
    writer = TraceWriter(tmp_path)
    writer.write(page("one"))
    writer.close()
    writer.close()
    writer.write(page("two"))
    writer.close()

    assert len(recordings(tmp_path)) == 2
    assert len(read(tmp_path)) == 2
