"""`--settings MODULE` loads the project, in a process of its own; nothing else does."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.cli.conftest import DEADLINE, ROOT, environment

#: Tells whether Django was loaded at the end.
WATCHING = """\
import atexit
import sys

atexit.register(lambda: print("django:", "django" in sys.modules, file=sys.stderr))
"""
SETTINGS = """\
INSTALLED_APPS = ["warehouse", "shop", "querylens.django"]
DATABASES = {}
SECRET_KEY = "x"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
"""
#: A package that is installed: its source is not the project's.
WAREHOUSE = """\
from django.db import models


class Shelf(models.Model):
    name = models.CharField(max_length=50)


class Item(models.Model):
    shelf = models.ForeignKey(Shelf, models.CASCADE)
"""
VIEWS = """\
from warehouse.models import Item


def listing():
    return [item.shelf.name for item in Item.objects.all()]
"""
MANAGE = """\
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
execute_from_command_line(sys.argv)
"""


@pytest.fixture
def call(tmp_path):
    """Runs Python in a Django project whose models are a package's."""
    project = tmp_path / "project"
    files = {
        project / "pyproject.toml": "[tool.querylens]\n",
        project / "site_settings.py": SETTINGS,
        project / "manage.py": MANAGE,
        project / "shop" / "__init__.py": "",
        project / "shop" / "views.py": VIEWS,
        project / "shop" / "more.py": VIEWS,
        tmp_path / "warehouse" / "__init__.py": "",
        tmp_path / "warehouse" / "models.py": WAREHOUSE,
        tmp_path / "sitecustomize.py": WATCHING,
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def finished(*arguments, **variables):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=project,
            env=environment(PYTHONPATH=f"{tmp_path}:{ROOT}", **variables),
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    finished.project = project
    return finished


def test_without_settings_django_is_not_even_loaded(call):
    code, out, err = call("-m", "querylens", "lint", DJANGO_SETTINGS_MODULE="site_settings")

    assert (code, err) == (0, "django: False\n")
    assert out.startswith("nothing to fix in 5 files\n")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_with_settings_the_models_of_packages_are_known(call, jobs):
    arguments = ("--settings", "site_settings", "--jobs", jobs, "--output-format", "json")
    code, out, _ = call("-m", "querylens", "lint", *arguments)

    found = json.loads(out)["findings"]
    assert code == 1
    assert [(each["call_site"]["file"], each["call_site"]["line"]) for each in found] == [
        ("shop/more.py", 5),
        ("shop/views.py", 5),
    ]
    assert {each["code"] for each in found} == {"QL101"}
    assert {each["fix"]["code"] for each in found} == {'.select_related("shelf")'}


def test_what_was_kept_without_settings_is_no_answer_with_them(call):
    assert call("-m", "querylens", "lint")[0] == 0
    assert call("-m", "querylens", "lint", "--settings", "site_settings")[0] == 1
    assert call("-m", "querylens", "lint")[0] == 0


def test_manage_py_has_the_command(call):
    code, out, _ = call("manage.py", "querylens", "lint")

    assert code == 0
    assert out.startswith("nothing to fix in 5 files\n")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("raise ValueError('two\\nlines')", "ValueError: two lines"),
        ("raise SystemExit", "SystemExit: no message"),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("INSTALLED_APPS = ['nowhere']", "ModuleNotFoundError: No module named 'nowhere'"),
        ("syntax error", "SyntaxError: invalid syntax (site_settings.py, line 1)"),
    ],
)
def test_a_project_that_can_not_be_loaded_is_a_line(call, text, complaint):
    (call.project / "site_settings.py").write_text(text)
    code, out, err = call("-m", "querylens", "lint", "--settings", "site_settings")

    start = "querylens: --settings site_settings: the project can't be loaded: "
    assert (code, out, err.partition("django: ")[0]) == (2, "", f"{start}{complaint}\n")
