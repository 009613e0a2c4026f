"""One clear line for what is too large, and everything else is audited."""

from __future__ import annotations

import gzip
import json
import os
import resource

import pytest

from tests.audit.conftest import document, process, write_recording
from tests.traces.samples import page


@pytest.mark.once
def test_line_of_one_gigabyte(tmp_path):
    """Pieces that begin in the line are not read again and again; memory has an end."""
    path = tmp_path / "recorded.jsonl"
    good = write_recording(tmp_path / "good", page()).read_bytes()
    with path.open("wb") as file:
        file.write(good)
        file.seek(1_000_000_000, os.SEEK_CUR)
        file.write(b"\n" + good)

    result = process("--output-format", "json", path, preexec_fn=_little_memory)

    assert result.stderr == f"querylens: {path}:2: a record of more than 64 MB: skipped\n"
    assert json.loads(result.stdout)["summary"]["traces"] == 2


def _little_memory():
    resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000,) * 2)


def test_lines_behind_a_long_one_are_numbered(tmp_path):
    path = tmp_path / "recorded.jsonl"
    good = write_recording(tmp_path / "good", page()).read_bytes()
    with path.open("wb") as file:
        file.write(good)
        file.seek(70_000_000, os.SEEK_CUR)
        file.write(b"\n" + good + b"broken\n")

    report, problems = document(path)

    assert report["summary"]["traces"] == 2
    assert [problem.split(":")[1] for problem in problems] == ["2", "4"]


@pytest.mark.once
@pytest.mark.parametrize(("filling", "gigabytes"), [(b"\0", 10), (b"\n", 1), (b" ", 3)])
def test_decompression_bomb(tmp_path, recording, filling, gigabytes):
    bomb = tmp_path / "bomb.gz"
    megabytes = gzip.compress(filling * 10_000_000)
    with bomb.open("wb") as file:
        file.write(gzip.compress(recording.read_bytes()))
        for _ in range(gigabytes * 100):
            file.write(megabytes)

    result = process("--output-format", "json", bomb, preexec_fn=_little_memory)

    assert json.loads(result.stdout)["summary"]["traces"] == 2
    if filling == b"\n":
        assert not result.stderr
    else:
        assert result.stderr.splitlines() == [
            f"querylens: {bomb}:3: a record of more than 64 MB: skipped",
            f"querylens: {bomb}:3: the record does not end: the rest was not read",
        ]
