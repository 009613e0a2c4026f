"""Runs shapes in a process of its own, on a copy of the tests in which fixes were typed.

That is for fixes in the project that the shapes run, which is loaded only once in a process.
"""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parents[1]
COPIED = ("project", "shapes", "fixes")
ROWS = (4, 6)


def run_all(jobs: list[tuple[str, str]], texts: dict[str, str]) -> list:
    """What each function of a module does where files have these texts, for each of ROWS.

    Gives a Run for each number, or the exception's text.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "tests")
        for name in COPIED:
            shutil.copytree(TESTS / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for path, text in texts.items():
            (copy / Path(path).relative_to(TESTS)).write_text(text)
        # Marks the folder as a project, so that its files are the project's.
        Path(folder, "manage.py").touch()
        return in_process(folder, jobs)


def in_process(folder: str, jobs: list[tuple[str, str]]) -> list:
    path = os.pathsep.join([folder, *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-m", "tests.fixes.alone"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        input=pickle.dumps([(module, name, ROWS) for module, name in jobs]),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        return [done.stderr.decode()[-1500:]] * len(jobs)
    return pickle.loads(done.stdout)
