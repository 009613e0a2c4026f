"""URLs are read as files are, by whatever file systems fsspec has."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import pytest

from querylens.audit import audit, pieces
from querylens.config import Config
from querylens.reporters.json import JsonReporter
from tests.cli.conftest import DEADLINE, environment

fsspec = pytest.importorskip("fsspec", reason="needs fsspec: pip install 'querylens[cluster]'")

_NAMES = ("postgresql-1.log", "postgresql-2.log", "mysql-slow.log", "otlp.jsonl")


@pytest.fixture
def memory(inputs):
    """The generator's logs in memory, one of them compressed."""
    system = fsspec.filesystem("memory")
    for name in _NAMES:
        data = (inputs / name).read_bytes()
        if name.startswith("mysql"):
            name, data = f"{name}.gz", gzip.compress(data)
        system.pipe(f"/audited/{name}", data)
    yield "memory://audited"
    system.rm("/audited", recursive=True)


def rendered(audited):
    assert audited.problems == ()
    return JsonReporter().render(audited.report)


def test_a_folder_and_a_pattern_of_a_url_are_read_as_files(inputs, memory, monkeypatch):
    expected = rendered(audit([str(inputs / name) for name in _NAMES], Config()))
    monkeypatch.setattr(pieces, "PIECE", 50_000)
    monkeypatch.setattr(pieces, "MOST_PIECES", 1_000_000)

    assert rendered(audit([memory], Config())) == expected
    assert rendered(audit([f"{memory}/*"], Config())) == expected
    assert rendered(audit([f"file://{inputs / name}" for name in _NAMES], Config())) == expected
    assert json.loads(expected)["findings"]


def test_an_example_in_a_recording_behind_a_url_names_it(recording):
    url = f"file://{recording}"

    [finding] = audit([url], Config()).report.findings

    assert finding.fix.code == audit([str(recording)], Config()).report.findings[0].fix.code
    assert [where.startswith(f"{url} ") for _, _, where in finding.tally.examples] == [True]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("memory:///nothing/here.log", "cannot be read"),
        ("memory://nothing/*.log", "check the pattern"),
        ("nonsense://bucket/a.log", "Protocol not known: nonsense"),
    ],
)
def test_what_cannot_be_read_is_one_problem_and_the_rest_is_read(url, said, recording):
    audited = audit([url, str(recording)], Config())

    [problem] = audited.problems
    assert problem.file == url
    assert said in problem.message
    assert audited.report.totals.traces == 2


def test_a_missing_extra_is_one_line(recording):
    program = "import sys; sys.modules['fsspec'] = None; from querylens.cli import main; main()"

    finished = subprocess.run(
        [sys.executable, "-c", program, "audit", f"file://{recording}"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )

    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == (
        f"querylens: file://{recording}: a URL needs fsspec: pip install 'querylens[cluster]'\n"
    )
