"""A trace that was written and read again says the same as the one it was."""

from __future__ import annotations

from dataclasses import fields

import pytest

import querylens
from querylens.model import Place
from querylens.traces import decode, encode
from tests.shapes.comparing import captured
from tests.shapes.corpus import all_shapes
from tests.shapes.sending import ALIASES


def told(report):
    """Everything in a report that a trace decides."""
    return {
        "findings": [seen(finding) for finding in report.findings],
        "suppressed": [(seen(item.finding), item.reason) for item in report.suppressed],
        "remarks": report.remarks,
        "headline": report.headline,
    }


def seen(finding):
    names = [field.name for field in fields(finding) if field.name != "group"]
    return {name: getattr(finding, name) for name in names} | {"key": finding.key}


def counts(trace):
    return {
        "queries": len(trace),
        "transactions": trace.transaction_count,
        "similar": trace.similar_counts(),
        "duplicated": trace.duplicated_counts(),
        "aliases": {
            alias: (trace.similar_count(alias), trace.duplicated_count(alias)) for alias in ALIASES
        },
        "duration": trace.duration_ns,
        "kinds": [(query.kind, query.is_setup, query.many, query.error) for query in trace],
        "groups": [group_counts(group) for group in trace.groups()],
        "paths": [path(query.call_site) for query in trace],
    }


def group_counts(group):
    places = (group.call_site, group.loop, group.origin, group.cause)
    numbers = (len(group), group.distinct, group.rows, group.repeats, group.duration_ns)
    return (group.fingerprint, *places, *numbers, group.aliases, group.most_duplicated)


def path(place: Place | None):
    return place and place.path


@pytest.mark.django_db(databases=ALIASES)
@pytest.mark.parametrize("shape", all_shapes(), ids=lambda shape: shape.name)
def test_says_the_same_of_every_shape(shape):
    trace = captured(shape)

    again = decode(encode(trace), trace.config)

    assert counts(again) == counts(trace)
    assert told(querylens.check(again)) == told(querylens.check(trace))
