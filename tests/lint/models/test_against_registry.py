"""Models read from source are those that Django's registry has, with the same facts of causes.

So are those that are made of the loaded registry itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache

import pytest

from tests.lint.models.described import describe
from tests.lint.models.reading import ROOT, models_of

PROJECTS = {
    "tests.project.settings": "tests/project",
    "demo_app.settings": "demo_app",
    "tests.lint.models.shop.settings": "tests/lint/models/shop",
}


@cache
def said_by_django(settings):
    """What the registry says, and what the models made of it say."""
    command = [sys.executable, "-m", "tests.lint.models.registry", PROJECTS[settings]]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings}
    said = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


@pytest.fixture(scope="module", params=PROJECTS)
def settings(request):
    return request.param


@pytest.fixture(scope="module", params=["read", "loaded"])
def both(request, settings):
    """What the registry says, and what `querylens lint` says."""
    registry, loaded = said_by_django(settings)
    if request.param == "loaded":
        return registry, loaded
    return registry, json.loads(json.dumps(describe(models_of(PROJECTS[settings]))))


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
