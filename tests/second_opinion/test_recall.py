"""nplusone as a floor: what it reports on the rows of a loop, querylens reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("nplusone")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def opinions():
    """What both tools say of each shape, from a process of its own: nplusone patches the ORM."""
    program = "from tests.second_opinion.run_shapes import main; main()"
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT) if (ROOT / "querylens").is_dir() else ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


def test_reports_every_relation_that_nplusone_reports(opinions):
    loud = [opinion for opinion in opinions if not opinion["silent"]]

    missed = {
        opinion["shape"]: [
            relation for relation in opinion["nplusone"] if relation not in opinion["querylens"]
        ]
        for opinion in loud
    }

    assert {shape: relations for shape, relations in missed.items() if relations} == {}
    assert sum(bool(opinion["nplusone"]) for opinion in loud) > 100


def test_marks_what_nplusone_agrees_with(opinions):
    [forward] = [opinion for opinion in opinions if opinion["shape"] == "forward_foreign_key"]

    assert forward["agreed"] == [["Book", "author"]]


def test_marks_nothing_that_nplusone_did_not_see(opinions):
    [counted] = [opinion for opinion in opinions if opinion["shape"] == "many_to_many_count"]

    assert counted["querylens"] == [["Book", "tags"]]
    assert counted["agreed"] == []


def test_missing_nplusone_is_one_clear_line():
    program = (
        "import sys; sys.modules['nplusone'] = None\n"
        "from querylens.django.second_opinion import second_opinion\n"
        "with second_opinion(): pass"
    )

    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert result.stderr.splitlines()[-1] == (
        "querylens.errors.QueryLensError: "
        "the second opinion needs nplusone: pip install nplusone==1.0.0"
    )
