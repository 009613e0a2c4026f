from __future__ import annotations

import copy
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import querylens.reporters
from querylens.errors import ConfigError
from querylens.model import Report, SourceTotals
from querylens.reporters import REPORTERS, reporter_class


def test_every_module_is_a_reporter_and_has_its_name():
    folder = Path(querylens.reporters.__file__).parent
    modules = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}

    assert set(REPORTERS) == modules
    assert {reporter_class(name).name for name in REPORTERS} == modules


@pytest.mark.parametrize("name", REPORTERS)
def test_a_reporter_turns_a_report_into_text(name):
    text = reporter_class(name)().render(Report((), ()))

    assert text.endswith("\n")
    assert "nothing to fix" in text


@pytest.mark.parametrize("name", ["page", "refresh", "folded", "source", "hostile"])
@pytest.mark.parametrize("output_format", REPORTERS)
def test_the_same_report_gives_the_same_bytes(output_format, name, request):
    reporter = reporter_class(output_format)()
    report = request.getfixturevalue(f"{name}_report")

    assert reporter.render(report) == reporter.render(copy.deepcopy(report))


@pytest.mark.parametrize("output_format", sorted(REPORTERS.keys() - {"json"}))
def test_what_was_only_read_has_no_numbers(output_format, source_report):
    findings = [finding for finding in source_report.findings if not finding.count]
    text = reporter_class(output_format)().render(replace(source_report, findings=tuple(findings)))

    assert findings
    assert "3 findings in 12 files" in text
    assert re.findall(r"(?i)\b0 (?:quer|similar|dupl|trace|saved|ms)|seen 0|\b0 →|SQL,", text) == []


@pytest.mark.parametrize(
    ("read", "found", "words"),
    [
        (SourceTotals(1, 0, 1), 0, "nothing to fix in 1 file\n1 Python file, 1 line\n"),
        (SourceTotals(2, 2, 9), 0, "nothing to fix in 2 files\n0 Python files and 2 templates, 9"),
        (SourceTotals(1200, 1, 90_000, 1), 1, "1 finding in 1,200 files\n1,199 Python files and 1"),
        (SourceTotals(1, 0, 9, 1), 0, "9 lines; not followed in 1 place, which -v lists\n"),
    ],
)
def test_says_how_much_was_read(source_report, read, found, words):
    report = Report(source_report.findings[:found], (), read=read)

    assert words in reporter_class("terminal")(width=120, color=False).render(report)


def test_the_manual_explains_every_output():
    manual = Path(__file__).parents[2] / "docs" / "reference" / "outputs.md"
    explained = re.findall(r"^\| `(\w+)` \|", manual.read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(explained) == sorted(REPORTERS)


def test_an_unknown_reporter_is_an_error():
    with pytest.raises(ConfigError, match=r"'jsn' is not known. Allowed: github, html, json, "):
        reporter_class("jsn")


def test_reporters_are_loaded_when_one_is_asked_for():
    code = "import sys, querylens.reporters; print(*{'rich', 'sqlparse'} & {*sys.modules})"
    root = str(Path(querylens.__file__).parents[1])
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )

    assert ran.stdout == "\n"
