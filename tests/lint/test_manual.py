"""The commands of the manual on lint run, and show what it shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import DEADLINE, environment

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/lint.md").read_text(encoding="utf-8")
MODELS = """\
from django.db import models


class Shelf(models.Model):
    name = models.CharField(max_length=50)


class Item(models.Model):
    shelf = models.ForeignKey(Shelf, models.CASCADE)
"""
VIEWS = """\
from shop.models import Item


def listing():
    names = []
    for item in Item.objects.all():
        names.append(item.shelf.name)
    return names
"""
#: What flake8 can see: the loop beside the model.
LOOP = """

def names():
    return [item.shelf.name for item in Item.objects.all()]
"""
SETTINGS = """\
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
SECRET_KEY = "x"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
"""
TEST = """\
import pytest

from shop.models import Item, Shelf
from shop.views import listing


@pytest.mark.django_db
def test_listing():
    for name in "abcd":
        Item.objects.create(shelf=Shelf.objects.create(name=name))
    assert listing() == list("abcd")
"""
FILES = {
    "pyproject.toml": "[tool.querylens]\n[tool.pytest.ini_options]\n"
    'DJANGO_SETTINGS_MODULE = "config.settings"\n',
    "config/settings.py": SETTINGS,
    "shop/__init__.py": "",
    "shop/models.py": MODELS,
    "shop/views.py": VIEWS,
    "shop/tests/test_listing.py": TEST,
    "templates/shop/list.html": "{% for name in names %}\n{{ name }}\n{% endfor %}\n",
}
GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]


def commands():
    """All commands of the page, in their order."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def run(arguments, folder, text=None):
    return subprocess.run(
        arguments,
        cwd=folder,
        env=environment(),
        input=text,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


def python_of(command):
    """The command as it runs without being installed on the path."""
    program, *arguments = shlex.split(command)
    return [sys.executable, "-m", program, *arguments]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project of the manual, whose branch has left origin/main with its views."""
    root = tmp_path_factory.mktemp("manual")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    views = root / "shop/views.py"
    views.unlink()
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["commit", "-q", "-m", "a"],
        ["update-ref", "refs/remotes/origin/main", "HEAD"],
    ):
        assert run([*GIT, *arguments], root).returncode == 0
    views.write_text(VIEWS)
    return root


def test_each_command_runs_to_its_end(project):
    for command in commands():
        done = run(python_of(command), project)
        assert done.returncode in (0, 1), (command, done.stderr)
        assert "Traceback" not in done.stderr, command


def test_the_page_has_all_options_that_need_an_example():
    told = "\n".join(commands())

    for option in ("--diff", "--baseline", "--traces", "--settings"):
        assert option in told


def test_the_report_is_that_of_the_page(project):
    [shown, *_] = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)

    assert run(python_of("querylens lint --no-cache"), project).stdout == shown


def test_what_was_seen_is_told_as_on_the_page(project):
    [shown] = re.findall(r"`(\d+ queries → \d+ +seen .*, in a loop)`", PAGE)

    run(python_of("querylens run --record seen -m pytest"), project)
    assert shown in run(python_of("querylens lint --traces seen"), project).stdout


def test_flake8_shows_what_the_page_shows(project, tmp_path):
    pytest.importorskip("flake8")
    [shown] = re.findall(r"^(shop/models\.py.*QL101.*)$", PAGE, re.MULTILINE)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    (tmp_path / "shop/models.py").write_text(MODELS + LOOP)

    assert run(python_of("flake8 --select QL shop/"), tmp_path).stdout == f"{shown}\n"
