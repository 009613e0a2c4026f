"""`--settings MODULE` loads the project, in a process of its own; nothing else does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import querylens
from tests.cli.conftest import DEADLINE, environment
from tests.lint.handmade import write_project

#: Reading source says in place of a report what it was given.
READING = """\
import sys
import types

import querylens.lint
from tests.lint.handmade import linted


def lint(paths, config, *, registry, **_):
    print("registry:", registry, "django:", "django" in sys.modules, file=sys.stderr)
    return linted()


def loaded_models():
    from django.apps import apps

    return [model._meta.label for model in apps.get_models()]


querylens.lint.lint = lint
sys.modules["querylens.django.source_models"] = types.SimpleNamespace(loaded_models=loaded_models)
"""
SETTINGS = """\
INSTALLED_APPS = ["shop", "querylens.django"]
DATABASES = {}
SECRET_KEY = "x"
"""
MODELS = """\
from django.db import models


class Item(models.Model):
    class Meta:
        app_label = "shop"
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
    """Runs Python in a Django project where source is not really read."""
    project = tmp_path / "project"
    write_project(project)
    (project / "site_settings.py").write_text(SETTINGS)
    (project / "manage.py").write_text(MANAGE)
    (project / "shop" / "__init__.py").write_text("")
    (project / "shop" / "models.py").write_text(MODELS)
    (tmp_path / "sitecustomize.py").write_text(READING)
    path = f"{tmp_path}:{Path(querylens.__file__).parents[1]}"

    def finished(*arguments, **variables):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=project,
            env=environment(PYTHONPATH=path, **variables),
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

    assert (code, err) == (0, "registry: None django: False\n")
    assert out.startswith("nothing to fix in 2 files\n")


def test_with_settings_the_registry_is_asked(call):
    code, _, err = call("-m", "querylens", "lint", "--settings", "site_settings")

    assert (code, err) == (0, "registry: ['shop.Item'] django: True\n")


def test_manage_py_has_the_command(call):
    code, out, err = call("manage.py", "querylens", "lint")

    assert (code, err) == (0, "registry: None django: True\n")
    assert out.startswith("nothing to fix in 2 files\n")


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
    assert (code, out, err) == (2, "", f"{start}{complaint}\n")
