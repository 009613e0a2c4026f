"""Runs the corpus under nplusone and querylens at once, in this process, and prints what each saw.

nplusone patches the ORM for good, so that this is a program and no test: test_recall.py runs it.
"""

# Django has to be set up before its models are imported; the result goes to standard output.
# ruff: noqa: E402, T201

from __future__ import annotations

import json
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.project.settings"

import django

django.setup()

from django.db import transaction
from django.test.utils import setup_databases, setup_test_environment

import querylens
from querylens.django.second_opinion import second_opinion, subject
from tests.project.library.populate import populate
from tests.shapes import (
    chains,
    forward,
    loops,
    many_to_many,
    prefetches,
    related_sets,
    rows,
    silent_reads,
    silent_sets,
    templates,
)
from tests.shapes.corpus import all_shapes

#: Where relations are read: what nplusone looks at.
RELATIONS = {
    module.__name__
    for module in (
        *(forward, rows, loops, related_sets, many_to_many, chains, prefetches),
        *(templates, silent_reads, silent_sets),
    )
}


def opinions(shape):
    """What nplusone and querylens say of a shape, and whether both marked it."""
    with transaction.atomic():
        populate(4)
        with second_opinion() as opinion, querylens.capture(shape.name) as trace:
            shape.run()
        transaction.set_rollback(True)
    report = opinion.mark(querylens.check(trace))
    return {
        "shape": shape.name,
        "silent": shape.is_silent,
        "nplusone": sorted(opinion.lazy_loads),
        "querylens": sorted({subject(finding) for finding in report.findings}),
        "agreed": sorted({subject(finding) for finding in report.findings if finding.agreed_by}),
    }


def main():
    setup_test_environment()
    setup_databases(0, False)
    shapes = [shape for shape in all_shapes() if shape.module in RELATIONS]
    print(json.dumps([opinions(shape) for shape in shapes]))


if __name__ == "__main__":
    main()
