from __future__ import annotations

import copy
import re
import subprocess
import sys
from pathlib import Path

import pytest

import querylens.reporters
from querylens.errors import ConfigError
from querylens.model import Report
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


@pytest.mark.parametrize("name", ["page", "refresh", "folded", "hostile"])
@pytest.mark.parametrize("output_format", REPORTERS)
def test_the_same_report_gives_the_same_bytes(output_format, name, request):
    reporter = reporter_class(output_format)()
    report = request.getfixturevalue(f"{name}_report")

    assert reporter.render(report) == reporter.render(copy.deepcopy(report))


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
