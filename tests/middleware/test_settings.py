"""Which requests are reported, where to, and what a wrong setting says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from querylens.config import Config, load_config
from querylens.config.checks import SETTINGS
from querylens.django import watched_requests
from querylens.errors import ConfigError
from querylens.traces import read_traces

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("pattern", "path", "is_ignored"),
    [
        ("/numbers/", "/numbers/7/", True),
        ("/numbers/7", "/numbers/7/", True),
        ("numbers/", "/numbers/7/", False),
        ("/Numbers/", "/numbers/7/", False),
        ("/number?/*", "/numbers/7/", True),
        ("*/clean/", "/shop/clean/", True),
        ("/s*p", "/shop/clean/", False),
        ("/numbers/", "/", False),
    ],
)
def test_ignored_paths(site, exchanges, pattern, path, is_ignored):
    response = site(IGNORE_PATHS=[pattern], REPORT=["headers"]).get(path)

    assert bool(exchanges) is not is_ignored
    assert ("X-Querylens" in response.headers) is not is_ignored


@pytest.mark.parametrize("path", ["/__debug__/x", "/__querylens__/", "/__reload__/events/"])
def test_pages_of_tools_are_ignored_from_the_start(site, exchanges, path):
    site().get(path)

    assert exchanges == []


def test_a_sample_of_none_and_of_all(site, exchanges):
    site(SAMPLE_RATE=0).get("/")
    assert exchanges == []
    site(SAMPLE_RATE=1.0).get("/")
    assert len(exchanges) == 1


def test_a_sample_of_half(site, exchanges):
    client = site(SAMPLE_RATE=0.5)
    for _ in range(200):
        client.get("/nowhere/")

    assert 40 < len(exchanges) < 160


@pytest.mark.parametrize(
    ("budgets", "found"),
    [
        ({}, []),
        ({"numbers/<int:pk>/": 1}, []),
        ({"other/": 0}, []),
        ({"/numbers/7/": 0}, []),
        ({"POST numbers/*": 0}, []),
        ({"numbers/<int:pk>/": 1, "*": 0}, []),
        ({"*": 0, "numbers/<int:pk>/": 1}, []),
        ({"numbers/*": 1, "*": 0}, []),
        ({"numbers/<int:pk>/": 0}, ["QL501"]),
        ({"GET numbers/*": 0}, ["QL501"]),
        ({"*": 0}, ["QL501"]),
    ],
)
def test_budgets(site, exchanges, budgets, found):
    site(BUDGETS=budgets).get("/numbers/7/")

    [exchange] = exchanges
    assert [finding.rule.code for finding in exchange.report.findings] == found


def test_a_budget_is_told_like_any_finding(site, capsys):
    client = site(BUDGETS={"/": 0}, REPORT=["terminal", "headers"])
    response = client.get("/")

    assert response["X-Querylens"] == "1 query; 1 finding"
    assert "0 queries allowed, 1 sent: 1 too many" in capsys.readouterr().err
    client.get("/")
    assert capsys.readouterr().err.endswith(
        "still: QL501 too-many-queries \N{MULTIPLICATION SIGN}1\n"
    )


def test_a_budget_that_is_switched_off_finds_nothing(site, exchanges):
    site(BUDGETS={"*": 0}, IGNORE=["budget"]).get("/")

    assert [exchange.report.findings for exchange in exchanges] == [()]


def test_the_queries_of_a_streamed_body_are_in_the_budget(site, exchanges, rows):
    response = site(BUDGETS={"streamed/": 2}, REPORT=["headers"]).get("/streamed/")
    assert response["X-Querylens"] == "1 query; 0 findings; body still streaming"
    list(response.streaming_content)

    [exchange] = exchanges
    assert "QL501" in [finding.rule.code for finding in exchange.report.findings]


def test_requests_are_recorded(site, rows, tmp_path):
    client = site(REPORT=["record"], RECORD_FOLDER=tmp_path / "traces")
    client.get("/lazy/")
    client.get("/nowhere/")
    list(client.get("/streamed/").streaming_content)

    traces = sorted(read_traces(tmp_path / "traces"), key=lambda trace: trace.name)

    assert [(trace.name, trace.kind, len(trace)) for trace in traces] == [
        ("GET (no route) 404", "request", 0),
        ("GET lazy/", "request", 1 + rows),
        ("GET streamed/", "request", 2 + rows),
    ]
    assert traces[1].meta == {"method": "GET", "route": "lazy/", "status": 200}


def test_recording_alone_does_not_wait_for_the_rules(site, rows, tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(watched_requests, "check", called.append)
    site(REPORT=["record"], RECORD_FOLDER=tmp_path).get("/lazy/")

    assert called == []
    assert len(list(read_traces(tmp_path))) == 1


def test_no_value_is_recorded(site, tmp_path):
    site(REPORT=["record"], RECORD_FOLDER=tmp_path).get("/numbers/86753099/")

    [file] = tmp_path.iterdir()
    assert b"86753099" not in file.read_bytes()


def test_nothing_is_recorded_unless_it_was_chosen(site, tmp_path):
    site(REPORT=["headers"], RECORD_FOLDER=tmp_path / "traces").get("/")

    assert list(tmp_path.iterdir()) == []


def test_settings_have_their_twins(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        "[tool.querylens]\n"
        'report = ["logging"]\nignore-paths = ["/x/"]\nsample-rate = 1\nrecord-folder = "a"\n'
        '[tool.querylens.budgets]\n"movies/*" = 7\n'
    )
    environment = {
        "QUERYLENS_REPORT": "terminal, record",
        "QUERYLENS_IGNORE_PATHS": "/a/,/b/*",
        "QUERYLENS_BUDGETS": "{'x/' = 3}",
        "QUERYLENS_SAMPLE_RATE": " .5",
        "QUERYLENS_RECORD_FOLDER": "b",
    }

    assert load_config(tmp_path, environment={}) == Config(
        root=tmp_path,
        report=("logging",),
        ignore_paths=("/x/",),
        budgets={"movies/*": 7},
        sample_rate=1.0,
        record_folder="a",
    )
    assert load_config(tmp_path, environment=environment) == Config(
        root=tmp_path,
        report=("terminal", "record"),
        ignore_paths=("/a/", "/b/*"),
        budgets={"x/": 3},
        sample_rate=0.5,
        record_folder="b",
    )


@pytest.mark.parametrize(
    ("name", "given", "complaint"),
    [
        ("REPORT", "terminal", "REPORT must be a list of strings"),
        ("REPORT", ["trminal"], r"REPORT must be a list of these: terminal, .* 'terminal'\?"),
        ("IGNORE_PATHS", [""], "IGNORE_PATHS must be a list of strings, none of them empty"),
        ("BUDGETS", [7], "BUDGETS must be a table of routes, each with a number of queries"),
        ("BUDGETS", {7: 7}, "BUDGETS must be a table of routes"),
        ("BUDGETS", {"x/": "7"}, r"BUDGETS\['x/'\] must be a whole number of queries from 0 on"),
        ("BUDGETS", {"x/": True}, r"BUDGETS\['x/'\] must be a whole number"),
        ("BUDGETS", {"x/": -1}, r"BUDGETS\['x/'\] must be a whole number"),
        ("SAMPLE_RATE", 1.1, "SAMPLE_RATE must be a number from 0 to 1, not 1.1"),
        ("SAMPLE_RATE", -0.1, "SAMPLE_RATE must be a number from 0 to 1"),
        ("SAMPLE_RATE", float("nan"), "SAMPLE_RATE must be a number from 0 to 1"),
        ("SAMPLE_RATE", True, "SAMPLE_RATE must be a number from 0 to 1"),
        ("RECORD_FOLDER", " ", "RECORD_FOLDER must be the path of a folder"),
        ("RECORD_FOLDER", None, "RECORD_FOLDER must be the path of a folder"),
    ],
)
def test_a_wrong_setting_is_one_line(tmp_path, name, given, complaint):
    with pytest.raises(ConfigError, match=f"^settings.QUERYLENS: {complaint}") as caught:
        load_config(tmp_path, environment={}, settings={name: given})

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "half", "1e-1", "-1", "0x1", "2"])
def test_a_wrong_rate_in_the_environment(tmp_path, text):
    with pytest.raises(ConfigError, match="QUERYLENS_SAMPLE_RATE must be a number from 0 to 1"):
        load_config(tmp_path, environment={"QUERYLENS_SAMPLE_RATE": text})


def test_every_setting_is_documented():
    text = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `([a-z-]+)` \| `(.*?)` \|", text, re.MULTILINE))
    defaults = {name.replace("_", "-"): getattr(Config(), name) for name in SETTINGS}

    assert {
        name: list(value) if isinstance(value, tuple) else value for name, value in defaults.items()
    } == {name: json.loads(value) for name, value in documented.items()}
