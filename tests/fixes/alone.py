"""What a process of its own does: `python -m tests.fixes.alone`, with pickled jobs on its input."""

from __future__ import annotations

import os
import pickle
import sys
from importlib import import_module

import django


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.project.settings"
    django.setup()
    from django.test.utils import setup_databases, setup_test_environment

    from tests.shapes.sending import ALIASES

    setup_test_environment()
    setup_databases(verbosity=0, interactive=False, aliases=ALIASES)
    done = [result_of(*job) for job in pickle.load(sys.stdin.buffer)]
    sys.stdout.buffer.write(pickle.dumps(done))


def result_of(module, name, numbers):
    from tests.fixes.running import run

    try:
        return {rows: run(import_module(module), name, rows) for rows in numbers}
    except Exception as error:  # noqa: BLE001 - whatever a typed fix does wrong is its fault
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
