"""The flake8 plugin: found by flake8, one file at a time, with querylens' own configuration."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from querylens.lint import flake8
from querylens.lint.flake8 import Checker
from tests.cli.conftest import DEADLINE, environment
from tests.lint.handmade import LAZY, ONE_BY_ONE, linted, write_project

#: All that the finding needs is in the file.
MODELS = """\
from django.db import models


class Shelf(models.Model):
    name = models.CharField(max_length=50)


class Item(models.Model):
    shelf = models.ForeignKey(Shelf, models.CASCADE)


def listing():
    return [item.shelf.name for item in Item.objects.all()]
"""


@pytest.fixture
def check(tmp_path, monkeypatch):
    """The errors of a file when this is found in it."""
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)

    def run(*findings, file="shop/views.py", text=None):
        def fake(path, config):
            run.asked = path
            return linted(*findings)

        monkeypatch.setattr(flake8, "lint_alone", fake)
        tree = ast.parse(Path("shop/views.py").read_text() if text is None else text)
        return list(Checker(tree, file).run())

    return run


def test_nothing_found_is_no_error(check):
    assert check() == []


def test_an_error_has_place_code_and_fix(check):
    fix = '.select_related("shelf") at line 6'

    assert check(ONE_BY_ONE, LAZY) == [
        (7, 21, f"QL101 shop.Item.shelf is fetched for each row: {fix}", Checker),
        (12, 12, "QL104 shop.Item is looked up by name in a loop", Checker),
    ]


def test_only_the_file_itself_is_read(check):
    check()

    assert check.asked == Path("shop/views.py")


@pytest.mark.parametrize(("file", "text"), [("stdin", None), ("-", None), ("shop/views.py", "")])
def test_what_is_on_no_disk_and_what_is_empty_is_not_read(check, file, text):
    assert check(LAZY, file=file, text=text) == []


def test_comments_and_configuration_of_querylens_count(check):
    path = Path("shop/views.py")
    path.write_text(path.read_text().replace("shelf.name)", "shelf.name)  # querylens: ignore"))
    Path("pyproject.toml").write_text('[tool.querylens.per-file-ignores]\n"shop/*" = ["QL104"]\n')

    assert check(LAZY, ONE_BY_ONE) == []


def test_a_wrong_setting_is_an_error_of_the_file(check):
    Path("pyproject.toml").write_text("[tool.querylens]\nthreshold = 1\n")

    [(line, column, text, _)] = check(LAZY)

    assert (line, column) == (1, 0)
    assert text.startswith("QL901 pyproject.toml [tool.querylens]: threshold must be")


def test_flake8_finds_the_plugin(tmp_path):
    pytest.importorskip("flake8")
    if not [point for point in entry_points(group="flake8.extension") if point.name == "QL"]:
        pytest.skip("querylens was installed before it had the plugin")
    write_project(tmp_path)
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "models.py").write_text(MODELS)

    done = subprocess.run(
        [sys.executable, "-m", "flake8", "--jobs=1", "--isolated", "--select=QL", "shop"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "shop/models.py:13:13: QL101 shop.Item.shelf is fetched for each row: "
        '.select_related("shelf") at line 13',
    ]
