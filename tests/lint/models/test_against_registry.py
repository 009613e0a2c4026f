"""Models read from source are those that Django's registry has, with the same facts of causes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.lint.models.described import describe
from tests.lint.models.reading import ROOT, models_of

PROJECTS = {
    "tests.project.settings": "tests/project",
    "demo_app.settings": "demo_app",
    "tests.lint.models.shop.settings": "tests/lint/models/shop",
}


@pytest.fixture(scope="module", params=PROJECTS)
def both(request):
    """What the registry says, and what source says."""
    command = [sys.executable, "-m", "tests.lint.models.registry"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": request.param}
    said = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    read = describe(models_of(PROJECTS[request.param]))
    return json.loads(said.stdout), json.loads(json.dumps(read))


def test_the_models_are_the_same(both):
    registry, source = both

    assert sorted(source) == sorted(registry)


@pytest.mark.parametrize("part", ["fields", "managers", "methods", "lookups", "writes"])
def test_parts_are_the_same(both, part):
    registry, source = both

    assert _of(source, part) == _of(registry, part)


def test_options_are_the_same(both):
    registry, source = both
    one = next(iter(registry.values()))
    names = [name for name, value in one.items() if not isinstance(value, dict)]

    for name in names:
        assert _of(source, name) == _of(registry, name)


def test_relations_and_their_facts_are_the_same(both):
    registry, source = both

    for label, model in registry.items():
        mine = source[label]["relations"]
        assert sorted(mine) == sorted(model["relations"]), label
        for accessor, relation in model["relations"].items():
            read = mine[accessor]
            assert _known(read, label) == _known(relation, label), f"{label}.{accessor}"


def _of(models, part):
    return {label: model[part] for label, model in models.items()}


def _known(relation, label):
    """Of Django's own models the methods differ with its version."""
    if label.partition(".")[0] not in ("auth", "admin", "contenttypes", "sites"):
        return relation
    reading = [fact for fact in relation["reading"] if not fact.startswith("owner has: ")]
    return {**relation, "reading": reading}
