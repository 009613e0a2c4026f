"""`querylens audit`: its options, exit codes and outputs."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest

from querylens.config import OUTPUT_FORMATS
from tests.audit.conftest import DEADLINE, environment, log, process, write_recording
from tests.cli.conftest import FILES
from tests.traces.samples import page

SCHEMA = Path(__file__).parents[1] / "reporters" / "sarif-2.1.0-rtm.4.json"
SARIF = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text()))


def codes(out):
    return [finding["code"] for finding in json.loads(out)["findings"]]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("", 0),
        ("any", 1),
        ("n-plus-one", 1),
        ("QL1", 1),
        ("QL101", 1),
        ("lazy-forward-relation", 1),
        ("QL102", 0),
        ("duplicated,QL101", 1),
        ("budget", 0),
    ],
)
def test_fail_on(command, recording, words, code):
    assert command("--fail-on", words, recording)[0] == code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fail-on", "QL1O1"], "--fail-on: no rule 'QL1O1'"),
        (["--select", "nothing"], "--select: no rule 'nothing'"),
        (["--since", "yesterday"], "--since: 'yesterday' is no time"),
        (["--output-file", "report.txt"], "its ending names no format"),
        (["--update-baseline"], "--update-baseline: give the file with --baseline"),
        (["--baseline", "missing"], "missing: no such baseline"),
        (["--top", "0"], "0 is not in the range"),
        (["--jobs", "0"], "0 is not in the range"),
        (["--output-format", "yaml"], "'yaml' is not one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_options(command, recording, arguments, message):
    code, out, err = command(*arguments, recording)

    assert (code, out) == (2, "")
    assert message in err


def test_rules_are_chosen(command, recording):
    as_json = ("--output-format", "json", recording)

    assert codes(command(*as_json)[1]) == ["QL101"]
    assert codes(command("--select", "QL102", *as_json)[1]) == []
    assert codes(command("--ignore", "n-plus-one", *as_json)[1]) == []
    assert codes(command("--ignore", "", *as_json)[1]) == ["QL101"]
    both = ("--select", "QL102", "--extend-select", "QL101")
    assert codes(command(*both, *as_json)[1]) == ["QL101"]


def test_rules_are_chosen_for_logs(command, tmp_path):
    path = log(tmp_path / "postgresql.log")
    [code] = codes(command("--output-format", "json", path)[1])

    assert codes(command("--output-format", "json", "--ignore", code, path)[1]) == []
    assert command("--fail-on", code, path)[0] == 1


def test_baseline(command, recording, elsewhere):
    update = ("--baseline", "known.txt", "--update-baseline", "--fail-on", "any")

    assert command(*update, recording)[0] == 0
    assert "QL101" in Path("known.txt").read_text()
    code, out, _ = command("--baseline", "known.txt", "--fail-on", "any", recording)
    assert code == 0
    assert "1 finding is in known.txt, and left out" in out
    before = Path("known.txt").read_bytes()
    assert command(*update, recording)[0] == 0
    assert Path("known.txt").read_bytes() == before


def test_top_hides_and_still_fails(command, inputs):
    every = codes(command("--output-format", "json", inputs / "traces")[1])
    last = every[-1]
    asked = ("--top", 2, "--fail-on", last, "--output-format", "json", inputs / "traces")
    code, out, _ = command(*asked)

    assert code == 1
    assert codes(out) == every[:2]
    left = f"{len(every) - 2} more findings are not shown: --top 2 was asked for"
    assert left in json.loads(out)["remarks"]


def test_route(command, tmp_path):
    path = write_recording(
        tmp_path / "recorded", page("GET /a/"), page("POST /a/"), page("GET /b/"), page("job")
    )

    def traces(*globs):
        routes = [word for glob in globs for word in ("--route", glob)]
        code, out, _ = command("--output-format", "json", *routes, path)
        return json.loads(out)["summary"]["traces"] if out else code

    assert traces("/a/") == traces("GET /*") == traces("*/a/") == 2
    assert traces("job") == 1
    assert traces("/a/", "job") == 3
    assert traces("[") == traces("/c/") == 2, "the exit code: nothing was audited"


@pytest.mark.parametrize(
    ("since", "traces"),
    [
        ("2020-01-01", 1),
        ("2026-07-04T11:59:59", 1),
        ("2026-07-04T12:00:00+05:00", 1),
        ("2026-07-04T12:00:01", None),
        ("9999-12-31", None),
        ("0001-01-01", 1),
        ("999999w", 1),
        ("1s", None),
    ],
)
def test_since(command, tmp_path, since, traces):
    path = write_recording(tmp_path / "made", page())
    line = json.loads(path.read_bytes())
    line["at"] = 1_783_166_400 * 10**9
    path.write_text(json.dumps(line) + "\n")

    code, out, err = command("--output-format", "json", "--since", since, path)

    assert (json.loads(out)["summary"]["traces"] if out else None) == traces
    assert code == (0 if traces else 2)
    assert bool(err) is not bool(traces)


def check_format(kind, out):
    if kind == "json":
        assert json.loads(out)["findings"]
    elif kind == "sarif":
        SARIF.validate(json.loads(out))
        assert json.loads(out)["runs"][0]["results"]
    elif kind == "junit":
        assert ET.fromstring(out).tag == "testsuites"
    elif kind == "html":
        assert out.startswith("<!doctype html>")
        assert "http-equiv" in out or "<style" in out
    else:
        assert "QL1" in out


@pytest.mark.parametrize("kind", OUTPUT_FORMATS)
@pytest.mark.parametrize("name", ["traces", "postgresql.log", "mysql-slow.log", "otlp.jsonl"])
def test_formats(command, inputs, kind, name):
    code, out, err = command("--output-format", kind, inputs / name)

    assert (code, err) == (0, "")
    check_format(kind, out)


def test_output_files(command, inputs, tmp_path):
    kinds = {"json": "json", "sarif": "sarif", "md": "markdown", "html": "html", "xml": "junit"}
    files = {kind: tmp_path / "new" / f"report.{ending}" for ending, kind in kinds.items()}
    options = [word for path in files.values() for word in ("--output-file", path)]

    code, out, _ = command(*options, inputs / "traces")

    assert code == 0
    assert "QL1" in out
    for kind, path in files.items():
        assert path.read_text() == command("--output-format", kind, inputs / "traces")[1]
    assert len(list((tmp_path / "new").iterdir())) == len(files)


def test_github_summary(command, recording, monkeypatch, tmp_path):
    page_of_run = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page_of_run))

    command("--output-format", "github", recording)

    assert "QL101" in page_of_run.read_text()


def test_stdin_pattern_and_folder(command, recording, monkeypatch, tmp_path):
    whole = json.loads(command("--output-format", "json", recording)[1])["summary"]
    with recording.open("rb") as file:
        monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": file}))
        _, from_stdin, _ = command("--output-format", "json", "-")
    monkeypatch.undo()
    for out in (
        from_stdin,
        command("--output-format", "json", tmp_path / "rec*.jsonl")[1],
        command("--output-format", "json", tmp_path / "*")[1],
        command("--output-format", "json", tmp_path)[1],
        command("--output-format", "json", recording, tmp_path, recording)[1],
    ):
        assert json.loads(out)["summary"] == whole


def test_stdin_of_a_process(recording):
    with recording.open("rb") as file:
        result = process("--output-format", "json", "--jobs", 2, "-", stdin=file)

    assert (result.returncode, result.stderr) == (0, "")
    assert codes(result.stdout) == ["QL101"]


def test_nobody_reads_on(inputs):
    """As `querylens audit … | head -1` does."""
    result = subprocess.run(
        f"{sys.executable} -m querylens audit {inputs / 'traces'} | head -c 10",
        shell=True,
        env=environment(),
        capture_output=True,
        check=False,
        timeout=DEADLINE,
    )

    assert (len(result.stdout), result.stderr) == (10, b"")


def test_models_are_named_under_manage_py(tmp_path):
    """A log tells tables; Django's registry tells their models."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    settings = tmp_path / "site_settings.py"
    installed = 'INSTALLED_APPS = ["querylens.django", "shop"]'
    settings.write_text(settings.read_text().replace('INSTALLED_APPS = ["shop"]', installed))
    text = log(tmp_path / "postgresql.log").read_text().replace('"a"', '"shop_shelf"')
    (tmp_path / "postgresql.log").write_text(text)

    def models(*start):
        result = subprocess.run(
            [sys.executable, *start, "audit", "--output-format", "json", "postgresql.log"],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        assert (result.returncode, result.stderr) == (0, "")
        return {finding["cause"]["model"] for finding in json.loads(result.stdout)["findings"]}

    assert models("-m", "querylens") == {"shop_shelf"}
    assert models("manage.py", "querylens") == {"shop.Shelf"}


def test_no_name_of_this_process_is_left(command, recording, tmp_path):
    """No copy, part or temporary file stays behind."""
    before = {path.name for path in tmp_path.iterdir()}

    command("--output-file", tmp_path / "report.json", recording)

    assert {path.name for path in tmp_path.iterdir()} - before == {"report.json"}
