"""What the middleware's recording is told, and what a wrong setting says."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

import querylens
from querylens.config import Config, load_config
from querylens.errors import ConfigError
from querylens.traces import read_traces

PAGE = Path(__file__).parents[2] / "docs/how-to/record-requests.md"

pytestmark = pytest.mark.django_db


@pytest.fixture
def recorded(site, tmp_path):
    """Makes a client of a site that records to `tmp_path`."""
    return lambda **options: site(REPORT=["record"], RECORD_FOLDER=tmp_path, **options)


def read(folder):
    problems = []
    traces = list(read_traces(folder, problems))
    assert problems == []
    return traces


def test_a_sample_is_taken_once_and_each_trace_tells_its_share(recorded, exchanges, tmp_path):
    client = recorded(SAMPLE_RATE=0.5)
    for _ in range(200):
        client.get("/nowhere/")

    traces = read(tmp_path)
    assert 40 < len(exchanges) < 160
    assert len(traces) == len(exchanges)
    assert {trace.sample_rate for trace in traces} == {0.5}


def test_a_sample_of_none_leaves_no_file(recorded, tmp_path):
    recorded(SAMPLE_RATE=0).get("/")

    assert list(tmp_path.iterdir()) == []


def test_without_a_sample_each_trace_stands_for_itself(recorded, tmp_path):
    recorded().get("/")

    assert [trace.sample_rate for trace in read(tmp_path)] == [1.0]


def test_a_request_within_the_most_is_whole(recorded, rows, tmp_path):
    recorded(RECORD_MAX_QUERIES=1 + rows).get("/lazy/")

    [trace] = read(tmp_path)
    assert (len(trace), trace.gaps) == (1 + rows, [])


def test_a_longer_request_is_cut_and_says_so(recorded, rows, tmp_path):
    recorded(RECORD_MAX_QUERIES=2).get("/lazy/")

    [trace] = read(tmp_path)
    assert len(trace) == 2
    assert querylens.check(trace).remarks == (
        "only the first 2 of 5 statements of GET lazy/ were recorded: raise max_queries "
        "(the setting record-max-queries) to see the others",
    )


def test_files_are_rotated(recorded, rows, tmp_path):
    client = recorded(RECORD_MAX_BYTES=5_000)
    for _ in range(10):
        client.get("/lazy/")

    files = list(tmp_path.iterdir())
    assert len(files) > 2
    assert max(file.stat().st_size for file in files) <= 5_000
    assert [trace.name for trace in read(tmp_path)] == ["GET lazy/"] * 10


def test_files_are_compressed(recorded, tmp_path):
    recorded(RECORD_COMPRESS="gz").get("/")

    [file] = tmp_path.iterdir()
    assert file.name.endswith(".jsonl.gz")
    assert gzip.decompress(file.read_bytes()).startswith(b'{"v":1,')
    assert [trace.name for trace in read(tmp_path)] == ["GET /"]


def test_a_compression_without_its_module_stops_the_server(recorded, monkeypatch):
    monkeypatch.setattr("querylens.traces.compression.ZSTD_MODULES", ())
    with pytest.raises(ConfigError) as caught:
        recorded(RECORD_COMPRESS="zst").get("/")

    assert str(caught.value) == (
        "record-compress: compress: 'zst' cannot be used: no module for zstd is installed: "
        "use Python 3.14, pip install backports.zstd, or choose 'gz'"
    )


def test_settings_have_their_twins(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.querylens]\nrecord-compress = "zst"\nrecord-max-bytes = 1\nrecord-max-queries = 2\n'
    )
    environment = {
        "QUERYLENS_RECORD_COMPRESS": " gz ",
        "QUERYLENS_RECORD_MAX_BYTES": "1000000",
        "QUERYLENS_RECORD_MAX_QUERIES": "100",
    }
    from_file = {"record_compress": "zst", "record_max_bytes": 1, "record_max_queries": 2}
    from_environment = {
        "record_compress": "gz",
        "record_max_bytes": 1_000_000,
        "record_max_queries": 100,
    }

    assert load_config(tmp_path, environment={}) == Config(root=tmp_path, **from_file)
    assert load_config(tmp_path, environment=environment) == Config(
        root=tmp_path, **from_environment
    )
    plain = load_config(tmp_path, environment={"QUERYLENS_RECORD_COMPRESS": ""})
    assert plain.record_compress == ""


@pytest.mark.parametrize(
    ("name", "given", "complaint"),
    [
        ("RECORD_COMPRESS", "rar", "RECORD_COMPRESS must be one of gz, zst, or empty, not 'rar'."),
        ("RECORD_COMPRESS", True, "RECORD_COMPRESS must be one of gz, zst, or empty, not True"),
        ("RECORD_COMPRESS", ["gz"], "RECORD_COMPRESS must be one of gz, zst, or empty, not"),
        ("RECORD_MAX_BYTES", 0, "RECORD_MAX_BYTES must be a whole number of at least 1, not 0"),
        ("RECORD_MAX_BYTES", 1e6, "RECORD_MAX_BYTES must be a whole number of at least 1"),
        ("RECORD_MAX_QUERIES", True, "RECORD_MAX_QUERIES must be a whole number of at least 1"),
        ("RECORD_MAX_QUERIES", "9", "RECORD_MAX_QUERIES must be a whole number of at least 1"),
    ],
)
def test_a_wrong_setting_is_one_line(tmp_path, name, given, complaint):
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path, environment={}, settings={name: given})

    assert str(caught.value).startswith(f"settings.QUERYLENS: {complaint}")
    assert "\n" not in str(caught.value)


def blocks(mark):
    """The page's examples with a word in them."""
    found = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [block for block in found if mark in block]


def test_the_pages_way_to_read_finds_what_was_recorded(site, rows, tmp_path, monkeypatch, capsys):
    folder = tmp_path / ".querylens/traces"
    client = site(REPORT=["record"], RECORD_FOLDER=folder)
    client.get("/lazy/")
    client.get("/lazy/")
    file = next(folder.iterdir())
    with file.open("ab") as opened:
        opened.write(b'{"v":1,')
    monkeypatch.chdir(tmp_path)
    [reading] = blocks("read_traces(")
    exec(compile(reading, str(PAGE), "exec"), {})

    shown = capsys.readouterr().out
    assert "QL101" in shown
    assert 'select_related("author")' in shown
    assert f"{file.name}:3: half a last line" in shown


def test_the_pages_settings_are_the_defaults(tmp_path):
    [settings] = blocks("RECORD_MAX_BYTES")
    names = {}
    exec(compile(settings, str(PAGE), "exec"), names)
    config = load_config(tmp_path, environment={}, settings=names["QUERYLENS"])

    assert config.report == ("record",)
    assert config.record_max_bytes == Config().record_max_bytes
    assert config.record_max_queries == Config().record_max_queries
