"""Inputs of every kind, and the command in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.audit_inputs import write
from benchmarks.workload.requests import Workload
from querylens.audit import audit
from querylens.cli import main
from querylens.config import Config
from querylens.reporters.json import JsonReporter
from querylens.traces import TraceWriter
from tests.traces.samples import page

DEADLINE = 300
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path_factory, monkeypatch):
    """A folder without configuration, which commands write to."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


@pytest.fixture(scope="session")
def inputs(tmp_path_factory):
    """What the generator makes of 2,000 statements: `postgresql.log`, `traces/` …"""
    folder = tmp_path_factory.mktemp("inputs")
    write(folder, Workload(2_000, 7, False, False))
    return folder


@pytest.fixture
def recording(tmp_path):
    """A recording of two traces; the second one has an N+1."""
    return write_recording(
        tmp_path / "recorded.jsonl", page("GET /quiet/", [1]), page(values=[1, 2, 3])
    )


def write_recording(path, *traces):
    folder = path.parent / f"{path.name}-made"
    with TraceWriter(folder) as writer:
        for trace in traces:
            writer.write(trace)
    [made] = folder.iterdir()
    made.rename(path)
    folder.rmdir()
    return path


@pytest.fixture
def command(capsys):
    """`querylens audit ARGUMENTS` in this process: exit code, stdout, stderr."""

    def finished(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["audit", *map(str, arguments)])
        return (end.value.code, *capsys.readouterr())

    return finished


def process(*arguments, **options):
    """`querylens audit ARGUMENTS` in a process of its own, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "querylens", "audit", *map(str, arguments)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
        **options,
    )


def environment(**more):
    known = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return {**known, "PYTHONPATH": str(ROOT), **more}


def document(*paths, config=None, **options):
    """The JSON report of an audit in this process, and its problems in words."""
    result = audit(list(map(str, paths)), config or Config(), **options)
    return json.loads(JsonReporter().render(result.report)), list(map(str, result.problems))


def text(*paths, **options):
    """The JSON report of an audit, in bytes that can be compared."""
    return JsonReporter().render(audit(list(map(str, paths)), Config(), **options).report)


POSTGRES = (
    b"2026-07-04 12:00:00.%03d UTC [7] LOG:  duration: 1.000 ms  statement: "
    b'SELECT "a"."id" FROM "a" WHERE "a"."id" = %d\n'
)


def log(path, statements=20, broken=b""):
    lines = [POSTGRES % (number, number) for number in range(statements)]
    lines.insert(statements // 2, broken)
    path.write_bytes(b"".join(lines))
    return path


@pytest.fixture
def told(command):
    """The lines of stderr for a bad file by itself, and beside a good one."""

    def lines(*paths):
        code, out, err = command(*paths)
        assert "Traceback" not in out + err
        return code, err.splitlines()

    return lines


def is_skipped(told, recording, bad, *words):
    """Alone a bad file is exit code 2; beside a good one it is one line, and the rest is told."""
    code, alone = told(bad)
    assert (code, len(alone)) == (2, 1), alone
    assert alone[0].startswith(f"querylens: {bad}"), alone
    for word in words:
        assert word in alone[0]
    assert told(bad, recording) == (0, alone)
