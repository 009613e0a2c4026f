"""What is installed: what importing it costs, what it says about itself, and how large it grows."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import querylens

ROOT = Path(__file__).parents[1]
PACKAGES = {"querylens": Path(querylens.__file__).parent, "demo_app": ROOT / "demo_app"}
MODULES = [
    pytest.param(path, id=f"{name}/{path.relative_to(folder).as_posix()}")
    for name, folder in PACKAGES.items()
    for path in sorted(folder.rglob("*.py"))
]
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def loaded_by(statement):
    """The top-level names of the modules that a statement loads in a fresh process."""
    program = (
        "import json, sys; before = set(sys.modules)\n"
        f"{statement}\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in set(sys.modules) - before})))"
    )
    output = subprocess.check_output([sys.executable, "-c", program], text=True)
    return set(json.loads(output))


def test_import_loads_the_standard_library_only():
    loaded = loaded_by("import querylens; querylens.capture")

    assert loaded - sys.stdlib_module_names == {"querylens"}


def test_import_alone_loads_next_to_nothing():
    """The pytest plugin is imported by every project that installed us."""
    program = "import sys, querylens; print(*sorted(m for m in sys.modules if 'querylens' in m))"

    loaded = subprocess.check_output([sys.executable, "-c", program], text=True).split()

    assert loaded == ["querylens", "querylens.framework"]


def test_changelog_begins_with_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    releases = re.findall(r"^## \[?(\d[\w.]*)", text, re.MULTILINE)

    assert releases[:1] == [querylens.__version__]


def test_readme_names_no_other_version():
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    named = re.findall(r"\bquerylens(?:==|@v| )(\d+\.\d+\.\d+)", text)

    assert set(named) <= {querylens.__version__}


@pytest.mark.parametrize(
    ("prefix", "column"),
    [
        pytest.param("Framework :: Django :: ", 0, id="django"),
        pytest.param("Programming Language :: Python :: ", 1, id="python"),
    ],
)
def test_classifiers_are_what_the_matrix_runs(prefix, column):
    matrix = (ROOT / ".ci" / "matrix").read_text(encoding="utf-8")
    cells = re.findall(r"^(\d\.\d) (3\.\d+)$", matrix, re.MULTILINE)

    classified = {
        classifier.removeprefix(prefix)
        for classifier in project()["classifiers"]
        if re.fullmatch(re.escape(prefix) + r"\d+\.\d+", classifier)
    }

    assert classified == {cell[column] for cell in cells}


def test_oldest_versions_are_in_the_matrix():
    matrix = (ROOT / ".ci" / "matrix").read_text(encoding="utf-8")
    [django] = [name for name in project()["dependencies"] if name.startswith("django>=")]

    oldest = (django.removeprefix("django>="), project()["requires-python"].removeprefix(">="))

    assert "\n{} {}\n".format(*oldest) in matrix


@pytest.mark.parametrize("path", MODULES)
def test_module_is_small_and_says_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")

    assert lines <= 300
    assert "migrations" in path.parts or ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("name", PACKAGES)
def test_nine_functions_of_ten_are_short(name):
    lengths = sorted(
        node.end_lineno - node.lineno + 1
        for path in PACKAGES[name].rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, FUNCTION)
    )

    ninth_decile = lengths[len(lengths) * 9 // 10]
    assert ninth_decile <= 35
