"""Runs the demo in processes of its own: a process can load one settings module only."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: What would change the database, the settings or the look of what is printed.
DROPPED = ("DJANGO_SETTINGS_MODULE", "DEMO_DATABASE_URL", "FORCE_COLOR", "TTY_COMPATIBLE")


def in_python(*arguments, folder=ROOT, **environment):
    """Runs Python in `folder`, whose `demo_app` is found before the project's own."""
    inherited = {name: value for name, value in os.environ.items() if name not in DROPPED}
    inherited |= {"COLUMNS": "80", "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="session")
def run_python():
    """Calls Python with the arguments that are given."""
    return in_python


@pytest.fixture(scope="session")
def run_demo():
    """Calls `python -m demo_app` with the arguments that are given."""
    return functools.partial(in_python, "-m", "demo_app")


@pytest.fixture(scope="session")
def terminal(run_demo, tmp_path_factory):
    """What `python -m demo_app` prints, and the temporary folder that it was given."""
    folder = tmp_path_factory.mktemp("temporary")
    result = run_demo("--database", f"sqlite:///{folder}/new.sqlite3", TMPDIR=str(folder))
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout, folder


@pytest.fixture(scope="session")
def play(run_demo):
    """The parsed `--json` of a play, which is run once for each set of arguments."""

    @functools.cache
    def parsed(*arguments, **options):
        result = run_demo("--json", *arguments, **options)
        assert (result.returncode, result.stderr) == (0, "")
        return json.loads(result.stdout)

    return parsed


@pytest.fixture(scope="session")
def run_script():
    """The parsed output of a script of this folder, which is run once for each set of arguments."""

    @functools.cache
    def parsed(name, *arguments, **environment):
        script = str(Path(__file__).with_name(name))
        result = in_python(script, *arguments, **environment)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    return parsed
