"""One clear line for what is no input, and everything else is audited."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile

import pytest

from querylens.traces.compression import ZSTD_MODULES
from tests.audit.conftest import document, is_skipped, log, write_recording
from tests.traces.samples import page


def zipped(data):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("log", data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"dear diary, SELECT nothing\n", "not a trace file"),
        (b"", "empty file: nothing was recorded"),
        (b" \n\n \t\n", "empty file: nothing was recorded"),
        (b"\x7fELF\0\0\1\2" * 500, "a binary file is not a trace file"),
        (b"\0" * 5_000_000, "a binary file"),
        (b"\xff\xfe" + b"\xd8\x00" * 100, "not a trace file"),
        (b'{"resourceSpans"', "not a trace file"),
        (b"[" * 100_000, "not a trace file"),
        (b'{"a":' * 100_000, "not a trace file"),
        (b"\x1f\x8b", "cut off or damaged"),
        (b"\x1f\x8bnot gzip at all", "cut off or damaged"),
        (gzip.compress(b"dear diary", mtime=0), "not a trace file"),
        (gzip.compress(b"", mtime=0), "empty file"),
        (lzma.compress(b"LOG:  " * 9_999), "unpack it, as with xzcat FILE | querylens audit -"),
        (bz2.compress(b"LOG:  " * 9_999), "unpack it, as with bzcat FILE | querylens audit -"),
        (zipped(b"LOG:  " * 9_999), "unpack it, as with unzip -p FILE | querylens audit -"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_no_input(told, recording, tmp_path, content, words):
    bad = tmp_path / "bad"
    bad.write_bytes(content)

    is_skipped(told, recording, bad, words)


def test_truncated_gzip(told, tmp_path):
    whole = write_recording(tmp_path / "whole", *(page(f"GET /{n}/") for n in range(50)))
    data = gzip.compress(whole.read_bytes())
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(data[: len(data) * 2 // 3])

    report, problems = document(cut)

    traces = report["summary"]["traces"]
    assert 10 < traces < 50
    assert problems == [
        f"{cut}:{traces + 1}: half a last line: the process was killed while it wrote; only this "
        "trace is missing",
        f"{cut}:{traces + 1}: the compressed data is cut off or damaged here: what comes before "
        "was read",
    ]


def test_truncated_gzip_of_a_log(tmp_path):
    data = gzip.compress(log(tmp_path / "whole", 5_000).read_bytes())
    cut = tmp_path / "postgresql.log.gz"
    cut.write_bytes(data[: len(data) // 2])

    report, problems = document(cut)

    assert report["summary"]["queries"] > 500
    assert problems[-1].endswith(
        "the compressed data is cut off or damaged here: what comes before was read"
    )
    assert len(problems) <= 2, "one for the line that was cut"


def test_zstd(told, recording, tmp_path):
    bad = tmp_path / "bad.zst"
    bad.write_bytes(b"\x28\xb5\x2f\xfd and no more of it")
    module = next(filter(None, map(_imported, ZSTD_MODULES)), None)
    if module is None:
        is_skipped(told, recording, bad, "no module for zstd is installed")
        return
    is_skipped(told, recording, bad, "cut off or damaged")
    data = module.compress(recording.read_bytes())
    bad.write_bytes(data[:-4])
    assert document(bad)[1]
    bad.write_bytes(data)
    assert document(bad) == document(recording)


def _imported(name):
    try:
        return __import__(name, fromlist=["compress"])
    except ImportError:
        return None


def test_half_a_last_line(recording):
    whole = recording.read_bytes()
    recording.write_bytes(whole[:-30])

    report, problems = document(recording)

    assert report["summary"]["traces"] == 1
    assert problems == [
        f"{recording}:2: half a last line: the process was killed while it wrote; only this trace "
        "is missing"
    ]


def test_last_line_without_its_end(recording):
    whole = document(recording)
    recording.write_bytes(recording.read_bytes().rstrip(b"\n"))

    assert document(recording) == whole
